"""The entry for ordinary requests in production (gunicorn)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mediation.project.settings")

application = get_wsgi_application()
