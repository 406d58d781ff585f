"""The mediation app introduces itself to Django and has its system checks registered."""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks as django_checks
from django.utils.translation import gettext_lazy as _

from mediation import checks


class MediationConfig(AppConfig):
    """The law of a case; knows neither platform."""

    name = "mediation"
    verbose_name = _("证券期货纠纷调解")

    def ready(self) -> None:
        for check in (checks.check_platforms, checks.check_seats, checks.check_peers, checks.check_typefaces):
            django_checks.register(check)
        for check in (checks.check_redis, checks.check_gateways):
            django_checks.register(check, deploy=True)
