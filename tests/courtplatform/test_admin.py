"""The court's desk: who enters, what each role finds, and that acts go through the door alone."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from courtplatform.admin import site
from mediation import moves
from mediation.actor import Actor
from mediation.models import CalendarYear, Case, CaseEvent, Delivery, Invitation, LocalEntry, Party
from mediation.vocabulary import EnclosureKind, Role, State
from roster.models import Client, Court, Listing, Mediator, Organisation
from tests.courtplatform.desk import BASE, move, page_of
from tests.windows.stage import PASSWORD, XSS, ZHANG, Stage, Story, day, file_case, party, walk

YEAR = "notice,国办发明电〔2026〕7号\n2027-01-01,REST\n2027-05-01,REST\n2027-10-01,REST\n2027-10-09,WORK\n"


PAGES = {
    "": "clerk judge leader spc civil2 operator",
    "cases/": "clerk judge leader spc civil2",
    "CASE": "clerk judge leader spc civil2",
    "CASE/do/consult/": "clerk",
    "CASE/do/file/": "",
    "CASE/do/nonsense/": "",
    "file/": "clerk",
    "exchange/": "operator",
    "calendar/": "clerk judge leader spc civil2 operator",
    "rules/": "clerk judge leader spc civil2 operator",
    "tokens/": "operator",
    "roster/organisation/": "clerk judge leader spc civil2 operator",
    "roster/mediator/": "clerk judge leader spc civil2 operator",
    "roster/listing/": "clerk judge leader spc civil2 operator",
    "roster/court/": "clerk judge leader spc civil2 operator",
    "roster/organisation/add/": "",
    "roster/court/沪74/delete/": "",
    "roster/account/": "",
}
EVERYBODY = [
    "clerk",
    "judge",
    "leader",
    "spc",
    "civil2",
    "operator",
    "integrator",
    "other_clerk",
    "former_clerk",
    "zhang",
    "li",
    "stranger",
    "org",
    "mediator",
]


@pytest.mark.parametrize("who", EVERYBODY)
def test_each_role_finds_its_own_pages_and_no_others(who: str, stage: Stage, at_desk: Any) -> None:
    story = file_case(stage)
    browser = at_desk(who)
    found = set()

    for route in PAGES:
        answer = browser.get(BASE + route.replace("CASE", f"cases/{story.ref}").removesuffix("//"), follow=True)
        if route == "CASE":
            answer = browser.get(page_of(story))
        assert answer.status_code in (200, 403, 404)
        if answer.status_code == 200:
            found.add(route)

    allowed = {route for route, roles in PAGES.items() if who in roles.split()}
    if who == "other_clerk":
        allowed = {route for route, roles in PAGES.items() if "clerk" in roles.split() and "CASE" not in route}
    assert found == allowed


def test_a_case_of_another_court_does_not_even_exist(stage: Stage, at_desk: Any) -> None:
    story = file_case(stage)
    person = story.zhang

    for address in ("", "do/consult/", f"people/{person}/reveal/", f"people/{person}/invite/"):
        asked = at_desk("other_clerk").post if "people" in address else at_desk("other_clerk").get
        assert asked(page_of(story) + address).status_code == 404
    assert str(story.ref) not in at_desk("other_clerk").get(f"{BASE}cases/").content.decode()


def test_a_visitor_is_sent_to_the_sign_in_page_and_guessing_is_locked_out(stage: Stage, client: Browser) -> None:
    story = file_case(stage)

    for route in ("", "cases/", f"cases/{story.ref}/", "exchange/", "roster/organisation/"):
        answer = client.get(BASE + route)
        assert answer.status_code == 302
        assert answer["Location"].startswith(f"{BASE}login/?next=")
    tries = [client.post(f"{BASE}login/", {"username": "clerk", "password": f"wrong {n}"}) for n in range(6)]

    assert tries[0].status_code == 200
    assert tries[-1].status_code == 429
    assert client.post(f"{BASE}login/", {"username": "clerk", "password": PASSWORD}).status_code == 429


def test_signing_in_leads_to_the_page_asked_for_and_signing_out_ends_it(stage: Stage, client: Browser) -> None:
    answer = client.post(f"{BASE}login/?next={BASE}rules/", {"username": "clerk", "password": PASSWORD})

    assert answer["Location"] == f"{BASE}rules/"
    assert client.get(f"{BASE}rules/").status_code == 200
    client.post(f"{BASE}logout/")
    assert client.get(f"{BASE}rules/").status_code == 302


def fill_court(stage: Stage, count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        file_case(stage, applicant=f"投资者{number}", number="")


def test_lists_and_first_page_ask_the_same_few_questions_however_many_cases_there_are(
    stage: Stage, at_desk: Any
) -> None:
    browser = at_desk("clerk")
    asked = {}

    for total, more in ((10, 10), (300, 290)):
        fill_court(stage, more, total - more)
        for route in ("", "cases/", "cases/?queue=overdue&state=FILED", "bulk/"):
            with CaptureQueriesContext(connection) as queries:
                assert browser.get(BASE + route).status_code == 200
            asked.setdefault(route, []).append(len(queries))

    for counts in asked.values():
        assert counts[0] == counts[1] <= 12


def test_pages_by_key_show_every_case_once_and_lead_back(stage: Stage, at_desk: Any) -> None:
    fill_court(stage, 120)
    browser, url, seen, pages = at_desk("clerk"), f"{BASE}cases/", [], 0

    while url:
        text = browser.get(url).content.decode()
        seen += re.findall(r'class="row-link" href="[^"]*/cases/([0-9a-f-]{36})/"', text)
        older = re.search(r'rel="next" class="[^"]*" href="([^"]+)"', text)
        pages += 1
        newer = re.search(r'rel="prev" class="[^"]*" href="([^"]+)"', text)
        url = f"{BASE}cases/" + older[1].replace("&amp;", "&") if older else ""
    back = browser.get(f"{BASE}cases/" + newer[1].replace("&amp;", "&")).content.decode()

    assert pages == 3
    assert len(seen) == len(set(seen)) == 120
    assert seen[50] in back
    assert browser.get(f"{BASE}cases/?older=junk~x&since=2020-99-99&state=NO").status_code == 200


def test_a_case_page_asks_the_same_few_questions_however_long_its_journal(stage: Stage, at_desk: Any) -> None:
    story = file_case(stage)
    browser = at_desk("clerk")
    asked = []

    walk(story, "CONSULTING")
    for more in (0, 30):
        for _number in range(more):
            story.act("courtplatform", "confirm_address", story.clerk, day(1), party=story.zhang, e_service=True)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(page_of(story)).status_code == 200
        asked.append(len(queries))

    assert asked[0] == asked[1] <= 14


def test_counts_on_the_first_page_open_the_cases_behind_them(stage: Stage, at_desk: Any) -> None:
    file_case(stage)
    delegated = walk(file_case(stage), "DELEGATED")

    first = at_desk("clerk").get(BASE).content.decode()
    waiting = at_desk("clerk").get(f"{BASE}cases/?queue=waiting").content.decode()
    overdue = at_desk("clerk").get(f"{BASE}cases/?queue=overdue").content.decode()

    assert re.search(r'queue=new"><b>1</b>', first)
    assert re.search(r'queue=waiting"><b>1</b>', first)
    assert re.search(r'queue=flagged"><b>1</b>', first)
    assert str(delegated.ref) in waiting
    assert str(delegated.ref) not in overdue
    assert overdue.count("row-link") == 1


def test_a_judge_sees_confirmations_first_and_leaders_see_ageing_without_buttons(stage: Stage, at_desk: Any) -> None:
    story = file_case(stage)

    judge = at_desk("judge").get(BASE).content.decode()
    leader = at_desk("leader").get(BASE).content.decode()
    national = at_desk("spc").get(page_of(story)).content.decode()

    assert judge.index("司法确认和调解书") < judge.index("期限和对接")
    assert "超期分布" in leader
    assert "超期分布" not in judge
    assert "/do/" not in national
    assert "张某某" in national
    assert "华信股份有限公司" in national
    assert "张晓慧" not in national
    assert "公司虚假陈述" not in national


def test_a_clerk_delegates_a_case_by_the_buttons_of_its_page(stage: Stage, at_desk: Any) -> None:
    story = file_case(stage)
    browser = at_desk("clerk")

    assert f"{page_of(story)}consents/" in browser.get(page_of(story)).content.decode()
    assert move(browser, story, "consult", channel="PHONE").status_code == 302
    made_up = [
        move(browser, story, "consent", party=story.huaxin, stage="MEDIATION", channel=channel).status_code
        for channel in ("ONLINE", "SMS", "IN_PERSON", "PAPER", "PHONE")
    ]
    consent = {"party": story.huaxin, "stage": "MEDIATION", "channel": "IN_PERSON", "answered_by": "本人，核对身份证"}
    signed = SimpleUploadedFile("笔录.pdf", b"%PDF-1.7\n%%EOF\n", "application/pdf")
    assert made_up == [400] * 5
    assert move(browser, story, "consent", **consent, documents=signed).status_code == 302
    answer = move(browser, story, "delegate", organisation=str(stage.organisation), left_to_court="on")

    case = Case.objects.get(platform="courtplatform", ref=story.ref)
    assert answer.status_code == 302
    assert case.state == State.DELEGATED
    last = case.events.get(number=case.entries)
    assert last.by == {"role": "CLERK", "ref": str(stage.accounts["clerk"].ref), "seat": "沪74", "via": "courtplatform"}


def test_a_refused_move_says_why_with_the_article_and_writes_nothing(stage: Stage, at_desk: Any) -> None:
    story = walk(file_case(stage), "CONSULTING")
    browser = at_desk("clerk")
    story.act(
        "courtplatform", "consent", story.party(story.huaxin, "courtplatform"), day(1),
        party=story.huaxin, stage="MEDIATION", channel="ONLINE",
    )  # fmt: skip
    Listing.objects.all().delete()
    before = CaseEvent.objects.count()

    early = browser.get(f"{page_of(story)}do/accept_confirmation/")
    answer = move(browser, story, "delegate", organisation=str(stage.organisation))

    assert early.status_code == 409
    assert "案件目前的状态下不能这样做" in early.content.decode()
    assert answer.status_code == 400
    assert CaseEvent.objects.count() == before


def test_whoever_comes_second_is_told_by_whom_and_when(stage: Stage, at_desk: Any) -> None:
    story = file_case(stage)
    browser, url = at_desk("clerk"), f"{page_of(story)}do/consult/"
    hidden = dict(re.findall(r'name="(seen|key)" value="([^"]*)"', browser.get(url).content.decode()))
    story.act("courtplatform", "consult", story.clerk, day(9), channel="SMS")

    answer = browser.post(url, hidden | {"channel": "PHONE"})

    text = answer.content.decode()
    assert answer.status_code == 409
    assert "其他人已经先办理了该案" in text
    assert "上海金融法院 立案人员" in text
    assert "征询当事人意愿" in text
    assert Case.objects.get(platform="courtplatform", ref=story.ref).entries == 2


def test_a_form_sent_twice_acts_once(stage: Stage, at_desk: Any) -> None:
    story = file_case(stage)
    browser, url = at_desk("clerk"), f"{page_of(story)}do/consult/"
    hidden = dict(re.findall(r'name="(seen|key)" value="([^"]*)"', browser.get(url).content.decode()))

    answers = [browser.post(url, hidden | {"channel": "PHONE"}) for _time in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert Case.objects.get(platform="courtplatform", ref=story.ref).entries == 2


def sought(stage: Stage) -> Story:
    story = walk(file_case(stage), "COMPLETE")
    for ref in (story.zhang, story.huaxin):
        by = story.party(ref, "investornet")
        story.act("investornet", "seek_confirmation", by, day(8), party=ref, court="沪74")
    story.wire(day(9))
    return story


def test_a_clerk_accepts_and_a_judge_confirms(stage: Stage, at_desk: Any) -> None:
    story = sought(stage)

    accepted = move(at_desk("clerk"), story, "accept_confirmation")
    both = [story.zhang, story.huaxin]
    confirmed = move(at_desk("judge"), story, "confirm", present=both, ruling="裁定如下：调解协议有效。")

    case = Case.objects.get(platform="courtplatform", ref=story.ref)
    assert accepted.status_code == confirmed.status_code == 302
    assert case.state == State.CONFIRMED
    assert case.number.endswith("号")
    assert "裁定如下" in at_desk("clerk").get(page_of(story)).content.decode()


def test_a_judge_cannot_confirm_with_one_side_absent(stage: Stage, at_desk: Any) -> None:
    story = sought(stage)
    move(at_desk("clerk"), story, "accept_confirmation")

    answer = move(at_desk("judge"), story, "confirm", present=[story.zhang], ruling="裁定如下。")

    assert answer.status_code == 400
    assert "应当通知双方当事人同时到场核实" in answer.content.decode()
    assert Case.objects.get(platform="courtplatform", ref=story.ref).state == State.CONFIRMATION_REVIEW


def test_numbers_are_masked_until_revealed_and_every_reveal_is_noted(stage: Stage, at_desk: Any) -> None:
    story = file_case(stage)
    url = f"{page_of(story)}people/{story.zhang}/reveal/"

    masked = at_desk("clerk").get(page_of(story)).content.decode()
    revealed = at_desk("clerk").post(url)
    refused = at_desk("leader").post(url)
    unknown = at_desk("clerk").post(url.replace(story.zhang, str(stage.organisation)))

    assert ZHANG not in masked
    assert ZHANG in revealed.content.decode()
    assert revealed["Cache-Control"].count("no-store")
    assert refused.status_code == 403
    assert unknown.status_code == 404
    assert at_desk("clerk").get(url).status_code == 405
    [noted] = LocalEntry.objects.filter(chain=str(story.ref), kind="reveal.v1")
    assert noted.by["ref"] == str(stage.accounts["clerk"].ref)
    assert noted.facts == {"party": story.zhang, "shown": ["identity_number", "phone", "details"]}


def test_an_invitation_code_is_shown_once_to_a_clerk_only(stage: Stage, at_desk: Any) -> None:
    story = file_case(stage)
    url = f"{page_of(story)}people/{story.huaxin}/invite/"

    answer = at_desk("clerk").post(url).content.decode()

    code = re.search(r"<code>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})</code>", answer)
    assert code
    assert code[1] not in at_desk("clerk").get(page_of(story)).content.decode()
    assert at_desk("judge").post(url).status_code == 403
    assert Invitation.objects.count() == 1


def test_a_case_is_found_by_number_name_identity_phone_and_organisation(stage: Stage, at_desk: Any) -> None:
    story, other = file_case(stage), file_case(stage, applicant="李国栋", number="110101195201010003")
    walk(story, "DELEGATED")
    number = Case.objects.get(platform="courtplatform", ref=story.ref).number

    def found(who: str, text: str) -> set[str]:
        page = at_desk(who).post(f"{BASE}cases/find/", {"q": text}, follow=True).content.decode()
        return {ref for ref in (str(story.ref), str(other.ref)) if f"/cases/{ref}/" in page}

    for text in (number, number.replace("（", "(").replace("）", ")"), "晓慧", ZHANG, "投服", str(story.ref)):
        assert found("clerk", text) == {str(story.ref)}
        assert found("other_clerk", text) == set()
    assert found("clerk", "+86 138-0000-0001") == {str(story.ref), str(other.ref)}
    assert found("spc", "晓慧") == found("spc", ZHANG) == set()
    assert found("spc", number) == {str(story.ref)}
    assert found("clerk", "甲\x00乙") == {str(story.ref), str(other.ref)}


def test_hostile_text_is_shown_as_text_to_every_role(stage: Stage, at_desk: Any) -> None:
    story = file_case(stage, applicant=XSS, text=XSS)
    Organisation.objects.update(name=XSS)
    Mediator.objects.update(name=XSS)
    Court.objects.filter(code="沪74").update(name=XSS)
    walk(story, "CONSULTING")
    routes = ["", "cases/", f"cases/{story.ref}/", f"cases/{story.ref}/do/consent/", "roster/organisation/"]
    routes += ["roster/mediator/", "roster/court/", f"cases/?q={XSS}", "file/", "tokens/", "calendar/", "rules/"]

    for who in ("clerk", "judge", "leader", "spc", "operator"):
        for route in routes:
            text = at_desk(who).get(BASE + route, follow=True).content.decode()
            assert "<script>alert" not in text
    assert "&lt;script&gt;" in at_desk("clerk").get(page_of(story)).content.decode()


def test_pages_keep_to_the_content_security_policy(stage: Stage, at_desk: Any) -> None:
    story = file_case(stage)
    routes = {"clerk": ["", "cases/", f"cases/{story.ref}/", f"cases/{story.ref}/do/consult/", "file/"]}
    routes["operator"] = ["exchange/", "tokens/", "calendar/", "rules/", "roster/organisation/", "password_change/"]

    for who, own in routes.items():
        for route in own:
            answer = at_desk(who).get(BASE + route)
            text = answer.content.decode()
            assert answer.status_code == 200
            assert "Content-Security-Policy" in answer
            assert not re.search(r"<script(?![^>]*\bsrc=)", text)
            assert not re.search(r"<style|\sstyle=|\son[a-z]+=", text)


def test_nothing_is_written_through_the_registers(stage: Stage, at_desk: Any) -> None:
    story = file_case(stage)
    organisation = Organisation.objects.filter(platform="courtplatform").first()
    assert organisation is not None
    before = {model: list(model.objects.order_by("pk").values()) for model in (Organisation, Mediator, Listing, Court)}

    for who in ("clerk", "judge", "leader", "spc", "operator"):
        browser = at_desk(who)
        for route in ("", "add/", f"{organisation.pk}/change/", f"{organisation.pk}/delete/"):
            answer = browser.post(
                f"{BASE}roster/organisation/{route}",
                {"name": "改名", "action": "delete_selected", "_selected_action": [organisation.pk], "post": "yes"},
            )
            assert answer.status_code in (200, 302, 403)
        for route in ("cases/", f"cases/{story.ref}/", "rules/", ""):
            answer = browser.post(BASE + route, {"state": "CLOSED"})
            assert answer.status_code in (200, 302, 403, 405)

    assert {model: list(model.objects.order_by("pk").values()) for model in before} == before
    assert Case.objects.get(platform="courtplatform", ref=story.ref).entries == 1
    assert not any(
        admin.has_add_permission(None) or admin.has_change_permission(None) or admin.has_delete_permission(None)
        for admin in site._registry.values()
    )


def test_an_operator_loads_a_year_by_form_or_file_and_every_change_is_journaled(stage: Stage, at_desk: Any) -> None:
    url, browser = f"{BASE}calendar/", at_desk("operator")

    wrong = browser.post(url, {"text": "notice,甲\n2027-13-01,REST"})
    neither = browser.post(url, {})
    clerk = at_desk("clerk").post(url, {"text": YEAR})
    none_yet = CalendarYear.objects.count()
    loaded = browser.post(url, {"file": SimpleUploadedFile("2027.csv", YEAR.encode("utf-8-sig"))})

    assert wrong.status_code == neither.status_code == 400
    assert "第2行：日期“2027-13-01”无效" in wrong.content.decode()
    assert clerk.status_code == 403
    assert none_yet == 0
    assert loaded.status_code == 302
    assert CalendarYear.objects.get().notice == "国办发明电〔2026〕7号"
    for platform in ("courtplatform", "investornet"):
        noted = LocalEntry.objects.get(platform=platform, chain="", kind="calendar.load.v1")
        assert noted.facts["year"] == 2027


def test_loading_a_year_recomputes_what_was_provisionally_due(stage: Stage, at_desk: Any, tmp_path: Any) -> None:
    story = file_case(stage)
    case = Case.objects.get(platform="courtplatform", ref=story.ref)
    filed = day(0).replace(year=2026, month=12, day=30)
    late = Case(platform="courtplatform")
    a, b = party("0" * 8 + str(story.ref)[8:], "APPLICANT"), party("1" * 8 + str(story.ref)[8:], "RESPONDENT")
    moves.perform(
        late,
        "file",
        by=Actor(Role.PARTY, a["ref"], "", "courtplatform"),
        at=filed,
        facts={
            "track": "DELEGATED", "court": "沪74", "cause": "FUND", "source": "ONLINE_COURT", "parties": [a, b],
            "agents": [], "consents": ["MEDIATION", "ONLINE", "SENSITIVE_DATA", "DATA_SHARING"],
        },
        enclosures=[
            moves.Enclosed(EnclosureKind.PARTY, {"name": "甲"}, about=a["ref"]),
            moves.Enclosed(EnclosureKind.PARTY, {"name": "乙"}, about=b["ref"]),
            moves.Enclosed(EnclosureKind.NARRATIVE, {"text": "基金"}),
        ],
    )  # fmt: skip
    file = tmp_path / "2027.csv"
    file.write_text(YEAR, encoding="utf-8")

    call_command("load_calendar", str(file))

    late.refresh_from_db()
    assert late.events.get(number=late.entries).kind == "case.reckon.v1"
    assert not late.sheet["clocks"]["DESIGNATE"]["provisional"]
    assert case.entries == 1
    file.write_text("乱写", encoding="utf-8")
    with pytest.raises(CommandError, match="第1行"):
        call_command("load_calendar", str(file))


def test_a_token_is_shown_once_and_can_be_revoked(stage: Stage, at_desk: Any) -> None:
    url, browser = f"{BASE}tokens/", at_desk("operator")

    wrong = browser.post(url, {"account": "clerk", "name": "甲", "scopes": ["cases:read"]})
    issued = browser.post(url, {"account": "integrator", "name": "办案系统", "scopes": ["cases:read"]}).content.decode()
    client = Client.objects.get()
    shown_again = browser.get(url).content.decode()
    browser.post(f"{url}{client.pk}/revoke/")

    plain = re.search(r'desk-code"><code>([^<]+)</code>', issued)
    assert wrong.status_code == 400
    assert plain
    assert plain[1] not in shown_again
    client.refresh_from_db()
    assert client.revoked_at is not None
    assert set(LocalEntry.objects.filter(chain="").values_list("kind", flat=True)) >= {"token.issue", "token.revoke"}


def filing(**changed: Any) -> dict[str, Any]:
    """Return a filled-in filing form."""
    answers = {
        "key": "11111111-1111-4111-8111-111111111111",
        "track": "DELEGATED",
        "cause": "MISSTATEMENT",
        "source": "COURT_GUIDED",
        "amount": "1.2万元",
        "narrative": "虚假陈述。",
        "consents": ["MEDIATION", "ONLINE", "SENSITIVE_DATA", "DATA_SHARING"],
        "party-TOTAL_FORMS": "2",
        "party-INITIAL_FORMS": "0",
    }
    for place, (side, kind, name, id_kind, number, phone, investor) in enumerate(
        (
            ("APPLICANT", "NATURAL", "张晓慧", "RESIDENT", ZHANG, "13800000001", "ORDINARY"),
            ("RESPONDENT", "COMPANY", "华信股份有限公司", "CREDIT_CODE", "", "", "NONE"),
        )
    ):
        answers |= {
            f"party-{place}-side": side,
            f"party-{place}-kind": kind,
            f"party-{place}-name": name,
            f"party-{place}-identity_kind": id_kind,
            f"party-{place}-identity_number": number,
            f"party-{place}-phone": phone,
            f"party-{place}-investor": investor,
            f"party-{place}-institution": "NONE",
        }
    return answers | changed


def test_a_clerk_files_for_a_party_and_opens_an_entrusted_case(stage: Stage, at_desk: Any) -> None:
    browser = at_desk("clerk")

    before_docketing = browser.post(f"{BASE}file/", filing())
    number = {"track": "ENTRUSTED", "number": "(2024)沪74民初12号", "procedure": "SUMMARY"}
    entrusted = browser.post(f"{BASE}file/", filing(key="22222222-2222-4222-8222-222222222222", **number))
    again = browser.post(f"{BASE}file/", filing())

    assert before_docketing.status_code == entrusted.status_code == again.status_code == 302
    assert again["Location"] == before_docketing["Location"]
    first, second = Case.objects.order_by("pk")
    assert (first.track, first.amount, first.court) == ("DELEGATED", 1_200_000, "沪74")
    assert (second.track, second.number, second.sheet["procedure"]) == ("ENTRUSTED", "（2024）沪74民初12号", "SUMMARY")
    assert Party.objects.filter(case=first, name="张晓慧", side="APPLICANT").exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"party-0-identity_number": "310101197801010004"}, "身份"),
        ({"party-0-phone": ""}, "申请人的这一项不能为空"),
        ({"party-0-side": "RESPONDENT"}, "申请人和被申请人都应当至少有一名"),
        ({"number": "（2024）沪74民初12号"}, "立案前委派的案件不填这一项"),
        ({"track": "ENTRUSTED"}, "立案后委托的案件应当填写这一项"),
        ({"consents": ["MEDIATION"]}, "请逐项征得申请人同意"),
        ({"amount": "很多"}, "金额"),
        ({"cause": "NOTHING"}, "NOTHING"),
        ({"party-TOTAL_FORMS": "x"}, "提交的内容不完整"),
    ],
)
def test_a_wrong_filing_is_named_and_nothing_is_written(
    wrong: dict[str, Any], said: str, stage: Stage, at_desk: Any
) -> None:
    answer = at_desk("clerk").post(f"{BASE}file/", filing(**wrong))

    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert Case.objects.count() == 0


def test_a_filing_says_when_a_field_is_needed_and_names_on_top_whatever_is_wrong(stage: Stage, at_desk: Any) -> None:
    browser = at_desk("clerk")

    blank = browser.get(f"{BASE}file/").content.decode()
    wrong = {"track": "ENTRUSTED", "party-0-phone": "", "party-1-name": ""}
    refused = browser.post(f"{BASE}file/", filing(**wrong)).content.decode()
    broken = browser.post(f"{BASE}file/", filing(**{"party-TOTAL_FORMS": "x"})).content.decode()

    for label, said in (("民初案号", "立案后委托的必填"), ("审理程序", "立案后委托的必填"), ("证件号码", "申请人必填"),
                        ("联系电话", "申请人必填"), ("请求金额", "选填"), ("送达地址", "选填")):  # fmt: skip
        assert re.search(rf'{label} <span class="optional">（{said}）</span>', blank)
    summary = refused.partition('class="error-summary"')[2].partition("</div>")[0]
    assert re.findall(r'<li><a href="#([^"]+)">', summary) == [
        "id_number", "id_procedure", "id_party-0-phone", "id_party-1-name"
    ]  # fmt: skip
    assert "第1名当事人，联系电话：申请人的这一项不能为空。" in summary
    assert "提交的内容不完整" in broken.partition('class="error-summary"')[2].partition("</div>")[0]
    assert "error-summary" not in browser.post(f"{BASE}file/", filing(add="1", **wrong)).content.decode()


def test_another_party_can_be_added_to_a_filing_without_losing_answers(stage: Stage, at_desk: Any) -> None:
    answer = at_desk("clerk").post(f"{BASE}file/", filing(add="1"))

    text = answer.content.decode()
    assert answer.status_code == 200
    assert "第 3 名当事人" in text
    assert 'value="张晓慧"' in text
    assert Case.objects.count() == 0


def test_the_operators_desk_raises_an_alarm_after_a_minute_and_can_try_again(stage: Stage, at_desk: Any) -> None:
    browser = at_desk("operator")
    quiet = browser.get(f"{BASE}exchange/").content.decode()
    story = walk(file_case(stage), "DELEGATED")
    delivery = Delivery.objects.filter(platform="courtplatform").last()
    assert delivery is not None
    Delivery.objects.filter(pk=delivery.pk).update(
        state=Delivery.WAITING, since=day(9) - timedelta(seconds=61), attempts=3, next_at=day(30), why=XSS
    )

    with CaptureQueriesContext(connection) as queries:
        loud = browser.get(f"{BASE}exchange/").content.decode()
    again = browser.post(f"{BASE}exchange/again/")
    compared = browser.post(f"{BASE}exchange/reconcile/")

    assert "对接正常" in quiet
    assert "需要处理" in loud
    assert str(story.ref) in loud
    assert "<script>alert" not in loud
    assert len(queries) <= 12
    delivery.refresh_from_db()
    assert delivery.next_at <= day(9)
    assert again.status_code == compared.status_code == 302
    assert browser.get(f"{BASE}exchange/again/").status_code == 405
    assert at_desk("clerk").post(f"{BASE}exchange/again/").status_code == 403
    assert re.search(r'queue=undelivered"><b>\d', at_desk("clerk").get(BASE).content.decode())


def test_an_operator_lets_a_frozen_case_go_on_and_a_clerk_cannot(stage: Stage, at_desk: Any) -> None:
    story = walk(file_case(stage), "DELEGATED")
    case = Case.objects.get(platform="courtplatform", ref=story.ref)
    moves.freeze(case, "对方未接收第 4 条流水")
    Delivery.objects.filter(case=case, number=4).update(state=Delivery.PARKED, next_at=day(30))
    button = f"{BASE}exchange/thaw/{story.ref}/"
    browser = at_desk("operator")

    refused = at_desk("clerk").post(button)
    still = Case.objects.get(pk=case.pk).frozen
    shown = browser.get(f"{BASE}exchange/").content.decode()
    done = browser.post(button, follow=True).content.decode()
    twice = browser.post(button, follow=True).content.decode()

    case.refresh_from_db()
    delivery = Delivery.objects.get(case=case, number=4)
    assert refused.status_code == 403
    assert still
    assert f'action="{button}"' in shown
    assert "已解除冻结，1条" in done
    assert "该案没有冻结" in twice
    assert (case.frozen, delivery.state) == ("", Delivery.WAITING)
    assert delivery.next_at <= day(9)
    assert LocalEntry.objects.filter(chain=str(story.ref), kind="exchange.thaw").count() == 1
    assert browser.get(button).status_code == 405
    assert browser.post(f"{BASE}exchange/thaw/00000000-0000-4000-8000-000000000000/").status_code == 404


def test_the_desk_speaks_english_when_asked(stage: Stage, at_desk: Any) -> None:
    browser = at_desk("clerk")

    answer = browser.post("/i18n/setlang/", {"language": "en", "next": BASE})

    assert answer["Location"] == BASE
    assert 'lang="en"' in browser.get(BASE).content.decode()[:400]
