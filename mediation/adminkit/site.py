"""The entrance and the frame of a platform's admin site.

Lives here: who may enter, signing in and out, the menu, the section that an admin site is put together from.
Does not live here: any list or page.
Called by: each platform's ``admin``, which makes one ``DeskSite``; every section.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import update_wrapper
from typing import Any, ClassVar, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from mediation import present
from mediation.actor import Actor
from mediation.rights import Rights
from mediation.vocabulary import Role
from roster.models import Account, Post
from roster.signin import ChangePassword, SignIn, SignOut


@dataclass(frozen=True)
class Visitor:
    """Who is at the desk in this request, in which capacities, at which instant."""

    account: Account
    at: datetime
    posts: tuple[Post, ...]
    actors: tuple[Actor, ...]

    @property
    def roles(self) -> frozenset[Role]:
        """The roles of the posts held here now."""
        return frozenset(actor.role for actor in self.actors)

    def actor(self, *roles: Role) -> Actor:
        """Return the first capacity with one of these roles, or with any; raises PermissionDenied without one."""
        for candidate in self.actors:
            if not roles or candidate.role in roles:
                return candidate
        raise PermissionDenied


class DeskRequest(HttpRequest):
    """A request that has passed the entrance."""

    visitor: Visitor


View = Callable[..., HttpResponseBase]
READ, ACT, FILL = ("GET", "HEAD"), ("POST",), ("GET", "HEAD", "POST")
"""By which methods a page is asked: only read, only acted on, or both."""


@dataclass(frozen=True)
class Page:
    """One address: where, what answers it as ``view(site, request, …)``, its name, and by which methods it is asked."""

    route: str
    view: View
    name: str
    methods: tuple[str, ...] = READ


@dataclass(frozen=True)
class Section:
    """One part of a site: its addresses, its place in the menu, and which roles find it."""

    label: str | Promise
    name: str
    roles: frozenset[Role]
    pages: tuple[Page, ...]
    count: Callable[[DeskSite, DeskRequest], str] | None = None
    """How much waits there for this visitor, shown in the menu; empty for nothing."""

    def urls(self, site: DeskSite) -> list[URLPattern]:
        """Return the addresses, each behind the entrance and open to this section's roles only."""
        return [path(page.route, site.guarded(page, self.roles), name=page.name) for page in self.pages]


class DeskSite(admin.AdminSite):
    """One platform's admin site: entered with a post of a desk role, by the portal's own sign-in with its lock-out."""

    rights: ClassVar[Rights]
    ring: Callable[[], None]
    """Called once after everything done here: the post need not wait for its next look."""
    entrants: ClassVar[frozenset[Role]]
    sections: ClassVar[tuple[Section, ...]] = ()
    filers: ClassVar[frozenset[Role]] = frozenset()
    bulkers: ClassVar[frozenset[Role]] = frozenset()
    """Who may choose many cases from a list and make one move on them."""
    enable_nav_sidebar = False
    site_url = None
    index_title = _("工作台")

    # The entrance.

    def visitor(self, request: HttpRequest) -> Visitor | None:
        """Return who is at the desk, read once per request; None for a stranger."""
        if not hasattr(request, "visitor"):
            request.visitor = self._recognise(request)  # type: ignore[attr-defined]
        return request.visitor  # type: ignore[attr-defined]

    def _recognise(self, request: HttpRequest) -> Visitor | None:
        account = request.user
        if not isinstance(account, Account) or not account.is_active:
            return None
        at = present.now()
        posts = tuple(post for post in self.rights.posts(account, at) if post.role in self.entrants)
        if not posts:
            return None
        actors = tuple(self.rights.actor_of(post, account) for post in posts)
        request.actor = actors[0]  # type: ignore[attr-defined]
        return Visitor(account, at, posts, actors)

    def has_permission(self, request: HttpRequest) -> bool:
        """Tell whether the account holds a post of a desk role on this platform now."""
        return self.visitor(request) is not None

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Send whoever is not signed in to the sign-in page, and tell a signed-in stranger that this is not theirs."""
        inner = super().admin_view(view, cacheable)

        def enter(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            leaving = request.path == reverse("admin:logout", current_app=self.name)
            if request.user.is_authenticated and not leaving and not self.has_permission(request):
                raise PermissionDenied
            return inner(request, *args, **kwargs)

        return update_wrapper(enter, view)

    def guarded(self, page: Page, roles: frozenset[Role]) -> Any:
        """Return what answers the page, behind the entrance, for these roles and the page's methods only."""

        def show(request: DeskRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.visitor.roles & roles:
                raise PermissionDenied
            return page.view(self, request, *args, **kwargs)

        return self.admin_view(require_http_methods(page.methods)(update_wrapper(show, page.view)))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Ask for login and password as the portal does; the lock-out on guessing sits below both."""
        return SignIn.as_view(home=self.url("index"))(request)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """End the session."""
        return SignOut.as_view()(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Ask for the old password as the portal does, so that guessing at it is counted here as well."""
        request.current_app = self.name
        changing = ChangePassword.as_view(
            template_name="registration/password_change_form.html",
            success_url=self.url("password_change_done"),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return changing(request)

    # The frame.

    def url(self, name: str, *args: Any) -> str:
        """Return the address of one of this site's own pages."""
        return reverse(f"admin:{name}", args=args, current_app=self.name)

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Return the sections' addresses before Django's own."""
        return [*(page for section in self.sections for page in section.urls(self)), *super().get_urls()]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add the menu of what this visitor may open."""
        return {**super().each_context(request), "menu": self._menu(request), "is_nav_sidebar_enabled": False}

    def _menu(self, request: HttpRequest) -> list[dict[str, Any]]:
        visitor = self.visitor(request)
        if visitor is None:
            return []
        lines: list[tuple[Any, str]] = [(self.index_title, self.url("index"))]
        for section in self.sections:
            if visitor.roles & section.roles:
                count = section.count(self, cast(DeskRequest, request)) if section.count else ""
                said = _("%(name)s（%(note)s）") % {"name": section.label, "note": count} if count else section.label
                lines.append((said, self.url(section.name)))
        for model, register in self._registry.items():
            if register.has_view_permission(request):
                name = f"{model._meta.app_label}_{model._meta.model_name}_changelist"
                lines.append((model._meta.verbose_name_plural, self.url(name)))
        chosen = max((url for _label, url in lines if request.path.startswith(url)), key=len, default="")
        return [{"label": label, "url": url, "current": url == chosen} for label, url in lines]

    def show(
        self, request: HttpRequest, template: str, title: str, *, status: int = 200, **context: Any
    ) -> TemplateResponse:
        """Return a page of this site."""
        request.current_app = self.name
        return TemplateResponse(
            request, template, {**self.each_context(request), "title": title, **context}, status=status
        )
