"""Making a move from a filled-in form, and saying on the form why it could not be made.

Lives here: the one way from a ``MoveForm`` to the door, the code of a signature, refusals in words. Does not live here:
fields (``moveforms``), what is lawful (the door).
Called by: portal and admin of both platforms.
"""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.utils.translation import gettext as _

from mediation import facts, moves
from mediation.models import CaseEvent, Request
from mediation.moves import Overtaken, Refused
from mediation.signatures import proving
from mediation.windows import uploads
from mediation.windows.moveforms import MoveForm
from mediation.windows.pages import citations
from mediation.windows.uploads import Kept
from mediation.workdays import local_day
from roster.models import Account


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
        event = refused.event
        return _("其他人已经先办理了该案：第%(number)d号记录“%(move)s”。请先查看最新进展，仍要办理的请再次提交。") % {
            "number": event.number,
            "move": _(moves.move_of(event.kind).label),
        }
    because = citations(refused.law, local_day(at))
    return _("%(reason)s%(law)s。%(remedy)s") % {
        "reason": _(refused.reason),
        "law": _("（%(law)s）") % {"law": because} if because else "",
        "remedy": _(refused.remedy) + _("。") if refused.remedy else "",
    }


def say_malformed(form: forms.Form, wrong: facts.Malformed) -> None:
    """Put what the door found malformed on the field it is about, or on the form."""
    field = wrong.field if wrong.field in form.fields else None
    form.add_error(field, _(wrong.why) if field else f"{_('提交的内容不完整或者格式不正确')}：{_(wrong.why)}")
