"""The court's own step of an application: to which court one applies.

Lives here: that step and the plan of steps. Does not live here: the steps both platforms share (``mediation.windows``).
Called by: ``actions`` and ``portal`` of this platform.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mediation.windows.moveforms import court_choices
from mediation.windows.wizard import Step, StepForm, steps


class CourtForm(StepForm):
    """To which court one applies; the court checks its own jurisdiction (ZX-9)."""

    court = forms.ChoiceField(label=_("向哪一个法院申请"))

    def arrange(self) -> None:
        """Offer the courts that may take a securities dispute."""
        self.fields["court"] = forms.ChoiceField(
            label=_("向哪一个法院申请"),
            choices=[("", _("请选择")), *court_choices()],
            help_text=_(
                "一般选被申请人住所地的法院；上市公司虚假陈述，选公司所在省会城市的中级人民法院或者金融法院。选错了，法院会告知您。"
            ),
        )

    def saved(self) -> dict[str, Any]:
        """Return the court's code."""
        return {"court": self.cleaned_data["court"]}


PLAN = steps(Step("addressee", _("受理法院"), CourtForm, _("向哪一个法院申请")))
