"""The platforms of this deployment: which are installed here, which seat each holds, where the others are.

Lives here: ``PlatformConfig``, which each platform's ``apps.py`` inherits to introduce itself, and the registry.
Does not live here: any platform's name; settings name none either (``PLATFORMS`` and ``PEERS`` of the
environment do).
Called by: every room that must know whose copy of a case it holds or where the other copy is.
"""

from __future__ import annotations

from django.apps import AppConfig, apps
from django.conf import settings
from django.utils.functional import Promise

from mediation.vocabulary import Seat

LOCAL = "local:"


class UnknownPlatform(LookupError):
    """没有这个平台，或者本部署既未安装它，也未在 PEERS 中写明它的地址。"""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.__doc__)


class PlatformConfig(AppConfig):
    """What a platform says of itself. A concrete one sets ``default = True``, or Django ignores it beside this base."""

    code: str
    title: str | Promise
    seats: frozenset[Seat]
    url_prefix: str
    urls: str


def installed() -> tuple[PlatformConfig, ...]:
    """Return the platforms of this deployment, in the order of PLATFORMS."""
    return tuple(config for config in apps.get_app_configs() if isinstance(config, PlatformConfig))


def config(code: str) -> PlatformConfig:
    """Return the installed platform with this code; raises UnknownPlatform."""
    for candidate in installed():
        if candidate.code == code:
            return candidate
    raise UnknownPlatform(f"本部署没有安装平台 {code}。")


def is_local(code: str) -> bool:
    """Answer whether this deployment itself keeps the platform's book."""
    return any(candidate.code == code for candidate in installed())


def distant() -> tuple[str, ...]:
    """Return the codes in PEERS that this deployment has not installed."""
    return tuple(code for code in settings.PEERS if not is_local(code))


def known() -> tuple[str, ...]:
    """Return the codes of all platforms, installed here or named in PEERS."""
    return tuple(candidate.code for candidate in installed()) + distant()


def home_of(seat: Seat) -> str:
    """Return the code of the platform the seat sits on: a local one, or the peer that holds what none here does."""
    for candidate in installed():
        if seat in candidate.seats:
            return candidate.code
    for code in distant():
        return code
    raise UnknownPlatform(f"席位 {seat.label} 没有归属的平台：请在 PEERS 中写明对方平台的地址。")


def seats_of(code: str) -> frozenset[Seat]:
    """Return the seats that sit on this platform."""
    return frozenset(seat for seat in Seat if home_of(seat) == code)


def peer_of(code: str) -> str:
    """Return the code of the platform on the other side of this one; raises UnknownPlatform where there is none."""
    for candidate in known():
        if candidate != code:
            return candidate
    raise UnknownPlatform(f"平台 {code} 没有对方平台：请在 PEERS 中写明。")


def address_of(code: str) -> str:
    """Return where the platform's inbox is: ``local:`` or an address ending in a slash; raises UnknownPlatform."""
    try:
        return settings.PEERS[code]
    except KeyError:
        raise UnknownPlatform(f"PEERS 中没有平台 {code} 的地址。") from None
