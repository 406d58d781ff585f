"""Write the passport of one case, as somebody of a role may see it, or exactly as it was taken in."""

from __future__ import annotations

import uuid
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string

from mediation import keyring, platform, present
from mediation.actor import Actor, platform_itself
from mediation.models import Case, ImportedPassport
from mediation.papers import PaperRefused
from mediation.passport import records
from mediation.rights import Rights
from mediation.vocabulary import Role, Seat
from mediation.windows import passports

STAFF = {Seat.COURT: Role.CLERK, Seat.ORGANISATION: Role.ORGANISATION}
"""As whom a case is exported where nobody else is named: whoever handles it on the platform."""


class Command(BaseCommand):
    """Write one passport."""

    help = (
        "Write the passport of a case (REF: its UUID or 案号): as its desk sees it, or --role, or --party UUID; "
        "--imported writes one that was taken in, byte for byte as it came."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("ref")
        parser.add_argument("--platform", help="whose copy; needed where this deployment keeps both books")
        parser.add_argument("--role", type=Role, choices=list(Role), help="as whom, e.g. JUDGE or MEDIATOR")
        parser.add_argument("--party", type=uuid.UUID, help="as this party or agent of the case")
        parser.add_argument("--reveal", action="store_true", help="with whole numbers instead of covered ones")
        parser.add_argument("--imported", action="store_true", help="one that was taken in")
        parser.add_argument("--output", type=Path, help="where to; the name it is given otherwise")

    def handle(self, *args: Any, ref: str, **options: Any) -> None:
        if options["imported"]:
            record = self._record(ref, options["platform"])
            content, name = records.content(record), records.filename(record.ref)
        else:
            case = self._case(ref, options["platform"])
            rights = rights_of(case.platform)
            actors = [self._actor(case, options["role"], options["party"])]
            keyring.ensure(case.platform, present.now())
            if options["reveal"] and not rights.may_reveal(actors):
                raise CommandError(f"{actors[0].role.value} may not see whole numbers.")
            if not passports.offered(rights, case, actors):
                raise CommandError(f"{actors[0].role.value} reads nothing of this case on {case.platform}.")
            by = platform_itself(case.platform)
            try:
                made = passports.take(rights, case, actors, present.now(), by=by, revealed=options["reveal"])
            except PaperRefused as refused:
                raise CommandError(str(refused)) from refused
            content, name = made.content, made.filename
        path: Path = options["output"] or Path(name)
        path.write_bytes(content)
        self.stdout.write(f"wrote {path}, {len(content)} bytes")

    def _case(self, ref: str, code: str | None) -> Case:
        found = Case.objects.filter(**({"ref": ref} if _is_uuid(ref) else {"number": ref}))
        return _only(list(found.filter(platform=code) if code else found), ref)

    def _record(self, ref: str, code: str | None) -> ImportedPassport:
        found = ImportedPassport.objects.filter(**({"ref": ref} if _is_uuid(ref) else {"number": ref}))
        newest = found.order_by("-imported_at", "-id")
        return _only(list(newest.filter(platform=code) if code else newest)[:1], ref)

    def _actor(self, case: Case, role: Role | None, party: uuid.UUID | None) -> Actor:
        if party:
            agents = case.sheet.get("agents", {})
            if str(party) not in (*agents, *case.sheet.get("parties", {})):
                raise CommandError(f"{party} is no party or agent of this case.")
            return Actor(Role.AGENT if str(party) in agents else Role.PARTY, str(party), "", case.platform)
        (seat, *_more) = platform.config(case.platform).seats
        chosen = role or STAFF[seat]
        if chosen in (Role.PARTY, Role.AGENT):
            raise CommandError("Name the party: --party UUID.")
        return Actor(chosen, "", case.court if seat is Seat.COURT else case.organisation, case.platform)


def rights_of(code: str) -> Rights:
    """Return the rights of an installed platform."""
    found: Rights = import_string(f"{platform.config(code).name}.access.rights")
    return found


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _only(found: list[Any], ref: str) -> Any:
    if not found:
        raise CommandError(f"No such case here: {ref}.")
    if len(found) > 1:
        raise CommandError(f"Several copies of {ref}: name one with --platform.")
    return found[0]
