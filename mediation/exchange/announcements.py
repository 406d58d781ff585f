"""What a platform says of itself to its peer: the kinds it knows, and what was asked for here and is on its way.

Lives here: saying it, answering the peer's question, keeping what the peer said, reading again after an upgrade.
Does not live here: asking (``soundings``), what a kind means (``moves``).
Called by: inbox (answers), keys (publishes), soundings, tasks.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Min

from mediation import chain, moves
from mediation.exchange import envelope, peers
from mediation.models import Announcement, Case, Request

MOST_CASES = 500
MOST_KINDS = 1_000


class BadAnnouncement(Exception):
    """对方平台的声明格式不正确"""

    status = 400

    def __init__(self) -> None:
        super().__init__("standing")
        self.code = "standing"


def kinds() -> dict[str, list[str]]:
    """Return the kinds of entries this version knows, and those of them that never change the state."""
    return {
        "kinds": sorted(moves.KINDS),
        "keeps": sorted(kind for kind, declared in moves.KINDS.items() if not declared.targets),
    }


def answer(platform: str, source: str, question: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Answer with this version's kinds, and for which of the cases something asked for here waits to be answered:
    the earliest instant of submission.
    """
    refs = question.get("cases")
    if not isinstance(refs, list) or len(refs) > MOST_CASES:
        raise BadAnnouncement
    if not all(isinstance(ref, str) and envelope.is_ref(ref) for ref in refs):
        raise BadAnnouncement
    take(platform, question, at)
    asked = Request.objects.filter(platform=platform, state=Request.WAITING, case__ref__in=refs)
    return {
        **kinds(),
        "now": chain.stamp(at),
        "epoch": peers.standing(platform).epoch,
        "open": {str(ref): chain.stamp(first) for ref, first in asked.values_list("case__ref").annotate(Min("at"))},
    }


def take(platform: str, said: dict[str, Any], at: datetime, **more: bool) -> None:
    """Keep the kinds the peer says it knows; raises BadAnnouncement."""
    known = {name: said.get(name) for name in ("kinds", "keeps")}
    for listed in known.values():
        if not isinstance(listed, list) or len(listed) > MOST_KINDS:
            raise BadAnnouncement
        if not all(isinstance(kind, str) and len(kind) <= 60 for kind in listed):
            raise BadAnnouncement
    Announcement.objects.update_or_create(platform=platform, defaults={**known, "heard_at": at, **more})


def read_again(platform: str) -> int:
    """This function will play those journals anew that hold entries this version is the first to read, and return how
    many.
    """
    said = Announcement.objects.filter(platform=platform).first()
    now_read = {*said.unread} & {*moves.KINDS} if said else set()
    if said is None or not now_read:
        return 0
    cases = list(Case.objects.of(platform).filter(events__kind__in=now_read).distinct())
    for case in cases:
        try:
            moves.reread(case)
        except (moves.Illegal, moves.Refused) as wrong:
            moves.freeze(case, f"升级后重读流水未通过：{wrong}")
    said.unread = sorted({*said.unread} - now_read)
    said.save(update_fields=["unread"])
    return len(cases)
