"""Working at the court's desk as a browser does: addresses, filling in forms. Called by: the tests beside it."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client as Browser

from tests.windows.stage import Story

BASE = "/court/admin/"


def page_of(story: Story) -> str:
    return f"{BASE}cases/{story.ref}/"


def fill(browser: Browser, url: str, **answers: Any) -> Any:
    """Open a form, fill it in and send it."""
    shown = browser.get(url)
    hidden = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', shown.content.decode()))
    hidden.pop("next", None)
    return browser.post(url, hidden | answers)


def move(browser: Browser, story: Story, name: str, **answers: Any) -> Any:
    return fill(browser, f"{page_of(story)}do/{name}/", **answers)


def found(browser: Browser, text: str, **more: str) -> str:
    """Search as the form does and return the list that answers."""
    return browser.post(f"{BASE}cases/find/", {"q": text, **more}, follow=True).content.decode()
