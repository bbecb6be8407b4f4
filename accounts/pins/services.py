"""Setting, changing and checking a transaction PIN.

A PIN has few digits, so guessing must stop early: after TRIES wrong ones in a row no debit is
possible for PIN_LOCK_S. Each try is counted before the PIN is checked, in one conditional write,
so simultaneous guesses do not pass the limit together.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from bson import ObjectId
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from mongoengine import Q, QuerySet
from mongoengine.errors import NotUniqueError

from accounts.codes import services as codes
from accounts.codes.documents import Purpose
from accounts.errors import (
    PinAlreadySet,
    PinLocked,
    PinNotSet,
    PinRefused,
    PinRequired,
    PinWrong,
)
from accounts.models import User
from accounts.pins.documents import TransactionPin

TRIES = 5
_PIN = re.compile(r"[0-9]{4,6}")
_RUNS = "01234567890 09876543210"


def find(user: User) -> TransactionPin | None:
    """The user's PIN, without which debits ask for none."""
    return _stored(user.pk).first()  # type: ignore[no-any-return]


def locked_until(known: TransactionPin | None, now: datetime) -> datetime | None:
    """When a PIN is checked again; None if it is checked now."""
    until: datetime | None = known.locked_until if known else None
    return until if until and until > now else None


def set_first(*, user: User, pin: str, now: datetime) -> None:
    """Set the PIN of a user who has none. The caller has checked the password.

    Raises: PinRefused, PinAlreadySet.
    """
    _check_rules(pin)
    try:
        TransactionPin(user_id=user.pk, pin_hash=make_password(pin), set_at=now).save(
            force_insert=True
        )
    except NotUniqueError:
        raise PinAlreadySet() from None


def change(*, user: User, old: str, new: str, now: datetime) -> None:
    """Replace the PIN. A wrong old one counts as a try.

    Raises: PinRefused, PinNotSet, PinWrong, PinLocked.
    """
    _check_rules(new)
    if find(user) is None:
        raise PinNotSet()
    check(user=user, pin=old, now=now)
    _stored(user.pk).update_one(set__pin_hash=make_password(new), set__set_at=now)


def reset(*, user: User, code: str, new: str, now: datetime) -> None:
    """Replace a forgotten PIN; a lock after wrong PINs ends. The caller has checked the password.

    Raises: PinRefused, PinNotSet, CodeWrong.
    """
    _check_rules(new)
    if find(user) is None:
        raise PinNotSet()
    codes.spend(user=user, purpose=Purpose.NEW_PIN, code=code, now=now)
    _stored(user.pk).update_one(
        set__pin_hash=make_password(new), set__set_at=now, set__failures=0, unset__locked_until=1
    )


def check(*, user: User, pin: str | None, now: datetime) -> None:
    """Nothing to check if the user has no PIN. Raises: PinRequired, PinWrong, PinLocked."""
    known = find(user)
    if known is None:
        return
    if pin is None:
        raise PinRequired()
    left = _count_try(user.pk, now)
    if not (_PIN.fullmatch(pin) and check_password(pin, known.pin_hash)):
        if left == 0:
            raise _locked_error(find(user))
        raise PinWrong(tries_left=left)
    _stored(user.pk).update_one(set__failures=0, unset__locked_until=1)


def _count_try(user_id: ObjectId, now: datetime) -> int:
    """How many tries are left after this one. The last one locks, until it proves right.

    Raises: PinLocked.
    """
    until = now + timedelta(seconds=settings.PIN_LOCK_S)
    while True:
        open_ = _stored(user_id).filter(Q(locked_until__exists=False) | Q(locked_until__lte=now))
        counted = open_.filter(failures__lt=TRIES - 1).modify(inc__failures=1, new=True)
        if counted is not None:
            return int(TRIES - counted.failures)
        if open_.filter(failures=TRIES - 1).update_one(set__failures=0, set__locked_until=until):
            return 0
        known = _stored(user_id).first()
        if known is None or locked_until(known, now):
            raise _locked_error(known)
        # A right PIN came in between, and the count begins again.


def _locked_error(known: TransactionPin | None) -> PinLocked:
    until = known.locked_until if known else None
    return PinLocked(until=until.isoformat() if until else None)


def _check_rules(pin: str) -> None:
    """Raises: PinRefused."""
    if not _PIN.fullmatch(pin):
        raise PinRefused("A PIN has four to six digits.")
    if len(set(pin)) == 1 or pin in _RUNS:
        raise PinRefused("Choose a PIN that is harder to guess than one digit or a row of digits.")


def _stored(user_id: ObjectId) -> QuerySet:
    return TransactionPin.objects(pk=user_id)  # type: ignore[no-any-return]
