"""From a signed agreement to a ruling, to payment in parts and the package for enforcement, in browsers."""

from __future__ import annotations

import io
import json
import re
import uuid
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client

from mediation import competence, files, moves
from mediation.adminkit.reviewing import compared
from mediation.amounts import format_amount
from mediation.clauses.agreement import Body
from mediation.models import AgreementDraft, Case, Notice, Party, SignedDecision
from mediation.papers import judging
from mediation.papers.letters import receipt_code
from mediation.signatures import archival, decisions, pades
from mediation.signatures.verification import verify
from mediation.telling import reminding
from mediation.vocabulary import Audience, Cause, EnclosureKind, FileVerdict, Role, Track
from mediation.workdays import ZONE
from roster import reference
from tests.papers.reading import picture, words
from tests.proofs import code_for
from tests.windows.stage import Stage, Story, account, day, file_case, post, walk

NET, COURT = "/net", "/court"
DESK = "/court/admin/cases"
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


@pytest.fixture
def people(stage: Stage) -> dict[str, Client]:
    """Everybody of the case, signed in."""
    judge = post(account("judge", "顾审言"), "courtplatform", Role.JUDGE, court="沪74")
    found = {}
    for who, one in (stage.accounts | {"judge": judge}).items():
        found[who] = Client()
        found[who].force_login(one, backend="roster.backend.AccountBackend")
    return found


def filled(client: Client, url: str, **answers: Any) -> dict[str, Any]:
    """Open a form and return what it says, with some answers of one's own."""
    shown = client.get(url)
    assert shown.status_code == 200, shown.content.decode()
    form = shown.context["form"]
    held = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in (held | answers).items() if value not in (None, "")}


def send(client: Client, url: str, **answers: Any) -> Any:
    """Open a form, fill it in and send it; fails if it is not accepted."""
    done = client.post(url, filled(client, url, **answers))
    assert done.status_code == 302, done.context["form"].errors
    return done


def ask(client: Client, story: Story, move: str, **facts: Any) -> tuple[int, str]:
    """Ask the court's programmes for a move; return the status and the code of the refusal."""
    url, body = f"/court/api/v1/cases/{story.ref}/moves/{move}", json.dumps({"facts": facts})
    done = client.post(url, body, content_type="application/json", HTTP_IDEMPOTENCY_KEY=str(uuid.uuid4()))
    return done.status_code, str(done.json().get("code", ""))


def slip(name: str = "回单.pdf") -> io.BytesIO:
    file = io.BytesIO(PDF)
    file.name = name
    return file


def service_of(story: Story, party: str) -> str:
    """Return which service is the one on this party, as the court's copy has it."""
    held = story.case("courtplatform").sheet["services"].items()
    return next(ref for ref, one in held if one["party"] == party)


def sealed(stage: Stage, people: dict[str, Client]) -> Story:
    """Walk a case to its complete agreement: six thousand now, four thousand later."""
    story = walk(file_case(stage), "SETTLED")
    url = f"{NET}/cases/{story.ref}/moves/sign/"
    send(people["mediator"], url, code=code_for(people["mediator"], url), schedule="2024-05-20 6000\n2024-12-31 4000")
    story.seal(day(9))
    story.wire(day(9))
    return story


@pytest.mark.django_db
def test_parties_apply_together_and_the_court_rules_from_a_draft(
    stage: Stage, people: dict[str, Client], tmp_path: Path
) -> None:
    story = sealed(stage, people)
    page = f"{NET}/cases/{story.ref}/confirmation/"
    first = people["zhang"].get(page).content.decode()

    for who in ("zhang", "huaxin"):
        send(people[who], page)
    story.wire(day(9))
    intake = people["clerk"].get(f"{DESK}/{story.ref}/").content.decode()
    story.act("courtplatform", "accept_confirmation", story.clerk, day(9))
    ruling = f"{DESK}/{story.ref}/do/confirm/"
    drafted = people["judge"].get(ruling).context["form"]["ruling"].value()
    send(people["judge"], ruling, present=[story.zhang, story.huaxin])
    story.wire(day(9))
    decided = people["zhang"].get(f"{NET}/cases/{story.ref}/").content.decode()
    paper = people["zhang"].get(f"{COURT}/cases/{story.ref}/papers/CONFIRMATION_APPLICATION/")
    # Served is what bears the court's seal, made by the task or, where that is late, when it is served.
    services = f"{DESK}/{story.ref}/services/"
    form = people["clerk"].get(services).context["form"]
    chosen = {"key": form["key"].value(), "what": "RULING", "party": [story.zhang, story.huaxin], "way": "DIRECT"}
    assert people["clerk"].post(services, chosen).status_code == 302
    story.wire(day(9))
    row = SignedDecision.objects.get()
    content = files.fetch("courtplatform", row.sha256)
    for platform in ("courtplatform", "investornet"):
        assert story.case(platform).documents.get(kind="SERVED").sha256 == row.sha256
        assert (decisions.sign_all(platform, day(9)), decisions.sign_all(platform, day(9), since=day(8))) == (0, 0)
        assert verify(platform, content).verdict == FileVerdict.VALID
    # One signs for it on line with the confirmation of receipt; of the other the clerk keeps the paper receipt.
    ours, theirs = (service_of(story, ref) for ref in (story.zhang, story.huaxin))
    own = f"{COURT}/cases/{story.ref}/services/{ours}/"
    shown, foreign = people["zhang"].get(own).content.decode(), people["zhang"].get(own.replace(ours, theirs))
    people["zhang"].post(own)
    returned = {"service": theirs, "channel": "DIRECT", "on": "2024-05-09", "documents": slip("送达回证.pdf")}
    send(people["clerk"], f"{DESK}/{story.ref}/do/record_paper_service/", **returned)
    send(people["clerk"], f"{DESK}/{story.ref}/do/receive_ruling/", party=story.huaxin, on="2024-05-09")
    returned_proof = people["clerk"].get(f"{services}{theirs}/proof/").content
    picture(returned_proof, "service_return")
    picture(content, "ruling")
    proof = words(returned_proof)
    kept, out = tmp_path / "ruling.pdf", io.StringIO()
    kept.write_bytes(content)
    call_command("verify_document", str(kept), stdout=out)
    by_code = people["zhang"].post(f"{COURT}/verify/", {"code": row.code}).content.decode()
    altered = verify("courtplatform", content[:-1] + b"x")
    added = verify("courtplatform", content + b"\n% more\n%%EOF\n")
    taken = zipfile.ZipFile(io.BytesIO(people["zhang"].get(f"{COURT}/cases/{story.ref}/passport/").content)).namelist()

    assert [(one.holds, one.serial) for one in pades.check(content, [row.root])] == [(True, row.serial)]
    assert (archival.profile(content), archival.faults(content)) == ("PDF/A-2B", [])
    sheet = story.case("courtplatform").sheet
    assert "签收" in shown
    assert foreign.status_code == 404
    assert (set(sheet["received"]), "OBJECT" in sheet["clocks"]) == ({story.zhang, story.huaxin}, True)
    assert (sheet["services"][theirs]["basis"], sheet["services"][theirs]["channel"]) == ("PAPER", "DIRECT")
    assert story.case("courtplatform").documents.get(kind="SERVICE_RETURN").name == "送达回证.pdf"
    for told in ("送达回证", "华信股份有限公司", "直接送达", "裁定书"):
        assert told in proof, told
    said = words(content)
    for told in ("审判员顾审言", "书记员林立安", story.case("courtplatform").number, row.code, "上海金融法院"):
        assert told in said
    for told in ("VALID", "审判员 顾审言", "书记员 林立安", "人民法院（盖章） 上海金融法院"):
        assert told in out.getvalue()
    assert "人民法院签发过这份文书" in by_code
    assert {altered.verdict, added.verdict} == {FileVerdict.ALTERED}
    assert "最迟2024年6月6日" in first
    assert "邀请本次调解的法院" in first
    assert "还没有同意" not in intake
    assert "邀请调解组织开展先行调解的人民法院" in intake
    assert "不属于人民法院受理范围" in intake
    assert "一万元" in drafted
    assert "调解协议有效。" in drafted
    assert story.case("investornet").state == "CONFIRMED"
    assert "法院已裁定协议有效" in decided
    assert paper.content.startswith(b"%PDF")
    assert "papers/001 民事裁定书.pdf" in taken


@pytest.mark.django_db
def test_a_part_paid_leaves_the_rest_owed_and_the_package_asks_for_it(stage: Stage, people: dict[str, Client]) -> None:
    story = sealed(stage, people)
    for who in ("zhang", "huaxin"):
        send(people[who], f"{NET}/cases/{story.ref}/confirmation/")
    story.wire(day(9))
    story.act("courtplatform", "accept_confirmation", story.clerk, day(9))
    send(people["judge"], f"{DESK}/{story.ref}/do/confirm/", present=[story.zhang, story.huaxin])
    story.wire(day(9))
    owed = story.case("courtplatform").sheet["agreement"]["obligations"]
    case, package = f"{COURT}/cases/{story.ref}", f"{COURT}/cases/{story.ref}/enforcement/{story.zhang}/"

    early = people["zhang"].get(package)
    most = people["huaxin"].get(f"{case}/moves/report_performance/?obligation={owed[0]['ref']}")
    report = {"obligation": owed[0]["ref"], "documents": slip()}
    send(people["huaxin"], f"{case}/moves/report_performance/", **report, amount="2500")
    send(people["zhang"], f"{case}/moves/answer_performance/", obligation=owed[0]["ref"], received="yes")
    shown = people["zhang"].get(f"{case}/performance/").content.decode()
    told = reminding.remind_of_duties("courtplatform", day(18))
    again = reminding.remind_of_duties("courtplatform", day(18))
    with time_machine.travel(day(60), tick=False):
        for who in ("zhang", "huaxin"):
            people[who].force_login(stage.accounts[who], backend="roster.backend.AccountBackend")
        taken = people["zhang"].get(package)
        strange = people["huaxin"].get(package)
        overdue = people["zhang"].get(f"{case}/performance/").content.decode()
        declaring = people["zhang"].get(f"{case}/moves/declare_due/")
    archive = zipfile.ZipFile(io.BytesIO(taken.content))

    held = story.case("courtplatform").sheet["agreement"]["obligations"][0]
    assert (held["paid"], held["met_at"]) == (250_000, "")
    assert most.context["form"]["obligation"].value() == owed[0]["ref"]
    assert (early.status_code, strange.status_code) == (409, 404)
    assert "还差 3,500.00" in re.sub(r"<[^>]+>|&yen;|¥|￥", "", shown)
    assert (told, again) == (1, 0)
    assert Notice.objects.get(key__startswith="duty/").seat == story.huaxin
    assert "已经到期" in overdue
    assert (declaring.status_code, "协议没有约定一期逾期的" in declaring.content.decode()) == (409, True)
    names = archive.namelist()
    picture(archive.read(names[1]), "enforcement")
    assert names[0] == "00 目录.pdf"
    assert "01 强制执行申请书.pdf" in names
    assert any("民事裁定书" in name for name in names)
    assert any("回单" in name for name in names)


def drafted(stage: Stage, people: dict[str, Client]) -> Story:
    """Draft an agreement in instalments from clauses, mend what the checks find, have everybody sign and seal it."""
    story = walk(file_case(stage), "MEDIATING")
    place = f"{NET}/cases/{story.ref}"

    def write(where: str, status: int = 302, **given: Any) -> Any:
        held = AgreementDraft.objects.filter(case__ref=story.ref).last()
        done = people["mediator"].post(f"{place}/agreement/{where}/", {"seen": held.revision if held else 0, **given})
        assert done.status_code == status, done.content.decode()[-2000:]
        return done

    def add(kind: str, **given: Any) -> str:
        write("add", kind=kind)
        body = Body.load(AgreementDraft.objects.get(case__ref=story.ref).body)
        where = f"clauses/{body.clauses[-1].key}"
        write(where, payer=story.huaxin, payee=story.zhang, **given)
        return where

    write("begin")
    write("about", full="yes", summary="申请人主张公司虚假陈述造成损失，双方对损失金额有争议。")
    paid = {"purpose": "赔偿款", "amount": "10000", "plan": "2024-05-20 6000\n2024-12-31 4000", "hastened": "on"}
    add("INSTALMENTS", **paid)
    daily = add("BREACH", way="DAILY")
    add("BREACH", way="FIXED", amount="500")
    lacking = write("propose", 422, checked="1").content.decode()
    write(daily, payer=story.huaxin, payee=story.zhang, way="DAILY", rate="3")
    write("propose", checked="1")
    for who in ("zhang", "huaxin", "mediator"):
        url = f"{place}/moves/sign/"
        send(people[who], url, code=code_for(people[who], url))
    story.seal(day(9))
    story.wire(day(9))
    assert "缺少“每日万分之几”" in lacking
    return story


@pytest.mark.django_db
def test_a_breach_clause_goes_from_draft_to_the_package_and_the_payee_may_declare_the_rest_due(
    stage: Stage, people: dict[str, Client]
) -> None:
    story = drafted(stage, people)
    for who in ("zhang", "huaxin"):
        send(people[who], f"{NET}/cases/{story.ref}/confirmation/")
    story.wire(day(9))
    story.act("courtplatform", "accept_confirmation", story.clerk, day(9))
    send(people["judge"], f"{DESK}/{story.ref}/do/confirm/", present=[story.zhang, story.huaxin])
    story.wire(day(9))
    owed = story.case("courtplatform").sheet["agreement"]["obligations"]
    place = f"{COURT}/cases/{story.ref}"
    declare = f"{place}/moves/declare_due/"

    def enter(at: datetime) -> Any:
        for who in ("zhang", "huaxin"):
            people[who].force_login(stage.accounts[who], backend="roster.backend.AccountBackend")
        return at

    def read(client: Client) -> tuple[str, str]:
        page = client.get(f"{place}/performance/").content.decode()
        archive = zipfile.ZipFile(io.BytesIO(client.get(f"{place}/enforcement/{story.zhang}/").content))
        return re.sub(r"<[^>]+>|\s", "", page), words(archive.read("01 强制执行申请书.pdf"))

    told = reminding.remind_of_duties("courtplatform", day(21))
    again = reminding.remind_of_duties("courtplatform", day(21))
    report = {"obligation": owed[0]["ref"], "documents": slip()}
    missed = {"party": story.zhang, "obligation": owed[0]["ref"]}
    early = ask(people["zhang"], story, "declare_due", **missed)
    with time_machine.travel(day(28), tick=False):
        enter(day(28))
        send(people["huaxin"], f"{place}/moves/report_performance/", **report, amount="2500")
        reported = ask(people["zhang"], story, "declare_due", **missed)
        send(people["zhang"], f"{place}/moves/answer_performance/", obligation=owed[0]["ref"], received="yes")
    with time_machine.travel(day(38), tick=False):
        enter(day(38))
        offered = people["zhang"].get(f"{place}/performance/").content.decode()
        others = ask(people["huaxin"], story, "declare_due", **missed)
        wrong = ask(people["zhang"], story, "declare_due", **missed | {"obligation": owed[1]["ref"]})
        page, asked = read(people["zhang"])
        send(people["zhang"], f"{declare}?obligation={owed[0]['ref']}", obligation=owed[0]["ref"])
        twice = ask(people["zhang"], story, "declare_due", **missed)
        seen = people["huaxin"].get(f"{place}/performance/").content.decode()
    with time_machine.travel(day(40), tick=False):
        enter(day(40))
        send(people["huaxin"], f"{place}/moves/report_performance/", **report | {"documents": slip()})
        send(people["zhang"], f"{place}/moves/answer_performance/", obligation=owed[0]["ref"], received="yes")
        made_good, rest = read(people["zhang"])
    with time_machine.travel(day(1_100), tick=False):
        enter(day(1_100))
        _late_page, late = read(people["zhang"])

    assert {(one["daily"], one["fixed"], one["series"]) for one in owed} == {(300, 50_000, owed[0]["series"])}
    assert (told, again) == (2, 0)
    texts = dict(Notice.objects.filter(key__startswith="duty/").values_list("seat", "text"))
    assert "请尽快履行" in texts[story.huaxin]
    assert "没有收到的可以查看下一步" in texts[story.zhang]
    assert "依约提前到期" in page
    days = {name: (day(at) - datetime(2024, 5, 20, tzinfo=ZONE)).days for name, at in (("part", 28), ("now", 38))}
    first = 600_000 * days["part"] + 350_000 * (days["now"] - days["part"])
    second = 400_000 * days["now"]
    for fen in (round(first * 3 / 10_000), round(second * 3 / 10_000), 50_000):
        assert format_amount(fen) in asked, (format_amount(fen), asked)
        assert format_amount(fen) in page
    assert f"{format_amount(600_000)}×{days['part']}日×万分之3" in asked
    assert "其余未付款项已经全部到期" in asked
    assert "本申请在期间之内" in asked
    assert "期间重新计算或者暂停计算" in late
    assert "本申请在期间之内" not in late
    # Declared by whom it is owed, once, after a breach that nobody contests; paying the missed one does not undo it.
    assert (early, reported, twice) == ((409, "can_declare_due"),) * 3
    assert (others, wrong) == ((409, "can_declare_under_the_agreement"), (422, "fits_missed_instalment"))
    assert declare in offered
    assert ("宣布提前到期" in asked, "已于2024年6月7日宣布提前到期，并通知被执行人" in rest) == (False, True)
    assert "宣布其余各期提前到期" in seen
    assert declare not in seen
    assert "依约提前到期" in made_good
    assert format_amount(400_000) in rest


@pytest.mark.django_db
def test_a_decree_is_compared_with_the_agreement_clause_by_clause(stage: Stage) -> None:
    story = walk(file_case(stage), "COMPLETE")
    case = story.case("courtplatform")
    text = judging.draft(case, "issue_decree", day(9))["decree"]

    same = compared(case, text)
    changed = compared(case, text.replace("一万元", "两万元"))

    assert [one.same for one in same] == [True]
    assert [one.same for one in changed] == [False]
    assert [(part.change, part.text) for part in changed[0].passages if part.change] == [("old", "一"), ("new", "两")]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "cause", "expected"),
    [
        ("上海市浦东新区世纪大道1号", Cause.BROKERAGE, ["沪0115", "沪74"]),
        ("深圳市福田区深南大道1号", Cause.BROKERAGE, ["粤0304", "沪0115", "粤03", "沪74"]),
        ("上海市世纪大道1号", Cause.MISSTATEMENT, ["沪74"]),
        ("", Cause.BROKERAGE, ["沪0115", "沪74"]),
    ],
)
def test_the_competent_courts_are_those_of_the_district_and_the_financial_court_before_intermediate_ones(
    address: str, cause: Cause, expected: list[str]
) -> None:
    reference.load(["investornet"])
    case = Case(platform="investornet", track=Track.DIRECT, cause=cause)
    theirs = {"kind": "COMPANY", "identity_kind": "CREDIT_CODE", "identity_number": "91310115MJ0001029H"}
    people = [Party(side="APPLICANT", name="甲"), Party(side="RESPONDENT", name="乙", **theirs)]
    people[0].details = json.dumps({"address": address})
    people[1].details = json.dumps({"address": "上海市银城路3号"})

    found = [one.code for one in competence.find(case, people)]

    assert found == expected


@pytest.mark.django_db
def test_a_revoked_ruling_leads_back_to_mediation_and_the_next_one_is_received_anew(
    stage: Stage, people: dict[str, Client]
) -> None:
    court, net = "courtplatform", "investornet"
    story = sealed(stage, people)
    page = {court: f"{COURT}/cases/{story.ref}", net: f"{NET}/cases/{story.ref}"}
    parties = {"zhang": story.zhang, "huaxin": story.huaxin}

    def everybody(platform: str, move: str, **facts: Any) -> None:
        for ref in parties.values():
            story.act(platform, move, story.party(ref, platform), day(9), party=ref, **facts)
        story.wire(day(9))

    def confirmed() -> None:
        everybody(net, "seek_confirmation", court="沪74")
        story.act(court, "accept_confirmation", story.clerk, day(9))
        send(people["judge"], f"{DESK}/{story.ref}/do/confirm/", present=list(parties.values()))
        story.wire(day(9))

    def following(who: str) -> str:
        where = f"{DESK}/{story.ref}/" if who in ("clerk", "judge") else f"{page[court]}/"
        return str(people[who].get(where).context["ball"].next_label)

    confirmed()
    served = following("clerk")
    outside = f"{DESK}/{story.ref}/do/object_confirmation/"
    late = people["clerk"].post(outside, filled(people["clerk"], outside, knew_on="2023-01-01", reason="侵害案外人。"))
    send(people["clerk"], outside, knew_on="2024-05-08", reason="案外人王某称协议处分了他的股票。")
    heard = people["judge"].get(f"{DESK}/{story.ref}/").context["reviewing"].objection
    send(people["judge"], f"{DESK}/{story.ref}/do/reject_objection/", ruling="驳回案外人的异议。")
    story.wire(day(9))
    everybody(court, "receive_ruling")
    asked = people["zhang"].get(f"{page[court]}/moves/object_confirmation/").context["form"]
    send(people["zhang"], f"{page[court]}/moves/object_confirmation/", reason="内容有误。")
    judged = following("judge")
    send(people["judge"], f"{DESK}/{story.ref}/do/revoke_confirmation/", ruling="撤销原裁定。")
    story.wire(day(9))
    back = people["zhang"].get(f"{page[net]}/")
    panel = people["clerk"].get(f"{DESK}/{story.ref}/").context["reviewing"]
    everybody(net, "remediate")
    varied = "协议：被申请人于2024年12月31日以前赔偿申请人二万元。"
    digest = moves.text_digest(varied)
    text = moves.Enclosed(EnclosureKind.AGREEMENT, {"text": varied}, Audience.PARTIES)
    story.act(net, "propose_agreement", story.mediator, day(9), digest=digest, full=True, enclosures=[text])
    everybody(net, "sign", digest=digest)
    story.act(net, "sign", story.mediator, day(9), digest=digest)
    story.seal(day(9))
    confirmed()
    again = following("zhang")
    everybody(court, "receive_ruling")

    assert (late.status_code, heard) == (400, "有异议待审查。")
    assert served == "送达文书"
    assert "knew_on" not in asked.fields
    assert judged == "审查异议：驳回异议，或者撤销确认裁定"
    assert back.context["ball"].next_label == "重新调解"
    assert "原确认裁定经异议审查被撤销" in back.content.decode()
    assert [(one.served, one.received) for one in panel.served] == [("", ""), ("", "")]
    assert again == "签收裁定书"
    assert set(story.case(court).sheet["received"]) == set(parties.values())
    assert "OBJECT" in story.case(court).sheet["clocks"]


@pytest.mark.django_db
def test_an_application_is_supplemented_withdrawn_refused_and_rejected_and_each_no_leads_on(
    stage: Stage, people: dict[str, Client]
) -> None:
    court, net, both = "courtplatform", "investornet", ("zhang", "huaxin")
    story = sealed(stage, people)
    for _same in range(3):
        file_case(stage)
    desk, portal = f"{DESK}/{story.ref}", f"{COURT}/cases/{story.ref}"

    def everybody(where: str, **answers: Any) -> None:
        for who in both:
            send(people[who], where, **answers)
            story.wire(day(9))

    # Signs of a feigned mediation; what lacks is asked for and handed in; then both withdraw.
    everybody(f"{NET}/cases/{story.ref}/confirmation/")
    Party.objects.filter(platform=court, case__ref=story.ref).update(phone_index="0" * 64)
    flags = people["judge"].get(f"{desk}/").context["reviewing"].flags
    asked = people["clerk"].get(f"{desk}/do/ask_supplement/").context["form"]["advice"].value()
    send(people["clerk"], f"{desk}/do/ask_supplement/", advice=asked + "\n1. 股票权属证明")
    story.wire(day(9))
    read = people["zhang"].get(f"{portal}/").content.decode()
    send(people["zhang"], f"{portal}/moves/supplement/", documents=slip())
    clocks = set(story.case(court).sheet["clocks"])
    everybody(f"{portal}/moves/withdraw_confirmation/")
    withdrawn = story.case(net).state

    # The wrong court refuses; both go back and choose another. The right one rejects; both vary, or each sues.
    everybody(f"{NET}/cases/{story.ref}/confirmation/")
    send(people["judge"], f"{desk}/do/refuse_confirmation/", ground="WRONG_COURT", ruling="不予受理。")
    story.wire(day(9))
    ways = people["zhang"].get(f"{portal}/").content.decode()
    everybody(f"{NET}/cases/{story.ref}/moves/reapply/")
    anew = people["zhang"].get(f"{NET}/cases/{story.ref}/confirmation/").context["form"].fields["choice"].choices
    stated = {"choice": "other", "court": "沪74", "link": "DOMICILE"}
    send(people["zhang"], f"{NET}/cases/{story.ref}/confirmation/", **stated)
    send(people["huaxin"], f"{NET}/cases/{story.ref}/confirmation/")
    story.wire(day(9))
    send(people["clerk"], f"{desk}/do/accept_confirmation/")
    send(people["judge"], f"{desk}/do/reject_confirmation/", ground="UNCLEAR", ruling="驳回申请。")
    story.wire(day(9))
    rejected = people["zhang"].get(f"{portal}/").content.decode()
    suing = people["zhang"].get(f"{portal}/suing/")
    denied = [people[who].get(f"{portal}/suing/").status_code for who in ("stranger", "clerk")]
    everybody(f"{NET}/cases/{story.ref}/moves/remediate/")

    assert set(flags) >= {"双方登记了同一个电话号码。", "双方之间在本平台另有3件案件。"}
    assert "请补充下列材料" in asked
    assert "股票权属证明" in read
    assert "SUPPLEMENT" not in clocks
    assert withdrawn == "SETTLED"
    assert "向有管辖权的法院重新申请" in ways
    assert len(anew) > 1
    assert all(said in rejected for said in ("法院没有确认协议", "重新调解", f"{portal}/suing/"))
    event = story.case(court).events.get(number=1)
    wanted = ("就协议起诉", "上海金融法院", "案件材料已在该院", "2024年5月20日", receipt_code(event.hash))
    said = suing.content.decode()
    assert [one for one in wanted if one not in said] == []
    assert denied == [404, 404]
    assert story.case(net).state == "MEDIATING"


@pytest.mark.django_db
def test_a_refused_decree_is_explained_to_the_parties_and_has_no_thirty_days(
    stage: Stage, people: dict[str, Client]
) -> None:
    story = sealed(stage, people)
    for who in ("zhang", "huaxin"):
        send(people[who], f"{NET}/cases/{story.ref}/decree/")
    story.wire(day(9))
    panel = people["judge"].get(f"{DESK}/{story.ref}/").context["reviewing"]
    send(people["clerk"], f"{DESK}/{story.ref}/do/docket_for_decree/")
    send(people["judge"], f"{DESK}/{story.ref}/do/refuse_decree/", reason="有虚假调解嫌疑。")
    story.wire(day(9))
    page = people["huaxin"].get(f"{NET}/cases/{story.ref}/").content.decode()

    assert panel.in_time == ""
    assert "法院没有制作调解书" in page
    assert "有虚假调解嫌疑。" in page


@pytest.mark.django_db
def test_each_way_of_going_back_before_the_agreement_takes_effect_has_its_page(
    stage: Stage, people: dict[str, Client]
) -> None:
    court, net, both = "courtplatform", "investornet", ("zhang", "huaxin")
    story = walk(file_case(stage), "SIGNING")
    place = f"{NET}/cases/{story.ref}"
    done = sealed(stage, people)

    # A decree is served in person: one signs the paper receipt, the other goes back before it signs.
    for who in both:
        send(people[who], f"{NET}/cases/{done.ref}/decree/")
    done.wire(day(9))
    desk = f"{DESK}/{done.ref}"
    send(people["clerk"], f"{desk}/do/docket_for_decree/")
    send(people["judge"], f"{desk}/do/issue_decree/", matches="on")
    form = people["clerk"].get(f"{desk}/services/").context["form"]
    chosen = {"key": form["key"].value(), "what": "DECREE", "party": [done.zhang, done.huaxin]}
    left = people["clerk"].post(f"{desk}/services/", chosen | {"way": "LEFT"})
    served = people["clerk"].post(f"{desk}/services/", chosen | {"way": "DIRECT"})
    handed = service_of(done, done.zhang)
    receipt = {"service": handed, "channel": "DIRECT", "on": "2024-05-09", "documents": slip("送达回证.pdf")}
    send(people["clerk"], f"{desk}/do/record_paper_service/", **receipt)
    send(people["clerk"], f"{desk}/do/receive_decree/", party=done.zhang, on="2024-05-09")
    half = done.case(court).state
    proof = words(people["zhang"].get(f"{COURT}/cases/{done.ref}/services/{handed}/proof/").content)
    warned = people["huaxin"].get(f"{COURT}/cases/{done.ref}/moves/repudiate/").content.decode()
    send(people["huaxin"], f"{COURT}/cases/{done.ref}/moves/repudiate/")
    over = people["zhang"].get(f"{COURT}/cases/{done.ref}/").content.decode()
    undone = people["zhang"].get(f"{COURT}/cases/{done.ref}/moves/receive_decree/").status_code

    # Before: one signs, the other refuses on its page and says why to those in the mediation alone.
    url = f"{place}/moves/sign/"
    digest = story.case(court).sheet["agreement"]["digest"]
    afar = people["zhang"].get(f"{COURT}/cases/{story.ref}/moves/sign/")
    asked = ask(people["zhang"], story, "sign", digest=digest, party=story.zhang)
    send(people["zhang"], url, code=code_for(people["zhang"], url))
    send(people["huaxin"], f"{place}/moves/refuse_to_sign/", reason="董事会没有批准。")
    story.wire(day(9))
    closed = people["zhang"].get(url).status_code
    told = people["zhang"].get(f"{place}/").content.decode()
    outside = people["clerk"].get(f"{DESK}/{story.ref}/").content.decode()

    # Before that: a consent is taken back.
    begun = walk(file_case(stage), "CONSULTING")
    send(people["zhang"], f"{COURT}/cases/{begun.ref}/moves/withdraw_consent/", stage="MEDIATION")
    again = people["zhang"].get(f"{COURT}/cases/{begun.ref}/").content.decode()

    assert (left.status_code, served.status_code, half) == (400, 302, "DECREE_ISSUED")
    assert "不适用留置送达和公告送达" in left.content.decode()
    for said in ("送达回证", "调解书", "张晓慧", "直接送达"):
        assert said in proof, said
    assert "反悔不能撤回" in warned
    assert (done.case(court).state, undone) == ("HANDED_BACK", 409)
    assert "一方当事人在调解书送达前反悔" in over
    assert "案件交回法院处理" in over
    assert (afar.status_code, "请登录投资者网平台" in afar.content.decode()) == (409, True)
    assert asked == (409, "elsewhere")
    assert (story.case(net).state, closed) == ("HANDED_BACK", 409)
    assert "董事会没有批准。" in told
    assert "董事会没有批准。" not in outside
    assert "没有签署" in told
    assert "已有的签名也不发生效力" in told
    assert begun.case(court).sheet["consents"]["MEDIATION"][begun.zhang] == "WITHDRAWN"
    assert "/moves/consent/" in again
