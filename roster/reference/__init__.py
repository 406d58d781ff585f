"""Reference rows of the roster and how they are loaded.

Lives here: reading the tables beside this file and putting them into the database, once or again.
Does not live here: demonstration accounts (``roster.demonstration``); any case.
Called by: ``manage.py load_reference``, the demonstration, tests.

Courts and units are real, with the codes of the 2020s. Companies bear public names and codes, written down by hand and
to be replaced by the operator; the last lines are the invented ones of the demonstration. The groups of companies
(``affiliates.csv``) are all invented and replaced by the operator's list. Organisations bear the names
of bodies known in the field, but their credit codes, telephone numbers, addresses, tariffs and capacities are invented;
every mediator is invented.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from uuid import UUID, uuid5

from django.db import transaction

from mediation.vocabulary import Language
from roster import companies, groups, publication
from roster.models import Court, Listing, Mediator, Organisation, Unit

FOLDER = Path(__file__).parent
# Two deployments load these files apart and must arrive at the same references.
NAMESPACE = UUID("7d0c2f9e-5a1b-5c44-9a63-0b6f0f6f2021")


def rows(table: str) -> list[dict[str, str]]:
    """Return the lines of one of the tables beside this file, by its name without the ending."""
    with (FOLDER / f"{table}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def ref(kind: str, slug: str) -> UUID:
    """Return the reference of a row of these tables: ``ref("organisation", "isc")``, the same in every deployment."""
    return uuid5(NAMESPACE, f"{kind}:{slug}")


def load(platforms: Iterable[str]) -> dict[str, int]:
    """Load all tables for these platforms and return how many rows of each the files hold.

    Courts and units are brought up to date. Organisations, mediators and listings are only added where missing: they
    are kept up by people, whose work a second load must not undo. They have no journal yet (``inventory``).
    """
    courts = [Court(**{**row, "kinds": row["kinds"].split()}) for row in rows("courts")]
    units = [Unit(**row) for row in rows("units")]
    organisations = [_organisation(platform, row) for platform in platforms for row in rows("organisations")]
    supervised = {row["slug"]: row["unit"] for row in rows("organisations")}
    mediators = [
        _mediator(platform, row, supervised[row["organisation"]]) for platform in platforms for row in rows("mediators")
    ]
    listings = [entry for platform in platforms for entry in _listings(platform)]
    with transaction.atomic():
        Court.objects.bulk_create(
            courts,
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=["name", "level", "province", "parent", "kinds"],
        )
        Unit.objects.bulk_create(
            units, update_conflicts=True, unique_fields=["code"], update_fields=["name", "kind", "province"]
        )
        Organisation.objects.bulk_create(organisations, ignore_conflicts=True)
        Mediator.objects.bulk_create(mediators, ignore_conflicts=True)
        Listing.objects.bulk_create(listings, ignore_conflicts=True, batch_size=1000)
    # Batch by batch, so that nobody who works on the rosters meanwhile waits for all of it.
    for platform in platforms:
        publication.renew_all(platform)
    return {
        "companies": companies.load_shipped(rows("companies")),
        "groups": groups.load_shipped(rows("affiliates")),
        "courts": len(courts),
        "units": len(units),
        "organisations": len(organisations),
        "mediators": len(mediators),
        "listings": len(listings),
    }


def _organisation(platform: str, row: dict[str, str]) -> Organisation:
    return Organisation(
        platform=platform,
        ref=ref("organisation", row["slug"]),
        name=row["name"],
        kind=row["kind"],
        credit_code=row["credit_code"],
        unit=row["unit"],
        regions=row["regions"].split(),
        causes=row["causes"].split(),
        scope=row["scope"],
        expertise=row["expertise"],
        charges_fee=bool(row["tariff"]),
        tariff=row["tariff"],
        capacity=int(row["capacity"]),
        languages=_languages(row),
        video=row["video"] == "1",
        phone=row["phone"],
        address=row["address"],
        verified_on=date.fromisoformat(row["verified_on"]),
        licence_kind=row["licence_kind"],
        licence_number=row["licence_number"],
        licence_issued_on=_day(row["licence_issued_on"]),
        licence_expires_on=_day(row["licence_expires_on"]),
    )


def _mediator(platform: str, row: dict[str, str], unit: str) -> Mediator:
    return Mediator(
        platform=platform,
        ref=ref("mediator", row["slug"]),
        organisation=ref("organisation", row["organisation"]),
        name=row["name"],
        expertise=row["expertise"],
        causes=row["causes"].split(),
        languages=_languages(row),
        licence_number=row["licence_number"],
        experience_years=int(row["experience_years"]),
        employers=row["employers"].split("|"),
        employment=[{"employer": name} for name in dict.fromkeys(row["employers"].split("|"))],
        charges_fee=row["charges_fee"] == "1",
        qualifications=row["qualifications"].split("|"),
        training_hours=int(row["training_hours"]),
        certificate=row["certificate"],
        unit=unit,
        verified_on=date.fromisoformat(row["verified_on"]),
    )


def _languages(row: dict[str, str]) -> list[str]:
    """Return the languages of a row; raises ValueError for a code that no list of the platform could show."""
    return [Language(code).value for code in row["languages"].split()]


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _listings(platform: str) -> Iterable[Listing]:
    """Yield an organisation's entries and, under each, those of its mediators, whom it recommends with it (TY-6)."""
    own: dict[str, list[str]] = defaultdict(list)
    for row in rows("mediators"):
        own[row["organisation"]].append(row["slug"])
    for number, row in enumerate(rows("listings"), 1):
        term = {
            "platform": platform,
            "court": row["court"],
            "status": row["status"],
            "listed_on": date.fromisoformat(row["listed_on"]),
            "expires_on": date.fromisoformat(row["expires_on"]) if row["expires_on"] else None,
        }
        year, court, slug = row["listed_on"][:4], row["court"], row["organisation"]
        yield Listing(
            ref=ref("listing", f"{court}:{slug}"),
            organisation=ref("organisation", slug),
            certificate_number=f"（{year}）{court}特邀组织{number}号",
            **term,
        )
        for member in own[slug]:
            yield Listing(
                ref=ref("listing", f"{court}:{member}"),
                mediator=ref("mediator", member),
                certificate_number=f"（{year}）{court}特邀调解员{number}-{member.rsplit('-', 1)[-1]}号",
                **term,
            )
