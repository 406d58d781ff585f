"""Consolidations open and remind by themselves, on the platform's own days and each once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from mediation import keyring, rosters, tasks
from mediation.project.celery import BEAT, app
from roster import queries
from roster.models import Campaign, CampaignPlan, Organisation
from tests.roster.people import NET, People, build_courts

pytestmark = pytest.mark.django_db


def on(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 2, 0, tzinfo=UTC)


@pytest.fixture
def people() -> People:
    build_courts()
    for platform in ("courtplatform", NET):
        keyring.ensure(platform, on(1, 1))
    found = People(hands={NET: rosters.hand(NET)}, at=on(6, 1))
    found.organisation()
    return found


def test_the_quarters_consolidation_opens_once_and_reminds_on_its_days(people: People, settings: Any) -> None:
    settings.OWN_FIGURES = {"CAMPAIGN/REMIND/3": 2}

    done = [
        rosters.tend_campaigns(at)
        for at in (on(7, 2), on(7, 2), on(8, 1), on(9, 15), on(9, 16), on(9, 27), on(9, 28), on(9, 29), on(10, 5))
    ]

    campaign = queries.open_campaign(NET)
    assert campaign is not None
    assert done == [1, 0, 0, 1, 0, 1, 1, 0, 0]
    assert (campaign.title, str(campaign.begins_on), str(campaign.ends_on)) == (
        "2026年第3季度名册集中核实",
        "2026-07-01",
        "2026-09-30",
    )
    assert (campaign.figures["reminders"], campaign.figures["due"]) == (3, "2026-09-28")
    assert [event.by["role"] for event in queries.journal(campaign)] == ["CLOCK"] * 4


def test_beat_looks_at_them_by_tasks_that_are_there(people: People) -> None:
    app.loader.import_default_modules()

    with time_machine.travel(on(7, 2), tick=False):
        done = tasks.tend_campaigns()

    assert done == 1
    assert set(BEAT) >= {"mediation.tasks.tend_campaigns", "mediation.exchange.tasks.fetch_pictures"}
    assert set(BEAT) <= set(app.tasks)


def test_nobody_is_reminded_where_all_have_verified(people: People) -> None:
    rosters.tend_campaigns(on(7, 2))
    Organisation.objects.filter(platform=NET).update(verified_on="2026-07-03")

    assert rosters.tend_campaigns(on(9, 20)) == 0


def test_nothing_opens_late_in_the_quarter_switched_off_or_after_one_was_held(people: People) -> None:
    late = rosters.tend_campaigns(on(8, 15))
    plan = CampaignPlan.objects.create(platform=NET, automatic=False)
    off = rosters.tend_campaigns(on(7, 2))
    plan.delete()
    rosters.tend_campaigns(on(7, 2))
    campaign = Campaign.objects.get()
    people.at = on(7, 9)
    people.go(campaign, "close", people.bureau, verified=0, changed=0, stale=1)

    assert (late, off) == (0, 0)
    assert rosters.tend_campaigns(on(7, 20)) == 0
    assert rosters.tend_campaigns(on(10, 1)) == 1
