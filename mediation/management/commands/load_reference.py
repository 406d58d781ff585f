"""``manage.py load_reference``: courts, units, companies, organisations, mediators and listings.

``--companies FILE.xlsx --as-of 2026-11-01 --source …`` puts the operator's own list of companies in the place of the
one that comes with the system; ``--groups FILE.xlsx`` likewise the list of who owns which company.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.translation import gettext as _

from mediation import keyring, platform, present, rosters
from mediation.adminkit import grouplists, workbooks
from mediation.vocabulary import IdentityKind, gettext_noop
from mediation.workdays import local_day
from roster import companies, groups, reference
from roster.identity import IdentityError, check_identity
from roster.models import Company

COLUMNS = {
    gettext_noop("类别"): "sort",
    gettext_noop("证券代码"): "code",
    gettext_noop("简称"): "short",
    gettext_noop("全称"): "name",
    gettext_noop("统一社会信用代码"): "credit_code",
}
MOST_SHOWN = 20


class Command(BaseCommand):
    """Loads the roster's reference rows and begins their journals; may be run again at any time."""

    help = _("载入法院、监管单位、公司名单、调解组织、调解员和名册的参考数据；可以重复执行")

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the platforms, or a workbook of companies with its day and source."""
        parser.add_argument("--platforms", nargs="*", metavar="PLATFORM", help=_("平台代码；缺省为本部署安装的平台"))
        parser.add_argument(
            "--companies",
            type=Path,
            metavar="FILE.xlsx",
            help=_("公司名单，代替现有名单；列：类别、证券代码、简称、全称、统一社会信用代码"),
        )
        parser.add_argument(
            "--groups", type=Path, metavar="FILE.xlsx", help=_("集团公司名单，代替现有名单；列：公司、母公司、起始日期")
        )
        parser.add_argument("--as-of", type=date.fromisoformat, metavar="DAY", help=_("名单日期，例如2026-11-01"))
        parser.add_argument("--source", default="", help=_("名单来源，写给查看的人"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the rows, then sign the first entry of each with its owner's key; or load a list of companies."""
        at = present.now()
        if options["companies"] or options["groups"]:
            self._load_lists(local_day(at), **options)
            return
        here = [config.code for config in platform.installed()]
        platforms = options["platforms"] or here
        for table, count in reference.load(platforms).items():
            self.stdout.write(f"{table}: {count}")
        own = [code for code in platforms if code in here]
        for code in own:
            keyring.ensure(code, at)
        self.stdout.write(f"journals: {rosters.open_books(own, at)}")

    def _load_lists(self, on: date, **options: Any) -> None:
        if not options["as_of"] or not options["source"].strip():
            raise CommandError(_("请用--as-of写明名单日期，用--source写明名单来源"))
        told = {"as_of": options["as_of"], "source": options["source"].strip()[:200]}
        firms = read_companies(options["companies"], on) if options["companies"] else None
        owned = read_groups(options["groups"], on) if options["groups"] else None
        with transaction.atomic():
            if firms is not None:
                self.stdout.write(f"companies: {companies.load(firms, **told)}")
            if owned is not None:
                self.stdout.write(f"groups: {groups.load(owned, **told)}")


def read_groups(path: Path, on: date) -> list[dict[str, Any]]:
    """Return the rows of a workbook of groups; raises CommandError with the rows that cannot be taken."""
    try:
        rows, problems = grouplists.read(path.read_bytes(), on)
    except (OSError, workbooks.WorkbookRefused) as wrong:
        raise CommandError(str(wrong)) from wrong
    if problems:
        raise CommandError("\n".join(f"{one.row} {one.column}: {one.why}" for one in problems[:MOST_SHOWN]))
    return rows


def read_companies(path: Path, on: date) -> list[dict[str, str]]:
    """Return the rows of an operator's workbook; raises CommandError with every row that cannot be taken."""
    headings = {_(heading): field for heading, field in COLUMNS.items()}
    name = next(heading for heading, field in headings.items() if field == "name")
    try:
        lines, problems = workbooks.read(path.read_bytes(), list(headings), key=name)
    except (OSError, workbooks.WorkbookRefused) as wrong:
        raise CommandError(str(wrong)) from wrong
    wrongs = [f"{one.row} {one.column}: {one.why}" for one in problems]
    sorts = {str(label): code for code, label in Company.SORTS} | {code: code for code, _label in Company.SORTS}
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for line in lines:
        row = {field: line.cells.get(heading, "") for heading, field in headings.items()}
        row["sort"] = sorts.get(row["sort"], "")
        row["short"] = row["short"] or row["name"]
        longest = {"code": 12, "short": 60, "name": 120}
        if not row["sort"] or not row["name"] or any(len(row[field]) > most for field, most in longest.items()):
            wrongs.append(f"{line.number}: {_('类别、全称不能为空，简称、全称不能过长')}")
        if row["credit_code"]:
            try:
                row["credit_code"] = check_identity(IdentityKind.CREDIT_CODE, row["credit_code"], on=on).number
            except IdentityError as error:
                wrongs.append(f"{line.number}: {_(error.message) % error.params}")
        rows[row["name"], row["sort"]] = row
    if wrongs:
        raise CommandError("\n".join(wrongs[:MOST_SHOWN]))
    return list(rows.values())
