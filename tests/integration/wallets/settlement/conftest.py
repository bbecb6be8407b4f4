"""Two flows whose targets the test decides: one takes customers' money, the other brings some."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.documents import LONG_AGO, MakeTransaction, MakeWallet
from wallets import flows
from wallets.flows import MoneyFlow, Schedule
from wallets.ledger.chart import receivable_account, wallet_account
from wallets.ledger.documents import (
    Change,
    ChangeSource,
    LedgerEntry,
    Transaction,
    TransactionStatus,
    Wallet,
)
from wallets.ledger.signals import transaction_changed
from wallets.ledger.targets import CUSTOMER, Posting, Target
from wallets.ledger.vendor_objects import Fact, ObjectKind, VendorObject
from wallets.review.documents import CaseState, ReviewCase
from wallets.withdrawals.kinds import WithdrawalCase

VENDOR, DEBIT, CREDIT = "trial", "TRIAL_DEBIT", "TRIAL_CREDIT"
FLOAT, FEES, COSTS = "float:trial", "income:trial", "expense:trial"
OURS, DEBT = "ours", "debt"
PENDING, SUCCESS, FAILED = (
    TransactionStatus.PENDING,
    TransactionStatus.SUCCESS,
    TransactionStatus.FAILED,
)
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
ORDER = (Posting(CUSTOMER, FLOAT, 100), Posting(CUSTOMER, FEES, 10))
GIFT = (Posting(FLOAT, CUSTOMER, 100),)
IS_PAID = Target(status=SUCCESS, first=ORDER, final=ORDER)
IS_RETURNED = Target(status=SUCCESS, first=ORDER)
HAS_COME = Target(status=SUCCESS, first=GIFT, final=GIFT)
UNDECIDED = Target(status=None)
# Two kinds of cases that the flows open.
TWICE, LATE = WithdrawalCase.PAID_TWICE, WithdrawalCase.PAID_AFTER_FAILED


class Trial:
    """What the vendor objects add up to, as the test says, and what the flows were told."""

    target: Target = UNDECIDED
    fault: Exception | None = None  # raised instead of an answer

    def __init__(self) -> None:
        # Vendor ids of the objects that the latest target follows from.
        self.weighed: list[str] = []
        self.told: list[tuple[str, str]] = []
        common: dict[str, Any] = {
            "vendor": VENDOR,
            "schedule": Schedule((60, 300)),
            "requery": self.requery,
            "target": self.find_target,
            "findings": (TWICE, LATE),
            "accounts": frozenset({FLOAT, FEES, COSTS}),
            "renamed_accounts": {"old:float": FLOAT},
            "on_given_back": lambda each: self.told.append(("given back", each.reference)),
            "on_taken_again": lambda each: self.told.append(("taken again", each.reference)),
            "requery_task": "trial.requery",
        }
        self.flows = (
            MoneyFlow(name=DEBIT, reference_codes={DEBIT: "TRD"}, **common),
            MoneyFlow(name=CREDIT, reference_codes={CREDIT: "TRC"}, is_credit=True, **common),
        )

    def find_target(self, transaction: Transaction, objects: Sequence[VendorObject]) -> Target:
        self.weighed = [each.vendor_id for each in objects]
        if self.fault:
            raise self.fault
        return self.target

    def requery(self, *, reference: str, now: datetime) -> None:
        self.told.append((f"asked at {now:%H:%M}", reference))
        if self.fault:
            raise self.fault


@pytest.fixture
def trial() -> Iterator[Trial]:
    trial = Trial()
    for flow in trial.flows:
        flows.register(flow)
    yield trial
    for flow in trial.flows:
        flows.unregister(flow)


@pytest.fixture
def make_transaction(
    trial: Trial,
    make_wallet: MakeWallet,
    new_transaction: MakeTransaction,
) -> Iterator[MakeTransaction]:
    """Makes a transaction of 100 kobo and, if it is a debit, a fee of 10, on a wallet with 500.

    A PENDING debit is held beside 40 kobo for others. `wallet`: other fields of the wallet.
    """
    made: list[Transaction] = []

    def make(
        type: str = DEBIT,
        status: TransactionStatus = PENDING,
        *,
        wallet: dict[str, Any] | None = None,
        **fields: Any,
    ) -> Transaction:
        is_debit = type == DEBIT
        state = {"balance": 500, "held": 150 if is_debit and status is PENDING else 40}
        state |= {"transaction_number": 1, "transaction_at": LONG_AGO, **(wallet or {})}
        usual = {
            "type": type,
            "status": status,
            "number": 1,
            "fee": 10 if is_debit else 0,
            "vendor": VENDOR,
            "created_at": LONG_AGO,
            "updated_at": LONG_AGO,
            "history": [Change(status=PENDING, source=ChangeSource.API, at=LONG_AGO)],
        }
        transaction = new_transaction(make_wallet(**state), **{**usual, **fields})
        transaction.save(force_insert=True)
        made.append(transaction)
        return transaction

    yield make
    references = [each.reference for each in made]
    wallets = [f"wallet:{each.wallet}" for each in made]
    VendorObject.objects(vendor=VENDOR).delete()
    ReviewCase.objects(transaction__in=[*references, *wallets]).delete()


@pytest.fixture
def announced() -> Iterator[list[str]]:
    """The references of the transactions that are announced as changed."""
    heard: list[str] = []

    def hear(sender: object, transaction: Transaction, **_: object) -> None:
        heard.append(transaction.reference)

    transaction_changed.connect(hear)
    yield heard
    transaction_changed.disconnect(hear)


def fact(vendor_id: str, status: str = "successful", **more: Any) -> Fact:
    return Fact(vendor=VENDOR, kind=ObjectKind.TRANSFER, vendor_id=vendor_id, status=status, **more)


def stored(transaction: Transaction) -> Transaction:
    return Transaction.objects.get(pk=transaction.pk)  # type: ignore[no-any-return]


def wallet_of(transaction: Transaction) -> Wallet:
    return Wallet.objects.get(pk=transaction.wallet)  # type: ignore[no-any-return]


def state_of(transaction: Transaction) -> tuple[int, int, int]:
    """Balance, held and owed of its wallet."""
    wallet = wallet_of(transaction)
    return wallet.balance, wallet.held, wallet.owed


def movements_of(transaction: Transaction) -> list[tuple[str, str, int]]:
    """Debit account, credit account and kobo of each entry under its reference."""
    names = {wallet_account(transaction.wallet): OURS, receivable_account(transaction.wallet): DEBT}
    return [
        (
            names.get(each.debit_account, each.debit_account),
            names.get(each.credit_account, each.credit_account),
            each.amount,
        )
        for each in LedgerEntry.objects(transaction=transaction.reference).order_by("seq")
    ]


def reversals_of(transaction: Transaction) -> list[Transaction]:
    return list(Transaction.objects(reverses=transaction.reference).order_by("number"))


def cases_of(subject: str, state: CaseState = CaseState.OPEN) -> list[tuple[str, str]]:
    """Kind and vendor id of each case."""
    found = ReviewCase.objects(transaction=subject, state=state)
    return sorted((each.kind, each.vendor_id) for each in found)


def rows_of(transaction: Transaction) -> list[dict[str, Any]]:
    """All that settlement may write about the transaction, as it is stored."""
    about = {"$in": [transaction.reference, f"wallet:{transaction.wallet}"]}
    return [
        *Transaction._get_collection().find({"wallet": transaction.wallet}),
        *Wallet._get_collection().find({"_id": transaction.wallet}),
        *LedgerEntry._get_collection().find({"wallet": transaction.wallet}),
        *VendorObject._get_collection().find({"transaction": transaction.reference}),
        *ReviewCase._get_collection().find({"transaction": about}),
    ]
