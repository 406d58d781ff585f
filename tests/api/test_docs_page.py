"""The page of the OpenAPI document in a real browser, under our Content-Security-Policy."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mediation.stories import World


@pytest.mark.browser
def test_the_page_shows_every_operation_and_fetches_nothing_from_elsewhere(
    live_server: Any, page: Any, world: World
) -> None:
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))

    page.goto(f"{live_server.url}/court/api/v1/docs")
    page.wait_for_selector(".opblock", timeout=30_000)

    assert page.locator(".opblock").count() > 50
    assert "人民法院调解平台接口" in page.inner_text("#swagger-ui .title")
    assert [url for url in fetched if not url.startswith((live_server.url, "data:"))] == []
