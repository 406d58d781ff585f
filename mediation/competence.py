"""Which courts may confirm an agreement, or make a decree of it, each with its reason (CPL-205, law.md §7.3).

Lives here: levels of courts by kind of dispute, courts found by domicile. Does not live here: the refusal of a wrong
one (``world``, ``guards``), pages.
Called by: ``world``, windows.

Where somebody is domiciled is read from the address they gave or from the division in their credit code; the law knows
better than a register, so people may always name another court of the right level and say why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mediation.models import Case, Party
from mediation.vocabulary import Cause, CourtKind, CourtLevel, CourtLink, IdentityKind, RefusalGround, Track
from roster import queries as roster
from roster.models import Court

NAMED = 2
"""By how many first signs the provinces differ."""


@dataclass(frozen=True)
class Competent:
    """One court, on which ground it is competent, and who is domiciled there; no ``link``: it invited the mediation."""

    code: str
    name: str
    link: CourtLink | None
    who: str = ""


def levels(cause: str) -> frozenset[CourtLevel]:
    """Return the levels of courts that take such disputes: misstatement and futures belong above basic courts."""
    above = {CourtLevel.INTERMEDIATE, CourtLevel.SPECIAL}
    futures = cause.startswith("FUTURES") or cause == Cause.FORCED_LIQUIDATION
    return frozenset(above if cause == Cause.MISSTATEMENT or futures else above | {CourtLevel.BASIC})


def is_invited(track: Any, sheet: Mapping[str, Any]) -> bool:
    """Tell whether the court that delegated or entrusted the mediation is the only one, and has not found itself to be
    the wrong one.
    """
    return track in (Track.DELEGATED, Track.ENTRUSTED) and sheet.get("refusal") != RefusalGround.WRONG_COURT


def find(case: Case, people: Iterable[Party]) -> list[Competent]:
    """Return the courts that the law points to with this case, basic ones first, those of applicants before others;
    empty where no domicile is known.
    """
    if is_invited(case.track, case.sheet):
        court = roster.court(case.court)
        return [Competent(case.court, court.name if court else case.court, None)]
    every = list(roster.courts())
    able = _able(every, case.cause)
    found: dict[str, Competent] = {}
    for person in sorted((one for one in people if one.side), key=lambda one: one.side):
        code = person.identity_number if person.identity_kind == IdentityKind.CREDIT_CODE else ""
        place = _closer(domicile(str(person.particulars().get("address", "")), every), code)
        _add(found, able, place, CourtLink.DOMICILE, person.name)
    house = roster.organisation(case.platform, case.organisation)
    if house is not None:
        place = _closer(domicile(house.address, every), house.credit_code)
        _add(found, able, place, CourtLink.ORGANISATION, house.name)
    basic = {court.code for court in able if court.level == CourtLevel.BASIC}
    return sorted(found.values(), key=lambda one: one.code not in basic)


def at_domicile(cause: str, people: Iterable[Party]) -> list[Competent]:
    """Return the courts where these people are domiciled that take such disputes, basic ones first."""
    every = list(roster.courts())
    able, found = _able(every, cause), dict[str, Competent]()
    for person in people:
        code = person.identity_number if person.identity_kind == IdentityKind.CREDIT_CODE else ""
        place = _closer(domicile(str(person.particulars().get("address", "")), every), code)
        _add(found, able, place, CourtLink.DOMICILE, person.name)
    basic = {court.code for court in able if court.level == CourtLevel.BASIC}
    return sorted(found.values(), key=lambda one: one.code not in basic)


def domicile(address: str, courts: Sequence[Court]) -> str:
    """Return the code of the district that an address begins with, or of its province, or an empty string where
    nothing tells; of districts those are known that have a court in the register.
    """
    stated = address.strip()
    for court in courts:
        area = court.name.removesuffix("人民法院")
        if court.level == CourtLevel.BASIC and stated.startswith((area, area.rpartition("省")[2])):
            return _division(court)
    high = (court for court in courts if court.level == CourtLevel.HIGH)
    return next((court.province for court in high if stated[:NAMED] == court.name[:NAMED]), "")


def _closer(place: str, credit_code: str) -> str:
    """Return the district in a credit code where an address tells no more than its province, or nothing."""
    return credit_code[2:8] if credit_code[2:8].startswith(place) else place


def _able(courts: Iterable[Court], cause: str) -> list[Court]:
    """Return the courts that take such disputes: no internet court, no intermediate one where a financial one is."""
    taking = [one for one in courts if one.level in levels(cause) and not one.has_kind(CourtKind.INTERNET)]
    financial = {court.province for court in taking if court.has_kind(CourtKind.FINANCIAL)}
    return [one for one in taking if one.level != CourtLevel.INTERMEDIATE or one.province not in financial]


def _division(court: Court) -> str:
    """Return the division code of a basic court's district, which its own code repeats."""
    return court.province + court.code.lstrip(court.code[0])


def _add(found: dict[str, Competent], able: Iterable[Court], place: str, link: CourtLink, who: str) -> None:
    """Note the courts of a place: of a district with a basic court in the register that one, the one above it, and
    special ones.
    """
    near = [court for court in able if place and court.province == place[:2]]
    own = next((court for court in near if court.level == CourtLevel.BASIC and _division(court) == place), None)
    for court in near:
        if own is None or court.level == CourtLevel.SPECIAL or court.code in (own.code, own.parent):
            found.setdefault(court.code, Competent(court.code, court.name, link, who))
