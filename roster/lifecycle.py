"""The rule table of the roster: files, listings, joint recognition, complaints and campaigns, one transition per move.

Lives here: who owns which aggregate, its moves and what they declare, the bodies that note facts on the row.
Does not live here: whether a move may be made now (``moves`` judges), conditions (``guards``), columns (``models``).
Called by: the door, and everything that shows or documents the rules. ``docs/roster.md`` is generated from this file.

A body only notes its facts on the row, so that folding a journal gives the row again.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy
from django_fsm import GET_STATE, FSMField, FSMModelMixin, transition

from mediation.vocabulary import (
    CampaignState,
    ChangeState,
    ComplaintGround,
    ComplaintState,
    Consequence,
    CourtLevel,
    EntryCondition,
    FileState,
    ListingStatus,
    PauseGround,
    RecognitionState,
    Role,
    Seat,
    Term,
)
from mediation.vocabulary import gettext_noop as _
from mediation.workdays import local_day
from roster import facts as f
from roster import guards as g

R, F, L = Role, FileState, ListingStatus

ORGANISATION, MEDIATOR, LISTING = "organisation", "mediator", "listing"
RECOGNITION, COMPLAINT, CAMPAIGN = "recognition", "complaint", "campaign"
FILE_KINDS = (ORGANISATION, MEDIATOR)

OWNERS: dict[str, Seat] = {
    ORGANISATION: Seat.ORGANISATION,
    MEDIATOR: Seat.ORGANISATION,
    CAMPAIGN: Seat.ORGANISATION,
    LISTING: Seat.COURT,
    RECOGNITION: Seat.COURT,
    COMPLAINT: Seat.COURT,
}
"""Whose platform alone writes the journal of an aggregate, for all its life."""

STATES: dict[str, type[Term]] = {
    ORGANISATION: FileState,
    MEDIATOR: FileState,
    LISTING: ListingStatus,
    RECOGNITION: RecognitionState,
    COMPLAINT: ComplaintState,
    CAMPAIGN: CampaignState,
}

STAYS_HOME = frozenset({CAMPAIGN})
"""Aggregates that never cross: the other platform has no part in them."""


@dataclass(frozen=True)
class Move:
    """One line of the rule table, read from its transition."""

    aggregate: str
    name: str
    label: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    by: frozenset[Role]
    law: tuple[str, ...]
    guards: tuple[g.Guard, ...]
    facts: Mapping[str, f.Fact]
    note: str
    shares: bool = False
    certifies: bool = False
    text: str = ""

    @property
    def creates(self) -> bool:
        """Tell whether the move can begin a row."""
        return "" in self.sources

    @property
    def by_people(self) -> bool:
        """Tell whether a person can make the move (as against a clock or a platform)."""
        return bool(self.by - {Role.CLOCK, Role.PLATFORM})


MOVES: dict[str, dict[str, Move]] = {aggregate: {} for aggregate in OWNERS}
"""The declared moves by aggregate and name: the only names that may ever come off the wire."""

Roles = Iterable[Role] | Mapping[str, Iterable[Role]]


def move(
    aggregates: tuple[str, ...],
    label: str,
    source: Iterable[str],
    target: str | tuple[Callable[..., str], tuple[str, ...]] | None,
    *,
    by: Roles,
    law: Iterable[str],
    guards: Iterable[g.Guard] = (),
    facts: Mapping[str, f.Fact] | Mapping[str, Mapping[str, f.Fact]] | None = None,
    shares: bool = False,
    certifies: bool = False,
    text: str = "",
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare a move of one or more aggregates; roles and facts may differ by aggregate.

    A callable target is (function of the row and the facts, the states it may give); ``shares`` tells the peer of the
    row from now on, ``certifies`` has the door allocate a certificate, ``text`` labels a sealed text that goes with it.
    """

    def wrap(body: Callable[..., None]) -> Callable[..., None]:
        sources = tuple(str(state) for state in source)
        targets = () if target is None else target[1] if isinstance(target, tuple) else (target,)
        for aggregate in aggregates:
            roles = by.get(aggregate, ()) if isinstance(by, Mapping) else by
            stated: Any = facts or {}
            MOVES[aggregate][body.__name__] = Move(
                aggregate,
                body.__name__,
                label,
                sources,
                tuple(str(state) for state in targets),
                frozenset(roles),
                tuple(law),
                tuple(guards),
                stated.get(aggregate, stated) if set(stated) <= set(OWNERS) and stated else stated,
                " ".join((body.__doc__ or "").split()),
                shares,
                certifies,
                text,
            )
        fsm_target = GET_STATE(target[0], states=list(targets)) if isinstance(target, tuple) else target
        column = "status" if LISTING in aggregates else "state"
        return transition(field=column, source=list(sources), target=fsm_target)(body)

    return wrap


class Aggregate(FSMModelMixin, models.Model):
    """One platform's copy of something with a journal: the fold up to ``entries``, whose last hash is ``head``.

    ``shared`` once the peer is told of it; ``frozen`` is why a human must look first; ``since`` when it came to its
    state. A row without entries was loaded bare and has no journal yet.
    """

    aggregate: str
    folded: tuple[str, ...]

    platform = models.CharField(gettext_lazy("平台"), max_length=32)
    ref = models.UUIDField(gettext_lazy("标识"), default=uuid.uuid4)
    sheet = models.JSONField(default=dict, blank=True)
    since = models.DateTimeField(gettext_lazy("状态起始"), null=True, blank=True)
    shared = models.BooleanField(default=False)
    entries = models.PositiveIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True, default="")
    frozen = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        abstract = True

    @property
    def owner(self) -> Seat:
        """The seat whose platform alone writes here."""
        return OWNERS[self.aggregate]

    @property
    def standing(self) -> str:
        """The state as a code, whichever column keeps it."""
        return str(getattr(self, "status" if self.aggregate == LISTING else "state"))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


# Files.

COURTS_FACT = f.many(f.court(_("法院")), most=4_000)
REASON_FACT = f.text(_("理由"), 500)
KEEPER_OF_FILE = (R.ORGANISATION,)
STAFF_OF_FILE = {ORGANISATION: (R.ORGANISATION,), MEDIATOR: (R.ORGANISATION, R.MEDIATOR)}
PUSHERS = {ORGANISATION: (R.PROTECTION_BUREAU,), MEDIATOR: (R.UNIT,)}
REVIEWERS = (R.UNIT, R.PROTECTION_BUREAU)
_BOTH = FILE_KINDS
_IN_FORCE = (F.VERIFIED, F.SUSPENDED)


def _edited(row: Any, **_: Any) -> str:
    return str(row.state)


def _reviewed(row: Any, **_: Any) -> str:
    return F.VERIFIED.value if row.state == F.SUBMITTED else str(row.state)


def _submitted(row: Any, **_: Any) -> str:
    return F.SUBMITTED.value if row.state == F.DRAFT else str(row.state)


def _returned(row: Any, **_: Any) -> str:
    return F.DRAFT.value if row.state == F.SUBMITTED else str(row.state)


def _left(row: Any, *, facts: dict[str, Any], **_: Any) -> str:
    return str(row.state) if facts.get("courts") else F.LEFT.value


class FileLifecycle(Aggregate):
    """The file of an organisation or a mediator: the approved version in the columns, a change proposed beside it.

    ``proposed`` holds only the values that would change, ``change`` how far they have come.
    """

    state = FSMField(
        gettext_lazy("档案状态"), default=F.VERIFIED.value, protected=True, max_length=12, choices=FileState.choices()
    )
    active = models.BooleanField(gettext_lazy("正常开展工作"), default=True)
    verified_on = models.DateField(gettext_lazy("最近核实日期"), null=True, blank=True)
    change = models.CharField(
        gettext_lazy("变更状态"), max_length=12, blank=True, default="", choices=ChangeState.choices()
    )
    proposed = models.JSONField(gettext_lazy("拟变更内容"), default=dict, blank=True)
    reason = models.CharField(gettext_lazy("说明"), max_length=500, blank=True, default="")

    class Meta:
        abstract = True

    def contents(self) -> dict[str, Any]:
        """Return the approved values as a move states them."""
        found = {name: getattr(self, name) for name in f.FILES[self.aggregate]}
        return {
            name: value.isoformat()
            if isinstance(value, date)
            else str(value)
            if isinstance(value, uuid.UUID)
            else value
            for name, value in found.items()
            if value is not None and value != ""
        }

    def differences(self) -> list[tuple[str, Any, Any]]:
        """Return (name, approved value, proposed value) of what a proposed change would alter, in the file's order."""
        held = self.contents()
        return [
            (name, held.get(name), self.proposed[name])
            for name in f.FILES[self.aggregate]
            if name in self.proposed and self.proposed[name] != held.get(name)
        ]

    @property
    def suggested(self) -> dict[str, Any]:
        """The corrections that a mediator has suggested and the organisation has not answered."""
        found: dict[str, Any] = self.sheet.get("suggested", {})
        return found

    def _take(self, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            column = self._meta.get_field(name)
            if isinstance(column, models.DateField):
                value = _day(value)
            elif isinstance(column, models.UUIDField):
                value = uuid.UUID(value)
            setattr(self, name, value)
        if "employment" in values:
            self.employers = [post["employer"] for post in values["employment"]]

    def _change(self, changes: Mapping[str, Any]) -> None:
        """Change a draft, or propose beside the version in force; what it says already is no change."""
        if self.state == F.DRAFT:
            self._take(changes)
        else:
            held = self.contents()
            proposed = {**self.proposed, **changes}
            self.proposed = {name: value for name, value in proposed.items() if value != held.get(name, "")}
            self.change = ChangeState.DRAFT.value if self.proposed else ""

    def _suggest(self, changes: Mapping[str, Any]) -> None:
        self.sheet = {key: value for key, value in self.sheet.items() if key != "suggested"}
        if changes:
            self.sheet = {**self.sheet, "suggested": dict(changes)}

    def _clear_change(self) -> None:
        self.proposed, self.change, self.reason = {}, "", ""

    @move(
        _BOTH,
        _("建立档案"),
        ("",),
        F.DRAFT,
        by={ORGANISATION: (R.ORGANISATION, R.UNIT, R.PROTECTION_BUREAU), MEDIATOR: (R.ORGANISATION, R.UNIT)},
        law=("N-4.3", "TY-6"),
        guards=(g.fits_tariff, g.fits_credit_code, g.fits_organisation),
        facts=f.FILES,
    )
    def open(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Open the file of an organisation, or of a mediator under one."""
        self._take(facts)

    @move(
        _BOTH,
        _("由既有名册转入"),
        ("",),
        F.VERIFIED,
        by=(R.PLATFORM,),
        law=("N-4.3",),
        facts={
            kind: {
                **{name: replace(fact, required=name in ("name", "organisation")) for name, fact in fields.items()},
                "verified_on": f.day(_("最近核实日期"), required=False),
            }
            for kind, fields in f.FILES.items()
        },
        shares=True,
    )
    def take_over(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Begin the journal of a file that was kept before there were journals."""
        self._take(facts)

    @move(
        _BOTH,
        _("修改档案"),
        (F.DRAFT, *_IN_FORCE),
        (_edited, (F.DRAFT, *_IN_FORCE)),
        by=KEEPER_OF_FILE,
        law=("N-4.3",),
        guards=(g.can_edit, g.fits_tariff, g.fits_same_place, g.fits_credit_code),
        facts={kind: {"changes": f.some(_("变更内容"), fields)} for kind, fields in f.FILES.items()},
    )
    def edit(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Change a draft, or propose changes beside the version in force."""
        self._change(facts["changes"])

    @move(
        _BOTH,
        _("提交审核"),
        (F.DRAFT, *_IN_FORCE),
        (_submitted, (F.SUBMITTED, *_IN_FORCE)),
        by=KEEPER_OF_FILE,
        law=("N-4.3",),
        guards=(g.has_change,),
    )
    def submit(self, **_: Any) -> None:
        """Hand a new file or a proposed change to the supervising unit."""
        self.reason = ""
        self.change = ChangeState.SUBMITTED.value if self.state != F.DRAFT else ""

    @move(
        _BOTH,
        _("审核通过"),
        (F.SUBMITTED, *_IN_FORCE),
        (_reviewed, _IN_FORCE),
        by=REVIEWERS,
        law=("N-4.3", "N-4.2d"),
        guards=(g.awaits_review, g.is_reviewer),
    )
    def approve(self, *, at: datetime, **_: Any) -> None:
        """Approve a new file or a change; an approved new file counts as verified that day."""
        if self.state == F.SUBMITTED:
            self.verified_on = local_day(at)
        self._take(self.proposed)
        self._clear_change()

    @move(
        _BOTH,
        _("退回修改"),
        (F.SUBMITTED, *_IN_FORCE),
        (_returned, (F.DRAFT, *_IN_FORCE)),
        by=REVIEWERS,
        law=("N-4.3",),
        guards=(g.awaits_review, g.is_reviewer),
        facts={"reason": REASON_FACT},
    )
    def return_edit(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Return a new file or a change with the reason."""
        self.reason = facts["reason"]
        self.change = ChangeState.RETURNED.value if self.state != F.SUBMITTED else ""

    @move(
        _BOTH,
        _("确认档案属实"),
        (F.VERIFIED,),
        None,
        by=STAFF_OF_FILE,
        law=("N-4.3",),
        guards=(g.can_verify,),
        facts={"campaign": f.ref(_("集中核实"), "campaign", required=False)},
    )
    def verify(self, *, at: datetime, **_: Any) -> None:
        """Confirm in a periodic consolidation that the file is true."""
        self.verified_on = local_day(at)

    @move(
        _BOTH,
        _("推送法院"),
        (F.VERIFIED,),
        None,
        by=PUSHERS,
        law=("N-4.4a",),
        guards=(g.fits_organisation, g.fits_courts, g.fits_new_courts),
        facts={"courts": COURTS_FACT, "batch": f.ref(_("批次"), "batch", required=False)},
        shares=True,
    )
    def push(self, *, facts: dict[str, Any], at: datetime, **_: Any) -> None:
        """Push to courts for confirmation: organisations by the bureau, mediators by their unit; again if corrected."""
        pushed = dict.fromkeys(facts["courts"], local_day(at).isoformat())
        self.sheet = {**self.sheet, "pushed": {**self.sheet.get("pushed", {}), **pushed}}

    @move(
        _BOTH,
        _("撤回推送"),
        _IN_FORCE,
        None,
        by=PUSHERS,
        law=("N-4.4a",),
        guards=(g.fits_pushed_courts,),
        facts={"courts": COURTS_FACT, "reason": REASON_FACT},
    )
    def withdraw_push(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Take back what the courts have not confirmed yet."""
        kept = {code: day for code, day in self.sheet.get("pushed", {}).items() if code not in facts["courts"]}
        self.sheet = {**self.sheet, "pushed": kept}

    @move(
        _BOTH,
        _("暂停"),
        (F.VERIFIED,),
        F.SUSPENDED,
        by=(R.UNIT, R.PROTECTION_BUREAU),
        law=("N-4.2b", "N-4.3"),
        facts={"ground": f.code(_("事由"), PauseGround), "reason": f.text(_("说明"), 500, required=False)},
    )
    def suspend(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Stop taking cases for a time, at every court."""
        self.reason = facts.get("reason", "")
        self.sheet = {**self.sheet, "ground": facts["ground"]}

    @move(
        _BOTH,
        _("恢复"),
        (F.SUSPENDED,),
        F.VERIFIED,
        by=(R.UNIT, R.PROTECTION_BUREAU),
        law=("N-4.2b", "N-4.3"),
    )
    def resume(self, **_: Any) -> None:
        """Go on after a suspension."""
        self.reason = ""
        self.sheet = {key: value for key, value in self.sheet.items() if key != "ground"}

    @move(
        _BOTH,
        _("自愿退出"),
        (F.DRAFT, F.SUBMITTED, *_IN_FORCE),
        (_left, (F.LEFT, *_IN_FORCE)),
        by={**STAFF_OF_FILE, MEDIATOR: (R.ORGANISATION, R.MEDIATOR, R.PLATFORM)},
        law=("TY-5", "TY-10"),
        guards=(g.fits_courts,),
        facts={
            "courts": f.many(f.court(_("法院（不选为全部退出）")), required=False, most=4_000),
            "reason": f.text(_("理由"), 500, required=False),
        },
    )
    def leave(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Leave the rosters of the named courts, or all of them and the platform."""
        gone = facts.get("courts") or list(self.sheet.get("pushed", {}))
        kept = {code: day for code, day in self.sheet.get("pushed", {}).items() if code not in gone}
        self.sheet = {**self.sheet, "pushed": kept}
        if not facts.get("courts"):
            self._clear_change()

    @move(
        _BOTH,
        _("除名"),
        _IN_FORCE,
        F.REMOVED,
        by=PUSHERS,
        law=("TY-28", "ZX-29"),
        guards=(g.fits_removal,),
        facts={"complaint": f.ref(_("投诉"), "complaint")},
    )
    def remove(self, **_: Any) -> None:
        """Strike off everywhere, after a court has upheld a complaint with removal."""
        self._clear_change()

    @move(
        _BOTH,
        _("获知投诉处理结果"),
        tuple(F),
        None,
        by=(R.PLATFORM,),
        law=("ZX-29",),
        facts={
            "complaint": f.ref(_("投诉"), "complaint"),
            "court": f.court(_("法院")),
            "ground": f.code(_("投诉事由"), ComplaintGround),
            "upheld": f.flag(_("是否属实")),
            "consequence": f.code(_("处理结果"), Consequence, required=False),
        },
    )
    def note_complaint(self, *, facts: dict[str, Any], at: datetime, **_: Any) -> None:
        """Note what a court has decided on a complaint, for the supervising unit."""
        noted = {
            "court": facts["court"],
            "ground": facts["ground"],
            "upheld": facts["upheld"],
            "consequence": facts.get("consequence", ""),
            "on": local_day(at).isoformat(),
        }
        self.sheet = {**self.sheet, "complaints": {**self.sheet.get("complaints", {}), facts["complaint"]: noted}}

    @move(
        _BOTH,
        _("提名共同认定"),
        (F.VERIFIED,),
        None,
        by=(R.PROTECTION_BUREAU,),
        law=("N-4.4c",),
        guards=(g.fits_organisation,),
        facts={
            "recognition": f.ref(_("共同认定"), "recognition"),
            "levels": f.many(f.code(_("法院层级"), CourtLevel), most=len(CourtLevel)),
        },
        shares=True,
    )
    def nominate(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Nominate for joint recognition, which is the bureau's own approval."""
        self.sheet = {**self.sheet, "nominated": facts["recognition"]}

    @move(
        _BOTH,
        _("答复使用上级名册的征询"),
        _IN_FORCE,
        None,
        by=STAFF_OF_FILE,
        law=("TY-5", "ZX-27"),
        guards=(g.fits_asked,),
        facts={"court": f.court(_("法院")), "agreed": f.flag(_("同意"))},
    )
    def answer_adoption(self, **_: Any) -> None:
        """Agree, or not, to be on the roster of a lower court that uses a higher court's."""

    @move(
        (MEDIATOR,),
        _("提出更正"),
        (F.DRAFT, F.SUBMITTED, *_IN_FORCE),
        None,
        by=(R.MEDIATOR,),
        law=("N-4.3", "TY-8"),
        guards=(g.fits_same_place,),
        facts={
            "changes": f.some(_("更正内容"), f.MEDIATOR_FILE),
            "reason": f.text(_("说明"), 500, required=False),
        },
    )
    def suggest(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Suggest corrections of one's own file to the organisation, which alone changes it."""
        held = {**self.contents(), **self.proposed}
        wanted = {**self.suggested, **facts["changes"]}
        self._suggest({name: value for name, value in wanted.items() if value != held.get(name, "")})

    @move(
        (MEDIATOR,),
        _("采纳更正"),
        (F.DRAFT, *_IN_FORCE),
        (_edited, (F.DRAFT, *_IN_FORCE)),
        by=KEEPER_OF_FILE,
        law=("N-4.3",),
        guards=(g.has_suggestion, g.can_edit),
    )
    def take_up(self, **_: Any) -> None:
        """Take what the mediator suggested into the file, as a change that is then reviewed."""
        changes = self.suggested
        self._suggest({})
        self._change(changes)

    @move(
        (MEDIATOR,),
        _("不采纳更正"),
        (F.DRAFT, F.SUBMITTED, *_IN_FORCE),
        None,
        by=KEEPER_OF_FILE,
        law=("N-4.3",),
        guards=(g.has_suggestion,),
        facts={"reason": REASON_FACT},
    )
    def turn_down(self, **_: Any) -> None:
        """Tell the mediator why a suggested correction is not taken into the file."""
        self._suggest({})


# Listings.

ENTRANT_FACTS = {
    "organisation": f.ref(_("调解组织"), ORGANISATION, required=False),
    "mediator": f.ref(_("调解员"), MEDIATOR, required=False),
}
CERTIFICATE_FACTS = {
    "certificate_number": f.text(_("证书编号"), 60),
    "verification_code": f.text(_("验证码"), 20),
    "listed_on": f.day(_("列入日期")),
    "expires_on": f.day(_("有效期至"), required=False),
}
COURT_STAFF = (R.CLERK, R.COURT_LEADER)
CLOSED = (L.REFUSED, L.WITHDRAWN, L.EXITED, L.EXPIRED, L.DECLINED)
"""Whence somebody may come again; after removal nobody does."""
_WAITING = (L.PUSHED, L.RECOGNISED)
_ENTERED = (L.LISTED, L.SUSPENDED)


def _carried_over(row: Any, *, facts: dict[str, Any], **_: Any) -> str:
    return str(facts["status"])


class ListingLifecycle(Aggregate):
    """The standing of one organisation or mediator on one court's roster."""

    status = FSMField(
        gettext_lazy("名册状态"), default="", protected=True, max_length=16, choices=ListingStatus.choices()
    )
    court = models.CharField(gettext_lazy("法院代字"), max_length=12)
    organisation = models.UUIDField(gettext_lazy("调解组织"), null=True, blank=True)
    mediator = models.UUIDField(gettext_lazy("调解员"), null=True, blank=True)
    certificate_number = models.CharField(gettext_lazy("证书编号"), max_length=60, blank=True)
    verification_code = models.CharField(gettext_lazy("验证码"), max_length=20, blank=True, default="")
    listed_on = models.DateField(gettext_lazy("列入日期"), null=True, blank=True)
    expires_on = models.DateField(gettext_lazy("有效期至"), null=True, blank=True)
    condition = models.CharField(
        gettext_lazy("不符合的条件"), max_length=16, blank=True, default="", choices=EntryCondition.choices()
    )
    reason = models.CharField(gettext_lazy("说明"), max_length=500, blank=True, default="")

    class Meta:
        abstract = True

    @property
    def entrant_kind(self) -> str:
        """Whether this is about an organisation or a mediator."""
        return ORGANISATION if self.organisation else MEDIATOR

    @property
    def entrant(self) -> uuid.UUID | None:
        """The reference of whoever this is about."""
        return self.organisation or self.mediator

    def _begin(self, facts: dict[str, Any], **notes: Any) -> None:
        self.court = facts["court"]
        self.organisation = uuid.UUID(facts["organisation"]) if "organisation" in facts else None
        self.mediator = uuid.UUID(facts["mediator"]) if "mediator" in facts else None
        self.condition = self.reason = ""
        self.sheet = {key: value for key, value in notes.items() if value is not None}

    def _certify(self, facts: dict[str, Any]) -> None:
        self.certificate_number, self.verification_code = facts["certificate_number"], facts["verification_code"]
        self.listed_on, self.expires_on = _day(facts["listed_on"]), _day(facts.get("expires_on", ""))
        self.condition = self.reason = ""

    @move(
        (LISTING,),
        _("收到推送"),
        ("", *CLOSED, L.PUSHED),
        L.PUSHED,
        by=(R.PLATFORM,),
        law=("N-4.4a",),
        guards=(g.fits_one, g.fits_same_entrant),
        facts={
            **ENTRANT_FACTS,
            "court": f.court(_("法院")),
            "file": f.count(_("档案流水编号")),
            "batch": f.ref(_("批次"), "batch", required=False),
        },
        shares=True,
    )
    def receive_push(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Enter what was pushed, for the court to confirm; a corrected push takes the place of the old one."""
        self._begin(facts, file=facts["file"], batch=facts.get("batch"))

    @move(
        (LISTING,),
        _("收到共同认定结果"),
        ("", *CLOSED, L.PUSHED),
        L.RECOGNISED,
        by=(R.PLATFORM,),
        law=("N-4.4c",),
        guards=(g.fits_one, g.fits_same_entrant),
        facts={
            **ENTRANT_FACTS,
            "court": f.court(_("法院")),
            "recognition": f.ref(_("共同认定"), "recognition"),
        },
        shares=True,
    )
    def receive_recognised(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Enter whoever was jointly recognised, for the court to confirm."""
        self._begin(facts, recognition=facts["recognition"])

    @move(
        (LISTING,),
        _("由既有名册转入"),
        ("",),
        (_carried_over, tuple(L)),
        by=(R.PLATFORM,),
        law=("TY-5",),
        guards=(g.fits_one, g.fits_same_entrant),
        facts={
            **ENTRANT_FACTS,
            "court": f.court(_("法院")),
            "status": f.code(_("名册状态"), ListingStatus),
            "certificate_number": f.text(_("证书编号"), 60, required=False),
            "verification_code": f.text(_("验证码"), 20, required=False),
            "listed_on": f.day(_("列入日期"), required=False),
            "expires_on": f.day(_("有效期至"), required=False),
        },
        shares=True,
    )
    def take_over(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Begin the journal of an entry that was kept before there were journals."""
        self._begin(facts)
        self._certify({"certificate_number": "", "verification_code": "", "listed_on": "", **facts})

    @move(
        (LISTING,),
        _("确认列入名册"),
        _WAITING,
        L.LISTED,
        by=COURT_STAFF,
        law=("N-4.4b", "TY-5"),
        guards=(g.fits_term, g.fits_conditions),
        facts=CERTIFICATE_FACTS,
        certifies=True,
    )
    def confirm(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Enter on the court's roster with a certificate; owed to whoever meets the conditions."""
        self._certify(facts)

    @move(
        (LISTING,),
        _("不予列入"),
        _WAITING,
        L.REFUSED,
        by=COURT_STAFF,
        law=("N-4.4b", "TY-6"),
        guards=(g.fits_unmet,),
        facts={
            "condition": f.code(_("不符合的条件"), EntryCondition),
            "reason": f.text(_("说明"), 500, required=False),
        },
    )
    def refuse(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Refuse for a named condition that the file really does not meet."""
        self.condition, self.reason = facts["condition"], facts.get("reason", "")

    @move(
        (LISTING,),
        _("推送已撤回"),
        (L.PUSHED,),
        L.WITHDRAWN,
        by=(R.PLATFORM,),
        law=("N-4.4a",),
        facts={"reason": f.text(_("说明"), 500, required=False)},
    )
    def withdraw(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Note that the push was taken back."""
        self.reason = facts.get("reason", "")

    @move(
        (LISTING,),
        _("暂停"),
        (L.LISTED,),
        L.SUSPENDED,
        by=COURT_STAFF,
        law=("TY-10", "ZX-27"),
        facts={"ground": f.code(_("事由"), PauseGround), "reason": f.text(_("说明"), 500, required=False)},
    )
    def suspend(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Stop choosing this entrant at this court for a time."""
        self.reason = facts.get("reason", "")
        self.sheet = {**self.sheet, "ground": facts["ground"]}

    @move(
        (LISTING,),
        _("恢复"),
        (L.SUSPENDED,),
        L.LISTED,
        by=COURT_STAFF,
        law=("TY-10", "ZX-27"),
    )
    def resume(self, **_: Any) -> None:
        """Go on after a suspension."""
        self.reason = ""
        self.sheet = {key: value for key, value in self.sheet.items() if key != "ground"}

    @move(
        (LISTING,),
        _("除名"),
        _ENTERED,
        L.REMOVED,
        by=(*COURT_STAFF, R.PLATFORM),
        law=("TY-28", "ZX-29"),
        guards=(g.fits_upheld,),
        facts={"complaint": f.ref(_("投诉"), "complaint")},
    )
    def remove(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Strike off after an upheld complaint."""
        self.sheet = {**self.sheet, "complaint": facts["complaint"]}

    @move(
        (LISTING,),
        _("记入投诉处理结果"),
        _ENTERED,
        None,
        by=(R.PLATFORM,),
        law=("TY-28", "ZX-29"),
        facts={
            "complaint": f.ref(_("投诉"), "complaint"),
            "consequence": f.code(_("处理结果"), Consequence),
        },
    )
    def note_consequence(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Note an order to correct, a warning or a circular after an upheld complaint."""
        noted = {**self.sheet.get("consequences", {}), facts["complaint"]: facts["consequence"]}
        self.sheet = {**self.sheet, "consequences": noted}

    @move(
        (LISTING,),
        _("退出"),
        (*_WAITING, L.ASKED, *_ENTERED),
        L.EXITED,
        by=(R.PLATFORM,),
        law=("TY-5", "TY-10"),
        facts={"reason": f.text(_("说明"), 500, required=False)},
    )
    def exit(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Take off the roster whoever leaves."""
        self.reason = facts.get("reason", "")

    @move(
        (LISTING,),
        _("期满"),
        _ENTERED,
        L.EXPIRED,
        by=(R.CLOCK,),
        law=("TY-5",),
        guards=(g.has_expired,),
    )
    def expire(self, **_: Any) -> None:
        """Take off the roster once the term is over."""

    @move(
        (LISTING,),
        _("续期"),
        (L.LISTED, L.EXPIRED),
        L.LISTED,
        by=COURT_STAFF,
        law=("TY-5", "TY-10"),
        guards=(g.fits_term, g.fits_conditions),
        facts=CERTIFICATE_FACTS,
        certifies=True,
    )
    def renew(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Begin a new term with a new certificate."""
        self._certify(facts)

    @move(
        (LISTING,),
        _("征询使用上级法院名册"),
        ("", *CLOSED),
        L.ASKED,
        by=COURT_STAFF,
        law=("TY-5", "ZX-27"),
        guards=(g.fits_one, g.fits_same_entrant, g.fits_higher_entry),
        facts={
            **ENTRANT_FACTS,
            "court": f.court(_("法院")),
            "source": f.ref(_("上级法院名册条目"), LISTING),
            "expires_on": f.day(_("有效期至"), required=False),
        },
        shares=True,
    )
    def ask(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Ask an entrant of a higher court's roster whether it agrees to be on this court's too."""
        self._begin(facts, source=facts["source"], expires_on=facts.get("expires_on"))

    @move(
        (LISTING,),
        _("经其同意列入名册"),
        (L.ASKED,),
        L.LISTED,
        by=(R.PLATFORM,),
        law=("TY-5", "ZX-27"),
        facts=CERTIFICATE_FACTS,
        certifies=True,
    )
    def adopt(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Enter an entrant of a higher court's roster who has agreed."""
        self._certify(facts)

    @move(
        (LISTING,),
        _("未同意列入"),
        (L.ASKED,),
        L.DECLINED,
        by=(R.PLATFORM,),
        law=("TY-5", "ZX-27"),
    )
    def decline(self, **_: Any) -> None:
        """Note that the entrant of a higher court's roster does not agree."""


# Joint recognition.


def _approved(row: Any, **_: Any) -> str:
    said = set(row.sheet.get("approvals", {}))
    return RecognitionState.RECOGNISED.value if said >= {R.SPC_DOCKETING, R.SPC_CIVIL2} else row.state


def _spread(row: Any, *, facts: dict[str, Any], **_: Any) -> str:
    return RecognitionState.SPREAD.value if facts["done"] else RecognitionState.RECOGNISED.value


class RecognitionLifecycle(Aggregate):
    """A joint recognition: nominated by the bureau, approved by two divisions of the SPC, spread to the courts."""

    state = FSMField(
        gettext_lazy("认定状态"), default="", protected=True, max_length=12, choices=RecognitionState.choices()
    )
    organisation = models.UUIDField(gettext_lazy("调解组织"), null=True, blank=True)
    mediator = models.UUIDField(gettext_lazy("调解员"), null=True, blank=True)
    levels = models.JSONField(gettext_lazy("法院层级"), default=list)
    reason = models.CharField(gettext_lazy("说明"), max_length=500, blank=True, default="")

    class Meta:
        abstract = True

    @property
    def entrant_kind(self) -> str:
        """Whether this is about an organisation or a mediator."""
        return ORGANISATION if self.organisation else MEDIATOR

    @property
    def entrant(self) -> uuid.UUID | None:
        """The reference of whoever this is about."""
        return self.organisation or self.mediator

    @move(
        (RECOGNITION,),
        _("收到提名"),
        ("",),
        RecognitionState.NOMINATED,
        by=(R.PLATFORM,),
        law=("N-4.4c",),
        guards=(g.fits_one,),
        facts={**ENTRANT_FACTS, "levels": f.many(f.code(_("法院层级"), CourtLevel), most=len(CourtLevel))},
        shares=True,
    )
    def receive_nomination(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Enter a nomination by the bureau."""
        self.organisation = uuid.UUID(facts["organisation"]) if "organisation" in facts else None
        self.mediator = uuid.UUID(facts["mediator"]) if "mediator" in facts else None
        self.levels = facts["levels"]

    @move(
        (RECOGNITION,),
        _("同意共同认定"),
        (RecognitionState.NOMINATED,),
        (_approved, (RecognitionState.NOMINATED, RecognitionState.RECOGNISED)),
        by=(R.SPC_DOCKETING, R.SPC_CIVIL2),
        law=("N-4.4c",),
        guards=(g.has_not_approved,),
    )
    def approve(self, *, by: Any, at: datetime, **_: Any) -> None:
        """Approve for one division of the SPC; the last approval makes the recognition."""
        said = {**self.sheet.get("approvals", {}), by.role.value: local_day(at).isoformat()}
        self.sheet = {**self.sheet, "approvals": said}

    @move(
        (RECOGNITION,),
        _("不予共同认定"),
        (RecognitionState.NOMINATED,),
        RecognitionState.DECLINED,
        by=(R.SPC_DOCKETING, R.SPC_CIVIL2),
        law=("N-4.4c",),
        facts={"reason": REASON_FACT},
    )
    def decline(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Decline a nomination with the reason."""
        self.reason = facts["reason"]

    @move(
        (RECOGNITION,),
        _("送各级法院"),
        (RecognitionState.RECOGNISED,),
        (_spread, (RecognitionState.RECOGNISED, RecognitionState.SPREAD)),
        by=(R.PLATFORM,),
        law=("N-4.4c",),
        facts={"courts": f.many(f.court(_("法院")), required=False, most=100), "done": f.flag(_("已全部送达"))},
    )
    def spread(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Put the recognised on the rosters of up to a hundred courts, there to be confirmed."""
        self.sheet = {**self.sheet, "courts": self.sheet.get("courts", 0) + len(facts.get("courts", ()))}


# Complaints.


def _decided(row: Any, *, facts: dict[str, Any], **_: Any) -> str:
    return ComplaintState.UPHELD.value if facts["upheld"] else ComplaintState.NOT_UPHELD.value


class ComplaintLifecycle(Aggregate):
    """A party's complaint about an organisation or a mediator, decided by the court that invited them.

    What was written is sealed beside the row at the court (``ComplaintText``); the journal has its digest only.
    """

    state = FSMField(
        gettext_lazy("投诉状态"), default="", protected=True, max_length=12, choices=ComplaintState.choices()
    )
    court = models.CharField(gettext_lazy("法院代字"), max_length=12)
    organisation = models.UUIDField(gettext_lazy("调解组织"), null=True, blank=True)
    mediator = models.UUIDField(gettext_lazy("调解员"), null=True, blank=True)
    case = models.CharField(gettext_lazy("案件标识"), max_length=36, blank=True, default="")
    ground = models.CharField(gettext_lazy("投诉事由"), max_length=20, choices=ComplaintGround.choices())
    consequence = models.CharField(
        gettext_lazy("处理结果"), max_length=12, blank=True, default="", choices=Consequence.choices()
    )
    complainant = models.CharField(gettext_lazy("投诉人标识"), max_length=36)
    filed_at = models.DateTimeField(gettext_lazy("投诉时间"), null=True)
    decided_at = models.DateTimeField(gettext_lazy("处理时间"), null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def entrant_kind(self) -> str:
        """Whether this is about an organisation or a mediator."""
        return ORGANISATION if self.organisation else MEDIATOR

    @property
    def entrant(self) -> uuid.UUID | None:
        """The reference of whoever this is about."""
        return self.organisation or self.mediator

    @move(
        (COMPLAINT,),
        _("投诉"),
        ("",),
        ComplaintState.FILED,
        by=(R.PARTY, R.AGENT, R.CLERK),
        law=("TY-28", "ZX-29"),
        guards=(g.fits_one, g.fits_entered),
        facts={
            **ENTRANT_FACTS,
            "court": f.court(_("邀请法院")),
            "ground": f.code(_("投诉事由"), ComplaintGround),
            "case": f.ref(_("案件"), "case", required=False),
            "digest": f.digest(_("投诉内容校验值")),
        },
        shares=True,
        text=_("投诉的事实和理由"),
    )
    def file(self, *, facts: dict[str, Any], by: Any, at: datetime, **_: Any) -> None:
        """Complain to the inviting court about an organisation or a mediator."""
        self.court, self.ground, self.case = facts["court"], facts["ground"], facts.get("case", "")
        self.organisation = uuid.UUID(facts["organisation"]) if "organisation" in facts else None
        self.mediator = uuid.UUID(facts["mediator"]) if "mediator" in facts else None
        self.complainant, self.filed_at = by.ref, at

    @move(
        (COMPLAINT,),
        _("撤回投诉"),
        (ComplaintState.FILED,),
        ComplaintState.WITHDRAWN,
        by=(R.PARTY, R.AGENT),
        law=("TY-28",),
        guards=(g.fits_complainant,),
    )
    def withdraw(self, **_: Any) -> None:
        """Take a complaint back before it is decided."""

    @move(
        (COMPLAINT,),
        _("处理投诉"),
        (ComplaintState.FILED,),
        (_decided, (ComplaintState.UPHELD, ComplaintState.NOT_UPHELD)),
        by=COURT_STAFF,
        law=("TY-28", "ZX-29"),
        guards=(g.fits_consequence,),
        facts={
            "upheld": f.flag(_("是否属实")),
            "consequence": f.code(_("处理结果"), Consequence, required=False),
            "digest": f.digest(_("查证情况校验值")),
        },
        text=_("查证情况和处理理由"),
    )
    def decide(self, *, facts: dict[str, Any], at: datetime, **_: Any) -> None:
        """Decide on a complaint; what follows from it is done in the same act, and the competent authority is told."""
        self.consequence, self.decided_at = facts.get("consequence", ""), at


# Campaigns.


class CampaignLifecycle(Aggregate):
    """A periodic consolidation: every organisation is asked to confirm its file (N-4.3)."""

    state = FSMField(
        gettext_lazy("集中核实状态"), default="", protected=True, max_length=12, choices=CampaignState.choices()
    )
    title = models.CharField(gettext_lazy("名称"), max_length=80)
    begins_on = models.DateField(gettext_lazy("开始日期"), null=True)
    ends_on = models.DateField(gettext_lazy("截止日期"), null=True)
    figures = models.JSONField(gettext_lazy("结果"), default=dict, blank=True)

    class Meta:
        abstract = True

    @move(
        (CAMPAIGN,),
        _("开始集中核实"),
        ("",),
        CampaignState.OPEN,
        by=(R.PROTECTION_BUREAU, R.CLOCK),
        law=("N-4.3",),
        guards=(g.is_only_campaign, g.fits_period),
        facts={
            "title": f.text(_("名称"), 80),
            "since": f.day(_("开始日期")),
            "until": f.day(_("截止日期")),
            "asked": f.count(_("应当核实的档案数")),
        },
    )
    def open(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Ask every organisation to verify its file by a day."""
        self.title, self.begins_on, self.ends_on = facts["title"], _day(facts["since"]), _day(facts["until"])
        self.figures = {"asked": facts["asked"], "reminders": 0}

    @move(
        (CAMPAIGN,),
        _("催办"),
        (CampaignState.OPEN,),
        None,
        by=(R.PROTECTION_BUREAU, R.CLOCK),
        law=("N-4.3",),
        guards=(g.is_new_reminder,),
        facts={"count": f.count(_("催办数")), "due": f.day(_("催办日"), required=False)},
    )
    def remind(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Remind those who have not verified their files, by hand or on one of the platform's own days."""
        due = {"due": facts["due"]} if "due" in facts else {}
        told = {"reminders": self.figures["reminders"] + 1, "reminded": facts["count"]}
        self.figures = {**self.figures, **told, **due}

    @move(
        (CAMPAIGN,),
        _("结束集中核实"),
        (CampaignState.OPEN,),
        CampaignState.CLOSED,
        by=(R.PROTECTION_BUREAU,),
        law=("N-4.3",),
        facts={
            "verified": f.count(_("已核实")),
            "changed": f.count(_("已变更")),
            "stale": f.count(_("未核实")),
        },
    )
    def close(self, *, facts: dict[str, Any], **_: Any) -> None:
        """Close the consolidation with its figures."""
        self.figures = {**self.figures, **facts}
