"""Materials of a case: several at once, by pieces, confirmed, looked at, confided, taken back, scanned."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from mediation import files, incoming, moves, tasks
from mediation.models import Blob, Case, CaseEvent, Document, Enclosure, Scan, Upload
from mediation.vocabulary import ScanState
from tests.windows.stage import Stage, Story, day, file_case, walk

pytestmark = pytest.mark.django_db
NET = "investornet"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


@pytest.fixture
def story(stage: Stage) -> Story:
    return walk(file_case(stage), "MEDIATING")


def browser(story: Story, who: str) -> Client:
    found = Client()
    found.force_login(story.stage.accounts[who], backend="roster.backend.AccountBackend")
    return found


def url(name: str, story: Story, **more: Any) -> str:
    return reverse(f"{NET}:{name}", kwargs={"ref": story.ref, **more})


def upload(client: Client, story: Story, *chosen: tuple[str, bytes], **answers: str) -> Any:
    given = {"kind": "TRADING", "audience": "ALL", **answers}
    made = [SimpleUploadedFile(name, content) for name, content in chosen]
    return client.post(url("evidence", story), {**given, "uploads": made})


def confirm(client: Client, story: Story) -> Any:
    return client.post(url("evidence_confirm", story), {"right_case": "yes"})


def test_files_reach_a_case_only_once_its_parties_were_confirmed_and_are_shown_without_running(story: Story) -> None:
    zhang = browser(story, "zhang")
    before = story.case(NET).entries

    chosen = upload(zhang, story, ("成交.png", PNG), ("对账单.pdf", PDF))
    shown = zhang.get(url("evidence_confirm", story)).content.decode()
    unticked = zhang.post(url("evidence_confirm", story))
    dropped = Upload.objects.get(name="对账单.pdf")
    zhang.post(url("evidence_confirm", story), {"drop": str(dropped.ref)})
    held_back = story.case(NET).entries
    upload(zhang, story, ("对账单.pdf", PDF))
    done, again = confirm(zhang, story), confirm(zhang, story)

    assert (chosen.status_code, unticked.status_code, held_back) == (302, 422, before)
    assert all(text in shown for text in ("张晓慧", "华信股份有限公司", hashlib.sha256(PNG).hexdigest(), "成交.png"))
    assert (done.status_code, again.status_code, story.case(NET).entries) == (302, 302, before + 1)
    assert Upload.objects.count() == 0
    image, pdf = Document.objects.filter(platform=NET, number=before + 1)
    page = zhang.get(url("document_view", story, document=image.ref)).content.decode()
    assert url("document_inline", story, document=image.ref) in page
    assert image.sha256 in page
    assert "可以撤回" in page
    for document, kind, sandboxed in ((image, "image/png", True), (pdf, "application/pdf", False)):
        answer = zhang.get(url("document_inline", story, document=document.ref))
        assert answer["Content-Type"] == kind
        assert answer["Content-Disposition"].startswith("inline")
        assert answer["Content-Security-Policy"].startswith("default-src 'none'")
        assert ("sandbox" in answer["Content-Security-Policy"]) is sandboxed
        assert answer["X-Content-Type-Options"] == "nosniff"
    assert browser(story, "li").get(url("document_inline", story, document=image.ref)).status_code == 404


def test_who_may_see_a_document_is_kept_by_every_reader(story: Story, client: Client) -> None:
    zhang, mediator = browser(story, "zhang"), browser(story, "mediator")
    others = [browser(story, who) for who in ("huaxin", "org", "other_org", "stranger")]

    for audience in ("APPLICANTS", "MEDIATOR"):
        upload(zhang, story, (f"{audience}.png", PNG), audience=audience)
        confirm(zhang, story)
    story.wire(day(9))

    assert Document.objects.filter(platform="courtplatform", audience__in=["APPLICANTS", "MEDIATOR"]).count() == 0
    for held in Document.objects.filter(platform=NET, audience__in=["APPLICANTS", "MEDIATOR"]):
        places = [
            *(url(name, story, document=held.ref) for name in ("document", "document_view", "document_inline")),
            f"/net/api/v1/documents/{held.ref}/content",
        ]
        for place in places:
            assert zhang.get(place).status_code == 200, place
            assert mediator.get(place).status_code == 200, place
            assert {other.get(place).status_code for other in others} == {404}, place
        assert all(held.name not in other.get(url("case", story)).content.decode() for other in others)
    assert upload(browser(story, "huaxin"), story, ("a.png", PNG), audience="APPLICANTS").status_code == 422


def test_who_handed_in_takes_back_for_a_quarter_of_an_hour_and_the_content_is_gone_on_both_sides(story: Story) -> None:
    zhang = browser(story, "zhang")
    upload(zhang, story, ("误交.pdf", PDF))
    confirm(zhang, story)
    story.wire(day(9))
    held = Document.objects.get(platform=NET, name="误交.pdf")
    place = url("document_withdraw", story, document=held.ref)
    number = story.case(NET).entries

    others = [browser(story, who).post(place).status_code for who in ("huaxin", "mediator", "org")]
    asked, done = zhang.get(place), zhang.post(place)
    story.wire(day(9))

    assert others == [409, 409, 409]
    assert (asked.status_code, done.status_code) == (200, 302)
    for code in (NET, "courtplatform"):
        case = story.case(code)
        erased = Enclosure.objects.get(case=case, number=number, kind="DOCUMENT")
        assert (bytes(erased.sealed), erased.salt, erased.content()) == (b"", "", {})
        assert not Document.objects.filter(platform=code, ref=held.ref).exists()
        entries = [event.entry() for event in CaseEvent.objects.filter(case=case).order_by("number")]
        assert entries[number - 1]["enclosures"][0]["digest"] == erased.digest
        assert moves.differences(case, moves.fold(code, entries)) == []
    assert zhang.get(url("document", story, document=held.ref)).status_code == 404


def test_content_goes_with_the_last_that_needs_it_and_after_the_quarter_nothing_is_taken_back(
    story: Story, django_capture_on_commit_callbacks: Any
) -> None:
    zhang = browser(story, "zhang")
    for name in ("一.pdf", "二.pdf"):
        upload(zhang, story, (name, PDF))
        confirm(zhang, story)
    first, second = Document.objects.filter(platform=NET, name__in=["一.pdf", "二.pdf"])
    blobs = Blob.objects.filter(platform=NET, sha256=first.sha256)

    with django_capture_on_commit_callbacks(execute=True):
        zhang.post(url("document_withdraw", story, document=first.ref))
    kept = blobs.count()
    with time_machine.travel(day(9) + timedelta(minutes=16)):
        late = zhang.post(url("document_withdraw", story, document=second.ref))
    with django_capture_on_commit_callbacks(execute=True):
        zhang.post(url("document_withdraw", story, document=second.ref))

    assert (kept, blobs.count(), late.status_code) == (1, 0, 409)
    upload(zhang, story, ("三.pdf", PDF))
    with django_capture_on_commit_callbacks(execute=True):
        zhang.post(url("evidence_confirm", story), {"drop": str(Upload.objects.get().ref)})
    assert (Upload.objects.count(), blobs.count()) == (0, 0)
    upload(zhang, story, ("四.pdf", PDF))
    blobs.update(stored_at=day(1))
    with django_capture_on_commit_callbacks(execute=True):
        zhang.post(url("evidence_confirm", story), {"drop": str(Upload.objects.get().ref)})
    assert blobs.count() == 1, "what was here before came with something else"


def metadata(**told: str) -> str:
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in told.items())


def test_a_large_file_comes_by_pieces_goes_on_where_it_stopped_and_is_judged_by_its_content(story: Story) -> None:
    zhang, huaxin = browser(story, "zhang"), browser(story, "huaxin")
    content = PDF + b"%" + b"x" * 50_000 + b"\n%%EOF\n"

    def begin(client: Client, size: int, **told: str) -> Any:
        said = {"goal": f"case:{story.ref}", "filename": "大.pdf", "kind": "TRADING", "audience": "ALL"} | told
        headers = {"Upload-Length": str(size), "Upload-Metadata": metadata(**said)}
        return client.post(reverse(f"{NET}:uploads"), headers=headers)

    def piece(client: Client, place: str, offset: int, part: bytes) -> Any:
        kind = "application/offset+octet-stream"
        return client.patch(place, part, content_type=kind, headers={"Upload-Offset": str(offset)})

    begun = begin(zhang, len(content))
    place = begun["Location"]
    first = piece(zhang, place, 0, content[:20_000])
    repeated = piece(zhang, place, 0, content[:20_000])
    asked = zhang.head(place)
    foreign = [huaxin.head(place).status_code, piece(huaxin, place, 20_000, b"x").status_code]
    last = piece(zhang, place, 20_000, content[20_000:])
    lying = begin(zhang, 5, filename="假.pdf")["Location"]
    refused = piece(zhang, lying, 0, b"MZ\x90\x00\x03")

    assert (begun.status_code, first["Upload-Offset"], repeated.status_code, asked["Upload-Offset"]) == (
        201,
        "20000",
        409,
        "20000",
    )
    assert foreign == [404, 404]
    assert (last.status_code, refused.status_code, zhang.head(lying).status_code) == (204, 422, 404)
    assert "程序" in refused.content.decode()
    assert files.fetch(NET, Upload.objects.get().sha256) == content
    assert confirm(zhang, story).status_code == 302
    for wrong in (
        begin(zhang, 21 * files.MEBIBYTE),
        begin(huaxin, 10, audience="APPLICANTS"),
        zhang.post(reverse(f"{NET}:uploads")),
    ):
        assert wrong.status_code in (400, 422)
    assert begin(browser(story, "stranger"), 10).status_code == 404
    begin(zhang, 100)
    assert incoming.forget_stale(NET, day(9) + timedelta(days=2)) == 1


def recording(size: int) -> bytes:
    """Return a film of so many bytes that is nothing but its boxes."""
    head = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"
    body = hashlib.sha256(b"film").digest() * (size // 32)
    body = body[: size - len(head) - 16]
    return head + b"\0\0\0\x01mdat" + (len(body) + 16).to_bytes(8, "big") + body


def test_a_recording_larger_than_memory_should_hold_comes_and_leaves_by_pieces(story: Story, clamd: None) -> None:
    zhang = browser(story, "zhang")
    content = recording(22 * files.MEBIBYTE + 5)

    def send(name: str, content: bytes, size: int = 0) -> Any:
        said = {"goal": f"case:{story.ref}", "filename": name, "kind": "EVIDENCE", "audience": "ALL"}
        headers = {"Upload-Length": str(size or len(content)), "Upload-Metadata": metadata(**said)}
        answer = zhang.post(reverse(f"{NET}:uploads"), headers=headers)
        for offset in range(0, len(content) if answer.status_code == 201 else 0, 3_000_000):
            told, kind = {"Upload-Offset": str(offset)}, "application/offset+octet-stream"
            last = zhang.patch(
                answer["Location"], content[offset : offset + 3_000_000], content_type=kind, headers=told
            )
            if last.status_code != 204:
                return last
        return answer if answer.status_code != 201 else last

    no_film, cut, too_large = (
        send("假.mp4", PDF + content),
        send("断.mp4", content[:-1]),
        send("长.mp4", b"", 501 * files.MEBIBYTE),
    )
    done = send("庭外.mp4", content)
    upload = Upload.objects.get()
    confirmed = confirm(zhang, story)

    assert (no_film.status_code, cut.status_code, too_large.status_code) == (422, 422, 422)
    assert "只接收录音录像" in no_film.content.decode()
    assert (done.status_code, confirmed.status_code) == (204, 302)
    sha256 = hashlib.sha256(content).hexdigest()
    assert (upload.sha256, upload.media_type) == (sha256, "video/mp4")
    assert Scan.objects.get(platform=NET, sha256=sha256).state == ScanState.CLEAN
    held = Document.objects.get(platform=NET, sha256=sha256)
    place = url("document", story, document=held.ref)
    handed = zhang.get(place)
    assert (handed["Content-Length"], handed["Content-Disposition"][:10]) == (str(len(content)), "attachment")
    assert b"".join(handed.streaming_content) == content
    assert max(len(piece) for piece in files.fetch_pieces(NET, sha256)) == files.PIECE
    with pytest.raises(files.BlobMissing):
        files.fetch(NET, sha256)
    files.erase(NET, sha256)
    assert zhang.get(place).status_code == 404


def test_a_scanner_refuses_what_is_infected_and_catches_up_with_what_it_could_not_see(
    story: Story, settings: Any, clamd: None
) -> None:
    zhang = browser(story, "zhang")
    listening, settings.CLAMAV = settings.CLAMAV, "127.0.0.1:1"

    upload(zhang, story, ("蠕虫.pdf", PDF + b"% WORM\n%%EOF\n"), ("干净.pdf", PDF))
    shown = zhang.get(url("evidence_confirm", story)).content.decode()
    confirm(zhang, story)
    settings.CLAMAV = listening
    refused = upload(zhang, story, ("又一条.pdf", PDF + b"%2 WORM\n%%EOF\n"))
    caught = tasks.tidy()
    worm = Document.objects.get(platform=NET, name="蠕虫.pdf")

    assert "未查毒" in shown
    assert refused.status_code == 422
    assert "Test.Worm" in refused.content.decode()
    assert caught == 2
    states = set(Scan.objects.filter(platform=NET).values_list("state", flat=True))
    assert states == {ScanState.CLEAN.value, ScanState.INFECTED.value}
    assert "已经封存" in zhang.get(url("document", story, document=worm.ref), follow=True).content.decode()
    assert zhang.get(url("document_inline", story, document=worm.ref)).status_code == 404
    assert zhang.get(f"/net/api/v1/documents/{worm.ref}/content").status_code == 409


def test_nobody_else_hands_in(story: Story) -> None:
    stranger, empty = browser(story, "stranger"), browser(story, "zhang")

    assert stranger.get(url("evidence", story)).status_code == 404
    assert empty.get(url("evidence_confirm", story)).status_code == 302
    assert upload(empty, story).status_code == 422
    assert Case.objects.filter(platform=NET).count() == 1
