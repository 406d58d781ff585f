"""Pages in the hands of people: by keyboard alone, without JavaScript, on a phone, at every desk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Route

from mediation.management.plots import CHOSEN, COMPLETE, DELEGATED, MEDIATING
from mediation.management.story import Plot, Story, accounts
from mediation.models import Case
from mediation.vocabulary import Cause, State, Track
from roster.demonstration import PASSWORD
from tests.browser.conftest import MORNING, Enter
from tests.browser.people import Person
from tests.browser.wizard import walk_wizard

pytestmark = pytest.mark.browser

LARGEST_PAGE = 100 * 1024
DESKS = {
    "leader": ("leader.sh74", "/court/admin/"),
    "spc": ("spc.docketing", "/court/admin/"),
    "operator": ("operator.court", "/court/admin/"),
    "unit": ("unit.shanghai", "/net/admin/"),
    "bureau": ("bureau.ipb", "/net/admin/"),
    "service-centre": ("centre.isc", "/net/admin/"),
}
PAGES = ("/", "/court/", "/net/", "/net/roster/", "/court/sign-in/")


def tell(steps: list[tuple[float, str, dict[str, Any]]], organisation: str = "isc") -> Story:
    """Walk a case of Zhang against Huaxin; it comes to rest now."""
    cast = accounts()
    plot = Plot(
        Track.DELEGATED, Cause.MISSTATEMENT, 12_500_000, [cast["investor.zhang"]], [cast["company.huaxin"]],
        "年报虚假记载，请求赔偿。", steps, organisation=organisation, mediator=f"{organisation}-1",
    )  # fmt: skip
    story = Story(plot, MORNING + timedelta(days=1))
    story.tell()
    return story


def press_to(person: Person, name: str, most: int = 60) -> None:
    """Press the tab key until a field or button is reached."""
    found = "e => (e.name || '') + ' ' + (e.href || '') + ' ' + e.textContent.trim()"
    person.page.wait_for_load_state("load")
    for _press in range(most):
        person.page.keyboard.press("Tab")
        if name in person.page.evaluate(f"({found})(document.activeElement)"):
            return
    raise AssertionError(name)


def test_somebody_signs_in_and_accepts_a_case_by_keyboard_alone(enter: Enter, clock: time_machine.Coordinates) -> None:
    story = tell(DELEGATED)
    clock.move_to(story.at + timedelta(hours=2))
    person = enter()
    press, page = person.page.keyboard.press, person.page

    page.goto(f"{person.base}/net/cases/{story.ref}/")
    for field, text in (("username", "org.isc"), ("password", PASSWORD)):
        press_to(person, field)
        page.keyboard.type(text)
    press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    press_to(person, "/moves/accept/")
    press("Enter")
    page.wait_for_url("**/moves/accept/")
    press_to(person, "declared")
    press("Space")
    press_to(person, "接受")
    press("Enter")
    page.wait_for_url(f"**/cases/{story.ref}/")

    assert Case.objects.get(platform="investornet", ref=story.ref).state == State.ACCEPTED


def test_a_clerk_finds_ticks_and_opens_a_case_by_keyboard_alone(enter: Enter, clock: time_machine.Coordinates) -> None:
    for _case in range(2):
        story = tell(CHOSEN, "shsa")
    clock.move_to(story.at + timedelta(hours=2))
    clerk = enter("clerk.sh74", "/court/admin/")
    press, page = clerk.page.keyboard.press, clerk.page

    press("/")
    searching = page.evaluate("document.activeElement.name")
    clerk.open("/court/admin/cases/?queue=ready")
    for key in ("j", "j", "x", "k"):
        press(key)
    ticked = page.evaluate("[...document.querySelectorAll('td.pick input')].map(box => box.checked)")
    address = page.evaluate("document.activeElement.href")
    press("Enter")
    page.wait_for_url(address)

    assert searching == "q"
    assert ticked == [False, True]
    assert clerk.says(State.READY.label)


def test_a_party_applies_without_javascript(enter: Enter, evidence: Path) -> None:
    person = enter("investor.zhang", "/court/", java_script_enabled=False)

    ref = walk_wizard(person, evidence)

    case = Case.objects.get(ref=ref)
    assert (case.state, case.court, case.amount) == (State.FILED, "沪74", 12_500_000)
    assert case.documents.count() == 1


def test_an_upload_goes_on_after_the_network_broke_and_after_the_page_was_closed(
    enter: Enter, clock: time_machine.Coordinates, tmp_path: Path
) -> None:
    story = tell(MEDIATING)
    clock.move_to(story.at + timedelta(hours=2))
    person = enter("investor.zhang", "/net/", viewport={"width": 390, "height": 844})
    film = tmp_path / "电话录音.mp4"
    film.write_bytes(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom\0\0\0\0mdat" + bytes(range(256)) * 12_000)
    offsets: list[int] = []
    cut = {2, 5}

    def line(route: Route) -> None:
        if route.request.method == "PATCH":
            offsets.append(int(route.request.headers["upload-offset"]))
            if len(offsets) - 1 in cut:
                route.abort("connectionfailed")
                return
        route.continue_()

    def choose() -> None:
        person.open(f"/net/cases/{story.ref}/evidence/")
        person.fill({"kind": "EVIDENCE", "audience": ["MEDIATOR"], "uploads": film})
        person.page.click("main form[data-uploads] button.button")

    person.page.route("**/net/uploads/**", line)
    choose()
    person.page.get_by_text("网络中断，正在重试").last.wait_for()
    while len(offsets) < 6:
        person.page.wait_for_timeout(50)
    choose()
    person.page.wait_for_url("**/evidence/confirm/")

    sent = [place for number, place in enumerate(offsets) if number not in cut]
    assert offsets[2] == offsets[3] == 2 * 512 * 1024, "after a moment it goes on by itself"
    assert offsets[5] == offsets[6] == 4 * 512 * 1024, "opened again, it goes on where it stopped"
    assert sent == [number * 512 * 1024 for number in range(len(sent))]
    assert person.says(hashlib.sha256(film.read_bytes()).hexdigest())
    person.complaints[:] = [one for one in person.complaints if "ERR_CONNECTION_FAILED" not in one]


def test_a_party_signs_on_a_phone_without_javascript(enter: Enter, clock: time_machine.Coordinates) -> None:
    story = tell([*MEDIATING, (2, "propose", {})])
    clock.move_to(story.at + timedelta(hours=2))
    phone = {"viewport": {"width": 390, "height": 844}, "java_script_enabled": False, "is_mobile": True}
    person = enter("investor.zhang", "/net/", **phone)

    person.make("investornet", str(story.ref), "签署调解协议")

    signed = Case.objects.get(platform="investornet", ref=story.ref).sheet["agreement"]["signatures"]
    assert list(signed) == [story.applicants[0]]


def test_a_party_page_is_light_on_a_phone(enter: Enter, clock: time_machine.Coordinates) -> None:
    story = tell(COMPLETE)
    clock.move_to(story.at + timedelta(hours=2))
    person = enter("investor.zhang", "/net/")
    weights = {}

    for path in (
        "/net/",
        "/net/cases/",
        f"/net/cases/{story.ref}/",
        f"/net/cases/{story.ref}/moves/seek_confirmation/",
    ):
        with_cookies = person.context.storage_state()
        fresh = enter(storage_state=with_cookies, viewport={"width": 390, "height": 844}, is_mobile=True)
        fresh.open(path)
        fresh.page.wait_for_load_state("networkidle")
        weights[path] = fresh.transferred()

    assert max(weights.values()) <= LARGEST_PAGE, weights


def test_every_desk_and_public_page_keeps_to_itself(
    enter: Enter, clock: time_machine.Coordinates, picture: Callable[..., None]
) -> None:
    for steps in (DELEGATED, MEDIATING, COMPLETE):
        story = tell(steps, "shsa")
    clock.move_to(story.at + timedelta(days=3))
    visitor = enter()

    for path in PAGES:
        visitor.open(path)
        picture(visitor, f"public{path.replace('/', '-').rstrip('-')}")
    for name, (login, window) in DESKS.items():
        person = enter(login, window)
        assert person.page.locator("h1").first.is_visible()
        picture(person, f"{name}-desk")
        if name in ("leader", "spc", "unit", "bureau"):
            seen = person.see("courtplatform" if "court" in window else "investornet", str(story.ref))
            assert seen.state == State.SETTLED.label
            if name == "unit":
                picture(person, f"{name}-case")
