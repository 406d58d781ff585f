"""What follows an agreement: its rest split off, its instalments, one filed at court; and refusing by objecting."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from mediation import moves
from mediation.facts import Malformed
from mediation.models import (
    Announcement,
    Appointment,
    Case,
    CaseEvent,
    Claim,
    Clock,
    Delivery,
    Document,
    Enclosure,
    Party,
)
from mediation.moves import Enclosed
from mediation.vocabulary import ClockKind, EnclosureKind, Role, State, Track
from mediation.workdays import ZONE, add_months, local_day
from roster.models import Account
from tests.mediation.stories import (
    COURT,
    DIGEST,
    LAST_DUE,
    NET,
    Actor,
    Story,
    World,
    assert_whole,
    document,
    enclosed,
    new_ref,
    refusal,
    walk,
)

REST = "请求赔偿佣金和印花税。"


def partly_settled(world: World, track: Track) -> Story:
    """Return a story whose parties have signed an agreement on part of the dispute."""
    story = walk(world, State.MEDIATING, track)
    story.propose(full=False)
    story.sign()
    return story


def split(story: Story, **facts: Any) -> str:
    """Have the mediator split off the rest, carry it, and return the linked case's reference."""
    rest = enclosed(EnclosureKind.REASON, REST)
    story.go("split", story.world.lead, rest, ground="WIDE_DIFFERENCES", amount=2_000, **facts)
    linked = str(story.case.sheet["linked"][-1])
    story.ref, first = linked, story.ref  # type: ignore[assignment]
    story.wire()
    story.ref = first
    return linked


def obligation(story: Story, amount: int, due_on: str, **changes: Any) -> dict[str, Any]:
    """Return a payment the respondent owes the applicant."""
    owed = {"payer": story.respondent, "payee": story.applicant, "kind": "PAYMENT"}
    return {"ref": new_ref(), **owed, "amount": amount, "due_on": due_on, **changes}


def settled_by_instalments(world: World, track: Track = Track.DELEGATED) -> tuple[Story, list[dict[str, Any]]]:
    """Return a story settled and complete, with two instalments to pay."""
    story = walk(world, State.SETTLED, track)
    owed = [obligation(story, 6_000, "2024-05-31"), obligation(story, 4_000, "2024-12-31")]
    story.go("sign", world.lead, digest=DIGEST, obligations=owed)
    story.seal()
    return story, owed


def pay(story: Story, owed: dict[str, Any]) -> None:
    """Have the payer report one obligation met, with a proof."""
    proof = document("回单.pdf", "PAYMENT")
    payer = story.party(owed["payer"])
    story.go("report_performance", payer, proof, party=owed["payer"], obligation=owed["ref"])


def answer(story: Story, owed: dict[str, Any], *, received: bool = True) -> None:
    """Have the payee say whether it was received."""
    payee = story.party(owed["payee"])
    story.go("answer_performance", payee, party=owed["payee"], obligation=owed["ref"], received=received)


# The rest of a partial agreement.


@pytest.mark.parametrize(
    ("track", "state", "clock"),
    [
        (Track.DELEGATED, State.HANDED_BACK, "DOCKET"),
        (Track.ENTRUSTED, State.HANDED_BACK, "RESUME"),
        (Track.DIRECT, State.UNSETTLED, "TRANSFER"),
    ],
    ids=str,
)
def test_rest_of_a_partial_agreement_becomes_a_linked_case(
    world: World, track: Track, state: State, clock: str
) -> None:
    story = partly_settled(world, track)

    linked = split(story)

    copies = list(Case.objects.filter(ref=linked))
    first = story.case
    assert {case.state for case in copies} == {state}
    assert {case.platform for case in copies} == ({NET} if state is State.UNSETTLED else {COURT, NET})
    for case in copies:
        assert_whole(case)
        assert list(case.sheet["clocks"]) == [clock]
        assert case.sheet["origin"] == str(story.ref)
        assert (case.court, case.cause, case.filed_at) == (first.court, first.cause, first.filed_at)
        assert case.amount == 2_000
        assert case.sheet["parties"] == first.sheet["parties"]
        assert set(Party.objects.filter(case=case).values_list("name", flat=True)) == {"张三", "华信证券股份有限公司"}
        told = Enclosure.objects.get(case=case, kind=EnclosureKind.NARRATIVE)
        assert told.content() == {"text": REST}
    assert len({case.head for case in copies}) == 1
    assert Appointment.objects.filter(case__ref=linked, mediator=world.mediator, platform=NET).exists()


def test_rest_of_an_entrusted_case_quotes_its_docket_number(world: World) -> None:
    story = partly_settled(world, Track.ENTRUSTED)

    linked = split(story)

    rest = Case.objects.get(platform=COURT, ref=linked)
    assert rest.number == story.case.number != ""
    moves.perform(rest, "resume_trial", by=world.clerk, at=story.at + timedelta(hours=1))
    assert rest.state == State.TRIAL_RESUMED


def test_rest_of_a_delegated_case_is_docketed_under_a_number_of_its_own(world: World) -> None:
    story = partly_settled(world, Track.DELEGATED)

    linked = split(story)

    rest = Case.objects.get(platform=COURT, ref=linked)
    assert rest.number == ""
    moves.perform(rest, "docket", by=world.clerk, at=story.at + timedelta(hours=1))
    assert (rest.state, "民初" in rest.number) == (State.DOCKETED, True)


def test_papers_open_to_all_and_agents_go_along_with_the_rest(world: World) -> None:
    story = walk(world, State.MEDIATING, Track.DELEGATED)
    agent = new_ref()
    particulars = Enclosed(EnclosureKind.AGENT, {"name": "李律师"}, about=agent)
    story.go(
        "appoint_agent",
        story.party(story.applicant),
        particulars,
        document("委托书.pdf", "AUTHORITY"),
        party=story.applicant,
        agent=agent,
        power="SPECIAL",
    )
    story.propose(full=False)
    story.sign()

    linked = split(story)

    rest = Case.objects.get(platform=COURT, ref=linked)
    assert rest.sheet["agents"] == {agent: {"for": {story.applicant: "SPECIAL"}}}
    assert list(Document.objects.filter(case=rest).values_list("name", flat=True)) == ["委托书.pdf"]
    assert Party.objects.get(case=rest, ref=agent).name == "李律师"


@pytest.mark.parametrize("track", [Track.DELEGATED, Track.DIRECT])
def test_who_acts_as_a_party_by_claim_alone_finds_the_linked_case_too(world: World, track: Track) -> None:
    story = partly_settled(world, track)
    platforms = [COURT, NET] if track is Track.DELEGATED else [NET]
    accounts = [Account.objects.create_user(f"claimant-{platform}", name="张三") for platform in platforms]
    for platform, account in zip(platforms, accounts, strict=True):
        Claim.objects.create(case=story.copy(platform), party=story.applicant, account=account, claimed_at=story.at)

    linked = split(story)

    held = Claim.objects.filter(case__ref=linked).order_by("case__platform")
    assert [(one.case.platform, str(one.party), one.account) for one in held] == [
        (platform, story.applicant, account) for platform, account in zip(platforms, accounts, strict=True)
    ]


def test_claim_of_an_agent_whom_nobody_appoints_any_more_does_not_go_along(world: World) -> None:
    story = walk(world, State.MEDIATING, Track.DIRECT)
    agents = [new_ref(), new_ref()]
    applicant = story.party(story.applicant)
    for ref in agents:
        paper = document("委托书.pdf", "AUTHORITY")
        story.go("appoint_agent", applicant, paper, party=story.applicant, agent=ref, power="SPECIAL")
        account = Account.objects.create_user(f"agent-{ref[:8]}", name="李律师")
        Claim.objects.create(case=story.case, party=ref, account=account, claimed_at=story.at)
    story.go("dismiss_agent", applicant, party=story.applicant, agent=agents[0])
    story.propose(full=False)
    story.sign()

    linked = split(story)

    assert [str(one.party) for one in Claim.objects.filter(case__ref=linked)] == [agents[1]]


def test_organisation_splits_off_for_a_mediator_who_does_not(world: World) -> None:
    story = partly_settled(world, Track.ENTRUSTED)
    rest = enclosed(EnclosureKind.REASON, REST)

    story.go("split", world.desk, rest, ground="WIDE_DIFFERENCES")
    story.go("refuse_seal", world.desk, enclosed(EnclosureKind.REASON, "调解员未签名。"))

    assert story.state is State.AGREEMENT_RETURNED
    assert Case.objects.filter(platform=NET, sheet__origin=str(story.ref)).count() == 1


@pytest.mark.parametrize(
    ("track", "state"), [(Track.DELEGATED, State.HANDED_BACK), (Track.DIRECT, State.UNSETTLED)], ids=str
)
def test_platform_splits_off_before_it_closes_a_case_nobody_took_further(
    world: World, track: Track, state: State
) -> None:
    story = partly_settled(world, track)

    story.close_agreed()

    assert story.state is State.CLOSED
    assert_whole(story.case)
    entries = list(story.case.events.order_by("number"))[-2:]
    assert [(one.move, one.by["role"]) for one in entries] == [("split", "PLATFORM"), ("close_agreed", "CLOCK")]
    rest = Case.objects.get(platform=NET, sheet__origin=str(story.ref))
    assert (rest.state, str(rest.ref)) == (state, story.case.sheet["linked"][0])
    told = Enclosure.objects.get(case=rest, kind=EnclosureKind.NARRATIVE)
    assert "由平台分立" in told.content()["text"]
    story.ref = rest.ref
    story.wire()
    assert not Delivery.objects.filter(state=Delivery.WAITING).exists()
    for case in Case.objects.filter(ref=rest.ref):
        assert_whole(case)


def test_rest_once_split_off_is_not_asked_for_again_after_another_mediation(world: World) -> None:
    story = partly_settled(world, Track.DELEGATED)
    split(story)
    story.seek_confirmation()
    story.refuse_confirmation()
    story.each("remediate")

    story.propose(full=False)
    story.sign()
    story.complete()

    assert story.state is State.SETTLED
    assert story.case.sheet["linked"] == [story.case.sheet["agreement"]["split"]]


def test_partial_agreement_is_not_completed_while_its_rest_is_nowhere(world: World) -> None:
    story = partly_settled(world, Track.ENTRUSTED)

    refused = refusal(lambda: story.go("sign", world.lead, digest=DIGEST))
    sealing = refusal(lambda: story.go("refuse_seal", world.desk, enclosed(EnclosureKind.REASON)))
    performing = refusal(lambda: story.go("perform", story.party(story.applicant), party=story.applicant))
    split(story)
    story.complete()

    assert [refused.code, sealing.code, performing.code] == ["can_leave_rest"] * 3
    assert story.state is State.AGREEMENT_RETURNED


def test_rest_is_split_off_once_and_repeating_the_request_opens_no_second_case(world: World) -> None:
    story = partly_settled(world, Track.DIRECT)
    stated: dict[str, Any] = {"ground": "OTHER"}
    rest = [enclosed(EnclosureKind.REASON, REST)]

    written = [
        moves.perform(story.case, "split", by=world.lead, at=story.at, facts=stated, enclosures=rest, key="once")
        for _ in range(2)
    ]
    again = refusal(lambda: story.go("split", world.lead, *rest, **stated))

    assert written[0] == written[1]
    assert again.code == "can_split"
    assert Case.objects.exclude(ref=story.ref).count() == 1


def test_nobody_chooses_the_reference_of_the_linked_case(world: World) -> None:
    story = partly_settled(world, Track.DIRECT)

    linked = split(story, linked=str(story.ref))

    assert linked != str(story.ref)


def test_whole_agreement_has_nothing_to_split_off(world: World) -> None:
    story = walk(world, State.SETTLED)

    refused = refusal(
        lambda: story.go("split", world.lead, enclosed(EnclosureKind.REASON, REST), ground="WIDE_DIFFERENCES")
    )

    assert refused.code == "can_split"


def test_peer_takes_no_split_that_names_no_case(world: World) -> None:
    story = partly_settled(world, Track.DELEGATED)
    story.wired = False
    rest = enclosed(EnclosureKind.REASON, REST)
    story.go("split", world.lead, rest, ground="WIDE_DIFFERENCES")
    event = CaseEvent.objects.filter(case=story.case).latest("number")
    event.facts = {"ground": "WIDE_DIFFERENCES"}
    entry = event.entry()
    forged = {**entry, "hash": moves.chain.entry_hash(event.body(), event.algorithm)}

    with pytest.raises(moves.Illegal):
        moves.replay(COURT, forged, [], at=story.at)


# Instalments.


@pytest.mark.parametrize("track", [Track.DELEGATED, Track.ENTRUSTED, Track.DIRECT])
def test_last_instalment_confirmed_by_its_payee_closes_the_case(world: World, track: Track) -> None:
    story, owed = settled_by_instalments(world, track)

    for one in owed:
        pay(story, one)
        assert story.state is not State.PERFORMED
        answer(story, one)

    assert story.state is State.PERFORMED
    assert_whole(story.case)


def test_payer_reports_only_its_own_and_with_a_proof_of_payment(world: World) -> None:
    story, owed = settled_by_instalments(world)
    stated = {"party": story.respondent, "obligation": owed[0]["ref"]}

    with pytest.raises(Malformed):
        story.go("report_performance", story.party(story.respondent), document("合同.pdf"), **stated)
    wrong = refusal(
        lambda: story.go(
            "report_performance",
            story.party(story.applicant),
            document("回单.pdf", "PAYMENT"),
            party=story.applicant,
            obligation=owed[0]["ref"],
        )
    )

    assert wrong.code == "can_report_performance"


def test_payee_may_say_that_nothing_arrived_and_the_payer_report_again(world: World) -> None:
    story, owed = settled_by_instalments(world)
    pay(story, owed[0])

    again = refusal(lambda: pay(story, owed[0]))
    answer(story, owed[0], received=False)
    pay(story, owed[0])
    answer(story, owed[0])

    held = story.case.sheet["agreement"]["obligations"]
    assert again.code == "fits_owed_by_party"
    assert [bool(one["met_at"]) for one in held] == [True, False]
    assert story.state is State.SETTLED


def test_nothing_unreported_can_be_denied_but_it_can_be_acknowledged(world: World) -> None:
    story, owed = settled_by_instalments(world)

    denied = refusal(lambda: answer(story, owed[0], received=False))
    answer(story, owed[0])

    assert denied.code == "fits_owed_to_party"


def test_obligations_are_staff_matters_between_two_parties_with_an_amount(world: World) -> None:
    story = walk(world, State.SETTLED)
    fine = obligation(story, 100, "2024-05-31")
    wrong = [
        [{**fine, "payee": story.respondent}],
        [{**fine, "payer": new_ref()}],
        [{key: value for key, value in fine.items() if key != "amount"}],
        [fine, fine],
    ]

    codes = {
        refusal(lambda owed=owed: story.go("sign", world.lead, digest=DIGEST, obligations=owed)).code for owed in wrong
    }
    signing = walk(world, State.SIGNING)
    by = signing.party(signing.applicant)
    stated = {"digest": DIGEST, "obligations": [obligation(signing, 100, "2024-05-31")]}

    assert codes == {"fits_obligations"}
    assert refusal(lambda: signing.go("sign", by, party=signing.applicant, **stated)).code == "fits_due_from_staff"


def test_last_day_is_never_before_an_instalment_that_is_listed(world: World) -> None:
    story = walk(world, State.SETTLED)
    owed = [obligation(story, 6_000, "2024-05-31"), obligation(story, 4_000, "2024-12-31")]
    story.go("sign", world.lead, digest=DIGEST, obligations=owed)

    story.seal(last_due="2024-04-30")

    assert story.case.sheet["agreement"]["last_due"] == "2024-12-31"


def test_nothing_is_due_later_than_a_lifetime_of_instalments(world: World) -> None:
    story = walk(world, State.SETTLED)
    latest = add_months(local_day(story.at), 360)
    late = (latest + timedelta(days=2)).isoformat()

    codes = {
        refusal(lambda facts=facts: story.go("sign", world.lead, digest=DIGEST, **facts)).code
        for facts in ({"last_due": late}, {"obligations": [obligation(story, 100, late)]})
    }
    story.go("sign", world.lead, digest=DIGEST, last_due=latest.isoformat())

    assert codes == {"fits_foreseeable_due"}


def test_agent_without_special_authority_denies_a_payment_but_acknowledges_none(world: World) -> None:
    story, owed = settled_by_instalments(world)
    general = agent_of(story, "GENERAL")
    pay(story, owed[0])
    stated = {"party": story.applicant, "obligation": owed[0]["ref"]}

    acknowledging = refusal(lambda: story.go("answer_performance", general, **stated, received=True))
    closing = refusal(lambda: story.go("perform", general, party=story.applicant))
    story.go("answer_performance", general, **stated, received=False)

    assert (acknowledging.code, acknowledging.law) == ("fits_power_to_acquit", ("CPL-62",))
    assert closing.code == "can_dispose"
    assert not story.case.sheet["agreement"]["obligations"][0]["reported_at"]


def test_agent_with_special_authority_acknowledges_a_payment(world: World) -> None:
    story, owed = settled_by_instalments(world)
    special = agent_of(story, "SPECIAL")
    pay(story, owed[0])

    story.go("answer_performance", special, party=story.applicant, obligation=owed[0]["ref"], received=True)

    assert story.case.sheet["agreement"]["obligations"][0]["met_at"]


def test_days_for_confirmation_that_are_over_do_not_come_back_from_a_court(world: World) -> None:
    story, _owed = settled_by_instalments(world)
    story.seek_confirmation()
    story.go("withdraw_confirmation", story.party(story.applicant), party=story.applicant)
    story.go("withdraw_confirmation", story.party(story.respondent), party=story.respondent)
    story.close_agreed()
    over = "days_left" not in story.case.sheet

    story.each("seek_decree", court="沪74")
    story.go("send_back", Actor(Role.PLATFORM, COURT, COURT, COURT), ground="WRONG_COURT")

    assert over
    assert "days_left" not in story.case.sheet
    assert datetime.fromisoformat(story.case.sheet["clocks"]["CONFIRM"]["due"]) < story.at


def test_days_left_when_a_decree_is_asked_for_are_left_when_the_court_sends_the_case_back(world: World) -> None:
    story, _owed = settled_by_instalments(world)
    story.at += timedelta(days=10)
    story.each("seek_decree", court="沪74")
    held = story.case.sheet["days_left"]
    story.at += timedelta(days=40)

    story.go("send_back", Actor(Role.PLATFORM, COURT, COURT, COURT), ground="WRONG_COURT")

    due = datetime.fromisoformat(story.case.sheet["clocks"]["CONFIRM"]["due"])
    assert 0 < held < 30
    assert local_day(due) >= local_day(story.at) + timedelta(days=held)


def test_while_the_end_of_a_period_is_held_no_move_is_offered_and_each_says_why(world: World) -> None:
    story, _owed = settled_by_instalments(world)
    Announcement.objects.create(platform=NET, tells=True, heard_at=story.at)
    due = datetime.fromisoformat(story.case.sheet["clocks"]["CONFIRM"]["due"])
    by = story.party(story.applicant)

    before = [why for _move, why in moves.options(story.copy(NET), by, due)]
    after = [why for _move, why in moves.options(story.copy(NET), by, due + timedelta(seconds=1))]

    assert None in before
    assert {why.code for why in after if why} == {"held"}
    assert None not in after


def test_two_years_for_enforcement_count_from_the_last_instalment(world: World) -> None:
    story, _owed = settled_by_instalments(world)
    story.seek_confirmation()
    story.accept_confirmation()
    story.confirm()

    clock = Clock.objects.get(case=story.case, kind=ClockKind.ENFORCE, state=Clock.RUNNING)

    assert clock.since.astimezone(ZONE).date() == LAST_DUE.date()
    assert clock.due_at.year == LAST_DUE.year + 2


def test_overdue_instalment_can_be_enforced_before_the_last_is_due(world: World) -> None:
    story, _owed = settled_by_instalments(world)
    story.seek_confirmation()
    story.accept_confirmation()
    story.confirm()
    by = story.party(story.applicant)

    early = refusal(lambda: story.go("enforce", by, party=story.applicant))
    story.at = datetime.fromisoformat("2024-06-03T10:00:00+08:00")
    story.go("enforce", by, party=story.applicant)

    assert early.code == "can_enforce_yet"
    assert story.state is State.ENFORCEMENT


def test_open_instalments_keep_a_settled_case_open_until_a_month_after_the_last(world: World) -> None:
    story, owed = settled_by_instalments(world)

    story.close_agreed()

    assert story.state is State.SETTLED
    assert list(story.case.sheet["clocks"]) == ["PERFORM"]
    assert_whole(story.case)
    pay(story, owed[0])
    answer(story, owed[0])
    story.sweep(datetime.fromisoformat("2025-02-10T00:00:00+08:00"))
    assert story.state is State.CLOSED
    assert_whole(story.case)


# Refusing by objecting.


def replaced(world: World, track: Track = Track.DELEGATED) -> Story:
    """Return a story in which the applicant has objected once and the organisation has designated another mediator."""
    story = walk(world, State.ACCEPTED, track)
    story.go("appoint_mediator", world.desk, mediators=[world.mediator], lead=world.mediator)
    object_to(story, world.mediator)
    story.go("decide_recusal", world.desk, enclosed(EnclosureKind.REASON), upheld=True)
    story.go("appoint_mediator", world.desk, mediators=[world.second], lead=world.second)
    return story


def object_to(story: Story, mediator: str, party: str = "", **facts: Any) -> None:
    """Have a party object to a mediator."""
    by = party or story.applicant
    story.go("object", story.party(by), enclosed(EnclosureKind.REASON), party=by, mediator=mediator, **facts)


def agent_of(story: Story, power: str) -> Actor:
    """Return an agent whom the applicant has just appointed."""
    agent, paper = new_ref(), document("委托书.pdf", "AUTHORITY")
    by = story.party(story.applicant)
    story.go("appoint_agent", by, paper, party=story.applicant, agent=agent, power=power)
    return Actor(Role.AGENT, agent, "", story.owner)


@pytest.mark.parametrize(
    ("track", "state"),
    [
        (Track.DELEGATED, State.HANDED_BACK),
        (Track.ENTRUSTED, State.HANDED_BACK),
        (Track.DIRECT, State.UNSETTLED),
    ],
    ids=str,
)
def test_second_objection_of_one_party_without_choosing_is_refusal(world: World, track: Track, state: State) -> None:
    story = replaced(world, track)

    object_to(story, world.second)

    assert story.state is state
    assert story.case.sheet["ground"] == "UNWILLING"
    assert_whole(story.case)


def test_objection_is_no_refusal_while_the_mediator_first_objected_to_serves_still(world: World) -> None:
    same, other_lead = walk(world, State.ACCEPTED), walk(world, State.ACCEPTED)
    both = [world.mediator, world.second]
    same.go("appoint_mediator", world.desk, mediators=[world.mediator], lead=world.mediator)
    other_lead.go("appoint_mediator", world.desk, mediators=both, lead=world.mediator)
    for story in (same, other_lead):
        object_to(story, world.mediator)

    same.go("appoint_mediator", world.desk, mediators=[world.mediator], lead=world.mediator)
    object_to(same, world.mediator)
    other_lead.go("appoint_mediator", world.desk, mediators=both, lead=world.second)
    object_to(other_lead, world.second)

    assert {same.state, other_lead.state} == {State.ACCEPTED}


def test_objection_uses_up_no_turn_of_a_party_on_the_same_side(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    joined = new_ref()
    parties = [*story.parties(), {**story.parties()[0], "ref": joined}]
    people = [Enclosed(EnclosureKind.PARTY, {"name": "李四"}, about=party["ref"]) for party in parties]
    story.go("amend_parties", lead(story), *people, parties=parties)
    object_to(story, world.mediator)
    story.go("appoint_mediator", world.desk, mediators=[world.second], lead=world.second)

    object_to(story, world.second, joined)

    assert story.state is State.ACCEPTED


def lead(story: Story) -> Actor:
    """Return the mediator whom the organisation has just appointed."""
    world = story.world
    story.go("appoint_mediator", world.desk, mediators=[world.mediator], lead=world.mediator)
    return world.lead


def test_objection_of_the_other_side_is_its_first(world: World) -> None:
    story = replaced(world)

    object_to(story, world.second, story.respondent)

    assert story.state is State.ACCEPTED


def test_ground_of_recusal_or_a_choice_of_another_is_no_refusal(world: World) -> None:
    related, choosing = replaced(world), replaced(world)

    object_to(related, world.second, ground="RELATIVE")
    object_to(choosing, world.second, prefers=world.mediator)

    assert {related.state, choosing.state} == {State.ACCEPTED}


def test_two_mediators_of_one_designation_may_both_be_objected_to(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    story.go("appoint_mediator", world.desk, mediators=[world.mediator, world.second], lead=world.mediator)

    object_to(story, world.mediator)
    object_to(story, world.second)

    assert story.state is State.ACCEPTED


def test_institution_that_refuses_by_objecting_is_flagged(world: World) -> None:
    story = walk(world, State.ACCEPTED, institution="SECURITIES")
    for mediator in (world.mediator, world.second):
        story.go("appoint_mediator", world.desk, mediators=[mediator], lead=mediator)
        object_to(story, mediator, story.respondent)

    assert story.case.sheet["breach"] == story.respondent


# An agreement reached off line, filed at the court.


@pytest.mark.parametrize("role", [Role.PARTY, Role.CLERK])
def test_court_asks_the_organisation_to_prove_an_agreement_filed_with_it(world: World, role: Role) -> None:
    story = Story(world, Track.OFFLINE)

    story.file_offline(world.clerk if role is Role.CLERK else None)
    asked = story.state
    story.prove_offline(obligations=[obligation(story, 100, "2024-05-31")])

    assert asked is State.PROOF_SOUGHT
    assert story.state is State.SETTLED
    assert story.case.sheet["agreement"]["last_due"] == "2024-05-31"
    assert Appointment.objects.filter(case=story.case, mediator=world.mediator).exists()
    story.each("seek_confirmation", court="沪74")
    story.accept_confirmation()
    story.confirm()
    assert story.state is State.CONFIRMED
    for platform in (COURT, NET):
        assert_whole(story.copy(platform))
    assert story.copy(COURT).head == story.copy(NET).head


def test_days_for_confirmation_rest_while_the_organisation_is_asked(world: World) -> None:
    story = Story(world, Track.OFFLINE)
    story.file_offline(days_ago=28)
    held = story.case.sheet["days_left"]

    story.at += timedelta(days=3)
    story.prove_offline()

    due = datetime.fromisoformat(story.case.sheet["clocks"]["CONFIRM"]["due"])
    assert held >= 2
    assert due > story.at + timedelta(days=held - 1)


def test_agreement_filed_after_the_thirty_days_gains_none(world: World) -> None:
    story = Story(world, Track.OFFLINE)
    story.file_offline(days_ago=60)

    story.prove_offline()
    story.sweep(story.at + timedelta(hours=1))

    assert "days_left" not in story.case.sheet
    assert story.state is State.CLOSED


def test_organisation_that_denies_or_stays_silent_returns_the_application(world: World) -> None:
    denied, silent = Story(world, Track.OFFLINE), Story(world, Track.OFFLINE)
    denied.file_offline()
    silent.file_offline()

    denied.disown_offline()
    silent.sweep(silent.at + timedelta(days=14))

    assert {denied.state, silent.state} == {State.RETURNED}
    assert denied.case.sheet["ground"] == "NOT_OURS"
    assert silent.case.sheet["ground"] == "SILENT"


def test_same_agreement_is_not_filed_twice_while_its_case_is_open(world: World) -> None:
    story = Story(world, Track.OFFLINE)
    story.file_offline()
    again = Story(world, Track.OFFLINE, applicant=story.applicant, respondent=story.respondent, at=story.at)

    at_court = refusal(again.file_offline)
    at_organisation = refusal(again.record_offline)
    story.disown_offline()
    again.file_offline()

    assert [at_court.code, at_organisation.code] == ["fits_new_scan"] * 2
    assert again.state is State.PROOF_SOUGHT


def test_day_named_by_who_files_gives_way_to_what_the_organisation_lists(world: World) -> None:
    story = Story(world, Track.OFFLINE)
    too_far = refusal(lambda: story.file_offline(last_due="2199-12-31"))
    story.file_offline(last_due="2050-12-31")

    story.prove_offline(obligations=[obligation(story, 100, "2024-05-31")])

    assert too_far.code == "fits_foreseeable_due"
    assert story.case.sheet["agreement"]["last_due"] == "2024-05-31"


def test_agreement_itself_must_be_among_what_is_filed(world: World) -> None:
    story = Story(world, Track.OFFLINE)
    by = Actor(Role.PARTY, story.applicant, "", COURT)
    stated = {
        "court": "沪74",
        "organisation": world.organisation,
        "cause": "BROKERAGE",
        "source": "OFFLINE",
        "parties": story.parties(),
        "consents": ["SENSITIVE_DATA", "DATA_SHARING"],
        "effective_on": "2024-03-01",
        "digest": DIGEST,
    }

    with pytest.raises(Malformed) as wrong:
        story.open(COURT, "file_offline", by, stated, *story.particulars(), document("合同.pdf"))
    unshared = refusal(
        lambda: story.open(
            COURT,
            "file_offline",
            by,
            {**stated, "consents": ["MEDIATION"]},
            *story.particulars(),
            document("协议.pdf", "AGREEMENT"),
        )
    )

    assert wrong.value.field == "documents"
    assert unshared.code == "fits_sharing_consents"
    assert not Case.objects.exists()
