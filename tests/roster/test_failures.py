"""Every move of the rosters fails once after all of it has been written, where it is made and where it is heard."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from mediation.vocabulary import Role
from roster import moves, queries
from roster.models import Complaint, Mediator, PublicEntry, Recognition, RosterDelivery, RosterEvent
from roster.moves import Actor
from tests.roster.matrix import TABLE
from tests.roster.people import COURT, NET, People, build_courts, new_ref

pytestmark = pytest.mark.django_db
HERE, ABOVE, ASIDE = "沪74", "沪", "沪01"
HEARD_ONLY = {("organisation", "take_over"), ("mediator", "take_over"), ("listing", "take_over")}
"""Written for whole tables in one transaction of their own (``inventory``), not move by move."""


class Broken(Exception):
    """The power went."""


class Breaking:
    """Lets every kind of entry, made or heard, fail once after it was kept; nothing of the whole act may be left."""

    def __init__(self, keep: Callable[..., RosterEvent]) -> None:
        """Stand before what keeps a row with its entry."""
        self.keep, self.broken = keep, set[tuple[str, str, bool]]()

    def __call__(self, row: Any, event: RosterEvent, *given: Any, **named: Any) -> RosterEvent:
        """Keep both; the first time, break."""
        kept = self.keep(row, event, *given, **named)
        kind = (row.aggregate, event.kind.split(".")[2], event.author == event.platform)
        if kind not in self.broken:
            self.broken.add(kind)
            raise Broken
        return kept

    def until_it_holds(self, act: Callable[[], Any]) -> Any:
        """Try anew after each failure, which must have left nothing."""
        before = written()
        while True:
            try:
                return act()
            except Broken:
                assert written() == before


def written() -> list[Any]:
    """Return what stands in each table, as far as an entry can have changed it."""
    rows = [list(one._default_manager.order_by("pk").values_list("pk", "head")) for one in moves.TABLES.values()]
    return [
        *rows,
        *(list(one._default_manager.values_list("pk")) for one in (RosterEvent, RosterDelivery, PublicEntry)),
    ]


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch) -> Breaking:
    """Break every first act of all people."""
    build_courts()
    found = Breaking(moves._keep)
    monkeypatch.setattr(moves, "_keep", found)
    for name in ("go", "hear"):
        act = getattr(People, name)
        monkeypatch.setattr(People, name, partialmethod_of(found, act))
    return found


def partialmethod_of(breaking: Breaking, act: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method that tries an act until it holds; the row in hand is as it was before each try."""

    def trying(self: People, row: Any, *given: Any, **named: Any) -> Any:
        kept = dict(row.__dict__) if hasattr(row, "pk") else {}

        def once() -> Any:
            if kept:
                row.__dict__.clear()
                row.__dict__.update(kept)
            return act(self, row, *given, **named)

        return breaking.until_it_holds(once)

    return trying


def complain(people: People, file: Any) -> Complaint:
    row: Complaint = moves.new("complaint", COURT)
    about = {"court": HERE, "ground": "LEAKING", file.aggregate: str(file.ref)}
    people.go(row, "file", people.party, "他把协议告诉了别人", **about)
    return row


def keep_up(people: People, row: Any, own: Actor, change: dict[str, Any]) -> None:
    """Have a file changed, sent back, approved, verified, suspended and resumed."""
    for acts in (("submit", own), ("return_edit", people.unit), ("submit", own), ("approve", people.unit)):
        move, by = acts
        if move == "submit" and row.change != "RETURNED":
            people.go(row, "edit", own, changes=change)
        people.go(row, move, by, **({"reason": "请补充"} if move == "return_edit" else {}))
    people.go(row, "verify", own)
    people.go(row, "suspend", people.unit, ground="OTHER")
    people.go(row, "resume", people.unit)


def adopt(people: People, row: Any, own: Actor) -> None:
    """Have two courts ask for an entrant of the high court, of whom one gets consent."""
    source = people.entered(row, ABOVE)
    for court, agreed in ((HERE, False), (ASIDE, True)):
        entry = moves.listing_of(COURT, court, **{row.aggregate: row.ref})
        named = {"court": court, row.aggregate: str(row.ref), "source": str(source.ref)}
        people.go(entry, "ask", people.clerk(court), **named)
        people.carry()
        people.go(row, "answer_adoption", own, court=court, agreed=agreed)
        people.carry()


def recognise(people: People, row: Any) -> None:
    """Have a file recognised jointly, and another time declined."""
    for last in ("decline", "approve"):
        people.go(row, "nominate", people.bureau, recognition=new_ref(), levels=["HIGH"])
        people.carry()
        recognition = Recognition.objects.filter(platform=COURT).latest("pk")
        people.go(recognition, "approve", people.docketing)
        people.go(recognition, last, people.civil2, **({"reason": "过窄"} if last == "decline" else {}))
        people.carry()


def test_every_move_that_fails_halfway_leaves_nothing_where_it_is_made_and_where_it_is_heard(
    breaking: Breaking,
) -> None:
    people = People()
    body = people.organisation()
    person, other = people.mediator(body), people.mediator(body, name="贺新来")
    own = people.administrator(body.ref)
    himself = Actor(Role.MEDIATOR, str(person.ref), str(body.ref), NET)

    keep_up(people, body, own, {"scope": "新的范围"})
    keep_up(people, person, own, {"training_hours": 40})
    for answer in ("turn_down", "take_up"):
        people.go(person, "suggest", himself, changes={"training_hours": 60})
        people.go(person, answer, own, **({"reason": "没有证书"} if answer == "turn_down" else {}))
    people.go(person, "submit", own)
    people.go(person, "approve", people.unit)
    campaign = moves.new("campaign", NET)
    since, until = queries.quarter(date(2026, 8, 15))
    people.go(campaign, "open", people.bureau, title="三季度", since=str(since), until=str(until), asked=1)
    people.go(campaign, "remind", people.bureau, count=1)
    people.go(campaign, "close", people.bureau, verified=0, changed=0, stale=1)
    recognise(people, body)
    recognise(people, person)
    adopt(people, body, own)
    adopt(people, person, own)
    for file, pushes in ((body, people.bureau), (person, people.unit)):
        people.go(file, "push", pushes, courts=[HERE])
        people.carry()
        people.go(file, "withdraw_push", pushes, courts=[HERE], reason="有误")
        people.carry()
        entry = people.entered(file, HERE)
        people.go(entry, "suspend", people.clerk(HERE), ground="UNDER_REVIEW")
        people.go(entry, "resume", people.clerk(HERE))
        people.carry()
    people.go(other, "edit", own, changes={"training_hours": 0})
    people.go(other, "submit", own)
    people.go(other, "approve", people.unit)
    people.go(other, "push", people.unit, courts=[HERE])
    people.carry()
    people.go(people.listing(other, HERE), "refuse", people.clerk(HERE), condition="TRAINED")
    people.go(people.listing(body, HERE), "renew", people.clerk(HERE), expires_on="2029-12-31")
    people.carry()
    people.go(complain(people, body), "withdraw", people.party)
    for consequence in ("WARNING", "REMOVAL"):
        for file in (person, body):
            row = complain(people, file)
            given = {"upheld": True, "consequence": consequence}
            people.go(row, "decide", people.clerk(HERE), "经查属实", **given)
            people.carry()
    due = people.at + timedelta(days=365 * 4)
    while breaking.until_it_holds(partial(moves.sweep, COURT, due, people.hands[COURT])):
        pass
    people.at = due
    people.carry()
    for file, by in ((person, people.unit), (body, people.bureau)):
        file.refresh_from_db()
        upheld = Complaint.objects.get(platform=NET, consequence="REMOVAL", **{file.aggregate: file.ref})
        people.go(file, "remove", by, complaint=str(upheld.ref))
    gone = people.organisation(credit_code="52110102MJ0000026R")
    people.mediator(gone)
    people.go(gone, "leave", people.administrator(gone.ref))
    people.carry()

    every = {(aggregate, move) for aggregate, moves_ in TABLE.items() for move in moves_}
    assert every - {kind[:2] for kind in breaking.broken if kind[2]} == HEARD_ONLY
    assert Mediator.objects.get(platform=COURT, ref=person.ref).active is False
    assert not RosterDelivery.objects.exclude(state="APPLIED").exists()
    for table in moves.TABLES.values():
        for row in table._default_manager.all():
            journal = [event.entry() for event in queries.journal(row)]
            assert moves.differences(row, moves.fold(row.platform, journal)) == []
