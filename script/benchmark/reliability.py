"""The promises of docs/reliability.md tried with their full figures, each figure printed beside its promise.

Lives here: reading the page, running the tests a row names, the verdict. Does not live here: the tests, nor how much
each tries (``tests.figures``).
Called by: script/bench --long.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from script.run_stack import PYTHON, ROOT

PAGE = ROOT / "docs" / "reliability.md"
NAME = re.compile(r"[RS]\d+")
TEST = re.compile(r"`(tests/[\w/]+\.py::\w+)`")


@dataclass(frozen=True)
class Promise:
    """One row of the page: what is promised, the tests that try it, and those that show that they would see a fault."""

    name: str
    what: str
    tests: tuple[str, ...]
    controls: tuple[str, ...]


def promises(page: str) -> Iterator[Promise]:
    """Yield the rows of the page's table."""
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if NAME.fullmatch(cells[0]):
            yield Promise(cells[0], cells[1], tuple(TEST.findall(cells[2])), tuple(TEST.findall(cells[3])))


def run(tests: tuple[str, ...], share: float) -> tuple[bool, list[str]]:
    """Run tests with a share of the full figures, 0 being the short profile; return whether all passed, and what they
    measured.
    """
    with tempfile.TemporaryDirectory(prefix="mediation-bench-") as folder:
        report = Path(folder) / "report.xml"
        done = subprocess.run(
            [PYTHON, "-m", "pytest", "-q", "-o", "junit_family=xunit1", f"--junitxml={report}", *tests],
            cwd=ROOT,
            env=os.environ | {"CHAOS": str(share)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            print(done.stdout[-6000:], flush=True)
        found = ElementTree.parse(report).iter("property") if report.exists() else ()  # noqa: S314 # pytest wrote it
        return done.returncode == 0, [item.get("value", "") for item in found if item.get("name") == "figure"]


def main() -> None:
    """Try every promise, or those named; exit 1 where one is broken or a control sees nothing."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--only", action="append", metavar="R7")
    parser.add_argument("--share", type=float, default=1.0, help="of the full figures, where they are counts: 0.1")
    arguments = parser.parse_args()
    wanted = arguments.only
    rows = list(promises(PAGE.read_text(encoding="utf-8")))
    if unknown := set(wanted or ()) - {row.name for row in rows}:
        parser.error(f"no such promise: {', '.join(sorted(unknown))}")
    broken = []
    for row in rows:
        if wanted and row.name not in wanted:
            continue
        began = time.monotonic()
        kept, figures = run(row.tests, arguments.share)
        sees, _ = run(row.controls, 0)
        broken += [] if kept and sees else [row.name]
        verdict = "BROKEN" if not kept else "kept" if sees else "THE CONTROL SAW NOTHING"
        print(f"{row.name:<4} {row.what}\n     {verdict}, {time.monotonic() - began:.0f} s", flush=True)
        for figure in figures:
            print(f"     {figure}", flush=True)
    sys.exit(f"broken: {', '.join(broken)}" if broken else 0)


if __name__ == "__main__":
    main()
