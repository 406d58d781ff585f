"""The ball: the same for everybody once the wire is empty, marked with its entry before; what is asked across it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
import time_machine
from django.template import Template
from django.test import Client
from django.test.signals import template_rendered
from django.urls import reverse

from mediation import moves
from mediation.actor import Actor
from mediation.exchange import outbox, transports
from mediation.models import Case, CaseEvent, Notice, Request
from mediation.moves import Enclosed
from mediation.telling import following
from mediation.vocabulary import Audience, EnclosureKind, Role
from tests.exchange.stories import direct, line
from tests.proofs import REVIEWED
from tests.windows.stage import AT, Stage, Story, account, file_case, post

COURT, NET = "courtplatform", "investornet"
DESKS = {
    "clerk": COURT,
    "judge": COURT,
    "leader": COURT,
    "spc": COURT,
    "unit": NET,
    "bureau": NET,
}
PORTALS = [("zhang", COURT), ("huaxin", COURT), ("zhang", NET), ("huaxin", NET), ("org", NET), ("mediator", NET)]
TERMS = "协议：被申请人于2024年12月31日以前赔偿申请人一万元。"


@pytest.fixture
def people(stage: Stage) -> dict[str, Any]:
    """One account of every role that sees a case."""
    return stage.accounts | {
        "judge": post(account("judge", "顾审言"), COURT, Role.JUDGE, court="沪74"),
        "leader": post(account("leader", "院领导"), COURT, Role.COURT_LEADER, court="沪74"),
        "spc": post(account("spc", "立案庭"), COURT, Role.SPC_DOCKETING),
        "unit": post(account("unit", "投服监督"), NET, Role.UNIT, unit="ISC"),
        "bureau": post(account("bureau", "投保宁"), NET, Role.PROTECTION_BUREAU, unit="IPB"),
    }


@dataclass
class Seen(Story):
    """A story that travels by the post, and whose pages everybody opens."""

    people: dict[str, Any] = field(default_factory=dict)
    at: datetime = AT
    browsers: dict[Any, Client] = field(default_factory=dict)

    def browser(self, who: str) -> Client:
        # A session lasts some hours.
        key = who, f"{self.at:%j}", self.at.hour // 4
        if key not in self.browsers:
            self.browsers[key] = Client()
            self.browsers[key].force_login(self.people[who], backend="roster.backend.AccountBackend")
        return self.browsers[key]

    def page(self, who: str, platform: str) -> Any:
        if who in DESKS:
            return self.browser(who).get(self.desk_url(platform))
        return self.browser(who).get(reverse(f"{platform}:case", kwargs={"ref": self.ref}))

    def desk_url(self, platform: str) -> str:
        return f"/{'court' if platform == COURT else 'net'}/admin/cases/{self.ref}/"

    def balls(self, readers: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Any]:
        """Return the ball of those of these who see the case; what the page around it looks like is left out."""
        with time_machine.travel(self.at, tick=False), patch.object(Template, "_render", unrendered):
            pages = {(who, where): self.page(who, where) for who, where in readers}
        return {reader: page.context["ball"] for reader, page in pages.items() if page.status_code == 200}

    def post(self) -> None:
        outbox.post_all(self.at)


def unrendered(template: Template, context: Any) -> str:
    """Say with what a template would be rendered."""
    template_rendered.send(sender=template, template=template, context=context)
    return ""


@pytest.fixture
def story(stage: Stage, people: dict[str, Any]) -> Seen:
    filed = file_case(stage)
    return Seen(stage, filed.zhang, filed.huaxin, filed.ref, people=people)


def steps(story: Seen) -> list[tuple[str, Callable[[], Any]]]:
    chosen, ours = str(story.stage.organisation), str(story.stage.mediator)
    everybody = [story.zhang, story.huaxin]

    def do(platform: str, move: str, by: Any, **facts: Any) -> Callable[[], Any]:
        return lambda: story.act(platform, move, by, story.at, **facts)

    def each(platform: str, move: str, **facts: Any) -> Callable[[], Any]:
        return lambda: [
            story.act(platform, move, story.party(ref, platform), story.at, party=ref, **facts) for ref in everybody
        ]

    def contact() -> None:
        for ref in everybody:
            story.act(NET, "record_contact", story.mediator, story.at, party=ref, outcome="REACHED", channel="PHONE")
        story.act(NET, "confirm_address", story.party(story.huaxin, NET), story.at, party=story.huaxin, e_service=True)

    def sign() -> None:
        digest = story.case(NET).sheet["agreement"]["digest"]
        for ref in everybody:
            story.act(NET, "sign", story.party(ref, NET), story.at, digest=digest, party=ref)

    def closing(by: Any) -> Callable[[], Any]:
        return lambda: story.act(NET, "sign", by, story.at, digest=story.case(NET).sheet["agreement"]["digest"])

    there = {"verified": everybody, "acknowledged": everybody, "informed": True, "warned": True}
    huaxin = story.party(story.huaxin, COURT)
    judge = Actor(Role.JUDGE, str(story.people["judge"].ref), "沪74", COURT)
    ruling = Enclosed(EnclosureKind.RULING, {"text": "调解协议有效。"})
    digest = moves.text_digest(TERMS)
    terms = Enclosed(EnclosureKind.AGREEMENT, {"text": TERMS}, Audience.PARTIES)
    return [
        ("consult", do(COURT, "consult", story.clerk, channel="SMS")),
        ("consent", do(COURT, "consent", huaxin, party=story.huaxin, stage="MEDIATION", channel="ONLINE")),
        ("online", do(COURT, "consent", huaxin, party=story.huaxin, stage="ONLINE", channel="ONLINE")),
        ("choose", each(COURT, "choose_jointly", organisation=chosen)),
        ("delegate", do(COURT, "delegate", story.clerk, organisation=chosen)),
        ("accept", do(NET, "accept", story.org, declared=True)),
        ("appoint", do(NET, "appoint_mediator", story.org, mediators=[ours], lead=ours)),
        ("disclose", do(NET, "disclose", story.mediator, ground="NONE")),
        ("contact", contact),
        ("open", do(NET, "open_session", story.mediator, mode="VIDEO", **there)),
        ("propose", do(NET, "propose_agreement", story.mediator, digest=digest, full=True, enclosures=[terms])),
        ("sign", sign),
        ("lead", closing(story.mediator)),
        ("review", do(NET, "review_seal", story.org, digest=digest, **REVIEWED)),
        ("seal", closing(story.org)),
        ("seek", each(NET, "seek_confirmation", court="沪74")),
        ("take", do(COURT, "accept_confirmation", story.clerk)),
        ("confirm", do(COURT, "confirm", judge, present=everybody, enclosures=[ruling])),
    ]


NEXT = {
    "consult": {("huaxin", COURT): "同意", ("zhang", COURT): "", ("clerk", COURT): ""},
    "online": {("zhang", COURT): "选择调解组织", ("huaxin", COURT): "选择调解组织"},
    "choose": {("clerk", COURT): "委派或者委托调解", ("zhang", COURT): ""},
    "delegate": {("org", NET): "接受", ("clerk", COURT): "", ("zhang", COURT): "", ("unit", NET): ""},
    "accept": {("org", NET): "指定调解员", ("huaxin", COURT): "确认送达地址", ("huaxin", NET): "确认送达地址"},
    "appoint": {("mediator", NET): "披露利害关系", ("org", NET): ""},
    "disclose": {("mediator", NET): "登记联系情况"},
    "contact": {("mediator", NET): "开始调解"},
    "open": {("mediator", NET): "提出调解协议", ("zhang", NET): "", ("judge", COURT): ""},
    "propose": {("zhang", NET): "签署调解协议", ("zhang", COURT): "签署调解协议", ("org", NET): ""},
    "sign": {("mediator", NET): "签署调解协议", ("zhang", COURT): "", ("org", NET): ""},
    "lead": {("org", NET): "盖章前核对", ("mediator", NET): ""},
    "review": {("org", NET): "签署调解协议", ("mediator", NET): ""},
    "seal": {("zhang", NET): "共同申请司法确认", ("huaxin", COURT): "共同申请司法确认", ("org", NET): ""},
    "seek": {("clerk", COURT): "受理司法确认申请", ("judge", COURT): "", ("zhang", NET): ""},
    "take": {("judge", COURT): "裁定调解协议有效", ("clerk", COURT): "", ("zhang", COURT): ""},
    "confirm": {("zhang", NET): "签收裁定书", ("huaxin", COURT): "签收裁定书"},
}
"""The one thing each can do next, once both platforms know of a step."""


WAITS = {
    "consult": "等待华信股份有限公司：同意",
    "consent": "等待张晓慧、华信股份有限公司：选择调解组织",
    "online": "等待张晓慧、华信股份有限公司：选择调解组织",
    "propose": "等待张晓慧、华信股份有限公司：签署调解协议",
    "sign": "等待王守信：签署调解协议",
    "lead": "等待投服中心：审查后盖章",
    "review": "等待投服中心：审查后盖章",
    "confirm": "等待张晓慧、华信股份有限公司：签收裁定书",
}
"""Whose answer is missing where everybody's is needed."""


def said(ball: Any) -> tuple[Any, ...]:
    """Return what must be the same for everybody."""
    when = (ball.due, ball.days_left, ball.overdue, ball.provisional, ball.clock_label)
    return (ball.state, ball.holder_label, ball.seat, *when, ball.article, ball.consequence)


def test_the_ball_is_the_same_for_everybody_once_told_and_marked_with_its_entry_before(story: Seen) -> None:
    able: dict[str, Any] = {}
    everybody = [*PORTALS, *DESKS.items()]
    for step, (name, take) in enumerate(steps(story)):
        story.at += timedelta(hours=1)
        take()
        written = {one.platform: one.entries for one in Case.objects.filter(ref=story.ref)}
        cut = story.balls([*PORTALS[:3], ("unit", NET)])
        story.post()
        # Every other step each looks, and whoever is told something of their own.
        looking = [one for place, one in enumerate(everybody) if (place + step) % 2 or one in NEXT.get(name, {})]
        synced = story.balls(looking)

        entries = story.case(COURT).entries
        for where in (COURT, NET):
            there = {reader: ball for reader, ball in cut.items() if reader[1] == where}
            assert len({said(ball) for ball in there.values()}) <= 1, name
            marks = {ball.synced for ball in there.values()}
            assert len(marks) <= 1, (name, marks)
            if any(marks):
                assert marks.pop().startswith(f"截至 #{written[where]}；"), name
        assert len({said(ball) for ball in synced.values()}) == 1, name
        shared = story.case(COURT).shared
        assert {ball.synced.partition("，")[0].partition("；")[0] for ball in synced.values()} == (
            {f"截至 #{entries}"} if shared else {""}
        ), name
        if shared:
            assert {*synced} >= {one for one in looking if one[0] != "mediator"}, name
        # Supervisors read no names of persons.
        waits = {ball.waits_for for reader, ball in synced.items() if reader[0] in story.stage.accounts}
        assert waits == {WAITS.get(name, "")}, name
        able[name] = {reader: synced[reader].next_label for reader in NEXT.get(name, {})}
    assert {name: told for name, told in able.items() if told} == NEXT


# What the other platform owns.


def dead(*_given: Any) -> Any:
    raise transports.Unreachable("refused")


def rows_of(story: Seen, who: str, platform: str) -> list[list[dict[str, Any]]]:
    """Return what the reader's list marks as asked of the other platform, case by case."""
    desk = f"/{'court' if platform == COURT else 'net'}/admin/cases/"
    shown = story.browser(who).get(desk if who in DESKS else reverse(f"{platform}:work"))
    return [row["asked"] for row in shown.context["rows" if who in DESKS else "cases"]]


def told(story: Seen, who: str, platform: str) -> list[str]:
    shown = story.browser(who).get(reverse(f"{platform}:notices"))
    return [row["said"] for row in shown.context["rows"] if "您提交的" in row["said"]]


def test_a_request_is_seen_by_its_side_and_the_staff_while_the_wire_is_cut_and_its_answer_is_told_once(
    story: Seen,
) -> None:
    for name, take in steps(story):
        story.at += timedelta(hours=5)
        take()
        story.post()
        if name == "accept":
            break
    with time_machine.travel(story.at, tick=False):
        with line(dead):
            for _time in range(2):
                by = story.party(story.huaxin, COURT)
                story.act(COURT, "confirm_address", by, story.at, party=story.huaxin, e_service=True)
            story.post()
        cut = {who: story.page(who, COURT).context["ball"] for who in ("huaxin", "zhang", "clerk", "spc")}
        page = story.page("huaxin", COURT).content.decode()
        lists = {who: rows_of(story, who, COURT) for who in ("huaxin", "zhang", "clerk", "spc")}
        work = story.browser("huaxin").get(reverse("courtplatform:work"))
        queue = story.browser("clerk").get("/court/admin/cases/?queue=asked")
        story.at += timedelta(minutes=5)

        def losing(*given: Any) -> Any:
            direct(*given)
            raise transports.Unreachable("reset")

        with line(losing):
            story.post()
        story.at += timedelta(minutes=5)
        story.post()
        following.follow(story.at)
        done = {who: story.page(who, COURT).context["ball"] for who in ("huaxin", "clerk")}
        notices = {who: told(story, who, COURT) for who in ("huaxin", "zhang")}

    assert [one.label for one in cut["huaxin"].pending] == ["确认送达地址"]
    assert [one.by_label for one in cut["huaxin"].pending + cut["clerk"].pending] == [
        "",
        "华信股份有限公司（被申请人）",
    ]
    assert (cut["zhang"].pending, cut["spc"].pending) == ([], [])
    assert cut["huaxin"].next_label != "确认送达地址"
    assert "不需要重复提交" in page
    asked = [[{"label": "确认送达地址", "refused": False}]]
    assert lists == {"huaxin": asked, "clerk": asked, "zhang": [[]], "spc": [[]]}
    assert "等待对方平台办理：确认送达地址" in work.content.decode()
    assert [row["ref"] for row in work.context["asked"]] == [str(story.ref)]
    assert [row["ref"] for row in queue.context["rows"]] == [str(story.ref)]
    assert (done["huaxin"].pending, done["clerk"].pending) == ([], [])
    assert notices == {"huaxin": ["您提交的“确认送达地址”，对方平台已经办理，记入案件。"], "zhang": []}
    assert [one.state for one in Request.objects.all()] == [Request.DONE]
    assert CaseEvent.objects.filter(platform=NET, kind="case.confirm_address.v1").count() == 1


def test_a_refused_request_says_why_and_what_to_do_until_it_is_asked_again_or_done_on_either_platform(
    story: Seen,
) -> None:
    walk = dict(steps(story))
    for name, take in walk.items():
        if name == "seek":
            break
        story.at += timedelta(hours=5)
        take()
        story.post()
    zhang = story.party(story.zhang, COURT)
    with time_machine.travel(story.at, tick=False):
        story.act(COURT, "seek_confirmation", zhang, story.at, party=story.zhang, court="京74")
        story.post()
        refused = story.page("zhang", COURT)
        lists = {who: rows_of(story, who, COURT) for who in ("zhang", "clerk", "huaxin")}
        (again,) = refused.context["ball"].pending
        notices = told(story, "zhang", COURT)
        asked = story.browser("zhang").get(again.url)
        form = asked.context["form"]
        held = {name: form[name].value() for name in form.fields}
        story.browser("zhang").post(again.url, {name: value for name, value in held.items() if value})
        waiting = story.page("zhang", COURT).context["ball"].pending
        story.post()
        done = story.page("zhang", COURT).context["ball"].pending

    assert again.refused
    assert "管辖" in again.said
    assert "《" in again.said
    assert "重新提交" in refused.content.decode()
    no = [[{"label": "共同申请司法确认", "refused": True}]]
    assert lists == {"zhang": no, "clerk": no, "huaxin": [[]]}
    assert notices == ["您提交的“共同申请司法确认”，对方平台没有办理，请查看原因和下一步。"]
    assert Notice.objects.get(key__startswith="request/", loud=True).seat == story.zhang
    assert [one.refused for one in waiting] == [False]
    assert done == []

    # The other way round: what the court owns, asked for on InvestorNet.
    story.act(NET, "seek_confirmation", story.party(story.huaxin, NET), story.at, party=story.huaxin, court="沪74")
    story.post()
    for name in ("take", "confirm"):
        story.at += timedelta(hours=5)
        walk[name]()
        story.post()
    for where in (NET, COURT):
        story.act(where, "receive_ruling", story.party(story.huaxin, where), story.at, party=story.huaxin)
    with time_machine.travel(story.at, tick=False):
        both = story.page("huaxin", NET).context["ball"].pending
        story.post()
        received = story.page("huaxin", NET).context["ball"].pending
    story.act(COURT, "receive_ruling", zhang, story.at, party=story.zhang)
    story.post()
    story.at += timedelta(days=40)
    reason = Enclosed(EnclosureKind.REASON, {"text": "有异议。"})
    with time_machine.travel(story.at, tick=False):
        story.act(NET, "object_confirmation", story.party(story.huaxin, NET), story.at, enclosures=[reason])
        story.post()
        left = story.page("huaxin", NET).context["ball"].pending
        later = story.at + timedelta(days=16)
    story.at = later
    with time_machine.travel(later, tick=False):
        old = story.page("huaxin", NET).context["ball"].pending

    assert [one.label for one in both] == ["签收裁定书"]
    assert received == []
    assert {one.label: one.refused for one in left} == {"提出异议": True}
    assert "异议" in left[0].said
    assert old == []
