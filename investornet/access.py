"""Who may see what on InvestorNet. The one place; tested as a matrix of roles and windows.

Called by: admin, portal and API of this platform.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from mediation.models import Appointment
from mediation.rights import Rights
from mediation.vocabulary import Audience, Role, State, Track
from roster.models import Organisation, Post

A = Audience
BEFORE_ORGANISATION = (State.FILED, State.CONSULTING, State.READY, State.RETURNED)
"""States in which no organisation has the case: one that declined or stayed silent sees it no longer."""

PERHAPS_UNACCEPTED = (
    State.WITHDRAWN,
    State.HANDED_BACK,
    State.DOCKETED,
    State.TRIAL_RESUMED,
    State.ENDED,
    State.CLOSED,
)
"""States that a case may also reach past an organisation that never accepted it."""

DESK = frozenset({Role.UNIT, Role.PROTECTION_BUREAU, Role.SERVICE_CENTRE, Role.OPERATOR})
"""Who may enter the admin site of this platform."""

READS: dict[Role, frozenset[Audience]] = {
    Role.ORGANISATION: frozenset({A.ALL, A.ORGANISATION}),
    Role.MEDIATOR: frozenset({A.ALL, A.PARTIES, A.APPLICANTS, A.RESPONDENTS, A.MEDIATOR, A.ORGANISATION}),
    Role.INTEGRATOR: frozenset({A.ALL, A.ORGANISATION}),
    Role.PARTY: frozenset({A.ALL, A.PARTIES}),
    Role.AGENT: frozenset({A.ALL, A.PARTIES}),
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


rights = NetRights()
