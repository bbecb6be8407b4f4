"""Postings: the only module that inserts ledger entries and moves `balance`.

Every function runs inside an atomic block.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from bson import ObjectId

from payflow.kernel.documents import find_one, insert, update_one
from payflow.kernel.errors import InvariantBroken
from wallets.errors import WalletNotFound
from wallets.ledger.chart import receivable_account, wallet_account
from wallets.ledger.documents import LedgerEntry, Wallet
from wallets.ledger.targets import CUSTOMER, Posting


def post(
    wallet_id: ObjectId,
    *,
    reference: str,
    postings: Sequence[Posting],
    at: datetime,
    captures: int = 0,
) -> Wallet:
    """Book the postings in order on the wallet's chain, and return the wallet afterwards.

    A posting that takes more from the CUSTOMER than the wallet has to spend takes the rest as a
    debt. One that gives repays a debt first. `captures` is the hold in kobo that these postings
    spend. Raises: WalletNotFound.
    """
    wallet = find_one(Wallet, {"_id": wallet_id})
    if wallet is None:
        raise WalletNotFound()
    seq, wallet.owed_before = wallet.entry_seq, wallet.owed
    wallet.held -= captures
    entries = []
    for posting in postings:
        for debit, credit, amount in _split(wallet, posting):
            entries.append(_chain(wallet, reference, debit, credit, amount, posting.currency, at))
    if not 0 <= wallet.held <= wallet.balance:
        raise InvariantBroken(f"{reference} would spend money that is held")
    moved = update_one(
        Wallet,
        {"_id": wallet.pk, "entry_seq": seq},
        {
            "$set": {
                "balance": wallet.balance,
                "held": wallet.held,
                "owed": wallet.owed,
                "entry_seq": wallet.entry_seq,
                "entry_hash": wallet.entry_hash,
                "updated_at": at,
            }
        },
    )
    if not moved:
        raise InvariantBroken(f"wallet {wallet.pk} changed within one snapshot")
    insert(entries)
    return wallet


def repay_debt(wallet_id: ObjectId, *, reference: str, at: datetime) -> Wallet | None:
    """Repay what the customer owes from what the wallet has to spend; None if there is nothing.

    For money that a hold has just given back. The customer's money in sum stays the same.
    """
    wallet = find_one(Wallet, {"_id": wallet_id})
    if wallet is None:
        raise WalletNotFound()
    kobo = min(wallet.owed, wallet.balance - wallet.held)
    if kobo <= 0:
        return None
    repaid = Posting(wallet_account(wallet_id), receivable_account(wallet_id), kobo)
    return post(wallet_id, reference=reference, postings=[repaid], at=at)


def hash_entry(entry: LedgerEntry) -> str:
    """SHA-256 over every field of the entry but its id and its hash, as hexadecimal text.

    Newlines join the fields; no field can contain one.
    """
    fields = (
        entry.prev_hash,
        entry.transaction,
        entry.debit_account,
        entry.credit_account,
        entry.amount,
        entry.currency,
        entry.wallet,
        entry.seq,
        entry.balance_after,
        entry.created_at.isoformat(timespec="milliseconds"),
    )
    return hashlib.sha256("\n".join(map(str, fields)).encode()).hexdigest()


def _split(wallet: Wallet, posting: Posting) -> list[tuple[str, str, int]]:
    """The posting as movements between real accounts: debit account, credit account, amount."""
    if posting.amount <= 0 or posting.debit_account == posting.credit_account:
        raise InvariantBroken(f"{posting} cannot be booked")
    ours, debt = wallet_account(wallet.pk), receivable_account(wallet.pk)
    if posting.debit_account == CUSTOMER:
        paid = min(posting.amount, max(wallet.balance - wallet.held, 0))
        shares = ((ours, paid), (debt, posting.amount - paid))
        return [(account, posting.credit_account, kobo) for account, kobo in shares if kobo]
    if posting.credit_account == CUSTOMER:
        repaid = min(posting.amount, wallet.owed)
        movements = [(posting.debit_account, ours, posting.amount)]
        return movements + ([(ours, debt, repaid)] if repaid else [])
    return [(posting.debit_account, posting.credit_account, posting.amount)]


def _chain(
    wallet: Wallet,
    reference: str,
    debit: str,
    credit: str,
    amount: int,
    currency: str,
    at: datetime,
) -> LedgerEntry:
    """The next entry of the wallet's chain. The wallet in memory moves along."""
    ours, debt = wallet_account(wallet.pk), receivable_account(wallet.pk)
    wallet.balance += amount * ((credit == ours) - (debit == ours))
    wallet.owed += amount * ((debit == debt) - (credit == debt))
    if wallet.balance < 0 or wallet.owed < 0:
        raise InvariantBroken(f"{reference} would overdraw {ours}")
    entry = LedgerEntry(
        transaction=reference,
        debit_account=debit,
        credit_account=credit,
        amount=amount,
        currency=currency,
        wallet=wallet.pk,
        seq=wallet.entry_seq + 1,
        balance_after=wallet.balance,
        prev_hash=wallet.entry_hash,
        created_at=at,
    )
    entry.hash = hash_entry(entry)
    wallet.entry_seq, wallet.entry_hash = entry.seq, entry.hash
    return entry
