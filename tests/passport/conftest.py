"""The stage of the windows' tests, and the clock at the edge stopped on the ninth day."""

from tests.windows.conftest import stage as stage
