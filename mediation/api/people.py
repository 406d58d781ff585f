"""Reaching the people of a case by REST: whom it may be given to and why, links and invitations to parties.

Lives here: the windows. Does not live here: the ranking (``choice``), the links (``windows``).
Called by: Django, through ``routes``.
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.http import Http404
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.request import Request as Call
from rest_framework.response import Response

from mediation import choice
from mediation.actor import Actor
from mediation.api import operations
from mediation.api import workshapes as shapes
from mediation.api.answers import once
from mediation.api.authentication import READ, WRITE
from mediation.api.incase import InCase, refusals
from mediation.api.views import checked
from mediation.choice import Candidate, Question
from mediation.models import Party
from mediation.vocabulary import Role, Stage
from mediation.windows import consentlink, invitations, meetlink, signlink
from mediation.windows.portal import HOSTS

LINKS: dict[str, frozenset[Role]] = {
    "INVITATION": frozenset(HOSTS),
    "CONSENT": frozenset({Role.CLERK}),
    "MEETING": frozenset({Role.MEDIATOR}),
    "SIGNING": frozenset({Role.MEDIATOR, Role.ORGANISATION}),
}
"""Who may send what to a party."""

PEOPLE = frozenset({Role.PARTY, Role.AGENT})


class Choices(InCase):
    """Whom a case may be given to."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "HEAD": READ}

    @operations.operation(
        "list_choices",
        gettext_lazy("可以选择的调解组织和理由"),
        {200: shapes.CandidateList},
        errors=(404,),
        description=gettext_lazy(
            "立案人员看到排序、各因素的得分和理由，以及不能选择的原因；"
            "当事人看到可以选择的组织，次序由抽签确定。选择本身是操作choose_jointly、delegate。"
        ),
        tag=gettext_lazy("案件"),
    )
    def get(self, request: Call, ref: uuid.UUID) -> Response:
        """Return them for staff with reasons, for parties without."""
        self.open()
        by = self.capacity(Role.CLERK, *PEOPLE)
        answer = choice.recommend(self.case, self.at)
        if by.role in PEOPLE:
            drawn = sorted(answer.ranked, key=lambda one: choice.lot(answer.question, one.file.ref))
            return Response({"items": [_candidate(one) for one in drawn]})
        return Response({"items": [_candidate(one, answer.question) for one in (*answer.ranked, *answer.unfit)]})


class Links(InCase):
    """Sending a party what it answers or joins by."""

    act = "send_link"
    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}

    @operations.operation(
        "send_link",
        gettext_lazy("向当事人发送链接或者邀请码"),
        {201: shapes.LinkOut},
        request=shapes.LinkIn,
        errors=(*operations.POSTED, 404),
        parameters=(operations.IDEMPOTENCY_KEY,),
        description=gettext_lazy("链接只发到当事人登记的手机；先前的同类链接随即失效。"),
        tag=gettext_lazy("案件"),
    )
    @once
    def post(self, request: Call, ref: uuid.UUID, party: uuid.UUID) -> Response:
        """Send it."""
        self.open()
        given = checked(shapes.LinkIn, request.data, plain=())
        by = self.capacity(*LINKS[given["kind"]])
        person = next((one for one in self.case.people.all() if one.ref == party), None)
        if person is None:
            raise Http404
        code, expires_at = self._send(given, person, by)
        told = {"kind": given["kind"], "party": person.ref, "code": code, "expires_at": expires_at}
        return Response(shapes.LinkOut(told).data, status=201)

    def _send(self, given: dict[str, Any], person: Party, by: Actor) -> tuple[str, Any]:
        if given["kind"] == "INVITATION":
            return invitations.invite(self.case, person, by=by, at=self.at), self.at + invitations.LIFETIME
        with refusals():
            link: Any
            if given["kind"] == "CONSENT":
                stages = [Stage(code) for code in given.get("stages", ())]
                link = consentlink.ask(self.case, person, stages, by=by, at=self.at, address=self._address("consent"))
            else:
                kind, name = {"MEETING": (meetlink, "meeting"), "SIGNING": (signlink, "signing")}[given["kind"]]
                link = kind.ask(self.case, person, by=by, at=self.at, address=self._address(name))
        return "", link.expires_at

    def _address(self, name: str) -> str:
        try:
            return reverse(f"{self.rights.platform}:{name}")
        except NoReverseMatch:
            # A platform without such pages has no such links.
            raise Http404 from None


def _candidate(one: Candidate, question: Question | None = None) -> dict[str, Any]:
    told: dict[str, Any] = {"ref": one.file.ref, "name": one.file.name, "eligible": not one.unfit}
    told["why_not"] = [_(why.label) for why in one.unfit]
    if question is not None:
        told |= {"total": f"{float(one.total):.1f}", "reasons": choice.reasons(question, one)}
    return dict(shapes.CandidateOut(told).data)
