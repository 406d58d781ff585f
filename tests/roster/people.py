"""Two platforms' hands, the people of the roster, and a short wire between the two copies."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from mediation.chain import SigningKey
from mediation.vocabulary import CourtLevel, Role, Seat
from roster import inventory, moves
from roster.models import Court, Listing, Mediator, Organisation, RosterDelivery
from roster.moves import Actor, Hand

COURT, NET = "courtplatform", "investornet"
START = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
UNIT = "CSRC310000"

ORGANISATION_FACTS: dict[str, Any] = {
    "name": "浦江证券纠纷调解中心",
    "kind": "INDUSTRY",
    "credit_code": "52310115MJ00000187",
    "unit": UNIT,
    "regions": ["31"],
    "causes": ["MISSTATEMENT"],
    "scope": "证券纠纷",
    "expertise": "虚假陈述",
    "charges_fee": False,
    "capacity": 20,
    "languages": ["zh"],
    "video": True,
}


def mediator_facts(organisation: UUID) -> dict[str, Any]:
    """Return a mediator's file as it is opened."""
    return {
        "organisation": str(organisation),
        "name": "沈知远",
        "expertise": "虚假陈述",
        "training_hours": 24,
        "employment": [{"employer": "浦江律师事务所", "from": "2001-07-01", "until": "2020-06-30"}],
    }


@dataclass
class People:
    """Who acts, with what, and when."""

    hands: dict[str, Hand] = field(
        default_factory=lambda: {
            COURT: Hand(COURT, frozenset({Seat.COURT}), SigningKey.generate()),
            NET: Hand(NET, frozenset({Seat.ORGANISATION}), SigningKey.generate()),
        }
    )
    at: datetime = START

    bureau = Actor(Role.PROTECTION_BUREAU, "bureau", "", NET)
    unit = Actor(Role.UNIT, "unit", UNIT, NET)
    docketing = Actor(Role.SPC_DOCKETING, "docketing", "", COURT)
    civil2 = Actor(Role.SPC_CIVIL2, "civil2", "", COURT)
    party = Actor(Role.PARTY, "9d1f3c1e-0000-4000-8000-000000000001", "", COURT)

    def clerk(self, court: str) -> Actor:
        """Return a clerk of a court."""
        return Actor(Role.CLERK, "clerk", court, COURT)

    def administrator(self, organisation: UUID) -> Actor:
        """Return an organisation's administrator."""
        return Actor(Role.ORGANISATION, "administrator", str(organisation), NET)

    def go(self, row: Any, move: str, by: Actor, text: str = "", **facts: Any) -> moves.RosterEvent:
        """Make a move an hour later."""
        self.at += timedelta(hours=1)
        return moves.perform(row, move, by=by, at=self.at, hand=self.hands[row.platform], facts=facts, text=text)

    def carry(self) -> int:
        """Let each platform hear what the other has written, until nothing is left; returns how many entries."""
        told = 0
        while waiting := list(RosterDelivery.objects.filter(state="WAITING").select_related("event").order_by("pk")):
            for delivery in waiting:
                self.hear(delivery.event.entry())
                RosterDelivery.objects.filter(pk=delivery.pk).update(state="APPLIED")
                told += 1
        return told

    def hear(self, entry: dict[str, Any]) -> moves.RosterEvent:
        """Let the other platform hear one entry."""
        author = entry["platform"]
        key = self.hands[author].key.public
        return moves.replay(
            entry, hand=self.hands[NET if author == COURT else COURT], at=self.at, trusted={key.id: key}
        )

    def open_books(self, platform: str) -> list[moves.RosterEvent]:
        """Begin the journals of a platform's own bare rows."""
        return inventory.open_books(self.at, self.hands[platform])

    def organisation(self, **changes: Any) -> Organisation:
        """Return a verified organisation of InvestorNet."""
        row: Organisation = moves.new("organisation", NET)
        self.go(row, "open", self.bureau, **(ORGANISATION_FACTS | changes))
        self.go(row, "submit", self.administrator(row.ref))
        self.go(row, "approve", self.unit)
        return row

    def mediator(self, organisation: Organisation, **changes: Any) -> Mediator:
        """Return a verified mediator of an organisation."""
        row: Mediator = moves.new("mediator", NET)
        self.go(row, "open", self.administrator(organisation.ref), **(mediator_facts(organisation.ref) | changes))
        self.go(row, "submit", self.administrator(organisation.ref))
        self.go(row, "approve", self.unit)
        return row

    def listing(self, file: Any, court: str, platform: str = COURT) -> Listing:
        """Return a platform's copy of a file's entry at a court."""
        return Listing.objects.get(**{"platform": platform, "court": court, file.aggregate: file.ref})

    def entered(self, file: Any, court: str) -> Listing:
        """Return the court's entry of a file that was pushed to it and confirmed, told to both sides."""
        by = self.bureau if file.aggregate == "organisation" else self.unit
        self.go(file, "push", by, courts=[court])
        self.carry()
        entry = self.listing(file, court)
        self.go(entry, "confirm", self.clerk(court), expires_on="2029-05-31")
        self.carry()
        return entry


def build_courts() -> None:
    """Write the supreme court, a high court, and two below it."""
    for code, name, level, parent in (
        ("最高法", "最高人民法院", CourtLevel.SUPREME, ""),
        ("沪", "上海市高级人民法院", CourtLevel.HIGH, "最高法"),
        ("沪74", "上海金融法院", CourtLevel.SPECIAL, "沪"),
        ("沪01", "上海市第一中级人民法院", CourtLevel.INTERMEDIATE, "沪"),
    ):
        Court.objects.create(code=code, name=name, level=level.value, province="31", parent=parent)


def new_ref() -> str:
    """Return a fresh reference as text."""
    return str(uuid4())
