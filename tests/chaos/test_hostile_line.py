"""What somebody does who holds the line: replays, alters and reorders what was really sent; nothing of it succeeds.

Single attacks stand in ``tests.exchange.test_adversary``; here they come in numbers, drawn by chance.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import transaction

from mediation import chain, keyring, moves
from mediation.chain import SigningKey
from mediation.exchange import inbox, paths, signing
from mediation.models import Case, CaseEvent
from tests.chaos.checker import COURT, NET
from tests.exchange.stories import assert_equal_copies, settle
from tests.exchange.test_adversary import handed_over, send, waiting
from tests.figures import LONG, many
from tests.mediation.stories import World

CASES = 40 if LONG else 6
TRIES = many(300, 100_000)
PATH = paths.of(NET, "envelopes")


@dataclass(frozen=True)
class Letter:
    """One signed message as it crossed the line."""

    at: datetime
    headers: dict[str, str]
    envelopes: list[dict[str, Any]]

    @property
    def body(self) -> bytes:
        """The bytes."""
        return chain.canonical({"epoch": 1, "envelopes": self.envelopes})


def sign(envelopes: list[dict[str, Any]], at: datetime) -> Letter:
    """Return a letter of the court's, properly signed."""
    body = chain.canonical({"epoch": 1, "envelopes": envelopes})
    return Letter(at, signing.sign_request(COURT, NET, "POST", PATH, body, at)[0], envelopes)


@pytest.fixture
def letters(world: World) -> list[Letter]:
    """One letter for each of some cases; nobody has heard any of them."""
    stories = [handed_over(world) for _ in range(CASES)]
    at = max(story.at for story in stories)
    told = waiting(COURT, at)
    return [sign([item for item in told if item["ref"] == str(story.ref)], at) for story in stories]


# Replays.


def replays_accepted(letters: list[Letter], tries: int) -> int:
    """Hear each letter once, then again and again within and beyond its time; return how often that was accepted."""
    chance, accepted = Random(1), 0
    for letter in letters:
        assert inbox.receive(NET, "POST", PATH, letter.headers, letter.body, letter.at).status == 200
    for _ in range(tries):
        letter = chance.choice(letters)
        at = letter.at + timedelta(seconds=chance.randint(-2 * signing.FRESH_SECONDS, 2 * signing.FRESH_SECONDS))
        accepted += inbox.receive(NET, "POST", PATH, letter.headers, letter.body, at).status == 200
    return accepted


def test_no_replayed_letter_is_accepted(letters: list[Letter], record_property: Any) -> None:
    accepted = replays_accepted(letters, TRIES)

    record_property("figure", f"{TRIES:,} replays, {accepted} accepted")
    assert accepted == 0
    assert_equal_copies_after(letters)


def test_replays_are_accepted_where_nobody_remembers_nonces(
    letters: list[Letter], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing, "_use_once", lambda *given: None)

    assert replays_accepted(letters, 50) > 0


def assert_equal_copies_after(letters: list[Letter]) -> None:
    """Let the real post go out, and see that both books are equal."""
    settle(letters[0].at)
    assert_equal_copies()


# Altered letters.


@contextmanager
def signed_by(key: SigningKey) -> Iterator[None]:
    """Have every message signed with this key."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signing.keyring, "signer", lambda platform: key)
        yield


def altered_text(text: str, chance: Random) -> str:
    """Return a text that differs in one letter or digit."""
    place = chance.choice([place for place, sign in enumerate(text) if sign.isalnum()])
    other = chance.choice([sign for sign in "abcXYZ0189" if sign.lower() != text[place].lower()])
    return text[:place] + other + text[place + 1 :]


def altered(letters: list[Letter], strangers: list[Letter], chance: Random) -> tuple[str, str, dict[str, str], bytes]:
    """Return platform, path, headers and body of a letter that somebody has had in their hands."""
    one, other = chance.sample(letters, 2)
    headers, body = dict(one.headers), one.body
    match chance.randrange(8):
        case 0:
            place = chance.randrange(len(body))
            return (
                NET,
                PATH,
                headers,
                body[:place] + bytes([body[place] ^ (1 << chance.randrange(7))]) + body[place + 1 :],
            )
        case 1:
            items = [dict(item) for item in one.envelopes]
            item = chance.choice(items)
            field = chance.choice(sorted(item))
            item[field] = chance.choice([value for value in ("", 0, {}, [], "x") if value != item[field]])
            return NET, PATH, headers, chain.canonical({"epoch": 1, "envelopes": items})
        case 2:
            # The nonce also stands among the signed parameters: the header of that name only addresses a refusal.
            name = chance.choice([name for name in headers if name not in (signing.NONCE, "Signature")])
            headers[name] = altered_text(headers[name], chance)
        case 3:
            del headers[chance.choice([name for name in headers if name != signing.NONCE])]
        case 4:
            return COURT, paths.of(COURT, "envelopes"), headers, body
        case 5:
            spliced = [*one.envelopes[:-1], other.envelopes[-1]]
            return NET, PATH, headers, chain.canonical({"epoch": 1, "envelopes": spliced})
        case 6:
            part = chance.choice([{"Signature"}, {"Signature", "Signature-Input"}, {"Content-Digest"}])
            headers |= {name: other.headers[name] for name in part}
            return NET, PATH, headers, body
        case 7:
            stranger = strangers[letters.index(one)]
            known = chance.choice(["", keyring.signer(COURT).public.id])
            headers = dict(stranger.headers)
            if known:
                keyid = headers["Signature-Input"].split('keyid="')[1].split('"')[0]
                headers["Signature-Input"] = headers["Signature-Input"].replace(keyid, known)
    return NET, PATH, headers, body


def altered_accepted(letters: list[Letter], tries: int) -> int:
    """Send altered letters that nobody has heard yet; return how many were accepted."""
    chance, accepted = Random(2), 0
    with signed_by(SigningKey.generate()):
        strangers = [sign(letter.envelopes, letter.at) for letter in letters]
    for _ in range(tries):
        platform, path, headers, body = altered(letters, strangers, chance)
        accepted += inbox.receive(platform, "POST", path, headers, body, letters[0].at).status == 200
    return accepted


def test_no_altered_letter_is_accepted(letters: list[Letter], record_property: Any) -> None:
    accepted = altered_accepted(letters, TRIES)

    record_property("figure", f"{TRIES:,} altered, {accepted} accepted")
    assert accepted == 0
    assert not Case.objects.filter(platform=NET).exists()
    assert_equal_copies_after(letters)


def test_altered_letters_are_accepted_where_the_signature_is_not_checked(
    letters: list[Letter], monkeypatch: pytest.MonkeyPatch
) -> None:
    nonces = (f"{number:032x}" for number in range(1_000))
    monkeypatch.setattr(signing, "_verify", lambda *given: {"nonce": next(nonces)})

    assert altered_accepted(letters, 50) > 0


# Reordered letters.


def hear_shuffled(letters: list[Letter], chance: Random) -> int:
    """Tell NET of every entry, in any order and some several times, until it has signed for all; return how many
    envelopes that took.
    """
    at, sent = letters[0].at, 0
    left = [item for letter in letters for item in letter.envelopes]
    while left:
        batch = chance.choices(left, k=len(left) // 4) + chance.sample(left, len(left))
        batch = list({item["id"]: item for item in batch}.values())
        answer = send({"epoch": 1, "envelopes": batch[: inbox.MOST_ENVELOPES]}, at)
        receipts = json.loads(answer.body)["receipts"]
        assert {receipt["outcome"] for receipt in receipts} <= {"APPLIED", "WAITING"}
        signed = {receipt["envelope"] for receipt in receipts if receipt["outcome"] == "APPLIED"}
        # What was signed for may come once more.
        left = [item for item in left if item["id"] not in signed or chance.random() < 0.1]
        sent += len(receipts)
    return sent


def wrong_after_shuffling(letters: list[Letter], chance: Random) -> tuple[int, int]:
    """Return how many envelopes were sent, and how many entries NET then holds otherwise than the court."""
    with transaction.atomic():
        sent = hear_shuffled(letters, chance)
        told = {(item["ref"], item["number"]): item["hash"] for letter in letters for item in letter.envelopes}
        rows = CaseEvent.objects.filter(platform=NET, author=COURT).values_list("case__ref", "number", "hash")
        held = [((str(ref), number), digest) for ref, number, digest in rows]
        wrong = len(set(held) ^ set(told.items())) + len(held) - len(set(held))
        transaction.set_rollback(True)
    return sent, wrong


def test_entries_in_any_order_are_applied_in_theirs_and_once(letters: list[Letter], record_property: Any) -> None:
    chance, sent, wrong = Random(3), 0, 0
    while sent < TRIES:
        more, faults = wrong_after_shuffling(letters, chance)
        sent, wrong = sent + more, wrong + faults

    record_property("figure", f"{sent:,} out of order, {wrong} lost or doubled")
    assert wrong == 0


def test_entries_are_lost_where_what_comes_too_early_is_signed_for(
    letters: list[Letter], monkeypatch: pytest.MonkeyPatch
) -> None:
    replay = moves.replay

    def replay_or_forget(*given: Any, **more: Any) -> Any:
        try:
            return replay(*given, **more)
        except moves.Early:
            return CaseEvent(at=more["at"])

    monkeypatch.setattr(moves, "replay", replay_or_forget)

    assert wrong_after_shuffling(letters, Random(3))[1] > 0
