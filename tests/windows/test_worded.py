"""What people typed, read as they meant it: signs that nobody sees are refused, what is missing is named."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mediation.facts import UNSEEN, Malformed
from mediation.models import CaseEvent, Talk
from mediation.moves import Enclosed
from mediation.vocabulary import EnclosureKind
from tests.windows.applying import Applicant
from tests.windows.stage import Stage, Story, day, file_case, walk

NET, COURT = "investornet", "courtplatform"
SIGNS = [chr(code) for code in (0, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))]


def client_of(stage: Stage, who: str) -> Client:
    client = Client()
    client.force_login(stage.accounts[who], backend="roster.backend.AccountBackend")
    return client


def move_url(story: Story, move: str) -> str:
    return reverse(f"{NET}:move", kwargs={"ref": story.ref, "move": move})


def hidden(story: Story) -> dict[str, Any]:
    """Return what the form of a move carries without anybody's doing."""
    return {"seen": story.case(NET).entries, "key": str(uuid.uuid4())}


@pytest.mark.parametrize("sign", SIGNS)
def test_a_text_with_signs_that_nobody_sees_is_refused_on_the_form_and_at_the_door(stage: Stage, sign: str) -> None:
    story = walk(file_case(stage), "DELEGATED")
    text, before = f"同意支付{sign}100元。", CaseEvent.objects.count()

    page = client_of(stage, "org").post(
        move_url(story, "decline"), {**hidden(story), "ground": "UNSUITABLE", "reason": text}
    )
    with pytest.raises(Malformed) as refused:
        story.act(
            NET, "decline", story.org, day(5), ground="UNSUITABLE",
            enclosures=[Enclosed(EnclosureKind.REASON, {"text": text})],
        )  # fmt: skip

    assert page.status_code == 422
    assert UNSEEN in page.content.decode()
    assert (refused.value.field, refused.value.why) == ("reason", UNSEEN)
    assert CaseEvent.objects.count() == before


def test_no_application_talk_or_rest_text_takes_signs_that_nobody_sees(stage: Stage) -> None:
    story = walk(file_case(stage), "MEDIATING")
    zhang, mediator = client_of(stage, "zhang"), client_of(stage, "mediator")
    applicant = Applicant(zhang, COURT, {"court": "沪74"})

    steps = [
        applicant.answer("dispute", text="年报\u202e虚假记载。"),
        applicant.answer("respondent", name="华信\u2066股份有限公司"),
        applicant.answer("claim", text="赔偿\x00损失。"),
    ]
    talk = mediator.post(
        reverse(f"{NET}:mediation_talk", kwargs={"ref": story.ref, "channel": "applicants"}),
        {"key": str(uuid.uuid4()), "text": "请\u202e各方答复。"},
    )
    rest = zhang.post(
        f"/net/api/v1/cases/{story.ref}/moves/stop_mediation",
        {"facts": {"party": story.zhang}, "texts": {"reason": "不想\u202e调解了"}},
        content_type="application/json",
    )

    for page in (*steps, talk):
        assert page.status_code == 422
        assert UNSEEN in page.content.decode()
    assert rest.status_code == 400
    assert UNSEEN in rest.json()["detail"]
    assert not Talk.objects.exists()


def test_what_is_missing_is_named_with_whether_it_is_chosen_or_filled_in(stage: Stage) -> None:
    story, filed = walk(file_case(stage), "DELEGATED"), file_case(stage)

    portal = client_of(stage, "org").post(move_url(story, "decline"), hidden(story)).content.decode()
    desk = (
        client_of(stage, "clerk")
        .post(
            f"/court/admin/cases/{filed.ref}/do/return_application/",
            {"seen": filed.case(COURT).entries, "key": str(uuid.uuid4())},
        )
        .content.decode()
    )
    steps = Applicant(client_of(stage, "zhang"), COURT, {"court": "沪74"}).answer("service", address="")

    assert "请选择“理由”。" in portal
    assert "请填写“理由”。" in portal
    assert "请选择“退回理由”。" in desk
    assert "请填写“告知事项和建议途径”。" in desk
    assert "请填写“送达地址”。" in steps.content.decode()
    for page in (portal, desk, steps.content.decode()):
        assert "必填项" not in page


@pytest.mark.django_db
def test_signing_in_and_registering_name_what_is_missing_too() -> None:
    pages = [Client().post(reverse(f"{COURT}:{name}"), {}).content.decode() for name in ("sign_in", "register")]

    assert "请填写“登录名”。" in pages[0]
    assert pages[1].count("请填写“") > 2
    for page in pages:
        assert "必填项" not in page
