from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from mediation.vocabulary import CourtKind, CourtLevel, IdentityKind, ListingStatus, OrganisationKind, Role
from roster.models import Account, Court, Listing, Organisation, Post
from roster.sealed import blind_index

NUMBER = "310101197801010003"


def identified(login, at=None, kind=IdentityKind.RESIDENT):
    return Account(
        login=login,
        name="张晓慧",
        phone="13800000001",
        identity_kind=kind.value,
        identity_number=NUMBER,
        identity_index=blind_index(NUMBER),
        identity_verified_at=at,
    )


def refused(row):
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        return True
    return False


@pytest.mark.django_db
def test_identity_and_phone_are_unreadable_in_the_table_and_readable_in_the_row(at):
    identified("zhang", at).save()

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM roster_account")
        stored = repr(cursor.fetchall())
    account = Account.objects.get(login="zhang")

    assert NUMBER not in stored
    assert "13800000001" not in stored
    assert (account.identity_number, account.phone) == (NUMBER, "13800000001")


def test_identity_never_shows_in_the_texts_of_an_account(at):
    account = identified("zhang", at)

    texts = repr(account) + str(account) + repr([account]) + repr({account.login: account})

    assert NUMBER not in texts
    assert "13800000001" not in texts


@pytest.mark.django_db
def test_two_accounts_cannot_be_verified_as_the_same_person(at):
    identified("zhang", at).save()

    assert refused(identified("zhang2", at))
    assert not refused(identified("claimant"))
    assert not refused(identified("namesake", at, IdentityKind.FOREIGN_REGISTER))


@pytest.mark.django_db
def test_nobody_is_verified_without_a_number(at):
    assert refused(Account(login="empty", name="无", identity_verified_at=at))


def test_only_a_superuser_passes_djangos_own_permission_checks():
    clerk, root = Account(login="clerk"), Account(login="root", is_superuser=True)
    gone = Account(login="gone", is_superuser=True, is_active=False)

    assert not clerk.has_perm("roster.change_account")
    assert not clerk.has_module_perms("roster")
    assert not clerk.is_staff
    assert root.has_perm("roster.change_account")
    assert not gone.has_perm("roster.change_account")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "role", [Role.CLERK, Role.JUDGE, Role.COURT_LEADER, Role.ORGANISATION, Role.MEDIATOR, Role.UNIT]
)
def test_a_post_whose_role_needs_a_scope_is_refused_without_it(account, at, role):
    assert refused(Post(account=account, platform="courtplatform", role=role.value, valid_from=at))


@pytest.mark.django_db
def test_a_post_cannot_end_before_it_begins(account, at):
    post = Post(
        account=account, platform="p", role=Role.OPERATOR.value, valid_from=at, valid_until=at - timedelta(days=1)
    )

    assert refused(post)


@pytest.mark.django_db
def test_an_entry_of_a_courts_roster_is_about_exactly_one_of_organisation_and_mediator():
    entry = {"platform": "p", "court": "沪74", "status": ListingStatus.LISTED.value, "listed_on": date(2022, 1, 1)}

    assert refused(Listing(**entry))
    assert refused(Listing(**entry, organisation=uuid4(), mediator=uuid4()))
    assert not refused(Listing(**entry, organisation=uuid4()))
    assert not refused(Listing(**entry, mediator=uuid4()))


@pytest.mark.django_db
def test_a_court_lists_an_organisation_once_on_each_platform():
    organisation = uuid4()
    entry = {"court": "沪74", "status": ListingStatus.LISTED.value, "listed_on": date(2022, 1, 1)}
    Listing.objects.create(platform="p", organisation=organisation, **entry)

    assert refused(Listing(platform="p", organisation=organisation, **entry))
    assert not refused(Listing(platform="q", organisation=organisation, **entry))


@pytest.mark.django_db
def test_a_listed_entry_has_its_day_and_no_term_ends_before_it_begins():
    entry = {"platform": "p", "court": "沪74", "status": ListingStatus.LISTED.value}

    assert refused(Listing(**entry, organisation=uuid4()))
    assert refused(Listing(**entry, organisation=uuid4(), listed_on=date(2022, 1, 2), expires_on=date(2022, 1, 1)))


@pytest.mark.django_db
def test_an_organisation_that_charges_must_publish_its_tariff():
    organisation = Organisation(
        platform="p", name="某商事调解中心", kind=OrganisationKind.COMMERCIAL.value, credit_code="x", charges_fee=True
    )

    assert refused(organisation)


@pytest.mark.django_db
def test_each_platform_has_its_own_copy_of_an_organisation():
    ref = uuid4()
    columns = {"ref": ref, "name": "某调解中心", "kind": OrganisationKind.INDUSTRY.value, "credit_code": "x"}
    Organisation.objects.create(platform="p", **columns)

    assert refused(Organisation(platform="p", **columns))
    assert not refused(Organisation(platform="q", **columns))


@pytest.mark.django_db
def test_every_court_but_the_supreme_one_stands_under_another():
    assert refused(Court(code="孤", name="孤院", level=CourtLevel.BASIC.value))
    assert refused(Court(code="上", name="上院", level=CourtLevel.SUPREME.value, parent="沪"))


def test_a_court_knows_on_what_ground_it_takes_securities_disputes():
    court = Court(code="沪74", kinds=["FINANCIAL"])

    assert court.has_kind(CourtKind.FINANCIAL)
    assert not court.has_kind(CourtKind.CAPITAL)
