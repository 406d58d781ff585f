"""Conflicts of interest in words, where somebody is about to act on them (TY-15, ZX-13).

Lives here: findings as sentences, which of them a form shows, what a mediator's disclosure starts from. Does not live
here: finding them (``mediation.conflicts``), what follows (the rule table).
Called by: the forms of moves in portals and desks; ``choosing``.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from mediation import conflicts
from mediation.actor import Actor
from mediation.conflicts import Finding
from mediation.models import Case, Party
from mediation.vocabulary import ConflictKind, RecusalGround
from mediation.windows.moveforms import MoveForm
from mediation.windows.pages import label_of, people
from roster.models import Mediator

GROUNDS = {
    ConflictKind.SELF: RecusalGround.RELATIVE,
    ConflictKind.ORGANISATION: RecusalGround.INTEREST,
    ConflictKind.GROUP: RecusalGround.INTEREST,
}
"""What a finding is disclosed as; everything else is another relation."""


def said(found: list[Finding], people: dict[str, Party], mediators: dict[str, str] | None = None) -> list[str]:
    """Return findings in words, for people who may read the names of the case."""
    lines = []
    for one in found:
        person = people.get(one.what)
        who = (mediators or {}).get(one.who, "") if one.who else _("调解组织")
        lines.append(
            _("%(who)s：%(kind)s（%(what)s%(since)s）——%(sure)s")
            % {
                "who": who or _("调解员"),
                "kind": label_of(ConflictKind(one.kind)),
                "what": (person.name if person else "") or _("当事人"),
                "since": _("，%(day)s起") % {"day": one.since} if one.since else "",
                "sure": _("已核实") if one.certain else _("疑似，请核对"),
            }
        )
    return lines


def noted(case: Case, mediator: str = "") -> list[Finding]:
    """Return what stands on the case's record as found and not settled, of one mediator or of all."""
    return [
        Finding(one["mediator"], ConflictKind(one["kind"]), one["about"], "", one["certain"])
        for one in case.sheet.get("conflicts", ())
        if one["open"] and mediator in ("", one["mediator"])
    ]


def hints(form: MoveForm) -> list[str]:
    """Return what conflicts of interest somebody about to fill in this form should know (TY-15, ZX-13)."""
    case, name = form.case, form.declared.name
    if name == "disclose":
        found = own(case, form.actor.ref)
    elif name in ("waive", "decide_recusal", "object"):
        found = noted(case)
    elif name == "appoint_mediator":
        refs = [str(ref) for ref, _name in form.fields["mediators"].choices]  # type: ignore[attr-defined]
        found = conflicts.find(case, refs, case.organisation)
    elif name == "accept":
        found = conflicts.find(case, (), case.organisation)
    else:
        return []
    serving = {one.who for one in found if one.who}
    called = (
        Mediator.objects.filter(platform=case.platform, ref__in=serving).values_list("ref", "name") if serving else ()
    )
    return said(found, form.everybody, {str(ref): text for ref, text in called})


def own(case: Case, mediator: str) -> list[Finding]:
    """Return what connects a mediator with the people of the case, what stands on its record included."""
    found = [one for one in conflicts.find(case, [mediator], "") if one.who == mediator]
    known = {(one.kind, one.what) for one in found}
    return found + [one for one in noted(case, mediator) if (one.kind, one.what) not in known]


def prefilled(case: Case, actor: Actor, move: str) -> dict[str, Any]:
    """Return what a mediator's disclosure starts from: the gravest finding, and all of them in words."""
    found = own(case, actor.ref) if move == "disclose" else []
    if not found:
        return {}
    grounds = [GROUNDS.get(one.kind, RecusalGround.RELATION) for one in found]
    gravest = next(ground for ground in RecusalGround if ground in grounds)
    everybody = {str(person.ref): person for person in people(case)}
    return {"ground": gravest.value, "reason": "\n".join(said(found, everybody))}
