"""Does mediation fit? Asked before anybody signs in, one question to a page, nothing kept.

Lives here: the questions, what speaks against each answer and where to go instead, what it costs and how long it takes.
Does not live here: the application (``wizard``), whose first step is filled in from here.
Called by: ``addresses``. The answers travel in the address of the page, which names nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mediation import law
from mediation.vocabulary import ClockKind, Institution, Track
from mediation.windows.pages import citations
from mediation.windows.portal import Window
from mediation.workdays import local_day


@dataclass(frozen=True)
class Answer:
    """One answer; a ``stop`` says why mediation does not fit then, ``instead`` what to do."""

    code: str
    label: Any
    stop: Any = ""
    instead: Any = ""
    law: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """One question with all its answers."""

    code: str
    label: Any
    hint: Any
    answers: tuple[Answer, ...]


QUESTIONS = (
    Question(
        "subject",
        _("是因为买卖股票、基金、债券、期货，或者委托理财发生的纠纷吗？"),
        _("包括和上市公司、证券公司、基金公司、期货公司之间的纠纷。"),
        (
            Answer("yes", _("是")),
            Answer(
                "no",
                _("不是"),
                _("这里只办理证券、期货、基金等资本市场的民事纠纷。"),
                _("其他纠纷可以向当地人民调解委员会申请调解，或者向有管辖权的人民法院起诉。"),
                ("N-4.1",),
            ),
        ),
    ),
    Question(
        "aim",
        _("您希望对方做什么？"),
        _("调解解决的是您和对方之间的权利义务。"),
        (
            Answer("civil", _("赔钱、退钱、道歉或者履行合同")),
            Answer(
                "punish",
                _("请监管部门处罚对方，或者反映违法线索"),
                _("是否处罚由监管部门决定，不属于人民法院受理民事案件的范围，不能调解。"),
                _("请向中国证监会举报，或者拨打12386服务热线。另外想要赔偿的，可以回到上一步再选。"),
                ("ZX-9",),
            ),
            Answer(
                "criminal",
                _("追究诈骗、非法集资等犯罪"),
                _("涉嫌犯罪的由公安机关侦查，不属于人民法院受理民事案件的范围，不能调解。"),
                _("请向公安机关报案；损失可以在刑事程序中请求追缴、退赔。"),
                ("ZX-9",),
            ),
        ),
    ),
    Question(
        "earlier",
        _("这件事已经有人处理过吗？"),
        _("同一件事不能同时或者反复处理。"),
        (
            Answer("no", _("没有，或者只投诉过")),
            Answer(
                "sued",
                _("已经起诉，法院已经立案"),
                _("已经立案的，由承办法院决定是否委托调解，不在这里另行申请。"),
                _("请向承办法官提出愿意调解；法院可以在立案后委托调解组织，诉讼不受影响。"),
                ("TY-11", "LT-2"),
            ),
            Answer(
                "judged",
                _("已经有判决、裁定、仲裁裁决或者调解书"),
                _("已经由生效文书解决的，不能就同一件事再申请调解。"),
                _("对方不履行的，请向人民法院申请执行；认为文书有错误的，可以依法申请再审或者撤销仲裁裁决。"),
                ("CPL-250",),
            ),
            Answer(
                "mediated",
                _("调解过，已经签了调解协议"),
                _("已经达成的协议对双方有约束力，应当先履行协议。"),
                _("协议生效起三十日内，双方可以共同申请司法确认；对方不履行的，可以就协议起诉。"),
                ("CPL-205",),
            ),
        ),
    ),
    Question(
        "arbitration",
        _("合同里约定了仲裁吗？"),
        _("看看合同的“争议解决”一条。写着“提交某某仲裁委员会”的，就是约定了仲裁。不清楚的，选“没有，或者不清楚”。"),
        (
            Answer("no", _("没有，或者不清楚")),
            Answer(
                "yes",
                _("约定了仲裁"),
                _("约定仲裁的纠纷不属于人民法院受理的范围，谈成以后也不能在法院申请司法确认。"),
                _(
                    "请向合同里约定的仲裁委员会申请仲裁，仲裁中也可以请求调解；双方书面同意放弃仲裁约定的，可以再来申请。"
                ),
                ("ZX-9", "JI-355"),
            ),
        ),
    ),
    Question(
        "against",
        _("对方是谁？"),
        _("证券公司和期货公司对普通投资者提出的调解请求不得拒绝。"),
        (
            Answer(Institution.SECURITIES.value, _("证券公司")),
            Answer(Institution.FUTURES.value, _("期货公司")),
            Answer(Institution.NONE.value, _("上市公司、基金公司、个人或者其他")),
        ),
    ),
)
DUTY = {Institution.SECURITIES.value: "ZQ-94", Institution.FUTURES.value: "QH-56"}


class Fits(Window):
    """The next question, why mediation does not fit, or that it does."""

    public = True

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page."""
        given: dict[str, str] = {}
        for place, question in enumerate(QUESTIONS, 1):
            answer = next((one for one in question.answers if one.code == request.GET.get(question.code)), None)
            if answer is None:
                return self._ask(question, place, given, wrong=request.GET.get("asked") == question.code)
            if answer.stop:
                return self._stop(question, answer, given)
            given[question.code] = answer.code
        return self._fits(given)

    def _ask(self, question: Question, place: int, given: dict[str, str], *, wrong: bool) -> HttpResponse:
        errors = [{"text": gettext("请选择一项。"), "url": f"#id_{question.code}_0"}] if wrong else []
        context = {"question": question, "place": place, "all": len(QUESTIONS), "given": given, "errors": errors}
        return self.page("fit_question", {**context, "back_url": self._back(given)}, status=422 if wrong else 200)

    def _stop(self, question: Question, answer: Answer, given: dict[str, str]) -> HttpResponse:
        article = citations(answer.law[:1], local_day(self.at))
        context = {"question": question, "answer": answer, "article": article, "back_url": self._query(given)}
        return self.page("fit_stop", context)

    def _fits(self, given: dict[str, str]) -> HttpResponse:
        today = local_day(self.at)
        direct = self.site.opening == "apply"
        track = Track.DIRECT if direct else Track.DELEGATED
        found = {kind: law.rule_for(kind, track=track, on=today) for kind in (ClockKind.REPLY, ClockKind.MEDIATE)}
        duty = DUTY.get(given["against"], "")
        context = {
            "given": given,
            "direct": direct,
            "reply": found[ClockKind.REPLY],
            "mediate": found[ClockKind.MEDIATE],
            "duty": citations([duty], today) if duty else "",
            "free": citations(["FEE-8"], today),
            "back_url": self._back(given),
        }
        return self.page("fit_result", context)

    def _back(self, given: dict[str, str]) -> str:
        """Return the address of the question before this one."""
        return self._query(dict(list(given.items())[:-1])) if given else ""

    def _query(self, given: dict[str, str]) -> str:
        pairs = "&".join(f"{name}={value}" for name, value in given.items())
        return f"{self.site.url('fit')}?{pairs}"
