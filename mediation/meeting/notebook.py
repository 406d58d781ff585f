"""A mediator's private notes, and the points of the dispute as the mediators of a case sort them.

Lives here: writing them. Does not live here: pages; what becomes of points in the text of undisputed facts
(``records``).
Called by: pages for mediators alone.
"""

from __future__ import annotations

from datetime import datetime

from mediation.actor import Actor
from mediation.models import Case, MediatorNote, Point
from mediation.vocabulary import Standing, gettext_noop

MOST_POINTS = 60
MOST_NOTES = 500


class TooMany(Exception):
    """已经到达上限，请先删除不需要的"""

    def __str__(self) -> str:
        return gettext_noop("已经到达上限，请先删除不需要的")


def write(case: Case, text: str, *, by: Actor, at: datetime, key: str) -> MediatorNote:
    """This function will keep a note for its writer alone; sent twice, it is kept once. Raises TooMany."""
    if MediatorNote.objects.filter(case=case, author=by.ref).count() >= MOST_NOTES:
        raise TooMany
    told = {"platform": case.platform, "author": by.ref, "text": text, "at": at}
    return MediatorNote.objects.get_or_create(case=case, key=key, defaults=told)[0]


def notes_of(case: Case, by: Actor) -> list[MediatorNote]:
    """Return the notes that this mediator wrote in a case, newest first."""
    return list(MediatorNote.objects.filter(case=case, author=by.ref))


def tear_out(case: Case, pk: int, by: Actor) -> None:
    """This function will destroy one of the mediator's own notes."""
    MediatorNote.objects.filter(case=case, author=by.ref, pk=pk).delete()


def points_of(case: Case) -> list[Point]:
    """Return the points of a dispute in the order in which they were written down."""
    return list(Point.objects.filter(case=case))


def keep_point(
    case: Case, pk: int | None, text: str, standing: Standing, sides: tuple[str, str], *, by: Actor, at: datetime
) -> None:
    """This function will write a point down, or change it; ``sides`` is what applicants and respondents say of it.

    Raises TooMany.
    """
    told = {
        "text": text,
        "standing": standing.value,
        "applicants_say": sides[0],
        "respondents_say": sides[1],
        "author": by.ref,
        "updated_at": at,
    }
    if pk is not None:
        held = Point.objects.filter(case=case, pk=pk).first()
        if held is None:
            return
        for name, value in told.items():
            setattr(held, name, value)
        held.save()
        return
    if Point.objects.filter(case=case).count() >= MOST_POINTS:
        raise TooMany
    Point.objects.create(platform=case.platform, case=case, **told)


def drop_point(case: Case, pk: int) -> None:
    """This function will strike a point out."""
    Point.objects.filter(case=case, pk=pk).delete()
