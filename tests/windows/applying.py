"""Filling in an application as a browser would. Called by: tests of both platforms' applications."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from mediation.models import Draft
from mediation.windows.wizard import RESPONDENTS
from tests.windows.stage import ZHANG

ANSWERS: dict[str, dict[str, Any]] = {
    "fit": {"about": "yes", "earlier": "no"},
    "who": {
        "acting": "SELF",
        "kind": "NATURAL",
        "name": "张晓慧",
        "identity_kind": "RESIDENT",
        "identity_number": ZHANG,
        "phone": "13800000001",
        "investor": "ORDINARY",
    },
    "respondent": {"kind": "COMPANY", "name": "华信股份有限公司", "institution": "NONE"},
    "dispute": {"cause": "MISSTATEMENT", "occurred_on": "2024-01-05", "text": "年报虚假记载。"},
    "claim": {"amount": "1.2万元", "text": "赔偿损失。", "mode": "VIDEO"},
    "service": {"address": "上海市某路1号"},
    "consent": {"MEDIATION": "on", "ONLINE": "on", "SENSITIVE_DATA": "on", "DATA_SHARING": "on"},
}
AGENT = {
    "name": "李国栋",
    "identity_kind": "RESIDENT",
    "identity_number": "110101195201010003",
    "phone": "13800000002",
    "power": "SPECIAL",
}


SHEETED = ("who", "agent", *(name for name, _label, _hint in RESPONDENTS), "dispute", "claim")


def whole(step: str) -> str:
    """Return the name of the page on which all of a step is asked."""
    return f"{step}-all" if step in SHEETED else step


class Applicant:
    """Somebody who fills in one application on one platform."""

    def __init__(self, client: Client, platform: str, addressee: dict[str, str]) -> None:
        self.client, self.platform = client, platform
        self.answers = {**ANSWERS, "addressee": addressee}
        client.post(reverse(f"{platform}:apply"))
        self.draft = Draft.objects.get(platform=platform)

    def url(self, page: str, **more: str) -> str:
        return reverse(f"{self.platform}:{page}", kwargs={"draft": self.draft.ref, **more})

    def answer(self, step: str, **changes: Any) -> Any:
        """Answer a step, all of it on one page where it has several."""
        given = {**self.answers.get(step, {}), **changes}
        return self.client.post(self.url("step", step=whole(step)), {k: v for k, v in given.items() if v is not None})

    def fill(self) -> None:
        for step in self.answers:
            assert self.answer(step).status_code == 302, step

    def send(self) -> Any:
        return self.client.post(self.url("check"), {"truthful": "yes"})


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")
