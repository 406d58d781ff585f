"""Forms of a mediation: proposing a session, recording it, messages and offers, notes, points, the report on a failure.

Called by: ``meetings``.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mediation.meeting import records, sessions, talks
from mediation.meeting.sessions import Seen
from mediation.models import Attendance, MediationSession, Party
from mediation.vocabulary import Audience, EndGround, SessionMode, Side, Standing, Verification
from mediation.windows.moveforms import AmountField, CleanText, choice, terms
from mediation.windows.worded import WordedForm

TIMES = ("first", "second", "third", "fourth")
FAILED = (EndGround.UNREACHABLE, EndGround.UNWILLING, EndGround.WIDE_DIFFERENCES, EndGround.OTHER)
"""Grounds that a mediator may state; the others follow from what somebody else does (ZX-25)."""

NO_PLACE = frozenset({SessionMode.VIDEO.value, SessionMode.SEPARATE.value, SessionMode.ASYNCHRONOUS.value})


class KeyedForm(WordedForm):
    """A form that is kept once however often it is sent."""

    key = forms.RegexField(r"^[0-9a-f-]{36}\Z", widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Give a fresh form its key."""
        kwargs["initial"] = {"key": str(uuid.uuid4()), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)


class ProposeForm(KeyedForm):
    """Times for a session, with whom, how and where (ZX-16)."""

    channel = choice(
        _("与谁进行"),
        [
            (Audience.PARTIES.value, _("各方当事人一起")),
            (Audience.APPLICANTS.value, _("只与申请人一方（背对背）")),
            (Audience.RESPONDENTS.value, _("只与被申请人一方（背对背）")),
        ],
        hint=_("只与一方进行的，另一方看不到这次约谈。"),
    )
    mode = choice(
        _("调解方式"),
        terms(SessionMode),
        hint=_("各方都能音视频的，同时在线；有困难的，经各方同意可以错时；不具备条件或者不同意在线的，到现场。"),
    )
    place = forms.CharField(
        label=_("地点"),
        max_length=200,
        required=False,
        help_text=_("现场或者到指定场所的必填，例如“某路1号第二调解室”。"),
    )
    minutes = forms.IntegerField(label=_("预计时长（分钟）"), min_value=15, max_value=480, initial=60)

    def __init__(self, at: datetime, *args: Any, **kwargs: Any) -> None:
        """Ask for up to four times after ``at``."""
        super().__init__(*args, **kwargs)
        self.at = at
        labels = (_("备选时间一"), _("备选时间二"), _("备选时间三"), _("备选时间四"))
        for name, label in zip(TIMES, labels, strict=True):
            self.fields[name] = forms.DateTimeField(
                label=label,
                required=name == TIMES[0],
                input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y年%m月%d日 %H:%M"],
                widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
                error_messages={"invalid": _("时间有误，请按“2024-05-01 09:30”的格式填写。")},
            )

    def clean(self) -> dict[str, Any]:
        """Refuse times that are over or absurdly far, and a place left open where people must go somewhere."""
        given = self.cleaned_data
        for name in TIMES:
            when = given.get(name)
            if when and not self.at < when < self.at + sessions.FARTHEST:
                self.add_error(name, _("请选择从现在起200天以内的时间。"))
        if given.get("mode") and given["mode"] not in NO_PLACE and not given.get("place"):
            self.add_error("place", _("请写明地点。"))
        return given

    @property
    def times(self) -> list[datetime]:
        """The times that were filled in."""
        return [self.cleaned_data[name] for name in TIMES if self.cleaned_data.get(name)]


class RecordForm(WordedForm):
    """Who attends a session, identified how, and whether they were told (TY-14, ZX-17)."""

    informed = forms.BooleanField(
        label=_("已告知权利义务、调解规则、程序、协议效力和申请司法确认等事项"), required=False
    )
    warned = forms.BooleanField(label=_("已警示虚假调解的法律后果"), required=False)
    others = forms.CharField(
        label=_("其他在场人员"), max_length=400, required=False, help_text=_("例如专家、翻译、近亲属，写明姓名和身份。")
    )
    place = forms.CharField(label=_("地点"), max_length=200, required=False)

    def __init__(
        self,
        session: MediationSession,
        people: Iterable[Party],
        known: dict[str, Attendance],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Ask about everybody who is to take part."""
        told = bool(session.told_at)
        kwargs["initial"] = {"informed": told, "warned": told, "others": session.others, "place": session.place}
        super().__init__(*args, **kwargs)
        self.people, read = list(people), sessions.acknowledged(session.case)
        asked: dict[str, forms.Field] = {}
        for person in self.people:
            ref, row = str(person.ref), known.get(str(person.ref))
            name = gettext("%(side)s%(name)s") % {"side": _side(person), "name": person.name}
            asked[f"present_{ref}"] = forms.BooleanField(
                label=_("%(name)s：出席") % {"name": name}, required=False, initial=bool(row and row.present)
            )
            asked[f"verified_{ref}"] = forms.ChoiceField(
                label=_("%(name)s：身份怎样核实") % {"name": name},
                required=False,
                choices=[("", _("尚未核实")), *terms(Verification)],
                initial=row.verified if row else "",
            )
            if ref not in read:
                asked[f"read_{ref}"] = forms.BooleanField(
                    label=_("%(name)s：当面听取告知并确认阅知调解须知") % {"name": name},
                    required=False,
                    help_text=_("已经在账户或者手机上确认的，不会再问。"),
                )
        self.fields = {**asked, **self.fields}

    @property
    def seen(self) -> list[Seen]:
        """What was recorded of each person."""
        given = self.cleaned_data
        return [
            Seen(
                str(one.ref),
                bool(given[f"present_{one.ref}"]),
                given[f"verified_{one.ref}"],
                bool(given.get(f"read_{one.ref}")),
            )
            for one in self.people
        ]

    def clean(self) -> dict[str, Any]:
        """Refuse to identify, or to have told, somebody who is not there."""
        given = self.cleaned_data
        for one in self.people:
            claimed = given.get(f"verified_{one.ref}") or given.get(f"read_{one.ref}")
            if claimed and not given.get(f"present_{one.ref}"):
                self.add_error(f"present_{one.ref}", _("核实了身份或者当面确认阅知的，应当同时登记出席。"))
        return given

    @property
    def told(self) -> bool:
        """Whether those present were informed and warned."""
        return bool(self.cleaned_data["informed"] and self.cleaned_data["warned"])


def _side(person: Party) -> str:
    return gettext(Side(person.side).label) if person.side else gettext("代理人")


class TalkForm(KeyedForm):
    """A message, and for those who may settle an amount they would settle for."""

    text = CleanText(label=_("留言"), longest=talks.LONGEST, rows=5)
    offer = AmountField(label=_("和解金额"), required=False)

    def __init__(self, *args: Any, offers: bool, **kwargs: Any) -> None:
        """Ask for an amount only of those who may offer one."""
        super().__init__(*args, **kwargs)
        if offers:
            self.fields["offer"].help_text = _("可以同时提出一个金额：愿意支付或者愿意接受的数额，以元为单位。")
        else:
            del self.fields["offer"]


class NoteForm(KeyedForm):
    """A note for oneself."""

    text = CleanText(label=_("笔记"), longest=talks.LONGEST, rows=5)


class PointForm(WordedForm):
    """One point of the dispute."""

    point = forms.IntegerField(widget=forms.HiddenInput, required=False)
    text = CleanText(label=_("争议点或者事实"), longest=600, rows=3)
    applicants_say = CleanText(label=_("申请人一方的意见"), longest=1000, rows=3, required=False)
    respondents_say = CleanText(label=_("被申请人一方的意见"), longest=1000, rows=3, required=False)
    standing = choice(_("目前情况"), terms(Standing))


class ReportForm(WordedForm):
    """The report on a failed mediation, by the headings of ZX-21; ``concluding`` asks for the ground as well."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    key = forms.RegexField(r"^[0-9a-f-]{36}\Z", widget=forms.HiddenInput)

    def __init__(self, concluding: bool, *args: Any, **kwargs: Any) -> None:
        """Make the fields."""
        super().__init__(*args, **kwargs)
        if concluding:
            self.fields["ground"] = choice(_("终止理由"), terms(FAILED))
        hints = {
            "facts": _("谁、因什么纠纷、请求什么；法院已有的材料不必重复。"),
            "causes": _("只写结果性的原因，例如“双方对损失是否存在分歧较大”；不写谁让到什么数额。"),
            "conduct": _("例如无故不参加、拖延；没有的不填。"),
            "hints": _("没有的不填。"),
        }
        for name, heading in records.SECTIONS.items():
            self.fields[name] = CleanText(
                label=gettext(heading),
                longest=4000,
                rows=4,
                required=name in ("facts", "causes"),
                help_text=hints[name],
            )

        self.fields["openly"] = forms.IntegerField(
            label=_("相同的短语已在第几号记录中公开（没有的不填）"),
            required=False,
            min_value=1,
            max_value=10_000,
            help_text=_(
                "只用于系统提示的短语：当事人在给法院的材料中已经这样写过的，填写案件经过中的编号，会记入案件。"
            ),
        )

    @property
    def text(self) -> str:
        """The report as it is sent."""
        return records.report_of({name: self.cleaned_data.get(name, "") for name in records.SECTIONS})
