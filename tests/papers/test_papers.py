"""What each paper says of a real case, and why one cannot be made yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mediation.management.plots import (
    BY_INSTALMENTS,
    COMPLETE,
    DELEGATED,
    DIRECT_MEDIATING,
    FAILED,
    FILE,
    SOUGHT,
    entrusted,
    s,
)
from mediation.management.story import accounts, investor
from mediation.models import Case
from mediation.papers import PaperRefused, Unprintable, kinds_for, make, make_certificate
from mediation.papers.kinds import KINDS
from mediation.papers.wording import articles, by_law, glossed, solemn_day
from mediation.vocabulary import ListingStatus, PaperKind, State, Track
from mediation.workdays import local_day
from roster.models import Listing
from tests.papers.conftest import LATER, OPENED, REASSIGNED, Tell
from tests.papers.reading import boxes, picture, words

K = PaperKind
RETURNED = [*FILE[:1], s(2, "return")]
CONSULTING = DELEGATED[:2]
RESUMED = [*entrusted("（2026）沪74民初9008号"), *FAILED[1:], s(20, "resume_trial")]
DOCKETED = [*FAILED, s(30, "docket")]

SAID: dict[PaperKind, tuple[list[Any], dict[str, Any], list[str]]] = {
    K.RECEIPT: (
        FILE[:1],
        {},
        ["案件材料收据", "2026年9月14日9时30分0秒", "诉讼时效", "收据核验码", "交易对账单.txt", "¥123,456.00"],
    ),
    K.COPY: (
        FILE[:1],
        {},
        ["调解申请副本", "2026年9月14日9时30分0秒", "诉讼时效", "核验码", "SHA-256", "同意在线方式", "¥123,456.00"],
    ),
    K.RETURN: (RETURNED, {}, ["退回通知书", "不属于人民法院受案范围", "12386", "《人民法院在线调解规则》第九条"]),
    K.NOTIFICATION: (
        CONSULTING,
        {},
        ["调解告知书", "虚假调解", "《在线调解规则》第十七条", "第二百零五条", "三十日", "五个工作日", "签名或者盖章"],
    ),
    K.CONSULTATION: (
        CONSULTING,
        {},
        ["征求调解意见书", "同意先行调解", "□不同意", "第九十条", "9月20日为调休补班日"],
    ),
    K.DELEGATION: (
        DELEGATED,
        {},
        ["委派调解函", "第四部分（五）第三款", "五个工作日", "三十日", "当事人共同选定", "至2026年9月21日届满"],
    ),
    K.ENTRUSTMENT: (
        RESUMED,
        {"track": Track.ENTRUSTED},
        ["委托调解函", "（2026）沪74民初9008号", "普通程序", "十五日", "最长三十日", "调解书"],
    ),
    K.HANDOVER: (DELEGATED, {}, ["材料移送清单", "交易对账单.txt", "交易记录", "SHA-256", "第二十四条"]),
    K.REASSIGNMENT: (
        [*DELEGATED, *REASSIGNED],
        {},
        ["重新指派通知书", "中证中小投资者服务中心", "没有接受", "上海市证券同业公会", "第十四条"],
    ),
    K.RESUMPTION: (
        RESUMED,
        {"track": Track.ENTRUSTED},
        ["恢复审理通知书", "分歧较大", "第二十一条第三项", "无争议"],
    ),
    K.DOCKETING: (
        DOCKETED,
        {},
        ["立案移送表", "民初", "分歧较大", "经三次调解", "没有争议", "共七日", "第一百二十六条"],
    ),
    K.CONFIRMATION_APPLICATION: (
        SOUGHT,
        {},
        [
            "司法确认申请书",
            "于2026年9月23日达成的调解协议有效",
            "三十日内共同提出",
            "邀请调解组织开展先行调解的人民法院",
        ],
    ),
    K.MEDIATION_PROOF: (
        COMPLETE,
        {},
        ["主持调解证明", "调解员王守信", "同时在线音视频", "第三百五十四条", "协议校验值"],
    ),
    K.PERFORMANCE: (
        [*BY_INSTALMENTS, s(240, "pay", place=0)],
        {},
        ["调解协议履行情况表", "约定支付总额¥86,419.20", "已经确认收到¥28,806.00", "尚未支付¥57,613.20", "未到期"],
    ),
}


@pytest.mark.parametrize("kind", SAID)
def test_a_paper_says_what_the_law_wants_said(tell: Tell, kind: PaperKind) -> None:
    steps, more, wanted = SAID[kind]
    case = tell(steps, **more)

    paper = make(kind, case, LATER)

    picture(paper.content, kind.lower())
    said = words(paper.content)
    assert [one for one in ["上海金融法院", "张晓慧", *wanted] if one not in said] == []
    assert accounts()["investor.zhang"].identity_number not in said
    assert paper.filename.startswith(kind.label)
    assert max(right for _left, right in boxes(paper.content)) < 595.3 - 73.7 + 8


def test_every_kind_of_paper_of_a_case_is_tried_here() -> None:
    assert set(SAID) == set(KINDS) == set(K) - {K.ORGANISATION_CERTIFICATE, K.MEDIATOR_CERTIFICATE}


def test_a_paper_is_dated_the_day_of_its_entry_however_late_it_is_taken(tell: Tell) -> None:
    case = tell(DELEGATED)

    first, again = (make(K.DELEGATION, case, at) for at in (LATER, LATER + timedelta(days=400)))

    assert first.sha256 == again.sha256
    assert "二〇二六年九月十五日" in words(first.content)


def test_both_platforms_print_the_same_letter(tell: Tell) -> None:
    court = tell(DELEGATED)
    net = Case.objects.get(ref=court.ref, platform="investornet")

    letters = {kind: {make(kind, copy, LATER).sha256 for copy in (court, net)} for kind in (K.DELEGATION, K.HANDOVER)}

    assert {kind: len(found) for kind, found in letters.items()} == {K.DELEGATION: 1, K.HANDOVER: 1}


def test_identity_numbers_are_masked(tell: Tell) -> None:
    said = words(make(K.DELEGATION, tell(DELEGATED), LATER).content)

    number = accounts()["investor.zhang"].identity_number
    assert f"居民身份证{number[:3]}{'*' * 11}{number[-4:]}" in said


def test_the_letter_keeps_the_number_the_case_bore_then(tell: Tell) -> None:
    case = tell(DOCKETED)

    letter, form = (make(kind, case, LATER) for kind in (K.DELEGATION, K.DOCKETING))

    assert "诉前调" in letter.filename
    assert case.number in form.filename
    assert "诉前调" in words(form.content)


def test_a_letter_says_when_the_court_goes_on_with_one_consent(tell: Tell) -> None:
    case = tell([*CONSULTING, s(20, "proceed"), s(6, "delegate")])

    said = words(make(K.DELEGATION, case, LATER).content)

    assert "申请人同意调解" in said
    assert "当事人交由本院指定" in said


def test_after_silence_the_new_assignment_says_so(tell: Tell) -> None:
    silent = [s(400, "silence"), s(6, "delegate", organisation="shsa", mediator="shsa-1")]

    said = words(make(K.REASSIGNMENT, tell([*DELEGATED, *silent]), LATER).content)

    assert "在规定期限内没有答复" in said
    assert "不视为接受" in said


def test_a_case_that_became_entrusted_gives_the_letter_of_entrusting_only(tell: Tell) -> None:
    steps = [*FILE, s(3, "docket_and_entrust"), s(4, "consult"), s(20, "consent"), s(18, "choose"), s(6, "delegate")]
    case = tell(steps)

    offered = {kind.code: kind.why_not for kind in kinds_for(case, K, LATER)}

    assert offered[K.ENTRUSTMENT] == ""
    assert offered[K.DELEGATION] != ""


def test_what_cannot_be_made_says_why_and_is_refused(tell: Tell) -> None:
    case = tell(FILE[:1])

    offered = {kind.code: kind for kind in kinds_for(case, K, LATER)}

    assert {code for code, kind in offered.items() if not kind.why_not} == {K.RECEIPT, K.COPY, K.NOTIFICATION}
    for code, kind in offered.items():
        if kind.why_not:
            with pytest.raises(PaperRefused, match=kind.why_not):
                make(code, case, LATER)


def test_only_kinds_somebody_may_take_are_offered(tell: Tell) -> None:
    assert [kind.code for kind in kinds_for(tell(FILE[:1]), [K.RECEIPT], LATER)] == [K.RECEIPT]


def test_a_direct_application_gives_a_receipt_of_the_organisation_and_nothing_of_a_court(tell: Tell) -> None:
    case = tell([s(0, "apply")], track=Track.DIRECT, on="investornet")

    offered = {kind.code: kind.why_not for kind in kinds_for(case, K, LATER)}

    assert [code for code, why in offered.items() if not why] == [K.RECEIPT, K.COPY]
    assert "中证中小投资者服务中心" in words(make(K.RECEIPT, case, LATER).content)


def test_a_failed_case_can_be_summed_up_before_it_is_docketed(tell: Tell) -> None:
    case = tell(FAILED)

    said = words(make(K.DOCKETING, case, LATER).content)

    assert case.state == State.HANDED_BACK
    assert "待立案" in said


def test_a_direct_case_whose_parties_want_it_docketed_is_summed_up_for_the_court(tell: Tell) -> None:
    case = tell([*DIRECT_MEDIATING, s(50, "conclude"), s(30, "seek_docketing")], track=Track.DIRECT)

    said = words(make(K.DOCKETING, case, LATER).content)

    assert "分歧较大且难以达成协议；当事人请求转立案" in said
    assert "中证中小投资者服务中心" in said


def test_sixty_applicants_stand_in_the_letter_each(tell: Tell) -> None:
    crowd = [investor(f"申请{number}号", number) for number in range(1, 61)]
    case = tell(FILE[:1], applicants=crowd)

    paper = make(K.NOTIFICATION, case, LATER)

    assert all(f"申请{number}号" in words(paper.content) for number in range(1, 61))
    assert "等61人" in words(paper.content)


def test_a_rare_name_stops_every_paper_of_the_case_until_a_substitute_is_given(tell: Tell) -> None:
    rare = replace(accounts()["investor.zhang"], name="张\U0010fffd")
    case = tell(FILE[:1], applicants=[rare])

    with pytest.raises(Unprintable, match="U\\+10FFFD"):
        make(K.NOTIFICATION, case, LATER)
    paper = make(K.NOTIFICATION, case, LATER, spellings={"\U0010fffd": "某"})

    assert "张某" in words(paper.content)


def test_hostile_texts_are_printed_as_they_stand(tell: Tell) -> None:
    hostile = '#read("/etc/passwd") \\ $x$ #panic()'
    case = tell(FAILED, narrative=hostile)

    said = words(make(K.DOCKETING, case, LATER).content)

    assert '#read("/etc/passwd")\\$x$#panic()' in said


# Certificates.


def entry(**which: Any) -> Listing:
    return Listing.objects.filter(platform="courtplatform", court="沪74", **which).order_by("pk")[0]


def test_certificates_say_whose_they_are_and_until_when(tell: Tell) -> None:
    tell(FILE[:1])
    organisation, mediator = entry(organisation__isnull=False), entry(mediator__isnull=False)
    organisation.expires_on, organisation.verification_code = local_day(LATER), "7KQ2-M4XZ"

    first, second = (make_certificate(one, LATER) for one in (organisation, mediator))

    picture(first.content, "organisation-certificate")
    picture(second.content, "mediator-certificate")
    assert "特邀调解组织证书" in words(first.content)
    assert "至2026年11月20日" in words(first.content)
    assert "核验码：7KQ2-M4XZ" in words(first.content)
    assert organisation.certificate_number in words(first.content)
    assert "推荐" in words(second.content)
    assert (first.pages, second.pages) == (1, 1)


@pytest.mark.parametrize("status", [status for status in ListingStatus if status != ListingStatus.LISTED])
def test_an_entry_that_is_not_in_force_has_no_certificate(tell: Tell, status: ListingStatus) -> None:
    tell(FILE[:1])
    listed = entry(organisation__isnull=False)
    listing = Listing(
        platform=listed.platform,
        court=listed.court,
        organisation=listed.organisation,
        status=status.value,
        listed_on=listed.listed_on,
    )

    with pytest.raises(PaperRefused):
        make_certificate(listing, LATER)


def test_a_certificate_past_its_term_is_not_made_again(tell: Tell) -> None:
    tell(FILE[:1])
    listing = entry(organisation__isnull=False)
    listing.expires_on = local_day(OPENED)

    with pytest.raises(PaperRefused):
        make_certificate(listing, LATER)


# Wording.


def test_days_are_written_in_chinese_numerals() -> None:
    assert solemn_day(local_day(LATER)) == "二〇二六年十一月二十日"


def test_articles_of_one_instrument_are_cited_under_one_name() -> None:
    on = local_day(LATER)

    assert articles(["ZX-10", "ZX-14"], on) == "《人民法院在线调解规则》第十条、第十四条"
    assert by_law(["CPL-61", "CPL-62"], on) == "（《民事诉讼法》（2023年修正）第六十一条、第六十二条）"
    assert glossed([by_law(["CPL-61"], on)]) == "注：《民事诉讼法》指《中华人民共和国民事诉讼法》。"
    assert glossed(["没有引用"]) == ""
