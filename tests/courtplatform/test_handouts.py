"""Lists as they leave the desk, on paper and as workbooks; and one click that sends on a case that came back."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mediation import rosters
from mediation.adminkit import handouts
from mediation.models import Case, CaseEvent, LocalEntry, OutgoingMessage
from mediation.moves import Enclosed
from mediation.vocabulary import EnclosureKind, State
from roster import tokens
from roster.models import Listing, Organisation
from tests.courtplatform.desk import BASE
from tests.courtplatform.test_entrants import ABOVE, ENTRANTS, HERE, complained, other, pushed
from tests.courtplatform.test_lists import FORMULA, rows
from tests.papers.reading import words
from tests.roster.people import COURT, NET, People
from tests.windows.stage import Stage, account, day, file_case

SENT_BACK = f"{BASE}cases/?queue=sent-back"


@pytest.fixture
def people(stage: Stage) -> People:
    """The roster's people, with the keys this deployment writes with."""
    return People(hands={code: rosters.hand(code) for code in (COURT, NET)}, at=day(1))


def pages(browser: Any, address: str) -> tuple[str, list[tuple[Any, ...]], str]:
    """Return a list's page, and what its two links lead to: the workbook's rows and the page for printing."""
    shown = browser.get(address).content.decode()
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+form=(?:xlsx|print)[^"]*)"', shown)]
    book, paper = (browser.get(link) for link in links)
    assert (book.status_code, paper.status_code) == (200, 200), address
    return shown, rows(book), paper.content.decode()


def test_every_list_of_the_roster_desk_is_handed_out_as_it_is_filtered(people: People, at_desk: Any) -> None:
    pushed(people, people.organisation())
    entered = people.organisation(**other(0))
    people.entered(entered, HERE)
    complained(people, entered)
    above = Organisation.objects.create(platform=COURT, name="第1调解中心", kind="INDUSTRY", unit="ISC")
    Listing.objects.create(
        platform=COURT, court=ABOVE, organisation=above.ref, status="LISTED", listed_on=day(0).date(), since=day(1)
    )
    Organisation.objects.filter(platform=COURT, name="第0调解中心").update(name=FORMULA)
    Listing.objects.filter(court=HERE, status="LISTED").update(expires_on="2024-05-20")
    clerk, spc = at_desk("clerk"), at_desk("spc")
    expected = {
        ENTRANTS: "浦江证券纠纷调解中心",
        f"{ENTRANTS}roster/": FORMULA,
        f"{ENTRANTS}roster/?status=soon": FORMULA,
        f"{ENTRANTS}adoption/": "第1调解中心",
        f"{ENTRANTS}complaints/?state=FILED": FORMULA,
    }

    for address, name in expected.items():
        _shown, book, paper = pages(clerk, address)
        assert name in [row[0] for row in book], address
        assert name.replace('"', "&quot;") in paper, address
        assert "desk-filter" not in paper

    for empty in (
        f"{ENTRANTS}?kind=mediator",
        f"{ENTRANTS}complaints/?state=UPHELD",
        f"{ENTRANTS}cases/",
        f"{BASE}bulk/",
    ):
        assert pages(clerk, empty)[1] == []
    assert pages(spc, f"{BASE}recognitions/")[1] == []
    assert pages(at_desk("other_clerk"), ENTRANTS)[1] == []
    assert clerk.get(f"{BASE}recognitions/?form=xlsx").status_code == 403
    assert clerk.get(f"{ENTRANTS}?form=junk").status_code == 200
    taken = LocalEntry.objects.filter(kind="export.v1", facts__list="entrants_roster")
    assert {entry.facts["form"] for entry in taken} == {"xlsx", "print"}


def test_the_lists_of_those_who_run_the_platform_are_handed_out_one_by_one(stage: Stage, at_desk: Any) -> None:
    story, operator = file_case(stage), at_desk("operator")
    case = Case.objects.get(platform=COURT, ref=story.ref)
    sent = {"platform": COURT, "case": case, "errand": "LINK", "address": "13800000001", "text": "保密"}
    for number, state in enumerate(("WAITING", "WAITING", "PARKED")):
        made = OutgoingMessage.objects.create(**sent, written_at=day(number), next_at=day(number + 1), state=state)
        for hour in (1, 2):
            at = day(number) + timedelta(hours=hour)
            made.tries.create(gateway="http", at=at, outcome="FAILED", why=f"第{hour}次")
    Case.objects.filter(pk=case.pk).update(frozen="两边记录不一致")
    clerk = account("clerk.of.programmes", "对接")
    tokens.register(clerk, "办案系统", platform=COURT, grants=[tokens.MACHINE], scopes=[], by=clerk, at=day(0))

    with CaptureQueriesContext(connection) as few:
        shown = operator.get(f"{BASE}messages/").content.decode()
    stuck = rows(operator.get(f"{BASE}messages/?list=stuck&form=xlsx"))
    waiting = operator.get(f"{BASE}messages/?list=waiting&form=print").content.decode()
    frozen = rows(operator.get(f"{BASE}exchange/?list=frozen&form=xlsx"))
    (programme,) = rows(operator.get(f"{BASE}clients/?form=xlsx"))

    assert len(few) <= 12
    assert all(f"list={name}&amp;form={form}" in shown for name in ("stuck", "waiting") for form in ("xlsx", "print"))
    assert [(row[2], row[6]) for row in stuck] == [("多次失败，已搁置", "http：第2次")]
    assert waiting.count("http：第2次") == 2
    assert [(row[2], row[6]) for row in frozen] == [(str(case.ref), "两边记录不一致")]
    assert programme[0] == "办案系统"
    assert not any(said in str(stuck) + waiting + shown for said in ("保密", "13800000001"))
    assert at_desk("clerk").get(f"{BASE}messages/?list=stuck&form=xlsx").status_code == 403
    assert at_desk("clerk").get(f"{BASE}exchange/?list=frozen&form=xlsx").status_code == 403
    assert operator.get(f"{BASE}exchange/?list=nothing&form=xlsx")["Content-Type"].startswith("text/html")


def test_a_printed_list_says_that_it_was_cut_off_and_costs_no_more_the_longer_it_is(
    stage: Stage, at_desk: Any, monkeypatch: Any
) -> None:
    browser, asked = at_desk("clerk"), []
    Organisation.objects.update(capacity=10**6)

    for more in (2, 20):
        for _number in range(more):
            file_case(stage)
        with CaptureQueriesContext(connection) as queries:
            whole = browser.get(f"{BASE}cases/export/?form=print").content.decode()
        asked.append(len(queries))
    monkeypatch.setattr(handouts, "MOST_PRINTED", 3)
    cut = browser.get(f"{BASE}cases/export/?form=print").content.decode()

    assert asked[0] == asked[1]
    assert whole.count("张晓慧 与 华信股份有限公司") == 22
    assert cut.count("张晓慧 与 华信股份有限公司") == 3
    assert "符合条件的超过3条，只列出前3条" in cut
    assert f'href="{BASE}cases/?' in cut


def test_a_case_that_came_back_goes_to_the_organisation_its_row_names_with_one_click(
    stage: Stage, at_desk: Any
) -> None:
    story = file_case(stage)
    story.act(COURT, "consult", story.clerk, day(0), channel="SMS")
    story.act(
        COURT,
        "consent",
        story.party(story.huaxin, COURT),
        day(0),
        party=story.huaxin,
        stage="MEDIATION",
        channel="ONLINE",
    )
    story.act(COURT, "delegate", story.clerk, day(1), organisation=str(stage.organisation), left_to_court=True)
    story.wire(day(1))
    story.act(
        NET,
        "decline",
        story.org,
        day(1),
        enclosures=[Enclosed(EnclosureKind.REASON, {"text": "超出章程范围"})],
        ground="OUTSIDE_SCOPE",
    )
    story.wire(day(1))
    clerk = at_desk("clerk")

    shown = clerk.get(SENT_BACK).content.decode()
    judges = at_desk("judge").get(SENT_BACK).content.decode()
    form = re.search(rf'<form id="reassign-{story.ref}".*?</form>', shown, re.DOTALL)
    assert form is not None
    stated = dict(re.findall(r'name="([a-z_]+)" value="([^"]*)"', form[0]))
    page = f"{BASE}cases/{story.ref}/reassign/"
    overtaken = clerk.post(page, stated | {"seen": "1"}, follow=True)
    before = story.case(COURT).state
    done = clerk.post(page, stated, follow=True)
    again = clerk.post(page, stated, follow=True)

    assert f'form="reassign-{story.ref}">改派给另一调解中心</button>' in shown
    assert not {"left_to_court", "reason_confirmed"} & stated.keys()
    assert "另选调解组织" in shown
    assert "改派给" not in judges
    assert before == State.READY
    assert "先办理了该案" in overtaken.content.decode()
    assert "已改派给另一调解中心" in done.content.decode()
    assert "重新指派通知书" in done.content.decode()
    assert again.status_code in (200, 409)
    last = CaseEvent.objects.filter(case=story.case(COURT), kind="case.delegate.v1").latest("number")
    assert (last.facts["organisation"], last.facts.get("left_to_court", False)) == (stated["organisation"], False)
    letter = words(clerk.get(f"{BASE}cases/{story.ref}/papers/DELEGATION/").content)
    assert "前次委派、委托的组织没有承办，由本院另行指定" in letter
    assert "交由本院指定" not in letter
    case = story.case(COURT)
    assert (case.state, case.organisation) == (State.DELEGATED, str(stage.other_organisation))
    assert CaseEvent.objects.filter(case=case, kind="case.delegate.v1").count() == 2
