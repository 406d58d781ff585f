"""What has a journal: files of organisations and mediators, listings, recognitions, complaints, campaigns.

Lives here: the columns the rule table does not itself need, constraints, indexes, and which columns are folded.
Does not live here: moves (``lifecycle``). Nothing but the door writes these rows, save reference rows without a
journal.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from mediation.vocabulary import FileState, LicenceKind, ListingStatus, OrganisationKind
from roster.facts import MEDIATOR_FILE, ORGANISATION_FILE
from roster.lifecycle import (
    CAMPAIGN,
    COMPLAINT,
    LISTING,
    MEDIATOR,
    ORGANISATION,
    RECOGNITION,
    CampaignLifecycle,
    ComplaintLifecycle,
    FileLifecycle,
    ListingLifecycle,
    RecognitionLifecycle,
)
from roster.models.choices import choices

_FILE_COLUMNS = ("state", "active", "verified_on", "change", "proposed", "reason", "sheet", "since", "shared")


class Organisation(FileLifecycle):
    """What one platform knows of one mediation organisation (TY-6, ZX-5).

    ``regions`` are two-digit province codes and ``causes`` codes of ``Cause``; empty means no restriction.
    ``capacity`` is how many open cases it can carry at once. ``seal`` is the SHA-256 of a picture that is never public.
    """

    aggregate = ORGANISATION
    folded = (*ORGANISATION_FILE, *_FILE_COLUMNS)

    name = models.CharField(_("组织名称"), max_length=120)
    kind = models.CharField(_("组织类别"), max_length=16, choices=choices(OrganisationKind))
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
    contacts = models.JSONField(_("联系人"), default=list, blank=True)
    licence_kind = models.CharField(_("执业证书类别"), max_length=16, blank=True, choices=choices(LicenceKind))
    licence_number = models.CharField(_("执业证书编号"), max_length=60, blank=True)
    licence_issued_on = models.DateField(_("发证日期"), null=True, blank=True)
    licence_expires_on = models.DateField(_("执业证书有效期至"), null=True, blank=True)
    seal = models.CharField(_("印章图样"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("调解组织")
        verbose_name_plural = _("调解组织")
        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [
            # A platform holds one copy of an organisation, however often it is told of it.
            models.UniqueConstraint(name="organisation_once_per_platform", fields=["platform", "ref"]),
            # Whoever charges must say how much in public (ZX-5).
            models.CheckConstraint(name="organisation_tariff_if_fee", condition=Q(charges_fee=False) | ~Q(tariff="")),
        ]
        indexes: ClassVar = [
            # A supervising unit sees its own organisations and no others (N-4.3).
            models.Index(name="organisation_by_unit", fields=["platform", "unit"]),
            # The public roster pages through names in order.
            models.Index(name="organisation_by_name", fields=["platform", "active", "name"]),
            # A unit's desk asks what awaits its review; what rests does not weigh on it.
            models.Index(
                name="organisation_in_review",
                fields=["platform", "unit"],
                condition=Q(state=FileState.SUBMITTED.value) | Q(change="SUBMITTED"),
            ),
            # The periodic consolidation asks which files were not verified since a day.
            models.Index(name="organisation_by_verified", fields=["platform", "state", "verified_on"]),
            # A credit code opens one file only; the writer looks it up.
            models.Index(name="organisation_by_credit_code", fields=["platform", "credit_code"]),
        ]

    def __str__(self) -> str:
        return self.name


class Mediator(FileLifecycle):
    """What one platform knows of one mediator, who works under one organisation (TY-6, ZX-5).

    ``employers`` are the names out of ``employment``, read when conflicts are looked for (TY-15, ZX-13); ``unit`` is
    the one that supervises the organisation; ``groups`` are specialised committees (TY-9). ``photo`` is the SHA-256 of
    a picture.
    """

    aggregate = MEDIATOR
    folded = (*MEDIATOR_FILE, "employers", *_FILE_COLUMNS)

    organisation = models.UUIDField(_("所属组织"))
    unit = models.CharField(_("监管单位代码"), max_length=16, blank=True, default="")
    name = models.CharField(_("姓名"), max_length=60)
    expertise = models.TextField(_("专业领域"), blank=True)
    causes = models.JSONField(_("擅长案由"), default=list, blank=True)
    languages = models.JSONField(_("服务语言"), default=list, blank=True)
    licence_number = models.CharField(_("证书编号"), max_length=40, blank=True)
    licence_expires_on = models.DateField(_("证书有效期至"), null=True, blank=True)
    experience_years = models.PositiveSmallIntegerField(_("从业年限"), default=0)
    employment = models.JSONField(_("任职经历（起止）"), default=list, blank=True)
    employers = models.JSONField(_("任职经历"), default=list, blank=True)
    charges_fee = models.BooleanField(_("是否收费"), default=False)
    qualifications = models.JSONField(_("资格"), default=list, blank=True)
    training_hours = models.PositiveIntegerField(_("累计培训学时"), default=0)
    certificate = models.CharField(_("培训合格证书"), max_length=120, blank=True)
    groups = models.JSONField(_("专业调解组"), default=list, blank=True)
    photo = models.CharField(_("照片"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("调解员")
        verbose_name_plural = _("调解员")
        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [
            # A platform holds one copy of a mediator, however often it is told of them.
            models.UniqueConstraint(name="mediator_once_per_platform", fields=["platform", "ref"]),
        ]
        indexes: ClassVar = [
            # Assigning within an organisation lists its mediators by name.
            models.Index(name="mediator_by_organisation", fields=["platform", "organisation", "name"]),
            # The public roster pages through names in order.
            models.Index(name="mediator_by_name", fields=["platform", "active", "name"]),
            # A unit's desk asks what awaits its review; what rests does not weigh on it.
            models.Index(
                name="mediator_in_review",
                fields=["platform", "unit"],
                condition=Q(state=FileState.SUBMITTED.value) | Q(change="SUBMITTED"),
            ),
            # The periodic consolidation asks which files were not verified since a day.
            models.Index(name="mediator_by_verified", fields=["platform", "state", "verified_on"]),
        ]

    def __str__(self) -> str:
        return self.name


class Listing(ListingLifecycle):
    """One entry on one court's 特邀名册 as one platform knows it: an organisation or a mediator, never both (TY-5).

    In force on a day when LISTED, begun, and not expired; ``queries.listed`` is the only reading of that rule.
    """

    aggregate = LISTING
    folded = (
        "status", "court", "organisation", "mediator", "certificate_number", "verification_code", "listed_on",
        "expires_on", "condition", "reason", "sheet", "since", "shared",
    )  # fmt: skip

    class Meta:
        verbose_name = _("名册条目")
        verbose_name_plural = _("名册条目")
        ordering: ClassVar = ["court", "pk"]
        constraints: ClassVar = [
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
            # A certificate is found by its code, and by no other.
            models.UniqueConstraint(
                name="listing_verification_code_once",
                fields=["platform", "verification_code"],
                condition=~Q(verification_code=""),
            ),
        ]
        indexes: ClassVar = [
            # "Who may be chosen at this court" is asked on every assignment.
            models.Index(name="listing_by_court", fields=["platform", "court", "status"]),
            # A public page shows which courts invited this organisation (ZX-5).
            models.Index(name="listing_by_organisation", fields=["platform", "organisation"]),
            # The same for a mediator.
            models.Index(name="listing_by_mediator", fields=["platform", "mediator"]),
            # The sweep asks what has expired; what has no term or is closed does not weigh on it.
            models.Index(
                name="listing_by_expiry",
                fields=["platform", "expires_on"],
                condition=Q(status__in=[ListingStatus.LISTED.value, ListingStatus.SUSPENDED.value]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.court} {self.organisation or self.mediator}"


_ONE_ENTRANT = Q(organisation__isnull=False, mediator__isnull=True) | Q(
    organisation__isnull=True, mediator__isnull=False
)


class Recognition(RecognitionLifecycle):
    """One joint recognition of an organisation or a mediator as one platform knows it (N-4.4c)."""

    aggregate = RECOGNITION
    folded = ("state", "organisation", "mediator", "levels", "reason", "sheet", "since", "shared")

    class Meta:
        verbose_name = _("共同认定")
        verbose_name_plural = _("共同认定")
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            # A platform holds one copy of a recognition.
            models.UniqueConstraint(name="recognition_once_per_platform", fields=["platform", "ref"]),
            # A recognition is about exactly one of the two.
            models.CheckConstraint(name="recognition_of_one", condition=_ONE_ENTRANT),
        ]
        indexes: ClassVar = [
            # The SPC's divisions list what awaits them; the sweep lists what is still to be spread.
            models.Index(name="recognition_by_state", fields=["platform", "state"]),
        ]

    def __str__(self) -> str:
        return f"{self.entrant} {self.state}"


class Complaint(ComplaintLifecycle):
    """One complaint about an organisation or a mediator as one platform knows it (TY-28, ZX-29)."""

    aggregate = COMPLAINT
    folded = (
        "state", "court", "organisation", "mediator", "case", "ground", "consequence", "complainant", "filed_at",
        "decided_at", "sheet", "since", "shared",
    )  # fmt: skip

    class Meta:
        verbose_name = _("投诉")
        verbose_name_plural = _("投诉")
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            # A platform holds one copy of a complaint.
            models.UniqueConstraint(name="complaint_once_per_platform", fields=["platform", "ref"]),
            # A complaint is about exactly one of the two.
            models.CheckConstraint(name="complaint_of_one", condition=_ONE_ENTRANT),
        ]
        indexes: ClassVar = [
            # A court lists the complaints it has to decide.
            models.Index(name="complaint_by_court", fields=["platform", "court", "state"]),
            # A file shows the complaints about it.
            models.Index(name="complaint_by_organisation", fields=["platform", "organisation"]),
            # The same for a mediator.
            models.Index(name="complaint_by_mediator", fields=["platform", "mediator"]),
            # A party sees their own.
            models.Index(name="complaint_by_complainant", fields=["platform", "complainant"]),
        ]

    def __str__(self) -> str:
        return f"{self.court} {self.entrant} {self.state}"


class Campaign(CampaignLifecycle):
    """One periodic consolidation of the files, on InvestorNet only (N-4.3)."""

    aggregate = CAMPAIGN
    folded = ("state", "title", "begins_on", "ends_on", "figures", "sheet", "since", "shared")

    class Meta:
        verbose_name = _("集中核实")
        verbose_name_plural = _("集中核实")
        ordering: ClassVar = ["-begins_on", "-pk"]
        constraints: ClassVar = [
            # A campaign is known by its reference.
            models.UniqueConstraint(name="campaign_once_per_platform", fields=["platform", "ref"]),
            # One at a time, or nobody would know which one asks.
            models.UniqueConstraint(name="campaign_one_open", fields=["platform"], condition=Q(state="OPEN")),
        ]

    def __str__(self) -> str:
        return self.title


class CampaignPlan(models.Model):
    """Whether consolidations open by themselves, quarter by quarter, on one platform; without a row they do (N-4.3)."""

    platform = models.CharField(_("平台"), max_length=32)
    automatic = models.BooleanField(_("每季度自动开始"), default=True)

    class Meta:
        verbose_name = _("集中核实安排")
        verbose_name_plural = _("集中核实安排")
        constraints: ClassVar = [
            # A platform has one answer.
            models.UniqueConstraint(name="campaign_plan_once_per_platform", fields=["platform"]),
        ]

    def __str__(self) -> str:
        return self.platform


class ComplaintText(models.Model):
    """What was written with one entry of a complaint, sealed at the court; erasing leaves the entry's digest."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="texts")
    number = models.PositiveIntegerField()
    salt = models.CharField(max_length=32, blank=True)
    sealed = models.BinaryField(blank=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("投诉材料")
        verbose_name_plural = _("投诉材料")
        constraints: ClassVar = [
            # One text belongs to one entry.
            models.UniqueConstraint(name="complaint_text_once", fields=["complaint", "number"]),
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id} #{self.number}"


class PublicEntry(models.Model):
    """What the public roster searches of one file: a projection of the file and of its entries on courts' rosters.

    Shown from ``since`` to ``until``, both NULL where no roster has it (``publication`` says when). ``words`` are all
    texts people search, in small letters; ``regions``, ``causes`` and ``languages`` are codes between bars, as in
    ``|31|44|``, empty where the file names none. Narrow on purpose: what no index answers is read here, not in the wide
    files.
    """

    platform = models.CharField(max_length=32)
    aggregate = models.CharField(max_length=16)
    ref = models.UUIDField()
    organisation = models.UUIDField(null=True)
    name = models.CharField(max_length=120, blank=True)
    words = models.TextField(blank=True)
    regions = models.CharField(max_length=200, blank=True)
    causes = models.TextField(blank=True)
    languages = models.TextField(blank=True)
    charges_fee = models.BooleanField(default=False)
    since = models.DateField(null=True)
    until = models.DateField(null=True)

    class Meta:
        verbose_name = _("公开名册条目")
        verbose_name_plural = _("公开名册条目")
        ordering: ClassVar = ["name", "ref"]
        constraints: ClassVar = [
            # One row for a file, which whoever changes file or entry locks and writes anew.
            models.UniqueConstraint(name="public_entry_once", fields=["platform", "aggregate", "ref"]),
            # Both ends of the span, or neither.
            models.CheckConstraint(
                name="public_entry_since_and_until",
                condition=Q(since__isnull=True, until__isnull=True) | Q(since__isnull=False, until__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            # The public lists are walked by name; what no roster has does not weigh on them.
            models.Index(
                name="public_entry_by_name",
                fields=["platform", "aggregate", "name", "ref"],
                condition=Q(since__isnull=False),
            ),
            # An organisation's page lists its mediators by name, and the list of organisations counts them.
            models.Index(
                name="public_entry_of_body",
                fields=["platform", "organisation", "name", "ref"],
                condition=Q(since__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name
