"""The pages of the roster in a real browser: nothing blocked by the content policy, nothing wider than the screen.

``SCREENS=1`` keeps pictures under ``docs/screens``.
"""

from __future__ import annotations

import os
import uuid
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.test import Client as Browser
from playwright.sync_api import Page, Route

from roster.models import Complaint, Listing, Mediator, Organisation
from tests.access.looking import held_against_picture
from tests.courtplatform.desk import BASE
from tests.courtplatform.test_entrants import ABOVE, ENTRANTS, HERE, nominated, other, page_of, people, pushed
from tests.courtplatform.test_look import SCREENS, TYPES, WIDTHS
from tests.roster.people import COURT, People
from tests.windows.stage import Stage, day, file_case, walk

pytestmark = pytest.mark.browser
__all__ = ["people"]


def filled(stage: Stage, people: People, at_desk: Any) -> dict[str, Any]:
    """Return the answers to show, by name."""
    organisation = people.organisation(
        expertise="虚假陈述、基金销售、期货经纪", phone="021-66668888", address="上海市浦东新区（演示地址）8号"
    )
    entry = pushed(people, organisation)
    people.go(entry, "confirm", people.clerk(HERE), expires_on="2024-06-20")
    people.go(organisation, "edit", people.administrator(organisation.ref), changes={"phone": "021-88889999"})
    people.go(organisation, "submit", people.administrator(organisation.ref))
    people.go(organisation, "approve", people.unit)
    people.carry()
    mediator = pushed(people, people.mediator(organisation, expertise="虚假陈述、基金销售", languages=["zh", "yue"]))
    wanting = pushed(people, people.organisation(**other(0), scope="", expertise=""))
    for number in range(3):
        more = Organisation.objects.create(
            platform=COURT, ref=uuid.uuid4(), name=f"长三角证券期货纠纷人民调解委员会第{number + 1}分会",
            kind="INDUSTRY", unit="ISC", languages=["zh", "yue"],
            charges_fee=True, tariff="每件五百元起，按标的额分段累计",
            scope="证券、期货、基金等资本市场民商事纠纷", expertise="虚假陈述、基金销售",
        )  # fmt: skip
        Listing.objects.create(
            platform=COURT, court=ABOVE, organisation=more.ref, status="LISTED", listed_on=day(-5).date(), since=day(1),
            certificate_number=f"（2024）沪特邀组织{number}号", verification_code=f"7K2M-9QXA-4BR{number}",
        )  # fmt: skip
    story = walk(file_case(stage), "DELEGATED")
    suspended = Listing.objects.get(platform=COURT, court=HERE, organisation=stage.organisation)
    zhang = Browser()
    zhang.force_login(stage.accounts["zhang"], backend="roster.backend.AccountBackend")
    complaints = f"/court/cases/{story.ref}/complaints/"
    told = "调解员多次打电话要求我当天签字，说不签就把案件退回，我没有时间看协议内容。"
    stated = {
        "about": f"organisation:{stage.organisation}",
        "ground": "FORCING",
        "text": told,
        "key": str(uuid.uuid4()),
    }
    zhang.post(complaints, stated)
    row = Complaint.objects.get(platform=COURT)
    people.open_books(COURT)
    suspended.refresh_from_db()
    people.go(suspended, "suspend", people.clerk(HERE), ground="UNDER_REVIEW")
    clerk = at_desk("clerk")
    both = {"entry": [str(mediator.ref), str(wanting.ref)], "do": "confirm", "judged": "1"}
    one = Mediator.objects.filter(platform=COURT, organisation=organisation.ref).get()
    return {
        "entrants-pending": clerk.get(ENTRANTS),
        "entrants-one": clerk.get(page_of(wanting)),
        "entrants-listed": clerk.get(page_of(entry)),
        "entrants-batch": clerk.get(f"{ENTRANTS}batch/", both),
        "entrants-done": clerk.post(f"{ENTRANTS}batch/", both),
        "entrants-roster": clerk.get(f"{ENTRANTS}roster/"),
        "entrants-adoption": clerk.get(f"{ENTRANTS}adoption/"),
        "entrants-complaints": clerk.get(f"{ENTRANTS}complaints/"),
        "entrants-complaint": clerk.get(f"{ENTRANTS}complaints/{row.ref}/"),
        "entrants-cases": clerk.get(f"{ENTRANTS}cases/"),
        "entrants-first": clerk.get(BASE),
        "party-complain": zhang.get(complaints),
        "party-complain-net": zhang.get(complaints.replace("/court/", "/net/")),
        "roster-list": zhang.get("/court/roster/"),
        "roster-mediators": zhang.get("/court/roster/mediators/"),
        "roster-organisation": zhang.get(f"/court/roster/{organisation.ref}/"),
        "roster-mediator": zhang.get(f"/court/roster/mediators/{one.ref}/"),
        "roster-certificate": zhang.get("/court/roster/certificate/", {"code": "7K2M-9QXA-4BR1"}),
    }


def recognised(people: People, at_desk: Any) -> dict[str, Any]:
    """Return what the SPC's divisions see."""
    row = nominated(people)
    return {
        "recognitions": at_desk("spc").get(f"{BASE}recognitions/"),
        "recognition": at_desk("spc").get(f"{BASE}recognitions/{row.ref}/"),
    }


@pytest.mark.parametrize("shown", [filled, recognised])
def test_the_rosters_pages_fit_every_screen_and_break_no_policy(
    stage: Stage, people: People, at_desk: Any, page: Page, shown: Any
) -> None:
    answers = filled(stage, people, at_desk) if shown is filled else recognised(people, at_desk)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def show(route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path.startswith("/static/"):
            found = finders.find(path.removeprefix("/static/"))
            assert isinstance(found, str), path
            route.fulfill(path=found, content_type=TYPES[path.rpartition(".")[2]])
        else:
            answer = answers[path.strip("/")]
            policy = {"Content-Security-Policy": answer["Content-Security-Policy"]}
            route.fulfill(body=answer.content.decode(), content_type="text/html; charset=utf-8", headers=policy)

    page.route("**/*", show)
    wider: dict[tuple[str, int], Any] = {}
    barred: dict[str, Any] = {}
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        for name, answer in answers.items():
            assert answer.status_code == 200, name
            page.goto(f"http://look.test/{name}")
            if os.environ.get("SCREENS") == "1" and width != 320:
                page.screenshot(path=SCREENS / f"{name}-{width}.png", animations="disabled", full_page=True)
            page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
            if (reach := page.evaluate("document.documentElement.scrollWidth")) > width:
                wider[name, width] = reach
            if width == 1280 and (held := held_against_picture(page, name)):
                barred[name] = held

    assert (wider, complaints, barred) == ({}, [], {})
