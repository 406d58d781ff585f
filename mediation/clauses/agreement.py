"""A whole agreement as it is drafted: its clauses in order, the text they make, the obligations they carry.

Lives here: ``Body`` (what a version keeps) and what is read off it. Does not live here: rows (``drafts``), the heading,
parties and signatures of the printed document (``printing``).
Called by: ``defects``, ``differences``, ``printing``, ``drafts``, pages. Knows no framework.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from typing import Any

from mediation.clauses import library
from mediation.clauses.library import Duty, Wording
from mediation.clauses.variables import Filled, People
from mediation.law import numeral
from mediation.vocabulary import ClauseKind, ObligationKind, gettext_noop

K = ClauseKind

MOST_CLAUSES = 40


class TooManyClauses(ValueError):
    """一份协议最多四十条，请合并相近的条款。"""

    def __str__(self) -> str:
        return gettext_noop("一份协议最多四十条，请合并相近的条款。")


@dataclass(frozen=True)
class Clause:
    """One clause with its variables; ``key`` stays the same through all versions."""

    key: str
    kind: str
    edition: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def wording(self) -> Wording:
        """The edition it was written under."""
        return library.wording(self.kind, self.edition)

    def text(self, people: People) -> str:
        """Return what the clause says, blanks for what is missing."""
        return self.wording.write(Filled(self.values, people))

    def duties(self, people: People) -> list[Duty]:
        """Return the obligations it makes, as far as they are complete."""
        return self.wording.oblige(Filled(self.values, people))


@dataclass(frozen=True)
class Body:
    """What one version of an agreement says: whether it is full, the facts and issues (TY-23), the clauses."""

    full: bool = True
    summary: str = ""
    clauses: tuple[Clause, ...] = ()

    @classmethod
    def load(cls, text: str) -> Body:
        """Read what ``dump`` wrote."""
        held = json.loads(text or "{}")
        clauses = tuple(Clause(**one) for one in held.get("clauses", ()))
        return cls(held.get("full", True), held.get("summary", ""), clauses)

    def dump(self) -> str:
        """Return the whole as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)

    def clause(self, key: str) -> Clause | None:
        """Return one clause by its key."""
        return next((one for one in self.clauses if one.key == key), None)

    def put(self, clause: Clause) -> Body:
        """Return the agreement with a clause changed, or added at the end; raises TooManyClauses."""
        if self.clause(clause.key):
            return replace(self, clauses=tuple(clause if one.key == clause.key else one for one in self.clauses))
        if len(self.clauses) >= MOST_CLAUSES:
            raise TooManyClauses
        return replace(self, clauses=(*self.clauses, clause))

    def without(self, key: str) -> Body:
        """Return the agreement without a clause."""
        return replace(self, clauses=tuple(one for one in self.clauses if one.key != key))

    def moved(self, key: str, by: int) -> Body:
        """Return the agreement with a clause one place up (-1) or down (1), where there is such a place."""
        order = list(self.clauses)
        place = next((place for place, one in enumerate(order) if one.key == key), -1)
        other = place + by
        if place >= 0 and 0 <= other < len(order):
            order[place], order[other] = order[other], order[place]
        return replace(self, clauses=tuple(order))

    def written(self, people: People) -> list[tuple[Clause, str]]:
        """Return every clause with its numbered text: 一、…"""
        return [
            (clause, f"{numeral(place)}、{clause.text(people)}") for place, clause in enumerate(self.clauses, start=1)
        ]

    def obligations(self, people: People) -> list[dict[str, Any]]:
        """Return what the agreement obliges whom to, as the rule table states it (``lifecycle.OBLIGATIONS_FACT``)."""
        found = []
        for clause in self.clauses:
            for place, duty in enumerate(clause.duties(people)):
                stated = {
                    "ref": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{clause.key}/{place}")),
                    "payer": duty.payer,
                    "payee": duty.payee,
                    "kind": duty.kind.value,
                    "due_on": duty.due_on,
                }
                found.append(
                    stated
                    | ({"amount": duty.amount} if duty.amount is not None else {})
                    | self._consequences(clause, duty)
                )
        return found

    def _consequences(self, clause: Clause, duty: Duty) -> dict[str, Any]:
        """Return what follows where a payment is late, as its own clause and those on breach between the two say: the
        series that then falls due together, what is to be paid in addition.
        """
        if duty.kind is not ObligationKind.PAYMENT:
            return {}
        found: dict[str, Any] = {}
        if clause.kind == K.INSTALMENTS and clause.values.get("hastened"):
            found["series"] = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{clause.key}/series"))
        for breach in (one for one in self.clauses if one.kind == K.BREACH):
            values = breach.values
            if (values.get("payer"), values.get("payee")) != (duty.payer, duty.payee):
                continue
            if values.get("way") == "HASTENED":
                found["series"] = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{breach.key}/series"))
            elif values.get("way") == "DAILY" and values.get("rate"):
                found["daily"] = int(Decimal(str(values["rate"])) * 100)
            elif values.get("way") == "FIXED" and values.get("amount"):
                found["fixed"] = values["amount"]
        return found


def accounts(body: Body) -> list[tuple[Clause, Mapping[str, str]]]:
    """Return the accounts named in the agreement, in full, each with its clause."""
    held = ((clause, clause.values.get("account")) for clause in body.clauses)
    return [(clause, account) for clause, account in held if account and any(account.values())]


SETS: Mapping[str, tuple[ClauseKind, ...]] = {
    "LUMP_SUM": (K.LUMP_SUM, K.BREACH, K.COSTS, K.CONFIDENTIALITY, K.RELEASE),
    "PER_CLAIMANT": (K.PER_CLAIMANT, K.COSTS, K.CONFIDENTIALITY, K.RELEASE),
    "INSTALMENTS": (K.INSTALMENTS, K.COSTS, K.CONFIDENTIALITY, K.RELEASE),
}
"""Clauses that usually go together, by the payment they begin with."""


def fresh(one: Wording, people: People) -> Clause:
    """Return a new clause with what can be guessed: respondents owe applicants, usual words, no fee for mediation."""
    owing = next((ref for ref, person in people.items() if not person.is_applicant), None)
    owed = next((ref for ref, person in people.items() if person.is_applicant), None)
    values: dict[str, Any] = {each.name: each.usual for each in one.variables if each.usual is not None}
    guessed = {"payer": owing, "first": owing, "payee": owed, "second": owed}
    if one.kind is K.WITHDRAWAL:
        guessed |= {"payer": owed, "payee": owing}
    if one.kind is K.COSTS:
        guessed = {}
        values |= {"what": "MEDIATION", "way": "FREE"}
    if one.kind is K.BREACH:
        values["way"] = "DAILY"
    values |= {each.name: guessed[each.name] for each in one.variables if guessed.get(each.name)}
    return Clause(str(uuid.uuid4()), one.kind.value, one.edition, values)
