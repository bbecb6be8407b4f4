"""Options of the sandbox: one table, read from the command line and the environment.

`--some-option` is `SANDBOX_SOME_OPTION` in the environment; the command line wins. The defaults
below are for development and are not secret: the keys open nothing but this program.
"""

import argparse
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from dev.sandbox.units import MAX_NAIRA

DEV_FLUTTERWAVE_SECRET_KEY = "FLWSECK_TEST-sandbox-development-only-X"
DEV_FLUTTERWAVE_WEBHOOK_HASH = "sandbox-webhook-hash"
DEV_VTPASS_API_KEY = "sandbox-development-only-api-key"
DEV_VTPASS_PUBLIC_KEY = "PK_sandbox-development-only"
DEV_VTPASS_SECRET_KEY = "SK_sandbox-development-only"


@dataclass(frozen=True, kw_only=True)
class Config:
    """The options of this run; times are in seconds."""

    host: str
    port: int
    public_url: str
    journal: str
    webhook_retry_s: float
    webhook_timeout_s: float
    vendor_minute_s: float
    flutterwave_secret_key: str
    flutterwave_webhook_url: str
    flutterwave_webhook_hash: str
    vtpass_api_key: str
    vtpass_public_key: str
    vtpass_secret_key: str
    vtpass_callback_url: str
    vtpass_float_naira: Decimal


def _parse_seconds(text: str) -> float:
    value = float(text)
    if not math.isfinite(value) or value < 0:
        raise ValueError(text)
    return value


def _parse_port(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 65535:
        raise ValueError(text)
    return value


def _parse_naira(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation as exc:
        raise ValueError(text) from exc
    if not value.is_finite() or not 0 <= value <= MAX_NAIRA or value != round(value, 2):
        raise ValueError(text)
    return value


@dataclass(frozen=True)
class _Option:
    name: str
    default: str
    help: str
    parse: Callable[[str], object] = str


OPTIONS = (
    _Option("host", "127.0.0.1", "address to listen on"),
    _Option("port", "9100", "port to listen on; 0 picks a free one", _parse_port),
    _Option("public-url", "", "how browsers reach the sandbox; empty: from host and port"),
    _Option(
        "journal", "", "append-only file with the state, read again at the next start; empty: none"
    ),
    _Option(
        "webhook-retry-s", "5", "wait between webhook tries (the vendor's is 1800)", _parse_seconds
    ),
    _Option("webhook-timeout-s", "60", "how long one webhook try may take", _parse_seconds),
    _Option(
        "vendor-minute-s", "1", "seconds that stand for one minute at a vendor", _parse_seconds
    ),
    _Option("flutterwave-secret-key", DEV_FLUTTERWAVE_SECRET_KEY, "the only key the API accepts"),
    _Option("flutterwave-webhook-url", "", "where events go; empty: they are only logged"),
    _Option(
        "flutterwave-webhook-hash", DEV_FLUTTERWAVE_WEBHOOK_HASH, "sent in the verif-hash header"
    ),
    _Option("vtpass-api-key", DEV_VTPASS_API_KEY, "the api-key that every call needs"),
    _Option("vtpass-public-key", DEV_VTPASS_PUBLIC_KEY, "the public-key that a GET needs"),
    _Option("vtpass-secret-key", DEV_VTPASS_SECRET_KEY, "the secret-key that a POST needs"),
    _Option("vtpass-callback-url", "", "where callbacks go; empty: they are only logged"),
    _Option(
        "vtpass-float-naira", "1000000", "the merchant's float before any purchase", _parse_naira
    ),
)


def read_config(
    arguments: Sequence[str] | None = None, environment: Mapping[str, str] | None = None
) -> Config:
    """Read the options. A wrong one ends the program with code 2 and a message (argparse)."""
    environment = os.environ if environment is None else environment
    parser = argparse.ArgumentParser(
        prog="python -m dev.sandbox",
        description="Simulated payment vendors for development and tests.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    for option in OPTIONS:
        variable = "SANDBOX_" + option.name.upper().replace("-", "_")
        parser.add_argument(
            f"--{option.name}",
            # argparse also parses a default that is a string, so the environment is checked too.
            default=environment.get(variable) or option.default,
            type=option.parse,
            help=f"{option.help} [{variable}]",
        )
    return Config(**vars(parser.parse_args(arguments)))
