"""The portal's addresses at which papers are taken.

Called by: ``addresses``.
"""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from mediation.papers import PaperRefused
from mediation.windows import papers
from mediation.windows.portal import CaseWindow, Window
from roster.models import Listing


class TakePaper(CaseWindow):
    """Hand out one paper of a case that the reader may take."""

    def get(self, request: HttpRequest, ref: uuid.UUID, kind: str) -> HttpResponse:
        """Return the file, or say why it cannot be made."""
        try:
            return papers.take(self.site.rights, self.case, self.actors, kind, self.at)
        except PaperRefused as refused:
            why = papers.refusal(refused)
            context = {
                "title": self.view.title,
                "label": gettext("下载文书"),
                "reason": why["said"],
                "next_step": why["remedy"],
                "case_url": self.site.url("case", ref=ref),
            }
            return self.page("closed", context, status=409)


class TakeCertificate(Window):
    """Hand out the certificate of a roster entry to the organisation or mediator it is about."""

    def get(self, request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
        """Return the file, or say why it cannot be made."""
        rights = self.site.rights
        held = [post for post in rights.posts(self.account, self.at) if post.role in self.site.roles]
        actors = [rights.actor_of(post, self.account) for post in held]
        listing = Listing.objects.filter(platform=self.site.code, ref=ref).first()
        try:
            return papers.take_certificate(rights, listing, actors, self.at)
        except PaperRefused as refused:
            why = papers.refusal(refused)
            context = {
                "title": gettext("特邀调解名册"),
                "label": gettext("下载证书"),
                "reason": why["said"],
                "next_step": why["remedy"],
                "case_url": self.site.url("work"),
            }
            return self.page("closed", context, status=409)
