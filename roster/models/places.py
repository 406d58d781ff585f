"""Courts, supervising units, companies and who owns them: reference rows, the same on both platforms."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mediation.vocabulary import CourtKind, CourtLevel, Institution, UnitKind
from roster.models.choices import choices


class Court(models.Model):
    """One people's court, known everywhere by its court code (法院代字, law.md §7.4), the same on both platforms."""

    code = models.CharField(_("法院代字"), max_length=12, primary_key=True)
    name = models.CharField(_("法院名称"), max_length=80, unique=True)
    level = models.CharField(_("审级"), max_length=16, choices=choices(CourtLevel))
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
    kind = models.CharField(_("单位类别"), max_length=16, choices=choices(UnitKind))
    province = models.CharField(_("省级区划代码"), max_length=2, blank=True)

    class Meta:
        verbose_name = _("派出机构和会管单位")
        verbose_name_plural = _("派出机构和会管单位")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Company(models.Model):
    """One company that people have disputes with, as a dated list has it: a reader is told of which day and from where.

    A company has one row for each of its business: a listed broker is found as both. ``folded`` is what the search
    looks through: short name and full name in one form.
    """

    LISTED, BROKER, FUND, FUTURES = "LISTED", "BROKER", "FUND", "FUTURES"
    SORTS = ((LISTED, _("上市公司")), (BROKER, _("证券公司")), (FUND, _("基金公司")), (FUTURES, _("期货公司")))

    sort = models.CharField(_("类别"), max_length=8, choices=SORTS)
    code = models.CharField(_("证券代码"), max_length=12, blank=True)
    short = models.CharField(_("简称"), max_length=60)
    name = models.CharField(_("全称"), max_length=120)
    credit_code = models.CharField(_("统一社会信用代码"), max_length=18, blank=True)
    folded = models.CharField(max_length=200)
    as_of = models.DateField(_("名单日期"))
    source = models.CharField(_("名单来源"), max_length=200)

    class Meta:
        verbose_name = _("公司名单")
        verbose_name_plural = _("公司名单")
        ordering = ["name", "sort"]
        constraints = [
            # A list names a company once in each business.
            models.UniqueConstraint(name="company_once_per_sort", fields=["name", "sort"]),
        ]
        indexes = [
            # People type the beginning of a securities code.
            models.Index(name="company_by_code", fields=["code"], condition=~Q(code="")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def institution(self) -> Institution:
        """Whether the company has a duty to take part (ZQ-94, QH-56)."""
        return {self.BROKER: Institution.SECURITIES, self.FUTURES: Institution.FUTURES}.get(self.sort, Institution.NONE)


class Affiliation(models.Model):
    """One company and the parent that owns it, as a dated list has it; conflicts of interest are looked for in it.

    The whole list is replaced at once: ``load`` names the loading, by which a list is remembered once read.
    """

    company = models.CharField(_("公司"), max_length=120)
    parent = models.CharField(_("母公司"), max_length=120)
    since = models.DateField(_("起始日期"), null=True, blank=True)
    load = models.UUIDField(editable=False)
    as_of = models.DateField(_("名单日期"))
    source = models.CharField(_("名单来源"), max_length=200)

    class Meta:
        verbose_name = _("集团公司名单")
        verbose_name_plural = _("集团公司名单")
        ordering = ["pk"]
        constraints = [
            # A list names one owner of a company.
            models.UniqueConstraint(name="affiliation_has_one_parent", fields=["company"]),
        ]

    def __str__(self) -> str:
        return self.company
