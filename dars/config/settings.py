"""Django settings: one module for every environment; what differs comes from the environment variables."""

from pathlib import Path

from celery.schedules import crontab
from django.utils.functional import lazy

from dars.config import environment as env
from dars.core.secrets import SecretStore

BASE_DIR = Path(__file__).resolve().parents[2]
STATE_ROOT = Path(env.from_file_or_environment("STATE", str(BASE_DIR / ".state"))).resolve()
DATA_ROOT = STATE_ROOT / "data"  # Delta tables: no identifiers
VAULT_ROOT = STATE_ROOT / "vault"  # identifiers: 0700
STAGING_ROOT = STATE_ROOT / "staging"  # plain files while production needs them: 0700
DELIVERY_ROOT = STATE_ROOT / "delivery"  # encrypted packages
UPLOAD_ROOT = STATE_ROOT / "uploads"  # submissions until they are collected: 0700
DOCUMENT_ROOT = STATE_ROOT / "documents"  # what applicants attach to answers, the only copies: 0700
SECRETS_DIR = Path(env.from_file_or_environment("SECRETS_DIR", str(STATE_ROOT / "secrets")))

DEBUG = env.flag("DEBUG")
DEVELOPMENT = env.flag("DEVELOPMENT")  # generates missing secrets and serves over plain HTTP
# Read when it is first needed: commands that sign nothing work without it.
SECRET_KEY = lazy(lambda: SecretStore(SECRETS_DIR, generate=DEVELOPMENT or DEBUG).text("django"), str)()
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "guardian",
    "rest_framework",
    "allauth",
    "allauth.account",  # asked for by the next; nobody signs in through it
    "allauth.mfa",  # tables and checks of second factors; the pages are ours
    # Leftmost first: an application may import only from those above it (see pyproject, import contracts).
    "dars.core",
    "dars.audit",
    "dars.accounts",
    "dars.organisations",
    "dars.notices",
    "dars.applications",
    "dars.correspondence",
    "dars.panels",
    "dars.agreements",
    "dars.oversight",
    "extracts.collection",
    "extracts.production",
    "extracts.delivery",
    "extracts.statistics",
    "extracts.synthetic",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "dars.core.middleware.SecurityHeadersMiddleware",
    "dars.core.aftermath.AftermathMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Before the next, which reads what was posted: nobody fills the disk without having signed in.
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "dars.core.middleware.DomainErrorMiddleware",
]

ROOT_URLCONF = "dars.config.urls"
WSGI_APPLICATION = "dars.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "dars.config.jinja.environment",
            "context_processors": [
                "django.contrib.messages.context_processors.messages",
                "dars.config.navigation.navigation",
            ],
        },
    },
]

DATABASES = {
    "default": env.database(env.from_file_or_environment("DATABASE_URL", "postgres://dars@127.0.0.1:5432/dars"))
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.from_file_or_environment("REDIS_URL", "redis://127.0.0.1:6379/0")

# Counts of attempts to sign in (dars/accounts/guesses.py), which all web processes share. What is culled is counted
# anew, so there is room for more addresses than anybody could try in five minutes.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_attempt",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
# Object rights are asked of dars.core.permissions alone, so guardian's backend stays unhooked on purpose.
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]  # OWASP's first choice
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# The name under which the audit trail signs, and who watches it: "URL KEY" each, KEY as the witness prints it.
AUDIT_ORIGIN = env.from_file_or_environment("AUDIT_ORIGIN", "dars.example/audit")
AUDIT_WITNESSES = env.words("AUDIT_WITNESSES")

ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
MFA_ADAPTER = "dars.accounts.sealing.SealingAdapter"
MFA_TOTP_ISSUER = "Data Access Request Service"
LOGIN_URL = "accounts:sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "accounts:sign-in"
# Guardian's anonymous user would be an account nobody owns; the service has no anonymous rights.
ANONYMOUS_USER_NAME = None

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 60 * 60  # a working day
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEVELOPMENT
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "dars.core.views.csrf_failure"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_PROXY") else None
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if env.flag("BEHIND_PROXY") else 0  # whose X-Forwarded-For names the client
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 0 if DEVELOPMENT else 31_536_000
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"  # how instants are shown; they are stored in UTC
USE_I18N = False
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "dars" / "static"]
STATIC_ROOT = Path(env.from_file_or_environment("STATIC_ROOT", str(STATE_ROOT / "static")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Serves the files where they stand in development; in production `collectstatic` gathers them first.
WHITENOISE_USE_FINDERS = DEVELOPMENT
FILE_UPLOAD_TEMP_DIR = UPLOAD_ROOT  # large uploads wait there and nowhere else
if DEVELOPMENT:
    UPLOAD_ROOT.mkdir(mode=0o700, parents=True, exist_ok=True)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
# Who looks into documents before anyone opens them: "clamav", "built_in" (the EICAR test file only) or, in development
# alone, "none".
ATTACHMENT_SCANNER = env.from_file_or_environment("ATTACHMENT_SCANNER", "none" if DEVELOPMENT else "clamav")
CLAMAV = env.from_file_or_environment("CLAMAV", "tcp://127.0.0.1:3310")  # or unix:///run/clamav/clamd.ctl

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "EXCEPTION_HANDLER": "dars.core.api.domain_exception_handler",
    "UNAUTHENTICATED_USER": None,
}

# Where the service is, as people type it: what links in e-mails begin with.
SERVICE_URL = env.from_file_or_environment("SERVICE_URL", "http://127.0.0.1:8000").rstrip("/")
# In development e-mails become files (docs/operations.md).
_EMAIL_URL = env.from_file_or_environment("EMAIL_URL", f"file://{STATE_ROOT}/mail" if DEVELOPMENT else "smtp://")
globals().update({f"EMAIL_{name}": value for name, value in env.email(_EMAIL_URL).items()})
EMAIL_TIMEOUT = 20  # seconds; a job that waits for a mail server holds a row
DEFAULT_FROM_EMAIL = env.from_file_or_environment(
    "EMAIL_FROM", "Data Access Request Service <no-reply@localhost.localdomain>"
)

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_TASK_DEFAULT_QUEUE = "default"
# Only a worker that listens to this queue opens the vault, or sees a plain file (docs/security.md).
CELERY_TASK_ROUTES = {
    name: {"queue": "vault"} for name in ("collection.*", "production.*", "delivery.pack", "statistics.*")
}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "outbox-sweep": {"task": "core.sweep_outbox", "schedule": 15.0},
    "audit-sequence": {"task": "audit.sequence", "schedule": 2.0},  # a checkpoint at least every 3 s, the work included
    "audit-witnesses": {"task": "audit.show_witnesses", "schedule": 10.0},
    "runs-sweep": {"task": "production.sweep", "schedule": 15.0},
    "runs-recur": {"task": "production.recur", "schedule": 600.0},
    "submissions-sweep": {"task": "collection.sweep", "schedule": 60.0},
    "tables-compact": {"task": "collection.compact", "schedule": crontab(hour="2", minute="30")},
    "retention-announce": {
        "task": "collection.announce_retention",
        "schedule": crontab(day_of_week="0", hour="3", minute="30"),
    },
    "erasures-sweep": {"task": "collection.sweep_erasures", "schedule": 60.0},
    "counts-sweep": {"task": "statistics.sweep", "schedule": 600.0},
    "publications-sweep": {"task": "statistics.sweep_publications", "schedule": 60.0},
    "agreements-keep-terms": {"task": "agreements.keep_terms", "schedule": 60.0},
    "proposals-lapse": {"task": "accounts.lapse_proposals", "schedule": 600.0},
    "notices-sweep": {"task": "notices.sweep", "schedule": 30.0},
    "documents-sweep": {"task": "applications.sweep_documents", "schedule": 60.0},
    "oversight-watch": {"task": "oversight.watch", "schedule": 600.0},
    "packages-expire": {"task": "delivery.expire", "schedule": 60.0},
}
# Years for which datasets are kept, by name, where they are not the catalogue's.
RETENTION_YEARS = env.numbers("RETENTION_YEARS")
# A backup is destroyed after so many days: that long an erased person can still be found in one (docs/operations.md).
BACKUP_DAYS = int(env.from_file_or_environment("BACKUP_DAYS", "35"))
JOB_LEASE_SECONDS = int(env.from_file_or_environment("JOB_LEASE_SECONDS", "30"))

# DuckDB is always told its limits (docs/operations.md).
ENGINE_THREADS = int(env.from_file_or_environment("ENGINE_THREADS", "2"))
ENGINE_MEMORY_LIMIT = env.from_file_or_environment("ENGINE_MEMORY_LIMIT", "3GB")
SPARK_MASTER = env.from_file_or_environment("SPARK_MASTER")
EXTRACT_RUNNER = env.runner(env.from_file_or_environment("EXTRACT_RUNNER", "duckdb"), SPARK_MASTER)
# At this probability or above what the match ranks leave is linked; None: never (docs/adr/0032).
PROBABLE_LINKS = env.probability("PROBABLE_LINKS")
X_ACCEL = env.flag("X_ACCEL")  # nginx serves downloads that Django has allowed

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.server": {"level": "WARNING"},
        # SQL would carry identifiers of direct opt-outs into the logs, whatever DEBUG says.
        "django.db.backends": {"level": "WARNING", "propagate": False, "handlers": []},
    },
}
