"""One platform's copy of a case."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mediation.lifecycle import OWNERS, Lifecycle
from mediation.numbers import short
from mediation.vocabulary import Seat, State, Track

FOLDED = (
    "state",
    "track",
    "court",
    "organisation",
    "cause",
    "source",
    "amount",
    "number",
    "filed_at",
    "effective_at",
    "shared",
    "sheet",
)
"""The columns that playing the journal must reproduce exactly."""


OBJECTED = models.Q(state=State.CONFIRMED.value, sheet__has_key="objection") & ~models.Q(sheet__objection="")
"""A confirmed case with an objection that nobody has decided (JI-372); the index is only used by this very question."""

SENT_BACK = models.Q(state=State.READY.value) & ~models.Q(organisation="")
"""A case that an organisation declined, left unanswered or lost by recall (N-4.5g), and that was not sent on yet."""


class StateIsProtected(Exception):
    """案件状态只能通过 moves.perform 改变"""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class CaseSet(models.QuerySet["Case"]):
    """Questions about cases; refuses to change what only the door may change."""

    def update(self, **values: Any) -> int:
        """Refuse any folded column: ``QuerySet.update`` would bypass the rule table and the journal."""
        if set(values) & {*FOLDED, "entries", "head"}:
            raise StateIsProtected
        return super().update(**values)

    def of(self, platform: str) -> CaseSet:
        """Return the copies of one platform."""
        return self.filter(platform=platform)


class Case(Lifecycle):
    """One platform's copy of one case: the fold of its journal up to ``entries``, whose last hash is ``head``.

    Names and numbers of people are not here (``Party``); ``frozen`` is why a human must look before anything more
    happens.
    """

    platform = models.CharField(max_length=32)
    shared = models.BooleanField(default=False)
    entries = models.PositiveIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True)
    frozen = models.CharField(max_length=200, blank=True)

    objects = CaseSet.as_manager()

    class Meta:
        verbose_name = _("案件")
        verbose_name_plural = _("案件")
        constraints: ClassVar = [
            # A platform holds one copy of a case.
            models.UniqueConstraint(name="case_once_per_platform", fields=["platform", "ref"]),
            # The second lock behind the door: no state outside the rule table, and "" is never committed.
            models.CheckConstraint(
                name="case_state_known", condition=models.Q(state__in=[state.value for state in State])
            ),
            models.CheckConstraint(
                name="case_track_known", condition=models.Q(track__in=[track.value for track in Track])
            ),
        ]
        indexes: ClassVar = [
            # A clerk's list: her court's cases in one state, newest first, paged by key.
            models.Index(name="case_by_court_state", fields=["platform", "court", "state", "-filed_at", "-id"]),
            # The same over all states.
            models.Index(name="case_by_court", fields=["platform", "court", "-filed_at", "-id"]),
            # An organisation's list in one state, newest first; also its load.
            models.Index(name="case_by_organisation", fields=["platform", "organisation", "state", "-filed_at", "-id"]),
            # "Where is my case" by 案号; also that no number is quoted twice.
            models.Index(name="case_by_number", fields=["platform", "number"], condition=~models.Q(number="")),
            # The national desks: all cases in one state, newest first.
            models.Index(name="case_by_state", fields=["platform", "state", "-filed_at", "-id"]),
            # An operator's list over everything.
            models.Index(name="case_by_age", fields=["platform", "-filed_at", "-id"]),
            # The few cases that a human must look at: counted on every leader's page.
            models.Index(name="case_frozen", fields=["platform", "id"], condition=~models.Q(frozen="")),
            # The few confirmed cases with an undecided objection are counted on every first page; to look for the mark
            # would open every case that was ever confirmed.
            models.Index(name="case_objected", fields=["platform", "court", "-filed_at", "-id"], condition=OBJECTED),
            # The few that an organisation gave back, among all that wait for one.
            models.Index(name="case_sent_back", fields=["platform", "court", "-filed_at", "-id"], condition=SENT_BACK),
        ]

    def __str__(self) -> str:
        return self.number or str(self.ref)

    @property
    def called(self) -> str:
        """What people say of the case: its number, and before it has one the short beginning of its reference."""
        return self.number or gettext("编号%(ref)s") % {"ref": short(self.ref)}

    @property
    def owner(self) -> Seat | None:
        """The seat that alone may write now, or None where the case rests for good."""
        return OWNERS.get(State(self.state)) if self.state else None
