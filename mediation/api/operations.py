"""How each operation is told in the OpenAPI document: summary, parameters, answers and every error.

Lives here: the decorator that views wear, and holding a call to the query parameters it tells. Does not live here:
making the document (``schema``).
Called by: the views.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from mediation.api.shapes import Problem
from mediation.facts import Malformed
from mediation.problems import MEDIA_TYPE
from mediation.vocabulary import gettext_noop

ERRORS: dict[int, Promise] = {
    400: _("请求无法识别：JSON不合格、字段重复出现、含有无法保存的字符"),
    401: _("令牌无效、已停用，或者没有登录"),
    403: _("令牌的权限范围不够，或者您没有办理这一步骤的权限"),
    404: _("没有这一项，或者您无权查看；两者的答复完全相同"),
    409: _("与案件现状不符：状态、前提条件、已经有人先办理（If-Match不符），或者幂等键已用于另一次提交"),
    410: _("没有since所说的位置：平台没有给出过，或者从备份恢复过；请从答复中since的位置重新读取"),
    413: _("内容过大"),
    415: _("内容类型不受支持"),
    422: _("字段或者查询参数有误：未知、缺少、重复、格式不正确，或者所述事项不符合规则"),
    429: _("请求过于频繁"),
}


def query(
    name: str, told: Promise, kind: Any = OpenApiTypes.STR, *, enum: Iterable[str] | None = None, **more: Any
) -> OpenApiParameter:
    """Return a query parameter."""
    return OpenApiParameter(
        name, kind, OpenApiParameter.QUERY, description=told, enum=list(enum) if enum else None, **more
    )


def whole(least: int = 0, most: int = 10**18 - 1) -> dict[str, Any]:
    """Return the shape of a whole number between two others."""
    return {"type": "integer", "minimum": least, "maximum": most}


def header(name: str, told: Promise, pattern: str) -> OpenApiParameter:
    """Return a request header whose text has to fit a pattern."""
    shape = {"type": "string", "pattern": pattern}
    return OpenApiParameter(name, shape, OpenApiParameter.HEADER, description=told)


POSTED = (400, 409, 413, 415, 422)
"""What can go wrong with anything that is submitted."""

VERSION = r'^(\*|(W/)?"[0-9]{1,9}")$'
"""An ETag of ours, or any."""

IDEMPOTENCY_KEY = header(
    "Idempotency-Key",
    _(
        "幂等键：同一账户以同一键重复提交，得到与第一次完全相同的答复，"
        "并带有Idempotency-Replayed: true；内容不同则为409。"
        "没有办成的不占用该键。保存三十日。1至200个可见的ASCII字符"
    ),
    r"^[\x21-\x7e]{1,200}$",
)
IF_MATCH = header(
    "If-Match", _("查询案件时得到的ETag；案件已有新的流水，或者写成弱标记（W/）时不办理，答复409和现在的版本"), VERSION
)
IF_NONE_MATCH = header("If-None-Match", _("查询案件时得到的ETag；没有变化时答复304"), VERSION)


def operation(
    operation_id: str,
    summary: Promise,
    answers: dict[int, Any],
    *,
    request: Any = None,
    errors: Iterable[int] = (),
    parameters: Iterable[OpenApiParameter] = (),
    public: bool = False,
    tag: Promise,
    description: Promise | None = None,
    examples: Iterable[OpenApiExample] = (),
    answer_type: str | tuple[str, ...] = "application/json",
) -> Callable[[Any], Any]:
    """Return the decorator that tells an operation; 401, 403 (unless public), 422 and 429 are told for all.

    The query parameters are kept on the handler (``queries``): the window holds each call to them.
    """
    declared = list(parameters)
    told: dict[Any, Any] = {}
    for status, shape in answers.items():
        known = isinstance(shape, OpenApiResponse) or shape is None
        response = shape if known else OpenApiResponse(shape, description=_("成功"))
        for kind in (answer_type,) if isinstance(answer_type, str) else answer_type:
            told[(status, kind) if shape is not None else status] = response
    # A client whose method has no body can still send a bad token, or ask for what is not there to be asked.
    for status in sorted({*errors, 401, 422, 429, *(() if public else (403,))}):
        told[(status, MEDIA_TYPE)] = OpenApiResponse(Problem, description=ERRORS[status])
    tell = extend_schema(
        operation_id=operation_id,
        summary=summary,
        description=description or summary,
        request=request,
        responses=told,
        parameters=declared,
        examples=list(examples),
        tags=[tag],  # type: ignore[list-item]
    )

    def told_of(handler: Any) -> Any:
        found = tell(handler)
        found.queries = {one.name: one for one in declared if one.location == OpenApiParameter.QUERY}
        return found

    return told_of


def check_queries(asked: QueryDict, declared: Mapping[str, OpenApiParameter]) -> None:
    """Raise Malformed for a query parameter that is not declared, comes twice, or is out of its closed list or range.

    A filter that is passed over would give another list than the one asked for.
    """
    for name, values in asked.lists():
        told = declared.get(name)
        if told is None:
            raise Malformed(name[:60], gettext_noop("没有这个查询参数"), list(declared))
        if len(values) > 1 and not told.many:
            raise Malformed(name, gettext_noop("这一项只能有一个"))
        terms = [str(getattr(term, "value", term)) for term in told.enum or ()]
        if terms and not {*values} <= {*terms}:
            raise Malformed(name, gettext_noop("这一项的格式不正确"), terms)
        if isinstance(told.type, dict) and told.type.get("type") == "integer":
            least, most = told.type["minimum"], told.type["maximum"]
            if not all(_is_within(value, least, most) for value in values):
                raise Malformed(name, gettext_noop("这一项的格式不正确"), [f"{least}–{most}"])


def _is_within(text: str, least: int, most: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most
