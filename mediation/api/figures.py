"""Statistics by REST: outcomes by organisation and month, cases by state and by place, of what the caller may see.

Lives here: the windows. Does not live here: counting (``reports``, ``adminkit.board``), which tables a platform has
(each platform's ``oversight``), who sees which case (``rights``).
Called by: Django, through ``routes``. Counts alone; nothing that is about a person.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.request import Request as Call
from rest_framework.response import Response

from mediation import present, reports
from mediation.adminkit.board import NARROWS, Board, Cell, Plan, Table, Unreached, Watcher
from mediation.adminkit.worklist import overdue
from mediation.api import operations
from mediation.api import workshapes as shapes
from mediation.api.authentication import STATISTICS
from mediation.api.parsers import read_limit
from mediation.api.views import Window
from mediation.facts import Malformed
from mediation.lifecycle import FINAL
from mediation.moves import Refused
from mediation.vocabulary import Outcome, Role, State, gettext_noop

TAG = gettext_lazy("统计")
WATCHERS = frozenset(
    {
        Role.COURT_LEADER,
        Role.SPC_DOCKETING,
        Role.SPC_CIVIL2,
        Role.UNIT,
        Role.PROTECTION_BUREAU,
        Role.INTEGRATOR,
        Role.ORGANISATION,
    }
)
"""Who reads figures: those who watch over courts and organisations, of themselves or of those below them."""

PLACES = ("court", "organisation", "cause", "track")


class Figures(Window):
    """A window on figures."""

    scopes: ClassVar[dict[str, str]] = {"GET": STATISTICS, "HEAD": STATISTICS}

    def check(self, at: Any) -> None:
        """Refuse whoever watches over nothing."""
        if not self.rights.roles(self.account, at) & WATCHERS:
            raise Refused(
                "actor", gettext_noop("您没有查看统计数据的权限"), (), gettext_noop("请由负责监督管理的人员查看")
            )


class Outcomes(Figures):
    """How cases came out, month by month."""

    @operations.operation(
        "read_outcomes",
        gettext_lazy("各调解组织逐月办理结果"),
        {200: shapes.FigureList},
        errors=(422,),
        parameters=(operations.query("limit", gettext_lazy("最近几个月，1至36，默认12"), operations.whole(1, 36)),),
        description=gettext_lazy("只含您能查看其案件的调解组织。"),
        tag=TAG,
    )
    def get(self, request: Call) -> Response:
        """Return outcomes by organisation and month."""
        at = present.now()
        self.check(at)
        number = read_limit(request.query_params.get("limit"), usual=12, most=36)
        seen = self.visible(at).exclude(organisation="").order_by().values_list("organisation", flat=True).distinct()
        since = reports.months(at, number)[0]
        found = reports.monthly(self.rights.platform, since, list(seen))
        items = [
            {
                "organisation": organisation,
                "month": first.isoformat(),
                "outcomes": {outcome.value: counted.get(outcome, 0) for outcome in Outcome},
            }
            for (organisation, first), counted in sorted(found.items())
        ]
        return Response({"items": items})


class Places(Figures):
    """How many cases lie where, how many of them open and overdue."""

    @operations.operation(
        "read_places",
        gettext_lazy("各法院、调解组织、案由、轨道的案件数"),
        {200: shapes.PlaceList},
        errors=(422,),
        parameters=(operations.query("by", gettext_lazy("按什么分，默认organisation"), enum=PLACES),),
        description=gettext_lazy("只计您能查看的案件；超期的计法与工作台相同。"),
        tag=TAG,
    )
    def get(self, request: Call) -> Response:
        """Return the caller's cases by place."""
        at, platform = present.now(), self.rights.platform
        self.check(at)
        if (by := request.query_params.get("by", "organisation")) not in PLACES:
            raise Malformed("by", gettext_noop("这一项的格式不正确"))
        seen = self.visible(at)
        asked = {
            "total": seen,
            "open": seen.exclude(state__in=FINAL),
            "overdue": seen.filter(overdue(platform, at)),
            "filed": seen.filter(reports.filed(reports.quarter(at))),
        }
        found = reports.by_place(asked, by)
        places = sorted({place for counted in found.values() for place in counted})
        items = [{"place": place, **{name: found[name][place] for name in asked}} for place in places]
        return Response({"items": items})


class Tables(Figures):
    """The tables of those who watch, as the page of oversight shows them."""

    plan: Plan | None = None

    @operations.operation(
        "read_tables",
        gettext_lazy("监督统计表"),
        {200: shapes.TableList},
        errors=(404, 422),
        parameters=(
            operations.query("court", gettext_lazy("只看一个法院，法院代码")),
            operations.query("unit", gettext_lazy("只看一个监管单位，单位代码")),
            operations.query("organisation", gettext_lazy("只看一个调解组织，标识")),
        ),
        description=gettext_lazy(
            "与监督页面同一口径的各表：按法院或者调解组织、按监管单位、超期分布、近两周、近十二个月，连同每一列怎样计算。"
            "三个参数一次用一个。"
        ),
        tag=TAG,
    )
    def get(self, request: Call) -> Response:
        """Return every table of what the caller watches over."""
        at = present.now()
        self.check(at)
        asked = {name: request.query_params[name] for name in NARROWS if name in request.query_params}
        if len(asked) > 1:
            raise Malformed(list(asked)[1], gettext_noop("一次只能按一项筛选"))
        assert self.plan is not None
        posts, roles = self.rights.posts(self.account, at), self.rights.roles(self.account, at)
        watcher = Watcher(self.rights.platform, at, posts, roles, self.visible(at))
        try:
            board = Board(self.plan, watcher, asked, lambda page, query, *about: "")
        except Unreached:
            raise Http404 from None
        board.count()
        headline = [
            {"heading": heading, "method": method, **_value(cell)}
            for (heading, method), cell in zip(board.methods(), board.values(), strict=True)
        ]
        tables = [_table(one) for one in board.tables()]
        told = {"at": at, "scope": board.scope_label, "headline": headline, "items": tables}
        return Response(shapes.TableList(told).data)


def _value(cell: Cell) -> dict[str, Any]:
    """Return a value as a number, where it is one, and as it is said."""
    number = cell.value if isinstance(cell.value, int) else cell.number
    return {"number": number, "text": "" if cell.value is None else str(cell.value)}


def _table(found: Table) -> dict[str, Any]:
    rows = [
        {"label": row.label, "note": row.note, "total": row.whole, "values": [_value(cell) for cell in row.cells]}
        for row in found.rows
    ]
    methods = [{"heading": heading, "method": method} for heading, method in found.methods]
    named = {name: getattr(found, name) for name in ("code", "caption", "first", "headings", "note", "idle")}
    return {**named, "rows": rows, "methods": methods}


class States(Figures):
    """How many cases stand where."""

    @operations.operation("read_states", gettext_lazy("各状态案件数"), {200: shapes.StateCountList}, tag=TAG)
    def get(self, request: Call) -> Response:
        """Return the caller's cases by state."""
        at = present.now()
        self.check(at)
        counted = reports.by_place({"all": self.visible(at)}, "state")["all"]
        items = [
            {"state": state.value, "state_text": _(state.label), "count": counted.get(state.value, 0)}
            for state in State
        ]
        return Response({"items": items})
