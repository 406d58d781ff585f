"""What a court has decided about an agreement, for parties: what it means, until when they may object, the ways back.

Lives here: the panel of the case page. Does not live here: the desk's (``adminkit.reviewing``), the moves.
Called by: ``portal``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mediation.vocabulary import ClockKind, EnclosureKind, RefusalGround, RejectGround, State
from mediation.windows.pages import CaseView, label_of, spoken_instant

WAYS_BACK = (
    ("reapply", gettext_lazy("只是法院选错了：各方同意后，向有管辖权的法院重新申请，原来剩下的期限继续计算")),
    ("remediate", gettext_lazy("协议需要变更：各方同意后，回到原调解员处变更协议或者重新达成协议")),
)
"""What parties may do after a refusal; to sue is always open and needs no consent of the other side."""


def refused(view: CaseView) -> dict[str, Any] | None:
    """Return why the court did not confirm, made no decree, or a party went back on it (CPL-102), and the ways
    back; None while nothing was refused.
    """
    case = view.case
    entered_by = case.sheet.get("entered_by")
    if entered_by in ("refuse_decree", "repudiate") and view.audiences:
        return {
            "undecreed": True,
            "repudiated": entered_by == "repudiate",
            "text": _newest(view, EnclosureKind.REASON) if entered_by == "refuse_decree" else "",
            "resumed": case.state != State.HANDED_BACK,
        }
    if case.state != State.CONFIRMATION_REFUSED or not view.audiences:
        return None
    offers = {offer.name: offer for offer in view.moves}
    clock = next((one for one in view.clocks if one.kind == ClockKind.DECIDE), None)
    return {
        "ground": _ground(case.sheet.get("refusal", "")),
        "text": _newest(view, EnclosureKind.RULING),
        "clock": clock,
        "ways": [
            {"said": said, "label": offers[name].label, "url": offers[name].url}
            for name, said in WAYS_BACK
            if name in offers and offers[name].url
        ],
    }


def decided(view: CaseView) -> dict[str, Any] | None:
    """Return what a ruling or a decree means for its parties now; None where the case is elsewhere."""
    case, sheet = view.case, view.case.sheet
    if case.state not in (State.CONFIRMED, State.DECREE_ISSUED) or not view.audiences:
        return None
    confirmed = case.state == State.CONFIRMED
    held = (
        sheet.get("received", {}) if confirmed else sheet.get("proposals", {}).get("receive_decree", {}).get("yes", {})
    )
    clock = next((one for one in view.clocks if one.kind == ClockKind.OBJECT), None)
    return {
        "confirmed": confirmed,
        "number": case.number,
        "text": _newest(view, EnclosureKind.RULING if confirmed else EnclosureKind.DECREE),
        "receipts": [
            {
                "name": person["name"],
                "at": spoken_instant(datetime.fromisoformat(held[person["ref"]])) if person["ref"] in held else "",
            }
            for person in view.people
        ],
        "clock": clock,
        "objected": bool(sheet.get("objection")),
    }


def _ground(code: str) -> str:
    if code == "REVOKED":
        return _("原确认裁定经异议审查被撤销")
    for terms in (RefusalGround, RejectGround):
        if code in terms.__members__:
            return label_of(terms[code])
    return ""


def _newest(view: CaseView, kind: EnclosureKind) -> str:
    told = [str(text.content().get("text", "")) for text in view.texts if text.kind == kind]
    return next((one for one in reversed(told) if one), "")
