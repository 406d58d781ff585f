"""Attempts by chance: anybody, any move, any facts, some of them sensible; all drawn from one ``random.Random``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from mediation import moves
from mediation.actor import Actor
from mediation.facts import Fact
from mediation.lifecycle import MOVES, Move
from mediation.models import Case
from mediation.vocabulary import EnclosureKind, Role
from tests.mediation.stories import AGREEMENT, COURT, COURT_CODE, DIGEST, NET, Story, document, enclosed, new_ref

GARBAGE: tuple[Any, ...] = (
    None,
    0,
    -1,
    True,
    1.5,
    "",
    "x",
    "\x00",
    "９",
    [],
    {},
    [[]],
    {"ref": []},
    "9999-12-31",
    10**30,
)


@dataclass
class Attempt:
    """One call of the door that chance has drawn."""

    case: Case
    move: str
    by: Actor
    facts: dict[str, Any]
    enclosures: list[moves.Enclosed]


class Chance:
    """Draws actors, facts and enclosures for a story."""

    def __init__(self, story: Story, random: Random) -> None:
        self.story = story
        self.random = random
        self.agent = new_ref()
        self.owed: list[str] = []

    def actors(self) -> list[Actor]:
        """Return everybody who might try something, strangers too."""
        story, world = self.story, self.story.world
        via = story.owner
        return [
            *(Actor(Role.PARTY, ref, "", via) for ref in (*story.people, new_ref())),
            Actor(Role.AGENT, self.agent, "", via),
            world.clerk,
            world.judge,
            world.leader,
            world.desk,
            world.lead,
            Actor(Role.MEDIATOR, world.second, world.organisation, NET),
            Actor(Role.CLERK, "clerk-2", "京74", COURT),
            Actor(Role.ORGANISATION, "desk-2", world.other_organisation, NET),
            Actor(Role.OUTSIDER, new_ref(), "", via),
            Actor(Role.OPERATOR, "operator", COURT, COURT),
            Actor(Role.PLATFORM, NET, NET, NET),
            Actor(Role.PLATFORM, COURT, COURT, COURT),
        ]

    def value(self, fact: Fact) -> Any:
        """Return a value of a fact's shape."""
        pick, story = self.random.choice, self.story
        match fact.shape:
            case "party":
                return pick([*story.people, new_ref()])
            case "agent":
                return self.agent
            case "obligation":
                return pick(self.owed or [new_ref()])
            case "organisation":
                return pick([story.world.organisation, story.world.organisation, story.world.other_organisation])
            case "mediator":
                return pick([story.world.mediator, story.world.mediator, story.world.second])
            case "code":
                assert fact.terms
                return pick([term.value for term in fact.terms])
            case "day":
                return (story.at + timedelta(days=self.random.randint(-20, 60))).date().isoformat()
            case "count":
                return self.random.randint(0, 20)
            case "money":
                return self.random.randint(0, 10**9)
            case "digest":
                return pick([DIGEST, DIGEST, DIGEST, "0" * 64])
            case "number":
                return f"（2024）沪74{pick(['民初', '诉前调确', '诉前调书'])}{self.random.randint(1, 10**6)}号"
            case "court":
                return pick([COURT_CODE, COURT_CODE, "京74"])
            case "flag":
                return self.random.random() < 0.8
            case "many":
                assert fact.item
                if fact.item.shape == "party" and self.random.random() < 0.8:
                    return story.people
                return [self.value(fact.item) for _ in range(self.random.randint(1, 2))]
            case "record":
                assert fact.fields
                return {name: self.value(field) for name, field in fact.fields.items()}
            case _:
                return new_ref()

    def facts(self, move: Move, by: Actor) -> dict[str, Any]:
        """Return facts that are well-formed and as often as not fit."""
        stated = {
            name: self.value(fact) for name, fact in move.facts.items() if fact.required or self.random.random() < 0.4
        }
        if "party" in stated and by.role is Role.PARTY and self.random.random() < 0.9:
            stated["party"] = by.ref
        return stated

    def enclosures(self, move: Move, stated: dict[str, Any]) -> list[moves.Enclosed]:
        """Return what the move asks to be enclosed."""
        found = [
            enclosed(text.kind, AGREEMENT if "digest" in move.facts else "因故。")
            for text in move.texts.values()
            if text.required or self.random.random() < 0.3
        ]
        if move.wants_document:
            found.append(document())
        if "parties" in stated:
            found += [
                moves.Enclosed(EnclosureKind.PARTY, {"name": "张三"}, about=party["ref"])
                for party in stated["parties"]
                if isinstance(party, dict) and isinstance(party.get("ref"), str)
            ]
        return found

    def sensible(self) -> Attempt:
        """Draw an attempt that stands a chance: somebody's option on the owner's copy."""
        case = self.story.case
        self.owed = [one["ref"] for one in moves.guards.obligations(case)]
        options = [
            (by, move) for by in self.actors() for move, why in moves.options(case, by, self.story.at) if why is None
        ]
        # Moves that lead somewhere come up as often as all others together.
        moving = [option for option in options if option[1].targets]
        by, move = self.random.choice(moving if moving and self.random.random() < 0.5 else options)
        stated = self.facts(move, by)
        return Attempt(case, move.name, by, stated, self.enclosures(move, stated))

    def wild(self, copies: list[Case] | None = None) -> Attempt:
        """Draw any move by anybody on either copy (read anew, or as given), sometimes with facts of no sense."""
        copies = copies or list(Case.objects.filter(ref=self.story.ref))
        move, by = self.random.choice(list(MOVES.values())), self.random.choice(self.actors())
        stated = self.facts(move, by)
        for _ in range(self.random.randint(0, 2)):
            name = self.random.choice([*stated, "number", "parties", "agents", "unknown"])
            stated[name] = self.random.choice(GARBAGE)
        found = self.enclosures(move, self.facts(move, by)) if self.random.random() < 0.7 else []
        return Attempt(self.random.choice(copies), move.name, by, stated, found)
