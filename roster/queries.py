"""Read-only questions about the roster.

Lives here: every reading of courts, units, organisations, mediators, listings and posts.
Does not live here: writing anything; questions about cases.
Called by: guards, forms, windows and the exchange on both platforms. What returns many rows is lazy and ordered.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from mediation.vocabulary import Cause, ListingStatus
from roster.models import Account, Court, Listing, Mediator, Organisation, Post, Unit

PUBLIC_LIMIT = 200


def court(code: str) -> Court | None:
    """Return the court with this court code, or None where there is none."""
    return Court.objects.filter(code=code).first()


def courts() -> QuerySet[Court]:
    """Return all courts, by code."""
    return Court.objects.all()


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


def posts_held(account: Account, platform: str, at: datetime) -> list[Post]:
    """Return the same as ``posts``, without asking where the account was loaded with its posts (``backend``)."""
    every: list[Post] | None = getattr(account, "loaded_posts", None)
    if every is None:
        return list(posts(account, platform, at))
    return [
        post
        for post in every
        if post.platform == platform and post.valid_from <= at and (post.valid_until is None or post.valid_until > at)
    ]


def find_public(
    platform: str,
    *,
    on: date,
    court: str = "",
    region: str = "",
    cause: str = "",
    fee: bool | None = None,
    text: str = "",
) -> QuerySet[Organisation]:
    """Return the active organisations that a visitor of the public roster asked for, by name (ZX-5).

    ``region`` is a two-digit province code, ``cause`` a code of ``Cause``; an unknown one finds nothing.
    An organisation without regions or causes takes all of them. At most ``PUBLIC_LIMIT`` rows.
    """
    found = listed(platform, court, on) if court else Organisation.objects.filter(platform=platform, active=True)
    if region:
        if not (len(region) == 2 and region.isascii() and region.isdigit()):
            return Organisation.objects.none()
        found = found.filter(_takes("regions", region))
    if cause:
        if cause not in Cause.__members__:
            return Organisation.objects.none()
        found = found.filter(_takes("causes", cause))
    if fee is not None:
        found = found.filter(charges_fee=fee)
    for word in _printable(text)[:80].split()[:5]:
        found = found.filter(Q(name__icontains=word) | Q(scope__icontains=word) | Q(expertise__icontains=word))
    return found[:PUBLIC_LIMIT]


def _takes(column: str, code: str) -> Q:
    # A quoted code inside the JSON text: the one containment test that SQLite and PostgreSQL share.
    return Q(**{column: []}) | Q(**{f"{column}__icontains": f'"{code}"'})


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
