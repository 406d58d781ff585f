"""Forms of an agreement: one clause with its typed variables, what stands before the clauses, a comment, a paper one.

Lives here: fields by the shape of a variable, and back to the values a clause keeps. What is missing is no error here:
a draft may be saved half done, the checks say what it lacks. Does not live here: wording and checks
(``mediation.clauses``), pages (``drafting``).
Called by: ``drafting``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mediation.amounts import format_amount
from mediation.clauses.agreement import Body, Clause
from mediation.clauses.variables import MOST_INSTALMENTS, People, Variable, even_plan, in_one_line
from mediation.vocabulary import ObligationKind
from mediation.windows.moveforms import AmountField, CleanText, DayField, choice, instalments
from mediation.windows.uploads import FilesField
from mediation.windows.worded import WordedForm
from mediation.workdays import local_day

LONGEST_SUMMARY, LONGEST_CLAUSE, LONGEST_COMMENT, LONGEST_LINE = 4000, 3000, 1000, 120
ACCOUNT = (("holder", _("户名")), ("bank", _("开户行")), ("number", _("账号")))
EVERY = [("1", _("每月")), ("3", _("每三个月")), ("6", _("每半年")), ("12", _("每年"))]


class ClauseForm(WordedForm):
    """The variables of one clause; nothing is required, everything must be readable."""

    def __init__(self, clause: Clause, people: People, *args: Any, **kwargs: Any) -> None:
        """Make the fields, filled with what the clause holds."""
        self.clause, self.people = clause, people
        super().__init__(*args, **kwargs)
        for variable in clause.wording.variables:
            value = clause.values.get(variable.name)
            for name, field, initial in self._fields(variable, value):
                field.required = field.required and variable.required
                if name == variable.name and variable.hint:
                    field.help_text = _(variable.hint)
                self.fields[name] = field
                self.initial.setdefault(name, initial)

    def full_clean(self) -> None:
        """Read what was sent; what a clause needs is shown as needed, but may be left for later."""
        needed = [field for field in self.fields.values() if field.required]
        for field in needed:
            field.required = False
        super().full_clean()
        for field in needed:
            field.required = True

    def _fields(self, variable: Variable, value: Any) -> list[tuple[str, forms.Field, Any]]:
        label, name = _(variable.label), variable.name
        match variable.shape:
            case "party":
                options = [("", _("请选择")), *((ref, one.called) for ref, one in self.people.items())]
                return [(name, forms.ChoiceField(label=label, choices=options), value)]
            case "money":
                return [(name, AmountField(label=label), _typed(value))]
            case "day":
                return [(name, DayField(label=label), value)]
            case "rate":
                rate = forms.DecimalField(
                    label=label,
                    min_value=Decimal(0),
                    max_value=Decimal(1000),
                    max_digits=8,
                    decimal_places=4,
                    widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
                )
                return [(name, rate, value)]
            case "flag":
                return [(name, forms.BooleanField(label=label), value)]
            case "choice":
                options = [(code, _(said)) for code, said in variable.choices]
                return [(name, forms.ChoiceField(label=label, choices=options, widget=forms.RadioSelect), value)]
            case "text":
                return [(name, CleanText(label=label, longest=LONGEST_CLAUSE, rows=6), value)]
            case "account":
                held = value or {}
                asked = [(key, forms.CharField(label=said, max_length=80, required=False)) for key, said in ACCOUNT]
                asked[-1][1].help_text = _(variable.hint)
                return [(f"{name}_{key}", field, held.get(key, "")) for key, field in asked]
            case "shares":
                held = value or {}
                payees = [(ref, one) for ref, one in self.people.items() if one.is_applicant]
                return [
                    (
                        f"{name}_{ref}",
                        AmountField(label=one.called, help_text="", required=False),
                        _typed(held.get(ref)),
                    )
                    for ref, one in payees
                ]
            case "plan":
                return self._plan_fields(variable, value or [])
            case _:
                return [(name, forms.CharField(label=label, max_length=LONGEST_LINE), value)]

    def _plan_fields(self, variable: Variable, held: list[Any]) -> list[tuple[str, forms.Field, Any]]:
        name = variable.name
        lines = "\n".join(f"{on} {fen // 100}.{fen % 100:02}" for on, fen in held)
        count = forms.IntegerField(label=_("平均分几期"), min_value=1, max_value=MOST_INSTALMENTS, required=False)
        count.help_text = _(
            "填写期数和首期日期，按总金额自动平均分期；除不尽的放在最后一期。已经逐期填写的，以重新分期为准。"
        )
        return [
            (f"{name}_count", count, None),
            (f"{name}_first", DayField(label=_("首期日期"), required=False), None),
            (f"{name}_months", forms.ChoiceField(label=_("间隔"), choices=EVERY, required=False), "1"),
            (name, CleanText(label=_("各期安排"), longest=20_000, rows=8), lines),
        ]

    def clean(self) -> dict[str, Any]:
        """Check amounts above nothing, days in a possible year, and divide an amount into instalments if asked to."""
        given = self.cleaned_data
        for name, field in self.fields.items():
            if isinstance(field, AmountField) and given.get(name) == 0:
                self.add_error(name, _("金额应当大于零。"))
            if isinstance(field, DayField) and given.get(name):
                try:
                    field.check(given[name], given[name])
                except ValidationError as error:
                    self.add_error(name, error)
                if given.get(name) and given[name].year >= 2200:
                    self.add_error(name, _("日期过晚，请核对年份。"))
        for variable in self.clause.wording.variables:
            if variable.shape == "plan":
                self._divide(variable.name, given)
        return given

    def _divide(self, name: str, given: dict[str, Any]) -> None:
        if f"{name}_count" in self.errors or f"{name}_first" in self.errors:
            return
        count, first = given.get(f"{name}_count"), given.get(f"{name}_first")
        try:
            if count and first and given.get("amount"):
                months = int(given.get(f"{name}_months") or 1)
                given[name] = even_plan(given["amount"], count, first, months)
                return
            if count or first:
                self.add_error(f"{name}_count", _("平均分期要同时填写总金额、期数和首期日期。"))
                return
            plan = instalments(given.get(name) or "")
        except ValidationError as error:
            self.add_error(name, error)
            return
        except (ValueError, OverflowError):
            self.add_error(f"{name}_count", _("这笔金额不能这样分期，请核对总金额、期数和日期。"))
            return
        if len(plan) > MOST_INSTALMENTS or any(not fen for _on, fen in plan):
            self.add_error(name, _("最多360期，每期金额应当大于零。"))
            return
        given[name] = [(on.isoformat(), fen) for on, fen in plan]

    def values(self) -> dict[str, Any]:
        """Return what the clause keeps; what was left empty is not kept."""
        found: dict[str, Any] = {}
        for variable in self.clause.wording.variables:
            value = self._value(variable)
            if value not in (None, "", [], {}, False):
                found[variable.name] = value
        return found

    def _value(self, variable: Variable) -> Any:
        given, name = self.cleaned_data, variable.name
        if variable.shape == "account":
            held = {key: in_one_line(given.get(f"{name}_{key}") or "") for key, _label in ACCOUNT}
            return held if any(held.values()) else None
        if variable.shape == "shares":
            asked = {ref: given.get(f"{name}_{ref}") for ref, one in self.people.items() if one.is_applicant}
            return {ref: fen for ref, fen in asked.items() if fen}
        value = given.get(name)
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, Decimal):
            return format(value.normalize(), "f")
        if variable.shape == "line" and value:
            return in_one_line(value)
        return [list(one) for one in value] if variable.shape == "plan" and value else value


def _typed(fen: int | None) -> str:
    """Return an amount as somebody would type it."""
    return format_amount(fen).removeprefix("¥") if fen is not None else ""


class AboutForm(WordedForm):
    """What stands before the clauses: whether the agreement is full, and the main facts and issues (TY-23)."""

    full = choice(_("就哪些请求达成协议"), [("yes", _("全部请求")), ("no", _("部分请求"))])
    summary = CleanText(
        label=_("主要事实和争议事项"),
        longest=LONGEST_SUMMARY,
        rows=10,
        required=False,
        help_text=_("写明纠纷怎样发生、争议在哪里；不写当事人为达成协议作出的让步。"),
    )

    def body(self, held: Body) -> Body:
        """Return the agreement with these answers."""
        given = self.cleaned_data
        return Body(given["full"] == "yes", given["summary"], held.clauses)


class CommentForm(WordedForm):
    """What somebody says about one clause, or about the whole."""

    clause = forms.ChoiceField(label=_("对哪一条"), required=False)
    text = CleanText(label=_("意见"), longest=LONGEST_COMMENT, rows=4)

    def __init__(self, clauses: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        """Offer the clauses of the version, by number."""
        super().__init__(*args, **kwargs)
        asked = self.fields["clause"]
        assert isinstance(asked, forms.ChoiceField)
        asked.choices = [("", _("整份协议")), *clauses]


class PaperForm(WordedForm):
    """An agreement drawn up elsewhere: its file, its text, and the payments it obliges to."""

    document = FilesField(
        label=_("协议文件"),
        help_text=_(
            "一份PDF，不超过20 MB。各方签署的就是这份文件：按原样保存，不转换格式，"
            "并记录其校验值（SHA-256）和是否为PDF/A。"
        ),
    )
    full = choice(_("就哪些请求达成协议"), [("yes", _("全部请求")), ("no", _("部分请求"))])
    text = CleanText(
        label=_("协议全文"),
        longest=20_000,
        rows=14,
        help_text=_("逐字录入，供不便打开文件的当事人阅读和朗读软件使用。"),
    )
    payer = forms.ChoiceField(label=_("付款方"), required=False)
    payee = forms.ChoiceField(label=_("收款方"), required=False)
    schedule = CleanText(
        label=_("付款安排"),
        required=False,
        rows=4,
        longest=20_000,
        help_text=_("每期一行：日期、金额（元），例如“2026-03-31 5000”。"),
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, people: People, at: datetime, *args: Any, **kwargs: Any) -> None:
        """Offer the parties of the case."""
        super().__init__(*args, **kwargs)
        self.people, self.today = people, local_day(at)
        for name in ("payer", "payee"):
            asked = self.fields[name]
            assert isinstance(asked, forms.ChoiceField)
            asked.choices = [("", _("请选择")), *((ref, one.called) for ref, one in people.items())]
        self.plan: list[tuple[date, int]] = []

    def clean(self) -> dict[str, Any]:
        """Check that there is one PDF, and that the payments name two parties, amounts and days still to come."""
        given = self.cleaned_data
        held = given.get("document") or []
        if len(held) > 1 or any(what.media_type != "application/pdf" for what, _content in held):
            self.add_error("document", _("请把协议合并为一份PDF文件。"))
        try:
            self.plan = instalments(given.get("schedule") or "")
        except ValidationError as error:
            self.add_error("schedule", error)
            return given
        if not self.plan:
            return given
        if not given.get("payer") or not given.get("payee") or given["payer"] == given["payee"]:
            self.add_error("payer", _("请写明不同的付款方和收款方。"))
        if len(self.plan) > MOST_INSTALMENTS or any(not fen for _on, fen in self.plan):
            self.add_error("schedule", _("最多360期，每期金额应当大于零。"))
        late = [on for on, _fen in self.plan if on < self.today]
        if late:
            self.add_error("schedule", gettext("%(day)s已经过去，请核对。") % {"day": late[0]})
        return given

    def obligations(self) -> list[dict[str, Any]]:
        """Return the payments as obligations, without references."""
        given: Mapping[str, Any] = self.cleaned_data
        ends = {"payer": given["payer"], "payee": given["payee"], "kind": ObligationKind.PAYMENT.value}
        return [{**ends, "amount": fen, "due_on": on.isoformat()} for on, fen in self.plan]
