"""Forms about agreements reached off line: what they have in common, and the one by which a court is given such one.

Lives here: fields, checks, turning answers into facts and enclosures, filing at a court. Does not live here: what an
organisation records of its own (``investornet.forms``).
Called by: the court's portal (a party files) and its desk (a clerk files), InvestorNet's form.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from mediation import moves
from mediation.actor import Actor
from mediation.models import Case, CaseEvent
from mediation.moves import Enclosed
from mediation.vocabulary import (
    DocumentKind,
    EnclosureKind,
    IdentityKind,
    Institution,
    InvestorClass,
    PartyKind,
    Role,
    Side,
    Source,
    Stage,
)
from mediation.windows import uploads
from mediation.windows.moveforms import AmountField, DayField, check_person, choice, court_choices, terms
from mediation.windows.uploads import FilesField
from mediation.windows.wizard import CAUSE_GROUPS, OTHER_NAME
from mediation.windows.worded import WordedForm
from mediation.workdays import local_day
from roster import queries as roster
from roster.identity import is_same_name, normalise
from roster.models import Account
from roster.sealed import blind_index

NEEDED = (Stage.SENSITIVE_DATA, Stage.DATA_SHARING)
IDENTITY = ("name", "identity_kind", "identity_number")


class AgreementForm(WordedForm):
    """An agreement of one applicant and one respondent, signed off line."""

    cause = forms.ChoiceField(
        label=_("纠纷类型"), choices=[("", _("请选择")), *((label, terms(causes)) for label, causes in CAUSE_GROUPS)]
    )
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
    agreement = FilesField(
        label=_("各方签名的调解协议（扫描件）"),
        help_text=_("按上传时的原样保存，不转换格式；以其校验值（SHA-256）核验是否被改动。"),
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, at: datetime, *args: Any, **kwargs: Any) -> None:
        """Ask as of an instant."""
        kwargs["initial"] = {"key": str(uuid.uuid4()), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.at, self.today = at, local_day(at)

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

    def reference(self, side: str) -> str:
        """Return the reference of one side's party; the same however often the form is sent."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.cleaned_data['key']}/{side}"))

    def stated(self) -> dict[str, Any]:
        """Return the facts that every such form states, but for the digest of the scan."""
        given = self.cleaned_data
        parties = [
            {
                "ref": self.reference("applicant"),
                "side": Side.APPLICANT.value,
                "kind": given["applicant_kind"],
                "investor": given["investor"],
                "institution": Institution.NONE.value,
            },
            {
                "ref": self.reference("respondent"),
                "side": Side.RESPONDENT.value,
                "kind": given["respondent_kind"],
                "investor": InvestorClass.NONE.value,
                "institution": given["institution"],
            },
        ]
        found = {
            "cause": given["cause"],
            "parties": parties,
            "agents": [],
            "effective_on": given["effective_on"].isoformat(),
        }
        found |= {"last_due": given["last_due"].isoformat()} if given["last_due"] else {}
        return found | ({"amount": given["amount"]} if given["amount"] is not None else {})

    def people(self) -> list[Enclosed]:
        """Return both parties' particulars."""
        given = self.cleaned_data
        return [
            Enclosed(
                EnclosureKind.PARTY,
                {name: given[f"{side}_{name}"] for name in IDENTITY},
                about=self.reference(side),
            )
            for side in ("applicant", "respondent")
        ]


class CourtAgreementForm(AgreementForm):
    """An agreement filed at a court, which asks the organisation named in it for its proof (N-4.5e)."""

    court = forms.ChoiceField(label=_("向哪一个法院提交"))
    organisation = forms.ChoiceField(label=_("主持调解的调解组织"))
    consents = forms.MultipleChoiceField(
        label=_("提交人同意的事项"),
        choices=terms(NEEDED),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("法院要向调解组织核实，因此两项都要同意；不同意的，可以到诉讼服务大厅线下办理。"),
    )
    field_order = ("court", "organisation")

    def __init__(self, platform: str, at: datetime, by: Account | Actor, *args: Any, **kwargs: Any) -> None:
        """Offer courts and organisations; ``by`` is the party that files for itself, or the clerk of a court."""
        self.platform, self.by = platform, by
        initial: dict[str, Any] = {}
        if isinstance(by, Account):
            initial = {"applicant_name": by.name, "applicant_identity_kind": by.identity_kind}
        super().__init__(at, *args, **{**kwargs, "initial": {**initial, **kwargs.get("initial", {})}})
        able = [(str(one.ref), one.name) for one in roster.working(platform)]
        courts = dict(court_choices())
        if isinstance(by, Actor):
            courts = {by.seat: courts.get(by.seat, by.seat)}
        for name, options in (("court", list(courts.items())), ("organisation", able)):
            chosen = self.fields[name]
            assert isinstance(chosen, forms.ChoiceField)
            chosen.choices = options if len(options) == 1 else [("", _("请选择")), *options]

    def clean(self) -> dict[str, Any]:
        """Check that a party files for itself, under its verified identity, and that the organisation may be asked."""
        given = super().clean()
        if isinstance(self.by, Account) and given.get("applicant_identity_number"):
            index = blind_index(given["applicant_identity_number"])
            same = (self.by.identity_kind, self.by.identity_index) == (given.get("applicant_identity_kind"), index)
            if not (self.by.identity_verified_at and same):
                self.add_error("applicant_identity_number", _("申请人应当是您本人，并已核验身份；请核对证件号码。"))
            elif not is_same_name(self.by.identity_kind, given.get("applicant_name", self.by.name), self.by.name):
                self.add_error("applicant_name", OTHER_NAME % {"name": self.by.name})
        if "consents" in given and set(given["consents"]) != {stage.value for stage in NEEDED}:
            self.add_error("consents", _("请逐项阅读并勾选。"))
        return given


def file_offline(form: CourtAgreementForm) -> CaseEvent:
    """This function will file an agreement reached off line at a court and return the entry (N-4.5e).

    Sent twice, it is filed once. Raises what the door raises.
    """
    given, key = form.cleaned_data, str(form.cleaned_data["key"])
    if isinstance(form.by, Account):
        by, owner = Actor(Role.PARTY, form.reference("applicant"), "", form.platform), form.by.ref.hex
    else:
        by, owner = form.by, form.by.ref
    with moves.together():
        scan = uploads.keep(form.platform, given["agreement"], form.at)[0]
        entry = moves.perform(
            Case(platform=form.platform),
            Case.file_offline,
            by=by,
            at=form.at,
            facts=form.stated()
            | {
                "court": given["court"],
                "organisation": given["organisation"],
                "source": Source.OFFLINE.value,
                "consents": given["consents"],
                "digest": scan.sha256,
            },
            enclosures=[*form.people(), uploads.enclose(scan, DocumentKind.AGREEMENT, "ALL", seed=key, place=0)],
            key=f"{owner}/{key}"[:80],
        )
    assert isinstance(entry, CaseEvent)
    return entry
