from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import call_command

from roster import demonstration
from roster.models import Account, Listing, Organisation, Post

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
def test_load_reference_without_a_name_serves_the_installed_platforms(monkeypatch):
    monkeypatch.setattr(demonstration, "platforms", lambda: INSTALLED)

    printed("load_reference")

    assert set(Organisation.objects.values_list("platform", flat=True)) == {"courtplatform", "investornet"}


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
    assert "http://localhost:8000/court/ http://localhost:8000/net/" in shown


@pytest.mark.django_db
def test_demo_accounts_of_one_platform_leave_out_the_other(monkeypatch):
    monkeypatch.setattr(demonstration, "platforms", lambda: INSTALLED[1:])

    shown = printed("demo_accounts")

    assert "clerk.sh74" not in shown
    assert "mediator.wang" in shown
