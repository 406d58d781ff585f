"""Telling subscribers of changes: the journal is the queue, each subscription has its place in it.

Lives here: what is told (CloudEvents 1.0, signed by RFC 9421), in which order, when it is tried again and given up.
Does not live here: subscribing (``mediation.subscriptions``), the HTTP client (``targets``), the order (``feed``).
Called by: ``tasks``.

Told at least once and in order: the place moves on only after the receiver has answered 2xx. Nothing is told but what
happened in which case (never a name or a text), and only of cases that the client may see at that moment. A receiver
that is dead costs its own subscription time and nobody else anything.
"""

from __future__ import annotations

import json
import logging
import time
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.db.models import Q
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from mediation import feed, log, platform, subscriptions
from mediation.actor import platform_itself
from mediation.api.authentication import ROSTERS, WEBHOOKS
from mediation.api.changes import ROW_KINDS, change, readable, row_change
from mediation.exchange import signing, targets
from mediation.exchange.targets import Heard, Unreached
from mediation.models import Callback, Change, Subscription
from mediation.rights import Rights, within
from mediation.telling import dispatch
from mediation.telling.people import preference_of
from mediation.vocabulary import Errand, Medium
from roster import tokens

MEDIA_TYPE = "application/cloudevents+json"
AT_ONCE = 50
LEASE = timedelta(minutes=10)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)
GIVEN_UP = timedelta(days=3)
"""After how long of failing a subscription is disabled, and its client told."""

logger = logging.getLogger(__name__)


def tell(code: str, at: datetime) -> int:
    """This function will tell every subscriber of a platform what is due, and return how many changes were taken."""
    head = feed.number(code)
    due = Subscription.objects.filter(
        Q(next_at__isnull=True) | Q(next_at__lte=at), platform=code, disabled_at__isnull=True, reached__lt=head
    )
    return sum(_served(one, at) for one in list(due.order_by("next_at", "pk")[:200]))


def _served(one: Subscription, at: datetime) -> int:
    """Serve one subscription, unless another worker does; a defect of ours holds up no other."""
    free = Q(leased_until__isnull=True) | Q(leased_until__lte=at)
    if not Subscription.objects.filter(free, pk=one.pk, disabled_at__isnull=True).update(leased_until=at + LEASE):
        return 0
    try:
        one.refresh_from_db()
        return _serve(one, at)
    except Exception:
        logger.exception("subscription %s could not be served", one.ref)
        _fail(one, at)
        return 0
    finally:
        Subscription.objects.filter(pk=one.pk).update(leased_until=None)


def _serve(one: Subscription, at: datetime) -> int:
    access = tokens.standing(one.client, one.account)
    if access is None or WEBHOOKS not in access.scopes:
        subscriptions.close(one, subscriptions.ENDED, at)
        return 0
    config = platform.config(one.platform)
    rights: Rights = import_string(f"{config.name}.access.rights")
    cases = rights.visible(access.account, at).filter(within(access))
    actors = rights.actors_within(access.account, access, at) if ROSTERS in access.scopes else []
    books = readable(rights, actors) if ROW_KINDS & {*one.kinds} else {}
    seats, told = rights.seats_within(access.account, access, at), 0
    page = feed.read(one.platform, cases, one.reached, most=AT_ONCE, kinds=one.kinds, books=books, seats=seats)
    for found in page.changes:
        if not _deliver(one, found, at):
            _fail(one, at)
            return told
        told += 1
        _advance(one, found.position or 0)
    _advance(one, page.reached)
    return told


def _advance(one: Subscription, reached: int) -> None:
    """Move the place on, unless somebody has asked for a replay meanwhile."""
    fields = {"reached": reached, "failures": 0, "failing_since": None, "next_at": None}
    if Subscription.objects.filter(pk=one.pk, reached=one.reached).update(**fields):
        one.reached = reached


def _deliver(one: Subscription, found: Change, at: datetime) -> bool:
    """Tell one change and keep what came of it; True once the receiver has taken it."""
    body = json.dumps(event(found), ensure_ascii=False).encode()
    headers = signing.sign_callback(one.platform, one.url, MEDIA_TYPE, body, at)
    kept = Callback(subscription=one, position=found.position or 0, kind=found.kind, at=at)
    began = time.monotonic()
    try:
        heard: Heard | None = targets.post(one.url, headers, body)
    except Unreached as broken:
        heard, kept.why = None, str(broken)[:60]
    kept.milliseconds = int((time.monotonic() - began) * 1000)
    if heard is not None:
        kept.status, kept.answer = heard.status, heard.text[:200]
    kept.save()
    return heard is not None and 200 <= heard.status < 300


def event(found: Change) -> dict[str, Any]:
    """Return a change as a CloudEvent: which case or row, which entry, which kind, and no personal data."""
    config = platform.config(found.platform)
    told = change(found) if found.case else row_change(found)
    return {
        "specversion": "1.0",
        "id": f"{found.platform}/{found.position}",
        "source": urljoin(settings.PUBLIC_URL, f"{config.url_prefix}api/v1/"),
        "type": found.kind,
        "subject": told["case"] if found.case else told["ref"],
        "time": found.at.isoformat(),
        "datacontenttype": "application/json",
        "data": told,
    }


def pause_after(failures: int) -> timedelta:
    """Return how long to leave a receiver alone after so many failures: 10 s, twice as long each time, at most 1 h."""
    return min(FIRST_PAUSE * 2 ** min(failures - 1, 12), LONGEST_PAUSE)


def _fail(one: Subscription, at: datetime) -> None:
    since = one.failing_since or at
    failures = one.failures + 1
    Subscription.objects.filter(pk=one.pk).update(
        failures=failures, failing_since=since, next_at=at + pause_after(failures)
    )
    if at - since >= GIVEN_UP:
        subscriptions.close(one, subscriptions.UNREACHABLE, at)
        _say(one, at)


def _say(one: Subscription, at: datetime) -> None:
    """Tell whoever answers for the client, or else whoever registered it, and write it down.

    Neither may have an address: the operators see it on their desk besides (``subscriptions.unreachable``).
    """
    noted = {"subscription": str(one.ref), "client": one.client.name}
    log.note(one.platform, "", "callback.disabled", by=platform_itself(one.platform), at=at, facts=noted)
    text = _("程序“%(name)s”的变更通知连续三日未能送达，已停止发送。修复后请重新启用，期间的变更可以补送。") % {
        "name": one.client.name
    }
    key = f"callback/{one.ref}/{at.isoformat()}"
    for account in filter(None, (one.account, one.client.created_by)):
        mailbox, phone = preference_of(account).mailbox, account.phone
        medium, address = (Medium.EMAIL, mailbox) if mailbox else (Medium.SMS, phone)
        if address and account.is_active:
            dispatch.write(one.platform, medium, address, text, Errand.NOTICE, at, account=account, key=key)
            return
