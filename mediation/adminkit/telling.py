"""Being told at the desk: the inbox of everybody who works there, and the operators' view of what leaves the platform.

Lives here: the pages and their acts. Does not live here: whose a notice is (``telling.people``), sending
(``telling.dispatch``).
Called by: each platform's admin site, as the sections returned here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch, prefetch_related_objects
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mediation import log, tasks
from mediation.adminkit import handouts, worklist
from mediation.adminkit.handouts import Handout
from mediation.adminkit.site import ACT, FILL, DeskRequest, DeskSite, Page, Section
from mediation.adminkit.spreadsheets import Value
from mediation.models import Notice, OutgoingMessage, SendingAttempt
from mediation.telling import dispatch
from mediation.telling.people import desk_inbox, unread
from mediation.vocabulary import Errand, Medium, MessageState, Role
from mediation.windows.inboxes import inbox_rows, leaf, preferences, read, waiting
from mediation.windows.pages import label_of, spoken_instant
from mediation.workdays import local_day
from roster.models import Account

PAGE = 30
SHOWN = 50
COLUMNS = (
    (gettext_lazy("日期"), 12),
    (gettext_lazy("案件"), 30),
    (gettext_lazy("事项"), 24),
    (gettext_lazy("内容"), 80),
    (gettext_lazy("已读"), 8),
)
MESSAGE_COLUMNS = (
    (gettext_lazy("内容"), 30),
    (gettext_lazy("案件"), 30),
    (gettext_lazy("状态"), 14),
    (gettext_lazy("自何时"), 26),
    (gettext_lazy("次数"), 8),
    (gettext_lazy("下次"), 26),
    (gettext_lazy("原因"), 60),
)


def notices_section(roles: frozenset[Role]) -> Section:
    """Return the section of everybody's own inbox; the menu says how much is unread."""
    return Section(
        gettext_lazy("通知"),
        "notices",
        roles,
        (
            Page("notices/", show_inbox, "notices", FILL),
            Page("notices/<int:notice>/", open_notice, "notice"),
            Page("notices/preferences/", show_preferences, "notice_preferences", FILL),
        ),
        lambda site, request: waiting(request.visitor.account, desk_inbox(site.rights.platform, request.visitor.posts)),
    )


def messages_section(roles: frozenset[Role]) -> Section:
    """Return the section of those who run the platform: what leaves it, and what is stuck."""
    return Section(
        gettext_lazy("短信和邮件"),
        "messages",
        roles,
        (Page("messages/", show_messages, "messages"), Page("messages/again/", try_again, "messages_again", ACT)),
    )


def show_inbox(site: DeskSite, request: DeskRequest) -> HttpResponseBase:
    """Show one page of the visitor's inbox; a POST marks everything as read."""
    visitor = request.visitor
    mine = desk_inbox(site.rights.platform, visitor.posts)
    if request.method == "POST":
        read(visitor.account, list(unread(mine, visitor.account)[:1000]), visitor.at)
        return HttpResponseRedirect(site.url("notices"))
    handout = Handout(_("通知"), COLUMNS, mine.order_by("-at", "-pk"), partial(_lines, visitor.account))
    if answered := handouts.answer(site, request, handout):
        return answered
    found = leaf(request, visitor.account, mine, PAGE)
    return site.show(
        request,
        "mediation/admin/notices.html",
        _("通知"),
        crumbs=[(_("通知"), "")],
        rows=found.rows,
        older_url=found.older,
        newer_url="" if found.first else site.url("notices"),
        open_name="admin:notice",
        preferences_url=site.url("notice_preferences"),
        **handouts.addresses(request),
    )


def _lines(account: Account, rows: Sequence[Notice]) -> Iterator[list[Value]]:
    prefetch_related_objects(rows, "case")
    for one in inbox_rows(account, rows):
        yield [local_day(one["at"]), one["case"], one["label"], one["said"], _("是") if one["read"] else _("否")]


def open_notice(site: DeskSite, request: DeskRequest, notice: int) -> HttpResponse:
    """Note the reading and lead to the case."""
    visitor = request.visitor
    found = desk_inbox(site.rights.platform, visitor.posts).filter(pk=notice).first()
    if found is None:
        raise Http404
    read(visitor.account, [found], visitor.at)
    return HttpResponseRedirect(site.url("case", found.case.ref))


def show_preferences(site: DeskSite, request: DeskRequest) -> HttpResponse:
    """Ask how the visitor wants to be told."""
    form, kept = preferences(request, request.visitor.account)
    if kept:
        messages.success(request, _("通知设置已经保存。"))
        return HttpResponseRedirect(site.url("notices"))
    return site.show(
        request,
        "mediation/admin/notice_preferences.html",
        _("通知设置"),
        status=400 if form.errors else 200,
        crumbs=[(_("通知"), site.url("notices")), (_("通知设置"), "")],
        form=form,
        back_url=site.url("notices"),
        consented_url=reverse(f"{site.rights.platform}:consented"),
    )


def show_messages(site: DeskSite, request: DeskRequest) -> HttpResponseBase:
    """Show what waits and what is stuck, or hand either out; addresses and texts are nobody's business here."""
    code = site.rights.platform
    questions: dict[str, Any] = {"waiting": dispatch.waiting(code), "stuck": dispatch.stuck(code)}
    labels = {"stuck": (_("需要处理"), "bad"), "waiting": (_("等待发送"), "waiting")}
    wanted = request.GET.get("list", "")
    if wanted in labels:
        title = f"{_('短信和邮件')}：{labels[wanted][0]}"
        handout = Handout(title, MESSAGE_COLUMNS, questions[wanted], _message_lines, {"queue": wanted})
        if answered := handouts.answer(site, request, handout):
            return answered
    found = worklist.counts(questions)
    return site.show(
        request,
        "mediation/admin/messages.html",
        _("短信和邮件"),
        crumbs=[(_("短信和邮件"), "")],
        tiles=[
            {
                "label": label,
                "value": worklist.spoken(found[name]),
                "tone": tone if found[name] else "",
                "url": f"#{name}" if found[name] else "",
            }
            for name, (label, tone) in labels.items()
        ],
        lists=[
            {
                "name": name,
                "label": label,
                "rows": _rows(list(questions[name][:SHOWN])),
                **handouts.addresses(request, list=name),
            }
            for name, (label, _tone) in labels.items()
            if found[name]
        ],
        again_url=site.url("messages_again"),
    )


def _message_lines(rows: Sequence[OutgoingMessage]) -> Iterator[list[Value]]:
    for row in _rows(rows):
        written, following = (spoken_instant(row[name]) if row[name] else "" for name in ("written_at", "next_at"))
        yield [row["what"], row["number"], row["state"], written, row["attempts"], following, row["why"]]


def _rows(found: Sequence[OutgoingMessage]) -> list[dict[str, Any]]:
    """Return the lines of messages, with what was tried last, in as many questions however many there are."""
    tries = Prefetch("tries", SendingAttempt.objects.order_by("-at", "-pk"))
    prefetch_related_objects(found, "case", tries)
    return [_row(one, next(iter(one.tries.all()), None)) for one in found]


def _row(one: OutgoingMessage, last: SendingAttempt | None) -> dict[str, Any]:
    return {
        "what": f"{label_of(Medium(one.medium))} · {label_of(Errand(one.errand))}",
        "state": label_of(MessageState(one.state)),
        "number": one.case.number if one.case else "",
        "ref": str(one.ref),
        "written_at": one.written_at,
        "attempts": one.attempts,
        "next_at": one.next_at if one.state == MessageState.WAITING else None,
        "why": f"{last.gateway}：{last.why}" if last and last.why else "",
    }


def try_again(site: DeskSite, request: DeskRequest) -> HttpResponse:
    """Make everything that waits or is stuck due now."""
    code, at = site.rights.platform, request.visitor.at
    count = dispatch.try_again(code, at)
    tasks.ring_tell()
    log.note(code, "", "messages.try_again", by=request.visitor.actor(), at=at, facts={"count": count})
    messages.success(request, _("%(count)d条消息将立即重试。") % {"count": count})
    return HttpResponseRedirect(site.url("messages"))
