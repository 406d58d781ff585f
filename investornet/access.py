"""Who may see what on InvestorNet. The one place; tested as a matrix of roles and windows.

Called by: admin, portal and API of this platform.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from mediation.actor import Actor
from mediation.lifecycle import BEFORE_ORGANISATION, PERHAPS_UNACCEPTED
from mediation.models import Appointment
from mediation.rights import OF_AGREEMENT, TO_PARTIES, Rights
from mediation.vocabulary import Audience, DraftAct, PaperKind, Role, Track
from roster import queries as roster
from roster.lifecycle import CAMPAIGN, COMPLAINT, LISTING
from roster.models import Campaign, Complaint, Listing, Organisation, Post
from roster.world import FILES

A, P = Audience, PaperKind
DESK = frozenset({Role.UNIT, Role.PROTECTION_BUREAU, Role.SERVICE_CENTRE, Role.OPERATOR})
"""Who may enter the admin site of this platform."""

FILE_READERS = frozenset({Role.ORGANISATION, Role.MEDIATOR, Role.UNIT, Role.PROTECTION_BUREAU, Role.INTEGRATOR})
READS: dict[Role, frozenset[Audience]] = {
    Role.ORGANISATION: frozenset({A.ALL, A.ORGANISATION}),
    Role.MEDIATOR: frozenset({A.ALL, A.PARTIES, A.APPLICANTS, A.RESPONDENTS, A.MEDIATOR, A.ORGANISATION}),
    Role.INTEGRATOR: frozenset({A.ALL, A.ORGANISATION}),
    Role.PARTY: frozenset({A.ALL, A.PARTIES}),
    Role.AGENT: frozenset({A.ALL, A.PARTIES}),
}


DRAFTS: dict[Role, frozenset[DraftAct]] = {
    Role.ORGANISATION: frozenset({DraftAct.READ}),
    Role.MEDIATOR: frozenset(DraftAct),
    Role.PARTY: frozenset({DraftAct.READ, DraftAct.COMMENT}),
    Role.AGENT: frozenset({DraftAct.READ, DraftAct.COMMENT}),
}
"""Who does what with the draft of an agreement: the organisation reads what was shown to the parties, not what they say
about it.
"""

TO_ORGANISATION = OF_AGREEMENT | {P.DELEGATION, P.ENTRUSTMENT, P.HANDOVER}
TAKES: dict[Role, frozenset[PaperKind]] = {
    Role.ORGANISATION: TO_ORGANISATION,
    Role.INTEGRATOR: TO_ORGANISATION,
    Role.MEDIATOR: TO_ORGANISATION | {P.NOTIFICATION},
    Role.PARTY: TO_PARTIES,
    Role.AGENT: TO_PARTIES,
}


class NetRights(Rights):
    """Organisations see their own cases, mediators those they serve in, units those of their organisations without
    contents.
    """

    platform = "investornet"

    def reach(self, post: Post) -> Q | None:
        """Return the condition for the cases this post may see."""
        role = Role(post.role)
        if role is Role.ORGANISATION or (role is Role.INTEGRATOR and post.organisation):
            taken_on = Q(track=Track.OFFLINE) | Q(sheet__has_key="accepted_at")
            ours = Q(organisation=str(post.organisation)) & ~Q(state__in=BEFORE_ORGANISATION)
            return ours & (~Q(state__in=PERHAPS_UNACCEPTED) | taken_on)
        if role is Role.MEDIATOR:
            serves = Appointment.objects.filter(
                case=OuterRef("pk"), platform=self.platform, mediator=str(post.mediator)
            )
            return Q(Exists(serves)) & ~Q(state__in=BEFORE_ORGANISATION)
        if role is Role.UNIT:
            # References are text in cases and UUIDs in the roster: resolved here, once per request.
            supervised = Organisation.objects.filter(platform=self.platform, unit=post.unit).values_list(
                "ref", flat=True
            )
            return Q(organisation__in=[str(ref) for ref in supervised])
        if role is Role.PROTECTION_BUREAU:
            return Q()
        return None

    def reads(self, role: Role) -> frozenset[Audience]:
        """Return the audiences this role may read; supervising and operating roles read no contents."""
        return READS.get(role, frozenset())

    def drafts(self, role: Role) -> frozenset[DraftAct]:
        """Return what this role may do with the draft of an agreement: mediators write, parties read and comment."""
        return DRAFTS.get(role, frozenset())

    def takes(self, role: Role) -> frozenset[PaperKind]:
        """Return the papers this role may be handed: organisations the court's letters to them, parties theirs."""
        return TAKES.get(role, frozenset())

    def may_take_certificate(self, actor: Actor, listing: Listing) -> bool:
        """Tell whether the entry is the organisation's own, one of its mediators', or the mediator's own."""
        if actor.role is Role.MEDIATOR:
            return str(listing.mediator) == actor.ref
        if actor.role is not Role.ORGANISATION:
            return False
        if listing.organisation:
            return str(listing.organisation) == actor.seat
        mediator = roster.mediator(self.platform, listing.mediator or "")
        return mediator is not None and str(mediator.organisation) == actor.seat

    def books(self, actor: Actor, aggregate: str) -> QuerySet[Any] | None:
        """Return the rows of the roster this capacity may read: the files it keeps, reviews, watches or is about, and
        what the courts answered about these; a programme those of its organisation; supervisors the complaints about
        those they supervise; consolidations are the bureau's.
        """
        if aggregate == CAMPAIGN and actor.role is Role.PROTECTION_BUREAU:
            return Campaign.objects.filter(platform=self.platform)
        if aggregate == LISTING:
            return self._about(Listing, actor)
        if aggregate == COMPLAINT and actor.role in (Role.UNIT, Role.PROTECTION_BUREAU):
            return self._about(Complaint, actor)
        if aggregate not in FILES or actor.role not in FILE_READERS:
            return None
        if actor.role is Role.INTEGRATOR:
            named = "ref" if aggregate == "organisation" else "organisation"
            rows = FILES[aggregate].objects.filter(platform=self.platform)
            return rows.filter(**{named: actor.seat}) if actor.seat != self.platform else None
        return self.files(actor, aggregate)

    def _about(self, model: type[Model], actor: Actor) -> QuerySet[Any] | None:
        """Return the entries or complaints that are about files this capacity may read (N-4.4)."""
        held, read = model._default_manager.filter(platform=self.platform), [self.books(actor, kind) for kind in FILES]
        if actor.role is Role.PROTECTION_BUREAU:
            return held
        about = [Q(**{f"{rows.model.aggregate}__in": rows.values("ref")}) for rows in read if rows is not None]
        return held.filter(reduce(or_, about)) if about else None

    def files(self, actor: Actor, aggregate: str) -> QuerySet[Any]:
        """Return the files this capacity keeps, reviews, watches or is about: its own, those it supervises, or all
        (N-4.3).
        """
        rows = FILES[aggregate].objects.filter(platform=self.platform)
        if actor.role is Role.ORGANISATION:
            return rows.filter(**{"ref" if aggregate == "organisation" else "organisation": actor.seat})
        if actor.role is Role.MEDIATOR:
            return rows.filter(ref=actor.ref) if aggregate == "mediator" else rows.none()
        if actor.role is Role.UNIT:
            return rows.filter(unit=actor.seat)
        return rows if actor.role is Role.PROTECTION_BUREAU else rows.none()


rights = NetRights()
