"""Whom an organisation may appoint as mediators of a case, and why not the others, before anything is sent.

Lives here: the choice as a form shows it. Does not live here: the judgement, which is the door's (``guards``,
``world.may_serve``, ``conflicts``); who was asked in which order (``investornet.rotation``).
Called by: ``moveforms``.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext

from mediation import conflicts
from mediation.models import Case
from mediation.vocabulary import ListingStatus, Track
from roster import queries as roster

Options = list[tuple[str, str]]


def offered(case: Case) -> tuple[Options, Options]:
    """Return the organisation's mediators who may be appointed in this case, and the others with the reason."""
    members = [(str(one.ref), one.name) for one in roster.mediators_of(case.platform, case.organisation)]
    refs = [ref for ref, _name in members]
    reasons: dict[str, str] = {}
    for found in conflicts.find(case, refs, case.organisation):
        if found.bars:
            # What bars the organisation bars everybody who works for it.
            reasons |= dict.fromkeys([found.who] if found.who else refs, gettext("与当事人有利害关系，应当回避"))
    if case.track in (Track.DELEGATED, Track.ENTRUSTED):
        for ref, status in roster.standings_kept_out(case.platform, case.court, refs).items():
            reasons[ref] = gettext("受案法院的名册：%(status)s") % {"status": gettext(ListingStatus(status).label)}
    barred = [
        (ref, gettext("%(name)s（%(note)s）") % {"name": name, "note": reasons[ref]})
        for ref, name in members
        if ref in reasons
    ]
    return [(ref, name) for ref, name in members if ref not in reasons], barred


class Offered(forms.CheckboxSelectMultiple):
    """Boxes of which some cannot be ticked: they stand last, and say why."""

    def __init__(self, able: Options, barred: Options) -> None:
        """Show both; only ``able`` can be ticked."""
        super().__init__(choices=[*able, *barred])
        self.barred = {ref for ref, _label in barred}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return one box."""
        option = super().create_option(name, value, *args, **kwargs)
        if str(value) in self.barred:
            option["attrs"]["disabled"] = True
        return option
