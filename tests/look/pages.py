"""Renders the pages that the look is tested on, as the deployment would."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest
from django.template import engines
from django.template.loader import render_to_string
from django.test import RequestFactory

from mediation.platform import installed
from mediation.project.context import identity_of, links_of
from mediation.project.front import periods
from tests.look import samples

HERE = Path(__file__).parent


def request_for(path: str) -> HttpRequest:
    """Return a request of nobody in particular."""
    request = RequestFactory().get(path)
    request.resolver_match = None
    return request


def render(name: str, path: str = "/", **context: Any) -> str:
    """Render one template of the house, or one of the samples beside this file."""
    request = request_for(path)
    if (HERE / name).exists():
        return engines["django"].from_string((HERE / name).read_text()).render(context, request)
    return render_to_string(name, context, request)


@cache
def pages() -> dict[str, str]:
    """Return every page by name."""
    notes = [Message(constants.SUCCESS, "已保存。"), Message(constants.ERROR, "有人先一步办理了这个案件。")]
    doors = [
        {"title": config.title, "identity": identity_of(config), "links": links_of(config), "prefix": config.url_prefix}
        for config in installed()
    ]
    found = {
        "front": render("mediation/front.html", doors=doors, periods=periods(samples.AT.date())),
        "case-court": render("gallery.html", "/court/", messages=notes, **samples.gallery()),
        "case-net": render("gallery.html", "/net/", messages=notes, **samples.gallery()),
        "ball-late": render("balls.html", "/net/", shown=samples.gallery()["late_ball"]),
        "ball-still": render("balls.html", "/court/", shown=samples.gallery()["still_ball"]),
        "signin": render("mediation/signin.html", "/court/", form=samples.DisputeForm()),
        "register": render("mediation/register.html", "/net/", form=samples.wrong_form()),
        "signed-out": render("mediation/signed_out.html", "/net/"),
        "roster": render(
            "mediation/roster_list.html",
            "/net/",
            form=samples.RosterForm(),
            organisations=[
                samples.organisation(),
                samples.organisation(name=samples.HOSTILE, charges_fee=True, tariff="每件 500 元起"),
            ],
            older_url="#",
        ),
        "roster-none": render("mediation/roster_list.html", "/net/", form=samples.RosterForm(), organisations=[]),
        "organisation": render(
            "mediation/roster_organisation.html",
            "/net/",
            organisation=samples.organisation(),
            mediators=[
                {"name": "王调解员", "expertise": ["证券"], "courts": ["上海金融法院"], "certificate": "执业证 001"}
            ],
        ),
        "refused": render("refused.html", "/court/", detail="登录失败次数过多，请 15 分钟后再试。"),
    }
    return found | {code: render(f"{code}.html", "/court/") for code in ("400", "403", "403_csrf", "404", "429", "500")}
