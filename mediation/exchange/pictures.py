"""Photographs of mediators on their way to the courts that look at their files; seals never leave their platform.

Lives here: which photograph may be handed out, which this platform lacks, fetching it. Does not live here: sealing for
the way (``attachments``), who sees it then (windows).
Called by: attachments (hands out), tasks (fetches).

The journal of a file carries the digest only. What could not be had is asked for again after a while; nothing waits.
"""

from __future__ import annotations

from datetime import datetime

from django.core.cache import cache
from django.db.models import Exists, OuterRef

from mediation import files
from mediation.exchange import attachments, calls, peers
from mediation.models import Blob
from mediation.platform import seats_of
from mediation.vocabulary import Seat
from roster.models import Mediator

AT_ONCE = 20
PAUSE_SECONDS = 600
ALLOWED = ("JPEG", "PNG")


def wanted(platform: str, most: int = AT_ONCE) -> list[str]:
    """Return digests of photographs that files in force say and that are not here and may be asked for now."""
    if Seat.ORGANISATION in seats_of(platform):
        return []
    here = Blob.objects.filter(platform=platform, sha256=OuterRef("photo"))
    lacking = Mediator.objects.filter(~Exists(here), platform=platform, active=True).exclude(photo="").order_by("-pk")
    found = dict.fromkeys(lacking.values_list("photo", flat=True)[: most * 10])
    return [digest for digest in found if not cache.get(_paused(platform, digest))][:most]


def fetch(platform: str, at: datetime) -> int:
    """This function will fetch photographs that are lacking and return how many came; a peer that does not answer is
    left alone as after any other call.
    """
    digests = wanted(platform)
    peer = peers.standing(platform) if digests else None
    if peer is None or peer.read_only or not peers.is_due(peer, at):
        return 0
    came = 0
    for digest in digests:
        try:
            content = attachments.opened(platform, digest, calls.fetch(peer, digest, at))
            files.store(platform, files.judge("photo", content, allowed=ALLOWED), content, at)
            came += 1
        except (attachments.Unusable, files.FileRefused):
            cache.set(_paused(platform, digest), True, PAUSE_SECONDS)
        except calls.Failed as failed:
            cache.set(_paused(platform, digest), True, PAUSE_SECONDS)
            if not failed.answered:
                peers.note_failure(peer, str(failed), at)
                break
    return came


def _paused(platform: str, digest: str) -> str:
    return f"picture:{platform}:{digest}"
