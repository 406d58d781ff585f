"""Making a move from a filled-in form, and saying on the form why it could not be made.

Lives here: the one way from a ``MoveForm`` to the door, the code of a signature, refusals in words. Does not live here:
fields (``moveforms``), what is lawful (the door).
Called by: portal and admin of both platforms.
"""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

from django import forms
from django.utils.translation import gettext as _

from mediation import facts, moves
from mediation.models import Case, CaseEvent, Request
from mediation.moves import Overtaken, Refused
from mediation.signatures import proving
from mediation.vocabulary import Role
from mediation.windows import uploads
from mediation.windows.moveforms import MoveForm
from mediation.windows.pages import citations, spoken_instant
from mediation.windows.uploads import Kept
from mediation.workdays import local_day
from roster import queries as roster
from roster.models import Account

BY_ITSELF = frozenset({Role.CLOCK, Role.PLATFORM})
"""The roles in which nobody acts."""


def submit(form: MoveForm, account: Account, at: datetime) -> CaseEvent | Request | None:
    """This function will make the move of a filled-in form, and return the journal entry or the request to the peer.

    None means that nothing was done; the reasons stand on the form.
    """
    if not form.is_valid():
        return None
    with moves.together():
        kept = uploads.keep(form.case.platform, form.cleaned_data.get("documents") or [], at)
        return make(form, kept, account, at)


def make(form: MoveForm, kept: list[Kept], account: Account, at: datetime) -> CaseEvent | Request | None:
    """This function will make the move of a valid form whose files are kept; answers as ``submit`` does."""
    answers, by = form.answers(kept), form.actor
    key = f"{account.ref.hex}/{form.cleaned_data['key']}"
    try:
        with moves.together():
            if "code" in form.fields and not CaseEvent.objects.filter(platform=form.case.platform, key=key).exists():
                # Sent twice, it was proved the first time.
                by = proving.prove(form.case, account, by, answers.facts["digest"], form.cleaned_data["code"], at)
            return moves.perform(
                form.case,
                form.declared.name,
                by=by,
                at=at,
                facts=answers.facts,
                enclosures=answers.enclosures,
                seen=form.cleaned_data["seen"],
                key=key,
            )
    except Refused as refused:
        form.add_error("code" if refused.code == "proof" else None, spoken(refused, at))
    except facts.Malformed as wrong:
        say_malformed(form, wrong)
    return None


def spoken(refused: Refused, at: datetime) -> str:
    """Return a refusal in words: why, the article, and what to do instead; who was faster, if somebody was."""
    if isinstance(refused, Overtaken) and refused.event is not None:
        event = faster(refused.event, refused.seen)
        return _(
            "其他人已经先办理了该案：%(who)s于%(at)s办理了“%(move)s”（第%(number)d号记录）。请先查看最新进展，仍要办理的请再次提交。"
        ) % {
            "who": who(event),
            "at": spoken_instant(event.at),
            "move": _(moves.move_of(event.kind).label),
            "number": event.number,
        }
    because = citations(refused.law, local_day(at))
    return _("%(reason)s%(law)s。%(remedy)s") % {
        "reason": _(refused.reason),
        "law": _("（%(law)s）") % {"law": because} if because else "",
        "remedy": _(refused.remedy) + _("。") if refused.remedy else "",
    }


def overtaken(case: Case, seen: str) -> Overtaken | None:
    """Return by what somebody was overtaken who had ``seen`` so many entries of the case; None if by nothing."""
    if not seen.isdecimal() or not int(seen) < case.entries:
        return None
    return Overtaken(case.events.order_by("-number").first(), int(seen))


def faster(newest: CaseEvent, seen: int) -> CaseEvent:
    """Return the entry with which somebody was faster than whoever had seen ``seen`` entries, up to the newest.

    That is the last with which a person changed the state, or else did anything at all: what the platform or a clock
    wrote by itself is named only where there is nothing else.
    """
    found = list(newest.case.events.filter(number__gte=seen, number__lte=newest.number).order_by("number"))
    before = {later.number: one.state for one, later in pairwise(found)}
    people = [one for one in found if one.number > seen and Role(one.by["role"]) not in BY_ITSELF]
    changed = [one for one in people if one.state != before.get(one.number, one.state)]
    return (changed or people or [newest])[-1]


def who(event: CaseEvent) -> str:
    """Return the seat and role of whoever made an entry; a person in dispute is told by role alone."""
    role, seat, platform = Role(event.by["role"]), event.by["seat"], event.platform
    match role:
        case Role.CLERK | Role.JUDGE | Role.COURT_LEADER:
            court = roster.court(seat)
            return f"{court.name if court else seat} {_(role.label)}"
        case Role.ORGANISATION | Role.MEDIATOR:
            found = roster.organisation(platform, seat)
            return f"{found.name} {_(role.label)}" if found else _(role.label)
        case _:
            return _(role.label)


def say_malformed(form: forms.Form, wrong: facts.Malformed) -> None:
    """Put what the door found malformed on the field it is about, or on the form."""
    field = wrong.field if wrong.field in form.fields else None
    form.add_error(field, _(wrong.why) if field else f"{_('提交的内容不完整或者格式不正确')}：{_(wrong.why)}")
