from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from roster import demonstration
from roster.models import Account, Listing, Organisation, Post, RosterDelivery, RosterEvent
from roster.sealed import blind_index

INSTALLED = [
    SimpleNamespace(code="courtplatform", url_prefix="court/"),
    SimpleNamespace(code="investornet", url_prefix="net/"),
]


def printed(*arguments):
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_load_reference_serves_the_named_platforms():
    text = printed("load_reference", "--platforms", "investornet")

    assert set(Organisation.objects.values_list("platform", flat=True)) == {"investornet"}
    assert f"listings: {Listing.objects.count()}" in text


@pytest.mark.django_db
def test_load_reference_without_a_name_serves_the_installed_platforms_and_begins_their_journals_once():
    printed("load_reference")
    events = RosterEvent.objects.count()

    again = printed("load_reference")

    assert set(Organisation.objects.values_list("platform", flat=True)) == {"courtplatform", "investornet"}
    assert not Organisation.objects.filter(entries=0).exists()
    assert not Listing.objects.filter(entries=0).exists()
    assert "journals: 0" in again
    assert RosterEvent.objects.count() == events
    assert not RosterDelivery.objects.exclude(state=RosterDelivery.APPLIED).exists()


@pytest.mark.django_db
def test_demo_accounts_prints_who_signs_in_where_and_writes_only_when_asked(monkeypatch):
    monkeypatch.setattr(demonstration, "platforms", lambda: INSTALLED)

    shown = printed("demo_accounts", "--address", "http://localhost:8000/")
    before = Account.objects.count()
    printed("demo_accounts", "--load")

    assert before == 0
    assert Post.objects.filter(account__login="clerk.sh74", court="沪74").exists()
    line = next(line for line in shown.splitlines() if "clerk.sh74" in line)
    assert demonstration.PASSWORD in line
    assert "http://localhost:8000/court/admin/" in line
    assert shown.count("centre.isc") == 2
    assert "http://localhost:8000/court/api/v1/docs" in shown
    assert "http://localhost:8000/net/api/v1/docs" in shown
    assert "http://localhost:8000/court/ http://localhost:8000/net/" in shown


@pytest.mark.django_db
@pytest.mark.parametrize(("gateway", "said"), [("file", "messages/sms.jsonl"), ("console", "本窗口"), ("http", "")])
def test_demo_accounts_say_where_the_codes_for_signing_are_to_be_read(settings, gateway, said):
    settings.SMS_GATEWAY = gateway

    shown = printed("demo_accounts")

    assert said in shown
    assert ("短信" in shown) is bool(said)


@pytest.mark.django_db
def test_demo_accounts_of_one_platform_leave_out_the_other(monkeypatch):
    monkeypatch.setattr(demonstration, "platforms", lambda: INSTALLED[1:])

    shown = printed("demo_accounts")

    assert "clerk.sh74" not in shown
    assert "mediator.wang" in shown


@pytest.mark.django_db
def test_a_shown_document_is_noted_once_for_one_account() -> None:
    index = blind_index("310101197801010003")
    for login in ("first", "second"):
        Account.objects.create_user(login, name=login, identity_kind="RESIDENT", identity_index=index)
    Account.objects.create_user("third", name="third")

    call_command("verify_identity", "first", stdout=StringIO())

    assert Account.objects.get(login="first").identity_verified_at is not None
    for login, why in (("second", "另一账户"), ("third", "没有填写"), ("nobody", "没有这个")):
        with pytest.raises(CommandError, match=why):
            call_command("verify_identity", login)
    assert Account.objects.get(login="second").identity_verified_at is None
