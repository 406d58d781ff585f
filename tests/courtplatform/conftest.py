"""The stage that all windows share."""

from tests.windows.conftest import stage

__all__ = ["stage"]
