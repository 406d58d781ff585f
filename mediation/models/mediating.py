"""What a mediator works with: sessions and who attended them, what is said in confidence, notes, points, phone links.

Lives here: storage only. Does not live here: what may be done with it (``mediation.meeting``), who may read it
(``rights.channels``), what the journal says of a mediation. Nothing here crosses to the other platform (TY-2, ZX-18).

``channel`` is the audience of a row: PARTIES for everybody in the mediation, APPLICANTS or RESPONDENTS for one side and
the mediator alone.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mediation.models.case import Case
from mediation.vocabulary import Audience, Role, SessionMode, SessionState, Standing, Verification
from roster.sealed import SealedField


class MediationSession(models.Model):
    """One meeting of a mediation, with all parties or with one side (背对背): times proposed, one fixed, held.

    ``room`` names the audio or video room in which it is held, where it has one. ``others`` says who attended beside
    the people of the case. ``told_at`` is when the mediator informed and warned those present (TY-14, ZX-17).
    """

    platform = models.CharField(max_length=32)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="sessions")
    ref = models.UUIDField(default=uuid.uuid4, unique=True)
    channel = models.CharField(max_length=12, choices=Audience.choices())
    mode = models.CharField(max_length=12, choices=SessionMode.choices())
    place = models.CharField(max_length=200, blank=True)
    room = models.CharField(max_length=64, blank=True)
    minutes = models.PositiveSmallIntegerField(default=60)
    state = models.CharField(max_length=12, choices=SessionState.choices(), default=SessionState.PROPOSED.value)
    starts_at = models.DateTimeField(null=True)
    author = models.CharField(max_length=36)
    created_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    held_at = models.DateTimeField(null=True)
    others = SealedField(blank=True, default="")
    key = models.CharField(max_length=80)

    class Meta:
        verbose_name = _("调解会议")
        verbose_name_plural = _("调解会议")
        ordering: ClassVar = ["created_at", "id"]
        constraints: ClassVar = [
            # A form that was sent twice proposes one session; it also finds the sessions of a case.
            models.UniqueConstraint(name="session_once", fields=["case", "key"]),
            # A time that is fixed is one.
            models.CheckConstraint(
                name="session_fixed_has_time",
                condition=~models.Q(state__in=["FIXED", "HELD"]) | models.Q(starts_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.ref}"


class SessionTime(models.Model):
    """One time at which a session might be held."""

    session = models.ForeignKey(MediationSession, on_delete=models.CASCADE, related_name="times")
    starts_at = models.DateTimeField()

    class Meta:
        verbose_name = _("备选时间")
        verbose_name_plural = _("备选时间")
        ordering: ClassVar = ["starts_at"]
        constraints: ClassVar = [
            # A time is proposed once.
            models.UniqueConstraint(name="session_time_once", fields=["session", "starts_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.starts_at:%Y-%m-%d %H:%M}"


class SessionChoice(models.Model):
    """Whether a proposed time suits one party; its last word counts."""

    time = models.ForeignKey(SessionTime, on_delete=models.CASCADE, related_name="choices")
    party = models.UUIDField()
    fits = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("时间选择")
        verbose_name_plural = _("时间选择")
        constraints: ClassVar = [
            # Each party says one thing about each time.
            models.UniqueConstraint(name="session_choice_once", fields=["time", "party"]),
        ]

    def __str__(self) -> str:
        return f"{self.time_id} {self.party}"


class Attendance(models.Model):
    """One person of the case in one session: there or not, identified how (ZX-17), notices acknowledged (TY-14).

    ``acknowledged_at`` is set by the party itself, ``acknowledged_how`` says how it was made sure to be its own.
    """

    session = models.ForeignKey(MediationSession, on_delete=models.CASCADE, related_name="attendances")
    person = models.UUIDField()
    present = models.BooleanField(default=False)
    verified = models.CharField(max_length=16, choices=Verification.choices(), blank=True)
    verified_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_how = models.CharField(max_length=16, choices=Verification.choices(), blank=True)

    class Meta:
        verbose_name = _("出席情况")
        verbose_name_plural = _("出席情况")
        constraints: ClassVar = [
            # A person stands once in the record of a session.
            models.UniqueConstraint(name="attendance_once", fields=["session", "person"]),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.person}"


class Talk(models.Model):
    """One message in a mediation: between all parties and the mediator, or between one side and the mediator alone.

    ``offer`` is what the writer would settle for or pay, in fen, as text and sealed like the rest; empty for a plain
    message.
    """

    platform = models.CharField(max_length=32)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="talks")
    channel = models.CharField(max_length=12, choices=Audience.choices())
    role = models.CharField(max_length=20, choices=Role.choices())
    author = models.CharField(max_length=36)
    text = SealedField()
    offer = SealedField(blank=True, default="")
    at = models.DateTimeField()
    key = models.CharField(max_length=80)

    class Meta:
        verbose_name = _("调解中的消息")
        verbose_name_plural = _("调解中的消息")
        ordering: ClassVar = ["at", "id"]
        constraints: ClassVar = [
            # A form that was sent twice says a thing once.
            models.UniqueConstraint(name="talk_once", fields=["case", "key"]),
        ]
        indexes: ClassVar = [
            # One channel of a case, in order.
            models.Index(name="talk_by_channel", fields=["case", "channel", "at"]),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.channel}"


class MediatorNote(models.Model):
    """What a mediator writes down for nobody else; a mediator who replaces another does not read it."""

    platform = models.CharField(max_length=32)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notes")
    author = models.CharField(max_length=36)
    text = SealedField()
    at = models.DateTimeField()
    key = models.CharField(max_length=80)

    class Meta:
        verbose_name = _("调解员私人笔记")
        verbose_name_plural = _("调解员私人笔记")
        ordering: ClassVar = ["-at", "-id"]
        constraints: ClassVar = [
            # A form that was sent twice writes one note.
            models.UniqueConstraint(name="note_once", fields=["case", "key"]),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.at:%Y-%m-%d}"


class Point(models.Model):
    """One point of the dispute as the mediators of the case sort it: what each side says, and how it stands."""

    platform = models.CharField(max_length=32)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="points")
    text = SealedField()
    applicants_say = SealedField(blank=True, default="")
    respondents_say = SealedField(blank=True, default="")
    standing = models.CharField(max_length=12, choices=Standing.choices())
    author = models.CharField(max_length=36)
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("争议点")
        verbose_name_plural = _("争议点")
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.case_id} {self.standing}"


class MeetingLink(models.Model):
    """One party of one copy of a case may do by a link to its telephone what a mediation asks of it.

    Only the token's digest is kept. It dies like a signing link: past its time, replaced, when the party's number
    changes, after too many wrong codes.
    """

    platform = models.CharField(max_length=32)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="meeting_links")
    party = models.UUIDField()
    digest = models.CharField(max_length=64, unique=True)
    phone_index = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=80)
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    wrong = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("调解事项链接")
        verbose_name_plural = _("调解事项链接")
        constraints: ClassVar = [
            # Its codes go to a telephone, or nobody could ever open it.
            models.CheckConstraint(name="meeting_link_has_phone", condition=~models.Q(phone_index="")),
        ]
        indexes: ClassVar = [
            # The links of a case, newest first; a new one ends the older ones of the same party.
            models.Index(name="meeting_link_by_case", fields=["case", "party", "-issued_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.party}"
