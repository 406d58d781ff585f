"""A mediation by REST: what is said, when one meets, the points of the dispute, a mediator's own notes.

Lives here: the windows. Does not live here: the acts (``mediation.meeting``), who may (``rights.channels``).
Called by: Django, through ``routes``. What is a move (contacts, records, reports) is made as one.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.request import Request as Call
from rest_framework.response import Response

from mediation.actor import Actor
from mediation.api import operations
from mediation.api import workshapes as shapes
from mediation.api.answers import once
from mediation.api.incase import InCase, refusals
from mediation.api.parsers import read_limit
from mediation.api.views import checked
from mediation.facts import Malformed
from mediation.meeting import notebook, sessions, talks
from mediation.meeting.sessions import Seen
from mediation.meeting.telling import members
from mediation.models import MediationSession, Talk
from mediation.tasks import ring_tell
from mediation.vocabulary import Audience, Role, SessionMode, Standing, Verification, gettext_noop
from mediation.windows import meetacts

TAG = gettext_lazy("调解")
SPEAKERS = (Role.MEDIATOR, Role.PARTY, Role.AGENT)
ACTS: dict[str, frozenset[str]] = {
    "choose": frozenset({"fits"}),
    "acknowledge": frozenset(),
    "fix": frozenset({"time"}),
    "cancel": frozenset(),
    "record": frozenset({"people", "others", "told", "place"}),
    "hold": frozenset({"people", "others", "told", "place"}),
}
"""The acts on a session, and what each states: parties choose and acknowledge, the rest is the mediator's."""

OF_PARTIES = frozenset({"choose", "acknowledge"})


class Talks(InCase):
    """What is said in a mediation."""

    act = "say"

    @operations.operation(
        "list_talks",
        gettext_lazy("调解中的留言"),
        {200: shapes.TalkPage},
        errors=(404, 422),
        parameters=(
            operations.query("channel", gettext_lazy("只要这一渠道"), enum=[one.value for one in talks.CHANNELS]),
            operations.query("after", gettext_lazy("从该序号之后开始，默认0"), operations.whole()),
            operations.query("limit", gettext_lazy("每页条数，1至200，默认100"), operations.whole(1, 200)),
        ),
        tag=TAG,
    )
    def get(self, request: Call, ref: uuid.UUID) -> Response:
        """Return what was said in the caller's channels, oldest first."""
        self.open()
        asked = request.query_params
        limit, after = read_limit(asked.get("limit"), usual=100, most=200), read_after(asked.get("after", "0"))
        wanted = [one for one in self.channels if asked.get("channel") in (None, one.value)]
        found = Talk.objects.filter(case=self.case, channel__in=[one.value for one in wanted], pk__gt=after)
        rows = list(found.order_by("pk")[: limit + 1])
        body = {
            "channels": [one.value for one in self.channels],
            "open": talks.is_open(self.case),
            "items": rows[:limit],
            "next": rows[limit - 1].pk if len(rows) > limit else None,
        }
        return Response(shapes.TalkPage(body).data)

    @operations.operation(
        "say",
        gettext_lazy("留言或者提出和解金额"),
        {201: shapes.TalkOut},
        request=shapes.TalkIn,
        errors=(*operations.POSTED, 404),
        parameters=(operations.IDEMPOTENCY_KEY,),
        description=gettext_lazy("只与调解员沟通的内容另一方看不到；调解中的话不写入流水。"),
        tag=TAG,
    )
    @once
    def post(self, request: Call, ref: uuid.UUID) -> Response:
        """Say something."""
        self.open()
        channels, by = self.channels, self.capacity(*SPEAKERS)
        given = checked(shapes.TalkIn, request.data, plain=())
        channel = _channel(given, channels)
        with refusals():
            said = talks.say(
                self.case,
                channel,
                given["text"],
                offer=given.get("offer"),
                by=by,
                at=self.at,
                key=f"{self.account.ref.hex}/{uuid.uuid4()}",
            )
        ring_tell()
        return Response(shapes.TalkOut(said).data, status=201)


class Sessions(InCase):
    """The sessions of a mediation."""

    act = "propose_session"

    @operations.operation("list_sessions", gettext_lazy("调解会议"), {200: shapes.SessionList}, errors=(404,), tag=TAG)
    def get(self, request: Call, ref: uuid.UUID) -> Response:
        """Return the sessions the caller may know of."""
        self.open()
        found = sessions.of(self.case, self.channels)
        return Response({"items": [_session(one) for one in found]})

    @operations.operation(
        "propose_session",
        gettext_lazy("约定调解时间"),
        {201: shapes.SessionOut},
        request=shapes.SessionIn,
        errors=(*operations.POSTED, 404),
        parameters=(operations.IDEMPOTENCY_KEY,),
        tag=TAG,
    )
    @once
    def post(self, request: Call, ref: uuid.UUID) -> Response:
        """Propose times."""
        self.open()
        by = self.capacity(Role.MEDIATOR)
        given = checked(shapes.SessionIn, request.data, plain=())
        if any(not self.at < time <= self.at + sessions.FARTHEST for time in given["times"]):
            raise Malformed("times", gettext_noop("备选时间应当在今后二百天以内"))
        with refusals():
            made = sessions.propose(
                self.case,
                _channel(given, self.channels),
                SessionMode(given["mode"]),
                given["times"],
                place=given["place"],
                minutes=given["minutes"],
                by=by,
                at=self.at,
                key=f"{self.account.ref.hex}/{uuid.uuid4()}",
            )
        ring_tell()
        return Response(_session(made), status=201)


class ActOnSession(InCase):
    """One act on a session."""

    act = "session"

    @operations.operation(
        "act_on_session",
        gettext_lazy("办理调解会议"),
        {200: shapes.SessionOut},
        request=shapes.SessionActIn,
        errors=(*operations.POSTED, 404),
        parameters=(operations.IDEMPOTENCY_KEY,),
        description=gettext_lazy(
            "当事人：choose选择方便的时间，acknowledge确认阅知调解须知。"
            "调解员：fix确定时间，cancel取消，record登记出席和核实情况，hold登记并记录为已进行（首次即开始调解）。"
        ),
        tag=TAG,
    )
    @once
    def post(self, request: Call, ref: uuid.UUID, session: uuid.UUID, act: str) -> Response:
        """Do it and return how the session stands."""
        self.open()
        if act not in ACTS:
            raise Http404
        rows = MediationSession.objects.filter(case=self.case, channel__in=[one.value for one in self.channels])
        held = rows.filter(ref=session).first()
        if held is None:
            raise Http404
        held.case = self.case
        given = checked(shapes.SessionActIn, request.data, plain=())
        for name in given:
            if name not in ACTS[act]:
                raise Malformed(name, gettext_noop("没有这个字段"))
        with refusals():
            if act in OF_PARTIES:
                self._as_party(held, act, given)
            else:
                self._as_mediator(held, act, given, self.capacity(Role.MEDIATOR))
        ring_tell()
        held.refresh_from_db()
        return Response(_session(held))

    def _as_party(self, held: MediationSession, act: str, given: dict[str, Any]) -> None:
        by, parties = meetacts.spoken_for(self.case, self.actors)
        if by is None:
            raise Http404
        if act == "choose":
            sessions.choose(held, parties, given.get("fits", ()), self.at)
        else:
            sessions.acknowledge(held, [by.ref, *parties], Verification.ACCOUNT, self.at)

    def _as_mediator(self, held: MediationSession, act: str, given: dict[str, Any], by: Actor) -> None:
        if act == "fix":
            sessions.fix(held, given.get("time", 0), self.at)
        elif act == "cancel":
            sessions.cancel(held, self.at)
        else:
            self._record(held, given)
            if act == "hold":
                sessions.hold(held, by=by, at=self.at, key=f"session/{held.ref}/open")
                self.ring()

    def _record(self, held: MediationSession, given: dict[str, Any]) -> None:
        own = set(members(self.case, held.channel))
        agents = self.case.sheet.get("agents", {})
        able = own | {ref for ref, known in agents.items() if own & set(known["for"])}
        people = []
        for place, one in enumerate(given.get("people", ())):
            if str(one["person"]) not in able:
                raise Malformed(f"people.{place}.person", gettext_noop("没有这一名当事人"))
            people.append(Seen(str(one["person"]), one["present"], str(one["verified"]), one["read"]))
        sessions.keep(
            held,
            people,
            others=given.get("others", held.others),
            told=given.get("told", held.told_at is not None),
            place=given.get("place", held.place),
            at=self.at,
        )


class Points(InCase):
    """The points of the dispute, for the mediators of the case."""

    act = "keep_point"

    @operations.operation("list_points", gettext_lazy("争议点"), {200: shapes.PointList}, errors=(404,), tag=TAG)
    def get(self, request: Call, ref: uuid.UUID) -> Response:
        """Return them."""
        self.open()
        self.capacity(Role.MEDIATOR)
        return self._told(200)

    @operations.operation(
        "keep_point",
        gettext_lazy("记下、修改或者删去争议点"),
        {200: shapes.PointList},
        request=shapes.PointIn,
        errors=(*operations.POSTED, 404),
        parameters=(operations.IDEMPOTENCY_KEY,),
        tag=TAG,
    )
    @once
    def post(self, request: Call, ref: uuid.UUID) -> Response:
        """Write one down, change one, or strike one out."""
        self.open()
        by = self.capacity(Role.MEDIATOR)
        given = checked(shapes.PointIn, request.data, plain=())
        if given["drop"]:
            notebook.drop_point(self.case, given.get("id", 0))
            return self._told(200)
        for name in ("text", "standing"):
            if name not in given:
                raise Malformed(name, gettext_noop("缺少这一项"))
        sides = given["applicants_say"], given["respondents_say"]
        with refusals():
            notebook.keep_point(
                self.case, given.get("id"), given["text"], Standing(given["standing"]), sides, by=by, at=self.at
            )
        return self._told(200)

    def _told(self, status: int) -> Response:
        return Response({"items": shapes.PointOut(notebook.points_of(self.case), many=True).data}, status=status)


class Notes(InCase):
    """A mediator's own notes."""

    act = "keep_note"

    @operations.operation("list_notes", gettext_lazy("私人笔记"), {200: shapes.NoteList}, errors=(404,), tag=TAG)
    def get(self, request: Call, ref: uuid.UUID) -> Response:
        """Return the caller's own."""
        self.open()
        return self._told(self.capacity(Role.MEDIATOR))

    @operations.operation(
        "keep_note",
        gettext_lazy("写下或者销毁私人笔记"),
        {200: shapes.NoteList},
        request=shapes.NoteIn,
        errors=(*operations.POSTED, 404),
        parameters=(operations.IDEMPOTENCY_KEY,),
        tag=TAG,
    )
    @once
    def post(self, request: Call, ref: uuid.UUID) -> Response:
        """Write one, or destroy one."""
        self.open()
        by = self.capacity(Role.MEDIATOR)
        given = checked(shapes.NoteIn, request.data, plain=())
        if ("text" in given) == ("drop" in given):
            raise Malformed("text", gettext_noop("请填写text或者drop其中一项"))
        if "drop" in given:
            notebook.tear_out(self.case, given["drop"], by)
            return self._told(by)
        with refusals():
            notebook.write(self.case, given["text"], by=by, at=self.at, key=f"{self.account.ref.hex}/{uuid.uuid4()}")
        return self._told(by)

    def _told(self, by: Actor) -> Response:
        return Response({"items": shapes.NoteOut(notebook.notes_of(self.case, by), many=True).data})


def read_after(text: str, field: str = "after") -> int:
    """Return the key after which a list goes on; raises Malformed."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Malformed(field, gettext_noop("这一项的格式不正确"))
    return int(text)


def _channel(given: dict[str, Any], channels: list[Audience]) -> Audience:
    found = next((one for one in channels if one == given["channel"]), None)
    if found is None:
        raise Malformed("channel", gettext_noop("您不能使用这一渠道"))
    return found


def _session(one: MediationSession) -> dict[str, Any]:
    said = sessions.choices(one)
    known = sessions.attended(one)
    times = [{"id": time.pk, "starts_at": time.starts_at, "fits": said[time.pk]} for time in one.times.all()]
    open_now = one.state == sessions.SessionState.FIXED
    shown = {
        "ref": one.ref,
        "channel": one.channel,
        "mode": one.mode,
        "state": one.state,
        "place": one.place,
        "minutes": one.minutes,
        "starts_at": one.starts_at,
        "times": times,
        "attendance": list(known.values()),
        "lacking": [_(text) for text in sessions.lacking(one)] if open_now else [],
    }
    return dict(shapes.SessionOut(shown).data)
