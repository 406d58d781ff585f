import logging

import pytest
from django.test import Client as Browser

from roster.forms import RegisterForm
from roster.models import Account

PASSWORD = "correct horse 42"
PAGE = (
    "{% for text in form.non_field_errors %}{{ text }}{% endfor %}{% for field in form %}{{ field.errors }}{% endfor %}"
)
NUMBER = "310101197801010003"
FIELDS = {
    "login": "New.Party",
    "name": "张晓慧",
    "identity_kind": "RESIDENT",
    "identity_number": "３10101 19780101 0003",
    "phone": "138 0000 0001",
    "password": PASSWORD,
    "password_again": PASSWORD,
}


@pytest.fixture(autouse=True)
def pages(settings, db):
    settings.ROOT_URLCONF = "tests.roster.pages"
    settings.MOCK_VERIFICATION = True
    settings.TEMPLATES = [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [
                    (
                        "django.template.loaders.locmem.Loader",
                        {
                            "mediation/signin.html": PAGE,
                            "mediation/register.html": PAGE,
                            "mediation/signed_out.html": "signed out",
                        },
                    )
                ]
            },
        }
    ]


def sign_in(browser, login, password, **more):
    return browser.post("/sign-in/", {"username": login, "password": password} | more)


def test_signing_in_begins_a_fresh_session_and_goes_home(client, account):
    client.get("/sign-in/")
    session = client.session
    session["planted"] = True
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before

    answer = sign_in(client, " ZHANG ", PASSWORD)

    assert (answer.status_code, answer["Location"]) == (302, "/home/")
    assert client.session.session_key != before
    assert client.get("/home/").content == b"zhang"


def test_failures_sound_the_same_whether_the_login_exists_is_closed_or_not(client, account):
    Account.objects.create_user("closed", PASSWORD, name="停用", is_active=False)

    answers = [
        sign_in(client, "zhang", "wrong"),
        sign_in(client, "nobody", "wrong"),
        sign_in(client, "closed", PASSWORD),
    ]

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert "登录名或者密码不正确" in answers[0].content.decode()


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_signing_in_never_leads_to_another_host(client, account, target):
    answer = sign_in(client, "zhang", PASSWORD, next=target)

    assert answer["Location"] == "/home/"


def test_signing_in_goes_on_to_where_the_visitor_wanted_to_be(client, account):
    assert sign_in(client, "zhang", PASSWORD, next="/home/?a=1")["Location"] == "/home/?a=1"


def test_guessing_locks_the_login_for_that_address_however_it_is_spelled(client, account, settings):
    spellings = ["zhang", "ZHANG", " Zhang", "ｚｈａｎｇ"]
    for attempt in range(settings.AXES_FAILURE_LIMIT):
        sign_in(client, spellings[attempt % len(spellings)], f"wrong{attempt}")

    locked = sign_in(client, "zhang", PASSWORD)
    elsewhere = sign_in(Browser(REMOTE_ADDR="192.0.2.9"), "zhang", PASSWORD)

    assert locked.status_code == 429
    assert "次数过多" in locked.content.decode()
    assert client.get("/home/").content == b"AnonymousUser"
    assert elsewhere.status_code == 302


def test_an_unknown_login_is_locked_just_the_same(client, settings):
    answers = [sign_in(client, "nobody", f"wrong{attempt}") for attempt in range(settings.AXES_FAILURE_LIMIT + 1)]

    assert answers[-1].status_code == 429


def test_a_closed_account_is_out_at_its_next_page(client, account):
    sign_in(client, "zhang", PASSWORD)

    Account.objects.filter(pk=account.pk).update(is_active=False)

    assert client.get("/home/").content == b"AnonymousUser"


def test_a_forged_form_signs_nobody_in(account):
    browser = Browser(enforce_csrf_checks=True)

    assert sign_in(browser, "zhang", PASSWORD).status_code == 403
    assert browser.post("/register/", FIELDS).status_code == 403


def test_signing_out_takes_a_post(client, account):
    sign_in(client, "zhang", PASSWORD)

    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").content == b"signed out"
    assert client.get("/home/").content == b"AnonymousUser"


def test_registering_checks_the_document_and_signs_in(client):
    answer = client.post("/register/", FIELDS)

    account = Account.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, "/home/")
    assert (account.login, account.identity_number, account.phone) == ("new.party", NUMBER, "13800000001")
    assert account.identity_verified_at is not None
    assert not account.posts.exists()
    assert client.get("/home/").content == b"new.party"


def test_without_the_mock_verification_an_identity_stays_a_claim(client, settings):
    settings.MOCK_VERIFICATION = False

    client.post("/register/", FIELDS)

    assert Account.objects.get().identity_verified_at is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"identity_number": "310101197801010004"}, "校验位"),
        ({"identity_kind": "STUDENT_CARD"}, "STUDENT_CARD"),
        ({"phone": "12345"}, "电话号码"),
        ({"password": "12345678901", "password_again": "12345678901"}, "数字"),
        ({"password_again": "correct horse 43"}, "不一致"),
        ({"login": "a b c"}, "登录名"),
        ({"login": "<script>"}, "登录名"),
        ({"name": "张\u202e晓慧"}, "不可见字符"),
        ({"name": "张\x00"}, "不允许"),
        ({"name": "慧" * 121}, "120"),
        ({"login": ""}, "请填写“"),
    ],
)
def test_registering_with_bad_fields_says_why_and_writes_nothing(client, change, reason):
    answer = client.post("/register/", FIELDS | change)

    assert answer.status_code == 200
    assert reason in answer.content.decode()
    assert "errorlist" in answer.content.decode()
    assert not Account.objects.exists()


def test_somebody_under_age_is_told_that_a_guardian_acts_for_them(at):
    form = RegisterForm(FIELDS | {"identity_number": "310101201001010004"}, at=at)

    assert not form.is_valid()
    assert "未满18周岁" in form.errors["identity_number"][0]


def test_a_login_taken_between_check_and_writing_is_reported_not_raised(at):
    slow, fast = (RegisterForm(FIELDS, at=at) for _ in range(2))
    assert slow.is_valid()
    assert fast.is_valid()
    fast.save()

    assert slow.save() is None
    assert "已被使用" in slow.errors["login"][0]
    assert Account.objects.count() == 1


def test_a_login_or_a_verified_document_registers_once(client):
    client.post("/register/", FIELDS)

    same_login = Browser().post("/register/", FIELDS | {"identity_number": "110101195201010003"})
    same_document = Browser().post("/register/", FIELDS | {"login": "another"})

    assert "该登录名已被使用" in same_login.content.decode()
    assert "该证件已核验过一个账户" in same_document.content.decode()
    assert Account.objects.count() == 1


def test_nothing_personal_reaches_the_logs(client, caplog):
    caplog.set_level(logging.DEBUG)

    client.post("/register/", FIELDS)
    client.post("/register/", FIELDS | {"login": "another"})
    sign_in(client, "new.party", "wrong")
    sign_in(client, "new.party", PASSWORD)

    written = "\n".join(
        record.getMessage() for record in caplog.records if not record.name.startswith("django.db.backends")
    )
    assert NUMBER not in written
    assert "13800000001" not in written
    assert PASSWORD not in written
