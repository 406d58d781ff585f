"""The shape of "who may see what": each platform's ``access`` fills it in, and every window asks it and nothing else.

Lives here: the questions, and what both platforms answer alike (a party's own cases). Does not live here: the answers
that
differ (``courtplatform.access``, ``investornet.access``), what may be done (``moves``).
Called by: pages, admin, API and exports of both platforms.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, ClassVar

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, Value

from mediation.actor import Actor
from mediation.models import Case, CaseSet, Claim, Document, Enclosure, Party
from mediation.vocabulary import Audience, EnclosureKind, PaperKind, Role, Side
from roster import queries as roster
from roster.models import Account, Listing, Post

PERSONAL = frozenset({EnclosureKind.PARTY.value, EnclosureKind.AGENT.value})


HANDLERS = frozenset({Role.CLERK, Role.JUDGE, Role.COURT_LEADER, Role.MEDIATOR, Role.ORGANISATION})
"""Who handles a case and so never takes a party's place in it."""

P = PaperKind
TO_PARTIES = frozenset({P.RECEIPT, P.RETURN, P.NOTIFICATION, P.CONSULTATION, P.REASSIGNMENT, P.RESUMPTION})
"""Papers addressed to the parties."""


class Rights:
    """Who may see what on one platform. Everything is denied unless a line below allows it."""

    platform: ClassVar[str]

    # The two answers each platform gives.

    def reach(self, post: Post) -> Q | None:
        """Return the condition for the cases this post may see, or None if it sees no case."""
        raise NotImplementedError

    def reads(self, role: Role) -> frozenset[Audience]:
        """Return the audiences whose texts and documents this role may read in a case it sees."""
        raise NotImplementedError

    def takes(self, role: Role) -> frozenset[PaperKind]:
        """Return the papers this role may be handed in a case it sees."""
        raise NotImplementedError

    def may_take_certificate(self, actor: Actor, listing: Listing) -> bool:
        """Tell whether this capacity may be handed the certificate of a roster entry."""
        raise NotImplementedError

    # What both answer alike.

    def posts(self, account: Account, at: datetime) -> list[Post]:
        """Return the capacities the account holds here at that instant; one request asks the rows once."""
        asked = account.__dict__.setdefault("_posts_at", {})
        if (self.platform, at) not in asked:
            asked[self.platform, at] = roster.posts_held(account, self.platform, at)
        return list(asked[self.platform, at])

    def reaches(self, account: Account, at: datetime) -> list[tuple[Post, Q]]:
        """Return the posts that see cases, each with its condition; an empty condition means every case."""
        asked = ((post, self.reach(post)) for post in self.posts(account, at))
        return [(post, reach) for post, reach in asked if reach is not None]

    def roles(self, account: Account, at: datetime) -> frozenset[Role]:
        """Return the roles of the account's posts here."""
        return frozenset(Role(post.role) for post in self.posts(account, at))

    def visible(self, account: Account, at: datetime) -> CaseSet:
        """Return the cases of this platform that the account may see, by posts and by being a party or agent."""
        reaches = [reach for _post, reach in self.reaches(account, at)]
        if not all(reaches):
            return Case.objects.of(self.platform)
        if not reaches or self._is_known(account):
            # Staff whose own identity nobody has verified are no party: their long lists stay walks along one index.
            reaches.append(self._own(account))
        return Case.objects.of(self.platform).filter(reduce(or_, reaches))

    def reached(self, cases: CaseSet, account: Account, at: datetime) -> CaseSet:
        """Return these cases, each with the answer which posts reach it: ``actors`` then need not ask again."""
        answers: dict[str, Any] = {
            _reached_by(post): ExpressionWrapper(reach, BooleanField()) if reach else Value(True)
            for post, reach in self.reaches(account, at)
        }
        return cases.annotate(reached_at=F("entries"), **answers)

    def own_cases(self, account: Account) -> CaseSet:
        """Return the cases in which the account itself is a party or agent."""
        return Case.objects.of(self.platform).filter(self._own(account))

    def _is_known(self, account: Account) -> bool:
        return bool(account.identity_verified_at and account.identity_index)

    def _own(self, account: Account) -> Q:
        claimed = Exists(Claim.objects.filter(case=OuterRef("pk"), account=account))
        if not self._is_known(account):
            return Q(claimed)
        mine = Party.objects.filter(
            case=OuterRef("pk"),
            platform=self.platform,
            identity_kind=account.identity_kind,
            identity_index=account.identity_index,
        )
        return Q(claimed) | Q(Exists(mine))

    def standing(self, account: Account, case: Case) -> list[Party]:
        """Return the parties and agents of the case that this account is."""
        claimed = set(Claim.objects.filter(case=case, account=account).values_list("party", flat=True))
        verified = bool(account.identity_verified_at and account.identity_index)
        return [
            person
            for person in case.people.all()
            if person.ref in claimed
            or (
                verified
                and person.identity_kind == account.identity_kind
                and person.identity_index == account.identity_index
            )
        ]

    def actors(self, account: Account, case: Case, at: datetime) -> list[Actor]:
        """Return the capacities in which the account may act in this case, parties first."""
        # The answers that came with the case hold as long as nothing has happened in it.
        told = case.__dict__ if case.__dict__.get("reached_at") == case.entries else {}
        serving = [
            self.actor_of(post, account)
            for post, reach in self.reaches(account, at)
            if (told[name] if (name := _reached_by(post)) in told else self._reaches(reach, case))
        ]
        if any(actor.role in HANDLERS for actor in serving):
            # Who handles a case is never also a party of it (TY-15), whatever its particulars have been made to say.
            return serving
        return [
            Actor(Role.PARTY if person.side else Role.AGENT, str(person.ref), "", self.platform, account.name)
            for person in self.standing(account, case)
        ] + serving

    def _reaches(self, reach: Q, case: Case) -> bool:
        return Case.objects.filter(reach, pk=case.pk).exists()

    def actor_of(self, post: Post, account: Account) -> Actor:
        """Return the actor a post makes of its account: a mediator acts by their file, others by an opaque ref."""
        if post.role == Role.MEDIATOR:
            return Actor(Role.MEDIATOR, str(post.mediator), str(post.organisation), self.platform, account.name)
        seat = post.court or str(post.organisation or "") or post.unit or self.platform
        return Actor(Role(post.role), str(account.ref), seat, self.platform, account.name)

    def audiences(self, case: Case, actors: Iterable[Actor]) -> frozenset[Audience]:
        """Return the audiences these capacities may read in the case; a party also reads its own side's."""
        found: set[Audience] = set()
        for actor in actors:
            found |= self.reads(actor.role)
            for ref in self._speaks_for(case, actor):
                side = case.sheet["parties"].get(ref, {}).get("side")
                found |= {Audience.APPLICANTS} if side == Side.APPLICANT else {Audience.RESPONDENTS} if side else set()
        return frozenset(found)

    def _speaks_for(self, case: Case, actor: Actor) -> list[str]:
        if actor.role is Role.PARTY:
            return [actor.ref]
        if actor.role is Role.AGENT:
            return list(case.sheet.get("agents", {}).get(actor.ref, {}).get("for", []))
        return []

    def texts(self, case: Case, actors: Iterable[Actor]) -> list[Enclosure]:
        """Return the texts of the case these capacities may read, in journal order; never personal particulars."""
        wanted = self.audiences(case, actors)
        rows = Enclosure.objects.filter(case=case, number__isnull=False, audience__in=wanted)
        return list(rows.exclude(kind__in=[*PERSONAL, EnclosureKind.DOCUMENT]).order_by("number", "id"))

    def documents(self, case: Case, actors: Iterable[Actor]) -> list[Document]:
        """Return the documents of the case these capacities may read."""
        return list(case.documents.filter(audience__in=self.audiences(case, actors)))

    def papers(self, case: Case, actors: Iterable[Actor]) -> frozenset[PaperKind]:
        """Return the papers these capacities may be handed; a party's receipt is the applicant's alone."""
        found: set[PaperKind] = set()
        for actor in actors:
            parties = case.sheet["parties"]
            sides = {parties.get(ref, {}).get("side") for ref in self._speaks_for(case, actor)}
            responds = actor.role in (Role.PARTY, Role.AGENT) and Side.APPLICANT not in sides
            found |= self.takes(actor.role) - ({PaperKind.RECEIPT} if responds else set())
        return frozenset(found)

    def may_reveal(self, actors: Iterable[Actor]) -> bool:
        """Tell whether full identifiers may be revealed to these capacities (who did goes to the local log)."""
        return any(actor.role in (Role.CLERK, Role.JUDGE, Role.MEDIATOR, Role.ORGANISATION) for actor in actors)


def _reached_by(post: Post) -> str:
    return f"reached_by_{post.pk}"
