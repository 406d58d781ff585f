"""Walls: the same story told twice with different secrets gives everybody else the same bytes (TY-2, ZX-18).

Whatever others can fetch is fetched: every page that can be reached by links, every address of the mediation by guess,
REST, exports, the other platform's book, messages. What is random in itself (references, digests, tokens) is masked:
it is drawn anew in each telling and depends on no secret.
"""

from __future__ import annotations

import hashlib
import io
import json
import random
import re
import uuid
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import reverse

from mediation.clauses import drafts
from mediation.clauses.agreement import Body
from mediation.meeting import notebook, sessions, talks
from mediation.models import CaseEvent, Enclosure, LocalEntry, Notice, OutgoingMessage, Request
from mediation.moves import Enclosed, text_digest
from mediation.rights import CHANNELS, Rights
from mediation.vocabulary import Audience, EnclosureKind, SessionMode, Standing
from tests.meeting.conftest import taken_over
from tests.papers.reading import words
from tests.windows.stage import Stage, Story, day

NET, COURT = "investornet", "courtplatform"
LetIn = Callable[[str], Client]
RANDOM = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32,64}|[A-Z0-9]{4}(?:-[A-Z0-9]{4}){3}"
    r'|csrfmiddlewaretoken" value="\w+|/notices/\d+/|/signing/\d+|nonce-[\w+/=]+|"id": ?\d+'
    r'|(?<=<code>)[0-9a-f]{12}(?=</code>)|"[\w-]{86}"|校验值[0-9a-f]{16}'
)
MOST_PAGES = 70
SECRETS = (
    {"text": "只要还本就行，利息可以全部放弃，请不要告诉对方", "offer": 8_000_000, "place": "甲路一号"},
    {
        "text": "一分钱都不能少，否则马上去起诉并且公开此事，这是最后的底线了",
        "offer": 12_345_000,
        "place": "乙街二百号三楼",
    },
)
OTHERS = {"huaxin": ("/net/", "/court/"), "org": ("/net/",), "other_mediator": ("/net/",), "clerk": ("/court/admin/",)}


def masked(text: str) -> str:
    return RANDOM.sub("*", text)


def confide(story: Story, secret: dict[str, Any]) -> None:
    """Let the applicant and the mediator do everything that is between them alone."""
    case, med = story.case(NET), story.mediator
    zhang = story.party(story.zhang, NET)
    own = Audience.APPLICANTS
    talks.say(case, own, secret["text"], offer=secret["offer"], by=zhang, at=day(9), key="z1")
    talks.say(case, own, f"回复：{secret['text']}", offer=None, by=med, at=day(9), key="m1")
    notebook.write(case, f"底线：{secret['text']}", by=med, at=day(9), key="n1")
    both = (secret["text"], "")
    notebook.keep_point(case, None, f"让步：{secret['text']}", Standing.DISPUTED, both, by=med, at=day(9))
    where = {"place": secret["place"], "minutes": 60, "by": med, "at": day(9), "key": "s1"}
    session = sessions.propose(case, own, SessionMode.ON_SITE, [day(11)], **where)
    sessions.fix(session, session.times.get().pk, day(9))
    draft = drafts.begin(case, by=med, at=day(9))
    drafts.save(draft, Body(True, secret["text"], ()), seen=1, by=med, at=day(9))
    sha256 = hashlib.sha256(secret["text"].encode()).hexdigest()
    for audience in (Audience.MEDIATOR, Audience.APPLICANTS):
        content = {"ref": str(uuid.uuid4()), "kind": "EVIDENCE", "name": f"{secret['text'][:9]}.pdf", "sha256": sha256}
        content |= {"size": len(secret["text"]) * 1000, "media_type": "application/pdf"}
        enclosed = Enclosed(EnclosureKind.DOCUMENT, content, audience)
        story.act(NET, "add_evidence", zhang, day(9), enclosures=[enclosed])


def fail(story: Story) -> None:
    """Confirm undisputed facts by all, then end without an agreement."""
    everybody = [story.zhang, story.huaxin]
    for party in everybody:
        story.act(NET, "record_contact", story.mediator, day(9), party=party, outcome="REACHED", channel="PHONE")
    opening = {"mode": "VIDEO", "verified": everybody, "informed": True, "warned": True}
    story.act(NET, "open_session", story.mediator, day(9), **opening)
    text = {"text": "双方确认2023年3月买入一千股。", "nonce": "0" * 32}
    digest = text_digest(text["text"], text["nonce"])
    enclosed = [Enclosed(EnclosureKind.UNDISPUTED, text)]
    story.act(NET, "confirm_undisputed", story.mediator, day(9), digest=digest, enclosures=enclosed)
    for party in everybody:
        by = story.party(party, NET)
        story.act(NET, "confirm_undisputed", by, day(9), digest=digest, party=party)
    report = [Enclosed(EnclosureKind.REPORT, {"text": "双方对损失金额分歧较大。"})]
    story.act(NET, "conclude_unsettled", story.mediator, day(9), ground="WIDE_DIFFERENCES", enclosures=report)
    story.wire(day(9))


def unpacked(body: bytes) -> Iterator[str]:
    """Return a body as text; a spreadsheet by its parts, a paper by what it says."""
    if body.startswith(b"%PDF"):
        yield words(body)
        return
    if not body.startswith(b"PK"):
        yield body.decode(errors="replace")
        return
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        yield from (packed.read(name).decode(errors="replace") for name in sorted(packed.namelist()))


def crawled(client: Client, starts: tuple[str, ...], story: Story) -> dict[str, tuple[int, str]]:
    """Return what somebody gets at every address that links lead to, and at every address of the case by guess."""
    ref = str(story.ref)
    guessed = [reverse(f"{NET}:{name}", kwargs={"ref": ref}) for name in MEDIATION]
    guessed += [reverse(f"{NET}:mediation_talk", kwargs={"ref": ref, "channel": one}) for one in CHANNEL_NAMES]
    session = sessions.of(story.case(NET), CHANNELS)[0]
    guessed += [
        reverse(f"{NET}:{name}", kwargs={"ref": ref, "session": session.ref}) for name in ("session", "session_file")
    ]
    for root in ("net", "court"):
        rest = f"/{root}/api/v1/cases"
        guessed += [rest, *(f"{rest}/{ref}{part}" for part in ("", "/journal", "/moves", "/documents"))]
    guessed += ["/court/admin/cases/export/", "/net/files/export/"]
    found: dict[str, tuple[int, str]] = {}
    waiting = [*starts, *guessed]
    while waiting and len(found) < MOST_PAGES:
        address = waiting.pop(0)
        if masked(address) in found:
            continue
        answer = client.get(address)
        text = "".join(unpacked(answer.getvalue()))
        found[masked(address)] = (answer.status_code, masked(text + answer.get("Location", "")))
        links = re.findall(r'href="(/[^"#]*)', text)
        waiting += [link for link in links if link.startswith(starts) and not LEFT_OUT.search(link)]
    return found


MEDIATION = (
    "mediation",
    "mediation_brief",
    "mediation_points",
    "mediation_notes",
    "mediation_report",
    "session_new",
    "agreement",
)
CHANNEL_NAMES = ("all", "applicants", "respondents")
LEFT_OUT = re.compile(
    r"sign-out|/roster/|/apply|/fit/|/law|/docs|setlang|/password|/register|\.pdf|/papers/|/calendar/"
)


def books(story: Story) -> list[str]:
    """Return every row that leaves the mediation: the court's book, what travels, what is told to others."""
    texts = Enclosure.objects.filter(platform=COURT).order_by("case", "number", "kind", "audience")
    entries = CaseEvent.objects.filter(case__ref=story.ref).order_by("platform", "number")
    told = Notice.objects.exclude(seat=story.zhang).exclude(role="MEDIATOR").order_by("pk")
    sent = OutgoingMessage.objects.exclude(party=story.zhang).order_by("pk")
    rows: list[Any] = [*(one.content() for one in texts), *(one.entry() for one in entries)]
    rows += [[one.role, one.text, one.values] for one in told] + [one.text for one in sent]
    rows += [one.facts for one in Request.objects.order_by("pk")]
    rows += [[one.kind, one.facts] for one in LocalEntry.objects.order_by("pk")]
    return [masked(json.dumps(row, ensure_ascii=False, sort_keys=True, default=str)) for row in rows]


@pytest.fixture
def told(stage: Stage, client_of: LetIn, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Tell the story with a secret, look at everything others can fetch, and undo it."""

    def tell(secret: dict[str, Any]) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        cache.clear()
        # Parties are shown in the order of their references: both tellings draw the same.
        drawn = random.Random(7)
        monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=drawn.getrandbits(128), version=4))
        with transaction.atomic():
            story = taken_over(stage)
            confide(story, secret)
            seen["during"] = crawled(client_of("huaxin"), OTHERS["huaxin"], story)
            fail(story)
            seen |= {who: crawled(client_of(who), starts, story) for who, starts in OTHERS.items()}
            seen["books"] = books(story)
            own = reverse(f"{NET}:mediation_talk", kwargs={"ref": story.ref, "channel": "applicants"})
            assert all(secret["text"] in client_of(who).get(own).content.decode() for who in ("zhang", "mediator"))
            transaction.set_rollback(True)
        return seen

    return tell


def differing(one: dict[str, Any], other: dict[str, Any]) -> Iterator[str]:
    for who in one:
        if isinstance(one[who], dict):
            addresses = sorted({*one[who], *other[who]})
            yield from (f"{who} {address}" for address in addresses if one[who].get(address) != other[who].get(address))
        elif one[who] != other[who]:
            yield f"{who}: {[pair for pair in zip(one[who], other[who], strict=False) if pair[0] != pair[1]][:2]}"


def test_what_one_side_confides_changes_no_byte_that_anybody_else_can_fetch(
    told: Callable[[dict[str, Any]], dict[str, Any]],
) -> None:
    first, second = (told(secret) for secret in SECRETS)

    assert list(differing(first, second)) == []
    everything = json.dumps([first, second], ensure_ascii=False)
    assert not [one for secret in SECRETS for one in (secret["text"], secret["place"]) if one in everything]
    assert "双方确认2023年3月买入一千股" in json.dumps(first["books"], ensure_ascii=False)
    assert "双方确认2023年3月买入一千股" in json.dumps(first["clerk"], ensure_ascii=False)
    assert len(first["huaxin"]) > 20


def test_the_same_comparison_sees_a_channel_that_everybody_may_read(
    told: Callable[[dict[str, Any]], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        Rights, "channels", lambda self, case, actors: CHANNELS if self.platform == NET else frozenset()
    )
    monkeypatch.setitem(OTHERS, "clerk", ())
    monkeypatch.setitem(OTHERS, "other_mediator", ())

    seen = told(SECRETS[0])

    assert SECRETS[0]["place"] in json.dumps(seen["during"], ensure_ascii=False)
