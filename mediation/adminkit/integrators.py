"""The programmes registered with a platform: who answers for them, what they may do, their secrets, when they came.

Lives here: the desk's pages. Does not live here: the acts (``roster.tokens``), plain tokens (``registers``).
Called by: both admin sites, as the section ``clients_section`` returns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mediation import log, subscriptions
from mediation.adminkit import handouts
from mediation.adminkit.handouts import Handout
from mediation.adminkit.site import ACT, FILL, READ, DeskRequest, DeskSite, Page, Section
from mediation.adminkit.spreadsheets import Value
from mediation.models import Callback, Subscription
from mediation.vocabulary import Role
from mediation.windows.worded import WordedForm
from mediation.workdays import local_day
from roster import queries as roster
from roster import tokens
from roster.models import Account, Client

MOST = 200
MOST_SUBSCRIPTIONS, LAST_DELIVERIES = 40, 5
GRANTS = (
    (tokens.MACHINE, gettext_lazy("以程序自己的账户办理（客户端凭证）")),
    (tokens.PERSON, gettext_lazy("经本人同意，以其名义办理（授权码，PKCE）")),
)
COLUMNS = (
    (gettext_lazy("程序名称"), 30),
    (gettext_lazy("账户"), 24),
    (gettext_lazy("权限范围"), 60),
    (gettext_lazy("创建"), 14),
    (gettext_lazy("创建人"), 16),
    (gettext_lazy("最近使用"), 14),
    (gettext_lazy("状态"), 10),
)
LOCAL = ("localhost", "127.0.0.1", "[::1]", "::1")


class ClientForm(WordedForm):
    """Whose programme it is, as whom it acts, and how far."""

    name = forms.CharField(
        label=gettext_lazy("程序名称"), max_length=80, help_text=gettext_lazy("例如：沪74法院办案系统")
    )
    account = forms.ModelChoiceField(
        Account.objects.none(),
        label=gettext_lazy("对接账户"),
        to_field_name="login",
        empty_label=gettext_lazy("请选择"),
        help_text=gettext_lazy("程序属于该账户任职的法院或者调解组织，只能在其范围内办理"),
    )
    grants = forms.MultipleChoiceField(
        label=gettext_lazy("授权方式"), choices=GRANTS, widget=forms.CheckboxSelectMultiple
    )
    scopes = forms.MultipleChoiceField(label=gettext_lazy("权限范围"), widget=forms.CheckboxSelectMultiple)
    redirect_uris = forms.CharField(
        label=gettext_lazy("回调地址"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("以授权码方式办理的必填，一行一个，完全一致才放行"),
    )
    public = forms.BooleanField(
        label=gettext_lazy("程序装在用户设备上，不能保守密钥"),
        required=False,
        help_text=gettext_lazy("不发密钥，只用PKCE"),
    )

    def __init__(self, platform: str, scopes: Mapping[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        account, asked = self.fields["account"], self.fields["scopes"]
        assert isinstance(account, forms.ModelChoiceField)
        assert isinstance(asked, forms.MultipleChoiceField)
        held = Account.objects.filter(posts__platform=platform, posts__role=Role.INTEGRATOR, is_active=True)
        account.queryset = held.distinct()
        account.label_from_instance = lambda one: f"{one.name}（{one.login}）"  # type: ignore[assignment, method-assign]
        asked.choices = [(code, f"{code}：{_(label)}") for code, label in scopes.items()]

    def clean_redirect_uris(self) -> list[str]:
        """Return the addresses; raises ValidationError for one that a code must not be sent to."""
        found = list(dict.fromkeys(self.cleaned_data["redirect_uris"].split()))
        for one in found:
            try:
                told = urlsplit(one)
            except ValueError:
                raise ValidationError(_("地址的格式不正确：%(address)s") % {"address": one[:100]}) from None
            secure = told.scheme == "https" or (told.scheme == "http" and told.hostname in LOCAL)
            if not secure or not told.hostname or told.fragment or told.username or len(one) > 500:
                raise ValidationError(
                    _("回调地址应当是不带#的https地址，本机调试可以用http://localhost：%(address)s")
                    % {"address": one[:100]}
                )
        return found[:10]

    def clean(self) -> dict[str, Any]:
        """Hold the parts against each other."""
        given = super().clean() or {}
        person = tokens.PERSON in given.get("grants", ())
        if person and "redirect_uris" in given and not given["redirect_uris"]:
            self.add_error("redirect_uris", _("以授权码方式办理的，请填写回调地址"))
        if given.get("public") and given.get("grants") != [tokens.PERSON]:
            self.add_error("public", _("不能保守密钥的程序只能用授权码方式"))
        return given


def clients_section(roles: frozenset[Role], scopes: Mapping[str, str]) -> Section:
    """Return the section in which these roles register programmes and look after them."""

    def listed(site: DeskSite, request: DeskRequest) -> HttpResponseBase:
        return show_clients(site, request, scopes)

    return Section(
        gettext_lazy("对接程序"),
        "clients",
        roles,
        (
            Page("clients/", listed, "clients", FILL),
            Page("clients/<int:pk>/", show_client, "client", READ),
            Page("clients/<int:pk>/secret/", exchange_secret, "client_secret", ACT),
            Page("clients/<int:pk>/secret/<int:credential>/close/", close_secret, "client_secret_close", ACT),
            Page("clients/<int:pk>/revoke/", revoke_client, "client_revoke", ACT),
        ),
    )


def registered(platform: str) -> QuerySet[Client]:
    """Return the programmes registered here, newest first."""
    return Client.objects.filter(platform=platform, identifier__isnull=False).select_related("account", "created_by")


def show_clients(site: DeskSite, request: DeskRequest, scopes: Mapping[str, str]) -> HttpResponseBase:
    """Show the programmes, or register one and show its secret this once."""
    code, at, plain, made = site.rights.platform, request.visitor.at, "", None
    handout = Handout(_("对接程序"), COLUMNS, registered(code), _lines)
    if request.method != "POST" and (answered := handouts.answer(site, request, handout)):
        return answered
    form = ClientForm(code, scopes, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        post = next(one for one in site.rights.posts(given["account"], at) if one.role == Role.INTEGRATOR)
        made, plain = tokens.register(
            given["account"],
            given["name"],
            platform=code,
            grants=given["grants"],
            scopes=given["scopes"],
            by=request.visitor.account,
            at=at,
            court=post.court,
            organisation=post.organisation,
            redirect_uris=given["redirect_uris"],
            confidential=not given["public"],
        )
        noted = {"client": made.pk, "account": str(given["account"].ref), "scopes": made.scopes}
        log.note(code, "", "client.register", by=request.visitor.actor(), at=at, facts=noted)
        form = ClientForm(code, scopes)
    return site.show(
        request,
        "mediation/admin/clients.html",
        _("对接程序"),
        crumbs=[(_("对接程序"), "")],
        form=form,
        made=made,
        plain=plain,
        clients=[(one, site.url("client", one.pk)) for one in registered(code)[:MOST]],
        unreached=set(subscriptions.unreachable(code, at).values_list("client_id", flat=True)),
        status=400 if form.errors else 200,
        **handouts.addresses(request),
    )


def _lines(rows: Sequence[Client]) -> Iterator[list[Value]]:
    prefetch_related_objects(rows, "account", "created_by")
    for one in rows:
        used = local_day(one.last_used_at) if one.last_used_at else None
        by = one.created_by.name if one.created_by else ""
        state = _("已停用") if one.revoked_at else _("有效")
        yield [one.name, one.account.name, "、".join(one.scopes), local_day(one.created_at), by, used, state]


def show_client(site: DeskSite, request: DeskRequest, pk: int) -> HttpResponseBase:
    """Show one programme with its secrets and its subscriptions."""
    return _shown(site, request, get_object_or_404(registered(site.rights.platform), pk=pk))


def _shown(site: DeskSite, request: DeskRequest, client: Client, plain: str = "") -> HttpResponseBase:
    good = Q(expires_at__isnull=True) | Q(expires_at__gt=request.visitor.at)
    court = roster.court(client.court) if client.court else None
    organisation = roster.organisation(site.rights.platform, client.organisation or "") if client.organisation else None
    seat = court or organisation
    return site.show(
        request,
        "mediation/admin/client.html",
        client.name,
        crumbs=[(_("对接程序"), site.url("clients")), (client.name, "")],
        client=client,
        seat=seat.name if seat else "",
        plain=plain,
        grants=[label for grant, label in GRANTS if grant in client.grants],
        secrets=[
            (one, site.url("client_secret_close", client.pk, one.pk))
            for one in client.secrets.filter(good).select_related("created_by")
        ],
        subscriptions=[
            (one, _(subscriptions.WHY[one.why]) if one.why in subscriptions.WHY else one.why)
            for one in _subscriptions(client)
        ],
        secret_url=site.url("client_secret", client.pk),
        revoke_url=site.url("client_revoke", client.pk),
    )


def _subscriptions(client: Client) -> QuerySet[Subscription]:
    """Return its subscriptions, newest first, each with what its receiver answered last."""
    last = Prefetch("callbacks", Callback.objects.order_by("-pk")[:LAST_DELIVERIES], to_attr="last")
    return Subscription.objects.filter(client=client).prefetch_related(last)[:MOST_SUBSCRIPTIONS]


def exchange_secret(site: DeskSite, request: DeskRequest, pk: int) -> HttpResponseBase:
    """Give a programme a new secret and show it this once; the old one stays good for a week."""
    client = get_object_or_404(
        registered(site.rights.platform).filter(revoked_at__isnull=True, confidential=True), pk=pk
    )
    plain = tokens.add_secret(client, request.visitor.account, request.visitor.at)
    _note(site, request, "client.secret", client)
    return _shown(site, request, client, plain)


def close_secret(site: DeskSite, request: DeskRequest, pk: int, credential: int) -> HttpResponse:
    """Close one secret at once."""
    client = get_object_or_404(registered(site.rights.platform), pk=pk)
    if tokens.close_secret(client, credential, request.visitor.at):
        _note(site, request, "client.secret_close", client)
        messages.success(request, _("已停用密钥"))
    return HttpResponseRedirect(site.url("client", client.pk))


def revoke_client(site: DeskSite, request: DeskRequest, pk: int) -> HttpResponse:
    """Close a programme with all it was given."""
    client = get_object_or_404(registered(site.rights.platform), pk=pk)
    tokens.revoke(client, request.visitor.at)
    _note(site, request, "client.revoke", client)
    messages.success(request, _("已停用程序：%(name)s") % {"name": client.name})
    return HttpResponseRedirect(site.url("client", client.pk))


def _note(site: DeskSite, request: DeskRequest, kind: str, client: Client) -> None:
    by, at = request.visitor.actor(), request.visitor.at
    log.note(site.rights.platform, "", kind, by=by, at=at, facts={"client": client.pk})
