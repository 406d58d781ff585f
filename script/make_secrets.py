#!/usr/bin/env python3
"""Writes fresh secrets for one deployment into STATE_DIR/settings.env, once, readable by its owner only.

Called by: script/server and script/check, with the standard library alone, before Django can start.
"""

from __future__ import annotations

import base64
import os
import secrets
import sys
from pathlib import Path


def make(state: Path) -> Path:
    """Create the file where it is missing and return its path; an existing one is never touched."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = state / "settings.env"
    lines = [
        f"SECRET_KEY={secrets.token_urlsafe(50)}",
        f"FIELD_KEYS=1:{base64.standard_b64encode(secrets.token_bytes(32)).decode()}",
        f"INDEX_KEY={base64.standard_b64encode(secrets.token_bytes(32)).decode()}",
    ]
    draft = state / f".settings.env.{os.getpid()}"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write("\n".join(lines) + "\n")
    try:
        # Linking puts the whole file there or nothing, and never over another.
        os.link(draft, path)
    except FileExistsError:
        pass
    draft.unlink()
    return path


if __name__ == "__main__":
    print(make(Path(sys.argv[1])))
