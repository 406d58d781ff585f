"""Reading printed papers back. Called by: the tests beside it."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

PICTURES = Path(__file__).parents[2] / "docs" / "screens" / "papers"


def words(content: bytes) -> str:
    """Return everything a paper says, without blanks and line ends, page numbers left out."""
    raw = subprocess.run(
        ["pdftotext", "-raw", "-", "-"], input=content, capture_output=True, check=True
    ).stdout.decode()
    lines = (line for line in raw.splitlines() if not re.fullmatch(r"\f?— \d+ —", line.strip()))
    return re.sub(r"[\s\u200b]", "", "".join(lines))


def boxes(content: bytes) -> list[tuple[float, float]]:
    """Return the left and right edge of every word, in points."""
    raw = subprocess.run(
        ["pdftotext", "-bbox", "-", "-"], input=content, capture_output=True, check=True
    ).stdout.decode()
    return [(float(left), float(right)) for left, right in re.findall(r'xMin="([\d.]+)".*?xMax="([\d.]+)"', raw)]


def fonts(content: bytes) -> str:
    """Return what ``pdffonts`` says of a paper."""
    return _asked(content, "pdffonts", "-")


def picture(content: bytes, name: str) -> None:
    """Keep a small picture of every page under ``docs/screens/papers`` where SCREENS=1 asks for it."""
    if os.environ.get("SCREENS"):
        PICTURES.mkdir(parents=True, exist_ok=True)
        _asked(content, "pdftoppm", "-r", "56", "-png", "-", str(PICTURES / name))


def _asked(content: bytes, *command: str) -> str:
    return subprocess.run(command, input=content, capture_output=True, check=True).stdout.decode()
