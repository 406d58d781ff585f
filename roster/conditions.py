"""What an entrant to a court's roster must fulfil, judged on its file: the only reasons for which a court may refuse.

Lives here: the conditions of TY-6 and what belongs to them, each with its law. Does not live here: confirming or
refusing (``moves``).
Called by: guards of ``confirm``, ``refuse`` and ``renew``; the court's page of an entrant. Reads no table and no clock.

``met`` is None where a file cannot tell: such a condition neither lets a court refuse nor keeps it from confirming.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from mediation.vocabulary import Consequence, EntryCondition, FileState, IdentityKind, LicenceKind, OrganisationKind
from roster.identity import IdentityError, check_identity

COMMERCIAL_LICENCE_SINCE = date(2026, 5, 1)
"""商事调解条例 in force: commercial mediation organisations need an 执业证书."""

C = EntryCondition


@dataclass(frozen=True)
class Condition:
    """One condition and whether a file fulfils it; ``law`` are rule ids of ``mediation.law``."""

    code: EntryCondition
    met: bool | None
    law: tuple[str, ...]

    @property
    def text(self) -> str:
        """The condition in the law's own words."""
        return self.code.label


def of_organisation(file: Any, *, on: date, others: Iterable[Any] = ()) -> list[Condition]:
    """Return the conditions for an organisation, judged on its file as of a day (TY-6, ZX-5, N-4.3); ``others`` are
    other files about the same body.
    """
    commercial = file.kind == OrganisationKind.COMMERCIAL and on >= COMMERCIAL_LICENCE_SINCE
    licensed = not has_lapsed(file, on)
    if commercial:
        licensed = licensed and file.licence_kind == LicenceKind.COMMERCIAL and bool(file.licence_number)
    told = bool(file.scope and file.expertise and (file.tariff or not file.charges_fee))
    return [
        Condition(C.ESTABLISHED, _is_registered(file.credit_code, on), ("TY-6",)),
        Condition(C.MEDIATES, file.kind in list(OrganisationKind), ("TY-6",)),
        Condition(C.LICENSED, licensed, ("TY-6",)),
        Condition(C.PUBLISHABLE, told, ("ZX-5",)),
        *_standing(file, others),
    ]


def of_mediator(file: Any, *, on: date, is_recommended: bool | None, others: Iterable[Any] = ()) -> list[Condition]:
    """Return the conditions for a mediator, judged on the file as of a day (TY-6, TY-7).

    ``is_recommended`` tells whether the mediator's organisation is on the court's roster; None where it is not known.
    ``others`` are other files about the same person, at whichever organisation.
    """
    able = bool(file.expertise or file.causes or file.qualifications)
    return [
        Condition(C.RECOMMENDED, is_recommended, ("TY-6",)),
        Condition(C.COMPETENT, able, ("TY-6", "ZX-5")),
        Condition(C.TRAINED, file.training_hours > 0 or bool(file.certificate), ("TY-7",)),
        Condition(C.LICENSED, not has_lapsed(file, on), ("TY-6",)),
        *_standing(file, others),
    ]


def unmet(conditions: list[Condition]) -> list[Condition]:
    """Return the conditions a file certainly does not fulfil."""
    return [condition for condition in conditions if condition.met is False]


def was_struck_off(file: Any) -> bool:
    """Tell whether a complaint about whoever a file is about was upheld with removal (TY-28)."""
    return any(note["consequence"] == Consequence.REMOVAL for note in file.sheet.get("complaints", {}).values())


def _standing(file: Any, others: Iterable[Any]) -> list[Condition]:
    # Who was struck off does not come back under another file, through another organisation.
    removed = any(map(was_struck_off, (file, *others)))
    return [
        Condition(C.VERIFIED, file.state == FileState.VERIFIED and file.verified_on is not None, ("N-4.3",)),
        Condition(C.GOOD_STANDING, not removed, ("TY-28", "ZX-29")),
    ]


def has_lapsed(file: Any, on: date) -> bool:
    """Tell whether the licence or certificate of a file has ended; one without an end has not."""
    return file.licence_expires_on is not None and file.licence_expires_on < on


def _is_registered(credit_code: str, on: date) -> bool:
    try:
        check_identity(IdentityKind.CREDIT_CODE, credit_code, on=on)
    except IdentityError:
        return False
    return True
