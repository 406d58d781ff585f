"""The stage that all windows share, and everybody who may stand before the court's desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser

from mediation.vocabulary import Role
from tests.windows.conftest import stage
from tests.windows.stage import Stage, account, day, post

__all__ = ["stage"]


@pytest.fixture
def staff(stage: Stage) -> dict[str, Any]:
    """Everybody who may stand before the court's desk, by what they are called here."""
    court = "courtplatform"
    return stage.accounts | {
        "judge": post(account("judge", "顾审言"), court, Role.JUDGE, court="沪74"),
        "leader": post(account("leader", "沈院明"), court, Role.COURT_LEADER, court="沪74"),
        "spc": post(account("spc", "最立亭"), court, Role.SPC_DOCKETING),
        "civil2": post(account("civil2", "最民贰"), court, Role.SPC_CIVIL2),
        "operator": post(account("operator", "运维法"), court, Role.OPERATOR),
        "integrator": post(account("integrator", "办案系统"), court, Role.INTEGRATOR, court="沪74"),
        "other_clerk": post(account("clerk2", "京立文"), court, Role.CLERK, court="京74"),
        "former_clerk": post(account("clerk3", "前立案"), court, Role.CLERK, court="沪74", valid_until=day(1)),
    }


@pytest.fixture
def at_desk(staff: dict[str, Any]) -> Callable[[str], Browser]:
    """Sign somebody in."""

    def enter(who: str) -> Browser:
        browser = Browser()
        browser.force_login(staff[who], backend="roster.backend.AccountBackend")
        return browser

    return enter
