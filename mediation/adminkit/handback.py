"""A failed case back at the court: what the mediation left behind, and the one step that follows.

Lives here: plain values for the panel on the case page. Does not live here: docketing or resuming the trial (the door).
Called by: ``casepages``.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from mediation.adminkit.site import DeskSite
from mediation.lifecycle import MOVES
from mediation.vocabulary import ClockKind, EnclosureKind, EndGround, ReturnGround, State
from mediation.windows.pages import CaseView, Running, label_of

STEPS = ("docket", "resume_trial")
PERIODS = (ClockKind.DOCKET, ClockKind.RESUME)


@dataclass(frozen=True)
class HandBack:
    """What a clerk needs to docket a failed case or resume its trial the same day."""

    ground: str
    report: str
    undisputed: str
    documents: int
    deadline: Running | None
    step: str
    step_label: str
    url: str
    numbered: bool
    key: str


def hand_back(site: DeskSite, view: CaseView) -> HandBack | None:
    """Return the panel of a case that rests handed back; None for any other, and for readers of no contents."""
    if view.case.state != State.HANDED_BACK or not view.audiences:
        return None
    step = next((offer.name for offer in view.moves if offer.name in STEPS and offer.available), "")
    periods = [clock for clock in view.clocks if clock.kind in PERIODS]
    return HandBack(
        ground=_ground(view.case.sheet.get("ground", "")),
        report=_newest(view, EnclosureKind.REPORT),
        undisputed=_newest(view, EnclosureKind.UNDISPUTED),
        documents=len(view.documents),
        deadline=periods[0] if periods else None,
        step=step,
        step_label=_(MOVES[step].label) if step else "",
        url=site.url("case_move", view.case.ref, step) if step else "",
        numbered=step == "docket",
        key=str(uuid.uuid4()),
    )


def _ground(code: str) -> str:
    for terms in (EndGround, ReturnGround):
        if code in terms.__members__:
            return label_of(terms[code])
    return ""


def _newest(view: CaseView, kind: EnclosureKind) -> str:
    """Return the newest text of a kind these readers may read."""
    contents: list[dict[str, Any]] = [text.content() for text in view.texts if text.kind == kind]
    told = [str(content["text"]) for content in contents if content.get("text")]
    return told[-1] if told else ""
