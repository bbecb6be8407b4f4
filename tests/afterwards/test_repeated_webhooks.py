"""A status that returns is news, although its webhook has the words of an earlier one."""

from __future__ import annotations

from tests.support.people import Customer
from tests.support.staging import Worker, end_transfer, sent
from tests.support.vendor import Vendor, charge


def test_a_transfer_that_is_paid_again_is_heard_of_by_its_webhook(
    rich: Customer, vendor: Vendor, worker: Worker
) -> None:
    """Paid, returned, paid again: all three webhooks arrive. After day 7 nobody else asks."""
    reference = sent(rich, worker)
    for status, balance in (
        ("SUCCESSFUL", 10000_00 - 1010_75),
        ("FAILED", 10000_00),
        ("SUCCESSFUL", 10000_00 - 1010_75),
    ):
        end_transfer(vendor, worker, reference, status)
        assert rich.wallet.balance == balance, status


def test_a_payment_that_is_successful_again_is_heard_of_by_its_webhook(
    customer: Customer, vendor: Vendor, worker: Worker
) -> None:
    """Successful, reversed, successful again: a funding has no question of its own afterwards."""
    started = customer.fund("1000")
    payment_id = vendor.pay(started["link"])
    worker.hear(charge(payment_id, started["tx_ref"], "successful"))
    for status, balance in (("reversed", 0), ("successful", 1000_00), ("reversed", 0)):
        vendor.correct(int(payment_id or 0), status)
        worker.hear(charge(payment_id, started["tx_ref"], status))
        assert customer.wallet.balance == balance, status
