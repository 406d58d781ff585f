"""How values are spoken on a page: terms, money, dates, articles, days left, and the look of a state.

Lives here: template filters and the two badges. Does not live here: rules, queries, or any reading of the clock.
Called by: the templates of both platforms (``{% load mediation_tags %}``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy, ngettext

from mediation import platform, vocabulary
from mediation.dates import written
from mediation.vocabulary import Seat, State, Term, Track

register = template.Library()

T = TypeVar("T", bound=Term)


TONES: dict[State, str] = {
    State.FILED: "waiting",
    State.RETURNED: "ended",
    State.CONSULTING: "waiting",
    State.READY: "waiting",
    State.DELEGATED: "handed",
    State.APPLIED: "waiting",
    State.ACCEPTED: "active",
    State.MEDIATING: "active",
    State.SUSPENDED: "bad",
    State.SIGNING: "sign",
    State.SETTLED: "good",
    State.AGREEMENT_RETURNED: "handed",
    State.HANDED_BACK: "handed",
    State.UNSETTLED: "waiting",
    State.ENDED: "ended",
    State.DOCKETED: "ended",
    State.TRIAL_RESUMED: "ended",
    State.CONFIRMATION_SOUGHT: "handed",
    State.CONFIRMATION_REVIEW: "active",
    State.CONFIRMED: "good",
    State.CONFIRMATION_REFUSED: "bad",
    State.DECREE_SOUGHT: "handed",
    State.DECREE_ISSUED: "sign",
    State.DECREED: "good",
    State.PERFORMED: "good",
    State.ENFORCEMENT: "ended",
    State.WITHDRAWN: "ended",
    State.CLOSED: "ended",
    State.PROOF_SOUGHT: "handed",
}
"""Which of the shared tones a state wears; every tone has its own picture and always stands beside the word."""

_LETTERS = {Track.DELEGATED: "A", Track.ENTRUSTED: "B", Track.DIRECT: "C", Track.OFFLINE: "D"}

_MESSAGE_TONES = {"success": "good", "warning": "waiting", "error": "bad", "info": "active", "debug": "ended"}


@register.simple_tag
def term(value: Any, enumeration: str = "") -> str:
    """Return the term in the reader's language: a ``Term``, or a code with the name of its enumeration."""
    if isinstance(value, Term):
        return gettext(value.label)
    if not value:
        return ""
    terms = getattr(vocabulary, enumeration, None)
    found = _member(terms, value) if isinstance(terms, type) and issubclass(terms, Term) else None
    return gettext(found.label) if found else str(value)


def _member(terms: type[T], value: Any) -> T | None:
    try:
        return terms(value)
    except ValueError:
        return None


@register.filter
def money(fen: Any) -> str:
    """Return an amount in fen as yuan with thousands separators and two places; nothing for no amount."""
    if not isinstance(fen, int):
        return ""
    yuan, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}¥{yuan:,}.{rest:02d}"


@register.filter
def zhdate(value: Any) -> str:
    """Return a day, or an instant as spoken in Shanghai to the minute, written out in the reader's language."""
    if isinstance(value, str):
        value = _parse(value)
    return written(value) if isinstance(value, date) else ""


def _parse(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    except ValueError:
        return None


@register.filter
def isodate(value: Any) -> str:
    """Return a day or instant for the ``datetime`` attribute of ``<time>``."""
    return value.isoformat() if isinstance(value, date) else str(value or "")


@register.filter
def article(value: Any) -> SafeString | str:
    """Return a citation set small; takes text or anything with a ``citation``."""
    text = getattr(value, "citation", value)
    return format_html('<span class="article">{}</span>', gettext(str(text))) if text else ""


@register.filter
def days_left(days: Any) -> str:
    """Return in words how many working days are left or how many the due day is past."""
    if not isinstance(days, int):
        return ""
    if days < 0:
        return ngettext("已超过 %(days)d 个工作日", "已超过 %(days)d 个工作日", -days) % {"days": -days}
    if days == 0:
        return gettext("今天到期")
    return ngettext("还有 %(days)d 个工作日", "还有 %(days)d 个工作日", days) % {"days": days}


@register.filter
def absolute(number: Any) -> str:
    """Return a whole number without its sign."""
    return number_format(abs(number)) if isinstance(number, int) else ""


@register.filter
def bare(label: Any) -> str:
    """Return a label without the mark it ends on, so that another may follow."""
    return str(label).rstrip("？。：?.:")


@register.filter
def tone(state: Any) -> str:
    """Return the tone of a state, or ``ended`` for anything else."""
    found = _member(State, state)
    return TONES[found] if found else "ended"


@register.filter
def message_tone(tags: str) -> str:
    """Return the tone of a message from its level tag."""
    return _MESSAGE_TONES.get((tags or "").split(" ")[-1], "active")


@register.filter
def identity(code: Any) -> str:
    """Return which identity (``court``, ``net`` or ``public``) a platform code wears."""
    if code in ("court", "net", "public"):
        return str(code)
    if code not in platform.known():
        return "public"
    return "court" if platform.home_of(Seat.COURT) == code else "net"


@register.filter
def platform_title(code: Any) -> str:
    """Return what a platform, or its identity, is called; the code itself where it is neither."""
    titles: Mapping[str, Any] = {
        "court": gettext_lazy("人民法院调解平台"),
        "net": gettext_lazy("中国投资者网证券期货纠纷在线调解平台"),
    }
    return str(titles.get(identity(code), code))


@register.simple_tag
def first_control(bound: Any) -> str:
    """Return the id of the control that an error about this bound field should lead to."""
    return f"{bound.auto_id}_0" if bound.use_fieldset else bound.id_for_label


@register.inclusion_tag("mediation/badge.html")
def badge(state: Any) -> dict[str, str]:
    """Show a state: its word, its picture and its tone."""
    return {"tone": tone(state), "label": term(state, "State")}


@register.inclusion_tag("mediation/track.html")
def track(value: Any) -> dict[str, str]:
    """Show a track: its letter and its term."""
    found = _member(Track, value)
    return {"letter": _LETTERS[found] if found else "", "label": term(value, "Track")}
