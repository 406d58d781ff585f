"""Whoever signs proves it: a one-time code sent to the person, for one exact document and nothing else (ZX-17).

Lives here: sending such a code, and turning the right one into the proof that the door asks of a signature. Does not
live here: how codes are counted (``roster.codes``), signing by link (``windows.signlink``), the rule itself
(``guards.fits_proved_signer``).
Called by: the form of the move ``sign`` and the REST windows.

A password or a token alone signs nothing: both may lie about on a shared machine; the telephone or mailbox may not.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext as _

from mediation.actor import Actor
from mediation.models import Case
from mediation.moves import ELSEWHERE, Refused
from mediation.platform import home_of
from mediation.telling import dispatch
from mediation.telling.people import preference_of
from mediation.vocabulary import Errand, Medium, Seat, gettext_noop
from roster import codes
from roster.identity import mask_phone
from roster.models import Account

LAW = ("ZX-17", "ZX-19")
NOTHING_TO_SIGN = Refused("sign", gettext_noop("目前没有需要您签署的协议"), LAW, gettext_noop("请查看案件的最新进展"))


def send(case: Case, account: Account, at: datetime) -> str:
    """This function will send a code for signing the agreement on the table to the person behind an account, by SMS or
    else by e-mail, and return the masked address. Raises Refused where there is none, nothing to sign, or too many.
    """
    digest = case.sheet.get("agreement", {}).get("digest", "")
    medium, address = _address(account)
    if home_of(Seat.ORGANISATION) != case.platform:
        raise ELSEWHERE
    if not digest:
        raise NOTHING_TO_SIGN
    if not address:
        raise Refused(
            "unreachable",
            gettext_noop("您的账户没有登记手机号码，也没有登记邮箱，不能发送验证码"),
            LAW,
            gettext_noop("请先在通知设置里登记邮箱，或者请调解组织向登记的手机发送签名链接"),
        )
    try:
        plain = codes.issue(_purpose(case, digest), at, account=account)
    except codes.TooManyCodes as often:
        reason, remedy = gettext_noop("验证码发送过于频繁"), gettext_noop("请一小时后再试")
        raise Refused("too_many_codes", reason, LAW, remedy) from often
    text = _("验证码%(code)s，用于签署调解协议（文件校验值%(digest)s），10分钟内有效，请勿告诉他人。") % {
        "code": plain,
        "digest": digest[:8],
    }
    about = {"case": case, "account": account} | ({"subject": _("签署验证码")} if medium is Medium.EMAIL else {})
    dispatch.write(case.platform, medium, address, text, Errand.CODE, at, **about)
    return mask_phone(address) if medium is Medium.SMS else _masked(address)


def prove(case: Case, account: Account, by: Actor, digest: str, plain: str, at: datetime) -> Actor:
    """Return the actor with the proof that this person signs the document of this digest; each wrong code is counted,
    a right one is used up. Raises Refused.
    """
    if not codes.verify(_purpose(case, digest), plain, at, account=account):
        raise Refused(
            "proof",
            gettext_noop("验证码不正确、已经用过或者已经过期，没有签名"),
            LAW,
            gettext_noop("请核对最近一条短信或者邮件，或者重新获取验证码"),
        )
    return replace(by, proof=digest)


def _address(account: Account) -> tuple[Medium, str]:
    return (Medium.SMS, account.phone) if account.phone else (Medium.EMAIL, preference_of(account).mailbox)


def _masked(mailbox: str) -> str:
    name, _at, domain = mailbox.partition("@")
    return f"{name[:1]}***@{domain}"


def _purpose(case: Case, digest: str) -> str:
    return f"sign/{case.pk}/{digest[:48]}"
