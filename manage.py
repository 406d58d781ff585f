#!/usr/bin/env python
"""Runs a command of the project: ``.venv/bin/python manage.py help``."""

import os
import sys

from django.core.management import execute_from_command_line

from mediation.project.environment import lend

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mediation.project.settings")
    if sys.argv[1:2] == ["conformance"]:
        lend()
    execute_from_command_line(sys.argv)
