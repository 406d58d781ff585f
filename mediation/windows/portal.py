"""The portal's views, the same for both platforms: each is given a ``Site`` that says whose portal it is.

Lives here: signing in before anything, finding a case among those the reader may see, showing and acting. Does not
live here: who may see what (``rights``), what a page says of a case (``pages``), forms (``moveforms``, ``wizard``).
Called by: each platform's ``urls``, for example ``path("cases/", Work.as_view(site=SITE), name="work")``.

What the reader may not see answers exactly like what does not exist.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import View

from mediation import files, guards, log, present, queries
from mediation.actor import Actor
from mediation.lifecycle import MOVES
from mediation.models import Case, CaseEvent, CaseSet, Claim, Clock, Draft, Party, Request
from mediation.moves import ELSEWHERE, Overtaken, Refused, options
from mediation.numbers import short, within
from mediation.papers.letters import receipt_code
from mediation.rights import Rights
from mediation.signatures import proving
from mediation.tasks import ring_seal, ring_tell
from mediation.telling.people import inbox, language_of
from mediation.vocabulary import (
    Cause,
    DocumentKind,
    DraftAct,
    Errand,
    IdentityKind,
    PaperKind,
    PartyKind,
    Role,
    Side,
    State,
    gettext_noop,
)
from mediation.windows import actions, invitations, partylink, relations, signing, standing
from mediation.windows.drawing import drawn_up
from mediation.windows.inboxes import inbox_rows, waiting
from mediation.windows.moveforms import OWN_PAGES, SIGNED, MoveForm, terms
from mediation.windows.pages import (
    INSIDERS,
    MEANINGS,
    PEOPLE,
    CaseView,
    Links,
    citations,
    duty_to_take_part,
    label_of,
    list_rows,
    running,
    sides,
    speakers,
    spoken_instant,
)
from mediation.windows.papers import offers
from mediation.windows.uploads import keep, limits
from mediation.windows.wizard import MOST_FILES, Application, EvidenceForm, RespondentForm, Step
from mediation.windows.worded import WordedForm
from mediation.workdays import local_day
from roster import companies
from roster import queries as roster
from roster.identity import mask_phone
from roster.models import Account, Post

PAGE = 25
MOST_LATE = 10
MOST_NEWS = 3
OWN_ADDRESSES = {
    "choose_jointly": "choose",
    "add_evidence": "evidence",
    "propose_agreement": "agreement",
    "review_seal": "seal",
    "serve": "services",
    "seek_confirmation": "confirmation",
    "seek_decree": "decree",
    "conclude_unsettled": "mediation_report",
    "file_report": "mediation_report",
}
"""Moves that have a page of their own."""

REFUSING = ("refuse_consent", "stop_mediation")
NOT_BEGUN = frozenset({State.FILED, State.CONSULTING, State.READY, State.APPLIED, State.DELEGATED, State.ACCEPTED})
"""Where a party that may not refuse mediation is told why: with what would refuse it, and until it has begun."""

FIRM_KINDS = (IdentityKind.CREDIT_CODE.value, IdentityKind.FOREIGN_REGISTER.value)
"""What proves who a firm is."""

HOSTS = (Role.CLERK, Role.JUDGE, Role.MEDIATOR, Role.ORGANISATION)
"""Who may invite a party to take its place in a case."""


@dataclass(frozen=True)
class Site:
    """Whose portal this is: its rights, who works in it, and how one applies there."""

    code: str
    rights: Rights
    roles: frozenset[Role]
    plan: tuple[Step, ...]
    opening: str
    send: Callable[[Application], CaseEvent]
    recipient: Callable[[Application], str]
    ring: Callable[[], None]
    """Called once after everything done here: the post need not wait for its next look."""
    menu: tuple[tuple[Role, str, Any], ...] = ()
    """What the portal's menu offers a role beside what it offers everybody: role, name of the address, label."""

    def url(self, name: str, **kwargs: Any) -> str:
        """Return the address of one of this portal's pages."""
        return reverse(f"{self.code}:{name}", kwargs=kwargs or None)

    @property
    def links(self) -> Links:
        """Where this portal shows cases, moves and documents."""
        return Links(
            case=lambda case: self.url("case", ref=case.ref),
            move=lambda case, move: (
                self.url(OWN_ADDRESSES[move], ref=case.ref)
                if move in OWN_ADDRESSES
                else self.url("move", ref=case.ref, move=move)
            ),
            document=lambda case, document: self.url("document", ref=case.ref, document=document.ref),
            look=lambda case, document: self.url("document_view", ref=case.ref, document=document.ref),
        )


@method_decorator([never_cache, sensitive_post_parameters("password", "identity_number", "phone")], name="dispatch")
class Window(View):
    """A page for somebody who has signed in."""

    site: Site = None  # type: ignore[assignment]  # every address gives one
    public = False
    folder = "windows"
    """Where its templates lie."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Ask for a sign-in first, unless the page is public."""
        if not request.user.is_authenticated and not self.public:
            return redirect_to_login(request.get_full_path(), self.site.url("sign_in"))
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def at(self) -> datetime:
        """The present instant, read once for each request."""
        return present.now()

    @property
    def account(self) -> Account:
        """Who is signed in."""
        assert isinstance(self.request.user, Account)
        return self.request.user

    @cached_property
    def roles(self) -> frozenset[Role]:
        """The roles of the account's posts that work in this portal."""
        return self.site.rights.roles(self.account, self.at) & self.site.roles

    @cached_property
    def posts(self) -> list[Post]:
        """The account's posts that work in this portal."""
        return [post for post in self.site.rights.posts(self.account, self.at) if post.role in self.site.roles]

    def visible(self) -> CaseSet:
        """Return the cases that somebody sees in this portal: their own, and those of posts that work here."""
        rights = self.site.rights
        reaches = [rights.reach(post) for post in self.posts]
        allowed = Q(pk__in=rights.own_cases(self.account).values("pk"))
        for reach in reaches:
            allowed |= reach if reach is not None else Q(pk__in=[])
        return Case.objects.of(self.site.code).filter(allowed)

    def rows(self, cases: Sequence[Case]) -> list[dict[str, Any]]:
        """Return the rows of a list of cases as the reader sees them: staff with what anybody asked of the other
        platform, people with what was asked for their own side.
        """
        own = self.site.rights.persons(self.account, cases)
        persons = {case.pk: speakers(case, own[case.pk]) for case in cases if own[case.pk] or not self.roles & INSIDERS}
        return list_rows(cases, self.at, self.site.links, persons=persons)

    def page(self, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        """Return a page of this portal."""
        framed = {
            "site": self.site,
            "own_pages": self.own_pages(),
            "unread": SimpleLazyObject(self._unread),
            **context,
        }
        return render(self.request, f"{self.folder}/{template}.html", framed, status=status)

    def _unread(self) -> str:
        """Return what the menu counts; asked only where a page shows it."""
        if not self.request.user.is_authenticated:
            return ""
        return waiting(self.account, inbox(self.account, self.site.code, self.posts))

    def own_pages(self) -> list[dict[str, Any]]:
        """Return what the menu offers the reader's roles."""
        roles = self.roles if self.request.user.is_authenticated else frozenset()
        offered: dict[str, Any] = {}
        for role, name, label in self.site.menu:
            if role in roles:
                offered.setdefault(name, label)
        return [{"label": label, "url": self.site.url(name)} for name, label in offered.items()]

    def to(self, name: str, **kwargs: Any) -> HttpResponse:
        """Lead on to another page of this portal."""
        return HttpResponseRedirect(self.site.url(name, **kwargs))


class Home(Window):
    """The platform's own front page; for somebody signed in also what waits for them."""

    public = True

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the page."""
        signed_in = request.user.is_authenticated
        drafts = own_drafts(self.account, self.site)[:5] if signed_in else []
        return self.page("home", {"drafts": drafts, "signed_in": signed_in, "opening": self.site.opening})


# A list of cases.


class WorkFilter(WordedForm):
    """What a work list can be narrowed to."""

    state = forms.ChoiceField(label=_("状态"), required=False, choices=[("", _("全部")), *terms(State)])
    late = forms.ChoiceField(label=_("期限"), required=False, choices=[("", _("全部")), ("late", _("已逾期"))])
    text = forms.CharField(
        label=_("案号或者当事人"), required=False, max_length=60, widget=forms.TextInput(attrs={"type": "search"})
    )


class Work(Window):
    """The reader's cases, newest first, by key; overdue ones stand first on the first page."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of the list."""
        form = WorkFilter(request.GET)
        wanted = form.cleaned_data if form.is_valid() else {}
        narrowed = self._narrowed(self.visible(), wanted)
        before = _cursor(request.GET.get("before", ""))
        found = list(_after(narrowed, before).order_by("-filed_at", "-id")[: PAGE + 1])
        shown, more = found[:PAGE], len(found) > PAGE
        late: list[Case] = []
        if before is None and not wanted.get("late"):
            late = list(self._late(narrowed).order_by("filed_at", "id")[:MOST_LATE])
        asked = self._asked(narrowed) if before is None else []
        rows = self.rows([*late, *asked, *shown])
        elsewhere = [row for row in rows[len(late) : len(late) + len(asked)] if row["asked"]]
        query = request.GET.copy()
        older = newer = ""
        if more:
            query["before"] = f"{shown[-1].filed_at.isoformat()}~{shown[-1].pk}"
            older = f"?{query.urlencode()}"
        if before is not None:
            query.pop("before", None)
            newer = f"?{query.urlencode()}"
        first = _first_actor(self.roles)
        return self.page(
            "work",
            {
                "late": rows[: len(late)],
                "asked": elsewhere,
                "cases": rows[len(late) + len(asked) :],
                "form": form,
                "older_url": older,
                "newer_url": newer,
                "roles": self.roles,
                "role_label": gettext(first.label) if first else "",
                "is_organisation": Role.ORGANISATION in self.roles,
                "drafts": own_drafts(self.account, self.site)[:5] if not self.roles else [],
                "desk": works_at_desk(self.account, self.site.code),
                "notices": self._notices() if not self.roles and before is None else [],
            },
        )

    def _notices(self) -> list[dict[str, Any]]:
        """Return what the reader was told last, newest first."""
        found = list(inbox(self.account, self.site.code, ())[:MOST_NEWS])
        return [
            {**row, "title": row["case"], "url": self.site.url("notice", notice=row["pk"])}
            for row in inbox_rows(self.account, found)
        ]

    def _narrowed(self, cases: CaseSet, wanted: dict[str, Any]) -> CaseSet:
        if wanted.get("state"):
            cases = cases.filter(state=wanted["state"])
        if wanted.get("late"):
            cases = self._late(cases)
        if text := wanted.get("text", "").strip():
            named = Party.objects.filter(case=OuterRef("pk"), platform=self.site.code, name__startswith=text)
            number = text.replace("(", "（").replace(")", "）")
            found = Q(number=number) | Q(Exists(named))
            if between := within(text):
                found |= Q(ref__range=between)
            cases = cases.filter(found)
        return cases

    def _asked(self, cases: CaseSet) -> list[Case]:
        """Return the cases in which something asked of the other platform is not settled, the latest first."""
        asked = queries.open_requests(self.site.code, self.at)
        return list(cases.filter(pk__in=asked.values("case")).order_by("-filed_at", "-id")[:MOST_LATE])

    def _late(self, cases: CaseSet) -> CaseSet:
        overdue = Clock.objects.filter(case=OuterRef("pk"), state=Clock.RUNNING, due_at__lt=self.at)
        # Staff are reminded of what they themselves are late with, parties of everything.
        return cases.filter(Exists(overdue.filter(owned=True) if self.roles else overdue))


def works_at_desk(account: Account, platform: str) -> bool:
    """Tell whether somebody answers for a firm: they are one, or sit at the desk of one."""
    return is_firm(account) or bool(roster.desk_posts(account, platform))


def is_firm(account: Account) -> bool:
    """Tell whether an account is verified as a firm's."""
    return bool(account.identity_verified_at) and account.identity_kind in FIRM_KINDS


def _first_actor(roles: frozenset[Role]) -> Role | None:
    return next((role for role in (Role.ORGANISATION, Role.MEDIATOR) if role in roles), None)


def _cursor(text: str) -> tuple[datetime, int] | None:
    instant, _tilde, key = text.partition("~")
    try:
        at = datetime.fromisoformat(instant)
        known = at.tzinfo is not None and 2000 < at.year < 2200 and 0 <= int(key) < 2**62
        return (at, int(key)) if known else None
    except ValueError:
        return None


def _after(cases: CaseSet, before: tuple[datetime, int] | None) -> CaseSet:
    if before is None:
        return cases
    at, key = before
    return cases.filter(Q(filed_at__lt=at) | Q(filed_at=at, pk__lt=key))


# One case.


class CaseWindow(Window):
    """A page about one case that the reader may see; anything else is not found."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Take the case's reference from the address."""
        super().setup(request, *args, **kwargs)
        self.ref: uuid.UUID = kwargs["ref"]

    @cached_property
    def case(self) -> Case:
        """The case; raises Http404 where the reader may not see it."""
        visible = self.visible().filter(ref=self.ref).prefetch_related("people")
        found = self.site.rights.reached(visible, self.account, self.at).first()
        if found is None:
            raise Http404
        return found

    @cached_property
    def actors(self) -> list[Actor]:
        """The capacities in which the reader may act here; never empty."""
        every = self.site.rights.actors(self.account, self.case, self.at)
        found = [actor for actor in every if actor.role in PEOPLE or actor.role in self.site.roles]
        if not found:
            raise Http404
        self.request.actor = found[0]  # type: ignore[attr-defined]
        return found

    @cached_property
    def view(self) -> CaseView:
        """What the page shows."""
        return CaseView(self.case, self.actors, self.site.rights, self.at, self.site.links)

    def crumbs(self, last: str = "") -> list[dict[str, str]]:
        """Return where the reader is."""
        trail = [{"label": gettext("我的案件"), "url": self.site.url("work")}]
        here = {
            "label": self.case.called,
            "url": self.site.url("case", ref=self.case.ref) if last else "",
        }
        return [*trail, here, *([{"label": last, "url": ""}] if last else [])]

    def duty(self, actors: Iterable[Actor]) -> str:
        """Return the article under which a party for which these act may not refuse mediation, or an empty text."""
        ours = [ref for actor in actors for ref in guards.acts_for(self.case, actor)]
        said = (duty_to_take_part(self.case, ref, local_day(self.at)) for ref in ours)
        return next(filter(None, said), "")

    def host(self) -> Actor:
        """Return the staff capacity that may invite and reveal; raises Http404 for everybody else."""
        found = next((actor for actor in self.actors if actor.role in HOSTS), None)
        if found is None:
            raise Http404
        return found

    def person(self, ref: uuid.UUID) -> Party:
        """Return one person of the case; raises Http404."""
        found = next((person for person in self.case.people.all() if person.ref == ref), None)
        if found is None:
            raise Http404
        return found


class CasePage(CaseWindow):
    """The case: who has it, until when, what can be done, what happened."""

    def get(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Show the page."""
        hosts = any(actor.role in HOSTS for actor in self.actors)
        papers = offers(self.view, lambda kind: self.site.url("paper", ref=ref, kind=kind))
        acts = self.site.rights.drafting(self.actors)
        drafted = DraftAct.WRITE in acts or (
            acts and self.case.agreement_drafts.filter(shared_at__isnull=False).exists()
        )
        complains = self.case.organisation and any(actor.role in PEOPLE for actor in self.actors)
        return self.page(
            "case",
            {
                **self.view.context(),
                "crumbs": self.crumbs(),
                "hosts": hosts,
                "reveals": hosts,
                "papers": papers,
                "passport_url": self.site.url("passport", ref=ref) if self.view.audiences else "",
                "agreement_url": self.site.url("agreement", ref=ref) if drafted else "",
                "mediation_url": (
                    self.site.url("mediation", ref=ref) if self.site.rights.channels(self.case, self.actors) else ""
                ),
                "complain_url": self.site.url("complain", ref=ref) if complains else "",
                "signing": signing.panel(self.view, self.site.url),
                "services_url": self.site.url("services", ref=ref),
                "performance_url": self.site.url("performance", ref=ref) if self.view.obligations else "",
                "bound": self.duty(self.actors) if self.case.state in NOT_BEGUN else "",
                "sue_url": self.site.url("suing", ref=ref)
                if any(actor.role in PEOPLE for actor in self.actors)
                else "",
                "refused": standing.refused(self.view),
                "decided": standing.decided(self.view),
            },
        )


class MovePage(CaseWindow):
    """The form of one move, and making it."""

    def get(self, request: HttpRequest, ref: uuid.UUID, move: str) -> HttpResponse:
        """Show the form, or why it cannot be shown."""
        actor, why = self._actor(move)
        if why is not None:
            return self._closed(move, why)
        known = relations.prefilled(self.case, actor, move) | drawn_up(self.case, actor, move)
        if "obligation" in request.GET:
            known["obligation"] = request.GET["obligation"]
        form = MoveForm(MOVES[move], self.case, actor, self.at, initial=known)
        return self._closed(move, ELSEWHERE) if form.is_text_elsewhere else self._shown(form)

    def post(self, request: HttpRequest, ref: uuid.UUID, move: str) -> HttpResponse:
        """Make the move; a form that was sent twice answers as it did the first time."""
        actor, why = self._actor(move)
        form = MoveForm(MOVES[move], self.case, actor, self.at, request.POST, request.FILES)
        # Sent twice, the first may already have closed this move: the door knows the key and answers the same.
        if form.is_text_elsewhere:
            why = ELSEWHERE
        if why is not None and not self._was_made(form):
            return self._closed(move, actions.overtaken(self.case, request.POST.get("seen", "")) or why)
        if "send_code" in request.POST and "code" in form.fields:
            return self._send_code(form)
        if form.is_valid() and (wrong := relations.unexplained(form)):
            form.add_error("reason", wrong)
        done = actions.submit(form, self.account, self.at)
        if done is None:
            self.case.refresh_from_db()
            data = request.POST.copy()
            data["seen"] = str(self.case.entries)
            form.data = data
            return self._shown(form, status=422)
        self.site.ring()
        if move in SIGNED:
            ring_seal()
        messages.success(request, self._said(done))
        if not self.visible().filter(pk=self.case.pk).exists():
            return self.to("work")
        return self.to("case", ref=self.case.ref)

    def _send_code(self, form: MoveForm) -> HttpResponse:
        try:
            where = proving.send(self.case, self.account, self.at)
        except Refused as refused:
            messages.error(self.request, actions.spoken(refused, self.at))
        else:
            ring_tell()
            messages.success(self.request, gettext("验证码已发送到%(where)s，10分钟内有效。") % {"where": where})
        return self.to("move", ref=self.case.ref, move=form.declared.name)

    def _said(self, done: CaseEvent | Request) -> str:
        label = gettext(MOVES[done.move].label)
        if isinstance(done, Request):
            return gettext("已提交“%(label)s”，等待对方平台处理。") % {"label": label}
        return gettext("已办理“%(label)s”，记入第%(number)d号记录。") % {"label": label, "number": done.number}

    def _actor(self, move: str) -> tuple[Actor, Refused | None]:
        """Return who makes the move, and why not if it cannot be made; raises Http404 for a move nobody here has."""
        if move not in MOVES or move in OWN_PAGES:
            raise Http404
        possible = [actor for actor in self.actors if actor.role in MOVES[move].by]
        if not possible:
            raise Http404
        refusals = []
        for actor in possible:
            listed = {declared.name: why for declared, why in options(self.case, actor, self.at)}
            why = listed[move] if move in listed else not_now(move)
            if why is None:
                return actor, None
            refusals.append((actor, why))
        return refusals[0]

    def _was_made(self, form: MoveForm) -> bool:
        if "key" in form.errors:
            return False
        key = f"{self.account.ref.hex}/{form.data['key']}"
        made = CaseEvent.objects.filter(platform=self.site.code, case=self.case, key=key)
        return made.exists() or Request.objects.filter(platform=self.site.code, case=self.case, key=key).exists()

    def _closed(self, move: str, why: Refused) -> HttpResponse:
        late = isinstance(why, Overtaken)
        return self.page(
            "closed",
            {
                "title": self.view.title,
                "label": gettext(MOVES[move].label),
                "reason": actions.spoken(why, self.at) if late else gettext(why.reason),
                "article": citations(why.law, local_day(self.at)),
                "next_step": gettext(why.remedy) if why.remedy and not late else "",
                "case_url": self.site.url("case", ref=self.case.ref),
                "crumbs": self.crumbs(gettext(MOVES[move].label)),
            },
            status=409,
        )

    def _shown(self, form: MoveForm, status: int = 200) -> HttpResponse:
        declared = form.declared
        label = gettext(declared.label)
        offer = next((one for one in self.view.moves if one.name == declared.name), None)
        return self.page(
            "move",
            {
                "title": self.view.title,
                "label": label,
                "form": form,
                "article": citations(declared.law, local_day(self.at)),
                "meaning": gettext(MEANINGS.get(declared.name, "")) if declared.name in MEANINGS else "",
                "grave": bool(offer and offer.grave),
                "case_url": self.site.url("case", ref=self.case.ref),
                "crumbs": self.crumbs(label),
                "elsewhere": not self.view.is_written_here,
                "hints": relations.hints(form),
                "searched": relations.searched(declared.name),
                "bound": self.duty([form.actor]) if declared.name in REFUSING else "",
            },
            status=status,
        )


def not_now(move: str) -> Refused:
    """Return the refusal of a move that does not exist in the case's present state or track."""
    reason, remedy = gettext_noop("案件目前的状态下不能这样做"), gettext_noop("请查看案件的最新进展")
    return Refused("state", reason, MOVES[move].law, remedy)


class Download(CaseWindow):
    """Hand out one document that the reader may read; who took it stands in the local log."""

    def get(self, request: HttpRequest, ref: uuid.UUID, document: uuid.UUID) -> HttpResponseBase:
        """Return the file, to be saved rather than shown."""
        found = self.site.rights.document(self.case, self.actors, document)
        if found is None:
            raise Http404
        headers = files.download_headers(found.name, found.media_type)
        try:
            answer = files.hand_out(self.site.code, found.sha256, headers)
        except files.FileInfected:
            return self.to("document_view", ref=ref, document=document)
        except files.BlobMissing:
            return self.page(
                "arriving", {"name": found.name, "case_url": self.site.url("case", ref=self.case.ref)}, 404
            )
        by = self.actors[0]
        log.note(self.site.code, str(self.case.ref), "download", by=by, at=self.at, facts={"document": str(found.ref)})
        return answer


class Reveal(CaseWindow):
    """Show one person's full identifiers to staff who need them; the reason stands in the local log."""

    def post(self, request: HttpRequest, ref: uuid.UUID, party: uuid.UUID) -> HttpResponse:
        """Show the identifiers once."""
        by = self.host()
        if not self.site.rights.may_reveal([by]):
            raise Http404
        person = self.person(party)
        log.note(self.site.code, str(self.case.ref), "reveal", by=by, at=self.at, facts={"party": str(person.ref)})
        case_url = self.site.url("case", ref=self.case.ref)
        return self.page(
            "reveal", {"person": person, "case_url": case_url, "crumbs": self.crumbs(gettext("查看完整信息"))}
        )


class Invite(CaseWindow):
    """Issue a one-time code by which a party takes its place."""

    def post(self, request: HttpRequest, ref: uuid.UUID, party: uuid.UUID) -> HttpResponse:
        """Show the code, once, or send it to the party's telephone."""
        by = self.host()
        person = self.person(party)
        code = invitations.invite(self.case, person, by=by, at=self.at)
        if "send" in request.POST and person.phone:
            address = request.build_absolute_uri(self.site.url("claim"))
            with translation.override(language_of(self.case, str(person.ref), self.at)):
                told = {"case": sides(self.case, named=False), "code": code, "address": address}
                text = gettext("邀请您参加%(case)s纠纷的调解。请在十四日内打开%(address)s，登录后填写邀请码%(code)s。")
            partylink.write(self.case, person, Errand.LINK, text % told, self.at)
            messages.success(request, gettext("邀请码已发送到%(phone)s。") % {"phone": mask_phone(person.phone)})
            return self.to("case", ref=ref)
        return self.page(
            "invited",
            {
                "code": code,
                "person": person,
                "until": self.at + invitations.LIFETIME,
                "address": request.build_absolute_uri(self.site.url("claim")),
                "case_url": self.site.url("case", ref=self.case.ref),
                "crumbs": self.crumbs(gettext("邀请参加")),
            },
        )


class CodeForm(WordedForm):
    """A code somebody was given."""

    code = forms.CharField(
        label=_("邀请码"),
        max_length=80,
        help_text=_("16位字母和数字，大小写都可以，横线可以不填。"),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}),
    )


class TakePlace(Window):
    """Redeem an invitation: from then on the case stands among one's own."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask for the code."""
        return self.page("claim", {"form": CodeForm()})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take the place, or say why not."""
        form = CodeForm(request.POST)
        if form.is_valid():
            try:
                case = invitations.redeem(self.site.rights, form.cleaned_data["code"], self.account, self.at)
            except invitations.CodeRefused as refused:
                form.add_error("code", str(refused))
            else:
                messages.success(request, gettext("您已参加该案。"))
                return self.to("case", ref=case.ref)
        return self.page("claim", {"form": form}, status=422)


# Applying.


def own_drafts(account: Account, site: Site) -> Any:
    """Return the account's applications that were not sent yet, latest first."""
    return Draft.objects.filter(account=account, platform=site.code, kind=site.opening, sent="").order_by("-updated_at")


class Start(Window):
    """Before applying: what is needed, and one's own drafts."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the page."""
        return self.page("apply_start", {"drafts": own_drafts(self.account, self.site)[:10]})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Begin a new application."""
        draft = Draft.objects.create(
            platform=self.site.code, account=self.account, kind=self.site.opening, updated_at=self.at
        )
        application = Application(draft, self.account, self.site.plan, self.at)
        if wish := request.POST.get("organisation", ""):
            application.take("addressee", {"organisation": wish[:36]})
        if request.POST.get("fits"):
            application.take("fit", {"about": "yes", "earlier": "no"})
        return self.to("tasks", draft=draft.ref)


class DraftWindow(Window):
    """A page about one's own application; somebody else's is not found."""

    step_page, tasks_page = "step", "tasks"

    @property
    def kind(self) -> str:
        """What kind of drafts the page is about."""
        return self.site.opening

    @property
    def plan(self) -> tuple[Step, ...]:
        """The steps of such a draft."""
        return self.site.plan

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Take the draft's reference from the address."""
        super().setup(request, *args, **kwargs)
        self.ref: uuid.UUID = kwargs["draft"]

    @cached_property
    def draft(self) -> Draft:
        """The draft; raises Http404 where it is not the reader's."""
        found = Draft.objects.filter(ref=self.ref, platform=self.site.code, account=self.account, kind=self.kind)
        draft = found.first()
        if draft is None:
            raise Http404
        return draft

    @cached_property
    def application(self) -> Application:
        """The answers so far."""
        return Application(self.draft, self.account, self.plan, self.at)

    def crumbs(self, last: str) -> list[dict[str, str]]:
        """Return where the reader is."""
        return [
            {"label": gettext("申请调解"), "url": self.site.url("apply")},
            {"label": gettext("我的申请"), "url": self.site.url("tasks", draft=self.draft.ref)},
            {"label": last, "url": ""},
        ]


class Tasks(DraftWindow):
    """The task list of one application."""

    def get(self, request: HttpRequest, draft: uuid.UUID) -> HttpResponse:
        """Show which steps are done; a sent application shows its receipt."""
        if self.draft.sent:
            return self.to("receipt", draft=draft)
        held = self.application
        missing = {step.name for step, _why in held.faults()}
        tasks = [
            {
                "label": step.label,
                "hint": step.hint,
                "url": self.site.url("step", draft=draft, step=step.name),
                "status": _status(held, step, missing),
            }
            for step in held.plan
        ]
        last = {
            "label": gettext("核对并提交"),
            "url": self.site.url("check", draft=draft),
            "status": "blocked" if missing else "todo",
        }
        done = sum(task["status"] == "done" for task in tasks)
        return self.page(
            "apply_tasks",
            {"tasks": [*tasks, last], "done": done, "all": len(tasks), "draft": self.draft, "ready": not missing},
        )


def _status(held: Application, step: Step, missing: set[str]) -> str:
    if step.form is EvidenceForm:
        return "done" if held.files else "optional"
    if step.optional and step.name not in held.answers:
        return "optional"
    return "todo" if step.name in missing else "done"


WHOLE = "all"
"""What an address says instead of a page's number where all fields of a step stand on one page."""


def _address(step: Step, sheet: int = 0, *, whole: bool = False) -> str:
    """Return what the address of a page of a step is called: "who", "who-2", "who-all"."""
    if whole and step.sheets:
        return f"{step.name}-{WHOLE}"
    return f"{step.name}-{sheet + 1}" if sheet else step.name


class StepPage(DraftWindow):
    """One step of an application, on one page or on several; all on one page for whoever asks for it."""

    @cached_property
    def step(self) -> Step:
        """The step; raises Http404 for one this application does not need, or that was sent."""
        found = self.application.step(self.kwargs["step"].partition("-")[0])
        if found is None or self.draft.sent:
            raise Http404
        return found

    @cached_property
    def sheet(self) -> int | None:
        """Which page of the step this is, counted from 0, or None where all stand on one; raises Http404."""
        _name, more, which = self.kwargs["step"].partition("-")
        if not self.step.sheets and not more:
            return None
        if which == WHOLE:
            return None
        if which in [str(number) for number in range(2, len(self.step.sheets) + 1)]:
            return int(which) - 1
        if more:
            raise Http404
        return 0

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that stand on this page."""
        if self.sheet is not None:
            return self.step.sheets[self.sheet].fields
        return (*self.step.form(self.application).fields, *(name for one in self.step.sheets for name in one.fields))

    def get(self, request: HttpRequest, draft: uuid.UUID, step: str) -> HttpResponse:
        """Show the step; ``pick`` fills a company in that was found."""
        picked = companies.by_name(request.GET["pick"]) if "pick" in request.GET else None
        known = None
        if picked is not None and self.step.form is RespondentForm:
            known = {
                "kind": PartyKind.COMPANY.value,
                "name": picked.name,
                "institution": picked.institution.value,
                "credit_code": picked.credit_code,
            }
        form = self.application.form(self.step, known=known)
        form.show_only(self.names)
        return self._shown(form)

    def post(self, request: HttpRequest, draft: uuid.UUID, step: str) -> HttpResponse:
        """Save the page and go on to the next; ``skip`` leaves an optional step, ``drop`` takes a file out."""
        held, here = self.application, self.step
        if here.optional and "skip" in request.POST:
            held.answers.pop(here.name, None)
            held.save()
            return self._onward(over=True)
        if "drop" in request.POST:
            with transaction.atomic():
                held.drop_file(request.POST["drop"])
            return self.to(self.step_page, draft=draft, step=step)
        if here.form is EvidenceForm and "onward" in request.POST and not request.FILES:
            return self._onward()
        names = self.names
        form = held.sheet_form(here, names, request.POST, request.FILES)
        if not form.is_valid():
            return self._shown(form, status=422)
        if received := form.cleaned_data.get("uploads"):
            with transaction.atomic():
                kept = keep(self.site.code, received, self.at)
                if here.form is EvidenceForm:
                    held.add_files(kept, form.cleaned_data["kind"], form.cleaned_data["audience"])
                else:
                    held.add_files(kept, DocumentKind.AUTHORITY.value)
        if here.form is EvidenceForm:
            return self._onward() if "onward" in request.POST else self.to(self.step_page, draft=draft, step=step)
        held.take_sheet(here, names, form.saved())
        return self._onward()

    def _onward(self, *, over: bool = False) -> HttpResponse:
        """Go to the next page of this step, or to the first later one where something is missing, or to the list.

        ``over`` leaves the rest of this step out.
        """
        held, draft = self.application, self.draft.ref
        if self.request.GET.get("back") == "check":
            return self.to("check", draft=draft)
        plan = held.plan
        if self.sheet is not None and self.sheet + 1 < len(self.step.sheets) and not over:
            return self.to(self.step_page, draft=draft, step=_address(self.step, self.sheet + 1))
        here = next((place for place, step in enumerate(plan) if step.name == self.step.name), len(plan))
        begun = {step.name for step, _why in held.faults() if step.sheets}
        whole = self.sheet is None and bool(self.step.sheets)
        for step in plan[here + 1 :]:
            asked = step.name not in held.answers and not (step.form is EvidenceForm and held.files)
            if asked or step.name in begun:
                page = _address(step, held.first_wrong(step), whole=whole)
                return self.to(self.step_page, draft=draft, step=page)
        return self.to(self.tasks_page, draft=draft)

    def _shown(self, form: forms.Form, status: int = 200) -> HttpResponse:
        here, plan = self.step, self.application.plan
        place = next(number for number, step in enumerate(plan, 1) if step.name == here.name)
        first = not self.sheet
        return self.page(
            "apply_step",
            {
                "form": form,
                "step": here,
                "place": place,
                "all": len(plan),
                **self._paging(place, plan),
                "may_skip": here.optional and first,
                "files": self.application.files if here.form is EvidenceForm else [],
                "is_evidence": here.form is EvidenceForm,
                "crumbs": self.crumbs(gettext(here.label)),
                "tasks_url": self.site.url(self.tasks_page, draft=self.draft.ref),
                **(self._search() if here.form is RespondentForm and first else {}),
                **(self._sending() if here.form is EvidenceForm else {}),
            },
            status=status,
        )

    def _paging(self, place: int, plan: list[Step]) -> dict[str, Any]:
        """Return which page of the step this is, what it is called, and the ways back and to the other lay-out."""
        here, draft = self.step, self.draft.ref
        before = plan[place - 2] if place > 1 else None
        back = _address(here, (self.sheet or 1) - 1) if self.sheet else None
        if back is None and before is not None:
            whole = self.sheet is None and bool(here.sheets)
            back = _address(before, max(len(before.sheets) - 1, 0), whole=whole)
        return {
            "heading": here.label if self.sheet is None else here.sheets[self.sheet].label,
            "sheet": None if self.sheet is None else self.sheet + 1,
            "sheets": len(here.sheets),
            "back_url": self.site.url(self.step_page, draft=draft, step=back) if back else "",
            "other_url": self.site.url(self.step_page, draft=draft, step=_address(here, whole=self.sheet is not None))
            if here.sheets
            else "",
        }

    def _search(self) -> dict[str, Any]:
        """Return what the search for companies found."""
        text = self.request.GET.get("find", "")[:60]
        return {
            "searches": True,
            "find": text,
            "found": companies.search(text),
            "origin": companies.origin(),
            "picked": self.request.GET.get("pick"),
            "back": self.request.GET.get("back") == "check",
        }

    def _sending(self) -> dict[str, Any]:
        """Return what the page needs to send files by pieces, and what may be sent."""
        return {
            "limits": limits(MOST_FILES),
            "goal": f"draft:{self.draft.ref}",
            "uploads_url": self.site.url("uploads"),
            "done_url": self.request.path,
        }


class Check(DraftWindow):
    """Check one's answers, then send."""

    def get(self, request: HttpRequest, draft: uuid.UUID) -> HttpResponse:
        """Show every answer."""
        if self.draft.sent:
            return self.to("receipt", draft=draft)
        return self._shown([])

    def post(self, request: HttpRequest, draft: uuid.UUID) -> HttpResponse:
        """Send the application; sending twice gives the first receipt."""
        if self.draft.sent:
            return self.to("receipt", draft=draft)
        held = self.application
        errors = [
            {"text": f"{step.label}：{why}", "url": self._place(step, held.first_wrong(step))}
            for step, why in held.faults()
        ]
        if not request.POST.get("truthful"):
            errors.append({"text": gettext("请确认内容真实，再提交。"), "url": "#id_truthful"})
        if errors:
            return self._shown(errors, status=422)
        try:
            with transaction.atomic():
                event = self.site.send(held)
                Claim.objects.get_or_create(
                    case=event.case, party=event.by["ref"], account=self.account, defaults={"claimed_at": self.at}
                )
                Draft.objects.filter(pk=self.draft.pk).update(sent=str(event.case.ref), updated_at=self.at)
        except Refused as refused:
            return self._shown([{"text": actions.spoken(refused, self.at), "url": ""}], status=422)
        self.site.ring()
        return self.to("receipt", draft=draft)

    def _shown(self, errors: list[dict[str, str]], status: int = 200) -> HttpResponse:
        rows = [
            {**row, "change_url": f"{self._place(row['step'], row['sheet'])}?back=check"}
            for row in self.application.rows()
        ]
        context = {"rows": rows, "errors": errors, "crumbs": self.crumbs(gettext("核对并提交"))}
        return self.page("apply_check", context, status=status)

    def _place(self, step: Step, sheet: int) -> str:
        """Return the address of a page of a step."""
        return self.site.url("step", draft=self.draft.ref, step=_address(step, sheet))


class Receipt(DraftWindow):
    """The receipt of an application that was sent, with the limitation stamp; ``copy`` shows what was filed as well."""

    copy = False

    def get(self, request: HttpRequest, draft: uuid.UUID) -> HttpResponse:
        """Show it."""
        if not self.draft.sent:
            return self.to("tasks", draft=draft)
        case = Case.objects.of(self.site.code).get(ref=self.draft.sent)
        event = CaseEvent.objects.get(case=case, number=1)
        held = self.application
        respondents = [stated["name"] for _name, stated in held.respondents]
        receipt = {
            "number": case.number or short(case.ref),
            "recipient": self.site.recipient(held),
            "submitted_at": event.at,
            "protection_at": event.at,
            "items": [
                {"label": gettext("申请人"), "value": held.of("who").get("name", "")},
                {"label": gettext("被申请人"), "value": gettext("、").join(respondents)},
                {"label": gettext("材料"), "value": gettext("%(count)d份") % {"count": len(held.files)}},
            ],
            "next_steps": self._following(case),
            "digest": event.hash,
            "code": receipt_code(event.hash),
            "check_url": self.site.url("roster_certificate"),
            "paper_url": self.site.url("paper", ref=case.ref, kind=PaperKind.COPY.value),
            "copy_url": "" if self.copy else self.site.url("copy", draft=draft),
            "case_url": self.site.url("case", ref=case.ref),
        }
        rows = held.rows() if self.copy else []
        return self.page("apply_receipt", {"receipt": receipt, "rows": rows, "files": held.files if self.copy else []})

    def _following(self, case: Case) -> list[str]:
        """Return what comes next: until when somebody must answer, and whether the other side may refuse (C16)."""
        clock = next(iter(running(case, self.at, queries.calendar())), None)
        bound = [ref for ref in guards.parties(case, Side.RESPONDENT) if guards.is_bound_to_take_part(case, ref)]
        may_not = gettext("对方是证券公司或者期货经营机构，依法不得拒绝普通投资者的调解申请；由调解组织联系您和对方。")
        return [
            gettext("在“我的案件”里可以随时看到案件在谁手里、到什么时候为止。"),
            *(
                [gettext("%(label)s：至%(due)s。") % {"label": clock.label, "due": spoken_instant(clock.due)}]
                if clock
                else []
            ),
            may_not if bound else gettext("材料可以继续补充；对方同意后，由调解组织联系您。"),
        ]


class Discard(DraftWindow):
    """Throw one's own unsent application away, once the question has been answered: nothing brings it back."""

    def get(self, request: HttpRequest, draft: uuid.UUID) -> HttpResponse:
        """Name the draft and ask."""
        if self.draft.sent:
            return self.to("receipt", draft=draft)
        said = self.application.of("dispute")
        label = gettext("删除草稿")
        context = {
            "respondents": [one["name"] for _name, one in self.application.respondents if one.get("name")],
            "cause": label_of(Cause(said["cause"])) if said.get("cause") else "",
            "files": len(self.application.files),
            "updated_at": self.draft.updated_at,
            "label": label,
            "tasks_url": self.site.url("tasks", draft=draft),
            "crumbs": self.crumbs(label),
        }
        return self.page("draft_discard", context)

    def post(self, request: HttpRequest, draft: uuid.UUID) -> HttpResponse:
        """Delete the draft."""
        if not self.draft.sent:
            with transaction.atomic():
                self.application.discard()
            messages.success(request, gettext("草稿已删除。"))
        return self.to("apply")
