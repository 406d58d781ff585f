"""``manage.py walk``: tell one case as a story, line by line, in both books."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from mediation import keyring, platform, present
from mediation.management.plots import NARRATIVES, OUTCOMES
from mediation.management.story import Plot, Story, accounts, investor
from mediation.models import Case
from mediation.vocabulary import Cause, Source, State, Track


class Command(BaseCommand):
    """Tells a case from application to its end, with the clocks it starts and what both platforms hold after each
    step.
    """

    help = "从申请到办结，逐行讲述一件案件在两个平台上的经过。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the track and its outcome."""
        parser.add_argument("--track", choices=sorted(OUTCOMES), default="delegated")
        outcomes = "；".join(f"{track}: {', '.join(plots)}" for track, plots in OUTCOMES.items())
        parser.add_argument("--outcome", help=outcomes)

    def handle(self, *, track: str, outcome: str | None, **options: Any) -> None:
        """Tell the story so that it ends now."""
        if len(platform.installed()) < 2:
            raise CommandError("讲述需要两个平台都在本进程中：PLATFORMS=courtplatform,investornet")
        outcome = outcome or next(iter(OUTCOMES[track]))
        if outcome not in OUTCOMES[track]:
            raise CommandError(f"{track} 可以有的结局：{', '.join(OUTCOMES[track])}")
        now = present.now()
        for config in platform.installed():
            keyring.ensure(config.code, now)
        plot = self.plot(track, outcome)
        story = Story(plot, now - timedelta(hours=plot.hours + 1), self.stdout.write)
        self.stdout.write(self.style.MIGRATE_HEADING(f"{plot.track.label} · {plot.cause.label} · {outcome}"))
        case = story.tell()
        copies = Case.objects.filter(ref=story.ref)
        self.stdout.write(self.style.SUCCESS(f"办结于：{State(case.state).label}  {case.number or case.ref}"))
        for copy in copies:
            self.stdout.write(f"  {platform.config(copy.platform).title}：#{copy.entries} {copy.head}")
        if len({copy.head for copy in copies}) > 1:
            raise CommandError("两本账不一致")

    def plot(self, track: str, outcome: str) -> Plot:
        """Return the plot of this track and outcome, with a 民初 number that no other case bears."""
        cast = accounts()
        steps = list(OUTCOMES[track][outcome])
        if track == "entrusted":
            year, serial = timezone.localdate().year, Case.objects.filter(track=Track.ENTRUSTED).count() + 9501
            steps[0] = (0, "file", {**steps[0][2], "docket_number": f"（{year}）沪74民初{serial}号"})
        cause = Cause.MISSTATEMENT if track in ("delegated", "entrusted") else Cause.BROKERAGE
        against = cast["company.huaxin"] if cause is Cause.MISSTATEMENT else cast["broker.hengtai"]
        source = {"delegated": Source.ONLINE_COURT, "entrusted": Source.COURT_GUIDED, "direct": Source.ONLINE_NET}.get(
            track, Source.OFFLINE
        )
        applicant = investor("苏晴（演示）", 777)
        return Plot(
            Track(track.upper()), cause, 12_800_00, [applicant], [against], NARRATIVES[cause], steps, source=source
        )
