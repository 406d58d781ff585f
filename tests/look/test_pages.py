"""Every page keeps the manners that can be read off its source."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from django.template.loader import get_template
from django.test import Client
from django.urls import reverse

from mediation.platform import installed
from mediation.vocabulary import State
from tests.look import samples
from tests.look.pages import pages, render

VOID = {"meta", "link", "input", "br", "hr", "img"}


class Reading(HTMLParser):
    """A page as a machine reads it: elements with their attributes, in order, and whether they nest."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.crossed: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.crossed.append(tag)

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.elements if tag in tags]


@pytest.fixture(
    params=sorted(
        (
            "400",
            "403",
            "403_csrf",
            "404",
            "429",
            "500",
            "ball-late",
            "ball-still",
            "case-court",
            "case-net",
            "front",
            "organisation",
            "refused",
            "register",
            "roster",
            "roster-none",
            "signed-out",
            "signin",
        )
    )
)
def reading(request: pytest.FixtureRequest) -> Reading:
    return Reading(pages()[request.param])


def test_elements_are_closed_in_the_order_they_were_opened(reading: Reading) -> None:
    assert (reading.crossed, reading.open) == ([], [])


def test_a_page_names_its_language_title_and_one_main_heading(reading: Reading) -> None:
    assert reading.all("html")[0]["lang"] in ("zh-hans", "zh-Hans")
    assert len(reading.all("title")) == len(reading.all("h1")) == len(reading.all("main")) == 1


def test_headings_never_skip_a_level(reading: Reading) -> None:
    levels = [int(tag[1]) for tag, _ in reading.elements if re.fullmatch("h[1-6]", tag)]

    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_no_style_or_script_stands_in_the_page_itself(reading: Reading) -> None:
    assert reading.all("style") == []
    assert all(script.get("src") for script in reading.all("script"))
    assert not [attrs for _, attrs in reading.elements for name in attrs if name == "style" or name.startswith("on")]


def test_nothing_is_fetched_from_elsewhere(reading: Reading) -> None:
    addresses = [attrs.get("src") or attrs.get("href") for attrs in reading.all("script", "link", "img")]

    assert addresses
    assert all(address and address.startswith("/") and not address.startswith("//") for address in addresses)


def test_every_control_has_a_label_and_every_id_is_used_once(reading: Reading) -> None:
    ids = [attrs["id"] for _, attrs in reading.elements if attrs.get("id")]
    labels = {attrs.get("for") for attrs in reading.all("label")}
    controls = [attrs for attrs in reading.all("input", "select", "textarea") if attrs.get("type") != "hidden"]

    assert len(ids) == len(set(ids))
    assert [attrs for attrs in controls if attrs.get("id") not in labels and not attrs.get("aria-label")] == []


def test_links_within_the_page_and_descriptions_lead_somewhere(reading: Reading) -> None:
    ids = {attrs["id"] for _, attrs in reading.elements if attrs.get("id")}
    targets = {(attrs.get("href") or "")[1:] for attrs in reading.all("a") if (attrs.get("href") or "").startswith("#")}
    described = {
        one
        for _, attrs in reading.elements
        for name in ("aria-describedby", "aria-labelledby")
        for one in (attrs.get(name) or "").split()
    }

    assert (targets - {""}) | described <= ids


def test_tables_have_captions_and_headed_columns(reading: Reading) -> None:
    assert len(reading.all("caption")) == len(reading.all("table"))
    assert all(attrs.get("scope") in ("col", "row") for attrs in reading.all("th"))


def test_what_people_wrote_is_never_markup() -> None:
    together = "".join(pages().values())

    assert "&lt;script&gt;alert(1)" in together
    assert "<script>alert" not in together


def test_each_platform_wears_its_own_identity() -> None:
    assert 'data-platform="court"' in render("mediation/signed_out.html", "/court/").partition("<head>")[0]
    assert 'data-platform="net"' in render("mediation/signed_out.html", "/net/").partition("<head>")[0]
    assert 'data-platform="public"' in render("mediation/signed_out.html", "/").partition("<head>")[0]


def test_front_page_shows_only_the_platforms_it_is_given() -> None:
    door = {"title": "人民法院调解平台", "identity": "court", "links": {}, "prefix": "/court/"}

    page = render("mediation/front.html", doors=[door])

    assert page.count('class="card door"') == 1
    assert 'href="/court/"' in page


def test_the_ball_says_who_until_when_by_which_law_what_then_and_what_next() -> None:
    page = render("balls.html", "/court/", shown=samples.ball())

    for words in (
        "中证中小投资者服务中心",
        "2026年11月27日 23:59",
        "还有 <b>5</b>",
        "第四条第五项",
        "另行安排",
        "补充材料",
        "截至 #12",
    ):
        assert words in page


def test_a_late_ball_says_so_in_words() -> None:
    page = render("balls.html", "/court/", shown=samples.ball(days_left=-3, overdue=True))

    assert "已超过 3 个工作日" in page


def test_a_move_that_is_not_available_says_why_and_what_instead() -> None:
    page = render("gallery.html", "/net/", **samples.gallery())

    assert "还没有指定调解员。" in page
    assert "先接受委派，再指定调解员。" in page


def test_server_error_page_needs_no_context() -> None:
    assert "没有保存" in get_template("500.html").render()


def test_every_state_is_shown_with_its_word_and_a_picture() -> None:
    page = render("gallery.html", "/net/", **samples.gallery())

    assert all(re.search(rf'icon-\w+"></span>{state.label}</span>', page) for state in State)


def test_an_unknown_address_answers_with_the_house_page(client: Client) -> None:
    answer = client.get("/nowhere-at-all/")

    assert answer.status_code == 404
    assert "没有找到这个页面" in answer.content.decode()


def test_a_forged_form_answers_with_the_house_page() -> None:
    answer = Client(enforce_csrf_checks=True).post(reverse("set_language"), {"language": "en"})

    assert answer.status_code == 403
    assert "页面已过期" in answer.content.decode()


def test_the_front_page_is_served(client: Client) -> None:
    answer = client.get("/")

    assert answer.status_code == 200
    assert answer.content.decode().count('class="card door"') == len(installed())
