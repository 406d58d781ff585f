"""Running checks and reporting what held: as JSON signed by the kit's key, and as text.

Lives here: the run, the report, its signature. Does not live here: the checks.
Called by: ``manage.py conformance``, tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from mediation import chain
from mediation.chain import PublicKey, SigningKey
from mediation.exchange.transports import Unreachable

FORMAT, VERSION = "mediation-docking/conformance", 1
LABEL = f"{FORMAT}/{VERSION}"
PASSED, FAILED = "PASSED", "FAILED"
UNREADABLE = (Unreachable, AssertionError, ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError)


@dataclass(frozen=True)
class Result:
    """What came of one check."""

    check: str
    title: str
    section: str
    outcome: str
    said: str


def run(checks: Iterable[Any], subject: Any) -> list[Result]:
    """This function will make each check on its own and return what came of it; whatever goes wrong fails it alone."""
    return [_result(one, subject) for one in checks]


def _result(one: Any, subject: Any) -> Result:
    try:
        one.run(subject)
    except AssertionError as failed:
        return Result(one.name, one.title, one.section, FAILED, str(failed)[:400])
    except UNREADABLE as broken:
        said = f"答复无法读取：{type(broken).__name__} {broken}"
        return Result(one.name, one.title, one.section, FAILED, said[:400])
    return Result(one.name, one.title, one.section, PASSED, "")


def signed(results: list[Result], about: Mapping[str, str], at: datetime, key: SigningKey) -> dict[str, Any]:
    """Return the report on these results, signed."""
    failed = sum(one.outcome == FAILED for one in results)
    report = {
        "format": FORMAT,
        "version": VERSION,
        "at": chain.stamp(at),
        "about": dict(about),
        "passed": len(results) - failed,
        "failed": failed,
        "results": [asdict(one) for one in results],
        "key": key.public.id,
        "public": key.public.text,
    }
    return {**report, "signature": key.sign(_digest(report), label=LABEL)}


def is_genuine(report: Mapping[str, Any]) -> bool:
    """Tell whether a report bears the signature of the key it names."""
    said = {name: value for name, value in report.items() if name != "signature"}
    try:
        key = PublicKey.load(said["public"])
        return key.id == said["key"] and key.verify(_digest(said), str(report["signature"]), label=LABEL)
    except (KeyError, ValueError):
        return False


def _digest(report: Mapping[str, Any]) -> str:
    return chain.digest("sha256", chain.canonical(dict(report)))


def in_words(report: Mapping[str, Any]) -> str:
    """Return the report as people read it."""
    about = "\n".join(f"{name}：{value}" for name, value in report["about"].items())
    verdict = "全部符合" if not report["failed"] else f"{report['failed']}项不符合"
    lines = [
        "对接一致性测试报告",
        about,
        f"时间：{report['at']}",
        f"结果：{verdict}，共{report['passed'] + report['failed']}项",
        "",
    ]
    for one in report["results"]:
        mark = "符合  " if one["outcome"] == PASSED else "不符合"
        lines.append(f"{mark}  {one['check']}  {one['title']}（docs/exchange.md：{one['section']}）")
        if one["said"]:
            lines.append(f"        {one['said']}")
    return "\n".join([*lines, "", f"签名密钥：{report['key']}", f"签名：{report['signature']}", ""])
