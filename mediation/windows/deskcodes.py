"""Taking a place at a firm's desk by a one-time code, and giving it up.

Lives here: issuing a code, redeeming it, ending a place. Does not live here: what a place opens (``rights``), pages.
Called by: ``firmdesk``. Who was let in and who left stands in the platform's log; a party's place in one case is
``invitations``.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from mediation import log
from mediation.actor import Actor
from mediation.models import DeskInvitation
from mediation.vocabulary import Power, Role
from mediation.windows.invitations import LENGTH, LIFETIME, SIGNS, CodeRefused, digest, typed
from roster.models import Account, Post


def invite(platform: str, firm: Account, name: str, power: Power, at: datetime) -> str:
    """This function will issue a one-time code for a place at a firm's desk and return it in groups of four."""
    plain = "".join(secrets.choice(SIGNS) for _place in range(LENGTH))
    with transaction.atomic():
        DeskInvitation.objects.create(
            platform=platform,
            firm=firm,
            name=name,
            power=power.value,
            digest=digest(platform, plain),
            issued_at=at,
            expires_at=at + LIFETIME,
        )
        _note(platform, "desk.invite", firm, at, name=name, power=power.value)
    return "-".join(plain[place : place + 4] for place in range(0, LENGTH, 4))


def join(platform: str, code: str, account: Account, at: datetime) -> Account:
    """This function will give an account the place the code was issued for, and return the firm. Raises CodeRefused."""
    alive = DeskInvitation.objects.filter(platform=platform, used_at__isnull=True, expires_at__gt=at)
    with transaction.atomic():
        held = alive.select_related("firm").filter(digest=digest(platform, typed(code))).first()
        if held is None:
            raise CodeRefused
        if held.firm_id == account.pk or not account.identity_verified_at:
            raise CodeRefused(_("请用您本人已经核验身份的账户加入，不能用单位的账户加入。"))
        if not alive.filter(pk=held.pk).update(used_at=at):
            raise CodeRefused
        Post.objects.update_or_create(
            platform=platform,
            account=account,
            firm=held.firm,
            valid_until=None,
            defaults={"role": Role.PARTY, "power": held.power, "valid_from": at},
        )
        _note(platform, "desk.join", held.firm, at, account=str(account.ref), power=held.power)
    return held.firm


def leave(place: Post, at: datetime) -> None:
    """This function will end a place at a firm's desk: from now on it opens nothing."""
    with transaction.atomic():
        if Post.objects.filter(pk=place.pk, valid_until__isnull=True).update(valid_until=_after(place, at)):
            assert place.firm is not None
            _note(place.platform, "desk.leave", place.firm, at, account=str(place.account.ref))


def _note(platform: str, kind: str, firm: Account, at: datetime, **facts: str) -> None:
    by = Actor(Role.PARTY, str(firm.ref), "", platform)
    log.note(platform, "", kind, by=by, at=at, facts=facts)


def _after(place: Post, at: datetime) -> datetime:
    """Return when a place ends: never before it has begun, whatever two clocks say."""
    return max(at, place.valid_from + timedelta(microseconds=1))
