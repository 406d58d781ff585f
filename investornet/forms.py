"""InvestorNet's own forms: to which organisation one applies, and an agreement reached off line.

Lives here: these two and the plan of steps. Does not live here: the steps both platforms share (``mediation.windows``).
Called by: ``actions`` and ``portal`` of this platform.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mediation.vocabulary import Source
from mediation.windows.agreements import AgreementForm
from mediation.windows.moveforms import choice, terms
from mediation.windows.uploads import FilesField
from mediation.windows.wizard import Step, StepForm, steps
from roster import queries as roster

PLATFORM = "investornet"


class OrganisationForm(StepForm):
    """To which organisation one applies: those that take disputes of this kind."""

    organisation = forms.ChoiceField(label=_("向哪一个调解组织申请"))

    def arrange(self) -> None:
        """Offer the organisations that take the cause named before, with whether they charge."""
        cause = self.application.of("dispute").get("cause", "")
        found = roster.working(PLATFORM, cause)
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


class OfflineForm(AgreementForm):
    """An agreement reached off line, which the organisation vouches for (N-4.5e)."""

    source = choice(_("案件来源"), terms([Source.OFFLINE, Source.HOTLINE_12386, Source.REGULATOR]))
    mediators = forms.MultipleChoiceField(label=_("调解员"), widget=forms.CheckboxSelectMultiple)
    proof = FilesField(label=_("调解组织主持调解的证明"))
    field_order = ("cause", "source")

    def __init__(self, organisation: str, at: datetime, *args: Any, **kwargs: Any) -> None:
        """Offer the organisation's own mediators."""
        super().__init__(at, *args, **kwargs)
        self.organisation = organisation
        able = [(str(one.ref), one.name) for one in roster.mediators_of(PLATFORM, organisation)]
        self.fields["mediators"] = forms.MultipleChoiceField(
            label=_("调解员"), choices=able, widget=forms.CheckboxSelectMultiple
        )
