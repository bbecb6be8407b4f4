import os
import subprocess
import sys

GOOD = {
    "MONGO_URI": "mongodb://db/",
    "REDIS_URL": "redis://r/0",
    "RABBITMQ_URL": "amqp://b//",
    "JWT_SECRET_KEY": "0f9c1d7e5a3b8264" * 3,
    "FLUTTERWAVE_SECRET_KEY": "FLWSECK-x",
    "FLUTTERWAVE_WEBHOOK_HASH": "a-long-enough-webhook-hash",
}


def start(**environment: str) -> str:
    """What a process says that reads the production settings with just these variables."""
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


def test_a_good_environment_starts() -> None:
    """Production starts with every secret given, and no default for any."""
    assert start(**GOOD) == ""


def test_all_problems_are_named_at_once() -> None:
    """Every variable that is missing or malformed is in the one message."""
    said = start(REDIS_URL="http://r", ACCESS_TOKEN_EXPIRE_MINUTES="soon", LOG_LEVEL="LOUD")

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


def test_production_refuses_what_is_weak() -> None:
    """DEBUG, a short key, a short webhook hash and an armed failpoint: each by name, together."""
    weak = {"DEBUG": "True", "JWT_SECRET_KEY": "short", "FLUTTERWAVE_WEBHOOK_HASH": "x"}
    weak |= {"PAYFLOW_FAILPOINT": "before-ack"}

    said = start(**{**GOOD, **weak})

    assert "ImproperlyConfigured" in said
    assert all(name in said for name in weak)


def test_a_long_key_of_one_letter_is_weak() -> None:
    """Length alone does not make a key strong."""
    assert "JWT_SECRET_KEY" in start(**{**GOOD, "JWT_SECRET_KEY": "a" * 64})
