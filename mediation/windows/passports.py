"""Handing out the passport of a case, and noting in the local log who took it; the portal's address for it.

Lives here: what portal, desk and REST share, and the portal's page. Does not live here: what goes in
(``mediation.passport``), who may see what (``rights``).
Called by: ``addresses``, ``adminkit.passports``, ``mediation.api.passports``, ``manage.py export_passport``.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext

from mediation import files, log
from mediation.actor import Actor
from mediation.models import Case
from mediation.moves import Refused
from mediation.papers import PaperRefused
from mediation.passport import contents
from mediation.passport.contents import Made
from mediation.passport.records import MEDIA_TYPE
from mediation.rights import Rights
from mediation.vocabulary import gettext_noop
from mediation.windows.papers import refusal
from mediation.windows.portal import CaseWindow

REVEAL = "reveal"


def offered(rights: Rights, case: Case, actors: Sequence[Actor]) -> bool:
    """Tell whether these capacities find a passport on the case page: whoever may read something of it."""
    return bool(rights.audiences(case, actors))


def take(
    rights: Rights,
    case: Case,
    actors: Sequence[Actor],
    at: datetime,
    *,
    by: Actor | None = None,
    revealed: bool = False,
) -> Made:
    """This function will make the passport of a case as these capacities see it and write down who took it.

    Raises Http404 where they read nothing of it, Refused where they ask for whole numbers and may not see them,
    PaperRefused where the cover cannot be printed.
    """
    if not offered(rights, case, actors):
        raise Http404
    if revealed and not rights.may_reveal(actors):
        raise Refused(
            "actor", gettext_noop("您不能查看完整的证件和账户号码"), (), gettext_noop("请由办理该案的人员查看")
        )
    made = contents.make(case, rights, actors, revealed=revealed)
    stated = {"sha256": hashlib.sha256(made.content).hexdigest(), "entries": made.number, "revealed": revealed}
    log.note(case.platform, str(case.ref), "passport.v1", by=by or actors[0], at=at, facts=stated)
    return made


def handed(made: Made) -> HttpResponse:
    """Return a passport as a file to be saved."""
    headers = files.download_headers(made.filename, MEDIA_TYPE) | {"Content-Type": MEDIA_TYPE}
    return HttpResponse(made.content, headers=headers)


class TakePassport(CaseWindow):
    """Hand out the passport of a case to whoever reads the case here."""

    def get(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Return the file, or say why it cannot be made."""
        revealed = request.GET.get(REVEAL) == "1"
        if revealed and not self.site.rights.may_reveal(self.actors):
            raise Http404
        try:
            return handed(take(self.site.rights, self.case, self.actors, self.at, revealed=revealed))
        except PaperRefused as refused:
            why = refusal(refused)
            context = {
                "title": self.view.title,
                "label": gettext("下载案件护照"),
                "reason": why["said"],
                "next_step": why["remedy"],
                "case_url": self.site.url("case", ref=ref),
                "crumbs": self.crumbs(gettext("案件护照")),
            }
            return self.page("closed", context, status=409)
