"""What a client submits, made ready for the door: facts, enclosures, the capacity in which it acts.

Lives here: checking particulars, vouchers of uploads, answering a repeated submission as the first time.
Does not live here: whether the move may be made (``moves``), who may see the case (``rights``).
Called by: the views.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core import signing

from mediation import chain, facts, guards, moves, queries
from mediation.actor import Actor
from mediation.facts import Malformed
from mediation.files import Judged, clean_name
from mediation.lifecycle import MOVES, OWNERS, Move
from mediation.models import Case, CaseEvent, Enclosure, Request
from mediation.moves import PEOPLE_ROLES, Enclosed, Refused
from mediation.platform import home_of
from mediation.rights import Rights
from mediation.signatures import proving
from mediation.vocabulary import (
    Audience,
    EnclosureKind,
    PartyKind,
    Role,
    Side,
    Source,
    Verification,
    gettext_noop,
)
from mediation.workdays import local_day
from roster.identity import (
    CORPORATE,
    IdentityError,
    check_adult,
    check_email,
    check_identity,
    check_lawyer_licence,
    check_phone,
    check_securities_account,
    is_same_name,
)
from roster.models import Account
from roster.sealed import blind_index

VOUCHER_SECONDS = 7 * 24 * 3600
SIGNING = "sign"
FILING_AUDIENCES = frozenset({Audience.ALL, Audience.PARTIES, Audience.APPLICANTS, Audience.MEDIATOR})

OWN_WAYS = frozenset({Source.ONLINE_COURT, Source.ONLINE_NET, Source.OFFLINE})
"""Ways in which parties and agents bring a case by themselves: that it was passed on is for those to say who did."""


@dataclass(frozen=True)
class Submitted:
    """A submission ready for the door."""

    move: Move
    by: Actor
    facts: dict[str, Any]
    enclosures: list[Enclosed]
    key: str | None


# Uploads.


def voucher(platform: str, account: Account, judged: Judged) -> str:
    """Return the signed text with which this account, and no other, may file this upload on this platform."""
    told = {"sha256": judged.sha256, "name": judged.name_safe, "size": judged.size, "media_type": judged.media_type}
    return signing.dumps(told, salt=_salt(platform, account), compress=True)


def _salt(platform: str, account: Account) -> str:
    return f"upload:{platform}:{account.ref}"


def _attached(
    platform: str, account: Account, given: Iterable[dict[str, Any]], allowed: frozenset[Audience], key: str | None
) -> list[Enclosed]:
    found = []
    for place, item in enumerate(given):
        try:
            told = signing.loads(item["upload"], salt=_salt(platform, account), max_age=VOUCHER_SECONDS)
        except signing.BadSignature:
            raise Malformed(f"documents.{place}.upload", gettext_noop("上传凭据无效或者已过期，请重新上传")) from None
        audience = Audience(item["audience"])
        if audience not in allowed:
            raise Malformed(f"documents.{place}.audience", gettext_noop("您不能指定这一查看范围"))
        name = _renamed(item["name"], told["name"]) if "name" in item else told["name"]
        content = {**told, "ref": _new_ref(key, f"document:{place}"), "kind": item["kind"], "name": name}
        found.append(Enclosed(EnclosureKind.DOCUMENT, content, audience))
    return found


def _renamed(wanted: str, judged: str) -> str:
    """Return a safe name that keeps the extension the content was judged by: no text comes out again as a program."""
    extension = judged.rpartition(".")[2]
    name = clean_name(wanted, extension)
    return name if name.lower().endswith(f".{extension.lower()}") else clean_name(f"{name}.{extension}", extension)


def _new_ref(key: str | None, what: str) -> str:
    # A repeated submission must name the same things, or it would not be recognised as the same.
    return str(uuid.uuid5(uuid.UUID(key[:32]), what) if key else uuid.uuid4())


# People.


def _particulars(given: dict[str, Any], place: str, on: date, *, known: bool) -> dict[str, str]:
    """Return checked particulars; ``known``: whoever states them must be able to name number and telephone."""
    content = {name: str(given[name]).strip() for name in given if name in _PERSONAL and str(given[name]).strip()}
    for name in ("identity_kind", "identity_number", "phone") if known else ():
        if name not in content:
            raise Malformed(f"{place}.{name}", gettext_noop("缺少这一项"))
    if ("identity_number" in content) != ("identity_kind" in content):
        raise Malformed(f"{place}.identity_number", gettext_noop("证件类型和证件号码应当一并填写"))
    try:
        if "identity_number" in content:
            identity = check_identity(content["identity_kind"], content["identity_number"], on=on)
            content["identity_number"] = identity.number
            if known and identity.born_on and place.startswith("parties"):
                check_adult(identity.born_on, on=on)
        for name, check in _CHECKS.items():
            if name in content:
                content[name] = check(content[name])
    except IdentityError as wrong:
        raise Malformed(place, wrong.message % wrong.params if wrong.params else wrong.message) from wrong
    return content


_PERSONAL = (
    "name",
    "identity_kind",
    "identity_number",
    "phone",
    "account_number",
    "email",
    "address",
    "legal_representative",
    "branch",
    "licence_number",
)
_CHECKS = {
    "phone": check_phone,
    "email": check_email,
    "licence_number": check_lawyer_licence,
    "account_number": lambda text: check_securities_account(text)[0],
}


def _check_kind(party: dict[str, Any], place: str) -> None:
    kind = party.get("identity_kind")
    if kind and (kind in CORPORATE) == (party["kind"] == PartyKind.NATURAL):
        raise Malformed(f"{place}.identity_kind", gettext_noop("证件类型与当事人类型不符"))


def _check_not_doubled(people: Sequence[dict[str, str]]) -> None:
    seen: set[tuple[str, str]] = set()
    for place, person in enumerate(people):
        identity = (person.get("identity_kind", ""), person.get("identity_number", ""))
        if identity[1] and identity in seen:
            raise Malformed(f"parties.{place}", gettext_noop("申请人和被申请人不能是同一人"))
        seen.add(identity)


# A new case.


def opening_moves(platform: str) -> list[Move]:
    """Return the moves that open a case on this platform."""
    return [
        move
        for move in MOVES.values()
        if move.creates and move.by_people and home_of(OWNERS[move.targets[0]]) == platform
    ]


def read_application(
    rights: Rights, account: Account, body: dict[str, Any], at: datetime, key: str | None
) -> Submitted:
    """Return a new case's first move from a checked body; raises Malformed or Refused."""
    declared = _opening(rights.platform, body.get("move"))
    on, stated = local_day(at), dict(body["facts"])
    for name in ("parties", "agents"):
        if name in stated:
            raise Malformed(f"facts.{name}", gettext_noop("请在与facts并列的parties和agents中填写"))
    parties, enclosures = [], []
    for place, given in enumerate(body["parties"]):
        _check_kind(given, f"parties.{place}")
        content = _particulars(given, f"parties.{place}", on, known=given["side"] == Side.APPLICANT)
        ref = str(given.get("ref") or _new_ref(key, f"party:{place}"))
        parties.append({"ref": ref, **{name: given[name] for name in ("side", "kind", "investor", "institution")}})
        enclosures.append(Enclosed(EnclosureKind.PARTY, content, about=ref))
    _check_not_doubled([item.content for item in enclosures])
    stated["parties"] = parties
    people = list(enclosures)
    if body["agents"]:
        stated["agents"] = []
    for place, given in enumerate(body["agents"]):
        if max(given["principals"]) >= len(parties):
            raise Malformed(f"agents.{place}.principals", gettext_noop("没有这一名当事人"))
        ref = str(given.get("ref") or _new_ref(key, f"agent:{place}"))
        principals = list(dict.fromkeys(parties[index]["ref"] for index in given["principals"]))
        stated["agents"].append({"ref": ref, "for": principals, "power": given["power"]})
        people.append(Enclosed(EnclosureKind.AGENT, _particulars(given, f"agents.{place}", on, known=True), about=ref))
    facts.check(declared.facts, stated)
    by = _opener(rights, account, declared, stated, people, body.get("as"), at)
    if by.role in (Role.PARTY, Role.AGENT) and stated["source"] not in OWN_WAYS:
        raise Malformed("facts.source", gettext_noop("当事人自行提交的，来源不能填写为转办或者移送"))
    allowed = FILING_AUDIENCES | rights.reads(by.role)
    attached = _attached(rights.platform, account, body["documents"], allowed, key)
    return Submitted(declared, by, stated, [*people, *_texts(declared, body), *attached], key)


def _opening(platform: str, name: str | None) -> Move:
    opening = opening_moves(platform)
    found = next((move for move in opening if name in (None, move.name)), None)
    if found is None:
        raise Malformed("move", gettext_noop("本平台没有这种申请"))
    return found


def _opener(
    rights: Rights,
    account: Account,
    declared: Move,
    stated: dict[str, Any],
    people: list[Enclosed],
    wanted: dict[str, Any] | None,
    at: datetime,
) -> Actor:
    """Return the capacity in which the account opens a case: as a party or agent it names, or by a post."""
    for item in people:
        if _is_account(account, item.content) and not is_same_name(
            account.identity_kind, item.content["name"], account.name
        ):
            group, place = _place(item, people)
            raise Malformed(f"{group}.{place}.name", gettext_noop("姓名与账户已核验的不一致"))
    candidates = [
        Actor(
            Role.PARTY if item.kind is EnclosureKind.PARTY else Role.AGENT,
            item.about,
            "",
            rights.platform,
            account.name,
        )
        for item in people
        if _is_account(account, item.content)
    ]
    applicants = {party["ref"] for party in stated["parties"] if party["side"] == Side.APPLICANT}
    candidates = [actor for actor in candidates if actor.role is Role.AGENT or actor.ref in applicants]
    candidates += [rights.actor_of(post, account) for post in rights.posts(account, at)]
    candidates = [actor for actor in candidates if actor.role in declared.by]
    if not candidates:
        raise Refused(
            "actor",
            gettext_noop("您的身份尚未核验，或者您不是所填写的申请人、代理人"),
            declared.law,
            gettext_noop("请先核验身份；代他人申请的，请在agents中填写您本人的信息"),
        )
    return choose(candidates, wanted, declared)


def _place(item: Enclosed, people: list[Enclosed]) -> tuple[str, int]:
    """Return where in the body somebody was named."""
    alike = [one for one in people if one.kind is item.kind]
    return ("parties" if item.kind is EnclosureKind.PARTY else "agents"), alike.index(item)


def _is_account(account: Account, content: dict[str, Any]) -> bool:
    number = content.get("identity_number", "")
    return bool(
        number
        and account.identity_verified_at
        and account.identity_index
        and account.identity_kind == content["identity_kind"]
        and account.identity_index == blind_index(number)
    )


# A move on an existing case.


def read_move(
    rights: Rights, account: Account, case: Case, name: str, actors: list[Actor], body: dict[str, Any], at: datetime,
    key: str | None,
) -> Submitted:  # fmt: skip
    """Return a move on a case from a checked body; raises Malformed or Refused."""
    declared = moves.resolve(name)
    if declared.creates:
        raise Refused("move", gettext_noop("没有这种操作"), (), gettext_noop("请从列出的操作中选择"))
    by = choose(actors, body.get("as"), declared)
    facts.check(declared.facts, body["facts"])
    if "verified" in declared.facts and (by.role in PEOPLE_ROLES or declared.name == SIGNING):
        # Who acts for itself is known by the account it acts with, whatever it says of that (ZS-7).
        how = Verification.ACCOUNT_CODE if declared.name == SIGNING else Verification.ACCOUNT
        body["facts"]["verified"] = how.value
    if declared.name == SIGNING and body.get("code"):
        by = proving.prove(case, account, by, body["facts"]["digest"], body["code"], at)
    people = _people(case, declared, by, body["facts"], body["people"], local_day(at))
    allowed = rights.audiences(case, [by]) | {Audience.ALL, Audience.MEDIATOR}
    attached = _attached(rights.platform, account, body["documents"], allowed, key)
    return Submitted(declared, by, body["facts"], [*people, *_texts(declared, body), *attached], key)


def choose(actors: list[Actor], wanted: dict[str, Any] | None, declared: Move) -> Actor:
    """Return the capacity asked for, or the first that the move is open to; raises Refused."""
    if wanted:
        actors = [
            actor for actor in actors if actor.role == wanted["role"] and wanted.get("ref", actor.ref) == actor.ref
        ]
    fitting = [actor for actor in actors if actor.role in declared.by] or actors
    if not fitting:
        raise Refused(
            "actor",
            gettext_noop("您没有办理这一步骤的权限"),
            declared.law,
            gettext_noop("请从您在该案中的身份里选择"),
        )
    return fitting[0]


def _people(
    case: Case, declared: Move, by: Actor, stated: dict[str, Any], given: list[dict[str, Any]], on: date
) -> list[Enclosed]:
    """Return the particulars of the people this move names; a party may restate only its own and new people's."""
    named = _named(declared, stated)
    standing = {*case.sheet.get("parties", {}), *case.sheet.get("agents", {})}
    if by.role in PEOPLE_ROLES and not set(named) & standing <= {*guards.acts_for(case, by), by.ref}:
        raise Refused(
            "fits_own_party",
            guards.fits_own_party.reason,
            guards.fits_own_party.law,
            guards.fits_own_party.remedy,
        )
    found = _enclosed_people(named, given, on)
    if by.role in PEOPLE_ROLES:
        _check_same_people(case, found)
    return found


def _check_same_people(case: Case, found: list[Enclosed]) -> None:
    """Refuse another identity for somebody who stands in the case: it opens the case, and with it who may sign."""
    held = {str(person.ref): (person.identity_kind, person.identity_index) for person in queries.people(case)}
    for place, item in enumerate(found):
        number = item.content.get("identity_number", "")
        if number and held.get(item.about, _of(item.content)) != _of(item.content):
            raise Malformed(
                f"people.{place}.identity_number",
                gettext_noop("证件信息与登记的不一致；需要更正的，请联系立案人员或者调解员"),
            )


def _of(content: dict[str, Any]) -> tuple[str, str]:
    return content["identity_kind"], blind_index(content["identity_number"])


def _enclosed_people(named: dict[str, EnclosureKind], given: list[dict[str, Any]], on: date) -> list[Enclosed]:
    found = []
    for place, person in enumerate(given):
        ref = str(person["ref"])
        if ref not in named:
            raise Malformed(f"people.{place}.ref", gettext_noop("只能填写这一步骤所涉及的人员"))
        content = _particulars(person, f"people.{place}", on, known=named[ref] is EnclosureKind.AGENT)
        found.append(Enclosed(named[ref], content, about=ref))
    return found


def _named(declared: Move, stated: dict[str, Any]) -> dict[str, EnclosureKind]:
    """Return whose particulars this move may carry."""
    named = {party["ref"]: EnclosureKind.PARTY for party in stated.get("parties", ())}
    if "e_service" in declared.facts:
        named[stated["party"]] = EnclosureKind.PARTY
    if "agent" in declared.facts:
        named[stated["agent"]] = EnclosureKind.AGENT
    return named


def _texts(declared: Move, body: dict[str, Any]) -> list[Enclosed]:
    given, nonce = body["texts"], {"nonce": body["nonce"]} if body.get("nonce") else {}
    for name in given:
        if name not in declared.texts:
            raise Malformed(f"texts.{name[:60]}", gettext_noop("没有这个字段"))
    return [
        Enclosed(text.kind, {"text": given[name], **nonce}, text.audience)
        for name, text in declared.texts.items()
        if given.get(name)
    ]


# The door, once.


def own_key(account: Account, key: str) -> str | None:
    """Return the key under which the journal remembers this account's submission; two accounts never share one."""
    return hashlib.sha256(f"{account.ref}:{key}".encode()).hexdigest() if key else None


def earlier(platform: str, case_ref: uuid.UUID | None, key: str | None) -> CaseEvent | Request | None:
    """Return what this key wrote before, if anything; raises Refused if that was about another case."""
    if not key:
        return None
    found: CaseEvent | Request | None = (
        CaseEvent.objects.select_related("case").filter(platform=platform, key=key).first()
        or Request.objects.select_related("case").filter(platform=platform, key=key).first()
    )
    if found and case_ref and found.case.ref != case_ref:
        raise key_spent()
    return found


def check_repeated(
    rights: Rights, account: Account, done: CaseEvent | Request, name: str, body: dict[str, Any], key: str | None
) -> None:
    """Refuse a key that comes back with another submission; the capacity is the first one's, whatever came since."""
    declared = moves.resolve(name)
    by = Actor.from_entry(done.by)
    wanted = body.get("as")
    if wanted and (by.role != wanted["role"] or wanted.get("ref", by.ref) != by.ref):
        raise key_spent()
    facts.check(declared.facts, body["facts"])
    people = _enclosed_people(_named(declared, body["facts"]), body["people"], local_day(done.at))
    attached = _attached(rights.platform, account, body["documents"], frozenset(Audience), key)
    check_same(done, Submitted(declared, by, body["facts"], [*people, *_texts(declared, body), *attached], key))


def check_same(done: CaseEvent | Request, sent: Submitted) -> None:
    """Refuse a key that comes back with another submission; what was enclosed is compared too."""
    found = Enclosure.objects.filter(case_id=done.case_id)
    rows = list(found.filter(number=done.number) if isinstance(done, CaseEvent) else found.filter(request=done))
    kept = [_compared(row.kind, row.audience, row.about, row.content()) for row in rows if not row.erased_at]
    now = [_compared(item.kind, item.audience, item.about, item.content) for item in sent.enclosures]
    stated = all(done.facts.get(name) == value for name, value in sent.facts.items())
    # The door may have added forwarded texts of its own; what was erased can no longer be compared.
    complete = len(kept) == len(rows)
    if done.move != sent.move.name or not stated or (complete and not _holds(kept, now, sent.move)):
        raise key_spent()


def _holds(kept: list[tuple[str, str, str, bytes]], now: list[tuple[str, str, str, bytes]], declared: Move) -> bool:
    """Tell whether all that is submitted now was kept, and nothing else but what the door forwards."""
    rest = list(kept)
    for item in now:
        if item not in rest:
            return False
        rest.remove(item)
    return {kind for kind, *_others in rest} <= {forward.kind.value for forward in declared.forwards}


def _compared(kind: str, audience: str, about: str, content: dict[str, Any]) -> tuple[str, str, str, bytes]:
    return (str(kind), str(audience), about, chain.canonical(content))


def key_spent() -> Refused:
    """Return the refusal of a key that was used for something else."""
    return Refused("key", gettext_noop("这个幂等键已经用于另一次提交"), (), gettext_noop("请换一个幂等键"))


def deliver(case: Case, sent: Submitted, at: datetime, seen: int | None) -> CaseEvent | Request:
    """This function will hand a submission to the door and return the entry or the request."""
    done = moves.perform(
        case, sent.move.name, by=sent.by, at=at, facts=sent.facts, enclosures=sent.enclosures, seen=seen, key=sent.key
    )
    if sent.key and done.at != at:
        # Two first submissions under one key raced for it; the loser got what the winner wrote.
        check_same(done, sent)
    return done
