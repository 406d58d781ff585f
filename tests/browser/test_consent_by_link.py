"""A new application, both consents by link on an old phone, three organisations with reasons, delegated."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from mediation.management.plots import s
from mediation.management.story import Plot, Story, accounts
from mediation.models import Case, OutgoingMessage
from mediation.present import now
from mediation.vocabulary import Cause, State, Track
from tests.browser.conftest import Enter
from tests.browser.people import Person, follow

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COURT = "courtplatform"
OLD_PHONE = {"viewport": {"width": 390, "height": 844}, "java_script_enabled": False}


def message(case: Case, party: str, errand: str, what: str) -> str:
    """Return what stands in the newest message of its kind to a party."""
    sent = OutgoingMessage.objects.filter(case=case, party=party, errand=errand).first()
    assert sent is not None
    return re.search(what, sent.text)[1]  # type: ignore[index]


def test_consents_come_by_link_and_the_clerk_delegates_with_reasons(
    enter: Enter, picture: Callable[[Person, str], None]
) -> None:
    cast = accounts()
    plot = Plot(
        Track.DELEGATED, Cause.BROKERAGE, 12_345_600, [cast["investor.zhang"]], [cast["broker.hengtai"]],
        "未经同意代为买卖股票，请求赔偿。", [s(0, "file")], court="沪74", organisation="shsa", mediator="shsa-1",
    )  # fmt: skip
    story = Story(plot, now())
    story.tell()
    case = story.case(COURT)
    clerk = enter("clerk.sh74", "/court/admin/")

    clerk.open(f"{clerk.case_path(COURT, str(case.ref))}consents/")
    picture(clerk, "clerk-consents")
    for party in case.sheet["parties"]:
        clerk.page.check(f"[name=party][value='{party}']")
    follow(clerk.page.get_by_role("button", name="发送链接"))
    for party in case.sheet["parties"]:
        phone = enter(**OLD_PHONE)
        phone.open(message(case, party, "LINK", r"https?://[^/]+(/\S+/)"))
        picture(phone, "party-link-code")
        follow(phone.page.get_by_role("button", name="发送验证码"))
        phone.page.get_by_label("短信验证码").fill(message(case, party, "CODE", r"(\d{6})"))
        follow(phone.page.get_by_role("button", name="验证并继续"))
        picture(phone, "party-link-answer")
        for stage in ("MEDIATION", "ONLINE"):
            if phone.page.locator(f"[name={stage}]").count():
                phone.page.check(f"[name={stage}][value=YES]")
        follow(phone.page.get_by_role("button", name="提交答复"))
        assert phone.says("您的答复已经收到")
        assert phone.transferred() < 400 * 1024
        picture(phone, "party-link-answered")

    assert story.case(COURT).state == State.READY
    zhang = enter("investor.zhang", "/court/")
    zhang.open(f"{zhang.case_path(COURT, str(case.ref))}choose/")
    picture(zhang, "party-choose")
    clerk.open(clerk.case_path(COURT, str(case.ref)))
    follow(clerk.page.locator("ul.moves a.button").filter(has_text="委派或者委托调解"))
    picture(clerk, "clerk-choose")
    clerk.page.locator(".option input[type=radio]").first.check()
    for tick in clerk.page.locator(".confirms input").all():
        tick.check()
    follow(clerk.page.get_by_role("button", name="委派或者委托给所选的组织"))
    assert story.case(COURT).state == State.DELEGATED
