"""The examples of both OpenAPI documents: each can be sent as it stands, once what it refers to exists."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import jsonschema
import pytest
from django.db import transaction

from mediation import present
from mediation.api import examples
from mediation.api.schema import document
from mediation.models import MediationSession
from mediation.vocabulary import State
from tests.api.callers import BROWSER, PDF, Caller, Cast
from tests.mediation.stories import COURT, NET, Story, walk

PLATFORMS = pytest.mark.parametrize("platform", [COURT, NET])
WRONG_SHAPE = {"malformed", "invalid", "bad-request", "media-type", "too-large"}
WITHOUT = {"upload"}
"""What is submitted as neither JSON nor a form of pairs."""

ABOUT_THE_MOMENT = {"load_calendar"}
"""Refused at the date of these tests for what the example says of a later year."""


def given(platform: str) -> Iterator[tuple[str, str, str, Any]]:
    """Yield address, operation, media type and example of every submission that has a body."""
    for address, item in document(platform)["paths"].items():
        told = item.get("post", {})
        for media_type, content in told.get("requestBody", {}).get("content", {}).items():
            if told["operationId"] not in WITHOUT:
                ((_name, example),) = content.get("examples", {"": {"value": None}}).items()
                yield address, told["operationId"], media_type, example["value"]


@PLATFORMS
def test_every_submission_has_an_example_that_fits_its_own_schema(platform: str) -> None:
    made = document(platform)

    for address, operation, media_type, example in given(platform):
        assert example is not None, operation
        content = made["paths"][address]["post"]["requestBody"]["content"][media_type]
        schema = {**content["schema"], "components": made["components"]}
        jsonschema.Draft202012Validator(schema).validate(example)


@PLATFORMS
def test_no_example_is_refused_for_its_shape(cast: Cast, platform: str) -> None:
    story = walk(cast.world, State.MEDIATING)
    wrong, seen = [], set[str]()
    for address, operation, media_type, example in given(platform):
        for who in senders(cast, platform, address):
            body = existing(cast, story, who, example)
            if operation == "act_on_session":
                body = {**body, "time": session(story)}
            # What goes through must not be in the way of the next, but for the session that the next is about.
            begun = transaction.savepoint()
            answer = send(who, place(story, address), media_type, body)
            if operation != "propose_session":
                transaction.savepoint_rollback(begun)
            seen.add(f"{operation} {answer.status_code}")
            told = answer.json() if answer.content else {}
            if told.get("code") in WRONG_SHAPE and operation not in ABOUT_THE_MOMENT:
                wrong.append((operation, answer.status_code, told.get("field"), told["detail"]))

    assert wrong == []
    done = {"save_preferences 200", "read_notices 200"}
    done |= {"open_case 201"} if platform == COURT else {"propose_session 201", "act_on_session 200", "say 201"}
    assert done <= seen, seen


@PLATFORMS
def test_the_example_of_an_application_opens_a_case(cast: Cast, platform: str) -> None:
    who = cast.party if platform == COURT else cast.party_net
    story = walk(cast.world, State.CONSULTING)

    answer = who.post("cases", existing(cast, story, who, examples.APPLICATIONS[platform]))

    assert answer.status_code == 201, answer.content.decode()


@PLATFORMS
def test_every_variable_of_an_address_says_what_it_stands_for(platform: str) -> None:
    told = {
        (address.split("/")[4], parameter["name"]): parameter.get("description")
        for address, item in document(platform)["paths"].items()
        for one in item.values()
        for parameter in one.get("parameters", ())
        if parameter["in"] == "path"
    }

    assert [place for place, words in told.items() if not words] == []
    assert "list_cases" in str(told["cases", "ref"])
    assert "list_subscriptions" in str(told["subscriptions", "ref"])


def senders(cast: Cast, platform: str, address: str) -> list[Caller]:
    """Return who may do something on a platform, one for each side of a case."""
    if "oauth" in address:
        return [Caller(None, platform)]
    if platform == COURT:
        return [cast.clerk, cast.party]
    return [cast.mediator, cast.party_net, cast.desk]


def existing(cast: Cast, story: Story, who: Caller, example: Any) -> Any:
    """Return an example with references, vouchers and near days in place of made-up ones."""
    text = json.dumps(example, ensure_ascii=False)
    there = {
        "party": story.applicant,
        "organisation": cast.world.organisation,
        "mediator": cast.world.mediator,
        "case": str(story.ref),
    }
    for times in [example["times"]] if isinstance(example, dict) and "times" in example else []:
        for days, time in enumerate(times, 1):
            text = text.replace(time, (present.now() + timedelta(days=days)).isoformat())
    for kind, ref in there.items():
        text = text.replace(examples.reference(kind), ref)
    if isinstance(example, dict) and "who" in example:
        colleagues = who.get("colleagues").json().get("items")
        text = text.replace(example["who"], colleagues[0]["ref"] if colleagues else str(story.ref))
    if examples.VOUCHER in text:
        text = text.replace(examples.VOUCHER, who.upload(PDF).json()["upload"])
    return json.loads(text)


def place(story: Story, address: str) -> str:
    """Return an address with its variables filled in."""
    known = {"ref": str(story.ref), "party": story.applicant, "version": "1", "aggregate": "mediator", "act": "fix"}
    known |= {"move": "return_edit", "session": str(getattr(MediationSession.objects.first(), "ref", story.ref))}
    for name, value in known.items():
        address = address.replace("{" + name + "}", value)
    return address


def session(story: Story) -> int:
    """Return the key of a time of the session that was proposed, if one was."""
    held = MediationSession.objects.filter(case__ref=story.ref).first()
    time = held.times.first() if held else None
    return int(time.pk) if time else 1


def send(who: Caller, address: str, media_type: str, body: Any) -> Any:
    """Post a body as what it is."""
    raw = urlencode(body) if "form" in media_type else json.dumps(body)
    headers = {"Authorization": f"Bearer {who.token}", "Idempotency-Key": f"{address}{who.token}"[:200]}
    return BROWSER.post(address, raw, content_type=media_type, headers=headers if who.token else {})
