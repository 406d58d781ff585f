"""The shape of "who may see what": each platform's ``access`` fills it in, and every window asks it and nothing else.

Lives here: the questions, and what both platforms answer alike (a party's own cases). Does not live here: the answers
that
differ (``courtplatform.access``, ``investornet.access``), what may be done (``moves``).
Called by: pages, admin, API and exports of both platforms.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Value

from mediation.actor import Actor
from mediation.models import Case, CaseEvent, CaseSet, Claim, Document, Enclosure, Party
from mediation.platform import home_of
from mediation.vocabulary import Audience, DraftAct, EnclosureKind, PaperKind, Role, Seat, Side, Track
from roster import queries as roster
from roster.models import Account, Listing, Post
from roster.tokens import Access

PERSONAL = frozenset({EnclosureKind.PARTY.value, EnclosureKind.AGENT.value})


HANDLERS = frozenset({Role.CLERK, Role.JUDGE, Role.COURT_LEADER, Role.MEDIATOR, Role.ORGANISATION})
"""Who handles a case and so never takes a party's place in it."""

P = PaperKind
OF_AGREEMENT = frozenset({P.CONFIRMATION_APPLICATION, P.MEDIATION_PROOF, P.PERFORMANCE})
TO_PARTIES = OF_AGREEMENT | {
    P.RECEIPT, P.COPY, P.RETURN, P.NOTIFICATION, P.CONSULTATION, P.REASSIGNMENT, P.RESUMPTION
}  # fmt: skip
"""Papers addressed to the parties, or made of what they have agreed."""

CHANNELS = frozenset({Audience.PARTIES, Audience.APPLICANTS, Audience.RESPONDENTS})
"""Between whom something is said in a mediation: all parties, or one side, and the mediator."""


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

    def books(self, actor: Actor, aggregate: str) -> QuerySet[Any] | None:
        """Return the rows of the roster of one kind that this capacity may read, or None if it reads none."""
        return None

    # What both answer alike.

    def rows(self, actors: Iterable[Actor], aggregate: str) -> QuerySet[Any] | None:
        """Return the rows of the roster of one kind that these capacities may read, or None if they read none."""
        found = [rows for actor in actors if (rows := self.books(actor, aggregate)) is not None]
        return reduce(or_, found) if found else None

    def actors_within(self, account: Account, access: Access | None, at: datetime) -> list[Actor]:
        """Return the capacities of an account's posts: all, or those at the client's own court or organisation."""
        client = access.client if access is not None else None
        held = self.posts(account, at)
        if client is not None and client.court:
            held = [post for post in held if post.court == client.court]
        if client is not None and client.organisation:
            held = [post for post in held if post.organisation == client.organisation]
        return [self.actor_of(post, account) for post in held]

    def seats_within(self, account: Account, access: Access | None, at: datetime) -> set[str]:
        """Return the organisations for which an account reads, all or the client's own: what happened while one of them
        had a case stays told to it.
        """
        actors = self.actors_within(account, access, at)
        return {actor.seat for actor in actors if actor.role in (Role.ORGANISATION, Role.INTEGRATOR) and actor.seat}

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
        if not reaches or self._is_known(account) or roster.desk_posts(account, self.platform):
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
        known = self.identities(account)
        if not known:
            return Q(claimed)
        mine = Party.objects.filter(same_person(known), case=OuterRef("pk"), platform=self.platform)
        return Q(claimed) | Q(Exists(mine))

    def identities(self, account: Account) -> dict[tuple[str, str], str]:
        """Return the verified identities this account stands for, each with the authority it has for it: none where the
        identity is its own, that of its place where it works at a firm's desk (CPL-62).
        """
        found = {
            (post.firm.identity_kind, post.firm.identity_index): post.power
            for post in roster.desk_posts(account, self.platform)
            if post.firm is not None and self._is_known(post.firm)
        }
        own = {(account.identity_kind, account.identity_index): ""} if self._is_known(account) else {}
        return found | own

    def persons(self, account: Account, cases: Collection[Case]) -> dict[int, set[str]]:
        """Return by case as which of its persons this account stands in it; for lists, in two questions."""
        claims = Claim.objects.filter(case__in=cases, account=account).values_list("case", "party")
        known = self.identities(account)
        own = Party.objects.filter(same_person(known), case__in=cases).values_list("case", "ref") if known else ()
        found: dict[int, set[str]] = {case.pk: set() for case in cases}
        for case, ref in (*claims, *own):
            found[case].add(str(ref))
        return found

    def standing(self, account: Account, case: Case) -> list[Party]:
        """Return the parties and agents of the case that this account is, or for whose firm it works."""
        return [person for person, _power in self._standing(account, case)]

    def _standing(self, account: Account, case: Case) -> list[tuple[Party, str]]:
        """Return the same, each with the authority the account has for it. Nobody speaks for a firm against somebody
        they stand for already, nor for two firms against each other.
        """
        # Fetched before where many cases are asked about at once.
        claimed = {one.party for one in case.claims.all() if one.account_id == account.pk}
        known = self.identities(account)
        found = [
            (person, "" if person.ref in claimed else known[person.identity_kind, person.identity_index])
            for person in case.people.all()
            if person.ref in claimed or (person.identity_kind, person.identity_index) in known
        ]
        sides = self._sides(case, [person for person, power in found if not power])
        sides = sides or self._sides(case, [person for person, _power in found])
        return [(person, power) for person, power in found if not power or sides == {person.side}]

    def _sides(self, case: Case, people: Iterable[Party]) -> set[str]:
        """Return on which sides of a case these people stand or act."""
        agents, parties = case.sheet.get("agents", {}), case.sheet.get("parties", {})
        acted_for = (ref for one in people if not one.side for ref in agents.get(str(one.ref), {}).get("for", ()))
        return {one.side for one in people if one.side} | {parties[ref]["side"] for ref in acted_for if ref in parties}

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
            Actor(Role.PARTY if person.side else Role.AGENT, str(person.ref), "", self.platform, account.name, power)
            for person, power in self._standing(account, case)
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
        """Return the documents of the case these capacities may read; who confides in the mediator alone goes on seeing
        what was confided.
        """
        acting = list(actors)
        readable = Q(audience__in=self.audiences(case, acting))
        own = [actor.ref for actor in acting if actor.role in (Role.PARTY, Role.AGENT)]
        if own:
            entries = CaseEvent.objects.filter(case=case, by__ref__in=own)
            readable |= Q(audience=Audience.MEDIATOR, number__in=entries.values("number"))
        return list(case.documents.filter(readable))

    def document(self, case: Case, actors: Iterable[Actor], ref: UUID) -> Document | None:
        """Return one document of the case, or None where there is none that these capacities may read."""
        return next((one for one in self.documents(case, actors) if one.ref == ref), None)

    def papers(self, case: Case, actors: Iterable[Actor]) -> frozenset[PaperKind]:
        """Return the papers these capacities may be handed; receipt and copy are the applicant's alone."""
        found: set[PaperKind] = set()
        for actor in actors:
            parties = case.sheet["parties"]
            sides = {parties.get(ref, {}).get("side") for ref in self._speaks_for(case, actor)}
            responds = actor.role in (Role.PARTY, Role.AGENT) and Side.APPLICANT not in sides
            found |= self.takes(actor.role) - ({PaperKind.RECEIPT, PaperKind.COPY} if responds else set())
        return frozenset(found)

    def drafts(self, role: Role) -> frozenset[DraftAct]:
        """Return what this role may do with the draft of an agreement in a case it sees; none held, nothing."""
        return frozenset()

    def drafting(self, actors: Iterable[Actor]) -> frozenset[DraftAct]:
        """Return what these capacities may do with the draft of an agreement in a case they see."""
        return frozenset(act for actor in actors for act in self.drafts(actor.role))

    def channels(self, case: Case, actors: Iterable[Actor]) -> frozenset[Audience]:
        """Return the channels of the mediation in which these capacities speak and listen: only where mediators sit,
        and none where the parties had agreed before the case was here.
        """
        here = home_of(Seat.ORGANISATION) == self.platform and case.track != Track.OFFLINE
        return self.audiences(case, actors) & CHANNELS if here else frozenset()

    def may_see_account(self, case: Case, actors: Iterable[Actor], ends: Iterable[str]) -> bool:
        """Tell whether an account number named in an agreement is shown in full: to the mediator, and to whoever pays
        into it or is paid.
        """
        concerned = set(ends)
        return any(
            DraftAct.WRITE in self.drafts(actor.role) or concerned & set(self._speaks_for(case, actor))
            for actor in actors
        )

    def may_reveal(self, actors: Iterable[Actor]) -> bool:
        """Tell whether full identifiers may be revealed to these capacities (who did goes to the local log)."""
        return any(actor.role in (Role.CLERK, Role.JUDGE, Role.MEDIATOR, Role.ORGANISATION) for actor in actors)


def within(access: Access | None) -> Q:
    """Return the condition for the cases a client may reach at all: those of its court or organisation."""
    found = Q()
    if access is not None and access.client.court:
        found &= Q(court=access.client.court)
    if access is not None and access.client.organisation:
        found &= Q(organisation=str(access.client.organisation))
    return found


def same_person(identities: Iterable[tuple[str, str]]) -> Q:
    """Return the condition for the rows of people who have one of these identities."""
    return reduce(or_, (Q(identity_kind=kind, identity_index=index) for kind, index in identities))


def _reached_by(post: Post) -> str:
    return f"reached_by_{post.pk}"
