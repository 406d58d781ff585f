"""What a person can do on a page, a client can do by REST: the table is complete, and its operations exist."""

from __future__ import annotations

from mediation.api.schema import document
from tests.access import table
from tests.api.coverage import lines
from tests.mediation.stories import COURT, NET


def test_every_act_of_a_page_has_its_operation_or_a_reason() -> None:
    acts = set()
    for line in table.TABLE.strip("\n").splitlines():
        route, _get, post = (part.strip() for part in line.rsplit(" | ", 2))
        if "/api/" not in route and not route.startswith("exchange/") and post != "405":
            acts.add(route)
    told = lines()
    offered = {
        operation["operationId"]
        for platform in (COURT, NET)
        for item in document(platform)["paths"].values()
        for operation in item.values()
    }
    named = {name for said in told.values() if not said.startswith("—") for name in said.split()}

    assert sorted(acts - told.keys()) == []
    assert sorted(told.keys() - acts) == []
    assert sorted(named - offered - {"make_*"}) == []
    assert all(len(said) > 2 for said in told.values())
