"""Debts: what is given back repays them, the same in any order, and nothing false is said."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.facts import dispute, funded, refund, spend
from tests.support.invariants import check_money
from tests.support.people import Customer
from tests.support.staging import Worker, changed, end_transfer, full_audit_fails, sent, staged
from tests.support.vendor import Vendor
from wallets.clients import ChargebackStatus
from wallets.ledger.documents import LedgerEntry, TransactionStatus
from wallets.review.documents import ReviewCase


@pytest.fixture
def in_debt(customer: Customer, vendor: Vendor, worker: Worker) -> str:
    """The withdrawal of 1,000 naira of a customer who owes us 1,010.75; the vendor decides it."""
    _, payment_id = funded(customer, 1500_00)
    reference = sent(customer, worker)
    dispute(payment_id, 1500_00, ChargebackStatus.LOST)
    staged((customer.wallet.balance, customer.wallet.owed) == (1010_75, 1010_75), "no debt")
    return reference


def test_a_failed_withdrawal_that_repays_a_debt_is_no_finding_of_the_audit(
    customer: Customer, vendor: Vendor, worker: Worker, in_debt: str
) -> None:
    """Nobody tampered with anything."""
    end_transfer(vendor, worker, in_debt, "FAILED")
    staged(customer.transaction(in_debt).status is TransactionStatus.FAILED, "it did not fail")
    staged((customer.wallet.balance, customer.wallet.owed) == (0, 0), "it is not repaid")
    check_money(customer.wallet)

    assert not full_audit_fails(customer.wallet.pk)


def test_a_failed_withdrawal_has_no_entries_but_the_repayment(
    customer: Customer, vendor: Vendor, worker: Worker, in_debt: str
) -> None:
    """Nothing else, and the audit names one that is not a repayment."""
    end_transfer(vendor, worker, in_debt, "FAILED")

    [entry] = LedgerEntry.objects(transaction=in_debt)
    wallet_id = customer.wallet.pk
    assert entry.debit_account == f"wallet:{wallet_id}"
    assert entry.credit_account == f"receivable:{wallet_id}"
    with changed(entry, credit_account="gateway:flutterwave"):
        assert full_audit_fails(wallet_id)


def test_nobody_is_told_that_money_is_back_when_it_repaid_a_debt(
    customer: Customer, vendor: Vendor, worker: Worker, in_debt: str
) -> None:
    """The wallet has nothing after it."""
    end_transfer(vendor, worker, in_debt, "FAILED")
    staged(customer.wallet.balance == 0, "the wallet has money")

    assert "back in your wallet" not in customer.transaction(in_debt).reason


def test_a_dispute_that_is_lost_in_part_frees_the_rest_for_the_debt(
    new_customer: Callable[[], Customer],
) -> None:
    """1,000 are disputed and 600 lost; another payment is taken back. Any order, same wallet."""
    ends = []
    for is_decided_first in (True, False):
        customer = new_customer()
        _, disputed = funded(customer, 1000_00)
        _, other = funded(customer, 500_00)
        spend(customer, 400_00)
        chargeback = dispute(disputed, 1000_00)
        staged(customer.wallet.held == 1000_00, "it is not frozen")
        steps = [
            lambda d=disputed, c=chargeback: dispute(d, 600_00, ChargebackStatus.LOST, id=c),
            lambda o=other: refund(o, 500_00),
        ]
        for step in steps if is_decided_first else reversed(steps):
            step()
        check_money(customer.wallet)
        ends.append((customer.wallet.balance, customer.wallet.held, customer.wallet.owed))

    assert ends[0] == ends[1]


def test_the_case_of_a_debt_names_the_debt(customer: Customer) -> None:
    """A debt of 410.75, then 310.75, then 410.75 again."""
    _, first = funded(customer, 500_00)
    spend(customer, 400_00)
    dispute(first, 500_00, ChargebackStatus.LOST)
    owed = customer.wallet.owed
    staged(owed == 410_75, "no debt")
    _, second = funded(customer, 100_00)
    refund(second, 100_00)
    staged(customer.wallet.owed == owed, "the debt is another one")

    [case] = ReviewCase.objects(transaction=f"wallet:{customer.wallet.pk}", kind="in_debt")
    assert case.evidence["owed_kobo"] == owed
