"""Problem details (RFC 9457): every refusal of the REST windows in one shape, in Chinese, with what to do next.

Lives here: which exception becomes which status and body. Does not live here: any judgement (``moves``, ``guards``).
Called by: Django REST framework, as its exception handler; the REST windows for answers without an exception.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.response import Response

from mediation import feed, law, present
from mediation.facts import Malformed
from mediation.files import FileRefused
from mediation.moves import Flawed, Overtaken, Refused
from mediation.vocabulary import gettext_noop
from mediation.workdays import local_day
from roster import facts as bookfacts
from roster import moves as books
from roster.identity import IdentityError

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:investor-mediation:problem:"

TITLES: dict[int, str] = {
    400: gettext_noop("请求无法识别"),
    401: gettext_noop("请先登录或者提供有效的令牌"),
    403: gettext_noop("没有权限"),
    404: gettext_noop("没有找到"),
    405: gettext_noop("不支持这种请求方法"),
    409: gettext_noop("与案件现状不符"),
    410: gettext_noop("已经失效"),
    413: gettext_noop("提交的内容过大"),
    415: gettext_noop("不支持这种内容类型"),
    422: gettext_noop("提交的内容有误"),
    428: gettext_noop("缺少前提条件"),
    429: gettext_noop("请求过于频繁"),
}

CODES: dict[int, str] = {
    400: "bad-request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method",
    409: "conflict",
    410: "gone",
    413: "too-large",
    415: "media-type",
    422: "invalid",
    429: "throttled",
}

TITLES_OF_CODES: dict[str, str] = {
    "key": gettext_noop("幂等键已经用过"),
    "position": gettext_noop("没有这一位置"),
}
"""Titles that say more than those of the status."""

USUAL: dict[int, str] = {
    400: gettext_noop("按RFC 8259改正JSON；不要重发同样的内容"),
    401: gettext_noop("重新领取令牌（oauth/token）后再发"),
    403: gettext_noop("申领所需的权限范围，或者由有权办理的人授权"),
    404: gettext_noop("核对标识；案件由无权查看变为可以查看时才会有不同的答复"),
    405: gettext_noop("按接口文档所列的方法"),
    409: gettext_noop("按next办理；带If-Match的，重新读取案件后再决定"),
    410: gettext_noop("从答复的since重新读取，按案件标识和流水编号去重"),
    413: gettext_noop("删减文字，材料先上传再引用"),
    415: gettext_noop("application/json；上传用multipart/form-data；oauth/用application/x-www-form-urlencoded"),
    422: gettext_noop("按field和detail改正；errors列出全部有误的字段"),
    429: gettext_noop("等Retry-After所说的秒数；平时看RateLimit"),
}
"""What to do about each status where the refusal says nothing more; also the catalogue's (``errors_page``)."""

SPEAKS_ITSELF = frozenset({409, 410})
"""Statuses whose refusals always say what to do in the case at hand."""

MOST_NAMED = 20

ABOUT_PERSONS = frozenset({"actor", "scope", "can_dispose", "can_act_as_applicant", "can_lead", "fits_own_party"})
"""Refusals because of who asks; they answer 403."""


def respond(raised: Exception, context: dict[str, Any]) -> Response | None:
    """Return the problem details for an exception, or None for one that is a defect of ours and must be seen."""
    match raised:
        case Overtaken():
            return _overtaken(raised)
        case Flawed():
            return problem(
                422, detail=_(raised.reason), code=raised.code, **grounds(raised), findings=list(findings(raised))
            )
        case Refused():
            return refusal(raised)
        case books.Refused():
            return refusal(raised)
        case Malformed():
            return malformed(raised)
        case bookfacts.Malformed():
            return problem(422, detail=_(raised.why), code="malformed", field=raised.field)
        case feed.Lost():
            if raised.undone:
                said = _("这一位置不是现有的变更：平台从备份恢复过，其后的变更没有保存下来。")
                todo = _("请从since所说的位置重新读取；先前得到而没有再次出现的，已经不存在")
            else:
                said = _("没有这一位置：它在已有的变更之后，平台没有给出过。")
                todo = _("请核对保存的位置；从since所说的位置可以继续读取")
            return problem(410, detail=said, code="position", since=raised.kept, next=todo)
        case FileRefused():
            return problem(422, detail=_(raised.message) % raised.params, code="file", field="file")
        case IdentityError():
            return problem(422, detail=_(raised.message) % raised.params, code="identity")
        case Http404() | exceptions.NotFound():
            return problem(404, detail=_("没有这一项，或者您无权查看。"))
        case exceptions.ValidationError():
            return _invalid(raised)
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return _unauthenticated(raised)
        case PermissionDenied():
            return problem(403, detail=_("您没有办理这一步骤的权限"))
        case RequestDataTooBig():
            return problem(413, detail=_("请删减文字，材料请作为文件上传。"))
        case exceptions.Throttled():
            wait = int(getattr(raised, "wait", None) or 0) + 1
            answer = problem(429, detail=_("请求过于频繁，请在%(seconds)d秒后再试。") % {"seconds": wait})
            answer["Retry-After"] = str(wait)
            return answer
        case exceptions.APIException() if raised.status_code < status.HTTP_500_INTERNAL_SERVER_ERROR:
            return problem(raised.status_code, detail=str(raised.detail))
        case SuspiciousOperation() | UnreadablePostError():
            return problem(400, detail=_("请求无法识别。"))
    return None


def problem(
    code_of_status: int, *, detail: str, code: str = "", headers: dict[str, str] | None = None, **members: Any
) -> Response:
    """Return one problem; ``members`` are extensions such as field, rule, article and next."""
    code = code or CODES.get(code_of_status, "bad-request")
    if not members.get("next") and code_of_status in USUAL.keys() - SPEAKS_ITSELF:
        members["next"] = _(USUAL[code_of_status])
    body = {
        "type": f"{TYPE}{code}",
        "title": _(TITLES_OF_CODES.get(code) or TITLES.get(code_of_status, TITLES[400])),
        "status": code_of_status,
        "detail": detail,
        "code": code,
        **members,
    }
    return Response(body, status=code_of_status, content_type=MEDIA_TYPE, headers=headers)


def malformed(wrong: Malformed) -> Response:
    """Return which part of a submission is wrong, and what may stand there where that is a closed list."""
    detail, more = _(wrong.why), dict[str, Any]()
    if wrong.allowed:
        named = "、".join(wrong.allowed[:MOST_NAMED]) + ("……" if len(wrong.allowed) > MOST_NAMED else "")
        detail = _("%(wrong)s；可以是：%(allowed)s") % {"wrong": detail, "allowed": named}
        more["allowed"] = list(wrong.allowed)
    return problem(422, detail=detail, code="malformed", field=wrong.field, **more)


def refusal(refused: Refused | books.Refused) -> Response:
    """Return why a move was refused: guard, rules, their articles as they are numbered today, and the next step."""
    return problem(status_of(refused), detail=_(refused.reason), code=refused.code, **grounds(refused))


def grounds(refused: Refused | books.Refused) -> dict[str, Any]:
    """Return the legal grounds of a refusal and what to do next."""
    return {"rule": list(refused.law), "article": articles(refused.law), "next": _(refused.remedy)}


def findings(flawed: Flawed) -> Iterator[dict[str, Any]]:
    """Yield what the checks found in an agreement, each with its articles and how to mend it."""
    for one in flawed.found:
        params = {name: _(value) if name in ("what", "side") else value for name, value in one.params.items()}
        told = {"must": one.must, "said": _(one.said) % params, "mend": _(one.mend), "rule": list(one.law)}
        yield {**told, "article": articles(one.law)}


def articles(rules: Any) -> list[str]:
    """Return the citations of these rules as the articles are numbered today; an id that is no article is left out."""
    today, cited = local_day(present.now()), []
    for rule in rules:
        try:
            cited.append(law.cite(rule, today))
        except law.UnknownRule:
            continue
    return cited


def status_of(refused: Refused | books.Refused) -> int:
    """Return 403 for who asks, 404 for no such move, 422 for what was stated, 409 for the case as it stands."""
    if refused.code in ABOUT_PERSONS:
        return 403
    if refused.code == "move":
        return 404
    return 422 if refused.code.startswith("fits_") else 409


def _overtaken(raised: Overtaken) -> Response:
    version = raised.event.number if raised.event else 0
    latest = {"number": version, "move": raised.event.move, "by": raised.event.by["role"]} if raised.event else None
    return problem(
        409,
        detail=_(raised.reason),
        code=raised.code,
        headers={"ETag": f'"{version}"'},
        version=version,
        latest=latest,
        next=_(raised.remedy),
    )


def _unauthenticated(raised: exceptions.APIException) -> Response:
    # The framework names the scheme on the exception, so that clients learn how to sign in.
    scheme = getattr(raised, "auth_header", None) or "Bearer"
    return problem(401, detail=str(raised.detail), headers={"WWW-Authenticate": scheme})


def _invalid(raised: exceptions.ValidationError) -> Response:
    errors = list(_flattened(raised.detail, ""))
    first = errors[0] if errors else {"field": "", "detail": _("提交的内容有误")}
    return problem(422, detail=first["detail"], field=first["field"], errors=errors[:100])


def _flattened(detail: Any, place: str) -> Any:
    """Yield every message with the dotted place of its field."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            own = "" if name == "non_field_errors" else str(name)[:60]
            yield from _flattened(inner, f"{place}.{own}".strip("."))
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, dict | list)
            yield from _flattened(inner, f"{place}.{index}".strip(".") if nested else place)
    else:
        yield {"field": place, "detail": str(detail)}
