"""Read-only questions about the roster.

Lives here: every reading of courts, units, organisations, mediators, listings and posts.
Does not live here: writing anything; questions about cases.
Called by: guards, forms, windows and the exchange on both platforms. What returns many rows is lazy and ordered.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, F, Q, QuerySet, When
from django.db.models.lookups import IsNull

from mediation.vocabulary import (
    CampaignState,
    Cause,
    ChangeState,
    ComplaintState,
    CourtLevel,
    FileState,
    ListingStatus,
    RecognitionState,
)
from roster.lifecycle import MEDIATOR, ORGANISATION
from roster.models import (
    Account,
    Campaign,
    CampaignPlan,
    Complaint,
    Court,
    Listing,
    Mediator,
    Organisation,
    Post,
    PublicEntry,
    Recognition,
    RosterEvent,
    Unit,
)
from roster.world import FILES

PUBLIC_LIMIT = 200
KEPT_OUT = (
    ListingStatus.REFUSED.value,
    ListingStatus.SUSPENDED.value,
    ListingStatus.REMOVED.value,
    ListingStatus.EXITED.value,
    ListingStatus.EXPIRED.value,
)
"""Entries that say of somebody that they may not serve at this court now."""

_IN_FORCE = (FileState.VERIFIED.value, FileState.SUSPENDED.value)
_TO_CONFIRM = (ListingStatus.PUSHED.value, ListingStatus.RECOGNISED.value)


def court(code: str) -> Court | None:
    """Return the court with this court code, or None where there is none."""
    return Court.objects.filter(code=code).first()


def courts() -> QuerySet[Court]:
    """Return all courts in the order in which courts are listed: the supreme one, province by province in the order
    of their division codes (GB/T 2260), then those of no province (军), and of the production and construction
    corps (兵团) last.
    """
    place = Case(
        When(level=CourtLevel.SUPREME, then=0),
        When(code__startswith="兵", then=3),
        When(province="", then=2),
        default=1,
    )
    return Court.objects.order_by(place, "province", "code")


def unit(code: str) -> Unit | None:
    """Return the supervising unit with this code, or None where there is none."""
    return Unit.objects.filter(code=code).first()


def units() -> QuerySet[Unit]:
    """Return all supervising units, by code."""
    return Unit.objects.all()


def organisation(platform: str, ref: UUID | str) -> Organisation | None:
    """Return this platform's copy of an organisation, or None; a malformed reference is nobody's."""
    reference = _uuid(ref)
    return None if reference is None else Organisation.objects.filter(platform=platform, ref=reference).first()


def mediator(platform: str, ref: UUID | str) -> Mediator | None:
    """Return this platform's copy of a mediator, or None; a malformed reference is nobody's."""
    reference = _uuid(ref)
    return None if reference is None else Mediator.objects.filter(platform=platform, ref=reference).first()


def mediators_of(platform: str, organisation_ref: UUID | str) -> QuerySet[Mediator]:
    """Return the active mediators of an organisation, by name."""
    reference = _uuid(organisation_ref)
    if reference is None:
        return Mediator.objects.none()
    return Mediator.objects.filter(platform=platform, organisation=reference, active=True)


def listings(platform: str, court_code: str, on: date) -> QuerySet[Listing]:
    """Return the entries of a court's roster that are in force on a day (TY-5): listed, begun, not expired."""
    return Listing.objects.filter(
        Q(expires_on__isnull=True) | Q(expires_on__gte=on),
        platform=platform,
        court=court_code,
        status=ListingStatus.LISTED,
        listed_on__lte=on,
    )


def listed(platform: str, court_code: str, on: date) -> QuerySet[Organisation]:
    """Return the active organisations on a court's roster on a day, by name (TY-5, ZX-10)."""
    entries = listings(platform, court_code, on).filter(organisation__isnull=False)
    return Organisation.objects.filter(platform=platform, active=True, ref__in=entries.values("organisation"))


def listed_mediators(platform: str, court_code: str, on: date) -> QuerySet[Mediator]:
    """Return the active mediators on a court's roster on a day, by name (TY-6)."""
    entries = listings(platform, court_code, on).filter(mediator__isnull=False)
    return Mediator.objects.filter(platform=platform, active=True, ref__in=entries.values("mediator"))


def is_listed(platform: str, court_code: str, organisation_ref: UUID | str, on: date) -> bool:
    """Answer whether an organisation is active and on a court's roster on a day."""
    reference = _uuid(organisation_ref)
    return reference is not None and listed(platform, court_code, on).filter(ref=reference).exists()


def kept_out(platform: str, court_code: str, mediators: Iterable[str]) -> bool:
    """Answer whether a court has refused, suspended, struck off or let go any of these mediators (TY-12, TY-28)."""
    return bool(standings_kept_out(platform, court_code, mediators))


def standings_kept_out(platform: str, court_code: str, mediators: Iterable[str]) -> dict[str, str]:
    """Return how those of these mediators stand on a court's roster who may not serve there now (TY-12, TY-28)."""
    entries = Listing.objects.filter(platform=platform, court=court_code, mediator__in=list(mediators))
    found = entries.filter(status__in=KEPT_OUT).values_list("mediator", "status")
    return {str(mediator): status for mediator, status in found}


def inviting_courts(platform: str, organisation_ref: UUID | str, on: date) -> QuerySet[Court]:
    """Return the courts whose roster has this organisation on a day, by code (ZX-5 publishes them)."""
    reference = _uuid(organisation_ref)
    if reference is None:
        return Court.objects.none()
    entries = Listing.objects.filter(
        Q(expires_on__isnull=True) | Q(expires_on__gte=on),
        platform=platform,
        organisation=reference,
        status=ListingStatus.LISTED,
        listed_on__lte=on,
    )
    return Court.objects.filter(code__in=entries.values("court"))


def posts(account: Account, platform: str, at: datetime) -> QuerySet[Post]:
    """Return the posts that an account holds on a platform at an instant."""
    return Post.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=at), account=account, platform=platform, valid_from__lte=at
    )


def posts_of_roles(platform: str, roles: Iterable[str], at: datetime) -> QuerySet[Post]:
    """Return the posts of these roles that active accounts hold on a platform at an instant."""
    return Post.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=at),
        platform=platform,
        role__in=list(roles),
        valid_from__lte=at,
        account__is_active=True,
    ).order_by("account", "pk")


def posts_held(account: Account, platform: str, at: datetime) -> list[Post]:
    """Return the same as ``posts`` but for places at firms' desks (``desk_posts``), without asking where the account
    was loaded with its posts (``backend``).
    """
    every: list[Post] | None = getattr(account, "loaded_posts", None)
    if every is None:
        return list(posts(account, platform, at).filter(firm__isnull=True))
    return [
        post
        for post in every
        if post.platform == platform
        and post.firm_id is None
        and post.valid_from <= at
        and (post.valid_until is None or post.valid_until > at)
    ]


def desk_posts(account: Account, platform: str) -> list[Post]:
    """Return the places an account holds at firms' desks on a platform; one that was ended is held no longer."""
    every: list[Post] | None = getattr(account, "loaded_posts", None)
    if every is not None:
        return [post for post in every if post.platform == platform and post.firm_id and post.valid_until is None]
    held = Post.objects.filter(account=account, platform=platform, firm__isnull=False, valid_until__isnull=True)
    return list(held.select_related("firm"))


def desk_of(firm: Account, platform: str) -> QuerySet[Post]:
    """Return the places at a firm's desk on a platform that are held now, by the names of those who hold them."""
    held = Post.objects.filter(firm=firm, platform=platform, valid_until__isnull=True, account__is_active=True)
    return held.select_related("account").order_by("account__name", "pk")


def working(platform: str, cause: str = "") -> QuerySet[Organisation]:
    """Return the organisations that work, on a roster or not, by name: those that take a cause where one is given.

    An organisation without causes takes all of them. At most ``PUBLIC_LIMIT`` rows.
    """
    found = Organisation.objects.filter(platform=platform, active=True)
    if cause:
        # A quoted code inside the JSON text: the one containment test that SQLite and PostgreSQL share.
        found = found.filter(Q(causes=[]) | Q(causes__icontains=f'"{cause}"'))
    return found.order_by("name", "pk")[:PUBLIC_LIMIT]


# The public roster: what stands in ``PublicEntry`` on a day, and nothing else.


@dataclass(frozen=True)
class Wanted:
    """What a visitor of the public roster asks for; what is left empty narrows nothing, an unknown code finds nothing.

    ``court`` is a court code, ``cause`` a code of ``Cause``, ``language`` a code such as ``zh``, ``region`` a two-digit
    province code, ``organisation`` whose mediators are asked for. A file without causes or regions takes all of them.
    """

    court: str = ""
    cause: str = ""
    language: str = ""
    text: str = ""
    fee: bool | None = None
    region: str = ""
    organisation: UUID | str = ""

    @property
    def is_sound(self) -> bool:
        """Tell whether every code may be one."""
        region, language = self.region, self.language
        return (
            (not region or (len(region) == 2 and region.isascii() and region.isdigit()))
            and (not language or (language.isascii() and language.isalpha() and len(language) <= 3))
            and (not self.cause or self.cause in Cause.__members__)
            and (not self.organisation or _uuid(self.organisation) is not None)
        )


def find_public(
    platform: str, wanted: Wanted, *, on: date, after: str = "", most: int = PUBLIC_LIMIT
) -> list[Organisation]:
    """Return the organisations on some court's roster on a day that a visitor asks for, by name (ZX-5): at most
    ``most``, behind the one whose reference is ``after``. In three queries at most.
    """
    return _found(platform, ORGANISATION, wanted, on, after, most)


def find_public_mediators(
    platform: str, wanted: Wanted, *, on: date, after: str = "", most: int = PUBLIC_LIMIT
) -> list[Mediator]:
    """Return the mediators on some court's roster in the same way: those there by themselves, or with their
    organisation as long as no court has an entry of their own (TY-6).
    """
    return _found(platform, MEDIATOR, wanted, on, after, most)


def count_public_mediators(platform: str, bodies: Iterable[UUID], on: date) -> Counter[UUID | None]:
    """Return how many mediators of each of these organisations ``find_public_mediators`` would find."""
    shown = _shown(platform, MEDIATOR, on).filter(organisation__in=list(bodies))
    return Counter(shown.order_by().values_list("organisation", flat=True))


def _shown(platform: str, aggregate: str, on: date) -> QuerySet[PublicEntry]:
    return PublicEntry.objects.filter(platform=platform, aggregate=aggregate, since__lte=on, until__gte=on)


def _found(platform: str, aggregate: str, wanted: Wanted, on: date, after: str, most: int) -> list[Any]:
    """Return the files of one page of public rows, in their order."""
    if not wanted.is_sound:
        return []
    shown = _narrowed(_shown(platform, aggregate, on), platform, aggregate, wanted, on)
    behind = _uuid(after) if after else None
    last = behind and PublicEntry.objects.filter(platform=platform, aggregate=aggregate, ref=behind).first()
    if last:
        # The first condition alone is one step into the index of names; the second only skips namesakes.
        shown = shown.filter(name__gte=last.name).filter(Q(name__gt=last.name) | Q(ref__gt=last.ref))
    refs = list(shown.order_by("name", "ref").values_list("ref", flat=True)[:most])
    files = {one.ref: one for one in FILES[aggregate].objects.filter(platform=platform, ref__in=refs)}
    return [files[ref] for ref in refs if ref in files]


def _narrowed(
    shown: QuerySet[PublicEntry], platform: str, aggregate: str, wanted: Wanted, on: date
) -> QuerySet[PublicEntry]:
    for column, code in (("regions", wanted.region), ("causes", wanted.cause)):
        if code:
            shown = shown.filter(Q(**{column: ""}) | Q(**{f"{column}__contains": f"|{code}|"}))
    if wanted.language:
        shown = shown.filter(languages__contains=f"|{wanted.language.lower()}|")
    if wanted.fee is not None:
        shown = shown.filter(charges_fee=wanted.fee)
    if wanted.organisation:
        shown = shown.filter(organisation=_uuid(wanted.organisation))
    if wanted.court:
        entered = listings(platform, _printable(wanted.court), on).filter(**{f"{aggregate}__isnull": False})
        shown = shown.filter(ref__in=entered.values(aggregate))
    for word in _printable(wanted.text).lower()[:80].split()[:5]:
        shown = shown.filter(words__contains=word)
    return shown


def _printable(text: str) -> str:
    # PostgreSQL refuses a NUL byte in a text parameter.
    return text.replace("\x00", " ")


def _uuid(ref: UUID | str) -> UUID | None:
    if isinstance(ref, UUID):
        return ref
    try:
        return UUID(ref)
    except (ValueError, AttributeError, TypeError):
        return None


# The desks that keep the roster up.


def pending_reviews(platform: str, aggregate: str, unit: str = "") -> QuerySet[Any]:
    """Return files with something that awaits review, the longest waiting first (N-4.3); all units' without one."""
    waiting = Q(state=FileState.SUBMITTED.value) | Q(change=ChangeState.SUBMITTED.value)
    found = FILES[aggregate].objects.filter(waiting, platform=platform)
    return (found.filter(unit=unit) if unit else found).order_by("since", "pk")


def stale(platform: str, aggregate: str, since: date, unit: str = "") -> QuerySet[Any]:
    """Return files in force that were not verified since a day, never verified ones first (N-4.3)."""
    found = FILES[aggregate].objects.filter(
        Q(verified_on__isnull=True) | Q(verified_on__lt=since), platform=platform, state__in=_IN_FORCE
    )
    return (found.filter(unit=unit) if unit else found).order_by(F("verified_on").asc(nulls_first=True), "pk")


def pending_confirmations(platform: str, court_code: str) -> QuerySet[Listing]:
    """Return what a court has to confirm or refuse (N-4.4b): organisations before mediators, who are entered on an
    organisation's recommendation (TY-6), and the longest waiting first.
    """
    found = Listing.objects.filter(platform=platform, court=court_code, status__in=_TO_CONFIRM)
    return found.order_by(IsNull(F("organisation"), True), "since", "pk")


def expiring(platform: str, court_code: str, until: date) -> QuerySet[Listing]:
    """Return the entries of a court's roster whose term ends by a day, the earliest first."""
    return Listing.objects.filter(
        platform=platform, court=court_code, status=ListingStatus.LISTED.value, expires_on__lte=until
    ).order_by("expires_on", "pk")


def asked_for_consent(platform: str, aggregate: str, ref: UUID | str) -> QuerySet[Listing]:
    """Return the courts' open questions whether a file's owner agrees to be on their roster too (TY-5, ZX-27)."""
    reference = _uuid(ref)
    return Listing.objects.filter(
        **{"platform": platform, aggregate: reference, "status": ListingStatus.ASKED.value}
    ).order_by("since", "pk")


def adoptable(platform: str, court_code: str, on: date) -> QuerySet[Listing]:
    """Return entries in force on the rosters of the courts above that this court has no entry for yet (TY-5)."""
    above, code = [], court_code
    while (higher := court(code)) and higher.parent and higher.parent not in above:
        above.append(higher.parent)
        code = higher.parent
    own = Listing.objects.filter(platform=platform, court=court_code)
    return (
        Listing.objects.filter(
            Q(expires_on__isnull=True) | Q(expires_on__gte=on),
            platform=platform, court__in=above, status=ListingStatus.LISTED.value, listed_on__lte=on,
        )
        .exclude(organisation__in=own.filter(organisation__isnull=False).values("organisation"))
        .exclude(mediator__in=own.filter(mediator__isnull=False).values("mediator"))
        .order_by("court", "pk")
    )  # fmt: skip


def names_taken(platform: str, names: Iterable[str], *, but: UUID | None = None) -> set[str]:
    """Return those of these names that organisations bear which have not left; ``but`` is not looked at."""
    held = Organisation.objects.filter(platform=platform, name__in=[_printable(name).strip() for name in names])
    gone = (FileState.REMOVED.value, FileState.LEFT.value)
    if but is not None:
        held = held.exclude(ref=but)
    return set(held.exclude(state__in=gone).values_list("name", flat=True))


def by_verification_code(platform: str, code: str) -> Listing | None:
    """Return the entry whose certificate bears this code, or None, however somebody copied it from paper."""
    signs = signs_of(code)
    if not signs or len(signs) > 20:
        return None
    # Codes of our own stand in groups of four; another platform may have given one of another shape.
    groups = "-".join(signs[place : place + 4] for place in range(0, len(signs), 4))
    typed = "".join(_printable(code).split()).upper()
    return Listing.objects.filter(platform=platform, verification_code__in={groups, typed}).first()


def signs_of(code: str) -> str:
    """Return the letters and digits of a code that somebody typed: wide or small ones, blanks, and lines of whatever
    length between its groups do no harm.
    """
    return "".join(sign for sign in unicodedata.normalize("NFKC", code) if sign.isalnum()).upper()


def file_of(row: Listing | Recognition | Complaint) -> Organisation | Mediator | None:
    """Return this platform's copy of the file that a listing, recognition or complaint is about, or None."""
    return FILES[row.entrant_kind].objects.filter(platform=row.platform, ref=str(row.entrant)).first()


def journal(row: Any) -> QuerySet[RosterEvent]:
    """Return the entries of a row's journal in order, with what the peer has said of each."""
    return (
        RosterEvent.objects.filter(platform=row.platform, aggregate=row.aggregate, ref=row.ref)
        .select_related("delivery")
        .order_by("number")
    )


def confirmed(row: Any) -> tuple[int, bool]:
    """Return up to which number the peer is known to hold this journal, and whether that is all of it."""
    if not row.shared:
        return 0, False
    first_open = journal(row).filter(author=row.platform).exclude(delivery__state="APPLIED").first()
    reached = row.entries if first_open is None else first_open.number - 1
    return reached, reached == row.entries


def recognitions(platform: str, *states: RecognitionState) -> QuerySet[Recognition]:
    """Return the joint recognitions in these states, or all, the newest first (N-4.4c)."""
    found = Recognition.objects.filter(platform=platform)
    return found.filter(state__in=[state.value for state in states]) if states else found


def complaints_at(platform: str, court_code: str, *states: ComplaintState) -> QuerySet[Complaint]:
    """Return the complaints to a court in these states, or all, the oldest first (TY-28)."""
    found = Complaint.objects.filter(platform=platform, court=court_code)
    return (found.filter(state__in=[state.value for state in states]) if states else found).order_by("pk")


def complaints_about(platform: str, aggregate: str, ref: UUID | str) -> QuerySet[Complaint]:
    """Return the complaints about an organisation or a mediator, the newest first."""
    return Complaint.objects.filter(**{"platform": platform, aggregate: _uuid(ref)})


def open_campaign(platform: str) -> Campaign | None:
    """Return the consolidation that is going on, or None (N-4.3)."""
    return Campaign.objects.filter(platform=platform, state=CampaignState.OPEN.value).first()


def opens_by_itself(platform: str) -> bool:
    """Tell whether consolidations open by themselves, which is so until the bureau says otherwise (N-4.3)."""
    return CampaignPlan.objects.filter(platform=platform).values_list("automatic", flat=True).first() is not False


def was_held(platform: str, since: date) -> bool:
    """Tell whether a consolidation has begun since a day, or goes on."""
    return Campaign.objects.filter(
        Q(begins_on__gte=since) | Q(state=CampaignState.OPEN.value), platform=platform
    ).exists()


def campaign_figures(platform: str, since: date) -> dict[str, int]:
    """Return how many organisations are asked, verified since a day, changed since, and still stale."""
    asked = Organisation.objects.filter(platform=platform, state__in=_IN_FORCE)
    begun = datetime.fromisoformat(f"{since.isoformat()}T00:00:00+08:00")
    changed = RosterEvent.objects.filter(
        platform=platform, aggregate="organisation", kind="roster.organisation.approve.v1", at__gte=begun
    )
    return {
        "asked": asked.count(),
        "verified": asked.filter(verified_on__gte=since).count(),
        "changed": changed.values("ref").distinct().count(),
        "stale": stale(platform, "organisation", since).count(),
    }


def quarter(on: date) -> tuple[date, date]:
    """Return the first and the last day of the quarter of a day: the default period of a consolidation."""
    first = date(on.year, 3 * ((on.month - 1) // 3) + 1, 1)
    return first, (first.replace(day=28) + timedelta(days=70)).replace(day=1) - timedelta(days=1)
