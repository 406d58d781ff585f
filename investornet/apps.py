"""中国投资者网证券期货纠纷在线调解平台 introduces itself."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from mediation.platform import PlatformConfig
from mediation.vocabulary import Seat


class InvestorNetConfig(PlatformConfig):
    """The platform on which the mediation organisations sit."""

    default = True
    name = "investornet"
    code = "investornet"
    title = verbose_name = _("中国投资者网证券期货纠纷在线调解平台")
    seats = frozenset({Seat.ORGANISATION})
    url_prefix = "net/"
    urls = "investornet.urls"
