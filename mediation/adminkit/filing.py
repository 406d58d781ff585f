"""Filing at the desk: a clerk opens a case for a party who came in person, or entrusts a docketed one (track B).

Lives here: one compact form and its page. Does not live here: the application in steps that parties fill in themselves.
Called by: the court's admin site, as the section ``filing_section`` returns.
"""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mediation import facts, moves
from mediation.adminkit.site import FILL, DeskRequest, DeskSite, Page, Section
from mediation.models import Case
from mediation.moves import Enclosed
from mediation.numbers import CaseNumber, CaseNumberError
from mediation.vocabulary import (
    Audience,
    Cause,
    DocumentKind,
    EnclosureKind,
    IdentityKind,
    Institution,
    InvestorClass,
    PartyKind,
    Procedure,
    Role,
    Side,
    Source,
    Stage,
    Track,
)
from mediation.windows import actions, pages, uploads
from mediation.windows.agreements import CourtAgreementForm, file_offline
from mediation.windows.moveforms import AmountField, CleanText, check_person, terms
from mediation.windows.uploads import FilesField
from mediation.windows.worded import WordedForm
from mediation.workdays import local_day
from roster.identity import IdentityError, check_phone

FILERS = frozenset({Role.CLERK})
MOST_PARTIES = 20
SOURCES = (Source.COURT_GUIDED, Source.HOTLINE_12386, Source.REGULATOR, Source.COURT_TRANSFER)
NEEDED = frozenset({Stage.MEDIATION, Stage.ONLINE, Stage.SENSITIVE_DATA, Stage.DATA_SHARING})


class PartyForm(WordedForm):
    """One party."""

    side = forms.ChoiceField(label=gettext_lazy("诉讼地位"), choices=lambda: terms(Side))
    kind = forms.ChoiceField(label=gettext_lazy("类型"), choices=lambda: terms(PartyKind))
    name = forms.CharField(label=gettext_lazy("姓名或者名称"), max_length=120)
    identity_kind = forms.ChoiceField(label=gettext_lazy("证件类型"), choices=lambda: terms(IdentityKind))
    identity_number = forms.CharField(label=gettext_lazy("证件号码"), max_length=60, required=False)
    phone = forms.CharField(label=gettext_lazy("联系电话"), max_length=40, required=False)
    address = forms.CharField(label=gettext_lazy("送达地址"), max_length=200, required=False)
    investor = forms.ChoiceField(label=gettext_lazy("投资者类别"), choices=lambda: terms(InvestorClass))
    institution = forms.ChoiceField(
        label=gettext_lazy("机构类别"), choices=lambda: terms(Institution), initial=Institution.NONE
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say what only applicants must fill in."""
        super().__init__(*args, **kwargs)
        for name in ("identity_number", "phone"):
            self.fields[name].needed_when = _("（申请人必填）")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Check the numbers; an applicant must have both, a respondent's may still be unknown."""
        given = self.cleaned_data
        applies = given.get("side") == Side.APPLICANT
        for name in ("identity_number", "phone"):
            if applies and name in given and not given[name]:
                self.add_error(name, _("申请人的这一项不能为空。"))
        if given.get("phone"):
            try:
                given["phone"] = check_phone(given["phone"])
            except IdentityError as error:
                self.add_error("phone", _(error.message) % error.params)
        return given

    def check(self, today: Any) -> None:
        """Check the identity document as of a day."""
        given = self.cleaned_data
        if given.get("identity_number"):
            adult = given.get("kind") == PartyKind.NATURAL
            given["identity_number"] = check_person(
                self,
                given.get("identity_kind", ""),
                given["identity_number"],
                today,
                field="identity_number",
                adult=adult,
            )

    def content(self) -> dict[str, str]:
        """Return the party's particulars as their enclosure holds them."""
        names = ("name", "identity_kind", "identity_number", "phone", "address")
        return {name: self.cleaned_data[name] for name in names if self.cleaned_data[name]}


class PartyForms(forms.BaseFormSet):
    """All parties."""

    default_error_messages = {
        "missing_management_form": gettext_lazy("提交的内容不完整，请刷新页面后重新填写。"),
        "too_few_forms": gettext_lazy("提交的内容不完整：至少填写%(num)d名当事人。"),
        "too_many_forms": gettext_lazy("一次最多登记%(num)d名当事人。"),
    }


Parties = forms.formset_factory(
    PartyForm, PartyForms, extra=0, min_num=2, max_num=MOST_PARTIES, absolute_max=MOST_PARTIES, validate_min=True
)


class FilingForm(WordedForm):
    """What is said of the case itself."""

    key = forms.RegexField(r"^[0-9a-f-]{36}\Z", widget=forms.HiddenInput)
    track = forms.ChoiceField(
        label=gettext_lazy("途径"),
        choices=lambda: terms((Track.DELEGATED, Track.ENTRUSTED)),
        widget=forms.RadioSelect,
        help_text=gettext_lazy("立案后委托的，填写民初案号和审理程序；立案前委派的，由系统编立登记编号。"),
    )
    number = forms.CharField(label=gettext_lazy("民初案号"), max_length=60, required=False)
    procedure = forms.ChoiceField(
        label=gettext_lazy("审理程序"), required=False, choices=lambda: [("", _("不适用")), *terms(Procedure)]
    )
    cause = forms.ChoiceField(label=gettext_lazy("案由"), choices=lambda: [("", _("请选择")), *terms(Cause)])
    source = forms.ChoiceField(label=gettext_lazy("来源"), choices=lambda: terms(SOURCES))
    amount = AmountField(label=gettext_lazy("请求金额"), required=False)
    narrative = CleanText(label=gettext_lazy("事实和请求"), rows=6)
    consents = forms.MultipleChoiceField(
        label=gettext_lazy("申请人已经同意的事项"),
        choices=lambda: terms(Stage),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("除电子送达外，缺少任何一项都不能在线办理。"),
    )
    documents = FilesField(label=gettext_lazy("材料"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say what must be filled in of cases that are docketed already."""
        super().__init__(*args, **kwargs)
        for name in ("number", "procedure"):
            self.fields[name].needed_when = _("（立案后委托的必填）")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Check that track, number, procedure and consents go together."""
        given = self.cleaned_data
        entrusted = given.get("track") == Track.ENTRUSTED
        for name in ("number", "procedure"):
            if entrusted and not given.get(name):
                self.add_error(name, _("立案后委托的案件应当填写这一项。"))
            if not entrusted and given.get(name):
                self.add_error(name, _("立案前委派的案件不填这一项。"))
        if entrusted and given.get("number"):
            try:
                given["number"] = str(CaseNumber.parse(given["number"]))
            except CaseNumberError as error:
                self.add_error("number", _(error.message))
        if "consents" in given and not {stage.value for stage in NEEDED} <= set(given["consents"]):
            self.add_error("consents", _("请逐项征得申请人同意；不同意的，在诉讼服务大厅线下办理。"))
        return given


def filing_section() -> Section:
    """Return the section in which clerks file cases."""
    pages_ = (Page("file/", file_case, "file", FILL), Page("offline/", file_agreement, "offline", FILL))
    return Section(gettext_lazy("登记案件"), "file", FILERS, pages_)


def file_agreement(site: DeskSite, request: DeskRequest) -> HttpResponse:
    """Show the form for an agreement reached off line, or file it for a party who came in person."""
    by, at, platform = request.visitor.actor(*FILERS), request.visitor.at, site.rights.platform
    if request.method != "POST":
        return _agreement_page(site, request, CourtAgreementForm(platform, at, by))
    form = CourtAgreementForm(platform, at, by, request.POST, request.FILES)
    if form.is_valid():
        try:
            entry = file_offline(form)
        except moves.Refused as refused:
            form.add_error(None, actions.spoken(refused, at))
        except facts.Malformed as wrong:
            actions.say_malformed(form, wrong)
        else:
            site.ring()
            messages.success(request, _("已登记，正在请调解组织证明。"))
            return HttpResponseRedirect(site.url("case", entry.case.ref))
    return _agreement_page(site, request, form, status=400)


def _agreement_page(
    site: DeskSite, request: DeskRequest, form: CourtAgreementForm, *, status: int = 200
) -> HttpResponse:
    return site.show(
        request,
        "mediation/admin/file_agreement.html",
        _("登记线下调解协议"),
        status=status,
        crumbs=[(_("案件"), site.url("cases")), (_("登记案件"), site.url("file")), (_("登记线下调解协议"), "")],
        form=form,
        cancel_url=site.url("cases"),
    )


def file_case(site: DeskSite, request: DeskRequest) -> HttpResponse:
    """Show the form, add a party to it, or open the case."""
    today = local_day(request.visitor.at)
    if request.method != "POST":
        form = FilingForm(initial={"key": str(uuid.uuid4()), "track": Track.DELEGATED, "source": Source.COURT_GUIDED})
        people = Parties(prefix="party", initial=[{"side": Side.APPLICANT}, {"side": Side.RESPONDENT}])
        return _page(site, request, form, people)
    if "add" in request.POST:
        more = request.POST.copy()
        total = more.get("party-TOTAL_FORMS", "2")
        more["party-TOTAL_FORMS"] = str(min(int(total) + 1, MOST_PARTIES) if total.isdecimal() else 2)
        return _page(site, request, FilingForm(more), Parties(more, prefix="party"), quiet=True)
    form, people = FilingForm(request.POST, request.FILES), Parties(request.POST, prefix="party")
    complete = people.is_valid()
    for one in people.forms:
        if complete:
            one.check(today)
    if form.is_valid() and complete and not any(one.errors for one in people.forms):
        try:
            case = _open(site, request, form, people)
        except moves.Refused as refused:
            because = pages.citations(refused.law, today)
            form.add_error(None, f"{_(refused.reason)}（{because}）。{_(refused.remedy)}")
        except facts.Malformed as wrong:
            form.add_error(wrong.field if wrong.field in form.fields else None, _(wrong.why))
        else:
            site.ring()
            messages.success(request, _("已登记：%(number)s") % {"number": case.number})
            return HttpResponseRedirect(site.url("case", case.ref))
    return _page(site, request, form, people, status=400)


def _page(
    site: DeskSite, request: DeskRequest, form: FilingForm, people: Any, *, status: int = 200, quiet: bool = False
) -> HttpResponse:
    if quiet:
        for one in (form, *people.forms):
            one.full_clean()
            one.errors.clear()
    return site.show(
        request,
        "mediation/admin/file.html",
        _("登记案件"),
        status=status,
        crumbs=[(_("案件"), site.url("cases")), (_("登记案件"), "")],
        form=form,
        people=people,
        wrong=[] if quiet else _wrong(people),
        full=len(people.forms) >= MOST_PARTIES,
        offline_url=site.url("offline"),
        cancel_url=site.url("cases"),
    )


def _wrong(people: Any) -> list[dict[str, str]]:
    """Return what is wrong with the parties, each with the address of its field on the page."""
    if not people.is_bound:
        return []
    found = [{"text": str(text), "url": ""} for text in people.non_form_errors()]
    for place, one in enumerate(people.forms, 1):
        found += [
            {
                "text": _("第%(place)d名当事人，%(label)s：%(why)s")
                % {"place": place, "label": one[name].label if name in one.fields else "—", "why": text},
                "url": f"#{one[name].id_for_label}" if name in one.fields else "",
            }
            for name, texts in one.errors.items()
            for text in texts
        ]
    return found


def _open(site: DeskSite, request: DeskRequest, form: FilingForm, people: Any) -> Case:
    given, by, at = form.cleaned_data, request.visitor.actor(*FILERS), request.visitor.at
    parties, enclosures = [], [Enclosed(EnclosureKind.NARRATIVE, {"text": given["narrative"]}, Audience.ALL)]
    for place, one in enumerate(people.forms):
        ref = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{given['key']}/{place}"))
        codes = {name: one.cleaned_data[name] for name in ("side", "kind", "investor", "institution")}
        parties.append({"ref": ref, **codes})
        enclosures.append(Enclosed(EnclosureKind.PARTY, one.content(), about=ref))
    stated = {"track": given["track"], "court": by.seat, "cause": given["cause"], "source": given["source"]}
    stated |= {"parties": parties, "agents": [], "consents": given["consents"]}
    stated |= {"amount": given["amount"]} if given["amount"] is not None else {}
    if given["track"] == Track.ENTRUSTED:
        stated |= {"docket_number": given["number"], "procedure": given["procedure"]}
    case = Case(platform=site.rights.platform)
    with moves.together():
        kept = uploads.keep(site.rights.platform, given["documents"], at)
        enclosures += [
            uploads.enclose(received, DocumentKind.EVIDENCE, Audience.ALL, seed=given["key"], place=place)
            for place, received in enumerate(kept)
        ]
        done = moves.perform(case, "file", by=by, at=at, facts=stated, enclosures=enclosures, key=given["key"])
    return done.case
