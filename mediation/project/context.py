"""What the frame of every page needs: which platform this is, who is signed in as what, and the frame's own links.

Called by: the template engine, as a context processor. Touches no row but the signed-in user's and, in a
demonstration, its clock's and the messages sent to that user.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext

from mediation import platform, present
from mediation.platform import PlatformConfig
from mediation.project.demonstration import code_of
from mediation.vocabulary import Seat


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return ``platform``, ``identity``, ``viewer``, ``viewer_role``, ``links``; of a demonstration the
    time, and the code that the viewer's telephone would show.
    """
    here = platform_of(request)
    user = getattr(request, "user", None)
    actor = getattr(request, "actor", None)
    viewer = user if user is not None and user.is_authenticated else None
    now = present.now() if settings.DEMONSTRATION_CLOCK else None
    return {
        "platform": here,
        "identity": identity_of(here),
        "viewer": viewer,
        "viewer_role": gettext(actor.role.label) if actor is not None else "",
        "links": links_of(here) if here else {},
        "demonstration_now": now,
        "demonstration_code": code_of(viewer, now) if viewer and now else "",
    }


def platform_of(request: HttpRequest) -> PlatformConfig | None:
    """Return the platform whose page is asked for, by namespace or, where no page was found, by the address."""
    namespaces = request.resolver_match.namespaces if request.resolver_match else []
    for candidate in platform.installed():
        if candidate.code in namespaces or request.path_info.startswith(f"/{candidate.url_prefix}"):
            return candidate
    return None


def identity_of(config: PlatformConfig | None) -> str:
    """Return the look a platform wears: ``court``, ``net``, or ``public`` for a page of neither."""
    if config is None:
        return "public"
    return "court" if Seat.COURT in config.seats else "net"


def links_of(config: PlatformConfig) -> dict[str, str]:
    """Return the addresses of the platform's well-known pages; one it does not have is empty."""
    pages = ("home", "apply", "work", "sign_in", "sign_out", "register", "password", "roster", "notices", "verify")
    return {page: _address(f"{config.code}:{page}") for page in pages}


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
