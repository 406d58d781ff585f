#!/usr/bin/env python3
"""Check an exported journal with nothing but Python's standard library: hashes, links, order, signatures.

For a court expert or the other side's engineers: this file shares no line with the system that wrote the journal. It
says the rules of ``mediation/chain.py`` a second time, Ed25519 (RFC 8032, section 5.1.7) and SM2 (GM/T 0003.2)
included; a test keeps both of one mind.

    verify_journal_offline.py JOURNAL KEYS [--heads HEADS]

JOURNAL  one entry as JSON per line, in the order in which they are kept; "-" reads standard input
KEYS     {"<platform>": ["ed25519:<base64url>" or "sm2:<base64url>", ...], ...}: every key it has ever published
HEADS    {"<case ref>": [<number>, "<hash>"], ...}: what the peer's receipts acknowledge; finds a cut-off end. A row
         of the roster is named "<aggregate>/<ref>"

Prints one line per fault: case or row, number, what is wrong. Exit code 0: no fault; 1: faults; 2: the input cannot be
read.
"""

from __future__ import annotations

import argparse
import base64
import collections
import hashlib
import json
import sys

LABEL = "mediation-docking/entry/1"
BODY = ("ref", "number", "kind", "at", "platform", "by", "facts", "clocks", "enclosures", "previous", "algorithm")
TEXTS = ("ref", "platform", "previous", "algorithm", "hash", "signature", "key")

# Ed25519: the curve −x² + y² = 1 + d·x²·y² over the integers modulo P; points are (X, Y, Z, T) with x = X/Z, y = Y/Z,
# x·y = T/Z.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT = pow(2, (P - 1) // 4, P)
NEUTRAL = (0, 1, 1, 0)

Point = tuple[int, int, int, int]
Keys = dict[tuple[str, str], tuple[str, bytes]]


def add(p: Point, q: Point) -> Point:
    """Return the sum of two points."""
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number: int, point: Point) -> Point:
    """Return a point added to itself a number of times."""
    total = NEUTRAL
    while number:
        if number & 1:
            total = add(total, point)
        point, number = add(point, point), number >> 1
    return total


def decode_point(raw: bytes) -> Point | None:
    """Return the point that 32 bytes stand for, or None."""
    whole = int.from_bytes(raw, "little")
    sign, y = whole >> 255, whole & (2**255 - 1)
    if len(raw) != 32 or y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (not x and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def encode_point(point: Point) -> bytes:
    """Return the 32 bytes that stand for a point."""
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE = decode_point(bytes([0x58]) + bytes([0x66]) * 31) or NEUTRAL


def verify_ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether a signature is the key's own over a message."""
    key = decode_point(public)
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or len(signature) != 64 or scalar >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    negated = (P - key[0], key[1], key[2], P - key[3])
    return encode_point(add(times(scalar, BASE), times(challenge, negated))) == signature[:32]


# SM2: the curve y² = x³ + a·x + b over the integers modulo SM2_P, with a = −3; points are (x, y), None is the neutral
# one.

SM2_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
SM2_A = SM2_P - 3
SM2_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
SM2_ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
SM2_BASE = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
SM2_IDENTITY = b"1234567812345678"
SM2_LONGEST = 72

Place = tuple[int, int]


def join(p: Place | None, q: Place | None) -> Place | None:
    """Return the sum of two points of the SM2 curve."""
    if p is None or q is None:
        return p or q
    if p[0] == q[0] and (p[1] + q[1]) % SM2_P == 0:
        return None
    if p == q:
        slope = (3 * p[0] * p[0] + SM2_A) * pow(2 * p[1], -1, SM2_P) % SM2_P
    else:
        slope = (q[1] - p[1]) * pow(q[0] - p[0], -1, SM2_P) % SM2_P
    x = (slope * slope - p[0] - q[0]) % SM2_P
    return x, (slope * (p[0] - x) - p[1]) % SM2_P


def repeat(number: int, point: Place | None) -> Place | None:
    """Return a point of the SM2 curve added to itself a number of times."""
    total = None
    while number:
        if number & 1:
            total = join(total, point)
        point, number = join(point, point), number >> 1
    return total


def read_der_integer(raw: bytes, start: int) -> tuple[int, int]:
    """Return a positive DER integer and where it ends; raises ValueError unless it is written in the one right way."""
    length = raw[start + 1] if len(raw) > start + 1 else 0
    body = raw[start + 2 : start + 2 + length]
    shortened = len(body) > 1 and body[0] == 0 and body[1] < 128
    if raw[start] != 2 or not 0 < length == len(body) <= 33 or body[0] > 127 or shortened:
        raise ValueError("not a DER integer")
    return int.from_bytes(body, "big"), start + 2 + length


def verify_sm2(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether an SM2 signature (DER, identity of GM/T 0009) is the key's own over a message."""
    if len(signature) > SM2_LONGEST:
        return False
    try:
        r, end = read_der_integer(signature, 2)
        s, end = read_der_integer(signature, end)
    except (ValueError, IndexError):
        return False
    if signature[:2] != bytes([0x30, len(signature) - 2]) or end != len(signature):
        return False
    x, y = int.from_bytes(public[1:33], "big"), int.from_bytes(public[33:], "big")
    on_curve = x < SM2_P and y < SM2_P and (y * y - x * x * x - SM2_A * x - SM2_B) % SM2_P == 0
    if len(public) != 65 or public[0] != 4 or not on_curve:
        return False
    if not 0 < r < SM2_ORDER or not 0 < s < SM2_ORDER or (r + s) % SM2_ORDER == 0:
        return False
    numbers = (SM2_A, SM2_B, *SM2_BASE, x, y)
    who = (8 * len(SM2_IDENTITY)).to_bytes(2, "big") + SM2_IDENTITY
    signer = hashlib.new("sm3", who + b"".join(number.to_bytes(32, "big") for number in numbers)).digest()
    digest = int.from_bytes(hashlib.new("sm3", signer + message).digest(), "big")
    point = join(repeat(s, SM2_BASE), repeat((r + s) % SM2_ORDER, (x, y)))
    return point is not None and (digest + point[0]) % SM2_ORDER == r


VERIFIERS = {"ed25519": verify_ed25519, "sm2": verify_sm2}


# The journal


def decode_text(text: str) -> bytes:
    """Return the bytes of unpadded base64url; raises ValueError unless it is written in the one right way."""
    raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        raise ValueError("not base64url")
    return raw


def check_value(value: object, depth: int = 0) -> None:
    """Raise ValueError for what canonical JSON does not take."""
    if depth > 32:
        raise ValueError("depth")
    if isinstance(value, str):
        if "\0" in value or any(0xD800 <= ord(sign) <= 0xDFFF for sign in value):
            raise ValueError("text")
    elif isinstance(value, dict):
        for key, item in value.items():
            check_value(key, depth)
            check_value(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            check_value(item, depth + 1)
    elif isinstance(value, float) or (isinstance(value, int) and abs(value) >= 2**53):
        raise ValueError("number")


def hash_body(entry: dict) -> str:
    """Return the hash that an entry's body gives; raises KeyError or ValueError if it has none."""
    body = {key: entry[key] for key in BODY}
    check_value(body)
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if entry["algorithm"] not in ("sha256", "sm3"):
        raise ValueError("algorithm")
    return hashlib.new(entry["algorithm"], text.encode()).hexdigest()


def examine(entry: object, keys: Keys) -> str:
    """Return what is wrong with an entry looked at alone, or nothing."""
    if not isinstance(entry, dict) or any(not isinstance(entry.get(name), str) for name in TEXTS):
        return "MALFORMED"
    if type(entry.get("number")) is not int or entry["number"] < 1:
        return "MALFORMED"
    try:
        computed = hash_body(entry)
    except (KeyError, ValueError):
        return "MALFORMED"
    if computed != entry["hash"]:
        return "ALTERED"
    try:
        signature = decode_text(entry["signature"])
    except ValueError:
        return "FORGED"
    algorithm, public = keys.get((entry["platform"], entry["key"]), ("", b""))
    if not algorithm or not VERIFIERS[algorithm](public, f"{LABEL}:{entry['hash']}".encode(), signature):
        return "FORGED"
    return ""


def find_faults(entries: list, keys: Keys, head: list | None = None) -> list[tuple[int, str]]:
    """Return (number, what is wrong) for one case's entries, the first bad one first."""
    judged = [(entry, examine(entry, keys)) for entry in entries]
    refs = collections.Counter(entry["ref"] for entry, flaw in judged if not flaw)
    ref = refs.most_common(1)[0][0] if refs else None
    ranks = {"FORGED": 1, "ALTERED": 2}
    ranked = [
        (ranks.get(flaw, 0 if entry["ref"] == ref else 3), place, entry["number"], entry["hash"])
        for place, (entry, flaw) in enumerate(judged)
        if flaw != "MALFORMED"
    ]
    hashes: dict[int, str] = {}
    for _rank, _place, number, value in sorted(ranked):
        hashes.setdefault(number, value)
    faults: list[tuple[int, str]] = []
    awaited, seen, reached = sorted(hashes, reverse=True), set(), 0
    for entry, flaw in judged:
        while awaited and awaited[-1] in seen:
            reached = awaited.pop()
        if flaw == "MALFORMED":
            faults.append((reached + 1, flaw))
            continue
        if awaited and awaited[-1] > reached + 1:
            faults.append((reached + 1, "REMOVED"))
            reached = awaited[-1] - 1
        number = entry["number"]
        before = hashes.get(number - 1, entry["previous"]) if number > 1 else ""
        if flaw:
            faults.append((number, flaw))
        elif number in seen or entry["ref"] != ref:
            faults.append((number, "INSERTED"))
        elif number != awaited[-1]:
            faults.append((number, "REORDERED"))
        elif entry["previous"] != before:
            faults.append((number, "UNLINKED"))
        seen.add(number)
    last = max(hashes, default=0)
    if head is not None and head[0] > last:
        faults.append((last + 1, "TRUNCATED"))
    elif head is not None and hashes.get(head[0], head[1]) != head[1]:
        faults.append((head[0], "FORKED"))
    return faults


def read_keys(published: dict[str, list[str]]) -> Keys:
    """Return algorithm and raw key by platform and key id."""
    keys = {}
    for platform, texts in published.items():
        for text in texts:
            algorithm, _separator, encoded = text.partition(":")
            if algorithm not in VERIFIERS:
                raise ValueError(f"this script verifies {' and '.join(VERIFIERS)}, not {algorithm}")
            keys[platform, hashlib.sha256(text.encode()).hexdigest()[:16]] = algorithm, decode_text(encoded)
    return keys


def name_subject(entry: object) -> str:
    """Return what an entry says it is about: a case by its reference, a row of the roster by its kind too."""
    ref, kind = (entry.get("ref"), entry.get("kind")) if isinstance(entry, dict) else (None, None)
    parts = kind.split(".") if isinstance(kind, str) else []
    if not isinstance(ref, str):
        return "?"
    return f"{parts[1]}/{ref}" if parts[:1] == ["roster"] and len(parts) > 1 else ref


def refuse_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return a JSON object; raises ValueError if a key stands in it twice."""
    if len({key for key, _value in pairs}) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return dict(pairs)


def main(arguments: list[str] | None = None) -> int:
    """Check the files named on the command line, print every fault and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("journal")
    parser.add_argument("keys")
    parser.add_argument("--heads")
    chosen = parser.parse_args(arguments)
    try:
        with open(chosen.keys, encoding="utf-8") as file:
            keys = read_keys(json.load(file))
        heads: dict[str, list] = {}
        if chosen.heads:
            with open(chosen.heads, encoding="utf-8") as file:
                heads = json.load(file)
        cases: dict[str, list] = {ref: [] for ref in heads}
        with open(0 if chosen.journal == "-" else chosen.journal, encoding="utf-8") as file:
            for line in filter(str.strip, file):
                entry = json.loads(line, object_pairs_hook=refuse_doubles)
                cases.setdefault(name_subject(entry), []).append(entry)
    except (OSError, ValueError, AttributeError, TypeError, RecursionError) as broken:
        print(f"cannot be read: {broken}", file=sys.stderr)
        return 2
    total = 0
    for ref, entries in cases.items():
        for number, kind in find_faults(entries, keys, heads.get(ref)):
            print(f"{ref} #{number} {kind}")
            total += 1
    entries_read = sum(map(len, cases.values()))
    print(f"{entries_read} entries of {len(cases)} journals, {total} faults", file=sys.stderr)
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
