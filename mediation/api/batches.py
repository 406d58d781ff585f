"""Many moves in one call, each judged for itself and answered for itself.

Lives here: the batch. Does not live here: a move (``views``), a desk's own bulk (``bulks``).
Called by: Django, through ``routes``.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiExample
from rest_framework.request import Request as Call
from rest_framework.response import Response

from mediation import present, problems
from mediation.api import operations, shapes, submissions
from mediation.api.answers import carry_out
from mediation.api.authentication import WRITE
from mediation.api.parsers import read_key
from mediation.api.views import MakeMove, checked
from mediation.facts import Malformed
from mediation.vocabulary import gettext_noop


class Batch(MakeMove):
    """Up to a hundred moves on cases of the caller's."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}

    @operations.operation(
        "make_moves",
        gettext_lazy("批量办理"),
        {200: shapes.BatchOut},
        request=shapes.BatchIn,
        errors=operations.POSTED,
        parameters=(operations.IDEMPOTENCY_KEY,),
        description=gettext_lazy(
            "逐项核对、逐项办理、逐项答复，一项有误或者办不成不影响其他各项；每项的status和body与单独办理时相同。"
            "必须带幂等键：中断后以同一键、同一内容再次提交，已经办成的不会重复办理。"
        ),
        examples=(
            OpenApiExample(
                "consult",
                value={
                    "items": [
                        {
                            "case": "5f0c6c0e-1111-4222-8333-444455556666",
                            "move": "consult",
                            "facts": {"channel": "SMS"},
                            "version": 1,
                        }
                    ]
                },
                request_only=True,
            ),
        ),
        tag=gettext_lazy("案件"),
    )
    def post(self, request: Call, **_named: Any) -> Response:
        """Make each move in turn and say what came of each."""
        key = read_key(request.headers.get("Idempotency-Key"))
        if not key:
            raise Malformed("Idempotency-Key", gettext_noop("缺少这一项"))
        items = checked(shapes.BatchOuter, request.data, plain=())["items"]
        # The whole is held to its key as well: one item changed in the middle must not pass for the same batch.
        whole = submissions.own_key(self.account, f"{key}#whole")
        carry_out(self, request, lambda: Response({"count": len(items)}), {"move": "batch"}, key=whole)
        return Response({"items": [self._one(request, key, place, item) for place, item in enumerate(items)]})

    post.once = True

    def _one(self, request: Call, key: str, place: int, raw: Any) -> dict[str, Any]:
        own = submissions.own_key(self.account, f"{key}#{place}")
        told = {name: _as_sent(raw, name) for name in ("case", "move")}
        try:
            item = checked(shapes.BatchItem, raw)
            named = {"move": item["move"], "ref": item["case"]}
            body = {name: value for name, value in item.items() if name not in ("case", "move", "version")}
            answer = carry_out(
                self,
                request,
                lambda: self.make(present.now(), item["case"], item["move"], body, own, item.get("version")),
                named,
                key=own,
                body={name: str(value) if name == "case" else value for name, value in item.items()},
            )
        except Exception as raised:
            refused = problems.respond(raised, {})
            if refused is None:
                raise
            answer = refused
        return {**told, "status": answer.status_code, "body": answer.data}


def _as_sent(raw: Any, name: str) -> str:
    """Return what an item says of its case or move, however wrong it is."""
    said = raw.get(name) if isinstance(raw, dict) else None
    return said[:60] if isinstance(said, str) else ""
