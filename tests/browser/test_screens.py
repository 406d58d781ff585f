"""Pictures of pages that no told story passes: drafts in two versions, a firm's desk, an agent's clients, boards of an
organisation, notices, agreements reached off line, applying page by page; taken where ``SCREENS=1`` asks for them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from mediation import tasks
from mediation.clauses import drafts
from mediation.clauses.agreement import Body
from mediation.management.plots import ASKED, DIRECT_COMPLETE, DRAFTED
from mediation.management.story import Plot, Story, accounts
from mediation.vocabulary import Cause, Source, Track
from tests.browser.conftest import MORNING, Enter
from tests.browser.people import Person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(os.environ.get("SCREENS") != "1", reason="pictures are taken where SCREENS=1 asks for them"),
]
PAGES: tuple[tuple[str, str, str], ...] = (
    ("broker.hengtai", "/net/desk/", "firm-desk"),
    ("broker.hengtai", "/net/notices/", "notices"),
    ("broker.hengtai", "/net/notices/preferences/", "notices-preferences"),
    ("lawyer.chen", "/net/clients/", "clients"),
    ("org.isc", "/net/load/", "organisation-load"),
    ("org.isc", "/net/leaves/", "organisation-leaves"),
    ("org.isc", "/net/seals/", "organisation-seals"),
    ("org.isc", "/net/offline/", "organisation-offline"),
    ("investor.zhang", "/court/offline/", "party-offline"),
)


def test_pages_off_the_beaten_track_are_pictured(
    enter: Enter, clock: time_machine.Coordinates, picture: Callable[[Person, str], None]
) -> None:
    cast = accounts()
    zhang, hengtai = [cast["investor.zhang"]], [cast["broker.hengtai"]]
    told = "客户经理未经同意买卖股票，请求赔偿。"
    direct = Plot(Track.DIRECT, Cause.BROKERAGE, 8_000_000, zhang, hengtai, told, [], source=Source.ONLINE_NET)
    plots = [
        replace(direct, steps=DIRECT_COMPLETE),
        *[replace(direct, track=Track.DELEGATED, amount=amount, steps=ASKED) for amount in (1_200_000, 3_400_000)],
        replace(direct, track=Track.DELEGATED, steps=DRAFTED),
    ]
    stories = [Story(plot, MORNING) for plot in plots]
    for story in stories:
        story.tell()
    drawn = stories[-1]
    case, by, at = drawn.case("investornet"), drawn.lead(), drawn.at + timedelta(hours=1)
    second = drafts.begin(case, by=by, at=at)
    body = Body.load(second.body)
    payment = replace(body.clauses[0], values=body.clauses[0].values | {"amount": 5_800_000})
    drafts.save(second, body.put(payment), seen=second.revision, by=by, at=at)
    second.refresh_from_db()
    drafts.share(second, seen=second.revision, by=by, at=at)
    clock.move_to(max(story.at for story in stories) + timedelta(hours=2))
    tasks.tell()
    people: dict[str, Person] = {}

    def look(login: str, path: str, name: str) -> None:
        if login not in people:
            people[login] = enter(login, "/net/")
        people[login].open(path)
        picture(people[login], name)

    for login, path, name in PAGES:
        look(login, path, name)
    look("investor.zhang", f"/net/cases/{drawn.ref}/agreement/", "agreement-versions")
    look("investor.zhang", f"/net/cases/{drawn.ref}/agreement/versions/1/", "agreement-comments")
    look("investor.zhang", f"/net/cases/{drawn.ref}/agreement/versions/2/", "agreement-differences")
    look("investor.zhang", f"/net/cases/{stories[0].ref}/suing/", "suing")
    broker, investor = people["broker.hengtai"], people["investor.zhang"]
    broker.open("/court/desk/")
    for box in broker.page.locator("main input[type=checkbox]").all():
        box.check()
    picture(broker, "firm-desk-chosen")
    broker.page.locator("main form:has(input[type=checkbox]) button").first.click()
    picture(broker, "joint-answer")
    investor.open("/net/apply/")
    investor.page.click("main form button.button")
    for place, name in ((1, "apply-who"), (2, "apply-respondent")):
        tasks_url = investor.page.url
        investor.page.click(f"ol.tasks a >> nth={place}")
        picture(investor, name)
        investor.open(tasks_url)
