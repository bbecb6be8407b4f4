"""Production: all values come from environment variables, and weak ones are refused.

Source for the key length: RFC 7518 section 3.2 (an HS256 key has at least 256 bits).
"""

from __future__ import annotations

import os

from django.core.exceptions import ImproperlyConfigured

from payflow.kernel import failpoints
from payflow.settings.base import *  # noqa: F403
from payflow.settings.base import CONFIG
from payflow.settings.config import explain

_weak: dict[str, list[str]] = {}
if os.environ.get(failpoints.VARIABLE):
    _weak[failpoints.VARIABLE] = ["Must not be set in production: it ends processes."]
if os.environ.get("DEBUG", "").lower() in ("1", "true", "yes", "on"):
    _weak["DEBUG"] = ["Must not be set in production."]
if len(CONFIG.jwt_secret_key.encode()) < 32 or len(set(CONFIG.jwt_secret_key)) < 10:
    _weak["JWT_SECRET_KEY"] = ["Too weak: use at least 32 random bytes."]
if len(CONFIG.flutterwave_webhook_hash) < 16:
    _weak["FLUTTERWAVE_WEBHOOK_HASH"] = ["Too short: use at least 16 random characters."]
# A question may overtake its purchase. Source: docs/vendors/vtpass.md, section 4, "Our policy".
if CONFIG.vtpass_absent_after_s < 600:
    _weak["VTPASS_ABSENT_AFTER_S"] = ["Must be at least 600 in production."]
if _weak:
    raise ImproperlyConfigured(explain(_weak))

# The proxy ends TLS. It sets this header, and removes one that a client sent.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_TRUSTED_ORIGINS = ["/".join(CONFIG.app_address.split("/")[:3])]
# A trial on a developer's machine has no certificate. A public server must have one.
_HTTPS = CONFIG.app_address.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SECURE_HSTS_SECONDS = CONFIG.hsts_s if _HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = CONFIG.hsts_subdomains
SECURE_HSTS_PRELOAD = CONFIG.hsts_preload
SECURE_SSL_REDIRECT = _HTTPS and CONFIG.https_redirect
# Probes and Prometheus ask inside the network, without the proxy and its TLS.
SECURE_REDIRECT_EXEMPT = [r"^(api/v1/)?(health|health/live|ping-rabbitmq|metrics)$"]
# Whether other hosts of the domain speak TLS only is for its owner to say: HSTS_SUBDOMAINS.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
