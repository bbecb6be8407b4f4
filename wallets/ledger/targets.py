"""What the books should say about a transaction, and how that differs from what is booked. Pure.

A Target follows from the vendor objects of a transaction alone. Postings are compared by pairs
of accounts, so the same facts in any order end in the same sums.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from bson import ObjectId

from payflow.kernel.money import NGN
from wallets.ledger.chart import receivable_account, wallet_account
from wallets.ledger.documents import LedgerEntry, TransactionStatus

# Stands in a posting for the customer of the transaction: what the wallet has, and what its
# customer owes if the wallet has too little.
CUSTOMER = "customer"


@dataclass(frozen=True)
class Posting:
    """One movement between two accounts, in kobo or in hundredths of another currency."""

    debit_account: str
    credit_account: str
    amount: int
    currency: str = NGN

    @property
    def customer_kobo(self) -> int:
        """What the posting adds to the customer's money; negative if it takes some."""
        credited, debited = self.credit_account == CUSTOMER, self.debit_account == CUSTOMER
        return self.amount * (credited - debited)


class FindingKind(Protocol):
    """A kind of review case: wallets/review/kinds.py."""

    @property
    def word(self) -> str: ...


@dataclass(frozen=True)
class Finding:
    """Something that a person has to decide. `vendor_id` names the vendor object."""

    kind: FindingKind
    vendor_id: str
    evidence: Mapping[str, object]
    due_at: datetime | None = None  # until when the vendor wants an answer


@dataclass(frozen=True, kw_only=True)
class Target:
    """What the vendor objects of a transaction add up to.

    `status` is None as long as they decide nothing. A transaction that becomes a SUCCESS books
    `first`: what its customer ordered. `final` is what must be booked in the end, by this
    transaction and by the REVERSALs that follow it; where it takes back a part of `first`, the
    vendor has changed its mind.
    """

    status: TransactionStatus | None
    first: tuple[Posting, ...] = ()
    final: tuple[Posting, ...] = ()
    frozen_kobo: int = 0  # of the customer's money, until a chargeback is decided
    findings: tuple[Finding, ...] = ()
    reason: str | None = None  # a sentence for the customer, with the status
    vendor_reason: str | None = None  # in the vendor's words, for support
    vendor_id: str | None = None  # of the object that decided the status
    # What a REVERSAL tells the customer from whom it takes money, or to whom it gives some.
    taken_back: str = "The payment provider corrected this transaction."
    given_back: str = "The payment provider corrected this transaction."
    fields: Mapping[str, Any] = field(default_factory=dict)  # set with the status


def difference(wanted: Iterable[Posting], booked: Iterable[Posting]) -> list[Posting]:
    """The postings that lead from what is booked to what is wanted, in a fixed order."""
    missing: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for sign, postings in ((1, wanted), (-1, booked)):
        for each in postings:
            low, high = sorted((each.debit_account, each.credit_account))
            forwards = 1 if each.debit_account == low else -1
            missing[low, high, each.currency] += sign * forwards * each.amount
    return [
        Posting(low, high, kobo, currency) if kobo > 0 else Posting(high, low, -kobo, currency)
        for (low, high, currency), kobo in sorted(missing.items())
        if kobo and low != high
    ]


def booked_postings(
    entries: Iterable[LedgerEntry], wallet_id: ObjectId, renamed: Mapping[str, str]
) -> list[Posting]:
    """The entries as postings of the customer and of house accounts.

    `renamed` translates the accounts that older entries name otherwise.
    """
    ours = {wallet_account(wallet_id), receivable_account(wallet_id)}

    def name(account: str) -> str:
        return CUSTOMER if account in ours else renamed.get(account, account)

    return [
        Posting(name(each.debit_account), name(each.credit_account), each.amount, each.currency)
        for each in entries
    ]


def customer_kobo(postings: Iterable[Posting]) -> int:
    """What the postings add to the customer's money; negative if they take some."""
    return sum(each.customer_kobo for each in postings)
