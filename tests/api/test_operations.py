"""Every operation of both platforms as everybody, out of the OpenAPI document: what it allows, what it forbids, chains.

Nothing answers with an error of ours, with a status or a shape that the document does not have (S3). Schemathesis makes
the requests; they reach the application without a server between. ``test_fuzz`` sends what no document describes.
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, repeat
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from rest_framework.response import Response
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from mediation.api import views
from mediation.api.schema import LINKS, document
from mediation.models import Document
from mediation.vocabulary import State
from tests.api.callers import ROOTS, Caller, Cast, application
from tests.figures import LONG, many
from tests.mediation.stories import COURT, NET, walk

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
EXAMPLES, WALKS, STEPS = many(2, 60), many(3, 400), many(8, 12)
OF_CASES = ("open_case", "list_cases", "make_consent", *LINKS["case"][2])
OF_SUBSCRIPTIONS = ("subscribe", *LINKS["subscription"][2])
CHAINS = ((COURT, OF_CASES), (NET, OF_CASES), (NET, OF_SUBSCRIPTIONS), *([(COURT, OF_SUBSCRIPTIONS)] if LONG else []))
"""What is chained by the links of the document; subscriptions are the same on both platforms."""


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """Leave the connection open between requests, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def described(platform: str, refs: dict[str, list[str]]) -> Any:
    """Return the document for Schemathesis, in which what is referred to exists, or does not in one case of several."""
    made = copy.deepcopy(document(platform))
    for address, item in made["paths"].items():
        for told in item.values():
            for parameter in told.get("parameters", ()):
                kind = address.split("/")[4]
                if parameter["in"] == "path" and parameter["name"] in ("ref", "party") and kind in refs:
                    parameter["schema"]["enum"] = refs["party" if parameter["name"] == "party" else kind]
    for schema in _schemas(made["paths"]):
        if schema.get("x-refers-to") in refs:
            schema["enum"] = refs[schema["x-refers-to"]]
    subscription = made["components"]["schemas"]["SubscriptionIn"]["properties"]
    subscription["url"]["enum"], subscription["kinds"]["items"]["enum"] = ["https://system.example/"], ["case.file.v1"]
    found = schemathesis.openapi.from_dict(made)
    found.app = get_wsgi_application()
    return found


def _schemas(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
        yield from chain.from_iterable(map(_schemas, part.values()))
    elif isinstance(part, list):
        yield from chain.from_iterable(map(_schemas, part))


def surroundings(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Return what there is to refer to; no limit of requests in a time stops anybody."""
    monkeypatch.setattr("mediation.api.authentication.UploadRate.rate", "1000000/s")
    for rate in ("known", "unknown"):
        monkeypatch.setattr(f"mediation.api.authentication.CallRate.{rate}", 1_000_000)
    stories = [walk(cast.world, state) for state in (State.READY, State.MEDIATING, State.SIGNING)]
    foreign = str(uuid.UUID(int=2**128 - 8))
    return {
        "cases": [*(str(story.ref) for story in stories), foreign],
        "documents": [*map(str, Document.objects.values_list("ref", flat=True)[:2]), foreign],
        "party": [stories[0].applicant, stories[0].respondent],
        "organisation": [cast.world.organisation],
        "mediator": [cast.world.mediator],
    }


def callers(cast: Cast, platform: str) -> list[Caller]:
    """Return one of each role on a platform, and somebody without a token; strangers are ``tests.access``'s."""
    twice = ("other_", "idle_", "respondent")
    known = [who for name, who in vars(cast).items() if isinstance(who, Caller) and not name.startswith(twice)]
    return [*(who for who in known if who.platform == platform), Caller(None, platform)]


def opened(cast: Cast, platform: str) -> dict[str, Any]:
    """Return an application that a platform takes."""
    body = application()
    if platform == NET:
        del body["facts"]["track"], body["facts"]["court"]
        body["facts"] |= {"organisation": cast.world.organisation, "source": "ONLINE_NET"}
    return body


def bearer(who: Caller) -> dict[str, str]:
    """Return the header by which somebody is known."""
    return {"Authorization": f"Bearer {who.token}"} if who.token else {}


def play(examples: int, **more: Any) -> settings:
    """Return how Hypothesis is to play: the same every time, and without shrinking what has been found."""
    return settings(
        max_examples=examples, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck), **more,
    )  # fmt: skip


def storm(schemas: dict[str, Any], people: dict[str, list[Caller]], seen: dict[int, int]) -> None:
    """Send what each operation allows as everybody, and more of it and what it forbids as one after another. What an
    operation of both platforms is sent is made up once: they differ in who may and in what is there, not in the window.
    """
    found = {
        code: {_named(one.ok()): one.ok() for one in schema.get_all_operations()} for code, schema in schemas.items()
    }
    for turn, name in enumerate(dict.fromkeys(chain.from_iterable(found.values()))):
        same = {code: operations[name] for code, operations in found.items() if name in operations}
        everybody = [(same[code], who) for code in same for who in people[code]]
        some = everybody if LONG else [everybody[turn % len(everybody)]]
        drawn = list(same.values())[turn % len(same)]
        send(drawn, GenerationMode.POSITIVE, EXAMPLES, [everybody, some], seen)
        with suppress(Unsatisfiable):  # Some operations leave nothing to be wrong.
            send(drawn, GenerationMode.NEGATIVE, EXAMPLES - 1, [some], seen)


def _named(operation: Any) -> str:
    return str(operation.definition.raw["operationId"])


def send(
    drawn: Any, mode: GenerationMode, examples: int, senders: list[list[tuple[Any, Caller]]], seen: dict[int, int]
) -> None:
    """Make requests to an operation, send the first as the first of these groups, each to the same operation where they
    are at home, and check the answers.
    """
    groups = chain(senders, repeat(senders[-1]))
    parts = ("path_parameters", "headers", "cookies", "query", "body", "media_type", "multipart_content_types")

    @play(examples)
    @given(case=drawn.as_strategy(generation_mode=mode))
    def made(case: Any) -> None:
        given_ = {name: getattr(case, name) for name in parts}
        for operation, who in next(groups):
            sent = case if operation is drawn else operation.Case(**given_)
            answer = sent.call(headers=bearer(who))
            seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
            sent.validate_response(answer, checks=list(CHECKS))

    made()


@pytest.mark.slow
def test_every_operation_answers_everybody_as_the_document_says(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, record_property: Any
) -> None:
    seen: dict[int, int] = {}
    refs = surroundings(cast, monkeypatch)

    storm(
        {platform: described(platform, refs) for platform in (COURT, NET)},
        {platform: callers(cast, platform) for platform in (COURT, NET)},
        seen,
    )

    answers = ", ".join(f"{status} {times:,}" for status, times in sorted(seen.items()))
    record_property("figure", f"{sum(seen.values()):,} requests ({answers})")
    assert {200, 401, 403, 404, 422} <= set(seen), seen
    assert max(seen) < 500


@pytest.mark.parametrize(("platform", "linked"), CHAINS)
@pytest.mark.slow
def test_chains_of_operations_answer_as_the_document_says(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, record_property: Any, platform: str, linked: tuple[str, ...]
) -> None:
    schema = described(platform, surroundings(cast, monkeypatch)).include(operation_id=[*linked])
    opening = schema.raw_schema["paths"][f"{ROOTS[platform]}cases"]["post"]["requestBody"]["content"]
    opening["application/json"]["schema"] = {"enum": [opened(cast, platform)]}
    seen: dict[str, int] = {}

    class Chains(schema.as_state_machine()):  # type: ignore[misc]
        who: Caller

        def setup(self) -> None:
            # Each chain begins with the same world, or Hypothesis could not play it again.
            self.turned = transaction.savepoint()

        def teardown(self) -> None:
            transaction.savepoint_rollback(self.turned)

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": bearer(self.who)}

        def validate_response(self, response: Any, case: Any, **_more: Any) -> None:
            done = f"{case.operation.definition.raw['operationId']} {response.status_code}"
            seen[done] = seen.get(done, 0) + 1
            case.validate_response(response, checks=list(CHECKS))

    for person in callers(cast, platform)[: -1 if LONG else 3]:
        Chains.who = person
        Chains.run(settings=play(WALKS, stateful_step_count=STEPS))

    record_property("figure", f"{platform}: {WALKS:,} chains as each role, {sum(seen.values()):,} requests")
    assert {f"{linked[0]} 201"} <= set(seen), seen
    assert {f"{operation} 200" for operation in linked[2:]} & set(seen), seen


def _answered(answer: dict[str, Any] | None, status: int) -> Response:
    if answer is None:
        raise RuntimeError("planted")
    return Response(answer, status)


@pytest.mark.parametrize(
    ("answer", "told"),
    [({}, "418"), ({"ref": 7}, "required property"), (None, "Server error")],
    ids=["status", "shape", "5xx"],
)
def test_same_checks_see_what_the_document_does_not_have(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any] | None, told: str
) -> None:
    status = 418 if answer == {} else 200
    monkeypatch.setattr(views.OneCase, "get", lambda *_given, **_named: _answered(answer, status))
    operation = described(COURT, surroundings(cast, monkeypatch))[f"{ROOTS[COURT]}cases/{{ref}}"]["GET"]

    with pytest.raises(BaseException, match=told):
        send(operation, GenerationMode.POSITIVE, 1, [[(operation, cast.clerk)]], {})
