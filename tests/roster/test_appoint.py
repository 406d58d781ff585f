"""Staff are appointed by command: the account is opened with a password said once, and a post ends at once."""

from __future__ import annotations

import re
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from mediation.vocabulary import CourtLevel, Role
from roster import queries
from roster.models import Account, Court, Organisation, Post

pytestmark = pytest.mark.django_db
ORGANISATION = uuid4()


@pytest.fixture(autouse=True)
def places():
    Court.objects.create(code="沪74", name="上海金融法院", level=CourtLevel.SPECIAL, parent="沪")
    Organisation.objects.create(
        platform="investornet", ref=ORGANISATION, name="新设调解中心", kind="INDUSTRY", credit_code="x"
    )


def appoint(*arguments: str) -> str:
    said = StringIO()
    call_command("appoint", *arguments, stdout=said)
    return said.getvalue()


def test_a_new_administrator_gets_an_account_a_password_said_once_and_the_post():
    said = appoint(
        "Org.New", "ORGANISATION", "--platform", "investornet", "--organisation", str(ORGANISATION), "--name", "秦新立"
    )

    account = Account.objects.get(login="org.new")
    assert account.check_password(re.search(r"：(\S+)\n?$", said.strip())[1])
    (post,) = queries.posts(account, "investornet", timezone.now())
    assert (post.role, post.organisation) == (Role.ORGANISATION, ORGANISATION)


def test_an_account_that_exists_keeps_its_password_and_is_appointed_once(account):
    said = appoint("zhang", "CLERK", "--platform", "courtplatform", "--court", "沪74")

    assert "密码" not in said
    with pytest.raises(CommandError, match="已经担任"):
        appoint("zhang", "CLERK", "--platform", "courtplatform", "--court", "沪74")
    assert Post.objects.count() == 1


def test_a_post_ends_at_once(account):
    appoint("zhang", "CLERK", "--platform", "courtplatform", "--court", "沪74")

    appoint("zhang", "CLERK", "--platform", "courtplatform", "--court", "沪74", "--end")

    assert not queries.posts(account, "courtplatform", timezone.now()).exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("zhang", "CLERK"), "需要写明 --court"),
        (("zhang", "CLERK", "--court", "沪99"), "没有 --court 沪99"),
        (("zhang", "OPERATOR", "--court", "沪74"), "不写 --court"),
        (("nobody", "CLERK", "--court", "沪74"), "请用 --name"),
        (("zhang", "CLERK", "--court", "沪74", "--end"), "没有担任"),
        (("zhang", "MEDIATOR", "--organisation", "x", "--mediator", "y"), "没有 --organisation"),
    ],
)
def test_what_is_missing_or_unknown_is_said_and_nothing_is_written(account, arguments, said):
    with pytest.raises(CommandError, match=said):
        appoint(*arguments, "--platform", "courtplatform")

    assert Post.objects.count() == 0
    assert Account.objects.count() == 1


def test_nobody_is_appointed_a_party():
    with pytest.raises(CommandError):
        appoint("zhang", "PARTY", "--platform", "courtplatform")
