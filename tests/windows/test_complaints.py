"""A party complains about those who mediate its case: to the court, for the court's eyes and its own."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client as Browser

from mediation import rosters
from mediation.actor import Actor
from mediation.vocabulary import Role
from roster.models import Complaint, ComplaintText, Listing, RosterEvent
from tests.windows.stage import XSS, Stage, Story, day, file_case, walk

SAID = "调解员威胁我，不签就不让走。"


def browser_of(stage: Stage, who: str) -> Browser:
    browser = Browser()
    browser.force_login(stage.accounts[who], backend="roster.backend.AccountBackend")
    return browser


def complaint(stage: Stage, **changes: str) -> dict[str, str]:
    facts = {"about": f"organisation:{stage.organisation}", "ground": "FORCING", "text": SAID, "key": str(uuid.uuid4())}
    return facts | changes


def page_of(story: Story, platform: str = "court") -> str:
    return f"/{platform}/cases/{story.ref}/complaints/"


@pytest.fixture
def story(stage: Stage) -> Story:
    return walk(file_case(stage), "ACCEPTED")


def test_a_party_complains_once_reads_the_decision_and_nobody_else_finds_it(stage: Stage, story: Story) -> None:
    zhang, huaxin = browser_of(stage, "zhang"), browser_of(stage, "huaxin")
    stated = complaint(stage)

    answers = [zhang.post(page_of(story), stated).status_code for _twice in range(2)]
    row = Complaint.objects.get()
    clerk = Actor(Role.CLERK, "clerk", "沪74", "courtplatform")
    facts = {"upheld": True, "consequence": "WARNING"}
    rosters.perform(row, "decide", by=clerk, at=day(9), facts=facts, text="查证属实，予以警告。")

    own, other = (one.get(page_of(story)).content.decode() for one in (zhang, huaxin))
    assert answers == [302, 302]
    assert SAID in own
    assert "查证属实，予以警告。" in own
    assert "警告" in own
    assert SAID not in other
    assert "查证属实，予以警告。" not in other
    assert "经查属实" not in other


def test_what_was_written_is_sealed_and_in_no_journal(stage: Stage, story: Story) -> None:
    browser_of(stage, "zhang").post(page_of(story), complaint(stage))

    (text,) = ComplaintText.objects.all()
    (event,) = RosterEvent.objects.filter(aggregate="complaint")
    assert SAID.encode() not in bytes(text.sealed)
    assert SAID not in str(event.body())


@pytest.mark.parametrize("who", ["stranger", "li", "clerk", "org", "mediator"])
def test_nobody_but_the_parties_finds_the_page(stage: Stage, story: Story, who: str) -> None:
    browser = browser_of(stage, who)

    answers = [
        (browser.get(page_of(story, platform)).status_code, browser.post(page_of(story, platform), {}).status_code)
        for platform in ("court", "net")
    ]

    assert answers == [(404, 404), (404, 405)]


def test_the_other_platform_says_where_to_complain_and_takes_nothing(stage: Stage, story: Story) -> None:
    zhang = browser_of(stage, "zhang")

    shown = zhang.get(page_of(story, "net"))
    sent = zhang.post(page_of(story, "net"), complaint(stage))

    assert "上海金融法院" in shown.content.decode()
    assert "<textarea" not in shown.content.decode()
    assert sent.status_code == 405
    assert not Complaint.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"text": ""},
        {"text": "  "},
        {"text": "甲" * 30_000},
        {"ground": "NONE"},
        {"about": ""},
        {"about": "organisation:00000000-0000-4000-8000-000000000000"},
        {"about": "case:x"},
        {"key": "x"},
        {"text": "\x00"},
    ],
)
def test_a_wrong_form_is_shown_again_and_nothing_is_filed(stage: Stage, story: Story, changes: dict[str, str]) -> None:
    answer = browser_of(stage, "zhang").post(page_of(story), complaint(stage, **changes))

    assert answer.status_code == 422
    assert not Complaint.objects.exists()


def test_an_organisation_that_is_not_on_the_roster_is_told_with_its_reason(stage: Stage, story: Story) -> None:
    entry = {"court": "沪74", "organisation": stage.organisation, "platform": "courtplatform"}
    Listing.objects.filter(**entry).update(status="EXITED")

    answer = browser_of(stage, "zhang").post(page_of(story), complaint(stage))

    assert answer.status_code == 422
    assert "不在本院名册中" in answer.content.decode()


def test_a_complaint_is_taken_back_by_whoever_made_it_only(stage: Stage, story: Story) -> None:
    zhang, huaxin = browser_of(stage, "zhang"), browser_of(stage, "huaxin")
    zhang.post(page_of(story), complaint(stage, text=XSS))
    row = Complaint.objects.get()

    foreign = huaxin.post(page_of(story), {"withdraw": str(row.ref)}).status_code
    shown = zhang.get(page_of(story)).content.decode()
    own = zhang.post(page_of(story), {"withdraw": str(row.ref)}).status_code
    again: Any = zhang.post(page_of(story), {"withdraw": str(row.ref)}, follow=True)

    row.refresh_from_db()
    assert (foreign, own, row.state) == (404, 302, "WITHDRAWN")
    assert XSS not in shown
    assert "目前的状态下不能这样做" in again.content.decode()


def test_the_case_page_leads_there_once_somebody_mediates(stage: Stage) -> None:
    early = file_case(stage)
    before = browser_of(stage, "zhang").get(f"/court/cases/{early.ref}/").content.decode()
    walk(early, "ACCEPTED")

    after = browser_of(stage, "zhang").get(f"/court/cases/{early.ref}/").content.decode()

    assert page_of(early) not in before
    assert page_of(early) in after
