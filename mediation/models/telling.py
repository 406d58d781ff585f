"""What people are told, what leaves the platform for them, and the traces of service.

Lives here: storage only. Does not live here: who is told what (``telling.table``), sending (``telling.dispatch``), what
counts as served (``telling.service``; the acts of legal weight stand in the journal).
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from mediation.models.case import Case
from mediation.vocabulary import Errand, Medium, MessageState, Role, ServiceChannel, ServiceTrace
from roster.sealed import SealedField


class ReadingMark(models.Model):
    """How far one reader of the journal has come: every entry up to ``reached`` has been read, except ``gaps``.

    Transactions commit out of order: ``gaps`` are keys below ``reached`` that were not there yet, each with the instant
    at which it was first missed.
    """

    reader = models.CharField(max_length=20, unique=True)
    reached = models.PositiveBigIntegerField(default=0)
    gaps: models.JSONField[Any, Any] = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.reader} {self.reached}"


class Notice(models.Model):
    """One thing told to one place in a case: a party, whoever mediates now, the people of an organisation or a court.

    ``seat`` is the party's or agent's reference, the organisation's reference or the court code; empty for mediators,
    who are found through their appointment. ``number`` is the entry it tells of, 0 for a reminder. ``loud`` ones also
    leave the platform: until ``settled`` their messages are still being addressed, to whoever holds the place then.
    """

    platform = models.CharField(max_length=32)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notices")
    number = models.PositiveIntegerField(default=0)
    role = models.CharField(max_length=24, choices=Role.choices())
    seat = models.CharField(max_length=36, blank=True)
    errand = models.CharField(max_length=16, choices=Errand.choices())
    text = models.CharField(max_length=300)
    values: models.JSONField[Any, Any] = models.JSONField(default=dict)
    link = models.CharField(max_length=36, blank=True)
    at = models.DateTimeField()
    loud = models.BooleanField(default=False)
    settled = models.BooleanField(default=False)
    next_at = models.DateTimeField()
    key = models.CharField(max_length=160)

    class Meta:
        verbose_name = _("通知")
        verbose_name_plural = _("通知")
        ordering: ClassVar = ["-at", "-pk"]
        constraints: ClassVar = [
            # However often and by however many tasks the journal is read, a place is told a thing once.
            models.UniqueConstraint(name="notice_once", fields=["platform", "key"]),
        ]
        indexes: ClassVar = [
            # The inbox of a court, an organisation, a party or an agent, newest first.
            models.Index(name="notice_by_seat", fields=["platform", "role", "seat", "-at"]),
            # The inbox of a mediator, case by case.
            models.Index(name="notice_by_case", fields=["case", "role", "-at"]),
            # What is still to be addressed; what is settled does not weigh on it.
            models.Index(
                name="notice_to_address", fields=["platform", "next_at"], condition=models.Q(loud=True, settled=False)
            ),
        ]

    def __str__(self) -> str:
        return self.key


class NoticeReading(models.Model):
    """Somebody has read a notice: the read trace of the in-app channel."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="readings")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_readings")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            # The first reading counts; it also answers what somebody has not read yet.
            models.UniqueConstraint(name="notice_read_once", fields=["notice", "account"]),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.account_id}"


class Preference(models.Model):
    """How somebody wants to be told; without a row the defaults of this model hold. The inbox is always on."""

    account = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preference")
    sms = models.BooleanField(_("发送短信"), default=True)
    email = models.BooleanField(_("发送电子邮件"), default=True)
    digest = models.BooleanField(_("每个工作日发送一次汇总"), default=True)
    mailbox = SealedField(_("电子邮箱"), blank=True, default="")
    language = models.CharField(_("语言"), max_length=10, default="zh-hans")

    class Meta:
        verbose_name = _("通知设置")
        verbose_name_plural = _("通知设置")

    def __str__(self) -> str:
        return str(self.account_id)


class OutgoingMessage(models.Model):
    """One message to a telephone or a mailbox, as a gateway sends it; address and text are sealed at rest.

    ``party`` is whom it is for where that is a party or agent of the case, ``account`` where it is somebody with one.
    ``WAITING`` until a gateway has taken it; ``BOUNCED`` if its address does not exist, ``PARKED`` after long failure,
    ``DROPPED`` when whom it was for no longer holds the place, or a code has expired. ``handle`` is the gateway's own
    name for it.
    """

    WAITING, SENT, BOUNCED, PARKED, DROPPED = (state.value for state in MessageState)

    platform = models.CharField(max_length=32)
    ref = models.UUIDField(default=uuid.uuid4, unique=True)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, null=True, related_name="outgoing_messages")
    party = models.UUIDField(null=True)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, null=True, related_name="messages")
    sending = models.ForeignKey(
        "mediation.ServiceSending", on_delete=models.CASCADE, null=True, related_name="messages"
    )
    errand = models.CharField(max_length=16, choices=Errand.choices())
    medium = models.CharField(max_length=8, choices=Medium.choices(), default=Medium.SMS)
    address = SealedField()
    subject = models.CharField(max_length=120, blank=True)
    text = SealedField()
    written_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=MessageState.choices(), default=MessageState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    handle = models.CharField(max_length=80, blank=True)
    # NULL, not "": only messages that came with a key may collide.
    key = models.CharField(max_length=240, null=True)  # noqa: DJ001

    class Meta:
        verbose_name = _("发出的消息")
        verbose_name_plural = _("发出的消息")
        ordering: ClassVar = ["-written_at", "-pk"]
        constraints: ClassVar = [
            # One notice leaves for one person by one medium once.
            models.UniqueConstraint(name="message_key_once", fields=["platform", "key"]),
        ]
        indexes: ClassVar = [
            # The messages of a case, newest first.
            models.Index(name="message_by_case", fields=["case", "-written_at"]),
            # The operators' view of what went out.
            models.Index(name="message_by_platform", fields=["platform", "-written_at", "-id"]),
            # What a gateway is still to be handed; what is done does not weigh on it.
            models.Index(
                name="message_waiting", fields=["platform", "next_at"], condition=models.Q(state__in=["WAITING"])
            ),
            # The few that people must look at.
            models.Index(
                name="message_stuck", fields=["platform", "id"], condition=models.Q(state__in=["PARKED", "BOUNCED"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.errand}"


class SendingAttempt(models.Model):
    """One attempt to hand a message to its gateway, and what came of it; ``why`` never holds an address or a text."""

    message = models.ForeignKey(OutgoingMessage, on_delete=models.CASCADE, related_name="tries")
    gateway = models.CharField(max_length=20)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=8)
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.message_id} {self.outcome}"


class ServiceSending(models.Model):
    """One document on its way to one party by one channel: a step of a service that stands in the journal.

    ``service`` is the service's reference there, ``place`` the step's place among its channels. ``state`` is the newest
    trace, empty until the step is taken; ``next_at`` when the next step is taken if nothing has come back, empty once
    nothing more is to be done.
    """

    platform = models.CharField(max_length=32)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="sendings")
    service = models.UUIDField()
    place = models.PositiveSmallIntegerField()
    channel = models.CharField(max_length=8, choices=ServiceChannel.choices())
    state = models.CharField(max_length=8, choices=ServiceTrace.choices(), blank=True)
    next_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("送达途径")
        verbose_name_plural = _("送达途径")
        ordering: ClassVar = ["place"]
        constraints: ClassVar = [
            # A channel of a service is taken once.
            models.UniqueConstraint(name="sending_once", fields=["platform", "service", "place"]),
        ]
        indexes: ClassVar = [
            # What waits for its next channel; what is done does not weigh on it.
            models.Index(
                name="sending_waiting", fields=["platform", "next_at"], condition=models.Q(next_at__isnull=False)
            ),
            # What a gateway has yet to answer for; it is asked about every few seconds.
            models.Index(
                name="sending_under_way",
                fields=["platform", "id"],
                condition=models.Q(state="SENT", channel__in=["SMS", "EMAIL"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service} {self.channel} {self.state}"


class ServiceMark(models.Model):
    """One trace of a service: by which channel, what happened, when, and to whose knowledge. Never changed."""

    sending = models.ForeignKey(ServiceSending, on_delete=models.CASCADE, related_name="marks")
    trace = models.CharField(max_length=8, choices=ServiceTrace.choices())
    at = models.DateTimeField()
    by = models.CharField(max_length=80, blank=True)
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.sending_id} {self.trace}"
