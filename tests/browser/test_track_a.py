"""Track A in real browsers: six people on two platforms take a dispute from application to judicial confirmation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import time_machine

from mediation.exchange.models import Receipt
from mediation.models import Case, CaseEvent
from mediation.vocabulary import State
from roster.reference import ref
from tests.browser.conftest import Enter
from tests.browser.people import Person, follow
from tests.browser.walk import Walk
from tests.browser.wizard import walk_wizard

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COURT, NET = "courtplatform", "investornet"
COURT_NAME, ORGANISATION = "上海金融法院", "中证中小投资者服务中心"
SHOWN = ("fit", "evidence", "consent", "tasks", "check", "receipt")
SUM = "80,000.00元（大写：人民币捌万元整）"


def draft(mediator: Person, walk: Walk, picture: Callable[[Person, str], None]) -> None:
    """Let the mediator draw up an agreement of one payment, with two defects to be mended before it can be proposed."""
    page = mediator.open(f"/net/cases/{walk.ref}/agreement/")
    follow(page.get_by_role("button", name="从条款起草"))
    mediator.fill({"full": "yes"})
    mediator.send()
    follow(page.get_by_role("button", name="一次性付款协议"))
    follow(page.get_by_role("link", name="一次性付款", exact=True))
    mediator.fill({"purpose": "投资差额损失赔偿款", "amount": "8万元"})
    mediator.send()
    follow(page.get_by_role("link", name="检查并提出协议"))
    assert mediator.says("必须改正（2 处）")
    picture(mediator, "agreement-check")
    follow(page.get_by_role("link", name="打开这一条补填").first)
    mediator.fill({"due_on": "2026-05-31"})
    mediator.send()
    follow(page.get_by_role("link", name="检查并提出协议"))
    follow(page.get_by_role("link", name="打开这一条补填").first)
    mediator.fill({"rate": "3"})
    mediator.send()
    picture(mediator, "agreement-draft")
    follow(page.get_by_role("link", name="检查并提出协议"))
    assert mediator.says("没有必须改正的问题")
    follow(page.get_by_role("button", name="提出协议"))
    assert mediator.says("协议已提出")
    walk.post()


def test_a_dispute_goes_through_both_platforms_to_its_confirmation(
    enter: Enter, clock: time_machine.Coordinates, evidence: Path, picture: Callable[[Person, str], None]
) -> None:
    people = {
        "zhang": enter("investor.zhang", "/court/"),
        "huaxin": enter("company.huaxin", "/court/"),
        "clerk": enter("clerk.sh74", "/court/admin/"),
        "org": enter("org.isc", "/net/"),
        "mediator": enter("mediator.wang", "/net/"),
        "judge": enter("judge.sh74", "/court/admin/"),
    }
    walk = Walk(clock, people)
    here = (("zhang", COURT), ("huaxin", COURT), ("clerk", COURT))
    both = (*here, ("zhang", NET), ("huaxin", NET), ("org", NET))
    everybody = (*both, ("mediator", NET), ("judge", COURT))

    # The investor applies; the clerk finds the application on the desk and asks the other side.
    walk.ref = walk_wizard(
        people["zhang"],
        evidence,
        on_step=lambda step: picture(people["zhang"], f"apply-{step}") if step in SHOWN else None,
    )
    assert people["zhang"].says("2026年3月3日")
    walk.agree(*here, state=State.FILED, holder=COURT_NAME, due="2026年3月6日")
    people["clerk"].open("/court/admin/")
    picture(people["clerk"], "clerk-desk")
    people["clerk"].open("/court/admin/cases/?queue=new")
    assert people["clerk"].says("张晓慧")
    picture(people["clerk"], "clerk-list")
    people["clerk"].see(COURT, walk.ref)
    picture(people["clerk"], "clerk-case")
    people["clerk"].open(people["clerk"].case_path(COURT, walk.ref) + "do/consult/")
    people["clerk"].fill({"channel": "SMS"})
    people["clerk"].send()
    walk.agree(*here, state=State.CONSULTING, holder=COURT_NAME)

    # The company consents, both choose the same organisation, and the clerk delegates the case to it.
    for stage in ("MEDIATION", "ONLINE"):
        walk.make("huaxin", COURT, "consent", stage=stage)
    walk.agree(*here, state=State.READY, holder=COURT_NAME)
    chosen = str(ref("organisation", "isc"))
    for who in ("zhang", "huaxin"):
        walk.make(who, COURT, "choose_jointly", organisation=chosen)
    people["clerk"].open(people["clerk"].case_path(COURT, walk.ref) + "choose/")
    picture(people["clerk"], "clerk-delegate")
    walk.make("clerk", COURT, "delegate", organisation=chosen, reason_confirmed=True)
    seen = walk.agree(*both, state=State.DELEGATED, holder=ORGANISATION, due="2026年3月10日")
    assert seen.days == "还有5个工作日"

    # The organisation accepts within five working days and appoints; the mediator prepares and opens.
    walk.pass_time(days=2)
    assert people["org"].see(NET, walk.ref).days == "还有3个工作日"
    people["org"].open("/net/inbox/")
    assert people["org"].says("张晓慧")
    picture(people["org"], "organisation-inbox")
    walk.make("org", NET, "accept", declared=True)
    walk.agree(*both, state=State.ACCEPTED, holder=ORGANISATION)
    lead = str(ref("mediator", "isc-1"))
    walk.make("org", NET, "appoint_mediator", mediators=[lead], lead=lead)
    walk.make("mediator", NET, "disclose", ground="NONE")
    for party in Case.objects.get(platform=NET, ref=walk.ref).sheet["parties"]:
        walk.make("mediator", NET, "record_contact", party=party, outcome="REACHED", channel="PHONE")
    walk.make("huaxin", NET, "confirm_address", e_service=True, address="上海市张江路2号", phone="13800000011")
    picture(people["huaxin"], "company-case")
    walk.pass_time(days=1)
    people["mediator"].open("/net/cases/")
    picture(people["mediator"], "mediator-cases")
    parties = list(Case.objects.get(platform=NET, ref=walk.ref).sheet["parties"])
    opening = {"verified": parties, "acknowledged": parties, "informed": True, "warned": True}
    walk.make("mediator", NET, "open_session", mode="VIDEO", **opening)
    walk.agree(*everybody, state=State.MEDIATING, holder=ORGANISATION)
    people["mediator"].see(NET, walk.ref)
    picture(people["mediator"], "mediator-case")

    # The mediator drafts from clauses, mends what the check finds, and proposes; everybody reads one text and signs it.
    draft(people["mediator"], walk, picture)
    walk.agree(*everybody, state=State.SIGNING, holder=ORGANISATION)
    people["zhang"].open(f"/net/cases/{walk.ref}/moves/sign/")
    assert people["zhang"].says(SUM)
    picture(people["zhang"], "party-sign")
    for who in ("zhang", "huaxin"):
        walk.make(who, NET, "sign")
    walk.agree(*everybody, state=State.SETTLED, holder=ORGANISATION)
    walk.make("mediator", NET, "sign")
    walk.review("org", look=lambda: picture(people["org"], "seal-review"))
    walk.make("org", NET, "sign")
    picture(people["org"], "organisation-case")

    # Both apply for confirmation; clerk and judge do their part.
    walk.pass_time(days=3)
    for who in ("zhang", "huaxin"):
        walk.apply_together(who)
    walk.agree(*everybody, state=State.CONFIRMATION_SOUGHT, holder=COURT_NAME)
    walk.make("clerk", COURT, "accept_confirmation")
    walk.agree(*everybody, state=State.CONFIRMATION_REVIEW, holder=COURT_NAME)
    people["judge"].open("/court/admin/")
    picture(people["judge"], "judge-desk")
    people["judge"].see(COURT, walk.ref)
    assert people["judge"].says(SUM)
    picture(people["judge"], "judge-case")
    walk.pass_time(days=5)
    walk.make("judge", COURT, "confirm", present=parties, ruling="申请人与被申请人达成的调解协议有效。")
    walk.agree(*everybody, state=State.CONFIRMED, holder=COURT_NAME)
    for who in ("zhang", "huaxin"):
        walk.make(who, NET, "receive_ruling")
    done = walk.agree(*everybody, state=State.CONFIRMED, holder=COURT_NAME)
    people["zhang"].see(NET, walk.ref)
    picture(people["zhang"], "party-case")
    people["zhang"].open("/net/cases/")
    picture(people["zhang"], "party-cases")

    # Every entry crossed and was signed for.
    case = Case.objects.get(platform=COURT, ref=walk.ref)
    authors = CaseEvent.objects.filter(case=case).values_list("author", flat=True)
    assert set(authors) == {COURT, NET}
    assert len(authors) == done.entries
    receipts = Receipt.objects.filter(case__ref=walk.ref, kind__startswith="case.")
    assert receipts.values("number").distinct().count() == done.entries
