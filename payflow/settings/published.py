"""Secrets that this repository shows. They protect nothing, and production refuses them."""

from __future__ import annotations

# Development: the embedded settings and the parts that `make run` starts use the same values.
EMBEDDED = {
    "JWT_SECRET_KEY": "embedded-development-key-that-protects-nothing",
    "FLUTTERWAVE_SECRET_KEY": "FLWSECK_TEST-embedded-X",
    "FLUTTERWAVE_WEBHOOK_HASH": "embedded-webhook-hash",
    "VTPASS_API_KEY": "embedded-api-key",
    "VTPASS_PUBLIC_KEY": "PK_embedded",
    "VTPASS_SECRET_KEY": "SK_embedded",
}
# The defaults of a sandbox that is started by hand. Its image does not contain this package, so
# dev/sandbox/config.py has them again; a test compares both.
SANDBOX = {
    "FLUTTERWAVE_SECRET_KEY": "FLWSECK_TEST-sandbox-development-only-X",
    "FLUTTERWAVE_WEBHOOK_HASH": "sandbox-webhook-hash",
    "VTPASS_API_KEY": "sandbox-development-only-api-key",
    "VTPASS_PUBLIC_KEY": "PK_sandbox-development-only",
    "VTPASS_SECRET_KEY": "SK_sandbox-development-only",
}
PUBLISHED = frozenset({*EMBEDDED.values(), *SANDBOX.values()})
