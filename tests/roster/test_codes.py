from datetime import timedelta

import pytest

from roster import codes
from roster.models import OneTimeCode
from tests.figures import many

GUESSES = many(1_000, 10_000)


def other_than(plain):
    return f"{(int(plain) + 1) % 1_000_000:06d}"


def test_a_code_passes_once(account, at):
    plain = codes.issue("sign", at, account=account)

    assert codes.verify("sign", f" {plain} ", at, account=account)
    assert not codes.verify("sign", plain, at, account=account)


def test_a_code_serves_its_receiver_and_purpose_only(account, at):
    plain = codes.issue("sign", at, phone_index="a" * 64)

    assert not codes.verify("consent", plain, at, phone_index="a" * 64)
    assert not codes.verify("sign", plain, at, phone_index="b" * 64)
    assert not codes.verify("sign", plain, at, account=account)
    assert codes.verify("sign", plain, at, phone_index="a" * 64)


def test_a_code_dies_with_its_minutes_and_with_the_next_code(account, at):
    late = codes.issue("sign", at, account=account)
    assert not codes.verify("sign", late, at + codes.LIFETIME, account=account)

    first = codes.issue("sign", at + timedelta(minutes=11), account=account)
    second = codes.issue("sign", at + timedelta(minutes=12), account=account)
    if first != second:
        assert not codes.verify("sign", first, at + timedelta(minutes=12), account=account)
    assert codes.verify("sign", second, at + timedelta(minutes=12), account=account)


def test_a_thousand_wrong_codes_never_pass_and_kill_the_right_one(account, at):
    plain = codes.issue("sign", at, account=account)
    wrong = [f"{number:06d}" for number in range(GUESSES + 1) if f"{number:06d}" != plain]

    passed = [guess for guess in wrong if codes.verify("sign", guess, at, account=account)]

    assert passed == []
    assert not codes.verify("sign", plain, at, account=account)
    assert OneTimeCode.objects.get().attempts == codes.TRIES


def test_the_last_allowed_try_still_passes(account, at):
    plain = codes.issue("sign", at, account=account)
    for _ in range(codes.TRIES - 1):
        codes.verify("sign", other_than(plain), at, account=account)

    assert codes.verify("sign", plain, at, account=account)


def test_new_codes_are_rationed_so_that_asking_again_buys_no_guesses(account, at):
    for _ in range(codes.ISSUES):
        codes.issue("sign", at, account=account)

    with pytest.raises(codes.TooManyCodes, match="一小时后"):
        codes.issue("sign", at + timedelta(minutes=59), account=account)
    assert codes.issue("sign", at + codes.WINDOW + timedelta(seconds=1), account=account)


def test_the_code_itself_stands_nowhere_in_the_table(account, at):
    plain = codes.issue("sign", at, account=account)

    row = OneTimeCode.objects.values("digest", "purpose", "phone_index").get()

    assert plain not in row["purpose"] + row["phone_index"]
    assert row["digest"] != plain
    assert len(row["digest"]) == 64


@pytest.mark.django_db
@pytest.mark.parametrize("guess", ["", "12345", "1234567", "１２３４５６", "\x00", "' OR 1=1"])
def test_junk_is_a_wrong_code(account, at, guess):
    codes.issue("sign", at, account=account)

    assert not codes.verify("sign", guess, at, account=account)
