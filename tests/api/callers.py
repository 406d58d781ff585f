"""People and programmes who call the REST windows; every answer they get is held against the OpenAPI document."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import jsonschema
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from mediation.api.authentication import SCOPES
from mediation.api.schema import document
from mediation.models import Case, Claim
from mediation.vocabulary import Role
from roster import tokens
from roster.models import Account, Post
from roster.sealed import blind_index
from tests.mediation.stories import COURT, COURT_CODE, NET, START, Story, World

ROOTS = {COURT: "/court/api/v1/", NET: "/net/api/v1/"}
ALL_SCOPES = list(SCOPES)
APPLICANT_ID = "11010519491231002X"
RESPONDENT_ID = "91310115MJ0001010L"
# One for all: each new client would load the middleware, and with it every static file, again.
BROWSER = Client()
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@cache
def _patterns(platform: str) -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    return [
        (re.compile(re.sub(r"\{[^}]+\}", "[^/]+", address)), item)
        for address, item in document(platform)["paths"].items()
    ]


def described(platform: str, method: str, address: str) -> dict[str, Any] | None:
    """Return how the document describes an operation, or None."""
    for pattern, item in _patterns(platform):
        if pattern.fullmatch(address):
            return item.get(method)
    return None


def check_as_documented(platform: str, method: str, address: str, answer: Any) -> None:
    """Check that an answer's status, type and body are as the OpenAPI document says."""
    told = described(platform, method, address.partition("?")[0])
    if told is None or answer.status_code == 304:
        assert told is None or "304" in told["responses"]
        return
    assert str(answer.status_code) in told["responses"], (method, address, answer.status_code, answer.content[:300])
    shapes = told["responses"][str(answer.status_code)]["content"]
    media_type = answer["Content-Type"].partition(";")[0]
    if "application/octet-stream" in shapes:
        return
    assert media_type in shapes, (address, media_type)
    if media_type in ("application/zip", "application/pdf") or media_type.startswith("image/"):
        return
    schema = {**shapes[media_type]["schema"], "components": document(platform)["components"]}
    jsonschema.Draft202012Validator(schema).validate(answer.json())


@dataclass
class Caller:
    """Somebody who calls one platform with a bearer token."""

    account: Account | None
    platform: str
    token: str = ""

    def get(self, address: str, **headers: str) -> Any:
        """Ask for something."""
        answer = BROWSER.get(ROOTS[self.platform] + address, headers=self._headers(headers))
        check_as_documented(self.platform, "get", ROOTS[self.platform] + address, answer)
        return answer

    def post(self, address: str, body: Any, **headers: str) -> Any:
        """Submit JSON, or bytes that claim to be JSON."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        url = ROOTS[self.platform] + address
        answer = BROWSER.post(url, raw, content_type="application/json", headers=self._headers(headers))
        check_as_documented(self.platform, "post", url, answer)
        return answer

    def upload(self, content: bytes = PDF, name: str = "合同.pdf") -> Any:
        """Upload a file."""
        url = ROOTS[self.platform] + "uploads"
        answer = BROWSER.post(url, {"file": SimpleUploadedFile(name, content)}, headers=self._headers({}))
        check_as_documented(self.platform, "post", url, answer)
        return answer

    def make(self, case: object, move: str, facts: dict[str, Any] | None = None, **more: Any) -> Any:
        """Make a move."""
        headers = {name.replace("_", "-"): more.pop(name) for name in ("If_Match", "Idempotency_Key") if name in more}
        return self.post(f"cases/{case}/moves/{move}", {"facts": facts or {}, **more}, **headers)

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        bearer = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return {**bearer, **{name.replace("_", "-"): value for name, value in more.items()}}


def person(login: str, kind: str = "", number: str = "", at: datetime = START, name: str = "") -> Account:
    """Create an account, with a verified identity if one is given."""
    verified = {
        "identity_kind": kind,
        "identity_number": number,
        "identity_index": blind_index(number),
        "identity_verified_at": at,
    }  # fmt: skip
    return Account.objects.create(
        login=login, name=name or login, phone="13800000009", password="!", **(verified if number else {})
    )


def caller(account: Account, platform: str, scopes: list[str] | None = None) -> Caller:
    """Give an account a token for everything, or for some scopes."""
    _client, plain = tokens.issue(account, "test", ALL_SCOPES if scopes is None else scopes, START)
    return Caller(account, platform, plain)


def staff(login: str, platform: str, role: Role, **scope: Any) -> Caller:
    """Create somebody with a post, and a token."""
    account = person(login)
    Post.objects.create(account=account, platform=platform, role=role, valid_from=START, **scope)
    return caller(account, platform)


@dataclass
class Cast:
    """Everybody the matrix of rights asks about."""

    world: World

    def __post_init__(self) -> None:
        organisation, other = UUID(self.world.organisation), UUID(self.world.other_organisation)
        self.zhang = person("zhang", "RESIDENT", APPLICANT_ID, name="张三")
        self.company = person("company", "CREDIT_CODE", RESPONDENT_ID)
        self.li = person("li", "RESIDENT", "110101195201010003")
        self.party, self.party_net = caller(self.zhang, COURT), caller(self.zhang, NET)
        self.respondent, self.respondent_net = caller(self.company, COURT), caller(self.company, NET)
        self.other_party, self.other_party_net = caller(self.li, COURT), caller(self.li, NET)
        self.clerk = staff("clerk", COURT, Role.CLERK, court=COURT_CODE)
        self.judge = staff("judge", COURT, Role.JUDGE, court=COURT_CODE)
        self.leader = staff("leader", COURT, Role.COURT_LEADER, court=COURT_CODE)
        self.integrator = staff("system", COURT, Role.INTEGRATOR, court=COURT_CODE)
        self.spc = staff("spc", COURT, Role.SPC_DOCKETING)
        self.operator = staff("operator", COURT, Role.OPERATOR)
        self.other_clerk = staff("clerk.bj", COURT, Role.CLERK, court="京74")
        self.other_integrator = staff("system.bj", COURT, Role.INTEGRATOR, court="京74")
        self.desk = staff("desk", NET, Role.ORGANISATION, organisation=organisation)
        self.mediator = staff("wang", NET, Role.MEDIATOR, organisation=organisation, mediator=UUID(self.world.mediator))
        self.idle_mediator = staff(
            "li.t", NET, Role.MEDIATOR, organisation=organisation, mediator=UUID(self.world.second)
        )
        self.system_net = staff("system.net", NET, Role.INTEGRATOR, organisation=organisation)
        self.unit = staff("unit", NET, Role.UNIT, unit="SH")
        self.bureau = staff("bureau", NET, Role.PROTECTION_BUREAU)
        self.other_desk = staff("desk.sac", NET, Role.ORGANISATION, organisation=other)
        self.other_system_net = staff("system.sac", NET, Role.INTEGRATOR, organisation=other)
        self.other_unit = staff("unit.sz", NET, Role.UNIT, unit="SZ")


def seat(story: Story, caller_: Caller) -> None:
    """Let an account be the respondent of a story, as an invitation would."""
    for case in Case.objects.filter(ref=story.ref):
        Claim.objects.create(case=case, party=story.respondent, account=caller_.account, claimed_at=START)


def application(**changes: Any) -> dict[str, Any]:
    """Return a complete application to the court by Zhang against a company."""
    body: dict[str, Any] = {
        "facts": {
            "track": "DELEGATED",
            "court": COURT_CODE,
            "cause": "MISSTATEMENT",
            "amount": 1_000_000,
            "source": "ONLINE_COURT",
            "consents": ["MEDIATION", "ONLINE", "E_SERVICE", "SENSITIVE_DATA", "DATA_SHARING"],
        },
        "parties": [
            {
                "side": "APPLICANT", "kind": "NATURAL", "investor": "ORDINARY", "institution": "NONE", "name": "张三",
                "identity_kind": "RESIDENT", "identity_number": APPLICANT_ID, "phone": "13800000000",
                "account_number": "A123456789",
            },
            {
                "side": "RESPONDENT", "kind": "COMPANY", "investor": "NONE", "institution": "NONE",
                "name": "华信股份有限公司",
                "identity_kind": "CREDIT_CODE", "identity_number": RESPONDENT_ID,
            },
        ],
        "texts": {"narrative": "虚假陈述造成损失，请求赔偿。"},
    }  # fmt: skip
    return {**body, **changes}
