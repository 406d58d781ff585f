"""The roster's tables: courts, units, organisations, mediators, listings; accounts, posts, tokens and one-time codes.

Lives here: columns, constraints and indexes, each with its reason.
Does not live here: questions (``queries``), sign-in (``signin``), what a post allows (a platform's ``access``).
Called by: everything in ``roster``, and every floor above through ``roster.queries``.

Across platforms an organisation, a mediator and an account are known by ``ref``; courts and units by their code.
Links between rows of one platform are refs and codes too, never foreign keys, because either side may arrive first.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import make_password
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from mediation.vocabulary import (
    CourtKind,
    CourtLevel,
    IdentityKind,
    ListingStatus,
    OrganisationKind,
    Role,
    Term,
    UnitKind,
)
from roster.sealed import SealedField

COURT_ROLES = (Role.CLERK.value, Role.JUDGE.value, Role.COURT_LEADER.value)
ORGANISATION_ROLES = (Role.ORGANISATION.value, Role.MEDIATOR.value)


def _choices(terms: type[Term]) -> list[tuple[str, Any]]:
    return [(value, _(label)) for value, label in terms.choices()]


class Court(models.Model):
    """One people's court, known everywhere by its court code (法院代字, law.md §7.4), the same on both platforms."""

    code = models.CharField(_("法院代字"), max_length=12, primary_key=True)
    name = models.CharField(_("法院名称"), max_length=80, unique=True)
    level = models.CharField(_("审级"), max_length=16, choices=_choices(CourtLevel))
    province = models.CharField(_("省级区划代码"), max_length=2, blank=True)
    parent = models.CharField(_("上级法院代字"), max_length=12, blank=True)
    kinds = models.JSONField(_("集中管辖依据"), default=list, blank=True)

    class Meta:
        verbose_name = _("人民法院")
        verbose_name_plural = _("人民法院")
        ordering = ["code"]
        constraints = [
            # Every court but the supreme one stands under another: appeals and adopted rosters (TY-5) climb here.
            models.CheckConstraint(
                name="court_has_parent_unless_supreme",
                condition=Q(level=CourtLevel.SUPREME.value, parent="")
                | (~Q(level=CourtLevel.SUPREME.value) & ~Q(parent="")),
            ),
        ]
        indexes = [
            # The public roster and the application form offer the courts of one province.
            models.Index(name="court_by_province", fields=["province", "level"]),
        ]

    def __str__(self) -> str:
        return self.name

    def has_kind(self, kind: CourtKind) -> bool:
        """Answer whether this court takes securities disputes on the ground of ``kind`` (law.md §7.3)."""
        return kind.value in self.kinds


class Unit(models.Model):
    """One supervising unit on the regulator's side (派出机构、会管单位, N-4.2d), the same on both platforms."""

    code = models.CharField(_("单位代码"), max_length=16, primary_key=True)
    name = models.CharField(_("单位名称"), max_length=80, unique=True)
    kind = models.CharField(_("单位类别"), max_length=16, choices=_choices(UnitKind))
    province = models.CharField(_("省级区划代码"), max_length=2, blank=True)

    class Meta:
        verbose_name = _("派出机构和会管单位")
        verbose_name_plural = _("派出机构和会管单位")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Organisation(models.Model):
    """What one platform knows of one mediation organisation (TY-6, ZX-5).

    ``regions`` are two-digit province codes and ``causes`` codes of ``Cause``; empty means no restriction.
    ``capacity`` is how many open cases it can carry at once.
    """

    platform = models.CharField(_("平台"), max_length=32)
    ref = models.UUIDField(_("标识"), default=uuid.uuid4)
    name = models.CharField(_("组织名称"), max_length=120)
    kind = models.CharField(_("组织类别"), max_length=16, choices=_choices(OrganisationKind))
    credit_code = models.CharField(_("统一社会信用代码"), max_length=18)
    unit = models.CharField(_("监管单位代码"), max_length=16, blank=True)
    regions = models.JSONField(_("受理地域"), default=list, blank=True)
    causes = models.JSONField(_("受理案由"), default=list, blank=True)
    scope = models.TextField(_("受理范围"), blank=True)
    expertise = models.TextField(_("专业领域"), blank=True)
    charges_fee = models.BooleanField(_("是否收费"), default=False)
    tariff = models.TextField(_("收费标准"), blank=True)
    capacity = models.PositiveIntegerField(_("同时办理上限"), default=50)
    languages = models.JSONField(_("服务语言"), default=list, blank=True)
    video = models.BooleanField(_("支持音视频调解"), default=True)
    phone = models.CharField(_("联系电话"), max_length=40, blank=True)
    address = models.CharField(_("地址"), max_length=200, blank=True)
    active = models.BooleanField(_("正常开展工作"), default=True)
    verified_on = models.DateField(_("最近核实日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("调解组织")
        verbose_name_plural = _("调解组织")
        ordering = ["name", "pk"]
        constraints = [
            # A platform holds one copy of an organisation, however often it is told of it.
            models.UniqueConstraint(name="organisation_once_per_platform", fields=["platform", "ref"]),
            # Whoever charges must say how much in public (ZX-5).
            models.CheckConstraint(name="organisation_tariff_if_fee", condition=Q(charges_fee=False) | ~Q(tariff="")),
        ]
        indexes = [
            # A supervising unit sees its own organisations and no others (N-4.3).
            models.Index(name="organisation_by_unit", fields=["platform", "unit"]),
            # The public roster pages through names in order.
            models.Index(name="organisation_by_name", fields=["platform", "active", "name"]),
        ]

    def __str__(self) -> str:
        return self.name


class Mediator(models.Model):
    """What one platform knows of one mediator, who works under one organisation (TY-6, ZX-5).

    ``employers`` are names of past and present employers, read when conflicts are looked for (TY-15, ZX-13).
    """

    platform = models.CharField(_("平台"), max_length=32)
    ref = models.UUIDField(_("标识"), default=uuid.uuid4)
    organisation = models.UUIDField(_("所属组织"))
    name = models.CharField(_("姓名"), max_length=60)
    expertise = models.TextField(_("专业领域"), blank=True)
    causes = models.JSONField(_("擅长案由"), default=list, blank=True)
    languages = models.JSONField(_("服务语言"), default=list, blank=True)
    licence_number = models.CharField(_("证书编号"), max_length=40, blank=True)
    experience_years = models.PositiveSmallIntegerField(_("从业年限"), default=0)
    employers = models.JSONField(_("任职经历"), default=list, blank=True)
    active = models.BooleanField(_("正常开展工作"), default=True)
    charges_fee = models.BooleanField(_("是否收费"), default=False)

    class Meta:
        verbose_name = _("调解员")
        verbose_name_plural = _("调解员")
        ordering = ["name", "pk"]
        constraints = [
            # A platform holds one copy of a mediator, however often it is told of them.
            models.UniqueConstraint(name="mediator_once_per_platform", fields=["platform", "ref"]),
        ]
        indexes = [
            # Assigning within an organisation lists its mediators by name.
            models.Index(name="mediator_by_organisation", fields=["platform", "organisation", "name"]),
        ]

    def __str__(self) -> str:
        return self.name


class Listing(models.Model):
    """One entry on one court's 特邀名册 as one platform knows it: an organisation or a mediator, never both (TY-5).

    In force on a day when LISTED, begun, and not expired; ``queries.listed`` is the only reading of that rule.
    """

    platform = models.CharField(_("平台"), max_length=32)
    ref = models.UUIDField(_("标识"), default=uuid.uuid4)
    court = models.CharField(_("法院代字"), max_length=12)
    organisation = models.UUIDField(_("调解组织"), null=True, blank=True)
    mediator = models.UUIDField(_("调解员"), null=True, blank=True)
    status = models.CharField(_("名册状态"), max_length=16, choices=_choices(ListingStatus))
    certificate_number = models.CharField(_("证书编号"), max_length=60, blank=True)
    listed_on = models.DateField(_("列入日期"), null=True, blank=True)
    expires_on = models.DateField(_("有效期至"), null=True, blank=True)

    class Meta:
        verbose_name = _("名册条目")
        verbose_name_plural = _("名册条目")
        ordering = ["court", "pk"]
        constraints = [
            # A platform holds one copy of an entry.
            models.UniqueConstraint(name="listing_once_per_platform", fields=["platform", "ref"]),
            # An entry is about exactly one of the two (TY-6).
            models.CheckConstraint(
                name="listing_of_organisation_or_mediator",
                condition=Q(organisation__isnull=False, mediator__isnull=True)
                | Q(organisation__isnull=True, mediator__isnull=False),
            ),
            # A court lists an organisation once; leaving and coming back change this row.
            models.UniqueConstraint(
                name="listing_organisation_once_per_court",
                fields=["platform", "court", "organisation"],
                condition=Q(organisation__isnull=False),
            ),
            # A court lists a mediator once, for the same reason.
            models.UniqueConstraint(
                name="listing_mediator_once_per_court",
                fields=["platform", "court", "mediator"],
                condition=Q(mediator__isnull=False),
            ),
            # Whoever is listed has been listed on some day, or the term could not be counted.
            models.CheckConstraint(
                name="listing_has_day_when_listed",
                condition=~Q(status=ListingStatus.LISTED.value) | Q(listed_on__isnull=False),
            ),
            # A term cannot end before it begins.
            models.CheckConstraint(
                name="listing_expires_after_start",
                condition=Q(expires_on__isnull=True) | Q(listed_on__isnull=True) | Q(expires_on__gte=F("listed_on")),
            ),
        ]
        indexes = [
            # "Who may be chosen at this court" is asked on every assignment.
            models.Index(name="listing_by_court", fields=["platform", "court", "status"]),
            # A public page shows which courts invited this organisation (ZX-5).
            models.Index(name="listing_by_organisation", fields=["platform", "organisation"]),
            # The same for a mediator.
            models.Index(name="listing_by_mediator", fields=["platform", "mediator"]),
        ]

    def __str__(self) -> str:
        return f"{self.court} {self.organisation or self.mediator}"


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
    identity_kind = models.CharField(_("证件类型"), max_length=24, choices=_choices(IdentityKind), blank=True)
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
    """A capacity that an account holds on one platform for a time: the scope column that the role needs is filled."""

    account = models.ForeignKey(Account, verbose_name=_("账户"), on_delete=models.CASCADE, related_name="posts")
    platform = models.CharField(_("平台"), max_length=32)
    role = models.CharField(_("身份"), max_length=24, choices=_choices(Role))
    court = models.CharField(_("法院代字"), max_length=12, blank=True)
    organisation = models.UUIDField(_("调解组织"), null=True, blank=True)
    unit = models.CharField(_("监管单位代码"), max_length=16, blank=True)
    mediator = models.UUIDField(_("调解员"), null=True, blank=True)
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
            # A term cannot end before it begins.
            models.CheckConstraint(
                name="post_ends_after_start", condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from"))
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
    """A bearer token of an account: a REST integrator's, or anybody's personal one. Only its digest is kept."""

    account = models.ForeignKey(Account, verbose_name=_("账户"), on_delete=models.CASCADE, related_name="clients")
    name = models.CharField(_("名称"), max_length=80)
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(_("权限范围"), default=list, blank=True)
    created_at = models.DateTimeField(_("创建时间"))
    last_used_at = models.DateTimeField(_("最近使用"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("停用时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("接口令牌")
        verbose_name_plural = _("接口令牌")
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.name


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
