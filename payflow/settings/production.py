"""Production: all values come from environment variables, and weak ones are refused."""

from __future__ import annotations

from payflow.settings.config import Config
from payflow.settings.weaknesses import find_weaknesses

# Before anything uses them, so that one message names all problems.
Config(find_weaknesses)

from payflow.settings.base import *  # noqa: E402, F403
from payflow.settings.base import CONFIG  # noqa: E402

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
# Without a place for mail none is sent: the log must not have the codes.
MAIL_IS_SENT = bool(CONFIG.mail_host or CONFIG.mail_folder)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
