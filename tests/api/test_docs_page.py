"""The page of the OpenAPI document in a real browser, under our Content-Security-Policy."""

from __future__ import annotations

from typing import Any

import pytest

from mediation.api.schema import document
from tests.mediation.stories import COURT, World


@pytest.mark.browser
def test_the_page_shows_every_operation_and_fetches_nothing_from_elsewhere(
    live_server: Any, page: Any, world: World
) -> None:
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))

    page.set_viewport_size({"width": 1280, "height": 4_000})
    page.goto(f"{live_server.url}/court/api/v1/docs")
    page.wait_for_selector(".opblock", timeout=30_000)
    described = {told["operationId"] for item in document(COURT)["paths"].values() for told in item.values()}
    shown: set[str] = set()
    # So many operations that only those in view are in the page: as a reader does, go down to the last of them.
    for _screen in range(20):
        shown |= {one.rpartition("-")[2] for one in page.locator(".opblock").evaluate_all("all => all.map(x => x.id)")}
        page.evaluate("window.scrollBy(0, 2000)")
        page.wait_for_timeout(100)

    assert shown == described
    assert "人民法院调解平台接口" in page.inner_text("#swagger-ui .title")
    assert [url for url in fetched if not url.startswith((live_server.url, "data:"))] == []
