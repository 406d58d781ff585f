"""Both sides of the roster and the clerk's day in real browsers: pushed, confirmed, recommended, silent, reassigned."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import path

from mediation import tasks
from mediation.exchange import outbox
from mediation.management.plots import AGREED
from mediation.management.story import Plot, Story, accounts
from mediation.models import Case, OutgoingMessage
from mediation.present import now
from mediation.project import urls
from mediation.project.demonstration import clock as clock_page
from mediation.vocabulary import Cause, Role, State, Track
from tests.browser.conftest import Enter
from tests.browser.people import Person, Value, follow
from tests.browser.walk import press
from tests.browser.wizard import walk_wizard

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.urls(__name__)]
urlpatterns = [*urls.urlpatterns, path("demonstration/clock/", clock_page, name="demonstration_clock")]
"""The addresses of a deployment with a settable clock."""

COURT, NET = "courtplatform", "investornet"
NAME = "浦江证券期货纠纷调解中心"
TRAINED, UNTRAINED = "闻道清", "贺新来"
OLD_PHONE = {"viewport": {"width": 390, "height": 844}, "java_script_enabled": False}
Picture = Callable[[Person, str], None]
BROKERAGE: dict[str, Value] = {"cause": "BROKERAGE", "text": "未经同意代为买卖股票，请求赔偿。"}
BROKER: dict[str, Value] = {
    "name": "恒泰达证券股份有限公司（演示）",
    "institution": "SECURITIES",
    "credit_code": "91310115MJ0001029H",
    "phone": "13800000009",
}


@dataclass
class Town:
    """The people of this story, and the post between the platforms."""

    bureau: Person
    unit: Person
    clerk: Person
    enter: Enter

    def post(self) -> None:
        """Carry the post until nothing moves, at the time that the demonstration's clock shows."""
        outbox.post_all(now())

    def engage(self, organisation: str) -> Person:
        """Appoint the administrator of a new organisation as an operator does, and let that person in."""
        said, known = io.StringIO(), {"platform": NET, "organisation": organisation, "name": "陆承安"}
        call_command("appoint", "org.pujiang", Role.ORGANISATION.value, stdout=said, **known)
        administrator = self.enter()
        administrator.sign_in("org.pujiang", "/net/", said.getvalue().split()[-1].rpartition("：")[2])
        return administrator


@pytest.fixture
def town_hall(enter: Enter, settings: Any) -> Town:
    """Open the doors of a demonstration with a settable clock."""
    settings.DEMONSTRATION_CLOCK = True
    return Town(
        enter("bureau.ipb", "/net/admin/"),
        enter("unit.shanghai", "/net/admin/"),
        enter("clerk.sh74", "/court/admin/"),
        enter,
    )


def approve_all(unit: Person) -> None:
    """Let a unit approve every file that awaits its review."""
    unit.open("/net/admin/reviews/")
    for box in unit.page.locator("[name=file]").all():
        box.check()
    press(unit, "所选审核通过")
    assert unit.says("没有待审核的档案")


def push(who: Person, *names: str) -> None:
    """Push verified files to the financial court at Shanghai."""
    who.open(f"/net/admin/push/?text={names[0]}" if len(names) == 1 else "/net/admin/push/")
    for name in names:
        who.page.get_by_role("checkbox", name=f"选择 {name}", exact=True).check()
    who.page.check("[name=court][value='沪74']")
    press(who, "核对")
    press(who, f"推送 {len(names)} 个")
    assert who.says(f"已推送 {len(names)} 个；0 项没有推送。")


def open_entry(clerk: Person, name: str) -> None:
    """Open what waits for the court's confirmation under a name."""
    clerk.open("/court/admin/entrants/")
    follow(clerk.page.get_by_role("link", name=name, exact=True))


def message(case: Case, party: str, errand: str, what: str) -> str:
    """Return what stands in the newest message of its kind to a party."""
    sent = OutgoingMessage.objects.filter(case=case, party=party, errand=errand).first()
    assert sent is not None
    found = re.search(what, sent.text)
    assert found is not None
    return found[1]


def consent_by_link(town: Town, case: Case) -> None:
    """Ask both sides by link, and let them consent on old phones without scripts."""
    clerk = town.clerk
    clerk.open(f"{clerk.case_path(COURT, str(case.ref))}consents/")
    for party in case.sheet["parties"]:
        clerk.page.check(f"[name=party][value='{party}']")
    press(clerk, "发送链接")
    for party in case.sheet["parties"]:
        phone = town.enter(**OLD_PHONE)
        phone.open(message(case, party, "LINK", r"https?://[^/]+(/\S+/)"))
        press(phone, "发送验证码")
        phone.page.get_by_label("短信验证码").fill(message(case, party, "CODE", r"(\d{6})"))
        press(phone, "验证并继续")
        for stage in ("MEDIATION", "ONLINE"):
            if phone.page.locator(f"[name={stage}]").count():
                phone.page.check(f"[name={stage}][value=YES]")
        press(phone, "提交答复")
        assert phone.says("您的答复已经收到")


def file(*steps: tuple[float, str, dict[str, Any]]) -> Story:
    """Return a new dispute over brokerage at the financial court, told as far as these steps."""
    cast = accounts()
    plot = Plot(
        Track.DELEGATED, Cause.BROKERAGE, 12_345_600, [cast["investor.zhang"]], [cast["broker.hengtai"]],
        "未经同意代为买卖股票，请求赔偿。", list(steps), court="沪74", organisation="shsa", mediator="shsa-1",
    )  # fmt: skip
    story = Story(plot, now())
    story.tell()
    return story


def choices(clerk: Person, ref: str) -> None:
    """Open the page on which the clerk chooses, from the case."""
    clerk.open(clerk.case_path(COURT, ref))
    follow(clerk.page.locator("ul.moves a.button").filter(has_text="委派或者委托调解"))


def choose(clerk: Person, name: str) -> None:
    """Choose an organisation by its name and send the case there."""
    clerk.page.locator(".option-name").filter(has_text=name).locator("input").check()
    for tick in clerk.page.locator(".confirms input").all():
        tick.check()
    press(clerk, "委派或者委托给所选的组织")


def register(town: Town, picture: Picture) -> str:
    """Have a new organisation and its two mediators put into the files of InvestorNet; returns its reference."""
    town.bureau.open("/net/admin/files/new/")
    given: dict[str, Value] = {
        "name": NAME,
        "kind": "INDUSTRY",
        "credit_code": "52310115MJ0009990T",
        "unit": "CSRC310000",
        "regions": ["31"],
        "causes": ["BROKERAGE", "MISSTATEMENT"],
        "scope": "上海地区证券期货纠纷",
        "expertise": "证券交易代理、虚假陈述",
        "phone": "021-00000099",
    }
    town.bureau.fill(given)
    picture(town.bureau, "bureau-file-new")
    town.bureau.send()
    assert town.bureau.says("已建立组织档案")
    organisation = town.bureau.page.url.rstrip("/").rpartition("/")[2]
    administrator = town.engage(organisation)
    administrator.open(f"/net/files/organisation/{organisation}/")
    press(administrator, "提交审核")
    picture(administrator, "organisation-file")
    approve_all(town.unit)
    for name, hours in ((TRAINED, "24"), (UNTRAINED, "0")):
        administrator.open("/net/files/new/")
        administrator.fill({"name": name, "expertise": "证券交易代理", "training_hours": hours})
        press(administrator, "保存并提交审核")
        assert administrator.says(name)
    approve_all(town.unit)
    administrator.open("/net/files/")
    picture(administrator, "organisation-files")
    return organisation


def enter_roster(town: Town, picture: Picture) -> None:
    """Have the organisation and its mediators pushed; the court confirms all whom it must, and refuses one."""
    clerk = town.clerk
    town.bureau.open("/net/admin/push/")
    counts = {
        row.locator("th").inner_text(): row.locator("td.end").inner_text()
        for row in town.bureau.page.locator("tbody tr").all()
    }
    assert counts[NAME] == "0"
    assert counts["上海市证券同业公会证券纠纷调解中心"] != "0"
    push(town.bureau, NAME)
    town.post()
    open_entry(clerk, NAME)
    assert clerk.says("没有不符合的条件：应当列入名册，不得拒绝。")
    assert clerk.page.get_by_role("button", name="不予列入").count() == 0
    picture(clerk, "clerk-entrant")
    press(clerk, "确认")
    town.post()
    push(town.unit, TRAINED, UNTRAINED)
    town.post()
    clerk.open("/court/admin/entrants/")
    picture(clerk, "clerk-entrants")
    open_entry(clerk, TRAINED)
    press(clerk, "确认")
    open_entry(clerk, UNTRAINED)
    assert clerk.page.get_by_role("button", name="确认", exact=True).count() == 0
    clerk.page.check("[name=condition][value=TRAINED]")
    picture(clerk, "clerk-entrant-unfit")
    press(clerk, "不予列入，看下一个")
    town.post()
    town.unit.open("/net/admin/push/answers/?status=REFUSED")
    assert town.unit.says(UNTRAINED)
    assert town.unit.says("已接受入册前的业务培训")
    picture(town.unit, "unit-answers")


def test_a_new_organisation_is_entered_recommended_silent_and_the_case_goes_to_another(
    town_hall: Town, picture: Picture, evidence: Path
) -> None:
    town, clerk = town_hall, town_hall.clerk
    organisation = register(town, picture)
    enter_roster(town, picture)

    # The public finds the organisation with the mediator who was confirmed, on both platforms.
    visitor = town.enter()
    for prefix in ("court", "net"):
        visitor.open(f"/{prefix}/roster/?court=沪74&text=浦江")
        follow(visitor.page.get_by_role("link", name=NAME))
        assert visitor.says("上海金融法院")
        assert visitor.says(TRAINED)
        assert not visitor.says(UNTRAINED)
    picture(visitor, "public-organisation")

    # An investor applies page by page; the clerk finds the application on the desk and, as it is fit, asks both sides.
    investor = town.enter("investor.zhang", "/court/")
    ref = walk_wizard(investor, evidence, changed={"dispute": BROKERAGE, "respondent": BROKER})
    case = Case.objects.get(platform=COURT, ref=ref)
    clerk.open("/court/admin/cases/")
    follow(clerk.page.locator(f"main a[href*='{ref}'], #content a[href*='{ref}']").first)
    assert clerk.says("未经同意代为买卖股票")
    assert clerk.says(evidence.name)
    assert clerk.see(COURT, ref).state == State.FILED.label

    # Both consent by link; three organisations are recommended with reasons, the new one among them.
    consent_by_link(town, case)
    case.refresh_from_db()
    assert case.state == State.READY
    choices(clerk, str(case.ref))
    assert clerk.page.locator(".options .option").count() == 3
    assert clerk.page.locator(".options .option").first.locator(".reasons li").count() == 5
    assert clerk.page.locator(".options .option").filter(has_text=NAME).count() == 1
    choose(clerk, NAME)
    town.post()
    delegated = clerk.see(COURT, str(case.ref))
    assert delegated.state == State.DELEGATED.label
    assert delegated.holder == NAME
    assert delegated.due.startswith("2026年3月10日")
    assert delegated.days == "还有5个工作日"
    picture(clerk, "clerk-delegated")
    with clerk.page.expect_download() as handed:
        clerk.page.locator("ul.papers a").filter(has_text="委派调解函").click()
    assert handed.value.path().read_bytes().startswith(b"%PDF-")

    # The organisation keeps silent for five working days; the case is back on the desk.
    clerk.open("/demonstration/clock/")
    clerk.fill({"how": "days", "days": "5"})
    picture(clerk, "demonstration-clock")
    press(clerk, "向前拨")
    assert clerk.says("已经拨动")
    assert tasks.sweep() >= 1
    town.post()
    clerk.open("/court/admin/cases/?queue=sent-back")
    assert clerk.says("张晓慧")
    returned = clerk.see(COURT, str(case.ref))
    assert returned.state == State.READY.label
    assert clerk.says(f"{NAME}逾期未答复，视为没有接受，案件于2026年3月10日退回，待另行安排。")
    picture(clerk, "clerk-sent-back")

    # It goes to another organisation, never to the silent one again.
    choices(clerk, str(case.ref))
    assert clerk.says(f"{NAME}逾期未答复")
    assert clerk.page.locator(".option").filter(has_text=NAME).count() == 0
    assert clerk.page.locator("table.why tr").filter(has_text=NAME).count() == 1
    picture(clerk, "clerk-choose-again")
    clerk.open("/court/admin/cases/?queue=sent-back")
    picture(clerk, "clerk-reassign")
    follow(clerk.page.get_by_role("button", name="改派给"))
    assert clerk.says("已改派给")
    town.post()
    reassigned = clerk.see(COURT, str(case.ref))
    assert reassigned.state == State.DELEGATED.label
    assert reassigned.holder != NAME
    with clerk.page.expect_download() as handed:
        clerk.page.locator("ul.papers a").filter(has_text="重新指派通知书").click()
    assert handed.value.path().read_bytes().startswith(b"%PDF-")

    # The lapse stands in the organisation's record: with whoever supervises it, and with whoever chooses next.
    town.unit.open(f"/net/admin/oversight/?organisation={organisation}")
    picture(town.unit, "unit-oversight")
    follow(town.unit.page.get_by_role("link", name=f"{NAME} 本季度逾期未答复 1", exact=True))
    assert town.unit.says(case.number)
    following = file(*AGREED)
    choices(clerk, str(following.ref))
    record = clerk.page.locator(".option, table.why tr").filter(has_text=NAME)
    assert "应当答复1次，按期答复0次（0%），逾期未答复1次；" in (record.first.text_content() or "")
