"""Loading the State Council's arrangement of a year by REST, as the operators do it on their page.

Lives here: the window. Does not live here: the act (``years``), reading a year, which everybody may (``views``).
Called by: Django, through ``routes``.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiExample
from rest_framework.request import Request as Call
from rest_framework.response import Response

from mediation import present, tasks, years
from mediation.api import operations, shapes
from mediation.api import workshapes as work
from mediation.api.answers import once
from mediation.api.authentication import CALENDAR
from mediation.api.views import Window, checked
from mediation.facts import Malformed
from mediation.moves import Refused
from mediation.vocabulary import Role, gettext_noop
from mediation.workdays import BadCalendarFile

EXAMPLE = "notice,国办发明电〔2026〕7号\n2027-01-01,REST\n2027-01-03,WORK\n2027-05-01,REST\n2027-10-01,REST"


class Arrangements(Window):
    """The arrangements of the years."""

    act = "load_calendar"
    scopes: ClassVar[dict[str, str]] = {"POST": CALENDAR}

    @operations.operation(
        "load_calendar",
        gettext_lazy("载入年度放假安排"),
        {200: shapes.CalendarOut},
        request=work.ArrangementIn,
        errors=operations.POSTED,
        parameters=(operations.IDEMPOTENCY_KEY,),
        examples=(OpenApiExample("arrangement", value={"arrangement": EXAMPLE}, request_only=True),),
        description=gettext_lazy(
            "由平台运行人员载入。第一行写通知文号；以后每行一个日期：REST为放假，WORK为周末补班。"
            "受影响的期限随后重新计算。"
        ),
        tag=gettext_lazy("公开信息"),
    )
    @once
    def post(self, request: Call) -> Response:
        """Load one year, and have the due instants computed anew."""
        at, held = present.now(), self.rights
        posts = [post for post in held.posts(self.account, at) if post.role == Role.OPERATOR]
        if not posts:
            reason, todo = gettext_noop("您没有办理这一步骤的权限"), gettext_noop("请由有权办理的人员操作")
            raise Refused("actor", reason, (), todo)
        text = checked(work.ArrangementIn, request.data, plain=())["arrangement"]
        try:
            row, _count = years.load_year(text, by=held.actor_of(posts[0], self.account), at=at)
        except BadCalendarFile as wrong:
            raise Malformed("arrangement", str(wrong)) from wrong
        tasks.ring_reckon()
        told: dict[str, Any] = {"year": row.year, "notice": row.notice, "provisional": False, **row.days}
        return Response(told)
