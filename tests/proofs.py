"""What a signature needs beside the signer: the proof of who it is, the review before a seal.

Called by: every stage and story of the tests that signs an agreement, so that what the door asks for stands here once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.test import Client

from mediation.actor import Actor
from mediation.models import OutgoingMessage

REVIEWED = dict.fromkeys(("people", "clear", "lawful", "genuine"), True)
"""What an organisation confirms before its seal."""


def proved(by: Actor, move: str, facts: Mapping[str, Any]) -> Actor:
    """Return the actor as if it had just typed the code for what it signs; for other moves as it is."""
    return replace(by, proof=str(facts.get("digest", ""))) if move == "sign" else by


def last_code() -> str:
    """Return the one-time code that was sent last."""
    text = OutgoingMessage.objects.filter(errand="CODE").latest("pk").text
    found = re.search(r"[0-9]{6}", text)
    assert found
    return found[0]


def code_for(client: Client, url: str) -> str:
    """Have the page of a signature send its code, and return it."""
    assert client.post(url, {"send_code": "1"}).status_code == 302
    return last_code()
