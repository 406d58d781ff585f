"""The viewer in a passport: opened from a file without a network, it shows the case and checks everything."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from playwright.sync_api import Page

from mediation import files
from mediation.passport import shape
from mediation.vocabulary import Audience
from tests.passport.test_passport import NET, PDF, unpacked
from tests.windows.stage import Stage, add_document, day, file_case, walk

WITHOUT_THE_BROWSERS_OWN = "crypto.subtle.importKey = () => Promise.reject(new Error('unknown'))"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("by_numbers", [False, True])
def test_one_page_shows_the_case_and_tells_an_altered_file(
    stage: Stage, page: Page, tmp_path: Path, by_numbers: bool
) -> None:
    story = walk(file_case(stage, text="<b>虚假</b>陈述"), "ACCEPTED")
    files.store(NET, files.judge("a.pdf", PDF), PDF, day(5))
    sha256 = files.judge("a.pdf", PDF).sha256
    add_document(story, NET, story.party(story.zhang, NET), day(5), sha256=sha256, audience=Audience.ALL)
    good, bad, viewer = tmp_path / "good.zip", tmp_path / "bad.zip", tmp_path / "viewer.html"
    call_command("export_passport", str(story.ref), platform=NET, output=good)
    bad.write_bytes(good.read_bytes().replace(b"/Catalog", b"/Cataloh"))
    viewer.write_bytes(unpacked(good.read_bytes())[shape.VIEWER])
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    if by_numbers:
        page.add_init_script(WITHOUT_THE_BROWSERS_OWN)

    page.goto(viewer.as_uri())
    shown = page.locator("main").inner_text()
    page.locator("summary").first.click()
    page.set_input_files("#file", good)
    page.wait_for_selector("#found .good")
    found = page.locator("#found").inner_text()
    audit = Axe().run(page)
    page.set_input_files("#file", bad)
    page.wait_for_selector("#found p.bad")
    altered = page.locator("#found").inner_text()

    assert "华信股份有限公司" in shown
    assert "事实和请求" in shown
    assert page.locator("main b").count() == 0
    assert ("核验通过" in found, "不一致" in found) == (True, False)
    assert ("核验没有通过" in altered, altered.count("不一致")) == (True, 2)
    assert audit.violations_count == 0, audit.generate_report()
    assert [url for url in asked if not url.startswith(("file:", "blob:"))] == []
