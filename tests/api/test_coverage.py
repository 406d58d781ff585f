"""What a person can do on a page, a client can do by REST: the table is complete, and its operations exist."""

from __future__ import annotations

from mediation.api.schema import document
from tests.access import table
from tests.api.coverage import READS, lines
from tests.mediation.stories import COURT, NET


def test_every_page_has_its_operation_or_a_reason() -> None:
    acts, reads = set(), set()
    for line in table.TABLE.strip("\n").splitlines():
        route, _get, post = (part.strip() for part in line.rsplit(" | ", 2))
        if route and "/api/" not in route and not route.startswith("exchange/"):
            (reads if post == "405" else acts).add(route)
    told, shown = lines(), lines(READS)
    offered = {
        operation["operationId"]
        for platform in (COURT, NET)
        for item in document(platform)["paths"].values()
        for operation in item.values()
    }
    every = {**told, **shown}
    named = {name for said in every.values() if not said.startswith("—") for name in said.split()}

    assert (sorted(acts - told.keys()), sorted(reads - shown.keys())) == ([], [])
    assert (sorted(told.keys() - acts), sorted(shown.keys() - reads)) == ([], [])
    assert sorted(named - offered - {"make_*"}) == []
    assert all(len(said) > 2 for said in every.values())
