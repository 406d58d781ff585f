"""Who holds a place in a case at an instant, and which notices are whose.

Lives here: from a line of the table to places, from a place to people with their addresses and preferences, from an
account to its inbox. Does not live here: who may open a case (``rights``), what is told (``table``).
Called by: ``following``, ``reminding``, ``dispatch``, ``service``, windows.

Nobody is remembered as a recipient: whoever holds the place when a message leaves or the inbox is opened is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from mediation import duty, guards
from mediation.actor import Actor
from mediation.models import Appointment, Case, Claim, Notice, NoticeReading, Party, Preference
from mediation.platform import home_of
from mediation.telling.table import Whom
from mediation.vocabulary import Medium, Role, Seat, Side
from roster import queries as roster
from roster.models import Account, Post

Place = tuple[Role, str]
MOST_CASES = 2000
HOMES: Mapping[Role, Seat] = {
    Role.CLERK: Seat.COURT,
    Role.JUDGE: Seat.COURT,
    Role.ORGANISATION: Seat.ORGANISATION,
    Role.MEDIATOR: Seat.ORGANISATION,
}
"""Where staff work: they are told on that platform only; parties and agents on both."""

STAFFED: Mapping[Whom, Role] = {
    Whom.CLERK: Role.CLERK,
    Whom.JUDGE: Role.JUDGE,
    Whom.ORGANISATION: Role.ORGANISATION,
    Whom.MEDIATOR: Role.MEDIATOR,
}


@dataclass(frozen=True)
class Recipient:
    """One person with what is needed to reach them now; ``party`` where the case itself knows them."""

    account: Account | None
    party: str
    phone: str
    preference: Preference

    @property
    def key(self) -> str:
        """Who this is, in the key of a message."""
        return self.party or (str(self.account.ref) if self.account else "")

    def address(self, medium: Medium) -> str:
        """Return where this person is reached by a medium, or an empty string where they cannot or will not be."""
        if medium is Medium.SMS:
            return self.phone if self.preference.sms else ""
        return self.preference.mailbox if self.preference.email else ""


def places(case: Case, whom: Whom, by: Actor | None = None, facts: Mapping[str, Any] | None = None) -> list[Place]:
    """Return the places a line of the table means in this case, on this platform; ``by`` and ``facts`` are an entry's.

    Whoever made the entry is not told of it.
    """
    stated = facts or {}
    if whom in STAFFED:
        role = STAFFED[whom]
        alone = role is not Role.MEDIATOR or len(case.sheet.get("mediators", ())) < 2
        if home_of(HOMES[role]) != case.platform or (by is not None and by.role is role and alone):
            return []
        if role is Role.MEDIATOR:
            return [(role, "")]
        seat = case.organisation if role is Role.ORGANISATION else case.court
        return [(role, seat)] if seat else []
    if whom is Whom.AGENT:
        return [(Role.AGENT, str(stated["agent"]))] if stated.get("agent") else []
    if whom is Whom.PARTY:
        named = [str(stated["party"])] if stated.get("party") in guards.parties(case) else []
    else:
        named = guards.remaining(case, Side.APPLICANT if whom is Whom.APPLICANTS else None)
    if whom is Whom.OTHERS and by is not None:
        spoken_for = {*guards.acts_for(case, by), str(stated.get("party", ""))}
        named = [ref for ref in named if ref not in spoken_for]
    return [(Role.PARTY, ref) for ref in named]


# From a place to people.


def holders(case: Case, role: Role, seat: str, at: datetime) -> list[Recipient]:
    """Return who holds a place of a case at that instant, each once."""
    if role in (Role.PARTY, Role.AGENT):
        return _of_the_case(case, role, seat, at)
    posts = roster.posts_of_roles(case.platform, [role], at).select_related("account__preference")
    match role:
        case Role.MEDIATOR:
            posts = posts.filter(mediator__in=case.sheet.get("mediators", ()))
        case Role.ORGANISATION if seat == case.organisation:
            posts = posts.filter(organisation=seat)
        case Role.CLERK | Role.JUDGE if seat == case.court:
            posts = posts.filter(court=seat)
        case _:
            return []
    accounts = {post.account_id: post.account for post in posts}
    return [Recipient(one, "", one.phone, preference_of(one)) for one in accounts.values()]


def language_of(case: Case, party: str, at: datetime) -> str:
    """Return the code of the language a party is written to in: the one it chose, or Chinese."""
    return next((one.preference.language for one in holders(case, Role.PARTY, party, at)), "zh-hans")


def _of_the_case(case: Case, role: Role, seat: str, at: datetime) -> list[Recipient]:
    people = {str(person.ref): person for person in case.people.all()}
    agents = case.sheet.get("agents", {})
    refs = [seat] if seat in people else []
    if role is Role.PARTY:
        refs += [ref for ref, held in agents.items() if seat in held["for"] and ref in people]
    found = []
    for ref in refs:
        if ref == seat and role is Role.PARTY and (named := duty.on_duty(case, seat, at)) is not None:
            # A firm's case is its handler's: whoever handled it before is told no more, and nobody else is.
            found.append(Recipient(named, ref, named.phone or people[ref].phone, preference_of(named)))
            continue
        account = next(iter(accounts_of(people[ref])), None)
        wishes = preference_of(account)
        wishes.mailbox = wishes.mailbox or str(people[ref].particulars().get("email", ""))
        found.append(Recipient(account, ref, people[ref].phone or (account.phone if account else ""), wishes))
    return found


def accounts_of(person: Party) -> list[Account]:
    """Return the accounts that stand in the place of a party or agent: by invitation, or by verified identity."""
    claims = Claim.objects.filter(case=person.case_id, party=person.ref).values("account")
    same = Q(pk__in=claims)
    if person.identity_index:
        same |= Q(
            identity_verified_at__isnull=False,
            identity_kind=person.identity_kind,
            identity_index=person.identity_index,
        )
    return list(Account.objects.filter(same, is_active=True).select_related("preference").order_by("pk"))


def preference_of(account: Account | None) -> Preference:
    """Return how somebody wants to be told; the defaults where they have not said."""
    held = getattr(account, "preference", None) if account is not None else None
    return held if isinstance(held, Preference) else Preference()


# From an account to its inbox.


def inbox(account: Account, platform: str, posts: Iterable[Post]) -> QuerySet[Notice]:
    """Return the notices of the places this account holds here now, newest first; ``posts`` are its posts here."""
    standing = _standing(account, platform)
    mine = Q(role=Role.PARTY, seat__in=_principals(standing)) | Q(
        role=Role.AGENT, seat__in=[str(ref) for _case, ref, side in standing if not side]
    )
    return _notices(mine | _posted(platform, posts), platform)


def desk_inbox(platform: str, posts: Iterable[Post]) -> QuerySet[Notice]:
    """Return the notices of these posts alone, newest first; what somebody is told as a party is not a desk's."""
    return _notices(_posted(platform, posts), platform)


def _notices(mine: Q, platform: str) -> QuerySet[Notice]:
    return Notice.objects.filter(mine, platform=platform).select_related("case").order_by("-at", "-pk")


def _posted(platform: str, posts: Iterable[Post]) -> Q:
    mine = Q(pk__in=[])
    for post in posts:
        match post.role:
            case Role.CLERK | Role.JUDGE:
                mine |= Q(role=post.role, seat=post.court, case__court=post.court)
            case Role.ORGANISATION:
                mine |= Q(role=post.role, seat=str(post.organisation), case__organisation=str(post.organisation))
            case Role.MEDIATOR:
                serving = Appointment.objects.filter(platform=platform, mediator=str(post.mediator))
                mine |= Q(role=post.role, case__in=serving.values("case"))
    return mine


def unread(notices: QuerySet[Notice], account: Account) -> QuerySet[Notice]:
    """Return those of these notices that the account has not read."""
    return notices.exclude(pk__in=NoticeReading.objects.filter(account=account).values("notice"))


def _standing(account: Account, platform: str) -> list[tuple[int, Any, str]]:
    """Return the persons of cases that an account is: case, reference, side (empty for an agent)."""
    mine = Q(pk__in=[])
    firms = [post.firm for post in roster.desk_posts(account, platform) if post.firm is not None]
    for one in [account, *firms]:
        if one.identity_verified_at and one.identity_index:
            mine |= Q(identity_kind=one.identity_kind, identity_index=one.identity_index)
    claimed = Claim.objects.filter(account=account, case__platform=platform).values_list("case", "party")
    for case, party in claimed[:MOST_CASES]:
        mine |= Q(case=case, ref=party)
    rows = Party.objects.filter(mine, platform=platform).order_by("-case").values_list("case", "ref", "side")
    return list(rows[:MOST_CASES])


def _principals(standing: Iterable[tuple[int, Any, str]]) -> list[str]:
    """Return the parties that these persons are or act for."""
    agents = {case: str(ref) for case, ref, side in standing if not side}
    sheets = Case.objects.filter(pk__in=agents).values_list("pk", "sheet")
    acted_for = [ref for pk, sheet in sheets for ref in sheet.get("agents", {}).get(agents[pk], {}).get("for", ())]
    return [*(str(ref) for _case, ref, side in standing if side), *acted_for]
