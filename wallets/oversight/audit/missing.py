"""Wallets that are gone, and customers who have no wallet."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from bson import ObjectId

from accounts.models import User
from accounts.roles import Role
from wallets.house import HOUSE
from wallets.ledger.documents import LedgerEntry, Transaction, Wallet
from wallets.oversight.audit import BATCH
from wallets.oversight.audit.findings import Finding
from wallets.oversight.documents import AuditCheckpoint
from wallets.review.audit_findings import AuditFinding


def find_missing_wallets() -> Iterator[Finding]:
    """Wallets that are gone, and customers who have no wallet.

    A wallet is known by its audit and by its first entry. A customer and the wallet are created
    in one atomic block. Reads each list in batches.
    """
    reported: set[ObjectId] = set()  # users
    named: set[str] = set()  # their wallets
    for checkpoint in _checkpoints_without_wallet():
        reported.add(checkpoint.user_id)
        named.add(str(checkpoint.pk))
        day = f"{checkpoint.audited_at:%Y-%m-%d}"
        sentence = f"It was there when it was audited at {day}; its user is {checkpoint.user_id}."
        yield Finding(str(checkpoint.pk), AuditFinding.WALLET_MISSING, "wallet", sentence)
    for user_id in _customers_without_wallet():
        if user_id not in reported:
            known = Transaction.objects(user_id=user_id).only("wallet").first()
            named.add(str(known.wallet) if known else "")
            sentence = "This customer has no wallet."
            yield Finding(
                str(known.wallet) if known else "",
                AuditFinding.WALLET_MISSING,
                f"user:{user_id}",
                sentence,
            )
    for gone in map(str, _entries_without_wallet()):
        if gone not in named:
            sentence = "It has entries. It was never audited, and its user is gone too."
            yield Finding(gone, AuditFinding.WALLET_MISSING, "wallet", sentence)


def _checkpoints_without_wallet() -> Iterator[AuditCheckpoint]:
    after = ObjectId("0" * 24)  # the house's wallet, which begins with its first transaction
    while batch := list(AuditCheckpoint.objects(pk__gt=after).order_by("pk").limit(BATCH)):
        there = Wallet.objects(pk__in=[each.pk for each in batch]).only("pk")
        found = {each.pk for each in there}
        yield from (each for each in batch if each.pk not in found)
        after = batch[-1].pk


def _entries_without_wallet() -> Iterator[ObjectId]:
    # With a bound on both of its fields the index is read from wallet to wallet.
    first = LedgerEntry.objects(wallet__gte=HOUSE, seq=1)
    rows = first.order_by("wallet").only("wallet").no_cache()
    ids = (row.wallet for row in rows)
    while batch := list(islice(ids, BATCH)):
        found = {each.pk for each in Wallet.objects(pk__in=batch).only("pk")}
        yield from (each for each in batch if each not in found)


def _customers_without_wallet() -> Iterator[ObjectId]:
    # A former member of staff, whose role is customer now, has no wallet and is deactivated.
    customers = User.objects.filter(role=Role.CUSTOMER, is_active=True).order_by("pk")
    after = ObjectId("0" * 24)
    while batch := list(customers.filter(pk__gt=after).values_list("pk", flat=True)[:BATCH]):
        found = {each.user_id for each in Wallet.objects(user_id__in=batch).only("user_id")}
        yield from (each for each in batch if each not in found)
        after = batch[-1]
