"""Checking a password, for the API and the admin."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.models import User
from accounts.passwords import hash_password, old_spellings


class PasswordBackend(ModelBackend):
    """Finds the user by e-mail address and checks the password.

    For an unknown address as much is hashed as for a wrong password, so the time of the answer does
    not reveal whether the address is known.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **_: Any,
    ) -> User | None:
        if username is None or password is None:
            return None
        try:
            user = User.objects.get_by_natural_key(username)
        except User.DoesNotExist:
            for spelling in ("", *old_spellings(password)):
                hash_password(spelling)
            return None
        return user if user.check_password(password) and user.is_active else None
