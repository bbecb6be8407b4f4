"""Withdrawing money: hold it, send one transfer, and capture or release the hold.

    start() ──► held ── send() ──► may have arrived ── apply() ──► captured | released
                                        └── requery() ──┘

`sent_at` is committed before the vendor is called. From then on the transfer may have arrived;
it is only ever sent again under the same reference, which the vendor accepts once.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings

from accounts.models import User
from payflow.kernel.db import atomic
from payflow.kernel.errors import (
    OutcomeUnknown,
    VendorAccountFault,
    VendorRejected,
    VendorUnavailable,
)
from payflow.kernel.failpoints import failpoint
from payflow.kernel.idempotency import OrderIdentity
from wallets.clients import Transfer, TransferOrder, TransferStatus
from wallets.errors import WalletLocked
from wallets.flows import Statement
from wallets.ledger import intents, locks
from wallets.ledger.documents import ChangeSource, Transaction, TransactionStatus
from wallets.ledger.selectors import get_wallet
from wallets.ledger.vendor_objects import ObjectKind, find_object
from wallets.review.audit_findings import is_as_ordered
from wallets.settlement import apply_facts
from wallets.withdrawals import WITHDRAWAL, availability, facts, limits, outcomes, vendor
from wallets.withdrawals.banks import BankAccount, mask_account_number, resolve_account
from wallets.withdrawals.documents import Payout
from wallets.withdrawals.unmatched import apply_unmatched

logger = logging.getLogger(__name__)


def start(
    *,
    user: User,
    amount_kobo: int,
    bank_code: str,
    account_number: str,
    narration: str = "",
    identity: OrderIdentity | None = None,
    now: datetime,
) -> Transaction:
    """Record a PENDING withdrawal and hold its amount and fee. The caller publishes its task.

    The bank confirms the account first. The same idempotency key returns the same transaction.
    Raises: AmountOutOfRange, AccountNotResolved, VendorUnavailable, WalletNotFound,
    WalletInactive, WalletLocked, WalletInDebt, InsufficientFunds, DailyLimitReached,
    IdempotencyConflict, RequestInProgress; nothing is held then.
    """
    if earlier := intents.find_earlier(user, WITHDRAWAL, identity):
        return earlier
    limits.check_amount(amount_kobo)
    availability.check_open()
    account = resolve_account(bank_code=bank_code, account_number=account_number)
    return intents.record_once(
        lambda: _record(user, amount_kobo, account, narration, identity, now),
        user,
        WITHDRAWAL,
        identity,
    )


def send(*, reference: str, now: datetime) -> None:
    """Ask the vendor for the transfer, once, and commit what follows from its answer.

    Repeating it is safe: a transfer that may have arrived is looked up, not sent again. While the
    wallet is locked nothing is sent, and the hold stays: a sweep tries again.
    Raises: VendorUnavailable (nothing was done: try again).
    """
    transaction = _find_pending(reference)
    if transaction is None:
        return
    if transaction.sent_at is not None:
        requery(reference=reference, now=now)
        return
    if not _may_send(transaction, now):
        return
    failpoint("before-claim")
    unsent = Transaction.objects(
        pk=transaction.pk, status=TransactionStatus.PENDING, sent_at__exists=False
    )
    if unsent.update_one(set__sent_at=now):
        _post(transaction, now)


def apply(transfer: Transfer, *, source: ChangeSource, now: datetime) -> Transaction:
    """Record a transfer as the vendor's API describes it at `now`, and settle its withdrawal.

    Before a failure is believed the vendor is asked for other transfers under the reference: a
    retry in its dashboard has an id of its own. Applying the same transfer again changes nothing.
    Raises: TransactionNotFound, VendorUnavailable.
    """
    return apply_all(with_retries(transfer), source=source, now=now)


@atomic
def apply_all(transfers: Sequence[Transfer], *, source: ChangeSource, now: datetime) -> Transaction:
    """Record transfers under one reference, and settle its withdrawal.

    Raises: TransactionNotFound.
    """
    reference = transfers[0].reference
    transaction = Transaction.objects(reference=reference, type=WITHDRAWAL).first()
    if transaction is None:
        fact = facts.of_transfer(transfers[0])
        return apply_unmatched(fact, source=source, asked_at=now, now=now)
    known = [facts.of_transfer(each) for each in transfers]
    transaction = apply_facts(transaction, known, source=source, asked_at=now, now=now)
    if transaction.vendor_id is None:
        outcomes.remember_vendor_id(transaction, transfers[0])
    return transaction


def with_retries(transfer: Transfer) -> list[Transfer]:
    """The transfer and, if it has failed, what was tried again under other ids."""
    if transfer.status is not TransferStatus.FAILED:
        return [transfer]
    client = vendor.client()
    others = [
        *client.find_transfers_by_reference(transfer.reference),
        *client.list_retries(transfer.vendor_id),
    ]
    by_id = {each.vendor_id: each for each in others if each.reference == transfer.reference}
    return [transfer, *(each for key, each in by_id.items() if key != transfer.vendor_id)]


def requery(*, reference: str, now: datetime) -> None:
    """Ask the vendor how the transfer stands, and commit what follows.

    Also for a withdrawal that has ended, because a transfer may come back. The transfer is sent
    again, under the same reference, only if the vendor never acknowledged it and still knows
    nothing of it TRANSFER_RESEND_AFTER_S after it was sent: right after an ambiguous POST an
    empty look-up proves nothing. Source: docs/vendors/flutterwave.md, section 4, "Lookups".
    Raises: VendorUnavailable.
    """
    transaction = Transaction.objects(reference=reference, type=WITHDRAWAL).first()
    if transaction is None:
        return
    is_pending = transaction.status is TransactionStatus.PENDING
    if is_pending and transaction.sent_at is None:
        send(reference=reference, now=now)
        return
    found = _look_up(transaction)
    if found:
        apply_all(found, source=ChangeSource.REQUERY, now=now)
    elif transaction.vendor_id:
        outcomes.report_unknown(transaction, now)
    elif is_pending and _is_resend_due(transaction, now) and _may_send(transaction, now):
        failpoint("before-claim")
        again = Transaction.objects(
            pk=transaction.pk, sent_at=transaction.sent_at, vendor_id__exists=False
        )
        if again.update_one(set__sent_at=now):
            _post(transaction, now, is_again=True)


def _is_resend_due(transaction: Transaction, now: datetime) -> bool:
    wait = timedelta(seconds=settings.TRANSFER_RESEND_AFTER_S)
    return bool(transaction.sent_at <= now - wait)


def statement(transfer: Transfer, *, now: datetime) -> Statement:
    """What the vendor says about a transfer, for reconciliation, which applies it."""
    return Statement(
        vendor_id=transfer.vendor_id,
        reference=transfer.reference,
        status=transfer.status.value,
        has_moved=transfer.status is TransferStatus.SUCCESSFUL,
        amount=transfer.amount_kobo,
        currency=transfer.currency,
        apply=lambda: _apply_listed(transfer, now),
    )


def _apply_listed(transfer: Transfer, now: datetime) -> None:
    """A failure that is news is believed only after its retries were asked for."""
    known = find_object(vendor.VENDOR, ObjectKind.TRANSFER, transfer.vendor_id)
    if known is not None and known.status == transfer.status.value:
        apply_all([transfer], source=ChangeSource.RECONCILE, now=now)
    else:
        apply(transfer, source=ChangeSource.RECONCILE, now=now)


@atomic
def _record(
    user: User,
    amount_kobo: int,
    account: BankAccount,
    narration: str,
    identity: OrderIdentity | None,
    now: datetime,
) -> Transaction:
    wallet = get_wallet(user_id=user.pk)
    fee_kobo = limits.get_fee_kobo(amount_kobo)
    daily_sum = limits.get_daily_sum(amount_kobo, now)
    return intents.record(
        wallet,
        WITHDRAWAL,
        user=user,
        amount_kobo=amount_kobo,
        fee_kobo=fee_kobo,
        hold_kobo=amount_kobo + fee_kobo,
        daily_sum=daily_sum,
        identity=identity,
        now=now,
        # A task sends it now; if that is never published, a sweep finds it at this time.
        next_check_at=now + timedelta(seconds=settings.INBOX_GRACE_S),
        order=Payout(
            bank_code=account.bank_code,
            account_number=account.account_number,
            account_name=account.account_name,
            narration=narration or f"{settings.APP_NAME} withdrawal",
            counted_on=daily_sum.day,
        ),
        details={
            "bank_code": account.bank_code,
            "account_number": mask_account_number(account.account_number),
            "account_name": account.account_name,
        },
    )


def _find_pending(reference: str) -> Transaction | None:
    return Transaction.objects(
        reference=reference, type=WITHDRAWAL, status=TransactionStatus.PENDING
    ).first()


def _may_send(transaction: Transaction, now: datetime) -> bool:
    """False while the wallet is locked, or if the order was changed since the hold.

    The transaction keeps its hold and its next look.
    """
    try:
        locks.check_may_send(wallet_id=transaction.wallet, now=now)
    except WalletLocked:
        logger.warning("transfer %s waits: its wallet is locked", transaction.reference)
        return False
    if not is_as_ordered(transaction, now=now):
        logger.error("transfer %s is not sent: it was changed", transaction.reference)
        return False
    return True


def _look_up(transaction: Transaction) -> list[Transfer]:
    """What the vendor knows of the transfer, and of what was tried again after its failure."""
    client = vendor.client()
    if transaction.vendor_id:
        known = client.find_transfer(transaction.vendor_id)
        return with_retries(known) if known else []
    return client.find_transfers_by_reference(transaction.reference)


def _post(transaction: Transaction, now: datetime, *, is_again: bool = False) -> None:
    """Send the transfer. The refusal of a second POST says nothing about the first."""
    try:
        transfer = vendor.client().send_transfer(_order(transaction))
    except VendorAccountFault as exc:
        # Nothing was done, and no retry of the task helps. A sweep tries again.
        availability.record_account_fault(exc, now)
        if not is_again:
            Transaction.objects(pk=transaction.pk).update_one(unset__sent_at=1)
    except VendorUnavailable:
        availability.CIRCUIT.record_failure()
        if not is_again:
            # Nothing was done, so the next try need not look first.
            Transaction.objects(pk=transaction.pk).update_one(unset__sent_at=1)
        raise
    except VendorRejected as exc:
        if is_again:
            logger.warning("transfer %s: refused again: %s", transaction.reference, exc)
        else:
            outcomes.settle_refused(transaction.reference, exc, now)
    except OutcomeUnknown as exc:
        availability.CIRCUIT.record_failure()
        # The hold stays until the webhook or a requery decides.
        logger.warning("transfer %s: outcome unknown: %s", transaction.reference, exc)
    else:
        availability.CIRCUIT.record_success()
        apply(transfer, source=ChangeSource.API, now=now)


def _order(transaction: Transaction) -> TransferOrder:
    payout = transaction.order
    return TransferOrder(
        reference=transaction.reference,
        bank_code=payout.bank_code,
        account_number=payout.account_number,
        account_name=payout.account_name,
        amount_kobo=transaction.amount,
        currency=transaction.currency,
        narration=payout.narration,
    )
