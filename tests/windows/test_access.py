"""Roles and pages: who takes part sees and acts; for everybody else the case does not exist."""

from __future__ import annotations

import re
import uuid

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from mediation import files
from mediation.models import CaseEvent, Document, LocalEntry
from mediation.vocabulary import Audience
from tests.windows.stage import Stage, Story, add_document, day, file_case, walk

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


def signed_in(stage: Stage, who: str) -> Client:
    client = Client()
    client.force_login(stage.accounts[who], backend="roster.backend.AccountBackend")
    return client


def pages_of(platform: str, story: Story, document: str) -> list[tuple[str, str]]:
    """Return method and address of every page about one case."""
    ref = {"ref": story.ref}
    person = {**ref, "party": story.zhang}
    return [
        ("get", reverse(f"{platform}:case", kwargs=ref)),
        ("get", reverse(f"{platform}:move", kwargs={**ref, "move": "add_evidence"})),
        ("post", reverse(f"{platform}:move", kwargs={**ref, "move": "add_evidence"})),
        ("post", reverse(f"{platform}:move", kwargs={**ref, "move": "stop_mediation"})),
        ("get", reverse(f"{platform}:document", kwargs={**ref, "document": document})),
        ("post", reverse(f"{platform}:reveal", kwargs=person)),
        ("post", reverse(f"{platform}:invite", kwargs=person)),
    ]


def said(answer: HttpResponse, story: Story) -> str:
    """Return a page without the token of its forms and without the address that was asked for."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode()).replace(str(story.ref), "")


def story_with_document(stage: Stage, audience: Audience = Audience.ALL) -> tuple[Story, str]:
    story = walk(file_case(stage), "MEDIATING")
    judged = files.judge("材料.pdf", PDF)
    for platform in ("courtplatform", "investornet"):
        files.store(platform, judged, PDF, day(5))
    by = story.party(story.zhang, "investornet")
    document = add_document(story, "investornet", by, day(5), sha256=judged.sha256, audience=audience)
    story.wire(day(5))
    return story, document


@pytest.mark.parametrize("platform", ["courtplatform", "investornet"])
@pytest.mark.parametrize("who", ["stranger", "li", "other_org", "other_mediator"])
def test_whoever_has_no_part_in_a_case_gets_what_a_missing_case_gets(stage: Stage, who: str, platform: str) -> None:
    story, document = story_with_document(stage)
    missing = Story(stage, story.zhang, story.huaxin, uuid.uuid4())
    client = signed_in(stage, who)
    entries = CaseEvent.objects.count()

    answers = [getattr(client, method)(url) for method, url in pages_of(platform, story, document)]
    nothing = [getattr(client, method)(url) for method, url in pages_of(platform, missing, document)]

    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert [said(answer, story) for answer in answers] == [said(answer, missing) for answer in nothing]
    assert CaseEvent.objects.count() == entries


def test_staff_of_one_platform_see_nothing_on_the_other(stage: Stage) -> None:
    story, document = story_with_document(stage)
    elsewhere = {"clerk": "investornet", "org": "courtplatform", "mediator": "courtplatform"}

    codes = {
        who: [
            getattr(signed_in(stage, who), method)(url).status_code
            for method, url in pages_of(platform, story, document)
        ]
        for who, platform in elsewhere.items()
    }

    assert codes == {who: [404] * 7 for who in elsewhere}


def test_somebody_not_signed_in_is_led_to_the_sign_in(stage: Stage) -> None:
    story, document = story_with_document(stage)

    answers = [getattr(Client(), method)(url) for method, url in pages_of("investornet", story, document)]

    assert {answer.status_code for answer in answers} == {302}
    assert all(answer["Location"].startswith("/net/sign-in/?next=") for answer in answers)


def test_only_staff_of_the_case_reveal_and_invite_and_both_are_logged(stage: Stage) -> None:
    story, _document = story_with_document(stage)
    person = {"ref": story.ref, "party": story.zhang}
    reveal, invite = (reverse(f"investornet:{page}", kwargs=person) for page in ("reveal", "invite"))

    by_party = [signed_in(stage, "zhang").post(url).status_code for url in (reveal, invite)]
    by_mediator = signed_in(stage, "mediator").post(reveal)
    by_organisation = signed_in(stage, "org").post(invite)

    assert by_party == [404, 404]
    assert "310101197801010003" in by_mediator.content.decode()
    assert by_organisation.status_code == 200
    kinds = LocalEntry.objects.filter(platform="investornet", chain=str(story.ref)).values_list("kind", flat=True)
    assert sorted(kinds) == ["invite", "reveal"]


def test_a_code_lets_its_bearer_take_a_place_once(stage: Stage) -> None:
    story = walk(file_case(stage, number="110101195201010003", applicant="李国栋"), "MEDIATING")
    url = reverse("investornet:invite", kwargs={"ref": story.ref, "party": story.huaxin})
    code = signed_in(stage, "mediator").post(url).context["code"]
    claim = reverse("investornet:claim")
    case = reverse("investornet:case", kwargs={"ref": story.ref})
    newcomer, second, rival = (signed_in(stage, who) for who in ("stranger", "other_org", "li"))

    before = newcomer.get(case).status_code
    by_rival = rival.post(claim, {"code": code})
    taken = newcomer.post(claim, {"code": code.lower().replace("-", " ")})
    again = second.post(claim, {"code": code})

    assert before == 404
    assert "对方当事人" in by_rival.content.decode()
    assert taken.status_code == 302
    assert newcomer.get(case).status_code == 200
    assert again.status_code == 422
    assert second.get(case).status_code == 404


@pytest.mark.parametrize(
    ("audience", "readers"),
    [
        (Audience.ALL, {"zhang", "huaxin", "mediator", "org"}),
        (Audience.PARTIES, {"zhang", "huaxin", "mediator"}),
        (Audience.APPLICANTS, {"zhang", "mediator"}),
    ],
)
def test_a_document_reaches_exactly_its_audience(stage: Stage, audience: Audience, readers: set[str]) -> None:
    story, document = story_with_document(stage, audience)
    url = reverse("investornet:document", kwargs={"ref": story.ref, "document": document})

    answers = {who: signed_in(stage, who).get(url) for who in ("zhang", "huaxin", "mediator", "org")}

    assert {who for who, answer in answers.items() if answer.status_code == 200} == readers
    assert answers["zhang"].content == PDF
    assert answers["zhang"]["Content-Disposition"].startswith("attachment")
    assert "nosniff" in answers["zhang"]["X-Content-Type-Options"]


def test_hostile_texts_are_shown_as_text_to_everybody(stage: Stage) -> None:
    hostile = "<script>alert('甲')</script>"
    story = walk(file_case(stage, applicant=hostile, text=hostile), "MEDIATING")
    for who, platform in (("zhang", "courtplatform"), ("huaxin", "investornet"), ("org", "investornet")):
        body = signed_in(stage, who).get(reverse(f"{platform}:case", kwargs={"ref": story.ref})).content.decode()

        assert "<script>alert" not in body
        assert "&lt;script&gt;alert" in body


def test_a_document_name_cannot_break_out_of_the_page(stage: Stage) -> None:
    story, _document = story_with_document(stage)

    body = signed_in(stage, "org").get(reverse("investornet:case", kwargs={"ref": story.ref})).content.decode()

    assert Document.objects.filter(name__contains="<script>").exists()
    assert "<script>alert" not in body
