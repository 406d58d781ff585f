"""Conflicts of interest in words, where somebody is about to act on them (TY-15, ZX-13).

Lives here: findings as sentences, which of them a form shows, what a mediator's disclosure starts from. Does not live
here: finding them (``mediation.conflicts``), what follows (the rule table).
Called by: the forms of moves in portals and desks; ``choosing``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from mediation import conflicts, moves
from mediation.actor import Actor
from mediation.conflicts import Finding
from mediation.models import Case, Party
from mediation.vocabulary import ConflictKind, RecusalGround
from mediation.windows.moveforms import MoveForm
from mediation.windows.pages import label_of, people, spoken_day
from mediation.workdays import local_day
from roster import groups
from roster.groups import Groups
from roster.models import Mediator

GROUNDS = {
    ConflictKind.SELF: RecusalGround.RELATIVE,
    ConflictKind.ORGANISATION: RecusalGround.INTEREST,
    ConflictKind.GROUP: RecusalGround.INTEREST,
}
"""What a finding is disclosed as; everything else is another relation."""


LOOKED_AT = frozenset({"disclose", "waive", "object", "decide_recusal", "appoint_mediator", "accept", "delegate"})
"""Moves on whose forms conflicts of interest are shown."""


def said(found: list[Finding], people: dict[str, Party], mediators: dict[str, str] | None = None) -> list[str]:
    """Return findings in words, for people who may read the names of the case, each with how sure it is and the rows of
    the list of groups that it rests on.
    """
    lines = []
    for one in found:
        who = (mediators or {}).get(one.who, "") if one.who else _("调解组织")
        stated = {"who": who or _("调解员"), "relation": _relation(one, people)}
        stated["sure"] = _("已核实") if one.certain else _("疑似，请核对")
        lines.append(_("%(who)s：%(relation)s——%(sure)s") % stated + _listed(one))
    return lines


def _relation(one: Finding, people: dict[str, Party]) -> str:
    person = people.get(one.what)
    return _("%(kind)s（%(what)s%(since)s）") % {
        "kind": label_of(ConflictKind(one.kind)),
        "what": (person.name if person else "") or _("当事人"),
        "since": _("，%(day)s起") % {"day": one.since} if one.since else "",
    }


def _listed(one: Finding) -> str:
    rows = [
        _("%(company)s的母公司是%(parent)s%(since)s")
        % {
            "company": row.company,
            "parent": row.parent,
            "since": _("（%(day)s起）") % {"day": spoken_day(row.since)} if row.since else "",
        }
        for row in one.rests_on
    ]
    if not rows:
        return _("。本平台现用名单中没有这一关系") if one.kind is ConflictKind.GROUP else ""
    return _("。名单所载：%(rows)s") % {"rows": "；".join(rows)}


def noted(case: Case, mediator: str = "") -> list[Finding]:
    """Return what stands on the case's record as found and not settled, of one mediator or of all; with what the list
    in force says of it, which may be nothing any more.
    """
    found = [
        Finding(one["mediator"], ConflictKind(one["kind"]), one["about"], "", one["certain"])
        for one in case.sheet.get("conflicts", ())
        if one["open"] and mediator in ("", one["mediator"])
    ]
    grouped = {one.who for one in found if one.kind is ConflictKind.GROUP}
    now = [one for one in conflicts.find(case, grouped, case.organisation) if one.rests_on] if grouped else []
    rows = {(who, one.what): one.rests_on for one in now for who in ([one.who] if one.who else grouped)}
    return [
        replace(one, rests_on=rows.get((one.who, one.what), ())) if one.kind is ConflictKind.GROUP else one
        for one in found
    ]


def hints(form: MoveForm) -> list[str]:
    """Return what conflicts of interest somebody about to fill in this form should know (TY-15, ZX-13)."""
    case, name = form.case, form.declared.name
    if name == "disclose":
        found = own(case, form.actor.ref)
    elif name in ("waive", "object"):
        found = noted(case)
    elif name == "decide_recusal":
        return questions(case) + said(noted(case), form.everybody, called(case, case.sheet.get("recusals", ())))
    elif name == "appoint_mediator":
        refs = [str(ref) for ref, _name in form.fields["mediators"].widget.choices]
        found = conflicts.find(case, refs, case.organisation)
    elif name == "accept":
        found = conflicts.find(case, (), case.organisation)
    else:
        return []
    return said(found, form.everybody, called(case, {one.who for one in found if one.who}))


def searched(move: str, known: Groups | None = None) -> str:
    """Return which list of which day says who belongs to whose group, where conflicts are shown; ``known`` is the one
    in force, if at hand.
    """
    if move not in LOOKED_AT:
        return ""
    known = known or groups.current()
    if known.as_of is None:
        return _("没有载入集团公司名单，未核查集团内的关系。")
    said_of = _("集团内的关系按截至%(day)s的名单核查，来源：%(source)s。")
    return said_of % {"day": spoken_day(known.as_of), "source": _(known.source)}


def called(case: Case, refs: Collection[str]) -> dict[str, str]:
    """Return mediators' names by reference."""
    rows = Mediator.objects.filter(platform=case.platform, ref__in=refs).values_list("ref", "name") if refs else ()
    return {str(ref): name for ref, name in rows}


def questions(case: Case) -> list[str]:
    """Return, in words, what questioned the mediators whose recusal is to be decided: their own disclosures and what
    parties objected, oldest first.
    """
    standing = set(case.sheet.get("recusals", ()))
    names, lines = called(case, standing), []
    for event in case.events.filter(kind__in=(moves.kind_of("disclose"), moves.kind_of("object"))).order_by("number"):
        who, ground = event.facts.get("mediator", event.by["ref"]), event.facts.get("ground", RecusalGround.NONE)
        said_of, why = _("%(who)s：本人%(day)s披露——%(ground)s"), label_of(RecusalGround(ground))
        if event.move == "object":
            said_of = _("%(who)s：当事人%(day)s提出异议——%(ground)s")
            why = why if ground != RecusalGround.NONE else _("没有指明法定情形")
        elif ground == RecusalGround.NONE:
            continue
        if who in standing:
            told = {"who": names.get(who, _("调解员")), "day": spoken_day(local_day(event.at)), "ground": why}
            lines.append(said_of % told)
    return lines


def own(case: Case, mediator: str) -> list[Finding]:
    """Return what connects a mediator with the people of the case, what stands on its record included."""
    found = [one for one in conflicts.find(case, [mediator], "") if one.who == mediator]
    known = {(one.kind, one.what) for one in found}
    return found + [one for one in noted(case, mediator) if (one.kind, one.what) not in known]


def prefilled(case: Case, actor: Actor, move: str) -> dict[str, Any]:
    """Return what a mediator's disclosure starts from: of what is certain the gravest, and all of it in words. What is
    only suspected stands above the form: the mediator says what became of it, everybody reads that.
    """
    found = [one for one in own(case, actor.ref) if one.certain] if move == "disclose" else []
    if not found:
        return {}
    grounds = [GROUNDS.get(one.kind, RecusalGround.RELATION) for one in found]
    gravest = next(ground for ground in RecusalGround if ground in grounds)
    everybody = {str(person.ref): person for person in people(case)}
    return {"ground": gravest.value, "reason": "\n".join(_relation(one, everybody) for one in found)}


def unexplained(form: MoveForm) -> str:
    """Return what is wrong with a disclosure that denies every relation and says nothing of those the check found."""
    given = form.cleaned_data
    if form.declared.name != "disclose" or given.get("ground") != RecusalGround.NONE or given.get("reason"):
        return ""
    if not own(form.case, form.actor.ref):
        return ""
    return _("核查发现上面所列的关系；仍选择“无应当披露的情形”的，请写明核对的结果。")
