"""Demonstration accounts: one of every role, with easy logins and one password known to everybody.

Lives here: creating them and listing them for print. Does not live here: demonstration cases.
Called by: ``manage.py demo_accounts``, the demonstration and browser tests. Never part of a production set-up.
Every person and company is invented; identity numbers have valid checksums and sequence numbers that are never issued.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import AppConfig, apps
from django.contrib.auth.hashers import make_password
from django.db import transaction

from mediation.vocabulary import Role
from roster.models import Account, Post
from roster.reference import ref, rows
from roster.sealed import blind_index

PASSWORD = "Tiaojie-2021"  # noqa: S105 - public on purpose: it opens invented accounts only


@dataclass(frozen=True)
class Door:
    """One line of the printed table: who signs in where, and what to try."""

    role: Role
    login: str
    name: str
    paths: tuple[str, ...]
    errand: str


def platforms() -> list[Any]:
    """Return the app configurations of the installed platforms: those that say which seats they hold."""
    return [config for config in apps.get_app_configs() if _is_platform(config)]


def load_demo_accounts(platforms: Collection[str], at: datetime) -> list[Account]:
    """Create the missing demonstration accounts and posts of these platforms; existing ones are left as they are.

    Parties and agents are created everywhere, with an identity verified at ``at``; their cases find them by it.
    """
    lines = [line for line in rows("accounts") if not line["platform"] or line["platform"] in platforms]
    encoded = make_password(PASSWORD)
    with transaction.atomic():
        before = set(
            Account.objects.filter(login__in=[line["login"] for line in lines]).values_list("login", flat=True)
        )
        wanted = {line["login"]: _account(line, encoded, at) for line in lines if line["login"] not in before}
        Account.objects.bulk_create(wanted.values())
        accounts = {account.login: account for account in Account.objects.filter(login__in=[x["login"] for x in lines])}
        held = set(Post.objects.filter(account__in=accounts.values()).values_list("account__login", "platform", "role"))
        Post.objects.bulk_create(
            _post(line, accounts[line["login"]], at)
            for line in lines
            if line["platform"] and (line["login"], line["platform"], line["role"]) not in held
        )
    return list(accounts.values())


def doors() -> list[Door]:
    """Return the table of demonstration accounts for the platforms installed here."""
    prefixes = {config.code: config.url_prefix for config in platforms()}
    return [
        Door(
            role=Role(line["role"]),
            login=line["login"],
            name=line["name"],
            paths=tuple(
                f"/{prefix}{line['window']}" for code, prefix in prefixes.items() if line["platform"] in ("", code)
            ),
            errand=line["try"],
        )
        for line in rows("accounts")
        if not line["platform"] or line["platform"] in prefixes
    ]


def _is_platform(config: AppConfig) -> bool:
    return hasattr(config, "seats")


def _account(line: dict[str, str], encoded: str, at: datetime) -> Account:
    number = line["identity_number"]
    return Account(
        ref=ref("account", line["login"]),
        login=line["login"],
        name=line["name"],
        password=encoded,
        phone=line["phone"],
        identity_kind=line["identity_kind"],
        identity_number=number,
        identity_index=blind_index(number) if number else "",
        identity_verified_at=at if number else None,
    )


def _post(line: dict[str, str], account: Account, at: datetime) -> Post:
    return Post(
        account=account,
        platform=line["platform"],
        role=line["role"],
        court=line["court"],
        unit=line["unit"],
        organisation=ref("organisation", line["organisation"]) if line["organisation"] else None,
        mediator=ref("mediator", line["mediator"]) if line["mediator"] else None,
        valid_from=at,
    )
