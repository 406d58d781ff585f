"""The investor side told whole, on telephones and desks: a direct application as far as its first instalment, a failure
that is docketed with undisputed facts only, an entrusted suit that ends in a decree.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from mediation.management.plots import MEDIATING, entrusted_complete
from mediation.management.story import Plot, Story, accounts
from mediation.models import Case, Document, Enclosure, Party
from mediation.vocabulary import Cause, Errand, Source, State, Track
from roster.demonstration import PASSWORD
from roster.models import Account
from roster.reference import ref
from tests.browser.conftest import PDF, Enter
from tests.browser.people import Person, Value, follow
from tests.browser.walk import Walk, press
from tests.browser.wizard import ANSWERS, send, take_step

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COURT, NET = "courtplatform", "investornet"
FINANCIAL, PUDONG, ORGANISATION = "上海金融法院", "上海市浦东新区人民法院", "中证中小投资者服务中心"
PHONE = {"viewport": {"width": 390, "height": 844}}
SECRET = "其实只要拿回本金就愿意不再追究利息损失"
FACT = "申请人2024年3月买入该公司股票一千股，至今没有卖出"
CHOSEN = 4
"""After how many steps of an entrusted suit both sides have chosen the organisation."""

Picture = Callable[[Person, str], None]


def open_link(walk: Walk, phone: Person, party: str, errand: Errand, onward: str) -> None:
    """Open a link on a telephone and prove the telephone."""
    phone.open(walk.message(party, errand, r"https?://[^/]+(/\S+/)"))
    prove(walk, phone, party, onward)


def prove(walk: Walk, phone: Person, party: str, onward: str) -> None:
    """Prove the telephone by a code: of whoever comes back after half an hour it is asked again."""
    press(phone, "发送验证码")
    phone.page.get_by_label("短信验证码").fill(walk.message(party, Errand.CODE, r"(\d{6})"))
    press(phone, onward)


def asked(person: Person, label: str) -> Any:
    """Return the card on which a mediation asks something of a party."""
    return person.page.locator("ul.asked > li").filter(has=person.page.get_by_role("heading", name=label))


def register(person: Person, seeded: str) -> None:
    """Register in place of a demonstration account that is gone: who it was, by nobody's word but the form's."""
    known = Account.objects.get(login=seeded)
    told = {name: getattr(known, name) for name in ("name", "identity_kind", "identity_number", "phone")}
    known.delete()
    person.login = f"{seeded}.herself"
    person.open("/net/")
    follow(person.page.get_by_role("link", name="注册").first)
    person.fill({"login": person.login, **told, "password": PASSWORD, "password_again": PASSWORD})
    press(person, "注册")


def apply(zhang: Person, evidence: Path, picture: Picture) -> str:
    """Ask whether mediation fits, then apply to the organisation, once somebody has seen the identity card; returns the
    case's reference.
    """
    zhang.open("/net/fit/")
    for question, answer in (("subject", "yes"), ("aim", "civil"), ("earlier", "no"), ("arbitration", "no")):
        zhang.fill({question: [answer]})
        zhang.send()
    picture(zhang, "fit-question")
    zhang.fill({"against": ["SECURITIES"]})
    zhang.send()
    assert zhang.says("证券公司、期货公司不得拒绝")
    picture(zhang, "fit-result")
    press(zhang, "开始申请")
    follow(zhang.page.locator("ol.tasks a >> nth=1").first)

    def look(step: str) -> None:
        if step in ("addressee", "receipt"):
            picture(zhang, f"net-apply-{step}")

    given: dict[str, dict[str, Value]] = {step: dict(answers) for step, answers in ANSWERS.items() if step != "fit"}
    given["respondent"] = {"kind": "COMPANY"}
    given["dispute"] |= {"cause": "BROKERAGE", "text": "客户经理未经同意用我的账户买卖股票，造成亏损。"}
    given["claim"] |= {"text": "赔偿亏损和佣金。", "mode": "ON_SITE"}
    given["addressee"] = {"organisation": str(ref("organisation", "isc"))}
    for step, answers in given.items():
        if step == "who":
            with pytest.raises(AssertionError, match="身份尚未核验"):
                take_step(zhang, step, answers, evidence, on_step=look)
            call_command("verify_identity", zhang.login)
            zhang.open(re.sub(r"/who-\d/", "/who/", zhang.page.url))
        if step == "respondent":
            zhang.fill({"find": "恒泰达"})
            press(zhang, "查找")
            picture(zhang, "apply-company")
            follow(zhang.page.get_by_role("link", name="恒泰达证券股份有限公司（演示）"))
        take_step(zhang, step, answers, evidence, on_step=look)
    return send(zhang, on_step=look)


def meet(walk: Walk, phone: Person, zhang: str, picture: Picture) -> None:
    """Have times proposed, chosen and fixed, notices read, the session held on site and its record confirmed."""
    mediator, broker = walk.people["mediator"], walk.people["broker"]
    mediator.open(f"/net/cases/{walk.ref}/mediation/")
    picture(mediator, "mediation-workspace")
    follow(mediator.page.get_by_role("link", name="约定调解时间").first)
    mediator.fill(
        {"channel": "PARTIES", "mode": "ON_SITE", "place": "上海市浦东新区世纪大道1号第二调解室", "minutes": "90"}
        | {"first": "2026-03-09T10:00", "second": "2026-03-10T14:30"}
    )
    mediator.send()
    session = mediator.page.url
    mediator.open(f"/net/cases/{walk.ref}/mediation/")
    press(mediator, "发送链接给申请人张晓慧")
    open_link(walk, phone, zhang, Errand.MEET, "验证并查看")
    asked(phone, "选择调解时间").get_by_label("2026年3月10日 14:30").check()
    picture(phone, "meeting-times")
    press(phone, "提交我的选择")
    broker.open(f"/net/cases/{walk.ref}/mediation/")
    for box in asked(broker, "选择调解时间").get_by_role("checkbox").all():
        box.check()
    press(broker, "提交我的选择")
    mediator.open(session)
    assert mediator.page.get_by_text("各方都可以", exact=True).count() == 1
    picture(mediator, "mediation-session-times")
    follow(mediator.page.locator("li.card", has_text="各方都可以").get_by_role("button"))
    for person, path in ((phone, "/net/meeting/"), (broker, f"/net/cases/{walk.ref}/mediation/")):
        person.open(path)
        person.page.check("[name=read]")
        picture(person, "meeting-notices")
        press(person, "确认阅知")

    # The session itself: everybody identified in person, informed, warned; what was said becomes the record.
    walk.clock.move_to(timezone.localtime().replace(month=3, day=10, hour=16, minute=30))
    mediator.open(session)
    parties = Case.objects.get(platform=NET, ref=walk.ref).sheet["parties"]
    mediator.fill({f"present_{party}": True for party in parties} | {"informed": True, "warned": True})
    press(mediator, "记录已进行这次调解")
    assert mediator.says("核实身份")
    mediator.fill({f"verified_{party}": "IN_PERSON" for party in parties})
    picture(mediator, "mediation-session-record")
    press(mediator, "记录已进行这次调解")
    follow(mediator.page.get_by_role("link", name="制作调解笔录"))
    record = mediator.page.locator("[name=record]")
    assert "现场" in record.input_value()
    record.fill(f"{record.input_value()}双方愿意分两期解决。")
    mediator.send()
    phone.open("/net/meeting/")
    prove(walk, phone, zhang, "验证并查看")
    picture(phone, "meeting-record")
    press(phone, "内容无误，确认")
    broker.open(f"/net/cases/{walk.ref}/mediation/")
    press(broker, "内容无误，确认")
    assert set(parties) <= set(Case.objects.get(platform=NET, ref=walk.ref).sheet["record"]["yes"])
    walk.post()


def draft(walk: Walk, picture: Picture) -> None:
    """Draw up two instalments from clauses; the check finds no facts and a sum that does not add up."""
    mediator = walk.people["mediator"]
    page = mediator.open(f"/net/cases/{walk.ref}/agreement/")
    press(mediator, "从条款起草")
    mediator.fill({"full": "yes", "summary": ""})
    mediator.send()
    press(mediator, "分期付款协议")
    follow(page.get_by_role("link", name="分期付款", exact=True))
    mediator.fill({"purpose": "赔偿款", "amount": "8万元", "plan": "2026-03-31 30000\n2026-06-30 40000"})
    mediator.send()
    follow(page.get_by_role("link", name="检查并提出协议"))
    assert mediator.says("必须改正（2 处）")
    assert mediator.says("差¥10,000.00")
    for defect, mended in (
        ("没有写主要事实", {"summary": "申请人称客户经理未经同意操作账户，双方对损失金额有争议。"}),
        ("各期合计", {"plan": "2026-03-31 30000\n2026-06-30 50000"}),
    ):
        follow(page.locator(".defects li").filter(has_text=defect).get_by_role("link"))
        mediator.fill(mended)
        mediator.send()
        follow(page.get_by_role("link", name="检查并提出协议"))
        assert not page.locator(".defects li").filter(has_text=defect).count()
    assert mediator.says("没有必须改正的问题")
    if page.locator("#id_checked").count():
        page.check("#id_checked")
    press(mediator, "提出协议")
    assert mediator.says("协议已提出")
    walk.post()


def sign(walk: Walk, phones: dict[str, Person], picture: Picture) -> None:
    """Let every party sign on its telephone by link, then the mediator, then the organisation after its review."""
    mediator, org = walk.people["mediator"], walk.people["org"]
    for party, phone in phones.items():
        mediator.open(f"/net/cases/{walk.ref}/")
        follow(mediator.page.locator(f"form[action*='{party}'] button:has-text('发送签名链接')").first)
        assert mediator.says("发送签名链接。")
        open_link(walk, phone, party, Errand.SIGN, "验证并查看协议")
        assert phone.says("80,000.00元（大写：人民币捌万元整）")
        press(phone, "我已看过协议，发送签名验证码")
        phone.page.get_by_label("签名验证码").fill(walk.message(party, Errand.CODE, r"(\d{6})"))
        phone.page.check("[name=read]")
        picture(phone, "signing-link")
        press(phone, "签署")
        assert phone.says("您已经签署")
        picture(phone, "signing-signed")
    walk.post()
    walk.make("mediator", NET, "sign")
    walk.review("org")
    walk.make("org", NET, "sign")
    walk.tell()
    org.open(f"/net/cases/{walk.ref}/")
    assert org.says("调解组织已经盖章")


def verify(walk: Walk, zhang: Person, visitor: Person, folder: Path, picture: Picture) -> None:
    """Let anybody check the signed file: as it was handed out it is valid, with one byte changed it is not."""
    zhang.open(f"/net/cases/{walk.ref}/")
    with zhang.page.expect_download() as handed:
        zhang.page.get_by_role("link", name="带签名的文件").click()
    content = handed.value.path().read_bytes()
    signed, altered = folder / "调解协议.pdf", folder / "改动.pdf"
    signed.write_bytes(content)
    altered.write_bytes(content[:-9] + b"x" + content[-8:])
    for file, said, name in ((altered, "已被改动", "verify-altered"), (signed, "有效，未被改动", "verify")):
        visitor.open("/net/verify/")
        visitor.fill({"file": file})
        press(visitor, "核验")
        assert visitor.says(said)
        picture(visitor, name)
    assert visitor.says("张某某")
    assert not visitor.says("张晓慧")


def test_a_direct_application_ends_in_a_confirmed_agreement_whose_first_instalment_is_paid(
    enter: Enter, clock: time_machine.Coordinates, evidence: Path, tmp_path: Path, picture: Picture
) -> None:
    people = {
        "zhang": enter(**PHONE),
        "broker": enter("broker.hengtai", "/net/", **PHONE),
        "org": enter("org.isc", "/net/"),
        "mediator": enter("mediator.wang", "/net/"),
        "clerk": enter("clerk.pd0115", "/court/admin/"),
        "judge": enter("judge.pd0115", "/court/admin/"),
    }
    walk = Walk(clock, people)
    zhang, broker, clerk, judge = (people[who] for who in ("zhang", "broker", "clerk", "judge"))
    ours = (("zhang", NET), ("broker", NET), ("org", NET))
    everybody = (*ours, ("mediator", NET), ("clerk", COURT), ("judge", COURT), ("zhang", COURT), ("broker", COURT))

    # Registered on a telephone, applied with evidence; the broker is told at once that it may not refuse, and why.
    register(zhang, "investor.zhang")
    walk.ref = apply(zhang, evidence, picture)
    seen = walk.agree(*ours, state=State.APPLIED, holder=ORGANISATION, due="2026年3月6日")
    assert seen.days == "还有3个工作日"
    broker.see(NET, walk.ref)
    assert broker.says("依法应当参加调解")
    assert broker.says("第九十四条")
    assert broker.says(evidence.name)
    picture(broker, "broker-duty")
    assert not Case.objects.filter(platform=COURT).exists()

    # Accepted on the second day; the broker still sees the article before it would refuse, and goes along.
    walk.pass_time(days=2)
    assert people["org"].see(NET, walk.ref).days == "还有1个工作日"
    walk.make("org", NET, "accept", declared=True)
    broker.open(f"/net/cases/{walk.ref}/moves/refuse_consent/")
    assert broker.says("这是参加调解的义务，不是达成协议的义务")
    picture(broker, "broker-refuse")
    lead = str(ref("mediator", "isc-1"))
    walk.make("org", NET, "appoint_mediator", mediators=[lead], lead=lead)
    walk.make("mediator", NET, "disclose", ground="NONE")
    parties = list(Case.objects.get(platform=NET, ref=walk.ref).sheet["parties"])
    mine = Party.objects.get(platform=NET, case__ref=walk.ref, name="张晓慧").ref
    theirs = next(party for party in parties if party != str(mine))
    for party in parties:
        walk.make("mediator", NET, "record_contact", party=party, outcome="REACHED", channel="PHONE")
    walk.make("broker", NET, "confirm_address", e_service=True, address="上海市银城路3号", phone="13800000012")
    phone = enter(**PHONE)
    meet(walk, phone, str(mine), picture)
    walk.agree(("zhang", NET), ("org", NET), state=State.MEDIATING, holder=ORGANISATION)

    # Drafted, mended, signed by link and code, sealed, and verified by anybody.
    draft(walk, picture)
    walk.agree(("broker", NET), ("mediator", NET), state=State.SIGNING, holder=ORGANISATION)
    sign(walk, {str(mine): phone, theirs: enter(**PHONE)}, picture)
    walk.agree(("zhang", NET), ("org", NET), state=State.SETTLED, holder=ORGANISATION)
    verify(walk, zhang, enter(), tmp_path, picture)

    # Both apply with one tap each; the court has never seen the case and now holds the whole file.
    walk.pass_time(days=2)
    walk.apply_together("zhang", look=lambda: picture(zhang, "confirmation"))
    assert zhang.says(f"{PUDONG}（您已经选择的法院）")
    assert not Case.objects.filter(platform=COURT).exists()
    walk.apply_together("broker")
    walk.tell()
    walk.agree(("zhang", NET), ("clerk", COURT), state=State.CONFIRMATION_SOUGHT, holder=PUDONG)
    held = Document.objects.filter(platform=COURT, case__ref=walk.ref)
    assert set(held.values_list("kind", flat=True)) >= {"TRADING", "AGREEMENT"}
    clerk.see(COURT, walk.ref)
    for said in ("齐全", evidence.name, "未经同意用我的账户", "申请人张晓慧"):
        assert clerk.says(said), said
    picture(clerk, "confirmation-clerk")
    walk.make("clerk", COURT, "accept_confirmation")

    # The judge rules from a draft with both present; the clerk serves; both sign on their telephones.
    walk.pass_time(days=4)
    judge.see(COURT, walk.ref)
    picture(judge, "confirmation-judge")
    judge.open(judge.case_path(COURT, walk.ref) + "do/confirm/")
    picture(judge, "confirmation-ruling")
    assert "调解协议有效。" in judge.page.locator("[name=ruling]").input_value()
    walk.make("judge", COURT, "confirm", present=parties)
    clerk.open(clerk.case_path(COURT, walk.ref) + "services/")
    clerk.fill({"what": "RULING", "party": parties})
    press(clerk, "送达")
    walk.tell()
    clerk.open(clerk.case_path(COURT, walk.ref) + "services/")
    assert clerk.page.get_by_text("已送达", exact=True).count() == 2
    picture(clerk, "service-served")
    for who in (zhang, broker):
        who.open(f"/court/cases/{walk.ref}/services/")
        follow(who.page.locator(".served a").first)
        picture(who, "service-receipt")
        press(who, "签收")
    walk.tell()

    # The first instalment is paid early, with the bank's slip, and its receipt confirmed.
    walk.pass_time(days=3)
    broker.open(f"/court/cases/{walk.ref}/performance/")
    picture(broker, "performance")
    follow(broker.page.get_by_role("link", name="报告履行，上传凭证").first)
    slip = tmp_path / "回单.pdf"
    slip.write_bytes(PDF + b"%slip")
    broker.fill({"documents": slip})
    broker.send()
    zhang.open(f"/court/cases/{walk.ref}/performance/")
    follow(zhang.page.get_by_role("link", name="确认是否收到"))
    zhang.fill({"received": ["yes"]})
    picture(zhang, "performance-answer")
    zhang.send()
    zhang.open(f"/court/cases/{walk.ref}/performance/")
    assert zhang.says("提前履行")
    assert zhang.says("37%")
    picture(zhang, "performance-paid")
    walk.tell()
    walk.agree(*everybody, state=State.CONFIRMED, holder=PUDONG)
    first, second = Case.objects.get(platform=NET, ref=walk.ref).sheet["agreement"]["obligations"]
    assert first["met_at"]
    assert not second["met_at"]


def told(clock: time_machine.Coordinates, plot: Plot) -> Story:
    """Tell a case as far as its plot goes, and put the clock to where it ends."""
    story = Story(plot, timezone.now())
    story.tell()
    clock.move_to(story.at + timedelta(hours=1))
    return story


def test_a_failed_mediation_is_docketed_with_undisputed_facts_only(
    enter: Enter, clock: time_machine.Coordinates, picture: Picture
) -> None:
    cast = accounts()
    story = told(clock, Plot(
        Track.DELEGATED, Cause.MISSTATEMENT, 12_345_600, [cast["investor.zhang"]], [cast["company.huaxin"]],
        "公司年报虚假记载，请求赔偿投资差额损失。", MEDIATING, source=Source.ONLINE_COURT,
    ))  # fmt: skip
    people = {
        "zhang": enter("investor.zhang", "/net/", **PHONE),
        "huaxin": enter("company.huaxin", "/net/", **PHONE),
        "mediator": enter("mediator.wang", "/net/"),
        "clerk": enter("clerk.sh74", "/court/admin/"),
    }
    walk = Walk(clock, people, str(story.ref))
    zhang, huaxin, mediator, clerk = people.values()
    here = f"/net/cases/{walk.ref}"

    # The investor tells the mediator alone what it would settle for; the mediator writes down a point and a note.
    zhang.open(f"{here}/mediation/talk/applicants/")
    zhang.fill({"text": SECRET, "offer": "8.8万元"})
    zhang.send()
    picture(zhang, "mediation-talk")
    assert huaxin.page.request.get(f"{huaxin.base}{here}/mediation/talk/applicants/").status == 404
    mediator.open(f"{here}/mediation/notes/")
    mediator.fill({"text": "底线大概在八万元"})
    mediator.send()
    mediator.open(f"{here}/mediation/points/")
    mediator.fill({"text": FACT, "standing": "UNDISPUTED"})
    mediator.send()
    mediator.open(f"{here}/mediation/points/")
    mediator.fill({"text": "损失怎样计算", "standing": "DISPUTED", "applicants_say": "全部", "respondents_say": "扣除"})
    mediator.send()
    picture(mediator, "mediation-points")
    mediator.open(f"{here}/mediation/brief/")
    assert mediator.says("88,000.00")
    picture(mediator, "mediation-brief")

    # Both sides confirm the undisputed facts; a report that repeats a confidence does not go out.
    mediator.open(f"{here}/moves/confirm_undisputed/")
    assert FACT in mediator.page.locator("[name=undisputed]").input_value()
    mediator.send()
    huaxin.open(f"{here}/mediation/")
    picture(huaxin, "mediation-asked")
    press(huaxin, "内容无误，确认")
    party = str(Party.objects.get(platform=NET, case__ref=walk.ref, name="张晓慧").ref)
    mediator.open(f"{here}/mediation/")
    press(mediator, "发送链接给申请人张晓慧")
    phone = enter(**PHONE)
    open_link(walk, phone, party, Errand.MEET, "验证并查看")
    assert phone.says(FACT)
    picture(phone, "mediation-asked-link")
    press(phone, "内容无误，确认")
    mediator.open(f"{here}/mediation/report/")
    mediator.fill({"ground": "WIDE_DIFFERENCES", "facts": "虚假陈述纠纷。", "causes": f"申请人称{SECRET}。"})
    mediator.send()
    assert mediator.says("不能写进报告")
    picture(mediator, "mediation-report")
    mediator.fill({"causes": "双方对损失金额分歧较大。"})
    mediator.send()
    walk.tell()
    walk.agree(
        ("zhang", NET), ("huaxin", NET), ("mediator", NET), ("clerk", COURT), state=State.HANDED_BACK, holder=FINANCIAL
    )

    # The court reads the facts and the report, and nothing of what was said in confidence.
    clerk.see(COURT, walk.ref)
    assert clerk.says(FACT)
    assert clerk.says("双方对损失金额分歧较大。")
    picture(clerk, "failed-clerk")
    texts = [str(row.content()) for row in Enclosure.objects.filter(platform=COURT, case__ref=walk.ref)]
    assert any(FACT in text for text in texts)
    for word in (SECRET, "本金", "88000", "8800000", "八万元", "扣除"):
        assert not [text for text in texts if word in text], word
        assert not clerk.says(word), word
    walk.make("clerk", COURT, "docket")
    walk.agree(("clerk", COURT), ("zhang", NET), state=State.DOCKETED, holder="")
    number = Case.objects.get(platform=COURT, ref=walk.ref).number
    assert "民初" in number
    zhang.see(NET, walk.ref)
    assert zhang.says(number)
    picture(zhang, "failed-docketed")


def test_a_suit_entrusted_during_its_trial_ends_in_a_decree(
    enter: Enter, clock: time_machine.Coordinates, picture: Picture
) -> None:
    cast, steps = accounts(), entrusted_complete("（2026）沪74民初88号")
    story = told(clock, Plot(
        Track.ENTRUSTED, Cause.BROKERAGE, 8_000_000, [cast["investor.zhang"]], [cast["broker.hengtai"]],
        "未经同意代为买卖股票，请求赔偿。", steps[:CHOSEN],
    ))  # fmt: skip
    people = {
        "zhang": enter("investor.zhang", "/court/", **PHONE),
        "broker": enter("broker.hengtai", "/court/", **PHONE),
        "clerk": enter("clerk.sh74", "/court/admin/"),
        "judge": enter("judge.sh74", "/court/admin/"),
        "org": enter("org.isc", "/net/"),
    }
    walk = Walk(clock, people, str(story.ref))
    zhang, broker, clerk, judge, _org = people.values()
    parties = list(Case.objects.get(platform=COURT, ref=walk.ref).sheet["parties"])

    # The court entrusts during the trial, with the docket number and the fifteen days; the organisation accepts.
    walk.make("clerk", COURT, "delegate")
    assert walk.agree(("zhang", COURT), ("clerk", COURT), state=State.DELEGATED, holder=ORGANISATION).due
    walk.make("org", NET, "accept", declared=True)
    walk.agree(("broker", COURT), ("org", NET), state=State.ACCEPTED, holder=ORGANISATION)
    people["org"].see(NET, walk.ref)
    picture(people["org"], "entrusted-accepted")
    walk.pass_time(days=1)
    story.plot = replace(story.plot, steps=[(1, step, more) for _hours, step, more in steps[CHOSEN + 2 :]])
    story.at = timezone.now()
    story.tell()
    clock.move_to(story.at + timedelta(hours=1))
    walk.tell()

    # The complete agreement came back to the court by itself; both ask for a decree.
    walk.agree(("zhang", COURT), ("judge", COURT), state=State.AGREEMENT_RETURNED, holder=FINANCIAL)
    for who in (zhang, broker):
        who.open(f"/court/cases/{walk.ref}/decree/")
        assert who.says("邀请本次调解的法院，只能向它申请")
        picture(who, "decree-together")
        press(who, "同意并共同申请")
    walk.tell()
    walk.agree(("broker", COURT), ("clerk", COURT), state=State.DECREE_SOUGHT, holder=FINANCIAL)

    # The judge sees every clause beside the draft; what differs is struck out, and only what agrees is issued.
    judge.open(judge.case_path(COURT, walk.ref) + "do/issue_decree/")
    text = judge.page.locator("[name=decree]").input_value()
    judge.fill({"decree": text.replace("再无其他争议", "再无争议")})
    press(judge, "再次对照")
    assert judge.page.locator("del").count() == 1
    picture(judge, "decree-judge")
    judge.fill({"decree": text, "matches": True})
    press(judge, "确认制作调解书")
    walk.post()

    # Served, and signed for by one: not yet in effect. With the last signature it is.
    clerk.open(clerk.case_path(COURT, walk.ref) + "services/")
    clerk.fill({"what": "DECREE", "party": parties})
    press(clerk, "送达")
    walk.tell()
    for who, state in ((zhang, State.DECREE_ISSUED), (broker, State.DECREED)):
        who.open(f"/court/cases/{walk.ref}/services/")
        follow(who.page.locator(".served a").first)
        picture(who, "decree-receipt")
        press(who, "签收")
        walk.tell()
        walk.agree(("clerk", COURT), ("zhang", COURT), state=state, holder=FINANCIAL)
    zhang.see(COURT, walk.ref)
    picture(zhang, "decree-in-effect")
    zhang.open("/court/cases/")
    assert zhang.says("沪74民初88号")
