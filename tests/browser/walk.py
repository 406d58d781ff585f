"""One case walked through both platforms in browsers: what its people do, and that all are told the same of it.

Lives here: what several stories do alike. Does not live here: the stories. Called by: the tests beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import time_machine
from django.utils import timezone

from mediation import tasks
from mediation.exchange import outbox
from mediation.lifecycle import MOVES
from mediation.models import Case, OutgoingMessage
from mediation.vocabulary import Errand, State
from tests.browser.people import Person, Seen, Value, follow


@dataclass
class Walk:
    """One case being walked, and the people who look at it after every step."""

    clock: time_machine.Coordinates
    people: dict[str, Person]
    ref: str = ""

    def post(self) -> None:
        """Carry the post between the platforms until nothing moves."""
        outbox.post_all(timezone.now())

    def make(self, who: str, platform: str, move: str, **given: Value) -> None:
        """Let somebody make a move on their platform, and carry the post."""
        self.people[who].make(platform, self.ref, MOVES[move].label, **given)
        self.post()

    def pass_time(self, **delta: int) -> None:
        """Let time pass."""
        self.clock.shift(timedelta(**delta))

    def agree(self, *lookers: tuple[str, str], state: State, holder: str, due: str = "") -> Seen:
        """Assert that each of these pages says the same of the case, that both books have one head; returns it."""
        seen = {(who, platform): self.people[who].glance(platform, self.ref) for who, platform in lookers}
        one = next(iter(seen.values()))
        assert {page.state for page in seen.values()} == {state.label}, seen
        assert all(page.holder.startswith(holder) for page in seen.values()), seen
        if due:
            assert {page.due.partition("日")[0] + "日" for page in seen.values()} == {due}, seen
            assert all(page.consequence for page in seen.values()), seen
        assert len({(page.entries, page.head) for page in seen.values()}) == 1, seen
        copies = list(Case.objects.filter(ref=self.ref))
        assert len({copy.head for copy in copies}) == 1
        assert len({(copy.state, copy.entries) for copy in copies}) == 1
        assert {copy.entries for copy in copies} == {one.entries}
        return one

    def tell(self) -> None:
        """Let both platforms do what they do by themselves: seal, serve, tell; and carry the post."""
        self.post()
        tasks.seal()
        tasks.tell()
        self.post()

    def press(self, who: str, button: str) -> None:
        """Press a button of the page by its exact words."""
        press(self.people[who], button)

    def message(self, party: str, errand: Errand, what: str) -> str:
        """Return what stands in the newest message of its kind to a party."""
        sent = OutgoingMessage.objects.filter(case__ref=self.ref, party=party, errand=errand).order_by("-pk").first()
        assert sent is not None
        found = re.search(what, sent.text)
        assert found is not None, sent.text
        return found[1]

    def review(self, who: str, *, look: Callable[[], None] = lambda: None) -> None:
        """Let the organisation go through the agreement point by point before its seal."""
        keeper = self.people[who]
        page = keeper.open(f"/net/cases/{self.ref}/seal/")
        assert keeper.says("没有发现问题")
        for box in page.locator("main form input[type=checkbox]").all():
            box.check()
        look()
        press(keeper, "核对完毕，去盖章")

    def apply_together(self, who: str, kind: str = "confirmation", *, look: Callable[[], None] = lambda: None) -> None:
        """Let a party say yes to applying together for confirmation, or for a decree: in three taps from its cases."""
        person = self.people[who]
        person.open("/net/cases/")
        taps = [
            person.page.locator(f"main a[href$='/cases/{self.ref}/']").first,
            person.page.locator(f"ul.moves a.button[href$='/{kind}/']").first,
            person.page.get_by_role("button", name="同意并共同申请", exact=True).first,
        ]
        for place, tap in enumerate(taps):
            if place == len(taps) - 1:
                look()
            follow(tap)
        assert person.page.locator(".message.tone-good").count() == 1
        self.post()


def press(person: Person, button: str) -> None:
    """Press a button of the page by its exact words."""
    follow(person.page.get_by_role("button", name=button, exact=True).first)
