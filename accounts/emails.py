"""How an e-mail address is stored and looked up: one spelling for one mailbox."""

from __future__ import annotations

import idna
from django.core.exceptions import ValidationError

_LONGEST = 254


def normalise_email(email: str) -> str:
    """The address in lower case, its domain as the DNS has it: `straße.de` is `xn--strae-oqa.de`.

    Case folding would be wrong: it makes `strasse.de` of it, which is another domain. A text that
    is no address comes back in lower case, and no user has it.
    """
    name, at, domain = email.strip().rpartition("@")
    return f"{name.lower()}{at}{_encode(domain) or domain.lower()}"


def check_email(email: str) -> None:
    """Raises: ValidationError, if no mail could reach the address."""
    name, _, domain = email.strip().rpartition("@")
    encoded = _encode(domain)
    if not (name.isascii() and encoded and len(name) + 1 + len(encoded) <= _LONGEST):
        raise ValidationError("Enter a valid email address.", code="invalid")


def _encode(domain: str) -> str | None:
    try:
        return idna.encode(domain, uts46=True).decode()
    except UnicodeError:  # idna's own errors are of this kind
        return None
