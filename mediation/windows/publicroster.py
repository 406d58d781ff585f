"""The public roster (ZX-5, TY-8): organisations, mediators, and whether a certificate is genuine and in force.

Lives here: the pages, open to everybody. Does not live here: what is said of an organisation (``register``), questions
about the roster (``roster.queries``).
Called by: ``addresses``. Lists are walked by key; nothing here counts rows of a table.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mediation.models import CaseEvent
from mediation.vocabulary import Cause, EnclosureKind, LicenceKind, ListingStatus
from mediation.windows.filewords import LANGUAGES, NAMES
from mediation.windows.moveforms import terms
from mediation.windows.pages import label_of
from mediation.windows.pictures import public_photo
from mediation.windows.portal import Site, Window
from mediation.windows.register import PROVINCES, described, in_force, inviting_courts, phrases
from mediation.windows.worded import WordedForm
from mediation.workdays import local_day
from roster import queries as roster
from roster.conditions import has_lapsed
from roster.models import Court, Listing, Mediator, Organisation

PAGE = 20
MOST_PEOPLE = 50
MOST_ENTRIES = 100
APPLIED = ("case.file.v1", "case.apply.v1")
FEES = {"free": False, "fee": True}


class RosterFilter(WordedForm):
    """What a visitor may narrow the roster to."""

    court = forms.ChoiceField(label=_("邀请法院"), required=False)
    province = forms.ChoiceField(label=_("地区"), required=False, choices=[("", _("全部")), *PROVINCES])
    cause = forms.ChoiceField(
        label=_("纠纷类型"), required=False, choices=lambda: [("", gettext("全部")), *terms(Cause)]
    )
    fee = forms.ChoiceField(
        label=_("收费"), required=False, choices=[("", _("不限")), ("free", _("不收费")), ("fee", _("收费"))]
    )
    language = forms.ChoiceField(label=_("语言"), required=False, choices=[("", _("不限")), *LANGUAGES])
    text = forms.CharField(
        label=_("名称或者领域"), required=False, max_length=80, widget=forms.TextInput(attrs={"type": "search"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer all courts."""
        super().__init__(*args, **kwargs)
        courts = list(roster.courts().values_list("code", "name"))
        self.fields["court"] = forms.ChoiceField(
            label=_("邀请法院"), required=False, choices=[("", _("全部")), *courts]
        )
        self.order_fields(["court", "province", "cause", "fee", "language", "text"])

    def wanted(self) -> roster.Wanted:
        """Return what was understood, as the questions of the roster take it."""
        self.is_valid()
        found = self.cleaned_data
        return roster.Wanted(
            court=found.get("court", ""),
            cause=found.get("cause", ""),
            language=found.get("language", ""),
            text=found.get("text", ""),
            fee=FEES.get(found.get("fee", "")),
            region=found.get("province", ""),
            organisation=found.get("organisation") or "",
        )


class MediatorFilter(RosterFilter):
    """The same for mediators, of one organisation if the address names one; where they work is their organisation's."""

    organisation = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Leave out what a mediator's file does not say."""
        super().__init__(*args, **kwargs)
        del self.fields["province"]
        self.fields["text"].label = _("姓名或者领域")


def tabs(site: Site, current: str) -> list[dict[str, Any]]:
    """Return the three public lists."""
    lists = (
        ("roster", _("调解组织")),
        ("roster_mediators", _("调解员")),
        ("roster_certificate", _("核验证书")),
    )
    return [{"label": label, "url": site.url(name), "current": name == current} for name, label in lists]


def _turned(request: HttpRequest, after: str) -> str:
    query = request.GET.copy()
    query.pop("after", None)
    if after:
        query["after"] = after
    return f"?{query.urlencode()}"


def _pages(request: HttpRequest, found: Sequence[Any]) -> dict[str, str]:
    return {
        "newer_url": _turned(request, "") if request.GET.get("after") else "",
        "older_url": _turned(request, str(found[PAGE - 1].ref)) if len(found) > PAGE else "",
    }


class PublicWindow(Window):
    """A page of the public roster."""

    public = True
    folder = "mediation"


class RosterList(PublicWindow):
    """The organisations, by name, with a filter."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of the roster."""
        form, platform, today = RosterFilter(request.GET), self.site.code, local_day(self.at)
        wanted, after = form.wanted(), request.GET.get("after", "")
        found = roster.find_public(platform, wanted, on=today, after=after, most=PAGE + 1)
        organisations = found[:PAGE]
        refs = [one.ref for one in organisations]
        courts = inviting_courts(platform, "organisation", refs, today)
        counts = roster.count_public_mediators(platform, refs, today)
        rows = [
            {**described(one), "url": self.site.url("roster_entry", ref=one.ref), "mediator_count": counts[one.ref]}
            | {"courts": courts.get(one.ref, []), "languages": spoken_languages(one.languages)}
            | {"lapsed": has_lapsed(one, today)}
            for one in organisations
        ]
        context = {"form": form, "organisations": rows, "tabs": tabs(self.site, "roster")}
        return self.page("roster_list", context | _pages(request, found))


class MediatorList(PublicWindow):
    """The mediators, by name, with a filter."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page."""
        form, platform, today = MediatorFilter(request.GET), self.site.code, local_day(self.at)
        wanted, after = form.wanted(), request.GET.get("after", "")
        found = roster.find_public_mediators(platform, wanted, on=today, after=after, most=PAGE + 1)
        people = found[:PAGE]
        context = {
            "form": form,
            "mediators": mediator_rows(self.site, people, today),
            "of": roster.organisation(platform, wanted.organisation) if wanted.organisation else None,
            "tabs": tabs(self.site, "roster_mediators"),
        }
        return self.page("roster_mediators", context | _pages(request, found))


def mediator_rows(site: Site, people: Sequence[Mediator], on: date) -> list[dict[str, Any]]:
    """Return what ZX-5 publishes of mediators, in three queries for all of them."""
    bodies = {
        one.ref: one.name
        for one in Organisation.objects.filter(platform=site.code, ref__in={one.organisation for one in people})
    }
    invited = inviting_courts(site.code, "mediator", [one.ref for one in people], on)
    return [
        {
            "name": one.name,
            "url": site.url("roster_mediator", ref=one.ref),
            "certificate": one.licence_number,
            "expertise": phrases(one.expertise) or [label_of(Cause(code)) for code in one.causes],
            "languages": spoken_languages(one.languages),
            "charges_fee": one.charges_fee,
            "experience_years": one.experience_years,
            "organisation": bodies.get(one.organisation, ""),
            "organisation_url": site.url("roster_entry", ref=one.organisation),
            "courts": invited.get(one.ref, []),
            "lapsed": has_lapsed(one, on),
        }
        for one in people
    ]


def spoken_languages(codes: Iterable[str]) -> str:
    """Return languages in words."""
    return "、".join(str(NAMES["language"].get(code, code)) for code in codes)


def _entries(platform: str, column: str, ref: uuid.UUID, on: date) -> list[dict[str, Any]]:
    """Return the courts that invited somebody, with the term of each certificate, in two queries."""
    held = list(in_force(platform, on).filter(**{column: ref}).order_by("court")[:MOST_ENTRIES])
    names = dict(Court.objects.filter(code__in={one.court for one in held}).values_list("code", "name"))
    return [
        {
            "court": names.get(one.court, one.court),
            "number": one.certificate_number,
            "since": one.listed_on,
            "until": one.expires_on,
        }
        for one in held
    ]


class RosterEntry(PublicWindow):
    """One organisation with its mediators."""

    def get(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Show it; one that does not work is not found."""
        platform, today = self.site.code, local_day(self.at)
        found = roster.organisation(platform, ref)
        if found is None or not found.active:
            raise Http404
        wanted = roster.Wanted(organisation=ref)
        people = roster.find_public_mediators(platform, wanted, on=today, most=MOST_PEOPLE + 1)
        unit = roster.unit(found.unit) if found.unit else None
        shown = described(found) | {
            "entries": _entries(platform, "organisation", ref, today),
            "causes": "、".join(label_of(Cause(code)) for code in found.causes) or gettext("全部证券期货纠纷"),
            "languages": spoken_languages(found.languages),
            "video": found.video,
            "credit_code": found.credit_code,
            "licence": _licence(found),
            "lapsed": has_lapsed(found, today),
            "unit_label": unit.name if unit else "",
            "phone": found.phone,
            "address": found.address,
            "verified_on": found.verified_on,
            "verify_url": self.site.url("roster_certificate"),
            "apply_url": self.site.url("apply") if self.site.opening == "apply" else "",
        }
        context = {
            "organisation": shown,
            "mediators": mediator_rows(self.site, people[:MOST_PEOPLE], today),
            "more_url": f"{self.site.url('roster_mediators')}?organisation={ref}" if len(people) > MOST_PEOPLE else "",
            "crumbs": [
                {"label": gettext("调解组织和调解员"), "url": self.site.url("roster")},
                {"label": found.name, "url": ""},
            ],
        }
        return self.page("roster_organisation", context)


def _licence(found: Organisation) -> str:
    if not found.licence_kind:
        return ""
    kind = label_of(LicenceKind(found.licence_kind))
    until = found.licence_expires_on
    term = gettext("有效期至%(until)s") % {"until": until.isoformat()} if until else ""
    return " ".join(part for part in (kind, found.licence_number, term) if part)


class RosterMediator(PublicWindow):
    """One mediator."""

    def get(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Show what ZX-5 publishes; where they worked is for conflict checks and is not published."""
        platform, today = self.site.code, local_day(self.at)
        found = roster.mediator(platform, ref)
        if found is None or not found.active:
            raise Http404
        body = roster.organisation(platform, found.organisation)
        shown = {
            "name": found.name,
            "expertise": phrases(found.expertise),
            "causes": "、".join(label_of(Cause(code)) for code in found.causes),
            "languages": spoken_languages(found.languages),
            "charges_fee": found.charges_fee,
            "tariff": body.tariff if body and found.charges_fee else "",
            "experience_years": found.experience_years,
            "qualifications": found.qualifications,
            "groups": found.groups,
            "licence_number": found.licence_number,
            "licence_expires_on": found.licence_expires_on,
            "lapsed": has_lapsed(found, today),
            "training": found.certificate,
            "organisation": body.name if body else "",
            "organisation_url": self.site.url("roster_entry", ref=body.ref) if body and body.active else "",
            "scope": body.scope if body else "",
            "verified_on": found.verified_on,
            "entries": _entries(platform, "mediator", ref, today),
            "photo_url": self.site.url("roster_photo", ref=ref) if public_photo(platform, found, today) else "",
            "verify_url": self.site.url("roster_certificate"),
        }
        crumbs = [
            {"label": gettext("调解组织和调解员"), "url": self.site.url("roster")},
            {"label": gettext("调解员"), "url": self.site.url("roster_mediators")},
            {"label": found.name, "url": ""},
        ]
        return self.page("roster_mediator", {"mediator": shown, "crumbs": crumbs})


# Certificates.


RECEIPT_CODE = re.compile(r"[0-9a-f]{16}")


class CodeForm(WordedForm):
    """The code that stands on a certificate, a receipt or the copy of an application."""

    code = forms.CharField(
        label=_("核验码"),
        max_length=40,
        help_text=_(
            "证书上的是三组各四位，例如 7K2M-9QXA-4BRT；收据和申请副本上的是四组各四位，例如 0F3A-91C2-77DE-B046。"
        ),
        error_messages={"required": _("请输入核验码。")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


class Certificate(PublicWindow):
    """Whether a certificate is genuine and in force today; whether a receipt is, and of which instant."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask for the code, or answer."""
        asked = "code" in request.GET
        form = CodeForm(request.GET if asked else None)
        context: dict[str, Any] = {"form": form, "tabs": tabs(self.site, "roster_certificate"), "asked": False}
        if asked and form.is_valid():
            context |= self._answer(form.cleaned_data["code"])
        return self.page("roster_certificate", context)

    def _answer(self, code: str) -> dict[str, Any]:
        today = local_day(self.at)
        digits = roster.signs_of(code).lower()
        if RECEIPT_CODE.fullmatch(digits):
            return self._receipt(digits)
        found = roster.by_verification_code(self.site.code, code)
        if found is None:
            return {"asked": True, "tone": "bad", "verdict": gettext("没有这一核验码"), "entry": None}
        tone, verdict = verdict_of(found, today)
        file = roster.file_of(found)
        place = roster.court(found.court)
        page = "roster_entry" if found.organisation else "roster_mediator"
        return {
            "asked": True,
            "tone": tone,
            "verdict": verdict,
            "entry": {
                "name": file.name if file else "",
                "url": self.site.url(page, ref=found.entrant) if file and file.active else "",
                "kind_label": gettext("特邀调解组织") if found.organisation else gettext("特邀调解员"),
                "court": place.name if place else found.court,
                "number": found.certificate_number,
                "since": found.listed_on,
                "until": found.expires_on,
            },
        }

    def _receipt(self, digits: str) -> dict[str, Any]:
        """Say when and by whom an application was received, and nothing of whom or what it is about (TY-2)."""
        first = CaseEvent.objects.filter(
            platform=self.site.code, number=1, hash__gte=digits, hash__lt=f"{digits}g", kind__in=APPLIED
        )
        event = first.select_related("case").first()
        if event is None:
            return {"asked": True, "tone": "bad", "verdict": gettext("没有这一核验码"), "entry": None}
        stated = event.facts
        to: Organisation | Court | None = roster.court(stated.get("court", ""))
        if stated.get("organisation"):
            to = roster.organisation(self.site.code, stated["organisation"])
        received = {
            "at": event.at,
            "by": to.name if to else "",
            "number": event.case.number,
            "files": sum(one["kind"] == EnclosureKind.DOCUMENT for one in event.enclosures),
        }
        return {
            "asked": True,
            "tone": "good",
            "verdict": gettext("与平台的登记相符"),
            "entry": None,
            "received": received,
        }


def verdict_of(entry: Listing, on: date) -> tuple[str, str]:
    """Return the tone and the words for a certificate on a day: in force, expired, suspended, removed or left."""
    status = ListingStatus(entry.status)
    if status is ListingStatus.REMOVED:
        return "bad", gettext("已除名，证书失效")
    if (entry.expires_on is not None and entry.expires_on < on) or status is ListingStatus.EXPIRED:
        return "bad", gettext("已期满，证书失效")
    if status is ListingStatus.SUSPENDED:
        return "waiting", gettext("已暂停，暂停期间证书不能使用")
    if status is ListingStatus.LISTED:
        return "good", gettext("有效")
    return "bad", gettext("已退出名册，证书失效")
