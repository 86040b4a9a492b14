"""One settings file. Every value that may differ between machines is read from the environment, and a bad one stops the start."""

import secrets
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import environ
from cryptography.fernet import Fernet
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(BASE_DIR / ".env")

DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "data"))).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)
EMBEDDED = not env.str("DATABASE_URL", "")


def _key(name: str, make) -> str:
    """Read a secret from the environment; the embedded default makes one on first start and keeps it in the data folder."""
    if value := env.str(name, ""):
        return value
    if not EMBEDDED:
        raise ImproperlyConfigured(
            f"{name} is not set. A database server is in use, so each secret must come from the environment."
        )
    path = DATA_DIR / "keys" / name.lower()
    path.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        with path.open("x", encoding="ascii") as new:
            path.chmod(0o600)
            new.write(make())
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii")


SECRET_KEY = _key("SECRET_KEY", lambda: secrets.token_urlsafe(50))
AUDIT_KEY = _key("AUDIT_KEY", lambda: secrets.token_urlsafe(32))
IDENTITY_KEY = _key("IDENTITY_KEY", lambda: Fernet.generate_key().decode())

DEBUG = env.bool("DEBUG", False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"] if EMBEDDED else [])
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS is not set. Name the hosts this site answers for, separated by commas.")
HTTPS = env.bool("HTTPS", not EMBEDDED)

INSTALLED_APPS = [
    # Without its autodiscovery and its own site: config/urls.py names the one that is used.
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "rest_framework",
    "rest_framework.authtoken",
    "accounts",
    "research",
    "interviews",
    "synthesis",
]

MIDDLEWARE = [
    "accounts.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "accounts.middleware.StorageTroubleMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
            "builtins": ["accounts.templatetags.ui"],
        },
    }
]

# SQLite: a transaction takes the write lock at its first statement, so a read that turns into a write can never fail half-way;
# FULL, because a decision that was answered with "saved" must survive a power cut.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA mmap_size=134217728;"
        "PRAGMA journal_size_limit=27103364;PRAGMA cache_size=-20000;PRAGMA temp_store=MEMORY"
    ),
}
DATABASES: dict[str, dict[str, Any]]
if EMBEDDED:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "programme.sqlite3",
            "OPTIONS": SQLITE_OPTIONS,
            # A file, because the concurrency tests open it from several processes.
            "TEST": {"NAME": str(DATA_DIR / "test.sqlite3")},
        }
    }
else:
    DATABASES = {"default": env.db("DATABASE_URL")}
    if DATABASES["default"]["ENGINE"].endswith("postgresql"):
        DATABASES["default"].setdefault("OPTIONS", {}).update(
            {
                "options": "-c lock_timeout=3000 -c statement_timeout=15000",
                "pool": {"min_size": 1, "max_size": env.int("DATABASE_POOL", 8)},
            }
        )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", "")
if REDIS_URL:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
else:
    # Files, not memory: the sign-in throttle must count over all web processes.
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": DATA_DIR / "cache",
            # Past this a third is thrown out at random: a crowd of callers must not push out the counts of the throttles.
            "OPTIONS": {"MAX_ENTRIES": 20_000},
        }
    }

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": DATA_DIR / "files"}},
    "staticfiles": {
        "BACKEND": env.str("STATIC_STORAGE", "django.contrib.staticfiles.storage.ManifestStaticFilesStorage")
    },
}
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
ENCODER_DIR = Path(env.str("ENCODER_DIR", str(DATA_DIR / "encoder")))

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.SignIn"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapter.ClosedDoors"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "accounts.links.PasswordLinks"  # noqa: S105  a class
ACCOUNT_EMAIL_NOTIFICATIONS = True
# Passwords count by address, codes of the second factor by person.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "reauthenticate": "10/m/user",
    "reset_password": "20/m/ip,5/10m/key",
    "reset_password_from_key": "20/m/ip",
}

# Off only where the people have published passwords: `make demo`. A word that can't be read leaves it on.
MFA_REQUIRED = env.str("MFA_REQUIRED", "on").lower() not in ("off", "false", "no", "0")
MFA_ADAPTER = "accounts.adapter.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Primary research"
MFA_RECOVERY_CODES_SHOW_ONCE = True
# Addresses are given by the admin, so none of them waits for a confirmation.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_FORMS = {
    "add_webauthn": "accounts.forms.AddPasskey",
    "authenticate_webauthn": "accounts.forms.SecondStepKey",
    "login_webauthn": "accounts.forms.SignInKey",
    "reauthenticate_webauthn": "accounts.forms.SameKeyAgain",
}
MFA_RATE_LIMITS = {"webauthn_login": "30/m/ip"}

SESSION_COOKIE_AGE = 60 * 60 * 12
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS else 0
BEHIND_PROXY = env.bool("BEHIND_PROXY", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
# Else all who come through the proxy share one throttle.
ALLAUTH_TRUSTED_PROXY_COUNT = int(BEHIND_PROXY)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
# Transcripts are pasted and uploaded; the importers set the true limit and say so in words.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

LANGUAGE_CODE = "en-gb"
TIME_ZONE = env.str("FIRM_TIME_ZONE", "Europe/London")
USE_TZ = True
USE_I18N = False
DATE_FORMAT = "j M Y"
DATETIME_FORMAT = "j M Y, H:i"

# The port that is meant when none is given, and how the line is kept private.
MAIL_SCHEMES: dict[str, tuple[int, dict[str, bool]]] = {
    "smtp": (25, {}),
    "smtp+tls": (587, {"EMAIL_USE_TLS": True}),
    "smtps": (465, {"EMAIL_USE_SSL": True}),
}


def mail_server(url: str) -> dict[str, Any]:
    """The settings of the mail server that an address such as smtp+tls://user:password@host:587 names."""
    try:
        parts = urlsplit(url)
        port, private = MAIL_SCHEMES[parts.scheme]
        port = parts.port or port
        half = (parts.username is None) != (parts.password is None)
        odd = half or not parts.hostname or bool(parts.path.strip("/") or parts.query or parts.fragment)
    except (KeyError, ValueError):
        odd = True
    if odd:
        raise ImproperlyConfigured(
            "MAIL_URL can't be read. Write smtp+tls://user:password@host:587, or begin with smtp:// or smtps://. "
            "In user and password, write @ as %40, / as %2F, : as %3A and # as %23."
        )
    account = {"EMAIL_HOST_USER": unquote(parts.username or ""), "EMAIL_HOST_PASSWORD": unquote(parts.password or "")}
    smtp = "django.core.mail.backends.smtp.EmailBackend"
    return {"EMAIL_BACKEND": smtp, "EMAIL_HOST": parts.hostname, "EMAIL_PORT": port, **account, **private}


def mail_sender(value: str) -> str:
    """Who messages come from, such as Research <research@example.com>."""
    try:
        validate_email(parseaddr(value)[1])
        if value.splitlines() != [value]:
            raise ValidationError("Two lines.")
    except ValidationError:
        raise ImproperlyConfigured(
            "MAIL_FROM is not an e-mail address. Write research@example.com or Name <research@example.com>."
        ) from None
    return value


def site_address(value: str) -> str:
    """Where the links in e-mails lead: messages are written where no request is at hand."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ImproperlyConfigured("SITE_URL is not an address. Write https://research.example.com, without a path.")
    if HTTPS and parts.scheme != "https":
        raise ImproperlyConfigured(
            "SITE_URL is not set to an https address. HTTPS is on, and the links in e-mails must lead to this site."
        )
    return value.rstrip("/")


# The embedded default writes each message to a file.
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = DATA_DIR / "mail"
EMAIL_FILE_PATH.mkdir(mode=0o700, exist_ok=True)
EMAIL_TIMEOUT = 20
if mail_url := env.str("MAIL_URL", ""):
    vars().update(mail_server(mail_url))
elif HTTPS:
    raise ImproperlyConfigured(
        "MAIL_URL is not set. HTTPS is on, so people are waiting for real e-mails: name the mail server, such as "
        "smtp+tls://user:password@host:587."
    )
DEFAULT_FROM_EMAIL = mail_sender(env.str("MAIL_FROM", "Primary research <research@localhost.localdomain>"))
SITE_URL = site_address(env.str("SITE_URL", "http://localhost:8000"))

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        # The first one decides the status for a caller without credentials: 401 and how to get in, not 403.
        "accounts.backends.ApiToken",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "accounts.api.Pages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_VERSIONING_CLASS": "rest_framework.versioning.NamespaceVersioning",
    "DEFAULT_VERSION": "v1",
    "ALLOWED_VERSIONS": ["v1"],
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": env.str("API_RATE", "600/min")},
    "DEFAULT_PARSER_CLASSES": [
        "accounts.parsers.Json",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "EXCEPTION_HANDLER": "accounts.api.explain",
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Primary research API",
    "DESCRIPTION": "The same services and the same scope as the pages. Authenticate with `Authorization: Token KEY` or a session.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    # Each person is shown the endpoints that are open to them; a fund learns of no other.
    "SERVE_PUBLIC": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "AspectEnum": "research.models.register.Aspect",
        "RoleEnum": "accounts.roles.Role",
        "FundRoleEnum": "research.api.serializers.ROLES_OF_FUND",
        "SpeakerRoleEnum": "interviews.states.SpeakerRole",
        "ProgrammeStateEnum": "research.states.ProgrammeState",
        "SeatStateEnum": "research.states.SeatState",
        "InterviewStateEnum": "interviews.states.InterviewState",
        "TranscriptStateEnum": "interviews.states.TranscriptState",
        "CandidateStateEnum": "interviews.states.CandidateState",
        "HonorariumStateEnum": "interviews.states.HonorariumState",
        "ProposalStateEnum": "interviews.states.ProposalState",
        "DraftStateEnum": "synthesis.states.DraftState",
        "DeliverableStateEnum": "synthesis.states.DeliverableState",
    },
}

CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost/"
_BROKER_DIR = DATA_DIR / "broker"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any]
if REDIS_URL:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 900,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
    }
else:
    for folder in ("messages", "control", "processed"):
        (_BROKER_DIR / folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_BROKER_DIR / "messages"),
        "data_folder_out": str(_BROKER_DIR / "messages"),
        "control_folder": str(_BROKER_DIR / "control"),
        "processed_folder": str(_BROKER_DIR / "processed"),
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 15 * 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_CONCURRENCY = env.int("WORKERS", 2)
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TIMEZONE = "UTC"
# How often an expert may be written to or called, and how often heard, in so many days, over all programmes.
EXPERT_REST_DAYS = env.int("EXPERT_REST_DAYS", 30)
EXPERT_CONTACTS = env.int("EXPERT_CONTACTS", 3)
EXPERT_CALLS = env.int("EXPERT_CALLS", 1)
# Further copies of the file that keeps the heads of the audit outside the database, best on another disk.
AUDIT_ANCHORS = [Path(path) for path in env.list("AUDIT_ANCHORS", default=[])]
# How long a job may go without a sign of life, and how often the ledger is swept, in seconds.
JOB_LEASE = env.int("JOB_LEASE", 60)
JOB_SWEEP = env.float("JOB_SWEEP", 5)
# How often booked calls are looked after, in seconds: holds that run out, checks, reminders.
CALL_SWEEP = env.float("CALL_SWEEP", 60)
CELERY_BEAT_SCHEDULE = {
    "sweep-jobs": {"task": "accounts.tasks.sweep_jobs", "schedule": JOB_SWEEP, "options": {"expires": JOB_SWEEP}},
    "sweep-untagged": {"task": "synthesis.tasks.sweep_untagged", "schedule": 30, "options": {"expires": 30}},
    "sweep-editions": {"task": "synthesis.tasks.sweep_editions", "schedule": 60, "options": {"expires": 60}},
    "expire-holds": {"task": "research.tasks.expire_holds", "schedule": 60, "options": {"expires": 60}},
    "refresh-busy-feeds": {
        "task": "interviews.tasks.refresh_busy_feeds",
        "schedule": 5 * 60,
        "options": {"expires": 60},
    },
    "tend-calls": {"task": "interviews.tasks.tend_calls", "schedule": CALL_SWEEP, "options": {"expires": CALL_SWEEP}},
    "sweep-sources": {"task": "interviews.tasks.sweep_sources", "schedule": 5 * 60, "options": {"expires": 60}},
    "anchor-audit": {"task": "accounts.tasks.anchor_audit", "schedule": 60 * 60},
    "verify-audit": {"task": "accounts.tasks.verify_audit", "schedule": 24 * 60 * 60},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {"django.request": {"level": "ERROR"}, "fontTools": {"level": "WARNING"}, "fido2": {"level": "WARNING"}},
}
# Working days before the release by which each step of field work must be over: compliance has its time inside the dates.
FIELD_LEADS = {
    "booking": env.int("FIELD_LAST_BOOKING", 3),
    "call": env.int("FIELD_LAST_CALL", 2),
    "clearance": env.int("FIELD_LAST_CLEARANCE", 1),
    "freeze": env.int("FIELD_FREEZE", 1),
}
