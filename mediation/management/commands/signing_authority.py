"""The built-in certificate authority: make, show, rotate, revoke, publish."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mediation import platform, present
from mediation.models import Authority
from mediation.platform import home_of
from mediation.signatures.authority import BuiltInAuthority
from mediation.signatures.providers import CertificateRefused, provider
from mediation.vocabulary import Seat


class Command(BaseCommand):
    """One word says what is to be done."""

    help = (
        "show: print root and issuing certificates. ensure: make them unless they are there. rotate: issue with a "
        "fresh key from now on. rotate-root: the same below a fresh root. revoke SERIAL: have a certificate hold no "
        "longer, --reason says why. crl FILE: write the list of revoked certificates (DER)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["show", "ensure", "rotate", "rotate-root", "revoke", "crl"])
        parser.add_argument("what", nargs="?", default="")
        parser.add_argument("--reason", default="")

    def handle(self, *args: Any, act: str, what: str, reason: str, **options: Any) -> None:
        code, at = home_of(Seat.ORGANISATION), present.now()
        if not platform.is_local(code):
            raise CommandError(f"Agreements are signed on {code}, which is not installed here.")
        if act == "revoke":
            try:
                provider(code).revoke(what, reason, at)
            except CertificateRefused as refused:
                raise CommandError(str(refused)) from refused
            self.stdout.write(f"{what} revoked")
            return
        authority = BuiltInAuthority(code)
        if act in ("ensure", "crl"):
            listed = authority.revocations(at)
            if act == "crl":
                Path(what or "authority.crl").write_bytes(listed)
        elif act in ("rotate", "rotate-root"):
            authority.rotate(at, root=act == "rotate-root")
        self._show(code)

    def _show(self, code: str) -> None:
        for row in Authority.objects.filter(platform=code).order_by("created_at", "pk"):
            ended = f", retired {row.retired_at:%Y-%m-%d}" if row.retired_at else ""
            self.stdout.write(f"{row.rank} {row.serial} until {row.expires_at:%Y-%m-%d}{ended}\n{row.certificate}")
