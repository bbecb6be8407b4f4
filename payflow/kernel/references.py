"""References: our ids of transactions. They are random and never used twice."""

from __future__ import annotations

import re
import secrets

# Crockford's base 32: no I, L, O or U, so a reference can be read out over the telephone.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 24  # 120 bits
_PATTERN = re.compile(rf"PF[A-Z]{{3}}[{_ALPHABET}]{{{_LENGTH}}}")


def new_reference(kind: str) -> str:
    """A fresh reference, such as PFFUN8Q2K...; `kind` is three capital letters.

    29 letters and digits; the payment vendor takes 6 to 42 of these.
    Source: that vendor's page in docs/vendors/, sections 4 and 9.
    """
    return f"PF{kind}" + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def is_reference(text: object) -> bool:
    """True if the text has the form of our references. Other texts need no look-up."""
    return isinstance(text, str) and _PATTERN.fullmatch(text) is not None
