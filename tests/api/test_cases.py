"""Reading cases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mediation.api import views
from mediation.models import LocalEntry
from mediation.vocabulary import State, Track
from tests.api.callers import APPLICANT_ID, Cast
from tests.mediation.stories import COURT, START, Story, walk


def file_some(cast: Cast, count: int) -> list[Story]:
    """File some cases a minute apart."""
    stories = []
    for minute in range(count):
        story = Story(cast.world, at=START + timedelta(minutes=minute))
        story.file()
        stories.append(story)
    return stories


def test_a_clerk_pages_through_the_cases_of_her_court_newest_first(cast: Cast) -> None:
    stories = file_some(cast, 5)

    seen, cursor = [], ""
    for _page in range(3):
        answer = cast.clerk.get(f"cases?limit=2{cursor}").json()
        seen += [item["ref"] for item in answer["items"]]
        cursor = f"&cursor={answer['next']}"

    assert seen == [str(story.ref) for story in reversed(stories)]
    assert answer["next"] is None


def test_filters_narrow_the_list(cast: Cast) -> None:
    first, second = file_some(cast, 2)
    second.consult()
    case = first.copy(COURT)

    assert [item["ref"] for item in cast.clerk.get("cases?state=FILED").json()["items"]] == [str(first.ref)]
    assert [item["ref"] for item in cast.clerk.get(f"cases?number={case.number}").json()["items"]] == [str(first.ref)]
    assert len(cast.clerk.get("cases?track=DELEGATED&cause=MISSTATEMENT").json()["items"]) == 2
    assert cast.clerk.get("cases?track=ENTRUSTED").json()["items"] == []
    assert len(cast.clerk.get("cases?since=2024-03-04").json()["items"]) == 2
    assert cast.clerk.get("cases?since=2024-03-05").json()["items"] == []


def test_a_filter_that_means_nothing_is_refused_with_the_name_of_its_field(cast: Cast) -> None:
    for query, field in (
        ("state=NOWHERE", "state"), ("since=yesterday", "since"), ("since=0001-01-01", "since"),
        ("cursor=xx", "cursor"),
        ("limit=0", "limit"), ("limit=1000", "limit"), ("number=%00", "number"), ("cause=%ED%A0%80", "cause"),
    ):  # fmt: skip
        answer = cast.clerk.get(f"cases?{query}")

        assert (answer.status_code, answer.json()["field"]) == (422, field), query


def test_identifiers_are_masked_unless_revealed_which_is_noted(cast: Cast) -> None:
    story = Story(cast.world)
    story.file()

    masked = cast.clerk.get(f"cases/{story.ref}").json()
    revealed = cast.clerk.get(f"cases/{story.ref}?reveal=1")

    assert APPLICANT_ID not in str(masked)
    assert masked["people"][0]["identity_number"] == "110***********002X"
    assert revealed.json()["people"][0]["identity_number"] == APPLICANT_ID
    assert revealed["Cache-Control"] == "private, no-store"
    assert [entry.kind for entry in LocalEntry.objects.filter(chain=str(story.ref))] == ["reveal"]


def test_same_check_sees_a_number_that_is_not_masked(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "mask", lambda kind, number: number)

    with pytest.raises(AssertionError):
        test_identifiers_are_masked_unless_revealed_which_is_noted(cast)


def test_a_party_or_an_integrator_cannot_reveal_identifiers(cast: Cast) -> None:
    story = Story(cast.world)
    story.file()

    for caller in (cast.party, cast.integrator, cast.spc):
        answer = caller.get(f"cases/{story.ref}?reveal=1")

        assert answer.status_code == 403
        assert APPLICANT_ID not in answer.content.decode()
    assert not LocalEntry.objects.exists()


def test_those_who_read_no_contents_get_the_course_of_a_case_but_no_name(cast: Cast) -> None:
    story = Story(cast.world)
    story.file()

    answer = cast.spc.get(f"cases/{story.ref}")
    journal = cast.spc.get(f"cases/{story.ref}/journal").json()

    assert answer.status_code == 200
    assert "张三" not in answer.content.decode()
    assert journal["items"][0]["move"] == "file"
    assert journal["items"][0]["texts"] == []


def test_an_unchanged_case_is_not_sent_again(cast: Cast) -> None:
    story = Story(cast.world)
    story.file()
    first = cast.clerk.get(f"cases/{story.ref}")

    again = cast.clerk.get(f"cases/{story.ref}", If_None_Match=first["ETag"])
    story.consult()
    changed = cast.clerk.get(f"cases/{story.ref}", If_None_Match=first["ETag"])

    assert (first["ETag"], again.status_code, again.content) == ('"1"', 304, b"")
    assert (changed.status_code, changed["ETag"]) == (200, '"2"')


def test_the_journal_gives_each_entry_with_the_texts_its_reader_may_read(cast: Cast) -> None:
    story = walk(cast.world, State.HANDED_BACK)

    entries = cast.clerk.get(f"cases/{story.ref}/journal").json()["items"]
    page = cast.clerk.get(f"cases/{story.ref}/journal?after=3&limit=2").json()

    assert [entry["number"] for entry in entries] == list(range(1, story.case.entries + 1))
    assert entries[0]["texts"][0]["text"] == "虚假陈述造成损失。"
    concluded = next(entry["number"] for entry in entries if entry["move"] == "conclude_unsettled")
    assert [text["kind"] for text in entries[concluded - 1]["texts"]] == ["REPORT"]
    assert [entry["number"] for entry in page["items"]] == [4, 5]
    assert page["next"] == 5


def test_moves_are_told_with_the_reason_the_article_and_the_next_step(cast: Cast) -> None:
    story = Story(cast.world)
    story.file()
    story.consult()

    told = {item["move"]: item for item in cast.clerk.get(f"cases/{story.ref}/moves").json()["items"]}

    assert told["consent"]["available"]
    assert told["consent"]["facts"]["properties"]["stage"]["enum"][0] == "MEDIATION"
    assert told["consent"]["facts"]["required"] == ["party", "stage", "channel"]
    assert told["docket_and_entrust"]["here"]
    refused = told["proceed_on_one_consent"]["refusal"]
    assert refused is None or refused["article"]


def test_no_read_asks_more_than_twelve_questions_and_their_number_is_constant_in_rows(cast: Cast) -> None:
    story = walk(cast.world, State.CONFIRMED)

    def count(address: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert cast.clerk.get(address).status_code == 200
        return len(asked)

    addresses = ["cases", f"cases/{story.ref}", f"cases/{story.ref}/journal", f"cases/{story.ref}/moves"]
    addresses += [
        f"cases/{story.ref}/documents",
        "me",
        "law/rules",
        "calendar/2024",
        "roster/organisations",
        "roster/courts",
    ]
    cast.clerk.get("me")
    before = [count(address) for address in addresses]
    file_some(cast, 5)
    story.perform()

    assert [count(address) for address in addresses] == before
    assert max(before) <= 12, dict(zip(addresses, before, strict=True))


def test_a_move_asks_no_more_than_twenty_questions_whatever_else_there_is(cast: Cast) -> None:
    first, second = file_some(cast, 2)
    cast.party.get("me")

    def count(story: Story) -> int:
        with CaptureQueriesContext(connection) as asked:
            address = cast.party.make(story.ref, "confirm_address", {"party": story.applicant, "e_service": True})
        assert address.status_code == 201
        return len(asked)

    before = count(first)
    file_some(cast, 4)

    # A savepoint counts as one; the note of the programme and the change for its readers go with the move.
    assert count(second) == before <= 20


def test_a_case_of_every_track_can_be_read_on_both_platforms(cast: Cast) -> None:
    for track, state in (
        (Track.DELEGATED, State.CONFIRMED), (Track.ENTRUSTED, State.DECREED), (Track.DIRECT, State.DOCKETED),
        (Track.OFFLINE, State.CONFIRMED),
    ):  # fmt: skip
        story = walk(cast.world, state, track)

        assert cast.clerk.get(f"cases/{story.ref}").json()["state"] == state
        assert cast.desk.get(f"cases/{story.ref}").json()["state"] == state
        assert cast.party_net.get(f"cases/{story.ref}/journal").status_code == 200
