"""``manage.py demo_accounts``: who can sign in where, with what, and what to try; ``--load`` creates them first."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from roster import demonstration


class Command(BaseCommand):
    """Prints the table of demonstration accounts."""

    help = _("列出演示账户：身份、登录名、密码、地址和可以尝试的事项")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--load", action="store_true", help=_("先创建缺少的演示账户（不得用于生产环境）"))
        parser.add_argument("--address", default="", metavar="URL", help=_("网站地址，写在路径之前"))

    def handle(self, *args: Any, **options: Any) -> None:
        if options["load"]:
            demonstration.load_demo_accounts([config.code for config in demonstration.platforms()], timezone.now())
        address = options["address"].rstrip("/")
        lines = [(_("身份"), _("登录名"), _("密码"), _("地址"), _("可以尝试"))]
        lines += [
            (
                _(door.role.label),
                door.login,
                demonstration.PASSWORD,
                " ".join(address + path for path in door.paths),
                door.errand,
            )
            for door in demonstration.doors()
        ]
        widths = [max(_columns(line[place]) for line in lines) for place in range(4)]
        for line in lines:
            cells = [cell + " " * (width - _columns(cell)) for cell, width in zip(line, widths, strict=False)]
            self.stdout.write("  ".join([*cells, line[4]]))
        if told := _whither():
            self.stdout.write(f"\n{told}")


def _whither() -> str:
    """Say where short messages are read: nobody's telephone rings in a demonstration, and signing needs a code."""
    match settings.SMS_GATEWAY:
        case "file":
            return _("短信（签署验证码、链接）不发往手机，请在这里查看：%(path)s") % {
                "path": settings.STATE_DIR / "messages" / "sms.jsonl"
            }
        case "console":
            return _("短信（签署验证码、链接）不发往手机，显示在本窗口。")
        case _:
            return ""


def _columns(text: str) -> int:
    # A Chinese character takes two columns of a terminal.
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
