"""Pictures of pages that no told story passes: drafts in two versions, a firm's desk, an agent's clients, boards of an
organisation, notices, agreements reached off line, applying page by page, a mediator's own pages, a ruling served on
paper and a payment missed, a complaint taken over from 12386; taken where ``SCREENS=1`` asks for them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone

from mediation import tasks
from mediation.clauses import drafts
from mediation.clauses.agreement import Body
from mediation.exchange import outbox
from mediation.management.plots import ACCEPTED, ASKED, BY_INSTALMENTS, CONFIRMING, DIRECT_COMPLETE, DRAFTED
from mediation.management.story import Plot, Story, accounts
from mediation.present import now
from mediation.vocabulary import Cause, Source, Track
from mediation.workdays import ZONE
from roster.models import Mediator
from roster.reference import ref
from tests.browser.conftest import MORNING, PDF, Enter
from tests.browser.people import Person, follow

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
    enter: Enter, clock: time_machine.Coordinates, picture: Callable[[Person, str], None], tmp_path: Path
) -> None:
    cast = accounts()
    zhang, hengtai = [cast["investor.zhang"]], [cast["broker.hengtai"]]
    told = "客户经理未经同意买卖股票，请求赔偿。"
    direct = Plot(Track.DIRECT, Cause.BROKERAGE, 8_000_000, zhang, hengtai, told, [], source=Source.ONLINE_NET)
    plots = [
        replace(direct, steps=DIRECT_COMPLETE),
        *[replace(direct, track=Track.DELEGATED, amount=amount, steps=ASKED) for amount in (1_200_000, 3_400_000)],
        replace(direct, track=Track.DELEGATED, steps=DRAFTED),
        replace(direct, track=Track.DELEGATED, steps=[*BY_INSTALMENTS, *CONFIRMING[:-1]]),
    ]
    stories = [Story(plot, MORNING) for plot in plots]
    for story in stories:
        story.tell()
    drawn, ruled = stories[-2:]
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
    follow(broker.page.locator("main form:has(input[type=checkbox]) button").first)
    picture(broker, "joint-answer")
    investor.open("/net/apply/")
    follow(investor.page.locator("main form button.button").first)
    for place, name in ((1, "apply-who"), (2, "apply-respondent")):
        tasks_url = investor.page.url
        follow(investor.page.locator(f"ol.tasks a >> nth={place}").first)
        picture(investor, name)
        investor.open(tasks_url)
    look("investor.zhang", f"{tasks_url}discard/", "apply-discard")

    # A mediator's own pages: a note, times proposed, one clause, an agreement on paper, what is to be disclosed.
    drafts.begin(case, by=by, at=at + timedelta(hours=1))
    here = f"/net/cases/{drawn.ref}"
    look("mediator.wang", f"{here}/mediation/notes/", "mediation-notes")
    people["mediator.wang"].fill({"text": "被申请人愿意先付一半，底线还没有说。"})
    people["mediator.wang"].send()
    picture(people["mediator.wang"], "mediation-notes")
    look("mediator.wang", f"{here}/mediation/sessions/", "mediation-propose")
    look("mediator.wang", f"{here}/agreement/clauses/{body.clauses[0].key}/", "agreement-clause")
    look("mediator.wang", f"{here}/agreement/upload/", "agreement-upload")
    look("mediator.wang", f"{here}/moves/disclose/", "mediation-disclose")
    look("investor.zhang", f"{here}/moves/confirm_address/", "service-address")

    # A ruling served on paper, with the receipt that came back; then a payment is missed.
    desk, parties = f"/court/admin/cases/{ruled.ref}", list(ruled.people)
    clerk = people["clerk.sh74"] = enter("clerk.sh74", "/court/admin/")
    clerk.open(f"{desk}/services/")
    clerk.fill({"what": "RULING", "party": parties, "way": ["DIRECT"]})
    follow(clerk.page.locator("#content form:has([name=what]) button").first)
    clerk.open(f"{desk}/do/record_paper_service/")
    returned = tmp_path / "送达回证.pdf"
    returned.write_bytes(PDF)
    service = next(iter(ruled.case().sheet["services"]))
    clerk.fill({"service": service, "channel": "DIRECT", "on": timezone.localdate().isoformat(), "documents": returned})
    picture(clerk, "service-record")
    clerk.send()
    look("clerk.sh74", f"{desk}/services/", "service-paper")
    look("clerk.sh74", f"{desk}/do/receive_ruling/", "ruling-receipt")
    look("investor.zhang", f"/court/cases/{ruled.ref}/", "ruling-party")
    due = sorted(one["due_on"] for one in ruled.case().sheet["agreement"]["obligations"])
    clock.move_to(datetime.fromisoformat(due[0]).replace(tzinfo=ZONE) + timedelta(days=3))
    look("investor.zhang", f"/court/cases/{ruled.ref}/performance/", "performance-missed")
    follow(investor.page.get_by_role("link", name="宣布其余各期提前到期").first)
    picture(investor, "performance-declare")
    investor.send()
    look("investor.zhang", f"/court/cases/{ruled.ref}/performance/#force", "enforcement")

    # A complaint that the 12386 hotline passed on.
    centre = enter("centre.isc", "/net/admin/")
    centre.open("/net/admin/transfers/new/")
    known = accounts()["investor.zhang"]
    told_by = {
        "number": "TS2026030001",
        "name": known.name,
        "phone": known.phone,
        "identity_kind": known.identity_kind.value,
    }
    told_by |= {"identity_number": known.identity_number, "cause": "BROKERAGE", "told": told, "claims": "赔偿亏损。"}
    centre.fill(told_by | {"respondent": "恒泰达证券股份有限公司（演示）", "institution": "SECURITIES", "agreed": True})
    centre.page.evaluate("scrollTo(0, 0)")
    picture(centre, "transfer-new")
    centre.send()
    picture(centre, "transfer-code")
    look("investor.zhang", "/net/transfer/", "transfer-take")


def test_a_clerks_day_and_a_questioned_mediator_are_pictured(
    enter: Enter, clock: time_machine.Coordinates, picture: Callable[[Person, str], None], tmp_path: Path
) -> None:
    cast = accounts()
    zhang, hengtai = [cast["investor.zhang"]], [cast["broker.hengtai"]]
    told = "客户经理未经同意买卖股票，请求赔偿。"
    plot = Plot(
        Track.DELEGATED,
        Cause.BROKERAGE,
        8_000_000,
        zhang,
        hengtai,
        told,
        ACCEPTED,
        organisation="shsa",
        mediator="shsa-1",
    )
    asked, accepted = Story(replace(plot, steps=ASKED), MORNING), Story(plot, MORNING)
    for story in (asked, accepted):
        story.tell()
    lead = str(ref("mediator", "shsa-1"))
    Mediator.objects.filter(ref=lead).update(employers=["金穗期货有限公司（演示）"])
    accepted.act("appoint_mediator", accepted.administrator(), {"mediators": [lead], "lead": lead})
    accepted.post()
    clock.move_to(accepted.at + timedelta(hours=2))
    clerk, investor = enter("clerk.sh74", "/court/admin/"), enter("investor.zhang", "/net/")
    here, desk = f"/net/cases/{accepted.ref}/moves", f"/court/admin/cases/{accepted.ref}"

    # What clerks print, write down and count.
    clerk.open("/court/admin/cases/export/?form=print")
    picture(clerk, "clerk-print")
    clerk.open(f"/court/admin/cases/{asked.ref}/do/consent/")
    paper = tmp_path / "同意书.pdf"
    paper.write_bytes(PDF)
    picture(clerk, "clerk-consent-record")
    clerk.open(f"/court/admin/cases/{asked.ref}/#clocks-title")
    clerk.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    picture(clerk, "clerk-clock")
    clerk.open("/court/admin/calendar/")
    picture(clerk, "clerk-calendar")

    # What connects the mediator with the broker's group is disclosed, waived or objected to, and decided by either.
    mediator = enter("mediator.shsa", "/net/")
    mediator.open(f"{here}/disclose/")
    picture(mediator, "mediator-disclose")
    mediator.send()
    investor.open(f"{here}/waive/")
    picture(investor, "party-waive")
    investor.open(f"{here}/object/")
    investor.fill({"ground": "RELATION", "reason": "该调解员曾在对方集团任职。"})
    picture(investor, "party-object")
    investor.send()
    outbox.post_all(now())
    organisation = enter("org.shsa", "/net/")
    organisation.open(f"{here}/decide_recusal/")
    picture(organisation, "organisation-recusal")
    clerk.open(f"{desk}/do/decide_recusal/")
    picture(clerk, "clerk-recusal")

    # What a supervising unit is told of complaints, and the bureau's list of groups of companies.
    investor.open(f"/court/cases/{accepted.ref}/complaints/")
    investor.page.locator("[name=about]").first.check()
    investor.fill({"ground": "LEAKING", "text": "他把协议告诉了别人。"})
    investor.send()
    outbox.post_all(now())
    unit = enter("unit.shanghai", "/net/admin/")
    unit.open("/net/admin/complaints/")
    picture(unit, "unit-complaints")
    bureau = enter("bureau.ipb", "/net/admin/")
    bureau.open("/net/admin/groups/")
    picture(bureau, "bureau-groups")
    investor.open("/net/calendar/")
    picture(investor, "party-calendar")
