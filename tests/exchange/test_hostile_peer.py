"""What a peer may say that signs well and means ill, or is only wrong: bounds, clocks, dates, kinds, a frozen copy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from mediation import chain, clocks, facts, law, moves, queries
from mediation.actor import Actor, clock_itself, platform_itself
from mediation.exchange import announcements, calls, desk, inbox, peers, reconcile
from mediation.exchange.models import Inbound, Outcome, Peer
from mediation.models import Announcement, Case, CaseEvent, Clock
from mediation.vocabulary import ClockKind, Role, State, Track
from mediation.windows import pages
from tests.exchange.stories import Posted, assert_equal_copies, journal, walk
from tests.exchange.test_adversary import handed_over, outcomes, request_of, resigned, send, waiting
from tests.exchange.test_limits import settled
from tests.exchange.test_versions import NEW, exchange, newer_entry, reason, says, write
from tests.mediation.stories import COURT, COURT_CODE, NET, World

DAY = timedelta(days=1)
GRACE = law.grace({})


# Receipts.


def test_no_receipt_says_applied_of_what_was_taken_back(world: World) -> None:
    story = handed_over(world)
    first, second, _third, early = waiting(COURT, story.at)[:4]
    Peer.objects.filter(pk=peers.standing(NET).pk).update(read_only=True)
    held = send({"epoch": 1, "envelopes": [first, second]}, story.at)
    Peer.objects.update(read_only=False)

    answer = send({"epoch": 1, "envelopes": [first, second, early]}, story.at)

    assert {outcome for outcome, _ in outcomes(held)} == {"WAITING"}
    assert outcomes(answer) == [("APPLIED", ""), ("APPLIED", ""), ("WAITING", "#3")]
    assert [entry["hash"] for entry in journal(story.copy(NET))] == [first["hash"], second["hash"]]
    assert Inbound.objects.filter(outcome=Outcome.APPLIED, platform=NET).count() == 2


# Clocks.


def accepted(world: World, **changes: str) -> tuple[Posted, dict[str, Any]]:
    """Return a story and the acceptance of the case as the organisation's platform sends it, its clocks changed."""
    story = walk(world, State.DELEGATED)
    story.wired = False
    story.accept()
    (last,) = waiting(NET, story.at)
    return story, resigned(last, NET, clocks=[clock | changes for clock in last["clocks"]])


def test_a_clock_under_a_rule_not_known_here_is_shown_by_its_id(world: World) -> None:
    story, item = accepted(world, rule="MEDIATE/NEWER/2099-01-01")

    answer = send({"epoch": 1, "envelopes": [item]}, story.at, NET, COURT)
    shown = [(one.counted, one.article) for one in pages.running(story.copy(COURT), story.at, queries.calendar())]

    assert outcomes(answer) == [("APPLIED", "")]
    assert ("MEDIATE/NEWER/2099-01-01", "") in shown
    assert not clocks.recomputed(story.copy(COURT), queries.calendar())


@pytest.mark.parametrize(
    "changes",
    [
        {"due": "9999-12-31T23:59:59.000000Z"},
        {"due": "2200-01-01T00:00:00.000000Z"},
        {"since": "0001-01-01T00:00:00.000000Z"},
        {"flag": "9999-12-31T23:59:59.000000Z"},
        {"flag": "soon"},
        {"rule": ""},
        {"rule": "R" * 81},
        {"agreed": "yes"},
    ],
)
def test_clocks_beyond_all_bounds_are_parked(world: World, changes: dict[str, str]) -> None:
    story, item = accepted(world, **changes)
    before = story.copy(COURT).entries

    answer = send({"epoch": 1, "envelopes": [item]}, story.at, NET, COURT)

    assert outcomes(answer)[0][0] == "PARKED"
    assert story.copy(COURT).entries == before


def test_an_entry_dated_beyond_all_bounds_is_parked(world: World) -> None:
    story, item = accepted(world)

    for when in ("9999-12-31T23:59:59.000000Z", "1899-12-31T23:59:59.000000Z"):
        answer = send({"epoch": 1, "envelopes": [resigned(item, NET, at=when)]}, story.at, NET, COURT)
        assert outcomes(answer)[0][0] == "PARKED"


def test_an_instant_is_of_a_year_that_can_be_reckoned_with() -> None:
    instant = facts.instant("x")

    told = [instant.test(f"{year}-06-01T00:00:00+00:00") for year in ("1899", "1900", "2199", "2200", "9999")]

    assert told == [False, True, True, False, False]


def planted(story: Posted, clock: ClockKind) -> dict[str, Any]:
    due = chain.stamp(story.at + DAY)
    return {"kind": clock.value, "rule": "X", "since": chain.stamp(story.at), "due": due, "flag": "",
            "provisional": False, "agreed": False}  # fmt: skip


@pytest.mark.parametrize("kind", ["case.reckon.v1", NEW])
def test_neither_a_reckoning_nor_what_cannot_be_read_starts_a_clock(
    world: World, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = walk(world, State.ACCEPTED)
    says(monkeypatch, knows=(NEW,))
    exchange(story)
    running = ClockKind(next(iter(story.copy(COURT).sheet["clocks"])))
    said = {"kind": kind, "by": platform_itself(NET).entry(), "facts": {"notice": "ab" * 32}}
    wrong = [[planted(story, ClockKind.CONFIRM)], [planted(story, running)] * 2]

    for given in wrong:
        with pytest.raises(moves.Illegal, match="clocks"):
            moves.replay(COURT, newer_entry(story, NET, **said, clocks=given), [], at=story.at)
    entry = newer_entry(story, NET, **said, clocks=[planted(story, running)])
    moves.replay(COURT, entry, [], at=story.at)

    assert story.copy(COURT).sheet["clocks"][running]["rule"] == "X"
    assert Clock.objects.get(case=story.copy(COURT), kind=running, state=Clock.RUNNING).rule == "X"


def test_a_clock_makes_its_own_move_at_its_own_end_and_no_other(world: World) -> None:
    story = walk(world, State.DELEGATED)
    due = datetime.fromisoformat(story.case.sheet["clocks"]["REPLY"]["due"])
    forged = [
        (ClockKind.REPLY, story.at, "lapse_reply"),
        (ClockKind.REPLY, due + DAY, "lapse_reply"),
        (ClockKind.MEDIATE, due, "lapse_reply"),
    ]

    for kind, at, move in forged:
        said = {"kind": f"case.{move}.v1", "by": clock_itself(kind, NET).entry(), "facts": {}, "at": chain.stamp(at)}
        with pytest.raises(moves.Illegal, match="clock"):
            moves.replay(COURT, newer_entry(story, NET, **said), [], at=story.at)
    with pytest.raises(moves.Refused, match="尚未届满"):
        moves.perform(story.case, "lapse_reply", by=clock_itself(ClockKind.REPLY, NET), at=story.at)

    assert moves.sweep(NET, due + DAY) == 1
    story.at = due + DAY
    story.wire()
    assert_equal_copies()


def test_one_clock_that_cannot_lapse_holds_up_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = walk(world, State.DELEGATED), walk(world, State.DELEGATED)
    late = max(datetime.fromisoformat(one.case.sheet["clocks"]["REPLY"]["due"]) for one in (bad, good)) + DAY
    lapse, spoiled = moves._lapse, bad.case.pk

    def lapse_or_fail(case: Case, *given: Any, **more: Any) -> CaseEvent:
        if case.pk == spoiled:
            raise RuntimeError("broken")
        return lapse(case, *given, **more)

    monkeypatch.setattr(moves, "_lapse", lapse_or_fail)

    assert moves.sweep(NET, late) == 1
    assert [one.copy(NET).events.filter(kind="case.lapse_reply.v1").count() for one in (bad, good)] == [0, 1]


# The instant of a request.


def ask(story: Posted, submitted: datetime, heard: datetime) -> CaseEvent:
    """Have the court vouch for a request, and return the entry it became."""
    by = Actor(Role.PARTY, story.respondent, "", COURT).entry()
    facts_ = {"party": story.respondent, "e_service": True}
    story.at = submitted
    item = request_of(story, by, "confirm_address", facts_)
    assert outcomes(send({"epoch": 1, "envelopes": [item]}, heard)) == [("APPLIED", "")]
    return CaseEvent.objects.get(case=story.copy(NET), kind="case.confirm_address.v1")


def test_a_request_is_dated_no_earlier_than_the_entry_before_it(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    last, heard = story.copy(NET).events.latest("number"), story.at + timedelta(hours=1)

    written = ask(story, story.at - 300 * DAY, heard)

    assert (written.at, written.recorded_at) == (last.at, heard)


def test_a_request_is_dated_no_earlier_than_the_grace_before_it_came(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    heard = story.at + 10 * DAY

    written = ask(story, story.at + DAY, heard)

    assert (written.at, written.recorded_at) == (heard - GRACE, heard)


def test_a_request_within_the_grace_is_dated_as_it_was_submitted(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    submitted, heard = story.at + timedelta(hours=2), story.at + DAY

    written = ask(story, submitted, heard)

    assert (written.at, written.recorded_at) == (submitted, heard)


def test_a_later_entry_takes_no_period_from_what_was_submitted_within_it(world: World) -> None:
    story, due = settled(world)
    late, by = due + timedelta(hours=5), platform_itself(NET).entry()
    moves.replay(NET, newer_entry(story, NET, kind="case.reckon.v1", by=by, facts={"notice": "ab" * 32},
                                  at=chain.stamp(late)), [], at=late, own=True)  # fmt: skip
    story.at = due - timedelta(hours=1)
    party = Actor(Role.PARTY, story.respondent, "", COURT).entry()
    item = request_of(story, party, "seek_confirmation", {"party": story.respondent, "court": COURT_CODE})

    answer = send({"epoch": 1, "envelopes": [item]}, late)

    assert outcomes(answer) == [("APPLIED", "")]
    assert story.copy(NET).state == State.CONFIRMATION_SOUGHT


def test_a_request_lifted_to_a_later_instant_is_known_again_after_a_restore(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    submitted, heard = story.at - 30 * DAY, story.at + timedelta(hours=1)
    written = ask(story, submitted, heard)
    by, asked = Actor(Role.PARTY, story.respondent, "", COURT), {"party": story.respondent, "e_service": True}
    case = story.copy(NET)

    with_key = inbox._written_before(case, "confirm_address", by, submitted, asked)
    forget_key(written)
    found = inbox._written_before(case, "confirm_address", by, submitted, asked)
    other = inbox._written_before(case, "confirm_address", by, submitted, {**asked, "e_service": False})

    assert (with_key, found, other) == (None, written, None)


def forget_key(event: CaseEvent) -> None:
    """Leave the entry as it comes back from the peer: without the key it was written under."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE mediation_caseevent SET key = NULL WHERE id = %s", [event.pk])


# Kinds.


def test_what_is_read_for_the_first_time_and_does_not_hold_freezes_its_case_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = walk(world, State.ACCEPTED)
    story.go("appoint_mediator", world.desk, mediators=[world.mediator], lead=world.mediator)
    known = "case.disclose.v1"
    with monkeypatch.context() as older:
        older.delitem(moves.KINDS, known)
        older.setattr(moves, "MOVES", {name: move for name, move in moves.MOVES.items() if name != "disclose"})
        says(older, knows=(known,))
        exchange(story)
        write(story, newer_entry(story, NET, kind=known, by=world.lead.entry(), facts={"ground": ["NONE"]}))

    reconcile.sound_and_reconcile(COURT, story.at)

    assert "重读" in story.copy(COURT).frozen
    assert Announcement.objects.get(platform=COURT).unread == []
    assert story.copy(COURT).sheet.get("disclosed") == {}


def test_what_is_chained_unread_during_a_rereading_is_not_forgotten(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = walk(world, State.ACCEPTED)
    Announcement.objects.create(platform=COURT, unread=["case.accept.v1"], heard_at=story.at)

    def chain_meanwhile(*given: Any) -> None:
        Announcement.objects.filter(platform=COURT).update(unread=["case.accept.v1", NEW])

    monkeypatch.setattr(moves, "reread", chain_meanwhile)
    announcements.read_again(COURT)

    assert Announcement.objects.get(platform=COURT).unread == [NEW]


def test_the_peers_word_stops_nothing_in_a_case_it_does_not_hold(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    story = walk(world, State.FILED)

    said = {"kinds": ["case.receive.v1"], "keeps": []}
    monkeypatch.setattr(announcements, "kinds", lambda: said)
    exchange(story)
    story.consult()

    assert story.state is State.CONSULTING
    assert "delegate" in moves.unread_by_peer(story.case, here=True)


def test_the_peer_does_not_take_back_a_kind_it_has_said_it_knows(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    story = walk(world, State.ACCEPTED)
    story.prepare()
    exchange(story)

    says(monkeypatch, lacks=("case.open_session.v1",))
    exchange(story)

    assert reason(story, world.lead, "open_session") == ""


# The desk.


def test_entries_dated_ahead_crowd_out_no_finding(world: World) -> None:
    at = datetime(2024, 3, 4, tzinfo=UTC)
    peers.standing(NET)
    forked = {"ref": "x", "kind": "FORKED", "number": 1, "why": ""}
    peers.note_findings(NET, [forked], at)

    for number in range(peers.MOST_FINDINGS + 1):
        peers.note_ahead(NET, "y", number, DAY)

    found = desk.health(NET, at).findings
    assert found[0] == forked
    assert len(found) == 1 + peers.MOST_AHEAD


# A frozen copy.


def test_a_frozen_copy_owes_its_errands_until_it_is_thawed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    story = walk(world, State.SETTLED, Track.ENTRUSTED)
    copy, operator = story.copy(NET), Actor(Role.OPERATOR, "operator-1", "", NET)
    moves.freeze(copy, "trial")
    owed = lambda case: "return_agreement" if case.state == State.SETTLED else ""  # noqa: E731
    monkeypatch.setattr(moves.lifecycle, "errand", owed)
    monkeypatch.setattr(moves, "judge", lambda *given, **more: None)

    moves.run_errands(copy, story.at)
    while_frozen = story.copy(NET).state
    desk.thaw(copy, by=operator, at=story.at)

    assert while_frozen == State.SETTLED
    assert story.copy(NET).state == State.AGREEMENT_RETURNED


def test_a_frozen_copy_notes_no_new_reckoning(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    story = walk(world, State.ACCEPTED)
    monkeypatch.setattr(clocks, "recomputed", lambda case, calendar: list(case.sheet["clocks"].values()))
    moves.freeze(story.copy(NET), "trial")

    frozen = moves.reckon(story.copy(NET), story.at)
    moves.freeze(story.copy(NET), "")

    assert frozen is None
    assert moves.reckon(story.copy(NET), story.at) is not None


# The comparison.


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        ("digests", {"buckets": []}),
        ("digests", {"buckets": {"": {"digest": "", "rows": [["x", 1, "h"]]}}}),
        ("standing", {"kinds": [], "keeps": [], "now": "2024-03-04T05:00:00.000000Z", "open": {}, "epoch": 2**40}),
    ],
)
def test_a_malformed_answer_to_a_comparison_counts_as_none(
    world: World, operation: str, said: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    story = walk(world, State.ACCEPTED)
    monkeypatch.setitem(inbox.OPERATIONS, operation, lambda *given: said)

    with pytest.raises(calls.Failed):
        reconcile.sound_and_reconcile(COURT, story.at)


def test_a_tail_of_another_case_is_refused_and_the_comparison_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = walk(world, State.ACCEPTED)
    strange, good = "00000000-0000-4000-8000-000000000000", inbox.OPERATIONS["digests"]

    def with_one_more(*given: Any) -> dict[str, Any]:
        rows = [[str(story.ref), story.case.entries, story.case.head], [strange, 3, "h"]]
        return good(*given) | {"buckets": {"": {"digest": "x", "rows": rows}}}

    lent = envelope_of(story)
    monkeypatch.setitem(inbox.OPERATIONS, "digests", with_one_more)
    monkeypatch.setitem(inbox.OPERATIONS, "tails", lambda *given: {"tails": {strange: [lent, 7]}, "receipts": {}})

    found = reconcile.sound_and_reconcile(COURT, story.at)

    assert [(one.ref, one.kind) for one in found] == [(strange, "REFUSED")]
    assert_equal_copies()


def envelope_of(story: Posted) -> dict[str, Any]:
    """Return the last entry of a case as it would be lent."""
    entry = story.copy(NET).events.latest("number").entry()
    return {**entry, "id": str(story.ref), "epoch": 1, "source": NET, "audience": COURT}
