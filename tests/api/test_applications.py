"""Opening a case by REST: what is taken, what is refused, and that a refusal writes nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from rest_framework import serializers

from mediation.api import shapes
from mediation.models import Blob, Case, CaseEvent, Document, Party
from mediation.moves import text_digest
from tests.api.callers import APPLICANT_ID, PDF, Cast, application, caller, person
from tests.mediation.stories import COURT


def changed(place: str, value: Any) -> dict[str, Any]:
    """Return an application with one value changed: a dotted place, a number for a list."""
    body = application()
    target: Any = body
    *path, last = place.split(".")
    for step in path:
        target = target[int(step)] if step.isdigit() else target.setdefault(step, {})
    if isinstance(target, list):
        target[int(last)] = value
    else:
        target[last] = value
    return body


def test_a_party_files_to_the_court_with_documents(cast: Cast) -> None:
    upload = cast.party.upload().json()["upload"]
    body = application(documents=[{"upload": upload, "kind": "CONTRACT", "audience": "PARTIES"}])

    answer = cast.party.post("cases", body)

    case = Case.objects.get(ref=answer.json()["case"])
    party = case.people.get(side="APPLICANT")
    assert (answer.status_code, answer["ETag"], case.state, case.platform) == (201, '"1"', "FILED", COURT)
    assert (party.name, party.identity_number, party.account_number) == ("张三", APPLICANT_ID, "A123456789")
    assert Document.objects.get(case=case).audience == "PARTIES"
    assert APPLICANT_ID not in str(CaseEvent.objects.get(case=case).entry())
    assert cast.party.get(f"cases/{case.ref}").json()["capacities"][0]["role"] == "PARTY"


def test_a_clerk_files_what_was_handed_in_at_the_counter(cast: Cast) -> None:
    answer = cast.clerk.post("cases", application())

    assert answer.status_code == 201
    assert answer.json()["by"]["role"] == "CLERK"


def test_an_agent_files_for_an_applicant(cast: Cast) -> None:
    lawyer = caller(person("lawyer", "RESIDENT", "440301198501010006", name="陈律言"), COURT)
    agent = {
        "power": "SPECIAL", "principals": [0], "name": "陈律言", "identity_kind": "RESIDENT",
        "identity_number": "440301198501010006", "phone": "13800000021",
    }  # fmt: skip

    authority = {"upload": lawyer.upload().json()["upload"], "kind": "AUTHORITY"}

    answer = lawyer.post("cases", application(agents=[agent], documents=[authority]))

    assert answer.status_code == 201
    assert answer.json()["by"]["role"] == "AGENT"
    assert lawyer.get("cases").json()["items"][0]["ref"] == answer.json()["case"]


def test_a_party_applies_to_an_organisation_on_investornet(cast: Cast) -> None:
    facts = {**application()["facts"], "organisation": cast.world.organisation, "source": "ONLINE_NET"}
    for name in ("track", "court"):
        del facts[name]

    answer = cast.party_net.post("cases", application(facts=facts))

    assert answer.status_code == 201
    assert Case.objects.get(ref=answer.json()["case"]).state == "APPLIED"


def test_an_organisation_records_an_agreement_reached_off_line(cast: Cast) -> None:
    upload = cast.desk.upload().json()
    facts = {
        "organisation": cast.world.organisation, "cause": "BROKERAGE", "source": "OFFLINE",
        "effective_on": "2024-03-01",
        "digest": text_digest("协议"), "mediators": [cast.world.mediator],
    }  # fmt: skip
    body = application(
        move="record_offline", facts=facts, texts={}, documents=[{"upload": upload["upload"], "kind": "AGREEMENT"}]
    )

    answer = cast.desk.post("cases", body)

    assert answer.status_code == 201, answer.content.decode()
    assert answer.json()["state"] == "SETTLED"


def test_somebody_who_is_not_the_applicant_cannot_file_for_them(cast: Cast) -> None:
    unverified = caller(person("nobody"), COURT)

    for stranger in (cast.other_party, unverified, cast.judge, cast.integrator, cast.other_clerk):
        answer = stranger.post("cases", application())

        assert answer.status_code == 403
        assert answer.json()["next"]
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("place", "value", "status", "field"),
    [
        ("parties.0.identity_number", "110105194912310021", 422, "parties.0"),
        ("parties.1.identity_number", "91310115MJ0001011L", 422, "parties.1"),
        ("parties.0.identity_number", "310101201801010005", 422, "parties.0"),
        ("parties.0.identity_kind", "CREDIT_CODE", 422, "parties.0.identity_kind"),
        ("parties.0.identity_number", 7, 422, "parties.0.identity_number"),
        ("parties.0.phone", "12", 422, "parties.0"),
        ("parties.0.name", "张" * 121, 422, "parties.0.name"),
        ("parties.0.name", "", 422, "parties.0.name"),
        ("parties.0.name", "张四", 422, "parties.0.name"),
        ("parties.0.side", "JUDGE", 422, "parties.0.side"),
        ("parties.0.state", "CONFIRMED", 422, "parties.0.state"),
        ("parties.0.identity_index", "x", 422, "parties.0.identity_index"),
        ("parties.1.side", "APPLICANT", 422, None),
        ("parties", "张三", 422, "parties"),
        ("parties", [], 422, "parties"),
        ("parties", [[[]]], 422, None),
        ("facts.court", "无99", 422, None),
        ("facts.court", {"code": "沪74"}, 422, "court"),
        ("facts.amount", "一百万", 422, "amount"),
        ("facts.amount", -1, 422, "amount"),
        ("facts.amount", 1e9, 422, "amount"),
        ("facts.amount", 10**40, 422, "amount"),
        ("facts.amount", True, 422, "amount"),
        ("facts.cause", ["MISSTATEMENT"], 422, "cause"),
        ("facts.consents", ["MEDIATION"], 422, None),
        ("facts.consents", {"MEDIATION": True}, 422, "consents"),
        ("facts.consents", [["MEDIATION"]], 422, "consents"),
        ("facts.number", "（2024）沪74诉前调1号", 422, "number"),
        ("facts.state", "CONFIRMED", 422, "state"),
        ("facts.parties", [], 422, "facts.parties"),
        ("facts.source", "HOTLINE_12386", 422, "facts.source"),
        ("facts.track", "ENTRUSTED", 422, None),
        ("facts.track", "DIRECT", 422, None),
        ("facts", [], 422, "facts"),
        ("texts.narrative", "", 422, "texts.narrative"),
        ("texts", {}, 422, "narrative"),
        ("texts.narrative", 5, 422, "texts.narrative"),
        ("texts.narrative", "长" * 200_001, 422, "texts.narrative"),
        ("texts.verdict", "胜诉", 422, "texts.verdict"),
        ("documents", [{"upload": "x", "kind": "CONTRACT"}], 422, "documents.0.upload"),
        ("state", "CONFIRMED", 422, "state"),
        ("platform", "investornet", 422, "platform"),
        ("move", "apply", 422, "move"),
        ("move", "__init__", 422, "move"),
        ("as", {"role": "CLERK"}, 403, None),
        ("as", "CLERK", 422, "as"),
    ],
)
def test_a_wrong_application_is_refused_in_chinese_and_nothing_is_written(
    cast: Cast, place: str, value: Any, status: int, field: str | None
) -> None:
    answer = cast.party.post("cases", changed(place, value))

    assert answer.status_code == status, answer.content.decode()
    assert any("一" <= sign <= "龥" for sign in answer.json()["detail"])
    if field is not None:
        assert answer.json()["field"] == field
    assert not Case.objects.exists()
    assert not Party.objects.exists()


def test_same_check_sees_a_shape_with_one_field_too_many(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    loose = serializers.CharField(required=False)
    monkeypatch.setitem(shapes.ApplicationIn._declared_fields, "state", loose)

    with pytest.raises(AssertionError):
        test_a_wrong_application_is_refused_in_chinese_and_nothing_is_written(cast, "state", "CONFIRMED", 422, "state")


def test_the_same_person_on_both_sides_is_refused(cast: Cast) -> None:
    body = application()
    body["parties"][1] |= {"kind": "NATURAL", "identity_kind": "RESIDENT", "identity_number": APPLICANT_ID.lower()}

    answer = cast.party.post("cases", body)

    assert answer.status_code == 422
    assert answer.json()["detail"] == "申请人和被申请人不能是同一人"


def test_hong_kong_macau_taiwan_and_foreign_papers_are_taken(cast: Cast) -> None:
    for kind, number in (("HK_MACAU_PERMIT", "H00000001"), ("TAIWAN_PERMIT", "00000001"), ("PASSPORT", "E12345678")):
        body = application()
        body["parties"][0] |= {"identity_kind": kind, "identity_number": number}

        assert cast.clerk.post("cases", body).status_code == 201, kind


def test_hostile_strings_are_kept_as_they_are_and_break_nothing(cast: Cast) -> None:
    for words in (
        "<script>alert(1)</script>",
        "'; DROP TABLE roster_account;--",
        "{{7*7}}",
        "=cmd|' /C calc'!A0",
        "𠮷👨‍👩‍👧",
    ):
        body = application(texts={"narrative": words})
        body["parties"][1]["name"] = words

        made = cast.party.post("cases", body).json()

        assert made["texts"][0]["text"] == words
        assert cast.clerk.get(f"cases/{made['case']}").json()["people"][1]["name"] == words
    turned = cast.party.post("cases", application(texts={"narrative": "同意\u202e支付"}))
    assert (turned.status_code, "不可见字符" in turned.json()["detail"]) == (400, True)


def test_an_upload_can_be_filed_only_by_the_account_that_made_it_on_the_same_platform(cast: Cast) -> None:
    theirs = cast.other_party.upload().json()["upload"]
    elsewhere = cast.party_net.upload().json()["upload"]

    for upload in (theirs, elsewhere, cast.party.upload().json()["sha256"]):
        answer = cast.party.post("cases", application(documents=[{"upload": upload, "kind": "CONTRACT"}]))

        assert (answer.status_code, answer.json()["field"]) == (422, "documents.0.upload")


def test_a_file_that_is_not_what_it_claims_is_refused(cast: Cast) -> None:
    for name, content in (
        ("合同.pdf", b"MZ" + b"\0" * 100),
        ("合同.docx", PDF),
        ("空.pdf", b""),
        ("a.zip", b"PK\x03\x04" + b"\0" * 60),
    ):
        answer = cast.party.upload(content, name)

        assert (answer.status_code, answer.json()["field"]) == (422, "file"), name
    assert not Blob.objects.exists()


def test_a_repeated_application_is_answered_as_the_first_time(cast: Cast) -> None:
    upload = cast.party.upload().json()["upload"]
    body = application(documents=[{"upload": upload, "kind": "CONTRACT"}])

    first = cast.party.post("cases", body, Idempotency_Key="k-1")
    again = cast.party.post("cases", body, Idempotency_Key="k-1")
    other = cast.party.post("cases", {**body, "texts": {"narrative": "另一段。"}}, Idempotency_Key="k-1")
    others = cast.clerk.post("cases", body | {"documents": []}, Idempotency_Key="k-1")

    assert (first.status_code, again.status_code, again["Idempotency-Replayed"]) == (201, 201, "true")
    assert first.json() == again.json()
    assert (other.status_code, other.json()["code"]) == (409, "key")
    assert others.status_code == 201
    assert Case.objects.count() == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_first_submissions_under_one_key_one_opens_a_case_and_both_get_it(cast: Cast) -> None:
    barrier = Barrier(4)

    def send() -> tuple[int, str]:
        barrier.wait()
        try:
            answer = cast.party.post("cases", application(), Idempotency_Key="race")
            assert answer.status_code == 201, answer.content.decode()
            return answer.status_code, answer.json()["case"]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = {running.result() for running in [pool.submit(send) for _thread in range(4)]}

    assert Case.objects.count() == 1
    assert answers == {(201, str(Case.objects.get().ref))}


def test_the_court_code_of_a_case_cannot_be_one_that_does_not_exist(cast: Cast) -> None:
    answer = cast.party.post("cases", changed("facts.court", "津99"))

    assert answer.json()["rule"] == ["ZX-9"]
    assert answer.json()["article"] == ["《人民法院在线调解规则》第九条"]
    assert answer.json()["next"] == "请从列表中选择法院"
