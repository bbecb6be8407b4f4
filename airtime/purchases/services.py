"""Buying airtime or data: hold the price, ask the vendor once, and capture or release the hold.

    start() ──► held ── send() ──► may have been delivered ── apply() ──► captured | released
                                              └── requery() ──┘

`vendor_id`, a fresh request id, is committed before the vendor is called. From then on the
purchase may have been delivered; it is never sent again, only asked about.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings

from accounts.models import User
from airtime import availability, vendor
from airtime.clients import (
    NO_ANSWER,
    NOT_SENT,
    Answer,
    InternationalOrder,
    PurchaseOrder,
    PurchaseVerdict,
)
from airtime.purchases import AIRTIME, facts, items, outcomes
from airtime.purchases.documents import Purchase
from airtime.purchases.kinds import PurchaseCase
from payflow.kernel import clock
from payflow.kernel.db import atomic
from payflow.kernel.errors import InvariantBroken, OutcomeUnknown, VendorBusy, VendorUnavailable
from payflow.kernel.failpoints import failpoint
from payflow.kernel.idempotency import OrderIdentity
from wallets.errors import TransactionNotFound, WalletLocked
from wallets.flows import Statement, scale_wait
from wallets.ledger import intents, locks
from wallets.ledger.documents import ChangeSource, Transaction, TransactionStatus
from wallets.ledger.selectors import get_wallet
from wallets.ledger.vendor_objects import (
    ObjectKind,
    VendorObject,
    find_object,
    objects_of,
    record,
)
from wallets.review.audit_findings import is_as_ordered
from wallets.settlement import apply_facts

logger = logging.getLogger(__name__)

# The first requery follows this long after the call, the next ones by the flow's schedule.
FIRST_REQUERY_S = 10
# These verdicts answer an attempt to buy. As the answer to a requery they decide nothing.
_UNDECIDED_BY_REQUERY = (
    PurchaseVerdict.REFUSED,
    PurchaseVerdict.NO_FLOAT,
    PurchaseVerdict.PRODUCT_OFF,
    PurchaseVerdict.BAD_REQUEST_ID,
)


def start(
    *,
    user: User,
    service_id: str,
    phone: str,
    amount_kobo: int | None = None,
    variation_code: str | None = None,
    country_code: str | None = None,
    operator_id: str | None = None,
    product_type_id: int | None = None,
    identity: OrderIdentity | None = None,
    now: datetime,
) -> Transaction:
    """Record a PENDING purchase and hold its price. The caller calls send() next.

    The same idempotency key returns the same transaction.
    Raises: AirtimeDisabled, ServiceNotFound, VariationNotFound, PhoneInvalid,
    PurchaseIncomplete, CountryNotFound, ProductTypeNotFound, OperatorNotFound,
    AmountOutOfRange, VendorLowBalance, VendorUnavailable, WalletNotFound, WalletInactive,
    WalletLocked, WalletInDebt, InsufficientFunds, IdempotencyConflict, RequestInProgress; nothing
    is held then.
    """
    availability.check_enabled()
    if earlier := intents.find_earlier(user, AIRTIME, identity):
        return earlier
    request = items.ItemRequest(
        service_id,
        phone,
        amount_kobo,
        variation_code,
        country_code,
        operator_id,
        product_type_id,
    )
    item = items.price_item(request, user=user, now=now)
    availability.check_open(service_id, item.amount_kobo + item.fee_kobo)
    return intents.record_once(lambda: _record(user, item, identity, now), user, AIRTIME, identity)


def send(*, reference: str, now: datetime) -> Transaction:
    """Ask the vendor for the purchase, once, and commit what follows from its answer.

    The transaction stays PENDING if the answer does not decide. If the wallet was locked after
    the hold, nothing is sent and the hold is released. If the order was changed after the hold,
    nothing is sent, the hold stays, and the wallet is locked. Repeating it is safe: what may have
    been sent is left to requery(). Raises: TransactionNotFound.
    """
    transaction = outcomes.find_purchase(reference)
    if transaction is None:
        raise TransactionNotFound(reference=reference)
    if not transaction.vendor_id and not is_as_ordered(transaction, now=now):
        logger.error("purchase %s is not sent: it was changed", reference)
        return transaction
    failpoint("before-claim")
    if not transaction.vendor_id and _is_locked(transaction, now):
        outcomes.release_locked(reference, now)
        return Transaction.objects(reference=reference).first()  # type: ignore[no-any-return]
    if transaction.vendor_id or not _claim(transaction, now):
        return Transaction.objects(reference=reference).first()  # type: ignore[no-any-return]
    answer = _pay(transaction)
    if answer.verdict is PurchaseVerdict.BAD_REQUEST_ID:
        answer = _send_again(answer, transaction, now)
    if answer.verdict in (PurchaseVerdict.FAILED, PurchaseVerdict.DUPLICATE):
        answer = _confirm_failure(answer, transaction)
    transaction = apply(answer, reference=reference, source=ChangeSource.API, now=now)
    if transaction.status is TransactionStatus.PENDING:
        first_requery = clock.now() + scale_wait(FIRST_REQUERY_S)
        Transaction.objects(pk=transaction.pk, status=TransactionStatus.PENDING).update_one(
            set__next_check_at=first_requery
        )
    return transaction


@atomic
def apply(
    answer: Answer,
    *,
    reference: str,
    request_id: str | None = None,
    source: ChangeSource,
    now: datetime,
) -> Transaction:
    """Record the vendor's answer about the purchase, given at `now`, and settle it.

    request_id: under which it was sent; the last one if it is not given. An answer that names
    another request than ours opens a review case and changes nothing. Applying the same answer
    again changes nothing.
    """
    transaction: Transaction = Transaction.objects(reference=reference).first()
    if answer.is_mismatched:
        outcomes.open_purchase_case(PurchaseCase.ANSWER_MISMATCH, transaction, answer, now)
        return transaction
    request_id = request_id or find_request_id(transaction)
    if request_id is None:
        raise InvariantBroken(f"an answer about {reference}, which was never sent")
    known = find_object(vendor.VENDOR, ObjectKind.PURCHASE, request_id)
    fact = facts.of_answer(answer, transaction, request_id, known, now=now)
    if answer.verdict is PurchaseVerdict.ABSENT and known and known.details.get("acknowledged"):
        outcomes.open_purchase_case(PurchaseCase.NOT_KNOWN_ANY_MORE, transaction, answer, now)
    return apply_facts(transaction, [fact], source=source, asked_at=now, now=now)


def find_request_id(transaction: Transaction) -> str | None:
    """The id under which the purchase was last sent; None if it never was."""
    if transaction.vendor_id:
        return str(transaction.vendor_id)
    sent = objects_of(transaction.reference)
    return str(sent[-1].vendor_id) if sent else None


def requery(*, reference: str, source: ChangeSource = ChangeSource.REQUERY, now: datetime) -> None:
    """Ask the vendor how each request of the purchase stands, and commit what follows.

    Also for a purchase that has ended, because a reversal may come later. A purchase whose
    request died before it was sent is released. Raises: VendorUnavailable.
    """
    transaction = outcomes.find_purchase(reference)
    if transaction is None:
        return
    sent = _find_request_ids(transaction)
    if not sent:
        # What was changed is no order of the customer's, so a person decides about its hold.
        if transaction.status is TransactionStatus.PENDING and is_as_ordered(transaction, now=now):
            outcomes.release_unsent(reference, now)
        return
    for request_id in sent:
        answer = _ask(request_id)
        apply(answer, reference=reference, request_id=request_id, source=source, now=now)


def _find_request_ids(transaction: Transaction) -> list[str]:
    """All ids under which the purchase was sent. One of an earlier version has no object."""
    sent = [str(each.vendor_id) for each in objects_of(transaction.reference)]
    last = find_request_id(transaction)
    return sent if last is None or last in sent else [*sent, last]


def statement(known: VendorObject, *, now: datetime) -> Statement | None:
    """What the vendor says about a purchase, for reconciliation; None if it does not know it.

    Raises: VendorUnavailable.
    """
    transaction = outcomes.find_purchase(known.transaction)
    answer = None if transaction is None else _ask(known.vendor_id)
    if answer is None or answer.verdict is PurchaseVerdict.ABSENT:
        return None
    return Statement(
        vendor_id=known.vendor_id,
        reference=known.transaction,
        status=answer.verdict.value,
        has_moved=answer.verdict is PurchaseVerdict.DELIVERED,
        amount=known.amount if answer.amount_kobo is None else answer.amount_kobo,
        apply=lambda: apply(
            answer,
            reference=known.transaction,
            request_id=known.vendor_id,
            source=ChangeSource.RECONCILE,
            now=now,
        ),
    )


@atomic
def _record(
    user: User, item: items.Item, identity: OrderIdentity | None, now: datetime
) -> Transaction:
    return intents.record(
        get_wallet(user_id=user.pk),
        item.type,
        user=user,
        amount_kobo=item.amount_kobo,
        fee_kobo=item.fee_kobo,
        hold_kobo=item.amount_kobo + item.fee_kobo,
        identity=identity,
        now=now,
        # The request sends it now; if the request dies before that, a sweep finds it here.
        next_check_at=now + timedelta(seconds=settings.INBOX_GRACE_S),
        order=item.purchase,
        details=item.details,
    )


def _is_locked(transaction: Transaction, now: datetime) -> bool:
    try:
        locks.check_may_send(wallet_id=transaction.wallet, now=now)
    except WalletLocked:
        return True
    return False


@atomic
def _claim(transaction: Transaction, now: datetime) -> bool:
    """True if this caller may send the purchase, under a fresh request id that is committed.

    The filter contains the old id, or its absence, so of two simultaneous callers one sends. A
    majority has the id before the vendor does: a purchase is never sent under a lost id.
    """
    before = transaction.vendor_id
    mine = Transaction.objects(
        pk=transaction.pk,
        status=TransactionStatus.PENDING,
        **({"vendor_id": before} if before else {"vendor_id__exists": False}),
    )
    fresh = {"vendor_id": vendor.new_request_id(now), "sent_at": now}
    # No requery while the call may still be open.
    call = timedelta(seconds=settings.VENDOR_CONNECT_TIMEOUT_S + settings.VTPASS_READ_TIMEOUT_S)
    due = now + call + scale_wait(FIRST_REQUERY_S)
    changes = {f"set__{name}": value for name, value in fresh.items()}
    if not mine.update_one(**changes, set__next_check_at=due):
        return False
    record(
        facts.of_order(str(fresh["vendor_id"]), now),
        None,
        transaction=transaction.reference,
        source=ChangeSource.API,
        asked_at=now,
    )
    for name, value in fresh.items():
        setattr(transaction, name, value)
    return True


def _send_again(answer: Answer, transaction: Transaction, now: datetime) -> Answer:
    """Midnight in Lagos came between making the id and its arrival. Nothing was done under it."""
    refused = str(transaction.vendor_id)
    if not _claim(transaction, clock.now()):
        return answer
    _record_refused(answer, transaction, refused, now)
    return _pay(transaction)


@atomic
def _record_refused(
    answer: Answer, transaction: Transaction, request_id: str, now: datetime
) -> None:
    """The object keeps the time at which it was sent, so it stays before the second one."""
    known = find_object(vendor.VENDOR, ObjectKind.PURCHASE, request_id)
    no = facts.of_answer(answer, transaction, request_id, known, now=now)
    record(no, known, transaction=transaction.reference, source=ChangeSource.API, asked_at=now)


def _pay(transaction: Transaction) -> Answer:
    try:
        answer = vendor.client().pay(_order(transaction))
    except VendorBusy:  # this says nothing about the vendor
        return NOT_SENT
    except VendorUnavailable:
        availability.CIRCUIT.record_failure()
        return NOT_SENT
    except OutcomeUnknown as exc:
        availability.CIRCUIT.record_failure()
        # The hold stays until a requery decides.
        logger.warning("purchase %s: outcome unknown: %s", transaction.reference, exc)
        return NO_ANSWER
    availability.record_answer(
        answer,
        service_id=transaction.order.service_id,
        price_kobo=int(transaction.amount + transaction.fee),
    )
    return answer


def _ask(request_id: str) -> Answer:
    """The vendor's answer about a purchase that was sent. Raises: VendorUnavailable."""
    try:
        answer = vendor.client().requery(request_id)
    except VendorBusy:
        raise
    except VendorUnavailable:
        availability.CIRCUIT.record_failure()
        raise
    if answer.verdict is PurchaseVerdict.OUR_FAULT:
        availability.CIRCUIT.trip(answer.vendor_reason)
        raise VendorUnavailable(answer.vendor_reason)
    availability.CIRCUIT.record_success()
    if answer.verdict in _UNDECIDED_BY_REQUERY:
        return replace(answer, verdict=PurchaseVerdict.UNKNOWN)
    return answer


def _confirm_failure(answer: Answer, transaction: Transaction) -> Answer:
    """The failure if a requery confirms it; otherwise what the requery says.

    The vendor has reported failures of purchases that it delivered.
    Source: docs/vendors/vtpass.md, section 8, item 4.
    """
    try:
        again = _ask(str(find_request_id(transaction)))
    except VendorUnavailable:
        return NO_ANSWER
    return answer if again.verdict is PurchaseVerdict.ABSENT else again


def _order(transaction: Transaction) -> PurchaseOrder:
    purchase = transaction.order
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
        amount=purchase.local_amount,
    )
