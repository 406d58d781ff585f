"""One case as its papers read it: the journal at the entry a paper is about, people, names, texts, materials.

Lives here: reading, each row once. Does not live here: which paper may be made (``kinds``), wording.
Called by: ``kinds``, ``letters``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.conf import settings

from mediation import law, queries
from mediation.models import Case, CaseEvent, Document, Party
from mediation.vocabulary import (
    Audience,
    Cause,
    ClockKind,
    EnclosureKind,
    Power,
    Procedure,
    Seat,
    Side,
    State,
    Track,
)
from mediation.workdays import Calendar, local_day
from roster import queries as roster
from roster.models import Organisation

COURT_TRACKS = (Track.DELEGATED, Track.ENTRUSTED)
SENT_AWAY = ("decline", "lapse_reply", "recall", "send_back")
"""Moves by which a case comes back from an organisation that has not accepted it."""


class Record:
    """A case at one instant; ``events`` saves the query where a page has read the journal already.

    ``confided`` are documents not open to everybody that whoever takes the paper may read.
    """

    def __init__(
        self,
        case: Case,
        at: datetime,
        events: Sequence[CaseEvent] | None = None,
        confided: Sequence[Document] = (),
    ) -> None:
        self.case, self.at, self.confided = case, at, confided
        self._events = events

    @cached_property
    def events(self) -> list[CaseEvent]:
        """The journal, oldest first."""
        return list(self._events) if self._events is not None else queries.history(self.case)

    @cached_property
    def calendar(self) -> Calendar:
        """The working-day calendar in force."""
        return queries.calendar()

    # Entries.

    def entries(self, *moves: str) -> Iterator[CaseEvent]:
        """Yield the entries that made one of these moves, newest first."""
        return (event for event in reversed(self.events) if event.move in moves)

    def last(self, *moves: str, before: CaseEvent | None = None, after: CaseEvent | None = None) -> CaseEvent | None:
        """Return the newest entry that made one of these moves, if it lies between two others."""
        return next(
            (
                event
                for event in self.entries(*moves)
                if (before is None or event.number < before.number) and (after is None or event.number > after.number)
            ),
            None,
        )

    def following(self, event: CaseEvent, move: str) -> CaseEvent | None:
        """Return the first entry after this one that made a move."""
        return next((one for one in self.events if one.number > event.number and one.move == move), None)

    @cached_property
    def failed(self) -> CaseEvent | None:
        """The entry by which the case last came back to the court without an agreement."""
        states = [event.state for event in self.events]
        came = [
            event
            for event, before in zip(self.events, ["", *states], strict=False)
            if event.state == State.HANDED_BACK and before != State.HANDED_BACK
        ]
        return came[-1] if came else None

    def track(self, event: CaseEvent) -> Track:
        """Return on which track the case was at an entry; docketing makes an entrusted case of it."""
        docketed = self.last("docket_and_entrust")
        if docketed is None:
            return Track(self.case.track)
        opened = str(self.events[0].facts.get("track", Track.DELEGATED))
        return Track.ENTRUSTED if event.number >= docketed.number else Track(opened)

    def number(self, event: CaseEvent | None) -> str:
        """Return the case number the case bore at an entry; without one, the present number."""
        if event is None:
            return self.case.number
        borne = ""
        for one in self.events[: event.number]:
            borne = str(one.facts.get("docket_number") or one.facts.get("number") or borne)
        return borne

    def clock(self, kind: ClockKind, event: CaseEvent | None) -> dict[str, Any] | None:
        """Return the clock that an entry started, or None."""
        return next((clock for clock in event.clocks if clock["kind"] == kind), None) if event else None

    def rule(self, kind: ClockKind, track: Track, on: date) -> law.Rule:
        """Return the period that governs a track on a day."""
        procedure = Procedure(self.case.sheet["procedure"]) if self.case.sheet.get("procedure") else None
        return law.rule_for(
            kind,
            track=track,
            on=on,
            procedure=procedure or (Procedure.ORDINARY if track is Track.ENTRUSTED else None),
            figures=settings.OWN_FIGURES,
        )

    # Names.

    @cached_property
    def court(self) -> str:
        """The court's name."""
        found = roster.court(self.case.court) if self.case.court else None
        return found.name if found else self.case.court or Seat.COURT.label

    def organisation(self, ref: str) -> Organisation | None:
        """Return an organisation as this platform knows it."""
        return roster.organisation(self.case.platform, ref)

    def organisation_name(self, ref: str) -> str:
        """Return what an organisation is called."""
        found = self.organisation(ref)
        return found.name if found else Seat.ORGANISATION.label

    def mediator_names(self) -> list[str]:
        """Return who mediates, by name."""
        found = (roster.mediator(self.case.platform, ref) for ref in self.case.sheet.get("mediators", ()))
        return [one.name for one in found if one]

    @property
    def cause(self) -> str:
        """The cause of action."""
        return Cause(self.case.cause).label

    # People.

    @cached_property
    def people(self) -> list[Party]:
        """Parties and agents, applicants first."""
        return queries.people(self.case)

    def side(self, side: Side) -> list[Party]:
        """Return the parties of one side."""
        return [person for person in self.people if person.side == side]

    @property
    def parties(self) -> list[Party]:
        """Every party."""
        return [person for person in self.people if person.side]

    def agents(self, party: Party) -> list[str]:
        """Return who acts for a party, each with the scope of authority."""
        named = {str(person.ref): person.name for person in self.people if not person.side}
        return [
            f"{named.get(ref, '')}（{Power(held['for'][str(party.ref)]).label}）"
            for ref, held in self.case.sheet.get("agents", {}).items()
            if str(party.ref) in held["for"]
        ]

    # Texts and materials.

    def text(self, kind: EnclosureKind, event: CaseEvent | None = None) -> str:
        """Return the newest text of a kind, or that of one entry; empty where nobody wrote one."""
        readable = (row for row in queries.texts(self.case, [kind]) if row.audience in (Audience.ALL, Audience.COURT))
        held = [row for row in readable if event is None or row.number == event.number]
        for row in reversed(held):
            content = row.content()
            if said := "\n".join(str(content[name]) for name in ("text", "claims") if content.get(name)):
                return said
        return ""

    def contents(self, kind: EnclosureKind, event: CaseEvent) -> list[tuple[str, dict[str, Any]]]:
        """Return whom the enclosures of a kind are about that came with one entry, and what they say."""
        rows = (row for row in queries.texts(self.case, [kind]) if row.number == event.number)
        return [(row.about, row.content()) for row in rows]

    def materials(self, until: CaseEvent | None = None) -> list[tuple[Document, CaseEvent]]:
        """Return the materials that stand open to everybody in the case, with the entry that brought each in."""
        entries = {event.number: event for event in self.events}
        found = self.case.documents.filter(audience=Audience.ALL)
        return [
            (document, entries[document.number])
            for document in found
            if until is None or document.number <= until.number
        ]

    def day_of(self, event: CaseEvent | None) -> date:
        """Return the day in China of an entry, or of the present instant."""
        return local_day(event.at if event else self.at)
