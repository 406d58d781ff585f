"""A mediation from the first call to the report: sessions, confirming on a telephone, extension, what is refused."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mediation import queries, secrecy
from mediation.clauses import drafts
from mediation.clauses.agreement import Body, Clause
from mediation.facts import Malformed
from mediation.meeting import notebook
from mediation.models import (
    CaseEvent,
    DraftComment,
    Enclosure,
    MediationSession,
    MediatorNote,
    MeetingLink,
    Notice,
    OutgoingMessage,
    Point,
    Talk,
)
from mediation.moves import Enclosed, Refused
from mediation.telling.dispatch import worded
from mediation.vocabulary import Audience, ClauseKind, EnclosureKind, Standing
from mediation.windows import briefing
from tests.windows.stage import XSS, Story, day

NET, COURT = "investornet", "courtplatform"
LetIn = Callable[[str], Client]
PHONE = "/net/meeting/"


def url(story: Story, name: str, **more: Any) -> str:
    return reverse(f"{NET}:{name}", kwargs={"ref": story.ref, **more})


def post(client: Client, address: str, status: int = 302, **given: Any) -> str:
    answer = client.post(address, {"key": str(uuid.uuid4()), **given})
    assert answer.status_code == status, answer.content.decode()[-2500:]
    return str(answer.content.decode())


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return str(answer.content.decode())


def message(errand: str) -> str:
    return OutgoingMessage.objects.filter(errand=errand).order_by("-pk")[0].text


def opened(mediator: Client, story: Story, party: str) -> Client:
    """Send a party a link, open it on its telephone and prove the telephone."""
    post(mediator, url(story, "meeting_link", party=party))
    phone = Client()
    token = re.search(r"/meeting/([\w-]+)/", message("MEET"))[1]  # type: ignore[index]
    assert phone.get(f"{PHONE}{token}/").status_code == 302
    assert "验证手机号码" in page(phone, PHONE)
    phone.post(PHONE, {"send": "1"})
    phone.post(PHONE, {"code": re.search(r"验证码(\d{6})", message("CODE"))[1]})  # type: ignore[index]
    return phone


def asked(body: str, what: str) -> dict[str, str]:
    """Return the hidden fields of the question of this kind on a page."""
    form = next(one for one in re.findall(r"<form.*?</form>", body, re.S) if f'name="what" value="{what}"' in one)
    return dict(re.findall(r'name="(what|ref|digest)" value="([^"]*)"', form))


def test_a_session_is_proposed_chosen_acknowledged_held_and_recorded_and_its_texts_are_confirmed_on_a_telephone(
    story: Story, client_of: LetIn
) -> None:
    med, zhang, huaxin = client_of("mediator"), client_of("zhang"), client_of("huaxin")
    for party in (story.zhang, story.huaxin):
        story.act(NET, "record_contact", story.mediator, day(9), party=party, outcome="REACHED", channel="PHONE")

    # Two times; one party chooses in its account, the other on its telephone; a time that is over is refused.
    assert "已联系上" in page(med, url(story, "mediation"))
    wanted = {"channel": "PARTIES", "mode": "ON_SITE", "place": f"某路1号{XSS}", "minutes": "90"}
    assert "200天" in post(med, url(story, "session_new"), 422, first="2024-05-01T09:00", **wanted)
    assert "写明地点" in post(med, url(story, "session_new"), 422, first="2024-05-13T09:00", **(wanted | {"place": ""}))
    given = {"first": "2024-05-13T09:00", "second": "2024-05-14T14:30", "key": str(uuid.uuid4())} | wanted
    for _twice in range(2):
        post(med, url(story, "session_new"), **given)
    session = MediationSession.objects.get()
    early, late = session.times.all()
    here = url(story, "session", session=session.ref)
    phone = opened(med, story, story.zhang)
    body = page(phone, PHONE)
    assert "2024年5月14日 14:30" in body
    assert "<script>alert" not in body
    assert phone.post(PHONE, {**asked(body, "times"), "fits": [str(late.pk)]}).status_code == 302
    body = page(huaxin, url(story, "mediation"))
    post(huaxin, url(story, "mediation"), fits=[str(early.pk), str(late.pk)], **asked(body, "times"))
    body = page(med, here)
    assert body.count("各方都可以") == 1
    assert "不方便" in body
    for who in (zhang, huaxin):
        assert who.post(here, {"fix": late.pk}).status_code == 404
    post(med, here, fix=late.pk)
    post(med, here, fix=early.pk)
    session.refresh_from_db()
    assert (session.state, session.starts_at) == ("FIXED", late.starts_at)
    fixed = Notice.objects.filter(text__startswith="调解时间已定").first()
    assert fixed is not None
    assert "2024年5月14日 14:30" in worded(fixed)
    file = zhang.get(url(story, "session_file", session=session.ref))
    assert "DTSTART:20240514T063000Z" in file.content.decode()
    assert "DTEND:20240514T080000Z" in file.content.decode()
    assert "张晓慧" not in file.content.decode()
    subscribed = re.search(r"/net/calendar/[\w-]+[.]ics", post(zhang, "/net/calendar/", 200))
    assert "DTSTART:20240514T063000Z" in page(Client(), subscribed[0])  # type: ignore[index]

    # Notices are acknowledged by the parties themselves; nothing is held before everybody present is identified.
    body = page(phone, PHONE)
    assert "虚假调解的后果" in body
    assert phone.post(PHONE, asked(body, "notices")).status_code == 422
    assert phone.post(PHONE, {**asked(body, "notices"), "read": "1"}).status_code == 302
    there: dict[str, Any] = {f"present_{ref}": "on" for ref in (story.zhang, story.huaxin)}
    refused = post(med, here, 422, hold="1", informed="on", **there)
    assert "核实身份" in refused
    assert "确认阅知调解须知（特邀" in refused
    absent = {f"verified_{story.huaxin}": "IN_PERSON", f"read_{story.huaxin}": "on"}
    assert "应当同时登记出席" in post(med, here, 422, hold="1", **absent)
    there |= {f"read_{story.huaxin}": "on"}
    there |= {f"verified_{ref}": "IN_PERSON" for ref in (story.zhang, story.huaxin)}
    assert "警示虚假调解" in post(med, here, 422, hold="1", informed="on", **there)
    assert story.case(NET).state == "ACCEPTED"
    alone = {name: value for name, value in there.items() if name.endswith(story.zhang)}
    refused = post(med, here, 409, hold="1", informed="on", warned="on", **alone)
    assert "应当核实每一方当事人的身份" in refused
    post(med, here, hold="1", informed="on", warned="on", others="专家李某", **there)
    post(med, here, hold="1", informed="on", warned="on", **there)
    case = story.case(NET)
    assert (case.state, case.sheet["mode"]) == ("MEDIATING", "ON_SITE")
    assert CaseEvent.objects.filter(case=case, kind="case.open_session.v1").count() == 1

    # The record starts from what was recorded; undisputed facts from the points. Both are confirmed by digest.
    record_url = url(story, "move", move="confirm_record")
    begun = med.get(record_url).context["form"]["record"].value()
    assert "现场" in begun
    assert "申请人张晓慧，身份已经核实（当面核验证件）" in begun
    assert "本人确认已经阅知：申请人张晓慧、被申请人华信" in begun
    post(med, record_url, seen=case.entries, record=f"{begun}双方各自陈述。")
    post(med, url(story, "mediation_points"), text="2023年3月买入一千股", standing="UNDISPUTED")
    post(med, url(story, "mediation_points"), text="损失多少", standing="DISPUTED", applicants_say="全部")
    point = Point.objects.order_by("pk")[0]
    facts_url = url(story, "move", move="confirm_undisputed")
    begun = med.get(facts_url).context["form"]["undisputed"].value()
    assert begun == "1．2023年3月买入一千股"
    post(med, facts_url, seen=story.case(NET).entries, undisputed=begun)
    # From the court's platform neither is confirmed by request (ADR 19): it holds no text to be read first.
    story.wire(day(9))
    for what in ("record", "undisputed"):
        stated = {"party": story.zhang, "digest": story.case(COURT).sheet[what]["digest"]}
        with pytest.raises(Refused) as why:
            story.act(COURT, f"confirm_{what}", story.party(story.zhang, COURT), day(9), **stated)
        afar = zhang.get(f"/court/cases/{story.ref}/moves/confirm_{what}/")
        assert (why.value.code, afar.status_code) == ("elsewhere", 409)
        assert "请登录投资者网平台，打开文本核对后再办理" in afar.content.decode()
    old = asked(page(phone, PHONE), "confirm_record")
    assert phone.post(PHONE, {**old, "digest": "0" * 64}).status_code == 422
    assert phone.post(PHONE, old).status_code == 302
    assert phone.post(PHONE, old).status_code == 302
    phone.post(PHONE, asked(page(phone, PHONE), "confirm_undisputed"))
    for what in ("confirm_record", "confirm_undisputed"):
        post(huaxin, url(story, "mediation"), **asked(page(huaxin, url(story, "mediation")), what))
    case = story.case(NET)
    assert {story.zhang, story.huaxin} <= set(case.sheet["record"]["yes"])
    assert {story.zhang, story.huaxin} <= set(case.sheet["undisputed"]["yes"])

    # Each party's own yes to the same day extends the period; a link whose number has changed is dead.
    until = {"party": story.huaxin, "until": "2024-07-31"}
    story.act(NET, "extend", story.party(story.huaxin, NET), day(9), **until)
    assert "extended" not in story.case(NET).sheet
    assert phone.post(PHONE, asked(page(phone, PHONE), "extend")).status_code == 302
    assert story.case(NET).sheet["extended"] == "2024-07-31"
    MeetingLink.objects.update(phone_index="changed")
    assert phone.get(PHONE).status_code == 410
    assert "尚未" not in page(med, url(story, "mediation")).partition("各方确认情况")[2].partition("</section>")[0]
    brief = page(med, url(story, "mediation_brief"))
    assert "2023年3月买入一千股" in brief
    post(med, url(story, "mediation_points"), drop=point.pk)
    assert Point.objects.count() == 1


def test_a_report_carries_no_confidence_and_after_a_failure_only_undisputed_facts_reach_the_court(
    story: Story, client_of: LetIn
) -> None:
    med, zhang = client_of("mediator"), client_of("zhang")
    huaxin = client_of("huaxin")
    own, theirs = (url(story, "mediation_talk", channel=one) for one in ("applicants", "respondents"))
    again = {"key": str(uuid.uuid4()), "text": "其实只要拿回本金就愿意不再追究利息损失", "offer": "8.8万元"}
    for _twice in range(2):
        post(zhang, own, **again)
    assert Talk.objects.get().offer == "8800000"
    assert zhang.get(theirs).status_code == 404
    assert huaxin.post(own, {"text": "偷看"}).status_code == 404
    assert "88,000.00" in page(med, own)
    assert "88,000.00" in page(med, url(story, "mediation_brief"))
    post(med, url(story, "mediation_notes"), text="申请人急于用钱，底线可能是七万元左右")
    assert zhang.get(url(story, "mediation_notes")).status_code == 404
    assert MediatorNote.objects.count() == 1
    # What was on the table is no less confidential: a draft with its sums, comments on it, positions, the record.
    by, at = story.mediator, day(8)
    summary = "双方拟在年底以前分四期付清全部和解款项"
    draft = drafts.begin(story.case(NET), by=by, at=at)
    payment = Clause("c1a05e00-0000-4000-8000-000000000009", ClauseKind.LUMP_SUM.value, "1", {"amount": 9_130_000})
    drafts.save(draft, Body(True, summary, (payment,)), seen=draft.revision, by=by, at=at)
    DraftComment.objects.create(draft=draft, role="PARTY", author="x", text="对方愿意再让一步就可以考虑签字", at=at)
    notebook.keep_point(
        story.case(NET), None, "损失", Standing.DISPUTED, ("只认可买入当日收盘价为基准", ""), by=by, at=at
    )
    report_url = url(story, "mediation_report")
    filled = {"seen": story.case(NET).entries, "ground": "WIDE_DIFFERENCES", "facts": "虚假陈述纠纷。"}

    # Verbatim passages and amounts are named to the mediator and not sent; the door refuses them as well.
    for leak in (
        "申请人称只要拿回本金就愿意不再追究利息。",
        "一方愿意接受88000元。",
        "底线可能是七万元左右，另一方不从。",
        "一方愿意接受8.8万。",
        "一方愿意接受八万八千。",
        "一方愿意接受人民币捌万捌仟元整。",
        "一方愿意接受88,000。",
        "一方提到过70000。",
        "双方拟在年底以前分四期付清全部款项。",
        "方案是91300元。",
        "申请人愿意再让一步就可以考虑签字。",
        "申请人只认可买入当日收盘价为基准。",
    ):
        body = post(med, report_url, 422, causes=leak, **filled)
        assert "不能写进报告" in body
        generic = {"seen": filled["seen"], "ground": "OTHER", "report": leak}
        assert "除各方确认的无争议事实外" in post(med, url(story, "move", move="conclude_unsettled"), 422, **generic)
    assert story.case(NET).state == "ACCEPTED"
    # A file that the court reads: its name and plain text are looked at, for the rest the mediator answers.
    for name, vouched, said in (("只要拿回本金就愿意不再追究.pdf", True, "文件名"), ("鉴定.pdf", False, "请先确认")):
        told = {"ref": str(uuid.uuid4()), "kind": "EVIDENCE", "name": name, "sha256": "1" * 64, "size": 10}
        enclosed = [Enclosed(EnclosureKind.DOCUMENT, told | {"media_type": "application/pdf"}, Audience.ALL)]
        with pytest.raises(Malformed, match=said):
            story.act(NET, "add_evidence", story.mediator, day(9), vouched=vouched, enclosures=enclosed)

    # A short one is mended, or said to stand in an entry of the case that the court reads.
    short = {"causes": "一方称不再追究利息损失。", **filled}
    assert "请填写是第几号记录" in post(med, report_url, 422, **short)
    for elsewhere in (filled["seen"], 900):
        assert "请填写是第几号记录" in post(med, report_url, 422, **short, openly=elsewhere)
    assert "不能写进报告，请删去" in post(med, report_url, 422, **short | {"causes": "就是8.8万元。"}, openly=1)
    harmless = "2023年3月买入88000股，双方对损失金额分歧较大。"
    assert secrecy.find(story.case(NET), harmless, joint=True) == []
    sent = {"key": str(uuid.uuid4()), "openly": "1", **filled, **short}
    sent["causes"] = f"双方对损失金额分歧较大。{short['causes']}"
    post(med, report_url, **sent)
    med.post(report_url, sent)
    assert story.case(NET).entries == filled["seen"] + 1

    assert story.case(NET).state == "HANDED_BACK"
    story.wire(day(9))
    held = [row.content() for row in Enclosure.objects.filter(platform=COURT, case__ref=story.ref)]
    report = next(one["text"] for one in held if "没有达成协议的原因" in str(one.get("text", "")))
    assert "双方对损失金额分歧较大。" in report
    assert CaseEvent.objects.get(case=story.case(COURT), kind="case.conclude_unsettled.v1").facts["openly"] == 1
    assert not [one for one in held if "本金" in str(one) or "七万" in str(one) or "88000" in str(one)]
    assert queries.texts(story.case(COURT), (EnclosureKind.UNDISPUTED,)) == []
    assert "调解已经结束" in page(zhang, own)
    assert Talk.objects.exclude(channel=Audience.APPLICANTS).count() == 0


def test_a_mediation_is_suspended_for_an_appraisal_and_resumed_on_its_page(story: Story, client_of: LetIn) -> None:
    med, zhang = client_of("mediator"), client_of("zhang")
    everybody = [story.zhang, story.huaxin]
    opening = {"verified": everybody, "acknowledged": everybody, "informed": True, "warned": True}
    story.act(NET, "open_session", story.mediator, day(8), mode="ON_SITE", **opening)
    due = story.case(NET).sheet["clocks"]["MEDIATE"]["due"]
    suspend, resume = (url(story, "move", move=move) for move in ("suspend", "resume"))

    seen = {"seen": story.case(NET).entries}
    assert suspend in page(med, url(story, "mediation"))
    assert zhang.get(suspend).status_code == 404
    post(med, suspend, 422, ground="APPRAISAL", reason="", **seen)
    post(med, suspend, ground="APPRAISAL", reason="等待损失核定意见。", **seen)
    case = story.case(NET)
    assert (case.state, "MEDIATE" in case.sheet["clocks"]) == ("SUSPENDED", False)
    assert "等待损失核定意见" not in page(zhang, url(story, "mediation"))
    for who in (med, zhang):
        assert "鉴定" in page(who, url(story, "mediation"))
    post(med, resume, seen=case.entries)
    case = story.case(NET)
    assert (case.state, case.sheet["clocks"]["MEDIATE"]["due"]) == ("MEDIATING", due)


def test_the_brief_of_a_huge_case_is_cut_to_two_pages_and_says_how_much_is_left(story: Story, client_of: LetIn) -> None:
    case, long = story.case(NET), "甲方与乙方就此各执一词，" * 80
    for number in range(60):
        said = (f"{number}{long}", long)
        notebook.keep_point(case, None, f"第{number}点{long}", Standing.DISPUTED, said, by=story.mediator, at=day(8))
    for number in range(40):
        name = f"{number}{'证券账户对账单及其附页' * 14}.pdf"
        document = {"ref": str(uuid.uuid4()), "kind": "EVIDENCE", "name": name, "sha256": f"{number:064}"}
        document |= {"size": 10, "media_type": "application/pdf"}
        enclosed = [Enclosed(EnclosureKind.DOCUMENT, document, Audience.ALL)]
        story.act(NET, "add_evidence", story.mediator, day(8), vouched=True, enclosures=enclosed)

    body = page(client_of("mediator"), url(story, "mediation_brief"))

    inside = body.partition('class="brief"')[2].partition("</main>")[0]
    shown = re.sub(r"[ \n]*\n[ \n]*", "\n", re.sub(r"<(?:li|br|p|h\d)[^>]*>", "\n", inside))
    assert sum(briefing.height(line) for line in re.sub(r"<[^>]+>", "", shown).splitlines()) < 200
    left = [int(number) for number in re.findall(r"余下(\d+)项见", inside)]
    assert len(left) == 3
    assert left[0] + inside.count("第") >= 60
    assert "余下" not in page(client_of("mediator"), url(story, "mediation"))
