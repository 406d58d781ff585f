"""The clerk's page of choice and the parties' page: few clicks, few queries, reasons, conflicts, both clocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from mediation import moves
from mediation.conflicts import Finding
from mediation.models import Case, CaseEvent, Party
from mediation.telling import following
from mediation.vocabulary import ConflictKind, ListingStatus, OrganisationKind, Role, State
from mediation.windows import relations
from roster import groups
from roster.models import Listing, Mediator, Organisation
from tests.mediation.stories import new_ref
from tests.windows.stage import AT, XSS, Stage, Story, build, day, file_case, post

COURT = "courtplatform"


@pytest.fixture
def stage(db: None) -> Iterator[Stage]:
    """The stage of the windows, a working day after the application."""
    with time_machine.travel(day(1), tick=False):
        yield build()


@pytest.fixture
def story(stage: Stage) -> Story:
    """A case to which both parties have agreed."""
    told = file_case(stage)
    told.act(COURT, "consult", told.clerk, day(0), channel="SMS")
    told.act(
        COURT, "consent", told.party(told.huaxin, COURT), day(0), party=told.huaxin, stage="MEDIATION", channel="ONLINE"
    )
    assert told.case(COURT).state == State.READY
    return told


def browser(stage: Stage, who: str) -> Browser:
    found = Browser()
    found.force_login(stage.accounts[who], backend="roster.backend.AccountBackend")
    return found


def desk(story: Story) -> str:
    return f"/court/admin/cases/{story.ref}/choose/"


def portal(story: Story) -> str:
    return f"/court/cases/{story.ref}/choose/"


def sent(found: Browser, url: str, **answers: Any) -> Any:
    """Press the button of a page, with what it carries hidden."""
    shown = found.get(url).content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', shown))
    hidden.pop("next", None)
    return found.post(url, hidden | answers)


def organisation(name: str, **known: Any) -> str:
    """Put one more organisation on the court's roster."""
    ref = new_ref()
    Organisation.objects.create(platform=COURT, ref=ref, name=name, kind=OrganisationKind.INDUSTRY, **known)
    Listing.objects.create(
        platform=COURT, court="沪74", organisation=ref, status=ListingStatus.LISTED, listed_on=AT.date()
    )
    return ref


def test_from_the_case_page_a_clerk_delegates_in_three_clicks(stage: Stage, story: Story) -> None:
    clerk = browser(stage, "clerk")

    page = clerk.get(f"/court/admin/cases/{story.ref}/").content.decode()
    shown = clerk.get(desk(story)).content.decode()
    done = sent(clerk, desk(story), organisation=str(stage.organisation), left_to_court="on")

    assert f'href="{desk(story)}"' in page
    assert shown.count('type="radio"') == 2
    assert " checked" not in shown
    assert done.status_code == 302
    case = story.case(COURT)
    assert (case.state, case.organisation) == (State.DELEGATED, str(stage.organisation))
    assert CaseEvent.objects.filter(case=case).latest("number").facts["left_to_court"] is True


def test_while_the_parties_may_still_choose_a_clerk_has_to_tick_that_they_left_it_to_the_court(
    stage: Stage, story: Story
) -> None:
    clerk = browser(stage, "clerk")

    shown = clerk.get(desk(story)).content.decode()
    unticked = sent(clerk, desk(story), organisation=str(stage.organisation))
    between = story.case(COURT).state
    with time_machine.travel(day(10), tick=False):
        clerk = browser(stage, "clerk")
        late = clerk.get(desk(story)).content.decode()
        sent(clerk, desk(story), organisation=str(stage.organisation))

    assert re.search(r'<input type="checkbox" name="left_to_court" id="id_left_to_court" value="on">', shown)
    assert "明确表示交由法院指定，我已核实" in shown
    assert unticked.status_code == 400
    assert "共同选择调解组织的二个工作日尚未届满" in unticked.content.decode()
    assert between == State.READY
    assert "left_to_court" not in late
    last = CaseEvent.objects.filter(case=story.case(COURT)).latest("number")
    assert (last.move, last.facts.get("left_to_court", False)) == ("delegate", False)


def test_whoever_delegates_what_was_delegated_in_another_tab_is_told_by_whom(stage: Stage, story: Story) -> None:
    first, late = browser(stage, "clerk"), browser(stage, "clerk")
    url, chosen = desk(story), {"organisation": str(stage.organisation), "left_to_court": "on"}
    hidden = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', late.get(url).content.decode()))
    sent(first, url, **chosen)

    answer = late.post(url, hidden | chosen)

    text = answer.content.decode()
    assert answer.status_code in (400, 409)
    assert "其他人已经先办理了该案：上海金融法院 立案人员于" in text
    assert "目前的状态下不能这样做" not in text
    assert CaseEvent.objects.filter(platform=COURT, kind="case.delegate.v1").count() == 1


def test_nothing_chosen_is_said_so_and_nothing_happens(stage: Stage, story: Story) -> None:
    answer = sent(browser(stage, "clerk"), desk(story))

    assert answer.status_code == 400
    assert story.case(COURT).state == State.READY


def test_three_have_reasons_and_everybody_else_is_told_why_not(stage: Stage, story: Story) -> None:
    for number in range(3):
        organisation(f"候选组织{number}", capacity=10 + number)
    organisation("外地组织", regions=["44"])
    organisation("基金组织", causes=["FUND"])
    full = organisation("满员组织", capacity=0)
    paused = organisation("暂停组织")
    Listing.objects.filter(organisation=paused).update(status=ListingStatus.SUSPENDED)

    shown = browser(stage, "clerk").get(desk(story)).content.decode()

    assert shown.count('class="card option"') == 3
    assert shown.count("<meter") == 15
    for why in ("不受理本院所在地区的纠纷", "不受理这一案由", "在办案件已达上限：上限0件，在办0件", "被暂停"):
        assert why in shown
    assert f'value="{full}"' not in shown


def test_any_other_organisation_asked_about_is_told_why_not(stage: Stage, story: Story) -> None:
    Organisation.objects.create(platform=COURT, ref=new_ref(), name="远方调解中心", kind=OrganisationKind.INDUSTRY)

    shown = browser(stage, "clerk").get(desk(story), {"q": "远方"}).content.decode()

    Listing.objects.filter(court="沪74").delete()
    bare = browser(stage, "clerk").get(desk(story)).content.decode()

    assert "远方调解中心" in shown
    assert "不在本院特邀调解名册上" in shown
    assert "本院名册上还没有调解组织" in bare
    assert 'href="/court/admin/entrants/adoption/"' in bare
    assert "都可以选择" not in bare
    assert '<button class="button">委派' not in bare


def test_a_conflict_is_shown_and_a_certain_one_bars(stage: Stage, story: Story) -> None:
    Organisation.objects.filter(ref=stage.organisation).update(name="华信集团有限公司")
    Organisation.objects.filter(ref=stage.other_organisation).update(name="华信股份有限公司")

    clerk = browser(stage, "clerk")
    shown = clerk.get(desk(story)).content.decode()
    refused = sent(clerk, desk(story), organisation=str(stage.other_organisation))

    assert "疑似，请核对" in shown
    assert "已核实" in shown
    assert "与本案当事人有利害关系" in shown
    assert refused.status_code == 400
    assert story.case(COURT).state == State.READY


@pytest.mark.parametrize("many", [0, 40])
def test_the_page_costs_few_queries_however_long_the_roster(stage: Stage, story: Story, many: int) -> None:
    for number in range(many):
        organisation(f"候选组织{number:02}")
    clerk = browser(stage, "clerk")

    with CaptureQueriesContext(connection) as queries:
        answer = clerk.get(desk(story))

    # Savepoints are no questions.
    asked = [one["sql"] for one in queries if "SAVEPOINT" not in one["sql"]]
    assert answer.status_code == 200
    assert len(asked) <= 12, "\n".join(asked)


def test_hostile_names_are_shown_as_they_are(stage: Stage, story: Story) -> None:
    organisation(XSS)
    Party.objects.filter(platform=COURT, ref=story.huaxin).update(name=XSS)

    for text in (browser(stage, "clerk").get(desk(story), {"q": XSS}), browser(stage, "zhang").get(portal(story))):
        assert XSS not in text.content.decode()


@pytest.mark.parametrize("who", ["org", "mediator", "stranger", "li", "zhang"])
def test_nobody_else_finds_the_clerks_page(stage: Stage, story: Story, who: str) -> None:
    assert browser(stage, who).get(desk(story)).status_code in (302, 403)


def test_a_case_that_rests_elsewhere_says_why_it_cannot_be_delegated(stage: Stage, story: Story) -> None:
    clerk = browser(stage, "clerk")
    sent(clerk, desk(story), organisation=str(stage.organisation), left_to_court="on")

    answer = clerk.get(desk(story))

    assert answer.status_code == 409
    assert "案件目前的状态下不能这样做" in answer.content.decode()


# Choosing together.


def choose(stage: Stage, story: Story, who: str, organisation_: Any) -> Any:
    return sent(browser(stage, who), portal(story), organisation=str(organisation_))


def test_both_parties_choose_on_line_and_see_what_the_other_has_chosen(stage: Stage, story: Story) -> None:
    first = choose(stage, story, "zhang", stage.other_organisation)
    seen = browser(stage, "huaxin").get(portal(story)).content.decode()
    between = story.case(COURT).sheet["chosen"]
    choose(stage, story, "huaxin", stage.other_organisation)
    at_desk = browser(stage, "clerk").get(desk(story)).content.decode()

    assert first.status_code == 302
    assert between == ""
    assert re.search(r"张晓慧</dt><dd><strong>另一调解中心", seen)
    assert "还没有选择" in seen
    assert "共同选择期限" in seen
    assert "指定期限" in seen
    assert story.case(COURT).sheet["chosen"] == str(stage.other_organisation)
    assert "已共同选定" in at_desk
    assert re.search(rf'value="{stage.other_organisation}" checked', at_desk)


def test_who_chose_otherwise_may_join_without_the_other_choosing_again(stage: Stage, story: Story) -> None:
    choose(stage, story, "zhang", stage.organisation)
    choose(stage, story, "huaxin", stage.other_organisation)
    apart = story.case(COURT).sheet["chosen"]

    choose(stage, story, "huaxin", stage.organisation)

    assert apart == ""
    assert story.case(COURT).sheet["chosen"] == str(stage.organisation)


def test_what_was_chosen_is_forgotten_once_the_case_has_been_delegated(stage: Stage, story: Story) -> None:
    choose(stage, story, "zhang", stage.organisation)

    sent(browser(stage, "clerk"), desk(story), organisation=str(stage.other_organisation), left_to_court="on")

    assert story.case(COURT).sheet["choices"] == {}


def test_parties_choose_a_mediator_too_whom_the_organisation_then_finds_proposed(stage: Stage, story: Story) -> None:
    net, chosen, other = "investornet", str(stage.mediator), new_ref()
    Listing.objects.create(
        platform=COURT, court="沪74", mediator=chosen, status=ListingStatus.LISTED, listed_on=AT.date()
    )
    Mediator.objects.create(platform=net, ref=other, organisation=stage.organisation, name="钱调解")
    both = {"organisation": str(stage.organisation), f"mediator_{stage.organisation}": chosen}

    elsewhere = sent(
        browser(stage, "zhang"),
        portal(story),
        organisation=str(stage.other_organisation),
        **{f"mediator_{stage.other_organisation}": chosen},
    )
    sent(browser(stage, "zhang"), portal(story), **both)
    between = story.case(COURT).sheet["chosen_mediator"]
    sent(browser(stage, "huaxin"), portal(story), **both)
    at_desk, on_case = (
        browser(stage, "clerk").get(url).content.decode() for url in (desk(story), f"/court/admin/cases/{story.ref}/")
    )
    sent(browser(stage, "clerk"), desk(story), organisation=str(stage.organisation))
    story.wire(day(1))
    story.act(net, "accept", story.org, day(1), declared=True)
    address = f"/net/cases/{story.ref}/moves/appoint_mediator/"
    form = browser(stage, "org").get(address).content.decode()
    unsaid = sent(browser(stage, "org"), address, mediators=other, lead=other)
    said = sent(browser(stage, "org"), address, mediators=other, lead=other, instead="UNWILLING")

    assert elsewhere.status_code == 422
    assert "所选调解员不属于所选的调解组织" in elsewhere.content.decode()
    assert between == ""
    for page in (at_desk, on_case):
        assert re.search(r"已共同选定.*调解员 <strong>", page)
    assert len(re.findall(rf'value="{chosen}"[^>]* checked', form)) == 2
    assert "各方当事人已经共同选定调解员" in form
    assert (unsaid.status_code, said.status_code) == (422, 302)
    assert "另行指定应当说明理由" in unsaid.content.decode()
    assert story.case(net).sheet["mediators"] == [other]
    assert story.case(net).sheet["chosen_mediator"] == ""


def test_once_everybody_leaves_the_choice_to_the_court_its_own_days_begin(stage: Stage, story: Story) -> None:
    choose(stage, story, "zhang", stage.organisation)

    sent(browser(stage, "zhang"), portal(story), leave="1")
    alone = story.case(COURT).sheet
    seen = browser(stage, "huaxin").get(portal(story)).content.decode()
    sent(browser(stage, "huaxin"), portal(story), leave="1")
    after = story.case(COURT).sheet
    again = sent(browser(stage, "huaxin"), portal(story), leave="1")
    at_desk = browser(stage, "clerk").get(desk(story)).content.decode()
    sent(browser(stage, "clerk"), desk(story), organisation=str(stage.organisation))

    assert set(alone["clocks"]) == {"CHOOSE", "DESIGNATE"}
    assert alone["choices"] == {}
    assert re.search(r"张晓慧</dt><dd>\s*交由法院指定", seen)
    assert set(after["clocks"]) == {"DESIGNATE"}
    assert after["clocks"]["DESIGNATE"]["since"] > alone["clocks"]["CHOOSE"]["since"]
    assert after["clocks"]["DESIGNATE"]["due"] < alone["clocks"]["DESIGNATE"]["due"]
    assert again.status_code == 422
    assert "各方均交由法院指定" in at_desk
    assert "点击下面的按钮，即确认" not in at_desk
    assert story.case(COURT).state == State.DELEGATED
    assert story.case(COURT).sheet["left"] == {}


def test_parties_read_what_the_roster_publishes_of_each(stage: Stage, story: Story) -> None:
    Organisation.objects.filter(ref=stage.organisation).update(charges_fee=True, tariff="每件2000元")

    shown = browser(stage, "zhang").get(portal(story)).content.decode()

    assert "每件2000元" in shown
    assert "不收费" in shown
    assert "虚假陈述" in shown
    assert "不表示推荐" in shown
    assert "得分" not in shown
    assert "/ 100" not in shown


@pytest.mark.parametrize(("who", "status"), [("stranger", 404), ("li", 404), ("clerk", 404)])
def test_strangers_to_the_case_choose_nothing(stage: Stage, story: Story, who: str, status: int) -> None:
    assert browser(stage, who).get(portal(story)).status_code == status


def test_who_may_not_be_appointed_stands_last_cannot_be_ticked_and_says_why(stage: Stage, story: Story) -> None:
    net = "investornet"
    story.act(COURT, "delegate", story.clerk, day(1), organisation=str(stage.organisation), left_to_court=True)
    story.wire(day(1))
    story.act(net, "accept", story.org, day(1), declared=True)
    members = {"甲拒绝": "REFUSED", "乙暂停": "SUSPENDED", "丙待定": "PUSHED", "丁他院": "REMOVED"}
    refs = {name: new_ref() for name in (*members, "戊亲属")}
    for name, ref in refs.items():
        Mediator.objects.create(platform=net, ref=ref, organisation=stage.organisation, name=name)
    for name, status in members.items():
        court = "京74" if name == "丁他院" else "沪74"
        Listing.objects.create(platform=net, court=court, mediator=refs[name], status=status, listed_on=day(0).date())
    account = stage.accounts["zhang"]
    post(account, net, Role.MEDIATOR, organisation=stage.organisation, mediator=refs["戊亲属"])
    org, address = browser(stage, "org"), f"/net/cases/{story.ref}/moves/appoint_mediator/"

    shown = org.get(address).content.decode()
    refused = sent(org, address, mediators=refs["甲拒绝"], lead=refs["甲拒绝"])
    appointed = sent(org, address, mediators=refs["丁他院"], lead=refs["丁他院"])

    boxes = re.findall(r'<input type="checkbox" name="mediators" value="([^"]+)"([^>]*)>\s*([^<]+?)</label>', shown)
    assert {text for _ref, more, text in boxes if "disabled" not in more} == {"王守信", "丙待定", "丁他院"}
    assert [(text, "disabled" in more) for _ref, more, text in boxes][3:] == [
        ("乙暂停（受案法院的名册：暂停）", True),
        ("戊亲属（与当事人有利害关系，应当回避）", True),
        ("甲拒绝（受案法院的名册：不予列入）", True),
    ]
    assert not re.search(
        rf'name="lead" value="({"|".join(refs[one] for one in ("甲拒绝", "乙暂停", "戊亲属"))})"', shown
    )
    assert (refused.status_code, appointed.status_code) == (422, 302)
    assert story.case(net).sheet["mediators"] == [refs["丁他院"]]


# Conflicts before the eyes of those who decide.


def test_a_mediators_disclosure_starts_from_what_was_found(stage: Stage, story: Story) -> None:
    net = "investornet"
    story.act(COURT, "delegate", story.clerk, day(1), organisation=str(stage.organisation), left_to_court=True)
    story.wire(day(1))
    story.act(net, "accept", story.org, day(1), declared=True)
    Mediator.objects.filter(ref=stage.mediator).update(employers=["华信股份有限公司", "华信期货有限公司"])
    owned = {"company": "华信期货有限公司", "parent": "华信股份有限公司", "since": "2020-01-01"}
    groups.load([owned], as_of=day(0).date(), source="试验")
    ref = str(stage.mediator)
    before = browser(stage, "org").get(f"/net/cases/{story.ref}/moves/appoint_mediator/").content.decode()
    story.act(net, "appoint_mediator", story.org, day(1), mediators=[ref], lead=ref)

    address = f"/net/cases/{story.ref}/moves/"
    disclosing = browser(stage, "mediator").get(f"{address}disclose/").content.decode()
    waiving = browser(stage, "zhang").get(f"{address}waive/").content.decode()
    deciding = browser(stage, "org").get(f"{address}decide_recusal/").content.decode()
    timeline = browser(stage, "zhang").get(f"/net/cases/{story.ref}/").content.decode()
    story.wire(day(1))
    at_court = f"/court/admin/cases/{story.ref}/do/decide_recusal/"
    judged = browser(stage, "clerk").get(at_court).content.decode()
    groups.load([], as_of=day(1).date(), source="试验")
    outdated = browser(stage, "clerk").get(at_court).content.decode()

    for page in (before, disclosing, waiving, deciding, judged):
        assert "在当事人处任职或者曾经任职（华信股份有限公司）" in page
        assert "。名单所载：华信期货有限公司的母公司是华信股份有限公司（2020年1月1日起）" in page
    assert "。本平台现用名单中没有这一关系" in outdated
    assert re.search(r'value="INTEREST"[^>]* checked', disclosing)
    assert "核查发现利害关系" in timeline
    assert Case.objects.get(platform=net, ref=story.ref).sheet["recusals"] == [ref]


def test_who_denies_a_relation_that_is_only_suspected_says_what_came_of_the_check(
    stage: Stage, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    net, ref = "investornet", str(stage.mediator)
    story.act(COURT, "delegate", story.clerk, day(1), organisation=str(stage.organisation), left_to_court=True)
    story.wire(day(1))
    story.act(net, "accept", story.org, day(1), declared=True)
    story.act(net, "appoint_mediator", story.org, day(1), mediators=[ref], lead=ref)
    suspected = Finding(ref, ConflictKind.EARLIER_CASE, story.huaxin, "2020-01-01", certain=False)
    monkeypatch.setattr(relations, "own", lambda case, mediator: [suspected])
    address, mediator = f"/net/cases/{story.ref}/moves/disclose/", browser(stage, "mediator")

    page = mediator.get(address).content.decode()
    silent = sent(mediator, address, ground="NONE")
    said = sent(mediator, address, ground="NONE", reason="经核对，是同名的另一家公司。")

    assert page.count("疑似，请核对") == 1
    assert " checked" not in page
    assert (silent.status_code, said.status_code) == (422, 302)
    assert "请写明核对的结果" in silent.content.decode()
    timeline = browser(stage, "zhang").get(f"/net/cases/{story.ref}/").content.decode()
    assert "经核对，是同名的另一家公司。" in timeline
    assert "请核对" not in timeline


def test_the_court_decides_a_recusal_by_asking_the_other_platform_and_the_organisation_the_next(
    stage: Stage, story: Story
) -> None:
    net, ref = "investornet", str(stage.mediator)
    story.act(COURT, "delegate", story.clerk, day(1), organisation=str(stage.organisation), left_to_court=True)
    story.wire(day(1))
    story.act(net, "accept", story.org, day(1), declared=True)
    story.act(net, "appoint_mediator", story.org, day(1), mediators=[ref], lead=ref)
    story.wire(day(1))
    objecting, decision = f"/net/cases/{story.ref}/moves/object/", f"/court/admin/cases/{story.ref}/do/decide_recusal/"
    early = browser(stage, "clerk").get(decision)
    sent(browser(stage, "zhang"), objecting, ground="RELATION", reason="曾是对方法律顾问。")
    story.wire(day(1))

    page = browser(stage, "clerk").get(f"/court/admin/cases/{story.ref}/")
    shown = browser(stage, "clerk").get(decision).content.decode()
    asked = sent(browser(stage, "clerk"), decision, upheld="yes", reason="应当回避。")
    waiting = browser(stage, "clerk").get(f"/court/admin/cases/{story.ref}/").content.decode()
    story.answer_requests(day(1))
    out = [story.case(one).sheet["mediators"] for one in (COURT, net)]
    story.act(net, "appoint_mediator", story.org, day(1), mediators=[ref], lead=ref)
    sent(browser(stage, "zhang"), objecting, reason="不同意。")
    kept = sent(
        browser(stage, "org"), f"/net/cases/{story.ref}/moves/decide_recusal/", upheld="no", reason="没有法定情形。"
    )
    story.wire(day(1))
    timelines = [
        browser(stage, who).get(f"/{of}/cases/{story.ref}/").content.decode()
        for who, of in (("zhang", "court"), ("zhang", "net"), ("org", "net"))
    ]
    notices = [
        (one.platform, one.role, one.text)
        for event in CaseEvent.objects.filter(kind=moves.kind_of("decide_recusal"), by__role="CLERK")
        for one in following.notices_of(event, day(1))
    ]

    assert early.status_code == 409
    assert "没有待决定的回避问题" in early.content.decode()
    assert decision in page.content.decode()
    assert "王守信：当事人2024年5月1日提出异议——有其他可能影响公正调解的关系" in shown
    assert "曾是对方法律顾问" not in shown
    assert (asked.status_code, kept.status_code) == (302, 302)
    assert "等待对方平台办理" in waiting
    assert out == [[], []]
    for timeline in timelines:
        assert timeline.count("决定回避") >= 2
        assert "应当回避：是" in timeline
        assert "应当回避：否" in timeline
    assert {(role, platform) for platform, role, _text in notices} >= {
        ("ORGANISATION", net),
        ("PARTY", net),
        ("PARTY", COURT),
    }
    assert [story.case(one).sheet["recusals"] for one in (COURT, net)] == [[], []]
    assert story.case(net).sheet["mediators"] == [ref]


def test_who_appoints_an_agent_names_the_law_firm(stage: Stage, story: Story) -> None:
    shown = browser(stage, "zhang").get(f"/court/cases/{story.ref}/moves/appoint_agent/").content.decode()

    assert "律师事务所" in shown
