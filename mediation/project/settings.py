"""Django's settings, made from the environment. Names no platform: ``PLATFORMS`` and ``PEERS`` do.

Lives here: what Django and the libraries are told. What may be set from outside is declared in ``environment``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from mediation.project.environment import BASE_DIR, read_environment
from mediation.vocabulary import CodePurpose

_environment = read_environment()

STATE_DIR = _environment["STATE_DIR"]
PLATFORMS: list[str] = _environment["PLATFORMS"]
PEERS: dict[str, str] = _environment["PEERS"]
PUBLIC_URL: str = _environment["PUBLIC_URL"]
REDIS_URL: str = _environment["REDIS_URL"]
DEBUG: bool = _environment["DEBUG"]
SECRET_KEY: str = _environment["SECRET_KEY"]
SECRET_KEY_FALLBACKS: list[str] = _environment["SECRET_KEY_FALLBACKS"]
FIELD_KEYS: list[str] = _environment["FIELD_KEYS"]
INDEX_KEY: str = _environment["INDEX_KEY"]
OWN_FIGURES: dict[str, int] = _environment["OWN_FIGURES"]
COURT_CASE_CODES: dict[tuple[str, CodePurpose], str] = _environment["COURT_CASE_CODES"]
JOURNAL_ALGORITHM: str = _environment["JOURNAL_ALGORITHM"]
SIGNING_ALGORITHM: str = _environment["SIGNING_ALGORITHM"]
MOCK_VERIFICATION: bool = _environment["MOCK_VERIFICATION"]
CERTIFICATE_PROVIDER: str = _environment["CERTIFICATE_PROVIDER"]
SMS_GATEWAY: str = _environment["SMS_GATEWAY"]
SMS_URL: str = _environment["SMS_URL"]
SMS_TOKEN: str = _environment["SMS_TOKEN"]
EMAIL_GATEWAY: str = _environment["EMAIL_GATEWAY"]
SMTP: dict[str, Any] = _environment["SMTP_URL"]
MAIL_FROM: str = _environment["MAIL_FROM"]
CALLBACKS_ANYWHERE: bool = _environment["CALLBACKS_ANYWHERE"]
DEMONSTRATION_CLOCK: bool = _environment["DEMONSTRATION_CLOCK"]
SANDBOX: bool = _environment["SANDBOX"]
BEHIND_PROXY: bool = _environment["BEHIND_PROXY"]

STATE_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)

# ── Apps ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

INSTALLED_APPS = [
    "mediation",
    "mediation.exchange",
    "roster",
    # A name that is no platform may stand in PLATFORMS: the system checks say so better than Django's registry would.
    *(name for name in PLATFORMS if name not in ("mediation", "roster")),
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "axes",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "mediation.project.limits.limit_request",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "mediation.project.limits.RegistrationLimit",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "mediation.project.urls"
WSGI_APPLICATION = "mediation.project.wsgi.application"
ASGI_APPLICATION = "mediation.project.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "mediation.project.context.frame",
            ],
        },
    },
]

# ── Rows, cache, sockets ──────────────────────────────────────────────────────────────────────────────────────────────

_database: dict[str, Any] = dict(
    environ.Env.db_url_config(_environment["DATABASE_URL"] or f"sqlite:///{STATE_DIR / 'database.sqlite3'}")
)
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # Without IMMEDIATE two readers that both go on to write fail with "database is locked"; WAL alone makes it worse.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    _database["CONN_MAX_AGE"] = _environment["DATABASE_KEEP_SECONDS"]
    _database["CONN_HEALTH_CHECKS"] = True
DATABASES = {"default": _database}

CACHES: dict[str, Any]
CHANNEL_LAYERS: dict[str, Any]
if REDIS_URL:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL]},
        }
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

# ── Celery: the doorbell (every name here is read with the prefix CELERY_) ────────────────────────────────────────────

# Celery spells the address of a socket differently from redis-py.
CELERY_BROKER_URL = (
    REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=") or "memory://localhost/"
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
    # By default kombu looks for abandoned messages only every 100 s, whatever the visibility timeout.
    # Nobody who rings waits for a broker that cannot be reached.
    {
        "visibility_timeout": 3600,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 2,
    }
    if REDIS_URL
    else {"polling_interval": 0.05}
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_TIMEZONE = "Asia/Shanghai"

# ── People ────────────────────────────────────────────────────────────────────────────────────────────────────────────

AUTH_USER_MODEL = "roster.Account"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "roster.backend.AccountBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

# Five wrong passwords for one name, or from one address, and that pair rests for a quarter of an hour.
# The account model calls its name "login"; the sign-in form still calls the field "username", which axes must count by.
AXES_USERNAME_FORM_FIELD = "username"
# The field of the sign-in form; the default, the model's own name for it, would count every login as one.
AXES_USERNAME_FORM_FIELD = "username"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "mediation.project.limits.client_address"
AXES_LOCKOUT_CALLABLE = "mediation.project.limits.locked_out"
AXES_HTTP_RESPONSE_CODE = 429
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address"]
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False

# ── Language and time ─────────────────────────────────────────────────────────────────────────────────────────────────

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "mediation" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# ── Security ──────────────────────────────────────────────────────────────────────────────────────────────────────────

_public = urlsplit(PUBLIC_URL)
_https = _public.scheme == "https"

ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", str(_public.hostname), *_environment["ALLOWED_HOSTS"]]
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_SSL_REDIRECT = _https
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https
SECURE_HSTS_PRELOAD = _https
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_ENGINE = "django.contrib.sessions.backends.db"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

DATA_UPLOAD_MAX_MEMORY_SIZE: int = _environment["TEXT_MAX_MB"]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 50
UPLOAD_MAX_BYTES: int = _environment["UPLOAD_MAX_MB"]
RECORDING_MAX_BYTES: int = _environment["RECORDING_MAX_MB"]
CLAMAV: str = _environment["CLAMAV"]
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

# ── Files ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

STATIC_URL = "static/"
STATIC_ROOT = _environment["STATIC_DIR"] or None
WHITENOISE_USE_FINDERS = not STATIC_ROOT
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_ROOT
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

FONT_DIRS: list[str] = _environment["FONT_DIRS"]

# ── REST ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "mediation.problems.respond",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    # Which part of X-Forwarded-For is our own proxy's word; without a proxy none of it is.
    "NUM_PROXIES": 1 if BEHIND_PROXY else 0,
}

SPECTACULAR_SETTINGS = {
    # Each platform publishes a document of its own, which the tests validate; the check would mix the two.
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
    "TITLE": "证券期货纠纷总对总在线诉调对接",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# ── Logs: codes and refs, never personal data (no request bodies, no query strings) ───────────────────────────────────

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": _environment["LOG_LEVEL"]},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.request": {"level": "ERROR"},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        "axes": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
    },
}
