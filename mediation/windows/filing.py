"""Many applications of one agent out of a workbook: read, tried row by row, shown, then all or none.

Lives here: the columns, turning a row into an application, trying and carrying out. Does not live here: opening
workbooks (``adminkit.workbooks``), what an application must say (``wizard``), what is lawful (the door).
Called by: ``addresses``.

A preview sends everything at the door inside a transaction that is taken back: what it says is what would happen.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from mediation import facts
from mediation.adminkit import spreadsheets, workbooks
from mediation.adminkit.workbooks import Line, Problem, WorkbookForm, WorkbookRefused
from mediation.models import Claim, Draft
from mediation.moves import Refused
from mediation.vocabulary import Cause, Institution, PartyKind, SessionMode, Stage, gettext_noop
from mediation.windows import actions
from mediation.windows.clients import Client, clients_of, crumbs
from mediation.windows.portal import Site, Window
from mediation.windows.wizard import RESPONDENTS, Application
from roster import companies
from roster.identity import normalise
from roster.models import Account
from roster.sealed import open_bytes, seal_bytes

_REMARK = re.compile(r"[（(].*[）)]$")
MOST_FILED = 200
KEPT_FOR = 3_600
CONSENT_COLUMNS = {
    Stage.MEDIATION: gettext_noop("委托人同意先行调解"),
    Stage.ONLINE: gettext_noop("委托人同意在线方式"),
    Stage.SENSITIVE_DATA: gettext_noop("委托人单独同意处理敏感个人信息"),
    Stage.DATA_SHARING: gettext_noop("委托人单独同意提供给法院和调解组织"),
    Stage.E_SERVICE: gettext_noop("委托人同意电子送达"),
}
"""Each consent is a client's own and stands in a column of its own (PIPL arts. 23, 29)."""

NUMBER, RESPONDENT = gettext_noop("委托人证件号码"), gettext_noop("被申请人全称")
COLUMNS: tuple[tuple[str, int, str], ...] = (
    (NUMBER, 24, "440301198501010006"),
    (RESPONDENT, 34, "恒泰达证券股份有限公司（演示）"),
    (gettext_noop("被申请人类型"), 18, gettext_noop("证券公司")),
    (gettext_noop("纠纷类型"), 28, gettext_noop("证券交易代理合同纠纷")),
    (gettext_noop("发生日期"), 14, "2025-06-12"),
    (gettext_noop("事情经过"), 50, gettext_noop("按时间顺序写清楚什么时候、发生了什么、损失怎样算出来。")),
    (gettext_noop("请求金额（元）"), 16, "12345.67"),
    (gettext_noop("请求"), 34, gettext_noop("赔偿损失。")),
    (gettext_noop("调解方式"), 20, gettext_noop("同时在线音视频")),
    (gettext_noop("受理机构"), 30, gettext_noop("调解组织或者法院的全称")),
    *((label, 22, gettext_noop("是")) for label in CONSENT_COLUMNS.values()),
)
NUMBER_OF = {
    **{name: RESPONDENT for name, _label, _hint in RESPONDENTS},
    "dispute": COLUMNS[5][0],
    "claim": COLUMNS[7][0],
    "addressee": COLUMNS[9][0],
}
"""In which column a fault of a step is to be mended; of every other step, with the client."""


@dataclass
class Plan:
    """A workbook that was looked through: the applications it makes, and what is wrong row by row."""

    applications: list[tuple[int, Application]]
    problems: list[Problem]
    token: str = ""
    sent: list[str] = field(default_factory=list)

    @property
    def shown_problems(self) -> list[Problem]:
        """The problems in the workbook's order."""
        return sorted(self.problems, key=lambda one: one.row)[:200]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What each row would file, in words."""
        return [
            {
                "number": number,
                "client": one.of("who").get("name", ""),
                "respondent": one.of("respondent").get("name", ""),
                "amount": one.of("claim").get("amount"),
                "cause": one.of("dispute").get("cause", ""),
            }
            for number, one in self.applications
        ]


def look_through(site: Site, account: Account, content: bytes, at: datetime) -> Plan:
    """Return what a workbook would file and what is wrong with it; raises WorkbookRefused."""
    headings = {_(label): label for label, _width, _example in COLUMNS}
    bare = {_REMARK.sub("", heading): label for heading, label in headings.items()}
    lines, problems = workbooks.read(content, set(bare), key=_(NUMBER))
    if len(lines) > MOST_FILED:
        raise WorkbookRefused(_("一次最多提交%(most)d件申请，请分成几份。") % {"most": MOST_FILED})
    seed = f"{account.ref.hex}/{hashlib.sha256(content).hexdigest()}"
    known = {normalise(one.number): one for one in clients_of(site, account, at) if one.number}
    made = []
    for line in lines:
        cells = {bare[heading]: text for heading, text in line.cells.items()}
        one = _application(site, account, line, cells, known, seed, at, problems)
        if one is not None:
            made.append((line.number, one))
    return Plan(made, problems)


def _application(
    site: Site,
    account: Account,
    line: Line,
    cells: Mapping[str, str],
    known: Mapping[str, Client],
    seed: str,
    at: datetime,
    problems: list[Problem],
) -> Application | None:
    """Return what a row comes to, or None where that cannot be said; faults are put down with their columns."""
    client = known.get(normalise(cells.get(NUMBER, "")))
    if client is None:
        why = _("没有这名委托人；请先在“我的委托人”里登记并上传授权委托书")
        problems.append(Problem(line.number, _(NUMBER), why))
        return None
    ref = uuid.uuid5(uuid.NAMESPACE_OID, f"{seed}/{line.number}")
    draft = Draft(platform=site.code, account=account, kind=site.opening, ref=ref, updated_at=at)
    one = Application(draft, account, site.plan, at)
    one.take_client(client.application)
    name = cells.get(RESPONDENT, "")
    company = companies.by_name(name)
    institution = _code(Institution, cells.get(COLUMNS[2][0], "")) or (company.institution.value if company else "")
    amount = cells.get(COLUMNS[6][0], "")
    yes = _("是")
    stated: dict[str, dict[str, Any]] = {
        "fit": {"about": "yes", "earlier": "no"},
        "respondent": {
            "kind": PartyKind.COMPANY.value,
            "name": name,
            "institution": institution or Institution.NONE.value,
            "credit_code": company.credit_code if company else "",
        },
        "dispute": {
            "cause": _code(Cause, cells.get(COLUMNS[3][0], "")),
            "occurred_on": cells.get(COLUMNS[4][0], ""),
            "text": cells.get(COLUMNS[5][0], ""),
        },
        "claim": {
            "amount": amount,
            "text": cells.get(COLUMNS[7][0], ""),
            "mode": _code(SessionMode, cells.get(COLUMNS[8][0], "")),
        },
        "addressee": _addressee(site, one, cells),
        "consent": {stage.value: "on" for stage, label in CONSENT_COLUMNS.items() if cells.get(label) == yes},
    }
    for step in one.plan:
        if step.name not in stated:
            continue
        form = step.form(one, {name: text for name, text in stated[step.name].items() if text})
        if form.is_valid():
            one.answers[step.name] = form.saved()
        else:
            for name, texts in form.errors.items():
                column = CONSENT_COLUMNS[Stage(name)] if step.name == "consent" else NUMBER_OF.get(step.name, NUMBER)
                problems.append(Problem(line.number, _(column), " ".join(map(str, texts))))
    if not any(problem.row == line.number for problem in problems):
        for step, why in one.faults():
            problems.append(Problem(line.number, _(NUMBER_OF.get(step.name, NUMBER)), f"{step.label}：{why}"))
    return one


def _addressee(site: Site, one: Application, cells: Mapping[str, str]) -> dict[str, str]:
    """Return whom a row names, as the platform's own step knows it: the step's choices are its labels."""
    one.answers["dispute"] = {"cause": _code(Cause, cells.get(COLUMNS[3][0], ""))}
    step = next(step for step in site.plan if step.name == "addressee")
    wanted = normalise(cells.get(COLUMNS[9][0], ""))
    for name, made in step.form(one).fields.items():
        for value, label in getattr(made, "choices", ()):
            if wanted in (normalise(str(label)), normalise(_REMARK.sub("", str(label)))):
                return {name: value}
    return {}


def _code(terms: Any, said: str) -> str:
    return next((term.value for term in terms if normalise(_(term.label)) == normalise(said)), "") if said else ""


def send(site: Site, plan: Plan, at: datetime, *, keep: bool) -> None:
    """This function will send every application of a plan in one transaction, and take all back unless ``keep``.

    What the door refuses is put down with its row, and then nothing is kept.
    """
    with transaction.atomic():
        for number, one in plan.applications:
            try:
                with transaction.atomic():
                    event = site.send(one)
                    one.draft.sent = str(event.case.ref)
                    if not Draft.objects.filter(ref=one.draft.ref).exists():
                        one.draft.answers = one.held()
                        one.draft.save()
                    Claim.objects.get_or_create(
                        case=event.case, party=event.by["ref"], account=one.account, defaults={"claimed_at": at}
                    )
                    plan.sent.append(str(event.case.ref))
            except Refused as refused:
                plan.problems.append(Problem(number, _(RESPONDENT), actions.spoken(refused, at)))
            except facts.Malformed as wrong:
                plan.problems.append(Problem(number, _(RESPONDENT), _(wrong.why)))
        if plan.problems or not keep:
            transaction.set_rollback(True)


class Filing(Window):
    """File for many clients at once: upload, look at every row, confirm."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask for the workbook."""
        return self._shown(self._form(), None)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Show what would be filed, or file what was shown."""
        token = request.POST.get("token", "")
        content = self._kept(token) if token else None
        form = self._form() if content is not None else self._form(request.POST, request.FILES)
        if content is None:
            if not form.is_valid():
                return self._shown(form, None, 422)
            content = form.cleaned_data["workbook"]
        try:
            plan = look_through(self.site, self.account, content, self.at)
        except WorkbookRefused as wrong:
            form = self._form(request.POST, request.FILES)
            form.add_error(None, str(wrong))
            return self._shown(form, None, 422)
        plan.token = hashlib.sha256(content).hexdigest()
        confirmed = bool(token and request.POST.get("truthful"))
        if not plan.problems:
            send(self.site, plan, self.at, keep=confirmed)
        if plan.problems:
            return self._shown(form, plan, 422)
        if confirmed:
            self.site.ring()
            cache.delete(self._key(plan.token))
            messages.success(request, _("已提交%(count)d件申请，每件都有回执和副本。") % {"count": len(plan.sent)})
            return self.to("clients")
        cache.set(self._key(plan.token), seal_bytes(content), KEPT_FOR)
        errors = [{"text": _("请确认内容真实，再提交。"), "url": "#id_truthful"}] if token else []
        return self._shown(form, plan, 422 if errors else 200, errors)

    def _form(self, *given: Any) -> WorkbookForm:
        return WorkbookForm([("applications", "")], *given)

    def _key(self, digest: str) -> str:
        return f"filing:{self.site.code}:{self.account.ref.hex}:{digest}"

    def _kept(self, token: str) -> bytes | None:
        sealed = cache.get(self._key(token)) if re.fullmatch(r"[0-9a-f]{64}", token) else None
        return None if sealed is None else open_bytes(sealed)

    def _shown(
        self, form: WorkbookForm, plan: Plan | None, status: int = 200, errors: Sequence[dict[str, str]] = ()
    ) -> HttpResponse:
        context = {"form": form, "plan": plan, "errors": errors, "most": MOST_FILED}
        return self.page("filing", {**context, "crumbs": crumbs(self.site, (_("批量提交申请"), ""))}, status)


class FilingTemplate(Window):
    """The workbook to be filled in, with the columns, an example, and the agent's clients."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Hand it out."""
        example = [_(text) for _label, _width, text in COLUMNS]
        rows = [[one.number, *[""] * (len(COLUMNS) - 1)] for one in clients_of(self.site, self.account, self.at)]
        note = _("每行一件申请；委托人先在“我的委托人”里登记。第一行是样例，提交前请删除。")
        headings = [(_(label), width) for label, width, _example in COLUMNS]
        return spreadsheets.answer(_("批量申请"), headings, [example, *rows], note)
