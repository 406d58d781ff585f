"""Who can sign in, in what capacity, and by which token or code."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import make_password
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from mediation.vocabulary import IdentityKind, Power, Role
from roster.models.choices import choices
from roster.sealed import SealedField

COURT_ROLES = (Role.CLERK.value, Role.JUDGE.value, Role.COURT_LEADER.value)
ORGANISATION_ROLES = (Role.ORGANISATION.value, Role.MEDIATOR.value)


class Accounts(BaseUserManager["Account"]):
    """Creates accounts and finds them by login, as Django's sign-in machinery asks."""

    def create_user(self, login: str, password: str | None = None, **columns: Any) -> Account:
        """Create an ordinary account; without a password nobody can sign in to it."""
        account = self.model(login=login, password=make_password(password), **columns)
        account.save(using=self._db)
        return account

    def create_superuser(self, login: str, password: str | None = None, **columns: Any) -> Account:
        """Create an account that passes Django's own permission checks, for the person who runs the machine."""
        return self.create_user(login, password, is_superuser=True, **columns)


class Account(AbstractBaseUser):
    """One person or company that can sign in.

    An account says who somebody is; a ``Post`` says in what capacity they stand on a platform. A party needs no post:
    being a party is a match of the verified identity with a party row of a case: of ``identity_kind`` and
    ``identity_index`` (``blind_index`` of the number) together, for one number can stand on documents of two kinds.
    Until ``identity_verified_at`` is set the identity is only a claim and opens nothing.
    """

    ref = models.UUIDField(_("标识"), default=uuid.uuid4, unique=True)
    login = models.CharField(_("登录名"), max_length=64, unique=True)
    name = models.CharField(_("姓名或者名称"), max_length=120)
    phone = SealedField(_("手机号码"), blank=True, default="")
    identity_kind = models.CharField(_("证件类型"), max_length=24, choices=choices(IdentityKind), blank=True)
    identity_number = SealedField(_("证件号码"), blank=True, default="")
    identity_index = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    identity_verified_at = models.DateTimeField(_("身份核验时间"), null=True, blank=True)
    is_active = models.BooleanField(_("启用"), default=True)
    is_superuser = models.BooleanField(_("系统管理员"), default=False)

    USERNAME_FIELD = "login"
    REQUIRED_FIELDS = ["name"]

    objects = Accounts()

    class Meta:
        verbose_name = _("账户")
        verbose_name_plural = _("账户")
        ordering = ["login"]
        constraints = [
            # Two accounts verified as the same person would both open that person's cases.
            models.UniqueConstraint(
                name="account_one_verified_per_identity",
                fields=["identity_kind", "identity_index"],
                condition=Q(identity_verified_at__isnull=False) & ~Q(identity_index=""),
            ),
            # Nothing can have been verified where no number was given.
            models.CheckConstraint(
                name="account_verified_has_identity",
                condition=Q(identity_verified_at__isnull=True) | ~Q(identity_index=""),
            ),
        ]

    def __str__(self) -> str:
        return self.login

    @property
    def is_staff(self) -> bool:
        """Answer Django's own admin check; platform admin sites decide by posts instead."""
        return self.is_superuser

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Answer Django's permission question: only a superuser holds any, rights lie in a platform's ``access``."""
        return self.is_active and self.is_superuser

    def has_module_perms(self, app_label: str) -> bool:
        """Answer Django's per-app permission question in the same way."""
        return self.is_active and self.is_superuser

    def get_full_name(self) -> str:
        """Return the name for people."""
        return self.name

    def get_short_name(self) -> str:
        """Return the name for people; Chinese names are not shortened."""
        return self.name


class Post(models.Model):
    """A capacity that an account holds on one platform for a time: the scope column that the role needs is filled.

    Somebody at the desk of a firm holds one as ``Role.PARTY``: ``firm`` is the account verified as that party,
    ``power`` how far its people may go in its name (CPL-62).
    """

    account = models.ForeignKey(Account, verbose_name=_("账户"), on_delete=models.CASCADE, related_name="posts")
    platform = models.CharField(_("平台"), max_length=32)
    role = models.CharField(_("身份"), max_length=24, choices=choices(Role))
    court = models.CharField(_("法院代字"), max_length=12, blank=True)
    organisation = models.UUIDField(_("调解组织"), null=True, blank=True)
    unit = models.CharField(_("监管单位代码"), max_length=16, blank=True)
    mediator = models.UUIDField(_("调解员"), null=True, blank=True)
    firm = models.ForeignKey(
        Account, verbose_name=_("单位"), on_delete=models.CASCADE, null=True, blank=True, related_name="desk"
    )
    power = models.CharField(_("代理权限"), max_length=12, choices=choices(Power), blank=True, default="")
    valid_from = models.DateTimeField(_("任职起"))
    valid_until = models.DateTimeField(_("任职止"), null=True, blank=True)

    class Meta:
        verbose_name = _("任职")
        verbose_name_plural = _("任职")
        ordering = ["pk"]
        constraints = [
            # Court staff belong to exactly one court, or their rights would have no bounds.
            models.CheckConstraint(name="post_court_role_has_court", condition=~Q(role__in=COURT_ROLES) | ~Q(court="")),
            # An organisation's people belong to an organisation.
            models.CheckConstraint(
                name="post_organisation_role_has_organisation",
                condition=~Q(role__in=ORGANISATION_ROLES) | Q(organisation__isnull=False),
            ),
            # A mediator's account is tied to the mediator's file.
            models.CheckConstraint(
                name="post_mediator_has_file", condition=~Q(role=Role.MEDIATOR.value) | Q(mediator__isnull=False)
            ),
            # A supervising unit sees its own jurisdiction only, so it must have one.
            models.CheckConstraint(name="post_unit_role_has_unit", condition=~Q(role=Role.UNIT.value) | ~Q(unit="")),
            # Who stands for a party stands for a firm, with a stated authority; nobody else does.
            models.CheckConstraint(
                name="post_party_role_has_firm",
                condition=Q(role=Role.PARTY.value, firm__isnull=False) & ~Q(power="")
                | ~Q(role=Role.PARTY.value) & Q(firm__isnull=True, power=""),
            ),
            # A term cannot end before it begins.
            models.CheckConstraint(
                name="post_ends_after_start", condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from"))
            ),
            # One person has one place at a desk.
            models.UniqueConstraint(
                name="post_once_at_a_desk",
                fields=["platform", "account", "firm"],
                condition=Q(firm__isnull=False, valid_until__isnull=True),
            ),
        ]
        indexes = [
            # Every request asks for the posts of its account on its platform.
            models.Index(name="post_by_account", fields=["account", "platform"]),
            # Notices to "the clerks of this court" go by role and court.
            models.Index(name="post_by_court", fields=["platform", "role", "court"]),
            # Notices to an organisation's people go by role and organisation.
            models.Index(name="post_by_organisation", fields=["platform", "role", "organisation"]),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.platform} {self.role}"


class Client(models.Model):
    """A programme that calls the REST windows for an account, within the scopes it was given.

    Registered ones have an ``identifier`` and fetch short-lived tokens by OAuth2; ``court`` and ``organisation`` bound
    the cases they reach. One without an identifier is a bearer token that lives until it is closed: ``token_digest``.
    """

    account = models.ForeignKey(Account, verbose_name=_("账户"), on_delete=models.CASCADE, related_name="clients")
    name = models.CharField(_("名称"), max_length=80)
    # NULL, not "": only what has one may collide.
    identifier = models.CharField(_("客户端编号"), max_length=40, unique=True, null=True)  # noqa: DJ001
    token_digest = models.CharField(max_length=64, unique=True, editable=False, null=True)  # noqa: DJ001
    platform = models.CharField(_("平台"), max_length=32, blank=True, default="")
    court = models.CharField(_("法院代字"), max_length=12, blank=True, default="")
    organisation = models.UUIDField(_("调解组织"), null=True, blank=True)
    grants = models.JSONField(_("授权方式"), default=list, blank=True)
    redirect_uris = models.JSONField(_("回调地址"), default=list, blank=True)
    confidential = models.BooleanField(_("能保守密钥"), default=True)
    scopes = models.JSONField(_("权限范围"), default=list, blank=True)
    created_at = models.DateTimeField(_("创建时间"))
    created_by = models.ForeignKey(
        Account, verbose_name=_("创建人"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    last_used_at = models.DateTimeField(_("最近使用"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("停用时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("接口令牌")
        verbose_name_plural = _("接口令牌")
        ordering = ["-created_at", "-pk"]
        constraints = [
            # Whoever calls proves themselves in one way: by a token of their own, or as a registered client.
            models.CheckConstraint(
                name="client_registered_or_token",
                condition=Q(identifier__isnull=False, token_digest__isnull=True)
                | Q(identifier__isnull=True, token_digest__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ClientSecret(models.Model):
    """One secret of a registered client; only its digest is kept. Two may be good at a time while one is exchanged."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="secrets")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("创建时间"))
    created_by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    expires_at = models.DateTimeField(_("失效时间"), null=True)
    last_used_at = models.DateTimeField(_("最近使用"), null=True)

    class Meta:
        verbose_name = _("客户端密钥")
        verbose_name_plural = _("客户端密钥")
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.client_id} {self.created_at:%Y-%m-%d}"


class ClientToken(models.Model):
    """A code, access token or refresh token that a client was given for an account; only its digest is kept.

    ``family`` is all that came out of one consent or one request: a code or refresh token that is heard twice closes
    the whole family (RFC 9700 §4.14).
    """

    CODE, ACCESS, REFRESH = "CODE", "ACCESS", "REFRESH"

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="tokens")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    family = models.UUIDField(default=uuid.uuid4)
    scopes = models.JSONField(default=list)
    redirect_uri = models.CharField(max_length=500, blank=True)
    challenge = models.CharField(max_length=128, blank=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    spent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("客户端令牌")
        verbose_name_plural = _("客户端令牌")
        ordering = ["-pk"]
        indexes = [
            # A family is closed at once.
            models.Index(name="client_token_family", fields=["family"]),
            # What has run out is swept.
            models.Index(name="client_token_expiry", fields=["expires_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.client_id}"


class OneTimeCode(models.Model):
    """A six-digit code sent to somebody for one purpose; valid once, for minutes, for a handful of tries."""

    account = models.ForeignKey(Account, verbose_name=_("账户"), on_delete=models.CASCADE, null=True, blank=True)
    phone_index = models.CharField(max_length=64, blank=True, editable=False)
    purpose = models.CharField(_("用途"), max_length=80)
    digest = models.CharField(max_length=64, editable=False)
    issued_at = models.DateTimeField(_("发出时间"))
    expires_at = models.DateTimeField(_("失效时间"))
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    used_at = models.DateTimeField(_("使用时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("一次性验证码")
        verbose_name_plural = _("一次性验证码")
        ordering = ["-issued_at", "-pk"]
        constraints = [
            # A code is sent to an account or to a phone, so that it can be counted against its receiver.
            models.CheckConstraint(name="code_has_receiver", condition=Q(account__isnull=False) | ~Q(phone_index="")),
        ]
        indexes = [
            # Verifying and counting both look for the newest codes of one receiver and purpose.
            models.Index(name="code_by_account", fields=["account", "purpose", "issued_at"]),
            models.Index(name="code_by_phone", fields=["phone_index", "purpose", "issued_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.issued_at:%Y-%m-%d %H:%M}"
