"""Case numbers: grammar, and handing them out without gap or double."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from hypothesis import given
from hypothesis import strategies as st

from mediation.numbers import CODES, CaseNumber, CaseNumberError
from mediation.series import allocate


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("(2024)沪74民初245号", (2024, "沪74", "", "民初", 245, "")),
        ("（2024）粤0604诉前调确1716号", (2024, "粤0604", "", "诉前调确", 1716, "")),
        ("（２０２４）京７４民初１０号", (2024, "京74", "", "民初", 10, "")),
        ("(2021)最高法知民终1号", (2021, "最高法", "知", "民终", 1, "")),
        ("〔2019〕粤03民初2348号之一", (2019, "粤03", "", "民初", 2348, "之一")),
        (" ( 2026 ) 沪民终 3 号 ", (2026, "沪", "", "民终", 3, "")),
        ("(2022)渝87诉前调书9号", (2022, "渝87", "", "诉前调书", 9, "")),
        ("(2020)军0101民初1号", (2020, "军0101", "", "民初", 1, "")),
        ("(2023)内71民特2号", (2023, "内71", "", "民特", 2, "")),
    ],
)
def test_a_case_number_is_read_part_by_part(typed, parts):
    number = CaseNumber.parse(typed)

    assert (number.year, number.court, number.special, number.code, number.serial, number.suffix) == parts
    assert CaseNumber.parse(str(number)) == number


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "2024沪74民初245号",
        "(2024)沪74民初0245号",
        "(2024)沪74民初0号",
        "(2024)沪74民初号",
        "(2024)沪74民初1",
        "(1999)沪74民初1号",
        "(2024)沪7民初1号",
        "(2024)沪740民初1号",
        "(2024)沪74某某1号",
        "(2024)沪74民初-1号",
        "(2024)沪74民初1号; DROP",
        "(2024)74民初1号",
        "(2024)沪74民初" + "9" * 5_000 + "号",
    ],
)
def test_what_is_no_case_number_is_refused(typed):
    with pytest.raises(CaseNumberError, match="案号"):
        CaseNumber.parse(typed)


@given(
    st.integers(2000, 2099),
    st.sampled_from(["最高法", "沪", "沪74", "粤0604", "军", "兵01"]),
    st.sampled_from(["", "知", "行"]),
    st.sampled_from(CODES),
    st.integers(1, 999_999_999),
)
def test_every_case_number_reads_back_as_it_was_written(year, court, special, code, serial):
    number = CaseNumber(year, court, special, code, serial)

    assert CaseNumber.parse(str(number)) == number


@pytest.mark.django_db
def test_numbers_run_from_one_by_platform_court_year_and_code():
    first = [str(allocate("courtplatform", "沪74", 2026, "诉前调确")) for _ in range(3)]

    assert first == [f"（2026）沪74诉前调确{serial}号" for serial in (1, 2, 3)]
    assert allocate("courtplatform", "沪74", 2027, "诉前调确").serial == 1
    assert allocate("courtplatform", "京74", 2026, "诉前调确").serial == 1
    assert allocate("courtplatform", "沪74", 2026, "民初").serial == 1
    assert allocate("investornet", "沪74", 2026, "诉前调确").serial == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("court", "year", "code"), [("沪7", 2026, "民初"), ("沪74", 2026, "某"), ("沪74", 1926, "民初"), ("", 2026, "民初")]
)
def test_no_number_is_handed_out_that_could_not_be_read(court, year, code):
    with pytest.raises(CaseNumberError):
        allocate("courtplatform", court, year, code)


@pytest.mark.django_db(transaction=True)
def test_a_move_that_fails_gives_its_number_back():
    def fail() -> None:
        with transaction.atomic():
            assert allocate("courtplatform", "沪74", 2026, "民初").serial == 1
            raise LookupError

    with pytest.raises(LookupError):
        fail()

    with transaction.atomic():
        assert allocate("courtplatform", "沪74", 2026, "民初").serial == 1


@pytest.mark.django_db(transaction=True)
def test_no_number_outside_a_transaction():
    with pytest.raises(TransactionManagementError):
        allocate("courtplatform", "沪74", 2026, "民初")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_clerks_at_once_get_neither_gap_nor_double_although_some_fail():
    if connection.vendor != "postgresql":
        pytest.skip("row locks need PostgreSQL")
    handed: list[int] = []
    start = threading.Barrier(8)

    def work(clerk: int) -> None:
        start.wait()
        try:
            for turn in range(12):
                try:
                    with transaction.atomic():
                        number = allocate("courtplatform", "沪74", 2026, "诉前调确")
                        if (clerk + turn) % 4 == 0:
                            raise LookupError
                        # Read after the lock is ours and before it is given up: the list is in the order of commits.
                        handed.append(number.serial)
                except LookupError:
                    continue
        finally:
            connection.close()

    clerks = [threading.Thread(target=work, args=(clerk,)) for clerk in range(8)]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()

    assert handed == list(range(1, 73))
