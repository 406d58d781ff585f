"""Who may see what on the court platform. The one place; tested as a matrix of roles and windows.

Called by: admin, portal and API of this platform.
"""

from __future__ import annotations

from django.db.models import Q

from mediation.rights import Rights
from mediation.vocabulary import Audience, Role
from roster.models import Post

A = Audience
COURT_STAFF = frozenset({Role.CLERK, Role.JUDGE, Role.COURT_LEADER})
NATIONAL = frozenset({Role.SPC_DOCKETING, Role.SPC_CIVIL2})
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


rights = CourtRights()
