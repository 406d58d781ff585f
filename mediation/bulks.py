"""One move on many cases: planned and looked at first, then made through the door, one transaction for each case.

Lives here: planning, foreseeing what the door would say, going on with what was started. Does not live here: which
cases somebody may choose from (``adminkit``), the rules (``moves``).
Called by: the desk's bulk pages; ``mediation.tasks``, which goes on with what a page has started.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import Subquery, prefetch_related_objects

from mediation import choice, conflicts, facts, guards, moves, queries, tallies
from mediation.actor import Actor
from mediation.choice import File
from mediation.models import Bulk, BulkItem, Case, CaseEvent
from mediation.moves import Refused
from mediation.vocabulary import Cause, gettext_noop
from mediation.world import Surroundings
from roster import groups
from roster import queries as roster
from roster.models import Account, Post

MOST = 500
"""How many cases one bulk may hold."""

AT_ONCE = 50
"""How many cases are worked through in one go, before somebody is answered."""


class TooMany(Exception):
    """一次最多批量办理500件案件"""


class Roster(Surroundings):
    """One court's roster for many cases, each thing asked once; capacity runs out in the order of the cases."""

    def __init__(self, platform: str, court: str, on: date) -> None:
        super().__init__(platform)
        self.court, self.on = court, on
        entered = roster.listed(platform, court, on).annotate(grouped=Subquery(groups.LATEST))
        self.listed = {str(one.ref): one for one in entered}
        self.grouped = groups.known(next((one.grouped for one in self.listed.values()), None))

    @cached_property
    def loads(self) -> dict[str, int]:
        """How many open cases each organisation has; counted up by whoever plans."""
        return queries.loads_of(self.platform, self.listed)

    def takes(self, organisation: str, cause: str) -> bool:
        """Tell whether the organisation takes this cause."""
        known = self.listed.get(organisation)
        return known is not None and (not known.causes or cause in known.causes or cause == Cause.OTHER)

    def is_listed(self, court: str, organisation: str, on: date) -> bool:
        """Tell whether the organisation stands on the court's roster."""
        return organisation in self.listed

    def has_capacity(self, organisation: str) -> bool:
        """Tell whether there is room after the cases planned before this one."""
        known = self.listed.get(organisation)
        return known is not None and self.loads.get(organisation, 0) < known.capacity

    def fill(self, organisation: str) -> None:
        """Take one more case as planned."""
        self.loads[organisation] = self.loads.get(organisation, 0) + 1

    def conflicts(self, case: Any, mediators: Iterable[str], organisation: str) -> bool:
        """Tell whether something bars the organisation that no consent cures; people are rows fetched before."""
        known = self.listed.get(organisation)
        found = conflicts.of_organisations(case, [known], self.grouped).values() if known else ()
        return any(finding.bars for findings in found for finding in findings)


def plan(
    platform: str, post: Post, by: Actor, account: Account, move: str, cases: Sequence[Case], at: datetime
) -> Bulk:
    """This function will keep a plan to make one move on these cases, without making any; raises TooMany."""
    if len(cases) > MOST:
        raise TooMany
    with transaction.atomic():
        bulk = Bulk.objects.create(
            platform=platform, post=post, by=by.entry(), account=account, move=move, planned_at=at
        )
        BulkItem.objects.bulk_create(BulkItem(bulk=bulk, case=case, seen=case.entries) for case in cases)
    return bulk


def advise(world: Roster, cases: Sequence[Case]) -> dict[int, str]:
    """Return for each case the organisation its parties have chosen jointly, or else the one that fits it best.

    Organisations fill up in the order of the cases, so that many cases do not all go to one. A case that nobody on the
    court's roster may take is left out. The queries are the same few however many cases there are.
    """
    seat, loads = roster.court(world.court), dict(world.loads)
    figures = tallies.figures(world.platform, world.listed)
    refused = _refusers(cases)
    prefetch_related_objects(list(cases), "people")
    advised: dict[int, str] = {}
    for case in cases:
        found = conflicts.of_organisations(case, world.listed.values(), world.grouped)
        files = [
            File(
                ref=ref,
                name=one.name,
                causes=tuple(one.causes),
                regions=tuple(one.regions),
                capacity=one.capacity,
                load=loads.get(ref, 0),
                figures=figures[ref],
                standing=choice.resting(one, world.on),
                findings=tuple(found[ref]),
                asked_before=ref in refused.get(case.pk, ()),
            )
            for ref, one in world.listed.items()
        ]
        question = choice.Question(str(case.ref), case.cause, seat.province if seat else "", world.on)
        best = [one.file.ref for one in choice.rank(question, files).best]
        if chosen := case.sheet.get("chosen") or next(iter(best), ""):
            advised[case.pk] = chosen
            loads[chosen] = loads.get(chosen, 0) + 1
    return advised


def _refusers(cases: Sequence[Case]) -> dict[int, set[str]]:
    """Return by case the organisations that had it and did not accept it."""
    kinds = ("case.delegate.v1", "case.decline.v1", "case.lapse_reply.v1")
    events = CaseEvent.objects.filter(case__in=[case.pk for case in cases], kind__in=kinds).order_by("case", "number")
    found: dict[int, set[str]] = {}
    last = ""
    for pk, kind, stated in events.values_list("case", "kind", "facts"):
        if kind == kinds[0]:
            last = stated["organisation"]
        else:
            found.setdefault(pk, set()).add(last)
    return found


def foresee(
    bulk: Bulk, items: Sequence[BulkItem], stated: Mapping[int, dict[str, Any]], world: Roster, at: datetime
) -> list[Refused | None]:
    """Return for each item what the door would answer now, given the facts by case; nothing is written.

    ``items`` come with their cases. Two queries, however many cases and organisations there are.
    """
    by, declared = Actor.from_entry(bulk.by), moves.resolve(bulk.move)
    prefetch_related_objects([item.case for item in items], "people")
    answers = []
    for item in items:
        told = stated[item.case_id]
        why = _why_not(item.case, declared, by, at, told, world if told else None, item.seen)
        if why is None and told:
            world.fill(told["organisation"])
        answers.append(why)
    return answers


def _why_not(
    case: Case, declared: Any, by: Actor, at: datetime, told: dict[str, Any], world: Roster | None, seen: int
) -> Refused | None:
    if case.frozen:
        return Refused("frozen", gettext_noop("该案因对接异常已冻结"), (), gettext_noop("请等待平台运行人员核实"))
    if case.entries != seen:
        return moves.Overtaken(None)
    try:
        moves.check_standing(case, declared, by, told)
    except Refused as refused:
        return refused
    question = guards.Judgement(case, by, at, told, world)
    for guard in declared.guards:
        if (told or not guard.on_facts) and not guard.test(question):
            return Refused(guard.code, guard.reason, guard.law, guard.remedy)
    return None


def start(bulk: Bulk, shared: dict[str, Any], organisations: Mapping[int, str], at: datetime) -> bool:
    """This function will start a planned bulk with the shared facts and each case's organisation.

    Return False, and change nothing, where somebody has started it already.
    """
    with transaction.atomic():
        started = Bulk.objects.filter(pk=bulk.pk, state=Bulk.PLANNED).update(
            state=Bulk.RUNNING, facts=shared, started_at=at
        )
        if not started:
            return False
        items = list(bulk.items.all())
        for item in items:
            item.organisation = organisations[item.case_id]
        BulkItem.objects.bulk_update(items, ["organisation"], batch_size=100)
    return True


def go_on(bulk: Bulk, at: datetime, *, most: int = AT_ONCE) -> int:
    """This function will make the move on the next cases of a started bulk and return how many were worked through.

    Each case is a transaction of its own; a refused one is written down with its reason and stops nothing. Two workers
    may go on at once: the door makes each move once by its key.
    """
    by = Actor.from_entry(bulk.by)
    held = roster.posts(bulk.account, bulk.platform, at).filter(pk=bulk.post_id).exists()
    waiting = list(bulk.items.filter(state=BulkItem.WAITING).select_related("case").order_by("id")[:most])
    for item in waiting:
        why = _make(bulk, item, by, at) if held else _gone()
        state = {"state": BulkItem.REFUSED, "why": why} if why else {"state": BulkItem.DONE}
        BulkItem.objects.filter(pk=item.pk, state=BulkItem.WAITING).update(**state)
    if len(waiting) < most or not bulk.items.filter(state=BulkItem.WAITING).exists():
        Bulk.objects.filter(pk=bulk.pk, state=Bulk.RUNNING).update(state=Bulk.DONE, done_at=at)
    return len(waiting)


def _make(bulk: Bulk, item: BulkItem, by: Actor, at: datetime) -> dict[str, Any]:
    """Make the move on one case; return why not, or an empty dict."""
    key = f"bulk/{bulk.ref.hex}/{item.case_id}"
    stated = {**bulk.facts, "organisation": item.organisation}
    try:
        moves.perform(item.case, bulk.move, by=by, at=at, facts=stated, seen=item.seen, key=key)
    except Refused as refused:
        return refused.as_facts()
    except facts.Malformed as wrong:
        return Refused("malformed", wrong.why, (), gettext_noop("请逐件办理")).as_facts()
    return {}


def _gone() -> dict[str, Any]:
    reason = gettext_noop("发起人的任职已经结束")
    return Refused("post", reason, (), gettext_noop("请由现任人员办理")).as_facts()


def work(platform: str, at: datetime) -> int:
    """This function will go on with everything started on a platform, and return how many cases were worked through."""
    done = 0
    for bulk in (
        Bulk.objects.filter(platform=platform, state=Bulk.RUNNING).select_related("account").order_by("started_at")
    ):
        while made := go_on(bulk, at):
            done += made
    return done
