"""From a signed agreement to a ruling, to payment in parts and the package for enforcement, in browsers."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import Any

import pytest
import time_machine
from django.test import Client

from mediation import competence, moves
from mediation.adminkit.reviewing import compared
from mediation.models import Case, Notice, Party
from mediation.papers import judging
from mediation.telling import reminding
from mediation.vocabulary import Audience, Cause, EnclosureKind, Role, Track
from roster import reference
from tests.windows.stage import PASSWORD, Stage, Story, account, day, file_case, post, walk

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


def send(client: Client, url: str, **answers: Any) -> Any:
    """Open a form, fill it in and send it; fails if it is not accepted."""
    shown = client.get(url)
    assert shown.status_code == 200, shown.content.decode()
    form = shown.context["form"]
    held = {name: form[name].value() for name in form.fields}
    done = client.post(url, {name: value for name, value in (held | answers).items() if value not in (None, "")})
    assert done.status_code == 302, done.context["form"].errors
    return done


def slip() -> io.BytesIO:
    file = io.BytesIO(PDF)
    file.name = "回单.pdf"
    return file


def sealed(stage: Stage, people: dict[str, Client]) -> Story:
    """Walk a case to its complete agreement: six thousand now, four thousand later."""
    story = walk(file_case(stage), "SETTLED")
    url = f"{NET}/cases/{story.ref}/moves/sign/"
    send(people["mediator"], url, password=PASSWORD, schedule="2024-05-20 6000\n2024-12-31 4000")
    digest = story.case("investornet").sheet["agreement"]["digest"]
    story.act("investornet", "sign", story.org, day(9), digest=digest)
    story.wire(day(9))
    return story


@pytest.mark.django_db
def test_parties_apply_together_and_the_court_rules_from_a_draft(stage: Stage, people: dict[str, Client]) -> None:
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

    assert "最迟2024年6月6日" in first
    assert "邀请本次调解的法院" in first
    assert "还没有同意" not in intake
    assert "邀请调解组织开展先行调解的人民法院" in intake
    assert "不属于人民法院受理范围" in intake
    assert "赔偿一万元" in drafted
    assert "调解协议有效。" in drafted
    assert story.case("investornet").state == "CONFIRMED"
    assert "法院已裁定协议有效" in decided
    assert paper.content.startswith(b"%PDF")


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
    archive = zipfile.ZipFile(io.BytesIO(taken.content))

    held = story.case("courtplatform").sheet["agreement"]["obligations"][0]
    assert (held["paid"], held["met_at"]) == (250_000, "")
    assert most.context["form"]["obligation"].value() == owed[0]["ref"]
    assert (early.status_code, strange.status_code) == (409, 404)
    assert "还差 3,500.00" in re.sub(r"<[^>]+>|&yen;|¥|￥", "", shown)
    assert (told, again) == (1, 0)
    assert Notice.objects.get(key__startswith="duty/").seat == story.huaxin
    assert "已经到期" in overdue
    names = archive.namelist()
    assert names[0] == "00 目录.pdf"
    assert "01 强制执行申请书.pdf" in names
    assert any("民事裁定书" in name for name in names)
    assert any("回单" in name for name in names)


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
    everybody(court, "receive_ruling")
    asked = people["zhang"].get(f"{page[court]}/moves/object_confirmation/").context["form"]
    send(people["zhang"], f"{page[court]}/moves/object_confirmation/", reason="内容有误。")
    judged = following("judge")
    send(people["judge"], f"{DESK}/{story.ref}/do/revoke_confirmation/", ruling="撤销原裁定。")
    story.wire(day(9))
    back = people["zhang"].get(f"{page[net]}/")
    panel = people["clerk"].get(f"{DESK}/{story.ref}/").context["reviewing"]
    everybody(net, "remediate")
    varied = "协议：赔偿二万元。"
    digest = moves.text_digest(varied)
    text = moves.Enclosed(EnclosureKind.AGREEMENT, {"text": varied}, Audience.PARTIES)
    story.act(net, "propose_agreement", story.mediator, day(9), digest=digest, full=True, enclosures=[text])
    everybody(net, "sign", digest=digest)
    for by in (story.mediator, story.org):
        story.act(net, "sign", by, day(9), digest=digest)
    confirmed()
    again = following("zhang")
    everybody(court, "receive_ruling")

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
