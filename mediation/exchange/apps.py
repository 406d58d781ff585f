"""The post office introduces itself to Django."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExchangeConfig(AppConfig):
    """Tables of its own: what came in, receipts, peers, nonces, files on their way."""

    name = "mediation.exchange"
    label = "exchange"
    verbose_name = _("平台对接")
