"""Conflicts of interest: what connects whom, how names are compared, and that no unresolved one opens a session."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mediation import conflicts
from mediation.models import Party
from mediation.moves import Enclosed, Refused
from mediation.vocabulary import ConflictKind, EnclosureKind, State
from roster import groups, reference
from roster.groups import body, matches
from roster.models import Account, Mediator, Organisation, Post
from roster.sealed import blind_index
from tests.mediation.stories import COURT, NET, START, Story, World, document, new_ref, walk

K = ConflictKind
ZHANG = "11010519491231002X"


def finding(world: World, story: Story, **file: Any) -> list[tuple[str, ConflictKind, str, bool]]:
    """Look with the mediator's file changed to this; who is said by role."""
    Mediator.objects.filter(platform=NET, ref=world.mediator).update(**file)
    called = {story.applicant: "张三", story.respondent: "华信", world.mediator: "王调解", "": "组织"}
    found = conflicts.find(story.copy(NET), [world.mediator], world.organisation)
    return [(called.get(one.who, one.who), one.kind, called.get(one.what, one.what), one.certain) for one in found]


def known_as(world: World, number: str) -> None:
    """Give the mediator a verified account."""
    account = Account.objects.create_user(
        "wang",
        name="王调解",
        identity_kind="RESIDENT",
        identity_number=number,
        identity_index=blind_index(number),
        identity_verified_at=START,
    )
    Post.objects.create(
        account=account,
        platform=NET,
        role="MEDIATOR",
        organisation=world.organisation,
        mediator=world.mediator,
        valid_from=START,
    )


def with_lawyer(story: Story, world: World, **details: str) -> str:
    """Have a lawyer act for the applicant."""
    agent = new_ref()
    content = {"name": "陈律师", "identity_kind": "RESIDENT", "identity_number": "440301198501010006", **details}
    particulars = Enclosed(EnclosureKind.AGENT, content, about=agent)
    story.go(
        "appoint_agent",
        story.party(story.applicant),
        particulars,
        document("委托书.pdf"),
        party=story.applicant,
        agent=agent,
        power="SPECIAL",
    )
    return agent


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("华信证券股份有限公司", "华信证券股份有限公司", True),
        ("华信证券股份有限公司", " 华信证券（股份）有限公司 ", True),
        ("ＡＢＣ证券有限公司", "abc证券有限公司", True),
        ("华信证券股份有限公司", "华信证券股份有限公司上海浦东营业部", True),
        ("华信证券股份有限公司", "华信证券", False),
        ("华信证券股份有限公司", "华信证券有限责任公司", False),
        ("明理律师事务所（演示）", "明理律所", True),
        ("华信证券股份有限公司", "华新证券股份有限公司", None),
        ("华信证券股份有限公司", "华信期货有限公司", None),
        ("公司", "有限公司", None),
        ("", "", None),
    ],
)
def test_names_of_bodies_are_compared_in_one_form(one: str, other: str, same: bool | None) -> None:
    assert matches(body(one), body(other)) is same
    assert matches(body(other), body(one)) is same


GROUPED: list[tuple[str, str, bool | None]] = [
    ("金穗期货有限公司（演示）", "恒泰达证券股份有限公司（演示）", True),
    ("恒泰达证券股份有限公司", "金穗期货有限公司", True),
    ("金穗期货有限公司", "恒泰达资产管理有限公司", True),
    ("金穗期货", "恒泰达证券股份有限公司", False),
    ("金穗期货有限公司", "信达恒远证券股份有限公司", None),
    ("无名有限公司", "另一有限公司", None),
    ("恒泰达证券股份有限公司", "恒泰达证券股份有限公司", None),
    ("恒泰达证券股份有限公司", "恒泰达控股集团有限公司", True),
    ("金穗期货有限公司", "恒泰达控股集团有限公司", None),
]


def test_groups_are_known_one_step_up_down_or_across(db: None) -> None:
    above = {"company": "恒泰达证券股份有限公司", "parent": "恒泰达控股集团有限公司"}
    groups.load([*reference.rows("affiliates"), above], as_of=START.date(), source="试验")

    known = groups.current()
    for one, other, related in GROUPED:
        assert (one, other, known.joined(body(one), body(other))) == (one, other, related)


MATRIX: dict[str, tuple[dict[str, Any], list[tuple[str, ConflictKind, str, bool]]]] = {
    "nothing": ({"name": "王调解", "employers": ["华夏大学法学院"]}, []),
    "the same name only": ({"name": "张 三"}, [("王调解", K.SELF, "张三", False)]),
    "employed by a party": (
        {"employers": ["华信证券股份有限公司上海分公司"]},
        [("王调解", K.EMPLOYER, "华信", True)],
    ),
    "employed by a body of the same short name": (
        {"employers": ["华信证券"]},
        [("王调解", K.EMPLOYER, "华信", False)],
    ),
    "an employer with the years": (
        {"employment": [{"employer": "华信证券股份有限公司", "from": "2015-01-01"}]},
        [("王调解", K.EMPLOYER, "华信", True)],
    ),
}


@pytest.mark.parametrize("case", MATRIX)
def test_the_file_of_a_mediator_is_compared_with_everybody(world: World, case: str) -> None:
    story = walk(world, State.ACCEPTED)
    file, expected = MATRIX[case]

    assert finding(world, story, **file) == expected


def test_the_same_identity_number_is_certain_and_two_different_ones_outweigh_the_same_name(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    known_as(world, ZHANG)
    same = finding(world, story)
    Account.objects.update(identity_index=blind_index("310101197801010003"))

    other = finding(world, story, name="张三")

    assert same == [("王调解", K.SELF, "张三", True)]
    assert other == []


def test_a_lawyers_firm_and_employer_count_and_an_agent_who_left_does_not(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    agent = with_lawyer(story, world, firm="明理律师事务所")
    before = finding(world, story, employers=["明理律所（退休）"])

    story.go("dismiss_agent", story.party(story.applicant), party=story.applicant, agent=agent)

    assert before == [("王调解", K.LAW_FIRM, agent, True)]
    assert finding(world, story, employers=["明理律所"]) == []


def test_an_organisation_that_is_a_party_is_found_by_its_credit_code_and_by_its_name(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    Organisation.objects.filter(platform=NET, ref=world.organisation).update(name="华信证券股份有限公司")
    by_name = finding(world, story)
    Organisation.objects.filter(platform=NET, ref=world.organisation).update(
        name="别名", credit_code="91310115MJ0001010L"
    )
    person = Party.objects.get(platform=NET, case=story.copy(NET), ref=story.respondent)
    person.identity_kind, person.identity_number = "CREDIT_CODE", "91310115MJ0001010L"
    person.save()

    assert by_name == finding(world, story) == [("组织", K.ORGANISATION, "华信", True)]


def test_a_group_company_of_a_party_is_found(world: World) -> None:
    groups.load_shipped(reference.rows("affiliates"))
    story = walk(world, State.ACCEPTED)
    Party.objects.filter(ref=story.respondent).update(name="恒泰达证券股份有限公司（演示）")

    assert finding(world, story, employers=["金穗期货有限公司（演示）"]) == [("王调解", K.GROUP, "华信", True)]


def test_earlier_cases_are_remembered_and_never_stand_in_the_way(world: World) -> None:
    walk(world, State.MEDIATING)
    story = walk(world, State.ACCEPTED)

    found = conflicts.find(story.copy(NET), [world.mediator], world.organisation)
    story.go("appoint_mediator", world.desk, mediators=[world.mediator], lead=world.mediator)

    assert [(one.kind, one.certain) for one in found] == [(K.EARLIER_CASE, False)]
    assert found[0].since == "2024-03-04"
    assert "conflicts" not in story.case.sheet


def test_who_stood_beside_a_party_in_another_case_is_found_by_number(world: World) -> None:
    known_as(world, "440301198501010006")
    earlier, story = walk(world, State.ACCEPTED), walk(world, State.ACCEPTED)
    with_lawyer(earlier, world)

    assert finding(world, story) == [("王调解", K.EARLIER_ROLE, "张三", True)]


def test_many_mediators_cost_no_more_queries_than_one(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    refs = [new_ref() for _ in range(30)]
    for ref in refs:
        Mediator.objects.create(
            platform=NET, ref=ref, organisation=world.organisation, name="某人", employers=["甲公司"]
        )

    with CaptureQueriesContext(connection) as queries:
        conflicts.find(story.copy(NET), refs, world.organisation)

    assert len(queries) <= 7


def test_a_mediator_who_is_a_party_cannot_be_appointed_whatever_anybody_says(world: World) -> None:
    story = walk(world, State.ACCEPTED)
    known_as(world, ZHANG)

    with pytest.raises(Refused) as refused:
        story.go("appoint_mediator", world.desk, mediators=[world.mediator], lead=world.mediator)

    assert refused.value.code == "fits_no_mediator_conflict"


def appointed(world: World, **file: Any) -> Story:
    """Appoint a mediator with such a file."""
    story = walk(world, State.ACCEPTED)
    Mediator.objects.filter(platform=NET, ref=world.mediator).update(**file)
    story.go("appoint_mediator", world.desk, mediators=[world.mediator], lead=world.mediator)
    return story


def prepare(story: Story, ground: str) -> None:
    world = story.world
    story.go("disclose", world.lead, ground=ground)
    story.go("consent", story.party(story.respondent), party=story.respondent, stage="ONLINE", channel="ONLINE")
    story.go("confirm_address", story.party(story.respondent), party=story.respondent, e_service=True)


def begin(story: Story) -> None:
    lead = story.world.lead
    there = {"verified": story.people, "acknowledged": story.people, "informed": True, "warned": True}
    story.go("open_session", lead, mode="VIDEO", **there)


def refusal(act: Any) -> str:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.code


EMPLOYED = {"employers": ["华信证券股份有限公司"]}


def test_a_conflict_found_at_appointment_is_on_record_without_names_and_holds_up_the_session(world: World) -> None:
    story = appointed(world, **EMPLOYED)

    entry = story.case.events.get(kind="case.note_conflicts.v1")
    assert entry.facts == {
        "findings": [{"mediator": world.mediator, "kind": "EMPLOYER", "about": story.respondent, "certain": True}]
    }
    assert "华信" not in json.dumps(entry.body(), ensure_ascii=False)
    assert story.copy(COURT).head == story.copy(NET).head
    assert refusal(lambda: story.go("disclose", world.lead, ground="NONE")) == "fits_disclosed_findings"
    prepare(story, "RELATION")
    assert refusal(lambda: begin(story)) == "can_ignore_recusal"


def test_after_disclosure_and_a_waiver_by_all_the_same_mediator_goes_on(world: World) -> None:
    story = appointed(world, **EMPLOYED)
    prepare(story, "RELATION")

    story.go("waive", story.party(story.applicant), party=story.applicant, mediator=world.mediator)
    half = refusal(lambda: begin(story))
    story.go("waive", story.party(story.respondent), party=story.respondent, mediator=world.mediator)
    begin(story)

    assert half == "can_ignore_recusal"
    assert story.state is State.MEDIATING
    assert [one["open"] for one in story.case.sheet["conflicts"]] == [False]


def test_a_recusal_that_is_upheld_takes_the_mediator_and_the_findings_out(world: World) -> None:
    story = appointed(world, **EMPLOYED)

    story.go(
        "decide_recusal",
        world.desk,
        Enclosed(EnclosureKind.REASON, {"text": "应当回避。"}),
        upheld=True,
        mediator=world.mediator,
    )

    assert story.case.sheet["mediators"] == story.case.sheet["conflicts"] == story.case.sheet["recusals"] == []


def test_conflicts_are_looked_for_again_whenever_a_party_or_an_agent_changes(world: World) -> None:
    story = appointed(world, employers=["明理律师事务所", "恒泰达证券股份有限公司"])
    added = new_ref()
    party = {"ref": added, "side": "RESPONDENT", "kind": "COMPANY", "investor": "NONE", "institution": "NONE"}
    named = Enclosed(EnclosureKind.PARTY, {"name": "恒泰达证券股份有限公司"}, about=added)

    clean = "conflicts" not in story.case.sheet
    story.go("amend_parties", world.lead, named, parties=[party])
    agent = with_lawyer(story, world, firm="明理律师事务所")

    assert clean
    assert [(one["kind"], one["about"]) for one in story.case.sheet["conflicts"]] == [
        ("EMPLOYER", added),
        ("LAW_FIRM", agent),
    ]


def test_what_was_settled_is_not_raised_again_by_the_next_look(world: World) -> None:
    story = appointed(world, **EMPLOYED)
    for ref in story.people:
        story.go("waive", story.party(ref), party=ref, mediator=world.mediator)

    with_lawyer(story, world)

    assert story.case.events.filter(kind="case.note_conflicts.v1").count() == 1
    assert story.case.sheet["recusals"] == []


def test_a_bar_found_after_the_appointment_can_neither_be_waived_nor_decided_away(world: World) -> None:
    story = appointed(world)
    known_as(world, ZHANG)
    with_lawyer(story, world)
    reason = Enclosed(EnclosureKind.REASON, {"text": "无妨。"})

    waived = refusal(
        lambda: story.go("waive", story.party(story.applicant), party=story.applicant, mediator=world.mediator)
    )
    kept = refusal(lambda: story.go("decide_recusal", world.desk, reason, upheld=False, mediator=world.mediator))
    story.go("decide_recusal", world.desk, reason, upheld=True, mediator=world.mediator)

    assert waived == kept == "fits_curable"
    assert story.case.sheet["mediators"] == []
