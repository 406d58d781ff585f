"""Who may see what on the court platform. The one place; tested as a matrix of roles and windows.

Called by: admin, portal and API of this platform.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from mediation.actor import Actor
from mediation.rights import TO_PARTIES, Rights
from mediation.vocabulary import Audience, PaperKind, Role
from roster.lifecycle import COMPLAINT, LISTING, RECOGNITION
from roster.models import Complaint, Listing, Post, Recognition

A, P = Audience, PaperKind
COURT_STAFF = frozenset({Role.CLERK, Role.JUDGE, Role.COURT_LEADER})
NATIONAL = frozenset({Role.SPC_DOCKETING, Role.SPC_CIVIL2})
KEEPERS = frozenset({Role.CLERK, Role.COURT_LEADER})
"""Who keeps a court's roster."""

ROSTER_READERS = KEEPERS | {Role.INTEGRATOR}
DESK = COURT_STAFF | NATIONAL | {Role.OPERATOR}
"""Who may enter the admin site of this platform."""

READS: dict[Role, frozenset[Audience]] = {
    Role.CLERK: frozenset({A.ALL, A.COURT}),
    Role.JUDGE: frozenset({A.ALL, A.COURT, A.JUDGE}),
    Role.COURT_LEADER: frozenset({A.ALL, A.COURT}),
    Role.INTEGRATOR: frozenset({A.ALL, A.COURT}),
    Role.PARTY: frozenset({A.ALL, A.PARTIES}),
    Role.AGENT: frozenset({A.ALL, A.PARTIES}),
}


OF_A_CASE = frozenset(P) - {P.ORGANISATION_CERTIFICATE, P.MEDIATOR_CERTIFICATE}
TAKES: dict[Role, frozenset[PaperKind]] = {
    **dict.fromkeys((*COURT_STAFF, Role.INTEGRATOR), OF_A_CASE),
    Role.PARTY: TO_PARTIES,
    Role.AGENT: TO_PARTIES,
}


class CourtRights(Rights):
    """Court staff see their own court's cases; the SPC's divisions see the course of all cases but no contents."""

    platform = "courtplatform"

    def reach(self, post: Post) -> Q | None:
        """Return the condition for the cases this post may see."""
        role = Role(post.role)
        if role in COURT_STAFF or (role is Role.INTEGRATOR and post.court):
            return Q(court=post.court)
        if role in NATIONAL:
            return Q()
        return None

    def reads(self, role: Role) -> frozenset[Audience]:
        """Return the audiences this role may read; the SPC's divisions and operators read no contents."""
        return READS.get(role, frozenset())

    def takes(self, role: Role) -> frozenset[PaperKind]:
        """Return the papers this role may be handed: court staff and their system all, parties those to them."""
        return TAKES.get(role, frozenset())

    def books(self, actor: Actor, aggregate: str) -> QuerySet[Any] | None:
        """Return the rows of the roster this capacity may read: entries and complaints of its own court, recognitions
        the SPC's divisions alone; complaints are no business of programmes.
        """
        if aggregate == LISTING and actor.role in ROSTER_READERS and actor.seat:
            return Listing.objects.filter(platform=self.platform, court=actor.seat)
        if aggregate == COMPLAINT and actor.role in KEEPERS:
            return Complaint.objects.filter(platform=self.platform, court=actor.seat)
        if aggregate == RECOGNITION and actor.role in NATIONAL:
            return Recognition.objects.filter(platform=self.platform)
        return None

    def may_take_certificate(self, actor: Actor, listing: Listing) -> bool:
        """Tell whether this is staff of the court on whose roster the entry stands."""
        return actor.role in COURT_STAFF and actor.seat == listing.court


rights = CourtRights()
