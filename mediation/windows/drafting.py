"""Pages on which an agreement is drawn up: the mediator writes, parties and agents read and comment, the organisation
reads.

Lives here: the draft at a glance, one clause on a page, versions with their differences and comments, the checks before
proposing, preview, the agreement on paper. Does not live here: wording, checks and versions (``mediation.clauses``),
who may do what (``rights.drafting``), signing.
Called by: InvestorNet's ``urls``.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext

from mediation import facts, files, moves, queries
from mediation.actor import Actor
from mediation.clauses import agreement, differences, drafts, library
from mediation.clauses.agreement import SETS, Body, Clause, TooManyClauses
from mediation.clauses.printing import people_of
from mediation.clauses.variables import Someone
from mediation.flaws import Defect
from mediation.models import AgreementDraft, DraftComment
from mediation.moves import Refused
from mediation.papers import PaperRefused
from mediation.signatures import archival
from mediation.tasks import ring_tell
from mediation.vocabulary import ClauseKind, DraftAct, EnclosureKind, Role, Side, State
from mediation.windows import actions, uploads
from mediation.windows.clauseforms import AboutForm, ClauseForm, CommentForm, PaperForm
from mediation.windows.pages import citations
from mediation.windows.papers import refusal
from mediation.windows.portal import CaseWindow
from mediation.workdays import local_day

MOST_SUMMARY = 2000


class DraftWindow(CaseWindow):
    """A page about the agreement of a case, for whoever may read its drafts; for everybody else it is not found."""

    needs = DraftAct.READ

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Admit whoever may; raises Http404 for everybody else who has signed in and asks in a way there is."""
        asked = (request.method or "").lower()
        offered = asked in self.http_method_names and hasattr(self, asked)
        if offered and request.user.is_authenticated and self.needs not in self.acts:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def acts(self) -> frozenset[DraftAct]:
        """What the reader may do with the draft."""
        return self.site.rights.drafting(self.actors)

    @cached_property
    def people(self) -> dict[str, Someone]:
        """The parties as the agreement names them."""
        return people_of(self.case)

    @cached_property
    def versions(self) -> list[AgreementDraft]:
        """The versions the reader may read: the one worked on is its writer's alone."""
        writes = DraftAct.WRITE in self.acts
        found = [one for one in drafts.versions(self.case) if writes or one.shared_at]
        for one in found:
            one.case = self.case
        return found

    @property
    def may_write(self) -> bool:
        """Whether the reader may write, and the case is where an agreement is drafted."""
        return DraftAct.WRITE in self.acts and drafts.is_editable(self.case)

    def address(self, name: str, **kwargs: Any) -> str:
        """Return the address of one of these pages."""
        return self.site.url(name, ref=self.case.ref, **kwargs)

    def shown(self, template: str, label: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        """Return a page with the trail back to the case and the draft."""
        trail = self.crumbs(label)
        if template != "agreement":
            trail.insert(-1, {"label": gettext("调解协议"), "url": self.address("agreement")})
        given = {
            "title": self.view.title,
            "label": label,
            "crumbs": trail,
            "case_ref": self.case.ref,
            "case_url": self.site.url("case", ref=self.case.ref),
            "agreement_url": self.address("agreement"),
        }
        return self.page(template, {**given, **context}, status=status)

    def spoken(self, found: Sequence[Defect], clauses: Sequence[Clause] = ()) -> list[dict[str, Any]]:
        """Return defects in words, each with its article and the page on which to mend it."""
        places = {one.key: place for place, one in enumerate(clauses, start=1)}
        return [
            {
                "must": one.must,
                "text": gettext(one.said) % translated(one.params),
                "mend": gettext(one.mend),
                "article": citations(one.law, local_day(self.at)),
                "clause": one.clause,
                "place": places.get(one.clause, 0),
                "url": self._mended_at(one) if self.may_write else "",
            }
            for one in found
        ]

    def _mended_at(self, one: Defect) -> str:
        if one.clause:
            return self.address("agreement_clause", clause=one.clause)
        # What is wrong with the whole and not with a clause is said by the facts, or by what is not there.
        told = one.law[0] == "TY-23" or one.law[0].startswith("JI-355")
        return self.address("agreement_about") if told else self.address("agreement")


def translated(params: dict[str, Any]) -> dict[str, Any]:
    """Return what a defect is about, in the reader's language."""
    return {name: gettext(value) if name in ("what", "side") else value for name, value in params.items()}


class Writer(DraftWindow):
    """A page for whoever writes the draft, while the case is where an agreement is drafted."""

    needs = DraftAct.WRITE

    @cached_property
    def by(self) -> Actor:
        """The mediator who writes."""
        return next(one for one in self.actors if DraftAct.WRITE in self.site.rights.drafts(one.role))

    @cached_property
    def draft(self) -> AgreementDraft:
        """The version that is worked on; raises drafts.NotNow."""
        open_now = self.versions[-1] if self.versions else None
        if open_now is None or open_now.shared_at or not drafts.is_editable(self.case):
            raise drafts.NotNow
        return open_now

    @cached_property
    def body(self) -> Body:
        """What it says."""
        return Body.load(self.draft.body)

    def clause(self, key: uuid.UUID) -> Clause:
        """Return one clause; raises Http404 where it is gone."""
        found = self.body.clause(str(key))
        if found is None:
            raise Http404
        return found

    def kept(self, body: Body) -> bool:
        """Save what the page was filled in with; False, with a message, where it cannot be saved."""
        seen = self.request.POST.get("seen", "")
        try:
            drafts.save(self.draft, body, seen=int(seen) if seen.isdecimal() else 0, by=self.by, at=self.at)
        except (drafts.NotNow, drafts.Overwritten) as refused:
            messages.error(self.request, gettext(str(refused)))
            return False
        return True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Lead back to the draft at a glance where nothing can be written now."""
        try:
            return super().dispatch(request, *args, **kwargs)
        except drafts.NotNow as refused:
            messages.error(request, gettext(str(refused)))
            return self.to("agreement", ref=self.case.ref)


class Agreement(DraftWindow):
    """The agreement at a glance: what it says, what is wrong with it, what can be done with it."""

    def get(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Show the version worked on to its writer, the last one shown to everybody else."""
        newest = self.versions[-1] if self.versions else None
        body = Body.load(newest.body) if newest else Body()
        found = drafts.examine(self.case, body, self.at) if newest and self.may_write else []
        frozen = self._frozen()
        by_clause: dict[str, list[dict[str, Any]]] = {}
        said = self.spoken(found, body.clauses)
        for one in said:
            by_clause.setdefault(one["clause"], []).append(one)
        rows = [
            {
                "key": clause.key,
                "kind": gettext(clause.wording.kind.label),
                "text": text,
                "defects": by_clause.get(clause.key, []),
                "comments": [one for one in self.comments if one["key"] == clause.key],
                "url": self.address("agreement_clause", clause=clause.key),
            }
            for clause, text in body.written(self.people)
        ]
        return self.shown(
            "agreement",
            gettext("调解协议"),
            {
                "draft": newest,
                "body": body,
                "rows": rows,
                "general": by_clause.get("", []),
                "must": sum(one["must"] for one in said),
                "may": sum(not one["must"] for one in said),
                "may_write": self.may_write,
                "writes": DraftAct.WRITE in self.acts,
                "is_open": bool(newest and newest.shared_at is None),
                "is_proposed": bool(newest and newest.proposed_at),
                "standing": gettext(drafts.standing(self.case, newest)) if newest else "",
                "remarks": [one for one in self.comments if not one["key"]],
                "versions": self._listed(),
                "accounts": self._accounts(body),
                "sets": [(code, gettext(ClauseKind(code).label)) for code in SETS],
                "revise_url": self._revise_url(),
                "sign_url": next((one.url for one in self.view.moves if one.name == "sign" and one.available), ""),
                "frozen": frozen,
                "is_frozen": bool(newest and frozen and newest.digest == frozen["digest"]),
            },
        )

    def _listed(self) -> list[dict[str, Any]]:
        return [
            {
                "number": one.version,
                "at": one.shared_at or one.updated_at,
                "standing": gettext(drafts.standing(self.case, one)),
                "url": self.address("agreement_version", version=one.version),
            }
            for one in reversed(self.versions)
        ]

    @cached_property
    def comments(self) -> list[dict[str, Any]]:
        """What was said about the version shown last, for those who may read it."""
        shown = [one for one in self.versions if one.shared_at][-1:]
        return remarks(self, shown) if DraftAct.COMMENT in self.acts else []

    def _accounts(self, body: Body) -> list[dict[str, Any]]:
        """Return the accounts in full that the reader may see."""
        return [
            dict(account)
            for clause, account in agreement.accounts(body)
            if self.site.rights.may_see_account(
                self.case, self.actors, [clause.values.get("payer", ""), clause.values.get("payee", "")]
            )
        ]

    def _revise_url(self) -> str:
        signing = self.case.state == State.SIGNING and DraftAct.WRITE in self.acts
        return self.site.url("move", ref=self.case.ref, move="revise_agreement") if signing else ""

    def _frozen(self) -> dict[str, str]:
        """Return the text now before the parties for signature, with the file's digest and address."""
        digest = self.case.sheet.get("agreement", {}).get("digest", "")
        if not digest or DraftAct.COMMENT not in self.acts:
            return {}
        texts = (row.content() for row in queries.texts(self.case, (EnclosureKind.AGREEMENT,)))
        text = next((one["text"] for one in texts if one and moves.frozen_digest(one) == digest), "")
        filed = next((one for one in self.view.filed if one.sha256 == digest), None)
        return {"text": text, "digest": digest, "url": self.site.links.document(self.case, filed) if filed else ""}


def remarks(window: DraftWindow, versions: Sequence[AgreementDraft]) -> list[dict[str, Any]]:
    """Return comments as people read them: who, when, about which clause."""
    everybody = {str(person.ref): person for person in window.case.people.all()}

    def called(one: DraftComment) -> str:
        person = everybody.get(one.author)
        if person is None:
            return gettext("调解员") if one.role == Role.MEDIATOR else gettext("已不在本案的人")
        side = gettext(Side(person.side).label) if person.side else gettext("代理人")
        return gettext("%(side)s%(name)s") % {"side": side, "name": person.name}

    return [
        {"who": called(one), "at": one.at, "text": one.text, "key": one.clause, "version": one.draft.version}
        for one in drafts.commented(versions)
    ]


class About(Writer):
    """Full or partial, and the main facts and issues."""

    def get(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Show the form; a first draft starts from what the applicant told."""
        held = self.body
        told = str(queries.latest_text(self.case, EnclosureKind.NARRATIVE).get("text", ""))[:MOST_SUMMARY]
        initial = {"full": "yes" if held.full else "no", "summary": held.summary or told}
        return self._shown(AboutForm(initial=initial))

    def post(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Save it."""
        form = AboutForm(request.POST)
        if not form.is_valid():
            return self._shown(form, 422)
        return self.to("agreement", ref=ref) if self.kept(form.body(self.body)) else self._shown(form, 409)

    def _shown(self, form: forms.Form, status: int = 200) -> HttpResponse:
        return self.shown("agreement_about", gettext("基本情况"), {"form": form, "draft": self.draft}, status)


class AddClause(Writer):
    """Choose a kind of clause, or several that usually go together."""

    def get(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Show what there is."""
        offered = [
            {"code": one.kind.value, "label": gettext(one.kind.label), "hint": gettext(one.hint)}
            for one in library.in_force(local_day(self.at))
        ]
        return self.shown("agreement_add", gettext("增加条款"), {"offered": offered, "draft": self.draft})

    def post(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Add it and lead to its page; a set leads back to the draft."""
        known = {one.kind: one for one in library.in_force(local_day(self.at))}
        wanted = SETS.get(request.POST.get("set", ""), ())
        try:
            kinds = wanted or (ClauseKind(request.POST.get("kind", "")),)
            added = [agreement.fresh(known[kind], self.people) for kind in kinds]
        except (ValueError, KeyError):
            messages.error(request, gettext("请选择一种条款。"))
            return self.to("agreement_add", ref=ref)
        body = self.body
        try:
            for clause in added:
                body = body.put(clause)
        except TooManyClauses as refused:
            messages.error(request, gettext(str(refused)))
            return self.to("agreement", ref=ref)
        if not self.kept(body) or wanted:
            return self.to("agreement", ref=ref)
        return self.to("agreement_clause", ref=ref, clause=added[0].key)


class EditClause(Writer):
    """One clause: its variables, what it says, what is wrong with it, what was said about it."""

    def get(self, request: HttpRequest, ref: uuid.UUID, clause: uuid.UUID) -> HttpResponse:
        """Show the form."""
        held = self.clause(clause)
        return self._shown(held, ClauseForm(held, self.people))

    def post(self, request: HttpRequest, ref: uuid.UUID, clause: uuid.UUID) -> HttpResponse:
        """Save the clause, move it, or take it out."""
        held = self.clause(clause)
        for name, change in self._changes(held.key).items():
            if name in request.POST:
                self.kept(change(self.body))
                return self.to("agreement", ref=ref)
        form = ClauseForm(held, self.people, request.POST)
        if not form.is_valid():
            return self._shown(held, form, 422)
        changed = replace(held, values=form.values())
        if not self.kept(self.body.put(changed)):
            return self._shown(held, form, 409)
        if "look" in request.POST:
            return self.to("agreement_clause", ref=ref, clause=held.key)
        return self.to("agreement", ref=ref)

    def _changes(self, key: str) -> dict[str, Callable[[Body], Body]]:
        return {
            "up": lambda body: body.moved(key, -1),
            "down": lambda body: body.moved(key, 1),
            "remove": lambda body: body.without(key),
        }

    def _shown(self, held: Clause, form: ClauseForm, status: int = 200) -> HttpResponse:
        found = [one for one in drafts.examine(self.case, self.body, self.at) if one.clause == held.key]
        shown = [one for one in self.versions if one.shared_at][-1:]
        return self.shown(
            "agreement_clause",
            gettext(held.wording.kind.label),
            {
                "form": form,
                "draft": self.draft,
                "hint": gettext(held.wording.hint),
                "article": citations(held.wording.law, local_day(self.at)),
                "said": held.text(self.people),
                "found": self.spoken(found),
                "remarks": [one for one in remarks(self, shown) if one["key"] == held.key],
            },
            status,
        )


class ShareDraft(Writer):
    """Show the version worked on to the parties."""

    def post(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Show it; from then on it does not change."""
        seen = request.POST.get("seen", "")
        try:
            drafts.share(self.draft, seen=int(seen) if seen.isdecimal() else 0, by=self.by, at=self.at)
        except drafts.Overwritten as refused:
            messages.error(request, gettext(str(refused)))
        else:
            ring_tell()
            messages.success(request, gettext("第%(number)d版已发给当事人。") % {"number": self.draft.version})
        return self.to("agreement", ref=ref)


class BeginDraft(Writer):
    """Begin a new version from the last one."""

    def post(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Begin it; a first one starts with the main facts."""
        draft = drafts.begin(self.case, by=self.by, at=self.at)
        if draft.version == 1 and draft.revision == 1:
            return self.to("agreement_about", ref=ref)
        messages.success(request, gettext("现在修改的是第%(number)d版。") % {"number": draft.version})
        return self.to("agreement", ref=ref)


class Version(DraftWindow):
    """One version with what changed since the one before, and what people say about it."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Take the number from the address."""
        super().setup(request, *args, **kwargs)
        self.number: int = kwargs["version"]

    @cached_property
    def draft(self) -> AgreementDraft:
        """The version; raises Http404 where the reader may not read it."""
        found = next((one for one in self.versions if one.version == self.number), None)
        if found is None:
            raise Http404
        return found

    def get(self, request: HttpRequest, ref: uuid.UUID, version: int) -> HttpResponse:
        """Show it."""
        draft = self.draft
        return self._shown(self._form({"clause": request.GET.get("clause", "")}) if draft else None)

    def post(self, request: HttpRequest, ref: uuid.UUID, version: int) -> HttpResponse:
        """Keep a comment: everybody who may comment reads it."""
        if DraftAct.COMMENT not in self.acts:
            raise Http404
        form = CommentForm(self._options(), request.POST)
        if not form.is_valid():
            return self._shown(form, 422)
        by = next(one for one in self.actors if DraftAct.COMMENT in self.site.rights.drafts(one.role))
        try:
            drafts.comment(self.draft, form.cleaned_data["clause"], form.cleaned_data["text"], by=by, at=self.at)
        except drafts.NotNow:
            form.add_error(None, gettext("现在不能对这一版提出意见。"))
            return self._shown(form, 409)
        messages.success(request, gettext("意见已发出，各方当事人和调解员都能看到。"))
        return self.to("agreement_version", ref=ref, version=version)

    def _options(self) -> list[tuple[str, str]]:
        return [
            (clause.key, f"{text.partition('、')[0]}、{gettext(clause.wording.kind.label)}")
            for clause, text in Body.load(self.draft.body).written(self.people)
        ]

    def _form(self, initial: dict[str, Any]) -> CommentForm | None:
        open_now = DraftAct.COMMENT in self.acts and self.draft.shared_at and self.case.state in drafts.COMMENTABLE
        return CommentForm(self._options(), initial=initial) if open_now else None

    def _shown(self, form: CommentForm | None, status: int = 200) -> HttpResponse:
        earlier = [one for one in self.versions if one.version < self.number]
        before = earlier[-1] if earlier else None
        body, was = Body.load(self.draft.body), Body.load(before.body) if before else None
        said = remarks(self, [self.draft]) if DraftAct.COMMENT in self.acts else []
        lines = [
            {
                "line": one,
                "kind": gettext(ClauseKind(one.kind).label),
                "remarks": [remark for remark in said if remark["key"] == one.key],
            }
            for one in differences.compare(was, body, self.people)
        ]
        summary = list(differences.words(was.summary, body.summary)) if was else [differences.Passage("", body.summary)]
        return self.shown(
            "agreement_version",
            gettext("第%(number)d版") % {"number": self.number},
            {
                "draft": self.draft,
                "before": before,
                "lines": lines,
                "summary": summary,
                "extent": (body.full, was.full if was else body.full),
                "changed": sum(bool(one["line"].change) for one in lines),  # type: ignore[attr-defined]
                "standing": gettext(drafts.standing(self.case, self.draft)),
                "remarks": [remark for remark in said if not remark["key"]],
                "form": form,
            },
            status,
        )


class Preview(Version):
    """One version as it would be printed."""

    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest, ref: uuid.UUID, version: int) -> HttpResponse:
        """Return the PDF, or why it cannot be printed."""
        draft = self.draft
        try:
            paper = drafts.preview(draft, self.at)
        except PaperRefused as refused:
            return self.shown("agreement_unprintable", gettext("预览"), refusal(refused), 409)
        return HttpResponse(paper.content, headers=files.download_headers(paper.filename, "application/pdf"))


class Propose(Writer):
    """The checks before proposing, and proposing."""

    @cached_property
    def draft(self) -> AgreementDraft:
        """The newest version that was not proposed yet: one shown to the parties may be proposed as it stands."""
        newest = self.versions[-1] if self.versions else None
        if newest is None or newest.proposed_at or not drafts.is_editable(self.case):
            raise drafts.NotNow
        return newest

    def get(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Show what was found."""
        return self._shown()

    def post(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Propose it, or say why not; sent twice, it is proposed once."""
        newest = self.versions[-1] if self.versions else None
        if newest and newest.digest and newest.digest == self.case.sheet.get("agreement", {}).get("digest"):
            return self.to("agreement", ref=ref)
        found = drafts.examine(self.case, self.body, self.at)
        if any(not one.must for one in found) and not request.POST.get("checked"):
            return self._shown([gettext("请逐项核对提示，并勾选确认。")], 422)
        seen = request.POST.get("seen", "")
        try:
            drafts.propose(
                self.draft,
                seen=int(seen) if seen.isdecimal() else 0,
                by=self.by,
                owner=self.account.ref.hex,
                at=self.at,
            )
        except drafts.Unfit:
            return self._shown([gettext("请先改正必须改正的问题。")], 422)
        except drafts.Overwritten as overwritten:
            messages.error(request, gettext(str(overwritten)))
            return self.to("agreement_propose", ref=ref)
        except PaperRefused as refused:
            told = refusal(refused)
            return self._shown([f"{told['said']}{told['remedy']}"], 409)
        except Refused as refused:
            return self._shown([actions.spoken(refused, self.at)], 409)
        self.site.ring()
        messages.success(request, gettext("协议已提出，各方当事人可以核对并签署。"))
        return self.to("agreement", ref=ref)

    def _shown(self, errors: Sequence[str] = (), status: int = 200) -> HttpResponse:
        found = self.spoken(drafts.examine(self.case, self.body, self.at), self.body.clauses)
        return self.shown(
            "agreement_propose",
            gettext("检查并提出协议"),
            {
                "draft": self.draft,
                "must": [one for one in found if one["must"]],
                "may": [one for one in found if not one["must"]],
                "errors": [{"text": one, "url": ""} for one in errors],
                "rows": [text for _clause, text in self.body.written(self.people)],
                "obligations": self._obligations(),
                "ready": self.case.state == State.MEDIATING,
            },
            status,
        )

    def _obligations(self) -> list[dict[str, Any]]:
        return [
            {
                "due_on": one["due_on"],
                "payer": self.people[one["payer"]].called if one["payer"] in self.people else "",
                "payee": self.people[one["payee"]].called if one["payee"] in self.people else "",
                "amount": one.get("amount"),
                "kind": one["kind"],
            }
            for one in sorted(self.body.obligations(self.people), key=lambda one: str(one["due_on"]))
        ]


def kept_as(sha256: str, claimed: str) -> str:
    """Return in words what is kept of an agreement drawn up elsewhere."""
    told = gettext("原文件按上传时的原样保存，不作任何改动，校验值（SHA-256）：%(sha256)s。") % {"sha256": sha256}
    if claimed:
        return told + gettext("该文件符合%(claimed)s长期保存格式的结构要求。") % {"claimed": claimed}
    return told + gettext("该文件不是PDF/A长期保存格式，不影响签署；签署页和签名照样附在其后。")


class UploadAgreement(Writer):
    """Propose an agreement drawn up elsewhere: a PDF, with its text."""

    def get(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Show the form."""
        if not drafts.is_editable(self.case):
            raise drafts.NotNow
        return self._shown(PaperForm(self.people, self.at, initial={"key": uuid.uuid4()}))

    def post(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Propose it, or say why not; sent twice, it is proposed once."""
        form = PaperForm(self.people, self.at, request.POST, request.FILES)
        if not form.is_valid():
            return self._shown(form, 422)
        said, full = self._said(form), form.cleaned_data["full"] == "yes"
        # Looked at as the door does, before the file is kept.
        found = moves.found_in(self.case, said, self.at, full=full)
        if any(one.must for one in found) or (found and not request.POST.get("checked")):
            return self._shown(form, 422, found)
        try:
            self._propose(form, said, full=full)
        except Refused as refused:
            form.add_error(None, actions.spoken(refused, self.at))
            return self._shown(form, 409)
        except facts.Malformed as wrong:
            actions.say_malformed(form, wrong)
            return self._shown(form, 422)
        self.site.ring()
        messages.success(request, gettext("协议已提出，各方当事人可以核对并签署。"))
        messages.info(request, kept_as(said["sha256"], said["archival"]))
        return self.to("agreement", ref=ref)

    def _said(self, form: PaperForm) -> dict[str, Any]:
        """Return what the paper says: its text, its file and what it obliges whom to."""
        given, key = form.cleaned_data, form.cleaned_data["key"]
        owed = [
            {"ref": str(uuid.uuid5(key, f"obligation-{place}")), **one}
            for place, one in enumerate(form.obligations(), 1)
        ]
        what, content = given["document"][0]
        # Nothing is asked of a paper that was made elsewhere: it is kept as it came, and what it is stands beside it.
        claimed = archival.profile(content) if not archival.faults(content) else ""
        return {"text": given["text"], "sha256": what.sha256, "obligations": owed, "archival": claimed}

    def _propose(self, form: PaperForm, said: dict[str, Any], *, full: bool) -> None:
        given, key = form.cleaned_data, form.cleaned_data["key"]
        with moves.together():
            uploads.keep(self.site.code, given["document"], self.at)
            drafts.put_forward(
                self.case,
                given["document"][0][0],
                said,
                full=full,
                acknowledged=bool(self.request.POST.get("checked")),
                by=self.by,
                at=self.at,
                key=f"{self.account.ref.hex}/{key}",
                seed=key,
            )

    def _shown(self, form: PaperForm, status: int = 200, found: Sequence[Defect] = ()) -> HttpResponse:
        context = {"form": form, "found": self.spoken(found), "ready": self.case.state == State.MEDIATING}
        return self.shown("agreement_upload", gettext("上传书面协议"), context, status)
