"""The public roster at its full size: bulk-loaded organisations, mediators and entries, and how long its pages take.

Lives here: the rows, the addresses. Does not live here: servers, processes, the table (``__main__``).
Called by: ``work``, which serves ``load`` and ``pages``.

Rows are written past the door, without journals: what is measured is reading.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from statistics import median
from typing import Any

from django.db import connection
from django.test import Client
from django.utils import timezone

from mediation.platform import home_of
from mediation.vocabulary import Cause, ListingStatus, OrganisationKind, Seat
from mediation.windows.register import PROVINCES
from roster import publication
from roster.models import Court, Listing, Mediator, Organisation
from roster.moves import new_code

BATCH = 2_000
TIMES = 15
SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗", "明华建国伟芳秀英敏静丽强磊军洋勇艳杰娟涛"


def load(organisations: int, mediators: int) -> dict[str, Any]:
    """This function will add so many organisations and mediators to the courts' platform, each on rosters of courts."""
    drawn, platform, began = Random(organisations), home_of(Seat.COURT), time.perf_counter()  # noqa: S311
    courts = list(Court.objects.values_list("code", flat=True))
    day = timezone.now().date()

    def entries(kind: str, rows: list[Any], each: int) -> Iterator[Listing]:
        for row in rows:
            for court in drawn.sample(courts, min(each, len(courts))):
                yield Listing(
                    platform=platform,
                    court=court,
                    status=ListingStatus.LISTED.value,
                    listed_on=day - timedelta(days=drawn.randrange(900)),
                    expires_on=day + timedelta(days=drawn.randrange(1, 900)),
                    certificate_number=f"（2026）{court}{drawn.randrange(10**9)}号",
                    verification_code=new_code(),
                    **{kind: row.ref},
                )

    bodies = [_organisation(drawn, platform, number) for number in range(organisations)]
    people = [_mediator(drawn, platform, bodies[drawn.randrange(organisations)].ref) for _number in range(mediators)]
    Organisation.objects.bulk_create(bodies, batch_size=BATCH)
    Mediator.objects.bulk_create(people, batch_size=BATCH)
    Listing.objects.bulk_create(entries("organisation", bodies, 2), batch_size=BATCH)
    Listing.objects.bulk_create(entries("mediator", people, 1), batch_size=BATCH)
    publication.renew_all(platform)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return {"organisations": organisations, "mediators": mediators, "seconds": time.perf_counter() - began}


def _organisation(drawn: Random, platform: str, number: int) -> Organisation:
    place = str(drawn.choice(PROVINCES)[1])
    fee = drawn.random() < 0.1
    return Organisation(
        platform=platform,
        ref=uuid.UUID(int=drawn.getrandbits(128)),
        name=f"{place}第{drawn.randrange(10**6):06d}证券期货纠纷调解中心",
        kind=drawn.choice(list(OrganisationKind)).value,
        credit_code=f"{number:018d}",
        state="VERIFIED",
        regions=drawn.sample([code for code, _name in PROVINCES], drawn.randrange(3)),
        causes=drawn.sample([cause.value for cause in Cause], drawn.randrange(6)),
        scope="证券、期货、基金等资本市场民商事纠纷",
        expertise=drawn.choice(["虚假陈述、基金销售", "期货经纪、资产管理", "证券交易代理、融资融券"]),
        charges_fee=fee,
        tariff="每件五百元起，按标的额分段累计" if fee else "",
        languages=["zh", "ug"] if drawn.random() < 0.005 else ["zh"],
        verified_on=timezone.now().date(),
    )


def _mediator(drawn: Random, platform: str, organisation: uuid.UUID) -> Mediator:
    return Mediator(
        platform=platform,
        ref=uuid.UUID(int=drawn.getrandbits(128)),
        organisation=organisation,
        name=drawn.choice(SURNAMES) + "".join(drawn.sample(GIVEN, 2)),
        state="VERIFIED",
        expertise=drawn.choice(["虚假陈述", "基金销售", "期货经纪", "融资融券"]),
        causes=drawn.sample([cause.value for cause in Cause], drawn.randrange(4)),
        languages=["zh", "ug"] if drawn.random() < 0.005 else ["zh"],
        experience_years=drawn.randrange(40),
    )


def pages(times: int = TIMES) -> dict[str, float]:
    """This function will open each public page so often and return the median seconds by what it is."""
    platform = home_of(Seat.COURT)
    body = Organisation.objects.filter(platform=platform).order_by("-pk")[0]
    person = Mediator.objects.filter(platform=platform).order_by("-pk")[0]
    entry = Listing.objects.filter(platform=platform).order_by("-pk")[0]
    middle = Organisation.objects.filter(platform=platform, name__gte="河").order_by("name", "pk")[0].ref
    roster = "/court/roster/"
    asked = {
        "first page of organisations": roster,
        "a page in the middle": f"{roster}?after={middle}",
        "organisations of one court": f"{roster}?court=沪74",
        "by region, cause and fee": f"{roster}?province=31&cause=FUND&fee=fee",
        "by a rare language": f"{roster}?language=ug",
        "by words that many have": f"{roster}?text=基金",
        "by words that nobody has": f"{roster}?text=甲乙丙丁",
        "one organisation": f"{roster}{body.ref}/",
        "first page of mediators": f"{roster}mediators/",
        "mediators of one court": f"{roster}mediators/?court=沪74",
        "mediators by a rare language": f"{roster}mediators/?language=ug",
        "mediators by words that nobody has": f"{roster}mediators/?text=甲乙丙丁",
        "one mediator": f"{roster}mediators/{person.ref}/",
        "a certificate by its code": f"{roster}certificate/?code={entry.verification_code}",
    }
    browser, found = Client(SERVER_NAME="localhost"), {}
    for what, address in asked.items():
        spans = []
        for _time in range(times + 1):
            began = time.perf_counter()
            status = browser.get(address).status_code
            spans.append(time.perf_counter() - began)
            if status != 200:
                raise RuntimeError(f"{address} answered {status}")
        # The first one warms the process up.
        found[what] = median(spans[1:])
    return found
