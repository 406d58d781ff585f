"""A firm's desk: its people come in by a code, share one inbox, handle and stand in, answer parallel cases once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from investornet.access import rights
from mediation import duty
from mediation.actor import Actor
from mediation.models import Case, CaseEvent, Notice
from mediation.moves import Refused, options
from mediation.telling import following
from mediation.telling.people import holders, inbox
from mediation.vocabulary import Role
from mediation.windows.pages import duty_to_take_part
from mediation.workdays import local_day
from roster.models import Account, Post
from tests.windows.stage import LI, Stage, Story, account, day, file_case, walk

COURT, NET = "courtplatform", "investornet"


def client_of(someone: Account) -> Client:
    client = Client()
    client.force_login(someone, backend="roster.backend.AccountBackend")
    return client


def let_in(stage: Stage, platform: str, login: str, power: str) -> Account:
    """Let somebody in at the desk of the firm, by the code it is given."""
    person = account(login, f"经办{login}", f"3101011990010{len(login):02d}11")
    page = client_of(stage.accounts["huaxin"]).post(
        reverse(f"{platform}:desk_people"), {"invite": "1", "name": person.name, "power": power}
    )
    joined = client_of(person).post(reverse(f"{platform}:desk_join"), {"code": page.context["code"].lower()})
    assert joined.status_code == 302
    return person


def hidden(page: Any) -> dict[str, Any]:
    """Return what the form of a joint answer sends by itself."""
    form = page.context["form"]
    marks = [one["mark"] for one in page.context["able"]]
    return {"seen": form["seen"].value(), "key": form["key"].value(), "move": page.context["move"], "case": marks}


def test_a_firm_answers_parallel_cases_once_and_each_has_an_entry_of_its_own(stage: Stage) -> None:
    stories = [file_case(stage), file_case(stage, applicant="李国栋", number=LI)]
    for story in stories:
        story.act(COURT, "consult", story.clerk, day(0), channel="SMS")
    with time_machine.travel(day(1), tick=False):
        wang = client_of(let_in(stage, COURT, "wang", "GENERAL"))
        desk = wang.get(reverse("courtplatform:desk"))
        chosen = wang.get(desk.context["groups"][0]["url"])
        page = wang.get(next(one["url"] for one in chosen.context["choices"] if "move=consent&" in one["url"]))
        given = {**hidden(page), "stage": "MEDIATION", "channel": "ONLINE"}
        answers = [wang.post(reverse("courtplatform:desk_answer"), given) for _time in range(2)]
        unfilled = wang.post(reverse("courtplatform:desk_answer"), {**given, "stage": ""})

    assert [row["waits_label"] for row in desk.context["rows"]] == ["同意", "同意"]
    assert desk.context["groups"][0]["count"] == 2
    assert [answer.context["done"] for answer in answers] == [2, 2]
    assert unfilled.status_code == 422
    case = stories[0].case(COURT)
    case.sheet["parties"][stories[0].huaxin]["institution"] = "SECURITIES"
    assert "第九十四条" in duty_to_take_part(case, stories[0].huaxin, local_day(day(1)))
    assert not duty_to_take_part(case, stories[0].zhang, local_day(day(1)))
    made = CaseEvent.objects.filter(platform=COURT, kind="case.consent.v1")
    assert sorted(event.by["ref"] for event in made) == sorted(story.huaxin for story in stories)
    assert {story.case(COURT).state for story in stories} == {"READY"}


def test_a_case_is_told_to_its_handler_or_who_stands_in_and_never_to_who_has_left(stage: Stage) -> None:
    story = walk(file_case(stage), "MEDIATING")
    wang, zhao = (let_in(stage, NET, name, "GENERAL") for name in ("wang", "zhaozhao"))
    Account.objects.filter(pk=wang.pk).update(phone="13900000001")
    Account.objects.filter(pk=zhao.pk).update(phone="13900000002")
    given = {"case": [str(story.ref)], "assign": "1", "handler": str(wang.ref), "substitute": str(zhao.ref)}
    case, at = story.case(NET), day(9)

    def told() -> list[str]:
        return [one.phone for one in holders(Case.objects.get(pk=case.pk), Role.PARTY, story.huaxin, at)]

    before = told()
    assigned = client_of(zhao).post(reverse("investornet:desk"), given)
    handled = told()
    leave = {"leave": "1", "since": str(local_day(at)), "until": str(local_day(at + timedelta(2)))}
    client_of(wang).post(reverse("investornet:desk_people"), leave)
    absent, mine = told(), client_of(wang).get(reverse("investornet:desk"), {"whose": "mine"})
    following.follow(at)
    read = {one.login: inbox(one, NET, ()).count() for one in (wang, zhao, stage.accounts["stranger"])}
    place = Post.objects.get(account=wang)
    client_of(stage.accounts["huaxin"]).post(reverse("investornet:desk_people"), {"end": str(place.pk)})

    assert assigned.status_code == 302
    assert before == ["13800000001"]
    assert handled == ["13900000001"]
    assert absent == told() == ["13900000002"]
    assert mine.context["rows"][0]["handler_away"]
    assert read["wang"] == read["zhaozhao"] == Notice.objects.filter(platform=NET, seat=story.huaxin).count() > 0
    assert read["stranger"] == 0
    for name, kwargs in (("desk", {}), ("case", {"ref": story.ref})):
        url = reverse(f"investornet:{name}", kwargs=kwargs)
        assert client_of(wang).get(url).status_code == 404
    with pytest.raises(duty.NotLeave):
        duty.note_leave(NET, str(zhao.ref), local_day(at), local_day(at - timedelta(1)), by=story.org, at=at)


def test_only_special_authority_lets_the_desk_sign_and_nobody_sits_on_both_sides(stage: Stage) -> None:
    story = walk(file_case(stage), "SIGNING")
    wang, zhao = let_in(stage, NET, "wang", "GENERAL"), let_in(stage, NET, "zhaozhao", "SPECIAL")

    def why(someone: Account) -> str | None:
        page = client_of(someone).get(reverse("investornet:move", kwargs={"ref": story.ref, "move": "sign"}))
        return page.context.get("reason")

    def objections(someone: Account) -> set[str]:
        actor = next(iter(_actors(someone, story)), None)
        return (
            {declared.name for declared, found in options(story.case(NET), actor, day(9)) if found} if actor else set()
        )

    refusal, allowed = why(wang), why(zhao)
    # Where the case does not rest, the owner of it is not even asked.
    elsewhere = Actor(Role.PARTY, story.huaxin, "", COURT, power="GENERAL")
    with pytest.raises(Refused) as unasked:
        story.act(COURT, "sign", elsewhere, day(9), digest=story.case(NET).sheet["agreement"]["digest"])
    Post.objects.create(
        account=stage.accounts["zhang"],
        platform=NET,
        role=Role.PARTY,
        firm=stage.accounts["huaxin"],
        power="SPECIAL",
        valid_from=day(0),
    )

    assert "特别授权" in str(refusal)
    assert allowed is None
    assert unasked.value.code == "can_dispose"
    assert "sign" in objections(wang)
    assert "sign" not in objections(zhao)
    assert [actor.ref for actor in _actors(stage.accounts["zhang"], story)] == [story.zhang]


def _actors(someone: Account, story: Story) -> Any:
    return rights.actors(someone, story.case(NET), day(9))


def test_a_joint_answer_asks_no_more_of_the_database_for_eight_cases_than_for_two(stage: Stage) -> None:
    stories = [walk(file_case(stage, applicant=f"投资者{place}"), "CONSULTING") for place in range(8)]
    firm, url = client_of(stage.accounts["huaxin"]), reverse("courtplatform:desk_answer")

    def asked(count: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            answer = firm.get(url, {"case": [str(story.ref) for story in stories[:count]]})
        assert answer.context["choices"][0]["count"] == count
        return len(queries)

    asked(2)

    assert asked(8) == asked(2)
