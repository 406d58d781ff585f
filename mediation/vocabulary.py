"""The words of the field: enumerations only, each value with the law's own Chinese term.

Lives here: every closed list of codes that may stand in a journal entry, a form or a URL.
Does not live here: rules about them (``lifecycle``, ``law``), anything that needs a framework.
Called by: every other module. ``docs/glossary.md`` is the arbiter of the English words.

Stored values are UPPERCASE, but for codes that others have set (languages); labels are Chinese source strings that
Django translates at display.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


def gettext_noop(message: str) -> str:
    """Mark a source string for translation without translating it (keeps this floor framework-free)."""
    return message


class Term(StrEnum):
    """A code with its Chinese term; ``str(term)`` is the code, ``term.label`` the source string."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label or value
        return member

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Return (code, Chinese label) pairs in declaration order."""
        return [(member.value, member.label) for member in cls]


class Seat(Term):
    """Who owns a state; each seat sits on exactly one platform."""

    COURT = "COURT", gettext_noop("人民法院")
    ORGANISATION = "ORGANISATION", gettext_noop("调解组织")


class Track(Term):
    """How a dispute came in (law.md §1, lifecycle.md)."""

    DELEGATED = "DELEGATED", gettext_noop("立案前委派")
    ENTRUSTED = "ENTRUSTED", gettext_noop("立案后委托")
    DIRECT = "DIRECT", gettext_noop("自行申请")
    OFFLINE = "OFFLINE", gettext_noop("线下调解成功")


class State(Term):
    """A place where a case can rest; never an errand."""

    FILED = "FILED", gettext_noop("已申请")
    RETURNED = "RETURNED", gettext_noop("已退回")
    CONSULTING = "CONSULTING", gettext_noop("征询意愿")
    READY = "READY", gettext_noop("待委派委托")
    DELEGATED = "DELEGATED", gettext_noop("待接受")
    APPLIED = "APPLIED", gettext_noop("待受理")
    ACCEPTED = "ACCEPTED", gettext_noop("已接受")
    MEDIATING = "MEDIATING", gettext_noop("调解中")
    SUSPENDED = "SUSPENDED", gettext_noop("中止")
    SIGNING = "SIGNING", gettext_noop("协议待签")
    SETTLED = "SETTLED", gettext_noop("已达成协议")
    AGREEMENT_RETURNED = "AGREEMENT_RETURNED", gettext_noop("协议已移送法院")
    HANDED_BACK = "HANDED_BACK", gettext_noop("调解不成，待法院处理")
    UNSETTLED = "UNSETTLED", gettext_noop("调解不成，征询是否转立案")
    ENDED = "ENDED", gettext_noop("调解不成，结案")
    DOCKETED = "DOCKETED", gettext_noop("已立案")
    TRIAL_RESUMED = "TRIAL_RESUMED", gettext_noop("恢复审理")
    CONFIRMATION_SOUGHT = "CONFIRMATION_SOUGHT", gettext_noop("已申请司法确认")
    CONFIRMATION_REVIEW = "CONFIRMATION_REVIEW", gettext_noop("司法确认审查中")
    CONFIRMED = "CONFIRMED", gettext_noop("已裁定确认")
    CONFIRMATION_REFUSED = "CONFIRMATION_REFUSED", gettext_noop("不予受理或驳回")
    DECREE_SOUGHT = "DECREE_SOUGHT", gettext_noop("已申请调解书")
    DECREE_ISSUED = "DECREE_ISSUED", gettext_noop("调解书待签收")
    DECREED = "DECREED", gettext_noop("调解书已生效")
    PERFORMED = "PERFORMED", gettext_noop("已履行")
    ENFORCEMENT = "ENFORCEMENT", gettext_noop("已申请强制执行")
    WITHDRAWN = "WITHDRAWN", gettext_noop("已撤回")
    CLOSED = "CLOSED", gettext_noop("已结案")
    PROOF_SOUGHT = "PROOF_SOUGHT", gettext_noop("待调解组织证明")


class Role(Term):
    """In what capacity somebody acts or looks."""

    PARTY = "PARTY", gettext_noop("当事人")
    AGENT = "AGENT", gettext_noop("代理人")
    OUTSIDER = "OUTSIDER", gettext_noop("利害关系人")
    CLERK = "CLERK", gettext_noop("立案人员")
    JUDGE = "JUDGE", gettext_noop("法官")
    COURT_LEADER = "COURT_LEADER", gettext_noop("院领导")
    SPC_DOCKETING = "SPC_DOCKETING", gettext_noop("最高人民法院立案庭")
    SPC_CIVIL2 = "SPC_CIVIL2", gettext_noop("最高人民法院民二庭")
    ORGANISATION = "ORGANISATION", gettext_noop("调解组织管理员")
    MEDIATOR = "MEDIATOR", gettext_noop("调解员")
    UNIT = "UNIT", gettext_noop("派出机构或会管单位")
    PROTECTION_BUREAU = "PROTECTION_BUREAU", gettext_noop("投资者保护局")
    SERVICE_CENTRE = "SERVICE_CENTRE", gettext_noop("投资者服务中心")
    OPERATOR = "OPERATOR", gettext_noop("平台运行人员")
    INTEGRATOR = "INTEGRATOR", gettext_noop("系统对接方")
    CLOCK = "CLOCK", gettext_noop("期限")
    PLATFORM = "PLATFORM", gettext_noop("平台")


class Side(Term):
    """Which side of the dispute a party stands on."""

    APPLICANT = "APPLICANT", gettext_noop("申请人")
    RESPONDENT = "RESPONDENT", gettext_noop("被申请人")


class PartyKind(Term):
    """What kind of person a party is."""

    NATURAL = "NATURAL", gettext_noop("自然人")
    COMPANY = "COMPANY", gettext_noop("法人")
    UNINCORPORATED = "UNINCORPORATED", gettext_noop("非法人组织")


class InvestorClass(Term):
    """证券法 art. 89: decides whether an institution may refuse to take part (ZQ-94, QH-56)."""

    ORDINARY = "ORDINARY", gettext_noop("普通投资者")
    PROFESSIONAL = "PROFESSIONAL", gettext_noop("专业投资者")
    NONE = "NONE", gettext_noop("非投资者")


class Institution(Term):
    """Whether a party is an institution with a duty to take part (ZQ-94, QH-56)."""

    SECURITIES = "SECURITIES", gettext_noop("证券公司")
    FUTURES = "FUTURES", gettext_noop("期货经营机构")
    NONE = "NONE", gettext_noop("非证券期货经营机构")


class IdentityKind(Term):
    """Which document proves who somebody is."""

    RESIDENT = "RESIDENT", gettext_noop("居民身份证")
    HMT_RESIDENT = "HMT_RESIDENT", gettext_noop("港澳台居民居住证")
    HK_MACAU_PERMIT = "HK_MACAU_PERMIT", gettext_noop("港澳居民来往内地通行证")
    TAIWAN_PERMIT = "TAIWAN_PERMIT", gettext_noop("台湾居民来往大陆通行证")
    PASSPORT = "PASSPORT", gettext_noop("护照")
    PERMANENT_RESIDENT = "PERMANENT_RESIDENT", gettext_noop("外国人永久居留身份证")
    CREDIT_CODE = "CREDIT_CODE", gettext_noop("统一社会信用代码")
    FOREIGN_REGISTER = "FOREIGN_REGISTER", gettext_noop("境外登记证件")


class Power(Term):
    """Scope of an agent's authority (CPL-62)."""

    GENERAL = "GENERAL", gettext_noop("一般代理")
    SPECIAL = "SPECIAL", gettext_noop("特别授权")


class Stage(Term):
    """What a consent is for: one consent per stage (ZS-4), one per purpose (PIPL arts. 23, 29)."""

    MEDIATION = "MEDIATION", gettext_noop("同意先行调解")
    ONLINE = "ONLINE", gettext_noop("同意在线方式")
    E_SERVICE = "E_SERVICE", gettext_noop("同意电子送达")
    SENSITIVE_DATA = "SENSITIVE_DATA", gettext_noop("同意处理敏感个人信息")
    DATA_SHARING = "DATA_SHARING", gettext_noop("同意向法院和调解组织提供个人信息")


class Channel(Term):
    """How somebody was asked or answered."""

    ONLINE = "ONLINE", gettext_noop("在线")
    SMS = "SMS", gettext_noop("短信")
    PHONE = "PHONE", gettext_noop("电话")
    PAPER = "PAPER", gettext_noop("书面")
    IN_PERSON = "IN_PERSON", gettext_noop("当面")


class Source(Term):
    """Where a case came from."""

    COURT_GUIDED = "COURT_GUIDED", gettext_noop("法院引导")
    ONLINE_COURT = "ONLINE_COURT", gettext_noop("当事人在线申请")
    ONLINE_NET = "ONLINE_NET", gettext_noop("投资者网直接申请")
    HOTLINE_12386 = "HOTLINE_12386", gettext_noop("12386转办")
    REGULATOR = "REGULATOR", gettext_noop("监管部门转办")
    COURT_TRANSFER = "COURT_TRANSFER", gettext_noop("其他法院移送")
    OFFLINE = "OFFLINE", gettext_noop("线下调解")


class Procedure(Term):
    """Which trial procedure a docketed case follows; decides 15 or 7 days (TY-27)."""

    ORDINARY = "ORDINARY", gettext_noop("普通程序")
    SUMMARY = "SUMMARY", gettext_noop("简易程序")


class ReturnGround(Term):
    """Why an application is returned before mediation (ZX-9; and what ends a direct one)."""

    OUTSIDE_REMIT = "OUTSIDE_REMIT", gettext_noop("不属于人民法院受案范围")
    NO_JURISDICTION = "NO_JURISDICTION", gettext_noop("所选调解组织的邀请法院无管辖权")
    UNSUITABLE_ONLINE = "UNSUITABLE_ONLINE", gettext_noop("不适宜在线调解")
    DECLINED = "DECLINED", gettext_noop("调解组织未予受理")
    SILENT = "SILENT", gettext_noop("调解组织逾期未答复")
    NOT_OURS = "NOT_OURS", gettext_noop("调解组织未主持达成该协议")


class DeclineGround(Term):
    """Why an organisation may decline, in writing (ZX-12)."""

    OUTSIDE_SCOPE = "OUTSIDE_SCOPE", gettext_noop("超出章程范围或行业领域")
    BEYOND_EXPERTISE = "BEYOND_EXPERTISE", gettext_noop("明显超出专业能力")
    UNSUITABLE = "UNSUITABLE", gettext_noop("其他不适宜接受的情形")


class InsteadGround(Term):
    """Why somebody else is appointed than the mediator the parties chose together (ZX-10, ZX-12, ZX-13)."""

    RECUSED = "RECUSED", gettext_noop("该调解员应当回避")
    UNWILLING = "UNWILLING", gettext_noop("该调解员书面说明理由，不接受指定")
    UNABLE = "UNABLE", gettext_noop("该调解员因故不能履行职责")
    AGREED = "AGREED", gettext_noop("各方当事人同意另行指定")


class EndGround(Term):
    """Why mediation ended: the eight grounds of ZX-25 (law.md C13)."""

    AGREED = "AGREED", gettext_noop("达成调解协议")
    WITHDRAWN = "WITHDRAWN", gettext_noop("当事人自行和解或者撤回申请")
    UNREACHABLE = "UNREACHABLE", gettext_noop("在调解期限内无法联系当事人")
    UNWILLING = "UNWILLING", gettext_noop("一方当事人明确表示不愿意继续调解")
    WIDE_DIFFERENCES = "WIDE_DIFFERENCES", gettext_noop("当事人分歧较大且难以达成协议")
    PERIOD_OVER = "PERIOD_OVER", gettext_noop("调解期限届满未达成协议且未同意延长")
    REFUSED_TO_SIGN = "REFUSED_TO_SIGN", gettext_noop("当事人一方拒绝在调解协议上签章")
    OTHER = "OTHER", gettext_noop("其他导致调解无法进行的情形")


class SuspendGround(Term):
    """Why mediation rests (TY-18, ZX-26)."""

    SUSPICION = "SUSPICION", gettext_noop("涉嫌虚假调解")
    APPRAISAL = "APPRAISAL", gettext_noop("诉前委托鉴定")
    OTHER = "OTHER", gettext_noop("其他需要中止的情形")


class RecusalGround(Term):
    """What a mediator must disclose (ZX-13, TY-15)."""

    NONE = "NONE", gettext_noop("无应当披露的情形")
    RELATIVE = "RELATIVE", gettext_noop("是当事人或者其近亲属、代理人近亲属")
    INTEREST = "INTEREST", gettext_noop("与纠纷有利害关系")
    RELATION = "RELATION", gettext_noop("有其他可能影响公正调解的关系")


class SessionMode(Term):
    """How a session is held (ZX-16, ZS-20)."""

    VIDEO = "VIDEO", gettext_noop("同时在线音视频")
    SEPARATE = "SEPARATE", gettext_noop("错时在线音视频")
    ASYNCHRONOUS = "ASYNCHRONOUS", gettext_noop("非同步在线")
    VENUE = "VENUE", gettext_noop("到指定场所在线")
    ON_SITE = "ON_SITE", gettext_noop("现场")


class RefusalGround(Term):
    """Why a confirmation application is not accepted (JI-355)."""

    OUTSIDE_REMIT = "OUTSIDE_REMIT", gettext_noop("不属于人民法院受理范围")
    WRONG_COURT = "WRONG_COURT", gettext_noop("不属于收到申请的人民法院管辖")
    STATUS_RELATION = "STATUS_RELATION", gettext_noop("确认婚姻、亲子、收养等身份关系")
    OTHER_PROCEDURE = "OTHER_PROCEDURE", gettext_noop("涉及适用其他特别程序、公示催告程序、破产程序审理")
    OWNERSHIP = "OWNERSHIP", gettext_noop("涉及物权、知识产权确权")


class RejectGround(Term):
    """Why a confirmation application is rejected after review (JI-358; JI-355 found late)."""

    UNLAWFUL = "UNLAWFUL", gettext_noop("违反法律强制性规定")
    HARMFUL = "HARMFUL", gettext_noop("损害国家利益、社会公共利益、他人合法权益")
    PUBLIC_ORDER = "PUBLIC_ORDER", gettext_noop("违背公序良俗")
    INVOLUNTARY = "INVOLUNTARY", gettext_noop("违反自愿原则")
    UNCLEAR = "UNCLEAR", gettext_noop("内容不明确")
    NOT_ACCEPTABLE = "NOT_ACCEPTABLE", gettext_noop("受理后发现不应受理")
    OTHER = "OTHER", gettext_noop("其他不能进行司法确认的情形")


class CourtLink(Term):
    """Why a court is competent to confirm where none invited the organisation (CPL-205 item 2)."""

    DOMICILE = "DOMICILE", gettext_noop("当事人住所地")
    SUBJECT = "SUBJECT", gettext_noop("标的物所在地")
    ORGANISATION = "ORGANISATION", gettext_noop("调解组织所在地")


class SendBackGround(Term):
    """Why a hand-over cannot be honoured by its receiver."""

    NOT_LISTED_HERE = "NOT_LISTED_HERE", gettext_noop("接收方已不具备办理条件")
    WRONG_COURT = "WRONG_COURT", gettext_noop("接收法院无管辖权")
    INCOMPLETE = "INCOMPLETE", gettext_noop("移送材料不完整")
    DUPLICATE = "DUPLICATE", gettext_noop("重复移送")
    OTHER = "OTHER", gettext_noop("其他无法接收的情形")


class ObligationKind(Term):
    """What one obligation of an agreement is."""

    PAYMENT = "PAYMENT", gettext_noop("支付款项")
    DELIVERY = "DELIVERY", gettext_noop("交付或者返还财产")
    OTHER = "OTHER", gettext_noop("其他履行行为")


class Contact(Term):
    """What came of an attempt to reach a party (ZX-15)."""

    REACHED = "REACHED", gettext_noop("已联系上")
    NO_ANSWER = "NO_ANSWER", gettext_noop("未接听")
    WRONG_NUMBER = "WRONG_NUMBER", gettext_noop("号码有误")
    REFUSED = "REFUSED", gettext_noop("拒绝沟通")


class Unit(Term):
    """Unit in which a period is counted (law.md C17)."""

    WORKING_DAY = "WORKING_DAY", gettext_noop("个工作日")
    DAY = "DAY", gettext_noop("日")
    MONTH = "MONTH", gettext_noop("个月")
    YEAR = "YEAR", gettext_noop("年")


class ClockKind(Term):
    """What is being waited for."""

    DESIGNATE = "DESIGNATE", gettext_noop("指定期限")
    ANSWER = "ANSWER", gettext_noop("征询答复期限")
    CHOOSE = "CHOOSE", gettext_noop("共同选择期限")
    REPLY = "REPLY", gettext_noop("接受答复期限")
    RECEIPT = "RECEIPT", gettext_noop("对方平台签收期限")
    CONTACT = "CONTACT", gettext_noop("联系当事人期限")
    MEDIATE = "MEDIATE", gettext_noop("调解期限")
    REVIEW_SUSPICION = "REVIEW_SUSPICION", gettext_noop("虚假调解审查期限")
    APPRAISAL = "APPRAISAL", gettext_noop("鉴定跟进期限")
    COMPLETE = "COMPLETE", gettext_noop("调解员签名和组织盖章期限")
    CONFIRM = "CONFIRM", gettext_noop("申请司法确认期限")
    DECIDE = "DECIDE", gettext_noop("当事人选择期限")
    DOCKET = "DOCKET", gettext_noop("立案期限")
    RESUME = "RESUME", gettext_noop("恢复审理期限")
    TRANSFER = "TRANSFER", gettext_noop("转立案征询期限")
    ACCEPT = "ACCEPT", gettext_noop("司法确认受理期限")
    SUPPLEMENT = "SUPPLEMENT", gettext_noop("补充材料期限")
    REVIEW = "REVIEW", gettext_noop("司法确认审查期限")
    OBJECT = "OBJECT", gettext_noop("异议期限")
    OUTSIDER_OBJECT = "OUTSIDER_OBJECT", gettext_noop("利害关系人异议期限")
    ENFORCE = "ENFORCE", gettext_noop("申请执行期限")
    ISSUE = "ISSUE", gettext_noop("制作调解书期限")
    SERVE = "SERVE", gettext_noop("调解书签收期限")
    PROVE = "PROVE", gettext_noop("调解组织证明期限")
    PERFORM = "PERFORM", gettext_noop("履行跟进期限")


class Audience(Term):
    """Who may read an enclosure; sealed to the platforms on which such people sit."""

    ALL = "ALL", gettext_noop("案件全体")
    PARTIES = "PARTIES", gettext_noop("双方当事人和调解员")
    APPLICANTS = "APPLICANTS", gettext_noop("申请人一方和调解员")
    RESPONDENTS = "RESPONDENTS", gettext_noop("被申请人一方和调解员")
    MEDIATOR = "MEDIATOR", gettext_noop("仅调解员")
    COURT = "COURT", gettext_noop("仅法院")
    JUDGE = "JUDGE", gettext_noop("仅法官")
    ORGANISATION = "ORGANISATION", gettext_noop("仅调解组织")


class EnclosureKind(Term):
    """What an enclosure is."""

    PARTY = "PARTY", gettext_noop("当事人信息")
    AGENT = "AGENT", gettext_noop("代理人信息")
    NARRATIVE = "NARRATIVE", gettext_noop("事实和请求")
    REASON = "REASON", gettext_noop("理由")
    ADVICE = "ADVICE", gettext_noop("告知和建议")
    DOCUMENT = "DOCUMENT", gettext_noop("材料")
    AGREEMENT = "AGREEMENT", gettext_noop("调解协议")
    RECORD = "RECORD", gettext_noop("调解笔录")
    UNDISPUTED = "UNDISPUTED", gettext_noop("无争议事实")
    REPORT = "REPORT", gettext_noop("调解情况报告")
    RULING = "RULING", gettext_noop("裁定书")
    DECREE = "DECREE", gettext_noop("调解书")
    PROOF = "PROOF", gettext_noop("证明")


class DocumentKind(Term):
    """What a filed document is, in e-file order."""

    APPLICATION = "APPLICATION", gettext_noop("调解申请书")
    IDENTITY = "IDENTITY", gettext_noop("身份证明")
    AUTHORITY = "AUTHORITY", gettext_noop("授权委托书")
    ACCOUNT = "ACCOUNT", gettext_noop("开户资料")
    TRADING = "TRADING", gettext_noop("交易记录")
    CONTRACT = "CONTRACT", gettext_noop("合同协议")
    EVIDENCE = "EVIDENCE", gettext_noop("其他证据")
    AGREEMENT = "AGREEMENT", gettext_noop("调解协议")
    ORGANISATION_PROOF = "ORGANISATION_PROOF", gettext_noop("调解组织主持调解的证明")
    PROPERTY = "PROPERTY", gettext_noop("与调解协议相关的财产权利证明")
    SERVICE_ADDRESS = "SERVICE_ADDRESS", gettext_noop("送达地址确认书")
    PAYMENT = "PAYMENT", gettext_noop("付款凭证")
    ANSWER = "ANSWER", gettext_noop("征求调解意见书回执")
    SERVED = "SERVED", gettext_noop("送达文书")
    SERVICE_RETURN = "SERVICE_RETURN", gettext_noop("纸质送达回证")


class Cause(Term):
    """Cause of action; keyed on the name, because numbers move between editions (law.md §5.5)."""

    MISSTATEMENT = "MISSTATEMENT", gettext_noop("证券虚假陈述责任纠纷")
    INSIDER_TRADING = "INSIDER_TRADING", gettext_noop("证券内幕交易责任纠纷")
    MANIPULATION = "MANIPULATION", gettext_noop("操纵证券交易市场责任纠纷")
    CLIENT_FRAUD = "CLIENT_FRAUD", gettext_noop("欺诈客户责任纠纷")
    BROKERAGE = "BROKERAGE", gettext_noop("证券交易代理合同纠纷")
    TRADING_CONTRACT = "TRADING_CONTRACT", gettext_noop("证券交易合同纠纷")
    MARGIN = "MARGIN", gettext_noop("融资融券交易纠纷")
    ADVISORY = "ADVISORY", gettext_noop("证券投资咨询纠纷")
    BOND = "BOND", gettext_noop("公司债券交易纠纷")
    UNDERWRITING = "UNDERWRITING", gettext_noop("证券承销合同纠纷")
    SPONSORSHIP = "SPONSORSHIP", gettext_noop("证券上市保荐合同纠纷")
    RATING = "RATING", gettext_noop("证券资信评级服务合同纠纷")
    REPO = "REPO", gettext_noop("证券回购合同纠纷")
    ISSUANCE = "ISSUANCE", gettext_noop("证券发行纠纷")
    OWNERSHIP = "OWNERSHIP", gettext_noop("证券权利确认纠纷")
    CUSTODY = "CUSTODY", gettext_noop("证券托管纠纷")
    REGISTRATION = "REGISTRATION", gettext_noop("证券登记、存管、结算纠纷")
    CLIENT_FUNDS = "CLIENT_FUNDS", gettext_noop("客户交易结算资金纠纷")
    RESTITUTION = "RESTITUTION", gettext_noop("证券返还纠纷")
    LISTING = "LISTING", gettext_noop("证券上市合同纠纷")
    DERIVATIVES = "DERIVATIVES", gettext_noop("金融衍生品种交易纠纷")
    FUTURES_BROKERAGE = "FUTURES_BROKERAGE", gettext_noop("期货经纪合同纠纷")
    FUTURES_OVERDRAFT = "FUTURES_OVERDRAFT", gettext_noop("期货透支交易纠纷")
    FORCED_LIQUIDATION = "FORCED_LIQUIDATION", gettext_noop("期货强行平仓纠纷")
    FUTURES_DELIVERY = "FUTURES_DELIVERY", gettext_noop("期货实物交割纠纷")
    FUTURES_AGENCY = "FUTURES_AGENCY", gettext_noop("期货交易代理合同纠纷")
    FUTURES_MARGIN = "FUTURES_MARGIN", gettext_noop("侵占期货交易保证金纠纷")
    FUTURES_FRAUD = "FUTURES_FRAUD", gettext_noop("期货欺诈责任纠纷")
    FUTURES_MANIPULATION = "FUTURES_MANIPULATION", gettext_noop("操纵期货交易市场责任纠纷")
    FUTURES_INSIDER = "FUTURES_INSIDER", gettext_noop("期货内幕交易责任纠纷")
    FUND = "FUND", gettext_noop("证券投资基金交易纠纷")
    PRIVATE_FUND = "PRIVATE_FUND", gettext_noop("私募基金合同纠纷")
    WEALTH = "WEALTH", gettext_noop("金融委托理财合同纠纷")
    TRUST = "TRUST", gettext_noop("营业信托纠纷")
    OTHER = "OTHER", gettext_noop("其他证券期货纠纷")


class Language(Term):
    """In which language somebody may mediate, by its code of ISO 639, which is written small (ZX-5)."""

    ZH = "zh", gettext_noop("普通话")
    YUE = "yue", gettext_noop("粤语")
    NAN = "nan", gettext_noop("闽南语")
    EN = "en", gettext_noop("英语")
    BO = "bo", gettext_noop("藏语")
    UG = "ug", gettext_noop("维吾尔语")
    MN = "mn", gettext_noop("蒙古语")
    KO = "ko", gettext_noop("朝鲜语")
    KK = "kk", gettext_noop("哈萨克语")
    II = "ii", gettext_noop("彝语")
    ZA = "za", gettext_noop("壮语")
    JA = "ja", gettext_noop("日语")
    FR = "fr", gettext_noop("法语")
    DE = "de", gettext_noop("德语")
    RU = "ru", gettext_noop("俄语")


class OrganisationKind(Term):
    """What kind of mediation organisation (TY-6)."""

    PEOPLES = "PEOPLES", gettext_noop("人民调解组织")
    ADMINISTRATIVE = "ADMINISTRATIVE", gettext_noop("行政调解组织")
    COMMERCIAL = "COMMERCIAL", gettext_noop("商事调解组织")
    INDUSTRY = "INDUSTRY", gettext_noop("行业调解组织")
    OTHER = "OTHER", gettext_noop("其他具有调解职能的组织")


class UnitKind(Term):
    """What kind of supervising unit on the CSRC side (law.md §7.7)."""

    BUREAU = "BUREAU", gettext_noop("派出机构")
    EXCHANGE = "EXCHANGE", gettext_noop("交易所")
    ASSOCIATION = "ASSOCIATION", gettext_noop("协会")
    AFFILIATE = "AFFILIATE", gettext_noop("会管单位")
    HEADQUARTERS = "HEADQUARTERS", gettext_noop("中国证监会机关")


class CourtLevel(Term):
    """Level of a court (law.md §7.1)."""

    SUPREME = "SUPREME", gettext_noop("最高人民法院")
    HIGH = "HIGH", gettext_noop("高级人民法院")
    INTERMEDIATE = "INTERMEDIATE", gettext_noop("中级人民法院")
    SPECIAL = "SPECIAL", gettext_noop("专门人民法院")
    BASIC = "BASIC", gettext_noop("基层人民法院")


class ListingStatus(Term):
    """Standing of an entry on a court's roster (TY-5, TY-28)."""

    PUSHED = "PUSHED", gettext_noop("待法院确认")
    LISTED = "LISTED", gettext_noop("已列入名册")
    REFUSED = "REFUSED", gettext_noop("不予列入")
    SUSPENDED = "SUSPENDED", gettext_noop("暂停")
    REMOVED = "REMOVED", gettext_noop("除名")
    EXITED = "EXITED", gettext_noop("自愿退出")
    EXPIRED = "EXPIRED", gettext_noop("期满")
    RECOGNISED = "RECOGNISED", gettext_noop("已共同认定，待本院确认")
    ASKED = "ASKED", gettext_noop("已征询使用上级名册，待其同意")
    DECLINED = "DECLINED", gettext_noop("未同意列入本院名册")
    WITHDRAWN = "WITHDRAWN", gettext_noop("已撤回推送")


class CourtKind(Term):
    """Why a court takes securities and futures disputes that others do not (law.md §7.3)."""

    CAPITAL = "CAPITAL", gettext_noop("省会城市中级人民法院")
    PLANNED_CITY = "PLANNED_CITY", gettext_noop("计划单列市中级人民法院")
    SPECIAL_ZONE = "SPECIAL_ZONE", gettext_noop("经济特区中级人民法院")
    FINANCIAL = "FINANCIAL", gettext_noop("金融法院")
    INTERNET = "INTERNET", gettext_noop("互联网法院")


class CodePurpose(Term):
    """What a case number is needed for; the type code follows from the date (law.md C8)."""

    PRE_MEDIATION = "PRE_MEDIATION", gettext_noop("立案前委派调解")
    CONFIRMATION = "CONFIRMATION", gettext_noop("申请司法确认调解协议")
    DECREE = "DECREE", gettext_noop("诉前调解成功后申请出具调解书")
    FIRST_INSTANCE = "FIRST_INSTANCE", gettext_noop("民事一审")


class Gate(Term):
    """How far a dated policy lets something be done (law.md C4)."""

    OPEN = "OPEN", gettext_noop("开放")
    RESTRICTED = "RESTRICTED", gettext_noop("受限")


class PaperKind(Term):
    """A document the platform makes out of what it holds, for a court, an organisation or a party."""

    NOTIFICATION = "NOTIFICATION", gettext_noop("调解告知书")
    CONSULTATION = "CONSULTATION", gettext_noop("征求调解意见书")
    DELEGATION = "DELEGATION", gettext_noop("委派调解函")
    ENTRUSTMENT = "ENTRUSTMENT", gettext_noop("委托调解函")
    HANDOVER = "HANDOVER", gettext_noop("材料移送清单")
    RETURN = "RETURN", gettext_noop("退回通知书")
    REASSIGNMENT = "REASSIGNMENT", gettext_noop("重新指派通知书")
    RESUMPTION = "RESUMPTION", gettext_noop("恢复审理通知书")
    DOCKETING = "DOCKETING", gettext_noop("立案移送表")
    RECEIPT = "RECEIPT", gettext_noop("案件材料收据")
    ORGANISATION_CERTIFICATE = "ORGANISATION_CERTIFICATE", gettext_noop("特邀调解组织证书")
    MEDIATOR_CERTIFICATE = "MEDIATOR_CERTIFICATE", gettext_noop("特邀调解员证书")
    COPY = "COPY", gettext_noop("调解申请副本")
    CONFIRMATION_APPLICATION = "CONFIRMATION_APPLICATION", gettext_noop("司法确认申请书")
    MEDIATION_PROOF = "MEDIATION_PROOF", gettext_noop("主持调解证明")
    PERFORMANCE = "PERFORMANCE", gettext_noop("调解协议履行情况表")


class FileState(Term):
    """Where the file of an organisation or a mediator rests (N-4.3)."""

    DRAFT = "DRAFT", gettext_noop("草稿")
    SUBMITTED = "SUBMITTED", gettext_noop("待审核")
    VERIFIED = "VERIFIED", gettext_noop("已核实")
    SUSPENDED = "SUSPENDED", gettext_noop("暂停")
    LEFT = "LEFT", gettext_noop("已退出")
    REMOVED = "REMOVED", gettext_noop("已除名")


class ChangeState(Term):
    """How far a change stands that was proposed beside the valid version of a file (N-4.3)."""

    DRAFT = "DRAFT", gettext_noop("变更草稿")
    SUBMITTED = "SUBMITTED", gettext_noop("变更待审核")
    RETURNED = "RETURNED", gettext_noop("变更已退回")


class RecognitionState(Term):
    """How far a joint recognition by the SPC and the CSRC stands (N-4.4c)."""

    NOMINATED = "NOMINATED", gettext_noop("待共同认定")
    RECOGNISED = "RECOGNISED", gettext_noop("已共同认定，正在送各级法院")
    SPREAD = "SPREAD", gettext_noop("已送各级法院")
    DECLINED = "DECLINED", gettext_noop("未予共同认定")


class ComplaintState(Term):
    """Where a complaint about an organisation or a mediator rests (TY-28, ZX-29)."""

    FILED = "FILED", gettext_noop("待查证")
    UPHELD = "UPHELD", gettext_noop("经查属实")
    NOT_UPHELD = "NOT_UPHELD", gettext_noop("经查不属实")
    WITHDRAWN = "WITHDRAWN", gettext_noop("已撤回")


class ComplaintGround(Term):
    """What a complaint may be about (TY-28, ZX-29; law.md C14)."""

    FORCING = "FORCING", gettext_noop("强迫调解")
    UNLAWFUL = "UNLAWFUL", gettext_noop("违法调解")
    REPEATED_REFUSAL = "REPEATED_REFUSAL", gettext_noop("无正当理由多次拒绝接受委派、委托")
    PROPERTY = "PROPERTY", gettext_noop("接受当事人请托或者收受财物")
    LEAKING = "LEAKING", gettext_noop("泄露调解过程、协议内容或者秘密、隐私")
    OTHER = "OTHER", gettext_noop("其他违反调解员职业道德的行为")


class Consequence(Term):
    """What follows from a complaint that is true (TY-28, ZX-29)."""

    CORRECTION = "CORRECTION", gettext_noop("责令改正")
    WARNING = "WARNING", gettext_noop("警告")
    CIRCULAR = "CIRCULAR", gettext_noop("通报")
    REMOVAL = "REMOVAL", gettext_noop("除名")


class CampaignState(Term):
    """Where a periodic consolidation of the files rests (N-4.3)."""

    OPEN = "OPEN", gettext_noop("进行中")
    CLOSED = "CLOSED", gettext_noop("已结束")


class EntryCondition(Term):
    """What an entrant to a court's roster must fulfil; nothing else can be a reason to refuse one (N-4.4b, TY-6)."""

    ESTABLISHED = "ESTABLISHED", gettext_noop("依法成立并有有效的统一社会信用代码")
    MEDIATES = "MEDIATES", gettext_noop("属于人民调解、行政调解、商事调解、行业调解组织或者其他具有调解职能的组织")
    LICENSED = "LICENSED", gettext_noop("执业证书齐全并在有效期内")
    PUBLISHABLE = "PUBLISHABLE", gettext_noop("应当公布的信息完整（调解范围、专业领域、是否收费和收费标准）")
    VERIFIED = "VERIFIED", gettext_noop("档案已经核实并正常开展工作")
    COMPETENT = "COMPETENT", gettext_noop("具备调解所需的专业能力")
    TRAINED = "TRAINED", gettext_noop("已接受入册前的业务培训")
    RECOMMENDED = "RECOMMENDED", gettext_noop("由列入本院名册的调解组织推荐")
    GOOD_STANDING = "GOOD_STANDING", gettext_noop("没有因投诉属实被除名")


class LicenceKind(Term):
    """Which paper lets an organisation mediate."""

    REGISTRATION = "REGISTRATION", gettext_noop("登记证书")
    COMMERCIAL = "COMMERCIAL", gettext_noop("商事调解执业证书")
    APPROVAL = "APPROVAL", gettext_noop("主管机关批准文件")


class PauseGround(Term):
    """Why somebody is suspended for a time."""

    OWN_WISH = "OWN_WISH", gettext_noop("本人或者本组织申请")
    UNDER_REVIEW = "UNDER_REVIEW", gettext_noop("正在接受查证")
    LICENCE = "LICENCE", gettext_noop("执业证书失效或者待换发")
    STALE = "STALE", gettext_noop("档案长期未核实")
    OTHER = "OTHER", gettext_noop("其他应当暂停的情形")


class Outcome(Term):
    """How something came out with an organisation (TY-10): the figures by which it is judged."""

    CHOSEN = "CHOSEN", gettext_noop("接到委派委托")
    ACCEPTED = "ACCEPTED", gettext_noop("已接受")
    DECLINED = "DECLINED", gettext_noop("书面不接受")
    LAPSED = "LAPSED", gettext_noop("逾期未答复")
    SETTLED = "SETTLED", gettext_noop("达成调解协议")
    FAILED = "FAILED", gettext_noop("调解不成")


class Unfit(Term):
    """Why an organisation may not be recommended for a case."""

    NOT_LISTED = "NOT_LISTED", gettext_noop("不在本院特邀调解名册上")
    NOT_IN_FORCE = "NOT_IN_FORCE", gettext_noop("名册资格目前不在有效期内")
    SUSPENDED = "SUSPENDED", gettext_noop("被暂停")
    INACTIVE = "INACTIVE", gettext_noop("目前没有正常开展工作")
    LICENCE_EXPIRED = "LICENCE_EXPIRED", gettext_noop("执业证书或者登记证书已经过期")
    CAUSE = "CAUSE", gettext_noop("不受理这一案由")
    REGION = "REGION", gettext_noop("不受理本院所在地区的纠纷")
    FULL = "FULL", gettext_noop("在办案件已达上限")
    CONFLICT = "CONFLICT", gettext_noop("与本案当事人有利害关系")
    ASKED_BEFORE = "ASKED_BEFORE", gettext_noop("本案已经委派过，没有接受")


class ConflictKind(Term):
    """What connects a mediator or an organisation with the people of a case (TY-15, ZX-13)."""

    SELF = "SELF", gettext_noop("本人就是当事人或者代理人")
    ORGANISATION = "ORGANISATION", gettext_noop("所在调解组织就是当事人")
    EMPLOYER = "EMPLOYER", gettext_noop("在当事人处任职或者曾经任职")
    LAW_FIRM = "LAW_FIRM", gettext_noop("与代理人在同一律师事务所执业或者曾经执业")
    GROUP = "GROUP", gettext_noop("与当事人的关联企业有任职或者隶属关系")
    EARLIER_ROLE = "EARLIER_ROLE", gettext_noop("在以前的案件中与当事人同案")
    EARLIER_CASE = "EARLIER_CASE", gettext_noop("曾经调解过当事人的其他案件")


class Verification(Term):
    """How it was made sure that an answer is the party's own (ZS-7)."""

    ACCOUNT = "ACCOUNT", gettext_noop("登录实名账户")
    LINK_CODE = "LINK_CODE", gettext_noop("专属链接和手机验证码")
    PHONE_CALL = "PHONE_CALL", gettext_noop("拨打登记电话核实")
    PAPER = "PAPER", gettext_noop("书面答复核实签名盖章")
    IN_PERSON = "IN_PERSON", gettext_noop("当面核验证件")
    ACCOUNT_CODE = "ACCOUNT_CODE", gettext_noop("登录实名账户和一次性验证码")


class Errand(Term):
    """What a message that leaves the platform is about."""

    LINK = "LINK", gettext_noop("征求意见链接")
    CODE = "CODE", gettext_noop("短信验证码")
    NOTICE = "NOTICE", gettext_noop("案件通知")
    REMINDER = "REMINDER", gettext_noop("期限提醒")
    SERVICE = "SERVICE", gettext_noop("电子送达")
    DIGEST = "DIGEST", gettext_noop("每日汇总")
    SIGN = "SIGN", gettext_noop("协议签署链接")
    MEET = "MEET", gettext_noop("调解事项链接")


class FileVerdict(Term):
    """What verification says of a file that claims to be an agreement signed here."""

    VALID = "VALID", gettext_noop("有效，未被改动")
    ALTERED = "ALTERED", gettext_noop("已被改动，不可采信")
    UNSIGNED = "UNSIGNED", gettext_noop("签署前的协议文件，未被改动")
    UNKNOWN = "UNKNOWN", gettext_noop("不是本平台签署的文件")


class Answer(Term):
    """What a party says when asked for a consent by link."""

    YES = "YES", gettext_noop("同意")
    NO = "NO", gettext_noop("不同意")
    LATER = "LATER", gettext_noop("以后再答复")
    WITHDRAWN = "WITHDRAWN", gettext_noop("已撤回")


class Medium(Term):
    """By which gateway a message leaves the platform."""

    SMS = "SMS", gettext_noop("短信")
    EMAIL = "EMAIL", gettext_noop("电子邮件")


class ServiceChannel(Term):
    """How a document is served (CPL-90, ZS-29): the first three by electronic means."""

    INBOX = "INBOX", gettext_noop("平台站内送达")
    SMS = "SMS", gettext_noop("短信送达")
    EMAIL = "EMAIL", gettext_noop("电子邮件送达")
    DIRECT = "DIRECT", gettext_noop("直接送达")
    MAIL = "MAIL", gettext_noop("邮寄送达")
    LEFT = "LEFT", gettext_noop("留置送达")
    PUBLIC = "PUBLIC", gettext_noop("公告送达")


class ServiceSubject(Term):
    """What is served; decides whether a signature is needed and which ways are barred (JI-133, JI-149)."""

    RULING = "RULING", gettext_noop("裁定书")
    DECREE = "DECREE", gettext_noop("调解书")
    AGREEMENT = "AGREEMENT", gettext_noop("调解协议")
    NOTICE = "NOTICE", gettext_noop("通知书、告知书等其他文书")


class ServiceBasis(Term):
    """Why a document counts as served (ZS-31, CPL-90)."""

    ARRIVED = "ARRIVED", gettext_noop("到达受送达人提供或者确认的送达地址")
    ACTED = "ACTED", gettext_noop("受送达人回复收悉或者作出相应行为")
    PRESUMED = "PRESUMED", gettext_noop("有证据证明受送达人已经阅知")
    PAPER = "PAPER", gettext_noop("纸质送达回证记载")


class ServiceTrace(Term):
    """What happened to one sending of a document on one channel."""

    SENT = "SENT", gettext_noop("已发出")
    ARRIVED = "ARRIVED", gettext_noop("已到达")
    BOUNCED = "BOUNCED", gettext_noop("未能到达")
    OPENED = "OPENED", gettext_noop("已打开阅读")
    REPLIED = "REPLIED", gettext_noop("已确认收到")


class ScanState(Term):
    """What the virus scanner says of a stored file."""

    CLEAN = "CLEAN", gettext_noop("已查毒")
    UNCHECKED = "UNCHECKED", gettext_noop("未查毒")
    INFECTED = "INFECTED", gettext_noop("含有病毒，已封存")


class ClauseKind(Term):
    """What a clause of an agreement arranges."""

    LUMP_SUM = "LUMP_SUM", gettext_noop("一次性付款")
    PER_CLAIMANT = "PER_CLAIMANT", gettext_noop("向多名申请人分别付款")
    INSTALMENTS = "INSTALMENTS", gettext_noop("分期付款")
    INTEREST = "INTEREST", gettext_noop("利息")
    SET_OFF = "SET_OFF", gettext_noop("债务抵销")
    BREACH = "BREACH", gettext_noop("违约责任")
    COSTS = "COSTS", gettext_noop("费用负担")
    NON_MONETARY = "NON_MONETARY", gettext_noop("非金钱义务")
    WITHDRAWAL = "WITHDRAWAL", gettext_noop("撤回其他程序")
    CONFIDENTIALITY = "CONFIDENTIALITY", gettext_noop("保密")
    PARTIAL = "PARTIAL", gettext_noop("部分达成协议")
    RELEASE = "RELEASE", gettext_noop("争议了结")
    FREE = "FREE", gettext_noop("自拟条款")


class DraftAct(Term):
    """What somebody may do with the draft of an agreement."""

    WRITE = "WRITE", gettext_noop("起草")
    READ = "READ", gettext_noop("阅读")
    COMMENT = "COMMENT", gettext_noop("提出意见")


class MessageState(Term):
    """How far a message has come that leaves the platform."""

    WAITING = "WAITING", gettext_noop("等待发送")
    SENT = "SENT", gettext_noop("已发送")
    BOUNCED = "BOUNCED", gettext_noop("地址无效，被退回")
    PARKED = "PARKED", gettext_noop("多次失败，已搁置")
    DROPPED = "DROPPED", gettext_noop("收件人已经变更或者内容已经失效，不再发送")


class Standing(Term):
    """How a point of a dispute stands between the parties."""

    UNDISPUTED = "UNDISPUTED", gettext_noop("双方无争议")
    DISPUTED = "DISPUTED", gettext_noop("双方有争议")
    AGREED = "AGREED", gettext_noop("已经协商一致")


class SessionState(Term):
    """How far a mediation session has come."""

    PROPOSED = "PROPOSED", gettext_noop("待当事人选择时间")
    FIXED = "FIXED", gettext_noop("时间已定")
    HELD = "HELD", gettext_noop("已经进行")
    CANCELLED = "CANCELLED", gettext_noop("已取消")
