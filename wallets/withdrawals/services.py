"""Withdrawing money: hold it, send one transfer, and capture or release the hold.

    start() ──► held ── send() ──► may have arrived ── apply() ──► captured | released
                                        └── requery() ──┘

`sent_at` is committed before the vendor is called. From then on the transfer may have arrived;
it is only ever sent again under the same reference, which the vendor accepts once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

from django.conf import settings

from accounts.models import User
from payflow.kernel import clock
from payflow.kernel.db import atomic
from payflow.kernel.errors import OutcomeUnknown, VendorRejected, VendorUnavailable
from payflow.kernel.failpoints import failpoint
from payflow.kernel.idempotency import IdempotencyKey
from wallets.clients import Transfer, TransferOrder, TransferStatus
from wallets.errors import TransactionNotFound, WalletLocked
from wallets.flows import Statement
from wallets.ledger import intents, locks
from wallets.ledger.documents import ChangeSource, Transaction, TransactionStatus
from wallets.ledger.selectors import get_wallet
from wallets.withdrawals import WITHDRAWAL, limits, outcomes, vendor
from wallets.withdrawals.banks import BankAccount, mask_account_number, resolve_account
from wallets.withdrawals.documents import Payout

logger = logging.getLogger(__name__)


def start(
    *,
    user: User,
    amount_kobo: int,
    bank_code: str,
    account_number: str,
    narration: str = "",
    idempotency: IdempotencyKey | None = None,
    now: datetime,
) -> Transaction:
    """Record a PENDING withdrawal and hold its amount and fee. The caller publishes its task.

    The bank confirms the account first. The same idempotency key returns the same transaction.
    Raises: AmountOutOfRange, AccountNotResolved, VendorUnavailable, WalletNotFound,
    WalletInactive, WalletLocked, WalletInDebt, InsufficientFunds, DailyLimitReached,
    IdempotencyConflict, RequestInProgress; nothing is held then.
    """
    if earlier := intents.find_earlier(user, WITHDRAWAL, idempotency):
        return earlier
    limits.check_amount(amount_kobo)
    account = resolve_account(bank_code=bank_code, account_number=account_number)
    return intents.record_once(
        lambda: _record(user, amount_kobo, account, narration, idempotency, now),
        user,
        WITHDRAWAL,
        idempotency,
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


@atomic
def apply(transfer: Transfer, *, source: ChangeSource, now: datetime) -> Transaction:
    """Do what follows from a transfer, as the vendor's API describes it.

    States: PENDING -> SUCCESS (captured), PENDING -> FAILED (released). What contradicts a
    final status opens a review case and changes nothing; only a transfer that came back after
    it was paid also returns the money, by a REVERSAL. Applying the same transfer again changes
    nothing. Raises: TransactionNotFound.
    """
    transaction = Transaction.objects(reference=transfer.reference, type=WITHDRAWAL).first()
    if transaction is None:
        raise TransactionNotFound(reference=transfer.reference)
    if transfer.amount_kobo != transaction.amount:
        outcomes.report_amount(transaction, transfer, now)
    elif transfer.status is TransferStatus.PENDING:
        outcomes.remember_vendor_id(transaction, transfer)
    elif transfer.status is TransferStatus.SUCCESSFUL:
        outcomes.settle_paid(transaction, transfer, source, now)
    else:
        outcomes.settle_returned(transaction, transfer, source, now)
    return transaction


def requery(*, reference: str, now: datetime) -> None:
    """Ask the vendor how the transfer stands, and commit what follows.

    The transfer is sent again, under the same reference, only if the vendor knows nothing of it
    TRANSFER_RESEND_AFTER_S after it was sent: right after an ambiguous POST an empty look-up
    proves nothing. Source: docs/vendors/flutterwave.md, section 4, "Lookups".
    Raises: VendorUnavailable.
    """
    transaction = _find_pending(reference)
    if transaction is None:
        return
    if transaction.sent_at is None:
        send(reference=reference, now=now)
        return
    transfer = _look_up(transaction)
    if transfer is not None:
        apply(transfer, source=ChangeSource.REQUERY, now=now)
    elif transaction.sent_at <= now - timedelta(
        seconds=settings.TRANSFER_RESEND_AFTER_S
    ) and _may_send(transaction, now):
        failpoint("before-claim")
        again = Transaction.objects(pk=transaction.pk, sent_at=transaction.sent_at)
        if again.update_one(set__sent_at=now):
            _post(transaction, now)


def statement(*, transaction: Transaction, now: datetime) -> Statement | None:
    """Apply what the vendor says about one withdrawal, and return it; None if it is unknown there.

    Raises: VendorUnavailable.
    """
    transfer = vendor.client().find_transfer(transaction.vendor_id)
    return None if transfer is None else _applied_statement(transfer, now)


def list_statements(*, start: datetime, end: datetime, now: datetime) -> Iterator[Statement]:
    """The vendor's list of transfers between two moments, each applied before it is yielded.

    Raises: VendorUnavailable.
    """
    days = clock.utc_days(start, end)  # Assumed: the vendor counts its days in UTC.
    for transfer in vendor.client().list_transfers(*days):
        if clock.is_within(transfer.created_at, start, end):
            yield _applied_statement(transfer, now)


@atomic
def _record(
    user: User,
    amount_kobo: int,
    account: BankAccount,
    narration: str,
    idempotency: IdempotencyKey | None,
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
        idempotency=idempotency,
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
    """False while the wallet is locked. The transaction keeps its hold and its next look."""
    try:
        locks.check_may_send(wallet_id=transaction.wallet, now=now)
    except WalletLocked:
        logger.warning("transfer %s waits: its wallet is locked", transaction.reference)
        return False
    return True


def _look_up(transaction: Transaction) -> Transfer | None:
    client = vendor.client()
    if transaction.vendor_id:
        return client.find_transfer(transaction.vendor_id)
    return client.find_transfer_by_reference(transaction.reference)


def _post(transaction: Transaction, now: datetime) -> None:
    try:
        transfer = vendor.client().send_transfer(_order(transaction))
    except VendorUnavailable:
        # Nothing was done, so the next try need not look first.
        Transaction.objects(pk=transaction.pk).update_one(unset__sent_at=1)
        raise
    except VendorRejected as exc:
        outcomes.settle_refused(transaction.reference, exc, now)
    except OutcomeUnknown as exc:
        # The hold stays until the webhook or a requery decides.
        logger.warning("transfer %s: outcome unknown: %s", transaction.reference, exc)
    else:
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


_STATEMENT_STATUSES = {
    TransferStatus.SUCCESSFUL: TransactionStatus.SUCCESS,
    TransferStatus.FAILED: TransactionStatus.FAILED,
    TransferStatus.PENDING: TransactionStatus.PENDING,
}


def _applied_statement(transfer: Transfer, now: datetime) -> Statement:
    with suppress(TransactionNotFound):
        apply(transfer, source=ChangeSource.RECONCILE, now=now)
    return Statement(
        transfer.reference,
        transfer.vendor_id,
        _STATEMENT_STATUSES[transfer.status],
        transfer.amount_kobo,
    )
