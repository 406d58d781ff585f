"""The demonstration's settable clock: only forward, and only where nothing is real."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import time_machine
from django.test import Client
from django.urls import NoReverseMatch, path, reverse
from django.utils.encoding import iri_to_uri

from mediation import present
from mediation.models import Case, Clock, ClockShift, OutgoingMessage
from mediation.project import urls
from mediation.project.demonstration import ForwardForm, clock
from mediation.telling import dispatch
from mediation.vocabulary import Errand, Medium
from mediation.workdays import Calendar, end_of_day, local_day
from roster.models import Account

NOW = datetime(2026, 9, 18, 2, 0, tzinfo=UTC)
urlpatterns = [*urls.urlpatterns, path("demonstration/clock/", clock, name="demonstration_clock")]
"""The addresses of a deployment with a settable clock."""
pytestmark = pytest.mark.django_db


@pytest.fixture
def demonstration(settings):
    settings.DEMONSTRATION_CLOCK = True
    with time_machine.travel(NOW, tick=False):
        yield


def test_without_a_demonstration_the_clock_is_the_real_one_and_cannot_be_moved(settings):
    settings.DEMONSTRATION_CLOCK = False
    ClockShift.objects.create(pk=1, seconds=86_400)

    with time_machine.travel(NOW, tick=False):
        assert present.now() == NOW
        with pytest.raises(RuntimeError):
            present.go_to(NOW + timedelta(days=1))
    with pytest.raises(NoReverseMatch):
        reverse("demonstration_clock")


def test_the_clock_goes_forward_and_keeps_going(demonstration):
    present.go_to(NOW + timedelta(days=7))

    with time_machine.travel(NOW + timedelta(hours=3), tick=False):
        assert present.now() == NOW + timedelta(days=7, hours=3)


@pytest.mark.parametrize("wanted", [NOW, NOW - timedelta(seconds=1), NOW + timedelta(days=4000)])
def test_the_clock_never_goes_back_nor_beyond_its_end(demonstration, wanted):
    with pytest.raises(present.NotForward):
        present.go_to(wanted)

    assert present.now() == NOW


def test_working_days_are_counted_by_the_state_councils_calendar(demonstration):
    form = ForwardForm({"how": "days", "days": "5"})

    assert form.is_valid()
    assert form.wanted(NOW, None, Calendar.standard()) == end_of_day(date(2026, 9, 24)) + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"how": "days", "days": ""}, "days"),
        ({"how": "days", "days": "0"}, "days"),
        ({"how": "days", "days": "九"}, "days"),
        ({"how": "instant", "instant": ""}, "instant"),
        ({"how": "instant", "instant": "tomorrow"}, "instant"),
        ({"how": "back"}, "how"),
    ],
)
def test_a_page_that_asks_for_nonsense_says_what_is_wrong(demonstration, fields, field):
    form = ForwardForm(fields)

    assert not form.is_valid()
    assert field in form.errors


@pytest.mark.urls(__name__)
def test_the_page_goes_forward_and_every_page_then_shows_the_new_time(demonstration):
    visitor = Client()

    answer = visitor.post("/demonstration/clock/", {"how": "days", "days": "1"}, follow=True)

    assert answer.redirect_chain == [("/demonstration/clock/", 302)]
    # 20 September 2026 is a Sunday, and a working day by the State Council's notice.
    assert local_day(present.now()) == date(2026, 9, 21)
    assert "2026年9月21日 00:00" in visitor.get("/").content.decode()


@pytest.mark.urls(__name__)
def test_going_to_the_next_due_instant_where_nothing_runs_says_so_and_changes_nothing(demonstration):
    answer = Client().post("/demonstration/clock/", {"how": "next"})

    assert answer.status_code == 400
    assert "没有拨动" in answer.content.decode()
    assert present.now() == NOW


@pytest.mark.urls(__name__)
def test_a_post_without_the_forms_token_is_refused(demonstration):
    answer = Client(enforce_csrf_checks=True).post("/demonstration/clock/", {"how": "days", "days": "1"})

    assert answer.status_code == 403
    assert present.now() == NOW


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("whence", "back"),
    [
        ("/net/roster/?court=沪74", "/net/roster/?court=%E6%B2%AA74"),
        ("https://elsewhere.example/", ""),
        ("//elsewhere.example/", ""),
        ("javascript:alert(1)", ""),
        ("/demonstration/clock/?from=/", ""),
    ],
)
def test_the_page_leads_back_whence_one_came_and_nowhere_else(demonstration, whence, back):
    shown = Client().get("/demonstration/clock/", {"from": whence}).context["back_url"]
    moved = Client().post(f"/demonstration/clock/?{urlencode({'from': whence})}", {"how": "days", "days": "1"})

    assert iri_to_uri(shown) == back
    assert (parse_qs(urlsplit(moved["Location"]).query).get("from", [""])[0] == whence) is bool(back)


@pytest.mark.urls(__name__)
def test_the_page_tells_anybody_what_comes_due_but_not_in_whose_case(demonstration):
    for number in ("（2026）沪74诉前调1号", "（2026）沪74诉前调2号"):
        case = Case(
            platform="courtplatform",
            number=number,
            track="DELEGATED",
            cause="BOND",
            source="ONLINE_COURT",
            filed_at=NOW,
        )
        case.__dict__["state"] = "FILED"
        case.save()
        Clock.objects.create(
            platform=case.platform,
            case=case,
            kind="DESIGNATE",
            rule="DESIGNATE/COURT/2022-01-01",
            since=NOW,
            due_at=NOW + timedelta(days=1),
            owned=True,
            number=1,
        )

    page = Client().get("/demonstration/clock/")

    assert [(row["cases"], row["due"]) for row in page.context["soon"]] == [(2, NOW + timedelta(days=1))]
    assert "诉前调" not in page.content.decode()
    assert str(case.ref)[:8] not in page.content.decode()


@pytest.mark.urls(__name__)
def test_the_newest_code_sent_to_whoever_is_signed_in_stands_in_the_demonstrations_bar(demonstration, settings):
    zhang, li = (Account.objects.create_user(login, name=login) for login in ("zhang", "li"))
    for text, errand in (("验证码111111", Errand.CODE), ("验证码222222", Errand.CODE), ("案件通知", Errand.NOTICE)):
        dispatch.write("courtplatform", Medium.SMS, "13800000001", text, errand, NOW, account=zhang)

    def shown(account):
        browser = Client()
        browser.force_login(account, backend="roster.backend.AccountBackend")
        return browser.get("/court/").content.decode()

    own, another, nobody = shown(zhang), shown(li), Client().get("/court/").content.decode()
    settings.SMS_GATEWAY = "http"
    really_sent = shown(zhang)
    settings.SMS_GATEWAY, settings.DEMONSTRATION_CLOCK = "file", False
    in_earnest = shown(zhang)
    settings.DEMONSTRATION_CLOCK = True
    present.go_to(NOW + timedelta(minutes=11))

    assert "验证码222222" in own
    assert "验证码111111" not in own
    assert "案件通知" not in own
    for page in (another, nobody, really_sent, in_earnest, shown(zhang)):
        assert "验证码" not in page
    assert OutgoingMessage.objects.count() == 3
