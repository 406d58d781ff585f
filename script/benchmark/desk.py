"""The clerk's desk over all cases: how long its first page, its lists and its searches take.

Lives here: the addresses, what is searched for. Does not live here: the cases (``loader``, ``work``), the table
(``__main__``).
Called by: ``work``, which serves ``desk``, once claimants have filed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

from django.test import Client

from mediation.models import Case
from roster.models import Account, Organisation
from script.benchmark import loader

TIMES = 7
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
