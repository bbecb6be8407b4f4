"""Keeps secrets out of logs: a second line of defence behind code that does not log them."""

from __future__ import annotations

import logging
import re
from functools import cache

from django.conf import settings
from pythonjsonlogger.json import JsonFormatter

HIDDEN = "[hidden]"
# Settings whose values are secret.
_SETTINGS = (
    *("SECRET_KEY", "FLUTTERWAVE_SECRET_KEY", "FLUTTERWAVE_WEBHOOK_HASH"),
    *("VTPASS_API_KEY", "VTPASS_PUBLIC_KEY", "VTPASS_SECRET_KEY"),
)
# A header, a field or a parameter with a secret value, in JSON, in a URL or in a Python text.
_NAMED = re.compile(
    r"(?i)\b(authorization|cookie|verif-hash|flutterwave-signature|(?:api|public|secret)-key"
    r"|x-transaction-pin|(?:old_|new_)?password|pin|refresh_token|access_token|token)"
    r"(\\?[\"']?\s*[:=,]\s*b?\\?[\"']?)(?:Bearer\s+)?[^\s\"'&,;}\\]+"
)
_BEARER = re.compile(r"(?i)\bBearer\s+[\w.~+/-]{8,}=*")
_JWT = re.compile(r"\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*")


def redact(text: str) -> str:
    """The text without our secrets, tokens, and the values of fields that hold secrets."""
    for secret in _secrets():
        text = text.replace(secret, HIDDEN)
    text = _NAMED.sub(rf"\1\2{HIDDEN}", text)
    return _JWT.sub(HIDDEN, _BEARER.sub(f"Bearer {HIDDEN}", text))


class ConsoleFormatter(logging.Formatter):
    """Lines for people."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class RedactingJsonFormatter(JsonFormatter):
    """Lines for machines."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


@cache
def _secrets() -> tuple[str, ...]:
    """The longest first, in case one contains another."""
    values = {str(getattr(settings, name, "")) for name in _SETTINGS}
    return tuple(sorted((value for value in values if len(value) >= 8), key=len, reverse=True))
