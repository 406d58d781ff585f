"""What a case page says of its agreement: who has signed which version, the files, and the way on once it is complete.

Lives here: the panel. Does not live here: the pages it leads to (``signpages``), the moves.
Called by: ``portal``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy

from mediation import guards
from mediation.lifecycle import MEDIATION_STATES
from mediation.models import CaseEvent, SignedAgreement
from mediation.platform import home_of
from mediation.signatures.assembling import signers_of
from mediation.signatures.frozen import PROPOSING
from mediation.vocabulary import DocumentKind, Role, Seat, State
from mediation.windows.pages import CaseView, spoken_instant
from mediation.workdays import local_day

SIGNERS = frozenset({Role.PARTY, Role.AGENT, Role.MEDIATOR, Role.ORGANISATION})
WAYS_ON = (
    ("report_performance", gettext_lazy("按约定履行后，报告履行情况")),
    ("perform", gettext_lazy("全部履行后，确认履行完毕")),
    ("seek_confirmation", gettext_lazy("双方可以共同申请人民法院司法确认，确认后可以申请强制执行")),
    ("seek_decree", gettext_lazy("可以共同申请人民法院制作调解书")),
    ("withdraw_suit", gettext_lazy("可以申请撤回起诉")),
)
"""How people go on after an agreement, in the order in which they should think of it."""

ASKED_FOR = frozenset({"seek_confirmation", "seek_decree"})
"""Ways of which people are told also while they are closed, and why: they wait for the agreement to be complete."""


def panel(view: CaseView, url: Callable[..., str]) -> dict[str, Any] | None:
    """Return what the page shows of the agreement to those who may read it, or None where there is none.

    ``url`` gives the addresses of this portal's pages.
    """
    case = view.case
    agreement = case.sheet.get("agreement", {})
    if not agreement.get("version") or not view.audiences:
        return None
    here = home_of(Seat.ORGANISATION) == case.platform
    signs = here and any(actor.role in SIGNERS for actor in view.actors)
    hosts = here and any(actor.role in (Role.MEDIATOR, Role.ORGANISATION) for actor in view.actors)
    rows = {row.version: row for row in SignedAgreement.objects.filter(case=case)}
    frozen = [event for event in view.events if event.kind == PROPOSING]
    stands = bool(agreement.get("digest"))
    versions = [
        _version(view, event, place, rows.get(place), url, signs=signs, void=not stands or place != len(frozen))
        for place, event in enumerate(frozen, 1)
    ]
    given = agreement.get("signatures", {}) if stands else {}
    waits = case.state == State.SIGNING
    signers = [
        {
            "part": one.part,
            "name": one.name,
            "at": spoken_instant(datetime.fromisoformat(given[one.ref])) if one.ref in given else "",
            "link_url": url("signing_link", ref=case.ref, party=one.ref)
            if hosts and waits and one.role is Role.PARTY and one.ref not in given
            else "",
        }
        for one in signers_of(case)
    ]
    complete = guards.is_complete(case)
    unsigned = stands and case.state not in MEDIATION_STATES and not guards.all_signed(case)
    return {
        "unsigned": unsigned and bool(versions),
        "versions": versions,
        "signers": signers if stands and versions else [],
        "effective_at": spoken_instant(case.effective_at) if case.effective_at and guards.all_signed(case) else "",
        "complete": complete,
        "waiting": complete and bool(versions) and not agreement.get("signed"),
        "filed_url": _filed(view, agreement.get("signed", "")),
        "verify_url": url("verify"),
        "ways": _ways(view) if guards.all_signed(case) else [],
    }


def _version(
    view: CaseView,
    event: CaseEvent,
    version: int,
    row: SignedAgreement | None,
    url: Callable[..., str],
    *,
    signs: bool,
    void: bool,
) -> dict[str, Any]:
    ref = view.case.ref
    taken = bool(row and row.sha256 and signs)
    return {
        "number": version,
        "day": local_day(event.at),
        "digest": event.facts["digest"],
        "void": void,
        "code": row.code if row and row.sha256 else "",
        "frozen_url": url("frozen_agreement", ref=ref, version=version) if signs else "",
        "signed_url": url("signed_agreement", ref=ref, version=version) if taken else "",
        "why": row.why if row and any(actor.role is Role.ORGANISATION for actor in view.actors) else "",
    }


def _filed(view: CaseView, sha256: str) -> str:
    """Return the address of the signed file as it was filed, where this reader finds it among the documents."""
    found = [
        one
        for one in view.filed
        if sha256 and one.sha256 == sha256 and one.kind == DocumentKind.AGREEMENT and one.present
    ]
    return view.links.document(view.case, found[0]) if found else ""


def _ways(view: CaseView) -> list[dict[str, Any]]:
    """Return the moves that lead on from a signed agreement, each with its address; of some why not yet."""
    offers = {offer.name: offer for offer in view.moves}
    return [
        {
            "said": said,
            "label": offers[name].label,
            "url": offers[name].url,
            "reason": offers[name].reason,
            "next_step": offers[name].next_step,
        }
        for name, said in WAYS_ON
        if name in offers and (offers[name].url or name in ASKED_FOR)
    ]
