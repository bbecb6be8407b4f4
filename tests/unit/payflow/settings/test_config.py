import os
import secrets
import subprocess
import sys

import pytest

from payflow.settings.published import EMBEDDED

GOOD = {
    "MONGO_URI": "mongodb://db/",
    "REDIS_URL": "redis://r/0",
    "RABBITMQ_URL": "amqp://b//",
    # Made anew by each run: a value that is written here could be copied.
    "JWT_SECRET_KEY": secrets.token_hex(32),
    "FLUTTERWAVE_SECRET_KEY": f"FLWSECK-{secrets.token_hex(16)}-X",
    "FLUTTERWAVE_WEBHOOK_HASH": secrets.token_hex(16),
}


def start_process(**environment: str) -> str:
    """The output of a process that reads the production settings with only these variables."""
    run = subprocess.run(
        [sys.executable, "-c", "from django.conf import settings; settings.DEBUG"],
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "payflow.settings.production",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stderr if run.returncode else ""


def test_a_complete_environment_is_accepted() -> None:
    """Production has every secret, and no default for any."""
    assert start_process(**GOOD) == ""


def test_one_message_names_all_problems() -> None:
    """Every missing and every malformed variable."""
    said = start_process(REDIS_URL="http://r", ACCESS_TOKEN_EXPIRE_MINUTES="soon", LOG_LEVEL="LOUD")

    for name in (
        "MONGO_URI",
        "REDIS_URL",
        "RABBITMQ_URL",
        "JWT_SECRET_KEY",
        "FLUTTERWAVE_SECRET_KEY",
        "FLUTTERWAVE_WEBHOOK_HASH",
        "ACCESS_TOKEN_EXPIRE_MINUTES",
        "LOG_LEVEL",
    ):
        assert name in said


def test_production_refuses_weak_settings() -> None:
    """DEBUG, a short key, a short webhook hash and an armed failpoint, in one message."""
    weak = {"DEBUG": "True", "JWT_SECRET_KEY": "short", "FLUTTERWAVE_WEBHOOK_HASH": "x"}
    weak |= {"PAYFLOW_FAILPOINT": "before-ack"}

    said = start_process(**{**GOOD, **weak})

    assert "ImproperlyConfigured" in said
    assert all(name in said for name in weak)


def test_weak_and_malformed_settings_are_named_together() -> None:
    """An operator fixes both before the next start."""
    said = start_process(**{**GOOD, "JWT_SECRET_KEY": "short", "LOG_LEVEL": "LOUD"})

    assert "JWT_SECRET_KEY: Too weak" in said
    assert "LOG_LEVEL" in said


def test_production_refuses_the_keys_of_this_repository() -> None:
    """Whoever has read it could sign tokens and webhooks."""
    said = start_process(**{**GOOD, **EMBEDDED, "ALLOWED_HOSTS": "*"})

    assert said.count("It is published in PayFlow's repository") == 2
    assert all(f"{name}: " in said for name in (*EMBEDDED, "ALLOWED_HOSTS"))


def test_a_long_key_of_one_letter_is_refused() -> None:
    """Length alone does not make a key strong."""
    assert "JWT_SECRET_KEY" in start_process(**{**GOOD, "JWT_SECRET_KEY": "a" * 64})


def test_weak_and_misplaced_old_keys_are_refused() -> None:
    """A weak key is as dangerous while it only verifies. The present key is not an old one."""
    strong = secrets.token_hex(32)

    assert start_process(**GOOD, JWT_OLD_KEYS=strong) == ""
    assert "JWT_OLD_KEYS" in start_process(**GOOD, JWT_OLD_KEYS=f"{strong},short")
    assert "JWT_OLD_KEYS" in start_process(**GOOD, JWT_OLD_KEYS=GOOD["JWT_SECRET_KEY"])


def test_an_old_name_of_a_variable_is_refused() -> None:
    """It would be ignored, and the audit would write no anchors."""
    said = start_process(**GOOD, AUDIT_HEADS_FILE="/var/lib/payflow/heads")

    assert "AUDIT_HEADS_FILE: It has a new name: set AUDIT_ANCHORS_FILE instead." in said


@pytest.mark.parametrize("rate", ["5/fortnight", "0/min", "many"])
def test_a_rate_that_cannot_be_counted_is_refused(rate: str) -> None:
    """At the start, and not by an error at each login."""
    said = start_process(**GOOD, AUTH_RATE=rate)

    assert "AUTH_RATE: Not a rate, such as 20/min." in said
