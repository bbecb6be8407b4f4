"""The house: what is nobody's yet, and what we keep at vendors.

The house has a wallet without a customer and never a balance. Its ledger chain keeps entries that
concern no customer's transaction: a payment under an unknown reference, an opening balance.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId

from payflow.kernel.db import atomic
from payflow.kernel.errors import InvariantBroken
from payflow.kernel.references import new_reference
from wallets.errors import TransactionNotFound
from wallets.ledger import holds, postings
from wallets.ledger.chart import SETTLEMENT_BANK
from wallets.ledger.documents import (
    ADJUSTMENT,
    Change,
    ChangeSource,
    Transaction,
    TransactionStatus,
    Wallet,
)
from wallets.ledger.targets import Posting
from wallets.ledger.vendor_objects import Fact, find_object

HOUSE = ObjectId("0" * 24)


def record_transaction(
    transaction_type: str,
    code: str,
    *,
    status: TransactionStatus,
    amount: int,
    source: ChangeSource,
    now: datetime,
    **fields: Any,
) -> Transaction:
    """A new transaction of the house. Runs inside its caller's atomic block."""
    wallet = Wallet.objects(pk=HOUSE).first() or Wallet(
        pk=HOUSE, user_id=HOUSE, created_at=now, updated_at=now
    ).save(force_insert=True)
    transaction = Transaction(
        reference=new_reference(code),
        wallet=HOUSE,
        user_id=HOUSE,
        type=transaction_type,
        status=status,
        amount=max(amount, 1),
        currency=wallet.currency,
        **fields,
    )
    holds.take_number(wallet, transaction, now=now)
    transaction.history = [Change(status=status, source=source, at=transaction.created_at)]
    return transaction.save(force_insert=True)


def keep(
    fact: Fact,
    transaction_type: str,
    code: str,
    *,
    has_moved: bool,
    source: ChangeSource,
    now: datetime,
) -> Transaction:
    """The house's transaction for a vendor object that belongs to no customer's transaction.

    The first fact that moved money begins it. Runs inside its caller's atomic block.
    Raises: TransactionNotFound, if nothing is kept and no money has moved.
    """
    known = find_object(fact.vendor, fact.kind, fact.vendor_id)
    if known is not None:
        kept: Transaction | None = Transaction.objects(reference=known.transaction).first()
        if kept is None:
            raise InvariantBroken(f"vendor object {fact.vendor_id} belongs to no transaction")
        return kept
    if not has_moved:
        raise TransactionNotFound("The vendor's reference is not ours.")
    return record_transaction(
        transaction_type,
        code,
        status=TransactionStatus.PENDING,
        amount=fact.amount,
        source=source,
        now=now,
        vendor=fact.vendor,
        vendor_id=fact.vendor_id,
        details={"named_reference": fact.named_reference},
    )


@atomic
def book_top_up(account: str, *, kobo: int, reason: str, now: datetime) -> Transaction:
    """Book money that we paid in at a vendor, or that it paid out to our bank if negative.

    `account` is a house account, such as gateway:flutterwave. Nothing moves if `kobo` is 0.
    """
    transaction = record_transaction(
        ADJUSTMENT,
        "ADJ",
        status=TransactionStatus.SUCCESS,
        amount=abs(kobo),
        source=ChangeSource.STAFF,
        now=now,
        reason=reason,
        completed_at=now,
        details={"house_account": account},
    )
    debit, credit = (account, SETTLEMENT_BANK) if kobo > 0 else (SETTLEMENT_BANK, account)
    if kobo:
        postings.post(
            HOUSE,
            reference=transaction.reference,
            postings=[Posting(debit, credit, abs(kobo))],
            at=now,
        )
    return transaction


def is_opened(account: str) -> bool:
    """True if the opening balance of this account is booked, so it can be compared."""
    booked = Transaction.objects(user_id=HOUSE, type=ADJUSTMENT, status=TransactionStatus.SUCCESS)
    return any(each.details.get("house_account") == account for each in booked.only("details"))
