"""The base of the forms of portal and desk: what is missing is named, and no sign comes in that nobody sees.

Lives here: ``WordedForm``. Does not live here: fields, what is lawful.
Called by: every module with a form.
"""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext

from mediation.facts import UNSEEN, has_unseen
from roster.worded import Naming


def check_seen(text: str) -> None:
    """Raise ValidationError for a text with signs that nobody sees and that change how the rest of it is read."""
    if has_unseen(text):
        raise ValidationError(gettext(UNSEEN), code="unseen")


class WordedForm(Naming, forms.Form):
    """A form whose texts are checked once for all, in the place of the framework's own check for NUL."""

    def word(self, name: str, field: forms.Field) -> None:
        """Name what is missing, and look for signs that nobody sees."""
        super().word(name, field)
        if isinstance(field, forms.CharField):
            field.validators = [
                check_seen if isinstance(one, ProhibitNullCharactersValidator) else one for one in field.validators
            ]
