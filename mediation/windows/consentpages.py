"""The pages behind a consent link: for an old phone, without an account, without JavaScript.

Lives here: opening a link, proving one holds the telephone, reading what mediation is, answering, taking back.
Does not live here: what a link allows (``consentlink``).
Called by: the court platform's ``urls``, through ``consent_addresses``.

The token stands in the address once only: it is exchanged for a mark in the session at once, so that no later address,
referrer or log shows it. Who tries many tokens is shut out for an hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mediation import guards
from mediation.models import Case, ConsentLink, Party
from mediation.moves import Refused
from mediation.present import now
from mediation.vocabulary import Answer, ClockKind, Stage, Track
from mediation.windows import actions, consentlink
from mediation.windows.consentlink import LinkRefused
from mediation.windows.linkpages import LinkOpening, LinkPage
from mediation.windows.pages import duty_to_take_part, label_of, sides, spoken_instant
from mediation.windows.portal import Site
from mediation.windows.worded import WordedForm
from mediation.workdays import local_day
from roster import queries as roster

EFFECTS: Mapping[Stage, tuple[Any, Any]] = {
    Stage.MEDIATION: (
        gettext_lazy("由调解组织帮助双方协商。您可以随时退出；谈不成的，不影响您在法院的权利。"),
        gettext_lazy("不进行调解，案件交回法院依法处理。不会因此对您作不利的认定。"),
    ),
    Stage.ONLINE: (
        gettext_lazy("可以用手机或者电脑参加调解、签署文件，效力与线下相同。"),
        gettext_lazy("改为到现场调解；其他同意不受影响。"),
    ),
    Stage.E_SERVICE: (
        gettext_lazy("法院文书可以发送到您的手机或者邮箱，到达时即为送达；可以要求纸质文书。"),
        gettext_lazy("法院文书按您确认的地址邮寄或者当面送达。"),
    ),
    Stage.SENSITIVE_DATA: (
        gettext_lazy("办理本案需要使用您的证件号码、账户等敏感信息，只用于本案。"),
        gettext_lazy("不在线处理这些信息，可以到法院诉讼服务大厅线下办理。"),
    ),
    Stage.DATA_SHARING: (
        gettext_lazy("您的姓名、联系方式和案件材料可以提供给办理本案的法院和调解组织。"),
        gettext_lazy("材料不会交给调解组织，因而不能委派调解。"),
    ),
}
"""What yes and no to each stage come to, in plain words."""


def consent_addresses(site: Site) -> list[URLPattern]:
    """Return the addresses of the pages behind a link."""
    return [
        path("consent/", Answering.as_view(site=site), name="consent"),
        path("consent/<str:token>/", Opening.as_view(site=site), name="consent_open"),
    ]


class AnswerForm(WordedForm):
    """One answer for each stage that is asked; none is chosen beforehand."""

    def __init__(self, stages: list[Stage], *args: Any, **kwargs: Any) -> None:
        """Ask for these stages."""
        super().__init__(*args, **kwargs)
        offered = [(one.value, label_of(one)) for one in (Answer.YES, Answer.NO, Answer.LATER)]
        for stage in stages:
            self.fields[stage.value] = forms.ChoiceField(
                label=label_of(stage),
                choices=offered,
                error_messages={"required": _("请选择同意、不同意或者以后再答复。")},
            )

    def said(self) -> dict[Stage, Answer]:
        """Return the answers of a valid form."""
        return {Stage(name): Answer(value) for name, value in self.cleaned_data.items()}


class Opening(LinkOpening):
    """The address in the message."""

    mark, links = "consent", consentlink

    @property
    def unknown(self) -> str:
        """What is said of a token nobody was sent."""
        return _("没有这个链接。请完整复制短信中的地址，或者联系法院。")


class Answering(LinkPage):
    """One page: first prove the telephone, then read and answer; later see the answers and take them back."""

    mark, links = "consent", consentlink

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show where the bearer of the link stands."""
        return self._at(now(), {})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Send a code, check a code, take the answers, or take a consent back."""
        return self._at(now(), request.POST)

    def _at(self, at: datetime, posted: Mapping[str, Any]) -> HttpResponse:
        link = ConsentLink.objects.select_related("case").filter(pk=self.held).first()
        if link is None or link.platform != self.site.code:
            return self.dead(_("请从法院发给您的短信中打开链接。"))
        try:
            person = consentlink.check_alive(link, at)
        except LinkRefused as refused:
            return self.dead(str(refused), 410)
        if not self.is_proved(at):
            return self.prove(link, person, at, posted, _sender(link.case))
        if "withdraw" in posted:
            return self._withdraw(link, person, at, str(posted["withdraw"]))
        return self._answer(link, person, at, posted)

    # The answers.

    def _answer(self, link: ConsentLink, person: Party, at: datetime, posted: Mapping[str, Any]) -> HttpResponse:
        asked = consentlink.unanswered(link)
        form = AnswerForm(asked, posted if posted else None)
        if posted and form.is_valid():
            try:
                consentlink.answer(link, form.said(), at)
            except LinkRefused as refused:
                form.add_error(None, str(refused))
            except Refused as refused:
                form.add_error(None, actions.spoken(refused, at))
            else:
                self.site.ring()
                messages.success(self.request, _("您的答复已经收到，并已记入案件。"))
                return HttpResponseRedirect(self.site.url("consent"))
        return self._shown(link, person, at, form)

    def _withdraw(self, link: ConsentLink, person: Party, at: datetime, stage: str) -> HttpResponse:
        form = AnswerForm([], {})
        form.is_valid()
        try:
            if stage not in link.stages:
                raise LinkRefused(_("没有可以撤回的同意。"))
            consentlink.withdraw(link, Stage(stage), at)
        except LinkRefused as refused:
            form.add_error(None, str(refused))
        except Refused as refused:
            form.add_error(None, actions.spoken(refused, at))
        else:
            self.site.ring()
            messages.success(self.request, _("已撤回同意，并已记入案件。"))
            return HttpResponseRedirect(self.site.url("consent"))
        return self._shown(link, person, at, form)

    def _shown(self, link: ConsentLink, person: Party, at: datetime, form: AnswerForm) -> HttpResponse:
        case = link.case
        withdrawable = consentlink.withdrawable(link)
        bound = guards.is_bound_to_take_part(case, str(link.party))
        rows = [
            {
                "stage": stage,
                "label": label_of(stage),
                "field": form[stage.value],
                "effects": _effects(stage, case, bound),
            }
            for stage in map(Stage, form.fields)
        ]
        given = [
            {
                "stage": code,
                "label": label_of(Stage(code)),
                "answer": label_of(Answer(link.answers[code])),
                "withdrawable": Stage(code) in withdrawable,
            }
            for code in link.stages
            if link.answers.get(code) not in (None, Answer.LATER.value)
        ]
        context = {
            "ball": self.ball(link, at, _("在本页答复") if rows else ""),
            "form": form,
            "rows": rows,
            "given": given,
            "person": person,
            "title": sides(case),
            "cause": case.get_cause_display(),
            "until": _until(case),
            "expires": spoken_instant(link.expires_at),
            "bound": duty_to_take_part(case, str(link.party), local_day(at)),
            "entrusted": case.track == Track.ENTRUSTED,
            "fee": _fee(case),
        }
        return self.page("consent_answer", context | _sender(case), 422 if form.errors else 200)


def _effects(stage: Stage, case: Case, bound: bool) -> dict[str, Any]:
    yes, no = EFFECTS[stage]
    if stage is Stage.MEDIATION and bound:
        no = _(
            "您所在的机构依法应当参加调解。仍选择不同意的，系统会记录并告知监管单位；案件按调解不成处理，不会强制达成协议。"
        )
    elif stage is Stage.MEDIATION:
        after = _("恢复审理") if case.track == Track.ENTRUSTED else _("由法院依法登记立案")
        no = _("%(no)s当事人起诉的，%(after)s。") % {"no": no, "after": after}
    return {
        Answer.YES.value: yes,
        Answer.NO.value: no,
        Answer.LATER.value: _("现在不作决定，可以在期限内用同一链接再答复。不答复不视为同意。"),
    }


def _until(case: Case) -> str:
    clock = case.sheet.get("clocks", {}).get(ClockKind.ANSWER)
    return spoken_instant(datetime.fromisoformat(clock["due"])) if clock else ""


def _fee(case: Case) -> str:
    found = roster.organisation(case.platform, case.organisation) if case.organisation else None
    if found is None:
        return _("名册上多数调解组织不收费；收费的，名册公开收费标准，并会在开始前告诉您，由您决定是否选择。")
    if found.charges_fee:
        return _("本案的调解组织%(name)s收费：%(tariff)s。") % {"name": found.name, "tariff": found.tariff}
    return _("本案的调解组织%(name)s不收费。") % {"name": found.name}


def _sender(case: Case) -> dict[str, str]:
    court = roster.court(case.court)
    return {"court": court.name if court else "", "number": case.number}
