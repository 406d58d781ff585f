"""Who is told what, once; reminders, quiet hours, hand-over, what gateways refuse."""

from __future__ import annotations

import json
import re
import smtplib
import threading
import uuid
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from mediation import lifecycle, queries, tasks
from mediation.models import Case, CaseEvent, Clock, Notice, OutgoingMessage, Party, Preference, ReadingMark
from mediation.telling import dispatch, following, gateways, people, reminding
from mediation.telling.table import REMINDS, TELLS, Whom
from mediation.vocabulary import ClockKind, Errand, Medium, Role
from mediation.workdays import ZONE
from roster.models import Account, Mediator
from tests.telling.conftest import Post
from tests.windows.stage import Stage, account, build, day, file_case, walk
from tests.windows.stage import post as give_post

COURT, NET = "courtplatform", "investornet"


def of(story: Any, role: Role, platform: str = COURT) -> list[str]:
    return list(Notice.objects.filter(platform=platform, case__ref=story.ref, role=role).values_list("text", flat=True))


def test_every_move_and_every_clock_has_a_row_that_tells_whom_it_can_find() -> None:
    assert set(TELLS) == set(lifecycle.MOVES)
    assert set(REMINDS) == set(ClockKind)
    for name, lines in TELLS.items():
        facts = lifecycle.MOVES[name].facts
        for line in lines:
            assert line.whom is not Whom.PARTY or "party" in facts or "service" in facts, name
            assert line.whom is not Whom.AGENT or "agent" in facts, name
        assert len({line.whom for line in lines}) == len(lines), f"{name} tells somebody twice"


def test_journal_is_read_once_however_often_and_by_however_many_it_is_read(stage: Stage, post: Post) -> None:
    story = walk(file_case(stage), "ACCEPTED")
    at = day(9)

    first = following.follow(at)
    again = following.follow(at)
    told = list(Notice.objects.values_list("key", "platform"))
    ReadingMark.objects.update(reached=0)
    anew = following.follow(at)

    assert first == anew == CaseEvent.objects.count()
    assert again == 0
    assert sorted(told) == sorted(Notice.objects.values_list("key", "platform"))
    assert "收到新的调解申请，请在期限内办理。" in of(story, Role.CLERK)
    assert not of(story, Role.CLERK, NET)
    assert not of(story, Role.ORGANISATION)
    assert of(story, Role.ORGANISATION, NET) == ["收到法院委派或者委托的案件，请在期限内答复是否接受。"]
    # Both platforms say it in their inbox, only the one that wrote the entry rings.
    delegated = Notice.objects.filter(case__ref=story.ref, role=Role.PARTY, text__startswith="法院已把案件交由")
    assert {(one.platform, one.loud) for one in delegated} == {(COURT, False), (NET, False)}
    assert Notice.objects.filter(errand=Errand.NOTICE, role=Role.PARTY).exists()


def test_entry_that_was_committed_late_is_found_in_its_gap_and_an_undone_one_is_given_up(stage: Stage) -> None:
    file_case(stage)
    at = day(9)
    following.follow(at)
    held = CaseEvent.objects.order_by("-pk").first()
    assert held is not None
    ReadingMark.objects.update(reached=held.pk, gaps={str(held.pk): at.isoformat(), "999999": at.isoformat()})
    Notice.objects.all().delete()

    found = following.follow(at + timedelta(minutes=1))
    kept = ReadingMark.objects.get().gaps
    following.follow(at + following.GIVEN_UP + timedelta(minutes=2))

    assert (found, list(kept)) == (1, ["999999"])
    assert Notice.objects.exists()
    assert ReadingMark.objects.get().gaps == {}


def test_an_entry_or_a_notice_that_cannot_be_read_holds_up_no_other_and_is_read_later(
    stage: Stage, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    ill, well = file_case(stage), file_case(stage)
    for story in (ill, well):
        story.act(COURT, "consult", story.clerk, day(0), channel="SMS")
    notices_of, holders = following.notices_of, dispatch.holders

    def stumbling_notices(event: CaseEvent, at: datetime) -> list[Notice]:
        if event.case.ref == ill.ref:
            raise KeyError(event.move)
        return notices_of(event, at)

    def stumbling_holders(case: Case, *more: Any) -> Any:
        if case.ref == ill.ref:
            raise KeyError(more)
        return holders(case, *more)

    with monkeypatch.context() as patched:
        patched.setattr(following, "notices_of", stumbling_notices)
        first = following.follow(day(0))
    second = following.follow(day(0) + timedelta(minutes=1))
    with monkeypatch.context() as patched:
        patched.setattr(dispatch, "holders", stumbling_holders)
        dispatch.address(COURT, day(0) + timedelta(minutes=1))
    held_up = {one.case.ref for one in Notice.objects.filter(platform=COURT, loud=True, settled=False)}
    dispatch.address(COURT, day(0) + timedelta(hours=2))

    assert (first, second, ReadingMark.objects.get().gaps) == (2, 2, {})
    assert held_up == {ill.ref}
    assert {one.case.ref for one in OutgoingMessage.objects.all() if one.case} == {ill.ref, well.ref}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_tasks_that_run_at_the_same_time_tell_and_send_once(post: Post) -> None:
    walk(file_case(build()), "ACCEPTED")
    Account.objects.filter(login="huaxin").update(phone="13800000002")

    def look() -> None:
        try:
            following.follow(day(2))
            dispatch.address(NET, day(2))
            dispatch.send(NET, day(2))
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    look()

    assert sorted(where for _medium, where, _text in post.taken) == ["13800000001", "13800000002"]
    assert OutgoingMessage.objects.filter(platform=NET).count() == 2


def test_a_message_waits_for_the_morning_and_goes_to_whoever_mediates_then(stage: Stage, post: Post) -> None:
    story = walk(file_case(stage), "ACCEPTED")
    night = datetime(2024, 5, 2, 22, 30, tzinfo=ZONE)
    ref, second = str(stage.mediator), uuid.uuid4()
    for code in (COURT, NET):
        Mediator.objects.create(platform=code, ref=second, organisation=stage.organisation, name="赵接手")
    old = stage.accounts["mediator"]
    new = give_post(account("new", "赵接手"), NET, Role.MEDIATOR, organisation=stage.organisation, mediator=second)
    old.phone, new.phone = "13900000001", "13900000002"
    old.save()
    new.save()
    following.follow(night)
    Notice.objects.update(settled=True)
    story.act(NET, "appoint_mediator", story.org, night, mediators=[ref], lead=ref)
    following.follow(night)

    at_night = (dispatch.address(NET, night), dispatch.send(NET, night))
    story.act(NET, "appoint_mediator", story.org, night, mediators=[str(second)], lead=str(second))
    following.follow(night)
    morning = night + timedelta(hours=11)
    dispatch.address(NET, morning)
    dispatch.send(NET, morning)

    rung = [where for _medium, where, text in post.taken if "由您调解" in text]
    assert at_night == (0, 0)
    assert rung == ["13900000002", "13900000002"]
    assert dispatch.wake(night) == datetime(2024, 5, 3, 8, 0, tzinfo=ZONE)
    # The inbox follows the place as well: everything to the one who serves, nothing to the one before.
    assert people.inbox(new, NET, list(new.posts.all())).count() == 2
    assert people.inbox(old, NET, list(old.posts.all())).count() == 0


def test_a_message_already_written_is_dropped_when_its_reader_changes_and_written_to_the_new_one(
    stage: Stage, post: Post
) -> None:
    story = walk(file_case(stage), "ACCEPTED")
    at, ref, second = day(2), str(stage.mediator), uuid.uuid4()
    for code in (COURT, NET):
        Mediator.objects.create(platform=code, ref=second, organisation=stage.organisation, name="赵接手")
    new = account("new", "赵接手")
    new.phone = "13900000002"
    new.save()
    give_post(new, NET, Role.MEDIATOR, organisation=stage.organisation, mediator=second)
    story.act(NET, "appoint_mediator", story.org, at, mediators=[ref], lead=ref)
    following.follow(at)
    dispatch.address(NET, at)
    post.failing = gateways.Unavailable("503")
    dispatch.send(NET, at)
    story.act(NET, "appoint_mediator", story.org, at, mediators=[str(second)], lead=str(second))

    post.failing, later = None, at + timedelta(minutes=2)
    dispatch.send(NET, later)
    dispatch.address(NET, later)
    dispatch.send(NET, later)

    told = [where for _medium, where, text in post.taken if "由您调解" in text]
    assert told == ["13900000002"]
    assert OutgoingMessage.objects.filter(state=OutgoingMessage.DROPPED).count() == 1


def test_what_an_outage_or_an_operator_has_made_late_waits_for_the_morning_but_a_code_does_not(
    stage: Stage, post: Post
) -> None:
    night = datetime(2024, 5, 2, 22, 30, tzinfo=ZONE)
    dispatch.write(NET, Medium.SMS, "13800000001", "链接", Errand.LINK, night)
    dispatch.write(NET, Medium.SMS, "13800000001", "验证码", Errand.CODE, night)
    dispatch.write(NET, Medium.EMAIL, "a@example.com", "邮件", Errand.LINK, night)
    OutgoingMessage.objects.update(next_at=night)

    dispatch.send(NET, night)
    at_night = [text for _medium, _where, text in post.taken]
    dispatch.send(NET, night.replace(day=3, hour=8))

    assert sorted(at_night) == ["邮件", "验证码"]
    assert [text for _medium, _where, text in post.taken][2:] == ["链接"]


def test_failures_are_recorded_tried_again_ever_later_and_parked_until_an_operator_looks(
    stage: Stage, post: Post
) -> None:
    story, at = file_case(stage), day(1)
    message = dispatch.write(COURT, Medium.SMS, "13800000001", "甲", Errand.LINK, at, case=story.case(COURT))
    others = [
        dispatch.write(NET, Medium.SMS, "13800000001", "乙", Errand.CODE, at),
        dispatch.write(NET, Medium.SMS, "13800000001", "丙", Errand.LINK, at),
    ]
    post.failing = gateways.Unavailable("503")

    pauses = []
    for _turn in range(5):
        dispatch.send(COURT, at)
        message.refresh_from_db()
        pauses.append(message.next_at - at)
        at = message.next_at
    dispatch.send(COURT, day(9))
    parked = list(dispatch.stuck(COURT))
    post.failing = TypeError("a gateway's own mistake")
    stumbled = dispatch.send(NET, day(1))
    post.failing = gateways.Unavailable("503")
    dispatch.send(NET, day(1) + timedelta(minutes=2))
    post.failing = None
    freed = dispatch.try_again(COURT, day(9))
    sent = dispatch.send(COURT, day(9))
    message.refresh_from_db()
    late = dispatch.send(NET, day(1) + timedelta(minutes=12))

    assert [pause.total_seconds() / 60 for pause in pauses] == [1, 5, 15, 60, 60]
    assert (parked, freed, sent) == ([message], 1, 1)
    assert [one.outcome for one in message.tries.all()] == ["FAILED"] * 5 + ["PARKED", "SENT"]
    assert (message.state, message.handle) == (OutgoingMessage.SENT, "handle")
    # What a gateway stumbles over holds up no other; one that cannot be used is asked once in a look; a code that has
    # expired is sent to nobody.
    assert (stumbled, late) == (0, 1)
    assert [[one.outcome for one in each.tries.all()] for each in others] == [
        ["FAILED", "FAILED", "DROPPED"],
        ["FAILED", "SENT"],
    ]


@pytest.mark.parametrize(
    ("kind", "rule", "platform", "whom"),
    [
        (ClockKind.REPLY, "", NET, {"ORGANISATION"}),
        (ClockKind.RECEIPT, "RECEIPT/PLATFORM/2021-08-20", COURT, {"CLERK"}),
        (ClockKind.RECEIPT, "RECEIPT/PLATFORM/2021-08-20", NET, {"ORGANISATION"}),
        (ClockKind.OUTSIDER_OBJECT, "OUTSIDER_OBJECT/OUTSIDER/2022-04-10", COURT, {"CLERK", "JUDGE", "PARTY"}),
    ],
)
def test_reminders_come_two_days_one_day_and_on_the_last_day_each_once_as_the_clock_counts(
    stage: Stage, kind: ClockKind, rule: str, platform: str, whom: set[str]
) -> None:
    story = walk(file_case(stage), "DELEGATED")
    running = Clock.objects.filter(case__ref=story.ref, kind=ClockKind.REPLY, state=Clock.RUNNING)
    if rule:
        Clock.objects.filter(case__ref=story.ref, kind=kind).delete()
        running.update(kind=kind, rule=rule)
        running = Clock.objects.filter(case__ref=story.ref, kind=kind)
    clock = running.get(platform=platform)
    last = clock.due_at.astimezone(ZONE)
    calendar = queries.calendar()

    heard = []
    for back in range(8, -1, -1):
        at = last.replace(hour=9) - timedelta(days=back)
        for _twice in range(2):
            if reminding.remind(platform, at):
                notice = Notice.objects.filter(errand=Errand.REMINDER, case=clock.case).order_by("-pk")[0]
                heard.append((at.date(), dispatch.worded(notice)[:20]))

    days = [on for on, _text in heard]
    by_days = [last.date() - timedelta(days=left) for left in (2, 1, 0)]
    by_working_days = [_working_days_before(last.date(), left, calendar) for left in (2, 1, 0)]
    assert days == (by_days if kind is ClockKind.OUTSIDER_OBJECT else by_working_days)
    assert all(text.startswith(kind.label) for _on, text in heard)
    assert {one.role for one in Notice.objects.filter(errand=Errand.REMINDER, case=clock.case)} == whom


def _working_days_before(last: Any, left: int, calendar: Any) -> Any:
    on = last
    while left:
        on -= timedelta(days=1)
        left -= calendar.is_working_day(on)
    return on


def test_preferences_language_and_digest_decide_what_leaves(stage: Stage, post: Post, settings: Any) -> None:
    story = file_case(stage)
    zhang, clerk = stage.accounts["zhang"], stage.accounts["clerk"]
    Preference.objects.create(account=zhang, sms=False, mailbox="zhang@example.org", language="en")
    Preference.objects.create(account=clerk, mailbox="clerk@example.org")
    Party.objects.filter(platform=COURT, name__startswith="华信").update(phone="13800000009")
    at = datetime(2024, 5, 6, 9, 0, tzinfo=ZONE)
    story.act(COURT, "consult", story.clerk, at, channel="SMS")
    following.follow(at)

    dispatch.address(COURT, at)
    digests = [dispatch.digest(COURT, at + timedelta(hours=hours), queries.calendar()) for hours in (-1, 0, 1, 24)]
    dispatch.send(COURT, at)

    assert sorted((medium, where) for medium, where, _text in post.taken) == [
        ("EMAIL", "clerk@example.org"),
        ("EMAIL", "zhang@example.org"),
        ("SMS", "13800000009"),
    ]
    assert digests == [0, 1, 0, 1]
    assert "张晓慧" not in "".join(text for _medium, _where, text in post.taken)
    # What to do, until when, and where: the address leads to the case, behind the sign-in.
    asked = next(text for _medium, where, text in post.taken if where == "13800000009")
    notice = Notice.objects.get(platform=COURT, role=Role.PARTY, seat=story.huaxin)
    assert asked.endswith(
        f"请在期限内答复。（征询答复期限：2024年5月11日截止） http://testserver/court/notices/{notice.pk}/"
    )
    client = Client()
    client.force_login(stage.accounts["huaxin"], backend="roster.backend.AccountBackend")
    assert client.get(f"/court/notices/{notice.pk}/").headers["Location"] == f"/court/cases/{story.ref}/"
    # Of the period only who has not answered yet is reminded: the applicant said yes by applying.
    due = datetime.fromisoformat(story.case(COURT).sheet["clocks"]["ANSWER"]["due"])
    reminding.remind(COURT, due - timedelta(hours=8))
    reminded = Notice.objects.filter(platform=COURT, errand=Errand.REMINDER, role=Role.PARTY)
    assert [one.seat for one in reminded] == [story.huaxin]
    # Who has no account yet begins at the front.
    assert dispatch.said(notice, "zh-hans", has_account=False).endswith(" http://testserver/court/")


def test_english_readers_and_organisations_are_told_in_their_own_way_and_choose_it_on_a_page(
    stage: Stage, post: Post
) -> None:
    story = file_case(stage)
    at = datetime(2024, 5, 6, 9, 0, tzinfo=ZONE)
    clients = {}
    for who in ("zhang", "org", "clerk"):
        clients[who] = Client()
        clients[who].force_login(stage.accounts[who], backend="roster.backend.AccountBackend")
    wishes = {"email": "on", "digest": "on", "language": "en"}
    pages = {"zhang": "/court/notices/preferences/", "org": "/net/notices/preferences/"}

    for who, page in pages.items():
        assert clients[who].post(page, wishes | {"mailbox": "nonsense"}).status_code == 422
        assert clients[who].post(page, wishes | {"mailbox": f"{who}@example.org"}).status_code == 302
        assert f"{who}@example.org" in clients[who].get(page).content.decode()
    desk = clients["clerk"].post(
        "/court/admin/notices/preferences/", {"mailbox": "c@example.org", "language": "zh-hans"}
    )
    story.act(COURT, "consult", story.clerk, at, channel="SMS")
    story = walk(file_case(stage, applicant="王小明", number="310101197801010011"), "DELEGATED")
    following.follow(at)
    dispatch.address(COURT, at)
    digests = [dispatch.digest(NET, at + timedelta(hours=hours), queries.calendar()) for hours in (-1, 0, 1)]
    dispatch.send(COURT, at)
    dispatch.send(NET, at)

    kept = {one.account.login: one for one in Preference.objects.select_related("account")}
    assert desk.status_code == 302
    assert (kept["zhang"].sms, kept["zhang"].email, kept["zhang"].language) == (False, True, "en")
    assert (kept["clerk"].sms, kept["clerk"].email, kept["clerk"].digest) == (False, False, False)
    mails = {where: text for medium, where, text in post.taken if medium == "EMAIL"}
    with translation.override("en"):
        told = gettext("法院征询是否同意调解，请在期限内答复。")
        asked = gettext("收到法院委派或者委托的案件，请在期限内答复是否接受。")
    assert set(mails) == {"zhang@example.org", "org@example.org"}
    assert told in mails["zhang@example.org"]
    assert not re.search("[\u4e00-\u9fff]", told + asked)
    assert digests == [0, 1, 0]
    assert asked in mails["org@example.org"]
    assert OutgoingMessage.objects.get(errand=Errand.DIGEST).subject.endswith("2024-05-06")


def test_the_inbox_lists_what_was_told_last_first_however_late_it_was_written_down(stage: Stage) -> None:
    story = walk(file_case(stage), "ACCEPTED")
    zhang = Client()
    zhang.force_login(stage.accounts["zhang"], backend="roster.backend.AccountBackend")
    following.follow(day(9))
    first = Notice.objects.filter(platform=NET, role=Role.PARTY, seat=story.zhang).order_by("at", "pk")[0]
    Notice.objects.bulk_create(
        Notice(
            platform=NET, case=first.case, role=Role.PARTY, seat=story.zhang, errand=Errand.NOTICE, text="旧事",
            at=first.at - timedelta(days=number), next_at=first.at, key=f"old/{number}",
        )
        for number in range(1, 60)
    )  # fmt: skip

    seen, place = [], "/net/notices/"
    while place:
        page = zhang.get(place)
        seen += page.context["rows"]
        place = page.context["older_url"] and f"/net/notices/{page.context['older_url']}"
    nonsense = zhang.get("/net/notices/?before=2024~x")

    at = [row["at"] for row in seen]
    assert at == sorted(at, reverse=True)
    assert (
        len({row["pk"] for row in seen}) == len(seen) == Notice.objects.filter(platform=NET, seat=story.zhang).count()
    )
    assert nonsense.context["rows"] == seen[:30]


class Provider(BaseHTTPRequestHandler):
    """An SMS provider that takes, refuses or fails by the number."""

    heard: list[dict[str, Any]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.heard.append(body | {"key": self.headers["Idempotency-Key"], "by": self.headers["Authorization"]})
        status = {"1": 200, "2": 422, "3": 503}[body["to"][-1]]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(b'{"id": "p-1"}')

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def test_real_gateways_take_bounce_and_fail_as_their_other_side_does(
    stage: Stage, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = HTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.SMS_GATEWAY, settings.SMS_TOKEN = "http", "secret"
    settings.SMS_URL = f"http://127.0.0.1:{server.server_port}/send"
    settings.EMAIL_GATEWAY, settings.MAIL_FROM = "smtp", "notices@mediation.example"
    at = day(1)
    made = {
        end: dispatch.write(COURT, Medium.SMS, f"1380000000{end}", "甲", Errand.CODE, at) for end in ("1", "2", "3")
    }
    made["mail"] = dispatch.write(COURT, Medium.EMAIL, "a@example.org", "乙", Errand.NOTICE, at, subject="通知")

    dispatch.send(COURT, at)
    server.shutdown()
    server.server_close()
    dispatch.send(COURT, at + timedelta(minutes=1))
    for one in made.values():
        one.refresh_from_db()

    assert [one.state for one in made.values()] == ["SENT", "BOUNCED", "WAITING", "SENT"]
    assert made["1"].handle == "p-1"
    assert Provider.heard[0]["key"] == Provider.heard[0]["id"] == str(made["1"].ref)
    assert Provider.heard[0]["by"] == "Bearer secret"
    assert (mail.outbox[0].to, mail.outbox[0].subject) == (["a@example.org"], "通知")
    assert made["3"].attempts == 2

    refused = smtplib.SMTPRecipientsRefused({"a@example.org": (550, b"no such user")})
    monkeypatch.setattr(gateways.EmailMessage, "send", lambda self: (_ for _ in ()).throw(refused))
    with pytest.raises(gateways.Bounced):
        gateways.hand_over(made["mail"])


def test_file_gateway_writes_one_line_each_that_only_the_service_may_read(stage: Stage, settings: Any) -> None:
    dispatch.write(COURT, Medium.SMS, "13800000001", "甲", Errand.LINK, day(1))

    tasks.tell()

    file = settings.STATE_DIR / "messages" / "sms.jsonl"
    assert json.loads(file.read_text())["to"] == "13800000001"
    assert file.stat().st_mode & 0o077 == 0
