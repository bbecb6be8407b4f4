"""Funding a wallet: record the order, open a payment page, and credit what was paid.

start() ── send() ──► PENDING, with a link ── apply() ──► SUCCESS (credited) | FAILED
                              └── requery() ──┘
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from mongoengine import Q
from mongoengine.errors import NotUniqueError

from accounts.models import User
from payflow.kernel.db import atomic
from payflow.kernel.documents import find_one
from payflow.kernel.errors import (
    InvariantBroken,
    RequestInProgress,
    VendorError,
    VendorUnavailable,
)
from payflow.kernel.idempotency import OrderIdentity
from payflow.kernel.money import NGN, to_naira_text
from wallets.clients import (
    Chargeback,
    Checkout,
    Payment,
    PaymentStatus,
    Refund,
)
from wallets.errors import AmountOutOfRange, CurrencyUnsupported, TransactionNotFound
from wallets.flows import Statement
from wallets.funding import FUNDING, facts, outcomes, vendor
from wallets.funding.unmatched import apply_unmatched
from wallets.ledger import intents
from wallets.ledger.documents import ChangeSource, Transaction, TransactionStatus
from wallets.ledger.selectors import get_wallet
from wallets.ledger.signals import announce_on_commit
from wallets.ledger.vendor_objects import Fact, ObjectKind, find_object, objects_of
from wallets.settlement import apply_facts

# Longer than a vendor call can take: a request that is older has died.
_ABANDONED_AFTER = timedelta(seconds=90)
_PAYERS_RETURN_WITHIN = timedelta(days=1)


def start(
    *,
    user: User,
    amount_kobo: int,
    currency: str = NGN,
    identity: OrderIdentity | None = None,
    now: datetime,
) -> Transaction:
    """Record a PENDING funding and open its payment page.

    The same idempotency key returns the same transaction and opens no second page. If the first
    request died before its page was opened, its transaction is taken over.
    Raises: AmountOutOfRange, CurrencyUnsupported, WalletNotFound, WalletInactive, WalletLocked,
    IdempotencyConflict, RequestInProgress, VendorUnavailable, VendorRejected.
    """
    if earlier := intents.find_earlier(user, FUNDING, identity):
        return earlier if earlier.link else send(_take_over(earlier, now), user=user, now=now)
    _check_amount(amount_kobo, currency)
    try:
        transaction = _record(user, amount_kobo, identity, now)
    except NotUniqueError as exc:  # a simultaneous request with the same key
        raise RequestInProgress() from exc
    return send(transaction, user=user, now=now)


def send(transaction: Transaction, *, user: User, now: datetime) -> Transaction:
    """Ask the vendor for the payment page, and store its link. Raises: VendorUnavailable."""
    try:
        link = vendor.client().open_checkout(_checkout(transaction, user))
    except VendorError as exc:
        # The customer has no link, so no money can be on its way: even an unknown outcome is a
        # no. A sweep may have closed the funding meanwhile.
        reason = "The payment page could not be opened."
        close_unpaid(
            reference=transaction.reference, reason=reason, source=ChangeSource.API, now=now
        )
        raise VendorUnavailable(**exc.details) from exc
    Transaction.objects(pk=transaction.pk).update_one(set__link=link)
    transaction.link = link
    return transaction


@atomic
def apply(payment: Payment, *, source: ChangeSource, now: datetime) -> Transaction:
    """Record a payment as the vendor's API describes it at `now`, and settle its funding.

    A payment that belongs to no funding of ours is booked to suspense. Applying the same payment
    again changes nothing. Raises: TransactionNotFound, if it is not ours and moved no money.
    """
    transaction = find_one(Transaction, {"reference": payment.reference})
    if transaction is None or transaction.type != FUNDING:
        arrived = payment.status in (PaymentStatus.SUCCESSFUL, PaymentStatus.REVERSED)
        return apply_unmatched(
            facts.of_payment(payment), is_arrived=arrived, source=source, asked_at=now, now=now
        )
    transaction = apply_facts(
        transaction, [facts.of_payment(payment)], source=source, asked_at=now, now=now
    )
    if payment.status is PaymentStatus.FAILED:
        outcomes.fail_attempt(transaction, payment, source, now)
    return transaction


def apply_refund(refund: Refund, *, source: ChangeSource, now: datetime) -> Transaction:
    """Record a refund, and take it back from where its payment went.

    Raises: TransactionNotFound, if the vendor does not know its payment; VendorUnavailable.
    """
    return _apply_to_payment(refund.payment_id, facts.of_refund(refund), source=source, now=now)


def apply_chargeback(chargeback: Chargeback, *, source: ChangeSource, now: datetime) -> Transaction:
    """Record a chargeback: freeze what is disputed, release it if won, take it if lost.

    Raises: TransactionNotFound, if the vendor does not know its payment; VendorUnavailable.
    """
    return _apply_to_payment(
        chargeback.payment_id, facts.of_chargeback(chargeback), source=source, now=now
    )


def _apply_to_payment(
    payment_id: str, fact: Fact, *, source: ChangeSource, now: datetime
) -> Transaction:
    if find_object(vendor.VENDOR, ObjectKind.PAYMENT, payment_id) is None:
        payment = vendor.client().find_payment(payment_id)
        if payment is None:
            raise TransactionNotFound("The vendor does not know the payment.")
        apply(payment, source=source, now=now)
    return _apply_fact(payment_id, fact, source=source, now=now)


@atomic
def _apply_fact(payment_id: str, fact: Fact, *, source: ChangeSource, now: datetime) -> Transaction:
    """Staff may give the payment to another transaction, so its holder is read here."""
    payment = find_object(vendor.VENDOR, ObjectKind.PAYMENT, payment_id)
    holder = find_one(Transaction, {"reference": payment.transaction}) if payment else None
    if holder is None:
        raise InvariantBroken(f"vendor object {fact.vendor_id} belongs to no transaction")
    transaction: Transaction = holder
    return apply_facts(transaction, [fact], source=source, asked_at=now, now=now)


def requery(*, reference: str, now: datetime) -> None:
    """Ask the vendor how the funding stands, and commit what follows.

    Every attempt under the reference is asked about. Unpaid after its page expired -> FAILED;
    with a payment that is still pending it stays PENDING. Raises: VendorUnavailable.
    """
    transaction = Transaction.objects(reference=reference, type=FUNDING).first()
    if transaction is None:
        return
    client = vendor.client()
    attempts = []
    if (latest := client.find_payment_by_reference(reference)) is not None:
        others = client.find_payments_by_reference(reference)
        attempts = [latest, *(each for each in others if each.vendor_id != latest.vendor_id)]
    # A failure ends the funding, unless another attempt is known to be open.
    for payment in sorted(attempts, key=lambda each: each.status is PaymentStatus.FAILED):
        if payment.reference == reference:
            transaction = apply(payment, source=ChangeSource.REQUERY, now=now)
    _ask_for_payments(reference, but={each.vendor_id for each in attempts}, now=now)
    if any(each.status is PaymentStatus.PENDING for each in attempts):
        return
    if transaction.status is TransactionStatus.PENDING and transaction.expires_at <= now:
        reason = "The payment page expired before anything was paid."
        close_unpaid(reference=reference, reason=reason, source=ChangeSource.REQUERY, now=now)


def requery_unmatched(*, reference: str, now: datetime) -> None:
    """Ask the vendor again about a payment that the house keeps. Raises: VendorUnavailable."""
    _ask_for_payments(reference, but=set(), now=now)


def _ask_for_payments(reference: str, *, but: set[str], now: datetime) -> None:
    """Ask by their ids: staff may have given the transaction a payment of another reference."""
    for known in objects_of(reference):
        if known.kind is ObjectKind.PAYMENT and known.vendor_id not in but:
            payment = vendor.client().find_payment(known.vendor_id)
            if payment is not None:
                apply(payment, source=ChangeSource.REQUERY, now=now)


def look_soon(*, reference: str, now: datetime) -> None:
    """The payer is back from the payment page: let the next sweep ask the vendor.

    Also if the page ended a moment ago: the payment may have been made in its last second.
    """
    unpaid = Transaction.objects(
        reference=reference,
        type=FUNDING,
        status__in=[TransactionStatus.PENDING, TransactionStatus.FAILED],
        expires_at__gt=now - _PAYERS_RETURN_WITHIN,
    )
    later = Q(next_check_at__gt=now) | Q(next_check_at__exists=False)
    unpaid.filter(later).update_one(set__next_check_at=now)


def statement(payment: Payment, *, now: datetime) -> Statement:
    """What the vendor says about a payment, for reconciliation, which applies it."""
    return Statement(
        vendor_id=payment.vendor_id,
        reference=payment.reference,
        status=payment.status.value,
        has_moved=payment.status is PaymentStatus.SUCCESSFUL,
        amount=payment.amount_kobo,
        currency=payment.currency,
        apply=lambda: apply(payment, source=ChangeSource.RECONCILE, now=now),
    )


@atomic
def close_unpaid(
    *, reference: str, reason: str, source: ChangeSource, now: datetime
) -> Transaction | None:
    """PENDING -> FAILED for a funding that cannot have been paid; None if it has ended already.

    Only for callers that have just asked the vendor. A payment that is verified later still
    credits the wallet.
    """
    transaction = Transaction.objects(reference=reference, status=TransactionStatus.PENDING).first()
    if transaction is None:
        return None
    failed = outcomes.fail_unpaid(transaction, reason, source, now)
    announce_on_commit(failed)
    return failed


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
    """Claim the funding of a request that died before its page was opened.

    Raises: RequestInProgress.
    """
    if earlier.updated_at > now - _ABANDONED_AFTER:
        raise RequestInProgress()
    claimed = Transaction.objects(
        pk=earlier.pk, status=TransactionStatus.PENDING, updated_at=earlier.updated_at
    ).update_one(set__updated_at=now, set__expires_at=_expiry(now), set__next_check_at=_expiry(now))
    if not claimed:
        raise RequestInProgress()
    earlier.reload()
    return earlier


def _expiry(now: datetime) -> datetime:
    return now + timedelta(minutes=settings.FLUTTERWAVE_LINK_EXPIRY_MINUTES)


@atomic
def _record(
    user: User, amount_kobo: int, identity: OrderIdentity | None, now: datetime
) -> Transaction:
    expires_at = _expiry(now)
    return intents.record(
        get_wallet(user_id=user.pk),
        FUNDING,
        user=user,
        amount_kobo=amount_kobo,
        requested_amount=amount_kobo,
        hold_kobo=0,
        identity=identity,
        now=now,
        expires_at=expires_at,
        next_check_at=expires_at,
    )


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
