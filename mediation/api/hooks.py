"""Subscriptions to changes by REST: making them, looking at their deliveries, replaying, closing.

Lives here: the windows. Does not live here: the acts (``subscriptions``), the deliveries (``exchange.callbacks``).
Called by: Django, through ``routes``.
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.http import Http404
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiExample
from rest_framework.request import Request as Call
from rest_framework.response import Response

from mediation import present, subscriptions
from mediation.api import operations
from mediation.api import workshapes as shapes
from mediation.api.answers import once
from mediation.api.authentication import ROSTERS, WEBHOOKS, check_scope
from mediation.api.changes import KINDS, ROW_KINDS, read_kinds
from mediation.api.mediating import read_after
from mediation.api.parsers import read_limit
from mediation.api.views import Window, checked
from mediation.models import Callback, Subscription
from mediation.moves import Refused
from mediation.vocabulary import gettext_noop
from roster.tokens import Access

TAG = gettext_lazy("变更通知")


class HookWindow(Window):
    """A window on the subscriptions of the calling client."""

    scopes: ClassVar[dict[str, str]] = {"GET": WEBHOOKS, "HEAD": WEBHOOKS, "POST": WEBHOOKS}

    def caller(self) -> Access:
        """Return the calling client; raises Refused for a browser."""
        if self.access is None:
            raise Refused(
                "scope", gettext_noop("只有登记的程序可以订阅变更通知"), (), gettext_noop("请使用程序的访问令牌")
            )
        return self.access

    def mine(self) -> Any:
        """Return the client's subscriptions on this platform, for the account it acts for."""
        access = self.caller()
        return Subscription.objects.filter(platform=self.rights.platform, client=access.client, account=access.account)

    def one(self, ref: uuid.UUID) -> Subscription:
        """Return one of them; raises Http404."""
        found: Subscription | None = self.mine().filter(ref=ref).first() if self.access else None
        if found is None:
            raise Http404
        return found


class Subscriptions(HookWindow):
    """The client's subscriptions."""

    act = "subscribe"

    @operations.operation("list_subscriptions", gettext_lazy("变更通知订阅"), {200: shapes.SubscriptionList}, tag=TAG)
    def get(self, request: Call) -> Response:
        """Return them, newest first."""
        return Response({"items": shapes.SubscriptionOut(self.mine(), many=True).data})

    @operations.operation(
        "subscribe",
        gettext_lazy("订阅变更通知"),
        {201: shapes.SubscriptionOut},
        request=shapes.SubscriptionIn,
        errors=(*operations.POSTED, 410),
        parameters=(operations.IDEMPOTENCY_KEY,),
        examples=(
            OpenApiExample(
                "subscribe",
                value={"url": "https://system.example/callbacks", "kinds": ["case.delegate.v1", "case.sign.v1"]},
                request_only=True,
            ),
        ),
        description=gettext_lazy(
            "案件有新流水时向该地址POST一条CloudEvents 1.0消息（application/cloudevents+json），"
            "写明名册种类的，名册有新流水时同样；"
            "按RFC 9421以平台密钥签名，公钥见exchange/v1/<平台>/keys.json。只含案件标识、流水编号和种类。"
            "按序至少送一次，以id去重；答复2xx即为收到，否则10秒起加倍间隔重送，连续三日不成的停用并通知。"
        ),
        tag=TAG,
    )
    @once
    def post(self, request: Call) -> Response:
        """Subscribe."""
        access = self.caller()
        given = checked(shapes.SubscriptionIn, request.data, plain=())
        kinds = read_kinds(given["kinds"], "kinds", KINDS | ROW_KINDS)
        if ROW_KINDS & {*kinds}:
            check_scope(access, ROSTERS)
        try:
            made = subscriptions.subscribe(
                access.client,
                access.account,
                self.rights.platform,
                given["url"],
                kinds,
                present.now(),
                given.get("since"),
            )
        except subscriptions.TooMany as many:
            raise Refused("many", str(many), (), gettext_noop("请先停用不需要的订阅")) from many
        return Response(shapes.SubscriptionOut(made).data, status=201)


class OneSubscription(HookWindow):
    """One subscription."""

    @operations.operation(
        "read_subscription", gettext_lazy("查询订阅"), {200: shapes.SubscriptionOut}, errors=(404,), tag=TAG
    )
    def get(self, request: Call, ref: uuid.UUID) -> Response:
        """Return it."""
        return Response(shapes.SubscriptionOut(self.one(ref)).data)


class Replay(HookWindow):
    """Serving a subscription again."""

    act = "replay"

    @operations.operation(
        "replay",
        gettext_lazy("补送或者重新启用"),
        {200: shapes.SubscriptionOut},
        request=shapes.ReplayIn,
        errors=(*operations.POSTED, 404, 410),
        parameters=(operations.IDEMPOTENCY_KEY,),
        tag=TAG,
    )
    @once
    def post(self, request: Call, ref: uuid.UUID) -> Response:
        """Go back, or on after long failure."""
        found = self.one(ref)
        subscriptions.replay(found, checked(shapes.ReplayIn, request.data, plain=())["since"])
        return Response(shapes.SubscriptionOut(found).data)


class CloseSubscription(HookWindow):
    """Ending a subscription."""

    act = "unsubscribe"

    @operations.operation(
        "unsubscribe",
        gettext_lazy("停用订阅"),
        {200: shapes.SubscriptionOut},
        errors=(*operations.POSTED, 404),
        parameters=(operations.IDEMPOTENCY_KEY,),
        tag=TAG,
    )
    @once
    def post(self, request: Call, ref: uuid.UUID) -> Response:
        """Tell it of nothing more."""
        found = self.one(ref)
        subscriptions.close(found, subscriptions.CLOSED, present.now())
        return Response(shapes.SubscriptionOut(found).data)


class Callbacks(HookWindow):
    """What a receiver answered."""

    @operations.operation(
        "list_callbacks",
        gettext_lazy("送达记录"),
        {200: shapes.CallbackPage},
        errors=(404, 422),
        parameters=(
            operations.query("before", gettext_lazy("上一页给出的next"), operations.whole()),
            operations.query("limit", gettext_lazy("每页条数，1至200，默认50"), operations.whole(1, 200)),
        ),
        tag=TAG,
    )
    def get(self, request: Call, ref: uuid.UUID) -> Response:
        """Return the attempts, newest first."""
        asked = request.query_params
        limit = read_limit(asked.get("limit"), usual=50, most=200)
        found = Callback.objects.filter(subscription=self.one(ref))
        if "before" in asked:
            found = found.filter(pk__lt=read_after(asked["before"], "before"))
        rows = list(found.order_by("-pk")[: limit + 1])
        more = rows[limit - 1].pk if len(rows) > limit else None
        return Response({"items": shapes.CallbackOut(rows[:limit], many=True).data, "next": more})
