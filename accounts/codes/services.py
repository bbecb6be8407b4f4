"""Issuing a code, and spending it once.

A code has six digits and is valid for a quarter of an hour. Five tries end it, and each try is
counted before the code is compared, so simultaneous guesses do not pass the limit together.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.codes.documents import EmailCode, Purpose
from accounts.codes.mail import send_code
from accounts.errors import CodeWrong
from accounts.models import User

VALID_FOR = timedelta(minutes=15)
TRIES = 5


def issue(*, user: User, purpose: Purpose, now: datetime) -> None:
    """Replace the user's code for this purpose, and mail it. Raises: what the mail server does."""
    code = f"{secrets.randbelow(10**6):06}"
    EmailCode(
        key=_key(user, purpose),
        code_hash=_hash(user, purpose, code),
        email=user.email,
        expires_at=now + VALID_FOR,
    ).save()
    send_code(user=user, purpose=purpose, code=code)


def spend(*, user: User, purpose: Purpose, code: str, now: datetime) -> None:
    """Use up the code. Of two simultaneous uses exactly one succeeds. Raises: CodeWrong."""
    tried = EmailCode.objects(
        pk=_key(user, purpose), email=user.email, expires_at__gt=now, tries__lt=TRIES
    ).modify(inc__tries=1)
    given = _hash(user, purpose, code)
    if tried is None or not constant_time_compare(tried.code_hash, given):
        raise CodeWrong()
    if not EmailCode.objects(pk=tried.pk, code_hash=given).delete():
        raise CodeWrong()


def _key(user: User, purpose: Purpose) -> str:
    return f"{user.pk}:{purpose}"


def _hash(user: User, purpose: Purpose, code: str) -> str:
    """Who reads the database alone cannot guess a code from it: the hash needs our key."""
    return salted_hmac(
        f"accounts.codes:{_key(user, purpose)}", code, algorithm="sha256"
    ).hexdigest()
