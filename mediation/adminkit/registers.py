"""The roster at the desk, read-only, and API tokens.

Lives here: lists of courts, units, organisations, mediators and listings; issuing and revoking tokens through their
acts. Does not live here: the acts (``roster.tokens``), changing the roster.
Called by: both admin sites.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field, lookup_field
from django.db import models
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mediation import log
from mediation.adminkit import handouts
from mediation.adminkit.handouts import Handout
from mediation.adminkit.site import ACT, FILL, DeskRequest, DeskSite, Page, Section
from mediation.adminkit.spreadsheets import Value
from mediation.vocabulary import Role
from mediation.windows.worded import WordedForm
from mediation.workdays import local_day
from roster import tokens
from roster.models import Account, Client, Court, Listing, Mediator, Organisation, Unit

WIDTH = 24
TOKEN_COLUMNS = (
    (gettext_lazy("名称"), 36),
    (gettext_lazy("账户"), 24),
    (gettext_lazy("权限范围"), 40),
    (gettext_lazy("创建"), 12),
    (gettext_lazy("最近使用"), 12),
    (gettext_lazy("状态"), 12),
)


class Register(admin.ModelAdmin):
    """Rows to read: nobody adds, changes or deletes anything here, whoever they are."""

    actions = None
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    change_list_template = "mediation/admin/register.html"
    change_form_template = "mediation/admin/register_row.html"
    admin_site: DeskSite
    local: ClassVar[bool] = True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let every visitor of the desk read."""
        return self.admin_site.has_permission(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Let every visitor of the desk read."""
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Allow the list's own filters: any other lookup guesses at columns, or makes the database stumble."""
        return lookup.removesuffix("__exact") in (self.list_filter or ())

    def changelist_view(self, request: Any, extra_context: dict[str, Any] | None = None) -> Any:
        """Show the list under its own name, or hand it out as it is filtered."""
        request.GET = given = request.GET.copy()
        form = given.pop("form", [""])[-1]
        if form in (handouts.WORKBOOK, handouts.PAPER) and (answered := self._handed_out(request, form)):
            return answered
        framed = {"title": self.opts.verbose_name_plural, **handouts.addresses(request)}
        return super().changelist_view(request, {**framed, **(extra_context or {})})

    def _handed_out(self, request: Any, form: str) -> HttpResponseBase | None:
        """Return the list in this form; None if its address says what no filter of it means."""
        try:
            found = self.get_changelist_instance(request)
        except (IncorrectLookupParameters, DisallowedModelAdminLookup):
            return None
        names = [str(name) for name in self.list_display]
        columns = [(str(label_for_field(name, self.model, self)), WIDTH) for name in names]
        handout = Handout(
            str(self.opts.verbose_name_plural), columns, found.queryset, partial(self._lines, request, names)
        )
        return handouts.answer(self.admin_site, request, handout, form)

    def _lines(self, request: HttpRequest, names: Sequence[str], rows: Sequence[Any]) -> Iterator[list[Value]]:
        """Return the rows as the list shows them, with what its own question adds to them."""
        whole = self.get_queryset(request).in_bulk([row.pk for row in rows])
        for row in rows:
            if row.pk in whole:
                yield [_said(*lookup_field(name, whole[row.pk], self)) for name in names]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Return this platform's copies only."""
        rows = super().get_queryset(request)
        return rows.filter(platform=self.admin_site.rights.platform) if self.local else rows


class Courts(Register):
    """Courts by code."""

    local = False
    list_display = ("name", "code", "level", "province")
    list_filter = ("level",)
    search_fields = ("name", "code")


class Units(Register):
    """Supervising units by code."""

    local = False
    list_display = ("name", "code", "kind")
    list_filter = ("kind",)
    search_fields = ("name", "code")


class Organisations(Register):
    """Mediation organisations of this platform."""

    list_display = ("name", "kind", "unit", "taken", "capacity", "charges_fee", "active", "verified_on")
    list_filter = ("kind", "active", "charges_fee")
    search_fields = ("name", "credit_code")

    @admin.display(description=gettext_lazy("受理案由"))
    def taken(self, row: Organisation) -> str:
        """Return how many causes it takes; none named means all."""
        return _("%(count)d类") % {"count": len(row.causes)} if row.causes else _("不限")


class Mediators(Register):
    """Mediators of this platform; where they worked is for conflict checks and not shown in the list."""

    list_display = ("name", "organisation_name", "licence_number", "experience_years", "active")
    list_filter = ("active",)
    search_fields = ("name", "licence_number")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Add the organisation's name."""
        return _with_organisation(super().get_queryset(request))

    @admin.display(description=gettext_lazy("所属组织"), ordering="organisation_name")
    def organisation_name(self, row: Any) -> str:
        """Return the organisation's name."""
        return str(row.organisation_name or "—")


class Listings(Register):
    """Entries of the courts' rosters on this platform."""

    list_display = (
        "court",
        "organisation_name",
        "mediator_name",
        "status",
        "listed_on",
        "expires_on",
        "certificate_number",
    )
    list_filter = ("status",)
    search_fields = ("court", "certificate_number")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Add the names."""
        known = Mediator.objects.filter(platform=models.OuterRef("platform"), ref=models.OuterRef("mediator"))
        rows = _with_organisation(super().get_queryset(request))
        return rows.annotate(mediator_name=models.Subquery(known.values("name")[:1]))

    @admin.display(description=gettext_lazy("调解组织"))
    def organisation_name(self, row: Any) -> str:
        """Return the organisation's name."""
        return str(row.organisation_name or "—")

    @admin.display(description=gettext_lazy("调解员"))
    def mediator_name(self, row: Any) -> str:
        """Return the mediator's name."""
        return str(row.mediator_name or "—")


def _said(field: Any, _attribute: Any, value: Any) -> Value:
    """Return what a column of a row says: a code by its name, yes or no in words."""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if field is not None and field.flatchoices:
        return str(dict(field.flatchoices).get(value, value))
    return value if value is None or isinstance(value, (int, date)) else str(value)


def _with_organisation(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    known = Organisation.objects.filter(platform=models.OuterRef("platform"), ref=models.OuterRef("organisation"))
    return rows.annotate(organisation_name=models.Subquery(known.values("name")[:1]))


def register_roster(site: DeskSite, *, units: bool = False) -> None:
    """Put the roster's lists on a site."""
    site.register(Organisation, Organisations)
    site.register(Mediator, Mediators)
    site.register(Listing, Listings)
    site.register(Court, Courts)
    if units:
        site.register(Unit, Units)


# Tokens.


class TokenForm(WordedForm):
    """For whom a token is, what it is called, what it opens."""

    account = forms.ModelChoiceField(
        Account.objects.none(),
        label=gettext_lazy("对接账户"),
        to_field_name="login",
        empty_label=gettext_lazy("请选择"),
    )
    name = forms.CharField(label=gettext_lazy("名称"), max_length=80, help_text=gettext_lazy("例如：办案系统生产环境"))
    scopes = forms.MultipleChoiceField(label=gettext_lazy("权限范围"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, platform: str, scopes: Mapping[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        account, asked = self.fields["account"], self.fields["scopes"]
        assert isinstance(account, forms.ModelChoiceField)
        assert isinstance(asked, forms.MultipleChoiceField)
        held = Account.objects.filter(posts__platform=platform, posts__role=Role.INTEGRATOR, is_active=True)
        account.queryset = held.distinct()
        account.label_from_instance = lambda one: f"{one.name}（{one.login}）"  # type: ignore[assignment, method-assign]
        asked.choices = [(code, f"{code}：{_(label)}") for code, label in scopes.items()]


def tokens_section(roles: frozenset[Role], scopes: Mapping[str, str]) -> Section:
    """Return the section in which these roles issue and revoke tokens of integrators."""

    def listed(site: DeskSite, request: DeskRequest) -> HttpResponseBase:
        return show_tokens(site, request, scopes)

    return Section(
        gettext_lazy("接口令牌"),
        "tokens",
        roles,
        (Page("tokens/", listed, "tokens", FILL), Page("tokens/<int:pk>/revoke/", revoke_token, "token_revoke", ACT)),
    )


def show_tokens(site: DeskSite, request: DeskRequest, scopes: Mapping[str, str]) -> HttpResponseBase:
    """Show the tokens of this platform's integrators, or issue one and show it this once."""
    code, at = site.rights.platform, request.visitor.at
    handout = Handout(_("接口令牌"), TOKEN_COLUMNS, _clients(code).order_by("-created_at", "-pk"), _token_lines)
    if request.method != "POST" and (answered := handouts.answer(site, request, handout)):
        return answered
    form, plain = TokenForm(code, scopes, request.POST if request.method == "POST" else None), ""
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        client, plain = tokens.issue(given["account"], given["name"], given["scopes"], at, request.visitor.account)
        noted = {"client": client.pk, "account": str(given["account"].ref), "scopes": client.scopes}
        log.note(code, "", "token.issue", by=request.visitor.actor(), at=at, facts=noted)
        form = TokenForm(code, scopes)
    return site.show(
        request,
        "mediation/admin/tokens.html",
        _("接口令牌"),
        crumbs=[(_("接口令牌"), "")],
        form=form,
        plain=plain,
        clients=[(client, site.url("token_revoke", client.pk)) for client in _clients(code)[:200]],
        status=400 if form.errors else 200,
        **handouts.addresses(request),
    )


def _token_lines(rows: Sequence[Client]) -> Iterator[list[Value]]:
    prefetch_related_objects(rows, "account")
    for one in rows:
        used = local_day(one.last_used_at) if one.last_used_at else None
        state = _("已停用") if one.revoked_at else _("有效")
        yield [one.name, one.account.name, "、".join(one.scopes), local_day(one.created_at), used, state]


def _clients(platform: str) -> models.QuerySet[Client]:
    held = Account.objects.filter(posts__platform=platform, posts__role=Role.INTEGRATOR)
    return Client.objects.filter(account__in=held, identifier__isnull=True).select_related("account")


def revoke_token(site: DeskSite, request: DeskRequest, pk: int) -> HttpResponse:
    """Close one token."""
    client = get_object_or_404(_clients(site.rights.platform), pk=pk)
    tokens.revoke(client, request.visitor.at)
    log.note(
        site.rights.platform,
        "",
        "token.revoke",
        by=request.visitor.actor(),
        at=request.visitor.at,
        facts={"client": client.pk},
    )
    messages.success(request, _("已停用令牌：%(name)s") % {"name": client.name})
    return HttpResponseRedirect(site.url("tokens"))
