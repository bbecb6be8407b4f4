"""What production refuses to start with."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from dev.sandbox import config as sandbox
from dev.stack.addresses import ROOT
from payflow.settings.config import Config
from payflow.settings.published import EMBEDDED, SANDBOX
from payflow.settings.weaknesses import find_weaknesses

SECRETS = ("JWT_SECRET_KEY", "FLUTTERWAVE_WEBHOOK_HASH", "FLUTTERWAVE_SECRET_KEY")
SECRETS += ("VTPASS_API_KEY", "VTPASS_PUBLIC_KEY", "VTPASS_SECRET_KEY")
LIVE_VTPASS = {
    "VTPASS_API_KEY": secrets.token_hex(16),
    "VTPASS_PUBLIC_KEY": f"PK_{secrets.token_hex(20)}",
    "VTPASS_SECRET_KEY": f"SK_{secrets.token_hex(20)}",
    "VTPASS_BASE_URL": "https://vtpass.com/api",
    "VTPASS_SANDBOX_MODE": "False",
}


@pytest.fixture
def refused(monkeypatch: Any) -> Any:
    """The variables that production refuses if these are set beside a good environment."""

    def find(**variables: str) -> set[str]:
        for name in list(os.environ):
            monkeypatch.delenv(name)
        good = {
            "MONGO_URI": "mongodb://db/",
            "REDIS_URL": "redis://r/0",
            "RABBITMQ_URL": "amqp://b//",
            "JWT_SECRET_KEY": secrets.token_hex(32),
            "FLUTTERWAVE_SECRET_KEY": f"FLWSECK-{secrets.token_hex(16)}-X",
            "FLUTTERWAVE_WEBHOOK_HASH": secrets.token_hex(16),
        }
        for name, value in {**good, **variables}.items():
            monkeypatch.setenv(name, value)
        try:
            Config(find_weaknesses)
        except ImproperlyConfigured as exc:
            return set(re.findall(r"^  ([A-Z_]+):", str(exc), re.MULTILINE))
        return set()

    return find


@pytest.mark.parametrize("_", range(20))
def test_random_secrets_are_accepted(refused: Any, _: int) -> None:
    """Those that the documents tell an operator to make, and longer texts around them."""
    assert refused(**LIVE_VTPASS) == set()
    assert refused(FLUTTERWAVE_WEBHOOK_HASH=f"payflow-webhook-{secrets.token_urlsafe(24)}") == set()


@pytest.mark.parametrize("values", [EMBEDDED, SANDBOX], ids=["embedded", "sandbox"])
def test_the_keys_of_this_repository_are_refused(refused: Any, values: dict[str, str]) -> None:
    """Everyone can read them; each is named."""
    assert refused(**values) == set(values)


def test_the_sandbox_has_no_other_default() -> None:
    """Its image has no settings, so it repeats them."""
    defaults = {name: getattr(sandbox, f"DEV_{name}") for name in SANDBOX}

    assert defaults == SANDBOX


def test_every_secret_that_a_file_of_this_repository_shows_is_refused(refused: Any) -> None:
    """In settings, images, examples and documents, beside the name of its variable."""
    pattern = re.compile(rf"""\b({"|".join(SECRETS)})["']?\s*[=:]\s*f?["']?([\w-]+)(?=["'\s,`])""")
    listed = subprocess.run(
        ["git", "ls-files", "*.py", "*.md", "*.yml", "*file", ".env.example", ".ci", "*.toml"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    found = {
        (file, name, value)
        for file in listed
        if not file.startswith("tests/")
        for name, value in pattern.findall(Path(ROOT, file).read_text())
    }

    assert found  # or the pattern is wrong
    assert {each for each in found if each[1] not in refused(**{each[1]: each[2]})} == set()


@pytest.mark.parametrize(
    "value",
    [
        "aaaaaaaaaaaaaaaa",
        "a" * 64,
        "abababab" * 8,
        "0f9c1d7e" * 8,
        "0123456789abcdefghijklmnopqrstuvwxyz",
        "change-me-please-change-me-please-1",
        "your-webhook-secret-hash-of-at-least-16-random-characters",
        "<at least 32 random characters>",
    ],
)
def test_a_secret_that_can_be_guessed_is_refused(refused: Any, value: str) -> None:
    """Length alone makes no secret."""
    assert refused(JWT_SECRET_KEY=value, FLUTTERWAVE_WEBHOOK_HASH=value) == {
        "JWT_SECRET_KEY",
        "FLUTTERWAVE_WEBHOOK_HASH",
    }


@pytest.mark.parametrize("value", ["key", "FLWSECK-x", "FLWSECK-XXXXXXXXXXXXXXXXXXXXXXXX-X"])
def test_a_placeholder_is_no_vendor_key(refused: Any, value: str) -> None:
    """Every call would be refused by the vendor."""
    assert refused(FLUTTERWAVE_SECRET_KEY=value) == {"FLUTTERWAVE_SECRET_KEY"}


@pytest.mark.parametrize("hosts", ["*", "pay.example.com,*", "*.example.com", ".", ".com"])
def test_a_wildcard_for_every_host_is_refused(refused: Any, hosts: str) -> None:
    """A client must not choose the host that links contain."""
    assert refused(ALLOWED_HOSTS=hosts) == {"ALLOWED_HOSTS"}


def test_named_hosts_are_accepted(refused: Any) -> None:
    """Also all hosts below one domain, and those of the inner network."""
    assert refused(ALLOWED_HOSTS="pay.example.com,.example.com,web,localhost") == set()


def test_test_mode_at_one_vendor_and_live_mode_at_the_other_is_refused(refused: Any) -> None:
    """Play money would buy real airtime, or real money none."""
    test_key = f"FLWSECK_TEST-{secrets.token_hex(16)}-X"
    sandbox_url = "https://sandbox.vtpass.com/api"
    test_vtpass = {**LIVE_VTPASS, "VTPASS_BASE_URL": sandbox_url, "VTPASS_SANDBOX_MODE": "True"}

    assert refused(**LIVE_VTPASS, FLUTTERWAVE_SECRET_KEY=test_key) == {"VTPASS_BASE_URL"}
    assert refused(**test_vtpass) == {"VTPASS_BASE_URL"}
    assert refused(**test_vtpass, FLUTTERWAVE_SECRET_KEY=test_key) == set()
    assert refused(FLUTTERWAVE_SECRET_KEY=test_key) == set()


def test_test_numbers_are_refused_at_the_live_vendor(refused: Any) -> None:
    """VTPASS_SANDBOX_MODE accepts numbers that only the vendor's test environment knows."""
    assert refused(**{**LIVE_VTPASS, "VTPASS_SANDBOX_MODE": "True"}) == {"VTPASS_SANDBOX_MODE"}
