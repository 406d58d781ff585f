"""Celery: the doorbell. No task carries a payload; each says "look now", and beat says so again if nobody rang.

Called by: the celery command, ``manage.py embedded``.
"""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mediation.project.settings")

BEAT: dict[str, float] = {
    # task: seconds between two looks
    "mediation.exchange.tasks.post": 1.0,
    "mediation.tasks.sweep": 10.0,
    "mediation.tasks.go_on": 60.0,
    "mediation.tasks.tell": 5.0,
    "mediation.tasks.remind": 900.0,
    "mediation.tasks.seal": 5.0,
    "mediation.tasks.seal_all": 3600.0,
    "mediation.tasks.tidy": 60.0,
    "mediation.exchange.tasks.tell_subscribers": 5.0,
    "mediation.exchange.tasks.reconcile": 600.0,
    "mediation.exchange.tasks.sweep_rosters": 600.0,
    "mediation.exchange.tasks.fetch_pictures": 30.0,
    "mediation.tasks.add_up": 60.0,
    "mediation.tasks.reckon": 3600.0,
    "mediation.tasks.tend_campaigns": 600.0,
}

app = Celery("mediation")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = {
    # A ring that nobody answered in time is worth nothing: the next one asks the same question.
    task: {"task": task, "schedule": seconds, "options": {"expires": max(seconds * 5, 10.0)}}
    for task, seconds in BEAT.items()
}
app.autodiscover_tasks()
