"""The operators' desk as a page of the admin sites.

Lives here: drawing, who may look, the three buttons. Does not live here: the questions and acts themselves (``desk``).
Called by: each platform's admin site, as the section ``exchange_section`` returns.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mediation import log, moves, platform, subscriptions
from mediation.adminkit import handouts, worklist
from mediation.adminkit.handouts import Handout
from mediation.adminkit.site import ACT, DeskRequest, DeskSite, Page, Section
from mediation.adminkit.spreadsheets import Value
from mediation.exchange import desk, peers, rosters, tasks
from mediation.exchange.models import Fetch, Inbound
from mediation.models import Case, Delivery, Request
from mediation.vocabulary import Role, gettext_noop
from mediation.windows.pages import spoken_instant
from roster.lifecycle import FILE_KINDS, MOVES
from roster.models import RosterDelivery
from roster.moves import TABLES

SHOWN = 50
FOUND = {
    "HEALED": gettext_noop("已取回缺少的记录"),
    "TOLD_AGAIN": gettext_noop("已重新发送"),
    "BEHIND": gettext_noop("等待对方取回"),
    "FORKED": gettext_noop("两边记录不一致，已冻结"),
    "CUT_OFF": gettext_noop("记录被截断，已冻结"),
    "REFUSED": gettext_noop("无法补齐"),
    "AHEAD": gettext_noop("时间超前"),
}


def exchange_section(roles: frozenset[Role]) -> Section:
    """Return the section for those who run the docking."""
    return Section(
        gettext_lazy("平台对接"),
        "exchange",
        roles,
        (
            Page("exchange/", show_desk, "exchange"),
            Page("exchange/reconcile/", reconcile, "exchange_reconcile", ACT),
            Page("exchange/again/", try_again, "exchange_again", ACT),
            Page("exchange/thaw/<uuid:ref>/", thaw, "exchange_thaw", ACT),
        ),
    )


def show_desk(site: DeskSite, request: DeskRequest) -> HttpResponseBase:
    """Show how the post of this platform stands, or hand out one of its lists."""
    code, at = site.rights.platform, request.visitor.at
    questions: dict[str, Any] = {
        "waiting": desk.waiting(code),
        "waiting_roster": rosters.waiting(code),
        "retried": desk.retried(code),
        "retried_roster": rosters.retried(code),
        "asked": desk.asked(code),
        "parked": desk.parked(code),
        "parked_roster": rosters.parked(code),
        "parked_here": desk.parked_here(code),
        "early": desk.early_here(code),
        "frozen": desk.frozen(code),
        "files": desk.files_put_off(code),
        "unreached": subscriptions.unreachable(code, at),
    }
    held = rosters.frozen(code)
    wanted = request.GET.get("list", "")
    if label := dict(LISTS).get(wanted):
        rows = list(held.values()) if wanted == "frozen_roster" else questions[wanted]
        handout = Handout(f"{_('平台对接')}：{label}", COLUMNS, rows, _handed, {"queue": wanted})
        if answered := handouts.answer(site, request, handout):
            return answered
    found = worklist.counts(questions | held)
    found["frozen_roster"] = sum(found[aggregate] for aggregate in held)
    shown = {name: list(rows[:SHOWN]) if found[name] else [] for name, rows in questions.items() if name in dict(LISTS)}
    shown["frozen_roster"] = [row for name, rows in held.items() if found[name] for row in rows[:SHOWN]][:SHOWN]
    age = max([timedelta(), *(at - one.since for one in (*shown["waiting"], *shown["waiting_roster"]))])
    peer = peers.standing(code)
    stopped = found["parked"] + found["parked_roster"] + found["parked_here"]
    stopped += found["frozen"] + found["frozen_roster"]
    return site.show(
        request,
        "mediation/admin/exchange.html",
        _("平台对接"),
        crumbs=[(_("平台对接"), "")],
        peer=peer,
        peer_title=_title(peer.peer),
        tiles=_tiles(found, site.url("clients") if Role.OPERATOR in request.visitor.roles else ""),
        alarm=age > desk.ALARM_AFTER or bool(stopped),
        age=_spoken(age),
        late=age > desk.ALARM_AFTER,
        findings=[
            {
                **finding,
                "what_label": _(FOUND.get(str(finding["kind"]), str(finding["kind"]))),
                "shelf_label": _shelf(str(finding.get("shelf", ""))),
            }
            for finding in peer.findings
        ],
        lists=_lists(request, site, shown, found),
        reconcile_url=site.url("exchange_reconcile"),
        again_url=site.url("exchange_again"),
    )


def _title(code: str) -> Any:
    return platform.config(code).title if platform.is_local(code) else code


def _shelf(aggregate: str) -> Any:
    """Return what a copy is, for people: a case, or a kind of the roster's."""
    return TABLES[aggregate]._meta.verbose_name if aggregate in TABLES else _("案件")


def _tiles(found: dict[str, int], clients_url: str) -> list[dict[str, Any]]:
    lines = (
        (("waiting", "waiting_roster"), _("待对方确认"), "handed"),
        (("retried", "retried_roster"), _("正在重试"), "waiting"),
        (("asked",), _("待对方答复的请求"), "handed"),
        (("early",), _("等待前一条的来件"), "waiting"),
        (("files",), _("未取到的文件"), "waiting"),
        (("parked", "parked_roster"), _("被对方搁置"), "bad"),
        (("parked_here",), _("本平台搁置"), "bad"),
        (("frozen",), _("已冻结的案件"), "bad"),
        (("frozen_roster",), _("已冻结的名册记录"), "bad"),
    )
    tiles = []
    for names, label, tone in lines:
        first = next((name for name in names if found[name]), "")
        tiles.append(
            {
                "label": label,
                "value": worklist.spoken(sum(found[name] for name in names)),
                "tone": tone if first else "",
                "url": f"#{first.replace('retried', 'waiting')}" if first else "",
            }
        )
    given_up = found["unreached"]
    tiles.append(
        {
            "label": _("变更通知送不到的订阅"),
            "value": worklist.spoken(given_up),
            "tone": "bad" if given_up else "",
            "url": clients_url if given_up else "",
        }
    )
    return tiles


LISTS: tuple[tuple[str, Any], ...] = (
    ("waiting", gettext_lazy("待对方确认")),
    ("waiting_roster", gettext_lazy("待对方确认的名册记录")),
    ("parked", gettext_lazy("被对方搁置")),
    ("parked_roster", gettext_lazy("被对方搁置的名册记录")),
    ("asked", gettext_lazy("待对方答复的请求")),
    ("parked_here", gettext_lazy("本平台搁置")),
    ("early", gettext_lazy("等待前一条的来件")),
    ("frozen", gettext_lazy("已冻结的案件")),
    ("frozen_roster", gettext_lazy("已冻结的名册记录")),
    ("files", gettext_lazy("未取到的文件")),
)
"""The lists of the page in their order, with their titles."""

COLUMNS = (
    (gettext_lazy("内容"), 30),
    (gettext_lazy("案件或者名册记录"), 30),
    (gettext_lazy("标识"), 40),
    (gettext_lazy("自何时"), 26),
    (gettext_lazy("次数"), 8),
    (gettext_lazy("下次"), 26),
    (gettext_lazy("原因"), 60),
)


def _lists(request: DeskRequest, site: DeskSite, shown: dict[str, list[Any]], found: dict[str, int]) -> list[Any]:
    """Return the lists that have something in them; each row: what, which case, since when, how often, why."""
    return [
        {
            "name": name,
            "label": label,
            "rows": [_line(one) | _thawing(site, one) for one in shown[name]],
            "more": found[name] > SHOWN,
            **handouts.addresses(request, list=name),
        }
        for name, label in LISTS
        if shown[name]
    ]


def _handed(rows: Sequence[Any]) -> Iterator[list[Value]]:
    """Yield the lines of a list that is handed out."""
    prefetch_related_objects(rows, *ABOUT.get(type(rows[0]), ()))
    for row in map(_line, rows):
        since, following = (spoken_instant(row[name]) if row[name] else "" for name in ("since", "next_at"))
        yield [row["what"], row["number"], row["ref"], since, row["attempts"], following, row["why"]]


ABOUT: dict[type, tuple[str, ...]] = {
    Delivery: ("case",),
    RosterDelivery: ("event",),
    Request: ("case",),
    Fetch: ("document__case",),
}
"""What the lines of a list tell beside the row itself."""


def _line(one: Any) -> dict[str, Any]:
    """Return what a list says of one row, whatever it is."""
    match one:
        case Delivery():
            return _told(one)
        case RosterDelivery():
            return _told_roster(one)
        case Request():
            return _row(_(moves.MOVES[one.move].label), one.case, one.at, one.attempts, one.next_at, one.why)
        case Inbound():
            return _heard(one)
        case Fetch():
            return _row(_("文件"), one.document.case, None, one.attempts, one.next_at, one.why)
        case Case():
            return _row(_("冻结"), one, None, None, None, one.frozen)
        case _:
            return _stopped(one)


def _thawing(site: DeskSite, one: Any) -> dict[str, str]:
    """Return where what is frozen is thawed."""
    return {"thaw_url": site.url("exchange_thaw", one.ref)} if getattr(one, "frozen", "") else {}


def _told(one: Delivery) -> dict[str, Any]:
    return _row(f"#{one.number}", one.case, one.since, one.attempts, one.next_at, one.why)


def _told_roster(one: RosterDelivery) -> dict[str, Any]:
    event = one.event
    return {
        "what": f"{_(MOVES[event.aggregate][event.move].label)} #{event.number}",
        "number": _shelf(event.aggregate),
        "ref": str(event.ref),
        "since": one.since,
        "attempts": one.attempts,
        "next_at": one.next_at,
        "why": one.why,
    }


def _stopped(row: Any) -> dict[str, Any]:
    name = f" {row.name}" if row.aggregate in FILE_KINDS else ""
    return {
        "what": _("冻结"),
        "number": f"{_shelf(row.aggregate)}{name}",
        "ref": str(row.ref),
        "since": None,
        "attempts": None,
        "next_at": None,
        "why": row.frozen,
    }


def _heard(one: Inbound) -> dict[str, Any]:
    return {
        "what": f"{one.kind} #{one.number}",
        "number": "",
        "ref": one.ref,
        "since": one.first_at,
        "attempts": None,
        "next_at": None,
        "why": one.why,
    }


def _row(what: str, case: Case, since: Any, attempts: int | None, next_at: Any, why: str) -> dict[str, Any]:
    return {
        "what": what,
        "number": case.number,
        "ref": str(case.ref),
        "since": since,
        "attempts": attempts,
        "next_at": next_at,
        "why": why,
    }


def _spoken(age: timedelta) -> str:
    seconds = int(age.total_seconds())
    if seconds < 60:
        return _("%(seconds)d 秒") % {"seconds": seconds}
    if seconds < 7200:
        return _("%(minutes)d 分钟") % {"minutes": seconds // 60}
    return _("%(hours)d 小时") % {"hours": seconds // 3600}


def reconcile(site: DeskSite, request: DeskRequest) -> HttpResponse:
    """Compare the two books now."""
    code, at = site.rights.platform, request.visitor.at
    found = desk.reconcile_now(code, at)
    log.note(code, "", "exchange.reconcile", by=request.visitor.actor(), at=at, facts={"found": len(found or ())})
    if found is None:
        messages.error(request, _("对方平台没有应答，未能对账；恢复后系统会自动对账。"))
    elif found:
        messages.warning(request, _("对账完成：发现%(count)d处不一致，处理结果列在下面。") % {"count": len(found)})
    else:
        messages.success(request, _("对账完成：两个平台的记录一致。"))
    return HttpResponseRedirect(site.url("exchange"))


def try_again(site: DeskSite, request: DeskRequest) -> HttpResponse:
    """Make everything that waits due now."""
    code, at = site.rights.platform, request.visitor.at
    count = desk.try_again(code, at)
    tasks.ring()
    log.note(code, "", "exchange.try_again", by=request.visitor.actor(), at=at, facts={"count": count})
    messages.success(request, _("%(count)d条待送内容将立即重试。") % {"count": count})
    return HttpResponseRedirect(site.url("exchange"))


def thaw(site: DeskSite, request: DeskRequest, ref: uuid.UUID) -> HttpResponse:
    """Let one frozen case, or one frozen row of the roster, go on."""
    rows = desk.named(site.rights.platform, ref)
    if not rows:
        raise Http404
    try:
        counts = [desk.thaw(row, by=request.visitor.actor(), at=request.visitor.at) for row in rows]
    except desk.Restoring:
        messages.error(request, _("本平台正在恢复，核对完成后自动解冻。"))
    else:
        tasks.ring()
        thawed = [count for count in counts if count is not None]
        if thawed:
            messages.success(request, _("已解除冻结，%(count)d条待送内容将立即重试。") % {"count": sum(thawed)})
        else:
            is_case = isinstance(rows[0], Case)
            messages.warning(request, _("该案没有冻结。") if is_case else _("该名册记录没有冻结。"))
    return HttpResponseRedirect(site.url("exchange"))
