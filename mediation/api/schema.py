"""The OpenAPI document of each platform, and the page that shows it.

Lives here: making the document and giving every move its own address with the exact schema of its facts.
Does not live here: how a single operation is told (``operations``).
Called by: ``routes``, and ``manage.py docs``, which writes ``docs/openapi-*.yaml``.
"""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse
from django.urls import include, path
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer
from drf_spectacular.settings import patched_settings
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.request import Request as Call

from mediation import platform
from mediation.api import examples
from mediation.api.authentication import SCOPES
from mediation.api.shapes import Strict, facts_schema
from mediation.api.submissions import opening_moves
from mediation.api.views import Public
from mediation.lifecycle import MOVES, Move
from mediation.problems import articles
from mediation.rights import Rights
from mediation.vocabulary import gettext_noop

MEDIA_TYPE = "application/vnd.oai.openapi+json"
VERSION = "1.0.0"
LANGUAGE = "zh-hans"
WAIT = "Retry-After"
_MAKING = threading.Lock()
RATES: dict[str, tuple[str, str]] = {
    "RateLimit": (gettext_noop("本分钟还剩r次，t秒后重新计数"), "string"),
    "RateLimit-Policy": (gettext_noop("每w秒最多q次"), "string"),
    WAIT: (gettext_noop("几秒后再试"), "integer"),
}
"""The headers of the rate, and their types."""

LINKS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "case": ("ref", "$response.body#/case", ("read_case", "list_moves", "read_journal", "list_documents")),
    "listed": ("ref", "$response.body#/items/0/ref", ("read_case", "list_moves")),
    "asked": ("ref", "$response.body#/ref", ("read_request",)),
    "document": ("ref", "$response.body#/items/0/ref", ("download",)),
    "subscription": (
        "ref",
        "$response.body#/ref",
        ("read_subscription", "list_callbacks", "replay", "unsubscribe"),
    ),
    "more": ("cursor", "$response.body#/next", ("list_cases",)),
    "later": ("since", "$response.body#/next", ("read_changes",)),
}
"""Where an answer leads: which parameter of which operations it gives."""

LEADING: dict[str, dict[str, tuple[str, ...]]] = {
    "open_case": {"201": ("case",)},
    "make_move": {"201": ("case",), "202": ("asked",)},
    "list_cases": {"200": ("listed", "more")},
    "list_documents": {"200": ("document",)},
    "subscribe": {"201": ("subscription",)},
    "read_changes": {"200": ("later",)},
}


class BearerScheme(OpenApiAuthenticationExtension):
    """Tells the document how a bearer token is sent."""

    target_class = "mediation.api.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Return the security scheme."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": _("访问令牌：登记的程序以OAuth 2.0领取（oauth/token），或者由平台签发。权限范围：%(scopes)s")
            % {"scopes": "；".join(f"{code} {_(told)}" for code, told in SCOPES.items())},
        }


class SessionScheme(OpenApiAuthenticationExtension):
    """Tells the document that a signed-in browser needs no token."""

    target_class = "mediation.api.authentication.Session"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Return the security scheme."""
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": _("网页登录状态；提交时须带X-CSRFToken"),
        }


def document(code: str) -> dict[str, Any]:
    """Return the OpenAPI document of an installed platform, in Chinese; made once, by one thread at a time.

    The generator loads its extensions and patches its settings for the whole process: two threads would take each
    other's.
    """
    with _MAKING:
        return make_document(code)


@cache
def make_document(code: str) -> dict[str, Any]:
    """Return the OpenAPI document; for ``document``, which lets one thread in at a time."""
    config = platform.config(code)
    prefix = f"{config.url_prefix}api/v1/"
    told = {
        "TITLE": _("%(platform)s接口") % {"platform": config.title},
        "DESCRIPTION": _(
            "两个平台的接口形状相同。错误一律为RFC 9457 problem+json，载明规则、法律依据和下一步。"
            "案件状态归对方平台时，操作作为请求转交，答复202。"
        ),
        "VERSION": VERSION,
        "OAS_VERSION": "3.1.0",
        "POSTPROCESSING_HOOKS": [],
        "SORT_OPERATIONS": False,
    }
    with translation.override(LANGUAGE), patched_settings(told):
        patterns = [path(prefix, include(f"{config.name}.api"))]
        made = SchemaGenerator(patterns=patterns).get_schema(request=None, public=True)
        # Lazy texts become words here, in the language chosen above.
        plain: dict[str, Any] = json.loads(json.dumps(made, cls=DjangoJSONEncoder))
        for shape in plain["components"]["schemas"].values():
            # The docstrings of our code are not for the readers of this document.
            shape.pop("description", None)
        for name in _names(Strict) & plain["components"]["schemas"].keys():
            plain["components"]["schemas"][name]["additionalProperties"] = False
        _tell_rates(plain)
        _tell_oauth(plain, f"/{config.url_prefix}")
        _tell_links(plain)
        _spell_out_moves(plain, f"/{prefix}", code, import_string(f"{config.name}.access.rights"))
        _tell_paths(plain, f"/{prefix}")
        _tell_examples(plain, code)
    return plain


def render(code: str) -> str:
    """Return the document as YAML, as published in docs/."""
    rendered = OpenApiYamlRenderer().render(document(code), renderer_context={})
    return rendered.decode() if isinstance(rendered, bytes) else str(rendered)


def pages() -> dict[str, Callable[[], str]]:
    """Return the published files of docs/ and what renders each, one for every installed platform."""
    return {
        f"docs/openapi-{config.code.removesuffix('platform')}.yaml": partial(render, config.code)
        for config in platform.installed()
    }


def offered_moves(rights: Rights) -> list[Move]:
    """Return the moves on an existing case that people of this platform can make."""
    return [
        move
        for move in MOVES.values()
        if not move.creates and move.by_people and any(rights.reads(role) for role in move.by)
    ]


def _names(kind: type[Any]) -> set[str]:
    """Return the names of all shapes that are of a kind."""
    return {name for one in kind.__subclasses__() for name in (one.__name__, *_names(one))}


def _tell_oauth(made: dict[str, Any], prefix: str) -> None:
    """Tell how a registered client comes by the bearer token, and which scopes there are."""
    scopes = {code: _(told) for code, told in SCOPES.items()}
    token = {"tokenUrl": f"{prefix}api/v1/oauth/token", "scopes": scopes}
    made["components"]["securitySchemes"]["oauth2"] = {
        "type": "oauth2",
        "description": _("客户端凭证方式以程序自己的账户办理；授权码方式（PKCE，S256）以同意授权的人办理"),
        "flows": {
            "clientCredentials": token,
            "authorizationCode": {**token, "authorizationUrl": f"{prefix}authorise/", "refreshUrl": token["tokenUrl"]},
        },
    }


def _tell_rates(made: dict[str, Any]) -> None:
    """Tell with every answer how much is left of the rate, and when to come back where it is used up."""
    made["components"]["headers"] = {
        name: {"description": _(told), "schema": {"type": kind}} for name, (told, kind) in RATES.items()
    }
    usual = {name: {"$ref": f"#/components/headers/{name}"} for name in RATES}
    for item in made["paths"].values():
        for told in item.values():
            for status, answer in told["responses"].items():
                answer["headers"] = {name: ref for name, ref in usual.items() if name != WAIT or status == "429"}


def _tell_links(made: dict[str, Any]) -> None:
    """Tell which operations an answer leads to, and with which of its values."""
    made["components"]["links"] = {
        f"{kind}_{operation}": {"operationId": operation, "parameters": {parameter: value}}
        for kind, (parameter, value, operations) in LINKS.items()
        for operation in operations
    }
    for item in made["paths"].values():
        for told in item.values():
            for status, kinds in LEADING.get(told["operationId"], {}).items():
                names = [(kind, operation) for kind in kinds for operation in LINKS[kind][2]]
                links = {name: {"$ref": f"#/components/links/{kind}_{name}"} for kind, name in names}
                told["responses"][status]["links"] = links


def _tell_paths(made: dict[str, Any], prefix: str) -> None:
    """Tell what each variable of an address stands for."""
    for address, item in made["paths"].items():
        first = address.removeprefix(prefix).partition("/")[0]
        for told in item.values():
            for parameter in told.get("parameters", ()):
                if parameter["in"] == "path" and not parameter.get("description"):
                    name = parameter["name"]
                    own = examples.REFS.get(first) if name == "ref" else None
                    parameter["description"] = _(own or examples.PATHS[name])


def _tell_examples(made: dict[str, Any], code: str) -> None:
    """Give every submission of JSON or of a form an example that this platform takes."""
    for item in made["paths"].values():
        for method, told in item.items():
            name = told["operationId"]
            example = examples.APPLICATIONS[code] if name == "open_case" else examples.EXAMPLES.get(name)
            if example is None and name.startswith("make_") and name.removeprefix("make_") in MOVES:
                example = examples.of_move(MOVES[name.removeprefix("make_")])
            if method != "post" or example is None:
                continue
            for content in told["requestBody"]["content"].values():
                content["examples"] = {name: {"value": copy.deepcopy(example)}}


def _spell_out_moves(made: dict[str, Any], prefix: str, code: str, rights: Rights) -> None:
    """Give every move its own address and body, instead of the one with a variable."""
    paths = {}
    for address, item in made["paths"].items():
        if address != f"{prefix}cases/{{ref}}/moves/{{move}}":
            paths[address] = item
            continue
        for move in offered_moves(rights):
            paths[address.replace("{move}", move.name)] = {"post": _move_operation(item["post"], move)}
    made["paths"] = paths
    opening = opening_moves(code)
    told = made["components"]["schemas"]["ApplicationIn"]["properties"]
    told["move"] |= {"enum": [move.name for move in opening]}
    wanted = [{"title": _(move.label), **_stated_apart(move)} for move in opening]
    told["facts"] |= wanted[0] if len(wanted) == 1 else {"anyOf": wanted}


def _move_operation(general: dict[str, Any], move: Move) -> dict[str, Any]:
    """Return the operation of one move: who may make it, its legal ground, its facts and texts."""
    told = copy.deepcopy(general)
    told["operationId"] = f"make_{move.name}"
    told["summary"] = _(move.label)
    roles = "、".join(_(role.label) for role in sorted(move.by))
    told["description"] = "\n\n".join(
        [
            _("可以办理的身份：%(roles)s。") % {"roles": roles},
            _("法律依据：%(articles)s。") % {"articles": "；".join(articles(move.law))},
            told["description"],
        ]
    )
    told["parameters"] = [item for item in told["parameters"] if item["name"] != "move"]
    facts = facts_schema(move.facts)
    texts = {
        "type": "object",
        "properties": {
            name: {"type": "string", "maxLength": 200_000, "title": _(text.label)} for name, text in move.texts.items()
        },
        "required": [name for name, text in move.texts.items() if text.required],
        "additionalProperties": False,
    }
    body = {"allOf": [{"$ref": "#/components/schemas/MoveIn"}], "properties": {"facts": facts, "texts": texts}}
    body["required"] = [name for name, part in (("facts", facts), ("texts", texts)) if part["required"]]
    told["requestBody"] = {"content": {"application/json": {"schema": body}}, "required": True}
    return told


def _stated_apart(move: Move) -> dict[str, Any]:
    """Return the facts of an opening move without those that stand beside them in the body."""
    return facts_schema({name: fact for name, fact in move.facts.items() if name not in ("parties", "agents")})


class SchemaDocument(Public):
    """The OpenAPI document."""

    @extend_schema(exclude=True)
    def get(self, request: Call) -> HttpResponse:
        """Return the document as JSON."""
        content = json.dumps(document(self.rights.platform), ensure_ascii=False)
        return HttpResponse(content, content_type=MEDIA_TYPE, headers={"Cache-Control": "public, max-age=300"})


class DocsPage(SpectacularSwaggerSplitView):
    """The document as a page to try things out on; its script comes from our own server."""

    rights: Rights = Rights()
    url = "schema"
    title = "接口文档"
    template_name = "mediation/api_docs.html"
    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
