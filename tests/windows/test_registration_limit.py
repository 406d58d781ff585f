"""Nobody can try a list of identity numbers on the registration form."""

from __future__ import annotations

import pytest
from django.test import Client

from mediation.project.limits import REGISTRATIONS

pytestmark = pytest.mark.django_db


def test_an_address_that_registers_too_often_has_to_wait_and_is_told_how_long():
    browser = Client(REMOTE_ADDR="203.0.113.7", HTTP_ACCEPT="text/html")
    answers = [browser.post("/net/register/", {}).status_code for _time in range(REGISTRATIONS)]

    refused = browser.post("/net/register/", {})

    assert set(answers) == {200}
    assert (refused.status_code, refused["Retry-After"]) == (429, "3600")
    assert "一小时后再试" in refused.content.decode()


def test_forged_forms_that_visitors_of_another_site_send_use_up_nobodys_tries():
    forged = Client(REMOTE_ADDR="203.0.113.7", enforce_csrf_checks=True)

    answers = {forged.post("/net/register/", {}).status_code for _time in range(REGISTRATIONS + 1)}

    assert answers == {403}
    assert Client(REMOTE_ADDR="203.0.113.7").post("/net/register/", {}).status_code == 200


def test_other_addresses_and_other_pages_are_not_held_up():
    for _time in range(REGISTRATIONS + 1):
        Client(REMOTE_ADDR="203.0.113.7").post("/court/register/", {})

    assert Client(REMOTE_ADDR="203.0.113.8").post("/court/register/", {}).status_code == 200
    assert Client(REMOTE_ADDR="203.0.113.7").get("/court/register/").status_code == 200
    assert Client(REMOTE_ADDR="203.0.113.7").post("/court/sign-in/", {}).status_code == 200
