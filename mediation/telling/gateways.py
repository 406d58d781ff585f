"""Gateways: the one place where a message leaves the platform, by SMS or e-mail.

Lives here: what a gateway is, the four there are, which one the settings choose. Does not live here: when a message is
sent and tried again (``dispatch``).
Called by: ``dispatch``.

A gateway returns its own name for the message, or raises ``Bounced`` where trying again is in vain, ``Unavailable``
where it is not. The message's reference goes along, so that a gateway can tell a repeated call.
"""

from __future__ import annotations

import json
import os
import smtplib
import sys
from collections.abc import Callable, Mapping

import requests
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from urllib3.exceptions import HTTPError

from mediation.models import OutgoingMessage
from mediation.vocabulary import Medium

CONNECT_SECONDS, READ_SECONDS = 3, 15
REFUSED = frozenset({400, 404, 410, 422})
"""Answers of an SMS gateway that say: not to this number, however often."""

LARGEST_ANSWER = 64 * 1024
Gateway = Callable[[OutgoingMessage], str]


class Bounced(Exception):
    """地址不存在或者被拒收"""


class Unavailable(Exception):
    """网关暂时不能使用"""


def hand_over(message: OutgoingMessage) -> str:
    """This function will hand one message to the gateway of its medium. Raises Bounced, Unavailable."""
    return GATEWAYS[name_of(Medium(message.medium))](message)


def name_of(medium: Medium) -> str:
    """Return the name of the gateway that the settings choose for a medium."""
    return str(settings.SMS_GATEWAY if medium is Medium.SMS else settings.EMAIL_GATEWAY)


def _to_console(message: OutgoingMessage) -> str:
    sys.stdout.write(f"[{message.medium}] {message.address}: {message.text}\n")
    sys.stdout.flush()
    return ""


def _to_file(message: OutgoingMessage) -> str:
    """Append the message as one line of JSON to a file that only the service may read."""
    folder = settings.STATE_DIR / "messages"
    line = {"ref": str(message.ref), "to": message.address, "subject": message.subject, "text": message.text}
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        opened = os.open(folder / f"{message.medium.lower()}.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(opened, "a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    except OSError as broken:
        raise Unavailable(type(broken).__name__) from broken
    return ""


def _by_smtp(message: OutgoingMessage) -> str:
    mail = EmailMessage(
        message.subject,
        message.text,
        settings.MAIL_FROM,
        [message.address],
        headers={"Message-ID": f"<{message.ref}@{settings.MAIL_FROM.rpartition('@')[2]}>"},
        connection=get_connection(timeout=READ_SECONDS, **settings.SMTP),
    )
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as refused:
        code = next(iter(refused.recipients.values()))[0]
        if 500 <= code < 600:
            raise Bounced(str(code)) from refused
        raise Unavailable(str(code)) from refused
    except ValueError as malformed:
        raise Bounced(type(malformed).__name__) from malformed
    except (smtplib.SMTPException, OSError) as broken:
        raise Unavailable(type(broken).__name__) from broken
    return ""


def _by_http(message: OutgoingMessage) -> str:
    try:
        with requests.post(
            settings.SMS_URL,
            json={"id": str(message.ref), "to": message.address, "text": message.text},
            headers={"Authorization": f"Bearer {settings.SMS_TOKEN}", "Idempotency-Key": str(message.ref)},
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
            stream=True,
        ) as response:
            content = response.raw.read(LARGEST_ANSWER, decode_content=True)
            if response.status_code in REFUSED:
                raise Bounced(str(response.status_code))
            if not response.ok or response.is_redirect:
                raise Unavailable(str(response.status_code))
            return _handle(content)
    except (requests.RequestException, HTTPError, OSError) as broken:
        raise Unavailable(type(broken).__name__) from broken


def _handle(content: bytes) -> str:
    """Return the gateway's own name for a message it has taken; one that gives none has taken it all the same."""
    try:
        said = json.loads(content)
    except ValueError:
        return ""
    return str(said.get("id", ""))[:80] if isinstance(said, dict) else ""


GATEWAYS: Mapping[str, Gateway] = {"console": _to_console, "file": _to_file, "smtp": _by_smtp, "http": _by_http}
