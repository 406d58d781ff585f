"""``manage.py load_reference``: courts, units, organisations, mediators and listings of the installed platforms."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from mediation import keyring, platform, present, rosters
from roster import reference


class Command(BaseCommand):
    """Loads the roster's reference rows and begins their journals; may be run again at any time."""

    help = _("载入法院、监管单位、调解组织、调解员和名册的参考数据；可以重复执行")

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the platforms."""
        parser.add_argument("--platforms", nargs="*", metavar="PLATFORM", help=_("平台代码；缺省为本部署安装的平台"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the rows, then sign the first entry of each with its owner's key."""
        at = present.now()
        here = [config.code for config in platform.installed()]
        platforms = options["platforms"] or here
        for table, count in reference.load(platforms).items():
            self.stdout.write(f"{table}: {count}")
        own = [code for code in platforms if code in here]
        for code in own:
            keyring.ensure(code, at)
        self.stdout.write(f"journals: {rosters.open_books(own, at)}")
