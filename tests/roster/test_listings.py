"""Listings: confirmed if the conditions are met, refused only if one is not; adoption, recognition, complaints."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from mediation.vocabulary import EntryCondition
from roster import moves, queries
from roster.models import Complaint, ComplaintText, Listing, Mediator, Organisation, Recognition, RosterEvent
from roster.world import conditions
from tests.roster.people import COURT, NET, People, build_courts, new_ref

pytestmark = pytest.mark.django_db
HERE = "沪74"


@pytest.fixture
def people() -> People:
    build_courts()
    return People()


def pushed(people: People, file: Any, court: str = HERE) -> Listing:
    people.go(file, "push", people.bureau if file.aggregate == "organisation" else people.unit, courts=[court])
    people.carry()
    return people.listing(file, court)


def whole() -> None:
    """Assert that every row is the fold of its journal, on both platforms."""
    for table in moves.TABLES.values():
        for row in table._default_manager.all():
            played = moves.fold(row.platform, (event.entry() for event in queries.journal(row)))
            assert moves.differences(row, played) == []


def test_pushed_and_confirmed_with_numbers_that_count_up_by_court_year_and_kind(people: People) -> None:
    first, second = people.organisation(), people.organisation(credit_code="52110102MJ0000026R")
    mediator = people.mediator(first)

    entries = [people.entered(file, HERE) for file in (first, second, mediator)]
    elsewhere = people.entered(first, "沪")

    assert [entry.certificate_number for entry in (*entries, elsewhere)] == [
        "（2026）沪74特邀组织1号",
        "（2026）沪74特邀组织2号",
        "（2026）沪74特邀调解员1号",
        "（2026）沪特邀组织1号",
    ]
    code = people.listing(first, HERE, NET).verification_code
    assert queries.by_verification_code(NET, f" {code.lower()} ") == people.listing(first, HERE, NET)
    assert queries.by_verification_code(NET, "x" * 300 + "\x00") is None
    whole()


def test_neither_side_sees_the_others_change_before_its_envelope_is_applied(people: People) -> None:
    row = people.organisation()
    people.go(row, "push", people.bureau, courts=[HERE])
    unseen = Organisation.objects.filter(platform=COURT).exists() or Listing.objects.exists()
    people.carry()
    people.go(people.listing(row, HERE), "confirm", people.clerk(HERE))

    assert not unseen
    assert people.listing(row, HERE, NET).status == "PUSHED"
    people.carry()
    assert people.listing(row, HERE, NET).status == "LISTED"


@pytest.mark.parametrize("condition", list(EntryCondition))
def test_a_refusal_without_a_really_unmet_condition_is_refused(people: People, condition: EntryCondition) -> None:
    entry = pushed(people, people.organisation())

    with pytest.raises(moves.Refused) as refused:
        people.go(entry, "refuse", people.clerk(HERE), condition=condition.value)

    assert refused.value.code == "fits_unmet"
    assert "N-4.4b" in refused.value.law


def test_an_unmet_condition_lets_the_court_refuse_and_keeps_it_from_confirming(people: People) -> None:
    organisation = people.organisation()
    people.entered(organisation, HERE)
    entry = pushed(people, people.mediator(organisation, training_hours=0))
    found = {condition.code: condition.met for condition in conditions(entry, people.at.date())}

    with pytest.raises(moves.Refused) as refused:
        people.go(entry, "confirm", people.clerk(HERE))
    people.go(entry, "refuse", people.clerk(HERE), condition="TRAINED", reason="未提交培训记录")
    people.carry()

    assert refused.value.code == "fits_conditions"
    assert found[EntryCondition.TRAINED] is False
    assert found[EntryCondition.RECOMMENDED] is True
    assert queries.listings(COURT, HERE, people.at.date()).count() == 1
    assert (entry.status, entry.condition) == ("REFUSED", "TRAINED")
    whole()


def test_a_corrected_file_is_pushed_again_and_confirmed(people: People) -> None:
    organisation = people.organisation()
    people.entered(organisation, HERE)
    mediator = people.mediator(organisation, training_hours=0)
    entry = pushed(people, mediator)
    people.go(entry, "refuse", people.clerk(HERE), condition="TRAINED")
    people.carry()
    own = people.administrator(organisation.ref)
    people.go(mediator, "edit", own, changes={"training_hours": 40})
    people.go(mediator, "submit", own)
    people.go(mediator, "approve", people.unit)

    again = people.entered(mediator, HERE)

    assert (again.ref, again.status, again.condition) == (entry.ref, "LISTED", "")
    whole()


def test_commercial_organisations_need_their_licence_since_may_2026(people: People) -> None:
    entry = pushed(people, people.organisation(kind="COMMERCIAL"))

    def licensed(on: date) -> bool | None:
        return next(found.met for found in conditions(entry, on) if found.code is EntryCondition.LICENSED)

    assert (licensed(date(2026, 4, 30)), licensed(date(2026, 5, 1))) == (True, False)
    people.go(entry, "refuse", people.clerk(HERE), condition="LICENSED")


def test_a_push_taken_back_waits_for_nobody(people: People) -> None:
    row = people.organisation()
    entry = pushed(people, row)

    people.go(row, "withdraw_push", people.bureau, courts=[HERE], reason="推送有误")
    people.carry()

    entry.refresh_from_db()
    assert entry.status == "WITHDRAWN"
    assert not queries.pending_confirmations(COURT, HERE)


def test_whom_a_court_has_listed_is_not_pushed_there_again(people: People) -> None:
    row = people.organisation()
    people.entered(row, HERE)

    with pytest.raises(moves.Refused) as refused:
        people.go(row, "push", people.bureau, courts=[HERE])

    assert refused.value.code == "fits_new_courts"


def test_another_courts_clerk_may_not_confirm(people: People) -> None:
    entry = pushed(people, people.organisation())

    with pytest.raises(moves.Refused) as refused:
        people.go(entry, "confirm", people.clerk("沪01"))

    assert refused.value.code == "actor"


def test_a_certificate_cannot_be_dictated_nor_a_term_end_before_it_begins(people: People) -> None:
    entry = pushed(people, people.organisation())

    with pytest.raises(moves.f.Malformed):
        people.go(entry, "confirm", people.clerk(HERE), certificate_number="（2026）沪74特邀组织9号")
    with pytest.raises(moves.Refused) as refused:
        people.go(entry, "confirm", people.clerk(HERE), expires_on="2026-01-01")

    assert refused.value.code == "fits_term"
    assert entry.entries == 1


def test_a_term_ends_with_its_last_day_in_china_and_may_be_renewed(people: People) -> None:
    entry = people.entered(people.organisation(), HERE)
    hand = people.hands[COURT]
    last_moment, first_moment = datetime(2029, 5, 31, 15, 59, tzinfo=UTC), datetime(2029, 5, 31, 16, 0, tzinfo=UTC)

    early = moves.sweep(COURT, last_moment, hand)
    due = moves.sweep(COURT, first_moment, hand)
    entry.refresh_from_db()
    expired, number = entry.status, entry.certificate_number
    people.at = first_moment
    people.go(entry, "renew", people.clerk(HERE), expires_on="2032-05-31")

    assert (early, due, expired) == (0, 1, "EXPIRED")
    assert (entry.status, entry.certificate_number) == ("LISTED", "（2029）沪74特邀组织1号")
    assert number != entry.certificate_number


def test_a_lower_court_adopts_a_higher_courts_entrant_with_consent_only(people: People) -> None:
    row = people.organisation()
    source = people.entered(row, "沪")
    offered = list(queries.adoptable(COURT, "沪01", people.at.date()))
    entry = moves.listing_of(COURT, "沪01", organisation=row.ref)
    asked = {"court": "沪01", "organisation": str(row.ref), "source": str(source.ref), "expires_on": "2028-01-01"}
    people.go(entry, "ask", people.clerk("沪01"), **asked)
    people.carry()
    question = list(queries.asked_for_consent(NET, "organisation", row.ref))

    people.go(row, "answer_adoption", people.administrator(row.ref), court="沪01", agreed=True)
    people.carry()

    entry.refresh_from_db()
    assert offered == [source]
    assert [one.court for one in question] == ["沪01"]
    assert (entry.status, entry.expires_on) == ("LISTED", date(2028, 1, 1))
    whole()


def test_without_consent_or_a_higher_entry_there_is_no_adoption(people: People) -> None:
    row = people.organisation()
    source = people.entered(row, "沪01")
    with pytest.raises(moves.Refused) as refused:
        people.go(
            moves.listing_of(COURT, HERE, organisation=row.ref), "ask", people.clerk(HERE),
            court=HERE, organisation=str(row.ref), source=str(source.ref),
        )  # fmt: skip
    source = people.entered(row, "沪")
    entry = moves.listing_of(COURT, HERE, organisation=row.ref)
    people.go(entry, "ask", people.clerk(HERE), court=HERE, organisation=str(row.ref), source=str(source.ref))
    people.carry()

    people.go(row, "answer_adoption", people.administrator(row.ref), court=HERE, agreed=False)
    people.carry()

    entry.refresh_from_db()
    assert (refused.value.code, entry.status) == ("fits_higher_entry", "DECLINED")


# Joint recognition.


def test_the_last_of_three_approvals_brings_the_recognised_to_the_courts_where_each_confirms(people: People) -> None:
    row = people.organisation()
    people.entered(row, HERE)
    people.go(row, "nominate", people.bureau, recognition=new_ref(), levels=["HIGH", "INTERMEDIATE", "SPECIAL"])
    people.carry()
    recognition = Recognition.objects.get(platform=COURT)

    people.go(recognition, "approve", people.docketing)
    with pytest.raises(moves.Refused) as twice:
        people.go(recognition, "approve", people.docketing)
    halfway = Listing.objects.filter(platform=COURT).count()
    people.go(recognition, "approve", people.civil2)
    people.carry()

    assert (twice.value.code, halfway) == ("has_not_approved", 1)
    assert {entry.court: entry.status for entry in Listing.objects.filter(platform=NET)} == {
        "沪": "RECOGNISED",
        "沪01": "RECOGNISED",
        HERE: "LISTED",
    }
    assert Recognition.objects.get(platform=NET).state == "SPREAD"
    people.go(people.listing(row, "沪01"), "confirm", people.clerk("沪01"))
    whole()


def test_a_recognition_reaches_many_courts_in_steps_of_a_hundred(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moves, "MOST_AT_ONCE", 1)
    row = people.organisation()
    people.go(row, "nominate", people.bureau, recognition=new_ref(), levels=["HIGH", "INTERMEDIATE", "SPECIAL"])
    people.carry()
    recognition = Recognition.objects.get(platform=COURT)
    people.go(recognition, "approve", people.docketing)
    people.go(recognition, "approve", people.civil2)
    first = Listing.objects.filter(platform=COURT).count()

    steps = 0
    while moves.sweep(COURT, people.at, people.hands[COURT]):
        steps += 1

    recognition.refresh_from_db()
    assert (first, steps, Listing.objects.filter(platform=COURT).count()) == (1, 2, 3)
    assert (recognition.state, recognition.sheet["courts"]) == ("SPREAD", 3)


def test_one_division_can_decline(people: People) -> None:
    row = people.organisation()
    people.go(row, "nominate", people.bureau, recognition=new_ref(), levels=["HIGH"])
    people.carry()
    recognition = Recognition.objects.get(platform=COURT)

    people.go(recognition, "decline", people.civil2, reason="受理范围过窄")
    people.carry()

    assert Recognition.objects.get(platform=NET).reason == "受理范围过窄"
    assert not Listing.objects.exists()


# Complaints.


def complained(people: People, file: Any, ground: str = "LEAKING") -> Complaint:
    row: Complaint = moves.new("complaint", COURT)
    people.go(
        row, "file", people.party, "他把协议告诉了别人", court=HERE, ground=ground, **{file.aggregate: str(file.ref)}
    )
    return row


def test_an_upheld_complaint_removes_in_the_same_act_and_the_unit_is_told(people: People) -> None:
    organisation = people.organisation()
    mediator = people.mediator(organisation)
    people.entered(organisation, HERE)
    people.entered(mediator, HERE)
    complaint = complained(people, mediator)

    people.go(complaint, "decide", people.clerk(HERE), "经查属实", upheld=True, consequence="REMOVAL")
    removed = people.listing(mediator, HERE).status
    people.carry()

    told = Mediator.objects.get(platform=NET).sheet["complaints"][str(complaint.ref)]
    assert removed == "REMOVED"
    assert (told["court"], told["consequence"], told["upheld"]) == (HERE, "REMOVAL", True)
    with pytest.raises(moves.Refused) as refused:
        people.go(mediator, "push", people.unit, courts=[HERE])
    assert refused.value.code == "state" or refused.value.code == "fits_new_courts"
    mediator.refresh_from_db()
    people.go(mediator, "remove", people.unit, complaint=str(complaint.ref))
    people.carry()
    assert Mediator.objects.get(platform=COURT).active is False
    whole()


def test_a_warning_is_noted_on_the_entry_and_an_unfounded_complaint_changes_nothing(people: People) -> None:
    row = people.organisation()
    people.entered(row, HERE)

    warned = complained(people, row)
    people.go(warned, "decide", people.clerk(HERE), "属实", upheld=True, consequence="WARNING")
    unfounded = complained(people, row)
    people.go(unfounded, "decide", people.clerk(HERE), "不属实", upheld=False)
    people.carry()

    entry = people.listing(row, HERE, NET)
    assert (entry.status, entry.sheet["consequences"]) == ("LISTED", {str(warned.ref): "WARNING"})
    with pytest.raises(moves.Refused) as refused:
        people.go(people.listing(row, HERE), "remove", people.clerk(HERE), complaint=str(warned.ref))
    assert refused.value.code == "fits_upheld"


@pytest.mark.parametrize(("upheld", "consequence"), [(True, None), (False, "WARNING")])
def test_a_decision_has_a_consequence_exactly_if_it_is_upheld(
    people: People, upheld: bool, consequence: str | None
) -> None:
    row = people.organisation()
    people.entered(row, HERE)
    complaint = complained(people, row)
    given = {"consequence": consequence} if consequence else {}

    with pytest.raises(moves.Refused) as refused:
        people.go(complaint, "decide", people.clerk(HERE), "理由", upheld=upheld, **given)

    assert refused.value.code == "fits_consequence"


def test_what_was_written_stays_sealed_at_the_court_and_only_its_digest_travels(people: People) -> None:
    row = people.organisation()
    people.entered(row, HERE)
    complaint = complained(people, row)
    people.carry()

    assert moves.text_of(complaint, 1) == "他把协议告诉了别人"
    assert "协议" not in bytes(ComplaintText.objects.get().sealed).decode(errors="ignore")
    told = RosterEvent.objects.get(platform=NET, aggregate="complaint")
    assert "协议" not in str(told.entry())
    assert moves.text_of(Complaint.objects.get(platform=NET), 1) == ""


def test_a_complaint_goes_to_the_court_that_invited_and_only_its_author_takes_it_back(people: People) -> None:
    row = people.organisation()
    with pytest.raises(moves.Refused) as nobody:
        complained(people, row)
    people.entered(row, HERE)
    complaint = complained(people, row)
    other = moves.Actor(people.party.role, new_ref(), "", COURT)

    with pytest.raises(moves.Refused) as stranger:
        people.go(complaint, "withdraw", other)
    people.go(complaint, "withdraw", people.party)

    assert (nobody.value.code, stranger.value.code) == ("fits_entered", "fits_complainant")
    assert complaint.state == "WITHDRAWN"


@pytest.mark.parametrize("text", ["", "  ", "长" * 20_001])
def test_a_complaint_says_something_of_bearable_length(people: People, text: str) -> None:
    row = people.organisation()
    people.entered(row, HERE)

    with pytest.raises(moves.f.Malformed):
        people.go(
            moves.new("complaint", COURT), "file", people.party, text,
            court=HERE, ground="OTHER", organisation=str(row.ref),
        )  # fmt: skip

    assert not Complaint.objects.exists()


# What came before the journals.


def test_rows_loaded_bare_get_a_journal_once_and_the_other_copy_gives_way_to_it(people: People) -> None:
    ref, entry = new_ref(), new_ref()
    for platform in (COURT, NET):
        Organisation.objects.create(
            platform=platform, ref=ref, name="旧组织", kind="INDUSTRY", credit_code="", phone="1"
        )
        Listing.objects.create(
            platform=platform, ref=entry, court=HERE, organisation=ref, status="LISTED", listed_on=date(2026, 1, 1),
            certificate_number="（2026）沪74特邀组织7号",
        )  # fmt: skip
    Organisation.objects.filter(platform=COURT).update(phone="2")

    begun = [len(people.open_books(platform)) for platform in (NET, COURT)]
    again = [len(people.open_books(platform)) for platform in (NET, COURT)]
    people.carry()

    assert (begun, again) == ([1, 1], [0, 0])
    assert set(Organisation.objects.values_list("phone", "entries")) == {("1", 1)}
    assert people.entered(people.organisation(), HERE).certificate_number == "（2026）沪74特邀组织8号"
    whole()
