"""Signing on pages: in an account by password or code, on a telephone by link; looking, refusing, verifying."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from mediation.actor import Actor
from mediation.models import CaseEvent, LocalEntry, OutgoingMessage, SignedAgreement, SigningLink
from mediation.moves import Enclosed, Refused, text_digest
from mediation.signatures import assembling
from mediation.signatures.verification import look_up, signed_file, verify
from mediation.vocabulary import EnclosureKind, FileVerdict, Role, State
from roster.models import OneTimeCode
from tests.proofs import code_for
from tests.windows.stage import REVIEW, Stage, Story, day, file_case, walk

NET, COURT = "investornet", "courtplatform"
SIGNING = "/net/signing/"


def client_of(stage: Stage, who: str) -> Client:
    client = Client()
    client.force_login(stage.accounts[who], backend="roster.backend.AccountBackend")
    return client


def sign_url(story: Story) -> str:
    return reverse("investornet:move", kwargs={"ref": story.ref, "move": "sign"})


def filled(client: Client, url: str, **given: Any) -> dict[str, Any]:
    form = client.get(url).context["form"]
    held = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in {**held, **given}.items() if value not in (None, "")}


def newest(errand: str) -> str:
    return OutgoingMessage.objects.filter(errand=errand).order_by("-pk")[0].text


def code() -> str:
    return re.search(r"验证码(\d{6})", newest("CODE"))[1]  # type: ignore[index]


def token() -> str:
    return re.search(r"/signing/([\w-]+)/", newest("SIGN"))[1]  # type: ignore[index]


def linked(stage: Stage, story: Story, party: str) -> Client:
    """Have the mediator send a link, open it, and prove the telephone."""
    host = client_of(stage, "mediator")
    host.post(reverse("investornet:signing_link", kwargs={"ref": story.ref, "party": party}))
    phone = Client()
    phone.get(f"{SIGNING}{token()}/")
    phone.post(SIGNING, {"send": "1"})
    phone.post(SIGNING, {"code": code()})
    return phone


def propose(story: Story, text: str) -> str:
    content: dict[str, Any] = {"text": text}
    digest = text_digest(text)
    facts = {"full": True, "enclosures": [Enclosed(EnclosureKind.AGREEMENT, content)]}
    story.act(NET, "propose_agreement", story.mediator, day(9), digest=digest, **facts)
    return digest


def appoint(story: Story, power: str, name: str) -> Actor:
    """Have the applicant appoint an agent with this power."""
    ref = str(uuid.uuid4())
    paper = {
        "ref": str(uuid.uuid4()),
        "kind": "AUTHORITY",
        "name": "授权委托书.pdf",
        "sha256": "a" * 64,
        "size": 10,
        "media_type": "application/pdf",
    }
    enclosures = [
        Enclosed(EnclosureKind.DOCUMENT, paper),
        Enclosed(EnclosureKind.AGENT, {"name": name}, about=ref),
    ]
    named = {"party": story.zhang, "agent": ref, "power": power}
    story.act(NET, "appoint_agent", story.party(story.zhang, NET), day(9), enclosures=enclosures, **named)
    return Actor(Role.AGENT, ref, "", NET)


def test_everybody_signs_what_they_see_and_the_public_can_verify_it(stage: Stage) -> None:
    story = walk(file_case(stage), "SIGNING")
    digest = story.case(NET).sheet["agreement"]["digest"]

    # On a telephone, without an account: the whole text, a second code for the act itself.
    phone = linked(stage, story, story.zhang)
    shown = phone.get(SIGNING).content.decode()
    document = phone.get(f"{SIGNING}document/")
    unread = phone.post(SIGNING, {"sign": "1", "code": "000000"})
    phone.post(SIGNING, {"send": "1"})
    wrong = phone.post(SIGNING, {"sign": "1", "read": "1", "code": "12345x"})
    before = story.case(NET).sheet["agreement"]["signatures"]
    done = phone.post(SIGNING, {"sign": "1", "read": "1", "code": code()}, follow=True)
    again = phone.post(SIGNING, {"sign": "1", "read": "1", "code": code()}, follow=True)
    # In an account: by a code to its telephone, never by the password alone.
    firm = client_of(stage, "huaxin")
    page = firm.get(sign_url(story)).content.decode()
    nothing = firm.post(sign_url(story), filled(firm, sign_url(story)))
    firm.post(sign_url(story), {"send_code": "1"})
    firm.post(sign_url(story), filled(firm, sign_url(story), code=code()))
    for who in ("mediator", "org"):
        staff = client_of(stage, who)
        if who == "org":
            review = {**REVIEW, "digest": story.case(NET).sheet["agreement"]["digest"]}
            staff.post(reverse("investornet:seal", kwargs={"ref": story.ref}), review)
        typed = code_for(staff, sign_url(story))
        assert staff.post(sign_url(story), filled(staff, sign_url(story), code=typed)).status_code == 302
    assembling.assemble(NET, day(9))
    story.wire(day(9))
    assembling.assemble(COURT, day(9))

    assert "协议：被申请人于2024年12月31日以前赔偿申请人一万元。" in shown
    assert digest in shown
    assert document.content.startswith(b"%PDF-")
    assert document["Content-Disposition"].startswith("inline")
    assert (unread.status_code, wrong.status_code, nothing.status_code) == (422, 422, 422)
    assert before == {}
    assert "您于" in done.content.decode()
    assert again.status_code == 200
    assert digest in page
    signings = list(CaseEvent.objects.filter(case=story.case(NET), kind="case.sign.v1").order_by("number"))
    assert [one.facts["verified"] for one in signings] == ["LINK_CODE", *["ACCOUNT_CODE"] * 3]
    assert signings[0].by == {"role": "PARTY", "ref": story.zhang, "seat": "", "via": NET}
    case_page = firm.get(reverse("investornet:case", kwargs={"ref": story.ref})).content.decode()
    row = SignedAgreement.objects.get(case=story.case(NET))
    for said in ("接下来", "共同申请", "下载已签署的协议", row.code, "生效"):
        assert said in case_page
    for name in ("signed_agreement", "frozen_agreement"):
        address = reverse(f"investornet:{name}", kwargs={"ref": story.ref, "version": 1})
        for who in ("stranger", "other_mediator", "other_org"):
            assert client_of(stage, who).get(address).status_code == 404
    taken = firm.get(reverse("investornet:signed_agreement", kwargs={"ref": story.ref, "version": 1}))
    assert taken.content == phone.get(f"{SIGNING}signed/").content == signed_file(row)
    altered = taken.content[:-9] + b"x" + taken.content[-8:]
    for prefix in ("/net", "/court"):
        asked = Client().post(f"{prefix}/verify/", {"code": row.code}).content.decode()
        proof, broken = (
            Client().post(f"{prefix}/verify/", {"file": SimpleUploadedFile("a.pdf", content)}).content.decode()
            for content in (taken.content, altered)
        )
        assert "有效，未被改动" in proof
        assert "已被改动" in broken
        for text in (asked, proof):
            assert "张某某" in text
            assert "张晓慧" not in text
            assert "华信股份有限公司" in text
        assert "张某某" not in broken
    assert Client().post("/net/verify/", {}).status_code == 422
    assert "不是本平台签署的文件" in Client().post("/net/verify/", {"code": "AAAA"}).content.decode()
    assert Client().get("/net/verify/root.crt").content
    assert Client().get("/net/verify/revoked.crl").content
    assert Client().get("/court/verify/root.crt").status_code == 404
    kept = LocalEntry.objects.filter(chain=str(story.ref), kind__startswith="signing_link")
    assert {one.kind for one in kept} == {"signing_link.sent", "signing_link.opened"}


def test_a_new_version_voids_signatures_links_and_files_visibly(stage: Stage) -> None:
    story = walk(file_case(stage), "SIGNING")
    phone = linked(stage, story, story.zhang)
    phone.post(SIGNING, {"send": "1"})
    phone.post(SIGNING, {"sign": "1", "read": "1", "code": code()})
    assembling.assemble(NET, day(9))
    old = SignedAgreement.objects.get(case=story.case(NET))
    content = signed_file(old)
    assert content

    reason = Enclosed(EnclosureKind.REASON, {"text": "金额有误。"})
    story.act(NET, "revise_agreement", story.mediator, day(9), enclosures=[reason])
    walked_on = verify(NET, content)
    fresh = propose(story, "协议：被申请人于2024年12月31日以前赔偿申请人两万元。")

    assert (walked_on.verdict, walked_on.void) == (FileVerdict.VALID, True)
    assert look_up(NET, old.code).void
    assert "已经作废" in Client().post("/net/verify/", {"code": old.code}).content.decode()
    assert phone.get(SIGNING).status_code == 410
    shown = client_of(stage, "zhang").get(reverse("investornet:case", kwargs={"ref": story.ref})).content.decode()
    assert "已作废，原来的签名不再有效" in shown
    assert story.case(NET).sheet["agreement"]["signatures"] == {}
    with pytest.raises(Refused):
        story.act(NET, "sign", story.party(story.zhang, NET), day(9), digest=old.digest, party=story.zhang)
    story.act(NET, "sign", story.party(story.zhang, NET), day(9), digest=fresh, party=story.zhang)
    assembling.assemble(NET, day(9))
    assert sorted(SignedAgreement.objects.values_list("version", "assembled")) == [(1, 1), (2, 1)]


def test_a_link_is_one_partys_for_one_version_and_dies_of_misuse(stage: Stage) -> None:
    story = walk(file_case(stage), "SIGNING")
    url = reverse("investornet:signing_link", kwargs={"ref": story.ref, "party": story.zhang})
    for who in ("zhang", "huaxin", "other_mediator", "stranger"):
        assert client_of(stage, who).post(url).status_code == 404
    firm = reverse("investornet:signing_link", kwargs={"ref": story.ref, "party": story.huaxin})
    told = client_of(stage, "org").post(firm, follow=True).content.decode()
    first = linked(stage, story, story.zhang)
    client_of(stage, "org").post(url)
    stale = first.get(SIGNING)
    unproved = Client()
    unproved.get(f"{SIGNING}{token()}/")
    guesser = Client()
    tokens = [guesser.get(f"{SIGNING}{'x' * 30}{place}/").status_code for place in range(22)]
    straight = unproved.post(SIGNING, {"sign": "1", "read": "1", "code": "000000"}).status_code
    document = unproved.get(f"{SIGNING}document/").status_code
    unproved.post(SIGNING, {"send": "1"})
    for _time in range(10):
        last = unproved.post(SIGNING, {"code": "12345x"})

    assert "没有登记手机号码" in told
    assert stale.status_code == 410
    assert set(tokens) == {404, 429}
    assert (straight, document, last.status_code) == (422, 302, 410)
    assert story.case(NET).sheet["agreement"]["signatures"] == {}
    assert SigningLink.objects.filter(wrong__gte=10).count() == 1
    kept: tuple[Any, ...] = (SigningLink, LocalEntry, CaseEvent, OneTimeCode)
    everything = [str(row.__dict__) for model in kept for row in model.objects.all()]
    assert not [row for row in everything if token() in row]
    # A later hour lets the same browser in again with a new link; refusing needs a tick, and ends the mediation.
    with time_machine.travel(day(9) + timedelta(hours=2), tick=False):
        # Redis keeps a time of its own: the hour for which guessing shuts out does not pass there by travelling.
        cache.clear()
        phone = linked(stage, story, story.zhang)
        assert phone.post(SIGNING, {"refuse": "1"}).status_code == 422
        assert story.case(NET).state == State.SIGNING
        phone.post(SIGNING, {"refuse": "1", "sure": "1"})
        refused = phone.get(SIGNING).status_code
    assert story.case(NET).state == State.HANDED_BACK
    assert refused == 410


def test_an_agent_signs_only_with_special_authority_and_the_file_says_so(stage: Stage) -> None:
    story = walk(file_case(stage), "MEDIATING")
    general, special = appoint(story, "GENERAL", "赵助理"), appoint(story, "SPECIAL", "李律师")
    digest = propose(story, "协议：被申请人于2024年12月31日以前赔偿申请人一万元。")

    with pytest.raises(Refused) as refused:
        story.act(NET, "sign", general, day(9), digest=digest, party=story.zhang)
    story.act(NET, "sign", special, day(9), digest=digest, party=story.zhang)
    assembling.assemble(NET, day(9))

    assert refused.value.code == "can_dispose"
    told = look_up(NET, SignedAgreement.objects.get().code).signatures
    assert [(one.name, one.by) for one in told] == [("张晓慧", "李律师")]
