"""The settings that production, development and tests share. No secret has a default here."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from payflow.settings import queues
from payflow.settings.config import Config

ROOT = Path(__file__).resolve().parents[2]
CONFIG = Config()

DEBUG = False
SECRET_KEY = CONFIG.jwt_secret_key
SECRET_KEY_FALLBACKS = CONFIG.jwt_old_keys
APP_NAME = CONFIG.app_name
APP_ADDRESS = CONFIG.app_address.rstrip("/")
ALLOWED_HOSTS = CONFIG.allowed_hosts or [urlsplit(APP_ADDRESS).hostname or "localhost"]

DEFAULT_AUTO_FIELD = "django_mongodb_backend.fields.ObjectIdAutoField"
AUTH_USER_MODEL = "accounts.User"
# Django's own migrations use integer keys; ours use MongoDB's ObjectId.
MIGRATION_MODULES = {
    app: f"payflow.mongo_migrations.{app}" for app in ("admin", "auth", "contenttypes")
}

INSTALLED_APPS = [
    "daphne",  # must be first: its runserver replaces Django's
    "payflow.mongo_apps.MongoAdminConfig",
    "payflow.mongo_apps.MongoAuthConfig",
    "payflow.mongo_apps.MongoContentTypesConfig",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_mongodb_backend",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "corsheaders",
    "payflow",
    "accounts",
    "wallets",
    "airtime",
    "notifications",
]

MIDDLEWARE = [
    "payflow.api.request_id.RequestIdMiddleware",
    "payflow.api.page_headers.PageHeadersMiddleware",
    "payflow.api.throttles.RateLimitMiddleware",
    "payflow.api.caching.NoStoreMiddleware",
    "payflow.api.waiting.CustomerWaitsMiddleware",
    "corsheaders.middleware.CorsMiddleware",  # it answers preflights, so before OPTIONS
    "payflow.api.chunked.ChunkedBodyMiddleware",
    "payflow.api.options.OptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.staff_sessions.SessionLimitsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

# Pages of these origins may call the API. Tokens come in a header, never in a cookie.
CORS_ALLOWED_ORIGINS = CONFIG.cors_allowed_origins
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_HEADERS = ["authorization", "content-type", "idempotency-key", "x-transaction-pin"]
CORS_EXPOSE_HEADERS = [
    "Retry-After",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "X-Request-ID",
]

ROOT_URLCONF = "payflow.urls"
ASGI_APPLICATION = "payflow.asgi.application"
WSGI_APPLICATION = "payflow.wsgi.application"
# A vendor counts any redirect as a failed webhook, and a POST cannot follow one.
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- Data ------------------------------------------------------------------------------------

DATABASES = {
    "default": {
        "ENGINE": "django_mongodb_backend",
        "HOST": CONFIG.mongo_uri,
        "NAME": CONFIG.mongo_db_name,
        "OPTIONS": {
            "uuidRepresentation": "standard",
            "serverSelectionTimeoutMS": 3000,
            "connectTimeoutMS": 3000,
            "retryWrites": True,
            # No read or write concern here: under a bound session PyMongo would send it with
            # every command of an atomic block, which servers refuse. payflow/kernel/db.py gives
            # each block its concerns.
            "appname": "payflow",
        },
    }
}
DATABASE_ROUTERS = ["django_mongodb_backend.routers.MongoRouter"]
# How long one atomic block may retry write conflicts.
ATOMIC_TIMEOUT_S = 15.0

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CONFIG.redis_url,
        "KEY_PREFIX": "payflow",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
    }
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {
            "hosts": [
                {"address": CONFIG.redis_url, "socket_connect_timeout": 2, "socket_timeout": 10}
            ],
            "prefix": CONFIG.redis_channel,
            "capacity": 500,
        },
    }
}

# --- Users -----------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = ["accounts.backends.PasswordBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.BCryptSHA256PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
SIMPLE_JWT = {
    "ALGORITHM": CONFIG.jwt_algorithm,
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=CONFIG.access_token_expire_minutes),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=CONFIG.refresh_token_expire_days),
}
# Sessions are for the admin only. A browser forgets the cookie when it is closed.
ADMIN_SESSION_S = SESSION_COOKIE_AGE = CONFIG.admin_session_s
ADMIN_IDLE_S = CONFIG.admin_idle_s
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
PIN_LOCK_S = CONFIG.pin_lock_s
# Mail goes to a server, or into a folder, or else to the output of the worker.
MAIL_IS_SENT = True
_MAIL_BACKEND = "smtp" if CONFIG.mail_host else "filebased" if CONFIG.mail_folder else "console"
EMAIL_BACKEND = f"django.core.mail.backends.{_MAIL_BACKEND}.EmailBackend"
EMAIL_HOST = CONFIG.mail_host
EMAIL_PORT = CONFIG.mail_port
EMAIL_USE_TLS = CONFIG.mail_tls
EMAIL_HOST_USER = CONFIG.mail_user
EMAIL_HOST_PASSWORD = CONFIG.mail_password
EMAIL_TIMEOUT = 20
EMAIL_FILE_PATH = CONFIG.mail_folder
DEFAULT_FROM_EMAIL = CONFIG.mail_from
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

# --- HTTP ------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "payflow.api.parsers.JsonBody",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "payflow.api.negotiation.AlwaysAnswer",
    "DEFAULT_SCHEMA_CLASS": "payflow.api.schema.ApiSchema",
    "EXCEPTION_HANDLER": "payflow.api.errors.exception_handler",
    "NUM_PROXIES": CONFIG.trusted_proxies,
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# How often each may happen. The names are the scopes in payflow/api/throttles.py.
RATE_LIMITS = {
    "auth": CONFIG.auth_rate,
    # Wrong passwords: of one account from one address, from one address, and of one account.
    "sign_in": "10/min",
    "sign_in_address": "100/hour",
    "sign_in_account": "500/hour",
    # Codes mailed to one person.
    "code": "5/hour",
    # Anybody can send callbacks, because they are unsigned; the vendor sends few.
    "callback": "120/min",
    "name_enquiry": CONFIG.name_enquiry_rate,
    "name_enquiry_day": CONFIG.name_enquiry_daily_rate,
    "fund": CONFIG.fund_rate,
    "withdraw": CONFIG.withdraw_rate,
    "purchase": CONFIG.purchase_rate,
    "history": CONFIG.history_rate,
    "health": CONFIG.health_rate,
    "join": CONFIG.join_rate,
}
SPECTACULAR_SETTINGS = {
    "TITLE": APP_NAME,
    "DESCRIPTION": "Naira wallets: funding, withdrawals, airtime and data.",
    "TAGS": [{"name": name} for name in ("auth", "wallet", "airtime", "vendors", "health")],
    "VERSION": "0.1.0",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "PREPROCESSING_HOOKS": ["payflow.api.schema.keep_api_paths"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "payflow.api.schema.close_objects",
    ],
    "COMPONENT_SPLIT_REQUEST": True,
}
# Every body that we accept is far smaller: a vendor's webhook has a few kilobytes.
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024

STATIC_URL = "/static/"
STATIC_ROOT = ROOT / "staticfiles"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True

# --- Background work -------------------------------------------------------------------------

RABBITMQ_URL = CONFIG.rabbitmq_url
TASK_ROUTES = queues.TASK_ROUTES
DEFAULT_QUEUE = queues.DEFAULT_QUEUE
QUEUES = queues.QUEUES
REDIS_URL = CONFIG.redis_url
RETRY_BASE_S = CONFIG.retry_base_s
RETRY_CAP_S = 600
# With the default base and this cap a task is tried for about 45 minutes.
RETRY_LIMIT = CONFIG.retry_limit
AUDIT_ANCHORS_FILE = CONFIG.audit_anchors_file
# After this many failures in a row, a vendor is not called for this long.
CIRCUIT_FAILURES = CONFIG.circuit_failures
CIRCUIT_OPEN_S = CONFIG.circuit_open_s
SWEEP_INTERVAL_S = CONFIG.sweep_interval_s
CATALOGUE_INTERVAL_S = CONFIG.catalogue_interval_s
FLOAT_INTERVAL_S = CONFIG.float_interval_s
REFUNDS_INTERVAL_S = CONFIG.refunds_interval_s
# Times of day in Lagos.
AUDIT_AT = CONFIG.audit_at
RECONCILE_AT = CONFIG.reconcile_at
RECONCILE_DAYS = CONFIG.reconcile_days
INBOX_GRACE_S = CONFIG.inbox_grace_s
REQUERY_BASE_S = CONFIG.requery_base_s
TRANSFER_RESEND_AFTER_S = CONFIG.transfer_resend_after_s
VTPASS_ABSENT_AFTER_S = CONFIG.vtpass_absent_after_s

# --- Money and vendors -----------------------------------------------------------------------

DUPLICATE_WINDOW_S = CONFIG.duplicate_window_s
FUNDING_MIN_KOBO = CONFIG.funding_min_kobo
FUNDING_MAX_KOBO = CONFIG.funding_max_kobo
WITHDRAWAL_MIN_KOBO = CONFIG.withdrawal_min_kobo
WITHDRAWAL_MAX_KOBO = CONFIG.withdrawal_max_kobo
WITHDRAWAL_DAILY_KOBO = CONFIG.withdrawal_daily_kobo
WITHDRAWAL_FEE_TIERS = CONFIG.withdrawal_fee_tiers
FLUTTERWAVE_SECRET_KEY = CONFIG.flutterwave_secret_key
FLUTTERWAVE_WEBHOOK_HASH = CONFIG.flutterwave_webhook_hash
FLUTTERWAVE_BASE_URL = CONFIG.flutterwave_base_url.rstrip("/")
FLUTTERWAVE_LINK_EXPIRY_MINUTES = CONFIG.flutterwave_link_expiry_minutes
FLUTTERWAVE_TEST_SUFFIX = CONFIG.flutterwave_test_suffix
FLUTTERWAVE_REDIRECT_URL = CONFIG.flutterwave_redirect_url
VENDOR_CONNECT_TIMEOUT_S = CONFIG.vendor_connect_timeout_s
VENDOR_READ_TIMEOUT_S = CONFIG.vendor_read_timeout_s
VENDOR_LOOKUP_TIMEOUT_S = CONFIG.vendor_lookup_timeout_s
VENDOR_CONCURRENCY = CONFIG.vendor_concurrency
VTPASS_API_KEY = CONFIG.vtpass_api_key
VTPASS_PUBLIC_KEY = CONFIG.vtpass_public_key
VTPASS_SECRET_KEY = CONFIG.vtpass_secret_key
VTPASS_READ_TIMEOUT_S = CONFIG.vtpass_read_timeout_s
VTPASS_LOW_FLOAT_KOBO = CONFIG.vtpass_low_float_kobo
VTPASS_SANDBOX_MODE = CONFIG.vtpass_sandbox_mode
VTPASS_BASE_URL = CONFIG.vtpass_base_url.rstrip("/")

# --- Logs ------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"context": {"()": "payflow.kernel.logs.ContextFilter"}},
    "formatters": {
        "json": {
            "()": "payflow.redaction.RedactingJsonFormatter",
            "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s %(task_id)s",
        },
        "console": {
            "()": "payflow.redaction.ConsoleFormatter",
            "format": "{asctime} {levelname:<7} {name} [{request_id} {task_id}] {message}",
            "style": "{",
        },
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": CONFIG.log_format,
            "filters": ["context"],
        }
    },
    "root": {"handlers": ["stderr"], "level": CONFIG.log_level},
    "loggers": {
        # The access log has a line for each refused request already.
        "django.request": {"level": "ERROR"},
        "django.channels.server": {"level": "WARNING"},
    },
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
