"""The entry for sockets in production, and for everything in the embedded default (uvicorn)."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mediation.project.settings")

application = get_asgi_application()
