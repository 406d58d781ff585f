"""Who gets what: every caller at every address. What is not theirs looks exactly like what does not exist (S1)."""

from __future__ import annotations

import uuid

import pytest

from courtplatform.api import urlpatterns
from mediation.vocabulary import State
from roster.publication import renew_all
from tests.api.callers import Caller, Cast, application, caller, person
from tests.mediation.stories import COURT, NET, START, Story, walk

READS = ("cases/{case}", "cases/{case}/journal", "cases/{case}/moves", "cases/{case}/documents")
SEES_COURT = {"party", "clerk", "judge", "leader", "integrator", "spc"}
SEES_NET = {"party_net", "desk", "mediator", "system_net", "unit", "bureau"}
BLIND = {
    "other_party", "other_party_net", "respondent", "respondent_net", "operator", "other_clerk", "other_integrator",
    "idle_mediator", "other_desk", "other_system_net", "other_unit",
}  # fmt: skip
MATRIX = {"api-me", "api-cases", "api-schema", "api-docs", "api-uploads"} | {
    "api-case", "api-journal", "api-moves", "api-move", "api-documents", "api-request", "api-document",
} | {"api-rules", "api-calendar", "api-organisations", "api-mediators", "api-courts"} | {
    "api-batch", "api-changes", "api-token", "api-revocation", "api-talks", "api-sessions", "api-session", "api-points",
    "api-notes", "api-drafts", "api-draft", "api-draft-share", "api-draft-propose", "api-draft-remarks",
    "api-complaints", "api-complaint-withdraw", "api-choices", "api-links", "api-notices", "api-notices-read",
    "api-preferences", "api-books", "api-book", "api-book-move", "api-push", "api-outcomes", "api-states",
    "api-subscriptions", "api-subscription", "api-replay", "api-subscription-close", "api-callbacks", "api-passport",
    "api-papers", "api-paper",
    "api-handler", "api-colleagues", "api-leaves", "api-leave-end", "api-transfers", "api-certificate",
    "api-row-changes", "api-places", "api-desk-invitations", "api-place-end", "api-tables", "api-picture",
    "api-signing-code", "api-arrangements", "api-campaign-plan",
}  # fmt: skip


def everybody(cast: Cast) -> dict[str, Caller]:
    """Return the whole cast by name."""
    return {name: who for name, who in vars(cast).items() if isinstance(who, Caller)}


def test_every_address_stands_in_the_matrix() -> None:
    assert {address.name for address in urlpatterns if address.name} == MATRIX


def test_everybody_stands_in_the_matrix(cast: Cast) -> None:
    assert set(everybody(cast)) == SEES_COURT | SEES_NET | BLIND


def test_a_case_is_seen_by_those_it_concerns_and_by_nobody_else(cast: Cast) -> None:
    story = walk(cast.world, State.MEDIATING)
    upload = cast.party_net.upload().json()["upload"]
    cast.party_net.make(story.ref, "add_evidence", documents=[{"upload": upload, "kind": "TRADING"}])
    document = cast.party_net.get(f"cases/{story.ref}/documents").json()["items"][0]["ref"]
    asked = cast.party.make(story.ref, "stop_mediation", {"party": story.applicant}).json()["ref"]
    missing = uuid.uuid4()

    for name, who in everybody(cast).items():
        listed = str(story.ref) in who.get("cases").content.decode()
        assert listed == (name in SEES_COURT | SEES_NET), name
        for address in READS:
            theirs, nobodys = who.get(address.format(case=story.ref)), who.get(address.format(case=missing))
            assert nobodys.status_code == 404
            if name in BLIND:
                assert (theirs.status_code, theirs.content) == (404, nobodys.content), (name, address)
            else:
                assert theirs.status_code == 200, (name, address, theirs.content)
        for address in (f"documents/{document}/content", f"requests/{asked}"):
            if name in BLIND:
                answer = who.get(address)
                assert (answer.status_code, answer.content) == (404, who.get(f"requests/{missing}").content), (
                    name,
                    address,
                )
        if name in BLIND:
            body = {"party": story.applicant}
            theirs, nobodys = who.make(story.ref, "stop_mediation", body), who.make(missing, "stop_mediation", body)
            assert (theirs.status_code, theirs.content) == (404, nobodys.content), name
    assert cast.party.get(f"requests/{asked}").status_code == 200


def test_a_document_is_not_read_by_those_who_see_only_the_course_of_a_case(cast: Cast) -> None:
    story = walk(cast.world, State.MEDIATING)
    upload = cast.party_net.upload().json()["upload"]
    cast.party_net.make(story.ref, "add_evidence", documents=[{"upload": upload, "kind": "TRADING"}])
    document = cast.desk.get(f"cases/{story.ref}/documents").json()["items"][0]["ref"]

    for overseer in (cast.unit, cast.bureau):
        assert overseer.get(f"cases/{story.ref}/documents").json()["items"] == []
        assert overseer.get(f"documents/{document}/content").status_code == 404
    assert cast.mediator.get(f"documents/{document}/content").status_code == 200


def test_a_case_that_has_not_crossed_is_missing_on_the_other_platform(cast: Cast) -> None:
    story = Story(cast.world)
    story.file()

    for who in (cast.party_net, cast.desk, cast.bureau, cast.unit):
        assert who.get(f"cases/{story.ref}").status_code == 404
    assert cast.party.get(f"cases/{story.ref}").status_code == 200


def test_a_post_on_one_platform_opens_nothing_on_the_other(cast: Cast) -> None:
    story = walk(cast.world, State.MEDIATING)

    for who, other in ((cast.clerk, NET), (cast.desk, COURT), (cast.mediator, COURT), (cast.spc, NET)):
        assert who.account is not None
        abroad = caller(who.account, other)
        assert abroad.get("cases").json()["items"] == []
        assert abroad.get(f"cases/{story.ref}").status_code == 404


def test_without_a_token_nothing_but_public_things_is_told(cast: Cast) -> None:
    story = walk(cast.world, State.MEDIATING)
    for platform in (COURT, NET):
        renew_all(platform)
        for token in ("", "wrong", "x" * 500, "é"):
            visitor = Caller(None, platform, token)
            for address in ("me", "cases", f"cases/{story.ref}", f"cases/{uuid.uuid4()}", f"requests/{uuid.uuid4()}"):
                answer = visitor.get(address)
                assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer"), (token, address)
            assert visitor.post("cases", application()).status_code == 401
            assert visitor.make(story.ref, "stop_mediation").status_code == 401
            assert visitor.upload().status_code == 401
        visitor = Caller(None, platform)
        for address in ("law/rules", "calendar/2024", "roster/organisations", "roster/courts"):
            assert visitor.get(address).status_code == 200
        assert visitor.get(f"roster/mediators?organisation={cast.world.organisation}").json()["items"]


@pytest.mark.parametrize("change", ["revoked", "closed", "expired"])
def test_a_token_revoked_an_account_closed_or_a_post_ended_opens_nothing(cast: Cast, change: str) -> None:
    story = Story(cast.world)
    story.file()
    account = cast.clerk.account
    assert account is not None
    if change == "revoked":
        account.clients.update(revoked_at=START)
    elif change == "closed":
        account.is_active = False
        account.save()
    else:
        account.posts.update(valid_from=START.replace(year=2023), valid_until=START)

    answer = cast.clerk.get(f"cases/{story.ref}")

    assert answer.status_code == (404 if change == "expired" else 401)


def test_an_identity_that_is_only_claimed_opens_nothing(cast: Cast) -> None:
    story = Story(cast.world)
    story.file()
    pretender = person("pretender")
    pretender.identity_kind, pretender.identity_number = cast.zhang.identity_kind, cast.zhang.identity_number
    pretender.identity_index = cast.zhang.identity_index
    pretender.save()

    assert caller(pretender, COURT).get(f"cases/{story.ref}").status_code == 404


def test_an_address_that_does_not_exist_is_a_problem_like_any_other(cast: Cast) -> None:
    for address in ("", "nothing", "cases/1", "cases/1/moves", "calendar/1000", "calendar/x", "requests/", "../admin/"):
        answer = cast.clerk.get(address)

        assert answer.status_code == 404, address
        assert answer["Content-Type"] == "application/problem+json"
