"""A court, its roster, and cases told by real moves until the paper asked for can be made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from mediation import keyring, platform
from mediation.management.plots import DELEGATED, FILE, s
from mediation.management.story import Person, Plot, Story, accounts
from mediation.models import Case
from mediation.vocabulary import Cause, Track
from mediation.workdays import ZONE
from roster import reference
from roster.demonstration import load_demo_accounts
from tests.servers import count_rows

OPENED = datetime(2026, 9, 14, 9, 30, tzinfo=ZONE)
"""A Monday before the make-up Sunday of the National Day holidays."""

LATER = datetime(2026, 11, 20, 10, 0, tzinfo=ZONE)
NARRATIVE = (
    "申请人于2024年3月至6月买入华昕股份股票，该公司2025年1月因年报虚假记载被立案调查，股价连续下跌。"
    "请求赔偿投资差额损失、佣金和印花税。"
)
REASSIGNED = [s(30, "decline"), s(26, "delegate", organisation="shsa", mediator="shsa-1")]

Tell = Callable[..., Case]


OFTEN: tuple[list[Any], ...] = (FILE[:1], DELEGATED)
"""What so many papers are made of that it is told once for all tests of a module."""


@pytest.fixture(scope="module")
def shelf(made_once: None) -> list[tuple[list[Any], Story]]:
    """Load the rosters and everybody's accounts, and tell what is often asked for."""
    codes = [config.code for config in platform.installed()]
    reference.load(codes)
    load_demo_accounts(codes, OPENED)
    for code in codes:
        keyring.ensure(code, OPENED)
    told = [(steps, _told(steps)) for steps in OFTEN]
    count_rows()
    return told


@pytest.fixture
def tell(shelf: list[tuple[list[Any], Story]], db: None, settings: Any, state: Path) -> Tell:
    """Return what tells a case through these steps and gives one platform's copy of it."""
    settings.STATE_DIR = state

    def told(steps: list[Any], *, on: str = "courtplatform", **more: Any) -> Case:
        kept = None if more else next((story for known, story in shelf if known == steps), None)
        return (kept or _told(steps, **more)).case(on)

    return told


def _told(
    steps: list[Any],
    *,
    track: Track = Track.DELEGATED,
    applicants: list[Person] | None = None,
    narrative: str = NARRATIVE,
    **more: Any,
) -> Story:
    cast = accounts()
    named = applicants or [cast["investor.zhang"]]
    plot = Plot(track, Cause.MISSTATEMENT, 12_345_600, named, [cast["company.huaxin"]], narrative, steps, **more)
    story = Story(plot, OPENED)
    story.tell()
    return story
