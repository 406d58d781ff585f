"""The desks of firms and organisations by REST: who works there, who is away, who handles a case.

Lives here: the windows. Does not live here: being away and handling (``mediation.duty``), who sits at a firm's desk
(``windows.firmdesk``), the codes by which a place is taken (``windows.deskcodes``), passing cases on (the move
``appoint_mediator``).
Called by: Django, through ``routes``. None of it says who may act: it says who is told.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.http import Http404
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiExample
from rest_framework.request import Request as Call
from rest_framework.response import Response

from mediation import duty, present
from mediation.actor import Actor
from mediation.api import operations
from mediation.api import workshapes as shapes
from mediation.api.answers import once
from mediation.api.authentication import WRITE
from mediation.api.incase import InCase
from mediation.api.views import Window, checked
from mediation.facts import Malformed
from mediation.models import Absence
from mediation.vocabulary import Power, Role, gettext_noop
from mediation.windows import deskcodes, firmdesk
from mediation.windows.invitations import LIFETIME
from mediation.windows.portal import is_firm
from mediation.workdays import local_day
from roster import queries as roster
from roster.models import Account

TAG = gettext_lazy("人员安排")
NOT_LISTED = gettext_noop("请从list_colleagues所列的人员中选择")


class DeskWindow(Window):
    """What these windows share: the desk of the caller, a firm's or an organisation's."""

    at: datetime

    def organisation(self) -> Actor | None:
        """Return the capacity in which the caller runs an organisation, or None."""
        held = self.rights.posts(self.account, self.at)
        runs = next((post for post in held if post.role == Role.ORGANISATION), None)
        return self.rights.actor_of(runs, self.account) if runs else None

    def desk(self) -> tuple[Actor, dict[str, dict[str, str]]]:
        """Return the capacity in which the caller acts here and everybody at the desk by reference; raises Http404."""
        if by := self.organisation():
            found = roster.mediators_of(self.rights.platform, by.seat)
            return by, {str(one.ref): {"name": one.name, "power": ""} for one in found}
        people = firmdesk.people_of(firmdesk.firms_of(self.account, self.rights.platform), self.rights.platform)
        return firmdesk.answering(self.account, self.rights.platform), {
            str(one.account.ref): {"name": one.account.name, "power": one.power} for one in people
        }

    def absences(self, who: Any) -> Any:
        """Return who is or will be away."""
        return duty.absences(self.rights.platform, who, local_day(self.at))

    def own(self, people: Any) -> frozenset[str]:
        """Return for whom the caller says that they are away: an organisation for its mediators, else for oneself."""
        return frozenset(people) if self.organisation() else frozenset(people) & {str(self.account.ref)}


class Colleagues(DeskWindow):
    """Who works at the caller's desk."""

    @operations.operation(
        "list_colleagues",
        gettext_lazy("本单位的经办人、本组织的调解员，以及请假"),
        {200: shapes.ColleagueList},
        errors=(404,),
        description=gettext_lazy("单位及其经办人看到应诉工作台的人员；调解组织管理员看到本组织的调解员。"),
        tag=TAG,
    )
    def get(self, request: Call) -> Response:
        """Return them with the days on which they are or will be away."""
        self.at = present.now()
        _by, people = self.desk()
        gone = list(self.absences(people))
        items = [
            {"ref": ref, **told, "leaves": [one for one in gone if str(one.who) == ref]} for ref, told in people.items()
        ]
        return Response({"items": shapes.ColleagueOut(items, many=True).data})


class Leaves(DeskWindow):
    """Noting that somebody is away."""

    act = "note_leave"

    @operations.operation(
        "note_leave",
        gettext_lazy("登记请假"),
        {201: shapes.LeaveOut},
        request=shapes.LeaveIn,
        errors=(*operations.POSTED, 404),
        parameters=(operations.IDEMPOTENCY_KEY,),
        examples=(
            OpenApiExample(
                "leave",
                value={
                    "who": "9f0c3c4e-5a53-4b0e-8a7f-0d6f7a3f5b11",
                    "since": "2026-10-08",
                    "until": "2026-10-16",
                },
                request_only=True,
            ),
        ),
        description=gettext_lazy(
            "调解组织管理员为本组织的调解员登记，单位的经办人为本人登记。"
            "请假期间案件通知发给代办人，轮流指定时不计入；案件本身由操作appoint_mediator另行指定。"
        ),
        tag=TAG,
    )
    @once
    def post(self, request: Call) -> Response:
        """Note it."""
        self.at = present.now()
        by, people = self.desk()
        given = checked(shapes.LeaveIn, request.data, plain=())
        if str(given["who"]) not in self.own(people):
            raise Malformed("who", NOT_LISTED)
        who, platform = str(given["who"]), self.rights.platform
        try:
            made = duty.note_leave(platform, who, given["since"], given["until"], by=by, at=self.at)
        except duty.NotLeave as wrong:
            raise Malformed("until", str(wrong)) from wrong
        return Response(shapes.LeaveOut(made).data, status=201)


class EndLeave(DeskWindow):
    """Taking an absence back."""

    act = "end_leave"

    @operations.operation(
        "end_leave",
        gettext_lazy("销假"),
        {200: shapes.LeaveOut},
        errors=(*operations.POSTED, 404),
        parameters=(operations.IDEMPOTENCY_KEY,),
        tag=TAG,
    )
    @once
    def post(self, request: Call, leave: int) -> Response:
        """Take it back."""
        self.at = present.now()
        by, people = self.desk()
        held: Absence | None = self.absences(self.own(people)).filter(pk=min(leave, 2**62)).first()
        if held is None:
            raise Http404
        duty.end_leave(held, by=by, at=self.at)
        return Response(shapes.LeaveOut(held).data)


class FirmsOwn(Window):
    """What a firm alone arranges: who sits at its desk."""

    def firm(self) -> Account:
        """Return the firm that calls; raises Http404 for anybody else."""
        if not is_firm(self.account):
            raise Http404
        return self.account


class DeskInvitations(FirmsOwn):
    """Letting somebody in."""

    act = "invite_colleague"

    @operations.operation(
        "invite_colleague",
        gettext_lazy("邀请经办人"),
        {201: shapes.DeskInvitationOut},
        request=shapes.DeskInvitationIn,
        errors=(*operations.POSTED, 404),
        parameters=(operations.IDEMPOTENCY_KEY,),
        examples=(OpenApiExample("colleague", value={"name": "王经办", "power": "GENERAL"}, request_only=True),),
        description=gettext_lazy(
            "由单位自己的账户邀请。邀请码只在这次答复中给出，一次有效；受邀人用本人已经核验身份的账户，在页面凭码加入。"
        ),
        tag=TAG,
    )
    @once
    def post(self, request: Call) -> Response:
        """Issue the code by which a place is taken."""
        at, firm, given = present.now(), self.firm(), checked(shapes.DeskInvitationIn, request.data, plain=())
        code = deskcodes.invite(self.rights.platform, firm, given["name"], Power(given["power"]), at)
        return Response(shapes.DeskInvitationOut({**given, "code": code, "until": at + LIFETIME}).data, status=201)


class EndPlace(FirmsOwn):
    """Letting somebody out."""

    act = "end_colleague"

    @operations.operation(
        "end_colleague",
        gettext_lazy("经办人不再经办"),
        {200: shapes.DeskPlaceOut},
        errors=(*operations.POSTED, 404),
        parameters=(operations.IDEMPOTENCY_KEY,),
        description=gettext_lazy("由单位自己的账户办理；从这时起，该人不能再以本单位名义查看、办理案件。"),
        tag=TAG,
    )
    @once
    def post(self, request: Call, colleague: uuid.UUID) -> Response:
        """End the place."""
        at, firm = present.now(), self.firm()
        held = next((one for one in roster.desk_of(firm, self.rights.platform) if one.account.ref == colleague), None)
        if held is None:
            raise Http404
        deskcodes.leave(held, at)
        return Response(shapes.DeskPlaceOut({"ref": colleague, "name": held.account.name, "ended_at": at}).data)


class Handler(InCase):
    """Who handles a case for a firm."""

    act = "assign_handler"
    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}

    @operations.operation(
        "assign_handler",
        gettext_lazy("指定案件的经办人和代办人"),
        {200: shapes.HandlerShape},
        request=shapes.HandlerShape,
        errors=(*operations.POSTED, 404),
        parameters=(operations.IDEMPOTENCY_KEY,),
        description=gettext_lazy("单位或者其经办人在应诉工作台的案件中指定；决定通知谁，不改变谁可以办理。"),
        tag=TAG,
    )
    @once
    def post(self, request: Call, ref: uuid.UUID) -> Response:
        """Name them."""
        self.open()
        platform = self.rights.platform
        firms = firmdesk.firms_of(self.account, platform)
        found = firmdesk.cases_of(firms, platform).filter(pk=self.case.pk).first()
        if found is None:
            raise Http404
        given = checked(shapes.HandlerShape, request.data, plain=())
        people = {post.account.ref: post.account for post in firmdesk.people_of(firms, platform)}
        handler, substitute = self._named(given, people)
        by = firmdesk.answering(self.account, platform)
        firmdesk.assign([found], firms, handler, substitute, by=by, at=self.at)
        return Response(shapes.HandlerShape(given).data)

    def _named(self, given: dict[str, Any], people: dict[uuid.UUID, Account]) -> tuple[Account, Account | None]:
        """Return whom the caller has named; raises Malformed for anybody else."""
        named = {name: people.get(given[name]) for name in ("handler", "substitute") if given.get(name)}
        for name, account in named.items():
            if account is None:
                raise Malformed(name, NOT_LISTED)
        handler, substitute = named["handler"], named.get("substitute")
        if handler == substitute:
            raise Malformed("substitute", gettext_noop("代办人不能是经办人本人。"))
        assert handler is not None
        return handler, substitute
