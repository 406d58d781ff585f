"""A closed list of codes as Django's ``choices``."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from mediation.vocabulary import Term


def choices(terms: type[Term]) -> list[tuple[str, Any]]:
    """Return (code, translated label) pairs in declaration order."""
    return [(value, _(label)) for value, label in terms.choices()]
