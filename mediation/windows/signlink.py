"""Signing an agreement by link: issuing one, opening it behind a one-time code, signing or refusing (ZX-19, ZX-25).

Lives here: what a signing link lets its bearer do. Does not live here: pages (``signpages``), what is lawful (the door:
the signature goes through it as the party's own act, with how it was verified in the entry).
Called by: those pages.

A link is for one party, one case and one exact version: it dies with the version, and is used up by signing.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime
from urllib.parse import urljoin

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from mediation import log, moves
from mediation.actor import Actor
from mediation.models import Case, Party, SignedAgreement, SigningLink
from mediation.telling.people import language_of
from mediation.vocabulary import Errand, State, Verification
from mediation.windows import partylink
from mediation.windows.pages import spoken_instant
from mediation.windows.partylink import LIFETIME, LinkRefused, bearer, keyed, write
from roster import codes
from roster import queries as roster


def ask(case: Case, person: Party, *, by: Actor, at: datetime, address: str) -> SigningLink:
    """This function will send one party a link to sign the version on the table; its earlier links die.

    ``address`` is where the pages of links are, to be completed by the token. Raises LinkRefused without a telephone or
    where there is nothing for this party to sign.
    """
    agreement = case.sheet.get("agreement", {})
    if case.state != State.SIGNING or str(person.ref) in agreement.get("signatures", {}) or not person.side:
        raise LinkRefused(_("该当事人目前没有需要签署的协议。"))
    if not person.phone or not person.phone_index:
        raise LinkRefused(_("该当事人没有登记手机号码，不能发送链接。请先补充号码，或者请其登录签署。"))
    token = secrets.token_urlsafe(24)
    with transaction.atomic():
        SigningLink.objects.filter(case=case, party=person.ref, revoked_at=None).update(revoked_at=at)
        link = SigningLink.objects.create(
            platform=case.platform,
            case=case,
            party=person.ref,
            version=agreement["digest"],
            digest=_digest(case.platform, token),
            phone_index=person.phone_index,
            issued_at=at,
            issued_by=by.ref,
            expires_at=at + LIFETIME,
        )
        with translation.override(language_of(case, str(person.ref), at)):
            text = _(
                "【%(house)s】调解协议待您签署，请打开 %(url)s 核对全文后签署或者拒绝，%(until)s前有效。"
                "签署前请看清内容。"
            ) % {
                "house": sender(case),
                "url": urljoin(settings.PUBLIC_URL, f"{address}{token}/"),
                "until": spoken_instant(link.expires_at),
            }
        write(case, person, Errand.SIGN, text, at)
        log.note(case.platform, str(case.ref), "signing_link.sent", by=by, at=at, facts=_facts(link))
    return link


def find(platform: str, token: str) -> SigningLink | None:
    """Return the link of a token, alive or dead, or None for a token nobody was sent."""
    return partylink.find(SigningLink, platform, _digest(platform, token), token)


def check_alive(link: SigningLink, at: datetime) -> Party:
    """Return the party whom a link is for; raises LinkRefused with the reason if the link is dead.

    A link by which its party has signed stays good for looking at what was signed.
    """
    person = partylink.check_alive(link, at, sender(link.case))
    agreement = link.case.sheet.get("agreement", {})
    if agreement.get("digest") != link.version:
        raise LinkRefused(_("这一版本的协议已经撤回或者修改，原来的签名作废。请等待新的链接。"))
    if link.case.state != State.SIGNING and str(link.party) not in agreement.get("signatures", {}):
        raise LinkRefused(_("案件已经不在签署阶段，不需要再签。"))
    return person


def send_code(link: SigningLink, at: datetime) -> None:
    """This function will send a one-time code to the telephone of a link. Raises LinkRefused, TooManyCodes."""
    person = check_alive(link, at)
    plain = codes.issue(_purpose(link), at, phone_index=link.phone_index)
    text = _("【%(house)s】验证码%(code)s，用于查看并签署调解协议，10分钟内有效，请勿告诉他人。") % {
        "house": sender(link.case),
        "code": plain,
    }
    write(link.case, person, Errand.CODE, text, at)


def check_code(link: SigningLink, plain: str, at: datetime) -> bool:
    """Answer whether this is the current code of a link; a wrong one is counted, and too many lock the link."""
    check_alive(link, at)
    return partylink.check_code(link, "signing_link", _purpose(link), plain, at, _facts(link))


def has_signed(link: SigningLink) -> bool:
    """Tell whether the party of a link has signed the version it is for."""
    agreement = link.case.sheet.get("agreement", {})
    return agreement.get("digest") == link.version and str(link.party) in agreement.get("signatures", {})


def file_of(link: SigningLink) -> SignedAgreement | None:
    """Return the signed file of the version that the party of a link has signed, as far as it has been assembled."""
    rows = SignedAgreement.objects.filter(case=link.case, digest=link.version)
    return rows.order_by("-version").first() if has_signed(link) else None


def sign(link: SigningLink, plain: str, at: datetime) -> None:
    """This function will sign the link's version as its party, on a fresh one-time code, once.

    Raises LinkRefused for a dead link or a wrong code, or what the door raises.
    """
    check_alive(link, at)
    if has_signed(link):
        return
    facts = {"digest": link.version, "party": str(link.party), "verified": Verification.LINK_CODE.value}
    with moves.together(LinkRefused):
        if not check_code(link, plain, at):
            raise LinkRefused(_("验证码不正确或者已经过期，没有签名。请核对最近一条短信，或者重新发送。"))
        by = replace(bearer(link), proof=link.version)
        moves.perform(link.case, "sign", by=by, at=at, facts=facts, key=f"signing-link/{link.pk}/sign")
        SigningLink.objects.filter(pk=link.pk).update(used_at=at)


def refuse(link: SigningLink, at: datetime) -> None:
    """This function will refuse to sign as the link's party, which ends the mediation (ZX-25). Raises LinkRefused, or
    what the door raises.
    """
    check_alive(link, at)
    if has_signed(link):
        raise LinkRefused(_("您已经签署，不能再拒绝。"))
    facts = {"party": str(link.party)}
    moves.perform(
        link.case, "refuse_to_sign", by=bearer(link), at=at, facts=facts, key=f"signing-link/{link.pk}/refuse"
    )


def sender(case: Case) -> str:
    """Return in whose name links are sent: the organisation's."""
    house = roster.organisation(case.platform, case.organisation)
    return house.name if house else _("调解组织")


def _facts(link: SigningLink) -> dict[str, object]:
    return {"party": str(link.party), "version": link.version, "link": link.pk}


def _purpose(link: SigningLink) -> str:
    return f"signing/{link.pk}"


def _digest(platform: str, token: str) -> str:
    return keyed("mediation.signlink", platform, token)
