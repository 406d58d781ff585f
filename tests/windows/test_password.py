"""Everybody who signs in to a portal can change their own password there."""

from __future__ import annotations

import pytest
from django.test import Client

from roster.models import Account

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


def test_whoever_is_not_signed_in_is_sent_to_this_platforms_own_sign_in():
    answer = Client().get("/court/password/")

    assert (answer.status_code, answer["Location"]) == (302, "/court/sign-in/?next=/court/password/")
