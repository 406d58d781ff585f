"""Whatever people try in whatever order, the rows are the fold of their journals and both copies agree."""

from __future__ import annotations

import random
from typing import Any

import pytest

from mediation.vocabulary import Role
from roster import facts, moves, queries
from roster.lifecycle import MOVES
from roster.models import RosterDelivery, RosterEvent
from tests.figures import many
from tests.roster.people import COURT, NET, People, build_courts, new_ref

pytestmark = pytest.mark.django_db
RARE = ("leave", "suspend")
CHOICES: dict[str, list[Any]] = {
    "courts": [["沪74"], ["沪", "沪01"], ["沪99"]],
    "court": ["沪74", "沪01"],
    "changes": [{"scope": "新的范围"}, {"languages": ["zh", "en"]}, {"training_hours": 0}, {}],
    "reason": ["理由"],
    "ground": ["OTHER", "FORCING"],
    "levels": [["HIGH", "SPECIAL"]],
    "agreed": [True, False],
    "condition": ["TRAINED", "VERIFIED", "LICENSED"],
    "expires_on": ["2026-06-03", "2030-01-01"],
    "upheld": [True, False],
    "consequence": ["WARNING", "REMOVAL"],
}


def somebody(role: Role, row: Any, chance: random.Random) -> Any:
    if role in (Role.CLERK, Role.COURT_LEADER):
        return moves.Actor(role, "clerk", chance.choice([getattr(row, "court", ""), "沪74"]), COURT)
    if role in (Role.PARTY, Role.AGENT):
        return moves.Actor(role, People.party.ref, "", COURT)
    if role is Role.UNIT:
        return People.unit
    if role is Role.ORGANISATION:
        return moves.Actor(role, "administrator", str(getattr(row, "organisation", row.ref)), NET)
    return moves.Actor(role, str(row.ref), "", row.platform)


def stated(declared: moves.Move, row: Any, rows: list[Any], chance: random.Random) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, fact in declared.facts.items():
        if (
            not fact.required
            and not (name == "courts" and chance.random() < 0.8)
            and name not in ("consequence", "organisation", "expires_on")
        ):
            continue
        if name == "organisation" and declared.aggregate in ("listing", "complaint"):
            found[name] = str(row.organisation or rows[0].ref)
        elif name in CHOICES:
            if fact.required or chance.random() < 0.5:
                found[name] = chance.choice(CHOICES[name])
        elif fact.shape in ("recognition", "complaint", "listing"):
            held = [one for one in rows if one.aggregate == fact.shape]
            found[name] = str(chance.choice(held).ref) if held and fact.shape != "recognition" else new_ref()
    return {name: value for name, value in found.items() if not (name == "digest" or value is None)}


@pytest.mark.parametrize("seed", range(many(3, 60)))
def test_any_order_of_attempts_leaves_whole_journals_and_equal_copies(seed: int) -> None:
    chance = random.Random(seed)
    build_courts()
    people = People()
    organisation = people.organisation()
    people.mediator(organisation)
    made = 0

    for _turn in range(150):
        rows = [row for table in moves.TABLES.values() for row in table._default_manager.order_by("pk")]
        rows += [moves.new("complaint", COURT), moves.listing_of(COURT, "沪74", organisation=organisation.ref)]
        possible = [
            (row, move)
            for row in rows
            for move in MOVES[row.aggregate].values()
            if move.by_people and row.standing in move.sources and (move.name not in RARE or chance.random() < 0.05)
        ]
        row, declared = chance.choice(possible)
        by = somebody(chance.choice(sorted(declared.by)), row, chance)
        try:
            people.go(row, declared.name, by, "理由", **stated(declared, row, rows, chance))
            made += 1
        except (moves.Refused, facts.Malformed):
            pass
        if chance.random() < 0.3:
            people.carry()
        if chance.random() < 0.1:
            moves.sweep(COURT, people.at, people.hands[COURT])
    people.carry()

    assert made > 10
    assert not RosterDelivery.objects.exclude(state="APPLIED").exists()
    for table in moves.TABLES.values():
        for row in table._default_manager.all():
            journal = [event.entry() for event in queries.journal(row)]
            assert moves.differences(row, moves.fold(row.platform, journal)) == []
            assert row.frozen == ""
            if row.shared:
                other = RosterEvent.objects.exclude(platform=row.platform).filter(aggregate=row.aggregate, ref=row.ref)
                assert [event.entry() for event in other.order_by("number")] == journal
