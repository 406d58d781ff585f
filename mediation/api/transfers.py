"""12386 transfers by REST: entered by the hotline's system, and what became of each.

Lives here: the window. Does not live here: what a transfer is and how it is taken over (``windows.transfers``).
Called by: Django, through ``routes``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiExample
from rest_framework.request import Request as Call
from rest_framework.response import Response

from mediation import present
from mediation.actor import Actor
from mediation.api import operations
from mediation.api import workshapes as shapes
from mediation.api.answers import once
from mediation.api.mediating import read_after
from mediation.api.parsers import read_limit
from mediation.api.views import Window, checked
from mediation.facts import Malformed
from mediation.models import Transfer
from mediation.moves import Refused
from mediation.vocabulary import Role, gettext_noop
from mediation.windows import transfers
from mediation.windows.transfers import Duplicate, TransferForm

TAG = gettext_lazy("12386转办")
STANDINGS = {
    "WAITING": gettext_noop("待投诉人确认"),
    "TAKEN": gettext_noop("投诉人填写中"),
    "FILED": gettext_noop("已提交申请"),
}


class Transfers(Window):
    """Complaints that the 12386 hotline passes on."""

    act = "register_transfer"

    def centre(self, at: datetime) -> Actor:
        """Return the capacity of the service centre's staff; raises Refused for anybody else."""
        held = (post for post in self.rights.posts(self.account, at) if post.role == Role.SERVICE_CENTRE)
        post = next(held, None)
        if post is None:
            reason, todo = gettext_noop("您没有办理这一步骤的权限"), gettext_noop("请由有权办理的人员操作")
            raise Refused("actor", reason, (), todo)
        return self.rights.actor_of(post, self.account)

    @operations.operation(
        "list_transfers",
        gettext_lazy("12386转办及其进展"),
        {200: shapes.TransferPage},
        errors=(422,),
        parameters=(
            operations.query("before", gettext_lazy("上一页给出的next"), operations.whole()),
            operations.query("limit", gettext_lazy("每页条数，1至200，默认50"), operations.whole(1, 200)),
        ),
        tag=TAG,
    )
    def get(self, request: Call) -> Response:
        """Return a page, newest first."""
        self.centre(present.now())
        asked = request.query_params
        limit = read_limit(asked.get("limit"), usual=50, most=200)
        found = Transfer.objects.filter(platform=self.rights.platform).select_related("draft")
        if "before" in asked:
            found = found.filter(pk__lt=read_after(asked["before"], "before"))
        rows = list(found.order_by("-pk")[: limit + 1])
        more = rows[limit - 1].pk if len(rows) > limit else None
        return Response({"items": [_told(one) for one in rows[:limit]], "next": more})

    @operations.operation(
        "register_transfer",
        gettext_lazy("登记12386转办"),
        {201: shapes.TransferMade},
        request=shapes.TransferIn,
        errors=operations.POSTED,
        parameters=(operations.IDEMPOTENCY_KEY,),
        examples=(
            OpenApiExample(
                "transfer",
                value={
                    "number": "12386-2026-000001",
                    "name": "张三",
                    "phone": "13800000000",
                    "respondent": "华信证券股份有限公司",
                    "institution": "SECURITIES",
                    "cause": "BROKERAGE",
                    "told": "投诉人称营业部未经同意开通融资融券，机构答复不予赔偿。",
                    "agreed": True,
                },
                request_only=True,
            ),
        ),
        description=gettext_lazy(
            "由投资者服务中心登记。转办不是申请：投诉人凭转办码（只显示这一次）或者本人已核验的身份接手，"
            "核对、同意后自己提交。"
        ),
        tag=TAG,
    )
    @once
    def post(self, request: Call) -> Response:
        """Keep one; the code by which it is taken over is told here, this once."""
        at = present.now()
        by, given = self.centre(at), checked(shapes.TransferIn, request.data, plain=())
        amount = given.get("amount")
        typed = {**given, "amount": f"{amount // 100}.{amount % 100:02}" if amount else ""}
        form = TransferForm(at, typed)
        if not form.is_valid():
            name, wrong = next(iter(form.errors.items()))
            raise Malformed(str(name), str(wrong[0]))
        try:
            made, code = transfers.enter(self.rights.platform, form.cleaned_data, by=by, at=at)
        except Duplicate as known:
            raise Malformed("number", str(known)) from known
        return Response({**_told(made), "code": code}, status=201)


def _told(made: Transfer) -> dict[str, Any]:
    """Return a transfer without what the investor has said: its number, whom it is about, what became of it."""
    state = "WAITING" if made.draft is None else "FILED" if made.draft.sent else "TAKEN"
    known = {name: getattr(made, name) for name in ("ref", "number", "respondent", "entered_at")}
    return dict(shapes.TransferOut({**known, "state": state, "state_text": _(STANDINGS[state])}).data)
