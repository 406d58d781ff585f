"""What is said in a mediation: to all parties, or between one side and the mediator alone; offers.

Lives here: saying and reading. Does not live here: who may use which channel (``rights.channels``).
Called by: pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from mediation import guards
from mediation.actor import Actor
from mediation.lifecycle import MEDIATION_STATES
from mediation.meeting.telling import SIDES, members, tell_mediators, tell_parties
from mediation.models import Case, Talk
from mediation.vocabulary import Audience, Power, Role, gettext_noop

CHANNELS = (Audience.PARTIES, *SIDES)
LONGEST = 4000
MOST = 2000
FROM_MEDIATOR = gettext_noop("调解员给您留言，请登录后在案件的“调解”页面查看。")
FROM_PARTY = gettext_noop("当事人在案件的“调解”页面留言，请查看。")


class NotNow(Exception):
    """案件不在调解阶段，不能再留言；已有的留言仍可查看"""

    def __str__(self) -> str:
        return gettext_noop("案件不在调解阶段，不能再留言；已有的留言仍可查看")


class TooMany(Exception):
    """本案的留言已经很多，请改为约定时间当面或者在线沟通"""

    def __str__(self) -> str:
        return gettext_noop("本案的留言已经很多，请改为约定时间当面或者在线沟通")


class NoPower(Exception):
    """代理人没有特别授权，不能代为提出和解金额；可以只留言，或者请当事人本人提出"""

    def __str__(self) -> str:
        return gettext_noop("代理人没有特别授权，不能代为提出和解金额；可以只留言，或者请当事人本人提出")


def is_open(case: Case) -> bool:
    """Tell whether something may still be said."""
    return case.state in MEDIATION_STATES


def may_offer(case: Case, by: Actor) -> bool:
    """Tell whether somebody may make an offer: parties, and agents with special authority for all they act for."""
    if by.role is not Role.AGENT:
        return by.role is Role.PARTY
    powers = case.sheet.get("agents", {}).get(by.ref, {}).get("for", {})
    return bool(powers) and set(powers.values()) == {Power.SPECIAL.value}


def say(case: Case, channel: Audience, text: str, *, offer: int | None, by: Actor, at: datetime, key: str) -> Talk:
    """This function will keep what somebody says in a channel and tell the others in it; ``offer`` is in fen.

    Sent twice under one key, it is said once. Raises NotNow, TooMany, NoPower.
    """
    if said := Talk.objects.filter(case=case, key=key).first():
        return said
    if not is_open(case):
        raise NotNow
    if offer is not None and not may_offer(case, by):
        raise NoPower
    if case.talks.count() >= MOST:
        raise TooMany
    with transaction.atomic():
        talk, _made = Talk.objects.get_or_create(
            case=case,
            key=key,
            defaults={
                "platform": case.platform,
                "channel": channel.value,
                "role": by.role.value,
                "author": by.ref,
                "text": text,
                "offer": "" if offer is None else str(offer),
                "at": at,
            },
        )
        others = [ref for ref in members(case, channel) if ref not in guards.acts_for(case, by)]
        if by.role is Role.MEDIATOR:
            tell_parties(case, members(case, channel), FROM_MEDIATOR, f"talk/{talk.pk}", at)
        else:
            tell_mediators(case, FROM_PARTY, f"talk/{talk.pk}", at)
            tell_parties(case, others, FROM_PARTY, f"talk/{talk.pk}", at)
    return talk


def said_in(case: Case, channel: Audience) -> list[Talk]:
    """Return what was said in one channel, oldest first."""
    return list(Talk.objects.filter(case=case, channel=channel.value))


def offers(case: Case, channels: Iterable[Audience]) -> list[Talk]:
    """Return the offers made in these channels, newest first."""
    rows = Talk.objects.filter(
        case=case, channel__in=[one.value for one in channels], role__in=[Role.PARTY, Role.AGENT]
    )
    return [one for one in rows.order_by("-at", "-id") if one.offer]
