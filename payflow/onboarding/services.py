"""Registering a customer: a user and an empty wallet, in one atomic block."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from accounts.passwords import hash_password
from accounts.services import check_password_rules, create_customer
from payflow.kernel.db import atomic
from wallets.ledger.documents import Wallet


def register_customer(
    *,
    email: str,
    password: str,
    first_name: str = "",
    last_name: str = "",
    phone: str = "",
    now: datetime,
) -> tuple[User, Wallet]:
    """Create a user who can log in, and an empty wallet.

    Raises: PasswordRefused, EmailTaken; then nothing is written.
    """
    check_password_rules(password, email=email, first_name=first_name, last_name=last_name)
    # Hashing is slow on purpose. It happens before the atomic block, which may run several times.
    return _create(email, hash_password(password), first_name, last_name, phone, now)


@atomic
def _create(
    email: str, password_hash: str, first_name: str, last_name: str, phone: str, now: datetime
) -> tuple[User, Wallet]:
    user = create_customer(
        email=email,
        password_hash=password_hash,
        first_name=first_name,
        last_name=last_name,
        phone=phone,
    )
    return user, Wallet(user_id=user.pk, created_at=now, updated_at=now).save(force_insert=True)
