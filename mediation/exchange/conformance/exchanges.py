"""What the kit tries on the exchange: each check sends something, right or wrong, and says what should come of it.

Lives here: the checks, each with the part of ``docs/exchange.md`` it stands for. Does not live here: messages and
entries (``counterpart``), running and reporting (``report``).
Called by: ``report``.

Every check opens cases of its own, so that each can be run alone and in any order.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mediation import chain
from mediation.chain import SigningKey
from mediation.exchange.conformance.counterpart import COURT, NET, Counterpart, Failed, Journal, Message, expect

FRESH = timedelta(seconds=300)


@dataclass(frozen=True)
class Check:
    """One thing that is tried: its name, what it says, where it is promised, as whom it can be tried."""

    name: str
    title: str
    section: str
    run: Callable[[Any], None]
    roles: tuple[str, ...] = (COURT, NET)


CHECKS: dict[str, Check] = {}


def check(name: str, title: str, section: str, *roles: str) -> Callable[[Any], Any]:
    """Return the decorator that enters a function among the checks."""

    def enter(run: Callable[[Counterpart], None]) -> Callable[[Counterpart], None]:
        CHECKS[name] = Check(name, title, section, run, roles or (COURT, NET))
        return run

    return enter


# Messages.


def _good(us: Counterpart) -> Message:
    """Return a good message with a dossier nobody has heard yet."""
    return us.message("envelopes", us.batch(us.open_case().story()))


def _refused(us: Counterpart, message: Message, status: int, *codes: str) -> None:
    heard = us.send(message)
    expect(heard.status == status, f"答复{heard.status} {heard.code}，应当是{status}")
    if codes:
        expect(heard.code in codes, f"拒绝的代码是{heard.code!r}，应当是{'或者'.join(codes)}")


def _spoilt(message: Message, **headers: str | None) -> Message:
    changed = {**message.headers, **headers}
    return dataclasses.replace(message, headers={name: text for name, text in changed.items() if text is not None})


@check("keys.published", "keys.json公布密钥，编号由公钥算出", "Keys")
def keys_published(us: Counterpart) -> None:
    """Read what the peer publishes."""
    for one in us.meet()["keys"]:
        expect(chain.key_id(one["public"]) == one["key"], f"密钥编号{one['key']}不是其公钥SHA-256的前16位")


@check("message.altered", "正文改动一个字节的消息被拒绝", "How a call is signed")
def message_altered(us: Counterpart) -> None:
    """Change one byte in the middle."""
    message = _good(us)
    place = len(message.body) // 2
    body = message.body[:place] + bytes([message.body[place] ^ 1]) + message.body[place + 1 :]
    _refused(us, dataclasses.replace(message, body=body), 401, "signature")


@check("message.unsigned", "没有签名的消息被拒绝", "How a call is signed")
def message_unsigned(us: Counterpart) -> None:
    """Leave the signature out."""
    _refused(us, _spoilt(_good(us), **{"Signature": None, "Signature-Input": None}), 401, "signature")


@check("message.digest", "没有正文校验值的消息被拒绝", "How a call is signed")
def message_digest(us: Counterpart) -> None:
    """Leave the digest of the body out, in header and signature base."""
    message = _good(us)
    covered = message.headers["Signature-Input"].replace(' "content-digest"', "")
    _refused(us, _spoilt(message, **{"Content-Digest": None, "Signature-Input": covered}), 401, "signature")


@check("message.tag", "其他用途的签名被拒绝", "How a call is signed")
def message_tag(us: Counterpart) -> None:
    """Say another tag."""
    message = _good(us)
    tagged = message.headers["Signature-Input"].replace("mediation-docking", "something-else")
    _refused(us, _spoilt(message, **{"Signature-Input": tagged}), 401, "signature")


@check("message.key", "不受信任的密钥签名的消息被拒绝", "How a call is signed")
def message_key(us: Counterpart) -> None:
    """Sign with a key nobody was told of."""
    batch = us.batch(us.open_case().story())
    _refused(us, us.message("envelopes", batch, key=SigningKey.generate()), 401, "signature")


@check("message.audience", "写给其他平台的消息被拒绝", "How a call is signed")
def message_audience(us: Counterpart) -> None:
    """Address it to somebody else."""
    batch = us.batch(us.open_case().story())
    _refused(us, us.message("envelopes", batch, audience="somebody"), 401, "audience", "signature")


@check("message.path", "为一个地址签名的消息在另一地址被拒绝", "How a call is signed")
def message_path(us: Counterpart) -> None:
    """Carry a question about digests to the address of envelopes."""
    message = us.message("digests", {"prefixes": [""], "except": [], "everything": False})
    _refused(us, dataclasses.replace(message, path=message.path.replace("digests", "tails")), 401, "signature")


@check("message.stale", "过期的签名（早于300秒）被拒绝，并告知时间", "How a call is signed")
def message_stale(us: Counterpart) -> None:
    """Date it six minutes back."""
    heard = us.ask("envelopes", us.batch([]), at=us.now() - FRESH - timedelta(seconds=60))
    expect((heard.status, heard.code) == (401, "stale"), f"答复{heard.status} {heard.code}，应当是401 stale")
    _instant(heard.said.get("at"), "拒绝中的at")


@check("message.early", "日期在未来（晚于300秒）的签名被拒绝", "How a call is signed")
def message_early(us: Counterpart) -> None:
    """Date it six minutes ahead."""
    message = us.message("envelopes", us.batch([]), at=us.now() + FRESH + timedelta(seconds=60))
    _refused(us, message, 401, "stale")


@check("message.replayed", "重放的消息被拒绝", "How a call is signed")
def message_replayed(us: Counterpart) -> None:
    """Send the same bytes twice."""
    message = us.message("standing", {"kinds": [], "keeps": [], "cases": []})
    first = us.send(message)
    expect(first.status == 200, f"第一次答复{first.status} {first.code}，应当是200")
    _refused(us, message, 409, "replay")


@check("answer.signed", "答复由被测平台签名，并且写明所答复的请求", "How a call is signed")
def answer_signed(us: Counterpart) -> None:
    """Ask something harmless."""
    us.answered("envelopes", us.batch([]))


@check("answer.refusal", "拒绝也由被测平台签名，写明代码和时间", "Endpoints")
def answer_refusal(us: Counterpart) -> None:
    """Ask something wrong, signed well."""
    heard = us.ask("envelopes", {"epoch": us.epoch})
    expect((heard.status, heard.code) == (400, "batch"), f"答复{heard.status} {heard.code}，应当是400 batch")
    expect(heard.genuine, "拒绝没有经过被测平台有效签名")
    _instant(heard.said.get("at"), "拒绝中的at")


@check("body.strict", "不合规范JSON的正文被拒绝", "Bytes")
def body_strict(us: Counterpart) -> None:
    """Send fractions, halves of characters, depths and no object at all."""
    bodies = (b"", b"{", b"[]", b'{"epoch":1.5,"envelopes":[]}', b'{"a":"\\ud800"}', b"[" * 3000, b'{"a":"\\u0000"}')
    for body in bodies:
        _refused(us, us.message("envelopes", body), 400, "body", "batch")


@check("batch.oversize", "超过500个信封的批次被整批拒绝", "Endpoints")
def batch_oversize(us: Counterpart) -> None:
    """Send 501."""
    item = us.open_case().story()[0]
    many = [{**item, "id": str(uuid.uuid4())} for _place in range(501)]
    _refused(us, us.message("envelopes", us.batch(many)), 400, "batch")


@check("body.oversize", "超过32 MiB的消息被拒绝", "Endpoints")
def body_oversize(us: Counterpart) -> None:
    """Send one byte more."""
    message = us.message("envelopes", us.batch([]))
    _refused(us, dataclasses.replace(message, body=b" " * (32 * 1024 * 1024 + 1)), 413)


@check("batch.stranger", "来源不符的信封使整批被拒绝", "Endpoints")
def batch_stranger(us: Counterpart) -> None:
    """Put an envelope into the batch that says it is from the receiver."""
    items = us.open_case().story()
    _refused(us, us.message("envelopes", us.batch([{**items[0], "source": us.peer}])), 400, "envelope")


@check("batch.unnamed", "没有编号的信封使整批被拒绝", "Endpoints")
def batch_unnamed(us: Counterpart) -> None:
    """Send an envelope without an id."""
    item = us.open_case().story()[0]
    without = {name: value for name, value in item.items() if name != "id"}
    _refused(us, us.message("envelopes", us.batch([without])), 400, "envelope")


@check("epoch.old", "早于已知的恢复次数的批次被拒绝", "Restore and epochs")
def epoch_old(us: Counterpart) -> None:
    """Come back from a backup, and then speak as before it; the kit goes on in the new epoch."""
    before = us.epoch
    us.epoch = before + 1
    us.answered("envelopes", us.batch([]))
    _refused(us, us.message("envelopes", {"epoch": before, "envelopes": []}), 409, "epoch")


# Good envelopes.


def _told(us: Counterpart) -> Journal:
    """Return a case of which the peer holds everything written here."""
    journal = us.open_case()
    for place, given in enumerate(us.tell(*journal.hand_over()), 1):
        expect(given["outcome"] == "APPLIED", f"正确的信封得到{given['outcome']} {given['why']}，应当是APPLIED")
        expect(given["number"] >= place, f"回执所写的条数是{given['number']}，至少应当是{place}")
    return journal


def _stands(journal: Journal, given: Mapping[str, Any], number: int) -> None:
    """Raise Failed unless the receipt says that the peer holds the first so many of our entries and nothing else."""
    head = journal.entries[number - 1]["hash"] if number else ""
    said = f"回执写的是第{given['number']}条、末条{given['head'][:8]}，应当是第{number}条、末条{head[:8]}"
    expect((given["number"], given["head"]) == (number, head), said)


@check("envelopes.applied", "正确的流水全部记入，每个信封一份有效回执，按发送顺序", "Receipts")
def envelopes_applied(us: Counterpart) -> None:
    """Send a dossier."""
    _told(us)


@check("receipt.head", "回执写明记入之后的条数和末条校验值", "Receipts")
def receipt_head(us: Counterpart) -> None:
    """Compare number and head of the receipts with the journal, as it is lent."""
    journal = us.open_case()
    for place, item in enumerate(journal.story()[:3], 1):
        (given,) = us.tell(item)
        _stands(journal, given, place)


@check("receipt.epoch", "回执写明是哪一次恢复之后、什么时候给出的", "Receipts")
def receipt_epoch(us: Counterpart) -> None:
    """Look at epoch and instant."""
    (given,) = us.tell(us.open_case().story()[0])
    expect(isinstance(given["epoch"], int) and given["epoch"] >= 1, "回执的epoch应当是正整数")
    said = _instant(given["at"], "回执的at")
    expect(abs(said - us.now()) < 2 * FRESH, "回执的时间与现在相差超过10分钟")


@check("handover.received", "移交在记入的同时由接收平台签收", "What crosses, and what does not")
def handover_received(us: Counterpart) -> None:
    """Hand a case over and read the entry by which the peer signs for it."""
    journal = us.open_case()
    *_before, last = us.tell(*journal.hand_over())
    expect(last["number"] > len(journal.entries), "移交之后没有平台签收（回执所写的条数没有增加）")
    own = [one for one in journal.tail(len(journal.entries)) if one["number"] == len(journal.entries) + 1]
    expect(bool(own) and own[0]["kind"] == "case.receive.v1", "移交之后的下一条流水不是case.receive.v1")
    expect(own[0]["previous"] == journal.head, "签收没有接在移交之后")


@check("handover.sent_back", "不能办理的移交由接收平台退回，不作为违反约定", "Receipts", COURT)
def handover_sent_back(us: Counterpart) -> None:
    """Hand a case over to an organisation that the peer does not know."""
    journal = _told(us)
    kinds = [one["kind"] for one in journal.tail(len(journal.entries))]
    expect("case.send_back.v1" in kinds, "移交给不存在的调解组织，应当以case.send_back.v1退回")


@check("message.lost", "答复丢失后再次发送，得到逐字相同的回执", "Receipts")
def message_lost(us: Counterpart) -> None:
    """Send, lose the answer, send again."""
    items = us.open_case().story()
    first, again = us.tell(*items), us.tell(*items)
    expect(first == again, "同一信封再次发送得到的回执与第一次不同")


@check("envelope.doubled", "同一信封在一批中出现两次，只记入一次", "Receipts")
def envelope_doubled(us: Counterpart) -> None:
    """Send the first two entries, the first of them twice."""
    journal = us.open_case()
    first, second, *_rest = journal.story()
    given = us.tell(first, first, second)
    expect({one["outcome"] for one in given} == {"APPLIED"}, "重复的信封应当都答复APPLIED")
    _stands(journal, given[2], 2)


@check("envelope.late", "较早的信封在后来的流水之后再到，不改变任何东西", "Receipts")
def envelope_late(us: Counterpart) -> None:
    """Let the first envelope arrive once more when everything is there."""
    journal = us.open_case()
    items = journal.story()
    us.tell(*items[:2])
    (given,) = us.tell(items[0])
    expect(given["outcome"] == "APPLIED", f"迟到的重复信封得到{given['outcome']}，应当是APPLIED")
    (after,) = us.tell(items[2])
    _stands(journal, after, 3)


@check("envelope.gap", "缺少前一条的流水等待，补齐后记入", "Receipts")
def envelope_gap(us: Counterpart) -> None:
    """Send the first and third entry, then the second and third."""
    journal = us.open_case()
    first, second, third, *_rest = journal.story()
    given = us.tell(first, third)[1]
    expect(
        (given["outcome"], given["why"]) == ("WAITING", "#2"),
        f"得到{given['outcome']} {given['why']}，应当是WAITING #2",
    )
    _stands(journal, given, 1)
    given = us.tell(second, third)[1]
    expect(given["outcome"] == "APPLIED", f"补齐后得到{given['outcome']} {given['why']}，应当是APPLIED")
    _stands(journal, given, 3)


@check("envelope.reordered", "颠倒到达的流水不会颠倒记入", "Receipts")
def envelope_reordered(us: Counterpart) -> None:
    """Send the second before the first, then both in order."""
    journal = us.open_case()
    first, second, *_rest = journal.story()
    early, good = us.tell(second, first)
    expect(early["outcome"] == "WAITING", f"先到的第2条得到{early['outcome']} {early['why']}，应当是WAITING")
    expect(good["outcome"] == "APPLIED", f"第1条得到{good['outcome']} {good['why']}，应当是APPLIED")
    _stands(journal, us.tell(second)[0], 2)


@check("envelope.apart", "一个案件的错误不影响同批其他案件", "Receipts")
def envelope_apart(us: Counterpart) -> None:
    """Send a forged entry of one case together with a good one of another."""
    bad, good = us.open_case(), us.open_case()
    forged = {**bad.story()[0], "signature": SigningKey.generate().sign("0" * 64)}
    given = us.tell(forged, good.story()[0])
    outcomes = [one["outcome"] for one in given]
    expect(outcomes == ["PARKED", "APPLIED"], f"得到{'、'.join(outcomes)}，应当是PARKED、APPLIED")


# Bad envelopes: each is parked with its code, and the journal stays as it was.


def _parked(us: Counterpart, journal: Journal, item: dict[str, Any], *codes: str, held: int = 2) -> None:
    (given,) = us.tell(item)
    said = f"得到{given['outcome']} {given['why']}"
    expect(given["outcome"] == "PARKED", f"{said}，应当是PARKED")
    expect(not codes or given["why"].split(":")[0] in codes, f"{said}，应当是PARKED {'或者'.join(codes)}")
    _stands(journal, given, held)


def _half(us: Counterpart) -> tuple[Journal, dict[str, Any]]:
    """Return a case of which the peer holds the first two entries, and the third as it should be."""
    journal = us.open_case()
    story = journal.story()
    third = journal.entries[2]
    del journal.entries[2:]
    us.tell(*story[:2])
    return journal, third


def _forgery(name: str, title: str, codes: tuple[str, ...], change: Callable[[Journal, dict[str, Any]], Any]) -> None:
    """Enter a check that sends a third entry, changed and signed by our own good key."""

    def run(us: Counterpart) -> None:
        journal, third = _half(us)
        _parked(us, journal, journal.envelope(change(journal, third)), *codes)

    check(name, title, "Codes of PARKED")(run)


def _resigned(**changes: Any) -> Callable[[Journal, dict[str, Any]], dict[str, Any]]:
    return lambda journal, entry: journal.sealed(entry, **changes)


def _with_actor(**changes: str) -> Callable[[Journal, dict[str, Any]], dict[str, Any]]:
    return lambda journal, entry: journal.sealed(entry, by={**entry["by"], **changes})


def _as_staff_elsewhere(journal: Journal, entry: Mapping[str, Any]) -> dict[str, Any]:
    role = "MEDIATOR" if journal.us.code == COURT else "JUDGE"
    return journal.sealed(entry, by=journal.by(role, str(uuid.uuid4()), journal.organisation))


def _as_guest(journal: Journal, entry: Mapping[str, Any]) -> dict[str, Any]:
    by = journal.by("PARTY", journal.respondent, via=journal.us.peer)
    stated = {"party": journal.respondent, "stage": "MEDIATION", "channel": "ONLINE"}
    return journal.sealed(entry, kind="case.consent.v1", by=by, facts=stated)


_forgery(
    "entry.altered", "内容与校验值不符的流水不记入", ("hash",),
    lambda journal, entry: {**entry, "at": chain.stamp(journal.at(3) + timedelta(seconds=1))},
)  # fmt: skip
_forgery(
    "entry.signature", "签名不是作者平台的流水不记入", ("signature",),
    lambda journal, entry: {**entry, "signature": SigningKey.generate().sign(entry["hash"])},
)  # fmt: skip
_forgery(
    "entry.key", "以不受信任的密钥签名的流水不记入", ("signature",),
    lambda journal, entry: {**entry, "key": "0" * 16},
)  # fmt: skip
_forgery("entry.previous", "没有接在末条之后的流水不记入", ("previous",), _resigned(previous="0" * 64))
_forgery(
    "entry.author", "冒充接收平台所写的流水不记入", ("author",),
    lambda journal, entry: journal.sealed(entry, platform=journal.us.peer),
)  # fmt: skip
_forgery("entry.kind", "不认识的操作不记入", ("kind",), _resigned(kind="case.conjure.v1"))
_forgery(
    "entry.version", "不认识的版本不记入", ("kind",),
    lambda journal, entry: journal.sealed(entry, kind=entry["kind"].replace(".v1", ".v2")),
)  # fmt: skip
_forgery("entry.facts", "事项格式不对的流水不记入", ("facts", "body"), _resigned(facts={"party": 7, "more": 1}))
_forgery("entry.instant", "时间写法不对的流水不记入", ("body", "at"), _resigned(at="2024-03-04 05:00"))
_forgery("entry.vouching", "平台不能担保的角色所作的流水不记入", ("vouching",), _as_staff_elsewhere)
_forgery("entry.mouth", "没有在接收平台提出过的人，不能由对方代为作出操作", ("vouching", "owner"), _as_guest)
_forgery(
    "entry.algorithm",
    "不认识的校验算法的流水不记入",
    ("body", "hash", "algorithm"),
    lambda journal, entry: {**entry, "algorithm": "md5"},
)
_forgery(
    "entry.enclosures", "附件说明不是列表的流水不记入", ("envelope", "enclosures", "body"),
    lambda journal, entry: journal.sealed(
        entry, enclosures=[{"kind": "NOTHING", "audience": "ALL", "about": "", "digest": "0" * 64}]
    ),
)  # fmt: skip


@check("entry.state", "在目前状态下不能作出的操作不记入", "Codes of PARKED")
def entry_state(us: Counterpart) -> None:
    """Make the first move a second time."""
    journal, _third = _half(us)
    first = journal.entries[0]
    again = {"number": 3, "previous": journal.head, "at": chain.stamp(journal.at(3))}
    plain = {name: value for name, value in first.items() if name != "contents"}
    _parked(us, journal, journal.envelope(journal.sealed(plain, enclosures=[], **again)))


@check("entry.owner", "不是案件现在的所有者所写的流水不记入", "Codes of PARKED")
def entry_owner(us: Counterpart) -> None:
    """Open a case of a kind that only the other platform opens."""
    journal = us.open_case()
    stranger = Journal(dataclasses.replace(us, code=NET if us.code == COURT else COURT), ref=journal.ref)
    stranger.story()
    entry = {name: value for name, value in stranger.entries[0].items() if name != "contents"}
    by = {**entry["by"], "via": us.code}
    _parked(us, journal, journal.envelope(journal.sealed(entry, platform=us.code, by=by, enclosures=[])), held=0)


@check("entry.clocks", "期限与规则表不符的流水不记入", "Codes of PARKED")
def entry_clocks(us: Counterpart) -> None:
    """Leave out the clock that the first entry starts."""
    journal = us.open_case()
    journal.story()
    first = journal.entries[0]
    del journal.entries[:]
    _parked(us, journal, journal.envelope(journal.sealed(first, clocks=[])), "clocks", held=0)


@check("enclosure.digest", "与校验值不符的附件内容不接收", "Codes of PARKED")
def enclosure_digest(us: Counterpart) -> None:
    """Seal another text than the one whose digest stands in the entry."""
    journal = us.open_case()
    journal.story()
    first = journal.entries[0]
    del journal.entries[:]
    *kept, last = first["contents"]
    other = {**last, "content": chain.canonical({"text": "换过的内容"})}
    _parked(us, journal, journal.envelope({**first, "contents": [*kept, other]}), "enclosure", "enclosures", held=0)


@check("entry.forked", "同一编号的另一条流水是分叉，不记入", "Codes of PARKED")
def entry_forked(us: Counterpart) -> None:
    """Write another second entry than the one the peer holds."""
    journal, _third = _half(us)
    other = journal.sealed(journal.entries[1], at=chain.stamp(journal.at(2) + timedelta(seconds=1)))
    _parked(us, journal, journal.envelope(other, id=str(uuid.uuid4())), "fork")


@check("envelope.reused", "同一信封编号换了内容，不记入", "Codes of PARKED")
def envelope_reused(us: Counterpart) -> None:
    """Send another entry under an id that was applied."""
    journal, third = _half(us)
    used = journal.envelope(journal.entries[1])["id"]
    _parked(us, journal, journal.envelope(third, id=used), "envelope")


@check("entry.thawed", "改正之后，同一信封可以再次审核", "Receipts")
def entry_thawed(us: Counterpart) -> None:
    """Send a good first entry that was spoilt on its first way."""
    journal = us.open_case()
    good = journal.story()[0]
    (bad,) = us.tell({**good, "signature": SigningKey.generate().sign("0" * 64)})
    (mended,) = us.tell(good)
    expect(
        (bad["outcome"], mended["outcome"]) == ("PARKED", "APPLIED"),
        f"改正之后得到{mended['outcome']} {mended['why']}，应当是APPLIED",
    )


# Requests.


def _question(journal: Journal) -> tuple[str, dict[str, str], dict[str, Any]]:
    by = journal.by("PARTY", journal.respondent)
    return "confirm_address", by, {"party": journal.respondent, "e_service": True}


@check("request.judged", "请求得到答复：办理或者说明理由、依据和下一步", "Receipts")
def request_judged(us: Counterpart) -> None:
    """Ask for a move the peer is not in a position to write, or is."""
    journal = _told(us)
    asked = journal.request(*_question(journal))
    (given,) = us.tell(asked)
    expect(given["outcome"] == "APPLIED", f"请求得到{given['outcome']} {given['why']}，应当是APPLIED和答复")
    answer = given["answer"]
    if answer.get("state") == "REFUSED":
        refusal = answer.get("refusal", {})
        expect({"code", "reason", "law", "remedy"} <= set(refusal), "拒绝应当写明代码、理由、依据和下一步")
        expect(bool(refusal["reason"]), "拒绝没有理由")
    else:
        expect(answer.get("state") == "DONE" and isinstance(answer.get("number"), int), "答复应当是DONE和流水编号")
    expect(us.tell(asked)[0] == given, "同一请求再次发送得到的答复与第一次不同")


@check("request.signature", "不是由担保平台签名的请求不办理", "Codes of PARKED")
def request_signature(us: Counterpart) -> None:
    """Sign a request with a stranger's key."""
    journal = _told(us)
    asked = journal.request(*_question(journal))
    (given,) = us.tell({**asked, "signature": SigningKey.generate().sign(asked["hash"])})
    said = f"{given['outcome']} {given['why']}"
    expect(said == "PARKED signature", f"得到{said}，应当是PARKED signature")


@check("request.vouching", "平台不能为对方的工作人员提出请求", "Codes of PARKED")
def request_vouching(us: Counterpart) -> None:
    """Ask in the name of somebody who sits with the peer."""
    journal = _told(us)
    role = "ORGANISATION" if us.code == COURT else "CLERK"
    asked = journal.request("accept", journal.by(role, "desk", journal.organisation), {"declared": True})
    (given,) = us.tell(asked)
    said = f"{given['outcome']} {given['why']}"
    expect(said == "PARKED vouching", f"得到{said}，应当是PARKED vouching")


# Comparing.


def _digest_of(rows: list[list[Any]]) -> str:
    lines = "".join(f"{key}|{number}|{head}\n" for key, number, head in rows)
    return chain.digest("sha256", lines.encode())


def _shared(us: Counterpart) -> Journal:
    """Return a case that both sides hold and that nothing is in flight of."""
    journal = _told(us)
    journal.entries.extend(journal.tail(len(journal.entries)))
    return journal


@check("digests.rows", "核对答复条数、末条校验值和汇总校验值", "Reconciliation")
def digests_rows(us: Counterpart) -> None:
    """Compare one case down to its row."""
    journal = _shared(us)
    prefix = journal.ref.replace("-", "")[:30]
    said = us.answered("digests", {"prefixes": [prefix], "except": [], "everything": True})
    bucket = said["buckets"].get(prefix)
    expect(bucket is not None, "没有答复所问的前缀")
    expect(bucket.get("rows") == [[journal.ref, len(journal.entries), journal.head]], "核对答复的行与流水不符")
    expect(bucket["count"] == 1 and bucket["digest"] == _digest_of(bucket["rows"]), "汇总校验值不是按约定计算的")


@check("digests.except", "核对时略去所列的案件", "Reconciliation")
def digests_except(us: Counterpart) -> None:
    """Leave the case out."""
    journal = _shared(us)
    prefix = journal.ref.replace("-", "")[:30]
    said = us.answered("digests", {"prefixes": [prefix], "except": [journal.ref], "everything": True})
    expect(said["buckets"][prefix]["count"] == 0, "核对没有略去所列的案件")


@check("digests.flight", "核对时对方说明哪些案件正在途中", "Reconciliation")
def digests_flight(us: Counterpart) -> None:
    """Look for the case of which the peer has just written entries nobody has acknowledged."""
    journal = _told(us)
    prefix = journal.ref.replace("-", "")[:30]
    said = us.answered("digests", {"prefixes": [prefix], "except": [], "everything": False})
    expect(journal.ref in said["except"], "对方刚写了流水而未经签收的案件，没有列在except中")


@check("digests.bounds", "不合格的核对请求被拒绝", "Endpoints")
def digests_bounds(us: Counterpart) -> None:
    """Ask for nothing, for too much, and for what is no prefix."""
    for prefixes in ([], ["0"] * 257, ["xyz"], [7], "0"):
        question = {"prefixes": prefixes, "except": [], "everything": False}
        _refused(us, us.message("digests", question), 400, "prefixes")


@check("tails.chain", "借出的流水首尾相连，逐条由作者签名", "Reconciliation")
def tails_chain(us: Counterpart) -> None:
    """Read a journal back and check it as a court expert would."""
    journal = _told(us)
    keys = {us.peer: us.trusted, us.code: {us.key.public.id: us.key.public}}
    held = journal.tail(0)
    fault = next(chain.check_chain(held, chain.verifier(keys)), None)
    expect(fault is None, f"借出的流水第{fault.number if fault else 0}条{fault.kind if fault else ''}")
    expect(len(held) > len(journal.entries), "借出的流水不全")


@check("tails.after", "借出的流水从所问的编号之后开始", "Reconciliation")
def tails_after(us: Counterpart) -> None:
    """Ask for what comes after the second."""
    journal = _told(us)
    numbers = [one["number"] for one in journal.tail(2)]
    expect(numbers[:2] == [3, 4], f"借出的是第{numbers}条，应当从第3条起")


@check("tails.unknown", "不共享的案件不借出，也不报错", "Endpoints")
def tails_unknown(us: Counterpart) -> None:
    """Ask for a case that does not exist."""
    ref = str(uuid.uuid4())
    said = us.answered("tails", {"cases": {ref: 0}})
    expect(ref not in said["tails"] and ref not in said["receipts"], "不存在的案件应当略去")


@check("tails.bounds", "一次索要超过50个案件的流水被拒绝", "Endpoints")
def tails_bounds(us: Counterpart) -> None:
    """Ask for 51."""
    question = {"cases": {str(uuid.uuid4()): 0 for _place in range(51)}}
    _refused(us, us.message("tails", question), 400, "cases")


@check("standing.told", "答复认识的操作、现在的时间、听到的恢复次数和途中的请求", "Endpoints")
def standing_told(us: Counterpart) -> None:
    """Ask how the peer stands."""
    ref = us.open_case().ref
    said = us.answered("standing", {"kinds": [], "keeps": [], "cases": [ref]})
    expect(isinstance(said.get("kinds"), list) and "case.file.v1" in said["kinds"], "没有说明认识的操作")
    expect(set(said.get("keeps", [None])) <= set(said["kinds"]), "keeps应当在kinds之内")
    expect(abs(_instant(said.get("now"), "now") - us.now()) < 2 * FRESH, "now与现在相差超过10分钟")
    expect(said.get("epoch") == us.epoch, f"epoch是{said.get('epoch')}，应当是听到的最高的{us.epoch}")
    expect(said.get("open") == {}, "没有途中请求的案件不应当列在open中")


@check("standing.bounds", "不合格的状态请求被拒绝", "Endpoints")
def standing_bounds(us: Counterpart) -> None:
    """Ask for 501 cases, and for what is no case."""
    for cases in ([str(uuid.uuid4()) for _place in range(501)], ["x"], None):
        _refused(us, us.message("standing", {"kinds": [], "keeps": [], "cases": cases}), 400, "standing")


@check("files.unknown", "没有写给我们的文件不提供", "Endpoints")
def files_unknown(us: Counterpart) -> None:
    """Ask for a content nobody has."""
    heard = us.ask(f"files/{'0' * 64}", b"", method="GET")
    expect((heard.status, heard.code) == (404, "file"), f"答复{heard.status} {heard.code}，应当是404 file")
    expect(heard.genuine, "拒绝没有经过被测平台有效签名")


@check("operation.unknown", "不存在的地址不办理任何事", "Endpoints")
def operation_unknown(us: Counterpart) -> None:
    """Send a good message to an address that does not exist."""
    _refused(us, us.message("secrets", {}), 404)


def _instant(text: Any, what: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        if chain.stamp(found) == text:
            return found
    except (TypeError, ValueError):
        pass
    raise Failed(f"{what}的写法是{text!r}，应当如2024-03-04T05:00:00.000000Z")


def for_role(code: str) -> Iterator[Check]:
    """Yield the checks that can be made as this platform."""
    return (one for one in CHECKS.values() if code in one.roles)
