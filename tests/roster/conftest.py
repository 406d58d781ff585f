"""What every test of the roster may ask for: an instant, an account, a few files and entries."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from roster.models import Account


@pytest.fixture
def at() -> datetime:
    return datetime(2022, 3, 1, 2, 0, tzinfo=UTC)


@pytest.fixture
def account(db: None) -> Account:
    return Account.objects.create_user("zhang", "correct horse 42", name="张晓慧")
