"""The draft of an agreement by REST: read, written as a whole, checked, shown, commented, proposed.

Lives here: the windows. Does not live here: wording, checks, versions (``mediation.clauses``), who may (``rights``),
signing (a move).
Called by: Django, through ``routes``. Values are held to the same fields as on the page (``windows.clauseforms``).
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.request import Request as Call
from rest_framework.response import Response

from mediation import problems
from mediation.actor import Actor
from mediation.api import operations
from mediation.api import workshapes as shapes
from mediation.api.answers import once
from mediation.api.incase import InCase, refusals
from mediation.api.views import checked
from mediation.clauses import agreement, drafts, library
from mediation.clauses.agreement import Body, Clause
from mediation.clauses.defects import Defect
from mediation.clauses.printing import people_of
from mediation.clauses.variables import People, Variable
from mediation.facts import Malformed
from mediation.models import AgreementDraft
from mediation.moves import Refused
from mediation.tasks import ring_tell
from mediation.vocabulary import ClauseKind, DraftAct, gettext_noop
from mediation.windows.clauseforms import ClauseForm
from mediation.windows.drafting import translated
from mediation.workdays import local_day

TAG = gettext_lazy("协议")


class DraftWindow(InCase):
    """A window on the agreement of a case, for whoever may read its drafts."""

    acts: frozenset[DraftAct]
    people: People

    def open(self) -> None:
        """Find the case and what the caller may do with its drafts; raises Http404."""
        super().open()
        self.acts = self.rights.drafting(self.actors)
        if DraftAct.READ not in self.acts:
            raise Http404
        self.people = people_of(self.case)

    def able(self, act: DraftAct) -> Actor:
        """Return the capacity in which the caller may do this; raises Http404 without one."""
        for actor in self.actors:
            if act in self.rights.drafts(actor.role):
                return actor
        raise Http404

    def versions(self) -> list[AgreementDraft]:
        """Return the versions the caller may read: the one worked on is its writer's alone."""
        found = [one for one in drafts.versions(self.case) if DraftAct.WRITE in self.acts or one.shared_at]
        for one in found:
            one.case = self.case
        return found

    def version(self, number: int) -> AgreementDraft:
        """Return one version; raises Http404 where the caller may not read it."""
        found = next((one for one in self.versions() if one.version == number), None)
        if found is None:
            raise Http404
        return found

    def told(self, one: AgreementDraft) -> dict[str, Any]:
        """Return a version as it is told."""
        body = Body.load(one.body)
        writes = DraftAct.WRITE in self.acts and one.shared_at is None
        shown = {
            "version": one.version,
            "revision": one.revision,
            "standing": _(drafts.standing(self.case, one)),
            "shared_at": one.shared_at,
            "proposed_at": one.proposed_at,
            "digest": one.digest or "",
            "full": body.full,
            "summary": body.summary,
            "clauses": [self._clause(clause, text) for clause, text in body.written(self.people)],
            "defects": [_defect(found) for found in drafts.examine(self.case, body, self.at)] if writes else [],
            "remarks": drafts.commented([one]) if DraftAct.COMMENT in self.acts else [],
        }
        return dict(shapes.DraftOut(shown).data)

    def _clause(self, clause: Clause, text: str) -> dict[str, Any]:
        ends = [clause.values.get("payer", ""), clause.values.get("payee", "")]
        shown = self.rights.may_see_account(self.case, self.actors, ends)
        values = {name: value for name, value in clause.values.items() if name != "account" or shown}
        return {"key": clause.key, "kind": clause.kind, "values": values, "text": text}


class Drafts(DraftWindow):
    """The versions of an agreement."""

    act = "begin_draft"

    @operations.operation(
        "list_drafts",
        gettext_lazy("协议草稿和检查结果"),
        {200: shapes.DraftList},
        errors=(404,),
        description=gettext_lazy("起草的调解员还看到检查结果：必须改正的问题和需要核对的提示，各附依据。"),
        tag=TAG,
    )
    def get(self, request: Call, ref: uuid.UUID) -> Response:
        """Return the versions the caller may read."""
        self.open()
        return Response({"items": [self.told(one) for one in self.versions()]})

    @operations.operation(
        "begin_draft",
        gettext_lazy("开始起草新的一版"),
        {201: shapes.DraftOut},
        errors=(*operations.POSTED, 404),
        parameters=(operations.IDEMPOTENCY_KEY,),
        description=gettext_lazy("从上一版开始；已有未发出的一版的，答复该版。"),
        tag=TAG,
    )
    @once
    def post(self, request: Call, ref: uuid.UUID) -> Response:
        """Begin a version."""
        self.open()
        by = self.able(DraftAct.WRITE)
        with refusals():
            made = drafts.begin(self.case, by=by, at=self.at)
        made.case = self.case
        return Response(self.told(made), status=201)


class OneDraft(DraftWindow):
    """The version that is worked on."""

    act = "save_draft"

    @operations.operation(
        "save_draft",
        gettext_lazy("保存协议草稿"),
        {200: shapes.DraftOut},
        request=shapes.DraftIn,
        errors=(*operations.POSTED, 404),
        parameters=(operations.IDEMPOTENCY_KEY,),
        description=gettext_lazy("整版保存：clauses的顺序即条款顺序，没有列出的条款即删去；未填的栏可以以后补。"),
        tag=TAG,
    )
    @once
    def post(self, request: Call, ref: uuid.UUID, version: int) -> Response:
        """Save it as a whole."""
        self.open()
        by, held = self.able(DraftAct.WRITE), self.version(version)
        given = checked(shapes.DraftIn, request.data, plain=())
        with refusals():
            body = self._body(Body.load(held.body), given)
            drafts.save(held, body, seen=given["revision"], by=by, at=self.at)
        held.refresh_from_db()
        held.case = self.case
        return Response(self.told(held))

    def _body(self, held: Body, given: dict[str, Any]) -> Body:
        known = {one.kind: one for one in library.in_force(local_day(self.at))}
        body = Body(given["full"], given["summary"])
        for place, one in enumerate(given["clauses"]):
            kind = ClauseKind(one["kind"])
            clause = held.clause(str(one.get("key", "")))
            if clause is None and kind not in known:
                raise Malformed(f"clauses.{place}.kind", gettext_noop("这种条款现在不再使用"))
            if clause is None:
                clause = agreement.fresh(known[kind], self.people)
            elif clause.kind != kind:
                raise Malformed(f"clauses.{place}.kind", gettext_noop("条款的种类不能更改，请删去后新增"))
            # What a known clause is given replaces what it held; a new one keeps what is usual where nothing is said.
            usual = {} if held.clause(clause.key) else clause.values
            values = clause.values
            if one["values"]:
                values = self._values(clause, {**usual, **one["values"]}, f"clauses.{place}.values")
            body = body.put(replace(clause, values=values))
        return body

    def _values(self, clause: Clause, given: dict[str, Any], place: str) -> dict[str, Any]:
        """Return the values of a clause, read by the page's own form as if somebody had typed them."""
        variables = {one.name: one for one in clause.wording.variables}
        for name, value in given.items():
            if name not in variables:
                raise Malformed(f"{place}.{name[:60]}", gettext_noop("没有这个字段"))
            if not _fits(variables[name], value):
                raise Malformed(f"{place}.{name}", gettext_noop("这一项的格式不正确"))
        typed = ClauseForm(replace(clause, values=given), self.people).initial
        sent = {
            name: "on" if value is True else str(value)
            for name, value in typed.items()
            if value not in (None, "", False)
        }
        form = ClauseForm(clause, self.people, sent)
        if not form.is_valid():
            name, wrong = next(iter(form.errors.items()))
            raise Malformed(f"{place}.{name}", str(wrong[0]))
        return form.values()


class ShareDraft(DraftWindow):
    """Showing a version to the parties."""

    act = "share_draft"

    @operations.operation(
        "share_draft",
        gettext_lazy("把草稿发给当事人"),
        {200: shapes.DraftOut},
        request=shapes.DraftActIn,
        errors=(*operations.POSTED, 404),
        parameters=(operations.IDEMPOTENCY_KEY,),
        tag=TAG,
    )
    @once
    def post(self, request: Call, ref: uuid.UUID, version: int) -> Response:
        """Show it; from then on it does not change."""
        self.open()
        by, held = self.able(DraftAct.WRITE), self.version(version)
        given = checked(shapes.DraftActIn, request.data, plain=())
        with refusals():
            drafts.share(held, seen=given["revision"], by=by, at=self.at)
        ring_tell()
        held.refresh_from_db()
        held.case = self.case
        return Response(self.told(held))


class ProposeDraft(DraftWindow):
    """Proposing a version for signature."""

    act = "propose_draft"

    @operations.operation(
        "propose_draft",
        gettext_lazy("提出协议供签署"),
        {200: shapes.DraftOut},
        request=shapes.DraftActIn,
        errors=(*operations.POSTED, 404),
        parameters=(operations.IDEMPOTENCY_KEY,),
        description=gettext_lazy("制作PDF/A文件并提交各方签署；有必须改正的问题或者未核对的提示的，不能提出。"),
        tag=TAG,
    )
    @once
    def post(self, request: Call, ref: uuid.UUID, version: int) -> Response:
        """Print it and put it before the parties."""
        self.open()
        by, held = self.able(DraftAct.WRITE), self.version(version)
        given = checked(shapes.DraftActIn, request.data, plain=())
        doubtful = any(not one.must for one in drafts.examine(self.case, Body.load(held.body), self.at))
        if doubtful and not given["checked"]:
            raise Refused(
                "unchecked", gettext_noop("还有提示没有核对"), ("JI-358",), gettext_noop("请核对defects后以checked提出")
            )
        with refusals():
            drafts.propose(held, seen=given["revision"], by=by, owner=self.account.ref.hex, at=self.at)
        self.ring()
        held.refresh_from_db()
        self.case.refresh_from_db()
        held.case = self.case
        return Response(self.told(held))


class Remarks(DraftWindow):
    """What people say about a version."""

    act = "remark"

    @operations.operation(
        "remark",
        gettext_lazy("对草稿提出意见"),
        {201: shapes.RemarkOut},
        request=shapes.RemarkIn,
        errors=(*operations.POSTED, 404),
        parameters=(operations.IDEMPOTENCY_KEY,),
        tag=TAG,
    )
    @once
    def post(self, request: Call, ref: uuid.UUID, version: int) -> Response:
        """Keep a comment."""
        self.open()
        by, held = self.able(DraftAct.COMMENT), self.version(version)
        given = checked(shapes.RemarkIn, request.data, plain=())
        with refusals():
            said = drafts.comment(held, str(given.get("clause", "")), given["text"], by=by, at=self.at)
        ring_tell()
        return Response(shapes.RemarkOut(said).data, status=201)


def _fits(variable: Variable, value: Any) -> bool:
    """Tell whether a value has the type in which a clause keeps this variable."""
    match variable.shape:
        case "money":
            return type(value) is int and 0 < value <= 10**15
        case "flag":
            return type(value) is bool
        case "account":
            return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
        case "shares":
            return isinstance(value, dict) and all(type(one) is int and 0 < one <= 10**15 for one in value.values())
        case "plan":
            return isinstance(value, list) and all(
                isinstance(one, list) and len(one) == 2 and isinstance(one[0], str) and type(one[1]) is int
                for one in value
            )
        case _:
            return isinstance(value, str)


def _defect(one: Defect) -> dict[str, Any]:
    return {
        "must": one.must,
        "text": _(one.said) % translated(one.params),
        "mend": _(one.mend),
        "article": problems.articles(one.law),
        "clause": one.clause,
    }
