"""Nothing false is said about money that repaid a debt, nor about a payment of nothing."""

from __future__ import annotations

from tests.support.airtime import buy_pending, requery_purchase
from tests.support.facts import dispute, funded, last_reversal, order, pay, spend
from tests.support.networks import Networks
from tests.support.people import Customer
from tests.support.staging import staged
from tests.support.withdrawals import apply_status
from wallets.clients import ChargebackStatus, TransferStatus
from wallets.ledger.documents import TransactionStatus


def test_a_returned_transfer_that_repaid_a_debt_is_not_said_to_be_in_the_wallet(
    customer: Customer,
) -> None:
    """The wallet has nothing after it."""
    _, payment_id = funded(customer, 1000_00)
    reference = spend(customer, 900_00)
    dispute(payment_id, 1000_00, ChargebackStatus.LOST)
    apply_status(reference, TransferStatus.FAILED)
    staged((customer.wallet.balance, customer.wallet.owed) == (0, 0), "it is not repaid")

    assert "back in your wallet" not in last_reversal(reference).reason


def test_a_failed_purchase_that_repaid_a_debt_is_not_said_to_be_in_the_wallet(
    customer: Customer, networks: Networks
) -> None:
    """The same for airtime."""
    _, payment_id = funded(customer, 1000_00)
    bought = buy_pending(customer, networks, "08031234567")
    staged(customer.wallet.held == 500_00, "it is not held")
    dispute(payment_id, 1000_00, ChargebackStatus.LOST)
    networks.end(str(bought.vendor_id), "failed")
    requery_purchase(bought.reference)
    staged((customer.wallet.balance, customer.wallet.owed) == (0, 0), "it is not repaid")

    stored = customer.transaction(bought.reference)
    assert stored.status is TransactionStatus.FAILED
    assert "back in your wallet" not in stored.reason


def test_a_payment_of_nothing_does_not_end_a_funding(customer: Customer) -> None:
    """Zero naira: the page is still open, and support has nothing to contact anybody about."""
    reference = order(customer, 1000_00)
    pay(reference, 0)

    assert customer.transaction(reference).status is TransactionStatus.PENDING
