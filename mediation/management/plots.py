"""The plots of the demonstration: about sixty disputes over all tracks, states and causes.

Lives here: what is told. Does not live here: how (``story``).
Called by: ``manage.py load_demo`` and ``manage.py walk``. Every person and company is invented.
"""

from __future__ import annotations

from typing import Any

from mediation.management.story import Person, Plot, accounts, investor
from mediation.vocabulary import Cause, IdentityKind, Institution, PartyKind, Source, Track

Step = tuple[float, str, dict[str, Any]]


def s(hours: float, name: str, **more: Any) -> Step:
    """Write one step: so many hours after the one before."""
    return hours, name, more


FILE = [s(0, "file")]
ASKED = [*FILE, s(3, "consult")]
AGREED = [*ASKED, s(20, "consent")]
CHOSEN = [*AGREED, s(18, "choose")]
DELEGATED = [*CHOSEN, s(6, "delegate")]
ACCEPTED = [*DELEGATED, s(26, "accept")]
PREPARED = [*ACCEPTED, s(22, "prepare")]
MEDIATING = [*PREPARED, s(46, "open")]
SIGNING = [*MEDIATING, s(70, "propose")]
TALKING = [*MEDIATING, s(20, "talk")]
DRAFTED = [*TALKING, s(26, "draft")]
DRAWN_UP = [*DRAFTED, s(20, "propose_draft")]
SETTLED = [*SIGNING, s(20, "sign")]
COMPLETE = [*SETTLED, s(20, "complete")]
SOUGHT = [*COMPLETE, s(24, "seek_confirmation")]
REVIEW = [*SOUGHT, s(28, "accept_confirmation")]
CONFIRMED = [*REVIEW, s(96, "confirm"), s(20, "receive_ruling")]
FAILED = [*MEDIATING, s(60, "undisputed"), s(24, "conclude")]
APPLY = [s(0, "apply")]
DIRECT_ACCEPTED = [*APPLY, s(26, "accept")]
DIRECT_MEDIATING = [*DIRECT_ACCEPTED, s(24, "prepare"), s(40, "open")]
DIRECT_COMPLETE = [*DIRECT_MEDIATING, s(48, "propose"), s(24, "sign"), s(20, "complete")]
OFFLINE = [s(0, "record_offline")]
OFFLINE_AT_COURT = [s(0, "file_offline"), s(40, "prove")]
PARTLY = [*MEDIATING, s(70, "propose", full=False), s(20, "sign"), s(6, "split")]
BY_INSTALMENTS = [
    *TALKING,
    s(26, "draft", instalments=3),
    s(20, "propose_draft"),
    s(20, "sign"),
    s(20, "complete"),
]
CONFIRMING = [s(48, "seek_confirmation"), s(26, "accept_confirmation"), s(72, "confirm"), s(20, "receive_ruling")]


def entrusted(number: str, procedure: str = "ORDINARY") -> list[Step]:
    """Open an entrusted case under its 民初 number."""
    return [s(0, "file", docket_number=number, procedure=procedure)]


def entrusted_complete(number: str, procedure: str = "ORDINARY") -> list[Step]:
    """Take an entrusted case to a complete agreement within its fifteen days."""
    return [
        *entrusted(number, procedure),
        *DELEGATED[1:],
        s(20, "accept"),
        s(20, "prepare"),
        s(24, "open"),
        s(24, "propose"),
        s(20, "sign"),
        s(8, "complete"),
    ]


NARRATIVES: dict[Cause, str] = {
    Cause.MISSTATEMENT: "被申请人年度报告存在虚假记载并已受到行政处罚。"
    "申请人在实施日后买入、揭露日后卖出该公司股票，请求赔偿投资差额损失、佣金和印花税。",
    Cause.BROKERAGE: "申请人委托营业部卖出股票，因交易系统故障未能成交，次日股价下跌，请求赔偿差价损失。",
    Cause.MARGIN: "被申请人在申请人追加担保物期限届满前强制平仓，请求赔偿平仓差价损失。",
    Cause.FORCED_LIQUIDATION: "期货公司未按合同约定的方式通知追加保证金即强行平仓，请求赔偿损失。",
    Cause.FUTURES_BROKERAGE: "居间人承诺保本并代客操作，申请人请求期货公司承担相应的赔偿责任。",
    Cause.FUND: "销售机构未对申请人进行风险测评即推介高风险基金，请求赔偿本金损失。",
    Cause.PRIVATE_FUND: "管理人未按合同约定的投向使用基金财产且逾期未清算，请求返还投资款。",
    Cause.BOND: "公司债券到期未能兑付本息，请求发行人支付本息并由承销机构承担连带责任。",
    Cause.ADVISORY: "投资顾问以承诺收益招揽客户，申请人请求退还服务费。",
    Cause.CLIENT_FUNDS: "资金账户发生未经授权的银证转账，请求证券公司赔偿。",
    Cause.WEALTH: "受托理财合同约定保底收益，到期未返还本金。",
    Cause.MANIPULATION: "行为人连续交易操纵股价，申请人在操纵期间买入受损，请求赔偿。",
    Cause.INSIDER_TRADING: "行为人在内幕信息公开前卖出股票，申请人同期买入，请求赔偿差价损失。",
    Cause.CUSTODY: "转托管手续迟延，申请人请求赔偿因此产生的损失。",
    Cause.UNDERWRITING: "承销协议解除后，双方对已发生的承销费用如何负担发生争议。",
    Cause.DERIVATIVES: "收益互换合约提前终止，双方对终止净额的计算发生争议。",
}

NAMES = [
    "周文博",
    "吴雅琴",
    "郑海涛",
    "王秀兰",
    "冯国强",
    "陈丽萍",
    "褚天佑",
    "卫东升",
    "蒋思源",
    "沈佳宁",
    "韩志远",
    "杨慧敏",
    "朱永康",
    "秦若兰",
    "尤俊杰",
    "许建华",
    "何雨桐",
    "吕金生",
    "施美华",
    "孔令辉",
    "曹玉珍",
    "严正平",
    "华雪莲",
    "金成宇",
    "魏淑芬",
    "陶景明",
    "姜爱国",
    "戚小云",
    "谢春华",
    "邹立军",
]


def _company(name: str, code: str, institution: Institution = Institution.NONE) -> Person:
    return Person(
        f"{name}（演示）", PartyKind.COMPANY, IdentityKind.CREDIT_CODE, code, "02150000000", institution=institution
    )


def demonstration() -> list[Plot]:
    """Return the plots, each with how long it then rests, so that some clocks are nearly due and some have passed."""
    cast = accounts()
    zhang, li, chan = cast["investor.zhang"], cast["investor.li"], cast["investor.chan"]
    huaxin, hengtai, jinsui = cast["company.huaxin"], cast["broker.hengtai"], cast["futures.jinsui"]
    fund = _company("鼎元基金管理有限公司", "91310115MJ00010450")
    adviser = _company("远见投资顾问有限公司", "91310115MJ00010537")
    people = [investor(name, serial) for serial, name in enumerate(NAMES, start=1)]
    who = iter(people * 3)
    day = 24.0

    def case(
        track: Track,
        cause: Cause,
        amount: int,
        against: Person,
        steps: list[Step],
        rest: float,
        *,
        by: Person | None = None,
        **more: Any,
    ) -> Plot:
        applicants = [by or next(who)]
        return Plot(
            track, cause, amount * 100, applicants, [against], NARRATIVES[cause], steps, rest_hours=rest, **more
        )

    a, b, c, d = Track.DELEGATED, Track.ENTRUSTED, Track.DIRECT, Track.OFFLINE
    tel = Source.HOTLINE_12386
    net = Source.ONLINE_NET
    return [
        # Track A: before docketing.
        case(a, Cause.MISSTATEMENT, 186_000, huaxin, FILE, 5, by=zhang),
        case(a, Cause.MISSTATEMENT, 42_300, huaxin, FILE, 30),
        case(a, Cause.BROKERAGE, 15_800, hengtai, FILE, 6 * day),
        case(a, Cause.FUND, 300_000, fund, FILE, 2 * day, source=Source.COURT_GUIDED),
        case(a, Cause.MANIPULATION, 88_000, huaxin, [*FILE, s(5, "return")], 3 * day),
        case(a, Cause.INSIDER_TRADING, 56_000, huaxin, [*FILE, s(30, "withdraw")], 12 * day),
        case(a, Cause.MARGIN, 240_000, hengtai, ASKED, 2 * day),
        case(a, Cause.MISSTATEMENT, 77_000, huaxin, ASKED, 20 * day),
        case(a, Cause.MISSTATEMENT, 69_500, huaxin, [*ASKED, s(20, "refuse")], day, source=Source.COURT_GUIDED),
        case(a, Cause.MISSTATEMENT, 129_000, huaxin, AGREED, day, by=li),
        case(a, Cause.BOND, 1_000_000, huaxin, CHOSEN, 10),
        case(
            a,
            Cause.FUTURES_BROKERAGE,
            260_000,
            jinsui,
            [*ASKED, s(26, "proceed")],
            4 * day,
            organisation="cfa",
            mediator="cfa-1",
        ),
        case(a, Cause.MISSTATEMENT, 34_000, huaxin, DELEGATED, 8),
        case(a, Cause.MISSTATEMENT, 58_200, huaxin, DELEGATED, 5 * day),
        case(a, Cause.BROKERAGE, 21_000, hengtai, DELEGATED, 6 * day, organisation="shsa", mediator="shsa-1"),
        case(a, Cause.MISSTATEMENT, 91_000, huaxin, DELEGATED, 15 * day),
        case(a, Cause.DERIVATIVES, 5_600_000, hengtai, [*DELEGATED, s(30, "decline")], day),
        case(a, Cause.MISSTATEMENT, 118_000, huaxin, ACCEPTED, day),
        case(a, Cause.FUND, 64_000, fund, ACCEPTED, 6 * day),
        case(a, Cause.MISSTATEMENT, 47_000, huaxin, PREPARED, 2 * day, by=chan),
        case(a, Cause.MISSTATEMENT, 203_000, huaxin, TALKING, 4 * day, by=li),
        case(a, Cause.MISSTATEMENT, 134_000, huaxin, DRAFTED, 2 * day, by=zhang),
        case(a, Cause.BROKERAGE, 18_400, hengtai, [*MEDIATING, s(24, "extend", days=20)], 3 * day),
        case(a, Cause.MISSTATEMENT, 76_000, huaxin, MEDIATING, 21.5 * day),
        case(a, Cause.MISSTATEMENT, 82_000, huaxin, MEDIATING, 60 * day),
        case(a, Cause.PRIVATE_FUND, 1_500_000, fund, [*MEDIATING, s(30, "suspend")], 6 * day),
        case(a, Cause.WEALTH, 500_000, adviser, [*MEDIATING, s(30, "suspend", ground="SUSPICION")], 2 * day),
        case(a, Cause.MISSTATEMENT, 99_000, huaxin, DRAWN_UP, day, by=zhang),
        case(a, Cause.CLIENT_FUNDS, 36_000, hengtai, [*SIGNING, s(5, "sign", parties=1)], day),
        case(a, Cause.MISSTATEMENT, 153_000, huaxin, SETTLED, day),
        case(a, Cause.MISSTATEMENT, 61_000, huaxin, COMPLETE, 27 * day),
        case(a, Cause.BROKERAGE, 27_000, hengtai, COMPLETE, 45 * day),
        case(a, Cause.MISSTATEMENT, 172_000, huaxin, SOUGHT, day, by=zhang),
        case(a, Cause.MISSTATEMENT, 54_000, huaxin, SOUGHT, 6 * day),
        case(a, Cause.MISSTATEMENT, 87_000, huaxin, REVIEW, 10 * day),
        case(a, Cause.MISSTATEMENT, 66_000, huaxin, [*REVIEW, s(96, "reject_confirmation")], 3 * day),
        case(a, Cause.MISSTATEMENT, 141_000, huaxin, CONFIRMED, 3 * day, by=li),
        case(a, Cause.FUND, 72_000, fund, [*CONFIRMED, s(240, "perform")], 5 * day),
        case(a, Cause.MISSTATEMENT, 39_000, huaxin, [*CONFIRMED, s(1600, "enforce")], 2 * day),
        case(a, Cause.MISSTATEMENT, 108_000, huaxin, FAILED, day),
        case(a, Cause.BOND, 800_000, huaxin, FAILED, 12 * day),
        case(a, Cause.MISSTATEMENT, 92_500, huaxin, [*FAILED, s(30, "docket")], 4 * day),
        case(a, Cause.MISSTATEMENT, 44_000, huaxin, [*MEDIATING, s(20, "stop"), s(40, "docket")], 9 * day),
        case(a, Cause.MISSTATEMENT, 210_000, huaxin, [*BY_INSTALMENTS, s(240, "pay", place=0)], 14 * day),
        case(a, Cause.MISSTATEMENT, 260_000, huaxin, [*PARTLY, s(20, "complete")], 2 * day),
        # Track B: after docketing.
        case(b, Cause.MISSTATEMENT, 260_000, huaxin, entrusted("（2026）沪74民初9001号"), day),
        case(b, Cause.MISSTATEMENT, 315_000, huaxin, [*entrusted("（2026）沪74民初9002号"), *DELEGATED[1:]], 2 * day),
        case(
            b,
            Cause.BROKERAGE,
            28_000,
            hengtai,
            [*entrusted("（2026）沪74民初9003号", "SUMMARY"), *MEDIATING[1:]],
            2 * day,
        ),
        case(b, Cause.BOND, 2_000_000, huaxin, entrusted_complete("（2026）沪74民初9004号"), day),
        case(
            b,
            Cause.MISSTATEMENT,
            440_000,
            huaxin,
            [*entrusted_complete("（2026）沪74民初9005号"), s(26, "seek_decree")],
            2 * day,
        ),
        case(
            b,
            Cause.MISSTATEMENT,
            380_000,
            huaxin,
            [
                *entrusted_complete("（2026）沪74民初9006号"),
                s(26, "seek_decree"),
                s(72, "issue_decree"),
                s(20, "receive_decree", parties=1),
            ],
            day,
        ),
        case(
            b,
            Cause.UNDERWRITING,
            3_600_000,
            hengtai,
            [
                *entrusted_complete("（2026）沪74民初9007号"),
                s(26, "seek_decree"),
                s(72, "issue_decree"),
                s(20, "receive_decree"),
            ],
            8 * day,
            by=huaxin,
        ),
        case(
            b,
            Cause.MISSTATEMENT,
            120_000,
            huaxin,
            [*entrusted("（2026）沪74民初9008号"), *FAILED[1:], s(20, "resume_trial")],
            6 * day,
        ),
        # Track C: straight to an organisation.
        case(c, Cause.BROKERAGE, 12_600, hengtai, APPLY, 6, source=net, by=zhang),
        case(c, Cause.ADVISORY, 9_800, adviser, APPLY, 3 * day, source=tel, organisation="shsa", mediator="shsa-1"),
        case(
            c,
            Cause.FORCED_LIQUIDATION,
            175_000,
            jinsui,
            [*APPLY, s(40, "decline")],
            4 * day,
            source=net,
            organisation="cfa",
            mediator="cfa-1",
        ),
        case(c, Cause.MARGIN, 95_000, hengtai, DIRECT_ACCEPTED, day, source=net),
        case(c, Cause.BROKERAGE, 33_000, hengtai, DIRECT_MEDIATING, 5 * day, source=tel, by=li),
        case(c, Cause.FUND, 51_000, fund, DIRECT_COMPLETE, 3 * day, source=net),
        case(c, Cause.CLIENT_FUNDS, 24_000, hengtai, [*DIRECT_COMPLETE, s(60, "perform")], 6 * day, source=tel),
        case(c, Cause.BROKERAGE, 47_500, hengtai, [*DIRECT_COMPLETE, s(40, "seek_confirmation")], day, source=net),
        case(c, Cause.MARGIN, 130_000, hengtai, [*DIRECT_MEDIATING, s(50, "conclude")], 3 * day, source=net),
        case(
            c,
            Cause.FUTURES_BROKERAGE,
            88_000,
            jinsui,
            [*DIRECT_MEDIATING, s(50, "conclude"), s(30, "seek_docketing")],
            day,
            source=net,
            organisation="cfa",
            mediator="cfa-1",
        ),
        # Track D: settled off line.
        case(d, Cause.BROKERAGE, 19_500, hengtai, OFFLINE_AT_COURT[:1], 2 * day, source=Source.OFFLINE),
        case(d, Cause.MARGIN, 38_000, hengtai, OFFLINE_AT_COURT, 4 * day, source=Source.OFFLINE),
        case(d, Cause.BROKERAGE, 16_000, hengtai, OFFLINE, 2 * day, source=Source.OFFLINE),
        case(d, Cause.FUND, 45_000, fund, [*OFFLINE, s(48, "seek_confirmation")], day, source=Source.OFFLINE),
        case(
            d,
            Cause.CUSTODY,
            8_000,
            hengtai,
            [
                *OFFLINE,
                s(48, "seek_confirmation"),
                s(26, "accept_confirmation"),
                s(72, "confirm"),
                s(20, "receive_ruling"),
            ],
            9 * day,
            source=Source.OFFLINE,
        ),
    ]


OUTCOMES: dict[str, dict[str, list[Step]]] = {
    "delegated": {
        "confirmed": CONFIRMED,
        "docketed": [*FAILED, s(30, "docket")],
        "declined": [
            *DELEGATED,
            s(30, "decline"),
            s(26, "delegate", organisation="shsa", mediator="shsa-1"),
            *CONFIRMED[5:],
        ],
        "silent": [
            *DELEGATED,
            s(400, "silence"),
            s(6, "delegate", organisation="shsa", mediator="shsa-1"),
            *CONFIRMED[5:],
        ],
        "entrusted": [
            *FILE,
            s(3, "docket_and_entrust"),
            s(4, "consult"),
            s(20, "consent"),
            s(18, "choose"),
            s(6, "delegate"),
            s(26, "accept"),
            *FAILED[6:],
            s(20, "resume_trial"),
        ],
        "performed": [*COMPLETE, s(72, "perform")],
        "instalments": [*BY_INSTALMENTS, *[s(600, "pay", place=place) for place in range(3)]],
        "split": [*PARTLY, s(20, "complete"), *CONFIRMING, s(20, "end_rest")],
    },
    "entrusted": {
        "decree": [*entrusted_complete(""), s(26, "seek_decree"), s(72, "issue_decree"), s(20, "receive_decree")],
        "repudiated": [
            *entrusted_complete(""),
            s(26, "seek_decree"),
            s(72, "issue_decree"),
            s(10, "receive_decree", parties=1),
            s(10, "repudiate"),
        ],
        "resumed": [*entrusted(""), *FAILED[1:], s(20, "resume_trial")],
        "split": [
            *entrusted_complete("")[:-3],
            s(24, "propose", full=False),
            s(20, "sign"),
            s(4, "split"),
            s(8, "complete"),
            s(26, "seek_decree"),
            s(72, "issue_decree"),
            s(20, "receive_decree"),
            s(20, "end_rest", move="resume_trial"),
        ],
    },
    "direct": {
        "confirmed": [
            *DIRECT_COMPLETE,
            s(40, "seek_confirmation"),
            s(26, "accept_confirmation"),
            s(72, "confirm"),
            s(20, "receive_ruling"),
        ],
        "docketed": [*DIRECT_MEDIATING, s(50, "conclude"), s(30, "seek_docketing"), s(40, "docket")],
        "performed": [*DIRECT_COMPLETE, s(72, "perform")],
        "decree": [
            *DIRECT_COMPLETE,
            s(40, "seek_decree"),
            s(26, "docket_for_decree"),
            s(48, "issue_decree"),
            s(20, "receive_decree"),
        ],
        "silent": [*APPLY, s(400, "silence")],
    },
    "offline": {
        "confirmed": [
            *OFFLINE,
            s(48, "seek_confirmation"),
            s(26, "accept_confirmation"),
            s(72, "confirm"),
            s(20, "receive_ruling"),
        ],
        "performed": [*OFFLINE, s(72, "perform")],
        "court": [*OFFLINE_AT_COURT, *CONFIRMING],
        "disowned": [*OFFLINE_AT_COURT[:1], s(40, "disown")],
    },
}
"""What ``manage.py walk`` can tell: by track, by outcome; the first outcome of a track is the one told by default."""
