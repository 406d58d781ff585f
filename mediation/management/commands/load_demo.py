"""``manage.py load_demo``: fill an empty installation with believable cases, made by walking real moves at past
instants.
"""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand

from mediation import keyring, moves, platform, present, tasks
from mediation.exchange import outbox
from mediation.management import rosterplots
from mediation.management.plots import demonstration
from mediation.management.story import Plot, Story
from mediation.models import Case, NoticeReading
from mediation.telling import following
from mediation.telling.people import inbox
from mediation.vocabulary import Seat
from roster import queries as roster
from roster.demonstration import load_demo_accounts
from roster.models import Account

KEPT_UNREAD = timedelta(days=4)
"""How far back somebody still has something unread, over a weekend too."""

OPENING_AT_COURT = frozenset({"file", "consult", "consent", "choose", "return", "withdraw", "proceed", "refuse"})
OPENING_AT_NET = frozenset({"apply", "accept", "prepare", "open", "record_offline", "propose", "sign", "complete"})


class Command(BaseCommand):
    """Loads demonstration accounts and cases once; a second call finds them and does nothing."""

    help = "载入演示账户和约六十件演示案件（只载入一次）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sealed", action="store_true", help="签好的协议和裁判文书立即生成PDF，不等后台任务")

    def handle(self, **options: Any) -> None:
        """Load, and where it is wanted make the files that a running worker would make within the hour."""
        self.load(present.now())
        if options["sealed"]:
            tasks.seal_all()

    def load(self, now: datetime) -> None:
        """Walk every plot in the order in which its case was opened, then let what is due lapse."""
        codes = [config.code for config in platform.installed()]
        load_demo_accounts(codes, now)
        if Case.objects.exists():
            self.stdout.write("已有案件，不再载入演示案件。")
            return
        for code in codes:
            keyring.ensure(code, now)
        if platform.is_local(platform.home_of(Seat.ORGANISATION)):
            rosterplots.tell(now)
        told = 0
        plots = [plot for plot in demonstration() if self.can_tell(plot)]
        for plot in sorted(plots, key=lambda plot: -(plot.hours + plot.rest_hours)):
            Story(plot, now - timedelta(hours=plot.hours + plot.rest_hours)).tell()
            told += 1
        for code in codes:
            moves.sweep(code, now)
        for _ in range(20):
            if not sum(outbox.post(code, now) for code in codes):
                break
        while following.follow(now):
            pass
        for code in codes:
            self.read_old_notices(code, now)
        self.stdout.write(f"已载入 {told} 件演示案件。")

    def read_old_notices(self, code: str, now: datetime) -> None:
        """Let everybody have read what they were told before the last days, each within the hours after it came."""
        for account in Account.objects.filter(is_active=True):
            mine = inbox(account, code, roster.posts_held(account, code, now)).filter(at__lt=now - KEPT_UNREAD)
            NoticeReading.objects.bulk_create(
                [
                    NoticeReading(notice=one, account=account, at=one.at + timedelta(hours=1 + one.pk % 20))
                    for one in mine
                ],
                ignore_conflicts=True,
            )

    def can_tell(self, plot: Plot) -> bool:
        """Tell whether this deployment can play the whole plot; one with a single platform plays what rests on it
        alone.
        """
        steps = {step for _, step, _ in plot.steps}
        if len(platform.installed()) > 1:
            return True
        here = platform.is_local(platform.home_of(Seat.COURT))
        return steps <= (OPENING_AT_COURT if here else OPENING_AT_NET) and ("file" in steps) == here
