"""What a log line never shows."""

from __future__ import annotations

import io
import logging
import logging.config
from typing import Any

import pytest
from django.conf import settings

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
SAID = [
    f"verif-hash: {settings.FLUTTERWAVE_WEBHOOK_HASH}",
    f"GET /x?hash={settings.FLUTTERWAVE_WEBHOOK_HASH}&a=1",
    f"key {settings.FLUTTERWAVE_SECRET_KEY} refused",
    f"signed with {settings.SECRET_KEY}",
    f"keys {settings.VTPASS_API_KEY} {settings.VTPASS_PUBLIC_KEY} {settings.VTPASS_SECRET_KEY}",
    f"{{'Authorization': 'Bearer {JWT}'}}",
    f"a token alone: {JWT}",
    '{"email": "a@b.c", "password": "correct-horse-9"}',
    "{'new_password': 'correct-horse-9'}",
    "password=correct-horse-9&email=a",
    "X-Transaction-PIN: 483920",
    '{"pin": "483920"}',
    "verif-hash: of-an-older-key",
]
NEVER = (
    *(settings.FLUTTERWAVE_WEBHOOK_HASH, settings.FLUTTERWAVE_SECRET_KEY, settings.SECRET_KEY),
    *(settings.VTPASS_API_KEY, settings.VTPASS_PUBLIC_KEY, settings.VTPASS_SECRET_KEY),
    *(JWT, "correct-horse-9", "483920", "of-an-older-key"),
)


@pytest.fixture(params=["json", "console"])
def log(request: Any) -> Any:
    """A logger with the formatter of the settings, and what it has written."""
    written = io.StringIO()
    config = settings.LOGGING["formatters"][request.param]
    configurator = logging.config.DictConfigurator({})
    handler = logging.StreamHandler(written)
    handler.setFormatter(configurator.configure_formatter(dict(config)))
    for name, options in settings.LOGGING["filters"].items():
        handler.addFilter(configurator.configure_filter(dict(options)))
        assert name
    logger = logging.Logger("redaction")
    logger.addHandler(handler)
    return logger, written


@pytest.mark.parametrize("text", SAID)
def test_a_secret_is_hidden_in_a_message_in_its_arguments_and_in_a_traceback(
    log: Any, text: str
) -> None:
    """The line is still written."""
    logger, written = log
    logger.warning(text)
    logger.warning("%s", text)
    try:
        raise ValueError(text)
    except ValueError:
        logger.exception("failed")

    assert [secret for secret in NEVER if secret in written.getvalue()] == []
    assert written.getvalue().count("[hidden]") >= 3


def test_other_text_is_untouched(log: Any) -> None:
    """References, request ids, addresses and numbers."""
    logger, written = log
    text = "GET /api/v1/wallet/transactions/PFFUN4G0Y24SBBDM604DMKVQACSXP 200 in 13 ms"
    logger.warning(text)

    assert text in written.getvalue()
