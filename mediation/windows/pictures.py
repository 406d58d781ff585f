"""Pictures of roster files handed out to be shown: whoever calls has decided who may see them.

Lives here: the answer that carries a picture, the public photograph of a mediator. Does not live here: what may come in
(``fileforms``), who sees a seal (each platform's windows).
Called by: portals and desks; ``addresses`` for the public photograph.
"""

from __future__ import annotations

import uuid
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse

from mediation import files
from mediation.chain import SealBroken
from mediation.models import Blob
from mediation.windows.portal import Window
from mediation.workdays import local_day
from roster import queries as roster
from roster.models import Mediator, PublicEntry


def picture(platform: str, digest: str) -> HttpResponse:
    """Return a kept picture; raises Http404 where this platform has none with this digest."""
    try:
        content = files.fetch(platform, digest)
    except (files.BlobMissing, SealBroken):
        raise Http404 from None
    media_type = Blob.objects.values_list("media_type", flat=True).get(platform=platform, sha256=digest)
    return HttpResponse(content, headers=files.download_headers("picture", media_type))


def public_photo(platform: str, mediator: Mediator, on: date) -> str:
    """Return the digest of the photograph that anybody may see of a mediator: of one who works and is on some court's
    roster, once the picture is here; else nothing.
    """
    if not mediator.photo or not mediator.active:
        return ""
    listed = PublicEntry.objects.filter(
        platform=platform, aggregate=mediator.aggregate, ref=mediator.ref, since__lte=on, until__gte=on
    )
    here = Blob.objects.filter(platform=platform, sha256=mediator.photo)
    return mediator.photo if listed.exists() and here.exists() else ""


class RosterPhoto(Window):
    """The photograph of a mediator on the public roster (ZX-5)."""

    public = True

    def get(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Return it; of a mediator on no roster it is not found."""
        found = roster.mediator(self.site.code, ref)
        digest = public_photo(self.site.code, found, local_day(self.at)) if found else ""
        if not digest:
            raise Http404
        return picture(self.site.code, digest)
