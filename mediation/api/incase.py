"""What the windows inside a case share: the case, the caller's capacities in it, and refusals in one shape.

Lives here: the base of these windows, turning the refusals of what they call into ``Refused``. Does not live here: any
judgement.
Called by: ``mediating``, ``agreements``, ``people``.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar

from django.http import Http404
from rest_framework.request import Request as Call

from mediation import present
from mediation.actor import Actor
from mediation.api.authentication import MEDIATION
from mediation.api.views import Window
from mediation.clauses import agreement, drafts
from mediation.meeting import notebook, sessions, talks
from mediation.models import Case
from mediation.moves import Refused
from mediation.papers import PaperRefused
from mediation.vocabulary import Audience, Role, gettext_noop
from mediation.windows.partylink import LinkRefused

LATE = (
    talks.NotNow,
    talks.TooMany,
    sessions.NotNow,
    notebook.TooMany,
    drafts.NotNow,
    agreement.TooManyClauses,
    LinkRefused,
)
"""Refusals because of how things stand."""


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what pages are refused with into the refusal that the windows tell; raises Refused."""
    try:
        yield
    except LATE as late:
        raise Refused("now", str(late), (), gettext_noop("请查看案件的最新情况")) from late
    except talks.NoPower as weak:
        raise Refused("can_dispose", str(weak), ("CPL-62",), gettext_noop("请由当事人本人提出")) from weak
    except drafts.Overwritten as overtaken:
        raise Refused("overtaken", str(overtaken), (), gettext_noop("请重新读取后再提交")) from overtaken
    except sessions.Incomplete as lacking:
        raise Refused("lacking", lacking.lacking[0], ("ZX-17",), gettext_noop("请先补充登记")) from lacking
    except drafts.Unfit as unfit:
        reason = gettext_noop("协议还有必须改正的问题")
        raise Refused("unfit", reason, unfit.found[0].law, gettext_noop("请先改正defects中必须改正的问题")) from unfit
    except PaperRefused as unprintable:
        raise Refused("paper", str(unprintable), (), gettext_noop("请核对内容")) from unprintable


class InCase(Window):
    """A window inside a case that the caller may see."""

    of_case = True
    scopes: ClassVar[dict[str, str]] = {"GET": MEDIATION, "HEAD": MEDIATION, "POST": MEDIATION}
    case: Case
    actors: list[Actor]
    at: datetime

    def initial(self, request: Call, *args: Any, **kwargs: Any) -> None:
        """Find the case and the caller's capacities in it once the caller is known; raises Http404."""
        super().initial(request, *args, **kwargs)
        self.at = present.now()
        # A repeated submission is answered though its sender may see the case no longer: so it is found when needed.
        self._ref: uuid.UUID = kwargs["ref"]

    def open(self) -> None:
        """Find the case and the caller's capacities in it; raises Http404."""
        self.case = self.find(self._ref, self.at)
        self.actors = self.rights.actors(self.account, self.case, self.at)

    def capacity(self, *roles: Role) -> Actor:
        """Return the first of the caller's capacities with one of these roles; raises Http404 without one."""
        for actor in self.actors:
            if actor.role in roles:
                return actor
        raise Http404

    @cached_property
    def channels(self) -> list[Audience]:
        """The channels of the mediation that the caller may use; raises Http404 where there is none."""
        allowed = self.rights.channels(self.case, self.actors)
        found = [one for one in talks.CHANNELS if one in allowed]
        if not found:
            raise Http404
        return found
