"""The stage of the windows, and a delegated case that its mediator has just taken over."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from tests.windows.conftest import stage as stage
from tests.windows.stage import Stage, Story, day, file_case, walk

NET = "investornet"


def taken_over(stage: Stage) -> Story:
    """Walk a case to where its mediator has disclosed and every service address is confirmed."""
    story = walk(file_case(stage), "ACCEPTED")
    ref = str(stage.mediator)
    story.act(NET, "appoint_mediator", story.org, day(2), mediators=[ref], lead=ref)
    story.act(NET, "disclose", story.mediator, day(2), ground="NONE")
    huaxin = story.party(story.huaxin, NET)
    story.act(NET, "confirm_address", huaxin, day(3), party=story.huaxin, e_service=True)
    return story


@pytest.fixture
def story(stage: Stage) -> Story:
    return taken_over(stage)


@pytest.fixture
def client_of(stage: Stage) -> Callable[[str], Client]:
    def let_in(who: str) -> Client:
        found = Client()
        found.force_login(stage.accounts[who], backend="roster.backend.AccountBackend")
        return found

    return let_in
