"""``manage.py verify_identity``: note that somebody has shown the document their account names."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, transaction
from django.utils import timezone

from roster.models import Account


class Command(BaseCommand):
    """Marks an account's identity as verified, after a member of staff has seen the document (ZS-7)."""

    help = "核验证件原件后，登记账户的身份已经核验。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the login."""
        parser.add_argument("login")

    def handle(self, *, login: str, **options: Any) -> None:
        """Note the present instant, unless the account names no document or another account has proved it."""
        account = Account.objects.filter(login=login).first()
        if account is None:
            raise CommandError("没有这个登录名。")
        if not account.identity_index:
            raise CommandError("该账户没有填写证件号码。")
        account.identity_verified_at = timezone.now()
        try:
            with transaction.atomic():
                account.save(update_fields=["identity_verified_at"])
        except IntegrityError:
            raise CommandError("另一账户已经以同一证件核验。") from None
        self.stdout.write("已登记。")
