"""Starting a funding: the intent is committed, then a payment page is opened for it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from mongoengine.errors import NotUniqueError

from accounts.models import User
from payflow.kernel.db import atomic
from payflow.kernel.errors import RequestInProgress, VendorError, VendorUnavailable
from payflow.kernel.idempotency import IdempotencyKey
from payflow.kernel.money import NGN, to_naira_text
from wallets import flutterwave
from wallets.errors import AmountOutOfRange, CurrencyUnsupported
from wallets.funding.outcomes import close_unpaid
from wallets.ledger import intents
from wallets.ledger.documents import (
    ChangeSource,
    Transaction,
    TransactionStatus,
    TransactionType,
)
from wallets.ledger.selectors import get_wallet
from wallets.vendors import Checkout

# Longer than a vendor call can take: a request that has not finished by then is dead.
_ABANDONED_AFTER = timedelta(seconds=90)


def start_funding(
    *,
    user: User,
    amount_kobo: int,
    currency: str = NGN,
    idempotency: IdempotencyKey | None = None,
    now: datetime,
) -> Transaction:
    """A PENDING funding with the link of its payment page.

    The same idempotency key returns the same transaction and opens no second page; a first
    request that died before its page was opened is taken up again under its own reference.
    Raises: AmountOutOfRange, CurrencyUnsupported, WalletNotFound, WalletInactive,
    WalletLocked, IdempotencyConflict, RequestInProgress, VendorUnavailable, VendorRejected.
    """
    if earlier := intents.find_earlier(user, TransactionType.FUNDING, idempotency):
        return earlier if earlier.link else _open_page(_take_over(earlier, now), user, now)
    _check_amount(amount_kobo, currency)
    try:
        transaction = _intend(user, amount_kobo, idempotency, now)
    except NotUniqueError as exc:  # the same key, at the same moment
        raise RequestInProgress() from exc
    return _open_page(transaction, user, now)


def _check_amount(amount_kobo: int, currency: str) -> None:
    if currency != NGN:
        raise CurrencyUnsupported(currency=currency)
    least, most = settings.FUNDING_MIN_KOBO, settings.FUNDING_MAX_KOBO
    if not least <= amount_kobo <= most:
        raise AmountOutOfRange(
            f"Fund between {to_naira_text(least)} and {to_naira_text(most)} naira at a time.",
            min=to_naira_text(least),
            max=to_naira_text(most),
        )


def _take_over(earlier: Transaction, now: datetime) -> Transaction:
    """Claim a request that died before its page was opened. Raises: RequestInProgress."""
    if earlier.updated_at > now - _ABANDONED_AFTER:
        raise RequestInProgress()
    claimed = Transaction.objects(
        pk=earlier.pk, status=TransactionStatus.PENDING, updated_at=earlier.updated_at
    ).update_one(set__updated_at=now)
    if not claimed:
        raise RequestInProgress()
    return earlier


@atomic
def _intend(
    user: User, amount_kobo: int, idempotency: IdempotencyKey | None, now: datetime
) -> Transaction:
    expires_at = now + timedelta(minutes=settings.FLUTTERWAVE_LINK_EXPIRY_MINUTES)
    return intents.record(
        get_wallet(user_id=user.pk),
        TransactionType.FUNDING,
        user=user,
        amount=amount_kobo,
        requested_amount=amount_kobo,
        hold=0,
        idempotency=idempotency,
        now=now,
        vendor=flutterwave.VENDOR,
        expires_at=expires_at,
        next_check_at=expires_at,
    )


def _open_page(transaction: Transaction, user: User, now: datetime) -> Transaction:
    try:
        link = flutterwave.collections().open_checkout(_checkout(transaction, user))
    except VendorError as exc:
        # Nobody has a link, so no money can be on its way: even an unknown outcome is a no. A
        # sweep may have closed it meanwhile; the key is given back in any event.
        reason = "The payment page could not be opened."
        close_unpaid(
            reference=transaction.reference, reason=reason, source=ChangeSource.API, now=now
        )
        raise VendorUnavailable(**exc.details) from exc
    Transaction.objects(pk=transaction.pk).update_one(set__link=link)
    transaction.link = link
    return transaction


def _checkout(transaction: Transaction, user: User) -> Checkout:
    path = settings.FLUTTERWAVE_REDIRECT_URL
    return Checkout(
        reference=transaction.reference,
        amount_kobo=transaction.amount,
        currency=transaction.currency,
        email=user.email,
        name=user.full_name,
        phone=user.phone,
        redirect_url=f"{settings.APP_ADDRESS}{path}" if path.startswith("/") else path,
        expires_in_minutes=settings.FLUTTERWAVE_LINK_EXPIRY_MINUTES,
    )
