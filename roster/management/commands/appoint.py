"""``manage.py appoint`` and its ``--end``: who holds which post on a platform of this deployment."""

from __future__ import annotations

import secrets
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from mediation.vocabulary import Role
from roster import queries
from roster.models import Account, Post
from roster.models.accounts import COURT_ROLES, ORGANISATION_ROLES

ROLES = tuple(role for role in Role if role not in (Role.PARTY, Role.AGENT, Role.OUTSIDER, Role.CLOCK, Role.PLATFORM))
"""The roles that are held by appointment; a party is one by being a party."""


class Command(BaseCommand):
    """Appoints somebody to a post, or ends the post; makes the account, with a password said once, if there is none."""

    help = "任命工作人员（账户不存在时一并开立，初始密码只显示一次），或者用 --end 结束任职。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take who, as what, and of which court, unit, organisation or mediator."""
        parser.add_argument("login", help="登录名")
        parser.add_argument("role", choices=[role.value for role in ROLES], help="身份")
        parser.add_argument("--platform", required=True, choices=settings.PLATFORMS, help="平台")
        parser.add_argument("--name", default="", help="姓名；开立账户时必填")
        parser.add_argument("--court", default="", help="法院代字，如 沪74")
        parser.add_argument("--unit", default="", help="派出机构、会管单位代码")
        parser.add_argument("--organisation", default="", help="调解组织标识")
        parser.add_argument("--mediator", default="", help="调解员标识")
        parser.add_argument("--end", action="store_true", help="结束这一任职")

    def handle(self, *, login: str, role: str, platform: str, **options: Any) -> None:
        """Appoint or end; says what is missing or unknown and writes nothing then."""
        at = timezone.now()
        scope = self._scope(role, platform, options)
        with transaction.atomic():
            account = Account.objects.select_for_update().filter(login=login.strip().lower()).first()
            if options["end"]:
                self._end(account, role, platform, scope, at)
                return
            password = ""
            if account is None:
                account, password = self._open(login, options["name"])
            held = queries.posts(account, platform, at).filter(role=role, **scope)
            if held.exists():
                raise CommandError("该账户已经担任这一职务。")
            Post.objects.create(account=account, platform=platform, role=role, valid_from=at, **scope)
        self.stdout.write(f"{account.login}（{account.name}）：{Role(role).label}，自即时起。")
        if password:
            self.stdout.write(f"初始密码（只显示这一次，请本人登录后修改）：{password}")

    def _scope(self, role: str, platform: str, options: dict[str, Any]) -> dict[str, Any]:
        """Return the columns that bound the post; raises CommandError for one that is missing, unknown or too much."""
        needed = {
            "court": role in COURT_ROLES,
            "unit": role == Role.UNIT,
            "organisation": role in ORGANISATION_ROLES,
            "mediator": role == Role.MEDIATOR,
        }
        found: dict[str, Any] = {}
        for name, is_needed in needed.items():
            given = options[name]
            if is_needed and not given:
                raise CommandError(f"这一身份需要写明 --{name}。")
            # A system's account may be bound to one court: everybody else's post says only what the role needs.
            if given and not is_needed and (name, role) != ("court", Role.INTEGRATOR):
                raise CommandError(f"这一身份不写 --{name}。")
            if given:
                found[name] = self._known(name, given, platform)
        if role == Role.MEDIATOR and found["mediator"].organisation != found["organisation"].ref:
            raise CommandError("该调解员不属于这个调解组织。")
        return {name: getattr(one, "ref", None) or one.code for name, one in found.items()}

    def _known(self, name: str, given: str, platform: str) -> Any:
        one: Any
        if name == "court":
            one = queries.court(given)
        elif name == "unit":
            one = queries.unit(given)
        else:
            one = (queries.organisation if name == "organisation" else queries.mediator)(platform, given)
        if one is None:
            raise CommandError(f"本平台没有 --{name} {given}。")
        return one

    def _open(self, login: str, name: str) -> tuple[Account, str]:
        if not name.strip():
            raise CommandError("没有这个登录名；要开立账户，请用 --name 写明姓名。")
        password = secrets.token_urlsafe(12)
        return Account.objects.create_user(login.strip().lower(), password, name=name.strip()), password

    def _end(self, account: Account | None, role: str, platform: str, scope: dict[str, Any], at: datetime) -> None:
        held = queries.posts(account, platform, at).filter(role=role, **scope) if account else Post.objects.none()
        if not held.update(valid_until=at):
            raise CommandError("该账户没有担任这一职务。")
        self.stdout.write("任职已经结束，即时生效。")
