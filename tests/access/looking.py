"""What axe holds against one page (WCAG 2.2 AA), and which pages are shown to it outside the matrix, and where.

Lives here: the rules, one look, which page templates stories show. Does not live here: the addresses of the matrix
(``test_axe``), the stories.
Called by: ``test_axe``, the stories in browsers (``tests.browser``), the looks at desks and rosters.
"""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OPTIONS: dict[str, Any] = {"reporter": "no-passes", "preload": False, "runOnly": {"type": "tag", "values": RULES}}
FRAME = {"exclude": [["header"], ["footer"], ["nav.menu"]]}
"""What surrounds every page of a platform: looked at on the pages that each role begins with."""

PICTURED: dict[str, str] = {
    "apply-receipt": "windows/apply_receipt.html",
    "fit-result": "windows/fit_result.html",
    "signing-link": "windows/signing_sign.html",
    "mediation-session-times": "windows/mediation_session.html",
    "mediation-session-record": "windows/mediation_session.html",
    "meeting-times": "windows/meeting.html",
    "performance": "windows/performance.html",
    "performance-answer": "windows/performance.html",
    "service-receipt": "windows/service.html",
    "demonstration-clock": "mediation/demonstration_clock.html",
    "desk-bulk": "mediation/admin/bulk.html",
    "desk-bulk-plan": "mediation/admin/bulk_plan.html",
    "entrants-batch": "mediation/admin/entrants_batch.html",
    "entrants-done": "mediation/admin/entrants_done.html",
    "entrants-complaint": "mediation/admin/complaint.html",
    "party-complain-net": "windows/complain_elsewhere.html",
    "recognition": "mediation/admin/recognition.html",
    "net-import-wrong": "windows/files_import.html",
    "net-desk-push-preview": "mediation/admin/push_preview.html",
    "net-desk-push-done": "mediation/admin/push_done.html",
    "net-desk-campaign": "mediation/admin/campaign.html",
    "net-desk-campaign-late": "mediation/admin/campaign_list.html",
}
"""Names of pages that stories come to, and the template: shown to axe there, once."""


def held_against(page: Page, *, framed: bool = True, contrast: bool = True) -> list[tuple[str, str]]:
    """Return what axe holds against the page that is open: rule and first place; without ``framed`` what surrounds
    every page is left out, without ``contrast`` the colours, which take half of the time.
    """
    options = OPTIONS if contrast else OPTIONS | {"rules": {"color-contrast": {"enabled": False}}}
    answer = Axe().run(page, context=None if framed else FRAME, options=options)
    return [(one["id"], one["nodes"][0]["html"][:200]) for one in answer.response["violations"]]


def held_against_picture(page: Page, name: str) -> list[tuple[str, str]]:
    """Return what axe holds against a page of a story by its name; nothing of those it sees elsewhere."""
    return held_against(page, framed=False) if name in PICTURED else []
