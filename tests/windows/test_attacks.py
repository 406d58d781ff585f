"""What somebody tries who already has a foot in the door: another's place, another's identity, a case not theirs."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from mediation.models import CaseEvent, Document, Draft, Party
from mediation.moves import Enclosed, Refused
from mediation.vocabulary import DeclineGround, EnclosureKind, Role
from roster.models import Account
from tests.windows.stage import CREDIT, ZHANG, Stage, Story, account, day, file_case, post, walk
from tests.windows.test_access import PDF, signed_in

LAWYER = "11010519491231002X"
NET = "investornet"


def posted(client: Client, address: str, body: dict[str, Any]) -> Any:
    return client.post(address, body, content_type="application/json")


def capacities(client: Client, story: Story) -> list[str]:
    """Return the roles in which somebody stands in a case, by REST."""
    answer = client.get(f"/net/api/v1/cases/{story.ref}")
    return [one["role"] for one in answer.json().get("capacities", [])]


def with_lawyer(stage: Stage, power: str) -> tuple[Story, str, Account]:
    """Return a case in mediation in which the applicant has just appointed a lawyer."""
    story = walk(file_case(stage), "MEDIATING")
    stage.accounts["lawyer"] = account("lawyer", "周律师", LAWYER)
    return story, appoint(story, story.zhang, LAWYER, power), stage.accounts["lawyer"]


def appoint(story: Story, party: str, number: str, power: str = "SPECIAL") -> str:
    """Let a party appoint whoever has this identity number, under a reference of its own."""
    agent = str(uuid.uuid4())
    who = {"name": "周律师", "identity_kind": "RESIDENT", "identity_number": number, "phone": "13800000009"}
    paper = {"ref": str(uuid.uuid4()), "kind": "AUTHORITY", "name": "授权委托书.pdf", "sha256": "0" * 64, "size": 1}
    enclosures = [
        Enclosed(EnclosureKind.DOCUMENT, {**paper, "media_type": "application/pdf"}),
        Enclosed(EnclosureKind.AGENT, who, about=agent),
    ]
    named = {"party": party, "agent": agent, "power": power}
    story.act(NET, "appoint_agent", story.party(party, NET), day(5), **named, enclosures=enclosures)
    return agent


def test_an_agent_cannot_make_itself_the_party_by_restating_who_the_party_is(stage: Stage) -> None:
    story, _agent, _lawyer = with_lawyer(stage, "GENERAL")
    lawyer, zhang = signed_in(stage, "lawyer"), signed_in(stage, "zhang")
    person = {"ref": story.zhang, "name": "张晓慧", "identity_kind": "RESIDENT", "identity_number": LAWYER}
    body = {"facts": {"party": story.zhang, "e_service": True}, "people": [person]}
    entries = CaseEvent.objects.count()

    answer = posted(lawyer, f"/net/api/v1/cases/{story.ref}/moves/confirm_address", body)

    assert (answer.status_code, answer.json()["field"]) == (422, "people.0.identity_number")
    assert CaseEvent.objects.count() == entries
    assert (capacities(lawyer, story), capacities(zhang, story)) == (["AGENT"], ["PARTY"])


def test_nobody_stands_on_both_sides_under_two_references(stage: Stage) -> None:
    story, _agent, _lawyer = with_lawyer(stage, "GENERAL")
    entries = CaseEvent.objects.count()

    refused = []
    for number in (LAWYER, ZHANG):
        with pytest.raises(Refused) as why:
            appoint(story, story.huaxin, number)
        refused.append((why.value.code, why.value.law))

    assert refused == [("fits_agent_count", ("CPL-61",))] * 2
    assert CaseEvent.objects.count() == entries


def test_a_party_who_confirms_an_address_without_its_number_keeps_its_case(stage: Stage) -> None:
    story, zhang = walk(file_case(stage), "MEDIATING"), signed_in(stage, "zhang")
    person = {"ref": story.zhang, "name": "张晓慧", "phone": "13800000008", "address": "上海市浦东新区1号"}
    body = {"facts": {"party": story.zhang, "e_service": True}, "people": [person]}

    answer = posted(zhang, f"/net/api/v1/cases/{story.ref}/moves/confirm_address", body)

    assert answer.status_code == 201
    assert capacities(zhang, story) == ["PARTY"]
    assert Party.objects.get(platform=NET, ref=story.zhang).phone == "13800000008"


def test_a_dismissed_agent_sees_the_case_no_longer_and_its_name_stays(stage: Stage) -> None:
    story, agent, _lawyer = with_lawyer(stage, "SPECIAL")
    lawyer, page = signed_in(stage, "lawyer"), reverse("investornet:case", kwargs={"ref": story.ref})
    before = lawyer.get(page).status_code

    story.act(NET, "dismiss_agent", story.party(story.zhang, NET), day(5), party=story.zhang, agent=agent)

    assert (before, lawyer.get(page).status_code) == (200, 404)
    assert lawyer.get(f"/net/api/v1/cases/{story.ref}/journal").status_code == 404
    assert "周律师" in signed_in(stage, "zhang").get(page).content.decode()


@pytest.mark.parametrize("who", ["mediator", "org"])
def test_whoever_handles_a_case_cannot_take_a_partys_place_with_the_code_they_issued(stage: Stage, who: str) -> None:
    story, client = walk(file_case(stage), "SIGNING"), signed_in(stage, who)
    invite = reverse("investornet:invite", kwargs={"ref": story.ref, "party": story.huaxin})
    code = client.post(invite).context["code"]

    answer = client.post(reverse("investornet:claim"), {"code": code})

    assert answer.status_code == 422
    assert "不能作为当事人参加" in answer.content.decode()
    assert "PARTY" not in capacities(client, story)
    assert signed_in(stage, "stranger").post(reverse("investornet:claim"), {"code": code}).status_code == 302


def test_an_organisation_that_declined_never_sees_the_case_again(stage: Stage) -> None:
    story, page = walk(file_case(stage), "DELEGATED"), "investornet:case"
    reason = Enclosed(EnclosureKind.REASON, {"text": "不在受理范围。"})
    story.act(NET, "decline", story.org, day(2), ground=DeclineGround.OUTSIDE_SCOPE.value, enclosures=[reason])
    story.wire(day(2))
    story.act("courtplatform", "withdraw", story.party(story.zhang, "courtplatform"), day(3))
    story.wire(day(3))

    answer = signed_in(stage, "org").get(reverse(page, kwargs={"ref": story.ref}))

    assert story.case(NET).state == "WITHDRAWN"
    assert answer.status_code == 404


def test_an_agent_cannot_be_filed_under_the_respondents_reference(stage: Stage) -> None:
    stage.accounts["lawyer"] = account("lawyer", "周律师", LAWYER)
    client, twice = signed_in(stage, "lawyer"), str(uuid.uuid4())
    paper = client.post("/court/api/v1/uploads", {"file": SimpleUploadedFile("a.pdf", PDF)}).json()["upload"]
    codes = {"kind": "NATURAL", "investor": "ORDINARY", "institution": "NONE"}
    zhang = {"name": "张晓慧", "identity_kind": "RESIDENT", "identity_number": ZHANG, "phone": "13800000001"}
    company = {"name": "华信股份有限公司", "identity_kind": "CREDIT_CODE", "identity_number": CREDIT}
    lawyer = {"name": "周律师", "identity_kind": "RESIDENT", "identity_number": LAWYER, "phone": "13800000009"}
    body = {
        "facts": {
            "track": "DELEGATED",
            "court": "沪74",
            "cause": "MISSTATEMENT",
            "source": "ONLINE_COURT",
            "consents": ["MEDIATION", "ONLINE", "SENSITIVE_DATA", "DATA_SHARING"],
        },
        "parties": [
            {"side": "APPLICANT", **codes, **zhang},
            {"ref": twice, "side": "RESPONDENT", **codes, "kind": "COMPANY", "investor": "NONE", **company},
        ],
        "agents": [{"ref": twice, "power": "SPECIAL", "principals": [0], **lawyer}],
        "texts": {"narrative": "虚假陈述。"},
        "documents": [{"upload": paper, "kind": "AUTHORITY"}],
    }

    answer = posted(client, "/court/api/v1/cases", body)
    body["agents"] = [{"power": "SPECIAL", "principals": [0, 1], **lawyer}]
    both = posted(client, "/court/api/v1/cases", body)

    assert (answer.status_code, answer.json()["code"]) == (422, "fits_agents")
    assert (both.status_code, both.json()["code"]) == (422, "fits_agent_count")
    assert not Party.objects.exists()


def test_somebody_verified_cannot_apply_as_an_agent_under_another_name(stage: Stage) -> None:
    client = signed_in(stage, "li")
    client.post(reverse("courtplatform:apply"))
    draft = Draft.objects.get().ref
    who = {"acting": "AGENT", "kind": "NATURAL", "name": "张晓慧", "identity_kind": "RESIDENT", "investor": "ORDINARY"}
    client.post(
        reverse("courtplatform:step", kwargs={"draft": draft, "step": "who"}),
        {**who, "identity_number": ZHANG, "phone": "13800000001"},
    )
    agent = {"name": "周律师", "identity_kind": "RESIDENT", "identity_number": LAWYER, "phone": "13800000009"}
    paper = SimpleUploadedFile("授权委托书.pdf", PDF)

    answer = client.post(
        reverse("courtplatform:step", kwargs={"draft": draft, "step": "agent"}),
        {**agent, "power": "SPECIAL", "uploads": paper},
    )

    assert answer.status_code == 422
    assert "与您账户已核验的身份不一致" in answer.content.decode()


def test_a_file_cannot_be_renamed_into_a_program(stage: Stage) -> None:
    story, zhang = walk(file_case(stage), "MEDIATING"), signed_in(stage, "zhang")
    told = zhang.post("/net/api/v1/uploads", {"file": SimpleUploadedFile("说明.txt", "文字。".encode())}).json()
    paper = {"upload": told["upload"], "kind": "EVIDENCE", "name": "说明.hta"}

    answer = posted(zhang, f"/net/api/v1/cases/{story.ref}/moves/add_evidence", {"facts": {}, "documents": [paper]})

    assert answer.status_code == 201
    assert Document.objects.get(platform=NET).name == "说明.hta.txt"


@pytest.mark.parametrize("cursor", ["0001-01-01T00:00:00+14:00~1", "9999-12-31T23:59:59-14:00~1"])
def test_a_cursor_beyond_all_calendars_gives_the_first_page(stage: Stage, cursor: str) -> None:
    walk(file_case(stage), "MEDIATING")
    portal, desk = signed_in(stage, "zhang"), signed_in(stage, "clerk")

    answers = [portal.get("/net/cases/", {"before": cursor})]
    answers += [desk.get("/court/admin/cases/", {way: cursor}) for way in ("older", "newer")]

    assert [answer.status_code for answer in answers] == [200, 200, 200]


@pytest.mark.parametrize("asked", [{"since": "0001-01-01"}, {"until": "9999-12-31"}])
def test_a_day_beyond_all_calendars_narrows_nothing(stage: Stage, asked: dict[str, str]) -> None:
    walk(file_case(stage), "MEDIATING")

    answer = signed_in(stage, "clerk").get("/court/admin/cases/", asked)

    assert answer.status_code == 200
    assert re.search(r"沪74诉前调1号", answer.content.decode())


@pytest.mark.parametrize("asked", ["mediator/?name__regex=(", "organisation/?verified_on__year=99999999999999"])
def test_a_register_is_filtered_by_its_own_filters_only(stage: Stage, asked: str) -> None:
    stage.accounts["bureau"] = post(account("bureau", "投保局"), NET, Role.PROTECTION_BUREAU)
    client = signed_in(stage, "bureau")

    answer = client.get(f"/net/admin/roster/{asked}")

    assert answer.status_code == 400
    assert client.get("/net/admin/roster/organisation/?kind__exact=INDUSTRY").status_code == 200
