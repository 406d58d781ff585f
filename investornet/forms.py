"""InvestorNet's own forms: to which organisation one applies, and an agreement reached off line.

Lives here: these two and the plan of steps. Does not live here: the steps both platforms share (``mediation.windows``).
Called by: ``actions`` and ``portal`` of this platform.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from mediation.vocabulary import IdentityKind, Institution, InvestorClass, PartyKind, Source
from mediation.windows.moveforms import AmountField, DayField, check_person, choice, terms
from mediation.windows.uploads import FilesField
from mediation.windows.wizard import CAUSE_GROUPS, Step, StepForm, steps
from mediation.workdays import local_day
from roster import queries as roster
from roster.identity import normalise

PLATFORM = "investornet"


class OrganisationForm(StepForm):
    """To which organisation one applies: those that take disputes of this kind."""

    organisation = forms.ChoiceField(label=_("向哪一个调解组织申请"))

    def arrange(self) -> None:
        """Offer the organisations that take the cause named before, with whether they charge."""
        cause = self.application.of("dispute").get("cause", "")
        found = roster.find_public(PLATFORM, on=self.application.today, cause=cause)
        options = [(str(one.ref), f"{one.name}（{_('收费') if one.charges_fee else _('不收费')}）") for one in found]
        self.fields["organisation"] = forms.ChoiceField(
            label=_("向哪一个调解组织申请"),
            choices=options,
            widget=forms.RadioSelect,
            help_text=_(
                "只列出受理这一类纠纷的组织。三个工作日内答复；不受理或者没有答复的，可以另选一家，申请时间保留。"
            ),
            error_messages={"invalid_choice": _("该调解组织不受理这一类纠纷，请另选一家。")},
        )

    def saved(self) -> dict[str, Any]:
        """Return the organisation's reference."""
        return {"organisation": self.cleaned_data["organisation"]}


PLAN = steps(Step("addressee", _("调解组织"), OrganisationForm, _("向哪一个调解组织申请")))


class OfflineForm(forms.Form):
    """An agreement reached off line, which the organisation vouches for (N-4.5e)."""

    cause = forms.ChoiceField(
        label=_("纠纷类型"), choices=[("", _("请选择")), *((label, terms(causes)) for label, causes in CAUSE_GROUPS)]
    )
    source = choice(_("案件来源"), terms([Source.OFFLINE, Source.HOTLINE_12386, Source.REGULATOR]))
    applicant_kind = choice(_("申请人是"), terms(PartyKind))
    applicant_name = forms.CharField(label=_("申请人姓名或者名称"), max_length=120)
    applicant_identity_kind = forms.ChoiceField(label=_("申请人证件类型"), choices=terms(IdentityKind))
    applicant_identity_number = forms.CharField(label=_("申请人证件号码"), max_length=60)
    investor = choice(_("投资者类别"), terms(InvestorClass))
    respondent_kind = choice(_("被申请人是"), terms(PartyKind))
    respondent_name = forms.CharField(label=_("被申请人姓名或者名称"), max_length=120)
    respondent_identity_kind = forms.ChoiceField(
        label=_("被申请人证件类型"), choices=terms(IdentityKind), initial=IdentityKind.CREDIT_CODE
    )
    respondent_identity_number = forms.CharField(label=_("被申请人证件号码"), max_length=60)
    institution = choice(_("被申请人机构类别"), terms(Institution))
    amount = AmountField(label=_("协议金额"), required=False)
    effective_on = DayField(label=_("协议生效日期"), past=True, help_text=_("最后一方当事人签名的日期。"))
    last_due = DayField(label=_("最后一期履行日期"), required=False)
    mediators = forms.MultipleChoiceField(label=_("调解员"), widget=forms.CheckboxSelectMultiple)
    agreement = FilesField(label=_("各方签名的调解协议（扫描件）"))
    proof = FilesField(label=_("调解组织主持调解的证明"))
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, organisation: str, at: datetime, *args: Any, **kwargs: Any) -> None:
        """Offer the organisation's own mediators."""
        kwargs["initial"] = {"key": str(uuid.uuid4()), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.organisation, self.at, self.today = organisation, at, local_day(at)
        able = [(str(one.ref), one.name) for one in roster.mediators_of(PLATFORM, organisation)]
        self.fields["mediators"] = forms.MultipleChoiceField(
            label=_("调解员"), choices=able, widget=forms.CheckboxSelectMultiple
        )

    def clean(self) -> dict[str, Any]:
        """Check documents and days, that the two sides differ, and that the agreement is one file."""
        given = self.cleaned_data
        for name, made in self.fields.items():
            if isinstance(made, DayField) and given.get(name):
                try:
                    made.check(given[name], self.today)
                except ValidationError as error:
                    self.add_error(name, error)
        for side in ("applicant", "respondent"):
            kind, number = given.get(f"{side}_identity_kind"), given.get(f"{side}_identity_number")
            if kind and number:
                field = f"{side}_identity_number"
                given[field] = check_person(self, kind, number, self.today, field=field)
        if given.get("applicant_identity_number") and (
            given["applicant_identity_number"] == given.get("respondent_identity_number")
            or normalise(given.get("applicant_name", "")) == normalise(given.get("respondent_name", ""))
        ):
            self.add_error("respondent_name", _("被申请人不能与申请人相同，请核对双方信息。"))
        if len(given.get("agreement") or []) > 1:
            self.add_error("agreement", _("调解协议请合并为一份文件。"))
        return given
