"""What people do one by one, and what nobody may do for them."""

from __future__ import annotations

import pytest

from mediation import moves
from mediation.actor import Actor
from mediation.facts import Malformed
from mediation.lifecycle import MOVES
from mediation.vocabulary import EnclosureKind, Role, State, Track
from tests.mediation.stories import (
    AGREEMENT,
    COURT,
    COURT_CODE,
    DIGEST,
    NET,
    Story,
    World,
    assert_whole,
    document,
    enclosed,
    new_ref,
    refusal,
    walk,
)


def last_moves(story: Story, count: int) -> list[tuple[str, str]]:
    """Return the newest entries as (move, state after it), oldest first."""
    return [(event.move, event.state) for event in reversed(story.case.events.order_by("-number")[:count])]


def agent_of(story: Story, ref: str, power: str) -> Actor:
    """Return an agent whom a party has just appointed."""
    agent = new_ref()
    story.go("appoint_agent", story.party(ref), document("授权委托书.pdf"), party=ref, agent=agent, power=power)
    return Actor(Role.AGENT, agent, "", story.owner)


def test_each_signature_is_an_entry_and_the_last_one_settles(world: World) -> None:
    story = walk(world, State.SIGNING)

    story.sign()

    assert last_moves(story, 2) == [("sign", "SIGNING"), ("sign", "SETTLED")]
    assert story.case.effective_at == story.at


def test_each_yes_to_a_joint_application_is_an_entry_and_the_last_one_submits(world: World) -> None:
    story = walk(world, State.SETTLED)

    story.seek_confirmation()

    assert last_moves(story, 3) == [
        ("seek_confirmation", "SETTLED"),
        ("seek_confirmation", "CONFIRMATION_SOUGHT"),
        ("receive", "CONFIRMATION_SOUGHT"),
    ]


def test_each_consent_is_an_entry_and_the_last_one_makes_the_case_ready(world: World) -> None:
    story = walk(world, State.CONSULTING)

    story.go("consent", world.clerk, party=story.respondent, stage="ONLINE", channel="PHONE")
    waiting = story.state
    story.agree()

    assert waiting is State.CONSULTING
    assert last_moves(story, 2) == [("consent", "CONSULTING"), ("consent", "READY")]


def test_a_consent_that_stands_is_not_given_again_and_one_taken_back_may_be(world: World) -> None:
    story = walk(world, State.CONSULTING)
    answer = {"party": story.respondent, "stage": "ONLINE", "channel": "PHONE"}
    own = story.party(story.respondent)
    story.go("consent", own, **answer)

    twice = [refusal(lambda by=by: story.go("consent", by, **answer)).code for by in (own, world.clerk)]
    story.go("withdraw_consent", own, party=story.respondent, stage="ONLINE")
    story.go("consent", own, **answer)

    assert twice == ["fits_new_consent"] * 2
    assert [move for move, _state in last_moves(story, 3)] == ["consent", "withdraw_consent", "consent"]
    assert story.case.sheet["consents"]["ONLINE"][story.respondent] == "YES"
    assert_whole(story.case)


def test_open_proposal_expires_when_the_state_changes(world: World) -> None:
    story = walk(world, State.MEDIATING)
    until = "2024-06-28"
    story.go("extend", story.party(story.applicant), party=story.applicant, until=until)

    story.propose()
    story.go("extend", story.party(story.respondent), party=story.respondent, until=until)

    assert list(story.case.sheet["proposals"]["extend"]["yes"]) == [story.respondent]
    assert "extended" not in story.case.sheet


def test_different_terms_start_a_proposal_anew(world: World) -> None:
    story = walk(world, State.SETTLED, Track.DIRECT)
    story.complete()

    story.go("seek_confirmation", story.party(story.applicant), party=story.applicant, court=COURT_CODE)
    story.go("seek_confirmation", story.party(story.respondent), party=story.respondent, court="京74")
    apart = story.state
    story.go("seek_confirmation", story.party(story.applicant), party=story.applicant, court="京74")

    assert apart is State.SETTLED
    assert (story.state, story.case.court) == (State.CONFIRMATION_SOUGHT, "京74")


def test_delegated_case_is_confirmed_by_the_court_that_delegated_it_only(world: World) -> None:
    story = walk(world, State.SETTLED)
    story.complete()

    refused = refusal(
        lambda: story.go("seek_confirmation", story.party(story.applicant), party=story.applicant, court="京74")
    )

    assert refused.code == "fits_competent_court"


def test_complete_agreement_of_an_entrusted_case_goes_to_the_court_by_itself(world: World) -> None:
    story = walk(world, State.SETTLED, Track.ENTRUSTED)

    story.complete()

    assert story.case.platform == COURT
    assert last_moves(story, 3) == [
        ("sign", "SETTLED"),
        ("return_agreement", "AGREEMENT_RETURNED"),
        ("receive", "AGREEMENT_RETURNED"),
    ]
    assert set(story.case.sheet["clocks"]) == {"DECIDE"}


@pytest.mark.parametrize(
    ("track", "after"),
    [(Track.DELEGATED, State.HANDED_BACK), (Track.ENTRUSTED, State.HANDED_BACK), (Track.DIRECT, State.UNSETTLED)],
)
def test_failed_mediation_goes_where_its_track_says(world: World, track: Track, after: State) -> None:
    story = walk(world, State.MEDIATING, track)

    story.conclude()

    assert story.state is after


WITHDRAWALS = [
    (Track.DELEGATED, State.FILED, State.WITHDRAWN),
    (Track.DELEGATED, State.CONSULTING, State.WITHDRAWN),
    (Track.DELEGATED, State.READY, State.WITHDRAWN),
    (Track.DELEGATED, State.ACCEPTED, State.HANDED_BACK),
    (Track.DELEGATED, State.SIGNING, State.HANDED_BACK),
    (Track.ENTRUSTED, State.FILED, State.HANDED_BACK),
    (Track.ENTRUSTED, State.MEDIATING, State.HANDED_BACK),
    (Track.DIRECT, State.APPLIED, State.WITHDRAWN),
    (Track.DIRECT, State.SIGNING, State.WITHDRAWN),
]


@pytest.mark.parametrize(("track", "state", "after"), WITHDRAWALS, ids=lambda value: str(value))
def test_applicant_may_withdraw_until_there_is_an_agreement(
    world: World, track: Track, state: State, after: State
) -> None:
    story = walk(world, state, track)

    other = refusal(lambda: story.go("withdraw", story.party(story.respondent)))
    story.withdraw()

    assert other.code == "can_act_as_applicant"
    assert story.state is after
    assert_whole(story.case)


def test_nobody_withdraws_or_ends_a_case_for_somebody_else(world: World) -> None:
    story = walk(world, State.APPLIED, Track.DIRECT)
    failed = walk(world, State.UNSETTLED, Track.DIRECT)
    unknown = new_ref()

    codes = {
        refusal(lambda told=told, move=move, ref=ref: told.go(move, told.party(told.applicant), party=ref)).code
        for told, move in ((story, "withdraw"), (failed, "end_unsettled"))
        for ref in (told.respondent, unknown)
    }
    before = (story.state, failed.state)
    story.go("withdraw", story.party(story.applicant), party=story.applicant)

    assert codes == {"fits_own_applicant"}
    assert before == (State.APPLIED, State.UNSETTLED)
    assert story.state is State.WITHDRAWN


@pytest.mark.parametrize("move", ["confirm_record", "confirm_undisputed"])
def test_what_a_mediator_wrote_down_is_confirmed_by_each_for_itself_and_not_before_it_is_there(
    world: World, move: str
) -> None:
    story = walk(world, State.MEDIATING)
    kind = EnclosureKind.RECORD if move == "confirm_record" else EnclosureKind.UNDISPUTED
    text = "双方对交易时间没有争议。"
    digest, mine, other = moves.text_digest(text), story.party(story.applicant), story.respondent
    listed = {one.name: why for one, why in moves.options(story.case, mine, story.at)}

    early = refusal(lambda: story.go(move, mine, digest=digest, party=story.applicant))
    story.go(move, world.lead, enclosed(kind, text), digest=digest)
    codes = {
        refusal(lambda: story.go(move, mine, digest=digest, party=other)).code,
        refusal(lambda: story.go(move, world.lead, enclosed(kind, text), digest=digest, party=other)).code,
    }
    story.go(move, mine, digest=digest, party=story.applicant)

    wanted = "has_record" if move == "confirm_record" else "has_undisputed"
    assert (early.code, listed[move].code) == (wanted, wanted)
    assert codes == {"fits_spoken_for"}
    sheet = story.case.sheet["record" if move == "confirm_record" else "undisputed"]
    assert set(sheet["yes"]) == {story.applicant, world.lead.ref}


@pytest.mark.parametrize("move", ["consent", "refuse_consent"])
def test_staff_take_down_no_answer_that_only_the_party_itself_can_send(world: World, move: str) -> None:
    story = walk(world, State.CONSULTING)
    facts = {"party": story.respondent} | ({"stage": "MEDIATION"} if move == "consent" else {})

    codes = {
        refusal(lambda channel=channel: story.go(move, world.clerk, channel=channel, **facts)).code
        for channel in ("ONLINE", "SMS")
    }
    story.go(move, world.clerk, channel="PHONE", **facts)

    assert codes == {"fits_attested_answer"}


def test_nobody_withdraws_an_agreement_that_all_have_signed(world: World) -> None:
    story = walk(world, State.SETTLED)

    assert refusal(story.withdraw).code == "state"


def test_signatures_come_in_order_and_to_the_exact_version_only(world: World) -> None:
    story = walk(world, State.SIGNING)
    sign = "sign"

    mediator_first = refusal(lambda: story.go(sign, world.lead, digest=DIGEST))
    other_text = refusal(lambda: story.go(sign, story.party(story.applicant), digest="0" * 64, party=story.applicant))
    for_the_other = refusal(lambda: story.go(sign, story.party(story.applicant), digest=DIGEST, party=story.respondent))
    story.go(sign, story.party(story.applicant), digest=DIGEST, party=story.applicant)
    twice = refusal(lambda: story.go(sign, story.party(story.applicant), digest=DIGEST, party=story.applicant))
    story.go(sign, story.party(story.respondent), digest=DIGEST, party=story.respondent)
    seal_first = refusal(lambda: story.go(sign, world.desk, digest=DIGEST))
    too_soon = refusal(
        lambda: story.go("seek_confirmation", story.party(story.applicant), party=story.applicant, court=COURT_CODE)
    )
    story.complete()

    assert [mediator_first.code, other_text.code, for_the_other.code] == [
        "can_sign_now",
        "fits_exact_version",
        "fits_unsigned",
    ]
    assert [twice.code, seal_first.code] == ["can_sign_now", "can_sign_now"]
    assert too_soon.code == "can_rely_on_complete_agreement"
    assert moves.guards.is_complete(story.case)


def test_signatures_to_a_revised_agreement_are_void(world: World) -> None:
    story = walk(world, State.SIGNING)
    story.go("sign", story.party(story.applicant), digest=DIGEST, party=story.applicant)

    story.go("revise_agreement", world.lead, enclosed(EnclosureKind.REASON))
    text = AGREEMENT + "案件受理费由被申请人负担。"
    facts = {"digest": moves.text_digest(text), "full": True}
    story.go("propose_agreement", world.lead, enclosed(EnclosureKind.AGREEMENT, text), **facts)
    stale = refusal(lambda: story.go("sign", story.party(story.respondent), digest=DIGEST, party=story.respondent))

    assert stale.code == "fits_exact_version"
    assert story.case.sheet["agreement"]["signatures"] == {}
    assert story.case.sheet["agreement"]["version"] == 2


def test_agreement_is_proposed_with_the_very_text_its_digest_names(world: World) -> None:
    story = walk(world, State.MEDIATING)

    with pytest.raises(Malformed, match="校验值与文本不一致"):
        story.go("propose_agreement", world.lead, enclosed(EnclosureKind.AGREEMENT, "另一份"), digest=DIGEST, full=True)


def test_agent_signs_only_with_special_authority_and_only_for_its_principals(world: World) -> None:
    story = walk(world, State.SIGNING)
    general = agent_of(story, story.applicant, "GENERAL")
    special = agent_of(story, story.applicant, "SPECIAL")

    refused = refusal(lambda: story.go("sign", general, digest=DIGEST, party=story.applicant))
    nobodys = refusal(lambda: story.go("sign", special, digest=DIGEST))
    other = refusal(lambda: story.go("sign", special, digest=DIGEST, party=story.respondent))
    story.go("sign", special, digest=DIGEST, party=story.applicant)

    assert (refused.code, refused.law) == ("can_dispose", ("CPL-62",))
    assert [nobodys.code, other.code] == ["fits_unsigned", "can_dispose"]
    assert list(story.case.sheet["agreement"]["signatures"]) == [story.applicant]


def test_agent_without_special_authority_cannot_give_it_to_itself(world: World) -> None:
    story = walk(world, State.MEDIATING)
    general = agent_of(story, story.applicant, "GENERAL")

    refused = refusal(
        lambda: story.go(
            "appoint_agent", general, document(), party=story.applicant, agent=general.ref, power="SPECIAL"
        )
    )

    assert refused.code == "can_dispose"


def test_party_corrects_nobody_else_and_leaves_no_side_empty(world: World) -> None:
    story = walk(world, State.FILED)
    applicant, respondent = story.parties()
    about_applicant, about_respondent = story.particulars()

    others = refusal(
        lambda: story.go("amend_parties", story.party(story.respondent), about_applicant, parties=[applicant])
    )
    changed = [{**applicant, "side": "RESPONDENT"}]
    emptied = refusal(lambda: story.go("amend_parties", story.party(story.applicant), about_applicant, parties=changed))
    story.go("amend_parties", world.clerk, about_respondent, parties=[{**respondent, "institution": "SECURITIES"}])

    assert [others.code, emptied.code] == ["fits_amended_parties", "fits_amended_parties"]
    assert story.case.sheet["parties"][story.respondent]["institution"] == "SECURITIES"


# Recusal.


def object_to(story: Story) -> None:
    """Have the respondent object to the lead mediator."""
    facts = {"party": story.respondent, "mediator": story.world.mediator}
    story.go("object", story.party(story.respondent), enclosed(EnclosureKind.REASON), **facts)


def open_session(story: Story, mode: str = "VIDEO") -> None:
    """Try to open the session."""
    there = {"verified": story.people, "acknowledged": story.people, "informed": True, "warned": True}
    story.go("open_session", story.world.lead, mode=mode, **there)


def test_session_waits_until_all_waive_or_the_organisation_decides(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    story.prepare()
    object_to(story)

    waiting = refusal(lambda: open_session(story))
    story.go("waive", story.party(story.applicant), party=story.applicant)
    still = refusal(lambda: open_session(story))
    story.go("waive", story.party(story.respondent), party=story.respondent)
    open_session(story)

    assert [waiting.code, still.code] == ["can_ignore_recusal", "can_ignore_recusal"]
    assert story.state is State.MEDIATING


def test_waivers_of_one_objection_do_not_answer_the_next(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    story.prepare()
    object_to(story)
    story.each("waive")
    object_to(story)

    story.go("waive", story.party(story.applicant), party=story.applicant)

    assert refusal(lambda: open_session(story)).code == "can_ignore_recusal"


def test_mediator_whose_recusal_is_upheld_leaves_the_case(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    story.prepare()
    story.go("disclose", world.lead, ground="RELATION")

    story.go("decide_recusal", world.desk, enclosed(EnclosureKind.REASON), upheld=True)

    assert story.case.sheet["mediators"] == []
    assert list(story.case.appointments.all()) == []
    assert refusal(lambda: open_session(story)).code == "actor"


def test_same_mediator_appointed_again_does_not_silence_an_objection(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    story.prepare()
    object_to(story)

    story.go("appoint_mediator", world.desk, mediators=[world.mediator], lead=world.mediator)

    assert refusal(lambda: open_session(story)).code == "can_ignore_recusal"


def test_session_needs_every_partys_consent_unless_the_law_binds_it(world: World) -> None:
    free = walk(world, State.CONSULTING)
    bound = walk(world, State.CONSULTING, institution="SECURITIES")
    for story in (free, bound):
        story.go("proceed_on_one_consent", world.clerk)
        story.delegate()
        story.accept()
        story.go("appoint_mediator", world.desk, mediators=[world.mediator], lead=world.mediator)
        story.go("disclose", world.lead, ground="NONE")
        story.go("confirm_address", story.party(story.respondent), party=story.respondent, e_service=False)

    refused = refusal(lambda: open_session(free))
    online = refusal(lambda: open_session(bound))
    open_session(bound, "ON_SITE")

    assert [refused.code, online.code] == ["can_hold_session", "fits_mode"]
    assert bound.state is State.MEDIATING


def test_institution_that_refuses_an_ordinary_investor_is_flagged(world: World) -> None:
    story = walk(world, State.CONSULTING, institution="SECURITIES")

    story.go("refuse_consent", story.party(story.respondent), party=story.respondent, channel="ONLINE")

    assert story.case.sheet["breach"] == story.respondent
    assert story.state is State.HANDED_BACK


# Hand-overs that are returned.


def test_application_for_confirmation_that_is_sent_back_leaves_the_parties_the_time_they_had(world: World) -> None:
    story = walk(world, State.SETTLED)
    old = story.case.sheet["clocks"]["CONFIRM"]["due"]
    story.seek_confirmation()

    clerk = refusal(lambda: story.go("send_back", world.clerk, ground="INCOMPLETE"))
    story.go("send_back", Actor(Role.PLATFORM, COURT, COURT, COURT), ground="INCOMPLETE")

    assert clerk.code == "can_send_back"
    assert (story.state, story.owner) == (State.SETTLED, NET)
    assert story.case.sheet["clocks"]["CONFIRM"]["due"] >= old
    assert_whole(story.copy(COURT))


def test_direct_case_sent_back_by_the_wrong_court_waits_for_its_applicant_again(world: World) -> None:
    story = walk(world, State.HANDED_BACK, Track.DIRECT)

    story.go("send_back", world.clerk, ground="WRONG_COURT")

    assert (story.state, set(story.case.sheet["clocks"])) == (State.UNSETTLED, {"TRANSFER"})


def test_court_cannot_send_back_its_own_failed_case_nor_what_the_organisation_holds(world: World) -> None:
    own = walk(world, State.HANDED_BACK)
    held = walk(world, State.DELEGATED)

    assert refusal(lambda: own.go("send_back", world.clerk, ground="OTHER")).code == "can_send_back"
    assert refusal(lambda: held.go("send_back", world.clerk, ground="OTHER")).code == "can_send_back"


def test_delegation_needs_a_listed_organisation_with_room_and_without_conflict(world: World) -> None:
    story = walk(world, State.READY)

    early = refusal(lambda: story.go("delegate", world.clerk, organisation=world.organisation))
    unlisted = refusal(lambda: story.go("delegate", world.clerk, organisation=new_ref(), left_to_court=True))
    story.each("choose_jointly", organisation=world.other_organisation)
    chosen = refusal(lambda: story.go("delegate", world.clerk, organisation=world.organisation))

    assert (early.code, unlisted.code) == ("fits_designation", "fits_listed_here")
    assert chosen.code == "fits_joint_choice"


def test_delegation_before_docketing_needs_a_confirmed_reason_from_2025(world: World) -> None:
    story = walk(world, State.READY, at=Story(world).at.replace(year=2025))

    choice = {"organisation": world.organisation, "left_to_court": True}

    refused = refusal(lambda: story.go("delegate", world.clerk, **choice))
    story.go("docket_and_entrust", world.clerk, procedure="SUMMARY")
    story.go("delegate", world.clerk, **choice)

    assert refused.code == "fits_delegation_policy"
    # Whoever was refused, for one case or in a bulk, finds there what the form calls it.
    assert f"请勾选“{MOVES['delegate'].facts['reason_confirmed'].label}”" in refused.remedy
    assert (story.state, story.case.track) == (State.DELEGATED, Track.ENTRUSTED)
    assert "民初" in story.case.number


@pytest.mark.parametrize("everybody", [True, False])
def test_undisputed_facts_go_to_the_court_only_if_everybody_confirmed_them(world: World, everybody: bool) -> None:
    story = walk(world, State.MEDIATING)
    text = "双方对交易时间没有争议。"
    digest = moves.text_digest(text)
    story.go("confirm_undisputed", world.lead, enclosed(EnclosureKind.UNDISPUTED, text), digest=digest)
    for ref in story.people if everybody else story.people[:1]:
        story.go("confirm_undisputed", story.party(ref), digest=digest, party=ref)

    story.conclude()

    event = story.copy(NET).events.get(kind="case.conclude_unsettled.v1")
    sent = [(item["kind"], item["audience"]) for item in event.enclosures]
    assert (("UNDISPUTED", "COURT") in sent) is everybody
    assert story.state is State.HANDED_BACK
