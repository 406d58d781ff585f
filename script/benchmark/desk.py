"""The clerk's desk over all cases: how long its first page, its lists and its searches take.

Lives here: the addresses, what is searched for, one bulk of 500 cases. Does not live here: the cases (``loader``,
``work``), the table (``__main__``).
Called by: ``work``, which serves ``desk``, once claimants have filed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

from django.test import Client
from django.utils import timezone

from mediation import bulks
from mediation.models import BulkItem, Case
from roster.models import Account, Organisation
from script.benchmark import loader

TIMES = 7
ROOM = 100_000_000
"""So many cases that the organisation always has room."""

BASE = "/court/admin/"
PAGES = {
    "first page": BASE,
    "all cases": f"{BASE}cases/",
    "overdue cases": f"{BASE}cases/?queue=overdue",
    "cases sent back": f"{BASE}cases/?queue=sent-back",
    "undecided objections": f"{BASE}cases/?queue=objected",
    "what the peer has not confirmed": f"{BASE}cases/?queue=undelivered",
}


def desk(times: int = TIMES) -> dict[str, dict[str, float]]:
    """This function will open each page of a clerk so often, search so often for each sort of text, and return the
    median seconds of both by what it is; raises RuntimeError where a page fails or a search finds nothing it should.
    """
    who = loader.cast()
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(Account.objects.get(login="clerk.sh74"), backend="roster.backend.AccountBackend")
    own = Case.objects.of(who.court_code).filter(court=who.court)
    numbered = own.exclude(number="").order_by("filed_at", "pk")[0]
    body = Organisation.objects.get(platform=who.court_code, ref=who.organisation)
    wanted = {
        "a case number": numbered.number,
        "an identity number": f"{7:018d}",
        "a telephone number": "13000000007",
        "a name that one has": f"案件{numbered.pk}",
        "a name that many have": "案件",
        "a name that nobody has": "甲乙丙丁",
        "an organisation": body.name,
    }
    return {
        "pages": {what: _median(partial(browser.get, url), times) for what, url in PAGES.items()},
        "searches": {
            what: _median(
                partial(browser.post, f"{BASE}cases/find/", {"q": text}, follow=True),
                times,
                finds=what != "a name that nobody has",
            )
            for what, text in wanted.items()
        },
    }


def bulk() -> dict[str, float]:
    """This function will plan 500 fresh cases at once as a clerk does and work them through, and return the seconds of
    both; raises RuntimeError where not all of them were delegated.
    """
    who, now = loader.cast(), timezone.now()
    Organisation.objects.filter(platform=who.court_code, ref=who.organisation).update(capacity=ROOM)
    ids = loader.load(who.ready(now), bulks.MOST)
    refs = [str(ref) for ref in Case.objects.filter(pk__in=ids).values_list("ref", flat=True)]
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(Account.objects.get(login="clerk.sh74"), backend="roster.backend.AccountBackend")
    began = time.perf_counter()
    address = browser.post(f"{BASE}bulk/", {"case": refs})["Location"]
    choice = {"organisation": who.organisation, "left_to_court": "on", "reason_confirmed": "on"}
    shown = browser.get(address, choice)
    planned = time.perf_counter()
    browser.post(address, choice)
    bulks.work(who.court_code, now)
    worked = time.perf_counter()
    done = BulkItem.objects.filter(case__in=ids, state=BulkItem.DONE).count()
    if shown.status_code != 200 or done != bulks.MOST:
        raise RuntimeError(f"{done} of {bulks.MOST} cases were delegated")
    return {"plan of 500 cases": planned - began, "500 cases delegated": worked - planned}


def _median(call: Callable[[], Any], times: int, *, finds: bool = False) -> float:
    spans = []
    for _time in range(times + 1):
        began = time.perf_counter()
        answer = call()
        spans.append(time.perf_counter() - began)
        if answer.status_code != 200 or (finds and "row-link" not in answer.content.decode()):
            raise RuntimeError(f"{answer.request['PATH_INFO']} answered {answer.status_code}, or found nothing")
    # The first one warms the process up.
    return median(spans[1:])
