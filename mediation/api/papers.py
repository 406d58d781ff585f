"""Papers by REST: which a case has for the caller, taking one, the certificate of a roster entry.

Lives here: the windows. Does not live here: what a paper says (``mediation.papers``), who may take which (``rights``),
making and noting who took it (``windows``).
Called by: Django, through ``routes``. Papers with whole numbers and addresses need the scope ``personal`` besides.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework.request import Request as Call
from rest_framework.response import Response

from mediation import guards, papers, present, problems
from mediation.api import operations
from mediation.api import workshapes as shapes
from mediation.api.authentication import DOCUMENTS, PERSONAL, ROSTERS, check_scope
from mediation.api.incase import InCase
from mediation.api.views import Window
from mediation.facts import Malformed
from mediation.moves import Refused
from mediation.papers import PaperRefused
from mediation.papers.kinds import KINDS
from mediation.papers.performing import is_enforceable
from mediation.vocabulary import gettext_noop
from mediation.windows import papers as taken
from mediation.windows import performing, serving
from mediation.windows.pages import CaseView
from roster.models import Listing

TAG = gettext_lazy("材料")
PROOF, ADDRESS, ENFORCEMENT = "SERVICE_PROOF", "SERVICE_ADDRESS", "ENFORCEMENT"
ABOUT: dict[str, tuple[str, tuple[str, ...]]] = {
    PROOF: (gettext_noop("送达回证"), ("CPL-90", "ZS-31")),
    ADDRESS: (gettext_noop("送达地址确认书"), ("JI-136", "ZS-30")),
    ENFORCEMENT: (gettext_noop("强制执行申请材料"), ("CPL-250",)),
}
"""Papers about one service or one party of a case: what each is called, and the articles it rests on."""

WHOLE = frozenset({ADDRESS, ENFORCEMENT})
"""Papers that give addresses and numbers in full."""

CODES = (*(kind.value for kind in KINDS), *ABOUT)


class PaperWindow(InCase):
    """A window on the papers of a case."""

    scopes: ClassVar[dict[str, str]] = {"GET": DOCUMENTS, "HEAD": DOCUMENTS}
    view: CaseView

    def open(self) -> None:
        """Find the case; raises Http404 for whoever reads nothing of it but its course."""
        super().open()
        self.view = CaseView(self.case, self.actors, self.rights, self.at)
        if not self.view.audiences:
            raise Http404

    @property
    def seen(self) -> set[str]:
        """The parties whose services the caller sees."""
        return serving.shown_to(self.case, self.actors)

    def services(self) -> list[str]:
        """Return the services the caller sees."""
        return [ref for ref, known in self.case.sheet.get("services", {}).items() if known["party"] in self.seen]


class Papers(PaperWindow):
    """Which papers there are."""

    @operations.operation(
        "list_papers",
        gettext_lazy("可以领取的文书"),
        {200: shapes.PaperList},
        errors=(404,),
        description=gettext_lazy("平台依据流水制作的文书；现在不能制作的附原因。材料原件见案件材料。"),
        tag=TAG,
    )
    def get(self, request: Call, ref: uuid.UUID) -> Response:
        """Return them in the order of a case's life."""
        self.open()
        return Response({"items": [*self._of_case(), *self._of_parts()]})

    def _of_case(self) -> Iterator[dict[str, Any]]:
        allowed = self.rights.papers(self.case, self.actors)
        for kind in papers.kinds_for(self.case, allowed, self.at, self.view.events):
            yield _told(kind.code.value, kind.label, kind.law, why_not=_(kind.why_not) if kind.why_not else "")

    def _of_parts(self) -> Iterator[dict[str, Any]]:
        events = self.view.events
        confirmed = {event.facts["party"] for event in events if event.move == "confirm_address"}
        own = {one for actor in self.actors for one in guards.acts_for(self.case, actor)}
        late = {one for one in own if papers.enforceable(self.case, one, self.view.today)}
        able = late if late and is_enforceable(self.case, events) else ()
        listed = {PROOF: self.services(), ADDRESS: self.seen & confirmed, ENFORCEMENT: able}
        for code, (label, law) in ABOUT.items():
            for about in sorted(listed[code]):
                yield _told(code, label, law, about=about)


class TakePaper(PaperWindow):
    """One paper."""

    @operations.operation(
        "read_paper",
        gettext_lazy("领取文书"),
        {200: OpenApiResponse(OpenApiTypes.BINARY, description=gettext_lazy("PDF/A；强制执行申请材料为ZIP"))},
        answer_type=("application/pdf", "application/zip"),
        errors=(404, 409, 422),
        parameters=(
            OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=CODES, description=gettext_lazy("文书种类")),
            operations.query(
                "about", gettext_lazy("所列的about：哪一次送达，或者哪一方当事人；没有的不填"), OpenApiTypes.UUID
            ),
            operations.query(
                "spelling",
                gettext_lazy("字体中没有的字印成什么：“字=替代”，可以重复；文书中注明"),
                many=True,
                pattern="^.=.{1,20}$",
                examples=[OpenApiExample("spelling", value=["𠮷=吉"])],
            ),
        ),
        description=gettext_lazy(
            "领取人和领取的程序记入日志。送达地址确认书和强制执行申请材料含有完整的号码、地址，另需权限范围personal。"
        ),
        tag=TAG,
    )
    def get(self, request: Call, ref: uuid.UUID, kind: str) -> HttpResponse:
        """Return the file; who took it goes to the local log."""
        self.open()
        if kind in WHOLE:
            check_scope(self.access, PERSONAL)
        with spoken():
            if kind in ABOUT:
                return self._part(kind, request.query_params.get("about", ""))
            spellings = read_spellings(request.query_params.getlist("spelling"))
            return taken.take(self.rights, self.case, self.actors, kind, self.at, spellings)

    def _part(self, kind: str, about: str) -> HttpResponse:
        if kind == ENFORCEMENT:
            return taken.handed(performing.take_package(self.view, about), "application/zip")
        if about not in (self.services() if kind == PROOF else self.seen):
            raise Http404
        make = serving.proof if kind == PROOF else papers.address_confirmation
        paper = make(self.case, about, self.at)
        taken.note(self.case, kind, paper, self.actors[0], self.at)
        return taken.handed(paper)


class TakeCertificate(Window):
    """The certificate of an entry on a court's roster."""

    scopes: ClassVar[dict[str, str]] = {"GET": ROSTERS, "HEAD": ROSTERS}

    @operations.operation(
        "read_certificate",
        gettext_lazy("领取特邀调解名册证书"),
        {200: OpenApiResponse(OpenApiTypes.BINARY, description=gettext_lazy("PDF/A"))},
        answer_type="application/pdf",
        errors=(404, 409),
        description=gettext_lazy("名册条目所属法院的人员、条目所列的调解组织或者调解员可以领取。"),
        tag=gettext_lazy("名册"),
    )
    def get(self, request: Call, ref: uuid.UUID) -> HttpResponse:
        """Return the file; who took it goes to the local log."""
        at, held = present.now(), self.rights
        actors = [held.actor_of(post, self.account) for post in held.posts(self.account, at)]
        listing = Listing.objects.filter(platform=held.platform, ref=ref).first()
        with spoken():
            return taken.take_certificate(held, listing, actors, at)


@contextmanager
def spoken() -> Iterator[None]:
    """Say why a paper is not made, and what to do; raises Refused."""
    try:
        yield
    except PaperRefused as refused:
        said = taken.refusal(refused)
        raise Refused("paper", said["said"], (), said["remedy"]) from refused


def read_spellings(given: list[str]) -> dict[str, str]:
    """Return what stands for each character that no font has; raises Malformed for anything but "sign=text"."""
    found: dict[str, str] = {}
    for one in given:
        sign, _equals, text = one.partition("=")
        if len(sign) != 1 or not 0 < len(text) <= taken.LONGEST_SPELLING or len(found) == taken.MOST_SPELLINGS:
            raise Malformed("spelling", gettext_noop("这一项的格式不正确"))
        found[sign] = text
    return found


def _told(
    kind: str, label: str, law: tuple[str, ...], *, about: str | None = None, why_not: str = ""
) -> dict[str, Any]:
    return {
        "kind": kind,
        "kind_text": _(label),
        "about": about,
        "available": not why_not,
        "why_not": why_not,
        "rule": list(law),
        "article": problems.articles(law),
    }
