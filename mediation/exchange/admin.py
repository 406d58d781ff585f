"""The operators' desk as a page of the admin sites.

Lives here: drawing, who may look, the three buttons. Does not live here: the questions and acts themselves (``desk``).
Called by: each platform's admin site, as the section ``exchange_section`` returns.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mediation import log, moves, platform
from mediation.adminkit import worklist
from mediation.adminkit.site import ACT, DeskRequest, DeskSite, Page, Section
from mediation.exchange import desk, peers, tasks
from mediation.exchange.models import Inbound
from mediation.models import Case, Delivery
from mediation.vocabulary import Role, gettext_noop

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


def show_desk(site: DeskSite, request: DeskRequest) -> HttpResponse:
    """Show how the post of this platform stands."""
    code, at = site.rights.platform, request.visitor.at
    questions: dict[str, Any] = {
        "waiting": desk.waiting(code),
        "retried": desk.retried(code),
        "asked": desk.asked(code),
        "parked": desk.parked(code),
        "parked_here": desk.parked_here(code),
        "early": desk.early_here(code),
        "frozen": desk.frozen(code),
        "files": desk.files_put_off(code),
    }
    found = worklist.counts(questions)
    unsent = list(questions["waiting"][:SHOWN])
    age = max(at - unsent[0].since, timedelta()) if unsent else timedelta()
    peer = peers.standing(code)
    stopped = found["parked"] + found["parked_here"]
    return site.show(
        request,
        "mediation/admin/exchange.html",
        _("平台对接"),
        crumbs=[(_("平台对接"), "")],
        peer=peer,
        peer_title=_title(peer.peer),
        tiles=_tiles(found),
        alarm=age > desk.ALARM_AFTER or bool(stopped) or bool(found["frozen"]),
        age=_spoken(age),
        late=age > desk.ALARM_AFTER,
        findings=[
            {**finding, "what_label": _(FOUND.get(str(finding.get("what", "")), str(finding.get("what", ""))))}
            for finding in peer.findings
        ],
        lists=_lists(site, questions, found, unsent),
        reconcile_url=site.url("exchange_reconcile"),
        again_url=site.url("exchange_again"),
    )


def _title(code: str) -> Any:
    return platform.config(code).title if platform.is_local(code) else code


def _tiles(found: dict[str, int]) -> list[dict[str, Any]]:
    lines = (
        ("waiting", _("待对方确认"), "handed"),
        ("retried", _("正在重试"), "waiting"),
        ("asked", _("待对方答复的请求"), "handed"),
        ("early", _("等待前一条的来件"), "waiting"),
        ("files", _("未取到的文件"), "waiting"),
        ("parked", _("被对方搁置"), "bad"),
        ("parked_here", _("本平台搁置"), "bad"),
        ("frozen", _("已冻结的案件"), "bad"),
    )
    return [
        {
            "label": label,
            "value": worklist.spoken(found[name]),
            "tone": tone if found[name] else "",
            "url": f"#{name}" if found[name] and name != "retried" else "",
        }
        for name, label, tone in lines
    ]


def _lists(
    site: DeskSite, questions: dict[str, Any], found: dict[str, int], unsent: list[Delivery]
) -> list[dict[str, Any]]:
    """Return the lists that have something in them; each row: what, which case, since when, how often, why."""
    lists: list[tuple[str, str, Sequence[dict[str, Any]]]] = [
        ("waiting", _("待对方确认"), [_told(one) for one in unsent])
    ]
    for name, label in (("parked", _("被对方搁置")),):
        lists.append((name, label, [_told(one) for one in questions[name][:SHOWN]] if found[name] else []))
    asked = questions["asked"][:SHOWN] if found["asked"] else []
    lists.append(
        (
            "asked",
            _("待对方答复的请求"),
            [
                _row(_(moves.MOVES[one.move].label), one.case, one.at, one.attempts, one.next_at, one.why)
                for one in asked
            ],
        )
    )
    for name, label in (("parked_here", _("本平台搁置")), ("early", _("等待前一条的来件"))):
        lists.append((name, label, [_heard(one) for one in questions[name][:SHOWN]] if found[name] else []))
    frozen = questions["frozen"][:SHOWN] if found["frozen"] else []
    lists.append(
        (
            "frozen",
            _("已冻结的案件"),
            [
                _row(_("冻结"), one, None, None, None, one.frozen) | {"thaw_url": site.url("exchange_thaw", one.ref)}
                for one in frozen
            ],
        )
    )
    put_off = questions["files"][:SHOWN] if found["files"] else []
    lists.append(
        (
            "files",
            _("未取到的文件"),
            [_row(_("文件"), one.document.case, None, one.attempts, one.next_at, one.why) for one in put_off],
        )
    )
    return [
        {"name": name, "label": label, "rows": rows, "more": found[name] > SHOWN} for name, label, rows in lists if rows
    ]


def _told(one: Delivery) -> dict[str, Any]:
    return _row(f"#{one.number}", one.case, one.since, one.attempts, one.next_at, one.why)


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
        messages.warning(request, _("对账完成：发现%(count)d件案件不一致，处理结果列在下面。") % {"count": len(found)})
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
    """Let one frozen case go on."""
    case = get_object_or_404(Case.objects.of(site.rights.platform), ref=ref)
    try:
        count = desk.thaw(case, by=request.visitor.actor(), at=request.visitor.at)
    except desk.Restoring:
        messages.error(request, _("本平台正在恢复，核对完成后案件自动解冻。"))
    else:
        tasks.ring()
        if count is None:
            messages.warning(request, _("该案没有冻结。"))
        else:
            messages.success(request, _("已解除冻结，%(count)d条待送内容将立即重试。") % {"count": count})
    return HttpResponseRedirect(site.url("exchange"))
