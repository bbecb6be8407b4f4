"""What production refuses: secrets that can be guessed, and settings that open a door.

Source for the key length: RFC 7518 section 3.2 (an HS256 key has at least 256 bits).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from payflow.kernel import failpoints
from payflow.settings.published import PUBLISHED

if TYPE_CHECKING:
    from payflow.settings.config import Config

Problems = Mapping[str, list[str]]

# What a person writes where a random value belongs. Only what is left of a value without these
# words counts, so `payflow-` before 32 random characters is fine.
_WORDS = re.compile(
    r"change|replace|example|placeholder|password|secret|webhook|payflow|flutterwave|vtpass"
    r"|sandbox|embedded|development|production|insecure|default|random|enough|please"
    r"|characters|protects|nothing"
    # Two letters are too often part of a random value.
    r"|(?<![a-z0-9])(me|a|at|of|that|and|is|key|api|here|your|my|long|hash|test|live|least|only)"
    r"(?![a-z0-9])",
    re.IGNORECASE,
)
# `aaaaa`, `12345`, `edcba`: from this many characters on it is no chance.
_RUN = 5
_FEWEST_KINDS = 6  # of different characters
# What both vendors' keys have around their random part.
_KEY_FRAME = re.compile(r"^(FLWSECK(_TEST)?-|PK_|SK_)|-X$")


def find_weaknesses(config: Config) -> Problems:
    """Each variable that production must not start with, and why.

    A variable that could not be read is None here; its own problem is reported already.
    """
    found = {
        failpoints.VARIABLE: _if(
            bool(os.environ.get(failpoints.VARIABLE)),
            "Must not be set in production: it ends processes.",
        ),
        "DEBUG": _if(
            os.environ.get("DEBUG", "").lower() in ("1", "true", "yes", "on"),
            "Must not be set in production.",
        ),
        "JWT_SECRET_KEY": _check_secret(config.jwt_secret_key, least=32),
        "JWT_OLD_KEYS": _check_old_keys(config),
        "FLUTTERWAVE_WEBHOOK_HASH": _check_secret(config.flutterwave_webhook_hash, least=16),
        "FLUTTERWAVE_SECRET_KEY": _check_vendor_key(config.flutterwave_secret_key),
        "VTPASS_API_KEY": _check_vendor_key(config.vtpass_api_key),
        "VTPASS_PUBLIC_KEY": _check_vendor_key(config.vtpass_public_key),
        "VTPASS_SECRET_KEY": _check_vendor_key(config.vtpass_secret_key),
        "ALLOWED_HOSTS": _check_hosts(config.allowed_hosts),
        # A question may overtake its purchase.
        # Source: docs/vendors/vtpass.md, section 4, "Our policy".
        "VTPASS_ABSENT_AFTER_S": _if(
            (config.vtpass_absent_after_s or 600) < 600, "Must be at least 600 in production."
        ),
        **_check_modes(config),
    }
    return {name: texts for name, texts in found.items() if texts}


def count_random(value: str) -> int:
    """How many characters of a value are not known words, runs or repetitions."""
    rest = _without_runs(_without_repetition(_WORDS.sub("", value)))
    return len(rest) if len(set(rest)) >= _FEWEST_KINDS else 0


def _check_old_keys(config: Config) -> list[str]:
    keys = config.jwt_old_keys or []
    if any(_check_secret(key, least=32) for key in keys):
        return ["A key is too weak to be trusted: remove it."]
    return _if(config.jwt_secret_key in keys, "Contains JWT_SECRET_KEY, so nothing was rotated.")


def _check_secret(value: str | None, *, least: int) -> list[str]:
    if not value:
        return []
    if value in PUBLISHED:
        return ["It is published in PayFlow's repository: use a new random value."]
    weak = count_random(value) < least
    return _if(weak, f"Too weak: use at least {least} random characters (openssl rand -hex 32).")


def _check_vendor_key(value: str | None) -> list[str]:
    """A vendor's key has 32 random characters or more; a placeholder has none."""
    weak = bool(value) and (
        value in PUBLISHED or count_random(_KEY_FRAME.sub("", value or "")) < 12
    )
    return _if(weak, "Not a key of the vendor: take it from the vendor's dashboard.")


def _check_hosts(hosts: list[str] | None) -> list[str]:
    """Links and redirects contain the host that a client sends, so it must be one of ours.

    Django knows `*` (every host) and `.example.com` (all hosts below it).
    """
    open_doors = [host for host in hosts or () if "*" in host or re.fullmatch(r"\.[^.]*", host)]
    return [
        f"{host} lets strangers choose the host: name each host, or write .example.com."
        for host in open_doors
    ]


def _check_modes(config: Config) -> dict[str, list[str]]:
    """Test mode at one vendor and live mode at the other would turn play money into real goods.

    Flutterwave has one address for both modes; its key decides. VTpass has two addresses.
    Sources: docs/vendors/flutterwave.md and docs/vendors/vtpass.md, section 1.
    """
    key, vtpass_url = config.flutterwave_secret_key or "", config.vtpass_base_url or ""
    host = urlsplit(vtpass_url).hostname or ""
    is_vtpass = host == "vtpass.com" or host.endswith(".vtpass.com")
    sells = all((config.vtpass_api_key, config.vtpass_public_key, config.vtpass_secret_key))
    if not (is_vtpass and sells):
        return {}
    is_sandbox = host.startswith("sandbox.")
    return {
        "VTPASS_BASE_URL": [
            *_if(
                key.startswith("FLWSECK_TEST") and not is_sandbox,
                "Flutterwave's key is a test key, so play money would buy real airtime.",
            ),
            *_if(
                key.startswith("FLWSECK-") and is_sandbox,
                "Flutterwave's key is a live key, so customers would pay for nothing.",
            ),
        ],
        "VTPASS_SANDBOX_MODE": _if(
            config.vtpass_sandbox_mode is True and not is_sandbox,
            "Must be False with VTpass's live address.",
        ),
    }


def _without_repetition(text: str) -> str:
    """The part that is repeated, if the text is one part again and again."""
    for length in range(1, len(text) // 2 + 1):
        part = text[:length]
        if (part * (len(text) // length + 1)).startswith(text):
            return part
    return text


def _without_runs(text: str) -> str:
    """The text with each run of equal, rising or falling characters cut to its first one."""
    kept, place = "", 0
    while place < len(text):
        length = max(_run_length(text[place:], step) for step in (-1, 0, 1))
        kept += text[place]
        place += length if length >= _RUN else 1
    return kept


def _run_length(text: str, step: int) -> int:
    length = 1
    while length < len(text) and ord(text[length]) - ord(text[length - 1]) == step:
        length += 1
    return length


def _if(problem: bool, text: str) -> list[str]:
    return [text] if problem else []
