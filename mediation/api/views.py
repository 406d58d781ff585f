"""The REST windows themselves, each told by its platform's rights who may see what.

Lives here: one view per address. Does not live here: rules (``moves``), rights (``rights``), shapes (``shapes``).
Called by: Django, through ``routes``.

A thing that the caller may not see is answered exactly as a thing that does not exist.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from contextlib import nullcontext
from datetime import date, datetime, time
from typing import Any, ClassVar

from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request as Call
from rest_framework.response import Response
from rest_framework.views import APIView

from mediation import files, law, log, moves, present, problems, queries
from mediation.actor import Actor
from mediation.api import operations, shapes, submissions
from mediation.api.answers import once
from mediation.api.authentication import (
    DOCUMENTS,
    READ,
    SCOPES,
    WRITE,
    BearerAuthentication,
    CallRate,
    HasScope,
    Session,
    UploadRate,
    check_scope,
)
from mediation.api.authentication import PERSONAL as REVEAL
from mediation.api.parsers import StrictJSONParser, cursor_of, read_cursor, read_key, read_limit, read_version
from mediation.chain import stamp
from mediation.facts import Malformed
from mediation.files import FileRefused
from mediation.lifecycle import MOVES
from mediation.models import Case, CaseEvent, CaseSet, Document, Enclosure, Party, Request
from mediation.moves import Refused
from mediation.platform import home_of
from mediation.rights import PERSONAL, Rights, within
from mediation.signatures import proving
from mediation.tasks import ring_tell
from mediation.vocabulary import Audience, Cause, EnclosureKind, State, Term, Track, gettext_noop
from mediation.workdays import local_day, statutory
from roster import codes
from roster import queries as roster
from roster.identity import mask, mask_account, mask_phone
from roster.models import Account
from roster.tokens import Access

_NUMBER = re.compile(r"[0-9一-龥()（）]{1,40}")
_REFERENCE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CODE = re.compile(r"[0-9A-Za-z一-龥]{1,12}")
FIRST_YEAR, LAST_YEAR = 2004, 2100
PAGED = (
    operations.query("after", gettext_lazy("上一页给出的next"), OpenApiTypes.UUID),
    operations.query("limit", gettext_lazy("每页条数，1至200，默认200"), operations.whole(1, 200)),
)


class AlwaysJSON(BaseContentNegotiation):
    """Answers JSON whatever the client says it accepts: there is nothing else to choose from."""

    def select_parser(self, request: Call, parsers: Any) -> Any:
        """Return the parser for the request's content type, or None."""
        media_type = (request.content_type or "application/json").split(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == media_type), None)

    def select_renderer(
        self, request: Call, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Return the one renderer."""
        return renderers[0], renderers[0].media_type


class Window(APIView):
    """What every address shares: who calls, in which rights, and that nothing is cached by others."""

    rights: Rights = Rights()
    ring: Callable[[], None] = None  # type: ignore[assignment]  # every address gives one
    authentication_classes = [BearerAuthentication, Session]
    permission_classes = [HasScope]
    renderer_classes = [JSONRenderer]
    parser_classes = [StrictJSONParser]
    throttle_classes = [CallRate]
    content_negotiation_class = AlwaysJSON
    metadata_class = None
    scopes: ClassVar[dict[str, str]] = {"GET": READ, "HEAD": READ, "POST": WRITE}
    act: ClassVar[str] = ""
    """What the local log calls a submission here."""
    of_case: ClassVar[bool] = False
    """Whether ``ref`` in the address is a case."""
    rate: CallRate | None = None

    def initial(self, request: Call, *args: Any, **kwargs: Any) -> None:
        """Hold a reading to the query parameters of its operation once the caller is known; raises Malformed."""
        super().initial(request, *args, **kwargs)
        declared = getattr(getattr(self, (request.method or "").lower(), None), "queries", None)
        if request.method in ("GET", "HEAD") and declared is not None:
            operations.check_queries(request.query_params, declared)

    def check_permissions(self, request: Call) -> None:
        """Count the call before permission is asked: what is refused or not there is counted and told its rate too."""
        super().check_throttles(request)
        super().check_permissions(request)

    def check_throttles(self, request: Call) -> None:
        """Count nothing: ``check_permissions`` has."""

    @property
    def account(self) -> Account:
        """The account that calls; permission has been asked before."""
        return self.request.user  # type: ignore[return-value]

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Add the caching headers unless the view has its own."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer.setdefault("Cache-Control", "private, no-cache")
        for name, value in self.rate.headers().items() if self.rate else ():
            answer[name] = value
        return answer

    @property
    def access(self) -> Access | None:
        """Through which client and within which scopes the account calls; None for a signed-in browser."""
        auth = self.request.auth
        return auth if isinstance(auth, Access) else None

    def visible(self, at: datetime) -> CaseSet:
        """Return the cases the caller may see: those of the account, within the client's court or organisation."""
        return self.rights.visible(self.account, at).filter(within(self.access))

    def find(self, ref: uuid.UUID, at: datetime) -> Case:
        """Return this platform's copy of a case the caller may see; raises Http404."""
        visible = self.visible(at).filter(ref=ref)
        case = self.rights.reached(visible, self.account, at).first()
        if case is None:
            raise Http404
        return case


class Public(Window):
    """A window that anybody may look through."""

    permission_classes = [AllowAny]
    scopes: ClassVar[dict[str, str]] = {}


class Missing(Public):
    """Any address that does not exist."""

    authentication_classes = []

    def initial(self, request: Call, *args: Any, **kwargs: Any) -> None:
        """Answer 404 to every method alike."""
        super().initial(request, *args, **kwargs)
        raise Http404


# Cases.


class Cases(Window):
    """The cases the caller may see; opening a new one."""

    act = "open_case"

    @operations.operation(
        "list_cases",
        gettext_lazy("案件列表"),
        {200: shapes.CasePage},
        errors=(422,),
        parameters=(
            operations.query("state", gettext_lazy("状态"), enum=State),
            operations.query("track", gettext_lazy("轨道"), enum=Track),
            operations.query("cause", gettext_lazy("案由"), enum=Cause),
            operations.query("number", gettext_lazy("案号，完全一致")),
            operations.query("since", gettext_lazy("不早于该日期或者带时区的时间申请")),
            operations.query("limit", gettext_lazy("每页条数，1至200，默认50"), operations.whole(1, 200)),
            operations.query("cursor", gettext_lazy("上一页给出的next")),
        ),
        tag=gettext_lazy("案件"),
    )
    def get(self, request: Call) -> Response:
        """Return a page of cases, newest first."""
        at, asked = present.now(), request.query_params
        limit = read_limit(asked.get("limit"), usual=50, most=200)
        found = self.visible(at).filter(_asked_for(asked))
        if "cursor" in asked:
            since, pk = read_cursor(asked["cursor"])
            found = found.filter(filed_at__lte=since).filter(Q(filed_at__lt=since) | Q(pk__lt=pk))
        rows = list(found.defer("sheet").order_by("-filed_at", "-id")[: limit + 1])
        more = cursor_of(rows[limit - 1].filed_at, rows[limit - 1].pk) if len(rows) > limit else None
        return Response({"items": shapes.CaseBrief(rows[:limit], many=True).data, "next": more})

    @operations.operation(
        "open_case",
        gettext_lazy("提交申请"),
        {201: shapes.EntryOut},
        request=shapes.ApplicationIn,
        errors=operations.POSTED,
        parameters=(operations.IDEMPOTENCY_KEY,),
        description=gettext_lazy("证件号码、联系电话等只作为加密附件保存，不写入流水。"),
        tag=gettext_lazy("案件"),
    )
    @once
    def post(self, request: Call) -> Response:
        """Open a case."""
        at, key = present.now(), _key(self.account, request)
        body = checked(shapes.ApplicationIn, request.data)
        _check_within(self.access, body["facts"])
        sent = submissions.read_application(self.rights, self.account, body, at, key)
        done = submissions.earlier(self.rights.platform, None, key)
        if done:
            submissions.check_same(done, sent)
        else:
            case = Case(platform=self.rights.platform, ref=uuid.uuid4())
            done = submissions.deliver(case, sent, at, None)
            self.ring()
        return _written(done, at)


class OneCase(Window):
    """One case, as the caller may see it."""

    @operations.operation(
        "read_case",
        gettext_lazy("查询案件"),
        {200: shapes.CaseFull, 304: None},
        errors=(404,),
        parameters=(
            operations.IF_NONE_MATCH,
            operations.query("reveal", gettext_lazy("为1时显示完整的证件和账户号码；查看人记入日志"), enum=("1",)),
        ),
        tag=gettext_lazy("案件"),
    )
    def get(self, request: Call, ref: uuid.UUID) -> HttpResponse:
        """Return the case; its ETag is the number of its entries."""
        at = present.now()
        case = self.find(ref, at)
        tag = f'"{case.entries}"'
        reveal = request.query_params.get("reveal") == "1"
        if not reveal and tag in request.headers.get("If-None-Match", ""):
            return HttpResponse(status=304, headers={"ETag": tag})
        actors = self.rights.actors(self.account, case, at)
        if reveal:
            check_scope(self.access, REVEAL)
        if reveal and not self.rights.may_reveal(actors):
            raise Refused(
                "actor", gettext_noop("您不能查看完整的证件和账户号码"), (), gettext_noop("请由办理该案的人员查看")
            )
        people = queries.people(case)
        if reveal:
            told = {"parties": [str(person.ref) for person in people]}
            log.note(self.rights.platform, str(case.ref), "reveal", by=actors[0], at=at, facts=told)
        reads = Audience.ALL in self.rights.audiences(case, actors)
        body = shapes.CaseBrief(case).data | {
            "people": [_person(person, named=reads, revealed=reveal) for person in people],
            "clocks": [_clock(clock) for clock in case.sheet.get("clocks", {}).values()],
            "capacities": [_actor(actor.entry()) for actor in actors],
            "frozen": bool(case.frozen),
        }
        return Response(
            body, headers={"ETag": tag, "Cache-Control": "private, no-store" if reveal else "private, no-cache"}
        )


class Journal(Window):
    """The journal of a case."""

    @operations.operation(
        "read_journal",
        gettext_lazy("案件流水"),
        {200: shapes.EntryPage},
        errors=(404, 422),
        parameters=(
            operations.query("after", gettext_lazy("从该编号之后开始，默认0"), operations.whole(0, 999_999_999)),
            operations.query("limit", gettext_lazy("每页条数，1至500，默认100"), operations.whole(1, 500)),
        ),
        tag=gettext_lazy("案件"),
    )
    def get(self, request: Call, ref: uuid.UUID) -> Response:
        """Return entries in order, each with the texts the caller may read."""
        at = present.now()
        limit = read_limit(request.query_params.get("limit"), usual=100, most=500)
        after = request.query_params.get("after", "0")
        if not (after.isascii() and after.isdigit() and len(after) <= 9):
            raise Malformed("after", gettext_noop("这一项的格式不正确"))
        case = self.find(ref, at)
        entries = list(CaseEvent.objects.filter(case=case, number__gt=int(after)).order_by("number")[: limit + 1])
        more = entries[limit - 1].number if len(entries) > limit else None
        numbers = [entry.number for entry in entries[:limit]]
        texts: dict[int, list[Enclosure]] = {}
        if numbers:
            for text in self.rights.texts(case, self.rights.actors(self.account, case, at)):
                texts.setdefault(text.number or 0, []).append(text)
        items = [_entry(entry, case, texts.get(entry.number, [])) for entry in entries[:limit]]
        return Response({"items": items, "next": more}, headers={"ETag": f'"{case.entries}"'})


class Moves(Window):
    """What may be done now, what may not, and why."""

    @operations.operation(
        "list_moves",
        gettext_lazy("可以办理的操作"),
        {200: shapes.MoveList},
        errors=(404,),
        description=gettext_lazy("也列出现在不能办理的操作，并说明原因、法律依据和下一步。"),
        tag=gettext_lazy("案件"),
    )
    def get(self, request: Call, ref: uuid.UUID) -> Response:
        """Return the moves of the case's present state for the caller's capacities."""
        at = present.now()
        case = self.find(ref, at)
        offers: dict[str, tuple[Actor, moves.Move, Refused | None]] = {}
        for actor in self.rights.actors(self.account, case, at):
            for declared, why in moves.options(case, actor, at):
                if declared.name not in offers or (offers[declared.name][2] and not why):
                    offers[declared.name] = (actor, declared, why)
        here = case.owner is not None and home_of(case.owner) == case.platform
        items = [_offer(*offer, here=here) for offer in offers.values()]
        return Response({"version": case.entries, "items": items}, headers={"ETag": f'"{case.entries}"'})


class MakeMove(Window):
    """Making one move."""

    of_case = True

    @operations.operation(
        "make_move",
        gettext_lazy("办理操作"),
        {201: shapes.EntryOut, 202: shapes.RequestOut},
        request=shapes.MoveIn,
        errors=(400, 404, 409, 413, 415, 422),
        parameters=(operations.IDEMPOTENCY_KEY, operations.IF_MATCH),
        description=gettext_lazy("答复201和流水；案件状态归对方平台时答复202和请求，其结果见该请求和流水。"),
        tag=gettext_lazy("案件"),
    )
    @once
    def post(self, request: Call, ref: uuid.UUID, move: str) -> Response:
        """Make a move: 201 with the entry, or 202 with the request where the other platform owns the state."""
        seen = read_version(request.headers.get("If-Match"), "If-Match")
        body = checked(shapes.MoveIn, request.data)
        return self.make(present.now(), ref, move, body, _key(self.account, request), seen)

    def make(
        self, at: datetime, ref: uuid.UUID, move: str, body: dict[str, Any], key: str | None, seen: int | None
    ) -> Response:
        """Return what came of one move with a checked body."""
        done = submissions.earlier(self.rights.platform, ref, key)
        case = done.case if done else self.find(ref, at)
        if done:
            submissions.check_repeated(self.rights, self.account, done, move, body, key)
            return _written(done, at)
        actors = self.rights.actors(self.account, case, at)
        # A code that is typed in is used up with the signature, or not at all.
        with moves.together() if body.get("code") else nullcontext():
            sent = submissions.read_move(self.rights, self.account, case, move, actors, body, at, key)
            done = submissions.deliver(case, sent, at, seen)
        self.ring()
        return _written(done, at)


class SigningCode(Window):
    """A one-time code for signing the agreement on the table."""

    @operations.operation(
        "send_signing_code",
        gettext_lazy("获取签名验证码"),
        {202: shapes.CodeSentOut},
        errors=(400, 404, 409, 413, 415, 422),
        description=gettext_lazy(
            "验证码发送到账户本人的手机或者邮箱，只用于签署现在这一版本，10分钟内有效；办理sign时填写在code中。"
            "没有验证码，令牌本身不能签署。"
        ),
        parameters=(operations.IDEMPOTENCY_KEY,),
        tag=gettext_lazy("案件"),
    )
    @once
    def post(self, request: Call, ref: uuid.UUID) -> Response:
        """Send it to the person behind the account, if one of its capacities may sign now."""
        at = present.now()
        case = self.find(ref, at)
        actors = [one for one in self.rights.actors(self.account, case, at) if one.role in MOVES["sign"].by]
        offers = [why for one in actors for declared, why in moves.options(case, one, at) if declared.name == "sign"]
        if not actors:
            raise moves.Refused("actor", gettext_noop("您没有办理这一步骤的权限"), MOVES["sign"].law)
        if why := next(filter(None, offers), None) if all(offers) else None:
            raise why
        if not offers:
            raise proving.NOTHING_TO_SIGN
        where = proving.send(case, self.account, at)
        ring_tell()
        until = stamp(at + codes.LIFETIME)
        told = {"sent_to": where, "digest": case.sheet["agreement"]["digest"], "expires_at": until}
        return Response(told, status=202)


class OneRequest(Window):
    """A move that the other platform is to judge."""

    @operations.operation(
        "read_request", gettext_lazy("查询请求"), {200: shapes.RequestOut}, errors=(404,), tag=gettext_lazy("案件")
    )
    def get(self, request: Call, ref: uuid.UUID) -> Response:
        """Return how a request of the caller stands."""
        at = present.now()
        found = Request.objects.select_related("case").filter(platform=self.rights.platform, ref=ref).first()
        if found is None:
            raise Http404
        case = self.find(found.case.ref, at)
        if all(actor.entry() != found.by for actor in self.rights.actors(self.account, case, at)):
            raise Http404
        return Response(_request(found))


# Documents.


class Uploads(Window):
    """Files handed in before the move that files them."""

    act = "upload"
    parser_classes = [MultiPartParser]
    throttle_classes = [CallRate, UploadRate]
    scopes: ClassVar[dict[str, str]] = {"POST": DOCUMENTS}

    @operations.operation(
        "upload",
        gettext_lazy("上传材料"),
        {201: shapes.UploadOut},
        request={"multipart/form-data": shapes.UploadIn},
        errors=operations.POSTED,
        parameters=(operations.IDEMPOTENCY_KEY,),
        description=gettext_lazy("文件按内容判断类型。凭据七日内有效，只能由同一账户在同一平台使用。"),
        tag=gettext_lazy("材料"),
    )
    @once
    def post(self, request: Call) -> Response:
        """Take in one file and return the voucher that files it."""
        received = request.FILES.getlist("file")
        if len(received) != 1 or len(request.FILES) != 1:
            raise Malformed("file", gettext_noop("请在file一栏上传一份文件"))
        at, upload = present.now(), received[0]
        if upload.size > files.LARGEST_FILE:
            raise FileRefused(
                gettext_noop("文件超过%(size)d MB，请压缩图片或者拆分后分别上传。"),
                size=files.LARGEST_FILE // files.MEBIBYTE,
            )
        content = upload.read()
        judged = files.judge(upload.name or "", content)
        files.store(self.rights.platform, judged, content, at)
        told = {
            "upload": submissions.voucher(self.rights.platform, self.account, judged),
            "sha256": judged.sha256,
            "name": judged.name_safe,
            "size": judged.size,
            "media_type": judged.media_type,
        }
        return Response(told, status=201)


class Documents(Window):
    """The documents of a case."""

    scopes: ClassVar[dict[str, str]] = {"GET": DOCUMENTS, "HEAD": DOCUMENTS}

    @operations.operation(
        "list_documents", gettext_lazy("案件材料"), {200: shapes.DocumentList}, errors=(404,), tag=gettext_lazy("材料")
    )
    def get(self, request: Call, ref: uuid.UUID) -> Response:
        """Return the documents the caller may read."""
        at = present.now()
        case = self.find(ref, at)
        found = self.rights.documents(case, self.rights.actors(self.account, case, at))
        return Response({"items": shapes.DocumentOut(found, many=True).data})


class DocumentContent(Window):
    """The bytes of a document."""

    scopes: ClassVar[dict[str, str]] = {"GET": DOCUMENTS, "HEAD": DOCUMENTS}

    @operations.operation(
        "download",
        gettext_lazy("下载材料"),
        {200: OpenApiResponse(OpenApiTypes.BINARY, description=gettext_lazy("文件内容"))},
        answer_type="application/octet-stream",
        errors=(404, 409),
        tag=gettext_lazy("材料"),
    )
    def get(self, request: Call, ref: uuid.UUID) -> HttpResponseBase:
        """Return the file, to be saved and never shown inside a page; who read it goes to the local log."""
        at = present.now()
        seen = self.visible(at).values("pk")
        document = (
            Document.objects.select_related("case")
            .filter(platform=self.rights.platform, ref=ref, case__in=seen)
            .first()
        )
        if document is None:
            raise Http404
        actors = self.rights.actors(self.account, document.case, at)
        if self.rights.document(document.case, actors, document.ref) is None:
            raise Http404
        headers = files.download_headers(document.name, document.media_type)
        try:
            answer = files.hand_out(self.rights.platform, document.sha256, headers)
        except files.BlobMissing:
            return problems.problem(
                409,
                detail=_("这份材料尚未从对方平台送达，或者已被删除。"),
                code="document_missing",
                next=_("请稍后再试"),
            )
        told = {"document": str(document.ref)}
        log.note(self.rights.platform, str(document.case.ref), "read", by=actors[0], at=at, facts=told)
        return answer


# What everybody may know.


class Rules(Public):
    """The periods of the law."""

    @operations.operation(
        "list_rules", gettext_lazy("期限规则"), {200: shapes.RuleList}, tag=gettext_lazy("公开信息"), public=True
    )
    def get(self, request: Call) -> Response:
        """Return every dated row, with this deployment's own figures."""
        return Response({"items": [_rule(law.row(rule.row, settings.OWN_FIGURES)) for rule in law.RULES]})


class CalendarYear(Public):
    """The working-day arrangement of a year."""

    @operations.operation(
        "read_calendar",
        gettext_lazy("年度放假安排"),
        {200: shapes.CalendarOut},
        errors=(404,),
        tag=gettext_lazy("公开信息"),
        public=True,
    )
    def get(self, request: Call, year: int) -> Response:
        """Return rest days and make-up days of one year."""
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise Http404
        found = queries.calendar().years.get(year) or statutory(year)
        body = {"year": year, "notice": _(found.notice), "provisional": found.provisional, **found.days()}
        return Response(body)


class Organisations(Public):
    """The public roster of organisations (ZX-5)."""

    @operations.operation(
        "list_organisations",
        gettext_lazy("调解组织名册"),
        {200: shapes.OrganisationList},
        errors=(422,),
        parameters=(
            operations.query("court", gettext_lazy("列入该法院（代字）名册的")),
            operations.query("region", gettext_lazy("受理该地域（两位省级区划代码）的")),
            operations.query("cause", gettext_lazy("受理该案由的"), enum=Cause),
            operations.query("language", gettext_lazy("能用该语言（ISO 639代码）调解的")),
            *PAGED,
            operations.query("q", gettext_lazy("名称、受理范围、专业领域中的文字")),
        ),
        tag=gettext_lazy("公开信息"),
        public=True,
    )
    def get(self, request: Call) -> Response:
        """Return the organisations on some court's roster, by name."""
        asked = request.query_params
        limit = read_limit(asked.get("limit"), usual=200, most=200)
        found = roster.find_public(
            self.rights.platform,
            roster.Wanted(
                court=_code(asked, "court"),
                region=_code(asked, "region"),
                cause=_term(asked, "cause", Cause),
                language=_code(asked, "language"),
                text=asked.get("q", "")[:80],
            ),
            on=local_day(present.now()),
            after=_reference(asked, "after"),
            most=limit + 1,
        )
        more = str(found[limit - 1].ref) if len(found) > limit else None
        return Response({"items": shapes.OrganisationOut(found[:limit], many=True).data, "next": more})


class Mediators(Public):
    """The public roster of mediators (ZX-5)."""

    @operations.operation(
        "list_mediators",
        gettext_lazy("调解员名册"),
        {200: shapes.MediatorList},
        errors=(422,),
        parameters=(
            operations.query("organisation", gettext_lazy("该调解组织的"), OpenApiTypes.UUID),
            operations.query("court", gettext_lazy("列入该法院（代字）名册的")),
            operations.query("cause", gettext_lazy("擅长该案由的"), enum=Cause),
            operations.query("language", gettext_lazy("能用该语言（ISO 639代码）调解的")),
            *PAGED,
            operations.query("q", gettext_lazy("姓名、专业领域中的文字")),
        ),
        tag=gettext_lazy("公开信息"),
        public=True,
    )
    def get(self, request: Call) -> Response:
        """Return the mediators on some court's roster, by name."""
        asked = request.query_params
        limit = read_limit(asked.get("limit"), usual=200, most=200)
        found = roster.find_public_mediators(
            self.rights.platform,
            roster.Wanted(
                organisation=asked.get("organisation", "")[:40],
                court=_code(asked, "court"),
                cause=_term(asked, "cause", Cause),
                language=_code(asked, "language"),
                text=asked.get("q", "")[:80],
            ),
            on=local_day(present.now()),
            after=_reference(asked, "after"),
            most=limit + 1,
        )
        more = str(found[limit - 1].ref) if len(found) > limit else None
        return Response({"items": shapes.MediatorOut(found[:limit], many=True).data, "next": more})


class Courts(Public):
    """The people's courts."""

    @operations.operation(
        "list_courts", gettext_lazy("人民法院"), {200: shapes.CourtList}, tag=gettext_lazy("公开信息"), public=True
    )
    def get(self, request: Call) -> Response:
        """Return all courts by code."""
        return Response({"items": shapes.CourtOut(roster.courts(), many=True).data})


class WhoAmI(Window):
    """The caller."""

    scopes: ClassVar[dict[str, str]] = {}

    @operations.operation("read_me", gettext_lazy("当前账户"), {200: shapes.Me}, tag=gettext_lazy("账户"))
    def get(self, request: Call) -> Response:
        """Return the account, its posts on this platform, and what the token opens."""
        body = {
            "ref": self.account.ref,
            "login": self.account.login,
            "name": self.account.name,
            "identity_verified": self.account.identity_verified_at is not None,
            "platform": self.rights.platform,
            "posts": self.rights.posts(self.account, present.now()),
            "client": self.access.client.name if self.access else None,
            "scopes": sorted(self.access.scopes) if self.access else list(SCOPES),
        }
        return Response(shapes.Me(body).data)


# Reading what is asked.


def checked(shape: type[shapes.Strict], body: Any, plain: tuple[str, ...] = ("facts", "texts")) -> dict[str, Any]:
    """Return the checked fields of a body, those in ``plain`` as plain dictionaries; raises Malformed or
    ValidationError.
    """
    if not isinstance(body, dict):
        raise Malformed("", gettext_noop("应当提交一组字段"))
    taken = shape(data=body)
    taken.is_valid(raise_exception=True)
    found = dict(taken.validated_data)
    for name in plain:
        found[name] = dict(found[name])
    return found


def _check_within(access: Access | None, stated: dict[str, Any]) -> None:
    """Refuse an application to another court or organisation than the client's own."""
    client = access.client if access is not None else None
    for name, own in (("court", client.court), ("organisation", client.organisation)) if client else ():
        if own and name in stated and stated[name] != str(own):
            raise Refused(
                "scope",
                gettext_noop("该客户端只能办理其所属法院或者调解组织的案件"),
                (),
                gettext_noop("请使用所属单位的客户端"),
            )


def _key(account: Account, request: Call) -> str | None:
    return submissions.own_key(account, read_key(request.headers.get("Idempotency-Key")))


def _asked_for(asked: Any) -> Q:
    wanted = Q()
    for name, terms in (("state", State), ("track", Track), ("cause", Cause)):
        if value := _term(asked, name, terms):
            wanted &= Q(**{name: value})
    if "number" in asked:
        if not _NUMBER.fullmatch(asked["number"]):
            raise Malformed("number", gettext_noop("这一项的格式不正确"))
        wanted &= Q(number=asked["number"])
    if "since" in asked:
        wanted &= Q(filed_at__gte=_instant(asked["since"]))
    return wanted


def _term(asked: Any, name: str, terms: type[Term]) -> str:
    value = asked.get(name, "")
    if value and value not in {term.value for term in terms}:
        raise Malformed(name, gettext_noop("这一项的格式不正确"))
    return str(value)


def _code(asked: Any, name: str) -> str:
    value = asked.get(name, "")
    if value and not _CODE.fullmatch(value):
        raise Malformed(name, gettext_noop("这一项的格式不正确"))
    return str(value)


def _reference(asked: Any, name: str) -> str:
    value = str(asked.get(name, ""))
    if value and not _REFERENCE.fullmatch(value):
        raise Malformed(name, gettext_noop("这一项的格式不正确"))
    return value


def _instant(text: str) -> datetime:
    try:
        # A plus sign stands for a blank in a query; an offset is meant here.
        found = parse_datetime(text.replace(" ", "+"))
        day = parse_date(text) if found is None or len(text) == 10 else None
    except ValueError:
        found = day = None
    if isinstance(day, date):
        found = datetime.combine(day, time(), timezone.get_default_timezone())
    if found is None or found.tzinfo is None or not 2000 < found.year < 2200:
        raise Malformed("since", gettext_noop("应当是日期，或者带时区的时间"))
    return found


# Saying what is.


def _written(done: CaseEvent | Request, at: datetime) -> Response:
    """Return the answer to a move; a repeated submission gets the same one, marked as such."""
    headers = {} if done.at == at else {"Idempotency-Replayed": "true"}
    if isinstance(done, Request):
        return Response(_request(done), status=202, headers=headers)
    texts = Enclosure.objects.filter(case_id=done.case_id, number=done.number) if done.enclosures else []
    shown = [text for text in texts if text.kind not in PERSONAL and text.kind != EnclosureKind.DOCUMENT]
    return Response(_entry(done, done.case, shown), status=201, headers={**headers, "ETag": f'"{done.number}"'})


def _entry(entry: CaseEvent, case: Case, texts: list[Enclosure]) -> dict[str, Any]:
    entry.case = case
    whole = entry.entry()
    return {
        "case": whole.pop("ref"),
        **whole,
        "move": entry.move,
        "move_text": _(moves.move_of(entry.kind).label),
        "state": entry.state,
        "state_text": _(State(entry.state).label),
        "by": _actor(entry.by),
        "clocks": [_clock(clock) for clock in entry.clocks],
        "texts": shapes.TextOut([_text(text) for text in texts], many=True).data,
    }


def _text(text: Enclosure) -> dict[str, Any]:
    content = text.content()
    told = {"text": str(content.get("text", "")), "nonce": str(content.get("nonce", ""))}
    return {"kind": text.kind, "audience": text.audience, **told}


def _actor(entry: dict[str, str]) -> dict[str, Any]:
    return dict(shapes.ActorOut(entry).data)


def _clock(clock: dict[str, Any]) -> dict[str, Any]:
    return {**clock, "kind_text": _(shapes.ClockKind(clock["kind"]).label)}


def _person(person: Party, *, named: bool, revealed: bool) -> dict[str, Any]:
    known: dict[str, Any] = {name: getattr(person, name) for name in ("ref", "side", "kind", "investor", "institution")}
    if named:
        number, phone, account = person.identity_number, person.phone, person.account_number
        known |= {
            "name": person.name,
            "identity_kind": person.identity_kind,
            "identity_number": number if revealed else mask(person.identity_kind, number),
            "phone": phone if revealed else mask_phone(phone),
            "account_number": account if revealed else mask_account(account),
        }
    return known


def _offer(actor: Actor, declared: moves.Move, why: Refused | None, *, here: bool) -> dict[str, Any]:
    return {
        "move": declared.name,
        "label": _(declared.label),
        "capacity": _actor(actor.entry()),
        "available": why is None,
        "refusal": {"code": why.code, "detail": _(why.reason), **problems.grounds(why)} if why else None,
        "here": here,
        "rule": list(declared.law),
        "article": problems.articles(declared.law),
        "facts": shapes.facts_schema(declared.facts),
        "texts": {
            name: {"label": _(text.label), "kind": text.kind, "audience": text.audience, "required": text.required}
            for name, text in declared.texts.items()
        },
        "documents": declared.documents,
        "wants_document": declared.wants_document,
    }


def _request(asked: Request) -> dict[str, Any]:
    refusal = None
    if asked.refusal:
        told = asked.refusal
        refused = Refused(told.get("code", ""), told.get("reason", ""), told.get("law", ()), told.get("remedy", ""))
        refusal = {"code": refused.code, "detail": _(refused.reason), **problems.grounds(refused)}
    return {
        "ref": str(asked.ref),
        "case": str(asked.case.ref),
        "move": asked.move,
        "state": asked.state,
        "at": asked.at.isoformat(),
        "answered_at": asked.answered_at.isoformat() if asked.answered_at else None,
        "refusal": refusal,
    }


def _rule(rule: law.Rule) -> dict[str, Any]:
    return {
        "row": rule.row,
        "clock": rule.clock.value,
        "clock_text": _(rule.clock.label),
        "value": rule.value,
        "unit": rule.unit.value,
        "unit_text": _(rule.unit.label),
        "counted_from": _(rule.counted_from),
        "extension": _(rule.extension),
        "rule": list(rule.rule_ids),
        "article": list(rule.citation),
        "valid_from": rule.valid_from.isoformat(),
        "valid_until": rule.valid_until.isoformat() if rule.valid_until else None,
        "own_figure": rule.own_figure,
        "note": _(rule.note),
    }
