"""Production behind TLS: what `manage.py check --deploy` finds, and what plain HTTP gets."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from typing import Any

import pytest

from dev.stack.addresses import ROOT

HTTPS = {
    "PATH": os.environ["PATH"],
    "DJANGO_SETTINGS_MODULE": "payflow.settings.production",
    "APP_ADDRESS": "https://pay.example.com/api/v1",
    "MONGO_URI": "mongodb://db/",
    "REDIS_URL": "redis://r/0",
    "RABBITMQ_URL": "amqp://b//",
    "JWT_SECRET_KEY": secrets.token_hex(32),
    "FLUTTERWAVE_SECRET_KEY": f"FLWSECK-{secrets.token_hex(16)}-X",
    "FLUTTERWAVE_WEBHOOK_HASH": secrets.token_hex(16),
}
# Asks without a database: SecurityMiddleware answers before any view.
ASK = """
import json, sys
import django
from django.conf import settings
from django.http import HttpResponse
from django.middleware.security import SecurityMiddleware
from django.test import RequestFactory
django.setup()
answers = []
for path, proto in json.loads(sys.argv[1]):
    ask = RequestFactory(headers={"Host": "pay.example.com", "X-Forwarded-Proto": proto})
    answer = SecurityMiddleware(lambda request: HttpResponse("page"))(ask.get(path))
    answers.append([answer.status_code, dict(answer.headers)])
cookies = [settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE]
print(json.dumps({"answers": answers, "cookies": cookies}))
"""


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT, env={**HTTPS, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def ask(*requests: tuple[str, str], **environment: str) -> Any:
    """The status and headers of each (path, X-Forwarded-Proto), and whether cookies are secure."""
    ended = run("-c", ASK, json.dumps(requests), **environment)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_the_deploy_check_finds_nothing() -> None:
    """No warning of Django or of a package."""
    ended = run("manage.py", "check", "--deploy", "--fail-level", "WARNING")

    assert ended.returncode == 0, ended.stderr
    assert "no issues" in ended.stdout


def test_the_deploy_check_finds_what_a_setting_turns_off() -> None:
    """So the check above can fail."""
    ended = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", HTTPS_REDIRECT="False")

    assert ended.returncode != 0
    assert "security.W008" in ended.stderr


def test_plain_http_is_redirected_and_https_is_told_to_stay() -> None:
    """A year of HTTPS for this host; the cookies never travel in the clear."""
    found = ask(("/admin/", "http"), ("/admin/", "https"))

    (moved, headers), (shown, secure) = found["answers"]
    assert (moved, headers["Location"]) == (301, "https://pay.example.com/admin/")
    assert (shown, secure["Strict-Transport-Security"]) == (200, "max-age=31536000")
    assert found["cookies"] == [True, True]


@pytest.mark.parametrize(
    "path", ["/health", "/health/live", "/metrics", "/api/v1/health", "/api/v1/ping-rabbitmq"]
)
def test_probes_inside_the_network_are_not_redirected(path: str) -> None:
    """They come without the proxy that ends TLS."""
    assert ask((path, "http"))["answers"][0][0] == 200


def test_hsts_and_the_redirect_are_settings() -> None:
    """For hosts below this one, for the browsers' list, or not at all."""
    wide = ask(("/", "https"), HSTS_S="600", HSTS_SUBDOMAINS="True", HSTS_PRELOAD="True")["answers"]
    off = ask(("/", "https"), ("/", "http"), HSTS_S="0", HTTPS_REDIRECT="False")["answers"]

    expected = "max-age=600; includeSubDomains; preload"
    assert wide[0][1]["Strict-Transport-Security"] == expected
    assert [status for status, _ in off] == [200, 200]
    assert "Strict-Transport-Security" not in off[0][1]


def test_a_trial_without_a_certificate_works() -> None:
    """With http:// in APP_ADDRESS nothing is redirected, and no browser is bound to HTTPS."""
    found = ask(("/", "http"), APP_ADDRESS="http://pay.example.com/api/v1")

    [(status, headers)] = found["answers"]
    assert status == 200
    assert "Strict-Transport-Security" not in headers
    assert found["cookies"] == [False, False]
