"""All environment variables that PayFlow reads. They are checked together at start.

One error names all problems, so an operator can fix them before the next start.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import time
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvValidationError, ValidationError, validate

from payflow.kernel.rates import parse_rate

# Old names of variables. A start with one would silently ignore it.
RENAMED = {"AUDIT_HEADS_FILE": "AUDIT_ANCHORS_FILE"}

POSITIVE = validate.Range(min=1)
NOT_EMPTY = validate.Length(min=1)


class Config:
    """The configuration of this process, read from its environment variables.

    checks: each returns more problems, by the name of the variable. To a check, a variable that
    could not be read is None.
    Raises: ImproperlyConfigured, naming every variable that is missing, malformed or refused.
    """

    def __init__(self, *checks: Callable[[Config], Mapping[str, list[str]]]) -> None:
        # With eager=False the bad values are collected, and seal() reports all of them.
        env = Env(eager=False)
        self._read_platform(env)
        self._read_access(env)
        self._read_vendors(env)
        self._read_money(env)
        problems = {
            old: [f"It has a new name: set {new} instead."]
            for old, new in RENAMED.items()
            if old in os.environ
        }
        try:
            env.seal()
        except EnvValidationError as exc:
            found: Any = exc.error_messages  # by the name of the variable
            problems |= found
        for check in checks:
            for name, texts in check(self).items():
                problems.setdefault(name, []).extend(texts)
        if problems:
            raise ImproperlyConfigured(explain(problems))

    def _read_platform(self, env: Env) -> None:
        self.app_name = env.str("APP_NAME", "PayFlow")
        self.app_address = env.str(
            "APP_ADDRESS", "http://localhost:8000/api/v1", validate=_check_url("http", "https")
        )
        self.allowed_hosts: list[str] = env.list("ALLOWED_HOSTS", [])
        self.cors_allowed_origins: list[str] = env.list(
            "CORS_ALLOWED_ORIGINS", [], validate=_check_origins
        )
        self.trusted_proxies = env.int("TRUSTED_PROXIES", 0, validate=validate.Range(min=0))
        self.mongo_uri = env.str("MONGO_URI", validate=_check_url("mongodb", "mongodb+srv"))
        self.mongo_db_name = env.str("MONGO_DB_NAME", "payflow", validate=NOT_EMPTY)
        self.redis_url = env.str("REDIS_URL", validate=_check_url("redis", "rediss"))
        self.redis_channel = env.str("REDIS_CHANNEL", "payflow:ws", validate=NOT_EMPTY)
        self.rabbitmq_url = env.str(
            "RABBITMQ_URL", validate=_check_url("amqp", "amqps", "redis", "rediss")
        )
        self.retry_base_s = env.int("RETRY_BASE_S", 2, validate=POSITIVE)
        self.retry_limit = env.int("RETRY_LIMIT", 12, validate=validate.Range(min=0))
        self.sweep_interval_s = env.float(
            "SWEEP_INTERVAL_S", 10.0, validate=validate.Range(min=0.1)
        )
        self.catalogue_interval_s = env.float(
            "CATALOGUE_INTERVAL_S", 3600.0, validate=validate.Range(min=1)
        )
        self.refunds_interval_s = env.float(
            "REFUNDS_INTERVAL_S", 900.0, validate=validate.Range(min=1)
        )
        # The "float is low" flag expires after 900 s if it is not renewed: airtime/availability.py.
        self.float_interval_s = env.float(
            "FLOAT_INTERVAL_S", 300.0, validate=validate.Range(min=1, max=600)
        )
        self.audit_at = env.str("AUDIT_AT", "02:30", validate=_check_time_of_day)
        self.reconcile_at = env.str("RECONCILE_AT", "03:00", validate=_check_time_of_day)
        self.reconcile_days = env.int("RECONCILE_DAYS", 7, validate=POSITIVE)
        self.requery_base_s = env.int("REQUERY_BASE_S", 60, validate=POSITIVE)
        self.transfer_resend_after_s = env.int("TRANSFER_RESEND_AFTER_S", 300, validate=POSITIVE)
        self.vtpass_absent_after_s = env.int("VTPASS_ABSENT_AFTER_S", 600, validate=POSITIVE)
        self.inbox_grace_s = env.float("INBOX_GRACE_S", 60.0, validate=validate.Range(min=0))
        self.audit_anchors_file = env.str("AUDIT_ANCHORS_FILE", "")
        self.circuit_failures = env.int("CIRCUIT_FAILURES", 5, validate=POSITIVE)
        self.circuit_open_s = env.int("CIRCUIT_OPEN_S", 30, validate=POSITIVE)
        self.log_level = env.str(
            "LOG_LEVEL",
            "INFO",
            validate=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]),
        )
        self.log_format = env.str(
            "LOG_FORMAT", "json", validate=validate.OneOf(["json", "console"])
        )

    def _read_access(self, env: Env) -> None:
        self.jwt_secret_key = env.str("JWT_SECRET_KEY", validate=NOT_EMPTY)
        # They verify what they signed earlier, and sign nothing.
        self.jwt_old_keys: list[str] = env.list("JWT_OLD_KEYS", [])
        self.jwt_algorithm = env.str(
            "JWT_ALGORITHM", "HS256", validate=validate.OneOf(["HS256", "HS384", "HS512"])
        )
        self.access_token_expire_minutes = env.int(
            "ACCESS_TOKEN_EXPIRE_MINUTES", 30, validate=POSITIVE
        )
        self.refresh_token_expire_days = env.int("REFRESH_TOKEN_EXPIRE_DAYS", 7, validate=POSITIVE)
        self.https_redirect = env.bool("HTTPS_REDIRECT", True)
        self.hsts_s = env.int("HSTS_S", 365 * 86_400, validate=validate.Range(min=0))
        self.hsts_subdomains = env.bool("HSTS_SUBDOMAINS", False)
        self.hsts_preload = env.bool("HSTS_PRELOAD", False)
        self.admin_session_s = env.int("ADMIN_SESSION_S", 8 * 3600, validate=POSITIVE)
        self.admin_idle_s = env.int("ADMIN_IDLE_S", 30 * 60, validate=POSITIVE)
        self.auth_rate = env.str("AUTH_RATE", "20/min", validate=_check_rate)
        # After five wrong transaction PINs in a row.
        self.pin_lock_s = env.int("PIN_LOCK_S", 1800, validate=POSITIVE)

        self.mail_host = env.str("MAIL_HOST", "")
        self.mail_port = env.int("MAIL_PORT", 587, validate=validate.Range(min=1, max=65535))
        self.mail_tls = env.bool("MAIL_TLS", True)
        self.mail_user = env.str("MAIL_USER", "")
        self.mail_password = env.str("MAIL_PASSWORD", "")
        self.mail_from = env.str("MAIL_FROM", "no-reply@localhost", validate=NOT_EMPTY)
        self.mail_folder = env.str("MAIL_FOLDER", "")
        self.name_enquiry_rate = env.str("NAME_ENQUIRY_RATE", "20/min", validate=_check_rate)
        self.name_enquiry_daily_rate = env.str(
            "NAME_ENQUIRY_DAILY_RATE", "200/day", validate=_check_rate
        )
        self.fund_rate = env.str("FUND_RATE", "20/min", validate=_check_rate)
        self.withdraw_rate = env.str("WITHDRAW_RATE", "20/min", validate=_check_rate)
        self.purchase_rate = env.str("PURCHASE_RATE", "20/min", validate=_check_rate)
        self.history_rate = env.str("HISTORY_RATE", "120/min", validate=_check_rate)
        self.health_rate = env.str("HEALTH_RATE", "120/min", validate=_check_rate)
        self.join_rate = env.str("JOIN_RATE", "120/min", validate=_check_rate)

    def _read_vendors(self, env: Env) -> None:
        self.flutterwave_secret_key = env.str("FLUTTERWAVE_SECRET_KEY", validate=NOT_EMPTY)
        self.flutterwave_webhook_hash = env.str("FLUTTERWAVE_WEBHOOK_HASH", validate=NOT_EMPTY)
        self.flutterwave_base_url = env.str(
            "FLUTTERWAVE_BASE_URL",
            "https://api.flutterwave.com/v3",
            validate=_check_url("http", "https"),
        )
        # The vendor's maximum of session_duration.
        # Source: docs/vendors/flutterwave.md, section 2.
        self.flutterwave_link_expiry_minutes = env.int(
            "FLUTTERWAVE_LINK_EXPIRY_MINUTES", 30, validate=validate.Range(min=1, max=1440)
        )
        self.flutterwave_test_suffix = env.str(
            "FLUTTERWAVE_TEST_SUFFIX", "", validate=validate.Regexp(r"^(_[A-Za-z0-9_]+)?$")
        )
        self.flutterwave_redirect_url = env.str(
            "FLUTTERWAVE_REDIRECT_URL", "/wallet/flutterwave/callback", validate=NOT_EMPTY
        )
        # The vendor's own time-out is about 28 s. A shorter time-out here would turn its slow
        # answers into unknown outcomes. Source: docs/vendors/flutterwave.md, section 1.
        self.vendor_connect_timeout_s = env.float("VENDOR_CONNECT_TIMEOUT_S", 5.0)
        self.vendor_read_timeout_s = env.float("VENDOR_READ_TIMEOUT_S", 38.0)
        # A customer waits for a look-up, and may repeat it. It moves no money.
        self.vendor_lookup_timeout_s = env.float(
            "VENDOR_LOOKUP_TIMEOUT_S", 5.0, validate=validate.Range(min=0.1)
        )
        # Below the threads of a web process: see the Dockerfile.
        self.vendor_concurrency = env.int("VENDOR_CONCURRENCY", 6, validate=POSITIVE)
        self.vtpass_api_key = env.str("VTPASS_API_KEY", "")
        self.vtpass_public_key = env.str("VTPASS_PUBLIC_KEY", "")
        self.vtpass_secret_key = env.str("VTPASS_SECRET_KEY", "")
        # Short, because a customer waits; a slower purchase is requeried.
        self.vtpass_read_timeout_s = env.float("VTPASS_READ_TIMEOUT_S", 15.0)
        # Nothing is sold while our float is below this.
        self.vtpass_low_float_kobo = env.int(
            "VTPASS_LOW_FLOAT_KOBO", 5_000_00, validate=validate.Range(min=0)
        )
        self.vtpass_sandbox_mode = env.bool("VTPASS_SANDBOX_MODE", True)
        self.vtpass_base_url = env.str(
            "VTPASS_BASE_URL",
            "https://sandbox.vtpass.com/api",
            validate=_check_url("http", "https"),
        )

    def _read_money(self, env: Env) -> None:
        # A second order that looks like the first is a double click until it is confirmed.
        self.duplicate_window_s = env.int("DUPLICATE_WINDOW_S", 120, validate=validate.Range(min=0))
        self.funding_min_kobo = env.int("FUNDING_MIN_KOBO", 100_00, validate=POSITIVE)
        self.funding_max_kobo = env.int("FUNDING_MAX_KOBO", 10_000_000_00, validate=POSITIVE)
        # The vendor sends no transfer below 100 naira.
        # Source: docs/vendors/flutterwave.md, section 4, "Retry".
        self.withdrawal_min_kobo = env.int("WITHDRAWAL_MIN_KOBO", 100_00, validate=POSITIVE)
        self.withdrawal_max_kobo = env.int("WITHDRAWAL_MAX_KOBO", 1_000_000_00, validate=POSITIVE)
        self.withdrawal_daily_kobo = env.int(
            "WITHDRAWAL_DAILY_KOBO", 5_000_000_00, validate=POSITIVE
        )
        # Tiers: up to the first amount the fee is the second, in kobo. The last has no upper end.
        # Assumed: these are the vendor's NGN tiers, rounded up to kobo. They are inferred from
        # samples: docs/vendors/flutterwave.md, section 4, "Fee".
        self.withdrawal_fee_tiers: list[tuple[int | None, int]] = env.list(
            "WITHDRAWAL_FEE_TIERS",
            [(5_000_00, 10_75), (50_000_00, 26_88), (None, 53_75)],
            subcast=_parse_tier,
            validate=_check_last_tier,
        )


def explain(problems: Mapping[str, list[str]]) -> str:
    """The problems as text: one line for each variable, in alphabetical order."""
    lines = [f"  {name}: {' '.join(texts)}" for name, texts in sorted(problems.items())]
    return (
        "PayFlow cannot start. Fix these environment variables:\n"
        + "\n".join(lines)
        + '\nIn development, `make run` and `make manage ARGS="..."` set all of them.'
    )


def _parse_tier(text: str | tuple[int | None, int]) -> tuple[int | None, int]:
    if isinstance(text, tuple):
        return text
    upto, _, fee = text.partition(":")
    if not fee.isdecimal() or not (upto == "*" or upto.isdecimal()):
        raise ValidationError("Give pairs such as 500000:1075,*:5375, in kobo.")
    return None if upto == "*" else int(upto), int(fee)


def _check_rate(value: str) -> None:
    try:
        parse_rate(value)
    except ValueError as exc:
        raise ValidationError(str(exc)) from None


def _check_time_of_day(value: str) -> None:
    try:
        time.fromisoformat(value)
    except ValueError:
        raise ValidationError("Not a time of day, such as 02:30.") from None


def _check_last_tier(tiers: list[tuple[int | None, int]]) -> None:
    ends = [upto for upto, _ in tiers]
    if not ends or ends[-1] is not None or None in ends[:-1]:
        raise ValidationError("The last tier, and no other, must be *.")


def _check_origins(values: list[str]) -> None:
    for value in values:
        parts = urlsplit(value)
        if value != f"{parts.scheme}://{parts.netloc}" or parts.scheme not in ("http", "https"):
            raise ValidationError(f"{value} is not an origin, such as https://app.example.com.")


def _check_url(*schemes: str) -> Callable[[str], None]:
    def check(value: str) -> None:
        parts = urlsplit(value)
        if parts.scheme not in schemes or not parts.netloc:
            raise ValidationError(f"Not a URL that starts with {' or '.join(schemes)}://.")

    return check
