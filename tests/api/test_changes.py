"""The change feed, batches and kept answers: nothing skipped, nothing twice, also when many write at once."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from courtplatform.api import urlpatterns
from mediation import feed, present
from mediation.api import answers
from mediation.exchange import reconcile
from mediation.models import Case, CaseEvent, Change, FeedHead, KeptAnswer, LocalEntry
from mediation.vocabulary import State, Track
from tests.api.callers import Caller, Cast, application
from tests.mediation.stories import COURT, NET, Story, build_world, walk

NEVER_KEPT = {"api-token", "api-revocation"}
"""Submissions whose answers are secrets, which are kept nowhere; their protocol has rules of its own."""


def test_every_submission_is_carried_out_once() -> None:
    wrong = []
    for address in urlpatterns:
        view = getattr(getattr(address, "callback", None), "cls", None)
        handler = getattr(view, "post", None)
        if handler is not None and address.name not in NEVER_KEPT and not getattr(handler, "once", False):
            wrong.append(address.name)

    assert wrong == []


def test_changes_are_read_on_from_where_one_stopped_and_only_in_ones_own_cases(cast: Cast) -> None:
    story, other = walk(cast.world, State.MEDIATING), Story(cast.world)
    other.file()

    def follow(who: Caller, query: str = "") -> list[dict[str, Any]]:
        found, since, more = [], 0, True
        while more:
            page = who.get(f"changes?since={since}&limit=3{query}").json()
            found, since, more = [*found, *page["items"]], page["next"], page["more"]
        assert who.get(f"changes?since={since}").json() == {"items": [], "next": since, "more": False}
        return found

    everything, theirs = follow(cast.clerk), follow(cast.desk)
    delegated = follow(cast.clerk, "&kind=case.delegate.v1")
    events = CaseEvent.objects.filter(platform=COURT).order_by("pk").values_list("case__ref", "number", "kind")

    assert [(one["case"], one["number"], one["kind"]) for one in everything] == [
        (str(ref), number, kind) for ref, number, kind in events
    ]
    assert [one["position"] for one in everything] == sorted({one["position"] for one in everything})
    assert {one["case"] for one in theirs} == {str(story.ref)}
    assert [one["move"] for one in delegated] == ["delegate"]
    assert cast.other_clerk.get("changes").json()["items"] == []
    assert cast.clerk.get("changes?kind=case.delegated.v1").json()["field"] == "kind"
    assert [cast.clerk.get(f"changes?since={odd}").status_code for odd in ("-1", "x", "9" * 20, "²")] == [422] * 4
    # What nobody has read is numbered all the same, once.
    assert feed.number(NET) == Change.objects.filter(platform=NET).count()

    # The platform comes back, twice, from a backup that did not have the last two: whoever has read them learns it.
    seen, kept = everything[-1]["position"], everything[-3]["position"]
    Change.objects.filter(platform=COURT, position__gt=kept).delete()
    FeedHead.objects.filter(platform=COURT).update(position=kept)
    unknown = cast.clerk.get(f"changes?since={seen}")
    assert (unknown.status_code, unknown.json()["title"], "恢复" in unknown.json()["detail"]) == (
        410,
        "没有这一位置",
        False,
    )
    for _time in range(2):
        reconcile.enter_restore_mode(COURT, present.now())
    assert feed.number(COURT) == kept
    Story(cast.world).file()
    lost = cast.clerk.get(f"changes?since={seen}")
    (anew,) = cast.clerk.get(f"changes?since={lost.json()['since']}").json()["items"]

    assert (lost.status_code, lost.json()["code"], lost.json()["since"]) == (410, "position", kept)
    assert "从备份恢复过" in lost.json()["detail"]
    assert 2**53 > anew["position"] > 10**15
    assert cast.clerk.get(f"changes?since={anew['position'] - 1}").json()["since"] == kept
    assert cast.clerk.get(f"changes?since={anew['position']}").json()["items"] == []
    beyond = {"url": "https://system.example/hook", "since": anew["position"] + 1}
    assert cast.integrator.post("subscriptions", beyond).json()["since"] == anew["position"]


def test_an_organisation_is_told_what_took_a_case_from_it_and_nothing_of_what_came_after(cast: Cast) -> None:
    withdrawn, declined = walk(cast.world, State.APPLIED, Track.DIRECT), walk(cast.world, State.DELEGATED)
    withdrawn.withdraw()
    declined.decline()
    declined.wire()
    declined.go("leave_to_court", declined.party(declined.applicant), party=declined.applicant)
    declined.wire()

    def told(who: Caller, story: Story) -> list[str]:
        items = who.get("changes?limit=500").json()["items"]
        return [one["move"] for one in items if one["case"] == str(story.ref)]

    assert told(cast.system_net, withdrawn) == ["apply", "withdraw"]
    assert told(cast.desk, declined)[-2:] == ["receive", "decline"]
    for gone in (withdrawn, declined):
        assert cast.system_net.get(f"cases/{gone.ref}").status_code == 404
        for other in (cast.other_desk, cast.other_system_net, cast.idle_mediator):
            assert told(other, gone) == []


def test_a_batch_is_judged_item_by_item_and_done_once(cast: Cast) -> None:
    filed, mediating = walk(cast.world, State.FILED), walk(cast.world, State.MEDIATING)
    consult = {"move": "consult", "facts": {"channel": "SMS"}}
    items = [
        {"case": str(filed.ref), **consult, "version": 1},
        {"case": str(mediating.ref), **consult},
        {"case": str(filed.ref), "move": "nothing"},
        {"case": "00000000-0000-0000-0000-000000000000", **consult},
        {"case": "no reference", **consult},
        {"case": str(filed.ref), **consult, "odd": 1},
        7,
    ]

    keyless = cast.clerk.post("moves", {"items": items})
    first = cast.clerk.post("moves", {"items": items}, Idempotency_Key="batch")
    again = cast.clerk.post("moves", {"items": items}, Idempotency_Key="batch")
    other = cast.clerk.post("moves", {"items": items[:1]}, Idempotency_Key="batch")
    changed = [{**items[0], "version": 2}, *items[1:]]

    assert (keyless.status_code, keyless.json()["field"]) == (422, "Idempotency-Key")
    assert [one["status"] for one in first.json()["items"]] == [201, 409, 404, 404, 422, 422, 422]
    assert (first.json()["items"][4]["case"], first.json()["items"][4]["body"]["field"]) == ("no reference", "case")
    assert first.json()["items"][0]["body"]["move"] == "consult"
    assert first.json()["items"][1]["body"]["next"]
    assert again.json() == first.json()
    assert [other.status_code, cast.clerk.post("moves", {"items": changed}, Idempotency_Key="batch").status_code] == [
        409,
        409,
    ]
    assert CaseEvent.objects.filter(platform=COURT, case__ref=filed.ref, kind="case.consult.v1").count() == 1
    noted = LocalEntry.objects.filter(kind="api", chain=str(filed.ref)).values_list("facts__act", flat=True)
    assert list(noted) == ["consult"]


def test_a_key_used_for_something_else_says_so_in_its_title(cast: Cast) -> None:
    story = walk(cast.world, State.FILED)

    cast.clerk.make(story.ref, "consult", {"channel": "SMS"}, Idempotency_Key="k")
    other = cast.clerk.make(story.ref, "consult", {"channel": "PHONE"}, Idempotency_Key="k")

    assert (other.status_code, other.json()["code"], other.json()["title"]) == (409, "key", "幂等键已经用过")


def test_an_answer_is_kept_as_it_was_and_a_refusal_leaves_the_key_free(cast: Cast) -> None:
    story = walk(cast.world, State.FILED)
    asked = walk(cast.world, State.MEDIATING)
    facts = {"channel": "SMS"}

    refused = cast.judge.make(story.ref, "consult", facts, Idempotency_Key="one")
    assert refused.status_code == 403
    kept = KeptAnswer.objects.count()
    upload = cast.party.upload()
    stop = {"party": asked.applicant}
    first = cast.party.make(asked.ref, "stop_mediation", stop, Idempotency_Key="two")
    asked.wire()
    second = cast.party.make(asked.ref, "stop_mediation", stop, Idempotency_Key="two")
    opened = cast.party.post("cases", application(), Idempotency_Key="three")
    elsewhere = cast.party.make(asked.ref, "stop_mediation", stop, Idempotency_Key="three")

    assert (kept, upload.status_code, opened.status_code) == (0, 201, 201)
    # The request has been answered meanwhile; the answer to the submission is still what it was.
    assert (first.status_code, second.status_code, second.content) == (202, 202, first.content)
    assert second["Idempotency-Replayed"] == "true"
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (409, "key")
    assert "虚假" not in repr(list(KeptAnswer.objects.values()))
    assert answers.sweep(present.now() + answers.KEPT * 2) == 2


def _at_once(*acts: Callable[[], None]) -> None:
    raised: list[BaseException] = []

    def run(act: Callable[[], None]) -> None:
        try:
            act()
        except BaseException as wrong:
            raised.append(wrong)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert raised == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_readers_miss_nothing_of_what_is_committed_out_of_order() -> None:
    story = Story(build_world())
    story.file()
    case, chance, done = Case.objects.get(platform=COURT), random.Random(7), threading.Event()
    before = feed.read(COURT, None, 0, most=100).reached
    seen: list[list[int]] = [[], []]

    def write(writer: int) -> None:
        for turn in range(25):
            with transaction.atomic():
                number = 1000 + 100 * writer + turn
                Change.objects.create(
                    platform=COURT, case=case, number=number, kind="case.x.v1", state="FILED", at=present.now()
                )
                # The key is given out, and others commit before this one can be read.
                time.sleep(chance.random() / 200)

    def read(reader: int) -> None:
        since, last = before, False
        while True:
            page = feed.read(COURT, None, since, most=7)
            seen[reader] += [one.number for one in page.changes]
            since = page.reached
            if last and not page.more:
                return
            last = last or done.is_set()

    readers = [threading.Thread(target=lambda at=at: (read(at), connection.close())) for at in (0, 1)]  # type: ignore[misc]
    for reader in readers:
        reader.start()
    _at_once(*(lambda writer=writer: write(writer) for writer in range(5)))  # type: ignore[misc]
    done.set()
    for reader in readers:
        reader.join()

    expected = sorted(1000 + 100 * writer + turn for writer in range(5) for turn in range(25))
    assert sorted(seen[0]) == expected
    assert seen[0] == seen[1]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_one_key_sent_by_many_at_once_acts_once() -> None:
    cast = Cast(build_world())
    got: list[tuple[int, bytes]] = []

    def send() -> None:
        answer = cast.party.post("cases", application(), Idempotency_Key="same")
        got.append((answer.status_code, answer.content))

    cast.party.get("me")
    _at_once(*[send] * 4)

    assert len(set(got)) == 1
    assert got[0][0] == 201
    assert CaseEvent.objects.filter(platform=COURT).count() == 1
