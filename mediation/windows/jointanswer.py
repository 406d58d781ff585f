"""One answer for many parallel cases: the same form, filled in once, made in each case through the door.

Lives here: which moves can be answered together, which cases an answer is for, making it in each. Does not live here:
the form (``moveforms``), the desk from which one comes (``firmdesk``).
Called by: ``addresses``, ``firmdesk``. Each case is an entry of its own: one that is refused stops no other, and what
was sent twice is done once.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext

from mediation import guards, moves
from mediation.actor import Actor
from mediation.lifecycle import MOVES, Move
from mediation.models import Case, CaseEvent, Request
from mediation.moves import Refused
from mediation.vocabulary import Cause, State
from mediation.windows import actions, uploads
from mediation.windows.moveforms import MoveForm
from mediation.windows.pages import AWAITED, PEOPLE, citations, duty_to_take_part, is_awaited, sides
from mediation.windows.portal import Window
from mediation.workdays import local_day

MOST = 50
TOGETHER = ("consent", "refuse_consent", "confirm_address", "add_evidence", "extend", "stop_mediation")
"""What may be said once for many cases. Whatever rests on the text of one case alone is not here: signing, confirming
a record, money.
"""

IN_STATE = tuple(sorted({state.value for name in ("consent", "extend") for state in MOVES[name].sources}))
"""Where cases may wait for an answer that many can be given at once."""


@dataclass(frozen=True)
class Asked:
    """One case an answer is for: who answers, and why it cannot be made there now, if it cannot."""

    case: Case
    actor: Actor
    why: Refused | None = None


def is_reference(text: str) -> bool:
    """Tell whether a text may be the reference of a case."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def objection(case: Case, declared: Move, by: Actor, at: datetime) -> Refused | None:
    """Return what speaks against a move before anybody has stated facts, or None; without a query."""
    try:
        moves.check_standing(case, declared, by, {})
    except Refused as refused:
        return refused
    question = guards.Judgement(case, by, at, {})
    failed = next((one for one in declared.guards if not one.on_facts and not one.test(question)), None)
    return Refused(failed.code, failed.reason, failed.law, failed.remedy) if failed else None


def awaited(case: Case, by: Actor, at: datetime, asked: Iterable[Request] = ()) -> Move | None:
    """Return the move for which a case waits for this actor, or None; without a query. ``asked`` is what it has asked
    the other platform for already.
    """
    possible = (declared for name, declared in MOVES.items() if name in AWAITED and by.role in declared.by)
    return next(
        (one for one in possible if is_awaited(case, by, one.name, asked) and objection(case, one, by, at) is None),
        None,
    )


class JointAnswer(Window):
    """Answer many cases at once: which, what, then the form; then what came of it in each."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what can be said to these cases, or the form of what was chosen."""
        cases = self._wanted(request.GET)
        name = request.GET.get("move", "")
        if name not in TOGETHER:
            return self._choices(cases)
        asked = self._asked(cases, MOVES[name])
        able = [one for one in asked if one.why is None]
        if not able:
            return self._choices(cases)
        return self._shown(MoveForm(MOVES[name], able[0].case, able[0].actor, self.at), asked)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make the move in each case named, and say what came of it."""
        name = request.POST.get("move", "")
        if name not in TOGETHER:
            raise Http404
        seen = dict(pair.split("~", 1) for pair in request.POST.getlist("case")[:MOST] if "~" in pair)
        cases = self._named(seen)
        asked = self._asked(cases, MOVES[name])
        if not asked:
            raise Http404
        told = request.POST.copy()
        told["party"] = asked[0].actor.ref
        first = MoveForm(MOVES[name], asked[0].case, asked[0].actor, self.at, told, request.FILES)
        if not first.is_valid():
            return self._shown(first, asked, 422)
        key = str(first.cleaned_data["key"])
        answers: list[dict[str, Any]] = []
        # The files come with the first answer; each other one is a transaction of its own.
        with moves.together():
            kept = uploads.keep(self.site.code, first.cleaned_data.get("documents") or [], self.at)
            answers += [self._answer(one, first, request.POST, seen, key, kept) for one in asked[:1]]
        answers += [self._answer(one, first, request.POST, seen, key, kept) for one in asked[1:]]
        self.site.ring()
        done = sum(not row["why"] for row in answers)
        label = gettext(MOVES[name].label)
        context = {"label": label, "rows": answers, "done": done, "crumbs": self._crumbs(label)}
        return self.page("joint_done", context)

    def _answer(
        self,
        one: Asked,
        first: MoveForm,
        given: QueryDict,
        seen: Mapping[str, str],
        key: str,
        kept: list[uploads.Kept],
    ) -> dict[str, Any]:
        """Make the move in one case; the row says what came of it."""
        told = given.copy()
        told["seen"] = seen[str(one.case.ref)]
        told["key"] = str(uuid.uuid5(uuid.UUID(key), str(one.case.ref)))
        told["party"] = one.actor.ref
        form = MoveForm(first.declared, one.case, one.actor, self.at, told)
        # The files were judged and kept once for all.
        form.fields.pop("documents", None)
        row = {"title": sides(one.case), "number": one.case.number, "url": self.site.links.case(one.case), "why": ""}
        if form.is_valid() and (made := actions.make(form, kept, self.account, self.at)) is not None:
            return row | {"entry": made.number if isinstance(made, CaseEvent) else 0}
        return row | {"why": " ".join(str(text) for found in form.errors.values() for text in found)}

    # Which cases.

    def _wanted(self, given: QueryDict) -> list[Case]:
        """Return the cases an address names, or those of one cause in one state."""
        if refs := [text for text in given.getlist("case") if is_reference(text)]:
            return self._named(dict.fromkeys(refs, ""))
        cause, state = given.get("cause", ""), given.get("state", "")
        if cause not in Cause.__members__ or state not in State.__members__:
            raise Http404
        found = self.site.rights.own_cases(self.account).filter(cause=cause, state=state)
        return list(found.order_by("filed_at", "id").prefetch_related("people", "claims")[: MOST + 1])

    def _named(self, refs: Iterable[str]) -> list[Case]:
        wanted = [text for text in refs if is_reference(text)][:MOST]
        found = self.site.rights.own_cases(self.account).filter(ref__in=wanted)
        return list(found.order_by("filed_at", "id").prefetch_related("people", "claims"))

    def _asked(self, cases: Sequence[Case], declared: Move) -> list[Asked]:
        """Return the first cases with who answers in each, those that can be answered first."""
        asked = []
        for case in cases[:MOST]:
            every = self.site.rights.actors(self.account, case, self.at)
            able = [actor for actor in every if actor.role in PEOPLE and actor.role in declared.by]
            # Who speaks for several parties of a case answers there by itself.
            if len(able) == 1 and len(guards.acts_for(case, able[0])) == 1:
                asked.append(Asked(case, able[0], objection(case, declared, able[0], self.at)))
        return sorted(asked, key=lambda one: one.why is not None)

    # Pages.

    def _choices(self, cases: Sequence[Case]) -> HttpResponse:
        found = []
        for name in TOGETHER:
            able = [one for one in self._asked(cases, MOVES[name]) if one.why is None]
            if able:
                query = "&".join([f"move={name}", *(f"case={one.case.ref}" for one in able)])
                url = f"{self.site.url('desk_answer')}?{query}"
                found.append({"label": gettext(MOVES[name].label), "count": len(able), "url": url})
        context = {
            "choices": found,
            "titles": [sides(case) for case in cases[:MOST]],
            "more": len(cases) > MOST,
            "crumbs": self._crumbs(""),
        }
        return self.page("joint_choose", context)

    def _shown(self, form: MoveForm, asked: Sequence[Asked], status: int = 200) -> HttpResponse:
        declared, today = form.declared, local_day(self.at)
        refuses = declared.name in ("refuse_consent", "stop_mediation")
        duties = {text for one in asked if refuses and (text := duty_to_take_part(one.case, one.actor.ref, today))}
        form.fields.pop("party", None)
        label = gettext(declared.label)
        context = {
            "form": form,
            "move": declared.name,
            "label": label,
            "article": citations(declared.law, today),
            "able": [self._row(one) for one in asked if one.why is None],
            "closed": [self._row(one) for one in asked if one.why is not None],
            "bound": "；".join(sorted(duties)),
            "grave": refuses,
            "crumbs": self._crumbs(label),
        }
        return self.page("joint_answer", context, status)

    def _row(self, one: Asked) -> Mapping[str, Any]:
        return {
            "mark": f"{one.case.ref}~{one.case.entries}",
            "title": sides(one.case),
            "number": one.case.number,
            "url": self.site.links.case(one.case),
            "why": actions.spoken(one.why, self.at) if one.why else "",
        }

    def _crumbs(self, last: str) -> list[dict[str, str]]:
        trail = [{"label": gettext("应诉工作台"), "url": self.site.url("desk")}]
        return [*trail, {"label": last or gettext("一并答复"), "url": ""}]
