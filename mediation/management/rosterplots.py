"""What goes on in the demonstration's roster: reviews pending, a change suggested, one returned, a push waiting, a
consolidation open.

Lives here: these few stories, told through the roster's door. Does not live here: reference rows
(``roster.reference``), cases (``plots``).
Called by: ``manage.py load_demo``. Every organisation and person here is invented.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from mediation import rosters
from mediation.actor import Actor
from mediation.platform import home_of
from mediation.vocabulary import Role, Seat
from mediation.workdays import local_day
from roster import moves
from roster import queries as roster
from roster.models import Campaign, Mediator, Organisation
from roster.reference import ref

SUPERVISOR = "CSRC310000"
VERIFIED = ("isc", "szdrc", "shfa")
"""Who has verified its file in the consolidation already."""

NEW: dict[str, Any] = {
    "name": "浦江证券期货纠纷调解中心（演示）",
    "kind": "INDUSTRY",
    "credit_code": "52310115MJ0009001H",
    "unit": SUPERVISOR,
    "regions": ["31"],
    "causes": ["MISSTATEMENT", "BROKERAGE"],
    "scope": "上海市证券期货纠纷",
    "expertise": "虚假陈述、证券经纪",
    "charges_fee": False,
    "capacity": 60,
    "languages": ["zh", "en"],
    "video": True,
    "phone": "021-00009001",
    "contacts": [{"name": "江联络（演示）", "duty": "秘书长", "phone": "021-00009002"}],
    "licence_kind": "REGISTRATION",
    "licence_number": "登记字（演示）第9001号",
    "licence_issued_on": "2020-01-06",
}


def tell(now: datetime) -> int:
    """This function will play the stories once, in the weeks before ``now``, and return how many entries they made."""
    net = home_of(Seat.ORGANISATION)
    if Campaign.objects.filter(platform=net).exists():
        return 0
    return _Telling(net, now).everything()


class _Telling:
    def __init__(self, net: str, now: datetime) -> None:
        self.net, self.now, self.made = net, now, 0
        self.bureau = self._actor(Role.PROTECTION_BUREAU, "bureau.ipb", "IPB")
        self.unit = self._actor(Role.UNIT, "unit.shanghai", SUPERVISOR)
        self.local = self._keeper(ref("organisation", "shsa"), "org.shsa")

    def _actor(self, role: Role, login: str, seat: str) -> Actor:
        return Actor(role, str(ref("account", login)), seat, self.net)

    def _keeper(self, organisation: UUID, login: str = "") -> Actor:
        account = ref("account", login) if login else ref("account", f"keeper:{organisation}")
        return Actor(Role.ORGANISATION, str(account), str(organisation), self.net)

    def _do(self, row: Any, move: str, by: Actor, days: float, **stated: Any) -> Any:
        rosters.perform(row, move, by=by, at=self.now - timedelta(days=days), facts=stated)
        self.made += 1
        return row

    def _opened(self, aggregate: str, slug: str, by: Actor, days: float, **stated: Any) -> Any:
        return self._do(moves.new(aggregate, self.net, ref(aggregate, slug)), "open", by, days, **stated)

    def everything(self) -> int:
        """Tell everything, the oldest first."""
        new = self._approved(self._opened("organisation", "demo-pujiang", self.bureau, 20, **NEW), 19)
        people = [self._approved(self._mediator(number, name, hours), 17) for number, name, hours in PEOPLE]
        self._consolidate()
        self._do(new, "push", self.bureau, 3, courts=["沪74", "京74"])
        self._do(people[0], "push", self.unit, 3, courts=["沪74"])
        self._do(people[1], "push", self.unit, 3, courts=["沪74"])
        self._reviews()
        return self.made

    def _approved(self, row: Any, days: float) -> Any:
        by = self._keeper(row.ref if row.aggregate == "organisation" else row.organisation)
        self._do(row, "submit", by, days)
        return self._do(row, "approve", self.unit, days - 1)

    def _mediator(self, number: int, name: str, hours: int) -> Any:
        return self._opened(
            "mediator", f"demo-{number}", self.local, 18,
            organisation=self.local.seat, name=name, expertise="虚假陈述、证券经纪", languages=["zh"],
            training_hours=hours, experience_years=12, qualifications=["法律职业资格"],
            employment=[{"employer": "浦江律师事务所（演示）", "from": "2009-07-01", "until": "2021-06-30"}],
        )  # fmt: skip

    def _consolidate(self) -> None:
        since, until = roster.quarter(local_day(self.now))
        asked = roster.campaign_figures(self.net, since)["asked"]
        stated = {"title": rosters.title_of(since), "since": since.isoformat(), "until": until.isoformat()}
        campaign = self._opened("campaign", f"demo-{since}", self.bureau, 10, asked=asked, **stated)
        for slug in VERIFIED:
            row = Organisation.objects.get(platform=self.net, ref=ref("organisation", slug))
            self._do(row, "verify", self._keeper(row.ref), 6, campaign=str(campaign.ref))
        self._do(campaign, "remind", self.bureau, 4, count=roster.campaign_figures(self.net, since)["stale"])

    def _reviews(self) -> None:
        own = Organisation.objects.get(platform=self.net, ref=self.local.seat)
        changes = {"capacity": own.capacity + 40, "phone": "021-00000919", "languages": ["zh", "en"]}
        self._do(own, "edit", self.local, 2, changes=changes)
        self._do(own, "submit", self.local, 2)
        fresh = self._opened(
            "mediator", "demo-9", self.local, 2,
            organisation=self.local.seat, name="乔新任（演示）", expertise="基金销售适当性", languages=["zh"],
            training_hours=32, experience_years=6, qualifications=["基金从业人员资格"],
        )  # fmt: skip
        self._do(fresh, "submit", self.local, 2)
        member = Mediator.objects.get(platform=self.net, ref=ref("mediator", "shsa-1"))
        himself = Actor(Role.MEDIATOR, str(member.ref), self.local.seat, self.net)
        self._do(member, "suggest", himself, 2, changes={"training_hours": 36, "languages": ["zh", "en"]})
        futures = Organisation.objects.get(platform=self.net, ref=ref("organisation", "shfund"))
        keeper = self._keeper(futures.ref)
        self._do(futures, "edit", keeper, 5, changes={"scope": "一切纠纷"})
        self._do(futures, "submit", keeper, 5)
        self._do(
            futures, "return_edit", self.unit, 1, reason="受理范围应当写明证券期货基金纠纷的具体类型，请修改后再提交。"
        )


PEOPLE = ((1, "沈知远（演示）", 24), (2, "梁未训（演示）", 0), (3, "方待推（演示）", 40))
"""New mediators of one organisation: number, name, hours of training; one has none, for which a court may refuse."""
