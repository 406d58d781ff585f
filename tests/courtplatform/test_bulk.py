"""Many cases in one go: looked at before, each made by itself through the door, failures listed, never twice."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mediation import bulks, tasks
from mediation.models import Bulk, BulkItem, Case, CaseEvent
from mediation.vocabulary import State
from roster.models import Listing, Organisation, Post
from tests.courtplatform.desk import BASE
from tests.windows.stage import XSS, Stage, Story, day, file_case, walk

GO = {"left_to_court": "on"}


def ready(stage: Stage, **more: Any) -> Story:
    """Walk a case to where a clerk may delegate it."""
    story = walk(file_case(stage, **more), "CONSULTING")
    answer = {"party": story.huaxin, "stage": "MEDIATION", "channel": "ONLINE"}
    story.act("courtplatform", "consent", story.party(story.huaxin, "courtplatform"), day(1), **answer)
    return story


def plan(browser: Any, *stories: Story, **more: Any) -> str:
    """Tick the cases on the list and return the address of the plan."""
    return browser.post(f"{BASE}bulk/", {"case": [str(story.ref) for story in stories], **more})["Location"]


def state_of(story: Story) -> str:
    return Case.objects.get(platform="courtplatform", ref=story.ref).state


def test_a_plan_tells_of_each_case_whether_it_can_and_why_not_and_writes_nothing(stage: Stage, at_desk: Any) -> None:
    able, early = ready(stage), file_case(stage)
    browser, before = at_desk("clerk"), CaseEvent.objects.count()
    address = plan(browser, able, early)

    unjudged = browser.get(address).content.decode()
    judged = browser.get(address, {"organisation": str(stage.organisation), **GO}).content.decode()

    assert "案件目前的状态下不能这样做" in unjudged
    assert "现在可以办理 <strong>1</strong> 件" in judged
    assert judged.count("可以办理") >= 2
    assert CaseEvent.objects.count() == before
    assert Bulk.objects.get().state == Bulk.PLANNED


def test_a_plan_in_which_no_case_can_be_done_has_no_button_but_says_what_to_do(stage: Stage, at_desk: Any) -> None:
    browser = at_desk("clerk")
    address = plan(browser, file_case(stage))

    judged = browser.get(address, {"organisation": str(stage.organisation), **GO}).content.decode()

    assert "办理 0 件" not in judged
    assert "没有可以办理的案件。" in judged


def test_a_started_bulk_makes_what_it_can_and_lists_what_failed(stage: Stage, at_desk: Any) -> None:
    one, two, early = ready(stage), ready(stage), file_case(stage)
    browser = at_desk("clerk")
    address = plan(browser, one, two, early)

    answer = browser.post(address, {"organisation": str(stage.organisation), **GO}, follow=True).content.decode()

    assert state_of(one) == state_of(two) == State.DELEGATED
    assert state_of(early) == State.FILED
    assert "未能办理" in answer
    assert "案件目前的状态下不能这样做" in answer
    assert Bulk.objects.get().state == Bulk.DONE
    last = CaseEvent.objects.filter(case__ref=one.ref, case__platform="courtplatform").latest("number")
    assert last.by["ref"] == str(stage.accounts["clerk"].ref)
    assert last.by["seat"] == "沪74"


def test_a_bulk_sent_twice_acts_once(stage: Stage, at_desk: Any) -> None:
    story = ready(stage)
    browser = at_desk("clerk")
    address = plan(browser, story)
    choice = {"organisation": str(stage.organisation), **GO}

    answers = [browser.post(address, choice) for _time in range(3)]

    case = Case.objects.get(platform="courtplatform", ref=story.ref)
    assert {answer.status_code for answer in answers} == {302}
    assert case.events.filter(kind="case.delegate.v1").count() == 1
    assert BulkItem.objects.get().state == BulkItem.DONE


def test_a_case_that_somebody_touched_after_the_plan_is_left_alone(stage: Stage, at_desk: Any) -> None:
    story = ready(stage)
    browser = at_desk("clerk")
    address = plan(browser, story)
    answer = {"party": story.huaxin, "stage": "ONLINE", "channel": "ONLINE"}
    story.act("courtplatform", "consent", story.party(story.huaxin, "courtplatform"), day(2), **answer)

    shown = browser.get(address, {"organisation": str(stage.organisation), **GO}).content.decode()
    sent = browser.post(address, {"organisation": str(stage.organisation), **GO}, follow=True).content.decode()

    assert "其他人已经先办理了该案" in shown
    assert "其他人已经先办理了该案" in sent
    assert state_of(story) == State.READY


def test_capacity_runs_out_in_the_preview_as_it_does_at_the_door(stage: Stage, at_desk: Any) -> None:
    stories = [ready(stage) for _number in range(3)]
    Organisation.objects.filter(ref=stage.organisation).update(capacity=2)
    browser = at_desk("clerk")
    address = plan(browser, *stories)
    choice = {"organisation": str(stage.organisation), **GO}

    shown = browser.get(address, choice).content.decode()
    browser.post(address, choice)

    assert "现在可以办理 <strong>2</strong> 件" in shown
    assert "已达上限" in shown
    assert sorted(map(state_of, stories)) == [State.DELEGATED, State.DELEGATED, State.READY]


def test_what_is_more_than_one_go_is_gone_on_with_by_a_worker_from_the_rows_alone(
    stage: Stage, at_desk: Any, monkeypatch: Any
) -> None:
    stories = [ready(stage) for _number in range(4)]
    monkeypatch.setattr(bulks.go_on, "__kwdefaults__", {"most": 2})
    browser = at_desk("clerk")
    address = plan(browser, *stories)

    half = browser.post(address, {"organisation": str(stage.organisation), **GO}, follow=True).content.decode()
    running = Bulk.objects.get().state
    worked = bulks.work("courtplatform", day(9))

    assert "继续办理" in half
    assert running == Bulk.RUNNING
    assert worked == 2
    assert Bulk.objects.get().state == Bulk.DONE
    assert {state_of(story) for story in stories} == {State.DELEGATED}
    assert bulks.work("courtplatform", day(9)) == 0


def test_a_worker_stops_where_the_clerk_holds_the_post_no_longer(stage: Stage, at_desk: Any) -> None:
    story = ready(stage)
    browser = at_desk("clerk")
    plan(browser, story)
    bulk = Bulk.objects.get()
    bulks.start(
        bulk, {"left_to_court": True}, {item.case_id: str(stage.organisation) for item in bulk.items.all()}, day(9)
    )
    Post.objects.filter(account=stage.accounts["clerk"]).update(valid_until=day(8))

    bulks.work("courtplatform", day(9))

    assert state_of(story) == State.READY
    assert BulkItem.objects.get().why["code"] == "post"


def test_a_clerk_of_another_court_can_neither_plan_nor_look_nor_start(stage: Stage, at_desk: Any) -> None:
    story = ready(stage)
    ours, theirs = at_desk("clerk"), at_desk("other_clerk")
    address = plan(ours, story)

    ticked = theirs.post(f"{BASE}bulk/", {"case": [str(story.ref)]})
    all_listed = theirs.post(f"{BASE}bulk/", {"all": "1", "query": ""})

    assert ticked["Location"] == all_listed["Location"] == f"{BASE}cases/"
    assert theirs.get(address).status_code == 404
    assert theirs.post(address, {"organisation": str(stage.organisation), **GO}).status_code == 404
    assert at_desk("judge").get(f"{BASE}bulk/").status_code == 403
    assert at_desk("spc").post(f"{BASE}bulk/", {"case": [str(story.ref)]}).status_code == 403
    assert str(Bulk.objects.get().ref) not in theirs.get(f"{BASE}bulk/").content.decode()
    assert state_of(story) == State.READY


def test_each_case_may_go_to_whom_it_fits_best_and_they_fill_up_one_after_the_other(stage: Stage, at_desk: Any) -> None:
    stories = [ready(stage) for _number in range(4)]
    Organisation.objects.update(capacity=2)
    browser = at_desk("clerk")
    address = plan(browser, *stories)

    shown = browser.get(address, {"organisation": "advised", **GO}).content.decode()
    browser.post(address, {"organisation": "advised", **GO})

    went = [Case.objects.get(platform="courtplatform", ref=story.ref).organisation for story in stories]
    assert "现在可以办理 <strong>4</strong> 件" in shown
    assert sorted(went) == sorted([str(stage.organisation), str(stage.other_organisation)] * 2)


def test_nobody_to_recommend_is_told_and_starts_nothing_for_that_case(stage: Stage, at_desk: Any) -> None:
    story = ready(stage)
    Organisation.objects.update(capacity=0)
    browser = at_desk("clerk")
    address = plan(browser, story)

    shown = browser.get(address, {"organisation": "advised", **GO}).content.decode()
    browser.post(address, {"organisation": "advised", **GO})

    assert "没有可以推荐的调解组织" in shown
    assert state_of(story) == State.READY
    assert BulkItem.objects.get().state == BulkItem.REFUSED


def test_the_whole_list_is_taken_with_its_filters(stage: Stage, at_desk: Any) -> None:
    story = ready(stage)
    file_case(stage)
    browser = at_desk("clerk")

    address = browser.post(f"{BASE}bulk/", {"all": "1", "query": "queue=ready"})["Location"]

    assert [item.case.ref for item in BulkItem.objects.all()] == [story.ref]
    assert browser.get(address).status_code == 200


NOBODY = "51df1293-5a79-44d6-b6ae-46655e1bbc12"


@pytest.mark.parametrize("wrong", [{}, {"case": ["x", "\x00", XSS]}, {"case": [NOBODY]}])
def test_a_choice_of_nothing_is_told_so(stage: Stage, at_desk: Any, wrong: dict[str, Any]) -> None:
    answer = at_desk("clerk").post(f"{BASE}bulk/", wrong, follow=True)

    assert "没有选择案件" in answer.content.decode()
    assert not Bulk.objects.exists()


@pytest.mark.parametrize("organisation", ["", "nobody", XSS, NOBODY])
def test_an_organisation_that_is_not_on_the_roster_starts_nothing(
    stage: Stage, at_desk: Any, organisation: str
) -> None:
    story = ready(stage)
    browser = at_desk("clerk")
    address = plan(browser, story)

    answer = browser.post(address, {"organisation": organisation, **GO})

    assert answer.status_code == 400
    assert Bulk.objects.get().state == Bulk.PLANNED
    assert state_of(story) == State.READY


def test_an_organisation_that_left_the_roster_meanwhile_fails_case_by_case(stage: Stage, at_desk: Any) -> None:
    story = ready(stage)
    browser = at_desk("clerk")
    plan(browser, story)
    bulk = Bulk.objects.get()
    bulks.start(
        bulk, {"left_to_court": True}, {item.case_id: str(stage.organisation) for item in bulk.items.all()}, day(9)
    )
    Listing.objects.all().delete()

    bulks.go_on(bulk, day(9))

    assert BulkItem.objects.get().why["code"] == "fits_listed_here"
    assert state_of(story) == State.READY


def like(story: Story, number: int, **changed: Any) -> list[Case]:
    """Put down so many more cases with the same people, as rows; what a journal would tell of them is not asked."""
    one = story.case("courtplatform")
    kept = {field.attname: getattr(one, field.attname) for field in Case._meta.concrete_fields if field.name != "id"}
    made = Case.objects.bulk_create(
        Case(**kept | {"ref": uuid.uuid4(), "number": f"（2024）沪74诉前调{place}号"} | changed)
        for place in range(1, number + 1)
    )
    for person in one.people.all():
        known = {
            field.attname: getattr(person, field.attname)
            for field in person._meta.concrete_fields
            if field.name not in ("id", "case")
        }
        type(person).objects.bulk_create(type(person)(case=case, **known) for case in made)
    return made


def test_five_hundred_cases_are_planned_and_worked_through_with_the_same_few_questions_and_never_more(
    stage: Stage, at_desk: Any
) -> None:
    Organisation.objects.filter(platform="courtplatform", ref=stage.organisation).update(capacity=MOST_ABLE)
    story, browser, asked = ready(stage), at_desk("clerk"), []
    able = [story.case("courtplatform"), *like(story, MOST_ABLE)]
    early = like(story, bulks.MOST - len(able) + 1, state=State.FILED)
    everything = [str(case.ref) for case in (*able, *early)]

    many = browser.post(f"{BASE}bulk/", {"case": everything}, follow=True).content.decode()
    for taken in (everything[:2], everything[:-1]):
        address = browser.post(f"{BASE}bulk/", {"case": taken})["Location"]
        for organisation in (str(stage.organisation), "advised"):
            with CaptureQueriesContext(connection) as queries:
                shown = browser.get(address, {"organisation": organisation, **GO})
            asked.append(len(queries))
    browser.post(address, {"organisation": str(stage.organisation), **GO})
    bulk = Bulk.objects.latest("pk")
    with CaptureQueriesContext(connection) as worked:
        tasks.go_on()
    with CaptureQueriesContext(connection) as queries:
        course = browser.get(address).content.decode()

    assert f"一次最多批量办理{bulks.MOST}件案件" in many
    assert asked[:2] == asked[2:]
    assert max(asked) <= 12
    assert shown.content.decode().count("案件目前的状态下不能这样做") == bulks.MOST - len(able)
    assert len(queries) <= 12
    bulk.refresh_from_db()
    states = bulk.items.values_list("state", flat=True)
    assert (bulk.state, len(states)) == (Bulk.DONE, bulks.MOST)
    assert list(states).count(BulkItem.DONE) == MOST_ABLE
    assert {one.why["code"] for one in bulk.items.filter(state=BulkItem.REFUSED)} == {"fits_capacity", "state"}
    assert len(worked) <= 10 * bulks.MOST
    assert len(re.findall("已办理", course)) >= MOST_ABLE
    assert course.count("案件目前的状态下不能这样做") == bulks.MOST - len(able)


MOST_ABLE = 10
"""How many of the five hundred the organisation has room for: one more is refused."""
