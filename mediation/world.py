"""What a writer's guards may ask about everything outside the case.

Lives here: the answers to ``guards.World``. Does not live here: the guards.
Called by: the door, once per move, on the platform that writes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.conf import settings

from mediation import competence, conflicts, law, queries
from mediation.actor import Actor
from mediation.guards import CaseView, parties
from mediation.lifecycle import OPEN
from mediation.models import Case
from mediation.vocabulary import Cause, CodePurpose, Track
from roster import queries as roster


class Surroundings:
    """Roster, load, conflicts, courts and numbers as one platform knows them."""

    def __init__(self, platform: str) -> None:
        self.platform = platform

    def takes(self, organisation: str, cause: str) -> bool:
        """Tell whether the organisation is active and takes this cause; an empty list means every dispute."""
        found = roster.organisation(self.platform, organisation)
        return (
            found is not None and found.active and (not found.causes or cause in found.causes or cause == Cause.OTHER)
        )

    def is_listed(self, court: str, organisation: str, on: date) -> bool:
        """Tell whether the organisation stands on this court's roster on that day."""
        return roster.is_listed(self.platform, court, organisation, on)

    def has_capacity(self, organisation: str) -> bool:
        """Tell whether the organisation's open cases leave room for one more."""
        found = roster.organisation(self.platform, organisation)
        return found is not None and queries.load_of(self.platform, organisation) < found.capacity

    def conflicts(self, case: CaseView, mediators: Iterable[str], organisation: str) -> bool:
        """Tell whether something bars them that no consent cures (``conflicts.BARS``); the rest is disclosed."""
        held = Case.objects.of(self.platform).get(ref=case.ref)
        return any(found.bars for found in conflicts.find(held, mediators, organisation))

    def is_own_listed(self, court: str, organisation: str, mediator: str, on: date) -> bool:
        """Tell whether the mediator works under the organisation and stands on the court's roster on that day."""
        found = roster.listed_mediators(self.platform, court, on)
        return found.filter(ref=mediator, organisation=organisation).exists()

    def may_serve(self, case: CaseView, mediators: Iterable[str]) -> bool:
        """Tell whether all these mediators are active members of the case's organisation, and none of them was refused
        by, suspended at or struck off the roster of the court that delegated or entrusted the case (TY-6, TY-12).
        """
        wanted = set(mediators)
        active = {str(mediator.ref) for mediator in roster.mediators_of(self.platform, case.organisation)}
        if not wanted <= active:
            return False
        by_court = case.track in (Track.DELEGATED, Track.ENTRUSTED)
        return not (by_court and roster.kept_out(self.platform, case.court, wanted))

    def knows_court(self, court: str) -> bool:
        """Tell whether such a court exists."""
        return roster.court(court) is not None

    def knows_organisation(self, organisation: str) -> bool:
        """Tell whether there is such an organisation, and it is active."""
        found = roster.organisation(self.platform, organisation)
        return found is not None and found.active

    def is_number_free(self, number: str, case: CaseView) -> bool:
        """Tell whether no other case of this platform bears this number."""
        return not Case.objects.of(self.platform).filter(number=number).exclude(ref=case.ref).exists()

    def case_code(self, purpose: CodePurpose, court: str, on: date) -> str:
        """Return the type code that this court's case numbers take for a purpose on that day, its own if it has one."""
        return law.case_code(purpose, on, court, settings.COURT_CASE_CODES)

    def is_scan_new(self, digest: str, organisation: str, case: CaseView) -> bool:
        """Tell whether no other open off-line case of this organisation rests on a scan with this digest."""
        standing = Case.objects.of(self.platform).filter(organisation=organisation, state__in=OPEN, track=Track.OFFLINE)
        return not standing.filter(sheet__agreement__digest=digest).exclude(ref=case.ref).exists()

    def is_withdrawable(self, document: str, case: CaseView, by: Actor, at: datetime) -> bool:
        """Tell whether this actor handed the document in, a quarter of an hour ago at most."""
        held = Case.objects.of(self.platform).get(ref=case.ref)
        return document in queries.withdrawable(held, [by], at)

    def is_competent(self, court: str, case: CaseView) -> bool:
        """Tell whether the court may confirm or decree: the inviting court of a delegated case, unless it was the
        wrong one.

        Else CPL-205 item 2: the court of a party's domicile, the subject matter or the organisation, which the
        parties name;
        disputes that belong to intermediate courts (misstatement, futures: law.md §7.3) go to those or to a special
        court.
        """
        if competence.is_invited(case.track, case.sheet):
            return bool(court == case.court)
        found = roster.court(court)
        return found is not None and found.level in competence.levels(case.cause) and bool(parties(case))
