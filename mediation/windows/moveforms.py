"""Forms made from the rule table: one field for each fact and text of a move, with the choices of this case.

Lives here: fields by the shape of a fact, what the form adds to it (documents, a party's particulars, the code of a
signature), turning answers into facts and enclosures. Does not live here: making the move (``actions``), the rules.
Called by: portal and admin of both platforms.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mediation import chain, facts, guards, queries
from mediation.actor import Actor
from mediation.amounts import AmountError, format_amount, parse_amount
from mediation.lifecycle import MEDIATION_STATES, Move
from mediation.models import Case, Party
from mediation.moves import Enclosed, frozen_digest, text_digest
from mediation.papers.judging import BLANK
from mediation.signatures import frozen
from mediation.vocabulary import (
    Audience,
    Channel,
    CourtLevel,
    DocumentKind,
    EnclosureKind,
    IdentityKind,
    Institution,
    InvestorClass,
    ObligationKind,
    PartyKind,
    Role,
    ServiceSubject,
    Side,
    Stage,
    Term,
    Track,
    Verification,
)
from mediation.windows.appointing import Offered, Options, offered
from mediation.windows.uploads import FilesField, Kept, enclose
from mediation.windows.worded import WordedForm
from mediation.workdays import ZONE, local_day
from roster import queries as roster
from roster.identity import IdentityError, check_adult, check_identity, check_phone, mask_phone

LONGEST_TEXT = 20_000
FEW = 6
MOST_OFFERED = 2_000
"""Among how many mediators of a court's roster a form lets people choose."""

SIGNED = frozenset({"sign"})
"""Moves that are a signature: the exact text is shown, and a one-time code proves who signs."""

ASKED = frozenset({"upheld", "full", "received"})
"""Flags of which neither answer may be given by silence: asked as yes or no."""

DECLARED = frozenset({"declared", "informed", "warned", "matches"})
"""Flags that say an act was done, without which the move cannot be made."""

ANSWERS = frozenset({"consent", "refuse_consent"})
"""Moves by which staff record what a party said: how, when and in which words."""

VERIFIED = {
    Channel.PHONE.value: Verification.PHONE_CALL,
    Channel.PAPER.value: Verification.PAPER,
    Channel.IN_PERSON.value: Verification.IN_PERSON,
}
"""How an answer recorded by staff was made sure to be the party's own (ZS-7)."""

OWN_PAGES = frozenset(
    {"file", "apply", "record_offline", "file_offline", "serve", "withdraw_evidence", "propose_agreement"}
    | {"review_seal"}
)
"""Moves that are not made through a generated form."""

FROZEN: Mapping[str, EnclosureKind] = {
    "sign": EnclosureKind.AGREEMENT,
    "confirm_record": EnclosureKind.RECORD,
    "confirm_undisputed": EnclosureKind.UNDISPUTED,
}
"""Moves about one exact text, which is shown with its digest."""

SHEET_SECTION = {"sign": "agreement", "confirm_record": "record", "confirm_undisputed": "undisputed"}


def frozen_text(case: Case, move: str) -> tuple[str, str, str]:
    """Return the one text a move is about, whose digest stands in the case, its nonce, and that digest."""
    digest = case.sheet.get(SHEET_SECTION[move], {}).get("digest", "")
    for row in queries.texts(case, (FROZEN[move],)):
        content = row.content()
        if content.get("text") and frozen_digest(content) == digest:
            return str(content["text"]), str(content.get("nonce", "")), digest
    return "", "", digest


class CleanText(forms.CharField):
    """A text of one form of line break; too long says how long it is."""

    def __init__(self, *, longest: int = LONGEST_TEXT, rows: int = 8, **kwargs: Any) -> None:
        """Take up to ``longest`` characters."""
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows, "maxlength": longest}))
        super().__init__(**kwargs)
        self.longest = longest
        self.validators.append(
            MaxLengthValidator(longest, _("最多%(limit_value)d字，现有%(show_value)d字，请删减或者作为文件上传。"))
        )

    def to_python(self, value: Any) -> str:
        """Return the text with plain line breaks and without lone surrogates, which no journal can hold."""
        text = super().to_python(value)
        return str(text).replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "ignore").decode() if text else ""


class AmountField(forms.CharField):
    """An amount as people type it; cleans to fen, or None."""

    def __init__(self, **kwargs: Any) -> None:
        """Say how amounts may be written."""
        kwargs.setdefault("help_text", _("以元为单位，例如12345.67、12,345.67或者1.2万元。"))
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(max_length=200, **kwargs)

    def clean(self, value: Any) -> Any:
        """Return fen; raises ValidationError for junk, fractions of a fen, too much."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_amount(text)
        except AmountError as error:
            raise ValidationError(gettext(error.message) % error.params) from None


class DayField(forms.DateField):
    """A calendar day; the browser's own control where there is one."""

    def __init__(self, *, past: bool = False, earliest: int = 1990, **kwargs: Any) -> None:
        """Refuse days before the year ``earliest`` and, with ``past``, days after today (see ``check``)."""
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        kwargs.setdefault("input_formats", ["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y.%m.%d"])
        kwargs.setdefault("error_messages", {"invalid": _("日期有误，请按“2024-05-01”的格式填写。")})
        super().__init__(**kwargs)
        self.past, self.earliest = past, earliest

    def check(self, value: date | None, today: date) -> None:
        """Raise ValidationError where only the past is possible and the day lies ahead, or it is impossibly early."""
        if value and self.past and value > today:
            raise ValidationError(_("日期不能晚于今天。"))
        if value and value.year < self.earliest:
            raise ValidationError(_("日期过早，请核对年份。"))


def terms(enumeration: type[Term] | Iterable[Term]) -> list[tuple[str, Any]]:
    """Return the choices of an enumeration in the reader's language."""
    return [(member.value, _(member.label)) for member in enumeration]


def choice(label: Any, options: list[tuple[str, Any]], *, required: bool = True, hint: Any = "") -> forms.ChoiceField:
    """Return radios for a few choices, a list for many."""
    if len(options) <= FEW and required:
        return forms.ChoiceField(label=label, choices=options, help_text=hint, widget=forms.RadioSelect)
    return forms.ChoiceField(label=label, choices=[("", _("请选择")), *options], required=required, help_text=hint)


def check_person(form: forms.Form, kind: str, number: str, on: date, *, field: str, adult: bool = False) -> str:
    """Return an identity number in its one form; what is wrong with it is put on ``field`` of the form."""
    try:
        identity = check_identity(kind, number, on=on)
        if adult and identity.born_on is not None:
            check_adult(identity.born_on, on=on)
    except IdentityError as error:
        form.add_error(field, gettext(error.message) % error.params)
        return ""
    return identity.number


@dataclass
class Answers:
    """What a filled-in form comes to: facts for the door, enclosures, and files to be kept first."""

    facts: dict[str, Any]
    enclosures: list[Enclosed]


OBLIGED: Mapping[str, str] = {"report_performance": "payer", "answer_performance": "payee", "declare_due": "payee"}
"""Moves about one obligation, with the end of it that the actor stands at."""

JUDGED_ON_AGREEMENT = frozenset(
    {"accept_confirmation", "refuse_confirmation", "confirm", "reject_confirmation", "issue_decree", "refuse_decree"}
)
"""Moves of a court that decides about the agreement: its text is shown with the form."""


CONFIDING = frozenset({Role.PARTY, Role.AGENT, Role.MEDIATOR, Role.ORGANISATION})
"""Who is told beside a text who will read it: those who know what the others must not."""

READERS: dict[Audience, Any] = {
    Audience.ALL: _("对方当事人、调解员、调解组织和法院都看得到。"),
    Audience.PARTIES: _("双方当事人和调解员看得到，法院看不到；不要写底价和只告诉调解员的话。"),
    Audience.APPLICANTS: _("申请人一方和调解员看得到，被申请人和法院看不到。"),
    Audience.RESPONDENTS: _("被申请人一方和调解员看得到，申请人和法院看不到。"),
    Audience.MEDIATOR: _("只有调解员看得到。"),
    Audience.COURT: _("只有法院看得到。"),
}


class MoveForm(WordedForm):
    """The form of one move for one actor on one case."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    key = forms.RegexField(r"^[0-9a-f-]{36}\Z", widget=forms.HiddenInput)

    def __init__(
        self,
        declared: Move,
        case: Case,
        actor: Actor,
        at: datetime,
        *args: Any,
        organisations: Sequence[tuple[str, str]] | None = None,
        **kwargs: Any,
    ) -> None:
        """Make the fields; ``at`` is the present instant, ``organisations`` whom a page has found on the roster already
        (reference, name).
        """
        self.organisations = organisations
        self.declared, self.case, self.actor, self.at = declared, case, actor, at
        self.today = local_day(at)
        self.everybody: dict[str, Party] = {str(person.ref): person for person in queries.people(case)}
        self.shown_text, self.shown_nonce, self.shown_digest = self._frozen_text()
        self.frozen = frozen.current(case) if declared.name in SIGNED else None
        fresh = {"seen": case.entries, "key": str(uuid.uuid4())}
        kwargs["initial"] = {**fresh, **self._chosen(), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        for name, fact in declared.facts.items():
            made = self._field(name, fact)
            if made is not None:
                self.fields[name] = made
        self._add_particulars()
        for name, text in declared.texts.items():
            if name == "record" and declared.name in ANSWERS:
                self._add_record()
            elif not (name in FROZEN_TEXTS.get(declared.name, ()) and not self._writes()):
                hints = [_(text.hint)] if text.hint else []
                hints += [READERS[text.audience]] if actor.role in CONFIDING and text.audience in READERS else []
                said = " ".join(map(str, hints))
                self.fields[name] = CleanText(label=_(text.label), required=self._must(text), help_text=said)
        if declared.documents and not (declared.name in ANSWERS and actor.role in (Role.PARTY, Role.AGENT)):
            self._add_documents()
        if declared.name in SIGNED:
            self.fields["code"] = forms.CharField(
                label=_("签名验证码"),
                max_length=12,
                error_messages={"required": _("请先获取验证码，收到后填写。")},
                help_text=_(
                    "6位数字，用上面的按钮发送到您本人的手机或者邮箱；填写即代表您签署，系统记录签名人、时间和文件校验值。"
                ),
                widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
            )

    def _chosen(self) -> dict[str, Any]:
        """Return what the parties chose together, to begin from (ZX-10)."""
        sheet, chosen = self.case.sheet, {}
        if sheet.get("chosen"):
            chosen["organisation"] = sheet["chosen"]
        if sheet.get("chosen_mediator"):
            chosen |= {"mediators": [sheet["chosen_mediator"]], "lead": sheet["chosen_mediator"]}
        return chosen

    # What the move is about.

    @property
    def is_text_elsewhere(self) -> bool:
        """Tell whether the move is about an exact text that only the other platform holds (TY-2)."""
        return bool(self.shown_digest) and not self.shown_text and self.frozen is None

    @property
    def agreement_text(self) -> str:
        """The agreement a court decides about with this move, as the organisation filed it; empty for other moves."""
        if self.declared.name not in JUDGED_ON_AGREEMENT:
            return ""
        return str(queries.latest_text(self.case, EnclosureKind.AGREEMENT).get("text", ""))

    @cached_property
    def appointable(self) -> tuple[Options, Options]:
        """Who of the organisation may be appointed, and who may not, with why."""
        return offered(self.case)

    def _writes(self) -> bool:
        """Tell whether this actor draws up the text rather than confirms it."""
        return self.actor.role is Role.MEDIATOR and self.declared.name != "sign"

    def _must(self, text: facts.Text) -> bool:
        return text.required or (self.declared.name in FROZEN_TEXTS and self._writes())

    def _frozen_text(self) -> tuple[str, str, str]:
        """Return the one text whose digest stands in the case, its nonce, and that digest; never a later draft."""
        if self.declared.name not in FROZEN or self._writes():
            return "", "", ""
        return frozen_text(self.case, self.declared.name)

    # Fields.

    def _field(self, name: str, fact: facts.Fact) -> forms.Field | None:
        label, hint = _(fact.label), _(fact.hint) if fact.hint else ""
        if not fact.required and self._is_not_asked(name, fact):
            return None
        match fact.shape:
            case "code" if name == "channel" and self.actor.role in (Role.PARTY, Role.AGENT):
                return forms.CharField(widget=forms.HiddenInput, initial=Channel.ONLINE.value, max_length=20)
            case "code" if name == "channel" and self.declared.name in ANSWERS:
                return choice(label, terms(guards.ATTESTED), hint=hint)
            case "code" if self.declared.name == "record_paper_service":
                return choice(label, terms(guards.ON_PAPER), hint=hint)
            case "code":
                assert fact.terms is not None
                return choice(label, terms(fact.terms), required=fact.required, hint=hint)
            case "flag" if name in ASKED:
                return choice(label, [("yes", _("是")), ("no", _("否"))], hint=hint)
            case "flag":
                missing = {"required": _("请先办理并确认这一项。")}
                must = name in DECLARED
                return forms.BooleanField(label=label, required=must, help_text=hint, error_messages=missing)
            case "day":
                return DayField(
                    label=label,
                    required=fact.required or name == "on",
                    help_text=hint,
                    past=name in ("knew_on", "effective_on", "on"),
                )
            case "money":
                return AmountField(label=label, required=fact.required)
            case "count":
                most = 90 if name == "days" else 10_000
                return forms.IntegerField(
                    label=label, required=fact.required, min_value=1, max_value=most, help_text=hint
                )
            case "number":
                return forms.CharField(label=label, required=fact.required, max_length=60, help_text=hint)
            case "digest":
                return self._digest_field()
            case "many":
                assert fact.item is not None
                return self._many_field(label, fact.item, required=fact.required)
            case "agent" if self.declared.name == "appoint_agent":
                return None
            case "case" | "instant" | "record":
                return None
            case shape:
                return self._reference_field(name, label, shape, required=fact.required, hint=hint)

    def _is_not_asked(self, name: str, fact: facts.Fact) -> bool:
        """Tell whether a fact that need not be stated is not this actor's to state."""
        by_people = self.actor.role in (Role.PARTY, Role.AGENT)
        if fact.shape == "party":
            return not by_people
        if name in ("knew_on", "on"):
            return by_people
        if name in ("judge", "clerk"):
            return self.actor.role is not (Role.CLERK if name == "judge" else Role.JUDGE)
        if name == "verified":
            return True
        if name == "instead":
            return not self.case.sheet.get("chosen_mediator")
        if name in ("last_due", "number", "obligations"):
            return by_people or (name == "last_due" and bool(queries.agreed_obligations(self.case)))
        # Where the case has its court, nobody chooses another or says why.
        return (name == "link" and self.case.track == Track.DELEGATED) or (
            fact.shape == "court" and self.case.track == Track.ENTRUSTED
        )

    def _digest_field(self) -> forms.Field | None:
        if self.shown_digest:
            return forms.CharField(widget=forms.HiddenInput, initial=self.shown_digest, max_length=64)
        return None

    def _reference_field(self, name: str, label: Any, shape: str, *, required: bool, hint: Any) -> forms.Field:
        options = self._options(shape, name)
        if name in ("judge", "clerk"):
            hint = hint if options else _("本院目前没有可以选择的人员。")
            return choice(label, options, required=name == "judge", hint=hint)
        if name == "prefers" or (shape == "mediator" and not required):
            return choice(label, options, required=False, hint=hint)
        if len(options) == 1 and shape in ("party", "mediator") and self.declared.name != "appoint_mediator":
            return forms.ChoiceField(choices=options, widget=forms.HiddenInput, initial=options[0][0])
        if not options:
            hint = _("目前没有可以选择的对象。")
        return choice(label, options, required=required or shape in ("party", "court"), hint=hint)

    def _called_obligation(self, obligation: Mapping[str, Any]) -> str:
        amount = f" {format_amount(obligation['amount'])}" if obligation.get("amount") is not None else ""
        return gettext("%(due)s前，%(payer)s向%(payee)s：%(what)s%(amount)s") % {
            "due": obligation["due_on"],
            "payer": self._called(obligation["payer"]),
            "payee": self._called(obligation["payee"]),
            "what": gettext(ObligationKind(obligation["kind"]).label),
            "amount": amount,
        }

    def _many_field(self, label: Any, item: facts.Fact, *, required: bool) -> forms.Field | None:
        if item.shape == "record":
            return None
        if item.shape == "mediator" and self.declared.name == "appoint_mediator":
            unfit = {"invalid_choice": _(guards.fits_own_mediators.reason)}
            field = forms.MultipleChoiceField(
                label=label, choices=self.appointable[0], required=required, error_messages=unfit
            )
            # Only those who may be appointed are taken; the others are shown with why not.
            field.widget = Offered(*self.appointable)
            return field
        options = terms(item.terms) if item.shape == "code" and item.terms else self._options(item.shape)
        return forms.MultipleChoiceField(
            label=label, choices=options, required=required, widget=forms.CheckboxSelectMultiple
        )

    def _options(self, shape: str, name: str = "") -> list[tuple[str, Any]]:
        match shape:
            case "party":
                able = guards.acts_for(self.case, self.actor) or guards.parties(self.case)
                if self.actor.role not in (Role.PARTY, Role.AGENT):
                    able = guards.parties(self.case)
                return [(ref, self._called(ref)) for ref in able]
            case "mediator" if self.declared.name == "choose_jointly":
                entered = roster.listed_mediators(self.case.platform, self.case.court, self.today)
                homes = dict(self._options("organisation"))
                return [
                    (str(one.ref), f"{one.name}（{homes[str(one.organisation)]}）")
                    for one in entered.filter(organisation__in=homes)[:MOST_OFFERED]
                ]
            case "mediator" if self.declared.name == "appoint_mediator":
                return list(self.appointable[0])
            case "mediator":
                found = roster.mediators_of(self.case.platform, self.case.organisation)
                if name == "prefers":
                    found = found.exclude(ref__in=self.case.sheet.get("mediators", []))
                elif self.declared.name == "object":
                    found = found.filter(ref__in=self.case.sheet.get("mediators", []))
                elif self.declared.name in ("waive", "decide_recusal"):
                    found = found.filter(ref__in=self.case.sheet.get("recusals", []))
                return [(str(one.ref), one.name) for one in found]
            case "obligation":
                able, end = guards.acts_for(self.case, self.actor), OBLIGED[self.declared.name]
                waiting = [one for one in guards.open_obligations(self.case) if one[end] in able]
                if end == "payer":
                    waiting = [one for one in waiting if not one["reported_at"]]
                elif self.declared.name == "declare_due":
                    declarable = guards.declarable_obligations(self.case, self.today)
                    waiting = [one for one in declarable if one[end] in able]
                return [(one["ref"], self._called_obligation(one)) for one in waiting]
            case "judge" | "clerk":
                posts = roster.posts_of_roles(self.case.platform, [Role(shape.upper())], self.at)
                held = posts.filter(court=self.case.court).select_related("account")
                return list({str(post.account.ref): post.account.name for post in held}.items())
            case "service":
                return self._services()
            case "agent":
                agents = self.case.sheet["agents"].items()
                ours = set(guards.acts_for(self.case, self.actor))
                return [(ref, self._called(ref)) for ref, held in agents if ours & set(held["for"])]
            case "organisation" if self.organisations is not None:
                return list(self.organisations)
            case "organisation":
                on_roster = roster.listed(self.case.platform, self.case.court, self.today)
                return [
                    (str(one.ref), one.name) for one in on_roster if not one.causes or self.case.cause in one.causes
                ]
            case "court":
                return self._courts()
            case _:
                return []

    def _services(self) -> list[tuple[str, Any]]:
        """Return the services this actor may still say something of: parties those on them, staff all."""
        by_people = self.actor.role in (Role.PARTY, Role.AGENT)
        ours = guards.acts_for(self.case, self.actor)
        return [
            (ref, f"{self._called_service(one)} → {self._called(one['party'])}")
            for ref, one in self.case.sheet.get("services", {}).items()
            if not by_people or (one["party"] in ours and not one["acknowledged_at"])
        ]

    def _called_service(self, one: Mapping[str, Any]) -> str:
        return f"{local_day(datetime.fromisoformat(one['at']))} {gettext(ServiceSubject(one['subject']).label)}"

    def _courts(self) -> list[tuple[str, Any]]:
        if self.declared.name in ("seek_confirmation", "seek_decree") and self.case.track == Track.DELEGATED:
            found = roster.court(self.case.court)
            return [(self.case.court, found.name if found else self.case.court)]
        return court_choices()

    def _called(self, ref: str) -> str:
        person = self.everybody.get(ref)
        if person is None:
            return gettext("当事人")
        side = gettext(Side(person.side).label) if person.side else ""
        return gettext("%(name)s（%(note)s）") % {"name": person.name or gettext("当事人"), "note": side}

    def _mediator_called(self, ref: str) -> str:
        found = roster.mediator(self.case.platform, ref)
        return found.name if found else ref

    def _add_particulars(self) -> None:
        if self.declared.name == "object" and self._warns():
            self.fields["prefers"].help_text = _(
                "贵方曾对指定的调解员提出异议，调解组织已经更换。这次既不说明法定回避情形、又不另选调解员的，"
                "视为不同意调解，调解即告终止。"
            )
        if "obligations" in self.declared.facts and self.actor.role in (Role.MEDIATOR, Role.ORGANISATION):
            self._add_schedule()
        if self.declared.name == "appoint_mediator" and (chosen := self.case.sheet.get("chosen_mediator")):
            said = _("各方当事人已经共同选定调解员%(name)s，请先征询其意见。")
            self.fields["mediators"].help_text = said % {"name": self._mediator_called(chosen)}
        if self.declared.name == "confirm_address":
            self._add_service_address()
        if self.declared.name == "appoint_agent":
            self.fields["name"] = forms.CharField(label=_("代理人姓名"), max_length=120)
            self._add_identity()
            self.fields["phone"] = forms.CharField(label=_("代理人电话"), max_length=40)
            self.fields["firm"] = forms.CharField(
                label=_("律师事务所"), max_length=120, required=False, help_text=_("律师填写，用于核查利害关系。")
            )
        if self.declared.name == "amend_parties":
            own = guards.acts_for(self.case, self.actor) if self.actor.role in (Role.PARTY, Role.AGENT) else None
            options = [(ref, self._called(ref)) for ref in (guards.parties(self.case) if own is None else own)]
            added = [("", _("新增一名当事人"))] if own is None else []
            self.fields["about"] = forms.ChoiceField(
                label=_("当事人"), choices=[*options, *added], required=own is not None
            )
            if own is None:
                self.fields["side"] = choice(_("诉讼地位（新增时）"), terms(Side), required=False)
                self.fields["kind"] = choice(_("类型（新增时）"), terms(PartyKind), required=False)
                self.fields["investor"] = choice(_("投资者类别（新增时）"), terms(InvestorClass), required=False)
                self.fields["institution"] = choice(_("机构类别（新增时）"), terms(Institution), required=False)
            self.fields["name"] = forms.CharField(label=_("姓名或者名称"), max_length=120)
            if own is None:
                # Who somebody is opens cases: parties do not change that themselves.
                self._add_identity(required=False)
            elif len(own) == 1 and (held := self.everybody.get(own[0])):
                self.initial.update(about=own[0], name=held.name, phone=held.phone)
            self.fields["phone"] = forms.CharField(label=_("联系电话"), max_length=40, required=False)
            self.fields["address"] = forms.CharField(label=_("送达地址"), max_length=200, required=False)

    def _add_service_address(self) -> None:
        """Ask where documents reach a party, by which way first, and whether it also wants them on paper (ZS-30)."""
        self.fields["address"] = forms.CharField(
            label=_("送达地址"), max_length=200, help_text=_("收取纸质文书的地址；变更后请及时重新确认。")
        )
        self.fields["phone"] = forms.CharField(
            label=_("联系电话"), max_length=40, widget=forms.TextInput(attrs={"type": "tel"})
        )
        self.fields["email"] = forms.EmailField(
            label=_("电子邮箱"),
            required=False,
            max_length=120,
            widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        )
        self.fields["first"] = choice(
            _("首先以哪种方式电子送达"),
            terms(guards.ELECTRONIC),
            required=False,
            hint=_("到达上述地址即为送达；未能到达或者无人阅读的，依次改用其他方式。"),
        )
        self.fields["paper"] = forms.BooleanField(label=_("另外要求纸质文书"), required=False)
        own = guards.acts_for(self.case, self.actor) if self.actor.role in (Role.PARTY, Role.AGENT) else []
        if len(own) == 1 and (held := self.everybody.get(own[0])):
            known = held.particulars()
            told = {name: known.get(name, "") for name in ("address", "email", "paper")}
            first = next(iter(known.get("channels", ())), "")
            agreed = guards.has_consented(self.case, own[0], Stage.E_SERVICE)
            self.initial.update(phone=held.phone, first=first, e_service=agreed, **told)

    def _wishes(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return by which electronic ways a party is to be served, in its order, as its particulars keep it."""
        first = given.get("first") or guards.ELECTRONIC[0].value
        order = [first, *(one.value for one in guards.ELECTRONIC if one != first)]
        return {"email": given.get("email", ""), "channels": order, "paper": bool(given.get("paper"))}

    def _add_record(self) -> None:
        """Ask staff how a party answered by telephone or in person; parties answer for themselves."""
        if self.actor.role in (Role.PARTY, Role.AGENT):
            return
        phones = [one.phone for one in self.everybody.values() if one.side and one.phone]
        hint = _("电话答复的必填：以便核对何时、向哪个号码、由谁作出答复。")
        self.fields["called_at"] = forms.DateTimeField(
            label=_("通话时间"),
            required=False,
            input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y年%m月%d日 %H:%M"],
            widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            error_messages={"invalid": _("通话时间有误，请按“2024-05-01 09:30”的格式填写。")},
            help_text=hint,
        )
        self.fields["called_number"] = forms.CharField(
            label=_("拨打的号码"),
            max_length=40,
            required=False,
            widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
            help_text=_("登记的号码：%(phones)s") % {"phones": "、".join(map(mask_phone, phones))} if phones else "",
        )
        self.fields["answered_by"] = forms.CharField(
            label=_("接听或者答复的人"),
            max_length=60,
            required=False,
            help_text=_("写明如何确认是当事人本人，例如核对证件号码后四位。"),
        )
        self.fields["said"] = CleanText(label=_("答复的原话或者要点"), longest=2000, rows=4, required=False)

    def _check_record(self, given: dict[str, Any]) -> None:
        """Refuse an answer by telephone without who, when, which number and what was said; one on paper or in person
        without a paper that the party has signed.
        """
        channel = given.get("channel")
        if channel == Channel.PHONE:
            for name in ("called_at", "called_number", "answered_by", "said"):
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, _("电话答复的，请填写这一项。"))
        if channel == Channel.IN_PERSON and not given.get("answered_by"):
            self.add_error("answered_by", _("当面答复的，请填写答复的人和核实身份的方式。"))
        signed = channel in (Channel.PAPER, Channel.IN_PERSON)
        if signed and not given.get("documents") and "documents" not in self.errors:
            self.add_error("documents", _("书面、当面答复的，请上传当事人签名或者盖章的答复或者笔录。"))
        if given.get("called_at") and given["called_at"] > self.at:
            self.add_error("called_at", _("通话时间不能晚于现在。"))
        if given.get("called_number"):
            try:
                given["called_number"] = check_phone(given["called_number"])
            except IdentityError as error:
                self.add_error("called_number", gettext(error.message) % error.params)

    def _record(self, given: dict[str, Any]) -> str:
        """Return the written record of an answer, for the court's file."""
        lines = []
        if given.get("called_at"):
            when = given["called_at"].astimezone(ZONE)
            lines.append(gettext("通话时间：%(at)s") % {"at": f"{when:%Y-%m-%d %H:%M}"})
        for name, label in (
            ("called_number", gettext("拨打号码：%(said)s")),
            ("answered_by", gettext("答复人及核实：%(said)s")),
            ("said", gettext("答复内容：%(said)s")),
        ):
            if given.get(name):
                lines.append(label % {"said": given[name]})
        return "\n".join(lines)

    def _add_identity(self, *, required: bool = True) -> None:
        self.fields["identity_kind"] = choice(_("证件类型"), terms(IdentityKind), required=required)
        self.fields["identity_number"] = forms.CharField(label=_("证件号码"), max_length=60, required=required)

    def _add_documents(self) -> None:
        self.fields["documents"] = FilesField(label=_("材料"), required=self.declared.wants_document)
        kinds: list[DocumentKind] = [kind for kind in DocumentKind if kind is not DocumentKind.APPLICATION]
        if self.declared.paper:
            kinds = [self.declared.paper]
            self.fields["documents"].label = _(self.declared.paper.label)
        usual = {
            "record_paper_service": DocumentKind.SERVICE_RETURN,
            "perform": DocumentKind.PAYMENT,
            "appoint_agent": DocumentKind.AUTHORITY,
        }
        initial = (usual | dict.fromkeys(ANSWERS, DocumentKind.ANSWER)).get(self.declared.name)
        self.fields["document_kind"] = forms.ChoiceField(
            label=_("材料种类"),
            choices=terms(kinds),
            initial=self.declared.paper or initial or DocumentKind.EVIDENCE,
            required=False,
            widget=forms.HiddenInput if self.declared.paper else None,
        )
        self.fields["audience"] = forms.ChoiceField(
            label=_("谁能看到"),
            choices=terms(audiences_for(self.case, self.actor)),
            initial=Audience.ALL,
            required=False,
            widget=forms.RadioSelect,
            help_text=_("选择“案件全体”的，对方当事人、调解员和法院都能看到。"),
        )

    def _warns(self) -> bool:
        able = guards.acts_for(self.case, self.actor)
        return any(guards.answered_objections(self.case, ref) for ref in able)

    def _add_schedule(self) -> None:
        """Ask for what the agreement obliges whom to, one instalment a line."""
        if guards.obligations(self.case) or queries.agreed_obligations(self.case):
            return
        for side, name, label in ((Side.RESPONDENT, "payer", _("义务人")), (Side.APPLICANT, "payee", _("权利人"))):
            first = next(iter(guards.parties(self.case, side)), "")
            options = [(ref, self._called(ref)) for ref in guards.parties(self.case)]
            self.fields[name] = forms.ChoiceField(label=label, choices=options, initial=first, required=False)
        self.fields["schedule"] = CleanText(
            label=_("履行安排（可不填）"),
            required=False,
            rows=4,
            help_text=_(
                "按协议填写，每期一行：履行期限、金额（元），例如“2026-03-31 5000”。"
                "填写后各期可以逐笔报告、确认，最后一期作为申请执行期限的起算日。"
            ),
        )

    def _schedule(self) -> list[dict[str, Any]]:
        """Return the instalments as obligations; raises ValidationError naming the line that cannot be read."""
        given = self.cleaned_data
        found = [
            {
                "ref": self._fresh(f"obligation-{place}"),
                "payer": given["payer"],
                "payee": given["payee"],
                "kind": ObligationKind.PAYMENT.value,
                "amount": fen,
                "due_on": due_on.isoformat(),
            }
            for place, (due_on, fen) in enumerate(instalments(str(given.get("schedule") or "")), start=1)
        ]
        if found and given["payer"] == given["payee"]:
            raise ValidationError(_("义务人和权利人不能是同一人。"))
        return found

    # Answers.

    def clean(self) -> dict[str, Any]:
        """Check what the shapes of facts cannot say: numbers, telephones, days ahead."""
        given = self.cleaned_data
        for name, made in self.fields.items():
            if isinstance(made, DayField) and name in given:
                try:
                    made.check(given[name], self.today)
                except ValidationError as error:
                    self.add_error(name, error)
        if given.get("phone"):
            try:
                given["phone"] = check_phone(given["phone"])
            except IdentityError as error:
                self.add_error("phone", gettext(error.message) % error.params)
        if given.get("identity_number"):
            kind = given.get("identity_kind") or ""
            adult = self.declared.name == "appoint_agent"
            given["identity_number"] = check_person(
                self, kind, given["identity_number"], self.today, field="identity_number", adult=adult
            )
        fact = self.declared.facts.get("number")
        if fact and given.get("number"):
            given["number"] = given["number"].replace("(", "（").replace(")", "）").replace(" ", "")
            if not fact.test(given["number"]):
                self.add_error("number", _("案号格式有误，请按“（2024）沪74民初1号”的格式填写。"))
        if "schedule" in self.fields and "schedule" in given and given.get("key"):
            try:
                given["obligations"] = self._schedule()
            except ValidationError as error:
                self.add_error("schedule", error)
        for name, text in self.declared.texts.items():
            if text.kind in (EnclosureKind.RULING, EnclosureKind.DECREE) and BLANK in str(given.get(name) or ""):
                self.add_error(name, _("请把草稿中空白的地方填写完整。"))
        if "password" in self.fields and not given.get("password") and not given.get("code"):
            self.add_error("password", _("请输入登录密码，或者填写短信验证码。"))
        if "called_at" in self.fields:
            self._check_record(given)
        if "side" in self.fields and not given.get("about"):
            for name in ("side", "kind", "investor", "institution"):
                if not given.get(name):
                    self.add_error(name, _("新增当事人时请选择这一项。"))
        return given

    def answers(self, kept: list[Kept]) -> Answers:
        """Return facts and enclosures of a valid form; ``kept`` are its files, already stored."""
        given = self.cleaned_data
        stated: dict[str, Any] = {}
        enclosures: list[Enclosed] = []
        for name, text in self.declared.texts.items():
            if given.get(name):
                content = {"text": given[name]}
                if "digest" in self.declared.facts:
                    # Random to everybody else, and the same if the form is sent again.
                    content["nonce"] = chain.digest("sha256", f"{given['key']}/nonce".encode())[:32]
                    stated["digest"] = text_digest(given[name], content["nonce"])
                enclosures.append(Enclosed(text.kind, content, text.audience))
        for name, fact in self.declared.facts.items():
            value = self._stated(name, fact, given.get(name))
            if value is not None:
                stated[name] = value
        by_clauses = queries.agreed_obligations(self.case) if self._states_obligations() else []
        if by_clauses:
            stated["obligations"] = by_clauses
        self._add_enclosed(stated, enclosures)
        for place, one in enumerate(kept):
            kind = given.get("document_kind") or self.declared.paper or DocumentKind.EVIDENCE
            audience = given.get("audience") or Audience.ALL
            enclosures.append(enclose(one, kind, audience, seed=given["key"], place=place))
        return Answers(stated, enclosures)

    def _states_obligations(self) -> bool:
        """Tell whether this signature is the one that states what the agreement was drawn up with."""
        by_staff = self.actor.role in (Role.MEDIATOR, Role.ORGANISATION)
        return self.declared.name == "sign" and by_staff and not guards.obligations(self.case)

    def _stated(self, name: str, fact: facts.Fact, value: Any) -> Any:
        if fact.shape == "flag":
            return value == "yes" if name in ASKED else bool(value)
        if value in (None, "", []):
            return None
        return value.isoformat() if isinstance(value, date) else value

    def _add_enclosed(self, stated: dict[str, Any], enclosures: list[Enclosed]) -> None:
        given = self.cleaned_data
        if self.declared.name in ANSWERS:
            by_people = self.actor.role in (Role.PARTY, Role.AGENT)
            how = Verification.ACCOUNT if by_people else VERIFIED.get(given["channel"])
            if how:
                stated["verified"] = how.value
            if record := self._record(given):
                enclosures.append(Enclosed(EnclosureKind.PROOF, {"text": record}))
        if self.declared.name in SIGNED:
            stated["verified"] = Verification.ACCOUNT_CODE.value
        if self.declared.name == "appoint_agent":
            stated["agent"] = self._fresh("agent")
            content = {name: given[name] for name in ("name", "identity_kind", "identity_number", "phone", "firm")}
            enclosures.append(Enclosed(EnclosureKind.AGENT, content, about=stated["agent"]))
        if self.declared.name == "confirm_address":
            content = self._particulars(stated["party"], phone=given["phone"], address=given["address"])
            content |= self._wishes(given)
            enclosures.append(Enclosed(EnclosureKind.PARTY, content, about=stated["party"]))
        if self.declared.name == "amend_parties":
            about = given["about"] or self._fresh("party")
            held = self.case.sheet["parties"].get(about)
            chosen = {name: given.get(name) for name in ("side", "kind", "investor", "institution")}
            stated["parties"] = [{"ref": about, **(held or chosen)}]
            names = ("name", "identity_kind", "identity_number", "phone", "address")
            changed = {name: given.get(name, "") for name in names}
            content = self._particulars(about, **{name: value for name, value in changed.items() if value})
            enclosures.append(Enclosed(EnclosureKind.PARTY, content, about=about))

    def _fresh(self, what: str) -> str:
        """Return a reference that a repeated submission of this form gives again."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.cleaned_data['key']}/{what}"))

    def _particulars(self, ref: str, **changed: str) -> dict[str, Any]:
        """Return all that is known of a party, with changes: an enclosure replaces the one before it."""
        held = self.everybody.get(ref)
        known: dict[str, Any] = {}
        if held is not None:
            known = json.loads(held.details) if held.details else {}
            for name in ("name", "identity_kind", "identity_number", "phone", "account_number"):
                if getattr(held, name):
                    known[name] = getattr(held, name)
        return {**known, **changed}


FROZEN_TEXTS: Mapping[str, tuple[str, ...]] = {"confirm_record": ("record",), "confirm_undisputed": ("undisputed",)}
"""Texts that one person draws up and the others confirm."""


def instalments(text: str) -> list[tuple[date, int]]:
    """Return the dated amounts (fen) of a text, one a line; raises ValidationError naming the line that cannot be
    read.
    """
    found = []
    for place, line in enumerate((line for line in text.split("\n") if line.strip()), start=1):
        day, _gap, amount = line.replace("，", " ").replace("\t", " ").strip().partition(" ")
        try:
            found.append((date.fromisoformat(day.replace("/", "-").replace(".", "-")), parse_amount(amount)))
        except (ValueError, AmountError):
            raise ValidationError(
                _("第%(place)d行看不懂，请写成“2026-03-31 5000”的样子。"), params={"place": place}
            ) from None
    return found


def audiences_for(case: Case, actor: Actor) -> list[Audience]:
    """Return for whom this actor may hand in a document: never for people who would not then include the actor."""
    if actor.role in (Role.PARTY, Role.AGENT):
        sides = {case.sheet["parties"][ref]["side"] for ref in guards.acts_for(case, actor)}
        own = (
            [Audience.APPLICANTS]
            if sides == {Side.APPLICANT}
            else [Audience.RESPONDENTS]
            if sides == {Side.RESPONDENT}
            else []
        )
        # While they mediate, something may be confided in mediators alone, from either platform.
        confided = case.state in MEDIATION_STATES
        return [Audience.ALL, Audience.PARTIES, *own, *([Audience.MEDIATOR] if confided else [])]
    return {
        Role.MEDIATOR: [Audience.ALL, Audience.PARTIES, Audience.MEDIATOR, Audience.ORGANISATION],
        Role.ORGANISATION: [Audience.ALL, Audience.ORGANISATION],
        Role.JUDGE: [Audience.ALL, Audience.COURT, Audience.JUDGE],
    }.get(actor.role, [Audience.ALL, Audience.COURT])


def court_choices() -> list[tuple[str, Any]]:
    """Return the courts that may take a securities dispute, province by province."""
    levels = (CourtLevel.INTERMEDIATE, CourtLevel.SPECIAL, CourtLevel.BASIC)
    return list(roster.courts().filter(level__in=levels).values_list("code", "name"))
