"""One spelling for each password: "é" may be one character or two, as the keyboard makes it."""

from __future__ import annotations

import unicodedata

from django.contrib.auth.hashers import make_password


def normalise_password(password: str) -> str:
    """The password in Unicode's form NFC, as it is hashed and checked."""
    return unicodedata.normalize("NFC", password)


def hash_password(password: str) -> str:
    """The hash that is stored. Slow on purpose."""
    return make_password(normalise_password(password))


def old_spellings(password: str) -> list[str]:
    """What may have been hashed for this password before passwords were normalised.

    Empty for a password without accents, so that nothing is hashed twice.
    """
    forms = [password, unicodedata.normalize("NFD", password)]
    return [form for form in dict.fromkeys(forms) if form != normalise_password(password)]
