"""Inboxes as pages show them: rows, what is unread, how somebody wants to be told. Shared by portal and desk.

Lives here: what both kinds of pages do alike. Does not live here: whose a notice is (``telling.people``), addresses.
Called by: ``tellpages``, ``portal``, ``adminkit.telling``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from mediation.models import Notice, NoticeReading, Preference
from mediation.telling.dispatch import worded
from mediation.telling.people import preference_of, unread
from mediation.vocabulary import Errand
from mediation.windows.pages import label_of
from roster.models import Account

COUNTED = 99


def waiting(account: Account, mine: QuerySet[Notice]) -> str:
    """Return how many of these notices somebody has not read, as a menu shows it: empty for none."""
    count = len(unread(mine, account).values_list("pk")[: COUNTED + 1])
    return f"{COUNTED}+" if count > COUNTED else str(count or "")


def inbox_rows(account: Account, found: Sequence[Notice]) -> list[dict[str, Any]]:
    """Return notices as a list shows them."""
    seen = set(NoticeReading.objects.filter(account=account, notice__in=found).values_list("notice", flat=True))
    return [
        {
            "pk": one.pk,
            "at": one.at,
            "case": one.case.called,
            "label": label_of(Errand(one.errand)),
            "said": worded(one),
            "read": one.pk in seen,
        }
        for one in found
    ]


def read(account: Account, found: Sequence[Notice], at: datetime) -> None:
    """This function will note that somebody has read these notices; the first reading stays."""
    NoticeReading.objects.bulk_create(
        [NoticeReading(notice=one, account=account, at=at) for one in found], ignore_conflicts=True
    )


@dataclass(frozen=True)
class Leaf:
    """One page of an inbox, newest first; ``older`` is the query of the next one, ``first`` whether none is newer."""

    rows: list[dict[str, Any]]
    older: str
    first: bool


def leaf(request: HttpRequest, account: Account, mine: QuerySet[Notice], size: int) -> Leaf:
    """Return the page of an inbox that a request asks for; a senseless place is the first page."""
    before = _place(request.GET.get("before", ""))
    if before is not None:
        at, pk = before
        mine = mine.filter(at__lte=at).filter(Q(at__lt=at) | Q(pk__lt=pk))
    found = list(mine.order_by("-at", "-pk")[: size + 1])
    last = found[size - 1] if len(found) > size else None
    older = "?" + urlencode({"before": f"{last.at.isoformat()}~{last.pk}"}) if last else ""
    return Leaf(inbox_rows(account, found[:size]), older, before is None)


def _place(text: str) -> tuple[datetime, int] | None:
    when, _tilde, pk = text.partition("~")
    try:
        at = datetime.fromisoformat(when)
    except ValueError:
        return None
    return (at, int(pk)) if at.tzinfo and pk.isdecimal() and len(pk) < 19 else None


class PreferenceForm(forms.ModelForm):
    """How somebody wants to be told."""

    mailbox = forms.EmailField(label=_("电子邮箱"), required=False, max_length=120)
    language = forms.ChoiceField(label=_("通知的语言"), choices=[("zh-hans", "简体中文"), ("en", "English")])

    class Meta:
        model = Preference
        fields = ("sms", "email", "mailbox", "digest", "language")


def preferences(request: HttpRequest, account: Account) -> tuple[PreferenceForm, bool]:
    """Return the form of somebody's wishes, and whether a valid one was sent and is kept."""
    held = preference_of(account)
    held.account = account
    form = PreferenceForm(
        request.POST if request.method == "POST" else None,
        instance=held,
        initial={"mailbox": held.mailbox, "language": held.language},
    )
    if request.method != "POST" or not form.is_valid():
        return form, False
    form.instance.mailbox, form.instance.language = form.cleaned_data["mailbox"], form.cleaned_data["language"]
    form.save()
    return form, True
