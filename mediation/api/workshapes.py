"""The shapes of what is worked on beside the journal: talks, sessions, points, drafts, notices, rosters, subscriptions.

Lives here: serializers. Does not live here: those of cases and moves (``shapes``).
Called by: the views of these things.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy
from rest_framework import serializers

from mediation.api.shapes import Code, Label, RefusalOut, Strict, Words
from mediation.vocabulary import (
    Audience,
    Cause,
    ClauseKind,
    Errand,
    Institution,
    Power,
    Role,
    SessionMode,
    SessionState,
    Stage,
    Standing,
    Verification,
)
from mediation.workdays import LARGEST_FILE

LONGEST = 4_000
MOST = 500


def _text(help_text: Any, most: int = LONGEST, **options: Any) -> Words:
    return Words(max_length=most, help_text=help_text, **options)


def _count(help_text: Any, **options: Any) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=0, max_value=10**15, help_text=help_text, **options)


# A mediation.


class TalkIn(Strict):
    """Something to be said in a channel."""

    channel = Code(Audience, help_text=gettext_lazy("对谁说：PARTIES各方，APPLICANTS或者RESPONDENTS只与该方"))
    text = _text(gettext_lazy("内容"))
    offer = _count(gettext_lazy("和解金额，单位为分；只留言的不填"), required=False)


class TalkOut(serializers.Serializer[Any]):
    """Something said."""

    id = serializers.IntegerField(source="pk", help_text=gettext_lazy("序号"))
    channel = Code(Audience, help_text=gettext_lazy("对谁说"))
    role = Code(Role, help_text=gettext_lazy("谁说的：身份"))
    author = serializers.CharField(help_text=gettext_lazy("谁说的：标识"))
    text = serializers.CharField(help_text=gettext_lazy("内容"))
    offer = serializers.CharField(help_text=gettext_lazy("和解金额，单位为分；没有的为空"))
    at = serializers.DateTimeField(help_text=gettext_lazy("时间"))


class TalkPage(serializers.Serializer[Any]):
    """What was said, oldest first."""

    channels = serializers.ListField(child=serializers.CharField(), help_text=gettext_lazy("您可以使用的渠道"))
    open = serializers.BooleanField(help_text=gettext_lazy("现在可以留言"))
    items = TalkOut(many=True)
    next = serializers.IntegerField(allow_null=True, help_text=gettext_lazy("下一页的after；没有的为空"))


class SessionIn(Strict):
    """Times proposed for a session."""

    channel = Code(Audience, help_text=gettext_lazy("与谁进行"))
    mode = Code(SessionMode, help_text=gettext_lazy("调解方式"))
    times = serializers.ListField(
        child=serializers.DateTimeField(), min_length=1, max_length=4, help_text=gettext_lazy("备选时间")
    )
    place = _text(gettext_lazy("地点"), 200, required=False, default="", allow_blank=True)
    minutes = serializers.IntegerField(
        min_value=15, max_value=480, default=60, help_text=gettext_lazy("预计时长（分钟）")
    )


class SeenIn(Strict):
    """What the mediator records of one person in a session."""

    person = serializers.UUIDField(help_text=gettext_lazy("当事人或者代理人的标识"))
    present = serializers.BooleanField(help_text=gettext_lazy("出席"))
    verified = Code(
        Verification, required=False, default="", allow_blank=True, help_text=gettext_lazy("怎样核实身份；未核实的为空")
    )
    read = serializers.BooleanField(
        required=False, default=False, help_text=gettext_lazy("当面确认阅知调解须知；已在账户或者手机链接确认的不填")
    )


class SessionActIn(Strict):
    """What an act on a session states; each act takes its own fields and no others."""

    fits = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**62),
        max_length=4,
        required=False,
        help_text=gettext_lazy("choose：方便的时间的编号"),
    )
    time = serializers.IntegerField(
        min_value=1, max_value=2**62, required=False, help_text=gettext_lazy("fix：确定的时间的编号")
    )
    people = SeenIn(many=True, max_length=MOST, required=False, help_text=gettext_lazy("record、hold：出席和核实情况"))  # type: ignore[call-arg]
    others = _text(gettext_lazy("record、hold：其他在场的人"), 400, required=False, allow_blank=True)
    told = serializers.BooleanField(
        required=False, help_text=gettext_lazy("record、hold：已告知权利义务和规则，并警示虚假调解")
    )
    place = _text(gettext_lazy("record、hold：地点"), 200, required=False, allow_blank=True)


class SessionTimeOut(serializers.Serializer[Any]):
    """One time proposed, and whom it suits."""

    id = serializers.IntegerField(help_text=gettext_lazy("编号"))
    starts_at = serializers.DateTimeField(help_text=gettext_lazy("开始"))
    fits = serializers.DictField(child=serializers.BooleanField(), help_text=gettext_lazy("各当事人（标识）是否方便"))


class AttendanceOut(serializers.Serializer[Any]):
    """What is recorded of one person in a session."""

    person = serializers.UUIDField(help_text=gettext_lazy("标识"))
    present = serializers.BooleanField(help_text=gettext_lazy("出席"))
    verified = Code(Verification, allow_blank=True, help_text=gettext_lazy("怎样核实身份"))
    acknowledged_at = serializers.DateTimeField(allow_null=True, help_text=gettext_lazy("本人确认阅知调解须知的时间"))


class SessionOut(serializers.Serializer[Any]):
    """One session."""

    ref = serializers.UUIDField(help_text=gettext_lazy("标识"))
    channel = Code(Audience, help_text=gettext_lazy("与谁进行"))
    mode = Code(SessionMode, help_text=gettext_lazy("调解方式"))
    state = Code(SessionState, help_text=gettext_lazy("状态"))
    state_text = Label(SessionState, "state")
    place = serializers.CharField(help_text=gettext_lazy("地点"))
    minutes = serializers.IntegerField(help_text=gettext_lazy("预计时长（分钟）"))
    starts_at = serializers.DateTimeField(allow_null=True, help_text=gettext_lazy("开始；未定的为空"))
    times = SessionTimeOut(many=True)
    attendance = AttendanceOut(many=True)
    lacking = serializers.ListField(child=serializers.CharField(), help_text=gettext_lazy("开始前还缺什么"))


class SessionList(serializers.Serializer[Any]):
    """Sessions, oldest first."""

    items = SessionOut(many=True)


class PointIn(Strict):
    """One point of the dispute, to be written down or changed; with ``drop`` alone, to be struck out."""

    id = serializers.IntegerField(
        min_value=1, max_value=2**62, required=False, help_text=gettext_lazy("编号；新写的不填")
    )
    drop = serializers.BooleanField(required=False, default=False, help_text=gettext_lazy("为true时删去该编号"))
    text = _text(gettext_lazy("争议点"), required=False)
    standing = Code(Standing, required=False, help_text=gettext_lazy("情况"))
    applicants_say = _text(gettext_lazy("申请人一方的说法"), required=False, default="", allow_blank=True)
    respondents_say = _text(gettext_lazy("被申请人一方的说法"), required=False, default="", allow_blank=True)


class PointOut(serializers.Serializer[Any]):
    """One point of the dispute."""

    id = serializers.IntegerField(source="pk", help_text=gettext_lazy("编号"))
    text = serializers.CharField(help_text=gettext_lazy("争议点"))
    standing = Code(Standing, help_text=gettext_lazy("情况"))
    standing_text = Label(Standing, "standing")
    applicants_say = serializers.CharField(help_text=gettext_lazy("申请人一方的说法"))
    respondents_say = serializers.CharField(help_text=gettext_lazy("被申请人一方的说法"))


class PointList(serializers.Serializer[Any]):
    """Points in the order in which they were written down."""

    items = PointOut(many=True)


class NoteIn(Strict):
    """A mediator's own note, or with ``drop`` one to be destroyed."""

    text = _text(gettext_lazy("内容"), 20_000, required=False)
    drop = serializers.IntegerField(
        min_value=1, max_value=2**62, required=False, help_text=gettext_lazy("要销毁的笔记的编号")
    )


class NoteOut(serializers.Serializer[Any]):
    """A mediator's own note."""

    id = serializers.IntegerField(source="pk", help_text=gettext_lazy("编号"))
    text = serializers.CharField(help_text=gettext_lazy("内容"))
    at = serializers.DateTimeField(help_text=gettext_lazy("时间"))


class NoteList(serializers.Serializer[Any]):
    """A mediator's own notes, newest first."""

    items = NoteOut(many=True)


# An agreement in draft.


class ClauseIn(Strict):
    """One clause; a known key keeps its edition, a new clause begins with what usually goes with its kind."""

    key = serializers.UUIDField(required=False, help_text=gettext_lazy("条款标识；新增的不填"))
    kind = Code(ClauseKind, help_text=gettext_lazy("条款种类"))
    values = serializers.DictField(
        required=False, default=dict, help_text=gettext_lazy("各栏内容；金额单位为分，日期为ISO 8601")
    )


class DraftIn(Strict):
    """The whole version that is worked on, in the order of its clauses."""

    revision = _count(gettext_lazy("读取时的revision；其他人已保存的不覆盖"))
    full = serializers.BooleanField(default=True, help_text=gettext_lazy("就全部请求达成协议"))
    summary = _text(gettext_lazy("主要事实和争议事项"), required=False, default="", allow_blank=True)
    clauses = ClauseIn(many=True, max_length=40)  # type: ignore[call-arg]


class DraftActIn(Strict):
    """As which revision a version is shown or proposed, and whether its warnings have been looked at."""

    revision = _count(gettext_lazy("读取时的revision"))
    checked = serializers.BooleanField(
        required=False, default=False, help_text=gettext_lazy("propose：已逐项核对提示（must为false的问题）")
    )


class RemarkIn(Strict):
    """What somebody says about a version that was shown."""

    clause = serializers.UUIDField(required=False, help_text=gettext_lazy("对哪一条；对整份的不填"))
    text = _text(gettext_lazy("意见"), 1_000)


class DefectOut(serializers.Serializer[Any]):
    """One thing that is wrong or doubtful in a draft."""

    must = serializers.BooleanField(help_text=gettext_lazy("必须改正，否则不能提出"))
    text = serializers.CharField(help_text=gettext_lazy("问题"))
    mend = serializers.CharField(help_text=gettext_lazy("怎样改"))
    article = serializers.ListField(child=serializers.CharField(), help_text=gettext_lazy("依据"))
    clause = serializers.CharField(help_text=gettext_lazy("条款标识；整份的为空"))


class ClauseOut(serializers.Serializer[Any]):
    """One clause as it reads."""

    key = serializers.CharField(help_text=gettext_lazy("条款标识"))
    kind = Code(ClauseKind, help_text=gettext_lazy("条款种类"))
    kind_text = Label(ClauseKind, "kind")
    values = serializers.DictField(help_text=gettext_lazy("各栏内容；收款账户只给付款方、收款方和调解员看"))
    text = serializers.CharField(help_text=gettext_lazy("条文"))


class RemarkOut(serializers.Serializer[Any]):
    """What somebody said about a version."""

    clause = serializers.CharField(help_text=gettext_lazy("条款标识；整份的为空"))
    role = Code(Role, help_text=gettext_lazy("身份"))
    author = serializers.CharField(help_text=gettext_lazy("标识"))
    text = serializers.CharField(help_text=gettext_lazy("意见"))
    at = serializers.DateTimeField(help_text=gettext_lazy("时间"))


class DraftOut(serializers.Serializer[Any]):
    """One version of the agreement."""

    version = serializers.IntegerField(help_text=gettext_lazy("第几版"))
    revision = serializers.IntegerField(help_text=gettext_lazy("保存次数，随修改提交"))
    standing = serializers.CharField(help_text=gettext_lazy("进展"))
    shared_at = serializers.DateTimeField(allow_null=True, help_text=gettext_lazy("发给当事人的时间"))
    proposed_at = serializers.DateTimeField(allow_null=True, help_text=gettext_lazy("提出签署的时间"))
    digest = serializers.CharField(allow_blank=True, help_text=gettext_lazy("提出签署的文件的SHA-256"))
    full = serializers.BooleanField(help_text=gettext_lazy("就全部请求达成协议"))
    summary = serializers.CharField(help_text=gettext_lazy("主要事实和争议事项"))
    clauses = ClauseOut(many=True)
    defects = DefectOut(many=True, help_text=gettext_lazy("检查结果；只给起草的调解员看"))
    remarks = RemarkOut(many=True)


class DraftList(serializers.Serializer[Any]):
    """The versions the caller may read, oldest first."""

    items = DraftOut(many=True)


# Choosing.


class ReasonOut(serializers.Serializer[Any]):
    """One factor of a recommendation."""

    factor = serializers.CharField(help_text=gettext_lazy("因素"))
    label = serializers.CharField(help_text=gettext_lazy("名称"))  # type: ignore[assignment]
    text = serializers.CharField(help_text=gettext_lazy("理由和数字"))
    points = serializers.CharField(help_text=gettext_lazy("得分"))
    most = serializers.IntegerField(help_text=gettext_lazy("最多几分"))


class CandidateOut(serializers.Serializer[Any]):
    """One organisation as this case sees it."""

    ref = serializers.UUIDField(help_text=gettext_lazy("调解组织标识"))
    name = serializers.CharField(help_text=gettext_lazy("名称"))
    eligible = serializers.BooleanField(help_text=gettext_lazy("可以选择"))
    total = serializers.CharField(required=False, help_text=gettext_lazy("总分；当事人看不到"))
    reasons = ReasonOut(many=True, required=False, help_text=gettext_lazy("各因素的理由；当事人看不到"))
    why_not = serializers.ListField(child=serializers.CharField(), help_text=gettext_lazy("为什么不能选择"))


class CandidateList(serializers.Serializer[Any]):
    """Whom a case may be given to: staff see the ranking with reasons, parties an order drawn by lot (ZX-10)."""

    items = CandidateOut(many=True)


# Links and invitations.


class LinkIn(Strict):
    """What a party is to be sent."""

    kind = serializers.ChoiceField(
        ["INVITATION", "CONSENT", "MEETING", "SIGNING"],
        help_text=gettext_lazy("INVITATION邀请码，CONSENT征求意见，MEETING调解事项，SIGNING签署"),
    )
    stages = serializers.ListField(
        child=Code(Stage), required=False, max_length=10, help_text=gettext_lazy("CONSENT：征求意见的事项")
    )


class LinkOut(serializers.Serializer[Any]):
    """What became of it: a link went to the party's telephone; an invitation's code is told here, this once."""

    kind = serializers.CharField(help_text=gettext_lazy("种类"))
    party = serializers.UUIDField(help_text=gettext_lazy("当事人标识"))
    code = serializers.CharField(allow_blank=True, help_text=gettext_lazy("INVITATION：邀请码，只显示这一次"))
    expires_at = serializers.DateTimeField(help_text=gettext_lazy("有效期至"))


# Desks.


class LeaveIn(Strict):
    """From when until when somebody is away."""

    who = serializers.UUIDField(help_text=gettext_lazy("谁：list_colleagues所列的标识"))
    since = serializers.DateField(help_text=gettext_lazy("开始日期"))
    until = serializers.DateField(help_text=gettext_lazy("结束日期，包括这一天"))


class LeaveOut(serializers.Serializer[Any]):
    """An absence."""

    id = serializers.IntegerField(source="pk", help_text=gettext_lazy("编号"))
    who = serializers.UUIDField(help_text=gettext_lazy("谁"))
    since = serializers.DateField(help_text=gettext_lazy("开始日期"))
    until = serializers.DateField(help_text=gettext_lazy("结束日期，包括这一天"))


class ColleagueOut(serializers.Serializer[Any]):
    """Somebody at the caller's desk."""

    ref = serializers.UUIDField(help_text=gettext_lazy("标识"))
    name = serializers.CharField(help_text=gettext_lazy("姓名"))
    power = Code(Power, allow_blank=True, help_text=gettext_lazy("代理权限；调解员为空"))
    leaves = LeaveOut(many=True, help_text=gettext_lazy("现在和以后的请假"))


class ColleagueList(serializers.Serializer[Any]):
    """Everybody at the caller's desk."""

    items = ColleagueOut(many=True)


class DeskInvitationIn(Strict):
    """Whom a firm lets in, and how far they may go in its name."""

    name = _text(gettext_lazy("受邀人姓名"), 60)
    power = Code(Power, help_text=gettext_lazy("代理权限；签署协议、承认或者放弃请求须特别授权"))


class DeskInvitationOut(serializers.Serializer[Any]):
    """The code by which a place at the firm's desk is taken, told this once."""

    name = serializers.CharField(help_text=gettext_lazy("受邀人姓名"))
    power = Code(Power, help_text=gettext_lazy("代理权限"))
    code = serializers.CharField(help_text=gettext_lazy("邀请码，一次有效"))
    until = serializers.DateTimeField(help_text=gettext_lazy("邀请码有效期至"))


class DeskPlaceOut(serializers.Serializer[Any]):
    """A place at a firm's desk that is over."""

    ref = serializers.UUIDField(help_text=gettext_lazy("标识"))
    name = serializers.CharField(help_text=gettext_lazy("姓名"))
    ended_at = serializers.DateTimeField(help_text=gettext_lazy("从何时起不再经办"))


class HandlerShape(Strict):
    """Who handles a case for a firm, and who stands in."""

    handler = serializers.UUIDField(help_text=gettext_lazy("经办人：list_colleagues所列的标识"))
    substitute = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text=gettext_lazy("代办人；不指定的省略")
    )


class TransferIn(Strict):
    """What the hotline passes on, with the investor's consent."""

    number = _text(gettext_lazy("12386投诉编号"), 60)
    name = _text(gettext_lazy("投诉人姓名"), 120)
    phone = _text(gettext_lazy("联系电话"), 40)
    identity_kind = _text(gettext_lazy("证件类型，自然人的；省略时为RESIDENT"), 24, required=False, default="RESIDENT")
    identity_number = _text(
        gettext_lazy("证件号码；有的，投诉人登录后直接看到，没有的，凭转办码"),
        60, required=False, default="", allow_blank=True,
    )  # fmt: skip
    respondent = _text(gettext_lazy("被投诉机构全称"), 120)
    institution = Code(Institution, help_text=gettext_lazy("机构类别"))
    cause = Code(Cause, help_text=gettext_lazy("纠纷类型"))
    occurred_on = serializers.DateField(required=False, help_text=gettext_lazy("发生日期"))
    amount = _count(gettext_lazy("请求金额，单位为分"), required=False)
    told = _text(gettext_lazy("投诉内容和处理经过"), 50_000)
    claims = _text(gettext_lazy("投诉人的请求"), 5_000, required=False, default="", allow_blank=True)
    agreed = serializers.BooleanField(help_text=gettext_lazy("投诉人已经同意转调解；没有同意的不能转办"))


class TransferOut(serializers.Serializer[Any]):
    """A transfer and what became of it, without what the investor has said."""

    ref = serializers.UUIDField(help_text=gettext_lazy("标识"))
    number = serializers.CharField(help_text=gettext_lazy("12386投诉编号"))
    respondent = serializers.CharField(help_text=gettext_lazy("被投诉机构"))
    state = serializers.ChoiceField(["WAITING", "TAKEN", "FILED"], help_text=gettext_lazy("进展"))
    state_text = serializers.CharField(help_text=gettext_lazy("进展的名称"))
    entered_at = serializers.DateTimeField(help_text=gettext_lazy("登记时间"))


class TransferMade(TransferOut):
    """A transfer as it was entered, with the code by which the investor takes it over."""

    code = serializers.CharField(help_text=gettext_lazy("转办码，告知投诉人；只显示这一次"))


class TransferPage(serializers.Serializer[Any]):
    """Transfers, newest first."""

    items = TransferOut(many=True)
    next = serializers.IntegerField(allow_null=True, help_text=gettext_lazy("下一页的before；没有的为空"))


# Papers.


class PaperOut(serializers.Serializer[Any]):
    """A paper that the caller may take, now or later."""

    kind = serializers.CharField(help_text=gettext_lazy("文书种类"))
    kind_text = serializers.CharField(help_text=gettext_lazy("文书名称"))
    about = serializers.UUIDField(allow_null=True, help_text=gettext_lazy("关于哪一次送达或者哪一方当事人"))
    available = serializers.BooleanField(help_text=gettext_lazy("现在可以制作"))
    why_not = serializers.CharField(allow_blank=True, help_text=gettext_lazy("现在不能制作的原因"))
    rule = serializers.ListField(child=serializers.CharField(), help_text=gettext_lazy("规则编号"))
    article = serializers.ListField(child=serializers.CharField(), help_text=gettext_lazy("法律依据"))


class PaperList(serializers.Serializer[Any]):
    """The papers of a case."""

    items = PaperOut(many=True)


# Notices.


class NoticeOut(serializers.Serializer[Any]):
    """One notice."""

    id = serializers.IntegerField(source="pk", help_text=gettext_lazy("编号"))
    case = serializers.UUIDField(source="case.ref", help_text=gettext_lazy("案件标识"))
    errand = Code(Errand, help_text=gettext_lazy("种类"))
    text = serializers.CharField(source="worded", help_text=gettext_lazy("内容"))
    at = serializers.DateTimeField(help_text=gettext_lazy("时间"))
    read = serializers.BooleanField(source="seen", help_text=gettext_lazy("已读"))


class NoticePage(serializers.Serializer[Any]):
    """Notices, newest first."""

    items = NoticeOut(many=True)
    next = serializers.IntegerField(allow_null=True, help_text=gettext_lazy("下一页的before；没有的为空"))


class ReadIn(Strict):
    """Which notices have been read."""

    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**62),
        max_length=MOST,
        required=False,
        help_text=gettext_lazy("编号；省略时为全部"),
    )


class ReadOut(serializers.Serializer[Any]):
    """How many notices were marked."""

    read = serializers.IntegerField(help_text=gettext_lazy("标记为已读的条数"))


class PreferenceShape(Strict):
    """How somebody wants to be told; the inbox is always on."""

    sms = serializers.BooleanField(help_text=gettext_lazy("发送短信"))
    email = serializers.BooleanField(help_text=gettext_lazy("发送电子邮件"))
    digest = serializers.BooleanField(help_text=gettext_lazy("每个工作日发送一次汇总"))
    mailbox = _text(gettext_lazy("电子邮箱"), 120, allow_blank=True)
    language = serializers.ChoiceField(["zh-hans", "en"], help_text=gettext_lazy("通知的语言"))


# Rosters.


class RosterMoveOut(serializers.Serializer[Any]):
    """One move of a roster row's present state."""

    move = serializers.CharField(help_text=gettext_lazy("操作"))
    label = serializers.CharField(help_text=gettext_lazy("名称"))  # type: ignore[assignment]
    available = serializers.BooleanField(help_text=gettext_lazy("现在可以办理"))
    refusal = RefusalOut(allow_null=True, help_text=gettext_lazy("现在不能办理的原因"))
    rule = serializers.ListField(child=serializers.CharField(), help_text=gettext_lazy("规则编号"))
    article = serializers.ListField(child=serializers.CharField(), help_text=gettext_lazy("法律依据"))
    facts = serializers.DictField(help_text=gettext_lazy("facts的JSON Schema"))


class RosterRowOut(serializers.Serializer[Any]):
    """One row of the roster: a file, an entry, a recognition, a complaint or a consolidation."""

    ref = serializers.UUIDField(help_text=gettext_lazy("标识"))
    aggregate = serializers.CharField(help_text=gettext_lazy("种类"))
    state = serializers.CharField(help_text=gettext_lazy("状态"))
    state_text = serializers.CharField(help_text=gettext_lazy("状态名称"))
    version = serializers.IntegerField(source="entries", help_text=gettext_lazy("流水条数，即ETag"))
    columns = serializers.DictField(help_text=gettext_lazy("内容"))
    moves = RosterMoveOut(many=True, required=False, help_text=gettext_lazy("可以办理的操作；列表中没有"))


class RosterPage(serializers.Serializer[Any]):
    """Rows in the order in which they came to be."""

    items = RosterRowOut(many=True)
    next = serializers.IntegerField(allow_null=True, help_text=gettext_lazy("下一页的after；没有的为空"))


class RosterMoveIn(Strict):
    """A move on a roster row."""

    facts = serializers.DictField(required=False, default=dict, help_text=gettext_lazy("事项，字段见该操作的facts"))
    text = _text(gettext_lazy("密封保存的文字（投诉内容、理由）"), 4_000, required=False, default="", allow_blank=True)


class RosterOpenIn(RosterMoveIn):
    """A new row: a file, a complaint, a consolidation, a request to take over another court's entry."""

    move = _text(gettext_lazy("操作；省略时为open"), 40, required=False, default="open")


class RosterEntryOut(serializers.Serializer[Any]):
    """The journal entry that a roster move wrote."""

    ref = serializers.UUIDField(help_text=gettext_lazy("标识"))
    aggregate = serializers.CharField(help_text=gettext_lazy("种类"))
    number = serializers.IntegerField(help_text=gettext_lazy("流水编号"))
    kind = serializers.CharField(help_text=gettext_lazy("消息种类"))
    state = serializers.CharField(help_text=gettext_lazy("之后的状态"))
    at = serializers.DateTimeField(help_text=gettext_lazy("时间"))


class RowChangeOut(serializers.Serializer[Any]):
    """One change of the roster: what happened to which row, nothing of its contents."""

    position = serializers.IntegerField(help_text=gettext_lazy("序号"))
    aggregate = serializers.CharField(help_text=gettext_lazy("种类"))
    ref = serializers.UUIDField(help_text=gettext_lazy("标识"))
    number = serializers.IntegerField(help_text=gettext_lazy("流水编号"))
    kind = serializers.CharField(help_text=gettext_lazy("消息种类：roster.<种类>.<操作>.v1"))
    move = serializers.CharField(help_text=gettext_lazy("操作"))
    move_text = serializers.CharField(help_text=gettext_lazy("操作名称"))
    state = serializers.CharField(help_text=gettext_lazy("该条流水之后的状态"))
    state_text = serializers.CharField(help_text=gettext_lazy("状态名称"))
    at = serializers.DateTimeField(help_text=gettext_lazy("写入本平台的时间"))


class RowChangePage(serializers.Serializer[Any]):
    """Changes of the roster in order."""

    items = RowChangeOut(many=True)
    next = serializers.IntegerField(help_text=gettext_lazy("下次的since"))
    more = serializers.BooleanField(help_text=gettext_lazy("后面还有，可以立即继续"))


class ArrangementIn(Strict):
    """The State Council's arrangement of one year."""

    arrangement = _text(gettext_lazy("放假安排，CSV或者JSON"), LARGEST_FILE)


class CampaignPlan(Strict):
    """Whether consolidations open by themselves (N-4.3)."""

    automatic = serializers.BooleanField(help_text=gettext_lazy("每季度自动开始集中核实"))


class PushIn(Strict):
    """Files to be pushed to courts as one batch (N-4.4a)."""

    aggregate = serializers.ChoiceField(["organisation", "mediator"], help_text=gettext_lazy("种类"))
    refs = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=100, help_text=gettext_lazy("档案标识")
    )
    courts = serializers.ListField(
        child=_text(gettext_lazy("法院代字"), 8), min_length=1, max_length=100, help_text=gettext_lazy("法院代字")
    )


class PushResult(serializers.Serializer[Any]):
    """What became of one file of a batch."""

    ref = serializers.UUIDField(help_text=gettext_lazy("档案标识"))
    done = serializers.BooleanField(help_text=gettext_lazy("已推送"))
    refusal = RefusalOut(allow_null=True, help_text=gettext_lazy("没有推送的原因"))


class PushOut(serializers.Serializer[Any]):
    """What became of a batch."""

    batch = serializers.UUIDField(help_text=gettext_lazy("批次标识"))
    items = PushResult(many=True)


# Statistics.


class FigureOut(serializers.Serializer[Any]):
    """What came out in one organisation's month."""

    organisation = serializers.UUIDField(help_text=gettext_lazy("调解组织标识"))
    month = serializers.DateField(help_text=gettext_lazy("月份（首日）"))
    outcomes = serializers.DictField(child=serializers.IntegerField(), help_text=gettext_lazy("各结果的件数"))


class FigureList(serializers.Serializer[Any]):
    """Outcomes by organisation and month."""

    items = FigureOut(many=True)


class StateCountOut(serializers.Serializer[Any]):
    """How many of the cases one sees stand in a state."""

    state = serializers.CharField(help_text=gettext_lazy("状态"))
    state_text = serializers.CharField(help_text=gettext_lazy("状态名称"))
    count = serializers.IntegerField(help_text=gettext_lazy("件数；10001表示超过10000"))


class StateCountList(serializers.Serializer[Any]):
    """Cases by state."""

    items = StateCountOut(many=True)


class PlaceOut(serializers.Serializer[Any]):
    """The cases of one court, organisation, cause or track, out of those one sees."""

    place = serializers.CharField(
        allow_blank=True, help_text=gettext_lazy("法院代字、组织标识或者代码；尚未确定的为空")
    )
    total = serializers.IntegerField(help_text=gettext_lazy("全部件数；10001表示超过10000，下同"))
    open = serializers.IntegerField(help_text=gettext_lazy("在办件数"))
    overdue = serializers.IntegerField(help_text=gettext_lazy("有期限已超的件数"))
    filed = serializers.IntegerField(help_text=gettext_lazy("本季度申请的件数"))


class PlaceList(serializers.Serializer[Any]):
    """Cases by place."""

    items = PlaceOut(many=True)


class ValueOut(serializers.Serializer[Any]):
    """One value of a table."""

    number = serializers.FloatField(allow_null=True, help_text=gettext_lazy("数值；没有可比的为空，有上限的为上限"))
    text = serializers.CharField(help_text=gettext_lazy("页面上的写法"))


class MethodOut(serializers.Serializer[Any]):
    """How a column is counted."""

    heading = serializers.CharField(help_text=gettext_lazy("栏目"))
    method = serializers.CharField(help_text=gettext_lazy("怎样计算"))


class HeadlineOut(ValueOut, MethodOut):
    """One figure of everything together."""


class TableRow(serializers.Serializer[Any]):
    """One line of a table."""

    label = serializers.CharField(help_text=gettext_lazy("行名"))  # type: ignore[assignment]
    note = serializers.CharField(help_text=gettext_lazy("说明"))
    total = serializers.BooleanField(help_text=gettext_lazy("是否合计"))
    values = ValueOut(many=True, help_text=gettext_lazy("各栏的值，与headings同序"))


class TableOut(serializers.Serializer[Any]):
    """One table of oversight."""

    code = serializers.CharField(help_text=gettext_lazy("表的代码"))
    caption = serializers.CharField(help_text=gettext_lazy("表名"))
    first = serializers.CharField(help_text=gettext_lazy("第一栏的名称"))
    headings = serializers.ListField(child=serializers.CharField(), help_text=gettext_lazy("其余各栏的名称"))
    rows = TableRow(many=True, help_text=gettext_lazy("各行"))
    idle = serializers.ListField(child=serializers.CharField(), help_text=gettext_lazy("没有可列数字的单位"))
    note = serializers.CharField(help_text=gettext_lazy("说明"))
    methods = MethodOut(many=True, help_text=gettext_lazy("怎样计算；与headline同名的栏目见headline"))


class TableList(serializers.Serializer[Any]):
    """Every table of what the caller watches over."""

    at = serializers.DateTimeField(help_text=gettext_lazy("统计的时刻"))
    scope = serializers.CharField(help_text=gettext_lazy("只看哪个法院、单位、组织；全部的为空"))
    headline = HeadlineOut(many=True, help_text=gettext_lazy("各栏的合计和怎样计算"))
    items = TableOut(many=True)


# Subscriptions.


class SubscriptionIn(Strict):
    """Where changes are to be told, of which kinds, and from where on."""

    url = _text(gettext_lazy("接收地址：公网https地址"), 500)
    kinds = serializers.ListField(
        child=_text(gettext_lazy("case.<操作>.v1，roster.<种类>.<操作>.v1"), 60),
        max_length=200,
        required=False,
        default=list,
        help_text=gettext_lazy("只要这些种类；省略时为案件的全部种类。名册的种类须逐一写明，另需权限范围rosters"),
    )
    since = serializers.IntegerField(
        min_value=0, max_value=2**62, required=False, help_text=gettext_lazy("从该序号之后开始；省略时从现在开始")
    )


class ReplayIn(Strict):
    """From where on a subscription is to be served again."""

    since = serializers.IntegerField(min_value=0, max_value=2**62, help_text=gettext_lazy("从该序号之后重新送"))


class SubscriptionOut(serializers.Serializer[Any]):
    """A subscription and how it stands."""

    ref = serializers.UUIDField(help_text=gettext_lazy("标识"))
    url = serializers.CharField(help_text=gettext_lazy("接收地址"))
    kinds = serializers.ListField(child=serializers.CharField(), help_text=gettext_lazy("种类；空为全部"))
    reached = serializers.IntegerField(help_text=gettext_lazy("已送到的序号"))
    created_at = serializers.DateTimeField(help_text=gettext_lazy("创建时间"))
    failures = serializers.IntegerField(help_text=gettext_lazy("连续失败次数"))
    failing_since = serializers.DateTimeField(allow_null=True, help_text=gettext_lazy("从何时起失败"))
    next_at = serializers.DateTimeField(allow_null=True, help_text=gettext_lazy("下次尝试；不在等待的为空"))
    disabled_at = serializers.DateTimeField(allow_null=True, help_text=gettext_lazy("停用时间"))
    why = serializers.CharField(help_text=gettext_lazy("停用原因"))


class SubscriptionList(serializers.Serializer[Any]):
    """The subscriptions of the calling client."""

    items = SubscriptionOut(many=True)


class CallbackOut(serializers.Serializer[Any]):
    """One attempt to tell a change, and what was answered."""

    id = serializers.IntegerField(source="pk", help_text=gettext_lazy("编号"))
    position = serializers.IntegerField(help_text=gettext_lazy("变更序号"))
    kind = serializers.CharField(help_text=gettext_lazy("消息种类"))
    at = serializers.DateTimeField(help_text=gettext_lazy("时间"))
    status = serializers.IntegerField(allow_null=True, help_text=gettext_lazy("接收方答复的状态码；没有答复的为空"))
    why = serializers.CharField(help_text=gettext_lazy("没有答复的原因"))
    answer = serializers.CharField(help_text=gettext_lazy("答复的开头"))
    milliseconds = serializers.IntegerField(help_text=gettext_lazy("用时（毫秒）"))


class CallbackPage(serializers.Serializer[Any]):
    """Attempts, newest first; kept for thirty days."""

    items = CallbackOut(many=True)
    next = serializers.IntegerField(allow_null=True, help_text=gettext_lazy("下一页的before；没有的为空"))
