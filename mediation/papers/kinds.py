"""Which papers a case gives at an instant, under which articles, and why not the others.

Lives here: the table of kinds. Does not live here: what each says (``letters``), who may take which (``rights``).
Called by: ``making``, windows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from mediation import guards
from mediation.models import Case, CaseEvent
from mediation.papers import confirming
from mediation.papers.record import COURT_TRACKS, SENT_AWAY, Record
from mediation.vocabulary import PaperKind, State, Track, gettext_noop

NO_COURT = gettext_noop("当事人直接向调解组织申请的案件，没有法院制作的文书")
NOT_ASKED = gettext_noop("尚未征询当事人意愿")
NOT_DELEGATED = gettext_noop("尚未委派或者委托调解组织")
NOT_PRE_DOCKET = gettext_noop("不是立案前委派的案件")
NOT_ENTRUSTED = gettext_noop("不是立案后委托的案件")
NOT_RETURNED = gettext_noop("申请没有被退回")
NOT_REASSIGNED = gettext_noop("案件没有重新指派过")
NOT_RESUMED = gettext_noop("案件尚未恢复审理")
NOT_FAILED = gettext_noop("案件没有因调解不成交回法院立案")
NOT_APPLIED = gettext_noop("没有当事人提交的申请")
NOT_SOUGHT = gettext_noop("各方还没有共同申请司法确认")
NOT_SEALED = gettext_noop("调解组织还没有在协议上盖章")
NO_OBLIGATIONS = gettext_noop("协议没有登记履行义务")


@dataclass(frozen=True)
class Basis:
    """The entry a paper is about; None where it is about the case as it stands."""

    event: CaseEvent | None = None


Found = Basis | str
"""What a paper rests on, or why there is none."""


def _told(record: Record) -> Found:
    return Basis(record.last("consult")) if record.case.track in COURT_TRACKS else NO_COURT


def _asked(record: Record) -> Found:
    if record.case.track not in COURT_TRACKS:
        return NO_COURT
    event = record.last("consult")
    return Basis(event) if event else NOT_ASKED


def _handed(track: Track, why: str) -> Callable[[Record], Found]:
    def find(record: Record) -> Found:
        event = next((one for one in record.entries("delegate") if record.track(one) is track), None)
        return Basis(event) if event else NOT_DELEGATED if record.case.track == track else why

    return find


def _handed_over(record: Record) -> Found:
    event = record.last("delegate")
    return Basis(event) if event else NOT_DELEGATED


def _returned(record: Record) -> Found:
    event = record.last("return_application")
    return Basis(event) if event else NOT_RETURNED


def _reassigned(record: Record) -> Found:
    event = record.last("delegate")
    return Basis(event) if event and record.last(*SENT_AWAY, before=event) else NOT_REASSIGNED


def _resumed(record: Record) -> Found:
    event = record.last("resume_trial")
    return Basis(event) if event else NOT_RESUMED


def _failed(record: Record) -> Found:
    event = record.failed
    pre_docket = record.case.track != Track.ENTRUSTED
    open_still = record.case.state in (State.HANDED_BACK, State.DOCKETED)
    return Basis(event) if event and pre_docket and open_still else NOT_FAILED


def _applied(record: Record) -> Found:
    event = record.events[0] if record.events else None
    return Basis(event) if event and event.move in ("file", "apply") else NOT_APPLIED


def _sought(record: Record) -> Found:
    event = confirming.asked_together(record)
    return Basis(event) if event else NOT_SOUGHT


def _sealed(record: Record) -> Found:
    event = confirming.sealed_by_organisation(record)
    return Basis(event) if event else NOT_SEALED


def _obliged(record: Record) -> Found:
    return Basis() if guards.obligations(record.case) else NO_OBLIGATIONS


@dataclass(frozen=True)
class Entry:
    """One line of the table: the articles a kind rests on, and how its basis is found."""

    law: tuple[str, ...]
    find: Callable[[Record], Found]


KINDS: dict[PaperKind, Entry] = {
    PaperKind.RECEIPT: Entry(("ZX-8", "N-4.5a"), _applied),
    PaperKind.COPY: Entry(("ZX-8", "N-4.5a"), _applied),
    PaperKind.RETURN: Entry(("ZX-9",), _returned),
    PaperKind.NOTIFICATION: Entry(("ZX-7", "TY-14"), _told),
    PaperKind.CONSULTATION: Entry(("N-4.5f", "ZX-10"), _asked),
    PaperKind.DELEGATION: Entry(("N-4.5a", "N-4.5f", "TY-11"), _handed(Track.DELEGATED, NOT_PRE_DOCKET)),
    PaperKind.ENTRUSTMENT: Entry(("N-4.5a", "N-4.5f", "TY-11", "LT-2"), _handed(Track.ENTRUSTED, NOT_ENTRUSTED)),
    PaperKind.HANDOVER: Entry(("N-4.5a", "TY-27"), _handed_over),
    PaperKind.REASSIGNMENT: Entry(("ZX-12", "TY-12"), _reassigned),
    PaperKind.RESUMPTION: Entry(("N-4.5d", "ZX-21(3)"), _resumed),
    PaperKind.DOCKETING: Entry(("N-4.5d", "ZX-21(2)", "CPL-126"), _failed),
    PaperKind.MEDIATION_PROOF: Entry(("JI-354", "N-4.5e"), _sealed),
    PaperKind.CONFIRMATION_APPLICATION: Entry(("CPL-205", "JI-354", "SQ-3"), _sought),
    PaperKind.PERFORMANCE: Entry(("N-4.5c",), _obliged),
}
"""In the order of a case's life; certificates are no papers of a case."""


@dataclass(frozen=True)
class Kind:
    """One paper that somebody may take, or would take if it could be made; ``why_not`` is a source string."""

    code: PaperKind
    label: str
    law: tuple[str, ...]
    why_not: str


def kinds_for(
    case: Case, among: Iterable[PaperKind], at: datetime, events: Sequence[CaseEvent] | None = None
) -> list[Kind]:
    """Return the papers of these kinds with why each cannot be made yet; ``among`` is what ``Rights.papers`` allows.

    ``events`` is the journal where it has been read already; then no query is made.
    """
    record, wanted = Record(case, at, events), set(among)
    found = [(code, entry, entry.find(record)) for code, entry in KINDS.items() if code in wanted]
    return [Kind(code, code.label, entry.law, basis if isinstance(basis, str) else "") for code, entry, basis in found]
