"""What people do on InvestorNet beyond the form of one move: opening a case, appointing by turn in many.

Called by: ``portal``. Everything goes through the door.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from investornet import rotation
from investornet.forms import OfflineForm
from mediation import moves
from mediation.actor import Actor
from mediation.models import Case, CaseEvent
from mediation.moves import Refused
from mediation.vocabulary import DocumentKind, Source, gettext_noop
from mediation.windows import uploads
from mediation.windows.wizard import Application
from roster.models import Account

TURNS_TRIED = 3
NOBODY = Refused(
    "turn", gettext_noop("没有可以轮值的调解员"), ("TY-13",), gettext_noop("请在案件里另选调解员，或者先核对请假和名册")
)


def apply(application: Application) -> CaseEvent:
    """This function will hand an application to an organisation and return the entry (N-4.5b).

    Raises what the door raises.
    The draft's reference is the idempotency key: the same application is made once however often it is sent.
    """
    stated = application.facts() | {
        "organisation": application.of("addressee")["organisation"],
        "source": application.source(Source.ONLINE_NET).value,
    }
    entry = moves.perform(
        Case(platform=application.draft.platform),
        Case.apply,
        by=application.actor,
        at=application.at,
        facts=stated,
        enclosures=application.enclosures(),
        key=str(application.draft.ref),
    )
    assert isinstance(entry, CaseEvent)
    return entry


def record_offline(form: OfflineForm, by: Actor, account: Account) -> CaseEvent:
    """This function will record an agreement reached off line (N-4.5e). Raises what the door raises."""
    given, key = form.cleaned_data, str(form.cleaned_data["key"])
    with moves.together():
        agreement = uploads.keep(by.via, given["agreement"], form.at)[0]
        proofs = uploads.keep(by.via, given["proof"], form.at)
        stated = form.stated() | {
            "organisation": by.seat,
            "source": given["source"],
            "digest": agreement.sha256,
            "mediators": given["mediators"],
        }
        kinds = [DocumentKind.AGREEMENT, *[DocumentKind.ORGANISATION_PROOF] * len(proofs)]
        papers = [
            uploads.enclose(kept, kind, "ALL", seed=key, place=place)
            for place, (kept, kind) in enumerate(zip([agreement, *proofs], kinds, strict=True))
        ]
        entry = moves.perform(
            Case(platform=by.via),
            Case.record_offline,
            by=by,
            at=form.at,
            facts=stated,
            enclosures=[*form.people(), *papers],
            key=f"{account.ref.hex}/{key}",
        )
    assert isinstance(entry, CaseEvent)
    return entry


def appoint_by_turn(cases: Sequence[Case], by: Actor, at: datetime, gone: Collection[str] = ()) -> dict[int, Refused]:
    """This function will appoint in each case whose turn it is, and return by primary key why somebody was not (TY-13).

    Who must not serve in a case is passed over there, twice at most. Each case is a transaction of its own.
    """
    refused: dict[int, Refused] = {}
    waiting, barred = list(cases), dict.fromkeys([case.pk for case in cases], frozenset(gone))
    for _attempt in range(TURNS_TRIED):
        named = {
            case.pk: turn
            for case in waiting
            for turn in rotation.turns(by.via, by.seat, [case], at, gone=barred[case.pk]).values()
        }
        refused |= {case.pk: NOBODY for case in waiting if case.pk not in named and case.pk not in refused}
        waiting = [case for case in waiting if case.pk in named and not _appoint(case, named[case.pk], by, at, refused)]
        barred |= {case.pk: barred[case.pk] | {*named[case.pk].mediators} for case in waiting}
    return refused


def _appoint(case: Case, turn: rotation.Turn, by: Actor, at: datetime, refused: dict[int, Refused]) -> bool:
    """Appoint in one case; tell whether nothing more is to be tried there."""
    stated = {"mediators": turn.mediators, "lead": turn.lead} | ({"instead": turn.instead} if turn.instead else {})
    try:
        moves.perform(case, Case.appoint_mediator, by=by, at=at, facts=stated, seen=turn.seen, key=f"turn/{turn.key}")
    except Refused as why:
        refused[case.pk] = why
        return why.code != "fits_no_mediator_conflict"
    refused.pop(case.pk, None)
    return True
