"""Signing in, changing a password, registering: what is asked, how it is checked, what is said.

Lives here: the forms. Does not live here: the pages (``signin``), identity checks (``identity``).
Called by: ``roster.signin``.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from mediation.vocabulary import IdentityKind
from roster.identity import IdentityError, check_adult, check_identity, check_phone
from roster.models import Account
from roster.sealed import blind_index
from roster.worded import Naming

MOCK_NOTE = _("本平台演示核验：只校验证件号码的格式和校验位，并未向发证机关核对。")
TAKEN_LOGIN = _("该登录名已被使用，请换一个。")
TAKEN_IDENTITY = _("该证件已核验过一个账户，请用原账户登录。")


class SignInForm(Naming, AuthenticationForm):
    """Login and password; one answer to every failure, so that nobody learns which logins exist."""

    error_messages = {
        "invalid_login": _("登录名或者密码不正确，请核对后重新填写。"),
        "inactive": _("登录名或者密码不正确，请核对后重新填写。"),
    }

    def clean_username(self) -> str:
        """Return the login in its one form; otherwise each spelling of it would have its own count of failures."""
        return str(self.cleaned_data["username"]).strip().lower()


class ChangePasswordForm(Naming, PasswordChangeForm):
    """The old password and a new one; the old is checked as at signing in, so that guessing at it is counted."""

    request: HttpRequest
    required_css_class = "required"

    @sensitive_variables("old")
    def clean_old_password(self) -> str:
        """Return the old password; refuse a wrong one, and any once there have been too many."""
        old: str = self.cleaned_data["old_password"]
        if authenticate(self.request, username=self.user.get_username(), password=old) != self.user:
            raise ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return old


class RegisterForm(Naming, forms.Form):
    """An account for a party or an agent: who they are, by a document that is checked, and how they sign in."""

    login = forms.CharField(
        label=_("登录名"),
        min_length=3,
        max_length=32,
        help_text=_("3至32位，以字母开头，可以使用字母、数字、点、横线和下划线。"),
        validators=[
            RegexValidator(
                r"^[A-Za-z][A-Za-z0-9._-]*\Z", _("登录名须以字母开头，只能使用字母、数字、点、横线和下划线。")
            )
        ],
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    name = forms.CharField(
        label=_("姓名或者名称"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    identity_kind = forms.ChoiceField(
        label=_("证件类型"), choices=[(value, _(label)) for value, label in IdentityKind.choices()]
    )
    identity_number = forms.CharField(
        label=_("证件号码"), max_length=60, help_text=MOCK_NOTE, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    phone = forms.CharField(
        label=_("联系电话"), max_length=40, widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"})
    )
    password = forms.CharField(
        label=_("密码"),
        max_length=128,
        strip=False,
        help_text=_("至少10位，不能全是数字，也不能是常见密码。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password_again = forms.CharField(
        label=_("再次输入密码"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        """Judge everything as of ``at``."""
        super().__init__(*args, **kwargs)
        self.at = at

    def clean_login(self) -> str:
        """Return the login in lower case; refuse one that is taken."""
        login = str(self.cleaned_data["login"]).lower()
        if Account.objects.filter(login=login).exists():
            raise ValidationError(TAKEN_LOGIN)
        return login

    def clean_name(self) -> str:
        """Return the name in one Unicode form; refuse invisible characters, which can make two names look alike."""
        name = unicodedata.normalize("NFC", self.cleaned_data["name"])
        if any(unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp") for character in name):
            raise ValidationError(_("姓名或者名称中含有不可见字符，请删除后重新填写。"))
        return name

    def clean_phone(self) -> str:
        """Return the telephone number in one form."""
        try:
            return check_phone(self.cleaned_data["phone"])
        except IdentityError as error:
            raise ValidationError(_translated(error)) from None

    def clean(self) -> dict[str, Any]:
        """Check the document against its kind, and the two passwords against each other."""
        fields = self.cleaned_data
        if fields.get("identity_kind") and fields.get("identity_number"):
            self._check_identity(fields["identity_kind"], fields["identity_number"])
        if "password" in fields:
            if fields["password"] != fields.get("password_again", fields["password"]):
                self.add_error("password_again", _("两次输入的密码不一致。"))
            try:
                validate_password(
                    fields["password"], Account(login=fields.get("login", ""), name=fields.get("name", ""))
                )
            except ValidationError as error:
                self.add_error("password", error)
        return fields

    def save(self) -> Account | None:
        """Create the account and return it; None, with the reason added to the form, if somebody was a moment faster.

        The identity counts as verified only where the deployment allows the mock verification
        (``MOCK_VERIFICATION``); elsewhere it stays a claim until it is verified by other means (ZS-7).
        """
        fields = self.cleaned_data
        try:
            with transaction.atomic():
                return Account.objects.create_user(
                    fields["login"],
                    fields["password"],
                    name=fields["name"],
                    phone=fields["phone"],
                    identity_kind=fields["identity_kind"],
                    identity_number=fields["identity_number"],
                    identity_index=blind_index(fields["identity_number"]),
                    identity_verified_at=self.at if getattr(settings, "MOCK_VERIFICATION", False) else None,
                )
        except IntegrityError:
            taken = Account.objects.filter(login=fields["login"]).exists()
            self.add_error("login" if taken else "identity_number", TAKEN_LOGIN if taken else TAKEN_IDENTITY)
            return None

    def _check_identity(self, kind: str, number: str) -> None:
        today = timezone.localdate(self.at)
        try:
            identity = check_identity(kind, number, on=today)
            if identity.born_on is not None:
                check_adult(identity.born_on, on=today)
        except IdentityError as error:
            self.add_error("identity_number", _translated(error))
            return
        self.cleaned_data["identity_number"] = identity.number
        verified = Account.objects.filter(identity_verified_at__isnull=False)
        if verified.filter(identity_kind=kind, identity_index=blind_index(identity.number)).exists():
            self.add_error("identity_number", TAKEN_IDENTITY)


def _translated(error: IdentityError) -> str:
    return gettext(error.message) % error.params
