"""The check of a chain, and the second one that shares no code with it, against edits of every kind."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediation import chain
from mediation.chain import Fault, FaultKind, check_chain

SCRIPT = Path(__file__).parents[2] / "script" / "verify_journal_offline.py"
KEYS = {"courtplatform": chain.SigningKey.generate(), "investornet": chain.SigningKey.generate()}
PUBLIC = {platform: {key.public.id: key.public} for platform, key in KEYS.items()}
VERIFY = chain.verifier(PUBLIC)

Entry = dict[str, Any]


def load_offline() -> Any:
    spec = importlib.util.spec_from_file_location("verify_journal_offline", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


OFFLINE = load_offline()
OFFLINE_KEYS = OFFLINE.read_keys({platform: [key.public.text] for platform, key in KEYS.items()})


def sign(body: Entry, platform: str = "") -> Entry:
    key = KEYS[platform or body["platform"]]
    hashed = chain.entry_hash(body, body["algorithm"])
    return {**body, "hash": hashed, "signature": key.sign(hashed), "key": key.public.id}


def write_chain(length: int, ref: str = "9a1c") -> list[Entry]:
    entries: list[Entry] = []
    for number in range(1, length + 1):
        body = {
            "ref": ref,
            "number": number,
            "kind": "case.accept.v1",
            "at": f"2026-03-{number:02}T01:00:00.000000Z",
            "platform": "courtplatform" if number % 3 else "investornet",
            "by": {"role": "MEDIATOR", "ref": "4f"},
            "facts": {"term": number, "ground": "", "note": ["甲", None, True]},
            "clocks": [{"kind": "REPLY", "due": "2026-03-09T16:00:00.000000Z"}],
            "enclosures": [{"kind": "REASON", "audience": "ALL", "digest": "ab" * 32}],
            "previous": entries[-1]["hash"] if entries else chain.GENESIS,
            "algorithm": "sm3" if number % 2 else "sha256",
        }
        entries.append(sign(body))
    return entries


CHAIN = write_chain(7)


def found(entries: list[Entry], head: tuple[int, str] | None = None) -> list[Fault]:
    faults = list(check_chain(entries, VERIFY, head=head))
    again = OFFLINE.find_faults(entries, OFFLINE_KEYS, list(head) if head else None)
    assert [(fault.number, fault.kind.value) for fault in faults] == again
    return faults


def test_an_honest_chain_has_no_fault():
    assert found(CHAIN, (7, CHAIN[-1]["hash"])) == []
    assert found(CHAIN, (4, CHAIN[3]["hash"])) == []
    assert found([]) == []


def change(key: str, value: Any) -> Callable[[Entry], Entry]:
    return lambda entry: {**entry, key: value}


@pytest.mark.parametrize("key", [*chain.BODY_KEYS, "hash", "signature", "key"])
def test_a_change_of_any_part_of_an_entry_is_found_and_named(key):
    other = {"number": 40, "previous": "00" * 32, "hash": "00" * 32, "algorithm": "sha256"}.get(key, "其他")
    edited = [*CHAIN[:4], {**CHAIN[4], key: other}, *CHAIN[5:]]

    first = found(edited)[0]

    assert first.number == 5
    assert first.kind in {FaultKind.ALTERED, FaultKind.FORGED, FaultKind.REMOVED}


def test_an_entry_signed_again_by_the_wrong_platform_is_forged():
    body = chain.body_of(CHAIN[2])

    assert found([*CHAIN[:2], sign(body, "courtplatform"), *CHAIN[3:]]) == [Fault(3, FaultKind.FORGED)]


def test_an_entry_rewritten_by_the_holder_of_the_key_breaks_the_link_behind_it():
    rewritten = sign({**chain.body_of(CHAIN[2]), "facts": {"term": 60}})

    assert found([*CHAIN[:2], rewritten, *CHAIN[3:]]) == [Fault(4, FaultKind.UNLINKED)]
    assert found([*CHAIN[:6], sign({**chain.body_of(CHAIN[6]), "facts": {}})], (7, CHAIN[6]["hash"])) == [
        Fault(7, FaultKind.FORKED)
    ]


def test_without_the_signatures_a_chain_written_anew_would_pass():
    forger = chain.SigningKey.generate()
    forged: list[Entry] = []
    for entry in CHAIN:
        body = {**chain.body_of(entry), "facts": {}, "previous": forged[-1]["hash"] if forged else chain.GENESIS}
        hashed = chain.entry_hash(body, body["algorithm"])
        forged.append({**body, "hash": hashed, "signature": forger.sign(hashed), "key": entry["key"]})

    assert list(check_chain(forged, lambda entry: True)) == []
    assert found(forged) == [Fault(number, FaultKind.FORGED) for number in range(1, 8)]


@settings(max_examples=25)
@given(st.integers(1, 6))
def test_a_removed_entry_is_named_by_its_number(number):
    assert found([entry for entry in CHAIN if entry["number"] != number]) == [Fault(number, FaultKind.REMOVED)]


@settings(max_examples=25)
@given(st.integers(0, 6))
def test_a_cut_off_end_is_found_by_a_head_known_from_elsewhere_and_only_by_it(kept):
    head = (7, CHAIN[-1]["hash"])

    assert found(CHAIN[:kept], head) == [Fault(kept + 1, FaultKind.TRUNCATED)]
    assert found(CHAIN[:kept]) == []


@settings(max_examples=25)
@given(st.integers(0, 7), st.integers(0, 6))
def test_an_entry_inserted_twice_is_named(place, number):
    if place <= number:
        place = number + 1

    assert Fault(number + 1, FaultKind.INSERTED) in found([*CHAIN[:place], CHAIN[number], *CHAIN[place:]])


@settings(max_examples=25)
@given(st.integers(0, 7))
def test_an_entry_of_another_case_is_named_where_it_was_inserted(place):
    stranger = write_chain(8, "77ff")[place]
    edited = [*CHAIN[:place], stranger, *CHAIN[place:]]

    assert found(edited)[0] == Fault(place + 1, FaultKind.INSERTED)


@settings(max_examples=25)
@given(st.permutations(range(7)))
def test_any_other_order_is_found(order):
    faults = found([CHAIN[place] for place in order])

    if order == sorted(order):
        assert faults == []
    else:
        assert {fault.kind for fault in faults} == {FaultKind.REORDERED}


JUNK = st.sampled_from([None, "", 0, -1, True, 1.5, [], {}, "\ud800", 2**60, "sha256", "courtplatform"])


@settings(max_examples=80)
@given(st.data())
def test_both_checks_agree_on_every_edit_and_never_overlook_one(data):
    edited: list[Any] = list(CHAIN)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, max(0, len(edited) - 1)))
        edit = data.draw(st.sampled_from(["change", "delete", "insert", "swap", "truncate", "unset"]))
        if not edited or edit == "insert":
            edited.insert(place, data.draw(st.sampled_from([{}, CHAIN[0], CHAIN[-1], write_chain(3, "cc")[1]])))
        elif edit == "change":
            key = data.draw(st.sampled_from(sorted(CHAIN[0])))
            edited[place] = {**edited[place], key: data.draw(JUNK)}
        elif edit == "unset":
            edited[place] = {key: value for key, value in edited[place].items() if key != "facts"}
        elif edit == "delete":
            del edited[place]
        elif edit == "swap":
            other = data.draw(st.integers(0, len(edited) - 1))
            edited[place], edited[other] = edited[other], edited[place]
        else:
            del edited[place:]

    faults = found(edited, (7, CHAIN[-1]["hash"]))

    assert bool(faults) == (edited != CHAIN or any(type(a) is not type(b) for a, b in zip(edited, CHAIN, strict=False)))


def test_the_offline_script_prints_each_fault_and_says_it_in_its_exit_code(tmp_path):
    keys, heads = tmp_path / "keys.json", tmp_path / "heads.json"
    keys.write_text(json.dumps({platform: [key.public.text] for platform, key in KEYS.items()}))
    heads.write_text(json.dumps({"9a1c": [7, CHAIN[-1]["hash"]], "77ff": [3, "00"]}))
    other = write_chain(2, "77ff")

    def run(entries: list[Entry], *more: str) -> tuple[int, str]:
        lines = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)
        command = [sys.executable, "-I", "-S", str(SCRIPT), "-", str(keys), *more]
        done = subprocess.run(command, input=lines, capture_output=True, text=True, encoding="utf-8", check=False)
        return done.returncode, done.stdout

    assert run([*CHAIN, *other]) == (0, "")
    assert run([*CHAIN[:2], *CHAIN[3:], *other]) == (1, "9a1c #3 REMOVED\n")
    assert run([*CHAIN[:5], *other], "--heads", str(heads)) == (1, "9a1c #6 TRUNCATED\n77ff #3 TRUNCATED\n")
    keys.write_text("{}")
    assert run(CHAIN)[0] == 1
    keys.write_text("nonsense")
    assert run(CHAIN)[0] == 2


@settings(max_examples=25)
@given(st.binary(max_size=80))
def test_the_written_out_ed25519_accepts_what_the_library_signed_and_nothing_else(message):
    key = KEYS["courtplatform"]
    signature = chain.from_base64url(key.sign_message(message))
    order = 2**252 + 27742317777372353535851937790883648493
    shifted = signature[:32] + (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")

    assert OFFLINE.verify_ed25519(key.public.raw, message, signature)
    assert not OFFLINE.verify_ed25519(key.public.raw, message + b"x", signature)
    assert not OFFLINE.verify_ed25519(KEYS["investornet"].public.raw, message, signature)
    assert not OFFLINE.verify_ed25519(key.public.raw, message, shifted)
    assert not OFFLINE.verify_ed25519(key.public.raw, message, signature[:63])
