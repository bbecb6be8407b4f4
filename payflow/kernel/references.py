"""References: names that we give, that are never reused and that nobody can guess."""

from __future__ import annotations

import re
import secrets

# Crockford's base 32: no I, L, O or U, so a reference survives being read over a telephone.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 24  # 120 bits
PATTERN = re.compile(rf"PF[A-Z]{{3}}[{_ALPHABET}]{{{_LENGTH}}}")


def new_reference(kind: str) -> str:
    """A fresh reference, such as PFFUN8Q2K...; `kind` is three capital letters.

    29 letters and digits: both Flutterwave versions take 6 to 42 of these.
    Source: docs/vendors/flutterwave.md, sections 4 and 9.
    """
    return f"PF{kind}" + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def is_reference(text: object) -> bool:
    """Whether text could be a reference of ours; anything else need not be looked up."""
    return isinstance(text, str) and PATTERN.fullmatch(text) is not None
