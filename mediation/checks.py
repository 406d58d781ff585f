"""System checks: is this deployment put together so that it can work at all?

Lives here: checks of settings against the installed platforms. What can be seen from one setting alone is refused
earlier, where the environment is read.
Called by: Django, on every command and at start; registered in ``apps``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from mediation import platform
from mediation.vocabulary import Seat


def check_platforms(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """E001: every name in PLATFORMS is a platform that introduced itself."""
    introduced = {config.name for config in platform.installed()}
    return [
        Error(
            f"PLATFORMS names {name!r}, which is an app but not a platform.",
            hint="Its AppConfig must inherit mediation.platform.PlatformConfig and set default = True.",
            id="mediation.E001",
        )
        for name in settings.PLATFORMS
        if apps.is_installed(name) and name not in introduced
    ]


def check_seats(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """E002: every seat has exactly one home; E003: with a seat missing here, exactly one peer holds it."""
    errors: list[CheckMessage] = []
    vacant = []
    for seat in Seat:
        holders = [config.code for config in platform.installed() if seat in config.seats]
        if len(holders) > 1:
            errors.append(
                Error(
                    f"The seat {seat} is claimed by {' and '.join(holders)}.",
                    hint="A seat sits on exactly one platform: correct `seats` in their apps.py.",
                    id="mediation.E002",
                )
            )
        if not holders:
            vacant.append(str(seat))
    if vacant and len(platform.distant()) != 1:
        errors.append(
            Error(
                f"No platform here holds {', '.join(vacant)}, and PEERS names {len(platform.distant())} others.",
                hint="Set PEERS to the one platform that does, e.g. PEERS=investornet=https://mediation.example/.",
                id="mediation.E003",
            )
        )
    return errors


def check_peers(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """E004: `local:` only for what is installed here; E005: what is installed here is reached locally."""
    errors: list[CheckMessage] = []
    for code, address in settings.PEERS.items():
        here = platform.is_local(code)
        if address == platform.LOCAL and not here:
            errors.append(
                Error(
                    f"PEERS says {code!r} is local, but it is not installed here.",
                    hint=f"Add {code} to PLATFORMS, or give its https:// address in PEERS.",
                    id="mediation.E004",
                )
            )
        if address != platform.LOCAL and here:
            errors.append(
                Error(
                    f"PEERS gives an address for {code!r}, which is installed here.",
                    hint=f"Write {code}=local: in PEERS, or take {code} out of PLATFORMS.",
                    id="mediation.E005",
                )
            )
    return errors


def check_redis(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """W001 (with --deploy): a deployment that shares nothing between its processes is told so."""
    if settings.REDIS_URL:
        return []
    return [
        Warning(
            "REDIS_URL is not set: tasks, sockets and the cache stay inside each process.",
            hint="Set REDIS_URL, or run everything in one process with `manage.py embedded`.",
            id="mediation.W001",
        )
    ]


def check_gateways(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """W003 (with --deploy): a deployment that reaches nobody's telephone is told so."""
    if settings.SMS_GATEWAY == "http":
        return []
    return [
        Warning(
            f"SMS_GATEWAY is {settings.SMS_GATEWAY!r}: links, codes, notices and service by SMS reach nobody.",
            hint="Set SMS_GATEWAY=http with the provider's SMS_URL and SMS_TOKEN.",
            id="mediation.W003",
        )
    ]


TYPEFACES = {"Noto Serif CJK SC": "NotoSerifCJK*", "Noto Sans CJK SC": "NotoSansCJK*"}
"""The typefaces without which nothing is printed, and what their files are called."""


def check_typefaces(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """W002: papers can be printed; everything else works without. By the names of files: this runs at every start."""
    return [
        Warning(
            f"The typeface {family!r} is not installed: court documents and certificates cannot be made.",
            hint="Install Debian's fonts-noto-cjk, or name the folder of the fonts in FONT_DIRS, and start again.",
            id="mediation.W002",
        )
        for family, called in TYPEFACES.items()
        if not any(next(Path(folder).rglob(called), None) for folder in settings.FONT_DIRS)
    ]
