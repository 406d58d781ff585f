"""Agreements reached off line, filed at the court by a party or by a clerk for one who came in person."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.test import Client

from mediation.exchange import outbox
from mediation.models import Case, CaseEvent
from roster.models import Account
from tests.windows.stage import CREDIT, ZHANG, Stage, day

PORTAL, DESK = "/court/offline/", "/court/admin/offline/"
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


def client_of(account: Account) -> Client:
    client = Client()
    client.force_login(account, backend="roster.backend.AccountBackend")
    return client


def answers(stage: Stage, client: Client, url: str, **changes: Any) -> dict[str, Any]:
    """Return a filled-in form."""
    page = client.get(url).content.decode()
    scan = io.BytesIO(PDF)
    scan.name = "协议.pdf"
    return {
        "key": re.findall(r'name="key" value="([^"]+)"', page)[0],
        "court": "沪74",
        "organisation": stage.organisation,
        "cause": "BROKERAGE",
        "applicant_kind": "NATURAL",
        "applicant_name": "张晓慧",
        "applicant_identity_kind": "RESIDENT",
        "applicant_identity_number": ZHANG,
        "investor": "ORDINARY",
        "respondent_kind": "COMPANY",
        "respondent_name": "华信精密制造股份有限公司",
        "respondent_identity_kind": "CREDIT_CODE",
        "respondent_identity_number": CREDIT,
        "institution": "NONE",
        "amount": "12000",
        "effective_on": day(3).date().isoformat(),
        "consents": ["SENSITIVE_DATA", "DATA_SHARING"],
        "agreement": scan,
        **changes,
    }


@pytest.mark.parametrize(("who", "url"), [("zhang", PORTAL), ("clerk", DESK)])
def test_agreement_filed_at_the_court_waits_for_the_organisations_proof(stage: Stage, who: str, url: str) -> None:
    client = client_of(stage.accounts[who])

    answer = client.post(url, answers(stage, client, url))

    assert answer.status_code == 302, answer.content.decode()
    case = Case.objects.get(platform="courtplatform")
    assert (case.state, case.track, case.amount) == ("PROOF_SOUGHT", "OFFLINE", 1_200_000)
    assert case.documents.get().kind == "AGREEMENT"
    for platform in ("courtplatform", "investornet", "courtplatform"):
        outbox.post(platform, day(9))
    asked = Case.objects.get(platform="investornet", ref=case.ref)
    assert list(asked.sheet["clocks"]) == ["PROVE"]
    assert str(case.ref) in client_of(stage.accounts["org"]).get("/net/inbox/").content.decode()


def test_form_sent_twice_files_once(stage: Stage) -> None:
    client = client_of(stage.accounts["zhang"])
    given = answers(stage, client, PORTAL)
    client.post(PORTAL, given)
    given["agreement"].seek(0)

    client.post(PORTAL, given)

    assert CaseEvent.objects.filter(kind="case.file_offline.v1", platform="courtplatform").count() == 1


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("applicant_identity_number", {"applicant_identity_number": "110101195201010003"}),
        ("consents", {"consents": ["DATA_SHARING"]}),
        ("agreement", {"agreement": ""}),
        ("effective_on", {"effective_on": "2030-01-01"}),
        ("organisation", {"organisation": "nowhere"}),
    ],
)
def test_what_is_wrong_is_said_on_the_field(stage: Stage, field: str, changes: dict[str, Any]) -> None:
    client = client_of(stage.accounts["zhang"])

    answer = client.post(PORTAL, answers(stage, client, PORTAL, **changes))

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not Case.objects.exists()
