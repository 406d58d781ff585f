"""Whether a file is an agreement, a ruling or a decree that was signed here."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mediation import platform
from mediation.signatures.verification import LARGEST, UNKNOWN, Verification, verify
from mediation.vocabulary import FileVerdict
from mediation.workdays import ZONE


class Command(BaseCommand):
    """Exit status 0: valid; 1: altered, unknown, or not a signed agreement."""

    help = "Tell whether FILE is an agreement, ruling or decree signed here (valid, altered or unknown), by whom, when."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            with file.open("rb") as reader:
                content = reader.read(LARGEST + 1)
        except OSError as wrong:
            raise CommandError(f"{file} cannot be read: {wrong.strerror}") from wrong
        if len(content) > LARGEST:
            raise CommandError(f"{file} is larger than any agreement signed here.")
        found = next((one for one in self._asked(content) if one.verdict is not FileVerdict.UNKNOWN), UNKNOWN)
        self._say(found)
        if found.verdict is not FileVerdict.VALID:
            raise SystemExit(1)

    def _asked(self, content: bytes) -> list[Verification]:
        return [verify(config.code, content) for config in platform.installed()]

    def _say(self, found: Verification) -> None:
        lines = [f"{found.verdict.value}: {found.verdict.label}"]
        if found.case is not None:
            lines.append(f"case {found.case.ref} ({found.case.number or '-'}), version {found.version}")
        if found.decision is not None:
            lines[1:] = [
                f"case {found.case.ref} ({found.case.number or '-'})" if found.case else "",
                f"code {found.decision.code}",
            ]
            lines += ["void: 裁定已被撤销"] if found.void else []
        elif found.agreement is not None:
            lines.append(f"code {found.agreement.code}")
        if found.void and found.decision is None:
            lines.append("void: 该版本已作废")
        elif found.case is not None and found.decision is None and not found.served:
            lines.append("complete: 各方、调解员、调解组织均已签署" if found.complete else "incomplete: 尚未签署完整")
        for one in found.signatures:
            by = f"（代理人{one.by}）" if one.by else ""
            revoked = f"，证书已于{one.revoked_at.astimezone(ZONE):%Y-%m-%d %H:%M}吊销" if one.revoked_at else ""
            lines.append(f"{one.at.astimezone(ZONE):%Y-%m-%d %H:%M:%S} {one.part} {one.name}{by}{revoked}")
        self.stdout.write("\n".join(lines))
