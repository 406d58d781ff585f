"""The application in small steps: one thing per page, saved as one goes, checked whole before it is sent.

Lives here: the steps both platforms share and the ``Application`` that holds a draft's answers and turns them into
facts and enclosures. Does not live here: to whom one applies, the move itself (each platform's ``forms``, ``actions``).
Called by: the portals. The fields are those of ZX-8 and of a complaint (CPL-124); one consent for each purpose (ZS-4).
"""

from __future__ import annotations

import json
import unicodedata
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import cached_property, partial
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.choices import flatten_choices
from django.utils.html import escape
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mediation import persons
from mediation.actor import Actor
from mediation.amounts import format_amount
from mediation.models import Draft, Transfer
from mediation.moves import Enclosed
from mediation.vocabulary import (
    Audience,
    Cause,
    DocumentKind,
    EnclosureKind,
    IdentityKind,
    Institution,
    InvestorClass,
    PartyKind,
    Power,
    Role,
    SessionMode,
    Side,
    Source,
    Stage,
)
from mediation.windows.moveforms import AmountField, CleanText, DayField, check_person, choice, terms
from mediation.windows.pages import spoken_day
from mediation.windows.uploads import FilesField, Kept, enclose
from mediation.windows.worded import WordedForm
from mediation.workdays import local_day
from roster import companies
from roster.identity import (
    CORPORATE,
    IdentityError,
    check_adult,
    check_email,
    check_identity,
    check_lawyer_licence,
    check_phone,
    check_securities_account,
    is_same_name,
    mask,
    mask_account,
    normalise,
)
from roster.models import Account

SELF, AGENT = "SELF", "AGENT"
UNVERIFIED = _("您账户的身份尚未核验，暂不能提交申请。请携带证件到人民法院诉讼服务大厅或者调解组织现场核验。")
"""Whoever applies becomes a party by the application, so the account must be known to be that person (ZS-7)."""
OTHER_NAME = _("与您账户已核验的姓名“%(name)s”不一致，请填写本人姓名；姓名有误或者已经变更的，请携带证件重新核验。")
AGENT_KNOWN = "agent_known"
"""Under which name a draft keeps what an agent has said of themselves before."""

MOST_FILES = 50

RESPONDENTS: tuple[tuple[str, Any, Any], ...] = (
    ("respondent", _("被申请人"), _("证券公司、期货公司、上市公司等")),
    ("co_respondent", _("另一名被申请人"), _("例如公司的实际控制人、保荐机构")),
    ("respondent_3", _("第三名被申请人"), _("还有其他被申请人的填写，例如会计师事务所")),
    ("respondent_4", _("第四名被申请人"), _("还有其他被申请人的填写")),
    ("respondent_5", _("第五名被申请人"), _("超过五名的，请在事情经过中写明，由受理机构补充登记")),
)
"""The steps that say against whom: name, label, hint. Each after the first is asked once the one before is answered."""
FIRST_AUDIENCES = {
    Audience.ALL: _("案件全体：对方当事人、调解员、调解组织和法院都能看到"),
    Audience.APPLICANTS: _("申请人一方和调解员：对方和法院看不到，审查申请时也看不到"),
    Audience.MEDIATOR: _("只有调解员和您能看到：对方、调解组织和法院看不到；指定调解员以后才有人看"),
}
"""For whom somebody may hand in files with an application, when there is no mediator yet."""

NATURAL_KINDS = [kind for kind in IdentityKind if kind not in CORPORATE]

CAUSE_GROUPS: tuple[tuple[Any, tuple[Cause, ...]], ...] = (
    (_("上市公司信息披露和市场行为"), (Cause.MISSTATEMENT, Cause.INSIDER_TRADING, Cause.MANIPULATION)),
    (
        _("与证券公司之间"),
        (
            Cause.BROKERAGE,
            Cause.MARGIN,
            Cause.ADVISORY,
            Cause.TRADING_CONTRACT,
            Cause.CLIENT_FRAUD,
            Cause.CLIENT_FUNDS,
            Cause.CUSTODY,
            Cause.REGISTRATION,
            Cause.RESTITUTION,
        ),
    ),
    (_("基金、资产管理和信托"), (Cause.FUND, Cause.PRIVATE_FUND, Cause.WEALTH, Cause.TRUST)),
    (
        _("期货和衍生品"),
        (
            Cause.FUTURES_BROKERAGE,
            Cause.FORCED_LIQUIDATION,
            Cause.FUTURES_OVERDRAFT,
            Cause.FUTURES_DELIVERY,
            Cause.FUTURES_AGENCY,
            Cause.FUTURES_MARGIN,
            Cause.FUTURES_FRAUD,
            Cause.FUTURES_MANIPULATION,
            Cause.FUTURES_INSIDER,
            Cause.DERIVATIVES,
        ),
    ),
    (
        _("债券、发行和中介服务"),
        (
            Cause.BOND,
            Cause.ISSUANCE,
            Cause.UNDERWRITING,
            Cause.SPONSORSHIP,
            Cause.RATING,
            Cause.REPO,
            Cause.LISTING,
            Cause.OWNERSHIP,
        ),
    ),
    (_("其他"), (Cause.OTHER,)),
)
"""Causes by what people have to do with each other, most frequent first."""

CONSENTS: tuple[tuple[Stage, Any, bool], ...] = (
    (Stage.MEDIATION, _("我同意先行调解。调解自愿，我可以随时退出，不影响起诉。"), True),
    (Stage.ONLINE, _("我同意以在线方式进行调解；需要时可以改为现场。"), True),
    (
        Stage.SENSITIVE_DATA,
        _(
            "我单独同意：为核实身份和办理本案，处理我的证件号码、证券期货账户和交易记录等敏感个人信息，保存至案件归档期满。"
        ),
        True,
    ),
    (
        Stage.DATA_SHARING,
        _(
            "我单独同意：为办理本案，把我的姓名、证件号码、联系方式、申请和材料提供给人民法院、投资者网平台和承办的调解组织。"
        ),
        True,
    ),
    (Stage.E_SERVICE, _("我同意电子送达，包括调解书、裁定书；我可以要求纸质文书。"), False),
)


class StepForm(WordedForm):
    """One step; knows who fills it in, when, and what was answered in the other steps."""

    def __init__(self, application: Application, *args: Any, **kwargs: Any) -> None:
        """Take the application the step belongs to."""
        self.application = application
        super().__init__(*args, **kwargs)
        self.arrange()

    def arrange(self) -> None:
        """Fill in choices and what is already known."""

    def clean(self) -> dict[str, Any]:
        """Check days and telephones, which every step that has them treats alike."""
        given = self.cleaned_data
        for name, made in self.fields.items():
            if isinstance(made, DayField) and given.get(name):
                try:
                    made.check(given[name], self.application.today)
                except ValidationError as error:
                    self.add_error(name, error)
        if given.get("phone"):
            given["phone"] = self._checked("phone", check_phone, given["phone"])
        if called := given.get("name"):
            given["name"] = unicodedata.normalize("NFC", called)
            if any(unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp") for sign in called):
                self.add_error("name", _("姓名或者名称中含有不可见字符，请删除后重新填写。"))
        return given

    def _checked(self, field: str, check: Callable[[str], str], text: str) -> str:
        try:
            return check(text)
        except IdentityError as error:
            self.add_error(field, gettext(error.message) % error.params)
            return ""

    def show_only(self, names: Iterable[str]) -> None:
        """Keep these fields and what is wrong with them: the others stand on pages of their own."""
        wanted, bound = set(names), self.is_bound
        for name in [name for name in self.fields if name not in wanted]:
            if bound:
                self.errors.pop(name, None)
            del self.fields[name]

    def saved(self) -> dict[str, Any]:
        """Return the answers as JSON keeps them."""
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in self.cleaned_data.items()
            if value not in (None, "") and name != "uploads"
        }


class FitForm(StepForm):
    """Does mediation fit at all? (ZX-9 asked beforehand)"""

    about = choice(_("您的纠纷与证券、期货、基金等资本市场业务有关吗？"), [("yes", _("有关")), ("no", _("无关"))])
    earlier = choice(
        _("这件纠纷已经起诉、仲裁或者判决了吗？"),
        [
            ("no", _("都没有")),
            ("sued", _("已经起诉，法院已立案")),
            ("arbitration", _("约定或者正在仲裁")),
            ("judged", _("已有判决、裁决或者调解书")),
        ],
    )

    def clean(self) -> dict[str, Any]:
        """Say where else to go if this is not the way."""
        given = super().clean()
        elsewhere = {
            "sued": _("法院已经立案的，请向承办法官提出立案后委托调解，不必在这里另行申请。"),
            "arbitration": _("有仲裁协议或者正在仲裁的，请向仲裁机构申请仲裁或者仲裁中的调解。"),
            "judged": _("已有生效文书的，请申请执行；不能就同一纠纷再申请调解。"),
        }
        if given.get("about") == "no":
            self.add_error(
                "about", _("本平台只办理证券期货纠纷。其他纠纷请向有管辖权的人民法院或者人民调解委员会申请调解。")
            )
        if given.get("earlier") in elsewhere:
            self.add_error("earlier", elsewhere[given["earlier"]])
        return given


class WhoForm(StepForm):
    """Who applies: identity by a document that is checked, of age, or through somebody who acts for them."""

    acting = choice(
        _("您以什么身份申请？"), [(SELF, _("我是申请人本人，或者申请单位的经办人")), (AGENT, _("我是申请人的代理人"))]
    )
    kind = choice(_("申请人是"), terms(PartyKind))
    name = forms.CharField(label=_("申请人姓名或者名称"), max_length=120)
    identity_kind = forms.ChoiceField(label=_("证件类型"), choices=terms(IdentityKind))
    identity_number = forms.CharField(
        label=_("证件号码"),
        max_length=60,
        help_text=_("居民身份证、港澳台居民居住证和通行证、护照、统一社会信用代码都可以。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    born_on = DayField(
        label=_("出生日期"),
        required=False,
        past=True,
        earliest=1900,
        help_text=_("证件号码中没有出生日期的（通行证、护照）请填写。"),
    )
    phone = forms.CharField(
        label=_("联系电话"), max_length=40, widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"})
    )
    investor = choice(
        _("投资者类别"),
        terms(InvestorClass),
        hint=_("个人投资者一般是普通投资者。普通投资者提出调解的，证券公司、期货经营机构不得拒绝。"),
    )

    def arrange(self) -> None:
        """Suggest what the account already says."""
        account = self.application.account
        self.initial.setdefault("name", account.name)
        self.initial.setdefault("identity_kind", account.identity_kind or IdentityKind.RESIDENT.value)
        self.initial.setdefault("identity_number", account.identity_number)
        self.initial.setdefault("phone", account.phone)

    def clean(self) -> dict[str, Any]:
        """Check the document, the age, and that somebody applying for themselves is who the account says."""
        given = super().clean()
        kind, number = given.get("identity_kind", ""), given.get("identity_number", "")
        natural = given.get("kind") == PartyKind.NATURAL
        if not kind or not number or not given.get("kind"):
            return given
        if natural == (kind in CORPORATE):
            self.add_error("identity_kind", _("证件类型与申请人类型不符，请核对。"))
            return given
        given["identity_number"] = check_person(self, kind, number, self.application.today, field="identity_number")
        if given["identity_number"] and natural:
            self._check_age(kind, given)
        if given.get("acting") == SELF and given.get("identity_number"):
            self._check_account(kind, given)
        return given

    def _check_age(self, kind: str, given: dict[str, Any]) -> None:
        born = check_identity(kind, given["identity_number"], on=self.application.today).born_on or given.get("born_on")
        if born is None:
            if not self.errors.get("born_on"):
                self.add_error("born_on", _("请填写出生日期，用于核实是否年满18周岁。"))
            return
        given["born_on"] = born
        if given.get("acting") != AGENT:
            try:
                check_adult(born, on=self.application.today)
            except IdentityError as error:
                self.add_error("identity_number", gettext(error.message) % error.params)

    def _check_account(self, kind: str, given: dict[str, Any]) -> None:
        account = self.application.account
        if not account.identity_verified_at:
            self.add_error("identity_number", UNVERIFIED)
        elif (kind, given["identity_number"]) != (account.identity_kind, normalise(account.identity_number)):
            self.add_error(
                "identity_number",
                _("与您账户已核验的身份不一致。请用申请人本人的账户登录；替他人申请的，请选择“我是申请人的代理人”。"),
            )
        elif given.get("name") and not is_same_name(kind, given["name"], account.name):
            self.add_error("name", OTHER_NAME % {"name": account.name})


class AgentForm(StepForm):
    """Who acts for the applicant, and by what authority (CPL-61, CPL-62)."""

    name = forms.CharField(label=_("您的姓名"), max_length=120)
    identity_kind = forms.ChoiceField(label=_("您的证件类型"), choices=terms(NATURAL_KINDS))
    identity_number = forms.CharField(label=_("您的证件号码"), max_length=60)
    phone = forms.CharField(label=_("您的联系电话"), max_length=40, widget=forms.TextInput(attrs={"type": "tel"}))
    licence = forms.CharField(
        label=_("律师执业证号"), max_length=40, required=False, help_text=_("律师填写，17位数字。")
    )
    firm = forms.CharField(
        label=_("律师事务所"), max_length=120, required=False, help_text=_("律师填写，用于核查利害关系。")
    )
    power = choice(
        _("代理权限"),
        terms(Power),
        hint=_("一般代理人不能签署调解协议、承认或者放弃请求；签协议需要特别授权。"),
    )
    uploads = FilesField(label=_("授权委托书"), required=False)

    def arrange(self) -> None:
        """Suggest what the account, or an earlier client's page, already says."""
        account = self.application.account
        for name, value in self.application.of(AGENT_KNOWN).items():
            self.initial.setdefault(name, value)
        self.initial.setdefault("name", account.name)
        self.initial.setdefault("identity_kind", account.identity_kind)
        self.initial.setdefault("identity_number", account.identity_number)
        self.initial.setdefault("phone", account.phone)
        held = [one["name"] for one in self.application.files if one["kind"] == DocumentKind.AUTHORITY]
        if held:
            self.fields["uploads"].help_text = _("已上传：%(names)s。需要更换的可以再次上传。") % {
                "names": escape(gettext("、").join(held))
            }

    def clean(self) -> dict[str, Any]:
        """Check the agent's document, that it is not the applicant's, and that an authority is there."""
        given = super().clean()
        if given.get("identity_kind") and given.get("identity_number"):
            kind, on = given["identity_kind"], self.application.today
            given["identity_number"] = check_person(
                self, kind, given["identity_number"], on, field="identity_number", adult=True
            )
            who = self.application.of("who")
            if given["identity_number"] and given["identity_number"] == who.get("identity_number"):
                self.add_error(
                    "identity_number", _("代理人不能就是申请人本人。本人申请的，请返回上一步选择“申请人本人”。")
                )
        account = self.application.account
        if not account.identity_verified_at:
            self.add_error("identity_number", UNVERIFIED)
        elif given.get("identity_number") and not self.errors.get("identity_kind"):
            stated = (given.get("identity_kind"), given["identity_number"])
            if stated != (account.identity_kind, normalise(account.identity_number)):
                self.add_error("identity_number", _("与您账户已核验的身份不一致，请填写您本人的证件。"))
            elif given.get("name") and not is_same_name(account.identity_kind, given["name"], account.name):
                self.add_error("name", OTHER_NAME % {"name": account.name})
        if given.get("licence"):
            given["licence"] = self._checked("licence", check_lawyer_licence, given["licence"])
        has_authority = any(one["kind"] == DocumentKind.AUTHORITY for one in self.application.files)
        if not given.get("uploads") and not has_authority and not self.errors.get("uploads"):
            self.add_error(
                "uploads", _("代理人应当提交授权委托书。依据：《中华人民共和国民事诉讼法》关于委托代理人的规定。")
            )
        return given


class RespondentForm(StepForm):
    """Against whom; never the applicant."""

    kind = choice(_("被申请人是"), terms(PartyKind))
    name = forms.CharField(label=_("被申请人姓名或者名称"), max_length=120, help_text=_("单位请写营业执照上的全称。"))
    institution = choice(
        _("被申请人是证券期货经营机构吗？"),
        terms(Institution),
        hint=_("普通投资者申请调解的，证券公司和期货经营机构不得拒绝（证券法第九十四条、期货和衍生品法第五十六条）。"),
    )
    credit_code = forms.CharField(
        label=_("统一社会信用代码"), max_length=60, required=False, help_text=_("知道的请填写，便于对方查看和答复。")
    )
    legal_representative = forms.CharField(label=_("法定代表人或者负责人"), max_length=60, required=False)
    phone = forms.CharField(
        label=_("联系电话"), max_length=40, required=False, widget=forms.TextInput(attrs={"type": "tel"})
    )
    address = forms.CharField(label=_("住所地"), max_length=200, required=False)

    def arrange(self) -> None:
        """Suggest what is known of a company that was named on the page before."""
        if self.initial.get("name") and "institution" not in self.initial:
            known = companies.by_name(self.initial["name"])
            if known is not None:
                self.initial["institution"] = known.institution.value

    def clean(self) -> dict[str, Any]:
        """Check the credit code and that nobody applies against themselves."""
        given = super().clean()
        if given.get("credit_code"):
            given["credit_code"] = check_person(
                self, IdentityKind.CREDIT_CODE, given["credit_code"], self.application.today, field="credit_code"
            )
        if given.get("kind") == PartyKind.NATURAL and given.get("institution") not in (None, Institution.NONE):
            self.add_error("institution", _("自然人不是证券期货经营机构，请核对。"))
        if self.application.is_applicant(given):
            self.add_error("name", _("被申请人不能与申请人相同，请核对双方信息。"))
        return given


class ClientForm(WhoForm):
    """Whom an agent acts for; entered once, used in every application for them."""

    def arrange(self) -> None:
        """Ask about the client alone: the account is the agent's."""
        del self.fields["acting"]
        self.initial.setdefault("identity_kind", IdentityKind.RESIDENT.value)

    def clean(self) -> dict[str, Any]:
        """Judge as of somebody for whom an agent acts."""
        self.cleaned_data["acting"] = AGENT
        return super().clean()


class ScopeForm(StepForm):
    """How far an authority reaches, and until when (CPL-62)."""

    against = CleanText(
        label=_("只限于这些被申请人"),
        longest=2_000,
        rows=4,
        required=False,
        help_text=_("授权委托书只针对特定对方的，每行写一个全称；不限的不填。"),
    )
    valid_until = DayField(label=_("授权到期日"), required=False, help_text=_("授权委托书没有写期限的不填。"))

    def clean(self) -> dict[str, Any]:
        """Refuse an authority that is over."""
        given = super().clean()
        if given.get("valid_until") and given["valid_until"] < self.application.today:
            self.add_error("valid_until", _("授权已经到期，请先取得新的授权委托书。"))
        return given


class DisputeForm(StepForm):
    """What it is about and what happened."""

    cause = forms.ChoiceField(label=_("纠纷类型"))
    product = forms.CharField(
        label=_("涉及的产品或者证券代码"),
        max_length=120,
        required=False,
        help_text=_("例如股票名称和代码、基金名称、合约代码。"),
    )
    occurred_on = DayField(label=_("纠纷发生的日期"), past=True, help_text=_("记不清的，填大致日期。"))
    text = CleanText(
        label=_("事情经过"), rows=10, help_text=_("按时间顺序写清楚：什么时候、和谁、发生了什么、损失怎样算出来的。")
    )

    def arrange(self) -> None:
        """Offer the causes in groups."""
        groups = [(label, terms(causes)) for label, causes in CAUSE_GROUPS]
        self.fields["cause"] = forms.ChoiceField(
            label=_("纠纷类型"), choices=[("", _("请选择")), *groups], help_text=_("不确定的，选最接近的一种。")
        )


class ClaimForm(StepForm):
    """What is asked for."""

    amount = AmountField(label=_("请求金额"), required=False)
    text = CleanText(
        label=_("您的请求"),
        longest=5_000,
        rows=6,
        help_text=_("希望对方做什么：赔偿多少、怎样计算、何时付清，或者其他请求。"),
    )
    mode = choice(_("希望的调解方式"), terms([SessionMode.VIDEO, SessionMode.ASYNCHRONOUS, SessionMode.ON_SITE]))
    account_branch = forms.CharField(label=_("开户机构和营业部"), max_length=120, required=False)
    account_number = forms.CharField(
        label=_("证券或者期货账户"),
        max_length=60,
        required=False,
        help_text=_("敏感个人信息，加密保存，只显示末四位。"),
    )
    complaint = forms.CharField(
        label=_("12386或者投诉编号"),
        max_length=60,
        required=False,
        help_text=_("投诉过的请填写，供调解员了解；由12386转办的案件，从转办继续申请。"),
    )

    def clean(self) -> dict[str, Any]:
        """Check the account number's length; its shape alone never speaks against it."""
        given = super().clean()
        if given.get("account_number"):
            given["account_number"] = self._checked(
                "account_number", lambda text: check_securities_account(text)[0], given["account_number"]
            )
        return given


class EvidenceForm(StepForm):
    """Documents, one kind at a time."""

    kind = forms.ChoiceField(
        label=_("材料种类"),
        choices=terms([DocumentKind.CONTRACT, DocumentKind.TRADING, DocumentKind.ACCOUNT, DocumentKind.IDENTITY])
        + terms([DocumentKind.EVIDENCE]),
        initial=DocumentKind.EVIDENCE,
    )
    audience = choice(
        _("谁能看到"),
        [(one.value, said) for one, said in FIRST_AUDIENCES.items()],
    )
    uploads = FilesField(label=_("选择文件"), help_text=_("可以一次选择多份。"))

    def arrange(self) -> None:
        """Suggest what most people want."""
        self.initial.setdefault("audience", Audience.ALL.value)

    def clean(self) -> dict[str, Any]:
        """Refuse more files than a case can reasonably start with."""
        given = super().clean()
        if len(self.application.files) + len(given.get("uploads") or []) > MOST_FILES:
            self.add_error("uploads", _("申请时最多提交50份材料；其余的可以在申请后补充。"))
        return given


class ServiceForm(StepForm):
    """Where documents reach the applicant (送达地址, ZX-8, ZX-17)."""

    address = forms.CharField(label=_("送达地址"), max_length=200, help_text=_("纸质文书寄到这里。"))
    email = forms.CharField(label=_("电子邮箱"), max_length=254, required=False)

    def clean(self) -> dict[str, Any]:
        """Check the e-mail address."""
        given = super().clean()
        if given.get("email"):
            given["email"] = self._checked("email", check_email, given["email"])
        return given


class ConsentForm(StepForm):
    """One consent for each purpose; none is ticked beforehand, none is bundled."""

    def arrange(self) -> None:
        """Offer each consent on its own."""
        for stage, said, needed in CONSENTS:
            self.fields[stage.value] = forms.BooleanField(
                label=said,
                required=needed,
                error_messages={"required": _("不同意这一项的，不能在线办理；可以到人民法院诉讼服务大厅现场办理。")},
            )


@dataclass(frozen=True)
class Sheet:
    """One page of a step: what it asks about, and the fields that stand on it."""

    label: Any
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """One line of the task list; asked on one page, or on the ``sheets`` one after the other."""

    name: str
    label: Any
    form: type[StepForm]
    hint: Any = ""
    optional: bool = False
    needed: Callable[[Application], bool] = lambda application: True
    sheets: tuple[Sheet, ...] = ()

    def sheet_of(self, field: str) -> int:
        """Return on which page of the step a field stands, counted from 0."""
        return next((place for place, sheet in enumerate(self.sheets) if field in sheet.fields), 0)


WHO_SHEETS = (
    Sheet(_("申请人是谁"), ("acting", "kind", "investor")),
    Sheet(_("申请人的证件"), ("name", "identity_kind", "identity_number", "born_on")),
    Sheet(_("申请人的联系电话"), ("phone",)),
)
AGENT_SHEETS = (
    Sheet(_("代理人的证件"), ("name", "identity_kind", "identity_number")),
    Sheet(_("代理人的联系方式和执业信息"), ("phone", "licence", "firm")),
    Sheet(_("代理权限和授权委托书"), ("power", "uploads")),
)
RESPONDENT_SHEETS = (
    Sheet(_("被申请人是谁"), ("kind", "name", "credit_code")),
    Sheet(_("被申请人的机构类别"), ("institution",)),
    Sheet(_("怎样找到被申请人"), ("legal_representative", "phone", "address")),
)
DISPUTE_SHEETS = (
    Sheet(_("是什么纠纷"), ("cause", "product")),
    Sheet(_("发生了什么"), ("occurred_on", "text")),
)
CLAIM_SHEETS = (
    Sheet(_("您请求什么"), ("amount", "text")),
    Sheet(_("希望怎样调解"), ("mode",)),
    Sheet(_("证券期货账户和投诉编号"), ("account_branch", "account_number", "complaint")),
)


def _respondent_steps() -> Iterator[Step]:
    """Yield the steps that say against whom; after the second, the next is asked once the one before is answered."""
    for place, (name, label, hint) in enumerate(RESPONDENTS):
        asked = () if place < 2 else (name, RESPONDENTS[place - 1][0])
        needed = partial(_is_asked, asked)
        yield Step(name, label, RespondentForm, hint, optional=place > 0, needed=needed, sheets=RESPONDENT_SHEETS)


def _is_asked(any_of: tuple[str, ...], held: Application) -> bool:
    """Tell whether one of these steps was answered, or none needs to be."""
    return not any_of or any(map(held.of, any_of))


def steps(addressee: Step) -> tuple[Step, ...]:
    """Return the steps in order, with the platform's own step that says to whom one applies."""
    return (
        Step("fit", _("是否适合在这里调解"), FitForm, _("两个问题")),
        Step("who", _("申请人"), WhoForm, _("姓名、证件、联系电话"), sheets=WHO_SHEETS),
        Step(
            "agent",
            _("代理人"),
            AgentForm,
            _("您的身份和授权委托书"),
            needed=lambda held: held.is_by_agent,
            sheets=AGENT_SHEETS,
        ),
        *_respondent_steps(),
        Step("dispute", _("纠纷"), DisputeForm, _("类型、日期、经过"), sheets=DISPUTE_SHEETS),
        Step("claim", _("请求"), ClaimForm, _("金额和希望的解决办法"), sheets=CLAIM_SHEETS),
        addressee,
        Step("evidence", _("材料"), EvidenceForm, _("合同、交易记录等；没有的以后可以补"), optional=True),
        Step("service", _("送达地址"), ServiceForm, _("法院和调解组织怎样找到您")),
        Step("consent", _("同意事项"), ConsentForm, _("逐项阅读、逐项勾选")),
    )


CLIENT_PLAN = (
    Step("who", _("委托人"), ClientForm, _("姓名、证件、联系电话"), sheets=WHO_SHEETS),
    Step(
        "agent",
        _("代理人和授权委托书"),
        AgentForm,
        _("您的身份、一般代理或者特别授权；上传一次，以后都用它"),
        sheets=AGENT_SHEETS,
    ),
    Step("scope", _("授权范围"), ScopeForm, _("针对哪些对方，到什么时候")),
    Step("service", _("送达地址"), ServiceForm, _("法院和调解组织怎样找到委托人或者您")),
)
"""What an agent says of a client, once."""

AUTHORITY_STEPS = ("agent", "scope")
"""What says by which authority an agent acts, and how far it reaches."""


class Application:
    """One draft's answers, files, and what they come to."""

    def __init__(self, draft: Draft, account: Account, plan: Iterable[Step], at: datetime) -> None:
        self.draft, self.account, self.at = draft, account, at
        self.today = local_day(at)
        held = json.loads(draft.answers or "{}")
        self.answers: dict[str, dict[str, Any]] = held.get("steps", {})
        self.files = [{"audience": Audience.ALL.value, **one} for one in held.get("files", [])]
        self.client: str = held.get("client", "")
        self._plan = tuple(plan)

    @property
    def plan(self) -> list[Step]:
        """The steps this application needs."""
        return [step for step in self._plan if step.needed(self)]

    @property
    def is_by_agent(self) -> bool:
        """Tell whether an agent fills it in."""
        return self.of("who").get("acting") == AGENT

    def of(self, name: str) -> dict[str, Any]:
        """Return the answers of one step, empty if it was not answered."""
        return self.answers.get(name, {})

    @property
    def respondents(self) -> list[tuple[str, dict[str, Any]]]:
        """Against whom: the name of each answered step and what it says."""
        return [(name, self.of(name)) for name, _label, _hint in RESPONDENTS if self.of(name)]

    def step(self, name: str) -> Step | None:
        """Return the needed step of this name, or None."""
        return next((step for step in self.plan if step.name == name), None)

    def save(self) -> None:
        """Keep the answers in the draft, sealed."""
        self.draft.answers = self.held()
        self.draft.updated_at = self.at
        self.draft.save(update_fields=["answers", "updated_at"])

    def held(self) -> str:
        """Return the answers and files as a draft keeps them."""
        held = {"steps": self.answers, "files": self.files} | ({"client": self.client} if self.client else {})
        return json.dumps(held, ensure_ascii=False)

    def take(self, name: str, answers: dict[str, Any]) -> None:
        """Keep the answers of one step."""
        self.answers[name] = answers
        self.save()

    def take_client(self, client: Application) -> None:
        """Fill in what an agent has said of a client once, with the authority."""
        self.answers |= {name: dict(client.of(name)) for name in ("who", "service") if client.of(name)}
        self.client = str(client.draft.ref)
        self.take_authority(client)

    def take_authority(self, client: Application) -> None:
        """Rest on the authority as the agent has it for the client now."""
        self.answers |= {name: dict(client.of(name)) for name in AUTHORITY_STEPS if client.of(name)}
        shown = [one for one in client.files if one["kind"] == DocumentKind.AUTHORITY]
        self.files = [one for one in self.files if one["kind"] != DocumentKind.AUTHORITY] + shown

    def add_files(self, kept: Iterable[Kept], kind: str, audience: str = Audience.ALL.value) -> None:
        """Keep files of one kind; a new authority replaces the old one. A file handed in twice counts once, as what and
        for whom it was handed in last.
        """
        told = {"kind": kind, "audience": audience, "at": self.at.isoformat()}
        fresh = {one.sha256: {**asdict(one), **told} for one in kept}
        replaced = {kind} & {DocumentKind.AUTHORITY.value}
        self.files = [one for one in self.files if one["sha256"] not in fresh and one["kind"] not in replaced]
        self.files += fresh.values()
        self.save()

    def drop_file(self, sha256: str) -> None:
        """Take a file out of the draft; its content goes unless something else refers to it."""
        self._drop([one for one in self.files if one["sha256"] == sha256])
        self.save()

    def discard(self) -> None:
        """Delete the draft with its files."""
        self._drop(self.files)
        self.draft.delete()

    def _drop(self, gone: list[dict[str, Any]]) -> None:
        self.files = [one for one in self.files if one not in gone]
        for one in gone:
            since = datetime.fromisoformat(one["at"]) if "at" in one else self.at
            persons.erase_unless_needed(self.draft.platform, one["sha256"], since)

    def form(self, step: Step, *args: Any, known: dict[str, Any] | None = None, **kwargs: Any) -> StepForm:
        """Return the form of a step, filled with what was answered, or with what is ``known`` better."""
        return step.form(self, *args, initial={**self._as_typed(step), **(known or {})}, **kwargs)

    def sheet_form(self, step: Step, names: Iterable[str], given: Any, received: Any) -> StepForm:
        """Return the form of some fields of a step, judged together with what its other pages say already."""
        wanted = set(names)
        known = {name: value for name, value in self._as_typed(step).items() if name not in wanted}
        form = step.form(self, {**known, **{name: given[name] for name in wanted if name in given}}, received)
        form.full_clean()
        form.show_only(wanted)
        return form

    def take_sheet(self, step: Step, names: Iterable[str], answers: dict[str, Any]) -> None:
        """Keep what one page of a step says; its other pages stay as they were."""
        wanted = set(names)
        kept = {name: value for name, value in self.of(step.name).items() if name not in wanted}
        self.take(step.name, kept | {name: value for name, value in answers.items() if name in wanted})

    def _as_typed(self, step: Step) -> dict[str, Any]:
        """Return a step's answers as somebody would type them: amounts in yuan."""
        held = dict(self.of(step.name))
        for name, made in step.form.base_fields.items():
            if isinstance(made, AmountField) and isinstance(held.get(name), int):
                held[name] = format_amount(held[name])
        return held

    def first_wrong(self, step: Step) -> int:
        """Return the first page of a step on which something is wrong or missing, counted from 0."""
        if step.name not in self.answers:
            return 0
        form = step.form(self, self._as_typed(step))
        return min((step.sheet_of(name) for name in form.errors), default=0)

    def faults(self) -> list[tuple[Step, str]]:
        """Return the steps that keep the application from being sent, with why; every answer is judged again."""
        found = []
        for step in self.plan:
            if step.form is EvidenceForm or (step.optional and step.name not in self.answers):
                continue
            if step.name not in self.answers:
                found.append((step, gettext("尚未填写")))
                continue
            form = step.form(self, self._as_typed(step))
            if not form.is_valid():
                found.append((step, " ".join(str(text) for texts in form.errors.values() for text in texts)))
        return found + self._named_twice() + self._beyond_authority()

    def _named_twice(self) -> list[tuple[Step, str]]:
        """Return the respondents who are named a second time, by credit code or by name and kind."""
        seen: set[tuple[str, str]] = set()
        found = []
        for name, other in self.respondents:
            marks = {("name", f"{other.get('kind')}/{normalise(other.get('name') or '')}")}
            marks |= {("code", other["credit_code"])} if other.get("credit_code") else set()
            if marks & seen:
                found.append((self._plan_step(name), gettext("这名被申请人前面已经填写过，请更换或者跳过。")))
            seen |= marks
        return found

    def _beyond_authority(self) -> list[tuple[Step, str]]:
        """Return where an application goes beyond the authority its agent was given for this client."""
        scope = self.of("scope") if self.is_by_agent else {}
        named = [normalise(line) for line in scope.get("against", "").split("\n") if line.strip()]
        found = []
        for name, stated in self.respondents:
            other = stated.get("name", "")
            if named and other and normalise(other) not in named:
                why = gettext("授权委托书不包括这一被申请人，请更换授权委托书后，在“我的委托人”里更新授权范围。")
                found.append((self._plan_step(name), why))
        if scope.get("valid_until") and scope["valid_until"] < self.today.isoformat():
            why = gettext("授权已经到期，请上传新的授权委托书，并在“我的委托人”里更新授权范围。")
            found.append((self._plan_step("agent"), why))
        return [one for one in found if one[0].name in {step.name for step in self.plan}]

    def is_applicant(self, other: dict[str, Any]) -> bool:
        """Tell whether somebody described in a step is the applicant: same number, or same name and kind."""
        who = self.of("who")
        number = other.get("credit_code") or other.get("identity_number")
        if number and number == who.get("identity_number"):
            return True
        name = normalise(other.get("name") or "")
        return bool(name) and name == normalise(who.get("name", "")) and other.get("kind") == who.get("kind")

    # What is shown before sending and on the copy.

    def rows(self) -> list[dict[str, Any]]:
        """Return every answer with its question, for checking and for the copy; identifiers are masked."""
        shown = []
        for step in self.plan:
            form = step.form(self)
            for name, made in form.fields.items():
                value = self.of(step.name).get(name)
                if value not in (None, "", False):
                    said = self._spoken(name, made, value)
                    shown.append({"step": step, "sheet": step.sheet_of(name), "label": made.label, "value": said})
        if self.files:
            lines = [
                gettext("%(name)s（%(kind)s；%(audience)s）")
                % {
                    "name": one["name"],
                    "kind": gettext(DocumentKind(one["kind"]).label),
                    "audience": gettext(Audience(one["audience"]).label),
                }
                for one in self.files
            ]
            stated = gettext("；").join(lines)
            shown.append({"step": self._plan_step("evidence"), "sheet": 0, "label": _("材料"), "value": stated})
        return shown

    def _plan_step(self, name: str) -> Step:
        return next(step for step in self._plan if step.name == name)

    def _spoken(self, name: str, made: forms.Field, value: Any) -> Any:
        if isinstance(made, forms.ChoiceField):
            flat: dict[Any, Any] = dict(flatten_choices(made.choices))  # type: ignore[arg-type]
            return flat.get(value, value)
        if isinstance(made, AmountField):
            return format_amount(value)
        if isinstance(made, DayField):
            return spoken_day(date.fromisoformat(value))
        if isinstance(made, forms.BooleanField):
            return gettext("同意")
        if name == "identity_number":
            return mask(IdentityKind.RESIDENT, value)
        return mask_account(value) if name == "account_number" else value

    # What it comes to.

    def reference(self, what: str) -> str:
        """Return the reference of a person in this application; the same however often it is sent."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.draft.ref}/{what}"))

    @cached_property
    def transfer(self) -> Transfer | None:
        """The complaint of the 12386 hotline that this draft was taken over from, or None."""
        held = Transfer.objects.filter(platform=self.draft.platform, draft=self.draft.pk)
        return held.first() if self.draft.pk else None

    def source(self, own: Source) -> Source:
        """Return which way the case came: from the hotline only where its staff passed the complaint on and the
        application is still against whom it was about; a number that somebody typed is their own word.
        """
        passed_on = self.transfer
        about = normalise(passed_on.respondent) if passed_on else ""
        named = [normalise(stated.get("name", "")) for _name, stated in self.respondents]
        return Source.HOTLINE_12386 if about and about in named else own

    @property
    def actor(self) -> Actor:
        """Who opens the case: the applicant, or the applicant's agent."""
        role, ref = (Role.AGENT, "agent") if self.is_by_agent else (Role.PARTY, "who")
        return Actor(role, self.reference(ref), "", self.draft.platform, self.account.name)

    def facts(self) -> dict[str, Any]:
        """Return the facts that ``file`` and ``apply`` share."""
        who, claim = self.of("who"), self.of("claim")
        parties = [self._party("who", Side.APPLICANT, who["kind"], who["investor"], Institution.NONE)]
        for name, other in self.respondents:
            parties.append(self._party(name, Side.RESPONDENT, other["kind"], InvestorClass.NONE, other["institution"]))
        agents = []
        if self.is_by_agent:
            power = self.of("agent")["power"]
            agents = [{"ref": self.reference("agent"), "for": [self.reference("who")], "power": power}]
        stated: dict[str, Any] = {
            "cause": self.of("dispute")["cause"],
            "parties": parties,
            "agents": agents,
            "consents": [stage.value for stage, _said, _needed in CONSENTS if self.of("consent").get(stage.value)],
        }
        return stated | ({"amount": claim["amount"]} if claim.get("amount") is not None else {})

    def _party(self, what: str, side: Side, kind: str, investor: str, institution: str) -> dict[str, str]:
        return {
            "ref": self.reference(what),
            "side": side.value,
            "kind": str(kind),
            "investor": str(investor),
            "institution": str(institution),
        }

    def enclosures(self) -> list[Enclosed]:
        """Return particulars, narrative and documents."""
        who, dispute, claim = self.of("who"), self.of("dispute"), self.of("claim")
        applicant = {
            name: who[name]
            for name in ("name", "identity_kind", "identity_number", "phone", "born_on")
            if who.get(name)
        }
        applicant |= self.of("service")
        applicant |= {name: claim[name] for name in ("account_number", "account_branch") if claim.get(name)}
        made = [Enclosed(EnclosureKind.PARTY, applicant, about=self.reference("who"))]
        for name, stated in self.respondents:
            other = dict(stated)
            if code := other.pop("credit_code", ""):
                other |= {"identity_kind": IdentityKind.CREDIT_CODE.value, "identity_number": code}
            particulars = {key: value for key, value in other.items() if key not in ("kind", "institution")}
            made.append(Enclosed(EnclosureKind.PARTY, particulars, about=self.reference(name)))
        if self.is_by_agent:
            agent = {key: value for key, value in self.of("agent").items() if key != "power"}
            made.append(Enclosed(EnclosureKind.AGENT, agent, about=self.reference("agent")))
        told = {
            "text": dispute["text"],
            "claims": claim["text"],
            "occurred_on": dispute["occurred_on"],
            "mode": claim["mode"],
        }
        told |= {"product": dispute["product"]} if dispute.get("product") else {}
        told |= {"complaint": claim["complaint"]} if claim.get("complaint") else {}
        told |= {"transfer": self.transfer.number} if self.transfer else {}
        made.append(Enclosed(EnclosureKind.NARRATIVE, told))
        for place, one in enumerate(self.files):
            kept = Kept(one["name"], one["sha256"], one["size"], one["media_type"])
            made.append(enclose(kept, one["kind"], one["audience"], seed=str(self.draft.ref), place=place))
        return made
