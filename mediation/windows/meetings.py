"""Pages of a mediation: the mediator's workspace and brief, sessions, channels, notes, points, the report on a failure;
for parties what is asked of them and their own channels.

Lives here: the pages for people who have signed in. Does not live here: the acts (``mediation.meeting``, ``meetacts``,
the door), who may read which channel (``rights.channels``), the same behind a link (``meetpages``).
Called by: the ``urls`` of the platform on which mediators sit.

Whoever may read no channel of a case finds nothing here: organisations, supervisors, courts.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.translation import gettext

from mediation import facts, guards, moves, secrecy
from mediation.actor import Actor
from mediation.amounts import format_amount
from mediation.lifecycle import MEDIATION_STATES, MOVES
from mediation.meeting import notebook, sessions, talks
from mediation.meeting.telling import SIDES, members
from mediation.models import MediationSession, Party, Point, Talk
from mediation.moves import Enclosed, Refused
from mediation.queries import latest_text
from mediation.tasks import ring_tell
from mediation.vocabulary import (
    Audience,
    Contact,
    EnclosureKind,
    Role,
    SessionMode,
    SessionState,
    Side,
    Standing,
    State,
    SuspendGround,
    Track,
    Verification,
    gettext_noop,
)
from mediation.windows import actions, briefing, calendars, meetacts, meetlink
from mediation.windows.briefing import fitting, shortened
from mediation.windows.meetforms import NoteForm, PointForm, ProposeForm, RecordForm, ReportForm, TalkForm
from mediation.windows.meetlink import LinkRefused
from mediation.windows.pages import citations, label_of, spoken_instant
from mediation.windows.portal import CaseWindow, Site
from mediation.workdays import local_day

SLUGS = {Audience.PARTIES: "all", Audience.APPLICANTS: "applicants", Audience.RESPONDENTS: "respondents"}
"""Channels as addresses name them."""

MOST_TOLD = 1200
REPORTS = {**dict.fromkeys(MEDIATION_STATES, "conclude_unsettled")} | {
    State.UNSETTLED: "file_report",
    State.HANDED_BACK: "file_report",
}
"""By which move a report goes to the court, by the state of the case."""

MILESTONES = frozenset(
    {"file", "apply", "delegate", "accept", "appoint_mediator", "open_session", "suspend", "resume", "extend"}
    | {"propose_agreement", "revise_agreement", "object", "confirm_undisputed", "confirm_record", "add_evidence"}
)
"""Entries that a brief lists."""

_CERTAIN = gettext_noop("第%(line)d行：“%(what)s”是调解中的话或者数额，不能写进报告，请删去。")
_PERHAPS = gettext_noop(
    "第%(line)d行：“%(what)s”与调解中的话相同，不能写进报告，请改写；当事人已向法院这样写过的，请填写是第几号记录。"
)
CONDUCT = frozenset(
    {"disclose", "record_contact", "open_session", "confirm_record", "confirm_undisputed", "suspend", "resume"}
    | {"propose_agreement", "revise_agreement", "conclude_unsettled", "file_report"}
)
"""Moves by which a mediation is conducted; the others stand on the page of the case."""


def mediation_addresses(site: Site) -> list[URLPattern]:
    """Return the addresses of these pages."""
    root = "cases/<uuid:ref>/mediation/"
    return [
        path(root, Workspace.as_view(site=site), name="mediation"),
        path(f"{root}brief/", Brief.as_view(site=site), name="mediation_brief"),
        path(f"{root}points/", Points.as_view(site=site), name="mediation_points"),
        path(f"{root}notes/", Notes.as_view(site=site), name="mediation_notes"),
        path(f"{root}report/", Report.as_view(site=site), name="mediation_report"),
        path(f"{root}talk/<slug:channel>/", Channel.as_view(site=site), name="mediation_talk"),
        path(f"{root}links/<uuid:party>/", SendLink.as_view(site=site), name="meeting_link"),
        path(f"{root}sessions/", Propose.as_view(site=site), name="session_new"),
        path(f"{root}sessions/<uuid:session>/", Session.as_view(site=site), name="session"),
        path(f"{root}sessions/<uuid:session>/calendar.ics", SessionFile.as_view(site=site), name="session_file"),
    ]


class MediationWindow(CaseWindow):
    """A page about the mediation of a case, for the mediator and those who take part; not found for everybody else."""

    mediators_alone = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Admit whoever may; raises Http404 for everybody else who has signed in."""
        asked = request.user.is_authenticated and hasattr(self, str(request.method).lower())
        if asked and (not self.channels or (self.mediators_alone and self.mediator is None)):
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def channels(self) -> list[Audience]:
        """The channels that the reader may read and write, the one of all first."""
        allowed = self.site.rights.channels(self.case, self.actors)
        return [one for one in talks.CHANNELS if one in allowed]

    @cached_property
    def mediator(self) -> Actor | None:
        """The reader as the mediator of this case, or None."""
        return next((actor for actor in self.actors if actor.role is Role.MEDIATOR), None)

    @property
    def by(self) -> Actor:
        """The mediator; only where ``mediators_alone``."""
        assert self.mediator is not None
        return self.mediator

    def address(self, name: str, **kwargs: Any) -> str:
        """Return the address of one of these pages."""
        return self.site.url(name, ref=self.case.ref, **kwargs)

    def shown(self, template: str, label: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        """Return a page with the trail back to the case and the mediation."""
        trail = self.crumbs(label)
        if template != "mediation":
            trail.insert(-1, {"label": gettext("调解"), "url": self.address("mediation")})
        given = {
            "title": self.view.title,
            "label": label,
            "crumbs": trail,
            "case_ref": self.case.ref,
            "case_url": self.site.url("case", ref=self.case.ref),
            "mediation_url": self.address("mediation"),
            "is_mediator": self.mediator is not None,
        }
        return self.page(template, {**given, **context}, status=status)

    def called(self, ref: str) -> str:
        """Return a person of the case by side and name."""
        person = self.view.everybody.get(ref)
        if person is None:
            return gettext("调解员")
        side = gettext(Side(person.side).label) if person.side else gettext("代理人")
        return gettext("%(side)s%(name)s") % {"side": side, "name": person.name}

    def sorted(self, refs: Iterable[str]) -> list[str]:
        """Return parties in the order of the case, applicants first."""
        wanted = set(refs)
        return [ref for ref in self.view.everybody if ref in wanted]

    def channel_label(self, channel: Audience) -> str:
        """Return what a channel is called for this reader."""
        if channel is Audience.PARTIES:
            return gettext("各方共同沟通")
        return gettext(channel.label) if self.mediator else gettext("只与调解员沟通")

    def session_rows(self) -> list[dict[str, Any]]:
        """Return the sessions the reader may know of, newest first."""
        return [
            {
                "url": self.address("session", session=one.ref),
                "when": spoken_instant(one.starts_at) if one.starts_at else gettext("时间待定"),
                "state": label_of(SessionState(one.state)),
                "where": meetacts.where_of(one) if not self.mediator else self._how(one),
            }
            for one in reversed(sessions.of(self.case, self.channels))
        ]

    def _how(self, session: MediationSession) -> str:
        parts = [label_of(SessionMode(session.mode)), session.place, label_of(Audience(session.channel))]
        return " · ".join(part for part in parts if part)


class Workspace(MediationWindow):
    """The mediation at a glance: for the mediator what is done and what comes next, for parties what is asked."""

    def get(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Show it."""
        return self._shown("")

    def post(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Take a party's answer; mediators have nothing to answer here."""
        by, parties = meetacts.spoken_for(self.case, self.actors)
        if by is None:
            raise Http404
        verified = Verification.ACCOUNT
        try:
            said = meetacts.answer(
                self.case,
                request.POST,
                by=by,
                parties=parties,
                channels=self.channels,
                how=verified,
                at=self.at,
                key=f"{self.account.ref.hex}/mediation",
                fits=request.POST.getlist("fits"),
            )
        except meetacts.Unanswerable as refused:
            return self._shown(str(refused), 409)
        except facts.Malformed as wrong:
            return self._shown(gettext(wrong.why), 422)
        except Refused as refused:
            return self._shown(actions.spoken(refused, self.at), 409)
        if not said:
            return self._shown(gettext("请先阅读调解须知，并勾选确认。"), 422)
        self.site.ring()
        ring_tell()
        messages.success(request, said)
        return self.to("mediation", ref=ref)

    def _shown(self, wrong: str, status: int = 200) -> HttpResponse:
        _by, parties = meetacts.spoken_for(self.case, self.actors)
        context: dict[str, Any] = {
            "wrong": wrong,
            "sessions": self.session_rows(),
            "channels": [self._channel(one) for one in self.channels],
            "asked": meetacts.asked(self.case, parties, self.channels) if parties else [],
            "notices": [(gettext(heading), gettext(text)) for heading, text in meetacts.NOTICES],
            "standings": self._standings(),
            "suspended": self._suspended(),
            "extend_url": next((one.url for one in self.view.moves if one.name == "extend" and one.available), ""),
        }
        if self.mediator:
            context |= {"steps": self._steps(), "contacts": self._contacts(), "clocks": self.view.clocks}
            context |= {
                "phones": self._phones(),
                "moves": [one for one in self.view.moves if one.name in CONDUCT],
                "report_label": self._report_label(),
            }
        return self.shown("mediation", gettext("调解"), context, status)

    def _report_label(self) -> str:
        """Return what the way to the report is called: a court is told where one has the case; empty where none is."""
        move = REPORTS.get(State(self.case.state), "")
        if not move or Track(self.case.track) not in moves.MOVES[move].tracks:
            return ""
        return gettext("调解不成，报告法院") if self.case.court else gettext("调解不成，终止调解")

    def _channel(self, channel: Audience) -> dict[str, Any]:
        said = talks.said_in(self.case, channel)
        last = spoken_instant(said[-1].at) if said else ""
        return {
            "label": self.channel_label(channel),
            "url": self.address("mediation_talk", channel=SLUGS[channel]),
            "count": len(said),
            "last": last,
            "private": channel is not Audience.PARTIES,
        }

    def _standings(self) -> list[dict[str, Any]]:
        """Return who has said yes to the record, the undisputed facts and an extension on the table."""
        labels = {
            "confirm_record": gettext("调解笔录"),
            "confirm_undisputed": gettext("无争议事实"),
            "extend": gettext("延长调解期限"),
        }
        found = []
        for move, label in labels.items():
            if said := meetacts.standing(self.case, move):
                rows = [{"name": self.called(ref), "yes": said[ref]} for ref in self.sorted(said)]
                found.append({"label": label, "rows": rows, "all": all(said.values())})
        return found

    def _suspended(self) -> str:
        if self.case.state != State.SUSPENDED:
            return ""
        return label_of(SuspendGround(self.case.sheet["suspension"]["ground"]))

    def _steps(self) -> list[dict[str, Any]]:
        """Return the steps of a mediation, each done or not, with where to do it."""
        sheet, everybody = self.case.sheet, guards.remaining(self.case)
        offered = {one.name: one.url for one in self.view.moves if one.available}
        contacts = sheet.get("contacts", {})
        held = [one for one in sessions.of(self.case, self.channels) if one.state == SessionState.HELD]
        confirmed = {one["label"]: one["all"] for one in self._standings()}
        disclosed = set(sheet.get("mediators", ())) <= set(sheet.get("disclosed", {}))
        reached = all(contacts.get(ref) == Contact.REACHED for ref in everybody)
        addressed = set(everybody) <= set(sheet.get("addresses", ()))
        steps = [
            (gettext("披露利害关系"), disclosed, offered.get("disclose", "")),
            (
                gettext("联系各方当事人"),
                reached or self.case.state != State.ACCEPTED,
                offered.get("record_contact", ""),
            ),
            (gettext("引导确认送达地址"), addressed, offered.get("confirm_address", "")),
            (gettext("约定并进行调解"), bool(held) or "mode" in sheet, self.address("session_new")),
            (gettext("整理争议点"), bool(self.case.points.exists()), self.address("mediation_points")),
            (
                gettext("写明无争议事实，请各方确认"),
                confirmed.get(gettext("无争议事实"), False),
                offered.get("confirm_undisputed", ""),
            ),
            (
                gettext("制作调解笔录，请各方确认"),
                confirmed.get(gettext("调解笔录"), False),
                offered.get("confirm_record", ""),
            ),
            (gettext("起草调解协议"), bool(sheet.get("agreement")), self.address("agreement")),
        ]
        return [
            {"label": label, "url": url, "status": "done" if done else "todo" if url else "blocked"}
            for label, done, url in steps
        ]

    def _contacts(self) -> list[dict[str, Any]]:
        """Return each party with the attempts to reach it, newest first."""
        fact = MOVES["record_contact"].facts
        logged: dict[str, list[str]] = {}
        for event in reversed(self.view.events):
            if event.move == "record_contact":
                stated = [self.view.spoken(fact[name], event.facts[name]) for name in ("outcome", "channel")]
                line = f"{spoken_instant(event.at)}　{gettext('，').join(stated)}"
                logged.setdefault(event.facts["party"], []).append(line)
        known = self.case.sheet.get("contacts", {})
        return [
            {
                "name": self.called(ref),
                "reached": known.get(ref) == Contact.REACHED,
                "standing": label_of(Contact(known[ref])) if ref in known else gettext("尚未联系"),
                "lines": logged.get(ref, []),
            }
            for ref in self.sorted(guards.parties(self.case))
        ]

    def _phones(self) -> list[dict[str, str]]:
        """Return to whom a link may be sent."""
        if self.case.state not in MEDIATION_STATES:
            return []
        return [
            {"name": self.called(ref), "url": self.address("meeting_link", party=ref)}
            for ref in self.sorted(guards.parties(self.case))
            if (person := self.view.everybody.get(ref)) and person.phone
        ]


class Brief(MediationWindow):
    """The case on two pages for the mediator: who, what, amounts, course, what is agreed and what is disputed."""

    mediators_alone = True

    def get(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Show it."""
        told = latest_text(self.case, EnclosureKind.NARRATIVE)
        text = "\n".join(str(told[name]) for name in ("text", "claims") if told.get(name))
        brief = shortened(text, briefing.TOLD)
        # What is disputed first: that is what a mediator prepares.
        points = sorted(notebook.points_of(self.case), key=lambda one: one.standing != Standing.DISPUTED)
        sorted_out = [
            {"standing": one.standing, "text": shortened(one.text)}
            | {"sides": [(side, shortened(said)) for side, said in _sayings(one) if said]}
            for one in points
        ]
        shown = fitting(sorted_out, lambda one: (one["text"], *(said for _side, said in one["sides"])), briefing.POINTS)
        groups = [
            {"label": label_of(standing), "rows": [one for one in shown.rows if one["standing"] == standing]}
            for standing in Standing
        ]
        course = [one for one in reversed(self.view.timeline) if one.move in MILESTONES]
        latest = fitting(course, lambda one: (f"2024年12月31日 {one.label} {one.actor_label}",), briefing.COURSE)
        papers = [{**one, "name": shortened(one["name"], 2)} for one in self.view.documents]
        return self.shown(
            "mediation_brief",
            gettext("案情摘要"),
            {
                "parties": fitting(self.view.people, _introduced, briefing.PARTIES),
                "text": brief,
                "is_cut": brief != text,
                "amount": self.case.amount,
                "cause": self.case.cause,
                "groups": [one for one in groups if one["rows"]],
                "points_left": shown.left,
                "occurred_on": date.fromisoformat(told["occurred_on"]) if told.get("occurred_on") else None,
                "course": list(reversed(latest.rows)),
                "course_left": latest.left,
                "clocks": fitting(self.view.clocks, lambda one: (f"{one.label}{'　' * 12}",), briefing.CLOCKS),
                "documents": fitting(papers, _described, briefing.PAPERS),
                "offers": fitting(offer_rows(self), _offered, briefing.OFFERS),
                "printed_at": spoken_instant(self.at),
            },
        )


def _sayings(point: Point) -> tuple[tuple[str, str], ...]:
    return (gettext("申请人一方："), point.applicants_say), (gettext("被申请人一方："), point.respondents_say)


def _introduced(person: dict[str, Any]) -> list[str]:
    """Return the lines in which a party and its agents are introduced."""
    own = "　".join([person["side_label"], person["name"], person["investor_class_label"], person["phone"]])
    return [own, *(f"代理人 {agent['name']} {agent['authority_label']}　　" for agent in person["agents"])]


def _described(document: dict[str, Any]) -> list[str]:
    return ["　".join(document[key] for key in ("name", "kind_label", "by_label", "audience_label"))]


def _offered(offer: dict[str, Any]) -> list[str]:
    return [f"{offer['who']}　{offer['amount']}　2024年12月31日　{offer['channel']}"]


def offer_rows(window: MediationWindow) -> list[dict[str, Any]]:
    """Return the last offer of each party that made one, and the gap between the sides, for the mediator."""
    last: dict[str, Talk] = {}
    for one in talks.offers(window.case, window.channels):
        last.setdefault(one.author, one)
    return [
        {
            "who": window.called(one.author),
            "amount": format_amount(int(one.offer)),
            "at": one.at,
            "channel": window.channel_label(Audience(one.channel)),
        }
        for one in last.values()
    ]


class Channel(MediationWindow):
    """One channel: what was said in it, and saying something."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Take the channel from the address."""
        super().setup(request, *args, **kwargs)
        self.slug: str = kwargs["channel"]

    @cached_property
    def channel(self) -> Audience:
        """The channel; raises Http404 where there is none of this name that the reader may read."""
        found = next((one for one in self.channels if SLUGS[one] == self.slug), None)
        if found is None:
            raise Http404
        return found

    @cached_property
    def speaker(self) -> Actor:
        """The capacity in which the reader speaks."""
        if self.mediator:
            return self.mediator
        by, parties = meetacts.spoken_for(self.case, self.actors)
        if by is None or not set(parties) & set(members(self.case, self.channel)):
            raise Http404
        return by

    def get(self, request: HttpRequest, ref: uuid.UUID, channel: str) -> HttpResponse:
        """Show the channel."""
        return self._shown(TalkForm(offers=talks.may_offer(self.case, self.speaker)))

    def post(self, request: HttpRequest, ref: uuid.UUID, channel: str) -> HttpResponse:
        """Say something."""
        form = TalkForm(request.POST, offers=talks.may_offer(self.case, self.speaker))
        if form.is_valid():
            given = form.cleaned_data
            try:
                talks.say(
                    self.case,
                    self.channel,
                    given["text"],
                    offer=given.get("offer"),
                    by=self.speaker,
                    at=self.at,
                    key=f"{self.account.ref.hex}/{given['key']}",
                )
            except (talks.NotNow, talks.TooMany, talks.NoPower) as refused:
                form.add_error(None, gettext(str(refused)))
            else:
                ring_tell()
                return self.to("mediation_talk", ref=ref, channel=channel)
        return self._shown(form, 422)

    def _shown(self, form: forms.Form, status: int = 200) -> HttpResponse:
        mine = {self.speaker.ref}
        rows = [
            {
                "who": self.called(one.author) if one.role != Role.MEDIATOR else gettext("调解员"),
                "at": one.at,
                "text": one.text,
                "offer": format_amount(int(one.offer)) if one.offer else "",
                "mine": one.author in mine,
            }
            for one in talks.said_in(self.case, self.channel)
        ]
        side = SIDES.get(self.channel)
        readers = [self.called(member) for member in self.sorted(members(self.case, self.channel))]
        context = {
            "form": form,
            "rows": rows,
            "readers": gettext("、").join(readers),
            "private": side is not None,
            "open": talks.is_open(self.case),
        }
        return self.shown("mediation_talk", self.channel_label(self.channel), context, status)


class Notes(MediationWindow):
    """A mediator's own notes."""

    mediators_alone = True

    def get(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Show them."""
        return self._shown(NoteForm())

    def post(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Write one, or destroy one."""
        if (torn := request.POST.get("tear", "")).isdecimal() and len(torn) < 19:
            notebook.tear_out(self.case, int(torn), self.by)
            return self.to("mediation_notes", ref=ref)
        form = NoteForm(request.POST)
        if not form.is_valid():
            return self._shown(form, 422)
        key = f"{self.account.ref.hex}/{form.cleaned_data['key']}"
        try:
            notebook.write(self.case, form.cleaned_data["text"], by=self.by, at=self.at, key=key)
        except notebook.TooMany as refused:
            form.add_error(None, gettext(str(refused)))
            return self._shown(form, 422)
        return self.to("mediation_notes", ref=ref)

    def _shown(self, form: forms.Form, status: int = 200) -> HttpResponse:
        rows = notebook.notes_of(self.case, self.by)
        return self.shown("mediation_notes", gettext("私人笔记"), {"form": form, "rows": rows}, status)


class Points(MediationWindow):
    """The points of the dispute, for the mediators of the case."""

    mediators_alone = True

    def get(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Show them; ``point`` fills the form with one that is to be changed."""
        wanted = request.GET.get("point", "")
        one = next((point for point in notebook.points_of(self.case) if str(point.pk) == wanted), None)
        known = (
            {"point": one.pk, **{name: getattr(one, name) for name in PointForm.base_fields if name != "point"}}
            if one
            else {}
        )
        return self._shown(PointForm(initial=known), changing=one is not None)

    def post(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Write one down, change one, strike one out."""
        if (dropped := request.POST.get("drop", "")).isdecimal() and len(dropped) < 19:
            notebook.drop_point(self.case, int(dropped))
            return self.to("mediation_points", ref=ref)
        form = PointForm(request.POST)
        if not form.is_valid():
            return self._shown(form, 422)
        given = form.cleaned_data
        both = given["applicants_say"], given["respondents_say"]
        try:
            notebook.keep_point(
                self.case, given["point"], given["text"], Standing(given["standing"]), both, by=self.by, at=self.at
            )
        except notebook.TooMany as refused:
            form.add_error(None, gettext(str(refused)))
            return self._shown(form, 422)
        return self.to("mediation_points", ref=ref)

    def _shown(self, form: forms.Form, status: int = 200, *, changing: bool = False) -> HttpResponse:
        rows = [
            {"pk": one.pk, "point": one, "standing": label_of(Standing(one.standing))}
            for one in notebook.points_of(self.case)
        ]
        offered = {one.name: one.url for one in self.view.moves if one.available}
        context = {
            "form": form,
            "rows": rows,
            "changing": changing,
            "undisputed_url": offered.get("confirm_undisputed", ""),
        }
        return self.shown("mediation_points", gettext("争议点"), context, status)


class SendLink(MediationWindow):
    """Send a party a link by which it answers on its telephone."""

    mediators_alone = True

    def post(self, request: HttpRequest, ref: uuid.UUID, party: uuid.UUID) -> HttpResponse:
        """Send it."""
        person = self.person(party)
        try:
            meetlink.ask(self.case, person, by=self.by, at=self.at, address=self.site.url("meeting"))
        except LinkRefused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, gettext("已向%(name)s发送链接。") % {"name": person.name})
        return self.to("mediation", ref=ref)


class Propose(MediationWindow):
    """Propose times for a session."""

    mediators_alone = True

    def get(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Show the form."""
        return self._shown(ProposeForm(self.at))

    def post(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Propose them."""
        form = ProposeForm(self.at, request.POST)
        if not form.is_valid():
            return self._shown(form, 422)
        given = form.cleaned_data
        try:
            session = sessions.propose(
                self.case,
                Audience(given["channel"]),
                SessionMode(given["mode"]),
                form.times,
                place=given["place"],
                minutes=given["minutes"],
                by=self.by,
                at=self.at,
                key=f"{self.account.ref.hex}/{given['key']}",
            )
        except sessions.NotNow as refused:
            form.add_error(None, gettext(str(refused)))
            return self._shown(form, 409)
        ring_tell()
        messages.success(request, gettext("已提出时间，并通知当事人选择。"))
        return self.to("session", ref=ref, session=session.ref)

    def _shown(self, form: forms.Form, status: int = 200) -> HttpResponse:
        return self.shown("mediation_propose", gettext("约定调解时间"), {"form": form}, status)


class SessionWindow(MediationWindow):
    """A page about one session that the reader may know of."""

    @cached_property
    def session(self) -> MediationSession:
        """The session; raises Http404."""
        rows = MediationSession.objects.filter(case=self.case, channel__in=[one.value for one in self.channels])
        found = rows.filter(ref=self.kwargs["session"]).first()
        if found is None:
            raise Http404
        found.case = self.case
        return found


class Session(SessionWindow):
    """One session: which times suit whom, and its record."""

    def get(self, request: HttpRequest, ref: uuid.UUID, session: uuid.UUID) -> HttpResponse:
        """Show it."""
        return self._shown(self._form())

    def post(self, request: HttpRequest, ref: uuid.UUID, session: uuid.UUID) -> HttpResponse:
        """Fix a time, call it off, save the record, or hold it; parties answer on the page of the mediation."""
        if self.mediator is None:
            raise Http404
        held, form = self.session, None
        try:
            if (time := request.POST.get("fix", "")).isdecimal() and len(time) < 19:
                sessions.fix(held, int(time), self.at)
                messages.success(request, gettext("时间已定，已通知当事人。"))
            elif "cancel" in request.POST:
                sessions.cancel(held, self.at)
                messages.success(request, gettext("已取消这次调解。"))
            else:
                form = RecordForm(held, self.people, sessions.attended(held), request.POST)
                if not form.is_valid():
                    return self._shown(form, 422)
                given = form.cleaned_data
                seen = {"others": given["others"], "told": form.told, "place": given["place"]}
                with moves.together(sessions.NotNow, sessions.Incomplete):
                    sessions.keep(held, form.seen, **seen, at=self.at)
                    if "hold" in request.POST:
                        sessions.hold(held, by=self.mediator, at=self.at, key=f"session/{held.ref}/open")
                if "hold" in request.POST:
                    self.site.ring()
                    messages.success(request, gettext("已记录这次调解，可以继续制作笔录。"))
                else:
                    messages.success(request, gettext("已保存。"))
        except sessions.NotNow as refused:
            messages.error(request, gettext(str(refused)))
        except sessions.Incomplete as refused:
            assert form is not None
            for text in refused.lacking:
                form.add_error(None, gettext(text))
            return self._shown(form, 422)
        except Refused as refused:
            assert form is not None
            form.add_error(None, actions.spoken(refused, self.at))
            held.refresh_from_db()
            return self._shown(form, 409)
        ring_tell()
        return self.to("session", ref=ref, session=session)

    @property
    def people(self) -> list[Party]:
        """Who may take part: the parties of the session and their agents."""
        own = set(members(self.case, self.session.channel))
        agents = self.case.sheet.get("agents", {})
        helping = {ref for ref, known in agents.items() if own & set(known["for"])}
        return [one for ref, one in self.view.everybody.items() if ref in own | helping]

    def _form(self) -> forms.Form | None:
        open_now = self.session.state == SessionState.FIXED and self.case.state in MEDIATION_STATES
        if self.mediator is None or not open_now:
            return None
        return RecordForm(self.session, self.people, sessions.attended(self.session))

    def _shown(self, form: forms.Form | None, status: int = 200) -> HttpResponse:
        held = self.session
        known = sessions.attended(held)
        offered = {one.name: one.url for one in self.view.moves if one.available}
        context = {
            "session": held,
            "state": label_of(SessionState(held.state)),
            "when": spoken_instant(held.starts_at) if held.starts_at else gettext("时间待定"),
            "where": self._how(held) if self.mediator else meetacts.where_of(held),
            "times": self._times() if held.state == SessionState.PROPOSED else [],
            "is_fixed": held.state == SessionState.FIXED,
            "is_held": held.state == SessionState.HELD,
            "is_open": held.state in (SessionState.PROPOSED, SessionState.FIXED),
            "people": [self._person(one, known.get(str(one.ref))) for one in self.people],
            "form": form,
            "record_url": offered.get("confirm_record", ""),
            "notices": [(gettext(heading), gettext(text)) for heading, text in meetacts.NOTICES],
        }
        return self.shown("mediation_session", gettext("调解会议"), context, status)

    def _person(self, person: Party, row: Any) -> dict[str, Any]:
        return {
            "name": self.called(str(person.ref)),
            "present": bool(row and row.present),
            "verified": label_of(Verification(row.verified)) if row and row.verified else "",
            "acknowledged_at": row.acknowledged_at if row else None,
            "how": label_of(Verification(row.acknowledged_how)) if row and row.acknowledged_how else "",
        }

    def _times(self) -> list[dict[str, Any]]:
        said, everybody = sessions.choices(self.session), self.sorted(members(self.case, self.session.channel))
        return [
            {
                "pk": time.pk,
                "when": spoken_instant(time.starts_at),
                "rows": [{"name": self.called(ref), "fits": said[time.pk].get(ref)} for ref in everybody],
                "all": all(said[time.pk].get(ref) for ref in everybody),
            }
            for time in self.session.times.all()
        ]


class SessionFile(SessionWindow):
    """A session as a calendar file."""

    def get(self, request: HttpRequest, ref: uuid.UUID, session: uuid.UUID) -> HttpResponse:
        """Return it; a session without a time is not found."""
        held = self.session
        if held.starts_at is None:
            raise Http404
        here = request.build_absolute_uri(self.address("session", session=held.ref))
        text = calendars.meeting(held, self.at, here)
        headers = {"Content-Disposition": 'attachment; filename="mediation.ics"'}
        return HttpResponse(text, content_type="text/calendar; charset=utf-8", headers=headers)


class Report(MediationWindow):
    """The report on a failed mediation, with which the mediator ends it or completes what ended without (ZX-21)."""

    mediators_alone = True

    def get(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Show the form, begun with what the court knows anyway."""
        told = str(latest_text(self.case, EnclosureKind.NARRATIVE).get("text", ""))[:MOST_TOLD]
        known = {"seen": self.case.entries, "key": str(uuid.uuid4()), "facts": told}
        return self._shown(ReportForm(self._move() == "conclude_unsettled", initial=known))

    def post(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Send it: what repeats a confidence is shown and not sent."""
        move = self._move()
        given: dict[str, Any] = request.POST.dict()
        form = ReportForm(move == "conclude_unsettled", given)
        if not form.is_valid():
            return self._shown(form, 422)
        stated = form.cleaned_data
        found = secrecy.find(self.case, form.text, joint=True)
        if secrecy.is_open(self.case, stated["openly"]):
            found = [one for one in found if one.is_certain]
        for one in found[:5]:
            said = _CERTAIN if one.is_certain else _PERHAPS
            form.add_error(None, gettext(said) % {"what": one.what, "line": one.line})
        if found:
            return self._shown(form, 422)
        try:
            moves.perform(
                self.case,
                move,
                by=self.by,
                at=self.at,
                facts={name: stated[name] for name in ("ground", "openly") if stated.get(name)},
                enclosures=[Enclosed(EnclosureKind.REPORT, {"text": form.text})],
                seen=stated["seen"],
                key=f"{self.account.ref.hex}/{stated['key']}",
            )
        except Refused as refused:
            form.add_error(None, actions.spoken(refused, self.at))
            self.case.refresh_from_db()
            given["seen"] = str(self.case.entries)
            return self._shown(form, 409)
        except facts.Malformed as wrong:
            actions.say_malformed(form, wrong)
            return self._shown(form, 422)
        self.site.ring()
        messages.success(request, gettext("报告已经送出。"))
        return self.to("case", ref=ref)

    def _move(self) -> str:
        """Return by which move a report goes now; raises Http404 where none does."""
        move = REPORTS.get(State(self.case.state))
        if move is None:
            raise Http404
        return move

    def _shown(self, form: forms.Form, status: int = 200) -> HttpResponse:
        undisputed = meetacts.standing(self.case, "confirm_undisputed")
        context = {
            "form": form,
            "concludes": self._move() == "conclude_unsettled",
            "article": citations(MOVES[self._move()].law, local_day(self.at)),
            "undisputed": bool(undisputed) and all(undisputed.values()),
        }
        return self.shown("mediation_report", gettext("调解情况报告"), context, status)
