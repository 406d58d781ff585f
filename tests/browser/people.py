"""People in front of real browsers: each with a context of their own, who see pages and fill in forms.

Lives here: opening, reading and filling in. Does not live here: any story. Called by: the tests beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Response

from roster.demonstration import PASSWORD
from tests.proofs import last_code

Value = str | bool | list[str] | Path
ROOTS = {"courtplatform": "/court/", "investornet": "/net/"}
SIZES = {390: 844, 1280: 900}
SCREENS = Path(__file__).parents[2] / "docs" / "screens"


@dataclass
class Seen:
    """What a case page says: who has the case, in which state, until when, and how far the journal reaches."""

    holder: str
    state: str
    due: str
    days: str
    consequence: str
    entries: int
    head: str


READ = """async address => {
    const page = address
        ? new DOMParser().parseFromString(await (await fetch(address)).text(), "text/html")
        : document
    const said = (part, within = page) => within.querySelector(part)?.textContent.replace(/\\s+/gu, "") ?? ""
    const last = [...page.querySelectorAll(".timeline > li")].at(-1)
    return {
        holder: said(".ball #ball-title").replace("现在由谁办理", ""),
        state: said(".ball .badge"),
        due: said(".ball time"),
        days: said(".ball .ball-days"),
        consequence: said(".ball .ball-zero"),
        entries: Number(said(".timeline-number", last)),
        head: said(".timeline-meta code", last),
    }
}"""
"""What a case page says, read where it is shown or, with an address, behind the page that is shown."""


def follow(leads_on: Locator) -> None:
    """Click what leads to another page, and wait for that page: on a busy machine a click returns before it is left."""
    with leads_on.page.expect_navigation():
        leads_on.click()


@dataclass
class Person:
    """Somebody in front of a browser; ``complaints`` is what the browser held against the pages."""

    context: BrowserContext
    base: str
    login: str = ""
    complaints: list[str] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.page.on("console", self._note_console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._note_request)
        self.page.on("response", self._note_response)

    def _note_console(self, message: ConsoleMessage) -> None:
        # A refusal (4xx) is an answer, not a fault of the page.
        if message.type == "error" and "the server responded with a status of 4" not in message.text:
            self.complaints.append(f"{self.page.url}: {message.text}")

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((self.base, "data:")):
            self.complaints.append(f"{self.page.url} asks {request.url}")

    def _note_response(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.url}: {response.status}")
        self.responses.append(response)

    def transferred(self) -> int:
        """Return how many bytes the page now shown and everything on it took, headers included."""
        total = 0
        for response in self.responses:
            sizes = response.request.sizes()
            total += sizes["responseBodySize"] + sizes["responseHeadersSize"]
        return total

    # Going somewhere.

    def open(self, path: str) -> Page:
        """Go to an address of this deployment, or to a full one."""
        answer = self.page.goto(path if path.startswith("http") else self.base + path, wait_until="load")
        assert answer is not None
        assert answer.status == 200, (path, answer.status)
        return self.page

    def sign_in(self, login: str, window: str, password: str = PASSWORD) -> None:
        """Sign in, where ``window`` asks for it; without a password, with a demonstration account."""
        self.login = login
        self.page.goto(self.base + window)
        if "/sign-in/" not in self.page.url and "/login/" not in self.page.url:
            self.page.goto(f"{self.base}{window}sign-in/")
        self.page.fill("[name=username]", login)
        self.page.fill("[name=password]", password)
        self.page.click("main button.button, #content button.button")
        self.page.wait_for_url(lambda url: "sign-in" not in url and "login" not in url)

    def case_path(self, platform: str, ref: str) -> str:
        """Return where this person's pages of a case are on one platform."""
        desk = "admin/" if self.login.partition(".")[0] in DESKS else ""
        return f"{ROOTS[platform]}{desk}cases/{ref}/"

    # Reading.

    def see(self, platform: str, ref: str) -> Seen:
        """Open a case and return what its page says."""
        return Seen(**self.open(self.case_path(platform, ref)).evaluate(READ, None))

    def glance(self, platform: str, ref: str) -> Seen:
        """Return what the page of a case says without leaving the page this person is on."""
        return Seen(**self.page.evaluate(READ, self.base + self.case_path(platform, ref)))

    def says(self, text: str) -> bool:
        """Tell whether the page in front of this person says something."""
        return text in (self.page.text_content("body") or "")

    # Doing.

    def fill(self, given: Mapping[str, Value]) -> None:
        """Fill in fields by name: texts, choices, ticks, files."""
        for name, value in given.items():
            # A field may be named like a method of its form (``matches``): looked for from above, never by its parents.
            fields = self.page.locator("main, #content").locator(f"[name='{name}']")
            kind = fields.first.evaluate("field => field.localName === 'input' ? field.type : field.localName")
            if kind == "select":
                fields.select_option(str(value))
            elif kind == "file":
                fields.set_input_files(str(value))
            elif kind in ("radio", "checkbox") and not isinstance(value, bool):
                for one in value if isinstance(value, list) else [value]:
                    self.page.check(f"[name='{name}'][value='{one}']")
            elif kind == "checkbox":
                fields.set_checked(bool(value))
            else:
                fields.fill(str(value))

    def send(self) -> None:
        """Press the main button of the page's main form."""
        follow(self.page.locator("main form:has(.field) button.button, #content form:has(.field) button.button").first)

    def make(self, platform: str, ref: str, label: str, **given: Value) -> None:
        """Open a case, follow the button of a move, fill in its form, send it, and be told that it was made."""
        self.open(self.case_path(platform, ref))
        follow(self.page.locator("ul.moves a.button").filter(has_text=re.compile(f"^{re.escape(label)}$")))
        if (asking := self.page.locator("button[name=send_code]")).count():
            follow(asking)
            given = {**given, "code": last_code()}
        self.fill(given)
        forms = "main form[novalidate]", "#content form[novalidate]"
        follow(self.page.locator(", ".join(f"{form} button.button:not(.quiet)" for form in forms)).last)
        told = self.page.locator(".message.tone-good, .messagelist .success")
        errors = self.page.locator(".error-summary, .error")
        assert told.count(), (label, self.page.url, errors.all_inner_texts(), self.page.title())
        assert label in told.first.inner_text()

    def picture(self, name: str) -> None:
        """Keep what is on the screen at both sizes, from the part on that the address names."""
        before: Any = self.page.viewport_size
        for width, height in SIZES.items():
            self.page.set_viewport_size({"width": width, "height": height})
            if part := self.page.url.partition("#")[2]:
                self.page.locator(f"#{part}").evaluate("heading => heading.scrollIntoView()")
            self.page.screenshot(path=SCREENS / f"{name}-{width}.png", animations="disabled")
        self.page.set_viewport_size(before)


DESKS = ("clerk", "judge", "leader", "spc", "operator", "unit", "bureau", "centre")
