"""Following the cases: what has happened since a position, in one order for everybody.

Lives here: the change feed, what a change of a case or of the roster is told as. Does not live here: the order itself
(``feed``), telling subscribers (``exchange``).
Called by: Django, through ``routes``; ``books``, ``hooks``, ``exchange.callbacks``.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.request import Request as Call
from rest_framework.response import Response

from mediation import feed, moves, present
from mediation.actor import Actor
from mediation.api import operations, shapes
from mediation.api.parsers import LARGEST_ID, read_limit
from mediation.api.views import Window
from mediation.facts import Malformed
from mediation.lifecycle import MOVES
from mediation.models import Change
from mediation.rights import Rights
from mediation.vocabulary import State, gettext_noop
from roster import moves as doors
from roster.lifecycle import MOVES as BOOKS
from roster.lifecycle import STATES

LARGEST = 19
KINDS = frozenset(moves.kind_of(name) for name in MOVES)
ROW_KINDS = frozenset(doors.kind_of(aggregate, name) for aggregate, declared in BOOKS.items() for name in declared)


class Changes(Window):
    """What has happened in the caller's cases."""

    @operations.operation(
        "read_changes",
        gettext_lazy("案件变更"),
        {200: shapes.ChangePage},
        errors=(410, 422),
        parameters=(
            operations.query("since", gettext_lazy("上次答复的next；从头开始为0"), operations.whole()),
            operations.query("kind", gettext_lazy("只要这一种类：case.<操作>.v1，可以重复"), many=True),
            operations.query("limit", gettext_lazy("每页条数，1至500，默认100"), operations.whole(1, 500)),
        ),
        description=gettext_lazy(
            "按同一顺序给出您能查看的案件的新流水，不遗漏、不重复；保存next，下次从那里继续。"
            "平台从备份恢复之后，此前给出而已不存在的位置答复410和仍然有效的最后位置，请从那里重新读取。"
            "只含编号和种类，内容请查询案件流水。案件离开您处（例如不接受、撤回申请）的那一条也在其中，此后案件不能再查询。案件后来才转到您处的，其此前的流水不在其中，请从头查询该案流水。"
        ),
        tag=gettext_lazy("案件"),
    )
    def get(self, request: Call) -> Response:
        """Return the changes after a position, and the position to go on after."""
        asked = request.query_params
        limit = read_limit(asked.get("limit"), usual=100, most=500)
        since = read_position(asked.get("since", "0"), "since")
        kinds = read_kinds(asked.getlist("kind"), "kind")
        feed.check(self.rights.platform, since)
        at = present.now()
        seats = self.rights.seats_within(self.account, self.access, at)
        found = feed.read(self.rights.platform, self.visible(at), since, most=limit, kinds=kinds, seats=seats)
        return Response({"items": [change(one) for one in found.changes], "next": found.reached, "more": found.more})


def read_position(text: str, field: str) -> int:
    """Return a position of the feed; raises Malformed for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) <= LARGEST and int(text) <= LARGEST_ID):
        raise Malformed(field, gettext_noop("这一项的格式不正确"))
    return int(text)


def read_kinds(given: list[str], field: str, known: frozenset[str] = KINDS) -> list[str]:
    """Return kinds of changes; raises Malformed for one that never comes, which would be waited for in vain."""
    if not {*given} <= known:
        raise Malformed(field, gettext_noop("没有这种消息"), sorted(known))
    return sorted({*given})


def readable(rights: Rights, actors: Collection[Actor]) -> dict[str, QuerySet[Any]]:
    """Return the rows of the roster that these capacities may read, by aggregate."""
    found = {aggregate: rights.rows(actors, aggregate) for aggregate in BOOKS}
    return {aggregate: rows for aggregate, rows in found.items() if rows is not None}


def row_change(one: Change) -> dict[str, Any]:
    """Return a change of the roster as it is told: what happened to which row, nothing of its contents."""
    name = one.kind.split(".")[2]
    return {
        "position": one.position,
        "aggregate": one.aggregate,
        "ref": str(one.row),
        "number": one.number,
        "kind": one.kind,
        "move": name,
        "move_text": _(BOOKS[one.aggregate][name].label),
        "state": one.state,
        "state_text": _(STATES[one.aggregate](one.state).label),
        "at": one.at.isoformat(),
    }


def change(one: Change) -> dict[str, Any]:
    """Return a change as it is told: what happened in which case, nothing of its contents."""
    assert one.case is not None
    return {
        "position": one.position,
        "case": str(one.case.ref),
        "number": one.number,
        "kind": one.kind,
        "move": one.kind.split(".")[1],
        "move_text": _(moves.move_of(one.kind).label),
        "state": one.state,
        "state_text": _(State(one.state).label),
        "at": one.at.isoformat(),
    }
