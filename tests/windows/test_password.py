"""Everybody who signs in to a portal can change their own password there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from roster.models import Account, Post

OLD, NEW = "correct horse 42", "battery staple 77"
pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    return Account.objects.create_user("zhang", OLD, name="张晓慧")


def visitor(account: Account) -> Client:
    browser = Client()
    browser.force_login(account)
    return browser


def change(browser: Client, old: str = OLD, new: str = NEW, again: str = NEW):
    fields = {"old_password": old, "new_password1": new, "new_password2": again}
    return browser.post("/net/password/", fields)


def test_a_new_password_opens_the_account_and_the_old_one_no_longer_does(account):
    changed = change(visitor(account))

    assert (changed.status_code, changed["Location"]) == (302, "/net/cases/")
    account.refresh_from_db()
    assert account.check_password(NEW)
    assert not account.check_password(OLD)


def test_the_present_session_goes_on_and_every_other_one_ends(account):
    here, elsewhere = visitor(account), visitor(account)

    change(here)

    assert here.get("/net/password/").status_code == 200
    assert elsewhere.get("/net/password/").status_code == 302


@pytest.mark.parametrize(
    "wrong",
    [{"old": "guess"}, {"again": "another one 77"}, {"new": "12345678901", "again": "12345678901"}],
)
def test_a_wrong_old_an_unequal_or_a_weak_new_password_changes_nothing(account, wrong):
    answer = change(visitor(account), **wrong)

    assert answer.status_code == 200
    assert "error-summary" in answer.content.decode()
    account.refresh_from_db()
    assert account.check_password(OLD)


def test_guessing_the_old_password_in_somebodys_open_session_is_counted_and_locked_as_at_signing_in(account, settings):
    browser = visitor(account)
    answers = [change(browser, old=f"guess{time}") for time in range(settings.AXES_FAILURE_LIMIT)]

    right = change(browser)
    elsewhere = Client(REMOTE_ADDR="192.0.2.9")
    elsewhere.force_login(account)

    assert {answer.status_code for answer in answers[:-1]} == {200}
    assert (right.status_code, "次数过多" in right.content.decode()) == (429, True)
    account.refresh_from_db()
    assert account.check_password(OLD)
    assert change(elsewhere).status_code == 302


def test_guesses_at_the_desk_are_counted_with_those_at_the_portal(account, settings):
    clerk = Account.objects.create_user("clerk", OLD, name="立案人员")
    Post.objects.create(
        account=clerk, platform="courtplatform", role="OPERATOR", valid_from=datetime(2021, 9, 1, tzinfo=UTC)
    )
    browser = visitor(clerk)
    fields = {"old_password": "guess", "new_password1": NEW, "new_password2": NEW}

    shown = browser.get("/court/admin/password_change/").status_code
    answers = [
        browser.post("/court/admin/password_change/", fields).status_code
        for _time in range(settings.AXES_FAILURE_LIMIT + 1)
    ]
    changed = Client(REMOTE_ADDR="192.0.2.9")
    changed.force_login(clerk)
    done = changed.post("/court/admin/password_change/", {**fields, "old_password": OLD})

    assert (shown, answers[0], answers[-1]) == (200, 200, 429)
    assert (done.status_code, done["Location"]) == (302, "/court/admin/password_change/done/")


def test_whoever_is_not_signed_in_is_sent_to_this_platforms_own_sign_in():
    answer = Client().get("/court/password/")

    assert (answer.status_code, answer["Location"]) == (302, "/court/sign-in/?next=/court/password/")
