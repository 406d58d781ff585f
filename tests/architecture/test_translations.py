"""The interface speaks Chinese first and English completely: no source string without its translation."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
CATALOGUE = Path("mediation/locale/en/LC_MESSAGES/django.po")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]")


def _entries(text: str) -> dict[str, list[str]]:
    """Return msgid → translations of a catalogue."""
    found: dict[str, list[str]] = {}
    for block in text.split("\n\n"):
        if "#~ " in block:
            continue
        parts = re.findall(r'^(msgid|msgid_plural|msgstr(?:\[\d\])?) ((?:".*"\n?)+)', block, re.MULTILINE)
        read = [(name, "".join(re.findall(r'^"(.*)"$', lines, re.MULTILINE))) for name, lines in parts]
        msgid = next((text for name, text in read if name == "msgid"), "")
        if msgid:
            found[msgid] = [text for name, text in read if name.startswith("msgstr")]
    return found


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Extract the strings of a copy of the tree anew and return the catalogue that results."""
    tree = tmp_path_factory.mktemp("tree")
    for name in ("mediation", "roster", "courtplatform", "investornet"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
    shutil.copy(ROOT / "manage.py", tree)
    command = [sys.executable, "manage.py", "makemessages", "-l", "en", "--no-location", "--no-obsolete"]
    subprocess.run(command, cwd=tree, check=True, capture_output=True, env={**os.environ, "PYTHONPATH": str(tree)})
    return _entries((tree / CATALOGUE).read_text())


def test_every_source_string_has_an_english_translation(extracted: dict[str, list[str]]) -> None:
    untranslated = [msgid for msgid, texts in extracted.items() if not all(texts)]

    assert untranslated == []
    assert len(extracted) > 1500


def test_no_translation_is_a_guess_or_belongs_to_a_string_that_is_gone(extracted: dict[str, list[str]]) -> None:
    kept = (ROOT / CATALOGUE).read_text()

    assert "fuzzy" not in kept
    assert set(_entries(kept)) == set(extracted)


def test_translations_keep_the_placeholders_of_their_source(extracted: dict[str, list[str]]) -> None:
    for msgid, texts in extracted.items():
        for text in texts:
            assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(msgid)), msgid
