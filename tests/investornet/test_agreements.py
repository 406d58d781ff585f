"""Instalments and the rest of a partial agreement, as people meet them on pages."""

from __future__ import annotations

import io
import re
from typing import Any

from django.test import Client
from django.urls import reverse

from mediation import moves
from mediation.models import Case
from mediation.moves import Enclosed
from mediation.vocabulary import Audience, EnclosureKind
from tests.proofs import code_for
from tests.windows.stage import REVIEW, Stage, Story, day, file_case, walk

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


def client_of(stage: Stage, who: str) -> Client:
    client = Client()
    client.force_login(stage.accounts[who], backend="roster.backend.AccountBackend")
    return client


def make(story: Story, who: str, move: str, **answers: Any) -> Any:
    """Open a move's form, fill it in and send it; fails if it is not accepted."""
    client = client_of(story.stage, who)
    url = reverse("investornet:move", kwargs={"ref": story.ref, "move": move})
    answers |= {"code": code_for(client, url)} if move == "sign" else {}
    shown = client.get(url)
    assert shown.status_code == 200, shown.content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', shown.content.decode()))
    initial = {name: field.initial for name, field in shown.context["form"].fields.items() if field.initial}
    done = client.post(url, {**initial, **hidden, **answers})
    assert done.status_code == 302, done.context["form"].errors
    return done


def page(story: Story, who: str) -> str:
    answer = client_of(story.stage, who).get(reverse("investornet:case", kwargs={"ref": story.ref}))
    assert answer.status_code == 200
    return answer.content.decode()


def slip() -> io.BytesIO:
    """Return a payment slip to upload."""
    file = io.BytesIO(PDF)
    file.name = "回单.pdf"
    return file


def test_instalments_are_written_reported_and_confirmed_on_pages(stage: Stage) -> None:
    story = walk(file_case(stage), "SETTLED")
    make(story, "mediator", "sign", schedule="2024-01-31 6000\n2031-12-31 4000")
    review = {**REVIEW, "digest": story.case("investornet").sheet["agreement"]["digest"]}
    client_of(story.stage, "org").post(reverse("investornet:seal", kwargs={"ref": story.ref}), review)
    make(story, "org", "sign")
    owed = [one["ref"] for one in story.case("investornet").sheet["agreement"]["obligations"]]
    before = page(story, "zhang")

    make(story, "huaxin", "report_performance", obligation=owed[0], documents=slip())
    reported = page(story, "zhang")
    make(story, "zhang", "answer_performance", obligation=owed[0], received="yes")

    assert "逾期" in before
    assert "6,000.00" in before
    assert "未到期" in before
    assert "已报告，待确认" in reported
    assert "已履行" in page(story, "huaxin")
    assert story.case("investornet").documents.get(kind="PAYMENT").name == "回单.pdf"


def test_rest_of_a_partial_agreement_is_linked_from_both_cases(stage: Stage) -> None:
    story = walk(file_case(stage), "MEDIATING")
    text = "协议：被申请人于2024年12月31日以前先赔偿申请人一万元。"
    terms = {"digest": moves.text_digest(text), "full": False}
    agreement = Enclosed(EnclosureKind.AGREEMENT, {"text": text}, Audience.PARTIES)
    story.act("investornet", "propose_agreement", story.mediator, day(6), enclosures=[agreement], **terms)
    for ref in (story.zhang, story.huaxin):
        by = story.party(ref, "investornet")
        story.act("investornet", "sign", by, day(7), digest=terms["digest"], party=ref)

    make(story, "mediator", "split", ground="WIDE_DIFFERENCES", amount="2000", rest="佣金和利息。")

    rest = Case.objects.get(platform="investornet", sheet__has_key="origin")
    address = reverse("investornet:case", kwargs={"ref": rest.ref})
    assert address in page(story, "zhang")
    for who in ("zhang", "huaxin", "org", "mediator"):
        answer = client_of(stage, who).get(address)
        assert answer.status_code == 200, who
        assert "佣金和利息。" in answer.content.decode()
        assert reverse("investornet:case", kwargs={"ref": story.ref}) in answer.content.decode()
