"""Files: opened, edited beside the version in force, reviewed with a difference, verified, suspended, left."""

from __future__ import annotations

from datetime import date

import pytest

from mediation.vocabulary import Role
from roster import facts, moves, publication, queries
from roster.models import Mediator, Organisation, RosterDelivery
from roster.moves import Actor
from tests.roster.people import COURT, NET, ORGANISATION_FACTS, UNIT, People, build_courts, new_ref

pytestmark = pytest.mark.django_db
HERE = "沪74"


@pytest.fixture
def people() -> People:
    build_courts()
    return People()


def test_a_change_stands_beside_the_valid_version_until_the_unit_has_approved_it(people: People) -> None:
    row = people.organisation()
    own = people.administrator(row.ref)

    people.go(row, "edit", own, changes={"phone": "021-12345678", "scope": "证券纠纷"})
    people.go(row, "submit", own)
    before, difference = row.phone, row.differences()
    waiting = list(queries.pending_reviews(NET, "organisation", UNIT))
    people.go(row, "approve", people.unit)

    assert before == ""
    assert difference == [("phone", None, "021-12345678")]
    assert waiting == [row]
    assert (row.state, row.phone, row.change, row.proposed) == ("VERIFIED", "021-12345678", "", {})
    assert not queries.pending_reviews(NET, "organisation", UNIT)


def test_a_returned_change_keeps_what_was_proposed_and_the_reason(people: People) -> None:
    row = people.organisation()
    own = people.administrator(row.ref)
    people.go(row, "edit", own, changes={"capacity": 40})
    people.go(row, "submit", own)

    people.go(row, "return_edit", people.unit, reason="请附证明")
    kept = (row.change, row.proposed, row.reason, row.capacity)
    people.go(row, "edit", own, changes={"capacity": 30})
    people.go(row, "submit", own)
    people.go(row, "approve", people.unit)

    assert kept == ("RETURNED", {"capacity": 40}, "请附证明", 20)
    assert (row.capacity, row.reason) == (30, "")


def test_a_change_may_not_be_edited_while_it_is_reviewed(people: People) -> None:
    row = people.organisation()
    own = people.administrator(row.ref)
    people.go(row, "edit", own, changes={"capacity": 40})
    people.go(row, "submit", own)

    with pytest.raises(moves.Refused) as refused:
        people.go(row, "edit", own, changes={"capacity": 41})

    assert refused.value.code == "can_edit"
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"charges_fee": True}, "fits_tariff"),
        ({"unit": "CSRC110000"}, "fits_same_place"),
    ],
)
def test_a_change_that_may_not_be_is_refused(people: People, changes: dict[str, object], why: str) -> None:
    row = people.organisation()

    with pytest.raises(moves.Refused) as refused:
        people.go(row, "edit", people.administrator(row.ref), changes=changes)

    assert refused.value.code == why


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, ""),
        ({"nickname": "x"}, "nickname"),
        ({"capacity": -1}, "capacity"),
        ({"capacity": True}, "capacity"),
        ({"name": " "}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"regions": ["31", "31"]}, "regions"),
        ({"licence_expires_on": "2026-02-30"}, "licence_expires_on"),
        ({"contacts": [{"name": "甲"}]}, "contacts"),
    ],
)
def test_a_malformed_change_names_the_field(people: People, changes: dict[str, object], field: str) -> None:
    row = people.organisation()

    with pytest.raises(facts.Malformed) as wrong:
        people.go(row, "edit", people.administrator(row.ref), changes=changes)

    assert wrong.value.field == field
    assert Organisation.objects.get(pk=row.pk).entries == 3


def test_one_credit_code_opens_one_file(people: People) -> None:
    people.organisation()

    with pytest.raises(moves.Refused) as refused:
        people.go(moves.new("organisation", NET), "open", people.bureau, **ORGANISATION_FACTS)

    assert refused.value.code == "fits_credit_code"
    assert Organisation.objects.count() == 1


def test_a_mediator_stands_under_the_unit_of_the_organisation_and_needs_its_verified_file(people: People) -> None:
    organisation = people.organisation()
    mediator = people.mediator(organisation)
    people.go(organisation, "suspend", people.unit, ground="LICENCE")

    with pytest.raises(moves.Refused) as refused:
        people.mediator(organisation)

    assert mediator.unit == UNIT
    assert mediator.employers == ["浦江律师事务所"]
    assert refused.value.code == "fits_organisation"


def test_organisations_are_pushed_by_the_bureau_and_mediators_by_their_unit(people: People) -> None:
    organisation = people.organisation()
    mediator = people.mediator(organisation)

    for row, wrong in ((organisation, people.unit), (mediator, people.bureau)):
        with pytest.raises(moves.Refused) as refused:
            people.go(row, "push", wrong, courts=[HERE])
        assert refused.value.code == "actor"
    with pytest.raises(moves.Refused) as unknown:
        people.go(organisation, "push", people.bureau, courts=["沪99"])
    assert unknown.value.code == "fits_courts"


def test_verifying_stamps_the_day_and_takes_the_file_out_of_the_stale_ones(people: People) -> None:
    row = people.organisation()
    since = date(2026, 7, 1)
    before = list(queries.stale(NET, "organisation", since))
    people.at = people.at.replace(month=7, day=2)

    people.go(row, "verify", people.administrator(row.ref))

    assert before == [row]
    assert row.verified_on == date(2026, 7, 2)
    assert not queries.stale(NET, "organisation", since)


def test_a_campaign_asks_reminds_and_closes_with_its_figures(people: People) -> None:
    row = people.organisation()
    since, until = queries.quarter(date(2026, 8, 15))
    campaign = moves.new("campaign", NET)
    figures = queries.campaign_figures(NET, since)
    people.go(
        campaign,
        "open",
        people.bureau,
        title="2026年第三季度",
        since=str(since),
        until=str(until),
        asked=figures["asked"],
    )
    people.go(campaign, "remind", people.bureau, count=figures["stale"])
    people.at = people.at.replace(month=8)
    people.go(row, "verify", people.administrator(row.ref), campaign=str(campaign.ref))
    after = queries.campaign_figures(NET, since)

    people.go(campaign, "close", people.bureau, **{name: after[name] for name in ("verified", "changed", "stale")})

    assert (since, until) == (date(2026, 7, 1), date(2026, 9, 30))
    assert campaign.figures == {"asked": 1, "reminders": 1, "reminded": 1, "verified": 1, "changed": 0, "stale": 0}
    assert queries.open_campaign(NET) is None
    assert not RosterDelivery.objects.exists()


def test_a_consolidation_reminds_by_itself_once_for_each_day(people: People) -> None:
    people.organisation()
    clock, campaign = Actor(Role.CLOCK, "CAMPAIGN", NET, NET), moves.new("campaign", NET)
    people.go(campaign, "open", clock, title="季度", since="2026-04-01", until="2026-06-30", asked=1)

    people.go(campaign, "remind", clock, count=1, due="2026-06-15")
    with pytest.raises(moves.Refused) as refused:
        people.go(campaign, "remind", clock, count=1, due="2026-06-15")
    people.go(campaign, "remind", people.bureau, count=1)
    people.go(campaign, "remind", clock, count=1, due="2026-06-25")

    assert refused.value.code == "is_new_reminder"
    assert campaign.figures == {"asked": 1, "reminders": 3, "reminded": 1, "due": "2026-06-25"}


def test_what_is_optional_can_be_emptied_again(people: People) -> None:
    row = people.organisation(licence_kind="COMMERCIAL", licence_expires_on="2027-01-01")
    own = people.administrator(row.ref)

    people.go(row, "edit", own, changes={"licence_kind": "", "licence_expires_on": "", "seal": ""})
    proposed = dict(row.proposed)
    people.go(row, "submit", own)
    people.go(row, "approve", people.unit)

    assert proposed == {"licence_kind": "", "licence_expires_on": ""}
    assert (row.licence_kind, row.licence_expires_on) == ("", None)
    with pytest.raises(facts.Malformed):
        people.go(row, "edit", own, changes={"kind": ""})


def test_a_suggestion_changes_nothing_until_it_is_taken_up(people: People) -> None:
    organisation = people.organisation()
    row = people.mediator(organisation)
    himself, own = (
        Actor(Role.MEDIATOR, str(row.ref), str(organisation.ref), NET),
        people.administrator(organisation.ref),
    )

    people.go(row, "suggest", himself, changes={"training_hours": 40, "expertise": row.expertise})
    told = dict(row.suggested)
    people.go(row, "suggest", himself, changes={"training_hours": row.training_hours})

    assert told == {"training_hours": 40}
    assert row.suggested == {}
    for move, by, stated in (
        ("take_up", own, {}),
        ("turn_down", own, {"reason": "不实"}),
        ("edit", himself, {"changes": {"training_hours": 40}}),
        ("suggest", himself, {"changes": {"organisation": new_ref()}}),
    ):
        with pytest.raises(moves.Refused):
            people.go(row, move, by, **stated)
    people.go(row, "suggest", himself, changes={"training_hours": 40})
    people.go(row, "take_up", own)
    assert (row.change, row.proposed, row.suggested) == ("DRAFT", {"training_hours": 40}, {})


def test_what_somebody_else_has_done_meanwhile_is_not_overwritten(people: People) -> None:
    row = people.organisation()
    seen = row.entries
    people.go(row, "verify", people.administrator(row.ref))

    with pytest.raises(moves.Overtaken):
        moves.perform(
            row, "suspend", by=people.unit, at=people.at, hand=people.hands[NET], facts={"ground": "OTHER"}, seen=seen
        )

    assert Organisation.objects.get(pk=row.pk).state == "VERIFIED"


def test_a_batch_pushes_each_for_itself_and_says_what_became_of_each(people: People) -> None:
    good = people.organisation()
    suspended = people.organisation(credit_code="52110102MJ0000026R")
    people.go(suspended, "suspend", people.unit, ground="OTHER")

    batch, outcomes = moves.push_batch(
        [good, suspended], [HERE], by=people.bureau, at=people.at, hand=people.hands[NET]
    )
    people.carry()

    assert [outcome.refused and outcome.refused.code for outcome in outcomes] == [None, "state"]  # type: ignore[union-attr]
    assert people.listing(good, HERE).sheet["batch"] == str(batch)
    with pytest.raises(moves.Refused):
        moves.push_batch([good] * 101, [HERE], by=people.bureau, at=people.at, hand=people.hands[NET])


def test_a_suspended_mediator_takes_no_cases_at_any_court_until_resumed(people: People) -> None:
    organisation = people.organisation()
    mediator = people.mediator(organisation)
    people.entered(organisation, HERE)
    people.entered(mediator, HERE)
    on = people.at.date()

    people.go(mediator, "suspend", people.unit, ground="UNDER_REVIEW")
    before = queries.listed_mediators(COURT, HERE, on).count()
    people.carry()
    suspended = queries.listed_mediators(COURT, HERE, on).count()
    people.go(mediator, "resume", people.unit)
    people.carry()

    assert (before, suspended, queries.listed_mediators(COURT, HERE, on).count()) == (1, 0, 1)


def test_who_leaves_one_court_stays_at_the_others_and_who_leaves_all_is_gone(people: People) -> None:
    row = people.organisation()
    people.entered(row, HERE)
    people.entered(row, "沪")
    own = people.administrator(row.ref)

    people.go(row, "leave", own, courts=[HERE], reason="业务调整")
    people.carry()
    first = [people.listing(row, court).status for court in (HERE, "沪")]
    state = row.state
    people.go(row, "leave", own)
    people.carry()

    assert (first, state) == (["EXITED", "LISTED"], "VERIFIED")
    assert [people.listing(row, court, NET).status for court in (HERE, "沪")] == ["EXITED", "EXITED"]
    assert (row.state, Organisation.objects.get(platform=COURT).active) == ("LEFT", False)


def test_what_is_public_follows_once_and_last_however_many_entries_one_move_writes(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = people.organisation()
    for court in (HERE, "沪"):
        people.entered(row, court)
    followed: list[list[str]] = []
    monkeypatch.setattr(publication, "follow", lambda _platform, rows: followed.append([one.aggregate for one in rows]))

    people.go(row, "leave", people.administrator(row.ref))
    people.carry()

    assert followed[:2] == [["organisation"], ["organisation", "listing", "listing"]]


def test_mediators_leave_with_their_organisation(people: People) -> None:
    organisation = people.organisation()
    mediator = people.mediator(organisation)
    people.entered(organisation, HERE)
    people.entered(mediator, HERE)
    own = people.administrator(organisation.ref)

    people.go(organisation, "leave", own, courts=[HERE])
    people.carry()
    first = (people.listing(mediator, HERE).status, Mediator.objects.get(platform=NET).state)
    people.go(organisation, "leave", own)
    people.carry()

    assert first == ("EXITED", "VERIFIED")
    assert set(Mediator.objects.values_list("state", "active")) == {("LEFT", False)}


def test_options_say_what_can_be_done_and_why_not(people: People) -> None:
    row = people.organisation()

    offered = {move.name: why for move, why in moves.options(row, people.administrator(row.ref), people.at)}
    stranger = Actor(Role.ORGANISATION, "x", "elsewhere", NET)

    assert offered["edit"] is None
    assert offered["submit"] is not None
    assert offered["submit"].code == "has_change"
    assert all(why and why.code == "actor" for _move, why in moves.options(row, stranger, people.at))


def test_playing_the_journal_of_a_file_gives_the_row(people: People) -> None:
    organisation = people.organisation(licence_kind="REGISTRATION", licence_issued_on="2016-01-01")
    mediator = people.mediator(organisation, qualifications=["法律职业资格"], licence_expires_on="2030-01-01")
    people.go(mediator, "edit", people.administrator(organisation.ref), changes={"employment": []})

    for row in (Organisation.objects.get(), Mediator.objects.get()):
        played = moves.fold(NET, (event.entry() for event in queries.journal(row)))
        assert moves.differences(row, played) == []
