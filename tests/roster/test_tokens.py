from datetime import timedelta

from roster import tokens
from roster.models import Client


def test_a_token_is_recognised_and_stands_nowhere_in_the_table(account, at):
    client, plain = tokens.issue(account, "办案系统", ["cases:read", "cases:read"], at)

    found = tokens.authenticate(plain, at)

    assert (found.client, found.account, found.scopes) == (client, account, {"cases:read"})
    assert plain not in repr(list(Client.objects.values()))


def test_a_wrong_revoked_or_orphaned_token_is_nobodys(account, at):
    client, plain = tokens.issue(account, "办案系统", [], at)
    other, other_plain = tokens.issue(account, "另一系统", [], at)

    tokens.revoke(client, at)
    assert tokens.authenticate(plain, at) is None
    assert tokens.authenticate("", at) is None
    assert tokens.authenticate(other_plain + "x", at) is None
    assert tokens.authenticate("\udcff", at) is None
    assert tokens.authenticate(other_plain, at).client == other

    account.is_active = False
    account.save()
    assert tokens.authenticate(other_plain, at) is None


def test_usage_is_noted_once_a_minute(account, at, django_assert_num_queries):
    _client, plain = tokens.issue(account, "办案系统", [], at)
    tokens.authenticate(plain, at)

    # The token with its account, and the account's posts.
    with django_assert_num_queries(2):
        tokens.authenticate(plain, at + timedelta(seconds=59))
    tokens.authenticate(plain, at + timedelta(seconds=61))

    assert Client.objects.get().last_used_at == at + timedelta(seconds=61)


def test_revoking_again_does_not_move_the_instant(account, at):
    client, _plain = tokens.issue(account, "办案系统", [], at)
    tokens.revoke(client, at)

    tokens.revoke(client, at + timedelta(days=1))

    client.refresh_from_db()
    assert client.revoked_at == at
