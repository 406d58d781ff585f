"""``manage.py load_calendar FILE``: load the State Council's arrangement of one year and recompute what it changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from mediation import platform, present, years
from mediation.actor import platform_itself
from mediation.workdays import LARGEST_FILE, BadCalendarFile


class Command(BaseCommand):
    """Loads one year of rest days and make-up days."""

    help = _("载入某一年的放假和补班安排（CSV或者JSON），并重新计算受影响的期限")

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file."""
        parser.add_argument("file", type=Path, metavar="FILE", help=_("安排文件：CSV或者JSON，UTF-8编码"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the file, or say in Chinese what is wrong with it."""
        by, at = platform_itself(platform.installed()[0].code), present.now()
        try:
            with options["file"].open(encoding="utf-8") as file:
                year, count = years.load_year(file.read(LARGEST_FILE + 1), by=by, at=at)
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(_("无法读取文件：%(why)s") % {"why": error}) from error
        except BadCalendarFile as error:
            raise CommandError(str(error)) from error
        count += sum(years.recompute(config.code, at) for config in platform.installed())
        self.stdout.write(
            _("已载入%(year)d年安排（%(notice)s），%(count)d件案件的期限已重新计算")
            % {"year": year.year, "notice": year.notice, "count": count}
        )
