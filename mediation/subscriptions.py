"""Subscriptions to changes: who wants to be told of what, where, and from where on.

Lives here: making, replaying and closing them, which addresses may be told at all. Does not live here: telling them
(``exchange.callbacks``), the order of changes (``feed``).
Called by: the REST windows, ``exchange.callbacks``, the operators' desk, ``tasks``.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from mediation import feed
from mediation.facts import Malformed
from mediation.models import Callback, Subscription
from mediation.vocabulary import gettext_noop
from roster.models import Account, Client

MOST = 20
"""How many open subscriptions one client may hold."""

KEPT = timedelta(days=30)
"""How long what a receiver answered can be looked at."""


CLOSED, UNREACHABLE, ENDED, WITHDRAWN = "CLOSED", "UNREACHABLE", "ENDED", "WITHDRAWN"
WHY = {
    CLOSED: gettext_noop("由程序停用"),
    UNREACHABLE: gettext_noop("连续三日未能送达"),
    ENDED: gettext_noop("程序已不能接收通知"),
    WITHDRAWN: gettext_noop("本人已撤回授权"),
}
"""Why a subscription is disabled: by its client, after long failure, because the client may no longer be told, because
the person took consent back.
"""


class TooMany(Exception):
    """一个程序最多有二十个订阅，请先停用不需要的"""

    def __str__(self) -> str:
        return gettext_noop("一个程序最多有二十个订阅，请先停用不需要的")


def check_address(url: str) -> None:
    """Raise Malformed unless a receiver may be at this address: public https, unless the setting allows any.

    What the name stands for is asked anew at each delivery (``exchange.targets``).
    """
    try:
        told = urlsplit(url)
        host, port = told.hostname or "", told.port
    except ValueError:
        raise Malformed("url", gettext_noop("这一项的格式不正确")) from None
    if not host or told.username or told.password or told.fragment or not url.isascii() or port == 0:
        raise Malformed("url", gettext_noop("这一项的格式不正确"))
    if settings.CALLBACKS_ANYWHERE and told.scheme in ("http", "https"):
        return
    if told.scheme != "https" or port not in (None, 443, 8443) or not is_public_name(host):
        raise Malformed("url", gettext_noop("接收地址应当是公网的https地址"))


def is_public_name(host: str) -> bool:
    """Tell whether a host can be on the public network as far as its name says."""
    try:
        return is_public(host)
    except ValueError:
        return "." in host and not host.endswith((".localhost", ".local", ".internal", ".lan", ".home.arpa"))


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public network; raises ValueError for what is none."""
    found = ipaddress.ip_address(address.strip("[]").partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    found = mapped or found
    return found.is_global and not found.is_multicast


def subscribe(
    client: Client,
    account: Account,
    platform: str,
    url: str,
    kinds: Sequence[str],
    at: datetime,
    since: int | None = None,
) -> Subscription:
    """This function will tell a client of changes from now on, or from after ``since``. Raises Malformed, TooMany,
    feed.Lost.
    """
    check_address(url)
    feed.check(platform, since or 0)
    with transaction.atomic():
        Client.objects.select_for_update().get(pk=client.pk)
        if Subscription.objects.filter(client=client, disabled_at__isnull=True).count() >= MOST:
            raise TooMany
        return Subscription.objects.create(
            platform=platform,
            client=client,
            account=account,
            url=url,
            kinds=sorted(set(kinds)),
            reached=feed.number(platform) if since is None else since,
            created_at=at,
        )


def replay(one: Subscription, since: int) -> None:
    """This function will have a subscription told again of everything after a position, though it was disabled. Raises
    feed.Lost.
    """
    feed.check(one.platform, since)
    standing = {"failures": 0, "failing_since": None, "next_at": None, "disabled_at": None, "why": ""}
    Subscription.objects.filter(pk=one.pk).update(reached=since, **standing)
    one.refresh_from_db()


def close(one: Subscription, why: str, at: datetime) -> None:
    """This function will tell a subscription of nothing more."""
    Subscription.objects.filter(pk=one.pk, disabled_at__isnull=True).update(disabled_at=at, why=why, next_at=None)
    one.refresh_from_db()


def close_all(client: Client, account: Account, at: datetime) -> None:
    """This function will tell a client of nothing more in the name of a person who has taken consent back."""
    Subscription.objects.filter(client=client, account=account, disabled_at__isnull=True).update(
        disabled_at=at, why=WITHDRAWN, next_at=None
    )


def unreachable(platform: str, at: datetime) -> QuerySet[Subscription]:
    """Return the subscriptions of programmes that are still open, given up lately as not to be reached."""
    given_up = Subscription.objects.filter(platform=platform, why=UNREACHABLE, disabled_at__gt=at - KEPT)
    return given_up.filter(client__revoked_at__isnull=True).order_by("-disabled_at")


def sweep(at: datetime) -> int:
    """Forget what receivers answered long ago, and return how many answers went."""
    return Callback.objects.filter(at__lt=at - KEPT).delete()[0]
