"""What the parts of a page are shown with here: a believable value of everything, late and hostile ones too."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms

from mediation.vocabulary import Cause, State

HOSTILE = "<script>alert(1)</script>" + "很长的名称" * 12

DUE = datetime(2026, 11, 27, 15, 59, 59, tzinfo=UTC)
AT = datetime(2026, 11, 20, 6, 5, tzinfo=UTC)


class DisputeForm(forms.Form):
    """A form with every kind of control."""

    name = forms.CharField(label="姓名", help_text="与身份证件一致。")
    phone = forms.CharField(label="手机号码", widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}))
    cause = forms.ChoiceField(label="纠纷类型", choices=[("", "请选择"), *Cause.choices()])
    consent = forms.ChoiceField(
        label="您是否同意调解？",
        choices=[("yes", "同意"), ("no", "不同意")],
        widget=forms.RadioSelect,
        help_text="不同意不影响您起诉。",
    )
    on = forms.DateField(label="纠纷发生日期", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    story = forms.CharField(label="纠纷经过", widget=forms.Textarea(attrs={"maxlength": 3000}))
    evidence = forms.FileField(label="证据材料", required=False, help_text="PDF 或者图片，每份不超过 20 MB。")
    truthful = forms.BooleanField(label="以上内容真实，本人知道虚假调解的法律后果。")


class RosterForm(forms.Form):
    """The filters of the public roster."""

    court = forms.ChoiceField(label="邀请法院", required=False, choices=[("", "全部"), ("沪74", "上海金融法院")])
    province = forms.ChoiceField(label="地区", required=False, choices=[("", "全部"), ("31", "上海市")])
    cause = forms.ChoiceField(label="纠纷类型", required=False, choices=[("", "全部"), *Cause.choices()])
    fee = forms.ChoiceField(label="收费", required=False, choices=[("", "不限"), ("free", "不收费")])
    text = forms.CharField(label="名称", required=False, widget=forms.TextInput(attrs={"type": "search"}))


def wrong_form() -> DisputeForm:
    """Return a form somebody filled in wrongly."""
    form = DisputeForm({"name": "", "phone": "1", "consent": "", "story": "", "truthful": ""})
    form.add_error(None, "申请人和被申请人不能是同一人。")
    return form


def ball(**changes: Any) -> dict[str, Any]:
    """Return a ball in play, with changes."""
    return {
        "state": State.DELEGATED,
        "state_label": "待接受",
        "holder_label": "中证中小投资者服务中心",
        "seat": "ORGANISATION",
        "due": DUE,
        "days_left": 5,
        "overdue": False,
        "provisional": False,
        "article": "法办〔2021〕313号第四条第五项",
        "consequence": "调解组织没有答复的，视为没有接受，案件回到上海金融法院，由法院另行安排。",
        "next_label": "补充材料",
        "next_url": "#",
        "next_hint": "在调解组织答复之前补充，对方和调解员都能看到。",
        "synced": "截至 #12，两个平台一致",
        "pending": [],
    } | changes


def gallery() -> dict[str, Any]:
    """Return the context of every part."""
    clock = {
        "counted": "自收到之日起 5 个工作日",
        "article": "法办〔2021〕313号第四条第五项",
        "due": DUE,
        "days_left": 5,
    }
    entry = {"at": AT, "actor_label": "立案人员", "digest": "9f2c" * 16, "article": "《人民法院在线调解规则》第十条"}
    case = {"url": "#", "title": "张某 诉 某某证券股份有限公司", "cause": "MISSTATEMENT", "track": "DELEGATED"}
    return {
        "crumbs": [{"label": "我的案件", "url": "#"}, {"label": "（2026）沪74诉前调2741号"}],
        "ball": ball(),
        "late_ball": ball(
            state=State.MEDIATING,
            holder_label=HOSTILE,
            days_left=-3,
            overdue=True,
            provisional=True,
            own_figure=True,
            stopped="该案因对接异常暂停办理，平台运行人员正在核实。",
            pending=[
                {"label": "撤回申请", "said": "2026年11月20日 10:05提交，等待对方平台办理。", "refused": False},
                {"label": HOSTILE, "said": HOSTILE, "refused": True, "by_label": HOSTILE, "url": "#"},
            ],
        ),
        "still_ball": ball(state=State.CLOSED, holder_label="已结案", due=None, next_label="", next_url="", seat=""),
        "clocks": [
            clock | {"label": "接受答复期限"},
            clock | {"label": "联系当事人期限", "days_left": -2, "overdue": True, "counted": "自接受之日起 3 个工作日"},
            clock | {"label": "当事人选择期限", "own_figure": True, "provisional": True},
            clock | {"label": "调解期限", "stopped": True},
        ],
        "entries": [
            entry | {"number": 1, "platform": "courtplatform", "label": "提交申请", "badge": "FILED"},
            entry | {"number": 2, "platform": "courtplatform", "label": "征询意愿", "text": "电话征询被申请人。"},
            entry | {"number": 3, "platform": "courtplatform", "label": "委派调解", "badge": "DELEGATED"},
            entry | {"number": 4, "platform": "investornet", "label": "签收委派", "actor_label": "平台"},
            entry | {"number": 5, "platform": "investornet", "label": "接受委派", "badge": "ACCEPTED", "text": HOSTILE},
        ],
        "parties": [
            {
                "side_label": "申请人",
                "name": "张某",
                "kind_label": "自然人",
                "investor_class_label": "普通投资者",
                "identifier": "310***********1234",
                "phone": "138****5678",
                "mine": True,
                "change_url": "#",
                "agents": [{"name": "李律师", "authority_label": "特别授权"}],
            },
            {"side_label": "被申请人", "name": HOSTILE, "kind_label": "法人", "identifier": "9131**********001X"},
        ],
        "documents": [
            {
                "name": "调解申请书.pdf",
                "kind_label": "调解申请书",
                "size": 120_400,
                "at": AT,
                "by_label": "张某",
                "audience_label": "案件全体",
                "digest": "ab12" * 16,
                "url": "#",
            }
        ],
        "moves": [
            {"label": "接受委派", "url": "#", "available": True, "primary": True},
            {"label": "不予接受", "url": "#", "available": True},
            {"label": "终止调解", "url": "#", "available": True, "grave": True},
            {
                "label": "开始调解",
                "available": False,
                "reason": "还没有指定调解员。",
                "article": "《人民法院在线调解规则》第十一条",
                "next_step": "先接受委派，再指定调解员。",
            },
        ],
        "receipt": {
            "number": "调解申请回执 2026-001188",
            "recipient": "上海金融法院",
            "submitted_at": AT,
            "protection_at": AT,
            "items": [{"label": "申请人", "value": "张某"}, {"label": "被申请人", "value": "某某证券股份有限公司"}],
            "next_steps": ["法院在 3 个工作日内指定调解组织。", "有进展时给您发送短信。"],
            "digest": "77ab" * 16,
            "copy_url": "#",
            "case_url": "#",
        },
        "tasks": [
            {"label": "您的身份", "url": "#", "status": "done"},
            {"label": "对方是谁", "url": "#", "status": "todo", "hint": "证券公司、期货公司、上市公司等"},
            {"label": "送达地址", "url": "#", "status": "optional"},
            {"label": "核对并提交", "url": "#", "status": "blocked"},
        ],
        "steps": [
            {"label": "身份", "state": "done"},
            {"label": "对方", "state": "done"},
            {"label": "纠纷", "state": "current"},
            {"label": "材料", "state": "todo"},
            {"label": "提交", "state": "todo"},
        ],
        "rows": [
            {"label": "姓名", "value": "张某", "change_url": "#"},
            {"label": "纠纷经过", "value": HOSTILE, "change_url": "#"},
        ],
        "tiles": [
            {"label": "新收", "value": 12, "url": "#", "tone": "active"},
            {"label": "今天到期", "value": 3, "url": "#", "tone": "waiting"},
            {"label": "已逾期", "value": 1, "url": "#", "tone": "bad"},
            {"label": "待司法确认", "value": 5, "url": "#", "tone": "handed"},
        ],
        "cases": [
            case
            | {
                "number": f"（2026）沪74诉前调{2700 + position}号",
                "state": state,
                "holder_label": "上海金融法院",
                "due": DUE,
                "days_left": position - 1,
                "overdue": position == 0,
                "amount": 1_234_567_800 // (position + 1),
            }
            for position, state in enumerate(State)
        ],
        "wrong": wrong_form(),
        "form": RosterForm(prefix="filter"),
        "older_url": "#",
        "newer_url": "#",
        "states": list(State),
    }


def organisation(**changes: Any) -> dict[str, Any]:
    """Return an organisation as the public roster shows it, with changes."""
    return {
        "url": "#",
        "name": "中证资本市场法律服务中心",
        "kind_label": "行业调解组织",
        "province_label": "上海市",
        "introduction": "面向投资者的公益调解组织。",
        "scope": "证券、期货、基金等资本市场民商事纠纷",
        "expertise": ["证券虚假陈述责任纠纷", "证券交易代理合同纠纷"],
        "charges_fee": False,
        "tariff": "",
        "courts": ["上海金融法院", "北京金融法院"],
        "mediator_count": 86,
        "unit_label": "投资者服务中心",
        "verified_on": AT.date(),
        "apply_url": "#",
    } | changes
