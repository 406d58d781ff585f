"""Writes the generated pages of docs/ from the code, or says which of them are stale."""

from __future__ import annotations

import difflib
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from mediation.api import schema
from mediation.errors_page import render_errors
from mediation.glossary_page import render_glossary
from mediation.law_page import render_law
from mediation.lifecycle_page import render_lifecycle
from mediation.passport import shape
from mediation.project.environment import BASE_DIR, render_operations
from roster.lifecycle_page import render_roster

PAGES: dict[str, Callable[[], str]] = {
    "docs/errors.md": render_errors,
    "docs/glossary.md": render_glossary,
    "docs/law.md": render_law,
    "docs/lifecycle.md": render_lifecycle,
    "docs/operations.md": render_operations,
    "docs/passport.schema.json": shape.render,
    "docs/roster.md": render_roster,
}


class Command(BaseCommand):
    """Write the generated pages; with --check only compare."""

    help = "Write the generated pages of docs/; with --check say which are stale."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        stale = []
        for name, render in {**PAGES, **schema.pages()}.items():
            path = BASE_DIR / name
            with translation.override("zh-hans"):
                page = render()
            before = path.read_text() if path.exists() else ""
            if page == before:
                continue
            stale.append(name)
            if check:
                self.stderr.writelines(
                    difflib.unified_diff(before.splitlines(True), page.splitlines(True), name, "code", n=0)
                )
            else:
                path.write_text(page)
                self.stdout.write(f"wrote {name}")
        if check and stale:
            raise CommandError(f"{', '.join(stale)} no longer agree with the code: run `manage.py docs`.")
