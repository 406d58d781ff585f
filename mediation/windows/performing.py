"""The performance of an agreement as people follow it: every obligation, what to do about each, the way to enforcement.

Lives here: the page, the package for enforcement. Does not live here: the moves (report, answer: their own forms), the
wording of papers (``papers.performing``), reminders (``telling.reminding``).
Called by: ``addresses``; ``adminkit.reviewing`` (who has received what); the REST window of papers.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from mediation import files, guards, papers
from mediation.amounts import format_amount
from mediation.lifecycle import PERFORMABLE
from mediation.models import Document
from mediation.papers import Paper, PaperRefused, Piece
from mediation.papers.performing import is_enforceable, limit, penalties, sums
from mediation.papers.record import Record
from mediation.signatures import decisions
from mediation.vocabulary import DocumentKind, EnclosureKind, PaperKind, ServiceSubject, State
from mediation.windows import serving
from mediation.windows.pages import PEOPLE, CaseView, citations, spoken_day, standing_of
from mediation.windows.papers import handed, note, refusal
from mediation.windows.portal import CaseWindow
from mediation.workdays import local_day

PACKED = (DocumentKind.SERVED, DocumentKind.AGREEMENT, DocumentKind.ORGANISATION_PROOF, DocumentKind.PAYMENT)
"""Documents of the case that go into the package, in this order."""


class Performance(CaseWindow):
    """Who owes what to whom until when; for each line the one thing its reader can do."""

    def get(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Show it; raises Http404 where nobody is obliged to anything, or the reader may not read what was agreed."""
        case, view = self.case, self.view
        if not guards.obligations(case) or not view.audiences:
            raise Http404
        total, paid = sums(case)
        late = [one for one in view.obligations if one["late"]]
        record, ours = Record(case, self.at, view.events), self._ours()
        until, enforceable = limit(record), is_enforceable(case, view.events)
        return self.page(
            "performance",
            {
                "title": view.title,
                "lines": [self._line(one) for one in self._sorted()],
                "total": total,
                "paid": paid,
                "left": total - paid,
                "share": paid * 100 // total if total else 0,
                "late": late,
                "until": until,
                "over": enforceable and until is not None and until < view.today,
                "penalties": [
                    {
                        "payer": view.everybody[one.payer].name,
                        "payee": view.everybody[one.payee].name,
                        "amount": one.amount,
                        "formula": one.formula,
                    }
                    for one in penalties(record, view.today)
                ],
                "last_due": self._last_due(),
                "limit_article": citations(["CPL-250"], view.today),
                "enforceable": enforceable,
                "package_urls": [
                    {"name": view.everybody[party].name, "url": self.site.url("enforcement", ref=case.ref, party=party)}
                    for party in ours
                    if enforceable and papers.enforceable(case, party, view.today)
                ],
                "moves": [one for one in view.moves if one.name in ("perform", "enforce")],
                "paper_url": self.site.url("paper", ref=case.ref, kind=PaperKind.PERFORMANCE.value),
                "sue_url": self.site.url("suing", ref=case.ref) if ours else "",
                "performed": case.state == State.PERFORMED,
                "open": case.state in PERFORMABLE,
                "case_url": self.site.url("case", ref=case.ref),
                "crumbs": self.crumbs(_("履行情况")),
            },
        )

    def _ours(self) -> list[str]:
        return [ref for actor in self.actors if actor.role in PEOPLE for ref in guards.acts_for(self.case, actor)]

    def _sorted(self) -> list[dict[str, Any]]:
        return sorted(guards.obligations(self.case), key=lambda one: str(one["due_on"]))

    def _last_due(self) -> date | None:
        said = self.case.sheet.get("agreement", {}).get("last_due")
        return date.fromisoformat(said) if said else None

    def _line(self, one: dict[str, Any]) -> dict[str, Any]:
        view, ours = self.view, self._ours()
        late = {each["ref"] for each in guards.late_obligations(self.case, view.today)}
        known = next(each for each in view.obligations if each["ref"] == one["ref"])
        due_on = date.fromisoformat(one["due_on"])
        met_on = local_day(datetime.fromisoformat(one["met_at"])) if one["met_at"] else None
        open_now = not one["met_at"] and self.case.state in PERFORMABLE
        return known | {
            "standing": _(standing_of(one, late)),
            "days": (due_on - view.today).days,
            "hastened": one["ref"] in late and due_on >= view.today,
            "early": bool(met_on and met_on < due_on),
            "met_on": met_on,
            "said": self._said(one),
            "report_url": self._act("report_performance", one)
            if open_now and one["payer"] in ours and not one["reported_at"]
            else "",
            "answer_url": self._act("answer_performance", one) if open_now and one["payee"] in ours else "",
            "awaited": bool(one["reported_at"]) and one["payee"] in ours,
            "declare_url": self._act("declare_due", one)
            if one["payee"] in ours and one in guards.declarable_obligations(self.case, view.today)
            else "",
        }

    def _act(self, move: str, one: dict[str, Any]) -> str:
        able = {offer.name for offer in self.view.moves if offer.available}
        where = self.site.url("move", ref=self.case.ref, move=move)
        return f"{where}?obligation={one['ref']}" if move in able else ""

    def _said(self, one: dict[str, Any]) -> list[str]:
        """Return what was reported and answered about one obligation, oldest first."""
        lines = []
        for event in self.view.events:
            if event.facts.get("obligation") != one["ref"]:
                continue
            day = spoken_day(local_day(event.at))
            if event.move == "report_performance":
                part = event.facts.get("amount")
                what = _("报告支付%(amount)s") % {"amount": format_amount(part)} if part else _("报告已经履行")
            elif event.move == "declare_due":
                what = _("这一期没有按期足额支付，宣布其余各期提前到期")
            else:
                what = _("已确认收到") if event.facts["received"] else _("否认收到")
            lines.append(f"{day} {self.view.actor_label(event.by)}{_('：')}{what}")
        return lines


class Enforcement(CaseWindow):
    """The package with which one party applies for enforcement: a ZIP with an index; who took it is noted."""

    def get(self, request: HttpRequest, ref: uuid.UUID, party: uuid.UUID) -> HttpResponse:
        """Hand it out to whoever acts for the party, or say why there is none."""
        view = self.view
        try:
            made = take_package(view, str(party))
        except PaperRefused as refused:
            said = refusal(refused)
            context = {
                "title": view.title,
                "label": _("强制执行申请材料"),
                "reason": said["said"],
                "next_step": said["remedy"],
                "article": citations(["CPL-250"], view.today),
                "case_url": self.site.url("case", ref=ref),
                "crumbs": self.crumbs(_("强制执行申请材料")),
            }
            return self.page("closed", context, 409)
        return handed(made, "application/zip")


def take_package(view: CaseView, party: str) -> Paper:
    """This function will make the package for enforcement for whoever acts for the party, and write down who took it.

    Raises Http404 where the reader does not, PaperRefused where nothing can be enforced.
    """
    by = next((one for one in view.actors if party in guards.acts_for(view.case, one)), None)
    if by is None:
        raise Http404
    made = papers.package(view.case, party, view.at, _pieces(view))
    note(view.case, "ENFORCEMENT", made, by, view.at)
    return made


def _pieces(view: CaseView) -> list[Piece]:
    """Return what the case holds: the ruling or decree, agreement and proofs, each proof of service."""
    case, found = view.case, []
    kinds = {row.kind for row in view.texts}
    for subject, (kind, title, _moves) in papers.JUDGED.items():
        decree = any(event.move == "issue_decree" for event in view.events)
        if kind in kinds and (kind == EnclosureKind.DECREE) == decree:
            found.append(Piece(title, f"{title}.pdf", _decision(view, ServiceSubject(subject))))
    held = [one for kind in PACKED for one in view.filed if one.kind == kind and one.present]
    found += [piece for one in held if (piece := _held(one)) is not None]
    for place, ref in enumerate(case.sheet.get("services", {}), 1):
        made = serving.proof(case, ref, view.at)
        found.append(Piece(_("送达回证"), f"送达回证{place}.pdf", made.content))
    return found


def _decision(view: CaseView, subject: ServiceSubject) -> bytes:
    """Return the ruling or decree under the court's seal, as served or as the court has it; else its text."""
    case = view.case
    served = {one["digest"] for one in case.sheet.get("services", {}).values() if one["subject"] == subject}
    held = next((one for one in view.filed if one.sha256 in served and one.present), None)
    if held is not None and (piece := _held(held)) is not None:
        return piece.content
    given = decisions.newest(Record(case, view.at), subject, view.at)
    return given.paper.content if given else papers.judgment(case, subject, view.at).content


def _held(document: Document) -> Piece | None:
    try:
        content = files.fetch(document.platform, document.sha256)
    except (files.BlobMissing, files.FileInfected):
        return None
    return Piece(DocumentKind(document.kind).label, document.name, content)
