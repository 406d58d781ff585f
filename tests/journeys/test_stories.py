"""Whole cases, told by ``walk`` and ``load_demo`` through both books and the post between them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction

from mediation import moves, queries
from mediation.management.plots import ASKED, OUTCOMES, SIGNING, demonstration
from mediation.management.story import Plot, Story, accounts
from mediation.models import Case, CaseEvent
from mediation.vocabulary import Cause, Source, Stage, State, Track
from mediation.workdays import ZONE

pytestmark = pytest.mark.django_db

ENDS = {
    ("delegated", "confirmed"): State.CONFIRMED,
    ("delegated", "docketed"): State.DOCKETED,
    ("delegated", "declined"): State.CONFIRMED,
    ("delegated", "silent"): State.CONFIRMED,
    ("delegated", "entrusted"): State.TRIAL_RESUMED,
    ("delegated", "performed"): State.PERFORMED,
    ("entrusted", "decree"): State.DECREED,
    ("entrusted", "repudiated"): State.TRIAL_RESUMED,
    ("entrusted", "resumed"): State.TRIAL_RESUMED,
    ("direct", "confirmed"): State.CONFIRMED,
    ("direct", "docketed"): State.DOCKETED,
    ("direct", "performed"): State.PERFORMED,
    ("direct", "silent"): State.RETURNED,
    ("direct", "decree"): State.DECREED,
    ("offline", "confirmed"): State.CONFIRMED,
    ("offline", "performed"): State.PERFORMED,
    ("offline", "court"): State.CONFIRMED,
    ("offline", "disowned"): State.RETURNED,
    ("delegated", "instalments"): State.PERFORMED,
    ("delegated", "split"): State.CONFIRMED,
    ("entrusted", "split"): State.DECREED,
}
RESTS = {"delegated": State.DOCKETED, "entrusted": State.TRIAL_RESUMED}
"""Where the linked case of a partial agreement ends."""


@pytest.fixture(scope="module")
def reference(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Load courts, organisations and mediators once, in a transaction that is never committed."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_reference", stdout=io.StringIO())
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _undone(reference: None, db: None) -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _walk(track: str, outcome: str) -> str:
    said = io.StringIO()
    call_command("walk", track=track, outcome=outcome, stdout=said)
    return said.getvalue()


def test_every_outcome_that_can_be_told_has_an_expected_end() -> None:
    assert {(track, outcome) for track, plots in OUTCOMES.items() for outcome in plots} == set(ENDS)


@pytest.mark.parametrize(("track", "outcome"), sorted(ENDS))
def test_a_walked_case_reaches_its_end_in_both_books(track: str, outcome: str) -> None:
    said = _walk(track, outcome)

    rests = list(Case.objects.filter(sheet__has_key="origin"))
    copies = list(Case.objects.exclude(pk__in=[rest.pk for rest in rests]))
    assert {copy.state for copy in copies} == {ENDS[track, outcome]}
    assert len({copy.head for copy in copies}) == 1
    assert {rest.state for rest in rests} == ({RESTS[track]} if outcome == "split" else set())
    assert len({rest.head for rest in rests}) <= 1
    copies += rests
    assert all(copy.frozen == "" for copy in copies)
    assert "#1 " in said
    for copy in copies:
        played = moves.fold(
            copy.platform, [event.entry() for event in CaseEvent.objects.filter(case=copy).order_by("number")]
        )
        assert moves.differences(copy, played) == []


def test_a_silent_organisation_gets_no_case_and_the_lapse_names_the_notice() -> None:
    _walk("delegated", "silent")

    lapse = CaseEvent.objects.get(kind="case.lapse_reply.v1", platform="investornet")
    assert lapse.by == {"role": "CLOCK", "ref": "REPLY", "seat": "investornet", "via": "investornet"}
    assert lapse.recorded_at > lapse.at
    receipt = CaseEvent.objects.filter(case=lapse.case, kind="case.receive.v1", number__lt=lapse.number).last()
    assert receipt is not None
    assert [clock["kind"] for clock in receipt.clocks] == ["REPLY"]
    assert receipt.clocks[0]["rule"].startswith("REPLY/DELEGATED")


def test_of_several_applicants_one_withdraws_and_the_others_come_to_a_confirmed_agreement_without_it() -> None:
    people = accounts()
    zhang, li, huaxin = (people[login] for login in ("investor.zhang", "investor.li", "company.huaxin"))
    plot = Plot(Track.DELEGATED, Cause.MISSTATEMENT, 12_345_600, [zhang, li], [huaxin], "年报虚假记载。", ASKED)
    story = Story(plot, datetime(2026, 3, 3, 9, tzinfo=ZONE))
    story.tell()
    staying, leaving, respondent = *story.applicants, story.respondents[0]
    for stage in (Stage.MEDIATION, Stage.ONLINE):
        story.act(
            "consent", story.party(leaving, story.court_code), {"party": leaving, "stage": stage, "channel": "ONLINE"}
        )
    story.plot = replace(plot, steps=SIGNING[len(ASKED) :])
    story.tell()
    gone = story.party(leaving, story.net_code)
    story.act("sign", story.party(staying, story.net_code), {"digest": story.digest, "party": staying})

    story.act("withdraw", gone)
    drawn_up_anew, story.people = story.case().state, {staying: zhang, respondent: huaxin}
    story.step_propose()
    with pytest.raises(moves.Refused) as refused:
        story.act("sign", gone, {"digest": story.digest, "party": leaving})
    asked, lacking = queries.lacking(story.case())
    story.step_sign()
    settled = story.case().state
    story.step_complete()
    story.step_seek_confirmation()
    story.post()

    assert drawn_up_anew == State.MEDIATING
    assert refused.value.code == "withdrawn"
    assert (asked, set(lacking)) == ("sign", {staying, respondent})
    assert settled == State.SETTLED
    assert story.case().state == State.CONFIRMATION_SOUGHT
    for copy in Case.objects.filter(ref=story.ref):
        assert set(copy.sheet["withdrawn"]) == {leaving}
        played = moves.fold(copy.platform, [one.entry() for one in copy.events.order_by("number")])
        assert moves.differences(copy, played) == []


def test_an_unknown_outcome_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(CommandError, match="可以有的结局"):
        call_command("walk", track="offline", outcome="docketed")


def test_the_demonstration_covers_tracks_causes_and_sources() -> None:
    plots = demonstration()

    assert {plot.track for plot in plots} == set(Track)
    assert len({plot.cause for plot in plots} & set(Cause)) >= 12
    assert {plot.source for plot in plots} >= {
        Source.ONLINE_COURT,
        Source.ONLINE_NET,
        Source.HOTLINE_12386,
        Source.OFFLINE,
    }
    assert 55 <= len(plots) <= 75
