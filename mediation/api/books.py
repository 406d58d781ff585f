"""The rosters by REST: files, entries, recognitions and complaints, each with the moves of its door.

Lives here: the windows. Does not live here: rules (``roster.lifecycle``), who reads which rows (``rights.books``), what
everybody may read of a roster (``views``).
Called by: Django, through ``routes``. The figures of consolidations are the platform's own: nobody states them.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework.request import Request as Call
from rest_framework.response import Response

from mediation import feed, present, problems, rosters
from mediation.actor import Actor
from mediation.api import operations
from mediation.api import workshapes as shapes
from mediation.api.answers import once
from mediation.api.authentication import ROSTERS
from mediation.api.changes import ROW_KINDS, read_kinds, read_position, readable, row_change
from mediation.api.incase import InCase
from mediation.api.mediating import read_after
from mediation.api.parsers import read_limit, read_version
from mediation.api.views import Window, checked
from mediation.facts import Malformed
from mediation.models import Case
from mediation.platform import seats_of
from mediation.vocabulary import CampaignState, Role, Seat, gettext_noop
from mediation.windows import filewords
from mediation.windows.pictures import picture
from roster import facts as f
from roster import moves
from roster import queries as roster
from roster.lifecycle import CAMPAIGN, COMPLAINT, LISTING, MOVES, ORGANISATION, STATES, Move
from roster.models import Complaint, RosterEvent
from roster.moves import Outcome, Refused, resolve

TAG = gettext_lazy("名册")
KINDS = tuple(sorted(MOVES))
UNTOLD = frozenset({"sheet", "shared"})
"""What a row keeps for its own rules."""

SEALS_SEEN = frozenset({Role.ORGANISATION, Role.UNIT, Role.PROTECTION_BUREAU, Role.INTEGRATOR})
"""Who sees an organisation's seal: itself, its unit and the bureau, as on the pages."""

SHAPES: dict[str, dict[str, Any]] = {
    "day": {"type": "string", "format": "date"},
    "count": {"type": "integer", "minimum": 0},
    "flag": {"type": "boolean"},
    "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "ref": {"type": "string", "format": "uuid"},
}


class Books(Window):
    """What the windows of the roster share: the rows of the caller's capacities."""

    scopes: ClassVar[dict[str, str]] = {"GET": ROSTERS, "HEAD": ROSTERS, "POST": ROSTERS}

    def actors(self, at: datetime) -> list[Actor]:
        """Return the capacities of the caller's posts, within the client's court or organisation."""
        return self.rights.actors_within(self.account, self.access, at)

    def rows(self, aggregate: str, at: datetime) -> QuerySet[Any]:
        """Return the rows the caller may read; raises Http404 for a kind it reads nothing of."""
        found = self.rights.rows(self.actors(at), aggregate) if aggregate in KINDS else None
        if found is None:
            raise Http404
        return found

    def one(self, aggregate: str, ref: uuid.UUID, at: datetime) -> Any:
        """Return one row; raises Http404."""
        row = self.rows(aggregate, at).filter(ref=ref).first()
        if row is None:
            raise Http404
        return row

    def able(self, declared: Move, at: datetime) -> Actor:
        """Return the capacity in which the caller may make a move; raises Refused."""
        for actor in self.actors(at):
            if actor.role in declared.by:
                return actor
        raise Refused("actor", _("您没有办理这一步骤的权限"), declared.law, _("请由有权办理的人员操作"))


class BookList(Books):
    """The rows of one kind."""

    act = "open_row"

    @operations.operation(
        "list_rows",
        gettext_lazy("名册档案、条目、认定、投诉和集中核实"),
        {200: shapes.RosterPage},
        errors=(404, 422),
        parameters=(
            operations.query("state", gettext_lazy("状态")),
            operations.query("after", gettext_lazy("从该序号之后开始，默认0"), operations.whole()),
            operations.query("limit", gettext_lazy("每页条数，1至200，默认50"), operations.whole(1, 200)),
        ),
        description=gettext_lazy(
            "种类：organisation、mediator档案，listing名册条目，recognition共同认定，complaint投诉，campaign集中核实。"
        ),
        tag=TAG,
    )
    def get(self, request: Call, aggregate: str) -> Response:
        """Return a page of the rows the caller may read."""
        asked = request.query_params
        limit, after = read_limit(asked.get("limit"), usual=50, most=200), read_after(asked.get("after", "0"))
        found = self.rows(aggregate, present.now()).filter(pk__gt=after)
        if "state" in asked:
            if asked["state"] not in {term.value for term in STATES[aggregate]}:
                raise Malformed("state", gettext_noop("这一项的格式不正确"))
            found = found.filter(**{"status" if aggregate == LISTING else "state": asked["state"]})
        rows = list(found.order_by("pk")[: limit + 1])
        more = rows[limit - 1].pk if len(rows) > limit else None
        return Response({"items": [_row(one) for one in rows[:limit]], "next": more})

    @operations.operation(
        "open_row",
        gettext_lazy("新建档案、开始集中核实，或者要求使用其他法院的名册条目"),
        {201: shapes.RosterEntryOut},
        request=shapes.RosterOpenIn,
        errors=(*operations.POSTED, 404),
        parameters=(operations.IDEMPOTENCY_KEY,),
        description=gettext_lazy("organisation、mediator、campaign：open；listing：ask；complaint：file。"),
        tag=TAG,
    )
    @once
    def post(self, request: Call, aggregate: str) -> Response:
        """Begin a row by the move that creates it."""
        at, platform = present.now(), self.rights.platform
        if aggregate not in KINDS:
            raise Http404
        given = checked(shapes.RosterOpenIn, request.data, plain=("facts",))
        row = moves.new(aggregate, platform)
        declared = resolve(row, given["move"])
        if not declared.creates or not declared.by_people:
            raise Refused("move", _("没有这种操作"), (), _("请从列出的操作中选择"))
        by = self.able(declared, at)
        if aggregate == LISTING:
            row = _entry(platform, declared, given["facts"])
        elif aggregate == ORGANISATION and by.role is Role.ORGANISATION:
            # An organisation opens its own file, under the reference by which it is known already.
            row = moves.new(aggregate, platform, uuid.UUID(by.seat))
        stated = _completed(row, declared, given["facts"])
        event = rosters.perform(row, declared.name, by=by, at=at, facts=stated, text=given["text"])
        self.ring()
        return _written(event)


class BookChanges(Books):
    """What has happened on the rows the caller reads."""

    @operations.operation(
        "read_row_changes",
        gettext_lazy("名册变更"),
        {200: shapes.RowChangePage},
        errors=(410, 422),
        parameters=(
            operations.query("since", gettext_lazy("上次答复的next；从头开始为0"), operations.whole()),
            operations.query("kind", gettext_lazy("只要这一种类：roster.<种类>.<操作>.v1，可以重复"), many=True),
            operations.query("limit", gettext_lazy("每页条数，1至500，默认100"), operations.whole(1, 500)),
        ),
        description=gettext_lazy(
            "与案件变更同一顺序的序号，用法相同：法院由此得知推送来的档案，调解组织得知法院的确认。"
            "要求立即通知的，订阅时写明这些种类。只含编号和种类，内容请查询该条目。"
            "平台启用时已有的名册不在其中，请先从list_rows读取。"
        ),
        tag=TAG,
    )
    def get(self, request: Call) -> Response:
        """Return the changes after a position, and the position to go on after."""
        asked, platform, at = request.query_params, self.rights.platform, present.now()
        limit = read_limit(asked.get("limit"), usual=100, most=500)
        since = read_position(asked.get("since", "0"), "since")
        kinds = read_kinds(asked.getlist("kind"), "kind", ROW_KINDS)
        feed.check(platform, since)
        found = feed.read(
            platform, Case.objects.none(), since, most=limit, kinds=kinds, books=readable(self.rights, self.actors(at))
        )
        return Response(
            {"items": [row_change(one) for one in found.changes], "next": found.reached, "more": found.more}
        )


class Book(Books):
    """One row."""

    @operations.operation(
        "read_row",
        gettext_lazy("查询一项名册档案或者条目"),
        {200: shapes.RosterRowOut},
        errors=(404,),
        description=gettext_lazy("也列出您可以办理的操作；现在不能办理的附原因。"),
        tag=TAG,
    )
    def get(self, request: Call, aggregate: str, ref: uuid.UUID) -> Response:
        """Return the row with what the caller may do with it."""
        at = present.now()
        row = self.one(aggregate, ref, at)
        offers: dict[str, Any] = {}
        for actor in self.actors(at):
            for declared, why in moves.options(row, actor, at):
                if declared.name not in offers or why is None:
                    offers[declared.name] = _offer(declared, why)
        return Response({**_row(row), "moves": list(offers.values())}, headers={"ETag": f'"{row.entries}"'})


class Picture(Books):
    """A picture that a file says."""

    scopes: ClassVar[dict[str, str]] = {"GET": ROSTERS, "HEAD": ROSTERS}

    @operations.operation(
        "read_picture",
        gettext_lazy("档案所附图片"),
        {200: OpenApiResponse(OpenApiTypes.BINARY, description=gettext_lazy("图片内容"))},
        answer_type=("image/png", "image/jpeg"),
        errors=(404,),
        description=gettext_lazy(
            "组织的印章、调解员的照片：按档案所述的摘要读取，包括拟修改的。法院从名册条目（listing）读取调解员的照片。"
        ),
        tag=TAG,
    )
    def get(self, request: Call, aggregate: str, ref: uuid.UUID, digest: str) -> HttpResponse:
        """Return it."""
        at = present.now()
        row = self.one(aggregate, ref, at)
        if aggregate == ORGANISATION and not {actor.role for actor in self.actors(at)} & SEALS_SEEN:
            raise Http404
        file = roster.file_of(row) if aggregate == LISTING and row.mediator else row
        if file is None or file.aggregate not in f.FILES or not filewords.shows_picture(file, digest):
            raise Http404
        return picture(self.rights.platform, digest)


class MoveBook(Books):
    """One move on a row."""

    @operations.operation(
        "move_row",
        gettext_lazy("办理名册事项"),
        {201: shapes.RosterEntryOut},
        request=shapes.RosterMoveIn,
        errors=(*operations.POSTED, 404),
        parameters=(operations.IDEMPOTENCY_KEY, operations.IF_MATCH),
        description=gettext_lazy("审核、核实、确认入册、不予确认、暂停、恢复、移出、处理投诉等，见查询所列的操作。"),
        tag=TAG,
    )
    @once
    def post(self, request: Call, aggregate: str, ref: uuid.UUID, move: str) -> Response:
        """Make it."""
        at = present.now()
        seen = read_version(request.headers.get("If-Match"), "If-Match")
        row = self.one(aggregate, ref, at)
        declared = resolve(row, move)
        given = checked(shapes.RosterMoveIn, request.data, plain=("facts",))
        stated = given["facts"]
        if "campaign" in declared.facts and (held := roster.open_campaign(self.rights.platform)):
            stated = {"campaign": str(held.ref), **stated}
        by, stated = self.able(declared, at), _completed(row, declared, stated)
        event = rosters.perform(row, declared.name, by=by, at=at, facts=stated, seen=seen, text=given["text"])
        self.ring()
        return _written(event)


class Push(Books):
    """Pushing files to courts."""

    act = "push"

    @operations.operation(
        "push_files",
        gettext_lazy("向法院批量推送档案"),
        {200: shapes.PushOut},
        request=shapes.PushIn,
        errors=operations.POSTED,
        parameters=(operations.IDEMPOTENCY_KEY,),
        description=gettext_lazy("一批最多一百个，逐个推送、逐个答复。"),
        tag=TAG,
    )
    @once
    def post(self, request: Call) -> Response:
        """Push them as one batch."""
        at, platform = present.now(), self.rights.platform
        given = checked(shapes.PushIn, request.data, plain=())
        declared = MOVES[given["aggregate"]]["push"]
        by = self.able(declared, at)
        rows = [self.one(given["aggregate"], ref, at) for ref in dict.fromkeys(given["refs"])]
        batch, outcomes = rosters.push_batch(platform, rows, given["courts"], by=by, at=at)
        self.ring()
        return Response({"batch": str(batch), "items": [_outcome(one) for one in outcomes]})


class CampaignPlan(Books):
    """Whether consolidations open by themselves."""

    act = "plan_campaigns"

    @operations.operation(
        "plan_campaigns",
        gettext_lazy("每季度是否自动开始集中核实"),
        {200: shapes.CampaignPlan},
        request=shapes.CampaignPlan,
        errors=operations.POSTED,
        parameters=(operations.IDEMPOTENCY_KEY,),
        tag=TAG,
    )
    @once
    def post(self, request: Call) -> Response:
        """Say so."""
        at, given = present.now(), checked(shapes.CampaignPlan, request.data, plain=())
        by = self.able(MOVES[CAMPAIGN]["open"], at)
        rosters.plan_campaigns(self.rights.platform, by, at, automatic=given["automatic"])
        return Response(given)


class Complaints(InCase):
    """What a party complains about in a case: its organisation or a mediator."""

    act = "complain"
    scopes: ClassVar[dict[str, str]] = {"GET": ROSTERS, "HEAD": ROSTERS, "POST": ROSTERS}

    def opened(self) -> list[Actor]:
        """Return the capacities in which the caller complains; raises Http404 without one, or where no court sits."""
        self.open()
        found = [actor for actor in self.actors if actor.role in (Role.PARTY, Role.AGENT)]
        if not found or Seat.COURT not in seats_of(self.rights.platform):
            raise Http404
        return found

    @operations.operation(
        "list_complaints", gettext_lazy("本人的投诉"), {200: shapes.RosterPage}, errors=(404,), tag=TAG
    )
    def get(self, request: Call, ref: uuid.UUID) -> Response:
        """Return the caller's own complaints in this case."""
        rows = own_complaints(self.case, self.opened()) if self.opened() else []
        return Response({"items": [_row(one) for one in rows], "next": None})

    @operations.operation(
        "complain",
        gettext_lazy("投诉调解组织或者调解员"),
        {201: shapes.RosterEntryOut},
        request=shapes.RosterMoveIn,
        errors=(*operations.POSTED, 404),
        parameters=(operations.IDEMPOTENCY_KEY,),
        description=gettext_lazy("facts：organisation或者mediator，ground；text为投诉内容，密封保存，只给邀请法院看。"),
        tag=TAG,
    )
    @once
    def post(self, request: Call, ref: uuid.UUID) -> Response:
        """File one."""
        by = self.opened()[0]
        given = checked(shapes.RosterMoveIn, request.data, plain=("facts",))
        stated = {**given["facts"], "court": self.case.court, "case": str(self.case.ref)}
        row = moves.new(COMPLAINT, self.rights.platform)
        event = rosters.perform(row, "file", by=by, at=self.at, facts=stated, text=given["text"])
        self.ring()
        return _written(event)


class WithdrawComplaint(Complaints):
    """Taking a complaint back."""

    act = "withdraw_complaint"
    http_method_names = ["post"]

    @operations.operation(
        "withdraw_complaint",
        gettext_lazy("撤回投诉"),
        {201: shapes.RosterEntryOut},
        errors=(*operations.POSTED, 404),
        parameters=(operations.IDEMPOTENCY_KEY,),
        tag=TAG,
    )
    @once
    def post(self, request: Call, ref: uuid.UUID, complaint: uuid.UUID) -> Response:
        """Take it back."""
        actors = self.opened()
        row = next((one for one in own_complaints(self.case, actors) if one.ref == complaint), None)
        if row is None:
            raise Http404
        by = next(actor for actor in actors if actor.ref == row.complainant)
        event = rosters.perform(row, "withdraw", by=by, at=self.at)
        self.ring()
        return _written(event)


def own_complaints(case: Case, actors: list[Actor]) -> list[Complaint]:
    """Return what these capacities have complained about in a case, newest first."""
    refs = [actor.ref for actor in actors]
    rows = Complaint.objects.filter(platform=case.platform, complainant__in=refs, case=str(case.ref))
    return list(rows.order_by("-pk")[:20])


def _entry(platform: str, declared: Move, stated: dict[str, Any]) -> Any:
    """Return the entry that a court asks for, as it stands or new; raises Malformed for facts that name none."""
    f.check(declared.facts, stated)
    about = {kind: uuid.UUID(stated[kind]) for kind in ("organisation", "mediator") if kind in stated}
    return moves.listing_of(platform, stated["court"], **about)


def _statable(declared: Move) -> Mapping[str, f.Fact]:
    """Return the facts that a caller states: of a consolidation's move what the platform does not count."""
    if declared.aggregate != CAMPAIGN:
        return declared.facts
    own = rosters.FIGURES[declared.name]
    return {name: fact for name, fact in declared.facts.items() if fact.required and name not in own}


def _completed(row: Any, declared: Move, stated: dict[str, Any]) -> dict[str, Any]:
    """Return the facts of a move with the platform's own figures; raises Malformed where a caller stated one."""
    if row.aggregate != CAMPAIGN:
        return stated
    f.check(_statable(declared), stated)
    since = row.begins_on or date.fromisoformat(stated["since"])
    return {**stated, **rosters.counted(row, declared.name, since)}


def _row(row: Any) -> dict[str, Any]:
    columns = {name: getattr(row, name) for name in row.folded if name not in UNTOLD}
    if row.aggregate == CAMPAIGN and row.state == CampaignState.OPEN:
        columns["figures"] = {**row.figures, **roster.campaign_figures(row.platform, row.begins_on)}
    return {
        "ref": str(row.ref),
        "aggregate": row.aggregate,
        "state": row.standing,
        "state_text": _(STATES[row.aggregate](row.standing).label),
        "version": row.entries,
        "columns": columns,
    }


def _offer(declared: Move, why: Refused | None) -> dict[str, Any]:
    return {
        "move": declared.name,
        "label": _(declared.label),
        "available": why is None,
        "refusal": _refusal(why) if why else None,
        "rule": list(declared.law),
        "article": problems.articles(declared.law),
        "facts": facts_schema(_statable(declared)),
    }


def _refusal(why: Refused) -> dict[str, Any]:
    return {"code": why.code, "detail": _(why.reason), **problems.grounds(why)}


def _outcome(one: Outcome) -> dict[str, Any]:
    wrong = one.refused
    if isinstance(wrong, f.Malformed):
        wrong = Refused(f"malformed:{wrong.field}", wrong.why)
    return {"ref": str(one.row.ref), "done": wrong is None, "refusal": _refusal(wrong) if wrong else None}


def _written(event: RosterEvent) -> Response:
    told = {
        "ref": event.ref,
        "aggregate": event.aggregate,
        "number": event.number,
        "kind": event.kind,
        "state": event.state,
        "at": event.at,
    }
    return Response(shapes.RosterEntryOut(told).data, status=201, headers={"ETag": f'"{event.number}"'})


def facts_schema(facts: Mapping[str, f.Fact]) -> dict[str, Any]:
    """Return the JSON Schema of a roster move's facts."""
    return {
        "type": "object",
        "properties": {name: _schema(fact) for name, fact in facts.items()},
        "required": [name for name, fact in facts.items() if fact.required],
        "additionalProperties": False,
    }


def _schema(fact: f.Fact) -> dict[str, Any]:
    told: dict[str, Any] = {"title": _(fact.label)}
    if fact.shape == "many" and fact.item:
        return {**told, "type": "array", "items": _schema(fact.item), "minItems": int(fact.required)}
    if fact.shape in ("record", "some") and fact.fields:
        inner = facts_schema(fact.fields)
        return {**told, **inner, **({"required": [], "minProperties": 1} if fact.shape == "some" else {})}
    if fact.shape == "code" and fact.terms:
        known = "；".join(f"{term.value} {_(term.label)}" for term in fact.terms)
        return {**told, "type": "string", "enum": [term.value for term in fact.terms], "description": known}
    if fact.shape in SHAPES:
        return {**told, **SHAPES[fact.shape]}
    return {**told, "type": "string", **({"maxLength": fact.most} if fact.most else {})}
