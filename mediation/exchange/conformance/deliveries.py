"""What the kit tries of the other direction: it hands cases over, and hears what the tested program sends by itself.

Lives here: the checks, each with the part of ``docs/exchange.md`` it stands for. Does not live here: hearing and
answering (``ear``), running and reporting (``report``).
Called by: ``report``. Each check hands over cases of its own; what else the program sends meanwhile is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mediation import chain
from mediation.exchange.conformance.counterpart import expect
from mediation.exchange.conformance.ear import CUT, ERROR, FORK, HALF, UNSIGNED, WAITING, Ear
from mediation.exchange.conformance.exchanges import Check
from mediation.exchange.envelope import REFERENCE_KEYS

CHECKS: dict[str, Check] = {}


def check(name: str, title: str, section: str) -> Callable[[Any], Any]:
    """Return the decorator that enters a function among the checks of deliveries."""

    def enter(run: Callable[[Ear], None]) -> Callable[[Ear], None]:
        CHECKS[name] = Check(name, title, section, run)
        return run

    return enter


@check("outbox.sent", "签收移交的流水由对方自行送来，签名有效，与案件流水首尾相连", "What crosses, and what does not")
def outbox_sent(ear: Ear) -> None:
    """Hand a case over and wait for the entry by which the peer signs for it."""
    journal = ear.hand_over()
    items = ear.settled(journal)
    wrong = {call.wrong for call, _item in ear.sent(journal)} - {""}
    expect(not wrong, f"送来的消息不能接受：{'、'.join(sorted(wrong))}")
    keys = {ear.us.peer: ear.us.trusted, ear.us.code: {ear.us.key.public.id: ear.us.key.public}}
    names = (*chain.BODY_KEYS, "hash", "signature", "key")
    plain = [{name: entry[name] for name in names} for entry in (*journal.entries, *items)]
    for entry in plain:
        entry["enclosures"] = [{name: part[name] for name in REFERENCE_KEYS} for part in entry["enclosures"]]
    fault = next(chain.check_chain(plain, chain.verifier(keys)), None)
    expect(fault is None, f"送来的流水第{fault.number if fault else 0}条{fault.kind if fault else ''}")
    expect(items[0]["kind"] == "case.receive.v1", "移交之后送来的第一条不是case.receive.v1")
    ends = {(item.get("source"), item.get("audience")) for item in items}
    expect(ends == {(ear.us.peer, ear.us.code)}, "信封的source和audience不是送出和接收的平台")


@check("outbox.retried", "遇到5xx或者没有答复，同一信封一再重送，不放弃，每次重新签名", "Retry")
def outbox_retried(ear: Ear) -> None:
    """Answer 503 four times, and then not at all."""
    journal = ear.hand_over(ERROR, ERROR, ERROR, ERROR, CUT)
    ear.settled(journal)
    found = ear.sent(journal)
    first = found[0][1]
    again = [(call, item) for call, item in found if item["number"] == first["number"]]
    expect(len(again) == 6, f"第一条流水送了{len(again)}次，应当是6次")
    expect({item["id"] for _call, item in again} == {first["id"]}, "重送的信封换了编号")
    expect({item["hash"] for _call, item in again} == {first["hash"]}, "重送的信封换了内容")
    replayed = [call for call, _item in found if call.wrong == "replay"]
    expect(not replayed, "重送时没有重新签名：nonce与上一次相同")


@check("outbox.unsigned", "没有签名的答复不算数，信封再送", "Retry")
def outbox_unsigned(ear: Ear) -> None:
    """Give a receipt in an answer that nobody signed."""
    journal = ear.hand_over(UNSIGNED)
    ear.settled(journal)
    first = ear.sent(journal)[0][1]
    times = sum(item["id"] == first["id"] for _call, item in ear.sent(journal))
    expect(times == 2, f"信封送了{times}次，应当在未签名的答复之后再送一次")


@check("outbox.half", "答复只到一半的不算数，信封再送", "Retry")
def outbox_half(ear: Ear) -> None:
    """Take the first, and break off in the middle of the receipt."""
    journal = ear.hand_over(HALF)
    ear.settled(journal)
    first = ear.sent(journal)[0][1]
    times = sum(item["id"] == first["id"] for _call, item in ear.sent(journal))
    expect(times == 2, f"信封送了{times}次，应当在只到一半的答复之后再送一次")


@check("outbox.waiting", "答复WAITING的信封再送，直到记入", "Receipts")
def outbox_waiting(ear: Ear) -> None:
    """Say once that it is not time yet."""
    journal = ear.hand_over(WAITING)
    ear.settled(journal)
    first = ear.sent(journal)[0][1]
    expect(first["id"] in ear.taken, "答复WAITING之后没有再送")


@check("outbox.order", "一案的流水按编号送达，不跳过任何一条", "Order, gaps, forks, duplicates")
def outbox_order(ear: Ear) -> None:
    """Keep the first back for a while and look at what comes meanwhile."""
    journal = ear.hand_over(ERROR, WAITING)
    ear.settled(journal)
    reached = len(journal.entries)
    for _call, item in ear.sent(journal):
        expect(item["number"] <= reached + 1, f"先送来第{item['number']}条，第{reached + 1}条还没有送来")
        reached = max(reached, item["number"])
    missing = [
        number for number in range(len(journal.entries) + 1, reached + 1) if number not in _numbers(ear, journal)
    ]
    expect(not missing, f"没有送来第{'、'.join(map(str, missing))}条")


@check("outbox.replayed", "答复丢失之后，再次得到的同一份回执有效，不再重送", "Receipts")
def outbox_replayed(ear: Ear) -> None:
    """Take the first, lose the answer, and give the same receipt again."""
    journal = ear.hand_over(CUT)
    items = ear.settled(journal)
    times = [item["id"] for item in items].count(items[0]["id"])
    expect(times == 2, f"信封送了{times}次，应当是2次：第一次的答复丢失，第二次得到同一份回执")


@check("outbox.settled", "已经签收的流水不再送", "Receipts")
def outbox_settled(ear: Ear) -> None:
    """Take everything at once, and wait."""
    items = ear.settled(ear.hand_over())
    ids = [item["id"] for item in items]
    expect(len(ids) == len(set(ids)), "已经签收的信封又送来一次")


@check("outbox.forked", "对方说有分叉的案件停止送出，其他案件照常", "Order, gaps, forks, duplicates")
def outbox_forked(ear: Ear) -> None:
    """Say that we hold another entry of this number; then hand over another case."""
    journal = ear.hand_over(FORK)
    ear.until(lambda: bool(ear.sent(journal)), "移交之后，对方没有在时限内送来自己的流水")
    ear.rest()
    times = len({call.nonce for call, _item in ear.sent(journal)})
    expect(times == 1, f"有分叉的案件之后又送了{times - 1}次")
    ear.settled(ear.hand_over())


def _numbers(ear: Ear, journal: Any) -> set[int]:
    """Return the numbers of a case's entries that were taken."""
    return {item["number"] for _call, item in ear.sent(journal) if item["id"] in ear.taken}
