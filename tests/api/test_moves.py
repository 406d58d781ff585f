"""Making moves by REST: the same door, told in status codes."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from mediation import moves
from mediation.models import CaseEvent, Request
from mediation.vocabulary import State, Track
from roster.models import Post
from tests.api.callers import PDF, Cast, application, caller, person, seat
from tests.mediation.stories import AGREEMENT, COURT, COURT_CODE, DIGEST, NET, START, Story, walk
from tests.proofs import REVIEWED, last_code


@pytest.fixture
def filed(cast: Cast) -> Story:
    """A case that has just been filed with the court."""
    story = Story(cast.world)
    story.file()
    return story


def test_a_move_answers_the_entry_it_wrote(cast: Cast, filed: Story) -> None:
    answer = cast.clerk.make(filed.ref, "consult", {"channel": "SMS"})

    entry = CaseEvent.objects.get(case=filed.case, number=2)
    assert (answer.status_code, answer["ETag"]) == (201, '"2"')
    assert answer.json()["hash"] == entry.hash
    assert answer.json()["state"] == "CONSULTING"
    assert entry.by["ref"] == str(cast.clerk.account.ref)  # type: ignore[union-attr]


def test_a_move_on_the_other_platforms_state_becomes_a_request(cast: Cast) -> None:
    story = walk(cast.world, State.DELEGATED)
    seat(story, cast.respondent)

    asked = cast.party.make(story.ref, "stop_mediation", {"party": story.applicant})
    standing = cast.party.get(f"requests/{asked.json()['ref']}").json()
    others = cast.respondent.get(f"requests/{asked.json()['ref']}")

    assert (asked.status_code, asked.json()["state"]) == (202, "WAITING")
    assert standing == asked.json()
    assert others.status_code == 404
    assert Request.objects.get().state == Request.WAITING


def test_a_refused_request_tells_why(cast: Cast) -> None:
    story = walk(cast.world, State.DELEGATED)
    asked = cast.party.make(story.ref, "stop_mediation", {"party": story.applicant}).json()
    refusal = {
        "code": "state",
        "reason": "案件目前的状态下不能这样做",
        "law": ["ZX-25"],
        "remedy": "请查看案件的最新进展",
    }
    Request.objects.filter(ref=asked["ref"]).update(state=Request.REFUSED, refusal=refusal, answered_at=START)

    told = cast.party.get(f"requests/{asked['ref']}").json()

    assert told["state"] == "REFUSED"
    assert told["refusal"]["article"] == ["《人民法院在线调解规则》第二十五条"]


def test_wrong_state_role_party_and_name_are_told_apart(cast: Cast, filed: Story) -> None:
    wrong = [
        (cast.clerk.make(filed.ref, "docket"), 409, "state"),
        (cast.judge.make(filed.ref, "consult", {"channel": "SMS"}), 403, "actor"),
        (cast.party.make(filed.ref, "consult", {"channel": "SMS"}), 403, "actor"),
        (cast.integrator.make(filed.ref, "consult", {"channel": "SMS"}), 403, "actor"),
        (cast.spc.make(filed.ref, "consult", {"channel": "SMS"}), 403, "actor"),
        (cast.clerk.make(filed.ref, "no_such_move"), 404, "move"),
        (cast.clerk.make(filed.ref, "file"), 404, "move"),
        (cast.clerk.make(filed.ref, "advance"), 404, "move"),
        (cast.clerk.make(filed.ref, "consult", {"channel": "SMS"}, **{"as": {"role": "JUDGE"}}), 403, "actor"),
        (cast.clerk.make(filed.ref, "consult", {}), 422, "malformed"),
        (cast.clerk.make(filed.ref, "consult", {"channel": "SMS", "state": "READY"}), 422, "malformed"),
        (cast.clerk.make(filed.ref, "consult", {"channel": "SMS"}, texts={"reason": "x"}), 422, "malformed"),
        (cast.clerk.make(filed.ref, "consult", {"channel": "SMS"}, state="READY"), 422, "invalid"),
        (cast.clerk.make(filed.ref, "add_evidence"), 422, "malformed"),
    ]

    for answer, status, code in wrong:
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content.decode()
    assert filed.case.entries == 1


def test_a_guards_refusal_names_rule_article_and_next_step(cast: Cast, filed: Story) -> None:
    filed.consult()
    filed.agree()

    answer = cast.clerk.make(
        filed.ref, "delegate", {"organisation": filed.respondent, "reason_confirmed": True, "left_to_court": True}
    )

    body = answer.json()
    assert (answer.status_code, body["code"]) == (422, "fits_listed_here")
    assert body["article"]
    assert body["next"]


def test_the_second_of_two_who_saw_the_same_version_is_told_who_was_first(cast: Cast, filed: Story) -> None:
    tag = cast.clerk.get(f"cases/{filed.ref}")["ETag"]
    cast.clerk.make(filed.ref, "consult", {"channel": "SMS"}, If_Match=tag)

    late = cast.clerk.make(
        filed.ref, "return_application", {"ground": "UNSUITABLE_ONLINE"}, texts={"advice": "无"}, If_Match=tag
    )

    assert (late.status_code, late["ETag"], late.json()["code"]) == (409, '"2"', "overtaken")
    assert late.json()["version"] == 2
    assert late.json()["latest"] == {"number": 2, "move": "consult", "by": "CLERK"}


def test_a_tag_that_was_never_given_is_refused(cast: Cast, filed: Story) -> None:
    answer = cast.clerk.make(filed.ref, "consult", {"channel": "SMS"}, If_Match="first")

    assert (answer.status_code, answer.json()["field"]) == (422, "If-Match")


def test_a_move_made_twice_is_refused_the_second_time(cast: Cast, filed: Story) -> None:
    cast.clerk.make(filed.ref, "consult", {"channel": "SMS"})

    again = cast.clerk.make(filed.ref, "consult", {"channel": "SMS"})

    assert (again.status_code, again.json()["code"]) == (409, "state")


def test_a_repeated_submission_gets_the_same_answer_and_a_changed_one_is_refused(cast: Cast) -> None:
    story = walk(cast.world, State.CONSULTING)
    seat(story, cast.respondent)
    facts = {"party": story.respondent, "channel": "ONLINE"}

    first = cast.respondent.make(story.ref, "refuse_consent", facts, Idempotency_Key="a", texts={"reason": "不同意。"})
    again = cast.respondent.make(story.ref, "refuse_consent", facts, Idempotency_Key="a", texts={"reason": "不同意。"})
    text = cast.respondent.make(story.ref, "refuse_consent", facts, Idempotency_Key="a", texts={"reason": "别的。"})
    fact = cast.respondent.make(
        story.ref, "refuse_consent", {**facts, "channel": "PHONE"}, Idempotency_Key="a", texts={"reason": "不同意。"}
    )
    move = cast.respondent.make(story.ref, "withdraw", {}, Idempotency_Key="a")

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert (first.get("Idempotency-Replayed"), again["Idempotency-Replayed"]) == (None, "true")
    assert [answer.json()["code"] for answer in (text, fact, move)] == ["key", "key", "key"]


def test_a_repeated_submission_is_answered_even_when_the_case_is_out_of_sight_by_then(cast: Cast) -> None:
    story = walk(cast.world, State.DELEGATED)
    facts, texts = {"ground": "UNSUITABLE"}, {"reason": "不适宜。"}

    first = cast.desk.make(story.ref, "decline", facts, texts=texts, Idempotency_Key="once")
    hidden = cast.desk.get(f"cases/{story.ref}")
    again = cast.desk.make(story.ref, "decline", facts, texts=texts, Idempotency_Key="once")

    assert (first.status_code, hidden.status_code, again.status_code) == (201, 404, 201)
    assert first.json() == again.json()


def test_a_key_of_one_account_means_nothing_to_another(cast: Cast, filed: Story) -> None:
    cast.clerk.make(filed.ref, "consult", {"channel": "SMS"}, Idempotency_Key="same")

    answer = cast.judge.make(filed.ref, "consult", {"channel": "SMS"}, Idempotency_Key="same")

    assert (answer.status_code, answer.json()["code"]) == (409, "state")


def test_an_account_with_two_capacities_says_which_or_acts_in_the_first_that_may(cast: Cast, filed: Story) -> None:
    both = person("both")
    Post.objects.create(account=both, platform=COURT, role="JUDGE", court=COURT_CODE, valid_from=START)
    Post.objects.create(account=both, platform=COURT, role="CLERK", court=COURT_CODE, valid_from=START)
    double = caller(both, COURT)

    roles = [item["role"] for item in double.get(f"cases/{filed.ref}").json()["capacities"]]
    wrong = double.make(filed.ref, "consult", {"channel": "SMS"}, **{"as": {"role": "JUDGE"}})
    right = double.make(filed.ref, "consult", {"channel": "SMS"})

    assert roles == ["JUDGE", "CLERK"]
    assert wrong.status_code == 403
    assert right.json()["by"]["role"] == "CLERK"


def test_a_narrow_token_opens_only_what_it_names(cast: Cast, filed: Story) -> None:
    account = cast.clerk.account
    assert account is not None
    reader, writer, porter = (caller(account, COURT, [scope]) for scope in ("cases:read", "cases:write", "documents"))

    assert reader.get(f"cases/{filed.ref}").status_code == 200
    assert reader.make(filed.ref, "consult", {"channel": "SMS"}).json()["code"] == "scope"
    assert reader.upload().json()["code"] == "scope"
    assert writer.get("cases").json()["code"] == "scope"
    assert porter.get(f"cases/{filed.ref}/documents").status_code == 200
    assert porter.get(f"cases/{filed.ref}").status_code == 403
    assert porter.get("me").status_code == 200
    assert writer.make(filed.ref, "consult", {"channel": "SMS"}).status_code == 201


def test_a_signed_in_browser_needs_no_token_but_a_csrf_token(cast: Cast, filed: Story) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.clerk.account, "roster.backend.AccountBackend")  # type: ignore[arg-type]
    address = f"/court/api/v1/cases/{filed.ref}/moves/consult"
    body = b'{"facts": {"channel": "SMS"}}'

    read = browser.get(f"/court/api/v1/cases/{filed.ref}")
    forged = browser.post(address, body, content_type="application/json")
    browser.cookies["csrftoken"] = "a" * 32
    made = browser.post(address, body, content_type="application/json", headers={"X-CSRFToken": "a" * 32})

    assert (read.status_code, forged.status_code, made.status_code) == (200, 403, 201)
    assert forged["Content-Type"] == "application/problem+json"


def test_a_party_cannot_restate_who_the_other_party_is(cast: Cast) -> None:
    story = walk(cast.world, State.CONSULTING)
    theirs = {**story.parties()[1], "ref": story.respondent}
    people = [
        {"ref": story.respondent, "name": "冒名", "identity_kind": "RESIDENT", "identity_number": "110101195201010003"}
    ]

    swapped = cast.party.make(story.ref, "amend_parties", {"parties": [theirs]}, people=people)
    sideways = cast.party.make(
        story.ref, "confirm_address", {"party": story.applicant, "e_service": True}, people=people
    )

    assert (swapped.status_code, sideways.status_code) == (403, 422)
    assert story.case.people.get(ref=story.respondent).name == "华信证券股份有限公司"


def test_a_document_is_filed_listed_and_read_by_those_it_is_for(cast: Cast) -> None:
    story = walk(cast.world, State.CONSULTING)
    seat(story, cast.respondent)
    upload = cast.party.upload().json()["upload"]
    filed = cast.party.make(
        story.ref,
        "add_evidence",
        documents=[{"upload": upload, "kind": "TRADING", "audience": "APPLICANTS", "name": "../../交易\n记录.pdf"}],
    )

    mine = cast.party.get(f"cases/{story.ref}/documents").json()["items"]
    theirs = cast.respondent.get(f"cases/{story.ref}/documents").json()["items"]
    content = cast.party.get(f"documents/{mine[0]['ref']}/content")
    hidden = cast.respondent.get(f"documents/{mine[0]['ref']}/content")
    clerks = cast.clerk.get(f"documents/{mine[0]['ref']}/content")

    assert filed.status_code == 201
    assert (mine[0]["name"], theirs) == ("交易记录.pdf", [])
    assert content.content == PDF
    assert content["Content-Disposition"].startswith("attachment")
    assert content["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert (hidden.status_code, clerks.status_code) == (404, 404)


def test_a_document_cannot_be_addressed_to_those_its_author_does_not_belong_to(cast: Cast) -> None:
    story = walk(cast.world, State.CONSULTING)
    upload = cast.party.upload().json()["upload"]

    for audience in ("JUDGE", "RESPONDENTS", "ORGANISATION", "COURT"):
        answer = cast.party.make(
            story.ref, "add_evidence", documents=[{"upload": upload, "kind": "TRADING", "audience": audience}]
        )

        assert (answer.status_code, answer.json()["field"]) == (422, "documents.0.audience"), audience


def test_a_document_that_has_not_arrived_says_so(cast: Cast) -> None:
    story = walk(cast.world, State.SETTLED, Track.OFFLINE)
    document = cast.desk.get(f"cases/{story.ref}/documents").json()["items"][0]

    answer = cast.desk.get(f"documents/{document['ref']}/content")

    assert (document["present"], answer.status_code, answer.json()["code"]) == (False, 409, "document_missing")


def test_track_a_is_walked_by_rest_on_both_platforms_from_application_to_ruling(cast: Cast) -> None:
    story = Story(cast.world)

    def act(who: Any, move: str, facts: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        answer = who.make(story.ref, move, facts, **more)
        assert answer.status_code == 201, (move, answer.content.decode())
        story.wire()
        return dict(answer.json())

    def sign(who: Any, facts: dict[str, Any]) -> None:
        """Without a code, with a wrong one, with another person's: refused; with the right one once."""
        signing, asking = f"cases/{story.ref}/moves/sign", f"cases/{story.ref}/signing-code"
        bare = who.post(signing, {"facts": facts})
        assert (bare.status_code, bare.json()["code"]) == (422, "fits_proved_signer")
        told = who.post(asking, {})
        assert (told.status_code, told.json()["digest"]) == (202, DIGEST)
        code = last_code()
        wrong = who.post(signing, {"facts": facts, "code": "00000x"})
        assert (wrong.status_code, wrong.json()["code"]) == (409, "proof")
        act(who, "sign", facts, code=code)
        assert who.post(asking, {}).status_code == 409

    reviewed = {"digest": DIGEST, **REVIEWED}
    filed = cast.party.post("cases", application())
    story.ref = filed.json()["case"]
    story.wire()
    people = {item["side"]: item["ref"] for item in cast.clerk.get(f"cases/{story.ref}").json()["people"]}
    mine, theirs = people["APPLICANT"], people["RESPONDENT"]
    act(cast.clerk, "consult", {"channel": "SMS"})
    act(cast.respondent, "consent", {"party": theirs, "stage": "ONLINE", "channel": "ONLINE"})
    act(cast.respondent, "consent", {"party": theirs, "stage": "MEDIATION", "channel": "ONLINE"})
    act(
        cast.clerk,
        "delegate",
        {"organisation": cast.world.organisation, "reason_confirmed": True, "left_to_court": True},
    )
    assert cast.system_net.get("cases?state=DELEGATED").json()["items"][0]["ref"] == story.ref
    act(cast.desk, "accept", {"declared": True})
    act(cast.desk, "appoint_mediator", {"mediators": [cast.world.mediator], "lead": cast.world.mediator})
    act(cast.mediator, "disclose", {"ground": "NONE"})
    for party in (mine, theirs):
        act(cast.mediator, "record_contact", {"party": party, "outcome": "REACHED", "channel": "PHONE"})
    act(cast.respondent_net, "confirm_address", {"party": theirs, "e_service": True})
    there = {"verified": [mine, theirs], "acknowledged": [mine, theirs]}
    act(cast.mediator, "open_session", {"mode": "VIDEO", **there, "informed": True, "warned": True})
    vague, doubtful = "争议到此为止。", f"{AGREEMENT}向甲法院申请司法确认。"
    for text, must, stated in ((vague, True, {"acknowledged": True}), (doubtful, False, {})):
        facts = {"digest": moves.text_digest(text), "full": True, **stated}
        answer = cast.mediator.make(story.ref, "propose_agreement", facts, texts={"agreement": text})
        assert (answer.status_code, answer.json()["code"]) == (422, "flawed")
        assert {one["must"] for one in answer.json()["findings"]} == {must}
        assert all(one["mend"] and one["article"] for one in answer.json()["findings"])
    act(cast.mediator, "propose_agreement", {"digest": DIGEST, "full": True}, texts={"agreement": AGREEMENT})
    # Nobody says of itself that it was seen in person.
    sign(cast.party_net, {"digest": DIGEST, "party": mine, "verified": "IN_PERSON"})
    assert CaseEvent.objects.filter(kind="case.sign.v1").latest("pk").facts["verified"] == "ACCOUNT_CODE"
    sign(cast.respondent_net, {"digest": DIGEST, "party": theirs})
    sign(cast.mediator, {"digest": DIGEST, "last_due": "2024-12-31"})
    # Nobody seals what nobody has looked over, by whatever window.
    early = cast.desk.post(f"cases/{story.ref}/moves/sign", {"facts": {"digest": DIGEST}})
    assert (early.status_code, early.json()["code"]) == (409, "can_seal_reviewed")
    partly = cast.desk.post(f"cases/{story.ref}/moves/review_seal", {"facts": {**reviewed, "lawful": False}})
    assert partly.json()["code"] == "fits_whole_review"
    act(cast.desk, "review_seal", reviewed)
    sign(cast.desk, {"digest": DIGEST})
    act(cast.party_net, "seek_confirmation", {"party": mine, "court": COURT_CODE})
    act(cast.respondent_net, "seek_confirmation", {"party": theirs, "court": COURT_CODE})
    act(cast.clerk, "accept_confirmation")
    act(cast.judge, "confirm", {"present": [mine, theirs]}, texts={"ruling": "裁定协议有效。"})

    for reader in (cast.integrator, cast.system_net, cast.party, cast.respondent_net, cast.mediator):
        assert reader.get(f"cases/{story.ref}").json()["state"] == "CONFIRMED"
    journals = [
        reader.get(f"cases/{story.ref}/journal").json()["items"] for reader in (cast.integrator, cast.system_net)
    ]
    assert [entry["hash"] for entry in journals[0]] == [entry["hash"] for entry in journals[1]]
    assert {entry["platform"] for entry in journals[0]} == {COURT, NET}


@pytest.mark.parametrize("day", ["0001-01-01", "1000-01-01", "9999-12-31", "2024-02-30", "20240301", "2024-3-1"])
def test_days_at_the_ends_of_time_break_nothing(cast: Cast, day: str) -> None:
    mediating, review = walk(cast.world, State.MEDIATING), walk(cast.world, State.CONFIRMATION_REVIEW)
    upload = {"upload": cast.desk.upload().json()["upload"], "kind": "AGREEMENT"}
    facts = {
        "organisation": cast.world.organisation, "cause": "BROKERAGE", "source": "OFFLINE",
        "effective_on": "2024-03-01",
        "digest": DIGEST, "mediators": [cast.world.mediator],
    }  # fmt: skip
    offline = {"move": "record_offline", "texts": {}, "documents": [upload]}

    answers = [
        cast.party_net.make(mediating.ref, "extend", {"party": mediating.applicant, "until": day}),
        cast.leader.make(review.ref, "extend_review", {"until": day}, texts={"reason": "案情复杂。"}),
        cast.desk.post("cases", application(**offline, facts={**facts, "effective_on": day})),
        cast.desk.post("cases", application(**offline, facts={**facts, "last_due": day})),
    ]

    for answer in answers:
        assert answer.status_code < 500


def test_a_consent_given_twice_is_refused_the_second_time_by_rest_too(cast: Cast) -> None:
    story = walk(cast.world, State.CONSULTING)
    seat(story, cast.respondent)
    answer = {"party": story.respondent, "stage": "ONLINE", "channel": "ONLINE"}

    first, again = (cast.respondent.make(story.ref, "consent", answer) for _time in range(2))

    assert first.status_code == 201
    assert (again.status_code, again.json()["code"]) == (422, "fits_new_consent")
    assert "撤回同意" in again.json()["next"]
