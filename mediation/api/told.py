"""Being told, by REST: the caller's notices, which of them are read, how one wants to be told.

Lives here: the windows. Does not live here: whose a notice is (``telling.people``), forms (``windows.inboxes``).
Called by: Django, through ``routes``.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy
from rest_framework.request import Request as Call
from rest_framework.response import Response

from mediation import present
from mediation.api import operations
from mediation.api import workshapes as shapes
from mediation.api.answers import once
from mediation.api.authentication import NOTICES
from mediation.api.mediating import read_after
from mediation.api.parsers import read_limit
from mediation.api.views import Window, checked
from mediation.facts import Malformed
from mediation.models import Notice
from mediation.telling.dispatch import worded
from mediation.telling.people import inbox, preference_of, unread
from mediation.windows.inboxes import PreferenceForm, inbox_rows, read

TAG = gettext_lazy("通知")


class NoticeWindow(Window):
    """A window on what the account has been told here."""

    scopes: ClassVar[dict[str, str]] = {"GET": NOTICES, "HEAD": NOTICES, "POST": NOTICES}

    def mine(self) -> Any:
        """Return the notices of the account, of cases it still sees."""
        at = present.now()
        held = inbox(self.account, self.rights.platform, self.rights.posts(self.account, at))
        return held.filter(case__in=self.visible(at).values("pk"))


class Notices(NoticeWindow):
    """The inbox."""

    @operations.operation(
        "list_notices",
        gettext_lazy("通知"),
        {200: shapes.NoticePage},
        errors=(422,),
        parameters=(
            operations.query("before", gettext_lazy("上一页给出的next"), operations.whole()),
            operations.query("unread", gettext_lazy("为1时只要未读的"), enum=("1",)),
            operations.query("limit", gettext_lazy("每页条数，1至200，默认50"), operations.whole(1, 200)),
        ),
        tag=TAG,
    )
    def get(self, request: Call) -> Response:
        """Return a page, newest first."""
        asked, found = request.query_params, self.mine()
        limit = read_limit(asked.get("limit"), usual=50, most=200)
        if asked.get("unread") == "1":
            found = unread(found, self.account)
        if "before" in asked:
            found = found.filter(pk__lt=read_after(asked["before"], "before"))
        rows: list[Notice] = list(found.select_related("case").order_by("-pk")[: limit + 1])
        seen = {row["pk"] for row in inbox_rows(self.account, rows[:limit]) if row["read"]}
        for one in rows[:limit]:
            one.worded, one.seen = worded(one), one.pk in seen  # type: ignore[attr-defined]
        more = rows[limit - 1].pk if len(rows) > limit else None
        return Response({"items": shapes.NoticeOut(rows[:limit], many=True).data, "next": more})


class ReadNotices(NoticeWindow):
    """Noting what has been read."""

    act = "read_notices"

    @operations.operation(
        "read_notices",
        gettext_lazy("标记已读"),
        {200: shapes.ReadOut},
        request=shapes.ReadIn,
        errors=operations.POSTED,
        parameters=(operations.IDEMPOTENCY_KEY,),
        tag=TAG,
    )
    @once
    def post(self, request: Call) -> Response:
        """Note that notices have been read; the first reading stays."""
        given = checked(shapes.ReadIn, request.data, plain=())
        found = unread(self.mine(), self.account)
        if "ids" in given:
            found = found.filter(pk__in=given["ids"])
        rows = list(found[:1000])
        read(self.account, rows, present.now())
        return Response({"read": len(rows)})


class Preferences(NoticeWindow):
    """How the account wants to be told."""

    act = "prefer"

    @operations.operation("read_preferences", gettext_lazy("通知设置"), {200: shapes.PreferenceShape}, tag=TAG)
    def get(self, request: Call) -> Response:
        """Return it."""
        return self._told()

    @operations.operation(
        "save_preferences",
        gettext_lazy("保存通知设置"),
        {200: shapes.PreferenceShape},
        request=shapes.PreferenceShape,
        errors=operations.POSTED,
        parameters=(operations.IDEMPOTENCY_KEY,),
        tag=TAG,
    )
    @once
    def post(self, request: Call) -> Response:
        """Keep it."""
        given = checked(shapes.PreferenceShape, request.data, plain=())
        held = preference_of(self.account)
        held.account = self.account
        form = PreferenceForm({name: value for name, value in given.items() if value is not False}, instance=held)
        if not form.is_valid():
            name, wrong = next(iter(form.errors.items()))
            raise Malformed(str(name), str(wrong[0]))
        form.instance.mailbox, form.instance.language = form.cleaned_data["mailbox"], form.cleaned_data["language"]
        form.save()
        return self._told()

    def _told(self) -> Response:
        return Response(shapes.PreferenceShape(preference_of(self.account)).data)
