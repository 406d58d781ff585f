"""Conflicts of interest (利害关系): the people of a case against the files of mediators and of an organisation.

Lives here: what connects whom, which connections no consent can cure. Does not live here: names in a form in which they
can be compared, groups of companies (``roster.groups``); what follows (``guards`` and ``lifecycle``: disclosure, waiver
by all, recusal); the rows.
Called by: ``world`` (the writer's guards), the door (again after every change of people), ``choice``, windows.

What is compared (TY-15, TY-16, ZX-13), with the queries it takes, whatever the number of mediators:

==============  ===================================================================  =================================
kind            when                                                                 certain
==============  ===================================================================  =================================
SELF            the mediator is a party or an agent                                  the identity number is the same;
                                                                                     possible if only the name is
ORGANISATION    the organisation is a party                                          the credit code or the full name
EMPLOYER        a party, or whom a party works for, employs or employed the mediator  the full name; possible if only
                                                                                     the short name is the same
LAW_FIRM        an agent's law firm employs or employed the mediator                 the same
GROUP           an employer of the mediator, or the organisation, belongs to the     the same; one step of ownership
                same group as a party (``roster.groups``, the list last loaded)      up, down, or to a sister
EARLIER_ROLE    the mediator stood beside a party in another case as party or agent  always: by identity number
EARLIER_CASE    the mediator mediated another case of a natural person of this one   never; shown, not noted
==============  ===================================================================  =================================

``BARS`` may not be waived. Everything else is disclosed, and the same mediator goes on if all parties agree (ZX-13).
That somebody mediated another dispute of the same investor is no ground of recusal: the mediator is reminded of it and
says what there is to say, but the case is not held up for it.
What the journal is told of a finding are codes and references, never names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mediation.models import Appointment, Case, Party
from mediation.vocabulary import ConflictKind, PartyKind
from mediation.workdays import local_day
from roster import groups
from roster import queries as roster
from roster.groups import Groups, Known, Owned, body, matches, plain
from roster.models import Mediator, Organisation, Post

K = ConflictKind
BARS = frozenset({K.SELF, K.ORGANISATION})
"""What bars a mediator or an organisation whatever the parties say, once it is certain (TY-15)."""
REMINDERS = frozenset({K.EARLIER_CASE})
"""What is shown to the mediator without standing in the way."""

_REFERENCE = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, order=True)
class Finding:
    """One connection: ``who`` is a mediator's reference, or empty for the organisation; ``what`` the person's;
    ``rests_on`` the rows of the list of groups, which whoever decides about it is shown.
    """

    who: str
    kind: ConflictKind
    what: str
    since: str
    certain: bool
    rests_on: tuple[Owned, ...] = field(default=(), compare=False)

    @property
    def bars(self) -> bool:
        """Tell whether no consent cures this."""
        return self.certain and self.kind in BARS

    @property
    def stands(self) -> bool:
        """Tell whether it keeps an organisation from being recommended: whoever belongs to a party's group is no free
        choice, though all parties may still agree on it knowing that (ZX-13).
        """
        return self.certain and self.kind not in REMINDERS


def find(
    case: Case, mediators: Iterable[str], organisation: str, *, people: Sequence[Party] | None = None
) -> list[Finding]:
    """This function will return what connects these mediators and this organisation with the people of a case.

    Deterministic, certain before possible for the same pair and kind; at most seven queries however many mediators.
    """
    involved = list(case.people.all()) if people is None else list(people)
    standing = _standing(case, involved)
    held = list(Mediator.objects.filter(platform=case.platform, ref__in=_references(mediators)))
    known = groups.current()
    found = _of_mediators(case, standing, held, known)
    if one := roster.organisation(case.platform, organisation):
        found += of_organisation(standing, one, known)
    return _distinct(found)


def _references(texts: Iterable[str]) -> list[str]:
    """Leave out what is no reference: it is nobody's."""
    return [text for text in texts if _REFERENCE.fullmatch(text)]


def of_organisations(case: Case, organisations: Iterable[Organisation], known: Groups) -> dict[str, list[Finding]]:
    """Return what connects each of these organisations with the people of a case; one query, or none if fetched."""
    standing = _standing(case, list(case.people.all()))
    return {str(one.ref): _distinct(of_organisation(standing, one, known)) for one in organisations}


@dataclass(frozen=True)
class Standing:
    """One person of the case as it is compared: itself as a body, whom it works for, its law firm, its group."""

    ref: str
    is_agent: bool
    is_natural: bool
    name: str
    index: str
    code: str
    self_: Known | None
    employers: tuple[Known, ...]
    firm: Known | None

    @property
    def bodies(self) -> tuple[Known, ...]:
        """Itself, if it is a body, and whom it works for."""
        return (*((self.self_,) if self.self_ else ()), *self.employers)


def _standing(case: Case, people: Iterable[Party]) -> list[Standing]:
    """Return everybody who stands in the case now; an agent whom nobody appoints any more does not."""
    agents = case.sheet.get("agents", {})
    found = []
    for person in people:
        ref = str(person.ref)
        if not person.name or (not person.side and not agents.get(ref, {}).get("for")):
            continue
        details = _details(person)
        natural = person.kind == PartyKind.NATURAL or not person.side
        employers = [body(str(details[key])) for key in ("employer", "company") if details.get(key)]
        firm = body(str(details["firm"])) if details.get("firm") else None
        found.append(
            Standing(
                ref=ref,
                is_agent=not person.side,
                is_natural=natural,
                name=plain(person.name),
                index=person.identity_index,
                code=plain(person.identity_number).upper() if person.identity_kind == "CREDIT_CODE" else "",
                self_=None if natural else body(person.name),
                employers=tuple(employers),
                firm=firm,
            )
        )
    return found


def _details(person: Party) -> Mapping[str, Any]:
    try:
        known = json.loads(person.details) if person.details else {}
    except ValueError:
        return {}
    return known if isinstance(known, dict) else {}


def _of_mediators(case: Case, standing: list[Standing], mediators: list[Mediator], known: Groups) -> list[Finding]:
    if not mediators or not standing:
        return []
    indexes = _identities(case.platform, [one.ref for one in mediators])
    found: list[Finding] = []
    for one in mediators:
        ref, name = str(one.ref), plain(one.name)
        own = indexes.get(ref, "")
        worked = employers_of(one)
        for person in standing:
            found += _same_person(ref, name, own, person)
            found += _bodies(ref, worked, person, known)
    return found + _earlier_roles(case, standing, indexes) + _earlier_cases(case, standing, mediators)


def _same_person(ref: str, name: str, index: str, person: Standing) -> list[Finding]:
    if not person.is_natural:
        return []
    if index and person.index:
        # Two known numbers decide; that names are alike says nothing any more.
        return [Finding(ref, K.SELF, person.ref, "", True)] if index == person.index else []
    return [Finding(ref, K.SELF, person.ref, "", False)] if name and name == person.name else []


def _bodies(ref: str, worked: list[Known], person: Standing, known: Groups) -> list[Finding]:
    found = []
    for ours in worked:
        for theirs in person.bodies:
            if (certain := matches(ours, theirs)) is not None:
                found.append(Finding(ref, K.EMPLOYER, person.ref, ours.since, certain))
            elif (certain := known.joined(ours, theirs)) is not None:
                rows = known.between(ours, theirs)
                found.append(Finding(ref, K.GROUP, person.ref, ours.since, certain, rows))
        if person.firm and (certain := matches(ours, person.firm)) is not None:
            found.append(Finding(ref, K.LAW_FIRM, person.ref, ours.since, certain))
    return found


def of_organisation(standing: Iterable[Standing], one: Organisation, known: Groups) -> list[Finding]:
    """Return what connects an organisation itself with the people of a case."""
    ours, code = body(one.name), plain(one.credit_code).upper()
    found = []
    for person in standing:
        if person.self_ and code and person.code == code:
            found.append(Finding("", K.ORGANISATION, person.ref, "", True))
            continue
        for theirs in person.bodies:
            certain = matches(ours, theirs)
            if certain is not None:
                kind = K.ORGANISATION if theirs is person.self_ else K.EMPLOYER
                found.append(Finding("", kind, person.ref, "", certain))
            elif (certain := known.joined(ours, theirs)) is not None:
                found.append(Finding("", K.GROUP, person.ref, "", certain, known.between(ours, theirs)))
    return found


def employers_of(mediator: Mediator) -> list[Known]:
    """Return past and present employers of a mediator, with the day each began where the file says it."""
    told = [body(str(post["employer"]), str(post.get("from") or "")) for post in mediator.employment]
    full = {one.full for one in told}
    found = [*told, *(one for one in map(body, mediator.employers) if one.full not in full)]
    return [one for one in found if one.full]


def _identities(platform: str, refs: Iterable[Any]) -> dict[str, str]:
    """Return the blind index of the verified identity of each mediator who has an account here."""
    posts = Post.objects.filter(platform=platform, mediator__in=list(refs), account__identity_verified_at__isnull=False)
    return {str(ref): index for ref, index in posts.values_list("mediator", "account__identity_index") if index}


def _earlier_roles(case: Case, standing: list[Standing], indexes: Mapping[str, str]) -> list[Finding]:
    """Find other cases of this platform in which a mediator stood together with somebody of this case."""
    theirs = {person.index: person for person in standing if person.index and not person.is_agent}
    ours = {index: ref for ref, index in indexes.items() if index not in theirs}
    if not theirs or not ours:
        return []
    rows = (
        Party.objects.filter(platform=case.platform, identity_index__in=theirs, case__people__identity_index__in=ours)
        .exclude(case__ref=case.ref)
        .values_list("identity_index", "case__people__identity_index", "case__filed_at")
    )
    return [
        Finding(ours[own], K.EARLIER_ROLE, theirs[other].ref, local_day(at).isoformat(), True)
        for other, own, at in rows.order_by("case__filed_at")[:_MOST]
    ]


def _earlier_cases(case: Case, standing: list[Standing], mediators: list[Mediator]) -> list[Finding]:
    """Find other cases a mediator had with a natural person of this one; for institutions that is daily bread."""
    natural = {person.index: person for person in standing if person.index and person.is_natural}
    if not natural:
        return []
    rows = (
        Appointment.objects.filter(
            platform=case.platform,
            mediator__in=[str(one.ref) for one in mediators],
            case__people__identity_index__in=natural,
        )
        .exclude(case__ref=case.ref)
        .values_list("mediator", "case__people__identity_index", "case__filed_at")
    )
    return [
        Finding(ref, K.EARLIER_CASE, natural[index].ref, local_day(at).isoformat(), False)
        for ref, index, at in rows.order_by("case__filed_at")[:_MOST]
    ]


_MOST = 200


def _distinct(found: Iterable[Finding]) -> list[Finding]:
    """Return one finding for each pair and kind: the certain one, the earliest."""
    best: dict[tuple[str, str, str], Finding] = {}
    for one in sorted(found, key=lambda each: (not each.certain, each.since or "9999", each)):
        best.setdefault((one.who, one.kind.value, one.what), one)
    return sorted(best.values(), key=lambda one: (one.who, not one.certain, one.kind.value, one.what))


# What the journal holds of them.


def fresh(case: Case) -> list[dict[str, Any]]:
    """Return, as facts of ``note_conflicts``, what connects the serving mediators and is not yet on the sheet.

    A connection of the organisation concerns every mediator of it.
    """
    serving = list(case.sheet.get("mediators", ()))
    if not serving:
        return []
    noted = {(one["mediator"], one["kind"], one["about"]) for one in case.sheet.get("conflicts", ())}
    found = []
    for one in find(case, serving, case.organisation):
        for ref in [one.who] if one.who else serving:
            if one.kind not in REMINDERS and (ref, one.kind.value, one.what) not in noted:
                noted.add((ref, one.kind.value, one.what))
                found.append({"mediator": ref, "kind": one.kind.value, "about": one.what, "certain": one.certain})
    return found
