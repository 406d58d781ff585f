"""A court keeps its roster at the desk: confirming, refusing, suspending, asking, complaints, joint recognition."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mediation import files, rosters
from mediation.models import Request
from mediation.vocabulary import Role
from roster import moves
from roster.models import Complaint, ComplaintText, Listing, Organisation, Recognition
from roster.world import other_files
from tests.courtplatform.desk import BASE
from tests.roster.people import COURT, NET, People
from tests.windows.stage import XSS, Stage, account, day, file_case, post, walk

HERE, ABOVE = "沪74", "沪"
ENTRANTS = f"{BASE}entrants/"


@pytest.fixture
def people(stage: Stage) -> People:
    """The roster's people, with the keys this deployment writes with."""
    return People(hands={code: rosters.hand(code) for code in (COURT, NET)}, at=day(1))


def pushed(people: People, file: Any, court: str = HERE) -> Listing:
    people.go(file, "push", people.bureau if file.aggregate == "organisation" else people.unit, courts=[court])
    people.carry()
    return people.listing(file, court)


def page_of(entry: Listing) -> str:
    return f"{ENTRANTS}{entry.ref}/"


def other(number: int) -> dict[str, str]:
    """Return what makes another organisation of the same facts."""
    codes = ("52110102MJ0000026R", "52440300MJL163788G")
    return {"name": f"第{number}调解中心", "credit_code": codes[number]}


def test_a_clerk_sees_file_and_conditions_confirms_and_the_other_side_hears_of_it(people: People, at_desk: Any) -> None:
    entry = pushed(people, people.organisation())
    browser = at_desk("clerk")
    listed = browser.get(ENTRANTS).content.decode()
    shown = browser.get(page_of(entry)).content.decode()

    answer = browser.post(page_of(entry), {"move": "confirm", "seen": entry.entries, "expires_on": "2026-05-31"})

    entry.refresh_from_db()
    assert "浦江证券纠纷调解中心" in listed
    assert "依法成立并有有效的统一社会信用代码" in shown
    assert "特邀调解的规定" in shown
    assert "首次送到本院" in shown
    assert answer.status_code == 302
    assert (entry.status, str(entry.expires_on), bool(entry.verification_code)) == ("LISTED", "2026-05-31", True)
    people.carry()
    assert people.listing(people_file(entry), HERE, NET).status == "LISTED"


def people_file(entry: Listing) -> Any:
    return Organisation.objects.get(platform=NET, ref=entry.organisation)


def test_a_refusal_names_a_condition_that_is_really_unmet(people: People, at_desk: Any) -> None:
    sound = pushed(people, people.organisation())
    organisation = people.organisation(**other(0), scope="", expertise="")
    wanting = pushed(people, organisation)
    browser = at_desk("clerk")

    owed = browser.post(page_of(sound), {"move": "refuse", "condition": "ESTABLISHED", "seen": sound.entries})
    wrong = browser.post(page_of(wanting), {"move": "refuse", "condition": "LICENSED", "seen": wanting.entries})
    barred = browser.post(page_of(wanting), {"move": "confirm", "seen": wanting.entries})
    right = browser.post(
        page_of(wanting), {"move": "refuse", "condition": "PUBLISHABLE", "reason": XSS, "seen": wanting.entries}
    )

    sound.refresh_from_db()
    wanting.refresh_from_db()
    assert [one.status_code for one in (owed, wrong, barred, right)] == [400, 400, 400, 302]
    assert "不得拒绝" in owed.content.decode()
    assert (sound.status, wanting.status, wanting.condition) == ("PUSHED", "REFUSED", "PUBLISHABLE")
    assert XSS not in browser.get(page_of(wanting)).content.decode()


def test_a_corrected_push_shows_what_has_changed_since_the_last(people: People, at_desk: Any) -> None:
    organisation = people.organisation()
    entry = pushed(people, organisation)
    people.go(entry, "confirm", people.clerk(HERE))
    people.go(organisation, "edit", people.administrator(organisation.ref), changes={"phone": "021-88889999"})
    people.go(organisation, "submit", people.administrator(organisation.ref))
    people.go(organisation, "approve", people.unit)
    people.carry()

    shown = at_desk("clerk").get(page_of(entry)).content.decode()

    assert "以来的变化" in shown
    assert "<ins>021-88889999</ins>" in shown


def test_many_are_confirmed_at_once_after_a_preview_and_those_that_cannot_be_are_listed(
    people: People, at_desk: Any
) -> None:
    good = pushed(people, people.organisation())
    bad = pushed(people, people.organisation(**other(0), scope="", expertise=""))
    browser = at_desk("clerk")
    asked = {"entry": [str(good.ref), str(bad.ref)], "do": "confirm", "judged": "1", "expires_on": "2027-01-01"}

    preview = browser.get(f"{ENTRANTS}batch/", asked)
    nothing = browser.get(f"{ENTRANTS}batch/", asked | {"entry": [str(bad.ref)]}).content.decode()
    untouched = set(Listing.objects.filter(pk__in=[good.pk, bad.pk]).values_list("status", flat=True))
    done = browser.post(f"{ENTRANTS}batch/", asked)

    good.refresh_from_db()
    bad.refresh_from_db()
    assert "办理 1 个" in preview.content.decode()
    assert "办理 0 个" not in nothing
    assert "没有可以办理的。" in nothing
    assert untouched == {"PUSHED"}
    assert "未能办理" in done.content.decode()
    assert (good.status, bad.status) == ("LISTED", "PUSHED")


def test_a_batch_refuses_only_those_who_miss_the_named_condition(people: People, at_desk: Any) -> None:
    good = pushed(people, people.organisation())
    bad = pushed(people, people.organisation(**other(0), scope="", expertise=""))

    at_desk("leader").post(
        f"{ENTRANTS}batch/",
        {"entry": [str(good.ref), str(bad.ref)], "do": "refuse", "judged": "1", "condition": "PUBLISHABLE"},
    )

    good.refresh_from_db()
    bad.refresh_from_db()
    assert (good.status, bad.status) == ("PUSHED", "REFUSED")


@pytest.mark.parametrize("entry", [["x"], ["00000000-0000-4000-8000-000000000000"], []])
def test_a_batch_of_nothing_leads_back(at_desk: Any, entry: list[str]) -> None:
    answer = at_desk("clerk").post(f"{ENTRANTS}batch/", {"entry": entry, "do": "confirm", "judged": "1"})

    assert (answer.status_code, answer.url) == (302, ENTRANTS)


def test_another_courts_entry_does_not_exist_and_others_have_no_part(people: People, at_desk: Any) -> None:
    entry = pushed(people, people.organisation())

    answers = {
        who: (at_desk(who).get(page_of(entry)).status_code, at_desk(who).post(page_of(entry)).status_code)
        for who in ("other_clerk", "judge", "spc", "operator", "zhang")
    }
    moved = at_desk("other_clerk").post(f"{ENTRANTS}batch/", {"entry": [str(entry.ref)], "judged": "1"})

    entry.refresh_from_db()
    assert answers.pop("other_clerk") == (404, 404)
    assert set(answers.values()) == {(403, 403)}
    assert moved.status_code == 302
    assert entry.status == "PUSHED"


def test_suspend_resume_renew_and_no_removal_without_an_upheld_complaint(people: People, at_desk: Any) -> None:
    entry = pushed(people, people.organisation())
    browser = at_desk("clerk")
    seen = []

    def act(**stated: Any) -> int:
        entry.refresh_from_db()
        answer = browser.post(page_of(entry), {"seen": entry.entries, **stated})
        entry.refresh_from_db()
        seen.append((stated["move"], answer.status_code, entry.status))
        return int(answer.status_code)

    act(move="confirm", expires_on="2024-06-01")
    act(move="suspend", ground="UNDER_REVIEW")
    act(move="resume")
    act(move="renew", expires_on="2026-06-01")
    act(move="remove", complaint="00000000-0000-4000-8000-000000000000")

    assert seen == [
        ("confirm", 302, "LISTED"),
        ("suspend", 302, "SUSPENDED"),
        ("resume", 302, "LISTED"),
        ("renew", 302, "LISTED"),
        ("remove", 400, "LISTED"),
    ]
    assert "先在“投诉”中作出处理" in browser.get(page_of(entry)).content.decode()


def test_what_waits_is_narrowed_by_batch_kind_and_source(people: People, at_desk: Any) -> None:
    organisation = people.organisation()
    batch, _outcomes = moves.push_batch([organisation], [HERE], by=people.bureau, at=people.at, hand=people.hands[NET])
    people.carry()
    pushed(people, people.organisation(**other(0)))
    browser = at_desk("clerk")

    shown = {
        query: [row["entrant"].name for row in browser.get(f"{ENTRANTS}?{query}").context["rows"]]
        for query in (f"batch={batch}", "kind=mediator", "source=RECOGNISED", "source=PUSHED&kind=organisation")
    }

    assert list(shown.values()) == [
        ["浦江证券纠纷调解中心"],
        [],
        [],
        ["浦江证券纠纷调解中心", "第0调解中心"],
    ]


def test_an_old_page_does_not_overtake_a_colleague(people: People, at_desk: Any) -> None:
    entry = pushed(people, people.organisation())
    old = entry.entries
    people.go(entry, "confirm", people.clerk(HERE))

    late = at_desk("clerk").post(page_of(entry), {"move": "suspend", "ground": "OTHER", "seen": old})

    entry.refresh_from_db()
    assert late.status_code == 400
    assert "其他人已经先办理了" in late.content.decode()
    assert entry.status == "LISTED"


def test_expiring_and_pending_entries_are_counted_on_the_first_page(people: People, at_desk: Any) -> None:
    pushed(people, people.organisation(**other(0)))
    entry = pushed(people, people.organisation())
    people.go(entry, "confirm", people.clerk(HERE), expires_on="2024-06-15")

    first = at_desk("clerk").get(BASE)
    soon = at_desk("clerk").get(f"{ENTRANTS}roster/?status=soon").content.decode()

    tiles = {tile["label"]: tile["value"] for group in first.context["groups"] for tile in group["tiles"]}
    assert (tiles["名册待确认"], tiles["名册即将期满"]) == ("1", "1")
    assert "浦江证券纠纷调解中心" in soon
    assert "即将期满" in soon


def test_a_lower_court_asks_an_entrant_of_a_higher_one_and_lists_it_once_it_agrees(
    people: People, at_desk: Any
) -> None:
    organisation = people.organisation()
    source = people.entered(organisation, ABOVE)
    browser = at_desk("clerk")
    offered = browser.get(f"{ENTRANTS}adoption/").content.decode()

    browser.post(f"{ENTRANTS}adoption/", {"entry": [str(source.ref)], "court": HERE, "expires_on": "2027-01-01"})
    asked = people.listing(organisation, HERE).status
    people.carry()
    people.go(organisation, "answer_adoption", people.administrator(organisation.ref), court=HERE, agreed=True)
    people.carry()

    assert "浦江证券纠纷调解中心" in offered
    assert asked == "ASKED"
    entry = people.listing(organisation, HERE)
    assert (entry.status, str(entry.expires_on)) == ("LISTED", "2027-01-01")


def test_nobody_is_adopted_from_a_court_that_is_not_above(people: People, at_desk: Any) -> None:
    source = people.entered(people.organisation(), "京74")

    at_desk("clerk").post(f"{ENTRANTS}adoption/", {"entry": [str(source.ref)], "court": HERE})

    assert not Listing.objects.filter(platform=COURT, court=HERE, organisation=source.organisation).exists()


def complained(people: People, file: Any, **facts: Any) -> Complaint:
    people.go(
        new := rosters.moves.new("complaint", COURT),
        "file",
        people.party,
        text="强迫我签字，不签不让走。",
        **{"court": HERE, file.aggregate: str(file.ref), "ground": "FORCING", **facts},
    )
    return Complaint.objects.get(pk=new.pk)


def test_an_upheld_complaint_with_removal_strikes_off_and_is_told_to_the_unit_without_its_text(
    people: People, at_desk: Any
) -> None:
    organisation = people.organisation()
    entry = people.entered(organisation, HERE)
    row = complained(people, organisation)
    page = f"{ENTRANTS}complaints/{row.ref}/"
    browser = at_desk("clerk")
    shown = browser.get(page).content.decode()

    half = browser.post(page, {"upheld": "yes", "text": "查证属实。", "seen": row.entries})
    done = browser.post(page, {"upheld": "yes", "consequence": "REMOVAL", "text": "查证属实。", "seen": row.entries})
    people.carry()

    entry.refresh_from_db()
    told = Complaint.objects.get(platform=NET, ref=row.ref)
    assert "强迫我签字" in shown
    assert (half.status_code, done.status_code, entry.status) == (400, 302, "REMOVED")
    assert (told.state, told.consequence) == ("UPHELD", "REMOVAL")
    assert not ComplaintText.objects.filter(complaint=told).exists()


def test_who_was_struck_off_does_not_come_back_through_another_organisation(people: People, at_desk: Any) -> None:
    homes = [people.organisation(), people.organisation(**other(0))]
    first, second = (people.mediator(one, licence_number="沪调001") for one in homes)
    for file in (*homes, first):
        people.entered(file, HERE)
    row, browser = complained(people, first), at_desk("clerk")
    stated = {"upheld": "yes", "consequence": "REMOVAL", "text": "查证属实。", "seen": row.entries}
    browser.post(f"{ENTRANTS}complaints/{row.ref}/", stated)
    people.carry()
    entry = pushed(people, second)
    shown = browser.get(page_of(entry)).content.decode()
    listed = browser.get(f"{ENTRANTS}?form=print").content.decode()

    confirmed = browser.post(page_of(entry), {"move": "confirm", "seen": entry.entries})
    refused = browser.post(page_of(entry), {"move": "refuse", "seen": entry.entries, "condition": "GOOD_STANDING"})

    entry.refresh_from_db()
    assert "姓名和证书编号相同的其他档案" in shown
    assert "浦江证券纠纷调解中心 · 已核实" in shown
    assert "经查属实的投诉已决定除名" in shown
    assert "没有因投诉属实被除名" in listed
    assert (confirmed.status_code, refused.status_code) == (400, 302)
    assert (entry.status, entry.condition) == ("REFUSED", "GOOD_STANDING")
    again = Organisation.objects.create(platform=COURT, name="另立的中心", credit_code=homes[0].credit_code)
    assert [one.name for one in other_files([again])[again.ref]] == [homes[0].name]


def test_supervisors_read_on_the_other_platform_that_there_was_a_complaint_and_never_what_it_says(
    people: People, at_desk: Any, staff: dict[str, Any]
) -> None:
    organisation = people.organisation()
    people.entered(organisation, HERE)
    complained(people, organisation)
    people.carry()
    staff["unit"] = post(account("unit", "沪证局"), NET, Role.UNIT, unit=people.unit.seat)
    staff["other_unit"] = post(account("unit2", "京证局"), NET, Role.UNIT, unit="CSRC110000")
    page = "/net/admin/complaints/"

    own, foreign = (at_desk(who).get(page).content.decode() for who in ("unit", "other_unit"))

    assert "强迫调解" in own
    assert "强迫我签字" not in own
    assert "浦江证券纠纷调解中心" not in foreign
    assert at_desk("org").get(page).status_code == 403


def test_a_clerk_takes_down_a_complaint_made_on_paper(people: People, at_desk: Any) -> None:
    entry = people.entered(people.organisation(), HERE)
    page = f"{page_of(entry)}complain/"
    facts = {"ground": "PROPERTY", "text": XSS, "key": "00000000-0000-4000-8000-000000000009"}

    opened = at_desk("clerk").get(page).status_code
    filed = at_desk("clerk").post(page, facts)
    shown = at_desk("clerk").get(filed.url).content.decode()

    assert (opened, filed.status_code) == (200, 302)
    assert XSS not in shown
    assert at_desk("leader").get(page).status_code == 404
    assert at_desk("other_clerk").get(page).status_code == 404


def nominated(people: People) -> Recognition:
    organisation = people.organisation()
    ref = "00000000-0000-4000-8000-000000000007"
    people.go(organisation, "nominate", people.bureau, recognition=ref, levels=["SPECIAL"])
    people.carry()
    return Recognition.objects.get(platform=COURT, ref=ref)


def test_both_divisions_approve_and_the_courts_see_the_recognised_arrive(people: People, at_desk: Any) -> None:
    row = nominated(people)
    page = f"{BASE}recognitions/{row.ref}/"
    waits = [at_desk(who).get(BASE).context["groups"][1]["tiles"][0]["value"] for who in ("spc", "civil2")]

    first = at_desk("spc").post(page, {"move": "approve", "seen": row.entries})
    again = at_desk("spc").post(page, {"move": "approve"})
    left = [at_desk(who).get(BASE).context["groups"][1]["tiles"][0]["value"] for who in ("spc", "civil2")]
    at_desk("civil2").post(page, {"move": "approve"})

    shown = at_desk("spc").get(page).content.decode()
    arrived = at_desk("clerk").get(ENTRANTS).content.decode()
    assert (waits, left) == (["1", "1"], ["0", "1"])
    assert (first.status_code, again.status_code) == (302, 400)
    assert "上海金融法院" in shown
    assert "共同认定" in arrived
    assert at_desk("clerk").get(page).status_code == 403


def test_a_nomination_is_declined_with_a_reason(people: People, at_desk: Any) -> None:
    row = nominated(people)
    page = f"{BASE}recognitions/{row.ref}/"

    bare = at_desk("civil2").post(page, {"move": "decline"})
    odd = at_desk("civil2").post(page, {"move": "spread"})
    told = at_desk("civil2").post(page, {"move": "decline", "reason": XSS})

    row.refresh_from_db()
    assert (bare.status_code, odd.status_code, told.status_code, row.state) == (400, 400, 302, "DECLINED")
    assert XSS not in at_desk("spc").get(page).content.decode()


def test_the_open_cases_of_a_suspended_organisation_are_shown_and_taken_back_in_one_click(
    stage: Stage, people: People, at_desk: Any
) -> None:
    people.open_books(COURT)
    story = walk(file_case(stage), "DELEGATED")
    entry = Listing.objects.get(platform=COURT, court=HERE, organisation=stage.organisation)
    page = f"{ENTRANTS}cases/"
    before = at_desk("clerk").get(page).content.decode()
    people.go(entry, "suspend", people.clerk(HERE), ground="UNDER_REVIEW")

    shown = at_desk("clerk").get(page).content.decode()
    foreign = at_desk("other_clerk").post(page, {"case": str(story.ref)}).status_code
    junk = at_desk("clerk").post(page, {"case": "x"}).status_code
    answer = at_desk("clerk").post(page, {"case": str(story.ref)})

    assert "收回并另选" not in before
    assert "收回并另选" in shown
    assert (foreign, junk) == (404, 404)
    assert answer.url == f"{BASE}cases/{story.ref}/"
    assert Request.objects.filter(platform=COURT, case=story.case(COURT), move="recall").count() == 1


def test_the_open_case_of_a_suspended_mediator_is_shown_to_the_court_and_to_the_organisation(
    stage: Stage, people: People, at_desk: Any
) -> None:
    story = walk(file_case(stage), "MEDIATING")
    quiet = at_desk("org").get("/net/inbox/").content.decode()
    for platform in (COURT, NET):
        Listing.objects.create(
            platform=platform, court=HERE, mediator=stage.mediator, status="SUSPENDED", listed_on=day(0).date()
        )

    shown = at_desk("clerk").get(f"{ENTRANTS}cases/").content.decode()
    first = at_desk("clerk").get(BASE)
    told = at_desk("org").get("/net/inbox/").content.decode()

    tiles = {tile["label"]: tile["value"] for group in first.context["groups"] for tile in group["tiles"]}
    assert "王守信（暂停）" in shown
    assert tiles["需要重新安排的案件"] == "1"
    assert "待更换" not in quiet
    assert "待更换" in told
    assert f"/net/cases/{story.ref}/moves/appoint_mediator/" in told


PAGES = ("", "roster/", "adoption/", "complaints/", "cases/")


def test_no_page_asks_more_the_more_there_is(stage: Stage, people: People, at_desk: Any) -> None:
    organisation = people.organisation()
    entry = pushed(people, organisation)
    browser = at_desk("clerk")
    addresses = [*(f"{ENTRANTS}{page}" for page in PAGES), page_of(entry)]

    def asked() -> dict[str, int]:
        found = {}
        for address in addresses:
            browser.get(address)
            with CaptureQueriesContext(connection) as queries:
                browser.get(address)
            found[address] = len(queries)
        return found

    few = asked()
    for number in range(12):
        more = Organisation.objects.create(platform=COURT, name=f"甲{number}", kind="INDUSTRY", unit="ISC")
        for court, status in ((HERE, "PUSHED"), (ABOVE, "LISTED")):
            Listing.objects.create(
                platform=COURT, court=court, organisation=more.ref, status=status, listed_on=day(0).date(), since=day(1)
            )
    many = asked()

    assert many == few
    assert max(many.values()) <= 12, many


@pytest.mark.parametrize("text", [XSS, "%00", "'; --", "\x00", "𠮷" * 100, "＜script＞"])
def test_hostile_words_in_filters_find_nothing_and_break_nothing(people: People, at_desk: Any, text: str) -> None:
    browser = at_desk("clerk")

    answers = [
        browser.get(f"{ENTRANTS}{page}", {"text": text, "after": text, "status": text, "kind": text, "batch": text})
        for page in PAGES
    ]

    assert {answer.status_code for answer in answers} == {200}
    assert not any(XSS in answer.content.decode() for answer in answers)


def test_a_day_before_today_or_far_away_is_told_on_the_form(people: People, at_desk: Any) -> None:
    entry = pushed(people, people.organisation())

    answers = [
        at_desk("clerk").post(page_of(entry), {"move": "confirm", "seen": entry.entries, "expires_on": until})
        for until in ("2024-01-01", "9999-99-99", "x", "0001-01-01")
    ]

    entry.refresh_from_db()
    assert [answer.status_code for answer in answers] == [400] * 4
    assert entry.status == "PUSHED"


def test_a_clerk_sees_a_mediators_photographs_and_no_seal(people: People, at_desk: Any) -> None:
    organisation = people.organisation()
    mediator = people.mediator(organisation)
    old, new, seal = (b"\xff\xd8\xff\xc0\0\x11\x08\0\x10\0\x10\x03" + bytes(9 + size) for size in range(3))
    own = people.administrator(organisation.ref)
    digests = []
    for row, column, content in ((mediator, "photo", old), (organisation, "seal", seal), (mediator, "photo", new)):
        digests.append(hashlib.sha256(content).hexdigest())
        people.go(row, "edit", own, changes={column: digests[-1]})
        people.go(row, "submit", own)
        people.go(row, "approve", people.unit)
        entry = pushed(people, row)
        kept = files.Judged("JPEG", "image/jpeg", len(content), digests[-1], "picture.jpg")
        files.store(COURT, kept, content, people.at)
    browser, body = at_desk("clerk"), people.listing(organisation, HERE)

    page = browser.get(page_of(entry)).content.decode()

    for digest in (digests[0], digests[2]):
        assert f"{page_of(entry)}pictures/{digest}/" in page
        assert browser.get(f"{page_of(entry)}pictures/{digest}/")["Content-Type"] == "image/jpeg"
    for asked in (entry, body):
        assert browser.get(f"{page_of(asked)}pictures/{digests[1]}/").status_code == 404
    assert digests[1] not in browser.get(page_of(body)).content.decode()
