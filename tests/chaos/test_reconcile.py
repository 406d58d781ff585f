"""Differences planted between the two books by whoever has the database: exactly those are found, healed or named."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from mediation import keyring, moves
from mediation.exchange import digests, outbox, reconcile
from mediation.models import Case
from mediation.models.case import FOLDED
from roster import reference
from script.benchmark import loader
from tests.chaos.checker import COURT, NET
from tests.figures import LONG

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
SHARED, LOST, ABSENT, FORKED = (100_000, 400, 400, 200) if LONG else (150, 6, 4, 3)


@pytest.fixture
def refs(db):
    at = timezone.now()
    reference.load([COURT, NET])
    for code in (COURT, NET):
        keyring.ensure(code, at)
    loader.load(loader.cast().delegated(at - timedelta(hours=2)), SHARED, platforms=(NET, COURT))
    return [str(ref) for ref in Case.objects.of(COURT).order_by("id").values_list("ref", flat=True)]


def lose_the_last_entry(ref: str) -> None:
    """Put the court's copy back to before the peer's last entry, as a botched repair would."""
    case = Case.objects.get(platform=COURT, ref=ref)
    kept = [event.entry() for event in loader.journal(case)][:-1]
    played = moves.fold(COURT, kept)
    harm("DELETE FROM mediation_caseevent WHERE case_id = %s AND number = %s", case.pk, case.entries)
    folded = {name: getattr(played, name) for name in (*FOLDED, "entries", "head")}
    QuerySet(Case).filter(pk=case.pk).update(**folded)


def lose_the_case(ref: str) -> None:
    """Take InvestorNet's whole copy away."""
    case = Case.objects.get(platform=NET, ref=ref)
    for table in ("caseevent", "clock", "delivery", "enclosure", "party"):
        harm(f"DELETE FROM mediation_{table} WHERE case_id = %s", case.pk)
    harm("DELETE FROM mediation_case WHERE id = %s", case.pk)


def forge_the_last_entry(ref: str) -> None:
    """Give the court's copy another last entry under the same number."""
    case = Case.objects.get(platform=COURT, ref=ref)
    harm("UPDATE mediation_caseevent SET hash = %s WHERE case_id = %s AND number = %s", "f" * 64, case.pk, case.entries)
    harm("UPDATE mediation_case SET head = %s WHERE id = %s", "f" * 64, case.pk)


def harm(sql: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def reconcile_both() -> list[reconcile.Finding]:
    at = timezone.now()
    found = reconcile.reconcile(COURT, at) + reconcile.reconcile(NET, at)
    outbox.post_all(at)
    return found


def differing() -> set[str]:
    court, net = (dict(Case.objects.of(code).values_list("ref", "head")) for code in (COURT, NET))
    return {str(ref) for ref in {*court, *net} if court.get(ref) != net.get(ref)}


def plant(refs: list[str]) -> tuple[set[str], set[str], set[str]]:
    """Harm copies; return the references of those that lost an entry, those that are gone, and those forged."""
    chosen = random.Random(13).sample(refs, LOST + ABSENT + FORKED)
    lost, absent, forked = set(chosen[:LOST]), set(chosen[LOST : LOST + ABSENT]), set(chosen[LOST + ABSENT :])
    for ref in lost:
        lose_the_last_entry(ref)
    for ref in absent:
        lose_the_case(ref)
    for ref in forked:
        forge_the_last_entry(ref)
    return lost, absent, forked


def test_exactly_the_planted_differences_are_found_and_healed_or_named(refs, record_property):
    lost, absent, forked = plant(refs)
    planted = differing()

    found = {finding.ref for finding in reconcile_both()}
    again = reconcile_both()
    frozen = {str(ref) for ref in Case.objects.of(COURT).exclude(frozen="").values_list("ref", flat=True)}
    healed = planted - differing()
    record_property(
        "figure",
        f"{len(planted):,} differences among {SHARED:,}: {len(found & planted):,} found, {len(found - planted)} more,"
        f" {len(healed):,} healed, {len(frozen):,} named and frozen",
    )

    assert planted == lost | absent | forked
    assert found == planted
    assert {finding.ref for finding in again} <= forked
    assert differing() == forked
    assert frozen == forked
    assert set(Case.objects.filter(ref__in=[*lost, *absent]).values_list("entries", flat=True)) == {7}


def test_equal_books_have_no_difference(refs):
    found = reconcile_both()

    assert found == []


def test_a_comparison_that_only_counts_entries_does_not_find_what_was_forged(refs, monkeypatch):
    digest = digests.digest
    monkeypatch.setattr(digests, "digest", lambda bucket: digest((ref, number, "") for ref, number, _head in bucket))
    _lost, _absent, forked = plant(refs)

    found = {finding.ref for finding in reconcile_both()}

    assert differing() & forked
    assert not forked <= found
