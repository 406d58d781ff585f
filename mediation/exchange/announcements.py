"""What a platform says of itself to its peer: the kinds it knows, and what was asked for here and is on its way.

Lives here: saying it, answering the peer's question, keeping what the peer said, reading again after an upgrade.
Does not live here: asking (``soundings``), what a kind means (``moves``).
Called by: inbox (answers), keys (publishes), soundings, tasks.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.db import OperationalError, transaction
from django.db.models import Min

from mediation import chain, moves
from mediation.exchange import envelope, peers
from mediation.models import Announcement, Case, Request

MOST_CASES = 500
MOST_KINDS = 1_000

logger = logging.getLogger(__name__)


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
    """Keep the kinds the peer says it knows, with those it has said before: what it once could read it is told of, so
    that its word cannot stop what was going on. Raises BadAnnouncement.
    """
    known, keeps = _kinds_in(said, "kinds"), _kinds_in(said, "keeps")
    with transaction.atomic():
        before = Announcement.objects.select_for_update().filter(platform=platform).first()
        known |= {*before.kinds} & {*moves.KINDS} if before else set()
        Announcement.objects.update_or_create(
            platform=platform, defaults={"kinds": sorted(known), "keeps": sorted(keeps), "heard_at": at, **more}
        )


def _kinds_in(said: dict[str, Any], name: str) -> set[str]:
    listed = said.get(name)
    if not isinstance(listed, list) or len(listed) > MOST_KINDS:
        raise BadAnnouncement
    if not all(isinstance(kind, str) and len(kind) <= 60 for kind in listed):
        raise BadAnnouncement
    return {*listed}


def read_again(platform: str) -> int:
    """This function will play those journals anew that hold entries this version is the first to read, and return how
    many. One in which such an entry does not hold is frozen, whatever is wrong with it.
    """
    said = Announcement.objects.filter(platform=platform).first()
    now_read = {*said.unread} & {*moves.KINDS} if said else set()
    if said is None or not now_read:
        return 0
    cases = list(Case.objects.of(platform).filter(events__kind__in=now_read).distinct())
    for case in cases:
        try:
            moves.reread(case, now_read)
        except OperationalError:
            raise
        except Exception as wrong:
            logger.exception("the journal of case %s could not be read again", case.ref)
            moves.freeze(case, f"升级后重读流水未通过：{wrong}")
    with transaction.atomic():
        said = Announcement.objects.select_for_update().get(pk=said.pk)
        said.unread = sorted({*said.unread} - now_read)
        said.save(update_fields=["unread"])
    return len(cases)
