"""The door: what it checks first, what it writes together, what a repeated or broken call leaves behind."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.db.models import Model

from mediation import chain, clocks, keyring, moves, persons
from mediation.actor import Actor
from mediation.facts import Malformed
from mediation.models import Case, CaseEvent, Clock, Delivery, NumberSeries, PlatformKey, Request
from mediation.models.case import StateIsProtected
from mediation.models.journal import AppendOnly
from mediation.vocabulary import EnclosureKind, Role, State, Track
from tests.mediation.stories import (
    COURT,
    COURT_CODE,
    NET,
    START,
    Story,
    World,
    assert_whole,
    carried,
    enclosed,
    new_ref,
    refusal,
    snapshot,
    walk,
)


class Broken(Exception):
    """The database failed at the last moment."""


def break_writes_of(monkeypatch: pytest.MonkeyPatch, model: type[Model]) -> None:
    """Have every statement fail that inserts rows of a model."""

    def fail(execute: Any, statement: str, *rest: Any) -> Any:
        if f'INSERT INTO "{model._meta.db_table}"' in statement:
            raise Broken
        return execute(statement, *rest)

    monkeypatch.setattr(connections["default"], "execute_wrappers", [fail])


def test_due_clock_lapses_first_even_if_the_move_is_then_refused(world: World) -> None:
    story = walk(world, State.DELEGATED)
    due = datetime.fromisoformat(story.case.sheet["clocks"]["REPLY"]["due"])
    late = due + timedelta(days=1)

    refused = refusal(lambda: moves.perform(story.case, "accept", by=world.desk, at=late, facts={"declared": True}))

    lapse = story.copy(NET).events.latest("number")
    assert refused.code == "state"
    assert story.copy(NET).state == State.READY
    assert (lapse.move, lapse.at, lapse.recorded_at) == ("lapse_reply", due, late)
    assert lapse.by == {"role": "CLOCK", "ref": "REPLY", "seat": NET, "via": NET}


def test_move_at_the_very_due_instant_is_still_in_time(world: World) -> None:
    story = walk(world, State.DELEGATED)
    due = datetime.fromisoformat(story.case.sheet["clocks"]["REPLY"]["due"])

    moves.perform(story.case, "accept", by=world.desk, at=due, facts={"declared": True})

    assert story.copy(NET).state == State.ACCEPTED


def test_state_is_judged_before_the_actor_and_the_actor_before_facts(world: World) -> None:
    story = walk(world, State.FILED)
    stranger = Actor(Role.PARTY, new_ref(), "", COURT)

    first = refusal(lambda: moves.perform(story.case, "accept", by=stranger, at=story.at, facts={"nonsense": 1}))
    second = refusal(lambda: moves.perform(story.case, "consult", by=stranger, at=story.at, facts={"nonsense": 1}))

    assert (first.code, second.code) == ("state", "actor")
    with pytest.raises(Malformed, match="没有这个字段"):
        moves.perform(story.case, "consult", by=world.clerk, at=story.at, facts={"nonsense": 1})


@pytest.mark.parametrize("name", ["save", "delete", "_open", "__class__", "", "lapse", "refresh_from_db"])
def test_only_declared_moves_can_be_named(world: World, name: str) -> None:
    story = walk(world, State.FILED)

    assert refusal(lambda: moves.perform(story.case, name, by=world.clerk, at=story.at)).code == "move"


def test_whoever_saw_an_older_entry_is_told_what_happened_since(world: World) -> None:
    story = walk(world, State.CONSULTING)

    refused = refusal(lambda: moves.perform(story.case, "proceed_on_one_consent", by=world.clerk, at=story.at, seen=1))

    assert isinstance(refused, moves.Overtaken)
    assert refused.event is not None
    assert (refused.event.number, refused.event.by["ref"]) == (2, "clerk-1")


def test_frozen_copy_takes_no_move_and_no_lapse(world: World) -> None:
    story = walk(world, State.CONSULTING)
    moves.freeze(story.case, "同一编号出现了另一条流水")
    before = snapshot(story.case)

    refused = refusal(
        lambda: moves.perform(story.case, "proceed_on_one_consent", by=world.clerk, at=story.at + timedelta(days=90))
    )

    assert refused.code == "frozen"
    assert moves.sweep(COURT, story.at + timedelta(days=90)) == 0
    assert snapshot(story.case) == before


def test_finished_case_takes_no_move(world: World) -> None:
    story = walk(world, State.DOCKETED)

    assert refusal(lambda: moves.perform(story.case, "docket", by=world.clerk, at=story.at)).code == "final"


def test_move_on_a_copy_that_does_not_own_the_case_becomes_a_request(world: World) -> None:
    story = walk(world, State.DELEGATED)
    court = story.copy(COURT)
    entries = court.entries

    asked = moves.perform(court, "recall", by=world.clerk, at=story.at, enclosures=[enclosed(EnclosureKind.REASON)])
    again = moves.perform(court, "recall", by=world.clerk, at=story.at, enclosures=[enclosed(EnclosureKind.REASON)])

    assert isinstance(asked, Request)
    assert asked == again
    assert story.copy(COURT).entries == entries
    assert asked.enclosures.count() == 1


def test_same_key_gives_the_same_entry_and_another_use_of_it_is_refused(world: World) -> None:
    story = walk(world, State.FILED)
    facts = {"channel": "SMS"}

    first = moves.perform(story.case, "consult", by=world.clerk, at=story.at, facts=facts, key="k-1")
    again = moves.perform(
        story.case, "consult", by=world.clerk, at=story.at + timedelta(days=1), facts=facts, key="k-1"
    )
    others = [
        lambda: moves.perform(
            story.case, "consult", by=world.clerk, at=story.at, facts={"channel": "PHONE"}, key="k-1"
        ),
        lambda: moves.perform(story.case, "proceed_on_one_consent", by=world.clerk, at=story.at, key="k-1"),
        lambda: moves.perform(
            story.case,
            "consult",
            by=Actor(Role.CLERK, "clerk-2", COURT_CODE, COURT),
            at=story.at,
            facts=facts,
            key="k-1",
        ),
        lambda: moves.perform(
            walk(world, State.FILED).case, "consult", by=world.clerk, at=story.at, facts=facts, key="k-1"
        ),
    ]

    assert first == again
    assert story.case.entries == 2
    assert [refusal(other).code for other in others] == ["key"] * 4


def test_key_of_a_request_belongs_to_whoever_used_it_first(world: World) -> None:
    story = walk(world, State.MEDIATING)
    court = story.copy(COURT)
    facts = {"party": story.applicant}
    asking, other = (Actor(Role.PARTY, ref, "", COURT) for ref in story.people)

    first = moves.perform(court, "stop_mediation", by=asking, at=story.at, facts=facts, key="r-1")
    again = moves.perform(court, "stop_mediation", by=asking, at=story.at, facts=facts, key="r-1")

    assert first == again
    assert (
        refusal(lambda: moves.perform(court, "stop_mediation", by=other, at=story.at, facts=facts, key="r-1")).code
        == "key"
    )


def test_filing_twice_with_one_key_opens_one_case(world: World) -> None:
    story = Story(world)
    facts = story.application()
    by = Actor(Role.PARTY, story.applicant, "", COURT)
    texts = [*story.particulars(), enclosed(EnclosureKind.NARRATIVE)]

    made = [
        moves.perform(Case(platform=COURT), "file", by=by, at=START, facts=facts, enclosures=texts, key="form-1")
        for _ in range(2)
    ]

    assert made[0] == made[1]
    assert Case.objects.count() == 1
    assert NumberSeries.objects.get().last == 1


@pytest.mark.parametrize("broken", ["deliveries", "clocks", "people", "enclosures", "clock rows"])
def test_move_that_fails_at_the_last_write_leaves_everything_as_it_was(
    world: World, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    story = walk(world, State.CONFIRMATION_SOUGHT)
    case, numbers = story.case, list(NumberSeries.objects.order_by("pk").values("code", "last"))
    before = snapshot(case)

    def fail(*_: Any, **__: Any) -> None:
        raise Broken

    with monkeypatch.context() as patch:
        if broken == "deliveries":
            break_writes_of(patch, Delivery)
        elif broken == "clock rows":
            break_writes_of(patch, Clock)
        elif broken == "enclosures":
            patch.setattr(moves, "_keep_enclosures", fail)
        elif broken == "clocks":
            patch.setattr(clocks, "keep", fail)
        else:
            patch.setattr(persons, "keep", fail)
        with pytest.raises(Broken):
            moves.perform(case, "accept_confirmation", by=world.clerk, at=story.at)

    assert snapshot(case) == before
    assert list(NumberSeries.objects.order_by("pk").values("code", "last")) == numbers
    assert case.state == State.CONFIRMATION_SOUGHT
    moves.perform(case, "accept_confirmation", by=world.clerk, at=story.at)
    assert case.number.endswith("1号")


def test_filing_that_fails_consumes_no_number_and_leaves_the_new_case_unsaved(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = Story(world)
    case = Case(platform=COURT)
    call = {
        "by": Actor(Role.PARTY, story.applicant, "", COURT),
        "at": START,
        "facts": story.application(),
        "enclosures": [*story.particulars(), enclosed(EnclosureKind.NARRATIVE)],
    }

    with monkeypatch.context() as patch:
        break_writes_of(patch, Clock)
        with pytest.raises(Broken):
            moves.perform(case, "file", **call)
    unsaved = (case.pk, case.state, Case.objects.count(), CaseEvent.objects.count(), NumberSeries.objects.count())
    moves.perform(case, "file", **call)

    assert unsaved == (None, "", 0, 0, 0)
    assert case.number == "（2024）沪74诉前调1号"


def test_journal_can_only_be_appended_to(world: World) -> None:
    story = walk(world, State.CONSULTING)
    event = story.case.events.latest("number")

    attempts = [
        event.save,
        event.delete,
        CaseEvent.objects.all().delete,
        lambda: CaseEvent.objects.filter(pk=event.pk).update(kind="case.accept.v1"),
        lambda: story.case.events.update(number=9),
    ]

    for attempt in attempts:
        with pytest.raises(AppendOnly):
            attempt()


def test_state_of_a_case_cannot_be_written_past_the_door(world: World) -> None:
    case = walk(world, State.FILED).case

    for column in ("state", "sheet", "track", "head", "entries", "organisation"):
        with pytest.raises(StateIsProtected):
            Case.objects.filter(pk=case.pk).update(**{column: "CONFIRMED"})
    with pytest.raises(AttributeError):
        case.state = "CONFIRMED"


@pytest.mark.parametrize("algorithm", ["sm3", "sha256"])
def test_journal_is_chained_with_the_algorithm_of_the_setting(world: World, settings: Any, algorithm: str) -> None:
    story = walk(world, State.CONSULTING)
    settings.JOURNAL_ALGORITHM = algorithm

    story.agree()
    story.delegate()

    last = story.case.events.latest("number")
    assert last.algorithm == algorithm
    assert chain.entry_hash(last.body(), algorithm) == last.hash
    assert story.copy(COURT).head == story.copy(NET).head
    assert_whole(story.case)


def test_particulars_that_do_not_match_the_moves_form_are_refused(world: World) -> None:
    story = walk(world, State.FILED)
    case = story.case
    before = snapshot(case)

    for texts in (
        [],
        [enclosed(EnclosureKind.RULING)],
        [enclosed(EnclosureKind.ADVICE), enclosed(EnclosureKind.DECREE)],
    ):
        with pytest.raises(Malformed):
            moves.perform(
                case, "return_application", by=world.clerk, at=story.at, facts={"ground": "DECLINED"}, enclosures=texts
            )

    assert snapshot(case) == before


def test_people_may_not_choose_their_own_case_number(world: World) -> None:
    story = Story(world)
    facts = {**story.application(), "number": "（2024）沪74诉前调9号"}
    texts = [*story.particulars(), enclosed(EnclosureKind.NARRATIVE)]

    with pytest.raises(Malformed, match="案号由人民法院编立"):
        moves.perform(
            Case(platform=COURT),
            "file",
            by=Actor(Role.PARTY, story.applicant, "", COURT),
            at=START,
            facts=facts,
            enclosures=texts,
        )


# The peer's entries.


def entry_on_its_way(world: World) -> tuple[Story, CaseEvent]:
    """Return a story whose last entry, the delegation's receipt, waits at the court's door."""
    story = walk(world, State.DELEGATED)
    story.wired = False
    story.accept()
    return story, story.copy(NET).events.latest("number")


def test_entry_is_applied_once_however_often_it_comes(world: World) -> None:
    story, event = entry_on_its_way(world)

    first = moves.replay(COURT, event.entry(), carried(event), at=story.at)
    again = moves.replay(COURT, event.entry(), carried(event), at=story.at + timedelta(days=9))

    assert first == again
    assert story.copy(COURT).state == State.ACCEPTED


def test_entry_that_comes_too_soon_names_the_one_that_is_missing(world: World) -> None:
    story, event = entry_on_its_way(world)
    story.prepare()
    later = story.copy(NET).events.latest("number")

    with pytest.raises(moves.Early) as early:
        moves.replay(COURT, later.entry(), carried(later), at=story.at)

    assert early.value.expected == event.number


CHANGES: dict[str, Any] = {
    "kind": "case.decline.v1",
    "at": "2024-03-05T00:00:00.000000Z",
    "platform": COURT,
    "by": {"role": "ORGANISATION"},
    "facts": {"declared": False},
    "clocks": [],
    "enclosures": [{}],
    "previous": "0" * 64,
    "algorithm": "md5",
    "hash": "0" * 64,
    "signature": "AAAA",
    "key": "0" * 16,
}


@pytest.mark.parametrize("column", CHANGES)
@pytest.mark.parametrize("rehashed", [False, True])
def test_entry_changed_on_its_way_is_illegal(world: World, column: str, rehashed: bool) -> None:
    story, event = entry_on_its_way(world)
    entry = event.entry() | {column: CHANGES[column]}
    if rehashed and column not in ("hash", "signature", "key", "algorithm"):
        entry["hash"] = chain.entry_hash(chain.body_of(entry), "sha256")
    before = snapshot(story.copy(COURT))

    with pytest.raises(moves.Illegal):
        moves.replay(COURT, entry, carried(event), at=story.at)

    assert snapshot(story.copy(COURT)) == before


def test_peer_cannot_write_while_the_case_is_ours_even_with_a_good_signature(world: World) -> None:
    story = walk(world, State.FILED)
    key = keyring.signer(NET)
    body = {
        **story.case.events.get().body(),
        "number": 2,
        "kind": "case.consult.v1",
        "platform": NET,
        "previous": story.case.head,
        "by": world.clerk.entry(),
        "facts": {"channel": "SMS"},
        "clocks": [],
        "enclosures": [],
    }
    hashed = chain.entry_hash(body, "sha256")

    with pytest.raises(moves.Illegal, match="owner"):
        moves.replay(
            COURT, {**body, "hash": hashed, "signature": key.sign(hashed), "key": key.public.id}, [], at=story.at
        )


def test_second_entry_under_a_number_is_a_fork(world: World) -> None:
    story, event = entry_on_its_way(world)
    moves.replay(COURT, event.entry(), carried(event), at=story.at)

    with pytest.raises(moves.Forked):
        moves.replay(COURT, event.entry() | {"hash": "0" * 64}, carried(event), at=story.at)


def test_entry_under_a_revoked_key_is_illegal(world: World) -> None:
    story, event = entry_on_its_way(world)
    PlatformKey.objects.filter(platform=NET, purpose="SIGN").update(revoked_at=story.at - timedelta(minutes=1))

    with pytest.raises(moves.Illegal, match="signature"):
        moves.replay(COURT, event.entry(), carried(event), at=story.at)


def test_only_the_owners_platform_acts_by_itself(world: World) -> None:
    story = walk(world, State.SETTLED, Track.ENTRUSTED)
    court = Actor(Role.PLATFORM, COURT, COURT, COURT)

    assert refusal(lambda: moves.perform(story.copy(COURT), "return_agreement", by=court, at=story.at)).code == "owner"
