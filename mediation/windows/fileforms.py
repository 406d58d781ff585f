"""Forms made from the roster's own tables: a whole file, and the facts of one move.

Lives here: a field for each shape of fact, what was changed against the version held. Does not live here: reading
and writing values as words (``filewords``), making the move.
Called by: windows and desks of both platforms.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mediation import files
from mediation.windows import filewords
from mediation.windows.moveforms import CleanText
from mediation.windows.worded import WordedForm
from roster import facts as f

LONG = 200
Choices = Sequence[tuple[str, Any]]


class WordsField(forms.CharField):
    """A fact typed as words: a text, a whole number, a day, or several lines."""

    def __init__(self, name: str, fact: f.Fact, on: date) -> None:
        """Offer a box as large as the fact."""
        item = fact.item if fact.shape == "many" else None
        lines = item is not None or (fact.shape == "text" and fact.most > LONG)
        attrs: dict[str, Any] = {"rows": 4} if lines else {"autocomplete": "off"}
        if fact.shape == "text":
            attrs["maxlength"] = fact.most
        if fact.shape == "count":
            attrs["inputmode"] = "numeric"
        widget = forms.Textarea(attrs) if lines else forms.TextInput(attrs)
        if fact.shape == "day":
            widget = forms.DateInput(attrs={"type": "date"})
        hint = ""
        if item is not None:
            hint = (
                gettext("每行一项，写作：%(shape)s") % {"shape": filewords.pattern_of(item)}
                if item.fields
                else gettext("每行一项")
            )
        super().__init__(label=gettext(fact.label), required=fact.required, widget=widget, help_text=hint, strip=False)
        self.name, self.fact, self.on = name, fact, on

    def clean(self, value: Any) -> Any:
        """Return the value the words mean."""
        text = str(super().clean(value) or "").encode("utf-8", "ignore").decode()
        try:
            return filewords.read(self.name, self.fact, text, self.on)
        except filewords.Unreadable as wrong:
            raise ValidationError(f"{wrong}。") from None


def field_of(name: str, fact: f.Fact, on: date, choices: Choices | None = None) -> forms.Field:
    """Return the form field for one fact; ``choices`` where the page knows what may be chosen."""
    label, required = gettext(fact.label), fact.required
    item = fact.item if fact.shape == "many" else None
    if choices is None and item is not None:
        choices = _closed(item)
    if item is not None and choices is not None:
        # What may be chosen can be many courts: boxes in groups, not one long list to hold a key down over.
        return forms.MultipleChoiceField(
            label=label, required=required, choices=choices, widget=forms.CheckboxSelectMultiple
        )
    choices = choices if choices is not None else _closed(fact)
    if choices is not None:
        few = len(choices) <= 6 and required
        listed = choices if few else [("", _("请选择")), *choices]
        return forms.ChoiceField(
            label=label, required=required, choices=listed, widget=forms.RadioSelect if few else forms.Select
        )
    if fact.shape == "flag":
        return forms.BooleanField(label=label, required=False)
    if fact.shape == "text" and fact.most > LONG:
        return CleanText(label=label, required=required, longest=fact.most, rows=4)
    return WordsField(name, fact, on)


def _closed(fact: f.Fact) -> Choices | None:
    if fact.terms is not None:
        return [(term.value, gettext(term.label)) for term in fact.terms]
    return list(filewords.NAMES[fact.shape].items()) if fact.shape in filewords.NAMES else None


class FactsForm(WordedForm):
    """What one move of the roster states; ``seen`` is the entry number before the reader's eyes."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(
        self,
        stated: Mapping[str, f.Fact],
        on: date,
        *args: Any,
        choices: Mapping[str, Choices] | None = None,
        **kwargs: Any,
    ) -> None:
        """Make a field for each fact that a person states."""
        super().__init__(*args, **kwargs)
        self.stated = stated
        for name, fact in stated.items():
            self.fields[name] = field_of(name, fact, on, (choices or {}).get(name))

    @property
    def facts(self) -> dict[str, Any]:
        """What was stated; an optional fact left blank is not stated."""
        found = {name: self.cleaned_data[name] for name in self.stated}
        return {name: value for name, value in found.items() if value not in (None, "", [])}


LARGEST_PICTURE = 2 * files.MEBIBYTE
PICTURES = ("JPEG", "PNG")
PICTURE_HINTS = {
    "photo": _("JPEG或者PNG图片，不超过2 MB。列入名册后在公开的名册上显示。"),
    "seal": _("JPEG或者PNG图片，不超过2 MB。不对外公开，只有本组织、监管单位和投资者保护局可以查看。"),
}


class PictureField(forms.FileField):
    """A picture, judged by its content; cleans to what it is and its bytes, or None."""

    def __init__(self, **kwargs: Any) -> None:
        """Say which types are taken."""
        super().__init__(required=False, widget=forms.FileInput({"accept": ".jpg,.jpeg,.png"}), **kwargs)

    def clean(self, value: Any, initial: Any = None) -> tuple[files.Judged, bytes] | None:
        """Return the picture; anything else is refused with the reason."""
        received = super().clean(value, initial)
        if not received:
            return None
        if received.size > LARGEST_PICTURE:
            raise ValidationError(_("图片超过2 MB，请缩小后上传。"))
        content = received.read(LARGEST_PICTURE + 1)
        try:
            return files.judge(received.name or "", content, allowed=PICTURES), content
        except files.FileRefused as wrong:
            raise ValidationError(gettext(wrong.message) % wrong.params) from None


class FileForm(WordedForm):
    """A file of an organisation or of a mediator, as approved with what is proposed or suggested on top."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self, aggregate: str, row: Any, on: date, *args: Any, suggested: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> None:
        """Fill in what the row holds, with what was suggested already; a row not written yet is empty."""
        self.aggregate = aggregate
        self.held = {**row.contents(), **row.proposed, **(suggested or {})} if row.entries else {}
        fields = filewords.fields_of(aggregate)
        initial = {"seen": row.entries, "key": uuid.uuid4()}
        for name, fact in fields.items():
            if name in self.held:
                boxed = isinstance(field_of(name, fact, on), WordsField)
                initial[name] = filewords.written(fact, self.held[name]) if boxed else self.held[name]
        if not row.entries:
            initial |= {"capacity": "50", "video": True, "languages": ["zh"]}
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        for name, fact in fields.items():
            self.fields[name] = field_of(name, fact, on)
        for name, fact in filewords.pictures_of(aggregate).items():
            self.fields[name] = PictureField(label=gettext(fact.label), help_text=PICTURE_HINTS[name])
            if self.held.get(name):
                self.fields[f"{name}_away"] = forms.BooleanField(
                    label=gettext("删除现有的%(picture)s") % {"picture": gettext(fact.label)}, required=False
                )

    def clean(self) -> dict[str, Any]:
        """Refuse a fee without a tariff."""
        given = self.cleaned_data
        if given.get("charges_fee") and "tariff" in self.fields and not given.get("tariff"):
            self.add_error("tariff", _("收取费用的应当公布收费标准。"))
        return given

    @property
    def values(self) -> dict[str, Any]:
        """What the form says, as a move states it."""
        found = {name: self.cleaned_data.get(name) for name in filewords.fields_of(self.aggregate)}
        return {name: value for name, value in found.items() if value is not None and value != ""} | self._digests

    @property
    def pictures(self) -> list[tuple[files.Judged, bytes]]:
        """The pictures that came with the form, to be kept before a move names them."""
        given = (self.cleaned_data.get(name) for name in filewords.pictures_of(self.aggregate))
        return [picture for picture in given if picture]

    @property
    def _digests(self) -> dict[str, str]:
        given = {name: self.cleaned_data.get(name) for name in filewords.pictures_of(self.aggregate)}
        return {name: picture[0].sha256 for name, picture in given.items() if picture}

    @property
    def changes(self) -> dict[str, Any]:
        """What differs from the version held, with what is proposed already."""
        found = {}
        for name, fact in filewords.fields_of(self.aggregate).items():
            value = self.cleaned_data.get(name)
            empty = filewords.EMPTY.get(fact.shape)
            value = empty if value in (None, "", []) else value
            if value is not None and value != self.held.get(name, empty):
                found[name] = value
        for name in filewords.pictures_of(self.aggregate):
            digest = self._digests.get(name, "" if self.cleaned_data.get(f"{name}_away") else self.held.get(name, ""))
            if digest != self.held.get(name, ""):
                found[name] = digest
        return found
