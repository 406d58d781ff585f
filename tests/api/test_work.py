"""What people work on beside the journal, by REST: a mediation, an agreement, choosing, notices, rosters, figures."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from mediation import files
from mediation.clauses import library
from mediation.models import Handling, LocalEntry, MediatorNote, OutgoingMessage, Transfer
from mediation.telling import following
from mediation.vocabulary import IdentityKind, Role, State, Track
from mediation.windows import deskcodes
from mediation.windows.transfers import waiting_for
from roster import queries
from roster.models import Listing, Mediator, Organisation
from tests.api.callers import APPLICANT_ID, Cast, application, caller, person, seat, staff
from tests.investornet.test_roster_pages import picture
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
    address = {"kind": "SERVICE_ADDRESS", "about": story.respondent, "available": True}
    listed = cast.respondent_net.get(f"{root}/papers").json()["items"]
    assert [one for one in listed if address.items() <= one.items()]
    taken = cast.respondent_net.get(f"{root}/papers/SERVICE_ADDRESS?about={story.respondent}")
    assert (taken.status_code, taken["Content-Type"], taken.content[:4]) == (200, "application/pdf", b"%PDF")
    narrow = caller(cast.company, NET, ["documents"])
    assert narrow.get(f"{root}/papers/SERVICE_ADDRESS?about={story.respondent}").json()["code"] == "scope"
    assert party.get(f"{root}/papers/SERVICE_ADDRESS?about={story.respondent}").status_code == 404
    assert party.get(f"{root}/papers/SERVICE_ADDRESS?about={story.applicant}").json()["code"] == "paper"
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


def test_a_courts_system_takes_its_letters_and_each_taking_is_noted(cast: Cast) -> None:
    story = walk(cast.world, State.DELEGATED)
    root = f"cases/{story.ref}/papers"

    listed = {one["kind"]: one for one in cast.integrator.get(root).json()["items"]}
    letter = cast.integrator.get(f"{root}/DELEGATION")
    early = cast.integrator.get(f"{root}/RESUMPTION")

    assert (letter.status_code, letter["Content-Type"], letter.content[:4]) == (200, "application/pdf", b"%PDF")
    assert (listed["DELEGATION"]["available"], listed["DELEGATION"]["rule"][0]) == (True, "N-4.5a")
    assert (early.status_code, early.json()["code"]) == (409, "paper")
    assert early.json()["detail"] == listed["RESUMPTION"]["why_not"] == "案件尚未恢复审理"
    assert early.json()["next"]
    noted = LocalEntry.objects.get(kind="paper.v1")
    assert (noted.chain, noted.facts["paper"], noted.by["role"]) == (str(story.ref), "DELEGATION", "INTEGRATOR")
    parties = {one["kind"] for one in cast.party.get(root).json()["items"]}
    assert {"RECEIPT", "COPY"} < parties
    assert "DELEGATION" not in parties
    assert cast.party.get(f"{root}/DELEGATION").status_code == 404
    odd = {"ENFORCEMENT?about=x": 404, "NOTHING": 404, "SERVICE_PROOF": 404, "DELEGATION?spelling=x": 422}
    assert {one: cast.integrator.get(f"{root}/{one}").status_code for one in odd} == odd
    for blind in (cast.spc, cast.operator, cast.other_clerk, cast.other_party):
        assert [blind.get(root).status_code, blind.get(f"{root}/DELEGATION").status_code] == [404, 404]


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


def test_desks_say_who_is_away_and_a_firm_who_handles_its_case(cast: Cast) -> None:
    case = cast.party.post("cases", application()).json()["case"]
    clerk_of_firm = staff("wang.firm", COURT, Role.PARTY, firm=cast.company, power="GENERAL")
    assert clerk_of_firm.account is not None
    wang, away = str(clerk_of_firm.account.ref), {"since": "2024-03-05", "until": "2024-03-08"}
    handled = {"handler": wang, "substitute": None}

    (listed,) = cast.respondent.get("colleagues").json()["items"]
    named = cast.respondent.post(f"cases/{case}/handler", {"handler": wang})
    own = clerk_of_firm.post("colleagues/leaves", {"who": wang, **away})
    foreign = cast.respondent.post("colleagues/leaves", {"who": wang, **away})
    over = clerk_of_firm.post("colleagues/leaves", {"who": wang, "since": "2024-02-05", "until": "2024-02-04"})

    assert (listed["ref"], listed["power"], listed["leaves"]) == (wang, "GENERAL", [])
    assert (named.status_code, named.json()) == (200, handled)
    assert Handling.objects.get().handler == clerk_of_firm.account
    wrong = {"handler": wang, "substitute": wang}
    assert cast.respondent.post(f"cases/{case}/handler", wrong).json()["field"] == "substitute"
    stranger = {"handler": str(cast.zhang.ref)}
    assert cast.respondent.post(f"cases/{case}/handler", stranger).json()["field"] == "handler"
    assert (own.status_code, foreign.json()["field"], over.json()["field"]) == (201, "who", "until")
    assert cast.respondent.get("colleagues").json()["items"][0]["leaves"] == [own.json()]
    for other in (cast.party, cast.clerk, cast.integrator):
        assert other.get("colleagues").status_code == 404
        assert other.post(f"cases/{case}/handler", {"handler": wang}).status_code == 404

    mediator, absence = cast.world.mediator, f"colleagues/leaves/{own.json()['id']}/end"
    noted = cast.desk.post("colleagues/leaves", {"who": mediator, **away}, Idempotency_Key="x").json()
    assert mediator in [one["ref"] for one in cast.desk.get("colleagues").json()["items"] if one["leaves"] == [noted]]
    elsewhere = [cast.respondent.post(absence, {}), cast.other_desk.post(f"colleagues/leaves/{noted['id']}/end", {})]
    assert [answer.status_code for answer in elsewhere] == [404, 404]
    ended = [cast.desk.post(f"colleagues/leaves/{noted['id']}/end", {}).status_code for _time in range(2)]
    assert ended == [200, 404]
    assert clerk_of_firm.post(absence, {}).status_code == 200


def test_a_firm_lets_people_in_and_out_of_its_desk_and_nobody_else_does(cast: Cast) -> None:
    assert cast.respondent.account is not None
    case = cast.party.post("cases", application()).json()["case"]
    zhao = caller(person("zhao", IdentityKind.RESIDENT, "110105199001010013"), COURT)
    assert zhao.account is not None
    wanted = {"name": "赵经办", "power": "GENERAL"}

    invited = cast.respondent.post("colleagues/invitations", wanted).json()
    before = zhao.get(f"cases/{case}").status_code
    deskcodes.join(COURT, invited["code"], zhao.account, START)
    during = zhao.get(f"cases/{case}").status_code
    place = f"colleagues/{zhao.account.ref}/end"
    refused = [other.post(place, {}).status_code for other in (cast.party, cast.clerk, cast.integrator, zhao)]
    refused += [other.post("colleagues/invitations", wanted).status_code for other in (cast.party, cast.clerk, zhao)]
    listed = [one["ref"] for one in cast.respondent.get("colleagues").json()["items"]]
    ended = [cast.respondent.post(place, {}).status_code for _time in range(2)]

    assert (before, during, zhao.get(f"cases/{case}").status_code) == (404, 200, 404)
    assert listed == [str(zhao.account.ref)]
    assert refused == [404] * 7
    assert ended == [200, 404]
    assert cast.respondent.post("colleagues/invitations", {**wanted, "power": "ANY"}).json()["field"] == "power"


def test_the_hotlines_system_registers_a_transfer_once_and_reads_what_became_of_it(cast: Cast) -> None:
    centre = staff("centre", NET, Role.SERVICE_CENTRE)
    body = {
        "number": "12386-1", "name": "张三", "phone": "13800000000", "identity_kind": "RESIDENT",
        "identity_number": APPLICANT_ID, "respondent": "华信证券股份有限公司", "institution": "SECURITIES",
        "cause": "BROKERAGE", "amount": 5_000_001, "told": "未经同意开通融资融券。", "agreed": True,
    }  # fmt: skip

    made = [centre.post("transfers", body, Idempotency_Key="k") for _time in range(2)]
    changes = ({}, {"agreed": False}, {"identity_number": "1"}, {"occurred_on": "2030-01-01"})
    wrong = [centre.post("transfers", {**body, **change}).json()["field"] for change in changes]

    assert (made[0].status_code, len(made[0].json()["code"]), made[1].content) == (201, 19, made[0].content)
    assert wrong == ["number", "agreed", "identity_number", "occurred_on"]
    (listed,) = centre.get("transfers").json()["items"]
    assert (listed["state"], "张三" in str(listed), "code" in listed) == ("WAITING", False, False)
    assert (Transfer.objects.get().amount, waiting_for(NET, cast.zhang)) == (5_000_001, [Transfer.objects.get()])
    for other in (cast.desk, cast.bureau, cast.clerk, cast.party_net):
        assert (other.get("transfers").status_code, other.post("transfers", body).status_code) == (403, 403)


def test_the_pictures_of_a_file_are_read_by_who_sees_them_on_the_pages(cast: Cast) -> None:
    content = picture()
    judged = files.judge("照片.png", content)
    files.store(NET, judged, content, START)
    Organisation.objects.filter(platform=NET, ref=cast.world.organisation).update(seal=judged.sha256)
    Mediator.objects.filter(platform=NET, ref=cast.world.mediator).update(photo=judged.sha256, unit="SH")
    seal = f"books/organisation/{cast.world.organisation}/pictures/{judged.sha256}"
    photo = f"books/mediator/{cast.world.mediator}/pictures/{judged.sha256}"

    seen = [who.get(address) for who in (cast.desk, cast.unit, cast.bureau) for address in (seal, photo)]

    assert {(one.status_code, one["Content-Type"], one.content) for one in seen} == {(200, "image/png", content)}
    assert cast.desk.get(photo.replace(judged.sha256, "0" * 64)).status_code == 404
    for other in (cast.other_desk, cast.other_unit, cast.party_net):
        assert {other.get(address).status_code for address in (seal, photo)} == {404}
    assert cast.mediator.get(seal).status_code == 404
    assert cast.mediator.get(photo).status_code == 200


def test_rosters_are_pushed_and_confirmed_by_rest(cast: Cast) -> None:
    organisation = Organisation.objects.get(platform=NET, ref=cast.world.organisation)
    listing = Listing.objects.filter(platform=COURT, court=COURT_CODE, organisation=organisation.ref).first()
    assert listing is not None
    files, entries = "books/organisation", "books/listing"

    answered = Listing.objects.create(
        platform=NET, court="京74", organisation=organisation.ref, status="PUSHED", entries=1
    )
    for reader in (cast.desk, cast.system_net, cast.bureau):
        seen = reader.get(f"{entries}?state=PUSHED").json()["items"]
        assert [(one["ref"], one["columns"]["court"]) for one in seen] == [(str(answered.ref), "京74")]
    assert cast.other_system_net.get(f"{entries}/{answered.ref}").status_code == 404
    assert cast.desk.post(f"{entries}/{answered.ref}/moves/confirm", {}).status_code in (403, 404)
    assert cast.desk.get(f"{entries}?state=nonsense").json()["field"] == "state"
    assert cast.desk.get(f"{entries}/{answered.ref}/certificate").json()["code"] == "paper"
    assert cast.clerk.get(f"{entries}/{listing.ref}/certificate").content[:4] == b"%PDF"
    assert cast.other_clerk.get(f"{entries}/{listing.ref}/certificate").status_code == 404
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


def test_the_bureau_runs_a_consolidation_whose_figures_nobody_states(cast: Cast) -> None:
    named, period = "books/campaign", {"since": "2024-01-01", "until": "2024-03-31"}
    stated = {"facts": {"title": "2024年第1季度名册集中核实", **period}}

    forged = cast.bureau.post(named, {"facts": {**stated["facts"], "asked": 7}})
    opened = cast.bureau.post(named, stated).json()
    one = f"{named}/{opened['ref']}"
    seen = cast.bureau.get(one)
    reminded = cast.bureau.post(f"{one}/moves/remind", {}, If_Match=seen["ETag"])
    closed = cast.bureau.post(f"{one}/moves/close", {})
    planned = cast.bureau.post(f"{named}/plan", {"automatic": False})

    assert (forged.status_code, forged.json()["field"]) == (422, "asked")
    figures = seen.json()["columns"]["figures"]
    assert {"asked", "verified", "changed", "stale", "reminders"} == set(figures)
    assert figures["asked"] == figures["verified"] + figures["stale"] > 0
    offered = {told["move"]: told["facts"]["properties"] for told in seen.json()["moves"]}
    assert offered == {"remind": {}, "close": {}}
    assert [reminded.status_code, closed.status_code, planned.status_code] == [201, 201, 200]
    told = cast.bureau.get(named).json()["items"][0]
    assert (told["state"], told["columns"]["figures"]["stale"]) == ("CLOSED", figures["stale"])
    assert queries.opens_by_itself(NET) is False
    for who in (cast.desk, cast.unit, cast.system_net, cast.clerk):
        assert (who.get(named).status_code, who.post(named, stated).status_code) == (404, 403)
        assert who.post(f"{named}/plan", {"automatic": True}).status_code == 403


def test_an_operator_loads_a_year_and_nobody_else(cast: Cast) -> None:
    days = ("2025-01-01,REST", "2025-01-26,WORK", "2025-05-01,REST", "2025-10-01,REST")
    text = "\n".join(("notice,国办发明电〔2024〕12号", *days))

    loaded = cast.operator.post("calendar", {"arrangement": text}, Idempotency_Key="once")
    again = cast.operator.post("calendar", {"arrangement": text}, Idempotency_Key="once")
    wrong = cast.operator.post("calendar", {"arrangement": "notice,x\n2025-13-01,REST"})

    assert loaded.status_code == 200
    assert (loaded.json()["rest"], loaded.json()["made_up"]) == (
        ["2025-01-01", "2025-05-01", "2025-10-01"],
        ["2025-01-26"],
    )
    assert again.content == loaded.content
    assert cast.party.get("calendar/2025").json() == loaded.json()
    assert (wrong.status_code, wrong.json()["field"]) == (422, "arrangement")
    for who in (cast.clerk, cast.leader, cast.integrator, cast.bureau):
        assert (who.post("calendar", {"arrangement": text}).status_code) == 403
    assert LocalEntry.objects.filter(platform=COURT, kind="calendar.load.v1").count() == 1


def test_figures_are_for_those_who_watch_and_of_what_they_see(cast: Cast) -> None:
    walk(cast.world, State.CONFIRMED)
    walk(cast.world, State.APPLIED, Track.DIRECT)
    elsewhere = staff("leader.bj", COURT, Role.COURT_LEADER, court="京74")

    outcomes = cast.leader.get("statistics/outcomes").json()["items"]
    states = {one["state"]: one["count"] for one in cast.leader.get("statistics/states").json()["items"]}

    assert {UUID(one["organisation"]) for one in outcomes} == {UUID(cast.world.organisation)}
    assert states["CONFIRMED"] == 1
    (place,) = cast.leader.get("statistics/places?by=court").json()["items"]
    assert place == {"place": COURT_CODE, "total": 1, "open": 1, "overdue": place["overdue"], "filed": 1}
    assert elsewhere.get("statistics/places").json()["items"] == []
    assert cast.leader.get("statistics/places?by=state").json()["field"] == "by"
    assert cast.party.get("statistics/places").status_code == 403
    assert elsewhere.get("statistics/outcomes").json()["items"] == []
    assert cast.party.get("statistics/states").status_code == 403
    assert cast.other_desk.get("statistics/outcomes").json()["items"] == []


def test_the_tables_of_oversight_are_read_with_how_they_are_counted_and_by_each_of_its_own(cast: Cast) -> None:
    walk(cast.world, State.CONFIRMED)
    organisation = Organisation.objects.get(platform=NET, ref=cast.world.organisation)

    court, bureau = (who.get("statistics/tables").json() for who in (cast.leader, cast.bureau))
    narrowed = {
        (who, query): found.get(f"statistics/tables?{query}").status_code
        for who, found in {"leader": cast.leader, "bureau": cast.bureau, "other_unit": cast.other_unit}.items()
        for query in (f"court={COURT_CODE}", "court=京74", f"organisation={organisation.ref}", "unit=%00")
    }
    own, others = (who.get("statistics/tables").json()["items"] for who in (cast.desk, cast.other_desk))

    assert [one["code"] for one in court["items"]] == ["places", "ageing", "weeks"]
    assert [one["code"] for one in bureau["items"]][-4:] == ["places", "ageing", "weeks", "months"]
    (place,) = next(one for one in court["items"] if one["code"] == "places")["rows"]
    headline = {one["heading"]: one["number"] for one in court["headline"]}
    assert [one["number"] for one in place["values"]] == list(headline.values())
    assert all(one["method"] for one in court["headline"])
    months = next(one for one in bureau["items"] if one["code"] == "months")
    assert months["headings"] == ["已接受", "达成调解协议", "调解不成", "成功率"]
    assert {one["number"] for row in months["rows"] for one in row["values"][-1:]} == {None, 100.0}
    served = {("leader", f"court={COURT_CODE}"), ("bureau", f"organisation={organisation.ref}")}
    assert {asked for asked, status in narrowed.items() if status == 200} == served
    assert set(narrowed.values()) == {200, 404}
    assert organisation.name in str(own)
    assert organisation.name not in str(others)
    assert cast.bureau.get("statistics/tables?unit=ISC&organisation=x").json()["field"] == "organisation"
    assert cast.party.get("statistics/tables").status_code == 403
