"""Creating a user, signing in and out, and changing the password."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from rest_framework.request import Request

from accounts import tokens
from accounts.codes import services as codes
from accounts.codes.documents import Purpose
from accounts.devices import Device
from accounts.emails import normalise_email
from accounts.errors import CodeWrong, EmailTaken, InvalidCredentials, PasswordRefused
from accounts.models import User
from accounts.passwords import hash_password, normalise_password
from accounts.sign_in import limit_failures
from payflow.kernel.db import atomic


@atomic
def create_customer(
    *, email: str, password_hash: str, first_name: str = "", last_name: str = "", phone: str = ""
) -> User:
    """Create a user with the role customer. Runs inside the caller's atomic block.

    The caller hashes the password before the block, because hashing is slow on purpose.
    Raises: EmailTaken.
    """
    if User.objects.filter(email=normalise_email(email)).exists():
        raise EmailTaken()
    try:
        return User.objects.create(
            email=email,
            password=password_hash,
            first_name=first_name,
            last_name=last_name,
            phone=phone,
        )
    except IntegrityError as exc:  # two simultaneous registrations: the unique index decides
        raise EmailTaken() from exc


def check_password_rules(
    password: str, *, email: str = "", first_name: str = "", last_name: str = ""
) -> None:
    """Raises: PasswordRefused, with a sentence for each rule that the password breaks."""
    person = User(email=email, first_name=first_name, last_name=last_name)
    try:
        validate_password(normalise_password(password), person)
    except ValidationError as exc:
        raise PasswordRefused(" ".join(exc.messages), password=exc.messages) from None


def log_in(
    *, email: str, password: str, device: Device, request: Request, now: datetime
) -> tokens.TokenPair:
    """Check the password, and start a login session with its first token pair.

    A wrong password counts against the limits. Raises: InvalidCredentials, RateLimited.
    """
    user = limit_failures(
        lambda: authenticate(username=email, password=password), email=email, request=request
    )
    if not isinstance(user, User):
        raise InvalidCredentials()
    return tokens.issue(user, device, now=now)


def change_person(*, user: User, **changes: str) -> User:
    """Write the user's new name or phone, and nothing else of the user."""
    for name, value in changes.items():
        setattr(user, name, value)
    user.save(update_fields=changes)
    return user


def log_out_everywhere(*, user: User) -> None:
    """End all login sessions of the user, and the sessions in the admin."""
    user.end_sessions()


def change_password(
    *, user: User, old: str, new: str, device: Device, request: Request, now: datetime
) -> tokens.TokenPair:
    """Set the new password, end all login sessions of the user, and start a new one.

    A wrong old password counts as a failed sign-in.
    Raises: InvalidCredentials, RateLimited, PasswordRefused.
    """
    confirm_password(user=user, password=old, request=request)
    check_password_rules(
        new, email=user.email, first_name=user.first_name, last_name=user.last_name
    )
    return _set_password(user, hash_password(new), device, now)


def verify_email(*, user: User, code: str, now: datetime) -> None:
    """Remember that the user's address is proved. Raises: CodeWrong."""
    codes.spend(user=user, purpose=Purpose.VERIFY_EMAIL, code=code, now=now)
    _remember_verified(user)


def reset_password(*, email: str, code: str, new_password: str, now: datetime) -> None:
    """Set a new password for whoever can read the user's mail, and end all sessions.

    An address that nobody has is answered like a wrong code. Raises: PasswordRefused, CodeWrong.
    """
    # Before the code is used up. Whose names the rules would compare is not known yet.
    check_password_rules(new_password, email=email)
    user = User.objects.filter(email=normalise_email(email), is_active=True).first()
    if user is None:
        raise CodeWrong()
    codes.spend(user=user, purpose=Purpose.NEW_PASSWORD, code=code, now=now)
    user.set_password(new_password)
    user.save(update_fields=["password"])
    _remember_verified(user)


def _remember_verified(user: User) -> None:
    """The mail went to this address, even if the user has another one by now."""
    User.objects.filter(pk=user.pk).update(verified_email=user.email)


def confirm_password(*, user: User, password: str, request: Request) -> None:
    """Check the signed-in user's password again. A wrong one counts as a failed sign-in.

    Raises: InvalidCredentials, RateLimited.
    """
    right = limit_failures(
        lambda: True if user.check_password(password) else None, email=user.email, request=request
    )
    if not right:
        raise InvalidCredentials("The current password is wrong.")


@atomic
def _set_password(
    user: User, password_hash: str, device: Device, now: datetime
) -> tokens.TokenPair:
    """Start the session at the version that this write made, not at a later one."""
    changed = User.objects.get(pk=user.pk)
    changed.password = password_hash
    changed.save(update_fields=["password"])
    return tokens.issue(changed, device, now=now)
