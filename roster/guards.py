"""What speaks against a roster move: each condition with its law, its reason and the next step, in Chinese.

Lives here: the guards. Does not live here: which move has which (``lifecycle``), reading other rows (``world``).
Called by: ``lifecycle`` (declares), the door (asks).

A guard with ``writer`` reads other rows and is asked by the owner alone; the other copy only knows the row itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from mediation.vocabulary import ChangeState, Consequence, FileState, ListingStatus, Role
from mediation.vocabulary import gettext_noop as _
from mediation.workdays import local_day
from roster.conditions import Condition, unmet

RESTING = frozenset({FileState.VERIFIED, FileState.SUSPENDED})
STANDING = frozenset({ListingStatus.LISTED, ListingStatus.SUSPENDED})


class Surroundings(Protocol):
    """What a writer's guard may ask about other rows of its platform."""

    def is_court(self, code: str) -> bool:
        """Tell whether there is such a court."""

    def is_file(self, organisation: str) -> bool:
        """Tell whether this platform holds an organisation's file that is in force."""

    def holds_credit_code(self, row: Any, credit_code: str) -> bool:
        """Tell whether another organisation in force has the same credit code."""

    def statuses(self, row: Any) -> dict[str, str]:
        """Return the standing of a file on the rosters of courts, by court code."""

    def conditions(self, listing: Any, on: date) -> list[Condition]:
        """Return the entry conditions of whoever a listing is about."""

    def may_adopt(self, listing: Any, source: str, on: date) -> bool:
        """Tell whether the source is an entry in force of the same entrant on a higher court's roster."""

    def has_removal(self, listing: Any, complaint: str) -> bool:
        """Tell whether this complaint about the entrant was upheld with removal, at the same court."""

    def has_open_campaign(self) -> bool:
        """Tell whether a consolidation is going on."""

    def is_entered(self, complaint: Any) -> bool:
        """Tell whether whoever the complaint is about is on the roster of its court."""


@dataclass(frozen=True)
class Judgement:
    """What a guard is asked about; ``world`` is there only for the writer."""

    row: Any
    by: Any
    at: datetime
    facts: dict[str, Any]
    world: Surroundings | None = None

    @property
    def on(self) -> date:
        """The day of the move in China."""
        return local_day(self.at)

    @property
    def around(self) -> Surroundings:
        """The surroundings, for a writer's guard."""
        assert self.world is not None
        return self.world


@dataclass(frozen=True)
class Guard:
    """One condition for a move."""

    code: str
    reason: str
    remedy: str
    law: tuple[str, ...]
    test: Callable[[Judgement], bool]
    writer: bool = False
    on_facts: bool = False


def _merged(question: Judgement, name: str) -> Any:
    """Return a value as the file would have it with what is proposed and stated now."""
    stated = question.facts.get("changes", question.facts)
    proposed = question.row.proposed or {}
    return stated.get(name, proposed.get(name, getattr(question.row, name)))


# Files.

has_change = Guard(
    "has_change", _("没有可以提交审核的内容"), _("请先填写变更内容"), ("N-4.3",),
    lambda q: q.row.state == FileState.DRAFT or q.row.change in (ChangeState.DRAFT, ChangeState.RETURNED),
)  # fmt: skip
awaits_review = Guard(
    "awaits_review", _("没有待审核的内容"), _("请等待调解组织提交"), ("N-4.3",),
    lambda q: q.row.state == FileState.SUBMITTED or q.row.change == ChangeState.SUBMITTED,
)  # fmt: skip
is_reviewer = Guard(
    "is_reviewer", _("该档案由其监管单位审核"), _("请等待监管单位审核"), ("N-4.3", "N-4.2d"),
    lambda q: q.by.role == Role.UNIT or not q.row.unit,
)  # fmt: skip
has_suggestion = Guard(
    "has_suggestion", _("没有调解员提出的更正"), _("请等待调解员提出"), ("N-4.3",),
    lambda q: bool(q.row.suggested),
)  # fmt: skip
can_edit = Guard(
    "can_edit", _("变更已提交审核，暂时不能再改"), _("请等待审核结果，或者请监管单位退回"), ("N-4.3",),
    lambda q: q.row.change != ChangeState.SUBMITTED,
)  # fmt: skip
fits_tariff = Guard(
    "fits_tariff", _("收取费用的应当公布收费标准"), _("请填写收费标准，或者改为不收费"), ("ZX-5",),
    lambda q: not _merged(q, "charges_fee") or not hasattr(q.row, "tariff") or bool(_merged(q, "tariff")),
    on_facts=True,
)  # fmt: skip
fits_same_place = Guard(
    "fits_same_place", _("所属组织和监管单位不能通过变更修改"), _("请在新的组织名下重新建立档案"), ("N-4.3",),
    lambda q: not {"organisation", "unit"} & set(q.facts["changes"]),
    on_facts=True,
)  # fmt: skip
fits_credit_code = Guard(
    "fits_credit_code", _("该统一社会信用代码已有调解组织使用"), _("请核对代码，或者在原档案上变更"), ("N-4.3",),
    lambda q: not hasattr(q.row, "credit_code")
    or not q.around.holds_credit_code(q.row, q.facts.get("changes", q.facts).get("credit_code", "")),
    writer=True, on_facts=True,
)  # fmt: skip
fits_organisation = Guard(
    "fits_organisation", _("所属组织的档案尚未核实或者已停止"), _("请先完成所属组织的档案核实"), ("TY-6",),
    lambda q: not hasattr(q.row, "organisation") or q.around.is_file(str(_merged(q, "organisation"))),
    writer=True,
)  # fmt: skip
can_verify = Guard(
    "can_verify", _("有变更正在审核，暂时不能确认核实"), _("请等待变更审核完成后再确认"), ("N-4.3",),
    lambda q: q.row.change != ChangeState.SUBMITTED,
)  # fmt: skip
fits_courts = Guard(
    "fits_courts", _("所选法院不存在"), _("请从法院名单中选择"), ("N-4.4a",),
    lambda q: all(q.around.is_court(code) for code in q.facts.get("courts", ())),
    writer=True, on_facts=True,
)  # fmt: skip
fits_new_courts = Guard(
    "fits_new_courts", _("所选法院中有的已将其列入名册、暂停或者除名"), _("请去掉这些法院后再推送"),
    ("N-4.4a", "TY-28"),
    lambda q: not {*STANDING, ListingStatus.REMOVED}
    & {ListingStatus(status) for court, status in q.around.statuses(q.row).items() if court in q.facts["courts"]},
    writer=True, on_facts=True,
)  # fmt: skip
fits_pushed_courts = Guard(
    "fits_pushed_courts", _("只能撤回法院尚未确认的推送"), _("已列入名册的，请办理退出"), ("N-4.4a",),
    lambda q: {ListingStatus.PUSHED.value}
    >= {status for court, status in q.around.statuses(q.row).items() if court in q.facts["courts"]},
    writer=True, on_facts=True,
)  # fmt: skip
fits_removal = Guard(
    "fits_removal", _("只有经查属实并决定除名的投诉才能除名"), _("请先由邀请法院对投诉作出处理"), ("TY-28", "ZX-29"),
    lambda q: q.row.sheet.get("complaints", {}).get(q.facts["complaint"], {}).get("consequence")
    == Consequence.REMOVAL,
    on_facts=True,
)  # fmt: skip
fits_asked = Guard(
    "fits_asked", _("没有这一征询，或者已经答复"), _("请查看法院的征询"), ("TY-5", "ZX-27"),
    lambda q: q.around.statuses(q.row).get(q.facts["court"]) == ListingStatus.ASKED,
    writer=True, on_facts=True,
)  # fmt: skip

# Listings.

fits_one = Guard(
    "fits_one", _("名册条目应当且只能指向一个调解组织或者一名调解员"), _("请核对后重新办理"), ("TY-6",),
    lambda q: ("organisation" in q.facts) != ("mediator" in q.facts), on_facts=True,
)  # fmt: skip
fits_same_entrant = Guard(
    "fits_same_entrant", _("与原名册条目不是同一法院或者同一对象"), _("请核对后重新办理"), ("TY-5",),
    lambda q: not q.row.entries
    or (q.row.court, q.row.entrant_kind, str(q.row.entrant))
    == (q.facts["court"], *next((kind, q.facts[kind]) for kind in ("organisation", "mediator") if kind in q.facts)),
    on_facts=True,
)  # fmt: skip
fits_term = Guard(
    "fits_term", _("有效期应当晚于列入日期"), _("请重新填写有效期"), ("TY-5",),
    lambda q: q.facts.get("expires_on", "9999-12-31") > q.facts.get("listed_on", q.on.isoformat()), on_facts=True,
)  # fmt: skip
fits_conditions = Guard(
    "fits_conditions", _("尚有不符合的入册条件"), _("请核对入册条件；确有不符合的，请注明该条件后不予列入"),
    ("N-4.4b", "TY-6"), lambda q: not unmet(q.around.conditions(q.row, q.on)), writer=True,
)  # fmt: skip
fits_unmet = Guard(
    "fits_unmet", _("符合条件的应当列入名册；所注明的条件并非不符合"),
    _("请注明档案确实不符合的入册条件，或者予以确认"),
    ("N-4.4b", "TY-6"),
    lambda q: q.facts["condition"] in [found.code for found in unmet(q.around.conditions(q.row, q.on))],
    writer=True, on_facts=True,
)  # fmt: skip
fits_higher_entry = Guard(
    "fits_higher_entry", _("只能使用上级法院名册中有效的条目"), _("请从上级法院的名册中选择"), ("TY-5", "ZX-27"),
    lambda q: q.around.may_adopt(q.row, q.facts["source"], q.on), writer=True, on_facts=True,
)  # fmt: skip
fits_upheld = Guard(
    "fits_upheld", _("只有经查属实并决定除名的投诉才能除名"), _("请先对投诉作出处理"), ("TY-28", "ZX-29"),
    lambda q: q.around.has_removal(q.row, q.facts["complaint"]), writer=True, on_facts=True,
)  # fmt: skip
has_expired = Guard(
    "has_expired", _("名册条目尚未期满"), _("请等待有效期届满"), ("TY-5",),
    lambda q: q.row.expires_on is not None and q.row.expires_on < q.on,
)  # fmt: skip

# Recognition, complaints, campaigns.

has_not_approved = Guard(
    "has_not_approved", _("您所在的部门已经同意"), _("请等待其他部门的意见"), ("N-4.4c",),
    lambda q: q.by.role.value not in q.row.sheet.get("approvals", {}),
)  # fmt: skip
fits_entered = Guard(
    "fits_entered", _("被投诉的调解组织或者调解员不在本院名册中"), _("请向邀请该组织或者调解员的法院投诉"), ("TY-28",),
    lambda q: q.around.is_entered(q.row), writer=True,
)  # fmt: skip
fits_consequence = Guard(
    "fits_consequence", _("经查属实的应当写明处理结果，不属实的不能处理"), _("请选择处理结果"), ("TY-28", "ZX-29"),
    lambda q: q.facts["upheld"] == ("consequence" in q.facts), on_facts=True,
)  # fmt: skip
fits_complainant = Guard(
    "fits_complainant", _("只有投诉人本人可以撤回投诉"), _("请由投诉人办理"), ("TY-28",),
    lambda q: q.row.complainant == q.by.ref,
)  # fmt: skip
is_only_campaign = Guard(
    "is_only_campaign", _("已有集中核实正在进行"), _("请先结束正在进行的集中核实"), ("N-4.3",),
    lambda q: not q.around.has_open_campaign(), writer=True,
)  # fmt: skip
is_new_reminder = Guard(
    "is_new_reminder", _("这一日的催办已经发出"), _("请等待下一个催办日"), ("N-4.3",),
    lambda q: "due" not in q.facts or q.facts["due"] > q.row.figures.get("due", ""), on_facts=True,
)  # fmt: skip
fits_period = Guard(
    "fits_period", _("截止日期应当晚于开始日期"), _("请重新填写日期"), ("N-4.3",),
    lambda q: q.facts["until"] > q.facts["since"], on_facts=True,
)  # fmt: skip
