from datetime import date, timedelta
from uuid import uuid4

import pytest

from mediation.vocabulary import ListingStatus, OrganisationKind, Role
from roster import publication, queries, reference
from roster.models import Listing, Mediator, Organisation, Post, PublicEntry
from roster.queries import Wanted

COURT, DAY = "沪74", date(2022, 3, 1)


@pytest.fixture
def organisation(db):
    def make(name="某调解中心", *, platform="p", listed=True, **columns):
        made = Organisation.objects.create(
            platform=platform, name=name, kind=OrganisationKind.INDUSTRY.value, credit_code="x", **columns
        )
        if listed:
            entry(made)
        return made

    return make


def entry(organisation, **columns):
    columns = {"court": COURT, "status": ListingStatus.LISTED.value, "listed_on": date(2021, 9, 1)} | columns
    return Listing.objects.create(platform=organisation.platform, organisation=organisation.ref, **columns)


def test_courts_stand_in_the_order_of_the_provinces_the_supreme_one_first_and_the_corps_last(db):
    reference.load(["p"])

    codes = [court.code for court in queries.courts()]
    high = [court.code for court in queries.courts().filter(level="HIGH")]

    assert codes[0] == "最高法"
    assert high[:5] == ["京", "津", "冀", "晋", "内"]
    assert (high[-3:], codes[-2:]) == (["新", "军", "兵"], ["军", "兵"])
    assert codes.index("京74") < codes.index("津") < codes.index("沪74") < codes.index("粤03")


def test_listed_organisations_are_those_in_force_on_the_day(organisation):
    inside = organisation("在册")
    entry(organisation("当日到期", listed=False), expires_on=DAY)
    entry(organisation("已到期", listed=False), expires_on=DAY - timedelta(days=1))
    entry(organisation("未开始", listed=False), listed_on=DAY + timedelta(days=1))
    entry(organisation("外院", listed=False), court="京74")
    organisation("停业", active=False)
    organisation("对方平台", platform="q")

    names = {found.name for found in queries.listed("p", COURT, DAY)}

    assert names == {"在册", "当日到期"}
    assert queries.is_listed("p", COURT, inside.ref, DAY)
    assert queries.is_listed("p", COURT, str(inside.ref), DAY)
    assert not queries.is_listed("q", COURT, inside.ref, DAY)


@pytest.mark.parametrize("status", [status for status in ListingStatus if status is not ListingStatus.LISTED])
def test_an_entry_of_any_other_standing_is_not_listed(organisation, status):
    made = organisation(listed=False)
    entry(made, status=status.value)

    assert not queries.is_listed("p", COURT, made.ref, DAY)


@pytest.mark.django_db
@pytest.mark.parametrize("ref", ["", "nonsense", "1" * 40, "'; DROP TABLE roster_listing; --", "\x00"])
def test_a_malformed_reference_is_nobodys(ref):
    assert queries.organisation("p", ref) is None
    assert queries.mediator("p", ref) is None
    assert not queries.is_listed("p", COURT, ref, DAY)
    assert list(queries.mediators_of("p", ref)) == []
    assert list(queries.inviting_courts("p", ref, DAY)) == []


def test_mediators_of_an_organisation_are_the_active_ones_by_name(organisation):
    made = organisation()
    for name, active in (("乙", True), ("丙", False), ("A", True)):
        Mediator.objects.create(platform="p", organisation=made.ref, name=name, active=active)
    Mediator.objects.create(platform="p", organisation=uuid4(), name="外人")

    names = [mediator.name for mediator in queries.mediators_of("p", made.ref)]

    assert names == ["A", "乙"]


def test_a_mediator_is_on_the_roster_by_an_entry_or_with_the_organisation_but_not_when_a_court_refused(organisation):
    def mediator(name, home, status=""):
        made = Mediator.objects.create(platform="p", organisation=home.ref, name=name)
        if status:
            columns = {"status": status, "listed_on": date(2021, 9, 1), "mediator": made.ref}
            Listing.objects.create(platform="p", court=COURT, **columns)

    home, stranger = organisation("在册"), organisation("未入册", listed=False)
    mediator("随组织", home)
    mediator("本人入册", stranger, ListingStatus.LISTED.value)
    mediator("不予列入", home, ListingStatus.REFUSED.value)
    mediator("暂停", home, ListingStatus.SUSPENDED.value)
    mediator("无人入册", stranger)

    publication.renew_all("p")
    found = queries.find_public_mediators("p", Wanted(), on=DAY)

    assert {one.name for one in found} == {"随组织", "本人入册"}
    assert queries.count_public_mediators("p", [home.ref, stranger.ref], DAY) == {home.ref: 1, stranger.ref: 1}


def test_public_roster_filters_by_court_region_cause_fee_and_words(organisation):
    organisation("全国", scope="证券纠纷")
    organisation("上海", regions=["31"], causes=["MISSTATEMENT"], scope="证券虚假陈述")
    entry(organisation("收费", listed=False, charges_fee=True, tariff="每件2000元", regions=["11"]), court="京74")
    organisation("无册", listed=False)
    organisation("停业", active=False)
    entry(organisation("到期", listed=False), expires_on=DAY - timedelta(days=1))
    publication.renew_all("p")

    def names(**wanted):
        return {found.name for found in queries.find_public("p", Wanted(**wanted), on=DAY)}

    assert names() == {"全国", "上海", "收费"}
    assert names(court=COURT) == {"全国", "上海"}
    assert names(region="31") == {"全国", "上海"}
    assert names(region="11") == {"全国", "收费"}
    assert names(cause="FUND") == {"全国", "收费"}
    assert names(cause="MISSTATEMENT", region="31") == {"全国", "上海"}
    assert names(fee=True) == {"收费"}
    assert names(text="证券 虚假") == {"上海"}
    assert {found.name for found in queries.working("p")} == {"全国", "上海", "收费", "无册", "到期"}
    assert {found.name for found in queries.working("p", "FUND")} == {"全国", "收费", "无册", "到期"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "filters",
    [{"region": "3"}, {"region": '"]'}, {"region": "٣١"}, {"cause": "X"}, {"court": "无此院"}, {"text": "%\x00_"}],
)
def test_public_roster_finds_nothing_for_junk(organisation, filters):
    organisation("全国")
    publication.renew_all("p")

    assert queries.find_public("p", Wanted(**filters), on=DAY) == []


def test_public_roster_is_walked_by_key_in_two_queries_and_one_for_the_key(organisation, django_assert_num_queries):
    for number in range(5):
        organisation(f"组织{number // 2}")
    publication.renew_all("p")
    wanted = Wanted(court=COURT, region="31", cause="BOND", fee=False, text="组织")

    with django_assert_num_queries(2):
        first = queries.find_public("p", wanted, on=DAY, most=3)
    with django_assert_num_queries(3):
        rest = queries.find_public("p", wanted, on=DAY, after=str(first[-1].ref))

    assert len(first) == 3
    assert sorted(one.name for one in first + rest) == ["组织0", "组织0", "组织1", "组织1", "组织2"]
    assert queries.find_public("p", wanted, on=DAY, after="nonsense", most=3) == first


def test_a_public_row_follows_file_and_entries_and_is_written_only_when_something_changed(organisation):
    made = organisation("甲中心", languages=["zh", "yue"], scope="ETF纠纷")
    led = Mediator.objects.create(platform="p", organisation=made.ref, name="乙")
    publication.renew_all("p")

    def shown(**wanted):
        return {one.name for one in queries.find_public("p", Wanted(**wanted), on=DAY)} | {
            one.name for one in queries.find_public_mediators("p", Wanted(**wanted), on=DAY)
        }

    assert shown() == {"甲中心", "乙"}
    assert shown(text="etf") == shown(language="yue") == {"甲中心"}

    held = Listing.objects.get(organisation=made.ref)
    Listing.objects.filter(pk=held.pk).update(status=ListingStatus.SUSPENDED.value)
    publication.follow("p", [held])

    assert shown() == set()

    Listing.objects.filter(pk=held.pk).update(status=ListingStatus.LISTED.value)
    Mediator.objects.filter(pk=led.pk).update(active=False)
    publication.follow("p", [held])
    rows = set(PublicEntry.objects.values_list("pk", flat=True))
    publication.follow("p", [led])

    assert shown() == {"甲中心"}
    assert set(PublicEntry.objects.values_list("pk", flat=True)) == rows


def test_posts_are_those_held_on_this_platform_at_this_instant(account, at):
    def post(**columns):
        columns = {"platform": "p", "role": Role.OPERATOR.value, "valid_from": at} | columns
        return Post.objects.create(account=account, **columns)

    current = post()
    post(valid_from=at + timedelta(seconds=1))
    post(valid_from=at - timedelta(days=9), valid_until=at)
    post(platform="q")

    assert list(queries.posts(account, "p", at)) == [current]
