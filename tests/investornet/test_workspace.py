"""The organisation's workspace: whose turn it is, leave and who takes over, review before the seal and its log."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mediation.actor import Actor
from mediation.models import CaseEvent, Notice, OutgoingMessage, Party
from mediation.moves import Enclosed, Refused
from mediation.telling import dispatch, following, people
from mediation.vocabulary import Audience, EnclosureKind, Role
from mediation.workdays import local_day
from roster.models import Account, Mediator
from tests.proofs import code_for
from tests.windows.stage import LI, REVIEW, Stage, account, day, file_case, post, walk

NET = "investornet"


def client_of(someone: Account) -> Client:
    client = Client()
    client.force_login(someone, backend="roster.backend.AccountBackend")
    return client


def second_mediator(stage: Stage) -> tuple[uuid.UUID, Account]:
    """Give the organisation another mediator."""
    ref = uuid.uuid4()
    for platform in ("courtplatform", NET):
        Mediator.objects.create(platform=platform, ref=ref, organisation=stage.organisation, name="李持平")
    held = account("second", "李持平")
    post(held, NET, Role.MEDIATOR, organisation=stage.organisation, mediator=ref)
    return ref, held


def test_cases_go_to_mediators_by_turn_with_one_press_and_not_to_who_is_away(stage: Stage) -> None:
    stories = [file_case(stage), file_case(stage, applicant="李国栋", number=LI)]
    for story in stories:
        walk(story, "ACCEPTED")
    second, _held = second_mediator(stage)
    org, url = client_of(stage.accounts["org"]), reverse("investornet:inbox")

    waiting = org.get(url).context["groups"][1]["cases"]
    first = waiting[0]["turn"]
    fields = {"seen": first.seen, "key": first.key, "mediators": first.mediators, "lead": first.lead}
    pressed = [org.post(waiting[0]["appoint_url"], fields).status_code for _time in range(2)]
    days = {"since": str(local_day(day(9))), "until": str(local_day(day(20)))}
    org.post(reverse("investornet:leaves"), {"mediator": str(second), **days})
    everything = org.post(url)
    board = org.get(reverse("investornet:load")).context["mediators"]

    assert {row["turn"].name for row in waiting} == {"李持平", "王守信"}
    assert [row["waited"] for row in waiting] == [4, 4]
    assert pressed == [302, 302]
    assert everything.status_code == 302
    served = {str(story.ref): story.case(NET).sheet["mediators"] for story in stories}
    assert served[waiting[0]["ref"]] == first.mediators
    assert served[waiting[1]["ref"]] == [str(stage.mediator)]
    assert [(one.mediator.name, one.place, one.away) for one in board] == [("王守信", 1, False), ("李持平", 0, True)]


def test_after_a_hand_over_the_new_mediator_is_told_and_the_old_one_no_more(stage: Stage) -> None:
    story = walk(file_case(stage), "MEDIATING")
    second, held = second_mediator(stage)
    old = stage.accounts["mediator"]
    Account.objects.filter(pk=old.pk).update(phone="13900000001")
    Account.objects.filter(pk=held.pk).update(phone="13900000002")
    org, url, at = client_of(stage.accounts["org"]), reverse("investornet:leaves"), day(9)
    Notice.objects.create(
        platform=NET, case=story.case(NET), role=Role.MEDIATOR, errand="NOTICE", text="案件有新的材料。",
        at=at, loud=True, next_at=at, key="before",
    )  # fmt: skip
    dispatch.address(NET, at)
    days = {"since": str(local_day(at)), "until": str(local_day(day(20)))}

    org.post(url, {"mediator": str(stage.mediator), **days})
    page = org.get(url)
    passed_on = org.post(url, {"pass_on": str(stage.mediator)})
    following.follow(at)
    dispatch.address(NET, at)
    dispatch.send(NET, at)
    dispatch.address(NET, at)
    dispatch.send(NET, at)

    assert page.context["groups"][0]["rows"][0]["turn"].mediators == [str(second)]
    assert passed_on.status_code == 302
    assert story.case(NET).sheet["mediators"] == [str(second)]
    sent = OutgoingMessage.objects.filter(platform=NET, case__ref=story.ref, medium="SMS")
    assert not sent.filter(state="SENT", account=old).exists()
    assert set(sent.filter(account=held).values_list("state", flat=True)) == {"SENT"}
    assert sent.filter(account=held, notice__key="before").exists()
    assert org.post(url, {"pass_on": str(second)}).status_code == 404


def test_a_code_goes_to_a_respondents_telephone_and_lets_its_bearer_take_the_place(stage: Stage) -> None:
    story = walk(file_case(stage), "ACCEPTED")
    Party.objects.filter(platform=NET, ref=story.huaxin).update(phone="13900000009")
    case, bearer = {"ref": story.ref}, client_of(stage.accounts["stranger"])
    url = reverse("investornet:invite", kwargs={**case, "party": story.huaxin})

    sent = client_of(stage.accounts["org"]).post(url, {"send": "1"})
    message = OutgoingMessage.objects.get(case__ref=story.ref, party=story.huaxin)
    code = message.text.rpartition("邀请码")[2].strip("。")
    before = bearer.get(reverse("investornet:case", kwargs=case))
    taken = bearer.post(reverse("investornet:claim"), {"code": code})

    assert (sent.status_code, before.status_code, taken.status_code) == (302, 404, 302)
    assert story.case(NET).claims.get().party == uuid.UUID(story.huaxin)


def test_a_seal_is_set_after_a_review_of_that_version_and_both_stand_in_the_log(stage: Stage) -> None:
    story = walk(file_case(stage), "SETTLED")
    digest = story.case(NET).sheet["agreement"]["digest"]
    story.act(NET, "sign", story.mediator, day(8), digest=digest)
    org = client_of(stage.accounts["org"])
    case = {"ref": story.ref}
    seal, sign = reverse("investornet:seal", kwargs=case), reverse("investornet:move", kwargs={**case, "move": "sign"})

    def fields() -> dict[str, Any]:
        form = org.get(sign).context["form"]
        held = {name: form[name].value() for name in form.fields}
        return {name: value for name, value in held.items() if value not in (None, "")}

    unreviewed, page = org.get(sign), org.get(seal)
    missing = org.post(seal, {**REVIEW, "lawful": "", "digest": digest})
    stale = org.post(seal, {**REVIEW, "digest": "0" * 64})
    reviewed = org.post(seal, {**REVIEW, "digest": digest})
    sealed = org.post(sign, fields() | {"code": code_for(org, sign)})
    logged = org.get(reverse("investornet:seals")).context["rows"]

    assert (unreviewed.status_code, unreviewed["Location"]) == (302, seal)
    assert page.status_code == 200
    assert (missing.status_code, stale.status_code) == (422, 422)
    assert (reviewed.status_code, reviewed["Location"]) == (302, sign)
    assert sealed.status_code == 302
    assert [(row["digest"], row["by"], row["reviewer"]) for row in logged] == [(digest, "组织管理员", "组织管理员")]
    assert org.post(seal, {**REVIEW, "digest": digest}).status_code == 409
    other = client_of(stage.accounts["other_org"])
    assert (other.get(seal).status_code, other.get(reverse("investornet:seals")).context["rows"]) == (404, [])
    assert client_of(stage.accounts["mediator"]).get(seal).status_code == 404
    assert CaseEvent.objects.filter(platform=NET, kind="case.sign.v1").count() == 4


def test_whoever_is_gone_is_replaced_while_the_case_is_suspended_being_signed_or_settled(stage: Stage) -> None:
    second, held = second_mediator(stage)
    old, new = client_of(stage.accounts["mediator"]), client_of(held)
    follower = Actor(Role.MEDIATOR, str(second), str(stage.organisation), NET)
    suspended, signing, settled, signed = (
        walk(file_case(stage, applicant=name, number=LI), state)
        for name, state in (("甲", "MEDIATING"), ("乙", "SIGNING"), ("丙", "SETTLED"), ("丁", "SETTLED"))
    )
    why = [Enclosed(EnclosureKind.REASON, {"text": "等待鉴定意见。"}, Audience.ORGANISATION)]
    suspended.act(NET, "suspend", suspended.mediator, day(8), ground="APPRAISAL", enclosures=why)
    digest = signed.case(NET).sheet["agreement"]["digest"]
    signed.act(NET, "sign", signed.mediator, day(8), digest=digest)
    waiting = (suspended, signing, settled)
    clocks = [story.case(NET).sheet["clocks"] for story in waiting]
    Mediator.objects.filter(platform=NET, ref=stage.mediator).update(active=False)
    following.follow(day(8))
    org, inbox = client_of(stage.accounts["org"]), reverse("investornet:inbox")

    stranded = org.get(inbox).context["groups"][0]
    for row in stranded["cases"]:
        turn = row["turn"]
        fields = {"seen": turn.seen, "key": turn.key, "mediators": turn.mediators, "lead": turn.lead}
        assert org.post(row["appoint_url"], fields).status_code == 302

    # Every case that still needs a mediator is offered, none that has its mediator's signature: that one stands.
    assert {row["ref"] for row in stranded["cases"]} == {str(story.ref) for story in waiting}
    assert [story.case(NET).sheet["mediators"] for story in waiting] == [[str(second)]] * 3
    assert [story.case(NET).sheet["clocks"] for story in waiting] == clocks
    with pytest.raises(Refused, match="签名继续有效"):
        signed.act(NET, "appoint_mediator", signed.org, day(9), mediators=[str(second)], lead=str(second))
    assert Role.MEDIATOR.value in signed.case(NET).sheet["agreement"]["signatures"]
    # The new one is told and let in, the old one neither.
    following.follow(day(9))
    for story in waiting:
        page = reverse("investornet:case", kwargs={"ref": story.ref})
        assert (old.get(page).status_code, new.get(page).status_code) == (404, 200)
        told = Notice.objects.filter(platform=NET, case__ref=story.ref, role=Role.MEDIATOR, text__contains="由您调解")
        assert told.count() == 2
    gone = stage.accounts["mediator"]
    assert {one.case.ref for one in people.inbox(gone, NET, list(gone.posts.all()))} == {signed.ref}
    # Nothing goes on before a disclosure; an open question is settled first, then the new one resumes and signs.
    with pytest.raises(Refused, match="尚未披露"):
        suspended.act(NET, "resume", follower, day(9))
    with pytest.raises(Refused, match="不能在协议上签名"):
        settled.act(NET, "sign", follower, day(9), digest=settled.case(NET).sheet["agreement"]["digest"])
    for story, ground in ((suspended, "NONE"), (signing, "NONE"), (settled, "RELATION")):
        story.act(NET, "disclose", follower, day(9), ground=ground)
    with pytest.raises(Refused, match="不能在协议上签名"):
        settled.act(NET, "sign", follower, day(9), digest=settled.case(NET).sheet["agreement"]["digest"])
    for party in (settled.zhang, settled.huaxin):
        settled.act(NET, "waive", settled.party(party, NET), day(9), party=party, mediator=str(second))
    suspended.act(NET, "resume", follower, day(14))
    # Thirty days from the acceptance, and the six of the suspension: as without any replacement (ZX-24, ZX-26).
    assert suspended.case(NET).sheet["clocks"]["MEDIATE"]["due"].startswith("2024-06-07")
    for party in (signing.zhang, signing.huaxin):
        signing.act(NET, "sign", signing.party(party, NET), day(9), digest=digest, party=party)
    for story in (signing, settled):
        story.act(NET, "sign", follower, day(9), digest=story.case(NET).sheet["agreement"]["digest"])
        story.wire(day(9))
        assert story.case("courtplatform").sheet["mediators"] == [str(second)]
