"""Serving documents: the date of ZS-31, one channel after another, the party's page, the clerk's proof, paper."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from mediation import moves, tasks
from mediation.actor import platform_itself
from mediation.exchange import vouching
from mediation.models import Case, LocalEntry, Notice, OutgoingMessage, Party, ServiceMark, ServiceSending
from mediation.telling import dispatch, gateways, service
from mediation.telling.service import Mark, Served
from mediation.vocabulary import (
    Channel,
    ServiceBasis,
    ServiceChannel,
    ServiceTrace,
)
from roster.models import Account
from tests.papers.reading import words
from tests.telling.conftest import Post
from tests.windows.stage import Stage, Story, day, file_case, walk

COURT, NET = "courtplatform", "investornet"
C, T, B = ServiceChannel, ServiceTrace, ServiceBasis
NINE = datetime.fromisoformat("2024-05-06T09:00:00+08:00")


def hours(count: float) -> datetime:
    return NINE + timedelta(hours=count)


@pytest.mark.parametrize(
    ("marks", "confirmed", "expected"),
    [
        # To a confirmed address: on arrival, of several the earliest, whatever is read or answered later.
        ([(C.INBOX, T.ARRIVED, 0)], True, (0, C.INBOX, B.ARRIVED)),
        ([(C.INBOX, T.SENT, 0), (C.SMS, T.ARRIVED, 2), (C.EMAIL, T.ARRIVED, 1)], True, (1, C.EMAIL, B.ARRIVED)),
        ([(C.INBOX, T.ARRIVED, 3), (C.SMS, T.REPLIED, 1)], True, (1, C.SMS, B.ACTED)),
        # Sent or bounced is not served.
        ([(C.INBOX, T.SENT, 0), (C.INBOX, T.BOUNCED, 1)], True, None),
        # To another address of theirs: only when they answer or act, or are proved to have read it.
        ([(C.SMS, T.ARRIVED, 0)], False, None),
        ([(C.SMS, T.ARRIVED, 0), (C.SMS, T.OPENED, 5)], False, (5, C.SMS, B.PRESUMED)),
        ([(C.SMS, T.REPLIED, 4), (C.INBOX, T.OPENED, 6)], False, (4, C.SMS, B.ACTED)),
        ([], True, None),
    ],
)
def test_a_document_is_served_when_the_rule_says(marks: Any, confirmed: bool, expected: Any) -> None:
    found = service.served([Mark(channel, trace, hours(at)) for channel, trace, at in marks], confirmed=confirmed)

    assert found == (None if expected is None else Served(hours(expected[0]), expected[1], expected[2]))


def signed_in(account: Account) -> Client:
    client = Client()
    client.force_login(account, backend="roster.backend.AccountBackend")
    return client


def serve(client: Client, story: Story, parties: list[str], *, way: str = "own", what: str = "NOTIFICATION") -> Any:
    url = f"/court/admin/cases/{story.ref}/services/"
    shown = client.get(url).content.decode()
    key = re.search(r'name="key" value="([^"]+)"', shown)
    assert key is not None
    return client.post(url, {"key": key[1], "what": what, "party": parties, "way": way})


def services(story: Story) -> list[dict[str, Any]]:
    found: dict[str, Any] = story.case(COURT).sheet.get("services", {})
    return [{"ref": ref, **one} for ref, one in found.items()]


def consented(stage: Stage) -> Story:
    story = file_case(stage)
    story.act(COURT, "consult", story.clerk, day(0), channel=Channel.SMS.value)
    return story


def test_a_party_opens_its_document_confirms_receipt_and_the_clerk_sees_the_proof(stage: Stage, post: Post) -> None:
    story = consented(stage)
    clerk, zhang, huaxin = (signed_in(stage.accounts[who]) for who in ("clerk", "zhang", "huaxin"))

    answer = serve(clerk, story, [story.zhang])
    tasks.tell()
    tasks.tell()
    (served,) = services(story)
    page = f"/court/cases/{story.ref}/services/{served['ref']}/"
    before = story.case(COURT).entries
    strangers = [client.get(page).status_code for client in (huaxin, signed_in(stage.accounts["stranger"]))]
    opened = zhang.get(page)
    for _twice in range(2):
        zhang.post(page)
    (known,) = services(story)
    desk = clerk.get(f"/court/admin/cases/{story.ref}/services/").content.decode()
    proof = words(clerk.get(f"/court/admin/cases/{story.ref}/services/{served['ref']}/proof/").content)

    assert answer.status_code == 302
    # Sent, arrived in the inbox of a confirmed address: served at that instant, before anybody read it.
    assert (served["basis"], served["channel"], served["served_at"][:13]) == ("ARRIVED", "INBOX", "2024-05-09T02")
    assert strangers == [404, 404]
    assert "确认收到" in opened.content.decode()
    assert known["acknowledged_at"]
    assert known["served_at"] == served["served_at"]
    assert story.case(COURT).entries == before + 1
    tasks.tell()
    traces = list(ServiceMark.objects.order_by("pk").values_list("trace", flat=True))
    assert traces == ["SENT", "ARRIVED", "OPENED", "REPLIED"]
    assert LocalEntry.objects.filter(chain=str(story.ref), kind="service.trace").count() == 4
    assert "已确认收到" in desk
    assert "到达受送达人提供或者确认的送达地址" in proof
    assert "张晓慧" in proof
    assert known["digest"] in re.sub(r"\s", "", proof)
    # The reminder in parallel (ZS-32) rings once; the document itself never leaves in a message.
    assert [where for _medium, where, text in post.taken if "有一份文书送达给您" in text] == ["13800000001"]
    assert Notice.objects.filter(link=served["ref"]).count() == 1


def test_what_bounces_or_is_not_opened_goes_on_by_the_next_channel_until_paper_is_recorded(
    stage: Stage, post: Post
) -> None:
    story = consented(stage)
    story.act(COURT, "confirm_address", story.clerk, day(9), party=story.huaxin, e_service=True)
    Account.objects.filter(login="huaxin").update(is_active=False)
    Party.objects.filter(case__ref=story.ref, ref=story.huaxin).update(phone="13800000009")
    clerk = signed_in(stage.accounts["clerk"])
    serve(clerk, story, [story.zhang, story.huaxin])
    post.failing = gateways.Bounced("422")

    for turn in range(4):
        with time_machine.travel(day(9) + timedelta(minutes=turn), tick=False):
            tasks.tell()
    ours, theirs = (next(one for one in services(story) if one["party"] == ref) for ref in (story.zhang, story.huaxin))
    bounced = [(one.channel, one.state) for one in service.steps(story.case(COURT), theirs["ref"])]
    warned = "请以纸质方式送达并登记" in clerk.get(f"/court/admin/cases/{story.ref}/services/").content.decode()
    post.failing = None
    with time_machine.travel(day(13), tick=False):
        for _turn in range(3):
            tasks.tell()
        story.act(
            COURT, "record_paper_service", story.clerk, day(13), service=theirs["ref"], channel="MAIL", on="2024-05-12"
        )
    unopened = [(one.channel, one.state) for one in service.steps(story.case(COURT), ours["ref"])]
    ours, theirs = (next(one for one in services(story) if one["party"] == ref) for ref in (story.zhang, story.huaxin))

    # Nobody has an account there, the number does not exist: the clerk is told that only paper is left.
    assert bounced == [("INBOX", "BOUNCED"), ("SMS", "BOUNCED")]
    assert warned
    assert (theirs["basis"], theirs["channel"], theirs["served_at"][:10]) == ("PAPER", "MAIL", "2024-05-12")
    # Arrived but not opened for days: the next channel as well, and the date stays that of the first.
    assert unopened == [("INBOX", "ARRIVED"), ("SMS", "ARRIVED")]
    assert (ours["basis"], ours["channel"]) == ("ARRIVED", "INBOX")
    assert OutgoingMessage.objects.filter(sending__isnull=False, state="BOUNCED").count() == 1


def test_what_a_clerk_serves_while_the_case_rests_with_the_organisation_is_dated_there_by_the_serving_platform_alone(
    stage: Stage, post: Post
) -> None:
    story = walk(file_case(stage), "DELEGATED")
    owner = story.case(NET)
    clerk = signed_in(stage.accounts["clerk"])

    answer = serve(clerk, story, [story.zhang])
    asked = story.answer_requests(day(9))
    tasks.tell()
    tasks.tell()
    (served,) = services(story)
    taken = [(one.channel, one.state, one.platform) for one in service.steps(story.case(COURT), served["ref"])]
    before = served["served_at"]
    facts = {"service": served["ref"], "channel": "INBOX", "basis": "ARRIVED", "served_at": served["at"]}
    with pytest.raises(moves.Refused) as why:
        moves.perform(owner, "note_service", by=platform_itself(NET), at=day(9), facts=facts)
    noted = story.answer_requests(day(9))
    (served,) = services(story)

    assert answer.status_code == 302
    assert (asked, noted) == (["serve"], ["note_service"])
    assert taken == [("INBOX", "ARRIVED", COURT)]
    assert why.value.code == "fits_serving_platform"
    assert not before
    assert (served["basis"], served["served_at"][:13]) == ("ARRIVED", "2024-05-09T02")
    court, net = platform_itself(COURT), platform_itself(NET)
    assert vouching.can_ask(COURT, court, "note_service")
    assert vouching.can_ask(NET, net, "deliver_agreement")
    assert not vouching.can_ask(COURT, court, "deliver_agreement")
    assert not vouching.can_ask(COURT, net, "note_service")


def test_a_date_that_the_door_cannot_take_for_now_is_journaled_later_and_no_channel_is_taken_early(
    stage: Stage, post: Post
) -> None:
    story = consented(stage)
    serve(signed_in(stage.accounts["clerk"]), story, [story.zhang])
    Case.objects.filter(ref=story.ref).update(frozen="test")
    tasks.tell()
    (frozen,) = services(story)
    Case.objects.filter(ref=story.ref).update(frozen="")

    with time_machine.travel(day(9) + timedelta(minutes=16), tick=False):
        tasks.tell()
        (thawed,) = services(story)
        taken = [one.channel for one in service.steps(story.case(COURT), thawed["ref"])]
        waits = ServiceSending.objects.get().next_at

    assert (frozen["served_at"], thawed["served_at"][:16]) == ("", "2024-05-09T02:00")
    assert taken == ["INBOX"]
    assert waits == day(12)


def test_without_consent_only_paper_and_a_decree_never_by_leaving_it(stage: Stage, post: Post) -> None:
    story = consented(stage)
    case, party = story.case(COURT), story.huaxin
    facts = {
        "service": "11111111-1111-4111-8111-111111111111",
        "party": party,
        "document": "22222222-2222-4222-8222-222222222222",
        "digest": "0" * 64,
    }

    assert service.channels_for(case, party) == [C.DIRECT, C.MAIL]
    refused = []
    for subject, ways in (("NOTICE", ["SMS"]), ("DECREE", ["LEFT"]), ("DECREE", ["PUBLIC"])):
        with pytest.raises(moves.Refused) as why:
            moves.perform(
                case, "serve", by=story.clerk, at=day(9), facts={**facts, "subject": subject, "channels": ways}
            )
        refused.append(why.value.code)
    moves.perform(
        case, "serve", by=story.clerk, at=day(9), facts={**facts, "subject": "NOTICE", "channels": ["DIRECT"]}
    )
    for channel, on in (("SMS", "2024-05-09"), ("DIRECT", "2024-05-20")):
        paper = {"service": facts["service"], "channel": channel, "on": on}
        with pytest.raises(moves.Refused) as why:
            moves.perform(case, "record_paper_service", by=story.clerk, at=day(9), facts=paper)
        refused.append(why.value.code)

    assert refused == [
        "fits_consent_to_e_service",
        "fits_decree_in_person",
        "fits_decree_in_person",
        "fits_paper_channel",
        "fits_possible_service",
    ]


def test_confirmed_address_gives_its_paper_and_its_order_of_channels(stage: Stage, post: Post) -> None:
    story = consented(stage)
    zhang = signed_in(stage.accounts["zhang"])
    url = f"/court/cases/{story.ref}/moves/confirm_address/"
    hidden = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', zhang.get(url).content.decode()))

    answer = zhang.post(
        url,
        hidden
        | {
            "e_service": "on",
            "address": "上海市浦东新区世纪大道1号",
            "phone": "13800000001",
            "email": "zhang@example.org",
            "first": "EMAIL",
            "paper": "on",
        },
    )
    paper = zhang.get(f"/court/cases/{story.ref}/addresses/{story.zhang}/")
    others = zhang.get(f"/court/cases/{story.ref}/addresses/{story.huaxin}/")
    said = re.sub(r"\s", "", words(paper.content))

    assert answer.status_code == 302
    assert service.channels_for(story.case(COURT), story.zhang) == [C.EMAIL, C.INBOX, C.SMS]
    assert paper["Content-Type"] == "application/pdf"
    for word in ("送达地址确认书", "世纪大道1号", "zhang@example.org", "1.电子邮件送达", "另行要求纸质文书"):
        assert word in said, word
    assert others.status_code == 404
    assert dispatch.of_case(story.case(COURT)).count() == 0
