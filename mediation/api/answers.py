"""Every submission once: answers kept under their Idempotency-Key, and a note of which programme acted.

Lives here: the decorator that every POST wears under its ``operation``. Does not live here: the acts themselves.
Called by: the views.

Act, kept answer and note are one transaction. A repetition gets the very same status, headers and body; one under the
same key with other content is refused. What was refused is not kept: whoever has cured the reason may send the same
key again. A second submission that comes while the first is under way waits for it at the key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.db import IntegrityError, transaction
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request as Call
from rest_framework.response import Response

from mediation import log, present, problems
from mediation.actor import Actor
from mediation.api import submissions
from mediation.api.parsers import read_key
from mediation.models import KeptAnswer
from mediation.vocabulary import Role
from roster.models import Account
from roster.sealed import open_bytes, seal_bytes
from roster.tokens import Access

KEPT = timedelta(days=30)
REPLAYED = {"Idempotency-Replayed": "true"}
HEADERS = ("ETag", "Location")

Handler = Callable[..., Response]


def once(handler: Handler) -> Handler:
    """Return a handler that carries each submission out once, and notes the programme that sent it."""

    @wraps(handler)
    def answered(window: Any, call: Call, *args: Any, **kwargs: Any) -> Response:
        return carry_out(window, call, lambda: handler(window, call, *args, **kwargs), kwargs)

    answered.once = True  # type: ignore[attr-defined]
    return answered


def carry_out(
    window: Any, call: Call, act: Callable[[], Response], named: dict[str, Any], *, key: str | None = None,
    body: Any = None,
) -> Response:  # fmt: skip
    """Return the answer to a submission: the kept one, or that of ``act``; raises what ``act`` raises.

    ``key`` and ``body`` stand for the call's own where one call carries several submissions.
    """
    at, platform = present.now(), window.rights.platform
    given = submissions.own_key(window.account, read_key(call.headers.get("Idempotency-Key"))) if key is None else key
    digest = _digest(call, body)
    refused: Exception | None = None
    with transaction.atomic():
        kept = _claim(platform, given, digest, at) if given else None
        if kept is not None and kept.status:
            return _replayed(kept, digest)
        try:
            answer = act()
        except Exception as raised:
            if problems.respond(raised, {}) is None:
                raise
            # What ran out or was noted before the refusal stays so; only the key is free again.
            refused = raised
        done = refused is None and answer.status_code < 300
        if done:
            _note(window, call, answer, named, at)
        if kept is not None and done:
            _keep(kept, answer)
        elif kept is not None:
            kept.delete()
    if refused is not None:
        raise refused
    return answer


def sweep(at: datetime) -> int:
    """Forget answers nobody will ask for again, and return how many."""
    return KeptAnswer.objects.filter(made_at__lt=at - KEPT).delete()[0]


def _claim(platform: str, key: str, digest: str, at: datetime) -> KeptAnswer:
    """Return the row of a key: a new one, or the one of the first submission once that is through."""
    for _turn in range(5):
        try:
            with transaction.atomic():
                return KeptAnswer.objects.create(platform=platform, key=key, digest=digest, made_at=at)
        except IntegrityError:
            # The first submission may have been refused meanwhile, and its row be gone again.
            if found := KeptAnswer.objects.filter(platform=platform, key=key).first():
                return found
    raise submissions.key_spent()


def _replayed(kept: KeptAnswer, digest: str) -> Response:
    if kept.digest != digest:
        raise submissions.key_spent()
    body = json.loads(open_bytes(bytes(kept.sealed)))
    return Response(body, status=kept.status, headers={**kept.headers, **REPLAYED})


def _keep(kept: KeptAnswer, answer: Response) -> None:
    kept.status = answer.status_code
    kept.headers = {name: answer[name] for name in HEADERS if name in answer}
    kept.sealed = seal_bytes(JSONRenderer().render(answer.data))
    kept.save(update_fields=["status", "headers", "sealed"])


def _digest(call: Call, body: Any) -> str:
    """Return what tells one submission from another: address, condition, content; the order of names does not."""
    found = hashlib.sha256(f"{call.path}\n{call.META.get('QUERY_STRING', '')}\n".encode())
    found.update(f"{call.headers.get('If-Match', '')}\n".encode())
    if body is None and call.FILES:
        for name, file in sorted(call.FILES.items()):
            content = file.read()
            file.seek(0)
            found.update(f"{name}\n{file.name}\n{hashlib.sha256(content).hexdigest()}\n".encode())
    else:
        found.update(json.dumps(call.data if body is None else body, sort_keys=True).encode())
    return found.hexdigest()


def _note(window: Any, call: Call, answer: Response, named: dict[str, Any], at: datetime) -> None:
    """Write into the local log which programme acted, in the chain of the case or in the programme's own."""
    access = call.auth
    if not isinstance(access, Access) or "Idempotency-Replayed" in answer:
        return
    told: dict[str, Any] = answer.data if isinstance(answer.data, dict) else {}
    case = str(told.get("case") or (named.get("ref") if window.of_case else "") or "")
    facts = {
        "client": access.client.name,
        "identifier": access.client.identifier or f"token/{access.client.pk}",
        "act": str(named.get("move") or window.act),
        "number": told.get("number", 0) if isinstance(told.get("number", 0), int) else 0,
    }
    chain = case or f"client/{access.client.pk}"
    log.note(window.rights.platform, chain, "api", by=caller_of(access, window.rights.platform), at=at, facts=facts)


def caller_of(access: Access, platform: str) -> Actor:
    """Return a programme as the local log knows it: by the account it acts for and the seat it belongs to."""
    account: Account = access.account
    seat = access.client.court or str(access.client.organisation or "")
    return Actor(Role.INTEGRATOR, str(account.ref), seat, platform, account.name)
