"""What pages say of a case, in a bounded number of queries."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mediation.models import Case
from tests.windows.stage import PASSWORD, Stage, Story, file_case, walk

WHERE = {"zhang": "courtplatform", "huaxin": "courtplatform", "org": "investornet", "mediator": "investornet"}


def signed_in(stage: Stage, who: str) -> Client:
    client = Client()
    client.force_login(stage.accounts[who], backend="roster.backend.AccountBackend")
    return client


def case_url(story: Story, platform: str) -> str:
    return reverse(f"{platform}:case", kwargs={"ref": story.ref})


@pytest.mark.parametrize(
    "until", ["CONSULTING", "DELEGATED", "ACCEPTED", "MEDIATING", "SIGNING", "SETTLED", "COMPLETE"]
)
@pytest.mark.parametrize("who", ["zhang", "huaxin", "org", "mediator"])
def test_everybody_who_takes_part_sees_the_case_page_at_every_stage(stage: Stage, until: str, who: str) -> None:
    story = walk(file_case(stage), until)
    late_enough = until not in ("CONSULTING",) and (who != "mediator" or until not in ("DELEGATED", "ACCEPTED"))

    answer = signed_in(stage, who).get(case_url(story, WHERE[who]))

    expected = 200 if WHERE[who] == "courtplatform" or late_enough else 404
    assert answer.status_code == expected
    if expected == 200:
        assert "现在由谁办理" in answer.content.decode()


def test_a_case_page_costs_the_same_number_of_queries_however_long_the_journal(
    stage: Stage, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(stage, "mediator")
    story = walk(file_case(stage), "MEDIATING")
    client.get(case_url(story, "investornet"))

    with django_assert_max_num_queries(18) as few:
        client.get(case_url(story, "investornet"))
    walk_more(story)
    with django_assert_max_num_queries(18) as many:
        client.get(case_url(story, "investornet"))

    assert len(few) == len(many)


def walk_more(story: Story) -> None:
    case: Case = story.case("investornet")
    at = case.events.order_by("-number")[0].at
    for _round in range(10):
        story.act("investornet", "confirm_address", story.mediator, at, party=story.zhang, e_service=True)
    story.wire(at)


def test_the_password_is_asked_again_for_a_signature(stage: Stage) -> None:
    story = walk(file_case(stage), "SIGNING")
    client = signed_in(stage, "zhang")
    url = reverse("investornet:move", kwargs={"ref": story.ref, "move": "sign"})
    form = client.get(url).context["form"]
    given = {name: form[name].value() or "" for name in form.fields}

    wrong = client.post(url, {**given, "password": "wrong"})
    right = client.post(url, {**given, "password": PASSWORD})

    assert "密码不正确，没有签名" in wrong.content.decode()
    assert right.status_code == 302
    assert story.zhang in story.case("investornet").sheet["agreement"]["signatures"]
