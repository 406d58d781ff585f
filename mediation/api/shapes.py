"""The shapes that go in and out: one declaration is both the check or the rendering and the OpenAPI document.

Lives here: serializers, and the JSON Schema of a move's facts. Does not live here: looking anything up.
Called by: the views, ``submissions`` and ``schema``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from mediation.facts import Fact
from mediation.vocabulary import (
    Audience,
    Cause,
    ClockKind,
    DocumentKind,
    EnclosureKind,
    IdentityKind,
    Institution,
    InvestorClass,
    PartyKind,
    Power,
    Role,
    Seat,
    Side,
    Source,
    State,
    Term,
    Track,
)

LONGEST_TEXT = 200_000
MOST_DOCUMENTS = 50
MOST_PEOPLE = 500


class Code(serializers.ChoiceField):
    """A code out of one closed list; the document explains each in Chinese."""

    def __init__(self, terms: type[Term], **options: Any) -> None:
        self.terms = terms
        super().__init__(choices=[(value, gettext_lazy(label)) for value, label in terms.choices()], **options)


class Label(serializers.CharField):
    """The Chinese term of the code in another field."""

    def __init__(self, terms: type[Term], source: str) -> None:
        self.terms = terms
        super().__init__(source=source, read_only=True)

    def to_representation(self, value: Any) -> str:
        """Return the term in the reader's language."""
        return _(self.terms(value).label) if value else ""


class Strict(serializers.Serializer[Any]):
    """Takes exactly the declared fields: an unknown one is refused, never passed over."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the checked values; raises ValidationError."""
        if isinstance(data, Mapping):
            unknown = [str(name)[:60] for name in data if name not in self.fields]
            if unknown:
                raise serializers.ValidationError({name: [_("没有这个字段")] for name in unknown[:10]})
        return super().to_internal_value(data)


class Words(serializers.CharField):
    """A text a person wrote; only a text is taken, a number is not."""

    def to_internal_value(self, data: Any) -> str:
        """Return the text; raises ValidationError."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


def _words(most: int, help_text: Any, **options: Any) -> Words:
    return Words(max_length=most, help_text=help_text, **options)


# What goes in.


class Capacity(Strict):
    """In which capacity the caller acts, as ``capacities`` of a case or ``posts`` of ``me`` name it."""

    role = Code(Role, help_text=gettext_lazy("身份"))
    ref = _words(80, gettext_lazy("标识；省略时取该身份的第一个"), required=False)


class Attachment(Strict):
    """One uploaded file to be filed with a move."""

    upload = _words(1_000, gettext_lazy("上传接口返回的凭据"))
    kind = Code(DocumentKind, help_text=gettext_lazy("材料类型"))
    audience = Code(Audience, default=Audience.ALL.value, help_text=gettext_lazy("谁可以查看"))
    name = _words(100, gettext_lazy("文件名；省略时用上传时的文件名"), required=False)


class Particulars(Strict):
    """Who somebody is. Numbers are sealed at rest and masked wherever they are shown."""

    name = _words(120, gettext_lazy("姓名或者名称"))
    identity_kind = Code(IdentityKind, required=False, help_text=gettext_lazy("证件类型"))
    identity_number = _words(40, gettext_lazy("证件号码；申请人和代理人必填"), required=False)
    phone = _words(40, gettext_lazy("联系电话；申请人和代理人必填"), required=False)
    account_number = _words(60, gettext_lazy("证券、期货账户号码"), required=False)
    email = _words(254, gettext_lazy("电子邮箱"), required=False)
    address = _words(200, gettext_lazy("住所或者送达地址"), required=False)
    legal_representative = _words(60, gettext_lazy("法定代表人或者负责人"), required=False)
    branch = _words(120, gettext_lazy("开户机构或者营业部"), required=False)
    licence_number = _words(40, gettext_lazy("律师执业证号"), required=False)


class PartyIn(Particulars):
    """One party of an application."""

    ref = serializers.UUIDField(required=False, help_text=gettext_lazy("标识；省略时由平台给出"))
    side = Code(Side, help_text=gettext_lazy("诉讼地位"))
    kind = Code(PartyKind, help_text=gettext_lazy("类型"))
    investor = Code(InvestorClass, help_text=gettext_lazy("投资者类别"))
    institution = Code(Institution, default=Institution.NONE.value, help_text=gettext_lazy("机构类别"))


class AgentIn(Particulars):
    """One agent of an application."""

    ref = serializers.UUIDField(required=False, help_text=gettext_lazy("标识；省略时由平台给出"))
    power = Code(Power, help_text=gettext_lazy("代理权限"))
    principals = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=MOST_PEOPLE),
        min_length=1,
        max_length=MOST_PEOPLE,
        help_text=gettext_lazy("被代理的当事人在parties中的序号，从0起"),
    )


class PersonIn(Particulars):
    """The particulars of a party or agent that a move names."""

    ref = serializers.UUIDField(help_text=gettext_lazy("该当事人或者代理人的标识"))


class Submission(Strict):
    """What every move carries beside its facts."""

    facts = serializers.DictField(required=False, default=dict, help_text=gettext_lazy("事项，字段见该操作的facts"))
    texts = serializers.DictField(
        child=Words(max_length=LONGEST_TEXT),
        required=False,
        default=dict,
        help_text=gettext_lazy("文字内容，字段见该操作的texts"),
    )
    nonce = _words(64, gettext_lazy("与文字一并计算校验值的随机数；校验值为nonce与文字相连的SHA-256"), required=False)
    documents = Attachment(many=True, required=False, default=list, max_length=MOST_DOCUMENTS)  # type: ignore[call-arg]

    def get_fields(self) -> dict[str, Any]:
        """Add ``as``, which Python keeps for itself."""
        return {"as": Capacity(required=False), **super().get_fields()}


class MoveIn(Submission):
    """A move on an existing case."""

    people = PersonIn(many=True, required=False, default=list, max_length=MOST_PEOPLE)  # type: ignore[call-arg]
    code = _words(12, gettext_lazy("签署时填写的一次性验证码，由“获取签名验证码”发出；其他操作不填"), required=False)


class CodeSentOut(serializers.Serializer[Any]):
    """A code for signing that was sent."""

    sent_to = serializers.CharField(help_text=gettext_lazy("发送到的手机号码或者邮箱，已隐去一部分"))
    digest = serializers.CharField(help_text=gettext_lazy("验证码只用于签署这一校验值的协议"))
    expires_at = serializers.CharField(help_text=gettext_lazy("失效时间"))


class BatchItem(MoveIn):
    """One move of a batch."""

    case = serializers.UUIDField(help_text=gettext_lazy("案件标识"))
    move = _words(40, gettext_lazy("操作"))
    version = serializers.IntegerField(
        required=False, min_value=0, max_value=10**9, help_text=gettext_lazy("查询案件时的版本；已有新流水时不办理")
    )


class BatchIn(Strict):
    """Moves to be made one after another."""

    items = BatchItem(many=True, min_length=1, max_length=100)  # type: ignore[call-arg]


class BatchOuter(Strict):
    """The same with its items as they were sent: each is checked for itself."""

    items = serializers.ListField(child=serializers.JSONField(), min_length=1, max_length=100)


class ApplicationIn(Submission):
    """A new case: an application, or the record of an agreement reached off line."""

    move = serializers.CharField(required=False, max_length=40, help_text=gettext_lazy("操作；省略时为该平台的申请"))
    parties = PartyIn(many=True, min_length=2, max_length=MOST_PEOPLE)  # type: ignore[call-arg]
    agents = AgentIn(many=True, required=False, default=list, max_length=MOST_PEOPLE)  # type: ignore[call-arg]


class UploadIn(serializers.Serializer[Any]):
    """A file as multipart/form-data."""

    file = serializers.FileField(help_text=gettext_lazy("PDF、JPEG、PNG、WebP、docx、xlsx或者txt，不超过20 MB"))


class TokenIn(serializers.Serializer[Any]):
    """How a registered client asks for a token (RFC 6749)."""

    grant_type = serializers.ChoiceField(
        ["client_credentials", "authorization_code", "refresh_token"], help_text=gettext_lazy("授权方式")
    )
    scope = serializers.CharField(required=False, help_text=gettext_lazy("权限范围，以空格分隔；省略时为登记的全部"))
    client_id = serializers.CharField(required=False, help_text=gettext_lazy("客户端编号；已放在请求头的不填"))
    client_secret = serializers.CharField(required=False, help_text=gettext_lazy("密钥；已放在请求头的不填"))
    code = serializers.CharField(required=False, help_text=gettext_lazy("授权码，一分钟内有效，只能用一次"))
    redirect_uri = serializers.CharField(required=False, help_text=gettext_lazy("领取授权码时所用的回调地址"))
    code_verifier = serializers.CharField(required=False, help_text=gettext_lazy("PKCE的code_verifier"))
    refresh_token = serializers.CharField(required=False, help_text=gettext_lazy("续期令牌"))


class RevocationIn(serializers.Serializer[Any]):
    """How a registered client hands a token back (RFC 7009)."""

    token = serializers.CharField(help_text=gettext_lazy("访问令牌或者续期令牌"))
    client_id = serializers.CharField(required=False, help_text=gettext_lazy("客户端编号；已放在请求头的不填"))
    client_secret = serializers.CharField(required=False, help_text=gettext_lazy("密钥；已放在请求头的不填"))


# What comes out.


class TokenOut(serializers.Serializer[Any]):
    """A token and how long it is good."""

    access_token = serializers.CharField(help_text=gettext_lazy("访问令牌"))
    token_type = serializers.CharField(help_text=gettext_lazy("Bearer"))
    expires_in = serializers.IntegerField(help_text=gettext_lazy("有效秒数"))
    scope = serializers.CharField(help_text=gettext_lazy("权限范围，以空格分隔"))
    refresh_token = serializers.CharField(required=False, help_text=gettext_lazy("续期令牌；客户端凭证方式没有"))


class OAuthError(serializers.Serializer[Any]):
    """What was wrong with a request for a token (RFC 6749 5.2)."""

    error = serializers.CharField(help_text=gettext_lazy("错误代码"))
    error_description = serializers.CharField(required=False, help_text=gettext_lazy("说明"))


class RevokedOut(serializers.Serializer[Any]):
    """A token that opens nothing any more, or never did."""

    active = serializers.BooleanField(help_text=gettext_lazy("总是false"))


class CaseBrief(serializers.Serializer[Any]):
    """A case in a list: its course, nobody's name."""

    ref = serializers.UUIDField(help_text=gettext_lazy("案件标识，两个平台相同"))
    number = serializers.CharField(help_text=gettext_lazy("案号"))
    track = Code(Track, help_text=gettext_lazy("轨道"))
    track_text = Label(Track, "track")
    state = Code(State, help_text=gettext_lazy("状态"))
    state_text = Label(State, "state")
    owner = Code(Seat, allow_null=True, help_text=gettext_lazy("目前由谁办理；已办结的为空"))
    cause = Code(Cause, help_text=gettext_lazy("案由"))
    cause_text = Label(Cause, "cause")
    source = Code(Source, allow_blank=True, help_text=gettext_lazy("来源"))  # type: ignore[assignment]
    court = serializers.CharField(help_text=gettext_lazy("法院代字"))
    organisation = serializers.CharField(help_text=gettext_lazy("调解组织标识"))
    amount = serializers.IntegerField(allow_null=True, help_text=gettext_lazy("金额，单位为分"))
    filed_at = serializers.DateTimeField(help_text=gettext_lazy("申请时间"))
    effective_at = serializers.DateTimeField(allow_null=True, help_text=gettext_lazy("协议生效时间"))
    version = serializers.IntegerField(source="entries", help_text=gettext_lazy("流水条数，即ETag"))


class ActorOut(serializers.Serializer[Any]):
    """Who acted or may act, as the journal knows them."""

    role = Code(Role, help_text=gettext_lazy("身份"))
    role_text = Label(Role, "role")
    ref = serializers.CharField(help_text=gettext_lazy("标识"))
    seat = serializers.CharField(help_text=gettext_lazy("所属法院代字、组织标识或者单位代码"))
    via = serializers.CharField(help_text=gettext_lazy("核验身份的平台"))


class PersonOut(serializers.Serializer[Any]):
    """A party or agent; identifiers are masked unless revealed, and absent for those who read no contents."""

    ref = serializers.UUIDField(help_text=gettext_lazy("标识"))
    side = Code(Side, allow_blank=True, help_text=gettext_lazy("诉讼地位；代理人为空"))
    kind = Code(PartyKind, allow_blank=True, help_text=gettext_lazy("类型"))
    investor = Code(InvestorClass, allow_blank=True, help_text=gettext_lazy("投资者类别"))
    institution = Code(Institution, allow_blank=True, help_text=gettext_lazy("机构类别"))
    name = serializers.CharField(required=False, help_text=gettext_lazy("姓名或者名称"))
    identity_kind = Code(IdentityKind, required=False, allow_blank=True, help_text=gettext_lazy("证件类型"))
    identity_number = serializers.CharField(required=False, help_text=gettext_lazy("证件号码"))
    phone = serializers.CharField(required=False, help_text=gettext_lazy("联系电话"))
    account_number = serializers.CharField(required=False, help_text=gettext_lazy("证券、期货账户号码"))


class ClockOut(serializers.Serializer[Any]):
    """A period that is running or that an entry started."""

    kind = Code(ClockKind, help_text=gettext_lazy("期限"))
    kind_text = Label(ClockKind, "kind")
    rule = serializers.CharField(help_text=gettext_lazy("所依据的规则行，见law/rules"))
    since = serializers.DateTimeField(help_text=gettext_lazy("起算"))
    due = serializers.DateTimeField(help_text=gettext_lazy("届满"))
    flag = serializers.CharField(help_text=gettext_lazy("催办时间；没有的为空"))
    provisional = serializers.BooleanField(help_text=gettext_lazy("所跨年度的放假安排尚未公布，届满日可能变动"))


class CaseFull(CaseBrief):
    """A case as the caller may see it."""

    people = PersonOut(many=True)
    clocks = ClockOut(many=True)
    capacities = ActorOut(many=True, help_text=gettext_lazy("您在该案中的身份"))
    frozen = serializers.BooleanField(help_text=gettext_lazy("因对接异常暂停办理"))


class CasePage(serializers.Serializer[Any]):
    """One page of cases, newest first."""

    items = CaseBrief(many=True)
    next = serializers.CharField(allow_null=True, help_text=gettext_lazy("下一页的cursor；没有的为空"))


class EnclosureOut(serializers.Serializer[Any]):
    """What an entry says of something enclosed: never its content."""

    kind = Code(EnclosureKind, help_text=gettext_lazy("种类"))
    audience = Code(Audience, help_text=gettext_lazy("谁可以查看"))
    about = serializers.CharField(help_text=gettext_lazy("所涉当事人或者代理人"))
    digest = serializers.CharField(help_text=gettext_lazy("加盐校验值"))


class TextOut(serializers.Serializer[Any]):
    """A text the caller may read."""

    kind = Code(EnclosureKind, help_text=gettext_lazy("种类"))
    kind_text = Label(EnclosureKind, "kind")
    audience = Code(Audience, help_text=gettext_lazy("谁可以查看"))
    text = serializers.CharField(help_text=gettext_lazy("内容；已删除的为空"))
    nonce = serializers.CharField(help_text=gettext_lazy("与文字一并计算校验值的随机数；没有的为空"))


class EntryOut(serializers.Serializer[Any]):
    """One journal entry, whole, so that its hash and signature can be checked outside."""

    case = serializers.UUIDField(help_text=gettext_lazy("案件标识"))
    number = serializers.IntegerField(help_text=gettext_lazy("流水编号，从1起不间断"))
    kind = serializers.CharField(help_text=gettext_lazy("消息种类：case.<操作>.v1"))
    move = serializers.CharField(help_text=gettext_lazy("操作"))
    move_text = serializers.CharField(help_text=gettext_lazy("操作名称"))
    state = Code(State, help_text=gettext_lazy("该条流水之后的状态"))
    state_text = Label(State, "state")
    at = serializers.CharField(help_text=gettext_lazy("时间"))
    platform = serializers.CharField(help_text=gettext_lazy("书写流水的平台"))
    by = ActorOut()
    facts = serializers.DictField(help_text=gettext_lazy("事项"))
    clocks = ClockOut(many=True)
    enclosures = EnclosureOut(many=True)
    texts = TextOut(many=True)
    previous = serializers.CharField(help_text=gettext_lazy("前一条流水的哈希"))
    algorithm = serializers.CharField(help_text=gettext_lazy("哈希算法"))
    hash = serializers.CharField(help_text=gettext_lazy("哈希"))
    signature = serializers.CharField(help_text=gettext_lazy("签名"))
    key = serializers.CharField(help_text=gettext_lazy("签名密钥的编号"))


class EntryPage(serializers.Serializer[Any]):
    """Entries in order."""

    items = EntryOut(many=True)
    next = serializers.IntegerField(allow_null=True, help_text=gettext_lazy("下一页的after；没有的为空"))


class ChangeOut(serializers.Serializer[Any]):
    """One change: what happened in which case, nothing of its contents."""

    position = serializers.IntegerField(help_text=gettext_lazy("序号"))
    case = serializers.UUIDField(help_text=gettext_lazy("案件标识"))
    number = serializers.IntegerField(help_text=gettext_lazy("流水编号"))
    kind = serializers.CharField(help_text=gettext_lazy("消息种类：case.<操作>.v1"))
    move = serializers.CharField(help_text=gettext_lazy("操作"))
    move_text = serializers.CharField(help_text=gettext_lazy("操作名称"))
    state = Code(State, help_text=gettext_lazy("该条流水之后的状态"))
    state_text = Label(State, "state")
    at = serializers.DateTimeField(help_text=gettext_lazy("写入本平台的时间"))


class ChangePage(serializers.Serializer[Any]):
    """Changes in order."""

    items = ChangeOut(many=True)
    next = serializers.IntegerField(help_text=gettext_lazy("下次的since"))
    more = serializers.BooleanField(help_text=gettext_lazy("后面还有，可以立即继续"))


class BatchResult(serializers.Serializer[Any]):
    """What came of one move of a batch."""

    case = serializers.CharField(help_text=gettext_lazy("案件标识，照所提交的"))
    move = serializers.CharField(help_text=gettext_lazy("操作，照所提交的"))
    status = serializers.IntegerField(help_text=gettext_lazy("单独办理时的状态码"))
    body = serializers.DictField(help_text=gettext_lazy("单独办理时的答复：流水、请求或者问题"))


class BatchOut(serializers.Serializer[Any]):
    """What came of each move, in the order of the batch."""

    items = BatchResult(many=True)


class RefusalOut(serializers.Serializer[Any]):
    """Why a move cannot be made."""

    code = serializers.CharField(help_text=gettext_lazy("规则名称"))
    detail = serializers.CharField(help_text=gettext_lazy("原因"))
    rule = serializers.ListField(child=serializers.CharField(), help_text=gettext_lazy("规则编号"))
    article = serializers.ListField(child=serializers.CharField(), help_text=gettext_lazy("法律依据"))
    next = serializers.CharField(help_text=gettext_lazy("下一步"))


class TextWanted(serializers.Serializer[Any]):
    """One text a move carries."""

    label = serializers.CharField(help_text=gettext_lazy("名称"))  # type: ignore[assignment]
    kind = Code(EnclosureKind, help_text=gettext_lazy("种类"))
    audience = Code(Audience, help_text=gettext_lazy("谁可以查看"))
    required = serializers.BooleanField(help_text=gettext_lazy("必填"))  # type: ignore[assignment]


class MoveOut(serializers.Serializer[Any]):
    """One move of the case's present state, and whether the caller may make it now."""

    move = serializers.CharField(help_text=gettext_lazy("操作"))
    label = serializers.CharField(help_text=gettext_lazy("名称"))  # type: ignore[assignment]
    capacity = ActorOut(help_text=gettext_lazy("以何身份"))
    available = serializers.BooleanField(help_text=gettext_lazy("现在可以办理"))
    refusal = RefusalOut(allow_null=True, help_text=gettext_lazy("现在不能办理的原因"))
    here = serializers.BooleanField(help_text=gettext_lazy("由本平台书写；否则作为请求转交对方平台"))
    rule = serializers.ListField(child=serializers.CharField(), help_text=gettext_lazy("规则编号"))
    article = serializers.ListField(child=serializers.CharField(), help_text=gettext_lazy("法律依据"))
    facts = serializers.DictField(help_text=gettext_lazy("facts的JSON Schema"))
    texts = serializers.DictField(child=TextWanted(), help_text=gettext_lazy("可以提交的文字"))
    documents = serializers.BooleanField(help_text=gettext_lazy("可以提交材料"))
    wants_document = serializers.BooleanField(help_text=gettext_lazy("必须提交材料"))


class MoveList(serializers.Serializer[Any]):
    """The moves of a case."""

    version = serializers.IntegerField(help_text=gettext_lazy("流水条数，即ETag"))
    items = MoveOut(many=True)


class RequestOut(serializers.Serializer[Any]):
    """A move that the other platform is to judge."""

    ref = serializers.UUIDField(help_text=gettext_lazy("请求标识"))
    case = serializers.UUIDField(source="case.ref", help_text=gettext_lazy("案件标识"))
    move = serializers.CharField(help_text=gettext_lazy("操作"))
    state = serializers.ChoiceField(
        choices=[
            ("WAITING", gettext_lazy("等待对方平台答复")),
            ("DONE", gettext_lazy("已办理，见流水")),
            ("REFUSED", gettext_lazy("未被允许")),
        ],
        help_text=gettext_lazy("进展"),
    )
    at = serializers.DateTimeField(help_text=gettext_lazy("提交时间"))
    answered_at = serializers.DateTimeField(allow_null=True, help_text=gettext_lazy("答复时间"))
    refusal = RefusalOut(allow_null=True, help_text=gettext_lazy("未被允许的原因"))


class DocumentOut(serializers.Serializer[Any]):
    """One document the caller may read."""

    ref = serializers.UUIDField(help_text=gettext_lazy("材料标识"))
    number = serializers.IntegerField(help_text=gettext_lazy("随哪一条流水提交"))
    kind = Code(DocumentKind, help_text=gettext_lazy("材料类型"))
    kind_text = Label(DocumentKind, "kind")
    audience = Code(Audience, help_text=gettext_lazy("谁可以查看"))
    name = serializers.CharField(help_text=gettext_lazy("文件名"))
    sha256 = serializers.CharField(help_text=gettext_lazy("SHA-256"))
    size = serializers.IntegerField(help_text=gettext_lazy("字节数"))
    media_type = serializers.CharField(help_text=gettext_lazy("内容类型"))
    present = serializers.BooleanField(help_text=gettext_lazy("内容已经到达本平台"))


class DocumentList(serializers.Serializer[Any]):
    """The documents of a case."""

    items = DocumentOut(many=True)


class UploadOut(serializers.Serializer[Any]):
    """A file that was taken in: the voucher files it with a move, by the same account, within seven days."""

    upload = serializers.CharField(help_text=gettext_lazy("凭据，填入documents的upload"))
    sha256 = serializers.CharField(help_text=gettext_lazy("SHA-256"))
    name = serializers.CharField(help_text=gettext_lazy("整理后的文件名"))
    size = serializers.IntegerField(help_text=gettext_lazy("字节数"))
    media_type = serializers.CharField(help_text=gettext_lazy("按内容判断的类型"))


class RuleOut(serializers.Serializer[Any]):
    """One dated row of the law."""

    row = serializers.CharField(help_text=gettext_lazy("编号"))
    clock = Code(ClockKind, help_text=gettext_lazy("期限"))
    clock_text = Label(ClockKind, "clock")
    value = serializers.IntegerField(help_text=gettext_lazy("数值"))
    unit = serializers.CharField(help_text=gettext_lazy("单位"))
    unit_text = serializers.CharField(help_text=gettext_lazy("单位名称"))
    counted_from = serializers.CharField(help_text=gettext_lazy("起算"))
    extension = serializers.CharField(help_text=gettext_lazy("延长"))
    rule = serializers.ListField(child=serializers.CharField(), help_text=gettext_lazy("规则编号"))
    article = serializers.ListField(child=serializers.CharField(), help_text=gettext_lazy("法律依据"))
    valid_from = serializers.DateField(help_text=gettext_lazy("施行日期"))
    valid_until = serializers.DateField(allow_null=True, help_text=gettext_lazy("自该日起不再适用；仍然适用的为空"))
    own_figure = serializers.BooleanField(help_text=gettext_lazy("法律未规定，由平台设定"))
    note = serializers.CharField(help_text=gettext_lazy("说明"))


class RuleList(serializers.Serializer[Any]):
    """The periods of the law, as this deployment applies them."""

    items = RuleOut(many=True)


class CalendarOut(serializers.Serializer[Any]):
    """The arrangement of one year."""

    year = serializers.IntegerField(help_text=gettext_lazy("年份"))
    notice = serializers.CharField(help_text=gettext_lazy("通知文号"))
    provisional = serializers.BooleanField(help_text=gettext_lazy("放假安排尚未公布"))
    rest = serializers.ListField(child=serializers.DateField(), help_text=gettext_lazy("放假日"))
    made_up = serializers.ListField(child=serializers.DateField(), help_text=gettext_lazy("补班日"))


class OrganisationOut(serializers.Serializer[Any]):
    """A mediation organisation as the public may know it (ZX-5)."""

    ref = serializers.UUIDField(help_text=gettext_lazy("标识"))
    name = serializers.CharField(help_text=gettext_lazy("组织名称"))
    kind = serializers.CharField(help_text=gettext_lazy("组织类别"))
    regions = serializers.ListField(child=serializers.CharField(), help_text=gettext_lazy("受理地域；空为不限"))
    causes = serializers.ListField(child=serializers.CharField(), help_text=gettext_lazy("受理案由；空为不限"))
    scope = serializers.CharField(help_text=gettext_lazy("受理范围"))
    expertise = serializers.CharField(help_text=gettext_lazy("专业领域"))
    charges_fee = serializers.BooleanField(help_text=gettext_lazy("是否收费"))
    tariff = serializers.CharField(help_text=gettext_lazy("收费标准"))
    languages = serializers.ListField(child=serializers.CharField(), help_text=gettext_lazy("服务语言"))
    video = serializers.BooleanField(help_text=gettext_lazy("支持音视频调解"))
    phone = serializers.CharField(help_text=gettext_lazy("联系电话"))
    address = serializers.CharField(help_text=gettext_lazy("地址"))


class OrganisationList(serializers.Serializer[Any]):
    """Organisations by name."""

    items = OrganisationOut(many=True)
    next = serializers.CharField(allow_null=True, help_text=gettext_lazy("下一页的after；没有的为空"))


class MediatorOut(serializers.Serializer[Any]):
    """A mediator as the public may know them (ZX-5)."""

    ref = serializers.UUIDField(help_text=gettext_lazy("标识"))
    organisation = serializers.UUIDField(help_text=gettext_lazy("所属组织"))
    name = serializers.CharField(help_text=gettext_lazy("姓名"))
    expertise = serializers.CharField(help_text=gettext_lazy("专业领域"))
    causes = serializers.ListField(child=serializers.CharField(), help_text=gettext_lazy("擅长案由"))
    languages = serializers.ListField(child=serializers.CharField(), help_text=gettext_lazy("服务语言"))
    experience_years = serializers.IntegerField(help_text=gettext_lazy("从业年限"))
    charges_fee = serializers.BooleanField(help_text=gettext_lazy("是否收费"))


class MediatorList(serializers.Serializer[Any]):
    """Mediators by name."""

    items = MediatorOut(many=True)
    next = serializers.CharField(allow_null=True, help_text=gettext_lazy("下一页的after；没有的为空"))


class CourtOut(serializers.Serializer[Any]):
    """A people's court."""

    code = serializers.CharField(help_text=gettext_lazy("法院代字"))
    name = serializers.CharField(help_text=gettext_lazy("法院名称"))
    level = serializers.CharField(help_text=gettext_lazy("审级"))
    province = serializers.CharField(help_text=gettext_lazy("省级区划代码"))
    parent = serializers.CharField(help_text=gettext_lazy("上级法院代字"))  # type: ignore[assignment]
    kinds = serializers.ListField(child=serializers.CharField(), help_text=gettext_lazy("集中管辖依据"))


class CourtList(serializers.Serializer[Any]):
    """Courts by code."""

    items = CourtOut(many=True)


class PostOut(serializers.Serializer[Any]):
    """A capacity the account holds on this platform."""

    role = Code(Role, help_text=gettext_lazy("身份"))
    role_text = Label(Role, "role")
    court = serializers.CharField(help_text=gettext_lazy("法院代字"))
    organisation = serializers.UUIDField(allow_null=True, help_text=gettext_lazy("调解组织标识"))
    unit = serializers.CharField(help_text=gettext_lazy("监管单位代码"))
    mediator = serializers.UUIDField(allow_null=True, help_text=gettext_lazy("调解员标识"))


class Me(serializers.Serializer[Any]):
    """Who the caller is."""

    ref = serializers.UUIDField(help_text=gettext_lazy("账户标识"))
    login = serializers.CharField(help_text=gettext_lazy("登录名"))
    name = serializers.CharField(help_text=gettext_lazy("姓名或者名称"))
    identity_verified = serializers.BooleanField(help_text=gettext_lazy("身份已经核验"))
    platform = serializers.CharField(help_text=gettext_lazy("平台"))
    posts = PostOut(many=True)
    client = serializers.CharField(allow_null=True, help_text=gettext_lazy("令牌名称；以登录状态访问的为空"))
    scopes = serializers.ListField(child=serializers.CharField(), help_text=gettext_lazy("权限范围"))


class FieldError(serializers.Serializer[Any]):
    """One wrong field."""

    field = serializers.CharField()
    detail = serializers.CharField()


class Latest(serializers.Serializer[Any]):
    """What somebody else did first."""

    number = serializers.IntegerField()
    move = serializers.CharField()
    by = Code(Role)


class Finding(serializers.Serializer[Any]):
    """One thing the checks found in an agreement."""

    must = serializers.BooleanField(help_text=gettext_lazy("是否必须改正；否则核对后注明acknowledged即可提出"))
    said = serializers.CharField(help_text=gettext_lazy("问题"))
    mend = serializers.CharField(help_text=gettext_lazy("怎样改正"))
    rule = serializers.ListField(child=serializers.CharField(), help_text=gettext_lazy("规则编号"))
    article = serializers.ListField(child=serializers.CharField(), help_text=gettext_lazy("法律依据"))


class Problem(serializers.Serializer[Any]):
    """Problem details (RFC 9457)."""

    type = serializers.CharField(help_text=gettext_lazy("问题类型"))
    title = serializers.CharField(help_text=gettext_lazy("概要"))
    status = serializers.IntegerField(help_text=gettext_lazy("状态码"))
    detail = serializers.CharField(help_text=gettext_lazy("原因"))
    code = serializers.CharField(required=False, help_text=gettext_lazy("规则或者问题的名称"))
    rule = serializers.ListField(child=serializers.CharField(), required=False, help_text=gettext_lazy("规则编号"))
    article = serializers.ListField(child=serializers.CharField(), required=False, help_text=gettext_lazy("法律依据"))
    next = serializers.CharField(required=False, help_text=gettext_lazy("下一步"))
    field = serializers.CharField(required=False, help_text=gettext_lazy("有误的字段"))
    allowed = serializers.ListField(
        child=serializers.CharField(), required=False, help_text=gettext_lazy("该字段可以填写的内容")
    )
    errors = FieldError(many=True, required=False, help_text=gettext_lazy("全部有误的字段"))  # type: ignore[assignment]
    findings = Finding(many=True, required=False, help_text=gettext_lazy("核对协议文字发现的问题"))
    since = serializers.IntegerField(required=False, help_text=gettext_lazy("仍然有效的最后位置"))
    version = serializers.IntegerField(required=False, help_text=gettext_lazy("案件现在的版本"))
    latest = Latest(required=False, allow_null=True, help_text=gettext_lazy("先办理的人做了什么"))


# The JSON Schema of facts.

_SHAPES: dict[str, dict[str, Any]] = {
    "day": {"type": "string", "format": "date"},
    "instant": {"type": "string", "format": "date-time"},
    "count": {"type": "integer", "minimum": 0},
    "money": {"type": "integer", "minimum": 0, "maximum": 10**15},
    "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "number": {"type": "string", "maxLength": 40},
    "court": {"type": "string", "maxLength": 8},
    "flag": {"type": "boolean"},
}


def facts_schema(facts: Mapping[str, Fact]) -> dict[str, Any]:
    """Return the JSON Schema of a move's facts."""
    return {
        "type": "object",
        "properties": {name: _fact_schema(fact) for name, fact in facts.items()},
        "required": [name for name, fact in facts.items() if fact.required],
        "additionalProperties": False,
    }


def _fact_schema(fact: Fact) -> dict[str, Any]:
    told = {"title": _(fact.label)} | ({"description": _(fact.hint)} if fact.hint else {})
    if fact.shape == "many" and fact.item:
        return {
            **told,
            "type": "array",
            "items": _fact_schema(fact.item),
            "minItems": int(fact.required),
            "maxItems": 500,
        }
    if fact.shape == "record" and fact.fields:
        return {**told, **facts_schema(fact.fields)}
    if fact.shape == "code" and fact.terms:
        known = "；".join(f"{term.value} {_(term.label)}" for term in fact.terms)
        description = "。".join(filter(None, [told.get("description", ""), known]))
        return {**told, "type": "string", "enum": [term.value for term in fact.terms], "description": description}
    if fact.shape in _SHAPES:
        unit = {"description": _("单位为分")} if fact.shape == "money" else {}
        return {**told, **_SHAPES[fact.shape], **unit}
    return {**told, "type": "string", "format": "uuid", "x-refers-to": fact.shape}
