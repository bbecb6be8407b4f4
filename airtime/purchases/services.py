"""Buying: the money is held and committed, then the vendor is asked, once.

`vendor_id` is committed before the vendor is called: from then on the purchase may
have been delivered, and is never sent again, only asked about.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings

from accounts.models import User
from airtime import availability, vtpass
from airtime.purchases import items, outcomes
from airtime.vendors import Answer, InternationalOrder, PurchaseOrder, PurchaseVerdict
from airtime.vtpass.request_ids import new_request_id
from payflow.kernel import clock
from payflow.kernel.db import atomic
from payflow.kernel.errors import OutcomeUnknown, VendorUnavailable
from payflow.kernel.failpoints import failpoint
from payflow.kernel.idempotency import IdempotencyKey
from wallets.ledger import intents
from wallets.ledger.documents import (
    ChangeSource,
    Purchase,
    Transaction,
    TransactionStatus,
    TransactionType,
)
from wallets.ledger.selectors import get_wallet
from wallets.requery import scaled

logger = logging.getLogger(__name__)


def start_purchase(
    *,
    user: User,
    service_id: str,
    phone: str,
    amount_kobo: int | None = None,
    variation_code: str | None = None,
    country_code: str | None = None,
    operator_id: str | None = None,
    product_type_id: int | None = None,
    idempotency: IdempotencyKey | None = None,
    now: datetime,
) -> Transaction:
    """A PENDING purchase with its price held, for the caller to send() at once.

    The same idempotency key returns the same transaction, whatever became of it.
    Raises: AirtimeDisabled, ServiceNotFound, VariationNotFound, PhoneInvalid,
    PurchaseIncomplete, CountryNotFound, ProductTypeNotFound, OperatorNotFound,
    AmountOutOfRange, VendorLowBalance, VendorUnavailable, WalletNotFound, WalletInactive,
    WalletLocked, InsufficientFunds, IdempotencyConflict, RequestInProgress; nothing is held then.
    """
    availability.check_enabled()
    if earlier := intents.find_earlier(user, TransactionType.AIRTIME, idempotency):
        return earlier
    order = items.Order(
        service_id,
        phone,
        amount_kobo,
        variation_code,
        country_code,
        operator_id,
        product_type_id,
    )
    item = items.priced(order, user=user, now=now)
    availability.check_open()
    return intents.once(
        lambda: _intend(user, item, idempotency, now), user, TransactionType.AIRTIME, idempotency
    )


def send(*, reference: str, now: datetime) -> Transaction:
    """The purchase, after the vendor was asked for it and its answer is committed.

    PENDING where the answer does not decide. Harmless when repeated: what may have been sent
    is left to requery().
    """
    transaction = outcomes.find_purchase(reference)
    assert transaction is not None
    failpoint("before-claim")
    if transaction.vendor_id or not _claim(transaction, now):
        return Transaction.objects(reference=reference).first()  # type: ignore[no-any-return]
    answer = _pay(transaction)
    if answer.verdict is PurchaseVerdict.BAD_REQUEST_ID and _claim(transaction, clock.now()):
        # Midnight in Lagos lay between the id and its arrival. Nothing was done under it.
        answer = _pay(transaction)
    if answer.verdict in (PurchaseVerdict.FAILED, PurchaseVerdict.DUPLICATE):
        answer = _confirmed(answer, transaction)
    transaction = outcomes.apply_answer(
        answer, reference=reference, source=ChangeSource.API, now=now
    )
    if transaction.status is TransactionStatus.PENDING:
        first_look = clock.now() + scaled(outcomes.FIRST_LOOK_S)
        Transaction.objects(pk=transaction.pk, status=TransactionStatus.PENDING).update_one(
            set__next_check_at=first_look
        )
    return transaction


@atomic
def _intend(
    user: User, item: items.Item, idempotency: IdempotencyKey | None, now: datetime
) -> Transaction:
    return intents.record(
        get_wallet(user_id=user.pk),
        item.type,
        user=user,
        amount=item.amount_kobo,
        hold=item.amount_kobo,
        idempotency=idempotency,
        now=now,
        vendor=vtpass.VENDOR,
        # The request sends it at once; should it die before that, a sweep finds it here.
        next_check_at=now + timedelta(seconds=settings.INBOX_GRACE_S),
        purchase=item.purchase,
        details=item.details,
    )


def _claim(transaction: Transaction, now: datetime) -> bool:
    """Whether the purchase is this caller's to send, under a fresh id that is committed.

    The id that it has, or has not, is in the filter: of two who claim at once one sends.
    """
    before = transaction.vendor_id
    mine = Transaction.objects(
        pk=transaction.pk,
        status=TransactionStatus.PENDING,
        **({"vendor_id": before} if before else {"vendor_id__exists": False}),
    )
    fresh = {"vendor_id": new_request_id(now), "sent_at": now}
    # Not while the call may still be open.
    patience = timedelta(seconds=settings.VENDOR_CONNECT_TIMEOUT_S + settings.VTPASS_READ_TIMEOUT_S)
    due = now + patience + scaled(outcomes.FIRST_LOOK_S)
    changes = {f"set__{name}": value for name, value in fresh.items()}
    if not mine.update_one(**changes, set__next_check_at=due):
        return False
    for name, value in fresh.items():
        setattr(transaction, name, value)
    return True


def _pay(transaction: Transaction) -> Answer:
    try:
        answer = vtpass.pay(_order(transaction))
    except VendorUnavailable:
        availability.CIRCUIT.failure()
        return vtpass.NOT_SENT
    except OutcomeUnknown as exc:
        availability.CIRCUIT.failure()
        # The hold stays; a requery will tell.
        logger.warning("purchase %s: outcome unknown: %s", transaction.reference, exc)
        return vtpass.NO_ANSWER
    availability.note(answer)
    return answer


def _order(transaction: Transaction) -> PurchaseOrder:
    purchase = transaction.purchase
    return PurchaseOrder(
        request_id=transaction.vendor_id,
        service_id=purchase.service_id,
        phone=purchase.phone,
        amount_kobo=transaction.amount,
        variation_code=purchase.variation_code,
        international=_international(purchase) if purchase.country_code else None,
    )


def _international(purchase: Purchase) -> InternationalOrder:
    return InternationalOrder(
        country_code=purchase.country_code,
        operator_id=purchase.operator_id,
        product_type_id=purchase.product_type_id,
        email=purchase.email,
        amount=purchase.foreign_amount,
    )


def _confirmed(answer: Answer, transaction: Transaction) -> Answer:
    """A failure, as a requery confirms it; the requery's word where it says otherwise.

    Failures have been seen whose purchase was delivered all the same.
    Source: docs/vendors/vtpass.md, section 8, item 4.
    """
    try:
        again = outcomes.ask(transaction)
    except VendorUnavailable:
        return vtpass.NO_ANSWER
    return answer if again.verdict is PurchaseVerdict.ABSENT else again
