"""Being asked by link: on an old phone, behind a code, once for each answer; and what clerks record by hand."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from mediation.models import Case, CaseEvent, ConsentLink, Enclosure, LocalEntry, OutgoingMessage, Party
from mediation.moves import Enclosed
from mediation.vocabulary import EnclosureKind, Role, Stage, State
from mediation.windows import consentlink
from roster.models import OneTimeCode
from tests.windows.stage import AT, XSS, Story, account, day, file_case, post
from tests.windows.stage import Stage as Scene

BASE = "/court/admin/"
LINK = "/court/consent/"
BOTH = [Stage.MEDIATION.value, Stage.ONLINE.value]


@pytest.fixture
def story(stage: Scene) -> Story:
    """A new application; the company has given a telephone number."""
    told = file_case(stage)
    content = {"name": "华信股份有限公司", "phone": "13800000022"}
    held = told.case("courtplatform").sheet["parties"][told.huaxin]
    named = Enclosed(EnclosureKind.PARTY, content, about=told.huaxin)
    told.act(
        "courtplatform", "amend_parties", told.clerk, day(0), parties=[{"ref": told.huaxin, **held}], enclosures=[named]
    )
    return told


@pytest.fixture
def clerk(stage: Scene) -> Browser:
    """The clerk's browser."""
    browser = Browser()
    browser.force_login(stage.accounts["clerk"], backend="roster.backend.AccountBackend")
    return browser


@pytest.fixture(autouse=True)
def today(stage: Scene) -> Any:
    """Let it be a working day after the application."""
    with time_machine.travel(day(1), tick=False) as clock:
        yield clock


def send(clerk: Browser, story: Story, *parties: str, stages: list[str] = BOTH) -> Any:
    answers = {"party": list(parties or (story.huaxin,)), "stage": stages}
    return clerk.post(f"{BASE}cases/{story.ref}/consents/send/", answers, follow=True)


def token_of(story: Story, party: str = "") -> str:
    """Return the token in the newest message to a party."""
    message = OutgoingMessage.objects.filter(errand="LINK", party=party or story.huaxin).first()
    assert message is not None
    found = re.search(r"/court/consent/([\w-]+)/", message.text)
    assert found
    return found[1]


def code_of() -> str:
    message = OutgoingMessage.objects.filter(errand="CODE").first()
    assert message is not None
    return re.search(r"验证码(\d{6})", message.text)[1]  # type: ignore[index]


def proved(story: Story, party: str = "") -> Browser:
    """Open the newest link of a party and prove the telephone."""
    phone = Browser()
    phone.get(f"{LINK}{token_of(story, party)}/")
    phone.post(LINK, {"send": "1"})
    phone.post(LINK, {"code": code_of()})
    return phone


def court(story: Story) -> Case:
    return story.case("courtplatform")


def test_a_link_takes_an_answer_to_the_case_as_the_partys_own(clerk: Browser, story: Story) -> None:
    sent = send(clerk, story).content.decode()
    phone = proved(story)

    shown = phone.get(LINK).content.decode()
    answer = phone.post(LINK, {"MEDIATION": "YES", "ONLINE": "YES"}, follow=True)

    assert "已向华信股份有限公司发送链接" in sent
    assert "自愿" in shown
    assert "费用" in shown
    assert "时效" in shown
    assert answer.status_code == 200
    assert "您的答复已经收到" in answer.content.decode()
    case = court(story)
    assert case.state == State.READY
    assert case.sheet["consents"]["ONLINE"][story.huaxin] == "YES"
    entries = CaseEvent.objects.filter(case=case, kind="case.consent.v1")
    assert {entry.facts["stage"] for entry in entries} == set(BOTH)
    for entry in entries:
        assert entry.by == {"role": "PARTY", "ref": story.huaxin, "seat": "", "via": "courtplatform"}
        assert (entry.facts["channel"], entry.facts["verified"]) == ("SMS", "LINK_CODE")


def test_sending_puts_a_new_application_into_consultation_once(clerk: Browser, story: Story) -> None:
    send(clerk, story)
    send(clerk, story)

    assert court(story).state == State.CONSULTING
    assert CaseEvent.objects.filter(case=court(story), kind="case.consult.v1").count() == 1


def test_no_ends_the_matter_whatever_else_was_said(clerk: Browser, story: Story) -> None:
    send(clerk, story)

    proved(story).post(LINK, {"MEDIATION": "NO", "ONLINE": "YES"})

    case = court(story)
    assert case.state == State.HANDED_BACK
    assert "ONLINE" not in case.sheet["consents"] or story.huaxin not in case.sheet["consents"]["ONLINE"]


def test_later_leaves_everything_as_it_is_and_the_same_link_answers_another_day(
    clerk: Browser, story: Story, today: Any
) -> None:
    send(clerk, story)
    proved(story).post(LINK, {"MEDIATION": "LATER", "ONLINE": "YES"})
    between = court(story)

    today.move_to(day(2))
    phone = proved(story)
    shown = phone.get(LINK).content.decode()
    phone.post(LINK, {"MEDIATION": "YES"})

    assert between.state == State.CONSULTING
    assert 'name="MEDIATION"' in shown
    assert 'name="ONLINE"' not in shown
    assert court(story).state == State.READY


def test_an_answer_counts_once_however_often_it_is_sent(clerk: Browser, story: Story) -> None:
    send(clerk, story)
    phone = proved(story)

    first = phone.post(LINK, {"MEDIATION": "YES", "ONLINE": "YES"})
    again = phone.post(LINK, {"MEDIATION": "NO", "ONLINE": "NO"})

    assert (first.status_code, again.status_code) == (302, 422)
    assert court(story).state == State.READY
    assert CaseEvent.objects.filter(case=court(story), kind="case.consent.v1").count() == 2


def test_a_consent_is_taken_back_by_the_same_link_behind_a_new_code(clerk: Browser, story: Story, today: Any) -> None:
    send(clerk, story)
    proved(story).post(LINK, {"MEDIATION": "YES", "ONLINE": "YES"})
    today.move_to(day(1) + timedelta(hours=1))

    stale = Browser()
    stale.get(f"{LINK}{token_of(story)}/")
    unproved = stale.post(LINK, {"withdraw": "MEDIATION"})
    answer = proved(story).post(LINK, {"withdraw": "MEDIATION"}, follow=True)

    assert unproved.status_code == 422
    assert "已撤回同意" in answer.content.decode()
    assert court(story).sheet["consents"]["MEDIATION"][story.huaxin] == "WITHDRAWN"
    last = CaseEvent.objects.filter(case=court(story)).latest("number")
    assert (last.move, last.facts["verified"]) == ("withdraw_consent", "LINK_CODE")


def test_what_the_table_no_longer_allows_is_refused_in_words_and_nothing_is_half_written(
    clerk: Browser, story: Story, today: Any
) -> None:
    send(clerk, story)
    today.move_to(day(25))
    phone = proved(story)

    answer = phone.post(LINK, {"MEDIATION": "YES", "ONLINE": "YES"})

    assert answer.status_code == 422
    assert "案件目前的状态下不能这样做" in answer.content.decode()
    assert ConsentLink.objects.get().answers == {}
    assert not CaseEvent.objects.filter(case=court(story), kind="case.consent.v1").exists()


def test_each_question_needs_an_answer_and_none_is_chosen_beforehand(clerk: Browser, story: Story) -> None:
    send(clerk, story)
    phone = proved(story)

    shown = phone.get(LINK).content.decode()
    answer = phone.post(LINK, {"ONLINE": "YES"})

    assert " checked" not in shown
    assert answer.status_code == 422
    assert "请选择同意、不同意或者以后再答复" in answer.content.decode()
    assert court(story).state == State.CONSULTING


# Links that do not open.


def test_a_link_without_the_code_shows_nothing_of_the_case(clerk: Browser, story: Story) -> None:
    send(clerk, story)
    phone = Browser()

    phone.get(f"{LINK}{token_of(story)}/")
    shown = phone.get(LINK).content.decode()
    sneaked = phone.post(LINK, {"MEDIATION": "NO", "ONLINE": "NO"})

    assert "张晓慧" not in shown
    assert "华信" not in shown
    assert "13800000022" not in shown
    assert sneaked.status_code == 422
    assert court(story).state == State.CONSULTING


def test_the_token_leaves_the_address_at_once_and_is_kept_nowhere(clerk: Browser, story: Story) -> None:
    send(clerk, story)
    token = token_of(story)

    answer = Browser().get(f"{LINK}{token}/")

    assert (answer.status_code, answer["Location"]) == (302, LINK)
    assert "no-store" in answer["Cache-Control"]
    with connection.cursor() as cursor:
        for model in (ConsentLink, OutgoingMessage, LocalEntry, CaseEvent, OneTimeCode):
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            assert token not in str(cursor.fetchall())


@pytest.mark.parametrize("token", ["x", "a" * 32, "a" * 64, "a" * 200, "..%2F..%2Fetc", "%00" * 24, "甲" * 24])
def test_a_token_nobody_was_sent_opens_nothing(clerk: Browser, story: Story, token: str) -> None:
    send(clerk, story)

    assert Browser().get(f"{LINK}{token}/").status_code == 404


def test_whoever_tries_many_tokens_is_shut_out_and_only_they(clerk: Browser, story: Story) -> None:
    send(clerk, story)
    guesser = Browser(REMOTE_ADDR="203.0.113.5")

    answers = [guesser.get(f"{LINK}{'a' * 30}{number}/").status_code for number in range(22)]
    right = guesser.get(f"{LINK}{token_of(story)}/").status_code

    assert answers[0] == 404
    assert answers[-1] == right == 429
    assert Browser(REMOTE_ADDR="203.0.113.6").get(f"{LINK}{token_of(story)}/").status_code == 302


DEAD: dict[str, Callable[[Browser, Story, Any], Any]] = {
    "expired": lambda clerk, story, clock: clock.move_to(day(40)),
    "replaced": lambda clerk, story, clock: send(clerk, story),
    "revoked": lambda clerk, story, clock: clerk.post(
        f"{BASE}cases/{story.ref}/consents/{ConsentLink.objects.get().pk}/revoke/"
    ),
    "another number": lambda clerk, story, clock: Party.objects.filter(ref=story.huaxin).update(phone_index="x"),
}


@pytest.mark.parametrize("why", DEAD)
def test_a_dead_link_opens_nothing_even_where_it_was_open(clerk: Browser, story: Story, today: Any, why: str) -> None:
    send(clerk, story)
    token, phone = token_of(story), proved(story)

    DEAD[why](clerk, story, today)
    answer = phone.post(LINK, {"MEDIATION": "YES", "ONLINE": "YES"})
    afresh = Browser()
    afresh.get(f"{LINK}{token}/")

    # After so long the browser's session is gone as well.
    assert answer.status_code in (404, 410)
    assert afresh.get(LINK).status_code == 410
    assert not court(story).sheet["consents"].get("ONLINE", {}).get(story.huaxin)


def test_wrong_codes_lock_the_link_for_good(clerk: Browser, story: Story) -> None:
    send(clerk, story)
    phone = Browser()
    phone.get(f"{LINK}{token_of(story)}/")
    answers = []
    for number in range(12):
        if number % 4 == 0:
            phone.post(LINK, {"send": "1"})
        wrong = f"{(int(code_of()) + 1 + number) % 1_000_000:06d}"
        answers.append(phone.post(LINK, {"code": wrong}).status_code)

    right = phone.post(LINK, {"code": code_of()})

    assert answers[:9] == [422] * 9
    assert answers[9:] == [410] * 3
    assert right.status_code == 410
    assert "consent_link.locked" in LocalEntry.objects.values_list("kind", flat=True)
    assert "已锁定" in clerk.get(f"{BASE}cases/{story.ref}/consents/").content.decode()


def test_codes_are_sent_a_few_times_an_hour_only(clerk: Browser, story: Story) -> None:
    send(clerk, story)
    phone = Browser()
    phone.get(f"{LINK}{token_of(story)}/")

    answers = [phone.post(LINK, {"send": "1"}).status_code for _ in range(6)]

    assert answers == [302] * 5 + [422]


def test_a_code_of_one_link_does_not_open_another(clerk: Browser, story: Story) -> None:
    send(clerk, story, story.huaxin, story.zhang)
    ours, theirs = Browser(), Browser()
    ours.get(f"{LINK}{token_of(story)}/")
    ours.post(LINK, {"send": "1"})
    code = code_of()
    theirs.get(f"{LINK}{token_of(story, story.zhang)}/")
    theirs.post(LINK, {"send": "1"})

    assert theirs.post(LINK, {"code": code}).status_code in (422,) or code == code_of()


def test_proof_of_one_link_is_not_proof_of_another_in_the_same_browser(clerk: Browser, story: Story) -> None:
    send(clerk, story, story.huaxin, story.zhang)
    phone = proved(story)

    phone.get(f"{LINK}{token_of(story, story.zhang)}/")
    answer = phone.post(LINK, {"MEDIATION": "NO", "ONLINE": "NO"})

    assert answer.status_code == 422
    assert court(story).state == State.CONSULTING


def test_an_open_page_goes_stale_after_half_an_hour(clerk: Browser, story: Story, today: Any) -> None:
    send(clerk, story)
    phone = proved(story)

    today.move_to(day(1) + timedelta(minutes=31))
    answer = phone.post(LINK, {"MEDIATION": "NO", "ONLINE": "NO"})

    assert answer.status_code == 422
    assert "请重新验证手机号码" in answer.content.decode()
    assert court(story).state == State.CONSULTING


def test_without_a_link_there_is_nothing() -> None:
    assert Browser().get(LINK).status_code == 404
    assert Browser().post(LINK, {"MEDIATION": "YES"}).status_code == 404


def test_forms_need_the_token_against_forged_requests(clerk: Browser, story: Story) -> None:
    send(clerk, story)
    phone = Browser(enforce_csrf_checks=True)
    phone.get(f"{LINK}{token_of(story)}/")

    assert phone.post(LINK, {"send": "1"}).status_code == 403


# What the page is.


def test_the_page_is_light_and_needs_neither_script_nor_anything_from_elsewhere(clerk: Browser, story: Story) -> None:
    send(clerk, story, stages=[stage.value for stage in Stage])
    answer = proved(story).get(LINK)
    text = answer.content.decode()

    statics = re.findall(r'(?:href|src)="(/static/[^"]+)"', text)
    held = Path(settings.BASE_DIR) / "mediation/static" if hasattr(settings, "BASE_DIR") else Path("mediation/static")
    weight = len(gzip.compress(answer.content))
    for address in statics:
        path = held / re.sub(r"\.[0-9a-f]{12}(?=\.)", "", address.removeprefix("/static/"))
        weight += len(gzip.compress(path.read_bytes()))

    assert weight < 100 * 1024
    assert "<script>" not in text
    assert " style=" not in text
    assert "onclick" not in text
    assert not re.search(r'(?:src|href)="https?://(?!testserver)', text)


def test_an_institution_asked_by_an_ordinary_investor_reads_its_duty_with_the_article(
    clerk: Browser, story: Story
) -> None:
    held = {**court(story).sheet["parties"][story.huaxin], "institution": "SECURITIES"}
    named = Enclosed(EnclosureKind.PARTY, {"name": "华信股份有限公司", "phone": "13800000022"}, about=story.huaxin)
    story.act(
        "courtplatform",
        "amend_parties",
        story.clerk,
        day(1),
        parties=[{"ref": story.huaxin, **held}],
        enclosures=[named],
    )
    send(clerk, story)
    phone = proved(story)

    shown = phone.get(LINK).content.decode()
    phone.post(LINK, {"MEDIATION": "NO", "ONLINE": "LATER"})

    assert "《中华人民共和国证券法》第九十四条" in shown
    assert court(story).sheet["breach"] == story.huaxin


def test_others_do_not_read_of_a_duty_they_do_not_have(clerk: Browser, story: Story) -> None:
    send(clerk, story, story.zhang, stages=[Stage.E_SERVICE.value])

    assert "依法应当参加调解" not in proved(story, story.zhang).get(LINK).content.decode()


def test_hostile_names_are_shown_as_they_are(clerk: Browser, story: Story) -> None:
    Party.objects.filter(platform="courtplatform", ref=story.huaxin).update(name=XSS)
    send(clerk, story)

    for text in (proved(story).get(LINK), clerk.get(f"{BASE}cases/{story.ref}/consents/")):
        assert XSS not in text.content.decode()
        assert "&lt;script&gt;" in text.content.decode()


def test_a_page_costs_few_queries(clerk: Browser, story: Story) -> None:
    send(clerk, story, stages=[stage.value for stage in Stage])
    phone = proved(story)

    with CaptureQueriesContext(connection) as party:
        phone.get(LINK)
    with CaptureQueriesContext(connection) as desk:
        clerk.get(f"{BASE}cases/{story.ref}/consents/")

    assert len(party) <= 12
    assert len(desk) <= 12


# The desk.


def test_the_desk_shows_what_was_sent_but_never_a_code(clerk: Browser, story: Story) -> None:
    send(clerk, story)
    proved(story)

    text = clerk.get(f"{BASE}cases/{story.ref}/consents/").content.decode()

    assert token_of(story) in text
    assert code_of() not in text
    assert "已打开，尚未答复" in text


def test_a_link_is_written_in_the_partys_language_whatever_the_desk_reads(clerk: Browser, story: Story) -> None:
    clerk.cookies["django_language"] = "en"
    with override("zh-hans"):
        page = send(clerk, story).content.decode()

    text = OutgoingMessage.objects.get(errand="LINK").text

    assert "Consult the parties" in page
    assert "就您的证券期货纠纷征求调解意见" in text
    assert "年" in text


@pytest.mark.urls("tests.demonstration.test_clock")
def test_in_a_demonstration_the_desk_stands_in_for_the_telephone(clerk: Browser, story: Story, settings: Any) -> None:
    send(clerk, story)
    proved(story)
    settings.DEMONSTRATION_CLOCK = True

    assert code_of() in clerk.get(f"{BASE}cases/{story.ref}/consents/").content.decode()


def test_without_a_telephone_number_no_link_is_sent_and_the_desk_says_why(clerk: Browser, story: Story) -> None:
    Party.objects.filter(ref=story.huaxin).update(phone="", phone_index="")

    text = send(clerk, story).content.decode()

    assert "没有登记手机号码" in text
    assert not ConsentLink.objects.exists()


@pytest.mark.parametrize("who", ["judge", "leader", "spc", "other_clerk", "org", "zhang", "stranger", None])
def test_only_a_clerk_of_the_court_asks(stage: Scene, story: Story, who: str | None) -> None:
    posts = {
        "judge": (Role.JUDGE, {"court": "沪74"}),
        "leader": (Role.COURT_LEADER, {"court": "沪74"}),
        "spc": (Role.SPC_DOCKETING, {}),
        "other_clerk": (Role.CLERK, {"court": "京74"}),
    }
    browser = Browser()
    if who:
        role, scope = posts.get(who, (None, {}))
        someone = post(account(f"{who}-x", who), "courtplatform", role, **scope) if role else stage.accounts[who]
        browser.force_login(someone, backend="roster.backend.AccountBackend")

    shown = browser.get(f"{BASE}cases/{story.ref}/consents/").status_code
    sent = send(browser, story)

    assert shown in (302, 403, 404)
    assert not ConsentLink.objects.exists()
    assert court(story).state == State.FILED
    assert sent.status_code in (200, 403, 404)


def fill(clerk: Browser, story: Story, move: str, **answers: Any) -> Any:
    url = f"{BASE}cases/{story.ref}/do/{move}/"
    shown = clerk.get(url).content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', shown))
    hidden.pop("next", None)
    return clerk.post(url, hidden | answers)


def test_an_answer_by_telephone_is_recorded_with_who_when_number_and_words(clerk: Browser, story: Story) -> None:
    send(clerk, story)
    answers = {"party": story.huaxin, "stage": "MEDIATION", "channel": "PHONE"}

    bare = fill(clerk, story, "consent", **answers)
    full = fill(
        clerk,
        story,
        "consent",
        **answers,
        called_at="2024-05-01T09:30",
        called_number="138 0000 0022",
        answered_by="法务王某，核对了统一社会信用代码",
        said="同意调解。",
    )

    assert bare.status_code == 400
    assert bare.content.decode().count("电话答复的，请填写这一项") >= 4
    assert full.status_code == 302
    entry = CaseEvent.objects.filter(case=court(story)).latest("number")
    assert (entry.facts["channel"], entry.facts["verified"]) == ("PHONE", "PHONE_CALL")
    record = Enclosure.objects.get(case=court(story), number=entry.number, kind="PROOF")
    assert record.audience == "COURT"
    for told in ("2024-05-01 09:30", "13800000022", "法务王某", "同意调解。"):
        assert told in record.content()["text"]


def test_a_call_in_the_future_is_refused(clerk: Browser, story: Story) -> None:
    send(clerk, story)

    answer = fill(
        clerk,
        story,
        "refuse_consent",
        party=story.huaxin,
        channel="PHONE",
        called_at="2024-05-09T09:30",
        called_number="13800000022",
        answered_by="本人",
        said="不同意",
    )

    assert answer.status_code == 400
    assert "通话时间不能晚于现在" in answer.content.decode()


def test_an_answer_on_paper_needs_the_paper(clerk: Browser, story: Story) -> None:
    send(clerk, story)
    answers = {"party": story.huaxin, "stage": "MEDIATION", "channel": "PAPER"}
    paper = SimpleUploadedFile("回执.txt", "同意调解。华信股份有限公司（盖章）".encode())

    bare = fill(clerk, story, "consent", **answers)
    full = fill(clerk, story, "consent", **answers, documents=paper, document_kind="ANSWER", audience="COURT")

    assert bare.status_code == 400
    assert "请上传当事人签名或者盖章的答复" in bare.content.decode()
    assert full.status_code == 302
    assert court(story).documents.filter(kind="ANSWER").count() == 1


def test_a_party_with_an_account_answers_without_the_clerks_questions(
    stage: Scene, clerk: Browser, story: Story
) -> None:
    send(clerk, story)
    browser = Browser()
    browser.force_login(stage.accounts["zhang"], backend="roster.backend.AccountBackend")

    shown = browser.get(f"/court/cases/{story.ref}/moves/consent/").content.decode()

    assert "拨打的号码" not in shown
    assert 'type="file"' not in shown


def test_tokens_are_long_and_never_alike(story: Story) -> None:
    person = Party.objects.get(platform="courtplatform", ref=story.huaxin)
    for _number in range(5):
        consentlink.ask(court(story), person, [Stage.ONLINE], by=story.clerk, at=AT, address=LINK)

    texts = [message.text for message in OutgoingMessage.objects.all()]
    tokens = {re.search(r"/consent/([\w-]+)/", text)[1] for text in texts}  # type: ignore[index]

    assert len(tokens) == 5
    assert all(len(token) >= 32 for token in tokens)
    assert ConsentLink.objects.filter(revoked_at__isnull=True).count() == 1
