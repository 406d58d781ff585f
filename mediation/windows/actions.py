"""Making a move from a filled-in form, and saying on the form why it could not be made.

Lives here: the one way from a ``MoveForm`` to the door, the signing password, refusals in words. Does not live here:
fields (``moveforms``), what is lawful (the door).
Called by: portal and admin of both platforms.
"""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils.translation import gettext as _

from mediation import facts, moves, tasks
from mediation.models import CaseEvent, Request
from mediation.moves import Overtaken, Refused
from mediation.telling import dispatch
from mediation.vocabulary import Errand, Medium
from mediation.windows import uploads
from mediation.windows.moveforms import MoveForm
from mediation.windows.pages import citations
from mediation.windows.uploads import Kept
from mediation.workdays import local_day
from roster import codes
from roster.identity import mask_phone
from roster.models import Account


def submit(form: MoveForm, request: HttpRequest, account: Account, at: datetime) -> CaseEvent | Request | None:
    """This function will make the move of a filled-in form, and return the journal entry or the request to the peer.

    None means that nothing was done; the reasons stand on the form. ``request`` lets guessing of passwords be counted.
    """
    if not form.is_valid():
        return None
    if "password" in form.fields and not _is_proved(form, request, account, at):
        return None
    kept = uploads.keep(form.case.platform, form.cleaned_data.get("documents") or [], at)
    return make(form, kept, account, at)


def make(form: MoveForm, kept: list[Kept], account: Account, at: datetime) -> CaseEvent | Request | None:
    """This function will make the move of a valid form whose files are kept; answers as ``submit`` does."""
    answers = form.answers(kept)
    try:
        return moves.perform(
            form.case,
            form.declared.name,
            by=form.actor,
            at=at,
            facts=answers.facts,
            enclosures=answers.enclosures,
            seen=form.cleaned_data["seen"],
            key=f"{account.ref.hex}/{form.cleaned_data['key']}",
        )
    except Refused as refused:
        form.add_error(None, spoken(refused, at))
    except facts.Malformed as wrong:
        say_malformed(form, wrong)
    return None


def send_code(form: MoveForm, account: Account, at: datetime) -> str:
    """This function will send a one-time code for signing to the account's own telephone, and return it masked.

    Raises ``codes.TooManyCodes``; without a telephone nothing is sent and the text is empty.
    """
    if not account.phone:
        return ""
    plain = codes.issue(_purpose(form), at, account=account)
    text = _("验证码%(code)s，用于签署调解协议，10分钟内有效，请勿告诉他人。") % {"code": plain}
    case = form.case
    dispatch.write(case.platform, Medium.SMS, account.phone, text, Errand.CODE, at, case=case, account=account)
    tasks.ring_tell()
    return mask_phone(account.phone)


def _is_proved(form: MoveForm, request: HttpRequest, account: Account, at: datetime) -> bool:
    """Tell whether whoever signs is the holder of the account: by password, or by the code sent to its telephone."""
    code, password = form.cleaned_data["code"], form.cleaned_data["password"]
    if code:
        if codes.verify(_purpose(form), code, at, account=account):
            return True
        form.add_error("code", _("验证码不正确或者已经过期，没有签名。"))
        return False
    if authenticate(request, username=account.get_username(), password=password) == account:
        return True
    form.add_error("password", _("密码不正确，没有签名。"))
    return False


def _purpose(form: MoveForm) -> str:
    return f"{form.declared.name}/{form.case.pk}/{form.shown_digest[:32]}"


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
