"""The application to a court or to an organisation, filled in page by page. Called by: the tests beside it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from tests.browser.people import Person, Value, follow

ANSWERS: Mapping[str, Mapping[str, Value]] = {
    "fit": {"about": "yes", "earlier": "no"},
    "who": {"acting": "SELF", "kind": "NATURAL", "investor": "ORDINARY"},
    "respondent": {
        "kind": "COMPANY",
        "name": "华昕新材料股份有限公司",
        "institution": "NONE",
        "credit_code": "91310115MJ0001010L",
    },
    "co_respondent": {},
    "dispute": {"cause": "MISSTATEMENT", "occurred_on": "2025-06-12", "text": "公司年报虚假记载，已受行政处罚。"},
    "claim": {"amount": "12.5万元", "text": "赔偿投资差额损失。", "mode": "VIDEO"},
    "addressee": {"court": "沪74"},
    "evidence": {"kind": "TRADING"},
    "service": {"address": "上海市浦东新区世纪大道1号"},
    "consent": dict.fromkeys(("MEDIATION", "ONLINE", "SENSITIVE_DATA", "DATA_SHARING", "E_SERVICE"), True),
}


def walk_wizard(
    person: Person,
    evidence: Path,
    *,
    on_step: Callable[[str], None] = lambda step: None,
    changed: Mapping[str, Mapping[str, Value]] = MappingProxyType({}),
) -> str:
    """Fill in an application to 上海金融法院 page by page, with some answers changed, and send it; returns the case's
    reference.
    """
    person.open("/court/apply/")
    follow(person.page.locator("main form button.button").first)
    follow(person.page.locator("ol.tasks a >> nth=0").first)
    for step, given in ANSWERS.items():
        take_step(person, step, {**given, **changed.get(step, {})}, evidence, on_step=on_step)
    return send(person, on_step=on_step)


def take_step(
    person: Person, step: str, given: Mapping[str, Value], evidence: Path, *, on_step: Callable[[str], None]
) -> None:
    """Answer one step, page by page, and go on to the next; nothing given skips it."""
    assert f"/step/{step}/" in person.page.url
    on_step(step)
    if not given:
        follow(person.page.locator("button[name=skip]").first)
        return
    if step != "evidence":
        while re.search(f"/step/{step}(-[0-9])?/", person.page.url):
            asked = person.page.locator("main form[novalidate] [name]")
            names = set(asked.evaluate_all("fields => fields.map(field => field.name)"))
            person.fill({name: value for name, value in given.items() if name in names})
            before = person.page.url
            person.send()
            assert person.page.url != before, person.page.locator(".error-summary").all_inner_texts()
        return
    person.fill(given)
    person.fill({"uploads": evidence})
    follow(person.page.locator("button[name=more]").first)
    # By pieces: the page comes anew once the file is there.
    person.page.locator("button[name=drop]").wait_for()
    assert person.says(evidence.name)
    follow(person.page.locator("button[name=onward]").first)


def send(person: Person, *, on_step: Callable[[str], None]) -> str:
    """Check the answers, send the application, and return the case's reference."""
    on_step("tasks")
    follow(person.page.locator("ol.tasks li:last-child a").first)
    on_step("check")
    person.fill({"truthful": True})
    follow(person.page.locator("main form button.button").first)
    person.page.wait_for_url("**/receipt/")
    on_step("receipt")
    link = person.page.locator("main a[href*='/cases/']").first.get_attribute("href")
    assert link is not None
    return link.strip("/").rpartition("/")[2]
