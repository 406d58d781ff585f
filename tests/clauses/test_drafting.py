"""An agreement from the first clause to the file that is signed, and who gets to see what of it on the way."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from mediation import files, queries
from mediation.clauses import drafts
from mediation.clauses.agreement import Body
from mediation.clauses.printing import compose, print_agreement
from mediation.models import AgreementDraft, CaseEvent, Document, Enclosure, Notice
from mediation.vocabulary import EnclosureKind
from tests.papers.reading import words
from tests.windows.stage import XSS, Stage, Story, day, file_case, walk

COURT, NET = "courtplatform", "investornet"
SECRET = "五十万零七元的让步"


def url(story: Story, name: str = "agreement", **more: Any) -> str:
    return reverse(f"{NET}:{name}", kwargs={"ref": story.ref, **more})


def newest(story: Story) -> AgreementDraft:
    return AgreementDraft.objects.filter(case__ref=story.ref).latest("version")


def send(
    client: Client, story: Story, name: str, status: int = 302, *, at: dict[str, Any] | None = None, **given: Any
) -> Any:
    held = AgreementDraft.objects.filter(case__ref=story.ref).order_by("version").last()
    answer = client.post(url(story, name, **(at or {})), {"seen": held.revision if held else 0, **given})
    assert answer.status_code == status, (name, answer.content.decode()[-3000:])
    return answer


def clause(story: Story, kind: str) -> str:
    return next(one.key for one in Body.load(newest(story).body).clauses if one.kind == kind)


def draft_instalments(client: Client, story: Story, **first: Any) -> None:
    """Draft an agreement of instalments that has nothing wrong with it."""
    send(client, story, "agreement_begin")
    send(client, story, "agreement_about", full="yes", summary=f"申请人称公司虚假陈述，{SECRET}。")
    send(client, story, "agreement_add", set="INSTALMENTS")
    plan: dict[str, Any] = {"payer": story.huaxin, "payee": story.zhang, "purpose": "赔偿款", "amount": "10000"}
    plan |= {"plan_count": "3", "plan_first": "2024-06-30", "plan_months": "1", "hastened": "on"} | first
    send(client, story, "agreement_clause", at={"clause": clause(story, "INSTALMENTS")}, **plan)


def test_a_draft_is_mended_shown_commented_revised_proposed_signed_and_its_instalments_are_registered(
    story: Story, clients: dict[str, Client]
) -> None:
    med, zhang, huaxin, org = (clients[who] for who in ("mediator", "zhang", "huaxin", "org"))

    # Two defects stand in the way: no facts, and a sum that does not add up.
    send(med, story, "agreement_begin")
    send(med, story, "agreement_add", set="INSTALMENTS")
    key = clause(story, "INSTALMENTS")
    lines: dict[str, Any] = {"payer": story.huaxin, "payee": story.zhang, "purpose": "赔偿款", "amount": "10000"}
    lines |= {
        "plan": "2024-06-30 4000\n2024-07-31 5000",
        "account_holder": "张晓慧",
        "account_bank": "工商银行上海分行",
    }
    send(med, story, "agreement_clause", at={"clause": key}, account_number="6222000011112345", **lines)
    page = med.get(url(story, "agreement_propose")).content.decode()
    assert "没有写主要事实和争议事项" in page
    assert "各期合计¥9,000.00，与总金额¥10,000.00不符，差¥1,000.00" in page
    assert "第三百五十八条第五项" in page
    assert url(story, "agreement_clause", clause=key) in page
    send(med, story, "agreement_propose", 422)
    assert story.case(NET).state == "MEDIATING"

    # Mended, and shown: parties and the organisation read it, the mediator's unfinished work nobody.
    send(med, story, "agreement_about", full="yes", summary="申请人主张公司虚假陈述造成损失，双方对损失金额有争议。")
    assert zhang.get(url(story)).content.decode().count("还没有发出协议草稿") == 1
    assert zhang.get(url(story, "agreement_version", version=1)).status_code == 404
    send(
        med,
        story,
        "agreement_clause",
        at={"clause": key},
        account_number="6222000011112345",
        **(lines | {"plan": "2024-06-30 4000\n2024-07-31 6000"}),
    )
    send(med, story, "agreement_share")
    notices = [(one.role, one.seat, one.loud) for one in Notice.objects.filter(text=drafts.SHOWN)]
    assert sorted(notices) == sorted([("PARTY", story.zhang, True), ("PARTY", story.huaxin, True)])
    read = zhang.get(url(story, "agreement_version", version=1)).content.decode()
    assert "10,000.00元（大写：人民币壹万元整）" in read
    assert "尾号2345" in read
    assert "6222000011112345" not in read
    assert "6222000011112345" in zhang.get(url(story)).content.decode()
    assert "6222000011112345" not in org.get(url(story)).content.decode()

    # Both parties comment; each sees what the other says, the organisation does not.
    said: dict[str, Any] = {"clause": key, "text": f"首期能否提前？{XSS}"}
    send(zhang, story, "agreement_version", at={"version": 1}, **said)
    assert Notice.objects.get(text=drafts.REMARKED).role == "MEDIATOR"
    other = huaxin.get(url(story, "agreement_version", version=1)).content.decode()
    assert "首期能否提前" in other
    assert "<script>alert" not in other
    assert "首期能否提前" not in org.get(url(story, "agreement_version", version=1)).content.decode()
    send(org, story, "agreement_version", 404, at={"version": 1}, **said)
    for stranger in ("stranger", "other_mediator", "other_org"):
        assert clients[stranger].get(url(story)).status_code == 404
    for reader in (zhang, org):
        for name in ("agreement_begin", "agreement_about", "agreement_add", "agreement_share", "agreement_propose"):
            send(reader, story, name, 404)

    # A second version differs by a date; the order changes; somebody who saw an older one overwrites nothing.
    send(med, story, "agreement_begin")
    send(med, story, "agreement_clause", at={"clause": key}, **(lines | {"plan": "2024-06-15 4000\n2024-07-31 6000"}))
    send(med, story, "agreement_clause", at={"clause": clause(story, "RELEASE")}, up="1")
    send(med, story, "agreement_clause", 409, at={"clause": key}, seen="1", **lines)
    send(med, story, "agreement_share")
    told = zhang.get(url(story, "agreement_version", version=2)).content.decode()
    assert "<del>30</del>" in told
    assert "<ins>15</ins>" in told
    assert "换了位置" in told
    preview = zhang.get(url(story, "agreement_preview", version=2))
    assert preview["Content-Type"] == "application/pdf"
    assert "草稿第2版" in words(preview.content)

    # Proposed: the file's SHA-256 is what people sign; twice changes nothing.
    send(med, story, "agreement_propose", checked="1")
    send(med, story, "agreement_propose", checked="1")
    case = story.case(NET)
    digest = case.sheet["agreement"]["digest"]
    assert (case.state, case.sheet["agreement"]["version"]) == ("SIGNING", 1)
    paper = files.fetch(NET, digest)
    assert hashlib.sha256(paper).hexdigest() == digest
    assert b"<pdfaid:part>2</pdfaid:part>" in paper
    text = queries.latest_text(case, EnclosureKind.AGREEMENT)["text"]
    assert "第1期于2024年6月15日前（含当日）支付4,000.00元（大写：人民币肆仟元整）" in text
    assert set(re.sub(r"\s", "", text)) <= set(words(paper))
    document = Document.objects.get(case=case, sha256=digest)
    assert (document.kind, document.audience) == ("AGREEMENT", "PARTIES")
    assert text.splitlines()[-5][:20] in zhang.get(url(story)).content.decode()

    # Taken back for a mistake, the next version starts from it.
    med.post(
        reverse(f"{NET}:move", kwargs={"ref": story.ref, "move": "revise_agreement"}),
        {"seen": case.entries, "key": "0" * 8 + "-0000-0000-0000-" + "0" * 12, "reason": "改日期"},
    )
    assert story.case(NET).state == "MEDIATING"
    send(med, story, "agreement_begin")
    assert newest(story).version == 3
    assert Body.load(newest(story).body) == Body.load(drafts.versions(case)[1].body)
    send(med, story, "agreement_propose", checked="1")
    assert story.case(NET).sheet["agreement"]["digest"] != digest

    # Signed, the clauses' instalments are registered without anybody typing them again.
    digest = story.case(NET).sheet["agreement"]["digest"]
    for who in (story.zhang, story.huaxin):
        story.act(NET, "sign", story.party(who, NET), day(9), digest=digest, party=who)
    owed = queries.agreed_obligations(story.case(NET))
    story.act(NET, "sign", story.mediator, day(9), digest=digest, obligations=owed)
    held = story.case(NET).sheet["agreement"]
    assert [(one["amount"], one["due_on"]) for one in held["obligations"]] == [
        (400_000, "2024-06-15"),
        (600_000, "2024-07-31"),
    ]
    assert held["last_due"] == "2024-07-31"


def test_nothing_of_a_draft_reaches_the_court_and_different_secrets_look_alike_there(
    stage: Stage, clients: dict[str, Client]
) -> None:
    def told(amount: str, secret: str) -> Story:
        story = walk(file_case(stage), "MEDIATING")
        med, zhang = clients["mediator"], clients["zhang"]
        draft_instalments(med, story, amount=amount, purpose=secret)
        send(med, story, "agreement_share")
        send(zhang, story, "agreement_version", at={"version": 1}, text=secret)
        send(med, story, "agreement_propose", checked="1")
        for who in (story.zhang, story.huaxin):
            story.act(NET, "sign", story.party(who, NET), day(9), digest=digest_of(story), party=who)
        story.wire(day(9))
        return story

    def digest_of(story: Story) -> str:
        return str(story.case(NET).sheet["agreement"]["digest"])

    def seen(story: Story) -> list[tuple[str, str]]:
        """Return what the court's people can fetch, without what is random in it."""
        names = [
            ("clerk", f"/court/admin/courtplatform/case/{story.case(COURT).pk}/"),
            ("zhang", f"/court/cases/{story.ref}/"),
        ]
        return [(who, clients[who].get(address, follow=True).content.decode()) for who, address in names]

    small, large = told("10000", "微薄之数"), told("900000000", "巨额让步款")

    for story, words_ in ((small, "微薄之数"), (large, "巨额让步款")):
        court = story.case(COURT)
        held = [bytes(row.sealed) for row in Enclosure.objects.filter(case=court, kind__in=["AGREEMENT", "DOCUMENT"])]
        assert held == [] or not any(held)
        assert court.sheet["agreement"] | {"digest": "", "signatures": 0} == {
            "digest": "", "version": 1, "full": True, "last_due": "", "signatures": 0,
        }  # fmt: skip
        assert not Document.objects.filter(case=court, kind="AGREEMENT").exists()
        assert not AgreementDraft.objects.filter(case=court).exists()
        for event in CaseEvent.objects.filter(case=court):
            assert words_ not in str(event.entry())
        for who, page in seen(story):
            assert words_ not in page, who
            assert "10,000.00" not in page
        for name in ("agreement", "agreement_propose"):
            address = url(story, name).replace("/net/", "/court/")
            assert clients["zhang"].get(address).status_code == 404
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM mediation_agreementdraft")
        assert all("巨额" not in str(row[0]) for row in cursor.fetchall())
    assert len(digest_of(small)) == len(digest_of(large)) == 64


def test_a_paper_agreement_is_proposed_with_its_text_and_payments(story: Story, clients: dict[str, Client]) -> None:
    med = clients["mediator"]
    paper = pdf_of(story)
    assert med.get(url(story, "agreement_upload")).status_code == 200
    given = {"full": "no", "text": "被申请人赔偿五千元，不履行的，由法院判决。", "key": str(story.ref)}
    given |= {"payer": story.huaxin, "payee": story.zhang, "schedule": "2024-05-08 2000\n2024-07-01 3000"}

    def upload(status: int, **more: Any) -> str:
        file = SimpleUploadedFile("协议.pdf", paper, "application/pdf")
        return send(med, story, "agreement_upload", status, **(given | more), document=file).content.decode()

    assert "已经过去" in upload(422)
    assert "请求法院作出裁判" in upload(422, schedule="2024-07-01 5000")
    assert "用语不明确（“尽快”）" in upload(422, schedule="2024-07-01 5000", text="尽快赔偿五千元。")
    upload(302, schedule="2024-07-01 5000", text="被申请人于2024年7月1日前赔偿五千元。")
    upload(302, schedule="2024-07-01 5000", text="被申请人于2024年7月1日前赔偿五千元。")
    told = med.get(url(story)).content.decode()
    assert "原文件按上传时的原样保存" in told
    assert "符合PDF/A-2B" in told
    sign = reverse("investornet:move", kwargs={"ref": story.ref, "move": "sign"})
    assert "格式为PDF/A-2B" in clients["huaxin"].get(sign).content.decode()

    case = story.case(NET)
    assert case.state == "SIGNING"
    assert case.sheet["agreement"]["digest"] == hashlib.sha256(paper).hexdigest()
    assert case.sheet["agreement"]["full"] is False
    assert [one["amount"] for one in queries.agreed_obligations(case)] == [500_000]
    assert "赔偿五千元" in clients["huaxin"].get(url(story)).content.decode()


def test_what_somebody_saves_while_it_is_printed_is_not_signed_unseen(story: Story, clients: dict[str, Client]) -> None:
    draft_instalments(clients["mediator"], story)
    stale = newest(story)
    drafts.save(newest(story), Body.load(stale.body), seen=stale.revision, by=story.mediator, at=day(9))

    with pytest.raises(drafts.Overwritten):
        drafts.propose(stale, seen=stale.revision, by=story.mediator, owner="a" * 32, at=day(9))

    assert story.case(NET).state == "MEDIATING"
    assert newest(story).proposed_at is None
    assert not Enclosure.objects.filter(kind="AGREEMENT").exists()


def pdf_of(story: Story) -> bytes:
    """Return some agreement as a file."""
    case = story.case(NET)
    return print_agreement(compose(case, Body(summary="。"), day(9), "X"), day(9)).content


def test_hostile_people_and_words_print_as_they_are_and_rare_characters_are_refused_by_name(
    stage: Stage, clients: dict[str, Client]
) -> None:
    name = "张#panic(1)$x$\\@<b>"
    story = walk(file_case(stage, applicant=name), "MEDIATING")
    med = clients["mediator"]
    draft_instalments(med, story)
    send(med, story, "agreement_add", kind="FREE")
    free = {"clause": clause(story, "FREE")}
    send(med, story, "agreement_clause", at=free, text=f"{XSS} #let x = 1 二、{{}} %s")
    send(med, story, "agreement_clause", 422, at=free, text="赔偿\u202e100元")

    page = med.get(url(story)).content.decode()
    paper = words(med.get(url(story, "agreement_preview", version=1)).content)
    send(med, story, "agreement_clause", at=free, text="张\ue000应当道歉")
    refused = med.get(url(story, "agreement_preview", version=1))
    stopped = send(med, story, "agreement_propose", 409, checked="1").content.decode()

    assert "<script>alert" not in page
    assert name in paper
    assert "#letx=1二、{}%s" in paper
    assert (refused.status_code, "U+E000" in refused.content.decode()) == (409, True)
    assert "U+E000" in stopped
    assert story.case(NET).state == "MEDIATING"
    for bad in ({"amount": "abc"}, {"amount": "0"}, {"plan_count": "3"}, {"plan": "明天 5"}, {"payer": "nobody"}):
        send(med, story, "agreement_clause", 422, at={"clause": clause(story, "INSTALMENTS")}, **bad)
    send(med, story, "agreement_clause", 404, at={"clause": str(story.ref)})
    send(med, story, "agreement_add", kind="NONSENSE")
    assert [one.version for one in drafts.versions(story.case(NET))] == [1]
