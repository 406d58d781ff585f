"""Signing in, signing out, registering, changing a password: the same views for both platforms and their admin sites.

Lives here: the views. Does not live here: templates, and what a signed-in account may see (a platform's ``access``).
Called by: each platform's ``urls`` and ``AdminSite.login``, for example::

    path("sign-in/", SignIn.as_view(home="courtplatform:home"), name="sign_in")

Guessing is counted and locked out by django-axes for every path to a password, because it sits in the backends.
A redirect after signing in stays on this host. ``home`` is the URL name to go to where nothing was asked for.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView, RedirectURLMixin
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from roster.forms import ChangePasswordForm, RegisterForm, SignInForm

BACKEND = "roster.backend.AccountBackend"


class SignIn(LoginView):
    """Ask for login and password, begin a fresh session, and go on to where the visitor wanted to be."""

    template_name = "mediation/signin.html"
    authentication_form = SignInForm
    home = "/"

    def get_default_redirect_url(self) -> str:
        """Return the address of ``home``."""
        return resolve_url(self.home)


class SignOut(LogoutView):
    """End the session on a POST and say so, with advice for shared machines."""

    template_name = "mediation/signed_out.html"

    def get_default_redirect_url(self) -> str:
        """Return this very address, by which Django knows to show the page instead of leading away."""
        return self.request.get_full_path()


class ChangePassword(LoginRequiredMixin, PasswordChangeView):
    """Ask for the old password and a new one; this session goes on, every other session of the account ends.

    Mounted with its platform's ``login_url`` and the ``success_url`` to go to.
    """

    template_name = "mediation/password.html"
    form_class = ChangePasswordForm

    def get_form(self, form_class: Any = None) -> ChangePasswordForm:
        """Add the request, by which wrong guesses are counted."""
        form = super().get_form(form_class)
        assert isinstance(form, ChangePasswordForm)
        form.request = self.request
        return form

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        """Change it and say so."""
        messages.success(self.request, gettext("密码已经修改，您在其他设备上的登录已全部退出。"))
        return super().form_valid(form)


@method_decorator(
    [sensitive_post_parameters("password", "password_again", "identity_number", "phone"), csrf_protect, never_cache],
    name="dispatch",
)
class Register(RedirectURLMixin, FormView):
    """Register a party or an agent, sign them in, and go on to where they wanted to be."""

    template_name = "mediation/register.html"
    form_class = RegisterForm
    home = "/"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Add the present instant, by which age and dates are judged."""
        return {**super().get_form_kwargs(), "at": timezone.now()}

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Add where to go on to, so that the form carries it along."""
        return super().get_context_data(**{self.redirect_field_name: self.get_redirect_url(), **context})

    def form_valid(self, form: RegisterForm) -> HttpResponse:
        """Create the account and sign it in; show the form again if it was beaten to the login or the document."""
        account = form.save()
        if account is None:
            return self.form_invalid(form)
        login(self.request, account, backend=BACKEND)
        return HttpResponseRedirect(self.get_success_url())

    def get_default_redirect_url(self) -> str:
        """Return the address of ``home``."""
        return resolve_url(self.home)
