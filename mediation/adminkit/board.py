"""The figures of those who watch: what is counted by court, organisation and unit, by age, week and month.

Lives here: the plan of a platform's figures, counting them for one watcher, the tables they make. Does not live here:
what a figure counts (``reports``, ``worklist``), which figures there are (each platform's ``oversight``), pages
(``oversight``), the REST window (``api.figures``).
Called by: ``oversight``, the REST windows of figures.

Every figure is a list of cases narrowed by the same condition, so that it opens exactly what it counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from mediation import reports
from mediation.adminkit.worklist import AnswerQueue, Queue
from mediation.lifecycle import OWNERS
from mediation.models import CaseSet
from mediation.vocabulary import Outcome, Role, Seat
from mediation.windows.pages import label_of
from roster import queries as roster
from roster.models import Court, Organisation, Post, Unit

Text = str | Promise
Link = Callable[..., str]
"""Returns the address of a page (``cases``, ``oversight``, ``oversight_export``) with a query and what it is about."""

NARROWS = ("court", "unit", "organisation")
"""What figures can be narrowed to, one at a time."""

CAME_OUT = (Outcome.ACCEPTED, Outcome.SETTLED, Outcome.FAILED)
"""What the months show: outcomes that stay with the organisation for good."""


class Unreached(Exception):
    """The watcher does not reach this court, unit or organisation, or there is none."""


@dataclass(frozen=True)
class Watcher:
    """Who looks at figures, when, and which cases are counted for them."""

    platform: str
    at: datetime
    posts: Sequence[Post]
    roles: frozenset[Role]
    reach: CaseSet


@dataclass(frozen=True)
class Figure:
    """One column: a queue, and in one sentence how it is counted."""

    queue: Queue
    method: Text


@dataclass(frozen=True)
class Share:
    """One column that sets one figure against several together; it opens the first."""

    label: Text
    part: Queue
    whole: tuple[Queue, ...]
    method: Text


@dataclass(frozen=True)
class Weeks:
    """One line of the comparison of the last seven days with the seven before."""

    label: Text
    now: Queue
    before: Queue
    method: Text


@dataclass(frozen=True)
class Plan:
    """What the watchers of one platform are shown.

    ``place`` is the column the cases are told apart by, ``court`` or ``organisation``; ``nationwide`` are the roles
    that see all of them; ``docking`` the queues of the exchange, ``oldest`` since when its oldest entry waits.
    """

    place: str
    nationwide: frozenset[Role]
    figures: tuple[Figure | Share, ...]
    weeks: tuple[Weeks, ...]
    bands: tuple[Queue, ...]
    stale_files: bool
    docking: tuple[Figure, ...] = ()
    oldest: Callable[[CaseSet, str], datetime | None] | None = None

    @property
    def queues(self) -> tuple[Queue, ...]:
        """Every queue a figure opens, each once."""
        shown = [one.queue for one in (*self.figures, *self.docking) if isinstance(one, Figure)]
        shares = [queue for one in self.figures if isinstance(one, Share) for queue in (one.part, *one.whole)]
        weekly = [queue for one in self.weeks for queue in (one.now, one.before)]
        return tuple({queue.code: queue for queue in (*shown, *shares, *weekly, *self.bands)}.values())


@dataclass(frozen=True)
class Cell:
    """One value as it is shown, what it opens, how grave it is; ``number`` where what is shown is no plain number."""

    value: int | str | None
    url: str = ""
    tone: str = ""
    number: float | None = None


@dataclass(frozen=True)
class Row:
    """One line of a table: its name, what that opens, the values, and a bar of (kind, start, length) in per cent."""

    label: str
    cells: list[Cell]
    url: str = ""
    note: str = ""
    bar: list[tuple[str, float, float]] = field(default_factory=list)
    whole: bool = False


@dataclass(frozen=True)
class Table:
    """One table: how its columns are headed and counted, its lines, what its bars show, who has nothing to show."""

    code: str
    caption: str
    first: str
    headings: list[str]
    rows: list[Row]
    note: str = ""
    bars: str = ""
    methods: list[tuple[str, str]] = field(default_factory=list)
    idle: list[str] = field(default_factory=list)
    export_url: str = ""

    def lines(self) -> Iterator[tuple[Row, list[tuple[str, Cell]]]]:
        """Yield each line with the heading of each of its values."""
        for row in self.rows:
            yield row, list(zip(self.headings, row.cells, strict=True))


def weeks(code: str, label: Text, counted: Callable[[str, reports.Span], Q], method: Text) -> Weeks:
    """Return the line that compares, for one condition of a span, the last seven days with the seven before."""

    def queue(name: str, words: Text, back: int) -> Queue:
        def condition(platform: str, at: datetime) -> Q:
            return counted(platform, reports.week(at, back))

        return Queue(f"{code}-{name}", format_lazy("{}（{}）", label, words), condition)

    return Weeks(label, queue("week", gettext_lazy("近7日"), 0), queue("earlier", gettext_lazy("前7日"), 1), method)


def with_queues(queues: Sequence[Queue], plan: Plan) -> tuple[Queue, ...]:
    """Return a desk's queues and after them those of the plan that it has not listed: every figure opens a list."""
    listed = {queue.code for queue in queues}
    return (*queues, *(queue for queue in plan.queues if queue.code not in listed))


def _percent(part: float | None, url: str) -> Cell:
    """Return a share, or a dash where there is nothing to have a share of."""
    return Cell("—" if part is None else f"{part}\u00a0%", url, number=part)


class Board:
    """The figures of one visitor, of all they reach or of one court, unit or organisation among it."""

    def __init__(self, plan: Plan, watcher: Watcher, asked: Mapping[str, str], link: Link) -> None:
        """Take who looks, what the figures are narrowed to, and how a page's address is made; raises Unreached."""
        self.plan, self.at, self.platform, self.link = plan, watcher.at, watcher.platform, link
        self.nationwide = bool(watcher.roles & plan.nationwide)
        self.reach = self.cases = watcher.reach
        self.organisations: dict[str, tuple[str, str]] = {}
        self.units: dict[str, str] = {}
        if plan.place == "organisation":
            held = Organisation.objects.filter(platform=self.platform)
            if not self.nationwide:
                units = {post.unit for post in watcher.posts if post.unit}
                own = {post.organisation for post in watcher.posts if post.organisation}
                held = held.filter(Q(unit__in=units) | Q(ref__in=own))
            self.organisations = {str(ref): (name, unit) for ref, name, unit in held.values_list("ref", "name", "unit")}
            names = dict(Unit.objects.values_list("code", "name"))
            codes = sorted({unit for _name, unit in self.organisations.values()})
            self.units = {code: names.get(code, code) or _("未登记监管单位") for code in codes}
        self.courts = {post.court for post in watcher.posts if post.court}
        self.scope, self.scope_label = self._scope(asked)

    def _scope(self, asked: Mapping[str, str]) -> tuple[dict[str, str], str]:
        """Return what the figures are narrowed to and its name; what the watcher does not reach does not exist."""
        narrowed = [(name, asked[name]) for name in NARROWS if asked.get(name)]
        if not narrowed:
            return {}, ""
        name, code = narrowed[0]
        if name == "court" and self.plan.place == "court" and "\x00" not in code:
            court = roster.court(code)
            if court and (self.nationwide or code in self.courts):
                self.cases = self.cases.filter(court=code)
                return {"court": code}, court.name
        elif name == "unit" and code in self.units:
            held = {ref: one for ref, one in self.organisations.items() if one[1] == code}
            self.organisations, self.cases = held, self.cases.filter(organisation__in=list(held))
            return {"unit": code}, self.units[code]
        elif name == "organisation" and code in self.organisations:
            self.organisations = {code: self.organisations[code]}
            self.cases = self.cases.filter(organisation=code)
            return {"organisation": code}, self.organisations[code][0]
        raise Unreached

    # Counting.

    def count(self) -> None:
        """Ask everything that is counted by place, in at most two questions."""
        placed = [one for one in self.plan.queues if one not in self.plan.bands]
        plain = {one.code: one for one in placed if not isinstance(one, AnswerQueue)}
        asked = {code: self.cases.filter(one.condition(self.platform, self.at)) for code, one in plain.items()}
        self.found = reports.by_place(asked, self.plan.place)
        answers = {one.code: one for one in placed if isinstance(one, AnswerQueue)}
        entries = {code: one.entries(self.platform, self.at) for code, one in answers.items()}
        if self.scope:
            entries = {code: rows.filter(organisation__in=list(self.organisations)) for code, rows in entries.items()}
        # Whoever answered may have the case no longer: not the case's organisation is asked for, but reach stays.
        self.answered = reports.answered(entries, self.reach)

    def number(self, queue: Queue, places: Sequence[str] | None = None) -> int:
        """Return how many cases a queue has, everywhere or in these places together."""
        if queue.code in self.answered:
            held = self.answered[queue.code]
            keys = held.keys() if places is None else [place for place in places if place in held]
            return len(set[int]().union(*(held[place] for place in keys)))
        found = self.found[queue.code]
        return found.total() if places is None else sum(found[place] for place in places)

    def url(self, queue: Queue, **narrowed: str) -> str:
        """Return the list a figure counts."""
        return self.link("cases", {"queue": queue.code, **self.scope, **narrowed})

    def cell(self, queue: Queue, places: Sequence[str] | None = None, **narrowed: str) -> Cell:
        """Return one figure that opens its cases."""
        number = self.number(queue, places)
        tone = queue.tone if number and queue.tone == "bad" else ""
        return Cell(self.spoken(queue, number), self.url(queue, **narrowed), tone, min(number, reports.MOST))

    def is_endless(self, queue: Queue) -> bool:
        """Tell whether a queue has more cases than are counted, so that its figures are the least there are."""
        return queue.code in self.found and self.found[queue.code].total() > reports.MOST

    def spoken(self, queue: Queue, number: int) -> int | str:
        """Return a figure as it is shown."""
        return f"{min(number, reports.MOST)}+" if self.is_endless(queue) else number

    def values(self, places: Sequence[str] | None = None, **narrowed: str) -> list[Cell]:
        """Return the columns for these places together."""
        cells = []
        for column in self.plan.figures:
            if isinstance(column, Figure):
                cells.append(self.cell(column.queue, places, **narrowed))
            else:
                known = not any(self.is_endless(queue) for queue in (column.part, *column.whole))
                whole = sum(self.number(queue, places) for queue in column.whole) if known else 0
                part = reports.share(self.number(column.part, places), whole)
                cells.append(_percent(part, self.url(column.part, **narrowed)))
        return cells

    # Tables.

    def table(self, code: str, caption: str, first: str, headings: list[str], rows: list[Row], **more: Any) -> Table:
        """Return a table with where it is handed out as a workbook."""
        address = self.link("oversight_export", self.scope, code)
        return Table(code, caption, first, headings, rows, export_url=address, **more)

    def columns(self) -> list[str]:
        """Return how the columns of figures are headed."""
        return [str(one.queue.label if isinstance(one, Figure) else one.label) for one in self.plan.figures]

    def methods(self) -> list[tuple[str, str]]:
        """Return how each column is counted."""
        return [(label, str(one.method)) for label, one in zip(self.columns(), self.plan.figures, strict=True)]

    def by_place(self) -> Table:
        """Return the figures of each court or organisation, those with most overdue cases first."""
        places = {place for counter in self.found.values() for place in counter}
        places |= {place for held in self.answered.values() for place in held}
        busy = {place for place in places if any(self.number(one, [place]) for one in self.counted)}
        if self.plan.place == "court":
            names = dict(Court.objects.filter(code__in=busy).values_list("code", "name"))
            label, first = _("按法院"), _("法院")
        else:
            names = {ref: name for ref, (name, _unit) in self.organisations.items()}
            label, first = _("按调解组织"), _("调解组织")
        rows = self._rows({code: [code] for code in names if code in busy}, names, self.plan.place)
        note = _("合计包括尚未确定法院的案件。") if self.plan.place == "court" and "" in busy else ""
        more: dict[str, Any] = {"note": note, "bars": _("超期对比"), "idle": self._idle(names, busy)}
        return self.table("places", label, first, self.columns(), self._summed(rows), **more)

    def by_unit(self) -> Table:
        """Return the figures of each supervising unit."""
        held: dict[str, list[str]] = {code: [] for code in self.units}
        for ref, (_name, unit) in self.organisations.items():
            held[unit].append(ref)
        busy = {code for code, refs in held.items() if any(self.number(one, refs) for one in self.counted)}
        rows = self._rows({code: held[code] for code in busy if code}, self.units, "unit")
        more: dict[str, Any] = {"bars": _("超期对比"), "idle": self._idle(self.units, busy)}
        return self.table("units", _("按监管单位"), _("监管单位"), self.columns(), self._summed(rows), **more)

    def _summed(self, rows: list[Row]) -> list[Row]:
        return rows if len(rows) == 1 else [Row(_("合计"), self.values(), whole=True), *rows]

    def _idle(self, names: Mapping[str, str], busy: Collection[str]) -> list[str]:
        return sorted(name for code, name in names.items() if code and code not in busy)

    def _rows(self, places: dict[str, list[str]], names: dict[str, str], kind: str) -> list[Row]:
        late = {code: self.number(self.late_queue, refs) for code, refs in places.items()}
        most = max(late.values(), default=0)
        rows = []
        for code in sorted(places, key=lambda code: (-late[code], -self.number(self.counted[0], places[code]))):
            bar = [("bad", 0.0, 100 * late[code] / most)] if late[code] else []
            narrowed = {kind: code}
            address = self.link("oversight", narrowed)
            rows.append(Row(names[code], self.values(places[code], **narrowed), address, bar=bar))
        return rows

    @property
    def counted(self) -> list[Queue]:
        """The figures of the columns."""
        return [one.queue for one in self.plan.figures if isinstance(one, Figure)]

    @property
    def late_queue(self) -> Queue:
        """The figure that says how much is late."""
        return next(one for one in self.plan.queues if one.code == "overdue")

    def ageing(self) -> Table:
        """Return how long overdue what is: by state, the court's own and the organisations'."""
        asked = {one.code: self.cases.filter(one.condition(self.platform, self.at)) for one in self.plan.bands}
        found = reports.by_place(asked, "state")
        self.found |= found
        lines = [state for state in OWNERS if any(found[one.code][state] for one in self.plan.bands)]
        most = max((sum(found[one.code][state] for one in self.plan.bands) for state in lines), default=0)
        rows = [
            Row(
                _("合计"),
                [Cell(self.spoken(one, found[one.code].total()), self.url(one)) for one in self.plan.bands],
                whole=True,
            )
        ]
        for state in sorted(lines, key=lambda state: OWNERS[state] is not Seat.COURT):
            cells = [
                Cell(self.spoken(one, found[one.code][state]), self.url(one, state=state)) for one in self.plan.bands
            ]
            bar, start = [], 0.0
            for place, one in enumerate(self.plan.bands):
                length = 100 * found[one.code][state] / most
                bar.append((f"band-{place}", start, length))
                start += length
            rows.append(Row(label_of(state), cells, note=label_of(OWNERS[state]), bar=bar))
        return self.table(
            "ageing", _("超期分布"), _("状态"), [str(one.label) for one in self.plan.bands], rows,
            note=_("以自然日计算，从期限届满的次日起；一件案件有几项期限超期的，分别计入。"), bars=_("超期案件"),
        )  # fmt: skip

    def weekly(self) -> Table:
        """Return the last seven days beside the seven before."""
        rows, most = [], max((self.number(q) for one in self.plan.weeks for q in (one.now, one.before)), default=0)
        for one in self.plan.weeks:
            now, before = self.number(one.now), self.number(one.before)
            bar = [("plain", 0.0, 100 * before / most), ("brand", 0.0, 100 * now / most)] if now or before else []
            change = Cell(f"{now - before:+d}" if now != before else "0")
            rows.append(Row(str(one.label), [self.cell(one.now), self.cell(one.before), change], bar=bar))
        return self.table(
            "weeks", _("近两周"), _("事项"), [_("近7日"), _("前7日"), _("增减")], rows,
            note=_("近7日含今天，前7日为再往前的七天。"), bars=_("近7日（深色）与前7日（浅色）"),
            methods=[(str(one.label), str(one.method)) for one in self.plan.weeks],
        )  # fmt: skip

    def months(self) -> Table | None:
        """Return twelve months from the kept rows; nothing where cases are told apart by court, for rows are not."""
        if self.plan.place == "court" and (self.scope or not self.nationwide):
            return None
        asked = None if self.nationwide and not self.scope else list(self.organisations)
        firsts = reports.months(self.at)
        kept: dict[date, Counter[Outcome]] = {first: Counter() for first in firsts}
        for (_organisation, first), found in reports.monthly(self.platform, firsts[0], asked).items():
            kept.setdefault(first, Counter()).update(found)
        most = max((found[Outcome.SETTLED] + found[Outcome.FAILED] for found in kept.values()), default=0)
        rows = []
        for first in reversed(firsts):
            found = kept[first]
            cells = [Cell(found[outcome], self._month_url(outcome, first)) for outcome in CAME_OUT]
            settled, ended = found[Outcome.SETTLED], found[Outcome.SETTLED] + found[Outcome.FAILED]
            rate = reports.share(settled, ended)
            cells.append(_percent(rate, self._month_url(Outcome.SETTLED, first)))
            good = 100 * settled / most if ended else 0.0
            bar = [("good", 0.0, good), ("plain", good, 100 * (ended - settled) / most)] if ended else []
            label = _("%(year)d年%(month)d月") % {"year": first.year, "month": first.month}
            rows.append(Row(label, cells, bar=bar))
        return self.table(
            "months", _("近十二个月"), _("月份"), [*(label_of(one) for one in CAME_OUT), _("成功率")], rows,
            note=_("按北京时间的自然月；一件案件在一个月内几次同样结束的，计一件。"),
            bars=_("达成协议（深色）与调解不成（浅色）"),
            methods=[
                (_("成功率"), _("当月达成调解协议的案件，除以当月达成协议和调解不成的案件之和；撤回申请的不计入。")),
            ],
        )  # fmt: skip

    def _month_url(self, outcome: Outcome, first: date) -> str:
        asked = {"outcome": outcome.value, "month": first.isoformat(), **self.scope}
        return self.link("cases", asked)

    def tables(self) -> list[Table]:
        """Return every table of the page."""
        found = [self.by_unit()] if len(self.units) > 1 and not self.scope else []
        months = self.months()
        return [*found, self.by_place(), self.ageing(), self.weekly(), *([months] if months else [])]

    # What is no table.

    def docking(self) -> list[dict[str, Any]]:
        """Return how the docking stands for these cases."""
        tiles = []
        for one in self.plan.docking:
            number = self.number(one.queue)
            tone = one.queue.tone if number else ""
            value = self.spoken(one.queue, number)
            tiles.append({"label": one.queue.label, "value": value, "url": self.url(one.queue), "tone": tone})
        return tiles

    def oldest(self) -> str:
        """Return in words how long the oldest entry of these cases has waited for the peer."""
        since = self.plan.oldest(self.cases, self.platform) if self.plan.oldest else None
        if since is None:
            return ""
        minutes = max(int((self.at - since).total_seconds() // 60), 0)
        if minutes < 120:
            return ngettext("%(count)d分钟", "%(count)d分钟", minutes) % {"count": minutes}
        return ngettext("%(count)d小时", "%(count)d小时", minutes // 60) % {"count": minutes // 60}
