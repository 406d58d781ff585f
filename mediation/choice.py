"""Choosing an organisation with reasons (N-4.5f, TY-12, ZX-10): who may take a case, who fits best, and why not others.

Lives here: eligibility, the weights, the ranking, the reasons in words. Does not live here: the choice itself (a move),
what bars it (``guards``; the door judges again), the figures (``tallies``), conflicts (``conflicts``).
Called by: the clerk's desk, the parties' page of joint choice.

The weights (``WEIGHTS``, points out of 100) are the whole policy:

==========  =====  ====================================================================================================
factor      most   share of it an organisation gets
==========  =====  ====================================================================================================
SPECIALTY   35     half for the file: 1 if the cause is named there, 1/2 if it takes every cause; half for the record:
                   the share of this cause in what it has accepted, shrunk: (this cause + 20 × mean share) ÷ (all + 20)
CAPACITY    25     free places ÷ capacity
SCOPE       10     1 if the court's province is named in the file, 1/2 if it works everywhere
TIMELINESS  15     replies in time ÷ replies due, shrunk: (accepted + declined + 10 × mean) ÷ (the same + lapsed + 10)
SETTLEMENT  15     agreements ÷ mediations ended, shrunk: (settled + 20 × mean) ÷ (settled + failed + 20)
==========  =====  ====================================================================================================

The means are those of all organisations on the court's roster together, 1/2 where there is nothing yet. So an
organisation without cases stands at the mean, and two lucky ones move nobody to the top. All arithmetic is in
fractions. Equal points: first whoever was chosen longest ago or never, then the lower SHA-256 of case and organisation
reference together, which favours nobody by name or place in a list.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from django.db.models import Subquery
from django.utils.translation import gettext as _

from mediation import conflicts, queries, tallies
from mediation.conflicts import Finding
from mediation.models import Case, CaseEvent
from mediation.tallies import Figures
from mediation.vocabulary import Cause, ListingStatus, Unfit
from mediation.workdays import local_day
from roster import groups
from roster.conditions import has_lapsed
from roster.models import Court, Listing, Organisation

WEIGHTS: Mapping[str, int] = MappingProxyType(
    {"SPECIALTY": 35, "CAPACITY": 25, "SCOPE": 10, "TIMELINESS": 15, "SETTLEMENT": 15}
)
"""Points out of 100 for each factor; see the table above."""

PRIORS: Mapping[str, int] = MappingProxyType({"SPECIALTY": 20, "TIMELINESS": 10, "SETTLEMENT": 20})
"""As how many cases at the mean every organisation begins."""

BEST = 3
NEVER = datetime.min.replace(tzinfo=UTC)
HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Question:
    """What is asked of the roster: which case, of which cause, in which province (empty: everywhere), on which day."""

    case: str
    cause: str
    province: str
    on: date


@dataclass(frozen=True)
class File:
    """What is known of one organisation, whoever asks; ``standing`` is what speaks against its place on the roster."""

    ref: str
    name: str
    causes: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    capacity: int = 50
    load: int = 0
    figures: Figures = field(default_factory=Figures)
    standing: tuple[Unfit, ...] = ()
    findings: tuple[Finding, ...] = ()
    asked_before: bool = False
    charges_fee: bool = False
    tariff: str = ""

    @property
    def free(self) -> int:
        """How many more cases it can take now."""
        return max(self.capacity - self.load, 0)


@dataclass(frozen=True)
class Mean:
    """The roster's own figures together."""

    share: Fraction
    timely: Fraction
    settled: Fraction


@dataclass(frozen=True)
class Candidate:
    """An organisation as this case sees it: its points by factor, or why it may not be chosen."""

    file: File
    points: Mapping[str, Fraction]
    unfit: tuple[Unfit, ...]
    mean: Mean

    @property
    def total(self) -> Fraction:
        """All points together, out of 100."""
        return sum(self.points.values(), Fraction(0))


@dataclass(frozen=True)
class Recommendation:
    """The answer for one case: the eligible in order, and those who may not be chosen, by reference."""

    question: Question
    ranked: tuple[Candidate, ...]
    unfit: tuple[Candidate, ...]
    known: groups.Groups = field(default_factory=groups.Groups)
    """In which list of groups of companies it was looked for connections."""

    @property
    def best(self) -> tuple[Candidate, ...]:
        """The three best, or fewer."""
        return self.ranked[:BEST]

    @property
    def others(self) -> tuple[Candidate, ...]:
        """Everybody else: first those who may be chosen too, in order."""
        return (*self.ranked[BEST:], *self.unfit)


def entered(answer: Recommendation) -> list[tuple[str, str]]:
    """Return reference and name of everybody on the roster who takes such cases, by name: who may be named at all."""
    files = [one.file for one in (*answer.ranked, *answer.unfit) if not one.file.standing]
    takes = [one for one in files if not one.causes or answer.question.cause in one.causes]
    return [(one.ref, one.name) for one in sorted(takes, key=lambda one: (one.name, one.ref))]


# The arithmetic, without a database.


def rank(question: Question, files: Iterable[File]) -> Recommendation:
    """This function will rank organisations for a case; the order in which they are given changes nothing."""
    files = list(files)
    mean = mean_of(question, files)
    seen = [Candidate(one, points(question, one, mean), unfit(question, one), mean) for one in files]
    eligible = sorted((one for one in seen if not one.unfit), key=lambda one: _order(question, one))
    barred = sorted((one for one in seen if one.unfit), key=lambda one: lot(question, one.file.ref))
    return Recommendation(question, tuple(eligible), tuple(barred))


def mean_of(question: Question, files: Iterable[File]) -> Mean:
    """Return the figures of all these organisations together, 1/2 where there is nothing to divide."""
    total = tallies.totals(one.figures for one in files)
    answered = total.accepted + total.declined
    return Mean(
        _share(total.by_cause.get(question.cause, 0), total.accepted),
        _share(answered, answered + total.lapsed),
        _share(total.settled, total.settled + total.failed),
    )


def points(question: Question, one: File, mean: Mean) -> dict[str, Fraction]:
    """Return the points of an organisation by factor."""
    figures = one.figures
    answered = figures.accepted + figures.declined
    named = Fraction(1) if question.cause in one.causes else HALF if not one.causes else Fraction(0)
    record = shrunk(figures.by_cause.get(question.cause, 0), figures.accepted, mean.share, PRIORS["SPECIALTY"])
    shares = {
        "SPECIALTY": (named + record) / 2,
        "CAPACITY": Fraction(one.free, one.capacity) if one.capacity else Fraction(0),
        "SCOPE": Fraction(1) if question.province in one.regions else HALF,
        "TIMELINESS": shrunk(answered, answered + figures.lapsed, mean.timely, PRIORS["TIMELINESS"]),
        "SETTLEMENT": shrunk(figures.settled, figures.settled + figures.failed, mean.settled, PRIORS["SETTLEMENT"]),
    }
    return {factor: WEIGHTS[factor] * share for factor, share in shares.items()}


def shrunk(hits: int, tries: int, mean: Fraction, prior: int) -> Fraction:
    """Return a share as if ``prior`` tries at the mean had come before (the mean of a beta distribution)."""
    return (hits + prior * mean) / (tries + prior)


def unfit(question: Question, one: File) -> tuple[Unfit, ...]:
    """Return everything that speaks against choosing an organisation; nothing means that it may be chosen."""
    found = list(one.standing)
    if one.causes and question.cause not in one.causes and question.cause != Cause.OTHER:
        found.append(Unfit.CAUSE)
    if one.regions and question.province and question.province not in one.regions:
        found.append(Unfit.REGION)
    if not one.free:
        found.append(Unfit.FULL)
    if any(finding.stands for finding in one.findings):
        found.append(Unfit.CONFLICT)
    if one.asked_before:
        found.append(Unfit.ASKED_BEFORE)
    return tuple(found)


def _share(part: int, whole: int) -> Fraction:
    return Fraction(part, whole) if whole else HALF


def _order(question: Question, one: Candidate) -> tuple[Any, ...]:
    return -one.total, one.file.figures.last_chosen_at or NEVER, lot(question, one.file.ref)


def lot(question: Question, ref: str) -> str:
    """Return what is drawn for an organisation in this case: sorted by it, nobody is preferred for long."""
    return hashlib.sha256(f"{question.case}/{ref}".encode()).hexdigest()


# The rows behind it.


def recommend(case: Case, at: datetime, *, asked: Sequence[str] = ()) -> Recommendation:
    """This function will rank the organisations of a case's court, with those ``asked`` about besides.

    At most six queries, whatever the number of organisations and of their cases.
    """
    on = local_day(at)
    entries = {
        str(entry.organisation): entry
        for entry in Listing.objects.filter(platform=case.platform, court=case.court, organisation__isnull=False)
    }
    province = Court.objects.filter(code=case.court).values("province")[:1]
    wanted = Organisation.objects.filter(platform=case.platform, ref__in={*entries, *asked})
    rows = list(wanted.annotate(province=Subquery(province), grouped=Subquery(groups.LATEST)))
    known = groups.known(next((one.grouped for one in rows), None))
    question = Question(str(case.ref), case.cause, next((one.province or "" for one in rows), ""), on)
    refs = [str(one.ref) for one in rows]
    figures, loads = tallies.figures(case.platform, refs), queries.loads_of(case.platform, refs)
    found, refused = conflicts.of_organisations(case, rows, known), _refusers(case)
    ranked = rank(
        question,
        [
            File(
                ref=ref,
                name=one.name,
                causes=tuple(one.causes),
                regions=tuple(one.regions),
                capacity=one.capacity,
                load=loads.get(ref, 0),
                figures=figures[ref],
                standing=_standing(one, entries.get(ref), on),
                findings=tuple(found[ref]),
                asked_before=ref in refused,
                charges_fee=one.charges_fee,
                tariff=one.tariff,
            )
            for ref, one in zip(refs, rows, strict=True)
        ],
    )
    return replace(ranked, known=known)


def _standing(one: Organisation, entry: Listing | None, on: date) -> tuple[Unfit, ...]:
    """Return what speaks against an organisation's place on this court's roster on a day."""
    found = []
    if entry is None or entry.status not in (ListingStatus.LISTED, ListingStatus.SUSPENDED, ListingStatus.EXPIRED):
        found.append(Unfit.NOT_LISTED)
    elif entry.status == ListingStatus.SUSPENDED:
        found.append(Unfit.SUSPENDED)
    elif entry.status == ListingStatus.EXPIRED or not _in_force(entry, on):
        found.append(Unfit.NOT_IN_FORCE)
    return (*found, *resting(one, on))


def resting(one: Organisation, on: date) -> tuple[Unfit, ...]:
    """Return what speaks against an organisation by its own file, whichever court asks."""
    found = [] if one.active else [Unfit.INACTIVE]
    if has_lapsed(one, on):
        found.append(Unfit.LICENCE_EXPIRED)
    return tuple(found)


def _in_force(entry: Listing, on: date) -> bool:
    begun = entry.listed_on is not None and entry.listed_on <= on
    return begun and (entry.expires_on is None or entry.expires_on >= on)


def _refusers(case: Case) -> set[str]:
    """Return the organisations that had this case and did not accept it; what the court recalled may be tried again."""
    if not case.organisation:
        return set()
    kinds = {f"case.{move}.v1": move for move in ("delegate", "decline", "lapse_reply")}
    events = CaseEvent.objects.filter(case=case, kind__in=kinds).order_by("number").values_list("kind", "facts")
    found, last = set(), ""
    for kind, facts in events:
        if kinds[kind] == "delegate":
            last = facts["organisation"]
        else:
            found.add(last)
    return found


# In words.


@dataclass(frozen=True)
class Reason:
    """One factor in words: its name, what is known, and the points it gives out of how many."""

    factor: str
    label: str
    text: str
    points: str
    most: int


def reasons(question: Question, one: Candidate) -> list[Reason]:
    """Return why an organisation stands where it stands, each factor with its figures."""
    texts = {
        "SPECIALTY": _specialty(question, one),
        "CAPACITY": _capacity(one),
        "SCOPE": _scope(question, one),
        "TIMELINESS": _timeliness(one),
        "SETTLEMENT": _settlement(one),
    }
    return [
        Reason(factor, label, texts[factor], f"{float(one.points[factor]):.1f}", WEIGHTS[factor])
        for factor, label in factors().items()
    ]


def factors() -> dict[str, str]:
    """Return what the factors are called, in the order of the table."""
    return {
        "SPECIALTY": _("专业"),
        "CAPACITY": _("余力"),
        "SCOPE": _("办理范围"),
        "TIMELINESS": _("答复及时"),
        "SETTLEMENT": _("调解成效"),
    }


def _specialty(question: Question, one: Candidate) -> str:
    cause, figures = _(Cause(question.cause).label), one.file.figures
    named = (
        _("名册载明受理%(cause)s") if question.cause in one.file.causes else _("名册不限案由，可以受理%(cause)s")
    ) % {"cause": cause}
    if question.cause not in one.file.causes and one.file.causes:
        named = _("名册没有载明%(cause)s") % {"cause": cause}
    if not figures.accepted:
        return _("%(named)s；还没有接受过案件，按平均计。") % {"named": named}
    return _("%(named)s；已接受%(all)d件，其中这一案由%(same)d件（%(share)s）。") % {
        "named": named,
        "all": figures.accepted,
        "same": figures.by_cause.get(question.cause, 0),
        "share": percent(Fraction(figures.by_cause.get(question.cause, 0), figures.accepted)),
    }


def _capacity(one: Candidate) -> str:
    return _("同时办理上限%(capacity)d件，在办%(load)d件，还可以接受%(free)d件。") % {
        "capacity": one.file.capacity,
        "load": one.file.load,
        "free": one.file.free,
    }


def _scope(question: Question, one: Candidate) -> str:
    if question.province in one.file.regions:
        return _("专门受理本院所在地区的纠纷。")
    return _("受理全国各地的纠纷。") if not one.file.regions else _("名册没有载明本院所在地区。")


def _timeliness(one: Candidate) -> str:
    figures = one.file.figures
    answered = figures.accepted + figures.declined
    if not answered + figures.lapsed:
        return _("还没有答复记录，按本院名册平均%(mean)s计。") % {"mean": percent(one.mean.timely)}
    due = answered + figures.lapsed
    adjusted = shrunk(answered, due, one.mean.timely, PRIORS["TIMELINESS"])
    return _(
        "应当答复%(due)d次，按期答复%(answered)d次（%(raw)s），逾期未答复%(lapsed)d次；"
        "向本院名册平均%(mean)s折算后%(adjusted)s。"
    ) % {
        "due": due,
        "answered": answered,
        "lapsed": figures.lapsed,
        "raw": percent(Fraction(answered, due)),
        "mean": percent(one.mean.timely),
        "adjusted": percent(adjusted),
    }


def _settlement(one: Candidate) -> str:
    figures = one.file.figures
    ended = figures.settled + figures.failed
    if not ended:
        return _("还没有调解结果，按本院名册平均%(mean)s计。") % {"mean": percent(one.mean.settled)}
    adjusted = shrunk(figures.settled, ended, one.mean.settled, PRIORS["SETTLEMENT"])
    return _("调解结束%(ended)d件，达成协议%(settled)d件（%(raw)s）；向本院名册平均%(mean)s折算后%(adjusted)s。") % {
        "ended": ended,
        "settled": figures.settled,
        "raw": percent(Fraction(figures.settled, ended)),
        "mean": percent(one.mean.settled),
        "adjusted": percent(adjusted),
    }


def why_not(one: Candidate) -> list[str]:
    """Return in words why an organisation may not be chosen; empty for one that may."""
    said = []
    for ground in one.unfit:
        text = _(ground.label)
        if ground is Unfit.FULL:
            text = _("%(reason)s：上限%(capacity)d件，在办%(load)d件") % {
                "reason": text,
                "capacity": one.file.capacity,
                "load": one.file.load,
            }
        said.append(text)
    return said


def percent(share: Fraction) -> str:
    """Return a share as whole percents."""
    return f"{round(share * 100)}%"
