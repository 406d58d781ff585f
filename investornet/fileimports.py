"""Files of organisations and mediators out of a workbook and into one: read, tried, shown, then all or nothing.

Lives here: the columns, what each row would do, carrying it out. Does not live here: opening workbooks
(``mediation.adminkit.workbooks``), words of values (``mediation.windows.filewords``), what is lawful (the door).
Called by: ``rosterpages`` and ``rosterdesk``.

A preview tries everything at the door inside a transaction that is taken back, so that what it says is what would
happen. Organisations change their own files themselves: a supervising unit or the bureau only opens new ones.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest
from django.utils.translation import gettext as _

from investornet import rosteracts
from investornet.access import rights
from investornet.filelists import KINDS
from mediation import log
from mediation.actor import Actor
from mediation.adminkit import spreadsheets, workbooks
from mediation.adminkit.workbooks import Line, Problem, WorkbookForm, WorkbookRefused
from mediation.vocabulary import FileState, Role, gettext_noop
from mediation.windows import filewords
from mediation.workdays import local_day
from roster import facts as f
from roster import queries as roster
from roster.models import Account, Organisation
from roster.moves import Refused, new
from roster.sealed import open_bytes, seal_bytes

MOST_CHANGES = 500
MOST_EXPORTED = 10_000
MOST_PROBLEMS = 200
KEPT_FOR = 3_600
"""For how many seconds a workbook that was looked through waits to be carried out."""

REF = gettext_noop("档案标识")
HOME = gettext_noop("所属组织信用代码")
STATE, VERIFIED_ON = gettext_noop("档案状态"), gettext_noop("最近核实日期")
PASSED = (STATE, VERIFIED_ON)
"""Columns that an export shows and an import leaves alone."""

SAME_NAME = gettext_noop("已有同名的调解组织；确是另一个组织的，请在名称中写明所在地")

_KNOWN_BY = ("organisation", "name", "licence_number")
_WIDTHS = {"text": 24, "many": 30, "count": 12, "flag": 10, "day": 14, "code": 18}


@dataclass
class Step:
    """What one row of the workbook would do: open a file, change one, or nothing."""

    number: int
    label: str
    row: Any
    opens: bool
    stated: dict[str, Any]
    differences: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Plan:
    """A workbook that was looked through: what would be done, and what is wrong row by row."""

    aggregate: str
    steps: list[Step]
    problems: list[Problem]
    same: int
    token: str = ""
    submits: bool = False

    @property
    def opened(self) -> int:
        """How many files would be opened."""
        return sum(step.opens for step in self.steps)

    @property
    def changed(self) -> int:
        """How many files would be changed."""
        return len(self.steps) - self.opened

    @property
    def shown_problems(self) -> list[Problem]:
        """The first of the problems, in the workbook's order."""
        return sorted(self.problems, key=lambda one: one.row)[:MOST_PROBLEMS]


@dataclass
class Answer:
    """What came of an upload or of its confirmation: the form again, a preview, or what was done."""

    form: WorkbookForm
    plan: Plan | None = None
    done: str | None = None
    status: int = 200


# Out.


def export(by: Actor, aggregate: str, rows: QuerySet[Any], at: datetime) -> FileResponse:
    """Return files as a workbook that can be imported again, and write down who took it."""
    keys = list(rows.order_by("name", "pk").values_list("pk", flat=True)[: MOST_EXPORTED + 1])
    more, keys = len(keys) > MOST_EXPORTED, keys[:MOST_EXPORTED]
    log.note(rights.platform, "", "export.v1", by=by, at=at, facts={"rows": len(keys), "files": aggregate})
    fields = filewords.fields_of(aggregate)
    headings = [
        (_(REF), 38),
        *([(_(HOME), 24)] if aggregate == "mediator" else []),
        *((_(fact.label), _WIDTHS.get(fact.shape, 20)) for fact in fields.values()),
        *((_(label), 14) for label in PASSED),
    ]
    note = _("%(day)s导出，共%(count)d行。新增的，“档案标识”留空；改动后可以导入。") % {
        "day": local_day(at).isoformat(),
        "count": len(keys),
    }
    if more:
        note += _("超过%(most)d行的没有导出。") % {"most": MOST_EXPORTED}
    name = f"{_(KINDS[aggregate])}-{local_day(at)}"
    return spreadsheets.answer(name, headings, _cells(aggregate, rows.model, keys, fields), note)


def _cells(
    aggregate: str, table: Any, keys: Sequence[int], fields: Mapping[str, f.Fact]
) -> Iterator[list[spreadsheets.Value]]:
    for start in range(0, len(keys), 500):
        held = table.objects.in_bulk(keys[start : start + 500])
        homes: dict[Any, str] = {}
        if aggregate == "mediator":
            refs = {row.organisation for row in held.values()}
            homes = dict(
                Organisation.objects.filter(platform=rights.platform, ref__in=refs).values_list("ref", "credit_code")
            )
        for key in keys[start : start + 500]:
            row = held[key]
            contents = {**row.contents(), **row.proposed}
            yield [
                str(row.ref),
                *([homes.get(row.organisation, "")] if aggregate == "mediator" else []),
                *(filewords.written(fact, contents.get(name)) for name, fact in fields.items()),
                _(FileState(row.state).label),
                row.verified_on,
            ]


# In.


def blank(by: Actor, kinds: Sequence[str]) -> WorkbookForm:
    """Return the form that asks for a workbook."""
    return WorkbookForm([(kind, _(KINDS[kind])) for kind in kinds], may_submit=by.role is Role.ORGANISATION)


def go_on(request: HttpRequest, by: Actor, kinds: Sequence[str], account: Account, at: datetime) -> Answer:
    """This function will look an uploaded workbook through, or carry out the one that was looked through before."""
    choices = [(kind, _(KINDS[kind])) for kind in kinds]
    may_submit = by.role is Role.ORGANISATION
    token = request.POST.get("token", "")
    if token:
        form = blank(by, kinds)
        aggregate = request.POST.get("kind", "")
        kept = _kept(account, token)
        if kept is None or aggregate not in kinds:
            form = WorkbookForm(choices, {}, {}, may_submit=may_submit)
            form.add_error(None, _("上传的表格已经失效，请重新上传。"))
            return Answer(form, status=422)
        content, submits = kept, may_submit and request.POST.get("submit") == "1"
    else:
        form = WorkbookForm(choices, request.POST, request.FILES, may_submit=may_submit)
        if not form.is_valid():
            return Answer(form, status=422)
        content, aggregate = form.cleaned_data["workbook"], form.chosen
        submits = bool(form.cleaned_data.get("submit"))
    digest = hashlib.sha256(content).hexdigest()
    try:
        plan = look_through(content, aggregate, by, at, seed=f"{account.ref.hex}/{digest}")
    except WorkbookRefused as wrong:
        form = WorkbookForm(choices, request.POST, request.FILES, may_submit=may_submit)
        form.add_error(None, str(wrong))
        return Answer(form, status=422)
    plan.token, plan.submits = digest, submits
    carry_out(plan, by, at, keep=bool(token))
    if plan.problems:
        return Answer(form, plan, status=422)
    if token:
        cache.delete(_key(account, digest))
        return Answer(form, plan, done=_said(plan))
    cache.set(_key(account, digest), seal_bytes(content), KEPT_FOR)
    return Answer(form, plan)


def _key(account: Account, digest: str) -> str:
    return f"import:{rights.platform}:{account.ref.hex}:{digest}"


def _kept(account: Account, token: str) -> bytes | None:
    sealed = cache.get(_key(account, token)) if re.fullmatch(r"[0-9a-f]{64}", token) else None
    return None if sealed is None else open_bytes(sealed)


def _said(plan: Plan) -> str:
    if not plan.steps:
        return _("表格内容与现有档案相同，没有需要导入的。")
    done = _("已导入：新建%(opened)d份，变更%(changed)d份。") % {"opened": plan.opened, "changed": plan.changed}
    return done + (_("已一并提交审核。") if plan.submits else "")


def look_through(content: bytes, aggregate: str, by: Actor, at: datetime, *, seed: str) -> Plan:
    """Return what a workbook would do and what is wrong with it; ``seed`` makes new files' references the same when
    it is sent again. Raises WorkbookRefused.
    """
    fields = filewords.fields_of(aggregate)
    labels = {_(fact.label): name for name, fact in fields.items()}
    others = [_(REF), *([_(HOME)] if aggregate == "mediator" else [_("监管单位代码")])]
    key = _(fields["name"].label)
    lines, problems = workbooks.read(content, {*labels, *others}, key=key, passed=[_(label) for label in PASSED])
    reader = _Reader(aggregate, by, local_day(at), seed, labels, problems)
    steps, same = reader.steps(lines)
    if len(steps) > MOST_CHANGES:
        raise WorkbookRefused(_("一次最多新建或者变更%(most)d份，请分成几份导入。") % {"most": MOST_CHANGES})
    return Plan(aggregate, steps, problems, same)


class _Reader:
    """Turns rows of texts into steps; what is wrong is put down row by row."""

    def __init__(
        self, aggregate: str, by: Actor, on: date, seed: str, labels: Mapping[str, str], problems: list[Problem]
    ) -> None:
        self.aggregate, self.by, self.on, self.seed = aggregate, by, on, seed
        self.labels, self.problems = labels, problems
        self.fields = filewords.fields_of(aggregate)
        self.broken = {problem.row for problem in problems}

    def steps(self, lines: Sequence[Line]) -> tuple[list[Step], int]:
        """Return what is to be done, and how many rows change nothing."""
        held, homes, units = self._held(lines), self._homes(lines), {unit.code for unit in roster.units()}
        namesakes, taken = self._namesakes(lines), self._taken(lines)
        seen: dict[str, int] = {}
        found, same = [], 0
        for line in lines:
            step = self._step(line, held, homes, units)
            if step is None or line.number in self.broken:
                continue
            if step.opens and tuple(step.stated.get(name, "") for name in _KNOWN_BY) in namesakes:
                self._wrong(line.number, _(REF), _("已有同名、同证书编号的档案，要变更的请填写它的档案标识"))
                continue
            if step.opens and step.label in taken:
                self._wrong(line.number, _(self.fields["name"].label), _(SAME_NAME))
                continue
            for mark in self._marks(line, step):
                if mark in seen:
                    self._wrong(line.number, _(REF), _("与第%(row)d行重复") % {"row": seen[mark]})
                seen.setdefault(mark, line.number)
            if step.stated:
                found.append(step)
            else:
                same += 1
        return found, same

    def _wrong(self, number: int, column: str, why: str) -> None:
        if any((one.row, one.column) == (number, column) for one in self.problems[-MOST_PROBLEMS:]):
            return
        self.problems.append(Problem(number, column, why))
        self.broken.add(number)

    def _held(self, lines: Sequence[Line]) -> dict[str, Any]:
        """Return the files that rows name, or that an earlier sending of the same rows has opened."""
        wanted = {self._ref(line) for line in lines}
        table = rights.files(self.by, self.aggregate)
        chosen = [ref for ref in wanted if ref is not None]
        return {
            str(row.ref): row
            for start in range(0, len(chosen), 500)
            for row in table.filter(ref__in=chosen[start : start + 500])
        }

    def _namesakes(self, lines: Sequence[Line]) -> set[tuple[str, str, str]]:
        """Return organisation, name and licence number of the mediators that bear a name of the rows."""
        if self.aggregate != "mediator":
            return set()
        names = list({line.cells.get(_(self.fields["name"].label), "") for line in lines})
        table = rights.files(self.by, "mediator")
        return {
            (str(organisation), name, number)
            for start in range(0, len(names), 500)
            for organisation, name, number in table.filter(name__in=names[start : start + 500]).values_list(
                "organisation", "name", "licence_number"
            )
        }

    def _taken(self, lines: Sequence[Line]) -> set[str]:
        """Return the names of the rows that organisations bear already, whoever keeps their files."""
        if self.aggregate != "organisation":
            return set()
        return roster.names_taken(rights.platform, {line.cells.get(_(self.fields["name"].label), "") for line in lines})

    def _ref(self, line: Line) -> uuid.UUID | None:
        stated = line.cells.get(_(REF), "")
        if not stated:
            return uuid.uuid5(uuid.NAMESPACE_OID, f"{self.seed}/{line.number}")
        try:
            return uuid.UUID(stated)
        except ValueError:
            return None

    def _homes(self, lines: Sequence[Line]) -> dict[str, str]:
        """Return the organisations that mediators' rows name, by credit code."""
        if self.aggregate != "mediator":
            return {}
        own = rights.files(self.by, "organisation")
        if self.by.role is Role.ORGANISATION:
            return dict.fromkeys(["", *own.values_list("credit_code", flat=True)], self.by.seat)
        codes = list({line.cells.get(_(HOME), "") for line in lines})
        return {
            code: str(ref)
            for start in range(0, len(codes), 500)
            for code, ref in own.filter(credit_code__in=codes[start : start + 500]).values_list("credit_code", "ref")
        }

    def _marks(self, line: Line, step: Step) -> list[str]:
        marks = [str(step.row.ref)]
        if self.aggregate == "organisation" and (code := line.cells.get(_(self.fields["credit_code"].label), "")):
            marks.append(code.upper())
        if self.aggregate == "organisation" and step.opens:
            marks.append(f"name {step.label}")
        return marks

    def _step(
        self, line: Line, held: Mapping[str, Any], homes: Mapping[str, str], units: Collection[str]
    ) -> Step | None:
        ref = self._ref(line)
        named = bool(line.cells.get(_(REF), ""))
        row = held.get(str(ref))
        if ref is None or (named and row is None):
            self._wrong(line.number, _(REF), _("没有这份档案；新增的，这一列请留空"))
            return None
        values = self._values(line)
        label = line.cells.get(_(self.fields["name"].label), "")
        if row is None:
            values |= self._place(line, homes, units)
            return Step(line.number, label, new(self.aggregate, rights.platform, ref), True, values)
        before = {**row.contents(), **row.proposed}
        changes = {
            name: value
            for name, value in values.items()
            if value != before.get(name, filewords.EMPTY.get(self.fields[name].shape))
        }
        if changes and self.by.role is not Role.ORGANISATION:
            first = next(iter(changes))
            self._wrong(
                line.number, _(self.fields[first].label), _("档案已经存在，变更由调解组织自己办理；这里只能新建")
            )
        return Step(line.number, label, row, False, changes, filewords.compared(self.aggregate, before, changes))

    def _values(self, line: Line) -> dict[str, Any]:
        """Return what a row states, as far as its columns are there."""
        found = {}
        for label, name in self.labels.items():
            text, held = line.cells.get(label), bool(line.cells.get(_(REF)))
            if (text is None and held) or (not text and not held and not self.fields[name].required):
                # A column that is not there says nothing; a blank of a new file leaves what is usual.
                continue
            try:
                found[name] = filewords.read(name, self.fields[name], text or "", self.on)
            except filewords.Unreadable as wrong:
                self._wrong(line.number, label, str(wrong))
        return {name: value for name, value in found.items() if value is not None}

    def _place(self, line: Line, homes: Mapping[str, str], units: Collection[str]) -> dict[str, str]:
        """Return where a new file belongs."""
        if self.aggregate == "mediator":
            home = homes.get(line.cells.get(_(HOME), ""), "")
            if not home:
                self._wrong(line.number, _(HOME), _("没有这个组织，或者不归您办理"))
            return {"organisation": home}
        if self.by.role is Role.UNIT:
            return {"unit": self.by.seat}
        unit = line.cells.get(_("监管单位代码"), "")
        if unit not in units:
            self._wrong(line.number, _("监管单位代码"), _("没有这个监管单位"))
        return {"unit": unit}


class _TakenBack(Exception):
    """试办后撤回"""


def carry_out(plan: Plan, by: Actor, at: datetime, *, keep: bool) -> None:
    """This function will make every step of a plan at the door, in one transaction that is taken back unless it is to
    be kept and nothing was refused; refusals are put down as problems of their rows.
    """
    if plan.problems:
        return
    try:
        with transaction.atomic():
            for step in plan.steps:
                _make(plan, step, by, at)
            if plan.problems or not keep:
                raise _TakenBack
    except _TakenBack:
        return


def _make(plan: Plan, step: Step, by: Actor, at: datetime) -> None:
    try:
        if step.opens:
            opened = new(plan.aggregate, rights.platform, step.row.ref)
            rosteracts.act(opened, "open", by, at, step.stated)
            row = opened
        else:
            row = type(step.row).objects.get(pk=step.row.pk)
            rosteracts.edit_file(row, step.stated, by, at, row.entries)
        if plan.submits:
            rosteracts.act(row, "submit", by, at)
    except Refused as wrong:
        plan.problems.append(Problem(step.number, "—", filewords.said(wrong, at)))
    except f.Malformed as wrong:
        fact = filewords.fields_of(plan.aggregate).get(wrong.field)
        plan.problems.append(Problem(step.number, _(fact.label) if fact else "—", _(wrong.why)))
