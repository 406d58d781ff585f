"""The signed file: made of the journal, in its order, once; valid to the last byte, and void with its version."""

from __future__ import annotations

import random
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from mediation import files
from mediation.models import Certificate, Document, SignedAgreement
from mediation.papers.press import Sheet, print_sheet
from mediation.signatures import archival, assembling, pades
from mediation.signatures.verification import look_up, signed_file, verify
from mediation.vocabulary import FileVerdict
from tests.windows.stage import Stage, Story, day, file_case, walk

NET, COURT = "investornet", "courtplatform"


def signed(story: Story) -> tuple[SignedAgreement, bytes]:
    row = SignedAgreement.objects.get(case=story.case(NET))
    content = signed_file(row)
    assert content is not None
    return row, content


def test_every_signing_becomes_one_signature_and_the_whole_file_goes_to_everybody(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = walk(file_case(stage), "SIGNING")
    digest = story.case(NET).sheet["agreement"]["digest"]
    sign = lambda by, **more: story.act(NET, "sign", by, day(7), digest=digest, **more)  # noqa: E731
    sign(story.party(story.zhang, NET), party=story.zhang, verified="LINK_CODE")
    assembling.assemble(NET, day(7), since=day(6))
    first = signed(story)[1]
    sign(story.party(story.huaxin, NET), party=story.huaxin, verified="ACCOUNT")
    assembling.assemble(NET, day(7) + timedelta(seconds=5))
    bound = signed(story)[0].assembled
    sign(story.mediator)
    with monkeypatch.context() as slow:
        # The seal is set while the mediator's signature is being added: what is delivered must have it as well.
        add = assembling._add
        slow.setattr(assembling, "_add", lambda *given: (add(*given), story.seal(day(7))))
        assembling.assemble(NET, day(7) + timedelta(seconds=10))
    early_row = signed(story)[0]
    assert (early_row.assembled, "signed" in story.case(NET).sheet["agreement"]) == (3, False)
    assembling.assemble(NET, day(7) + timedelta(seconds=15))
    again = assembling.assemble(NET, day(7) + timedelta(seconds=20))
    story.wire(day(8))
    assembling.assemble(COURT, day(8))

    row, content = signed(story)
    found = pades.check(content, [row.root])
    assert (bound, again) == (2, 0)
    assert [one.holds for one in found] == [True] * 4
    assert [one.field for one in found] == ["Signature1", "Signature2", "Signature3", "Signature4"]
    assert content.startswith(first[:1000])
    assert {one.serial for one in found} == set(Certificate.objects.values_list("serial", flat=True))
    assert files.judge("signed.pdf", content).type == "PDF"
    # The court has it as a document of the case, and knows the same code.
    assert Document.objects.filter(case=story.case(COURT), sha256=row.sha256, kind="AGREEMENT").exists()
    assert story.case(COURT).sheet["agreement"]["signed"] == row.sha256
    for platform in (NET, COURT):
        by_file, by_code = verify(platform, content), look_up(platform, row.code.lower().replace("-", " "))
        for told in (by_file, by_code):
            assert (told.verdict, told.void, told.complete) == (FileVerdict.VALID, False, True)
            assert [one.name for one in told.signatures] == ["张晓慧", "华信股份有限公司", "王守信", "投服中心"]
            assert told.effective_at == story.case(NET).effective_at == day(7)
    # Who has not signed yet leaves an empty field, which is PDF/A as well: a seal may be refused for good.
    assert archival.faults(first) == []
    early = verify(NET, first)
    assert (early.verdict, early.earlier, len(early.signatures)) == (FileVerdict.VALID, True, 1)
    kept, out = tmp_path / "a.pdf", StringIO()
    kept.write_bytes(content)
    call_command("verify_document", str(kept), stdout=out)
    assert "VALID" in out.getvalue()
    kept.write_bytes(content[:-1] + b"x")
    with pytest.raises(SystemExit):
        call_command("verify_document", str(kept), stdout=out)
    assert "ALTERED" in out.getvalue()


def with_entry(content: bytes, key: str, value: str) -> bytes:
    """Return a file whose catalog says one thing more."""
    writer, read = IncrementalPdfFileWriter(BytesIO(content)), BytesIO(f"{value} ".encode())
    writer.root[key] = generic.read_object(read, generic.Reference(0, 0, writer))
    writer.update_root()
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def test_any_altered_byte_and_any_appended_update_is_found(stage: Stage) -> None:
    story = walk(file_case(stage), "COMPLETE")
    assembling.assemble(NET, day(8))
    row, content = signed(story)
    chance = random.Random(7)
    padding = content.rfind(b"0" * 64)
    places = [*chance.sample(range(len(content)), 40), 0, len(content) - 1, padding]

    told = []
    for place in places:
        flipped = bytearray(content)
        flipped[place] ^= 1 << chance.randrange(8)
        told.append(verify(NET, bytes(flipped)).verdict)
    appended = verify(NET, content + b"\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n")
    cut = verify(NET, content[: content.rfind(b"%%EOF")])
    stranger = verify(NET, b"%PDF-1.7\n%%EOF")
    crafted = verify(NET, f"{row.code} 甲方已经签了".encode())

    assert set(told) == {FileVerdict.ALTERED}
    assert appended.verdict is cut.verdict is crafted.verdict is FileVerdict.ALTERED
    assert appended.signatures == []
    assert stranger.verdict is FileVerdict.UNKNOWN
    assert look_up(NET, "7K3M-Q2RT-88XZ-0ABC").verdict is FileVerdict.UNKNOWN


def test_a_fully_signed_file_keeps_every_mark_of_pdf_a(stage: Stage) -> None:
    story = walk(file_case(stage), "COMPLETE")
    assembling.assemble(NET, day(9))
    row, content = signed(story)

    assert len(pades.check(content, [row.root])) == 4
    assert (archival.profile(content), archival.faults(content)) == ("PDF/A-2B", [])
    # What would break it is found: each of these is one byte or name changed in the finished file.
    for old, new, said in (
        (b"/GTS_PDFA1", b"/GTS_PDFX1", "no output intent"),
        (b"/F 132", b"/F 130", "does not print"),
        (b"/FontFile3", b"/FontFileX", "not embedded"),
        (b"/SubFilter /ETSI", b"/JS 1 /Sub /ETSI", "scripts"),
    ):
        assert old in content, old
        assert any(said in one for one in archival.faults(content.replace(old, new)))
    sheet = print_sheet(
        Sheet(issuer="投服中心", title="调解协议", blocks=[{"kind": "text", "text": "一"}]), day(9)
    ).content
    assert archival.faults(sheet) == []
    for key, value, clause in (
        ("/Requirements", "[]", "6.11"),
        ("/NeedsRendering", "true", "6.4.2"),
        ("/OpenAction", "<< /S /Named /N /Print >>", "6.5.1"),
        ("/OCProperties", "<< /D << /Name (a) /AS [] >> >>", "6.9"),
        ("/Extra", "<< /Type /ExtGState /HTP [0 0] /RI /Odd >>", "6.2.6"),
        ("/Extra", "<< /Subtype /Image /Alternates [] >>", "6.2.8"),
        ("/Extra", "<< /Subtype /Form /Ref << >> >>", "6.2.9"),
        ("/Extra", "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /A >>", "6.2.11.3"),
        ("/Extra", "<< /Type /Annot /Subtype /TrapNet >>", "6.3.1"),
        ("/Extra", "<< /Type /Filespec /EF << >> >>", "6.8"),
        ("/Extra", f"<< /{'a' * 128} 1 >>", "6.1.13"),
        ("/OutputIntents", "[<< /S /GTS_PDFA1 >>]", "6.2.3"),
    ):
        assert any(clause in one for one in archival.faults(with_entry(sheet, key, value))), (key, value)
    for mark in (b"<?xpacket begin", b"</rdf:RDF>"):
        assert any("6.6.2" in one for one in archival.faults(sheet.replace(mark, mark.swapcase())))
    assert archival.faults(sheet.replace(b"<pdfaid:part>2", b"<pdfaid:part>1")) == ["no claim to be PDF/A-2 or -3"]
    assert archival.faults(b"%PDF-1.4 broken") != []
    assert archival.profile(b"no pdf at all") == ""
