"""Registers the roster with Django; nothing else happens at start-up."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RosterConfig(AppConfig):
    """Who is who: accounts, posts, courts, units, organisations, mediators and listings."""

    name = "roster"
    label = "roster"
    verbose_name = _("名册与账户")
    default_auto_field = "django.db.models.BigAutoField"
