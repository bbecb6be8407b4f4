"""A wallet's chain of entries: each follows the one before, and its end is what the wallet says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bson import ObjectId

from payflow.kernel.money import to_naira_text
from wallets.ledger.chart import receivable_account, wallet_account
from wallets.ledger.documents import LedgerEntry, Wallet
from wallets.ledger.postings import hash_entry
from wallets.oversight.audit import BATCH
from wallets.oversight.audit.findings import Finding
from wallets.oversight.documents import AuditCheckpoint
from wallets.review.audit_findings import AuditFinding


@dataclass
class Chain:
    """How far the audit has walked."""

    seq: int = 0
    hash: str = ""
    balance: int = 0
    owed: int = 0


def chain_at(checkpoint: AuditCheckpoint | None) -> Chain:
    if checkpoint is None:
        return Chain()
    return Chain(checkpoint.seq, checkpoint.hash, checkpoint.balance, checkpoint.owed)


def compare_checkpoint(wallet_id: ObjectId, checkpoint: AuditCheckpoint) -> Iterator[Finding]:
    if checkpoint.seq == 0:
        return
    entry = LedgerEntry.objects(wallet=wallet_id, seq=checkpoint.seq).first()
    expected = checkpoint.hash
    if entry is None or entry.hash != expected or hash_entry(entry) != expected:
        yield Finding(
            str(wallet_id), AuditFinding.CHANGED_SINCE_AUDIT, f"#{checkpoint.seq}",
            f"It was another entry when the wallet was audited at "
            f"{checkpoint.audited_at:%Y-%m-%d}.",
        )  # fmt: skip


def walk(wallet: Wallet, chain: Chain) -> Iterator[Finding]:
    """Compare each entry with the one before it, up to the wallet's latest entry."""
    account, debt, name = wallet_account(wallet.pk), receivable_account(wallet.pk), str(wallet.pk)
    for low in range(chain.seq + 1, wallet.entry_seq + 1, BATCH):
        high = min(low + BATCH - 1, wallet.entry_seq)
        rows = LedgerEntry.objects(wallet=wallet.pk, seq__gte=low, seq__lte=high)
        for entry in rows.order_by("seq"):
            where = f"#{entry.seq} of {entry.transaction}"
            if entry.seq != chain.seq + 1:
                missing = f"#{chain.seq + 1} to #{entry.seq - 1}"
                yield Finding(
                    name, AuditFinding.ENTRY_MISSING, missing, "No entry has these numbers."
                )
            elif entry.prev_hash != chain.hash:
                yield Finding(
                    name, AuditFinding.CHAIN_BROKEN, where, "It does not follow the one before."
                )
            if hash_entry(entry) != entry.hash:
                yield Finding(
                    name, AuditFinding.ENTRY_CHANGED, where, "Its fields do not match its hash."
                )
            sign = (entry.credit_account == account) - (entry.debit_account == account)
            if entry.balance_after != chain.balance + sign * entry.amount:
                yield Finding(
                    name, AuditFinding.BALANCE_WRONG, where,
                    f"It says {to_naira_text(entry.balance_after)} after "
                    f"{to_naira_text(chain.balance)} and {to_naira_text(sign * entry.amount)}.",
                )  # fmt: skip
            chain.owed += entry.amount * (
                (entry.debit_account == debt) - (entry.credit_account == debt)
            )
            # Go on from what this entry says, so that one fault gives one finding.
            chain.seq, chain.hash, chain.balance = entry.seq, entry.hash, entry.balance_after


def compare_wallet(wallet: Wallet, chain: Chain, held: int) -> Iterator[Finding]:
    """Compare the wallet with the end of its chain and with its PENDING debits."""
    name = str(wallet.pk)
    if chain.seq != wallet.entry_seq:
        missing = f"#{chain.seq + 1} to #{wallet.entry_seq}"
        sentence = "The wallet's latest entry is beyond the end of its chain."
        yield Finding(name, AuditFinding.ENTRY_MISSING, missing, sentence)
    elif chain.hash != wallet.entry_hash:
        sentence = "The wallet names another latest entry."
        yield Finding(name, AuditFinding.HEAD_DIFFERS, f"#{chain.seq}", sentence)
    if chain.balance != wallet.balance:
        yield Finding(
            name, AuditFinding.BALANCE_DIFFERS, "wallet",
            f"It has {to_naira_text(wallet.balance)}, "
            f"its entries say {to_naira_text(chain.balance)}.",
        )  # fmt: skip
    if chain.owed != wallet.owed or wallet.owed < 0:
        yield Finding(
            name, AuditFinding.OWED_DIFFERS, "wallet",
            f"It says that {to_naira_text(wallet.owed)} is owed, "
            f"its entries say {to_naira_text(chain.owed)}.",
        )  # fmt: skip
    if wallet.held != held:
        yield Finding(
            name, AuditFinding.HELD_DIFFERS, "wallet",
            f"It holds {to_naira_text(wallet.held)}, its PENDING debits and what is frozen need "
            f"{to_naira_text(held)}.",
        )  # fmt: skip
    if wallet.unfrozen and wallet.balance > wallet.held:
        yield Finding(
            name, AuditFinding.HELD_DIFFERS, "wallet",
            f"Disputes want {to_naira_text(wallet.unfrozen)} more, and it has "
            f"{to_naira_text(wallet.balance - wallet.held)} that is not frozen.",
        )  # fmt: skip
    if not 0 <= wallet.held <= wallet.balance:
        yield Finding(name, AuditFinding.OVERDRAWN, "wallet", "It holds more than its balance.")
