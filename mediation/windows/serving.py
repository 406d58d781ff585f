"""Service of documents as pages show it: what can be served, each service with its proof, and serving from a form.

Lives here: what desk and portal share. Does not live here: following a service (``telling.service``), its papers
(``papers.serving``), addresses and templates (``tellpages``, ``adminkit.serving``).
Called by: those two, the REST window of papers.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mediation import files, guards, papers
from mediation.actor import Actor
from mediation.models import Case, Document, Request
from mediation.moves import Enclosed, Refused
from mediation.papers import Paper, PaperRefused, Trail
from mediation.papers.record import Record
from mediation.signatures import decisions
from mediation.telling import service
from mediation.vocabulary import (
    Audience,
    DocumentKind,
    MessageState,
    PaperKind,
    ServiceBasis,
    ServiceChannel,
    ServiceSubject,
    ServiceTrace,
    Stage,
)
from mediation.windows import actions
from mediation.windows.moveforms import terms
from mediation.windows.pages import PEOPLE, CaseView, label_of
from mediation.windows.uploads import enclose, keep
from mediation.windows.worded import WordedForm
from mediation.workdays import local_day

SERVABLE_PAPERS = frozenset({PaperKind.NOTIFICATION, PaperKind.CONSULTATION, PaperKind.REASSIGNMENT, PaperKind.RETURN})
HIDDEN = frozenset({DocumentKind.SERVICE_RETURN, DocumentKind.SERVICE_ADDRESS, DocumentKind.IDENTITY})
"""Documents that are nobody's to be served with."""

FALLBACK = gettext_lazy("没有更多电子途径：请以纸质方式送达并登记。")


def rows(view: CaseView, proof: Callable[[str], str], page: Callable[[str], str], *, parties: set[str]) -> list[Any]:
    """Return the services on these parties, newest first: each with its channels, traces, date and ground."""
    case, found = view.case, []
    for ref, known in view.case.sheet.get("services", {}).items():
        if known["party"] not in parties:
            continue
        document = next((one for one in view.filed if str(one.ref) == known["document"]), None)
        person = view.everybody.get(known["party"])
        taken = service.steps(case, ref)
        electronic = [code for code in known["channels"] if code in guards.ELECTRONIC]
        stranded = not known["served_at"] and taken and taken[-1].state == ServiceTrace.BOUNCED
        over = stranded and len(taken) >= len(electronic)
        found.append(
            {
                "ref": ref,
                "name": document.name if document else label_of(ServiceSubject(known["subject"])),
                "subject": label_of(ServiceSubject(known["subject"])),
                "party": person.name if person else "",
                "at": datetime.fromisoformat(known["at"]),
                "channels": [label_of(ServiceChannel(code)) for code in known["channels"]],
                "steps": [
                    {
                        "channel": label_of(ServiceChannel(one.channel)),
                        "marks": [
                            {"at": each.at, "label": label_of(ServiceTrace(each.trace)), "why": _why(each.why)}
                            for each in one.marks.all()
                        ],
                    }
                    for one in taken
                ],
                "served_at": _served_at(known),
                "on_paper": known["basis"] == ServiceBasis.PAPER,
                "channel": label_of(ServiceChannel(known["channel"])) if known["channel"] else "",
                "basis": label_of(ServiceBasis(known["basis"])) if known["basis"] else "",
                "acknowledged_at": (
                    datetime.fromisoformat(known["acknowledged_at"]) if known["acknowledged_at"] else None
                ),
                "advice": FALLBACK if over else "",
                "proof_url": proof(ref),
                "url": page(ref),
            }
        )
    return sorted(found, key=lambda row: row["at"], reverse=True)


def shown_to(case: Case, actors: Sequence[Actor]) -> set[str]:
    """Return the parties whose services these readers see: parties and agents their own, whoever handles it all."""
    own = {one for actor in actors for one in guards.acts_for(case, actor)}
    return own if all(actor.role in PEOPLE for actor in actors) else set(guards.parties(case))


def _served_at(known: Mapping[str, Any]) -> date | None:
    """Return when it was served: of paper the receipt tells only the day."""
    if not known["served_at"]:
        return None
    at = datetime.fromisoformat(known["served_at"])
    return local_day(at) if known["basis"] == ServiceBasis.PAPER else at


WHY: Mapping[str, Any] = {
    "no account": gettext_lazy("受送达人在本平台没有账户"),
    "no address": gettext_lazy("没有登记号码或者邮箱"),
    MessageState.BOUNCED: gettext_lazy("号码或者邮箱无效"),
    MessageState.PARKED: gettext_lazy("多次发送失败"),
}


def _why(code: str) -> str:
    return str(WHY.get(code, ""))


def addresses(view: CaseView, url: Callable[[str], str], *, parties: set[str]) -> list[dict[str, Any]]:
    """Return who has confirmed a service address and agreed to electronic service, with the paper of it."""
    confirmed = {event.facts.get("party") for event in view.events if event.move == "confirm_address"}
    return [
        {
            "name": person["name"],
            "side": person["side_label"],
            "agreed": guards.has_consented(view.case, person["ref"], Stage.E_SERVICE),
            "given": person["ref"] in view.case.sheet.get("addresses", ()),
            "channels": [label_of(one) for one in service.channels_for(view.case, person["ref"])],
            "url": url(person["ref"]) if person["ref"] in confirmed else "",
        }
        for person in view.people
        if person["ref"] in parties
    ]


def proof(case: Case, ref: str, at: datetime, *, spellings: Mapping[str, str] | None = None) -> Paper:
    """This function will make the 送达回证 of one service, with the traces this platform holds. Raises PaperRefused."""
    trails = [
        Trail(each.at, ServiceChannel(one.channel), ServiceTrace(each.trace).label, str(WHY.get(each.why, "")))
        for one in service.steps(case, ref)
        for each in one.marks.all()
    ]
    document = service.document_of(case, ref)
    named, made = document.name if document else "", sorted(trails, key=lambda one: one.at)
    return papers.proof_of_service(case, ref, made, named, at, spellings=spellings)


# Serving.


class ServeForm(WordedForm):
    """What is served on whom, and how: as each party has confirmed, or on paper."""

    OWN = "own"

    key = forms.UUIDField(widget=forms.HiddenInput)
    what = forms.ChoiceField(label=gettext_lazy("送达的文书"))
    party = forms.MultipleChoiceField(label=gettext_lazy("受送达人"), widget=forms.CheckboxSelectMultiple)
    way = forms.ChoiceField(
        label=gettext_lazy("送达方式"),
        initial=OWN,
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "电子送达按当事人确认的次序逐一进行：前一途径未能到达或者无人阅读的，自动改用下一途径。"
        ),
    )

    def __init__(self, view: CaseView, *args: Any, **kwargs: Any) -> None:
        """Offer what this case has to serve."""
        self.view = view
        kwargs["initial"] = {"key": str(uuid.uuid4()), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.fields["what"].choices = [("", _("请选择")), *servable(view)]  # type: ignore[attr-defined]
        people = [
            (one["ref"], _("%(name)s（%(note)s）") % {"name": one["name"], "note": one["side_label"]})
            for one in view.people
        ]
        self.fields["party"].choices = people  # type: ignore[attr-defined]
        paper = [one for one in guards.ON_PAPER if one is not ServiceChannel.PUBLIC]
        self.fields["way"].choices = [(self.OWN, _("按当事人确认的方式")), *terms(paper)]  # type: ignore[attr-defined]


def servable(view: CaseView) -> list[tuple[str, str]]:
    """Return what of a case can be served: its newest ruling and decree, its papers for parties, its open documents."""
    found = []
    for subject, (kind, _title, moves) in papers.JUDGED.items():
        if any(event.move in moves for event in view.events) and any(text.kind == kind for text in view.texts):
            found.append((subject.value, label_of(subject)))
    made = papers.kinds_for(
        view.case, view.rights.papers(view.case, view.actors) & SERVABLE_PAPERS, view.at, view.events
    )
    found += [(one.code.value, _(one.label)) for one in made if not one.why_not]
    open_to_all = [one for one in view.filed if one.audience == Audience.ALL and one.kind not in HIDDEN]
    return found + [(str(one.ref), one.name) for one in open_to_all]


def serve(form: ServeForm, by: Actor, at: datetime) -> str:
    """This function will serve what a valid form names on each party it names, on all or none, and return what to say;
    nothing where the reason against it stands on the form. Sent twice, it serves once.
    """
    given, case = form.cleaned_data, form.view.case
    ways = [] if given["way"] == ServeForm.OWN else [ServiceChannel(given["way"])]
    done = []
    try:
        with transaction.atomic():
            subject, document, enclosed = _chosen(form, at)
            for place, party in enumerate(given["party"]):
                ref, more = uuid.uuid5(given["key"], party), enclosed if place == 0 else []
                done.append(
                    service.serve(
                        case, party, subject, document, by=by, at=at, service=ref, channels=ways, enclosures=more
                    )
                )
    except PaperRefused as unfit:
        form.add_error("what", _(unfit.message) % unfit.params)
        return ""
    except Refused as refused:
        form.add_error(None, actions.spoken(refused, at))
        return ""
    said = _("已向%(count)d名受送达人送达。")
    if any(isinstance(one, Request) for one in done):
        said = _("已提交对%(count)d名受送达人的送达，对方平台记入后即开始送达。")
    return said % {"count": len(done)}


def _chosen(form: ServeForm, at: datetime) -> tuple[ServiceSubject, dict[str, Any], list[Enclosed]]:
    """Return what the form serves; what is not a document of the case yet is printed and handed in with the entry."""
    what, case = form.cleaned_data["what"], form.view.case
    if what in ServiceSubject.__members__:
        subject = ServiceSubject(what)
        found = decisions.newest(Record(case, at), subject, at)
        paper = found.paper if found else papers.judgment(case, subject, at)
    elif what in PaperKind.__members__:
        subject, paper = ServiceSubject.NOTICE, papers.make(PaperKind(what), case, at)
    else:
        held = Document.objects.get(case=case, ref=what)
        subject = {
            DocumentKind.AGREEMENT: ServiceSubject.AGREEMENT,
        }.get(DocumentKind(held.kind), ServiceSubject.NOTICE)
        return subject, {"ref": str(held.ref), "sha256": held.sha256}, []
    judged = files.judge(paper.filename, paper.content)
    (kept,) = keep(case.platform, [(judged, paper.content)], at)
    enclosure = enclose(kept, DocumentKind.SERVED, Audience.ALL, seed=str(form.cleaned_data["key"]), place=0)
    return subject, {"ref": enclosure.content["ref"], "sha256": kept.sha256}, [enclosure]
