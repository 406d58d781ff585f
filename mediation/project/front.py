"""The public front page: what the mechanism is, the ways in, how long, what it costs, and where to go.

Called by: ``urls``. Shows the platforms of this deployment only; every period is read from ``law``.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from mediation import law, platform, present
from mediation.project.context import identity_of, links_of
from mediation.vocabulary import ClockKind, Procedure, Track, gettext_noop
from mediation.workdays import local_day

COURT, BOTH = gettext_noop("人民法院"), gettext_noop("双方当事人共同")
ORGANISATION, CREDITOR = gettext_noop("调解组织"), gettext_noop("权利人")
STEPS: tuple[tuple[str, str, ClockKind, tuple[tuple[str, Track, Procedure | None], ...]], ...] = (
    (gettext_noop("指定调解组织"), COURT, ClockKind.DESIGNATE, (("", Track.DELEGATED, None),)),
    (
        gettext_noop("答复是否接受"),
        ORGANISATION,
        ClockKind.REPLY,
        (
            (gettext_noop("法院委派、委托"), Track.DELEGATED, None),
            (gettext_noop("直接申请"), Track.DIRECT, None),
        ),
    ),
    (
        gettext_noop("调解"),
        ORGANISATION,
        ClockKind.MEDIATE,
        (
            (gettext_noop("立案前"), Track.DELEGATED, None),
            (gettext_noop("立案后普通程序"), Track.ENTRUSTED, Procedure.ORDINARY),
            (gettext_noop("立案后简易程序"), Track.ENTRUSTED, Procedure.SUMMARY),
        ),
    ),
    (gettext_noop("申请司法确认"), BOTH, ClockKind.CONFIRM, (("", Track.DELEGATED, None),)),
    (gettext_noop("审查司法确认申请"), COURT, ClockKind.REVIEW, (("", Track.DELEGATED, None),)),
    (gettext_noop("申请强制执行"), CREDITOR, ClockKind.ENFORCE, (("", Track.DELEGATED, None),)),
)
"""What the table of periods shows: step, by whom, which clock, and where it differs from case to case."""


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """Show the front page."""
    doors = [
        {
            "title": config.title,
            "identity": identity_of(config),
            "links": links_of(config),
            "prefix": f"/{config.url_prefix}",
        }
        for config in platform.installed()
    ]
    context = {"doors": doors, "periods": periods(local_day(present.now()))}
    return render(request, "mediation/front.html", context)


def periods(on: date) -> list[dict[str, Any]]:
    """Return the rows of the table of periods as the law stands on a day."""
    return [_period(step, who, kind, cases, on) for step, who, kind, cases in STEPS]


def _period(
    step: str, who: str, kind: ClockKind, cases: tuple[tuple[str, Track, Procedure | None], ...], on: date
) -> dict[str, Any]:
    rules = [
        (when, law.rule_for(kind, track=track, procedure=procedure, on=on, figures=settings.OWN_FIGURES))
        for when, track, procedure in cases
    ]
    return {
        "step": gettext(step),
        "who": gettext(who),
        "article": "；".join(dict.fromkeys(text for _when, rule in rules for text in rule.cited(on))),
        "lines": [
            {
                "when": gettext(when) if when else "",
                "length": gettext("自%(start)s起 %(value)d %(unit)s")
                % {"start": gettext(rule.counted_from), "value": rule.value, "unit": gettext(rule.unit.label)},
                "own_figure": rule.own_figure,
            }
            for when, rule in rules
        ],
    }
