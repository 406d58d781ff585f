"""The REST window of case passports.

Lives here: the one address. Does not live here: what goes in (``mediation.passport``), noting who took it
(``windows.passports``).
Called by: Django, through ``routes``.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.http import HttpResponse
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework.request import Request as Call

from mediation import present
from mediation.api import operations
from mediation.api.authentication import DOCUMENTS
from mediation.api.views import Window
from mediation.moves import Refused
from mediation.papers import PaperRefused
from mediation.passport.records import MEDIA_TYPE
from mediation.windows import passports


class Passport(Window):
    """The passport of a case: everything its caller may see, signed."""

    scopes: ClassVar[dict[str, str]] = {"GET": DOCUMENTS, "HEAD": DOCUMENTS}

    @operations.operation(
        "read_passport",
        gettext_lazy("案件护照"),
        {200: OpenApiResponse(OpenApiTypes.BINARY, description=gettext_lazy("签名的ZIP文件"))},
        answer_type=MEDIA_TYPE,
        errors=(404, 409),
        parameters=(
            operations.query("reveal", gettext_lazy("为1时包含完整的证件和账户号码；领取人记入日志"), enum=("1",)),
        ),
        description=gettext_lazy("内容为领取人可以看到的全部，截至最后一条流水；没有新的流水时，两次领取的文件相同。"),
        tag=gettext_lazy("案件"),
    )
    def get(self, request: Call, ref: uuid.UUID) -> HttpResponse:
        """Return the archive; who took it goes to the local log."""
        at = present.now()
        case = self.find(ref, at)
        actors = self.rights.actors(self.account, case, at)
        revealed = request.query_params.get("reveal") == "1"
        try:
            made = passports.take(self.rights, case, actors, at, revealed=revealed)
        except PaperRefused as refused:
            raise Refused(
                "passport", refused.message % refused.params, (), refused.remedy % refused.params
            ) from refused
        return passports.handed(made)
