"""What the kit tries on the REST windows, as a client with a token: reading, refusals, paging, versions.

Lives here: the checks and the client they are made by. Does not live here: running and reporting (``report``).
Called by: ``report``. Nothing is written but a key that is kept, so that it can be run against a system in use.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from mediation.exchange.conformance.counterpart import Line, expect
from mediation.exchange.conformance.exchanges import Check
from mediation.exchange.inbox import Answer

PROBLEM = "application/problem+json"
SECTION = "OpenAPI"
CHECKS: dict[str, Check] = {}


def check(name: str, title: str) -> Callable[[Any], Any]:
    """Return the decorator that enters a function among the checks of clients."""

    def enter(run: Callable[[Client], None]) -> Callable[[Client], None]:
        CHECKS[name] = Check(name, title, SECTION, run)
        return run

    return enter


@dataclass(frozen=True)
class Told:
    """One answer: status, headers in lower case, and what it says."""

    status: int
    headers: Mapping[str, str]
    said: Any


@dataclass
class Client:
    """Somebody with a token, at the root of one platform's windows (its path, ending in ``api/v1/``)."""

    root: str
    token: str
    line: Line

    def ask(
        self, address: str, method: str = "GET", *, body: bytes = b"", token: str | None = None, **headers: str
    ) -> Told:
        """Return what an address answers."""
        held = self.token if token is None else token
        sent = {name.replace("_", "-"): text for name, text in headers.items()}
        sent |= {"Authorization": f"Bearer {held}"} if held else {}
        answer: Answer = self.line(method, f"{self.root}{address}", sent, body)
        try:
            said = json.loads(answer.body) if answer.body else None
        except ValueError:
            said = None
        return Told(answer.status, {name.lower(): text for name, text in answer.headers.items()}, said)

    def good(self, address: str) -> dict[str, Any]:
        """Return what a good question is answered; raises Failed."""
        told = self.ask(address)
        expect(told.status == 200, f"{address}答复{told.status}，应当是200")
        expect(isinstance(told.said, dict), f"{address}的答复不是JSON对象")
        found: dict[str, Any] = told.said
        return found

    def problem(self, told: Told, *statuses: int) -> None:
        """Raise Failed unless an answer is a problem with one of these statuses, told as RFC 9457 has it."""
        expect(told.status in statuses, f"答复{told.status}，应当是{'或者'.join(map(str, statuses))}")
        media_type = told.headers.get("content-type", "").partition(";")[0]
        expect(media_type == PROBLEM, f"错误的类型是{media_type}，应当是{PROBLEM}")
        known = told.said if isinstance(told.said, dict) else {}
        expect(known.get("status") == told.status, "错误内容中的status与答复的不同")
        expect(bool(known.get("title")) and bool(known.get("detail")), "错误应当有title和detail")


@check("api.document", "公布OpenAPI 3文档")
def api_document(us: Client) -> None:
    """Read the document without a token."""
    told = us.ask("schema", token="", Accept="application/json")
    expect(told.status == 200, f"schema答复{told.status}，应当是200")


@check("api.public", "公开信息不需要令牌")
def api_public(us: Client) -> None:
    """Read the periods of the law."""
    told = us.ask("law/rules", token="")
    expect(told.status == 200 and bool(told.said.get("items")), "law/rules应当不用令牌就能读到期限规则")


@check("api.me", "令牌说明所属账户、平台和权限范围")
def api_me(us: Client) -> None:
    """Ask who we are."""
    said = us.good("me")
    expect({"ref", "platform", "posts", "scopes"} <= set(said), "me应当写明ref、platform、posts和scopes")


@check("api.nobody", "没有令牌被拒绝")
def api_nobody(us: Client) -> None:
    """Ask for cases without a token."""
    us.problem(us.ask("cases", token=""), 401)


@check("api.stranger", "无效的令牌被拒绝")
def api_stranger(us: Client) -> None:
    """Ask with a token nobody was given."""
    us.problem(us.ask("cases", token="x" * 43), 401)


@check("api.missing", "不存在的案件答复404，不透露其他")
def api_missing(us: Client) -> None:
    """Ask for a case that does not exist, in several ways."""
    for part in ("", "/journal", "/moves", "/documents", "/passport"):
        us.problem(us.ask(f"cases/{uuid.uuid4()}{part}"), 404)
    us.problem(us.ask("nothing/of/the/kind"), 404)


@check("api.page", "列表按页读取，不重复不遗漏")
def api_page(us: Client) -> None:
    """Read three cases one by one, and at once."""
    whole = [one["ref"] for one in us.good("cases?limit=3")["items"]]
    single: list[str] = []
    address = "cases?limit=1"
    for _page in whole:
        page = us.good(address)
        single += [one["ref"] for one in page["items"]]
        address = "cases?" + urlencode({"limit": 1, "cursor": page["next"]}) if page["next"] else address
    expect(single == whole, "逐页读到的案件与一次读到的不同")


@check("api.cursor", "不合格的分页参数被拒绝")
def api_cursor(us: Client) -> None:
    """Ask for pages that cannot be."""
    for query in ("cursor=nonsense", "limit=0", "limit=100000", "limit=x"):
        us.problem(us.ask(f"cases?{query}"), 422)


@check("api.filter", "不认识的筛选值被拒绝，不被忽略")
def api_filter(us: Client) -> None:
    """Narrow to a state that does not exist."""
    us.problem(us.ask("cases?state=NOTHING"), 422)


@check("api.version", "没有变化的案件答复304")
def api_version(us: Client) -> None:
    """Read a case, and again with its tag."""
    rows = us.good("cases?limit=1")["items"]
    expect(bool(rows), "令牌看不到任何案件，无法测试")
    address = f"cases/{rows[0]['ref']}"
    tag = us.ask(address).headers.get("etag", "")
    expect(bool(tag), "案件没有ETag")
    again = us.ask(address, If_None_Match=tag)
    expect(again.status == 304, f"答复{again.status}，应当是304")


@check("api.chain", "案件流水从第1条起首尾相连")
def api_chain(us: Client) -> None:
    """Read a journal and follow its links."""
    rows = us.good("cases?limit=1")["items"]
    expect(bool(rows), "令牌看不到任何案件，无法测试")
    entries = us.good(f"cases/{rows[0]['ref']}/journal?limit=500")["items"]
    expect([one["number"] for one in entries] == list(range(1, len(entries) + 1)), "流水的编号有间断")
    links = ["", *(one["hash"] for one in entries)]
    expect([one["previous"] for one in entries] == links[: len(entries)], "流水没有首尾相连")


@check("api.body", "不合格的正文被拒绝")
def api_body(us: Client) -> None:
    """Open a case with what is no application."""
    for body in (b"{", b"[]", b'{"nothing":1}', b'{"a":1,"a":2}'):
        us.problem(us.ask("cases", "POST", body=body, Content_Type="application/json"), 400, 403, 422)


@check("api.key", "同一幂等键的同一次提交得到同样的答复，内容不同则被拒绝")
def api_key(us: Client) -> None:
    """Ask twice, by one key, for a move on a case that does not exist, and then for another one."""
    item = {"case": str(uuid.uuid4()), "move": "withdraw", "facts": {}}
    key = uuid.uuid4().hex
    ask = partial(us.ask, "moves", "POST", Content_Type="application/json", Idempotency_Key=key)
    first, again = (ask(body=json.dumps({"items": [item]}).encode()) for _turn in range(2))
    expect(first.status == 200, f"答复{first.status}，应当是200（令牌需要cases:write）")
    expect((again.status, again.said) == (200, first.said), "同一幂等键的同一次提交得到的答复与第一次不同")
    other = ask(body=json.dumps({"items": [item, item]}).encode())
    us.problem(other, 409)
    us.problem(us.ask("moves", "POST", body=b"{}", Content_Type="application/json"), 422)


@check("api.type", "不受支持的内容类型被拒绝")
def api_type(us: Client) -> None:
    """Open a case with XML."""
    us.problem(us.ask("cases", "POST", body=b"<a/>", Content_Type="application/xml"), 403, 415)


@check("api.method", "不允许的方法被拒绝")
def api_method(us: Client) -> None:
    """Delete the list of cases."""
    us.problem(us.ask("cases", "DELETE"), 403, 405)


@check("api.odd", "奇怪的参数得到说明，不会出错")
def api_odd(us: Client) -> None:
    """Ask with what nobody should."""
    for query in ("number=%00", "since=9999-99-99", "since=0001-01-01", "cause=" + "x" * 500, "state=%FF%FE"):
        told = us.ask(f"cases?{query}")
        expect(told.status < 500, f"cases?{query[:20]}答复{told.status}")
