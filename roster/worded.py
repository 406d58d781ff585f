"""Forms that name what is missing: what to fill in, to choose or to tick, in place of one sentence for everything.

Lives here: ``Naming``, which any form can be given. Does not live here: what may be typed (``identity``, the fields).
Called by: ``forms``; ``mediation.windows.worded``, the base of the forms of portal and desk.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

CHOSEN = (forms.ChoiceField, forms.ModelChoiceField, forms.FileField)


class Naming(forms.BaseForm):
    """Says of each missing answer what it is, unless the field says so itself."""

    def full_clean(self) -> None:
        """Word the fields, which may have been added one by one, and read what was sent."""
        for name, field in self.fields.items():
            self.word(name, field)
        super().full_clean()

    def word(self, name: str, field: forms.Field) -> None:
        """Give one field its words; what people do not see needs none."""
        usual = forms.Field.default_error_messages["required"]
        if field.error_messages.get("required") is usual and not field.widget.is_hidden:
            field.error_messages["required"] = _missing(field) % {"label": self[name].label}


def _missing(field: forms.Field) -> Any:
    if isinstance(field, forms.BooleanField):
        return _("请勾选“%(label)s”。")
    return _("请选择“%(label)s”。") if isinstance(field, CHOSEN) else _("请填写“%(label)s”。")
