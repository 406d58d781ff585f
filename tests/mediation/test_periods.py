"""Clocks: lapses dated at their due instant, extensions, pauses, provisional dates, periods that resume."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mediation import moves, queries
from mediation.actor import Actor
from mediation.models import CalendarYear, Case, Clock
from mediation.project.environment import read_case_codes
from mediation.vocabulary import EnclosureKind, Role, State, Track
from mediation.workdays import Calendar, Year, end_of_day, local_day
from tests.mediation.stories import (
    COURT,
    COURT_CODE,
    DIGEST,
    NET,
    Story,
    World,
    assert_whole,
    enclosed,
    refusal,
    walk,
)

CHINA = ZoneInfo("Asia/Shanghai")


def due_of(story: Story, kind: str) -> datetime:
    """Return when a running clock of the story ends."""
    return datetime.fromisoformat(story.case.sheet["clocks"][kind]["due"])


def day_of(story: Story, kind: str) -> date:
    """Return the day in China on which a running clock of the story ends."""
    return local_day(due_of(story, kind))


LAPSING = [
    (Track.DELEGATED, State.CONSULTING, "ANSWER", "lapse_consent", State.HANDED_BACK),
    (Track.DELEGATED, State.DELEGATED, "REPLY", "lapse_reply", State.READY),
    (Track.DIRECT, State.APPLIED, "REPLY", "lapse_reply", State.RETURNED),
    (Track.DELEGATED, State.ACCEPTED, "MEDIATE", "lapse_mediation", State.HANDED_BACK),
    (Track.ENTRUSTED, State.SIGNING, "MEDIATE", "lapse_mediation", State.HANDED_BACK),
    (Track.DIRECT, State.SUSPENDED, "MEDIATE", "lapse_mediation", State.UNSETTLED),
    (Track.DIRECT, State.UNSETTLED, "TRANSFER", "end_unsettled", State.ENDED),
    (Track.OFFLINE, State.SETTLED, "CONFIRM", "close_agreed", State.CLOSED),
    (Track.DELEGATED, State.CONFIRMATION_REFUSED, "DECIDE", "end_refused", State.ENDED),
    (Track.DELEGATED, State.CONFIRMED, "ENFORCE", "lapse_enforcement", State.CLOSED),
    (Track.ENTRUSTED, State.DECREED, "ENFORCE", "lapse_enforcement", State.CLOSED),
]


@pytest.mark.parametrize(("track", "state", "kind", "move", "after"), LAPSING, ids=lambda value: str(value))
def test_clock_lapses_once_at_its_due_instant_even_if_found_out_a_day_later(
    world: World, track: Track, state: State, kind: str, move: str, after: State
) -> None:
    story = walk(world, state, track)
    due, platform = due_of(story, kind), story.owner

    early = moves.sweep(platform, due)
    found = moves.sweep(platform, due + timedelta(days=1))
    again = moves.sweep(platform, due + timedelta(days=1))

    lapse = story.copy(platform).events.get(kind=f"case.{move}.v1")
    assert (early, found, again) == (0, 1, 0)
    assert (lapse.at, lapse.recorded_at) == (due, due + timedelta(days=1))
    assert story.copy(platform).state == after
    assert Clock.objects.get(case__platform=platform, kind=kind, state=Clock.LAPSED).due_at == due
    assert_whole(story.copy(platform))


def test_sweep_touches_only_cases_its_platform_owns(world: World) -> None:
    story = walk(world, State.DELEGATED)

    assert moves.sweep(COURT, due_of(story, "REPLY") + timedelta(days=1)) == 0
    assert moves.sweep(NET, due_of(story, "REPLY") + timedelta(days=1)) == 1


def test_court_may_deem_an_application_withdrawn_only_after_the_time_for_materials(world: World) -> None:
    story = walk(world, State.SETTLED)
    old = due_of(story, "CONFIRM")
    story.seek_confirmation()
    story.go("ask_supplement", world.clerk, enclosed(EnclosureKind.ADVICE), days=3)
    waiting = refusal(lambda: story.go("accept_confirmation", world.clerk))
    early = refusal(lambda: story.go("deem_withdrawn", world.clerk))

    story.sweep(due_of(story, "SUPPLEMENT") + timedelta(seconds=1))
    by_itself = story.state
    story.go("deem_withdrawn", world.clerk)

    assert [waiting.code, early.code] == ["can_go_on_without_supplement", "can_deem_withdrawn"]
    assert (by_itself, story.state) == (State.CONFIRMATION_SOUGHT, State.SETTLED)
    assert due_of(story, "CONFIRM") == old


def test_withdrawn_application_for_confirmation_keeps_its_old_period(world: World) -> None:
    story = walk(world, State.SETTLED)
    old = due_of(story, "CONFIRM")
    story.seek_confirmation()
    story.at += timedelta(days=3)

    story.each("withdraw_confirmation")

    assert story.state is State.SETTLED
    assert due_of(story, "CONFIRM") == old


def test_confirmation_may_be_sought_until_the_end_of_the_day_to_which_thirty_days_roll(world: World) -> None:
    # Thirty days from 3 September 2024 end in the National Day holidays, which end on 7 October.
    stories = [walk(world, State.SIGNING, Track.DIRECT, at=datetime(2024, 9, 1, 1, tzinfo=UTC)) for _ in range(2)]
    for story in stories:
        story.at = datetime(2024, 9, 3, 1, tzinfo=UTC)
        story.sign()
        story.complete()
    last = datetime(2024, 10, 8, 23, 59, 59, tzinfo=CHINA)
    facts = {"court": COURT_CODE}

    for ref in stories[0].people:
        moves.perform(
            stories[0].case, "seek_confirmation", by=stories[0].party(ref), at=last, facts={**facts, "party": ref}
        )
    late = refusal(
        lambda: moves.perform(
            stories[1].case,
            "seek_confirmation",
            by=stories[1].party(stories[1].applicant),
            at=last + timedelta(seconds=1),
            facts={**facts, "party": stories[1].applicant},
        )
    )

    assert stories[0].copy(NET).state == State.CONFIRMATION_SOUGHT
    assert late.code == "final"
    assert stories[1].copy(NET).state == State.CLOSED


def extend(story: Story, until: date) -> None:
    """Have both parties agree to a later end."""
    story.each("extend", until=until.isoformat())


def test_entrusted_case_filed_before_2025_may_be_extended_freely_and_again(world: World) -> None:
    story = walk(world, State.MEDIATING, Track.ENTRUSTED, at=datetime(2024, 12, 31, 1, tzinfo=UTC))
    first = day_of(story, "MEDIATE") + timedelta(days=45)

    extend(story, first)
    extend(story, first + timedelta(days=40))

    assert day_of(story, "MEDIATE") >= first + timedelta(days=40)


def test_entrusted_case_filed_from_2025_may_be_extended_once_by_thirty_days_at_most(world: World) -> None:
    story = walk(world, State.MEDIATING, Track.ENTRUSTED, at=datetime(2025, 1, 2, 1, tzinfo=UTC))
    due = day_of(story, "MEDIATE")

    too_long = refusal(lambda: extend(story, due + timedelta(days=31)))
    extend(story, due + timedelta(days=30))
    twice = refusal(lambda: extend(story, due + timedelta(days=40)))

    assert (too_long.code, twice.code) == ("fits_extension", "fits_extension")
    assert "LT-3" in too_long.law
    assert due + timedelta(days=30) <= day_of(story, "MEDIATE") <= due + timedelta(days=34)


@pytest.mark.parametrize("track", [Track.DELEGATED, Track.DIRECT])
def test_other_cases_may_be_extended_to_any_day_whenever_filed(world: World, track: Track) -> None:
    story = walk(world, State.MEDIATING, track, at=datetime(2025, 3, 3, 1, tzinfo=UTC))
    due = day_of(story, "MEDIATE")

    extend(story, due + timedelta(days=50))
    extend(story, due + timedelta(days=90))

    assert day_of(story, "MEDIATE") >= due + timedelta(days=90)


def test_period_is_never_shortened_by_agreement(world: World) -> None:
    story = walk(world, State.MEDIATING)

    assert refusal(lambda: extend(story, day_of(story, "MEDIATE"))).code == "fits_extension"


def test_extension_needs_everybodys_yes_to_the_same_day(world: World) -> None:
    story = walk(world, State.MEDIATING)
    due = day_of(story, "MEDIATE")
    one, other = ((due + timedelta(days=days)).isoformat() for days in (10, 20))

    story.go("extend", story.party(story.applicant), party=story.applicant, until=one)
    story.go("extend", story.party(story.respondent), party=story.respondent, until=other)
    differing = day_of(story, "MEDIATE")
    story.go("extend", story.party(story.applicant), party=story.applicant, until=other)

    assert differing == due
    assert day_of(story, "MEDIATE") >= date.fromisoformat(other)


@pytest.mark.parametrize(("track", "pauses"), [(Track.DELEGATED, True), (Track.DIRECT, True), (Track.ENTRUSTED, False)])
def test_days_of_an_appraisal_do_not_count_before_docketing(world: World, track: Track, pauses: bool) -> None:
    story = walk(world, State.MEDIATING, track)
    due = day_of(story, "MEDIATE")

    story.suspend("APPRAISAL")
    stopped = "MEDIATE" not in story.case.sheet["clocks"]
    story.at += timedelta(days=9, hours=5)
    story.go("resume", world.lead)

    assert stopped is pauses
    assert day_of(story, "MEDIATE") == (queries.calendar().roll(due + timedelta(days=10)) if pauses else due)
    assert_whole(story.case)


def test_suspicion_does_not_stop_the_period_and_is_decided_by_the_organisation(world: World) -> None:
    story = walk(world, State.SUSPENDED)
    resumed = refusal(lambda: story.go("resume", world.lead))

    story.go("review_suspicion", world.desk, enclosed(EnclosureKind.REASON), upheld=True)

    assert resumed.code == "can_resume"
    assert story.state is State.HANDED_BACK


def test_contact_clock_stops_when_everybody_has_been_reached(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    story.go("appoint_mediator", world.desk, mediators=[world.mediator], lead=world.mediator)
    story.go("record_contact", world.lead, party=story.applicant, outcome="REACHED", channel="PHONE")
    story.go("record_contact", world.lead, party=story.respondent, outcome="NO_ANSWER", channel="PHONE")
    half = "CONTACT" in story.case.sheet["clocks"]

    story.go("record_contact", world.lead, party=story.respondent, outcome="REACHED", channel="PHONE")

    assert half
    assert "CONTACT" not in story.case.sheet["clocks"]


def test_receipt_starts_the_clocks_of_the_new_owner_and_ends_the_wait_for_it(world: World) -> None:
    story = walk(world, State.READY)
    story.wired = False
    story.delegate()
    sent = set(story.copy(COURT).sheet["clocks"])
    story.wired, story.at = True, story.at + timedelta(days=2)

    story.wire()

    assert sent == {"RECEIPT"}
    assert set(story.case.sheet["clocks"]) == {"REPLY"}
    assert datetime.fromisoformat(story.case.sheet["clocks"]["REPLY"]["since"]) == story.at
    assert story.case.sheet["clocks"]["REPLY"]["flag"] < story.case.sheet["clocks"]["REPLY"]["due"]


def load_2027(rest: list[date]) -> None:
    """Load the arrangement of 2027 with some days of rest."""
    year = Year(
        frozenset({date(2027, 1, 1), date(2027, 5, 1), date(2027, 10, 1), *rest}), frozenset(), "国办发明电〔2026〕9号"
    )
    CalendarYear.objects.create(
        year=2027,
        days=year.days(),
        notice=year.notice,
        loaded_at=datetime(2026, 12, 20, tzinfo=UTC),
        loaded_by="operator",
    )


def reckon_all(story: Story) -> None:
    """Recompute what rests on a calendar not loaded before, on both platforms."""
    for platform in (COURT, NET):
        for case in queries.provisional_cases(platform):
            moves.reckon(case, story.at)
    story.wire()


def test_loading_a_calendar_recomputes_provisional_clocks_with_one_entry_on_both_copies(world: World) -> None:
    story = walk(world, State.MEDIATING, at=datetime(2026, 12, 14, 1, tzinfo=UTC))
    before = dict(story.case.sheet["clocks"]["MEDIATE"])
    entries = story.case.entries
    day = day_of(story, "MEDIATE")
    load_2027([day])

    reckon_all(story)
    reckon_all(story)

    after = story.case.sheet["clocks"]["MEDIATE"]
    assert (before["provisional"], after["provisional"]) == (True, False)
    assert after["since"] == before["since"]
    assert day_of(story, "MEDIATE") > day
    assert story.case.entries == entries + 1
    assert story.case.events.latest("number").move == "reckon"
    for platform in (COURT, NET):
        assert_whole(story.copy(platform))
    assert story.copy(COURT).sheet == story.copy(NET).sheet


def test_recomputing_never_cuts_an_agreed_extension_back_to_the_statutory_period(world: World) -> None:
    story = walk(world, State.MEDIATING, at=datetime(2026, 12, 14, 1, tzinfo=UTC))
    until = date(2027, 3, 10)
    extend(story, until)
    load_2027([until])

    reckon_all(story)

    assert day_of(story, "MEDIATE") == date(2027, 3, 11)
    assert story.case.sheet["clocks"]["MEDIATE"]["provisional"] is False


def test_period_the_court_set_for_materials_survives_a_new_calendar(world: World) -> None:
    story = walk(world, State.CONFIRMATION_SOUGHT, at=datetime(2026, 12, 21, 1, tzinfo=UTC))
    story.go("ask_supplement", world.clerk, enclosed(EnclosureKind.ADVICE), days=40)
    day = day_of(story, "SUPPLEMENT")
    load_2027([])

    reckon_all(story)

    assert day_of(story, "SUPPLEMENT") == day


def test_due_instants_are_the_last_instant_of_a_day_in_china(world: World) -> None:
    story = walk(world, State.CONFIRMED)

    for clock in story.case.sheet["clocks"].values():
        due = datetime.fromisoformat(clock["due"])
        assert due == end_of_day(local_day(due))


def test_enforcement_may_be_sought_for_two_years_from_the_last_instalment(world: World) -> None:
    story = walk(world, State.CONFIRMED)

    assert day_of(story, "ENFORCE") == date(2026, 12, 31)


def test_outsider_may_object_for_six_months_from_knowing_and_a_party_for_fifteen_days(world: World) -> None:
    story = walk(world, State.CONFIRMED)
    outsider = Actor(Role.OUTSIDER, "stranger", "", COURT)
    reason = enclosed(EnclosureKind.REASON)
    story.each("receive_ruling")
    story.at += timedelta(days=40)
    knew = story.at.date().isoformat()

    late = refusal(lambda: story.go("object_confirmation", story.party(story.applicant), reason))
    story.at += timedelta(days=150)
    story.go("object_confirmation", outsider, reason, knew_on=knew)
    story.go("reject_objection", world.judge, enclosed(EnclosureKind.RULING))
    story.at += timedelta(days=60)
    too_late = refusal(lambda: story.go("object_confirmation", outsider, reason, knew_on=knew))

    assert (late.code, too_late.code) == ("fits_objection_period", "fits_objection_period")
    assert Case.objects.get(platform=COURT).sheet["objection"] == ""


def test_a_receipt_on_paper_counts_from_its_own_day_and_so_do_the_clocks(world: World) -> None:
    def days(story: Story, *numbers: int) -> list[str]:
        return [(local_day(story.at) + timedelta(days=number)).isoformat() for number in numbers]

    ruled = walk(world, State.CONFIRMED)
    before, second, third, ahead = days(ruled, -1, 2, 3, 8)
    ruled.at += timedelta(days=6)
    paper = {"party": ruled.respondent}
    refused = [
        refusal(lambda facts=facts: ruled.go("receive_ruling", world.clerk, **facts)).code
        for facts in (paper, {**paper, "on": before}, {**paper, "on": ahead})
    ]
    own = ruled.party(ruled.applicant)
    refused.append(refusal(lambda: ruled.go("receive_ruling", own, party=ruled.applicant, on=second)).code)
    ruled.go("receive_ruling", world.clerk, party=ruled.respondent, on=third)
    ruled.go("receive_ruling", world.clerk, party=ruled.applicant, on=second)

    # No day of performance was named: the two years count from the decree, that is from its last receipt.
    decreed = walk(world, State.SETTLED, Track.ENTRUSTED)
    decreed.go("sign", world.lead, digest=DIGEST)
    decreed.seal()
    decreed.seek_decree()
    decreed.issue_decree()
    first, last = days(decreed, 1, 4)
    decreed.at += timedelta(days=9)
    refused.append(refusal(lambda: decreed.go("receive_decree", world.clerk, party=decreed.applicant)).code)
    decreed.go("receive_decree", world.clerk, party=decreed.respondent, on=last)
    decreed.go("receive_decree", world.clerk, party=decreed.applicant, on=first)

    assert set(refused) == {"fits_receipt_day"}
    # The last receipt decides, whichever was recorded last: fifteen days from it.
    assert local_day(datetime.fromisoformat(ruled.case.sheet["clocks"]["OBJECT"]["since"])).isoformat() == third
    assert day_of(ruled, "OBJECT") == Calendar.standard().roll(date.fromisoformat(third) + timedelta(days=15))
    assert decreed.case.state == State.DECREED
    assert day_of(decreed, "ENFORCE").isoformat() == last.replace("2024", "2026")
    assert_whole(decreed.case)


def test_a_ruling_not_to_accept_is_numbered_in_the_courts_own_code_and_names_a_judge(
    world: World, settings: Any
) -> None:
    settings.COURT_CASE_CODES = read_case_codes(f"{COURT_CODE}/CONFIRMATION=民特, 京74/DECREE=民初")
    own = walk(world, State.CONFIRMATION_SOUGHT)
    ruling, ground = enclosed(EnclosureKind.RULING), {"ground": "WRONG_COURT"}
    judge = {"judge": "11111111-1111-4111-8111-111111111111"}

    unnamed = refusal(lambda: own.go("refuse_confirmation", world.clerk, ruling, **ground))
    another = refusal(lambda: own.go("refuse_confirmation", world.judge, ruling, **ground, **judge))
    own.go("refuse_confirmation", world.clerk, ruling, **ground, **judge)
    settings.COURT_CASE_CODES = {}
    common = walk(world, State.CONFIRMATION_REFUSED)

    assert {unnamed.code, another.code} == {"fits_named_judge"}
    assert own.case.number == f"（2024）{COURT_CODE}民特1号"
    assert common.case.number == f"（2024）{COURT_CODE}诉前调确1号"
    assert_whole(own.case)
    for wrong in ("沪74=民特", "沪74/CONFIRMATION=胡写", "沪74/NOTHING=民特"):
        with pytest.raises(ValueError):
            read_case_codes(wrong)


def test_a_quoted_case_number_is_the_courts_own_of_no_later_year_and_of_the_kind_the_step_takes(
    world: World, settings: Any
) -> None:
    failed, sought, fresh = (
        walk(world, state) for state in (State.HANDED_BACK, State.CONFIRMATION_SOUGHT, State.FILED)
    )
    entrust = {"procedure": "ORDINARY"}

    def why(story: Story, move: str, number: str, **stated: Any) -> str:
        return refusal(lambda: story.go(move, world.clerk, number=number, **stated)).code

    docketed = [why(failed, "docket", f"（2024）{rest}") for rest in ("京74民初5号", "沪74执5号", "沪74民特5号")]
    docketed += [why(failed, "docket", "（2025）沪74民初5号"), why(failed, "docket", "（2024）沪74大案5号")]
    entrusted = [
        why(fresh, "docket_and_entrust", number, **entrust) for number in ("（2024）京74民初5号", "（2024）沪74民终5号")
    ]
    confirmed = [why(sought, "accept_confirmation", f"（2024）沪74{code}5号") for code in ("民特", "民初")]
    failed.go("docket", world.clerk, number="（2023）沪74民初5号")
    fresh.go("docket_and_entrust", world.clerk, number="（2024）沪74民初6号", **entrust)
    # A number keeps the code of its own year; a court may have set one of its own.
    sought.go("accept_confirmation", world.clerk, number="（2021）沪74民特5号")
    settings.COURT_CASE_CODES = read_case_codes(f"{COURT_CODE}/CONFIRMATION=民特")
    own = walk(world, State.CONFIRMATION_SOUGHT)
    unlike_own = why(own, "accept_confirmation", "（2024）沪74诉前调确9号")
    own.go("accept_confirmation", world.clerk, number="（2024）沪74民特9号")

    assert docketed == ["fits_own_number", *["fits_number_code"] * 2, "fits_number_year", "fits_number_code"]
    assert entrusted == ["fits_own_number", "fits_number_code"]
    assert [*confirmed, unlike_own] == ["fits_number_code"] * 3
    assert [one.case.number for one in (failed, fresh, sought, own)] == [
        "（2023）沪74民初5号",
        "（2024）沪74民初6号",
        "（2021）沪74民特5号",
        "（2024）沪74民特9号",
    ]
    assert_whole(sought.case)
