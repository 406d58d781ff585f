"""A seeded storm of requests that are nearly right, on cases of every track: no 5xx, nothing undocumented (S3).

Each operation as everybody is ``test_operations``'s; here are the odd values, and moves that go through.
"""

from __future__ import annotations

import json
import random
import re
import uuid
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection

from mediation.api import views
from mediation.api.schema import document
from mediation.models import Case, Document
from mediation.moves import differences, fold
from mediation.vocabulary import State, Track
from tests.api.callers import (
    APPLICANT_ID,
    BROWSER,
    PDF,
    RESPONDENT_ID,
    ROOTS,
    Caller,
    Cast,
    application,
    check_as_documented,
)
from tests.figures import many
from tests.mediation.stories import AGREEMENT, COURT_CODE, DIGEST, Story, walk

REQUESTS = many(300, 100_000)
ODD: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    2**63,
    10**30,
    1.5,
    -0.0,
    1e308,
    "",
    " ",
    "0",
    "-1",
    "null",
    "NaN",
    "é",
    "​",
    "‮倒",
    "𠮷",
    "\x00",
    "\x7f",
    "\ud800",
    "a" * 5_000,
    "张" * 300,
    "'; --",
    "%s%n%(x)s",
    "{{7*7}}",
    "../../etc/passwd",
    "沪74",
    "津99",
    "0001-01-01",
    "9999-12-31",
    "2024-02-30",
    "2024-13-01",
    "1970-01-01",
    "2024-06-01",
    "2024-03-04T00:00:00",
    DIGEST,
    "0" * 64,
    "（2024）沪74诉前调1号",
    "（2099）沪74民初99999999号",
    APPLICANT_ID,
    RESPONDENT_ID,
    "13800000000",
    "MEDIATION",
    "PARTY",
    "CLERK",
    [],
    {},
    [[]],
    [None],
    {"": {}},
    {"ref": 1},
    [{"ref": "x"}],
    {"$gt": ""},
    ["MEDIATION", "MEDIATION"],
]


class Storm:
    """Makes requests out of the OpenAPI document: well-formed, nearly so, and not at all."""

    def __init__(self, cast: Cast, stories: list[Story], seed: int) -> None:
        self.chance, self.oddness, self.stories = random.Random(seed), 0.1, stories
        self.story, self.cast = stories[0], cast
        self.callers = [who for who in vars(cast).values() if isinstance(who, Caller)]
        self.refs = [ref for story in stories for ref in (str(story.ref), story.applicant, story.respondent)]
        self.refs += [cast.world.organisation, cast.world.mediator, cast.world.second, str(uuid.uuid4())]
        self.refs += [str(ref) for ref in Document.objects.values_list("ref", flat=True)]
        self.vouchers = {who.platform + who.token: who.upload().json()["upload"] for who in self.callers}

    def value(self, schema: dict[str, Any], components: dict[str, Any], depth: int = 0) -> Any:
        """Return a value that fits a schema, or, as often as this request is to be odd, one that does not."""
        if self.chance.random() < self.oddness:
            return self.chance.choice(ODD)
        if "$ref" in schema:
            return self.value(components[schema["$ref"].rpartition("/")[2]], components, depth)
        if "allOf" in schema or "anyOf" in schema or "oneOf" in schema:
            one = self.chance.choice([*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())])
            found = self.value(one, components, depth)
            if isinstance(found, dict) and "properties" in schema:
                found |= {name: self.value(part, components, depth + 1) for name, part in schema["properties"].items()}
            return found
        if schema.get("enum"):
            return self.chance.choice(schema["enum"])
        match schema.get("type"):
            case "object":
                return self._object(schema, components, depth)
            case "array":
                least = schema.get("minItems", 0)
                return [
                    self.value(schema["items"], components, depth + 1) for _n in range(least + self.chance.randrange(3))
                ]
            case "integer":
                return self.chance.choice([0, 1, 7, 100, 10**9])
            case "boolean":
                return self.chance.random() < 0.7
            case "string":
                return self._text(schema)
        return self.chance.choice(ODD)

    def _object(self, schema: dict[str, Any], components: dict[str, Any], depth: int) -> dict[str, Any]:
        found = {
            name: self.value(part, components, depth + 1)
            for name, part in schema.get("properties", {}).items()
            if self.chance.random() < (1 - self.oddness / 4 if name in schema.get("required", ()) else 0.3)
        }
        if self.chance.random() < self.oddness / 2:
            found[str(self.chance.choice(["state", "pk", "__class__", "platform", "号"]))] = self.chance.choice(ODD)
        return found

    def _text(self, schema: dict[str, Any]) -> str:
        if schema.get("format") == "uuid":
            near = {
                "party": [self.story.applicant, self.story.respondent],
                "organisation": [self.cast.world.organisation],
                "mediator": [self.cast.world.mediator, self.cast.world.second],
            }.get(schema.get("x-refers-to", ""), [])
            return self.chance.choice(near or self.refs)
        if schema.get("format") == "date":
            return self.chance.choice(
                ["2024-03-20", "2024-12-31", "2025-01-01", "0001-01-01", "9999-12-31", "2023-12-01"]
            )
        if "pattern" in schema:
            return self.chance.choice([DIGEST, "f" * 64])
        texts = [
            COURT_CODE,
            "事实",
            APPLICANT_ID,
            RESPONDENT_ID,
            "13800000000",
            "（2024）沪74民初7号",
            *self.vouchers.values(),
        ]
        return self.chance.choice(texts)

    def send(self) -> tuple[str, int]:
        """Send one request and check that its answer is documented."""
        self.oddness, self.story = self.chance.choice([0.0, 0.0, 0.04, 0.2]), self.chance.choice(self.stories)
        who = self.chance.choice(self.callers)
        if self.chance.random() < 0.5 and (moved := self._move(who)):
            return moved
        made = document(who.platform)
        address = self.chance.choice(list(made["paths"]))
        if self.chance.random() < 0.3:
            address = f"{ROOTS[who.platform]}cases"
        method, told = self.chance.choice(list(made["paths"][address].items()))
        url = address
        for parameter in told.get("parameters", ()):
            if parameter["in"] == "path":
                odd = self.chance.random() < 0.05
                chosen = (
                    quote(str(self.chance.choice(["x", "..", "é", "\x00", 0])), safe="")
                    if odd
                    else self.chance.choice(self.refs)
                )
                url = url.replace("{year}", str(self.chance.choice([0, 1999, 2024, 2026, 2027, 9999, 10**10])))
                url = url.replace("{" + parameter["name"] + "}", chosen)
        asked = {
            item["name"]: self.value(item["schema"], {})
            for item in told.get("parameters", ())
            if item["in"] == "query" and self.chance.random() < 0.4
        }
        url += "?" + "&".join(
            f"{name}={quote(str(value).encode('utf-8', 'surrogatepass'), safe='')}" for name, value in asked.items()
        )
        headers = (
            {"Authorization": f"Bearer {who.token}"}
            if self.chance.random() < 0.97
            else {"Authorization": self.chance.choice(["Bearer", "Basic x", "Bearer é", "x"])}
        )
        if method == "post":
            headers |= {"Idempotency-Key": str(self.chance.randrange(30))} if self.chance.random() < 0.2 else {}
            headers |= (
                {"If-Match": self.chance.choice(['"1"', '"7"', "*", "x", 'W/"2"'])}
                if self.chance.random() < 0.1
                else {}
            )
        answer = self._answer(method, url, told, made, headers)
        check_as_documented(who.platform, method, url, answer)
        return url, answer.status_code

    def _move(self, who: Caller) -> tuple[str, int] | None:
        """Make, more or less well, a move that this caller is offered."""
        offered = who.get(f"cases/{self.story.ref}/moves")
        items = offered.json().get("items") if offered.status_code == 200 else None
        if not items:
            return None
        item = self.chance.choice(items)
        body: dict[str, Any] = {"facts": self.value(item["facts"], {})}
        if item["texts"]:
            body["texts"] = {name: self.chance.choice(["文字。", "x" * 100]) for name in item["texts"]}
            if "digest" in item["facts"]["properties"] and isinstance(body["facts"], dict):
                body["texts"] = dict.fromkeys(item["texts"], AGREEMENT)
        if item["wants_document"]:
            body["documents"] = [{"upload": self.vouchers.get(who.platform + who.token, ""), "kind": "EVIDENCE"}]
        if self.chance.random() < self.oddness:
            body[self.chance.choice(list(body))] = self.chance.choice(ODD)
        answer = who.post(f"cases/{self.story.ref}/moves/{item['move']}", body)
        self.story.wire()
        return item["move"], answer.status_code

    def _answer(
        self, method: str, url: str, told: dict[str, Any], made: dict[str, Any], headers: dict[str, str]
    ) -> Any:
        if method == "get":
            return BROWSER.get(url, headers=headers)
        if told["operationId"] == "upload":
            contents = [PDF, b"", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, b"text"]
            head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
            raw = head + self.chance.choice(contents) + b"\r\n--b--\r\n"
            return BROWSER.post(url, raw, content_type="multipart/form-data; boundary=b", headers=headers)
        components = made["components"]["schemas"]
        if "requestBody" not in told:
            return BROWSER.post(url, b"", content_type="application/json", headers=headers)
        form = told["requestBody"]["content"].get("application/x-www-form-urlencoded")
        if form:
            given = self.value(form["schema"], components)
            pairs = given.items() if isinstance(given, dict) else [("grant_type", given)]
            raw = "&".join(f"{name}={str(value)!a}" for name, value in pairs).encode()
            return BROWSER.post(url, raw, content_type="application/x-www-form-urlencoded", headers=headers)
        if url.partition("?")[0].endswith("/cases") and self.chance.random() < 0.5:
            body: Any = self._nearly_right()
        else:
            body = self.value(told["requestBody"]["content"]["application/json"]["schema"], components)
        raw = json.dumps(body).encode()
        if self.chance.random() < 0.03:
            raw = raw[: self.chance.randrange(len(raw) + 1)]
        return BROWSER.post(url, raw, content_type="application/json", headers=headers)

    def _nearly_right(self) -> Any:
        """Return an application with one value anywhere replaced by something odd."""
        body: Any = application()
        target, key = body, None
        while isinstance(target, dict | list) and target:
            holder = target
            key = self.chance.choice(list(target) if isinstance(target, dict) else range(len(target)))
            target = target[key]
            if self.chance.random() < 0.25:
                break
        holder[key] = self.chance.choice(ODD)
        return body


def storm(cast: Cast, monkeypatch: pytest.MonkeyPatch, *, small: bool = False) -> Storm:
    """Return a storm over cases of every track, or of one, which no limit of requests in a time stops."""
    monkeypatch.setattr("mediation.api.authentication.UploadRate.rate", "1000000/s")
    for rate in ("known", "unknown"):
        monkeypatch.setattr(f"mediation.api.authentication.CallRate.{rate}", 1_000_000)
    if small:
        return Storm(cast, [walk(cast.world, State.CONSULTING)], seed=20211101)
    stories = [
        walk(cast.world, state)
        for state in (State.CONSULTING, State.READY, State.DELEGATED, State.MEDIATING, State.SIGNING)
    ]
    stories += [
        walk(cast.world, State.CONFIRMED),
        walk(cast.world, State.APPLIED, Track.DIRECT),
        walk(cast.world, State.DECREE_ISSUED, Track.ENTRUSTED),
    ]
    return Storm(cast, stories, seed=20211101)


def test_an_empty_post_without_a_type_is_answered_by_every_operation(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for rate in ("known", "unknown"):
        monkeypatch.setattr(f"mediation.api.authentication.CallRate.{rate}", 1_000_000)
    story, seen = walk(cast.world, State.MEDIATING), dict[str, int]()

    for who in (cast.integrator, cast.system_net):
        for address, item in document(who.platform)["paths"].items():
            if "post" not in item:
                continue
            url = address.replace("{ref}", str(story.ref)).replace("{party}", story.applicant)
            url = re.sub(r"\{[^}]+\}", "1", url)
            for headers in ({"Authorization": f"Bearer {who.token}"}, {}):
                answer = BROWSER.generic("POST", url, headers=headers)
                check_as_documented(who.platform, "post", url, answer)
                seen[item["post"]["operationId"]] = answer.status_code

    assert {seen["fetch_token"], seen["revoke_token"]} <= {400, 401}
    assert seen["open_case"] == 401
    assert max(seen.values()) < 500


@pytest.mark.slow
def test_a_storm_of_odd_requests_meets_no_error_of_ours(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, record_property: Any
) -> None:
    blowing, seen = storm(cast, monkeypatch), dict[int, int]()

    for _request in range(REQUESTS):
        url, status = blowing.send()
        seen[status] = seen.get(status, 0) + 1
        assert status < 500, url

    answers = ", ".join(f"{status} {times:,}" for status, times in sorted(seen.items()))
    record_property("figure", f"{REQUESTS:,} requests, none met a 5xx ({answers})")
    assert {200, 201, 202, 404, 409, 422} <= set(seen), seen
    connection.check_constraints()
    for case in Case.objects.all():
        assert differences(case, fold(case.platform, [event.entry() for event in case.events.order_by("number")])) == []


def test_same_storm_meets_a_view_that_raises(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    blowing = storm(cast, monkeypatch, small=True)

    def fall(*given: Any, **more: Any) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(views.OneCase, "get", fall)

    with pytest.raises(RuntimeError, match="planted"):
        any(blowing.send() is None for _request in range(REQUESTS))
