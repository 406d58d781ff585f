"""Requests that cannot be read: each is told what is wrong in Chinese, none breaks anything."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from mediation import errors_page
from mediation.api.schema import document
from mediation.models import Case
from mediation.project.environment import BASE_DIR
from mediation.vocabulary import State
from tests.api.callers import BROWSER, ROOTS, Caller, Cast, application, caller
from tests.mediation.stories import COURT, walk


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"[", b"null", b"7", b'"x"', b"[]", b"\xff\xfe", b"\x00", b'{"facts": NaN}', b'{"facts": Infinity}',
        b'{"facts": {}, "facts": {}}', b'{"facts": {"amount": 1, "amount": 2}}', b'{"texts": {"narrative": "\\ud800"}}',
        b'{"texts": {"narrative": "\\u0000"}}', b'{"\\u0000": 1}', b"[" * 100_000,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b"9" * 10_000, b'{"facts": ' + b"9" * 10_000 + b"}", b'{"facts": 1e999}', "{“facts”: {}}".encode(),
        "{}".encode("utf-16"), b"\xef\xbb\xbf{}",
    ],
)  # fmt: skip
def test_what_is_no_json_object_is_refused(cast: Cast, raw: bytes) -> None:
    answer = cast.party.post("cases", raw)

    assert answer.status_code in (400, 422), raw[:40]
    assert answer["Content-Type"] == "application/problem+json"
    assert any("一" <= sign <= "龥" for sign in answer.json()["detail"])


def test_twenty_megabytes_of_text_are_refused_before_they_are_read(cast: Cast) -> None:
    body = application(texts={"narrative": "长" * (20 * 1024 * 1024 // 3)})

    answer = cast.party.post("cases", json.dumps(body, ensure_ascii=False).encode())

    assert answer.status_code == 413
    assert not Case.objects.exists()


def test_another_content_type_is_refused(cast: Cast) -> None:
    for content_type in (
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ):
        answer = Client().post(
            "/court/api/v1/cases",
            b"a=1",
            content_type=content_type,
            headers={"Authorization": f"Bearer {cast.party.token}"},
        )

        assert (answer.status_code, answer["Content-Type"]) == (415, "application/problem+json"), content_type


def test_a_method_that_does_not_exist_is_refused(cast: Cast) -> None:
    for method in ("put", "patch", "delete", "options", "trace"):
        answer = getattr(Client(), method)(
            "/court/api/v1/cases", headers={"Authorization": f"Bearer {cast.party.token}"}
        )

        assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json"), method


def test_an_upload_that_is_no_upload_is_refused(cast: Cast) -> None:
    bearer = {"Authorization": f"Bearer {cast.party.token}"}
    address = "/court/api/v1/uploads"

    nothing = Client().post(address, {}, headers=bearer)
    text = Client().post(address, {"file": "text"}, headers=bearer)
    torn = Client().post(
        address, b"--x\r\nContent-Disp", content_type="multipart/form-data; boundary=x", headers=bearer
    )
    unbounded = Client().post(address, b"x", content_type="multipart/form-data", headers=bearer)

    assert [answer.status_code for answer in (nothing, text, torn, unbounded)] == [422, 422, 422, 400]


def test_a_bad_idempotency_key_is_refused(cast: Cast) -> None:
    for key in ("", "é", "x" * 201, "a b"):
        answer = cast.party.post("cases", application(), Idempotency_Key=key)

        assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key"), key


def test_visitors_who_ask_too_often_are_told_when_to_come_back(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mediation.api.authentication.CallRate.unknown", 2)

    answers: list[Any] = [Client().get("/court/api/v1/law/rules") for _time in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2]["Retry-After"]) > 0
    assert cast.clerk.get("law/rules").status_code == 200


def test_every_refusal_says_what_to_do_next_and_how_much_of_the_rate_is_left(cast: Cast) -> None:
    narrow = caller(cast.zhang, COURT, ["notices"])
    browser, base = Client(), ROOTS[COURT]
    bearer = {"Authorization": f"Bearer {cast.party.token}"}
    answers = [
        cast.party.post("cases", b"{"),
        browser.get(f"{base}cases"),
        narrow.get("cases"),
        cast.party.get(f"cases/{uuid4()}"),
        browser.get(f"{base}nowhere"),
        browser.put(f"{base}cases", headers=bearer),
        browser.post(f"{base}cases", b"a", content_type="text/plain", headers=bearer),
        cast.party.get("cases?state=FOO"),
    ]

    assert [answer.status_code for answer in answers] == [400, 401, 403, 404, 404, 405, 415, 422]
    assert all(answer.json()["next"] for answer in answers)
    assert all(answer["RateLimit"].startswith('"minute";r=') for answer in answers)


def test_a_wrong_token_is_told_to_fetch_another(cast: Cast) -> None:
    answer = Caller(None, COURT, "wrong").get("me")

    assert (answer.status_code, "oauth/token" in answer.json()["next"]) == (401, True)


@pytest.mark.parametrize(
    ("query", "field", "allowed"),
    [
        ("cases?stat=FILED", "stat", "state"),
        ("cases?state=FILED&state=CLOSED", "state", None),
        ("cases?state=FOO", "state", "FILED"),
        ("cases?state=", "state", "FILED"),
        ("cases?limit=0", "limit", "1–200"),
        ("cases?limit=5&limit=6", "limit", None),
        ("changes?kinds=nope", "kinds", "kind"),
        ("changes?kind=nope", "kind", "case.file.v1"),
        ("changes?kind=case.file.v1&kind=nope", "kind", "case.file.v1"),
        ("law/rules?year=2026", "year", None),
        ("roster/organisations?cuase=FUTURES", "cuase", "cause"),
        ("statistics/places?by=colour", "by", "court"),
        ("me?whole=1", "whole", None),
    ],
)
def test_a_filter_that_cannot_be_applied_is_named_and_never_passed_over(
    cast: Cast, query: str, field: str, allowed: str | None
) -> None:
    for who in (cast.clerk, cast.integrator):
        answer = who.get(query)
        told = answer.json()

        assert (answer.status_code, told["field"]) == (422, field)
        assert allowed is None or (allowed in told["allowed"] and "可以是" in told["detail"])


def test_every_list_says_which_query_parameters_it_takes(cast: Cast) -> None:
    wrong = []
    for who in (cast.clerk, cast.desk):
        for address, item in document(who.platform)["paths"].items():
            if "get" in item and "{" not in address:
                answer = BROWSER.get(f"{address}?no_such_filter=1", headers={"Authorization": f"Bearer {who.token}"})
                wrong += [(address, answer.status_code)] if answer.status_code != 422 else []

    assert wrong == []


def test_a_closed_list_in_the_facts_is_told_too(cast: Cast) -> None:
    for consents in ([], ["NOPE"]):
        body = application()
        body["facts"]["consents"] = consents
        told = cast.party.post("cases", body).json()

        assert (told["field"], "MEDIATION" in told["allowed"]) == ("consents", True)


def test_a_weak_etag_matches_nothing(cast: Cast) -> None:
    story = walk(cast.world, State.FILED)
    tag = cast.clerk.get(f"cases/{story.ref}")["ETag"]

    weak = cast.clerk.make(story.ref, "consult", {"channel": "SMS"}, If_Match=f"W/{tag}")
    strong = cast.clerk.make(story.ref, "consult", {"channel": "SMS"}, If_Match=tag)

    assert (weak.status_code, weak.json()["code"], strong.status_code) == (409, "overtaken", 201)


DOORS = ("mediation/moves.py", "mediation/problems.py", "mediation/api/*.py", "mediation/signatures/proving.py",
         "mediation/windows/passports.py", "roster/moves.py")  # fmt: skip
"""Where what a REST client is refused is raised, beside the guards."""


def raised() -> Iterator[str]:
    """Yield every code that the source raises in so many letters."""
    for path in [found for door in DOORS for found in BASE_DIR.glob(door)]:
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call):
                continue
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            given = call.args[:1] if name == "Refused" else []
            given += [word.value for word in call.keywords if name == "problem" and word.arg == "code"]
            yield from (one.value for one in given if isinstance(one, ast.Constant))


def test_the_catalogue_has_every_error_that_can_come(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = set(raised())

    page = errors_page.render_errors()
    monkeypatch.setattr(errors_page, "OTHERS", [one for one in errors_page.OTHERS if one[0] != "proof"])
    shorter = errors_page.render_errors()

    assert {code for code in codes if f"| `{code}` |" not in page} == set()
    assert {code for code in codes if f"| `{code}` |" not in shorter} == {"proof"}
    assert "`can_seal_reviewed` | 409 |" in page
    assert "`fits_own_party` | 403 |" in page
    assert "第十九条" in page
