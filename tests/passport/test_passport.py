"""Case passports: who takes what away, that nothing is lost on the way, and that nothing altered comes in."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from mediation import chain, files, keyring
from mediation.chain import SigningKey
from mediation.models import ImportedPassport, LocalEntry
from mediation.passport import opening, shape
from mediation.passport.opening import PassportRefused, open_passport
from mediation.passport.packing import Piece, manifest_of, pack, seal
from mediation.project.environment import BASE_DIR
from mediation.vocabulary import Audience, Role
from tests.papers.reading import words
from tests.windows.stage import CREDIT, ZHANG, Stage, Story, account, add_document, day, file_case, post, walk

COURT, NET = "courtplatform", "investornet"
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
Opened = dict[str, bytes]


@pytest.fixture
def story(stage: Stage) -> Story:
    """A case in mediation; a document for everybody, one for the applicants' side, one for the mediator alone."""
    found = walk(file_case(stage), "MEDIATING")
    for place, audience in enumerate((Audience.ALL, Audience.APPLICANTS, Audience.MEDIATOR)):
        content = PDF + b"% " + audience.encode()
        judged = files.judge(f"{place}.pdf", content)
        files.store(NET, judged, content, day(5))
        zhang = found.party(found.zhang, NET)
        add_document(found, NET, zhang, day(5), sha256=judged.sha256, audience=audience)
    found.wire(day(8))
    return found


def signed_in(stage: Stage, who: str) -> Client:
    client = Client()
    client.force_login(stage.accounts[who], backend="roster.backend.AccountBackend")
    return client


def unpacked(content: bytes) -> Opened:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def told(content: bytes) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(unpacked(content)[shape.CASE])
    return said


def trusted() -> dict[str, Any]:
    return {code: keyring.trusted(code) for code in (COURT, NET)}


@pytest.mark.django_db
def test_everybody_takes_away_what_they_may_see_and_no_more(stage: Stage, story: Story) -> None:
    net, rest = f"/net/cases/{story.ref}/passport/", f"/net/api/v1/cases/{story.ref}/passport"
    desk = f"/court/admin/cases/{story.ref}/passport/"

    answers = {who: signed_in(stage, who).get(net) for who in ("zhang", "huaxin", "org", "mediator", "stranger")}
    again = signed_in(stage, "zhang").get(rest)
    court = signed_in(stage, "clerk").get(desk)
    whole = signed_in(stage, "clerk").get(f"{desk}?reveal=1")
    denied = signed_in(stage, "zhang").get(f"{rest}?reveal=1")
    page = signed_in(stage, "zhang").get(f"/net/cases/{story.ref}/").content.decode()
    hers = unpacked(answers["zhang"].content)
    audiences = {
        who: {one["audience"] for one in told(answers[who].content)["documents"]}
        for who in ("zhang", "huaxin", "org", "mediator")
    }
    kinds = {one["kind"] for one in told(court.content)["contents"]}
    noted = LocalEntry.objects.filter(platform=NET, kind="passport.v1").order_by("number")

    assert [answers[who].status_code for who in answers] == [200, 200, 200, 200, 404]
    assert (court.status_code, denied.status_code) == (200, 403)
    assert audiences == {
        "zhang": {"ALL", "APPLICANTS", "MEDIATOR"},
        "huaxin": {"ALL"},
        "org": {"ALL"},
        "mediator": {"ALL", "APPLICANTS", "MEDIATOR"},
    }
    assert b"% MEDIATOR" not in answers["huaxin"].content + answers["org"].content + court.content
    assert again.content == answers["zhang"].content
    assert ZHANG.encode() not in answers["zhang"].content + court.content
    assert ZHANG.encode() in whole.content
    assert "PARTY" not in kinds
    assert CREDIT in json.dumps(told(court.content)["people"])
    assert [len(told(answers["zhang"].content)["journal"])] == [story.case(NET).entries]
    assert net in page
    assert "documents/001" in " ".join(hers)
    assert ("张晓慧" in words(hers[shape.COVER]), "目录" in words(hers[shape.COVER])) == (True, True)
    assert b"const embedded = {" in hers[shape.VIEWER]
    assert noted[0].facts["sha256"] == hashlib.sha256(again.content).hexdigest()
    assert noted[0].by["ref"] == story.zhang


@pytest.mark.django_db
def test_what_is_taken_in_leaves_byte_for_byte_as_it_came(
    stage: Stage, story: Story, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, back, keys = tmp_path / "first.zip", tmp_path / "back.zip", tmp_path / "keys.json"
    call_command("export_passport", str(story.ref), platform=NET, role=Role.MEDIATOR, output=first)
    call_command("keys", "export")
    keys.write_text(capsys.readouterr().out.partition("\n")[2])
    theirs = post(account("judge9", "外院法官"), COURT, Role.JUDGE, court="京74")

    published = tmp_path / "published.json"
    published.write_text(Client().get(f"/exchange/v1/{NET}/keys.json").content.decode())

    for known in (keys, published):
        call_command("import_passport", str(first), platform=COURT, keys=known)
    call_command("export_passport", str(story.ref), imported=True, output=back)
    record = ImportedPassport.objects.get()
    listed = signed_in(stage, "clerk").get("/court/admin/passports/").content.decode()
    opened = signed_in(stage, "clerk").get(f"/court/admin/passports/{record.pk}/")
    other = Client()
    other.force_login(theirs, backend="roster.backend.AccountBackend")

    assert first.read_bytes() == back.read_bytes() == opened.content
    assert (record.issuer, record.entries, record.court) == (NET, story.case(NET).entries, "沪74")
    assert keyring.signer(NET).public.id in listed
    assert other.get(f"/court/admin/passports/{record.pk}/").status_code == 404
    assert LocalEntry.objects.filter(platform=COURT, kind="passport.import").count() == 1
    assert (BASE_DIR / "docs/passport.schema.json").read_text() == shape.render()


def resealed(change: Callable[[dict[str, Any]], None]) -> Callable[[Opened], bytes]:
    """Return what makes a passport that says something else and is signed by the platform's own key all the same."""

    def make(held: Opened) -> bytes:
        said = json.loads(held[shape.CASE])
        change(said)
        pieces = [Piece(path, content) for path, content in held.items()][:-2]
        changed = [Piece(one.path, chain.canonical(said) if one.path == shape.CASE else one.content) for one in pieces]
        return seal(changed, NET, keyring.signer(NET))

    return make


def repacked(**changes: bytes | None) -> Callable[[Opened], bytes]:
    """Return what changes files of the archive and nothing else; None takes one out."""

    def make(held: Opened) -> bytes:
        return pack(Piece(path, content) for path, content in {**held, **changes}.items() if content is not None)

    return make


def compressed(held: Opened) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in (held | {shape.COVER: bytes(4_000_000)}).items():
            archive.writestr(path, content)
    return written.getvalue()


def by_stranger(held: Opened) -> bytes:
    return seal([Piece(path, content) for path, content in held.items()][:-2], NET, SigningKey.generate())


def without_last_document(held: Opened) -> bytes:
    pieces = [Piece(path, content) for path, content in held.items()][:-2]
    manifest = chain.canonical(manifest_of(pieces[:-1]))
    return pack([*pieces, Piece(shape.MANIFEST, manifest), Piece(shape.SIGNATURE, held[shape.SIGNATURE])])


def first_entry(**changes: Any) -> Callable[[Opened], bytes]:
    return resealed(lambda said: said["journal"][0].update(changes))


REFUSED: dict[str, tuple[Callable[[Opened], bytes], str]] = {
    "no archive": (lambda held: b"PK" * 40, "不是完整的ZIP"),
    "a cut-off end": (lambda held: pack(Piece(*one) for one in held.items())[:-30], "ZIP|损坏"),
    "something behind the end": (lambda held: pack(Piece(*one) for one in held.items()) + b"x", "不是按案件护照的格式"),
    "something before the start": (lambda held: b"x" + pack(Piece(*one) for one in held.items()), "改动|损坏"),
    "compressed files": (compressed, "压缩炸弹"),
    "a way out of the folder": (repacked(**{"../x": b""}), "路径"),
    "an absolute path": (repacked(**{"/etc/x": b""}), "路径"),
    "no signature": (repacked(**{shape.SIGNATURE: None}), "signature.json"),
    "an altered cover": (repacked(**{shape.COVER: b"%PDF-"}), "与清单不符"),
    "an altered manifest": (without_last_document, "签名无效"),
    "a stranger's key": (by_stranger, "不认识签名密钥"),
    "another version": (resealed(lambda said: said.update(version=2)), "只认识版本1"),
    "another format": (resealed(lambda said: said.update(format="x")), "不是案件护照"),
    "an unknown field": (resealed(lambda said: said.update(more=1)), "不符合案件护照的格式"),
    "a path in a document": (resealed(lambda said: said["documents"][0].update(path="../x")), "不符合案件护照的格式"),
    "another issuer": (resealed(lambda said: said["issuer"].update(platform=COURT)), "与签名不符"),
    "an altered entry": (first_entry(at="2024-01-01T00:00:00.000000Z"), r"第1条未通过校验（ALTERED）"),
    "an entry taken out": (resealed(lambda said: said["journal"].pop(2)), "第3条未通过校验（REMOVED）"),
    "a cut-off tail": (resealed(lambda said: said["journal"].pop()), "TRUNCATED"),
    "no trusted author": (resealed(lambda said: said["keys"].update(courtplatform=[])), "FORGED"),
    "another case": (resealed(lambda said: said["case"].update(ref="0" * 8 + "-0000" * 3 + "-" + "0" * 12)), "不符"),
    "an altered text": (resealed(lambda said: said["contents"][0]["content"].update(text="别的")), "附件内容"),
    "an exchanged file": (resealed(lambda said: said["documents"][0].update(size=1)), "校验值不符"),
    "a document of no entry": (
        resealed(lambda said: said.update(contents=[one for one in said["contents"] if one["kind"] != "DOCUMENT"])),
        "没有记载",
    ),
    "a file nobody names": (resealed(lambda said: said.update(documents=[])), "没有写明的文件"),
}  # fmt: skip


@pytest.mark.django_db
def test_nothing_altered_comes_in_and_each_is_told_why(
    stage: Stage, story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = tmp_path / "good.zip"
    call_command("export_passport", str(story.ref), platform=NET, output=good)
    held = unpacked(good.read_bytes())

    assert open_passport(good.read_bytes(), trusted()).told["case"]["ref"] == str(story.ref)
    for make, said in REFUSED.values():
        altered = make(held)
        with pytest.raises(PassportRefused, match=said):
            open_passport(altered, trusted())
    monkeypatch.setattr(opening, "LARGEST", 1024 * 1024)
    with pytest.raises(PassportRefused, match="超过1 MB"):
        open_passport(bytes(1024 * 1024 + 1), trusted())
    good.write_bytes(by_stranger(held))
    with pytest.raises(CommandError, match="不认识签名密钥"):
        call_command("import_passport", str(good))
    assert not ImportedPassport.objects.exists()
