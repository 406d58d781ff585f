"""What people work on beside the journal, by REST: a mediation, an agreement, choosing, notices, rosters, figures."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from mediation.clauses import library
from mediation.models import MediatorNote, OutgoingMessage
from mediation.telling import following
from mediation.vocabulary import Role, State, Track
from roster.models import Listing, Organisation
from tests.api.callers import Cast, seat, staff
from tests.mediation.stories import COURT, COURT_CODE, NET, START, walk


def test_a_mediation_is_held_by_rest_and_confidences_stay_where_they_were_said(cast: Cast) -> None:
    story = walk(cast.world, State.ACCEPTED)
    seat(story, cast.respondent)
    mediators = {"mediators": [cast.world.mediator], "lead": cast.world.mediator}
    assert cast.desk.make(story.ref, "appoint_mediator", mediators).status_code == 201
    cast.mediator.make(story.ref, "disclose", {"ground": "NONE"})
    for one in (story.applicant, story.respondent):
        cast.mediator.make(story.ref, "record_contact", {"party": one, "outcome": "REACHED", "channel": "PHONE"})
    story.wire()
    party, other, mediator, root = cast.party_net, cast.respondent_net, cast.mediator, f"cases/{story.ref}"
    first, second = START + timedelta(days=40), START + timedelta(days=41)

    proposed = mediator.post(
        f"{root}/sessions",
        {"channel": "PARTIES", "mode": "ON_SITE", "place": "某路1号", "times": [first.isoformat(), second.isoformat()]},
    )
    session = f"{root}/sessions/{proposed.json()['ref']}"
    time = proposed.json()["times"][1]["id"]
    assert party.post(f"{session}/choose", {"fits": [time]}).status_code == 200
    assert party.post(f"{session}/fix", {"time": time}).status_code == 404
    assert party.post(f"{session}/choose", {"time": time}).json()["field"] == "time"
    assert party.post(f"{session}/acknowledge", {}).json()["attendance"]
    fixed = mediator.post(f"{session}/fix", {"time": time}).json()
    assert (fixed["state"], fixed["times"][1]["fits"][story.applicant]) == ("FIXED", True)
    early = mediator.post(f"{session}/hold", {"people": [{"person": story.applicant, "present": True}], "told": True})
    assert (early.status_code, early.json()["code"], early.json()["rule"]) == (409, "lacking", ["ZX-17"])
    cast.respondent_net.make(story.ref, "confirm_address", {"party": story.respondent, "e_service": True})
    seen = {"present": True, "verified": "ACCOUNT"}
    people = [{"person": story.applicant, **seen}, {"person": story.respondent, **seen, "read": True}]
    held = mediator.post(f"{session}/hold", {"people": people, "told": True})
    assert held.status_code == 200, held.content.decode()
    assert mediator.get(root).json()["state"] == "MEDIATING"

    said = party.post(f"{root}/talks", {"channel": "APPLICANTS", "text": "底线是五万元。", "offer": 5_000_000})
    assert said.status_code == 201
    assert other.get(f"{root}/talks").json()["items"] == []
    assert other.post(f"{root}/talks", {"channel": "APPLICANTS", "text": "。"}).json()["field"] == "channel"
    assert [one["offer"] for one in mediator.get(f"{root}/talks").json()["items"]] == ["5000000"]
    once = [mediator.post(f"{root}/talks", {"channel": "PARTIES", "text": "请看。"}, Idempotency_Key="t") for _ in "ab"]
    assert once[0].content == once[1].content
    assert len(other.get(f"{root}/talks").json()["items"]) == 1
    point = {"text": "损失如何计算", "standing": "DISPUTED", "applicants_say": "全部"}
    (kept,) = mediator.post(f"{root}/points", point).json()["items"]
    assert mediator.post(f"{root}/points", {"id": kept["id"], "drop": True}).json()["items"] == []
    mediator.post(f"{root}/notes", {"text": "申请人急于了结。"})
    assert MediatorNote.objects.count() == 1
    for blind in (party, cast.desk, cast.clerk, cast.idle_mediator, cast.unit):
        assert [blind.get(f"{root}/{what}").status_code for what in ("points", "notes")] == [404, 404]
    assert cast.desk.get(f"{root}/talks").status_code == 404


def test_an_agreement_is_drafted_checked_shown_and_proposed_by_rest(cast: Cast, settings: Any) -> None:
    settings.ROOT_URLCONF = "mediation.project.urls"
    story = walk(cast.world, State.MEDIATING)
    seat(story, cast.respondent)
    mediator, party, root = cast.mediator, cast.party_net, f"cases/{story.ref}/drafts"

    begun = mediator.post(root, {}).json()
    lump = {
        "payer": story.respondent, "payee": story.applicant, "amount": 5_000_000, "due_on": "2024-12-31",
        "account": {"holder": "张三", "bank": "工行", "number": "6222020000000000000"},
    }  # fmt: skip
    wrong = [
        {"kind": "LUMP_SUM", "values": {"amount": "5万"}},
        {"kind": "LUMP_SUM", "values": {"nothing": 1}},
        {"kind": "LUMP_SUM", "values": {"payer": "somebody"}},
    ]
    for clause in wrong:
        answer = mediator.post(f"{root}/1", {"revision": begun["revision"], "clauses": [clause]})
        assert (answer.status_code, answer.json()["field"][:16]) == (422, "clauses.0.values"), answer.content
    names = [one.name for one in _variables("LUMP_SUM")]
    values = {name: value for name, value in lump.items() if name in names}
    saved = mediator.post(
        f"{root}/1",
        {
            "revision": begun["revision"],
            "summary": "因虚假陈述发生纠纷。",
            "clauses": [{"kind": "LUMP_SUM", "values": values}, {"kind": "COSTS"}, {"kind": "RELEASE"}],
        },
    ).json()
    assert [one["kind"] for one in saved["clauses"]] == ["LUMP_SUM", "COSTS", "RELEASE"]
    assert saved["clauses"][0]["values"]["amount"] == 5_000_000
    assert party.get(root).json()["items"] == []
    stale = mediator.post(f"{root}/1/share", {"revision": begun["revision"]})
    assert (stale.status_code, stale.json()["code"]) == (409, "overtaken")
    must = [one for one in saved["defects"] if one["must"]]
    assert must == [], must
    shared = mediator.post(f"{root}/1/share", {"revision": saved["revision"]}).json()
    assert shared["shared_at"]
    remark = party.post(f"{root}/1/remarks", {"clause": shared["clauses"][0]["key"], "text": "请提前一个月。"})
    assert remark.status_code == 201
    (seen,) = party.get(root).json()["items"]
    assert ([one["text"] for one in seen["remarks"]], seen["defects"]) == (["请提前一个月。"], [])
    assert cast.desk.get(root).json()["items"][0]["remarks"] == []
    assert "account" not in str(cast.desk.get(root).json()["items"][0]["clauses"][0]["values"])

    begun = mediator.post(root, {}).json()
    unchecked = mediator.post(f"{root}/2/propose", {"revision": begun["revision"]})
    proposed = mediator.post(f"{root}/2/propose", {"revision": begun["revision"], "checked": True})
    if unchecked.status_code == 409:
        assert unchecked.json()["code"] == "unchecked"
    assert proposed.json()["proposed_at"] or unchecked.json()["proposed_at"]
    assert party.get(f"cases/{story.ref}").json()["state"] == "SIGNING"
    told = party.post(f"cases/{story.ref}/people/{story.applicant}/links", {"kind": "SIGNING"})
    sent = mediator.post(f"cases/{story.ref}/people/{story.applicant}/links", {"kind": "MEETING"})
    assert (told.status_code, sent.status_code) == (404, 201)


def _variables(kind: str) -> Any:
    return next(one for one in library.LIBRARY if one.kind.value == kind).variables


def test_choosing_shows_reasons_to_the_court_and_no_ranking_to_parties(cast: Cast) -> None:
    story = walk(cast.world, State.READY)

    clerks = cast.clerk.get(f"cases/{story.ref}/choices").json()["items"]
    partys = cast.party.get(f"cases/{story.ref}/choices").json()["items"]
    invited = cast.clerk.post(f"cases/{story.ref}/people/{story.respondent}/links", {"kind": "INVITATION"}).json()

    assert {one["factor"] for one in clerks[0]["reasons"]} >= {"SPECIALTY", "CAPACITY"}
    assert {one["ref"] for one in partys} == {one["ref"] for one in clerks if one["eligible"]}
    assert all("total" not in one and "reasons" not in one for one in partys)
    assert len(invited["code"]) == 19
    assert cast.judge.get(f"cases/{story.ref}/choices").status_code == 404


def test_notices_are_read_and_wishes_kept(cast: Cast) -> None:
    story = walk(cast.world, State.DELEGATED)
    while following.follow(START):
        pass

    unread = cast.party.get("notices?unread=1&limit=1").json()
    rest = cast.party.get(f"notices?before={unread['next']}").json()
    marked = cast.party.post("notices/read", {"ids": [unread["items"][0]["id"]]}).json()
    wishes = {"sms": False, "email": True, "digest": True, "mailbox": "a@example.com", "language": "en"}
    kept = cast.party.post("notices/preferences", wishes)

    assert (unread["items"][0]["case"], unread["items"][0]["read"]) == (str(story.ref), False)
    assert rest["items"]
    assert marked == {"read": 1}
    assert (kept.json(), cast.party.get("notices/preferences").json()) == (wishes, wishes)
    assert cast.party.post("notices/preferences", {**wishes, "mailbox": "x"}).json()["field"] == "mailbox"
    assert cast.other_party.get("notices").json()["items"] == []
    assert OutgoingMessage.objects.filter(errand="NOTICE").count() == 0


def test_rosters_are_pushed_and_confirmed_by_rest(cast: Cast) -> None:
    organisation = Organisation.objects.get(platform=NET, ref=cast.world.organisation)
    listing = Listing.objects.filter(platform=COURT, court=COURT_CODE, organisation=organisation.ref).first()
    assert listing is not None
    files, entries = "books/organisation", "books/listing"

    own = cast.desk.get(files).json()["items"]
    theirs = cast.other_desk.get(files).json()["items"]
    file = cast.desk.get(f"{files}/{organisation.ref}").json()
    refused = cast.desk.post("books/push", {"aggregate": "organisation", "refs": [own[0]["ref"]], "courts": ["沪74"]})
    entry = cast.clerk.get(f"{entries}/{listing.ref}").json()

    assert [one["ref"] for one in own] == [str(organisation.ref)]
    assert str(organisation.ref) not in str(theirs)
    assert {"edit", "leave"} & {one["move"] for one in file["moves"]}
    assert all(one["refusal"] or one["available"] for one in file["moves"])
    assert (refused.status_code, refused.json()["code"]) == (403, "actor")
    assert entry["columns"]["court"] == COURT_CODE
    suspended = cast.clerk.post(
        f"{entries}/{listing.ref}/moves/suspend", {"facts": {"nothing": 1}}, Idempotency_Key="s"
    )
    assert suspended.status_code == 422
    assert cast.integrator.get(entries).status_code == 200
    assert cast.integrator.post(f"{entries}/{listing.ref}/moves/suspend", {}).status_code == 403
    for blind in (cast.other_clerk, cast.judge, cast.party, cast.spc):
        assert blind.get(f"{entries}/{listing.ref}").status_code == 404
    bureau = cast.bureau.post(
        "books/push", {"aggregate": "organisation", "refs": [str(organisation.ref)], "courts": ["沪74"]}
    )
    assert bureau.status_code == 200
    assert bureau.json()["items"][0]["ref"] == str(organisation.ref)
    assert cast.bureau.get("books/campaign").status_code == 404


def test_figures_are_for_those_who_watch_and_of_what_they_see(cast: Cast) -> None:
    walk(cast.world, State.CONFIRMED)
    walk(cast.world, State.APPLIED, Track.DIRECT)
    elsewhere = staff("leader.bj", COURT, Role.COURT_LEADER, court="京74")

    outcomes = cast.leader.get("statistics/outcomes").json()["items"]
    states = {one["state"]: one["count"] for one in cast.leader.get("statistics/states").json()["items"]}

    assert {UUID(one["organisation"]) for one in outcomes} == {UUID(cast.world.organisation)}
    assert states["CONFIRMED"] == 1
    assert elsewhere.get("statistics/outcomes").json()["items"] == []
    assert cast.party.get("statistics/states").status_code == 403
    assert cast.other_desk.get("statistics/outcomes").json()["items"] == []
