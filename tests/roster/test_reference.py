import re
from collections import Counter
from datetime import date

import pytest

from mediation.vocabulary import (
    Cause,
    CourtKind,
    CourtLevel,
    IdentityKind,
    ListingStatus,
    OrganisationKind,
    Role,
    UnitKind,
)
from roster import demonstration, queries, reference
from roster.identity import check_identity
from roster.models import Account, Court, Listing, Mediator, Organisation, Post, Unit

DAY = date(2021, 9, 1)
PLATFORMS = ("courtplatform", "investornet")


@pytest.fixture
def loaded(db):
    return reference.load(PLATFORMS)


@pytest.mark.parametrize(
    ("table", "key"), [("courts", "code"), ("courts", "name"), ("units", "code"), ("organisations", "slug"),
                       ("organisations", "credit_code"), ("mediators", "slug"), ("mediators", "licence_number")]
)  # fmt: skip
def test_names_and_codes_are_unique(table, key):
    repeated = [value for value, count in Counter(row[key] for row in reference.rows(table)).items() if count > 1]

    assert repeated == []


def test_court_codes_follow_the_grammar_of_their_level():
    shapes = {"SUPREME": r"最高法", "HIGH": r".", "INTERMEDIATE": r".\d\d", "SPECIAL": r".\d\d", "BASIC": r".\d{4}"}

    wrong = [row["code"] for row in reference.rows("courts") if not re.fullmatch(shapes[row["level"]], row["code"])]

    assert wrong == []


def test_every_courts_parent_exists_and_stands_higher_in_the_same_province():
    courts = {row["code"]: row for row in reference.rows("courts")}
    order = [level.value for level in CourtLevel]

    for row in courts.values():
        if row["level"] != CourtLevel.SUPREME:
            parent = courts[row["parent"]]
            assert order.index(parent["level"]) < order.index(row["level"])
            assert parent["level"] == CourtLevel.SUPREME or parent["province"] == row["province"]
        assert set(row["kinds"].split()) <= set(CourtKind.__members__)


def test_the_courts_the_law_names_are_there():
    rows = reference.rows("courts")
    of_level = Counter(row["level"] for row in rows)
    financial = {row["code"] for row in rows if "FINANCIAL" in row["kinds"].split()}
    provinces = {row["province"] for row in rows if "CAPITAL" in row["kinds"].split()}
    planned = {row["code"] for row in rows if "PLANNED_CITY" in row["kinds"].split()}

    assert (of_level["SUPREME"], of_level["HIGH"]) == (1, 33)
    assert financial == {"沪74", "京74", "渝87"}
    assert len(provinces) == 31
    assert planned == {"辽02", "鲁02", "浙02", "闽02", "粤03"}


def test_the_regulators_units_are_there():
    kinds = Counter(row["kind"] for row in reference.rows("units"))

    assert kinds[UnitKind.BUREAU] == 36
    assert kinds[UnitKind.EXCHANGE] == 8
    assert kinds[UnitKind.ASSOCIATION] == 4


def test_organisations_and_mediators_use_known_codes_and_valid_checksums():
    units = {row["code"] for row in reference.rows("units")}
    organisations = {row["slug"]: row for row in reference.rows("organisations")}

    for row in organisations.values():
        assert check_identity(IdentityKind.CREDIT_CODE, row["credit_code"], on=DAY).number == row["credit_code"]
        assert row["unit"] in units | {""}
        assert row["kind"] in OrganisationKind.__members__
        assert set(row["causes"].split()) <= set(Cause.__members__)
    members = Counter(row["organisation"] for row in reference.rows("mediators"))
    assert members.keys() == organisations.keys()
    assert set(members.values()) <= {2, 3, 4, 5}
    for row in reference.rows("mediators"):
        taken = set(organisations[row["organisation"]]["causes"].split()) or set(Cause.__members__)
        assert set(row["causes"].split()) <= taken


@pytest.mark.parametrize("table", ["organisations", "mediators"])
def test_a_language_that_the_vocabulary_does_not_have_is_not_loaded(db, monkeypatch, table):
    shipped = {name: reference.rows(name) for name in ("organisations", "mediators")}
    shipped[table][3]["languages"] = "zh xx"
    read = reference.rows
    monkeypatch.setattr(reference, "rows", lambda name: shipped.get(name) or read(name))

    with pytest.raises(ValueError, match="'xx' is not a valid Language"):
        reference.load(PLATFORMS)

    assert not Organisation.objects.exists()


def test_every_listing_names_an_existing_court_and_organisation():
    courts = {row["code"] for row in reference.rows("courts")}
    organisations = {row["slug"] for row in reference.rows("organisations")}

    for row in reference.rows("listings"):
        assert row["court"] in courts
        assert row["organisation"] in organisations
        assert row["status"] in ListingStatus.__members__


def test_financial_and_main_intermediate_courts_have_three_organisations_to_choose_from():
    choice = Counter(row["court"] for row in reference.rows("listings"))

    poor = [
        row["code"]
        for row in reference.rows("courts")
        if (row["kinds"] and row["level"] in ("SPECIAL", "INTERMEDIATE")) and choice[row["code"]] < 3
    ]

    assert poor == []


def test_loading_twice_changes_nothing_and_undoes_nobodys_work(loaded):
    Organisation.objects.filter(platform="investornet").update(phone="edited")
    before = {model: model.objects.count() for model in (Court, Unit, Organisation, Mediator, Listing)}

    again = reference.load(PLATFORMS)

    assert again == loaded
    assert {model: model.objects.count() for model in before} == before
    assert before[Organisation] == loaded["organisations"]
    assert before[Listing] == loaded["listings"]
    assert set(Organisation.objects.filter(platform="investornet").values_list("phone", flat=True)) == {"edited"}


def test_both_platforms_know_the_same_references(loaded):
    court, net = (set(Organisation.objects.filter(platform=code).values_list("ref", flat=True)) for code in PLATFORMS)

    assert court == net
    assert reference.ref("organisation", "isc") in court


def test_loaded_roster_answers_who_may_be_chosen_at_a_court(loaded, django_assert_max_num_queries):
    isc = reference.ref("organisation", "isc")

    with django_assert_max_num_queries(4):
        names = [found.name for found in queries.listed("investornet", "沪74", DAY)]
        members = list(queries.listed_mediators("investornet", "沪74", DAY).filter(organisation=isc))
        courts = list(queries.inviting_courts("investornet", isc, DAY))

    assert "中证中小投资者服务中心" in names
    assert len(members) == 5
    assert "沪74" in {court.code for court in courts}
    assert not queries.is_listed("investornet", "渝87", isc, DAY)


@pytest.mark.django_db
def test_demo_accounts_have_every_role_and_stay_as_they_are_when_loaded_again(at):
    demonstration.load_demo_accounts(PLATFORMS, at)
    Account.objects.filter(login="clerk.sh74").update(name="改名")
    accounts, posts = Account.objects.count(), Post.objects.count()

    demonstration.load_demo_accounts(PLATFORMS, at)

    held = set(Post.objects.values_list("role", flat=True))
    assert set(Role.__members__) - held == {"PARTY", "AGENT", "OUTSIDER", "CLOCK", "PLATFORM"}
    assert (Account.objects.count(), Post.objects.count()) == (accounts, posts)
    assert Account.objects.get(login="clerk.sh74").name == "改名"
    assert Account.objects.get(login="mediator.wang").check_password(demonstration.PASSWORD)


@pytest.mark.django_db
def test_a_deployment_of_one_platform_has_no_demo_staff_of_the_other(at):
    demonstration.load_demo_accounts(["investornet"], at)

    assert not Account.objects.filter(login="clerk.sh74").exists()
    assert set(Post.objects.values_list("platform", flat=True)) == {"investornet"}
    assert Account.objects.get(login="investor.zhang").identity_verified_at == at


def test_demo_accounts_point_at_existing_rows_and_carry_valid_invented_numbers():
    courts = {row["code"] for row in reference.rows("courts")}
    units = {row["code"] for row in reference.rows("units")}
    names = {row["slug"]: row["name"] for row in reference.rows("mediators")}
    homes = {row["slug"]: row["organisation"] for row in reference.rows("mediators")}

    for row in reference.rows("accounts"):
        assert row["court"] in courts | {""}
        assert row["unit"] in units | {""}
        assert row["try"]
        if row["mediator"]:
            assert (names[row["mediator"]], homes[row["mediator"]]) == (row["name"], row["organisation"])
        if row["identity_kind"]:
            identity = check_identity(row["identity_kind"], row["identity_number"], on=DAY)
            assert identity.number == row["identity_number"]
            # Sequence number 000 is never issued.
            assert row["identity_kind"] != IdentityKind.RESIDENT or row["identity_number"][14:17] == "000"
