"""The roof: settings, urls, Celery, WSGI and ASGI. Imported by commands only; names no platform."""

from mediation.project.celery import app

__all__ = ["app"]
