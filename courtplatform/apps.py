"""人民法院调解平台 introduces itself."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from mediation.platform import PlatformConfig
from mediation.vocabulary import Seat


class CourtPlatformConfig(PlatformConfig):
    """The platform on which the courts sit."""

    default = True
    name = "courtplatform"
    code = "courtplatform"
    title = verbose_name = _("人民法院调解平台")
    seats = frozenset({Seat.COURT})
    url_prefix = "court/"
    urls = "courtplatform.urls"
