"""The other baseline: the same transition written as everybody would write it with Django REST framework's defaults.

A model viewset, whole-row saves, stock middleware, sessions in the database, a new connection for each request.
Served as ``gunicorn script.benchmark.plain:application`` with ``DATABASE_URL`` of a database of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

import django
import environ
from django.conf import settings
from django.core.wsgi import get_wsgi_application

settings.configure(
    SECRET_KEY="only-for-the-bench",  # noqa: S106
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DATABASES={"default": environ.Env.db_url_config(os.environ["DATABASE_URL"])},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "rest_framework",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
)
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402
from rest_framework import routers, serializers, viewsets  # noqa: E402
from rest_framework.decorators import action  # noqa: E402
from rest_framework.permissions import IsAuthenticated  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402


class Case(models.Model):  # noqa: DJ008
    """A case, as wide as ours."""

    objects: models.Manager[Case] = models.Manager()
    ref = models.UUIDField(unique=True)
    state = models.CharField(max_length=24)
    court = models.CharField(max_length=12)
    organisation = models.CharField(max_length=36)
    filed_at = models.DateTimeField()
    sheet = models.JSONField()
    entries = models.IntegerField()
    head = models.CharField(max_length=64)

    class Meta:
        app_label = "plain"


class Event(models.Model):  # noqa: DJ008
    """One entry of its history."""

    objects: models.Manager[Event] = models.Manager()
    case = models.ForeignKey(Case, on_delete=models.CASCADE)
    number = models.IntegerField()
    kind = models.CharField(max_length=60)
    at = models.DateTimeField()
    by = models.JSONField()
    facts = models.JSONField()
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        app_label = "plain"
        unique_together = [("case", "number")]


class Outgoing(models.Model):  # noqa: DJ008
    """What the other side is to be told."""

    objects: models.Manager[Outgoing] = models.Manager()
    event = models.ForeignKey(Event, on_delete=models.CASCADE)
    since = models.DateTimeField()

    class Meta:
        app_label = "plain"


class CaseSerializer(serializers.ModelSerializer):
    """All fields."""

    class Meta:
        model = Case
        fields = "__all__"


class CaseViewSet(viewsets.ModelViewSet):
    """Everything a model viewset gives, and one move."""

    queryset = Case.objects.all()
    serializer_class = CaseSerializer
    permission_classes = [IsAuthenticated]

    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str | None = None) -> Response:
        """Lock, judge, update, note the event, put it in the outbox, commit."""
        with transaction.atomic():
            case = Case.objects.select_for_update().get(pk=pk)
            if case.state != "DELEGATED":
                return Response({"detail": "wrong state"}, status=409)
            at = timezone.now()
            facts: dict[str, Any] = dict(request.data)
            text = json.dumps({"number": case.entries + 1, "facts": facts, "previous": case.head})
            previous, case.head = case.head, hashlib.sha256(text.encode()).hexdigest()
            case.state, case.entries = "ACCEPTED", case.entries + 1
            case.save()
            event = Event.objects.create(
                case=case,
                number=case.entries,
                kind="case.accept.v1",
                at=at,
                by={"role": "ORGANISATION", "ref": str(request.user.pk)},
                facts=facts,
                previous=previous,
                hash=case.head,
            )
            Outgoing.objects.create(event=event, since=at)
        return Response(CaseSerializer(case).data)


router = routers.DefaultRouter()
router.register("cases", CaseViewSet)
urlpatterns = router.urls
application = get_wsgi_application()


def prepare(count: int, source: str) -> None:
    """Make the tables, take so many rows as wide as ours from a dump of them, and print the session of one user."""
    call_command("migrate", verbosity=0, run_syncdb=True)
    with connection.schema_editor() as editor:
        for model in (Case, Event, Outgoing):
            editor.create_model(model)
    with open(source) as lines:
        rows = [json.loads(line) for line in lines]
    at = timezone.now()
    Case.objects.bulk_create(
        Case(
            ref=row["ref"],
            state="DELEGATED",
            court=row["court"],
            organisation=row["organisation"],
            filed_at=at,
            sheet=row["sheet"],
            entries=row["entries"],
            head=row["head"],
        )
        for row in rows[:count]
    )
    client = Client()
    client.force_login(User.objects.create_user("bench"))  # type: ignore[arg-type]
    print(json.dumps({"sessionid": client.cookies["sessionid"].value, "first": 1}))
