"""InvestorNet's portal: organisations, mediators and parties do their part in a browser; two at once do no harm."""

from __future__ import annotations

import hashlib
import re
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from mediation.models import Case, CaseEvent, Notice, Request
from mediation.queries import latest_text
from mediation.vocabulary import EnclosureKind
from mediation.windows.moveforms import OWN_PAGES
from roster.models import Account, Listing, Mediator, Organisation
from tests.proofs import code_for
from tests.windows.applying import Applicant, upload
from tests.windows.stage import CREDIT, REVIEW, ZHANG, Stage, Story, day, file_case, walk

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
TEXT = "第一条\r\n被申请人于2024年12月31日以前尽快赔偿申请人一万元。"
NET, COURT = "investornet", "courtplatform"


def client_of(account: Account) -> Client:
    client = Client()
    client.force_login(account, backend="roster.backend.AccountBackend")
    return client


def move_url(story: Story, move: str, platform: str = NET) -> str:
    return reverse(f"{platform}:move", kwargs={"ref": story.ref, "move": move})


def filled(client: Client, url: str, **given: Any) -> dict[str, Any]:
    """Return what a browser would send: what the form came with, and what the person filled in."""
    form = client.get(url).context["form"]
    held = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in {**held, **given}.items() if value not in (None, "")}


def test_an_organisation_and_a_mediator_take_a_case_to_a_signed_agreement(stage: Stage) -> None:
    story = walk(file_case(stage), "DELEGATED")
    people = {who: client_of(stage.accounts[who]) for who in ("org", "mediator", "zhang", "huaxin")}
    ref = str(stage.mediator)

    def make(who: str, move: str, **given: Any) -> None:
        url = move_url(story, move)
        given |= {"code": code_for(people[who], url)} if move == "sign" else {}
        answer = people[who].post(url, filled(people[who], url, **given))
        assert answer.status_code == 302, (move, answer.context and answer.context["form"].errors)

    make("org", "accept", declared="on")
    make("org", "appoint_mediator", mediators=[ref], lead=ref)
    make("mediator", "disclose", ground="NONE")
    for party in (story.zhang, story.huaxin):
        make("mediator", "record_contact", party=party, outcome="REACHED", channel="PHONE")
    make("huaxin", "confirm_address", e_service="on", address="某路1号", phone="13800000011")
    both = [story.zhang, story.huaxin]
    make("mediator", "open_session", mode="VIDEO", verified=both, acknowledged=both, informed="on", warned="on")
    paper = {"full": "yes", "text": "第一条\r\n赔偿一万元。", "key": str(story.ref)}
    upload = reverse("investornet:agreement_upload", kwargs={"ref": story.ref})

    def propose(**given: str) -> Any:
        file = SimpleUploadedFile("协议.pdf", PDF, "application/pdf")
        return people["mediator"].post(upload, {**paper, **given, "document": file})

    # Words alone: nobody is named, no day; then something that a human must look at, and has.
    unclear, doubtful = propose(), propose(text=TEXT)
    sent = propose(text=TEXT, checked="1")
    missing = [one["text"] for one in unclear.context["found"] if one["must"]]
    assert missing == ["没有写明申请人是谁", "没有写明被申请人是谁", "约定了付款，却没有写明付款期限"]
    assert (unclear.status_code, doubtful.status_code, sent.status_code) == (422, 422, 302)
    assert "格式不是PDF/A" in people["zhang"].get(move_url(story, "sign")).content.decode()
    assert [one["must"] for one in doubtful.context["found"]] == [False]
    for who in ("zhang", "huaxin", "mediator"):
        make(who, "sign")
    review = {**REVIEW, "digest": hashlib.sha256(PDF).hexdigest()}
    people["org"].post(reverse("investornet:seal", kwargs={"ref": story.ref}), review)
    make("org", "sign")
    for who in ("zhang", "huaxin"):
        make(who, "seek_confirmation", court="沪74")

    case = story.case(NET)
    assert case.state == "CONFIRMATION_SOUGHT"
    content = latest_text(case, EnclosureKind.AGREEMENT)
    assert content["text"] == TEXT.replace("\r", "")
    assert case.sheet["agreement"]["digest"] == content["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert case.people.get(ref=story.huaxin).phone == "13800000011"
    assert case.people.get(ref=story.huaxin).identity_number == CREDIT


def test_the_same_form_sent_twice_makes_one_entry(stage: Stage) -> None:
    story = walk(file_case(stage), "DELEGATED")
    client, url = client_of(stage.accounts["org"]), move_url(story, "accept")
    given = filled(client, url, declared="on")

    answers = [client.post(url, given) for _time in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert CaseEvent.objects.filter(platform=NET, kind="case.accept.v1").count() == 1


def test_whoever_is_overtaken_is_told_by_what_and_may_then_go_on(stage: Stage) -> None:
    story = walk(file_case(stage), "MEDIATING")
    client, url = client_of(stage.accounts["zhang"]), move_url(story, "stop_mediation")
    given = filled(client, url)
    story.act(NET, "confirm_address", story.mediator, day(8), party=story.zhang, e_service=True)

    late = client.post(url, given)
    again = dict(re.findall(r'name="(seen|key|party)" value="([^"]+)"', late.content.decode()))
    done = client.post(url, again)

    assert late.status_code == 422
    assert "其他人已经先办理了该案" in late.content.decode()
    assert "确认送达地址" in late.content.decode()
    assert done.status_code == 302
    assert story.case(NET).state == "HANDED_BACK"


def test_ones_cases_come_first_and_after_them_the_three_latest_notices(stage: Stage) -> None:
    story = walk(file_case(stage), "MEDIATING")
    for number in range(5):
        Notice.objects.create(
            platform=NET, case=story.case(NET), role="PARTY", seat=str(story.zhang), errand="NOTICE",
            text=f"第{number}件新闻。", at=day(20 + number), next_at=day(20), key=f"news-{number}",
        )  # fmt: skip

    page = client_of(stage.accounts["zhang"]).get(reverse(f"{NET}:work"))

    text = page.content.decode()
    assert len(page.context["notices"]) == 3
    assert text.index(f"/net/cases/{story.ref}/") < text.index("最新通知")
    assert "第4件新闻" in text
    assert "第1件新闻" not in text
    assert f'<a href="{reverse(f"{NET}:notices")}">全部通知</a>' in text


def test_whoever_declines_what_was_accepted_in_another_tab_is_told_by_whom_and_when(stage: Stage) -> None:
    story = walk(file_case(stage), "DELEGATED")
    desk, accept, decline = client_of(stage.accounts["org"]), move_url(story, "accept"), move_url(story, "decline")
    given = filled(desk, decline, ground="UNSUITABLE", reason="人手不够。")
    accepted = desk.post(accept, filled(desk, accept, declared="on"))

    late = desk.post(decline, given)

    name = Organisation.objects.get(platform=NET, ref=stage.organisation).name
    text = late.content.decode()
    assert (accepted.status_code, late.status_code) == (302, 409)
    assert "其他人已经先办理了该案" in text
    assert f"{name} 调解组织管理员" in text
    assert "办理了“接受”" in text
    assert re.search(r"于202\d年\d+月\d+日 \d\d:\d\d办理了", text)
    assert "目前的状态下不能这样做" not in text
    assert not CaseEvent.objects.filter(kind="case.decline.v1").exists()


def test_a_move_on_the_platform_that_does_not_write_becomes_a_request(stage: Stage) -> None:
    story = walk(file_case(stage), "MEDIATING")
    client, url = client_of(stage.accounts["zhang"]), move_url(story, "stop_mediation", COURT)

    page = client.get(url)
    client.post(url, filled(client, url))
    case = client.get(reverse("courtplatform:case", kwargs={"ref": story.ref})).content.decode()

    assert "由对方平台办理" in page.content.decode()
    assert Request.objects.get(platform=COURT).move == "stop_mediation"
    assert "已请求对方平台办理" in case
    assert "提交，等待对方平台办理。" in case


def test_an_agreement_is_not_signed_where_its_text_is_not_held(stage: Stage) -> None:
    story = walk(file_case(stage), "SIGNING")

    answer = client_of(stage.accounts["zhang"]).get(move_url(story, "sign", COURT))

    assert answer.status_code == 409
    assert "请登录投资者网平台" in answer.content.decode()


def test_every_move_offered_to_somebody_shows_its_form_and_every_other_says_why_not(stage: Stage) -> None:
    clients = {who: client_of(stage.accounts[who]) for who in ("org", "mediator", "zhang", "huaxin")}
    for until in ("DELEGATED", "ACCEPTED", "MEDIATING", "SIGNING", "SETTLED", "COMPLETE"):
        story = walk(file_case(stage), until)
        for who, client in clients.items():
            page = client.get(reverse("investornet:case", kwargs={"ref": story.ref}))
            if page.status_code == 404:
                continue
            for offer in page.context["moves"]:
                if offer.name in OWN_PAGES and not offer.available:
                    continue
                answer = client.get(offer.url or move_url(story, offer.name))
                assert answer.status_code == (200 if offer.available else 409), (who, offer)
                assert offer.available or offer.reason in answer.content.decode()


def test_a_move_that_is_not_this_persons_is_not_found(stage: Stage) -> None:
    story = walk(file_case(stage), "MEDIATING")
    client = client_of(stage.accounts["zhang"])
    urls = [
        move_url(story, move)
        for move in ("accept", "file", "receive", "lapse_reply", "confirm", "__class__", "save", "split")
    ]

    codes = {url: (client.get(url).status_code, client.post(url).status_code) for url in urls}

    assert codes == dict.fromkeys(urls, (404, 404))
    assert story.case(NET).state == "MEDIATING"


def test_bad_input_to_a_move_is_refused_with_words_and_nothing_is_written(stage: Stage) -> None:
    story = walk(file_case(stage), "MEDIATING")
    client, url = client_of(stage.accounts["zhang"]), move_url(story, "extend")
    entries = story.case(NET).entries

    past = client.post(url, filled(client, url, until="2024-05-01"))
    junk = client.post(url, filled(client, url, until="下周"))
    other = client.post(url, filled(client, url, until="2024-08-01", party=story.huaxin))
    forged = client.post(url, {**filled(client, url, until="2024-08-01"), "key": "x", "seen": "no"})

    assert "请选择原期限届满后" in past.content.decode()
    assert "日期有误" in junk.content.decode()
    assert {answer.status_code for answer in (past, junk, other, forged)} == {422}
    assert story.case(NET).entries == entries


def test_a_party_applies_straight_to_an_organisation_that_takes_the_dispute(stage: Stage) -> None:
    ref = str(stage.organisation)
    zhang = Applicant(client_of(stage.accounts["zhang"]), NET, {"organisation": ref})
    zhang.fill()

    zhang.send()
    inbox = client_of(stage.accounts["org"]).get(reverse("investornet:inbox")).content.decode()

    case = Case.objects.get(platform=NET)
    assert (case.state, case.organisation) == ("APPLIED", ref)
    assert "张晓慧 与 华信股份有限公司" in inbox


def offline(stage: Stage, **changes: Any) -> dict[str, Any]:
    return {
        "cause": "MISSTATEMENT",
        "source": "OFFLINE",
        "applicant_kind": "NATURAL",
        "applicant_name": "张晓慧",
        "applicant_identity_kind": "RESIDENT",
        "applicant_identity_number": ZHANG,
        "investor": "ORDINARY",
        "respondent_kind": "COMPANY",
        "respondent_name": "华信股份有限公司",
        "respondent_identity_kind": "CREDIT_CODE",
        "respondent_identity_number": CREDIT,
        "institution": "NONE",
        "effective_on": "2024-05-06",
        "mediators": [str(stage.mediator)],
        "agreement": upload("协议.pdf", PDF),
        "proof": upload("证明.pdf", PDF + b"\n%%EOF\n"),
    } | changes


def test_an_agreement_reached_off_line_is_recorded_by_its_organisation_alone(stage: Stage) -> None:
    url = reverse("investornet:offline")
    client = client_of(stage.accounts["org"])
    key = {"key": client.get(url).context["form"]["key"].value()}

    answer = client.post(url, offline(stage, **key))
    codes = [client_of(stage.accounts[who]).get(url).status_code for who in ("mediator", "zhang", "clerk")]

    assert answer.status_code == 302
    assert Case.objects.get(platform=NET).state == "SETTLED"
    assert codes == [404, 404, 404]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"effective_on": "2030-01-01"}, "日期不能晚于今天"),
        ({"respondent_identity_number": "91310115MJ0001010M"}, "校验位不符"),
        ({"respondent_identity_kind": "RESIDENT", "respondent_identity_number": ZHANG}, "被申请人不能与申请人相同"),
        ({"agreement": upload("协议.pdf", b"MZ" + bytes(50))}, "不接收程序"),
        ({"amount": "很多"}, "无法识别的内容"),
    ],
)
def test_a_faulty_offline_record_is_refused_with_words(stage: Stage, changes: dict[str, Any], said: str) -> None:
    url = reverse("investornet:offline")
    client = client_of(stage.accounts["org"])
    key = {"key": client.get(url).context["form"]["key"].value()}

    answer = client.post(url, offline(stage, **key, **changes))

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Case.objects.exists()


def test_a_work_list_turns_pages_by_key_and_shows_every_case_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr("mediation.windows.portal.PAGE", 2)
    stories = [walk(file_case(stage), "DELEGATED") for _round in range(5)]
    client, url = client_of(stage.accounts["org"]), reverse("investornet:work")

    seen, address = [], url
    while address:
        with django_assert_max_num_queries(14):
            page = client.get(address)
        seen += [row["ref"] for row in page.context["cases"]]
        address = url + page.context["older_url"] if page.context["older_url"] else ""

    assert sorted(seen) == sorted(str(story.ref) for story in stories)
    assert client.get(url + "?before=nonsense~x").status_code == 200


def test_a_work_list_is_narrowed_by_state_number_and_name(stage: Stage) -> None:
    story = walk(file_case(stage), "DELEGATED")
    late = walk(file_case(stage, applicant="何雨桐", number="310101197801010011"), "ACCEPTED")
    client, url = client_of(stage.accounts["org"]), reverse("investornet:work")

    found = {
        query: [row["ref"] for row in client.get(url + "?" + query).context["cases"]]
        for query in ("state=DELEGATED", "text=张晓", f"text={story.case(NET).number}", "late=late")
    }

    assert found == {
        "state=DELEGATED": [str(story.ref)],
        "text=张晓": [str(story.ref)],
        f"text={story.case(NET).number}": [str(story.ref)],
        "late=late": [str(late.ref)],
    }


def test_the_load_board_counts_open_cases_of_ones_own_mediators(stage: Stage) -> None:
    walk(file_case(stage), "MEDIATING")

    page = client_of(stage.accounts["org"]).get(reverse("investornet:load"))

    assert [(one.mediator.name, one.open) for one in page.context["mediators"]] == [("王守信", 1)]


def test_a_party_corrects_how_to_be_reached_but_not_who_it_is(stage: Stage) -> None:
    story = walk(file_case(stage), "MEDIATING")
    client, url = client_of(stage.accounts["zhang"]), move_url(story, "amend_parties")

    given = filled(client, url, phone="13900000002", identity_kind="RESIDENT", identity_number="110101195201010003")
    answer = client.post(url, given)

    person = story.case(NET).people.get(ref=story.zhang)
    assert answer.status_code == 302
    assert (person.phone, person.identity_number, person.name) == ("13900000002", ZHANG, "张晓慧")


def test_what_waits_for_an_answer_is_answered_from_the_inbox(stage: Stage) -> None:
    story = walk(file_case(stage), "DELEGATED")

    shown = client_of(stage.accounts["org"]).get("/net/inbox/").content.decode()

    assert all(f'href="{move_url(story, move)}"' in shown for move in ("accept", "decline"))


def test_a_mediator_who_may_not_go_on_is_replaced_with_one_click(stage: Stage) -> None:
    stories = [walk(file_case(stage), "MEDIATING") for _number in range(2)]
    names = ("白调解", "赵调解", "钱调解", "孙调解")
    people = {
        name: Mediator.objects.create(platform=NET, ref=uuid.uuid4(), organisation=stage.organisation, name=name)
        for name in names
    }
    Mediator.objects.filter(name="孙调解").update(causes=["FUND"])
    for platform in (COURT, NET):
        Listing.objects.create(platform=platform, court="沪74", mediator=stage.mediator, status="SUSPENDED")
    Listing.objects.create(platform=NET, court="沪74", mediator=people["白调解"].ref, status="REFUSED")
    browser = client_of(stage.accounts["org"])

    shown = browser.get("/net/inbox/").content.decode()
    offered = {}
    for form in re.findall(r'<form method="post" action="/net/cases/.*?</form>', shown, re.DOTALL):
        offered[re.findall(r'action="([^"]+)"', form)[0]] = dict(re.findall(r'name="([a-z]+)" value="([^"]*)"', form))
    address = move_url(stories[0], "appoint_mediator")
    done = browser.post(address, offered[address], follow=True)
    again = browser.post(address, offered[address], follow=True)
    after = browser.get("/net/inbox/").content.decode()

    given = {one["lead"] for one in offered.values()}
    assert given == {str(people[name].ref) for name in ("赵调解", "钱调解")}
    assert re.search("改由(赵|钱)调解调解", shown)
    assert "已办理“指定调解员”" in done.content.decode()
    assert again.status_code == 200
    assert stories[0].case(NET).sheet["mediators"] == [offered[address]["lead"]]
    assert CaseEvent.objects.filter(case=stories[0].case(NET), kind="case.appoint_mediator.v1").count() == 2
    assert [page.count('compact">改由') for page in (shown, after)] == [2, 1]
