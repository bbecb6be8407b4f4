"""Withdrawals whose transfer is lost from view, comes back, is retried or is paid after all."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from payflow.kernel.clock import LAGOS
from tests.support.people import Customer
from tests.support.staging import (
    Worker,
    ask,
    asked_to_withdraw,
    changed,
    end_transfer,
    full_audit_fails,
    open_cases,
    retry_transfer,
    sent,
    sent_at,
    staged,
    transfer_webhook,
)
from tests.support.vendor import Vendor
from wallets.ledger.documents import TransactionStatus
from wallets.oversight.reconciliation import reconcile


def test_a_refused_resend_keeps_the_hold_of_an_accepted_transfer(
    rich: Customer, vendor: Vendor, worker: Worker
) -> None:
    """A refusal of the second POST proves nothing about the first, which the vendor then pays."""
    reference = sent(rich, worker)
    vendor.fault("not_found", "transfer")  # the next look-up
    vendor.fault("not_found", "transfers")  # the next POST: a 400 whose text we do not know
    ask(reference, after=timedelta(minutes=6))

    assert rich.transaction(reference).status is TransactionStatus.PENDING
    assert (rich.wallet.balance, rich.wallet.held) == (10000_00, 1010_75)

    vendor.reset_faults()
    end_transfer(vendor, worker, reference, "SUCCESSFUL")
    assert rich.transaction(reference).status is TransactionStatus.SUCCESS
    assert (rich.wallet.balance, rich.wallet.held) == (10000_00 - 1010_75, 0)


def test_a_transfer_that_is_paid_again_after_its_return_leaves_the_wallet_again(
    rich: Customer, vendor: Vendor, worker: Worker, noon: datetime
) -> None:
    """Paid, returned and paid again: the wallet has paid for it in the end."""
    reference = sent_at(rich, 500_00, noon)
    for status in ("SUCCESSFUL", "FAILED", "SUCCESSFUL"):
        end_transfer(vendor, worker, reference, status)
    reconcile(day=noon.astimezone(LAGOS).date(), now=noon + timedelta(days=1))

    assert rich.wallet.balance == 10000_00 - 500_00 - 10_75


def _shown(customer: Customer, reference: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the API and the public page say about a withdrawal, without the times."""
    page = customer.client.get(
        f"/api/v1/wallet/withdraw/success/{reference}", headers={"Accept": "application/json"}
    )
    answers = customer.get(f"/wallet/transactions/{reference}"), page
    api, page = (
        {name: value for name, value in answer.json().items() if not name.endswith("_at")}
        for answer in answers
    )
    return api, page


def test_a_returned_withdrawal_is_shown_differently_from_a_paid_one(
    rich: Customer, vendor: Vendor, worker: Worker
) -> None:
    """Both the customer's own view and the public page change when the bank returns it."""
    reference = sent(rich, worker)
    end_transfer(vendor, worker, reference, "SUCCESSFUL")
    api_paid, page_paid = _shown(rich, reference)
    staged(api_paid["status"] == page_paid["status"] == "SUCCESS", "it was not paid")

    end_transfer(vendor, worker, reference, "FAILED")
    staged(rich.wallet.balance == 10000_00, "it was not returned")

    api_returned, page_returned = _shown(rich, reference)
    assert api_returned != api_paid
    assert page_returned != page_paid


def test_a_final_webhook_ahead_of_the_api_is_asked_about_until_they_agree(
    rich: Customer, vendor: Vendor, worker: Worker
) -> None:
    """A return that the webhook reports a moment before the API does reaches the wallet."""
    reference = sent(rich, worker)
    end_transfer(vendor, worker, reference, "SUCCESSFUL")
    staged(rich.wallet.balance == 10000_00 - 1010_75, "it was not paid")

    worker.hear(transfer_webhook(vendor, reference, "FAILED"))  # the API still says SUCCESSFUL
    vendor.end_transfer(reference, "FAILED")
    worker.hear(transfer_webhook(vendor, reference, "FAILED"))  # the vendor repeats it
    if rich.transaction(reference).next_check_at:
        ask(reference)

    assert rich.wallet.balance == 10000_00


def test_a_withdrawal_that_is_pending_for_days_has_a_review_case(
    rich: Customer, noon: datetime
) -> None:
    """After days of questions without an end a person finds out; the hold stays."""
    reference = sent_at(rich, 1000_00, noon)
    for days in range(1, 4):
        later = noon + timedelta(days=days)
        ask(reference, now=later)
        reconcile(day=(later - timedelta(days=1)).astimezone(LAGOS).date(), now=later)
    for days in range(4, 60):
        ask(reference, now=noon + timedelta(days=days))

    assert rich.wallet.held == 1010_75
    assert open_cases(reference)


def test_the_failure_of_a_first_attempt_does_not_return_what_its_retry_paid(
    rich: Customer, vendor: Vendor, worker: Worker
) -> None:
    """Retried in the vendor's dashboard, paid by the retry: the wallet has paid once."""
    reference = sent(rich, worker)
    again = retry_transfer(vendor, reference)
    end_transfer(vendor, worker, again, "SUCCESSFUL")
    staged(
        rich.transaction(reference).status is TransactionStatus.SUCCESS, "the retry has not paid it"
    )

    end_transfer(vendor, worker, reference, "FAILED")

    assert (rich.wallet.balance, rich.wallet.held) == (10000_00 - 1010_75, 0)


def test_an_acknowledged_transfer_is_never_sent_again(
    rich: Customer, vendor: Vendor, worker: Worker
) -> None:
    """Not even to another merchant account, which knows nothing of the first transfer."""
    reference = sent(rich, worker)
    vendor.reset()  # since this morning our key belongs to another merchant account
    vendor.webhooks(drop=1000)
    vendor.transfers(outcome="pending")

    ask(reference, after=timedelta(minutes=6))

    assert vendor.payouts(reference) == []
    assert rich.transaction(reference).status is TransactionStatus.PENDING
    assert rich.wallet.held == 1010_75


def test_a_bank_account_that_was_changed_after_the_hold_is_noticed(
    rich: Customer, vendor: Vendor, worker: Worker
) -> None:
    """The changed account is not paid, or the audit or a review case says that it was."""
    reference = asked_to_withdraw(rich)
    other = "0690000032"
    with changed(rich.transaction(reference), order__account_number=other):
        with suppress(Exception):  # however the product refuses
            worker.run()
        for payout in vendor.payouts(reference):
            end_transfer(vendor, worker, payout["reference"], "SUCCESSFUL")
        ask(reference)
        is_found = full_audit_fails(rich.wallet.pk) or bool(open_cases(reference, rich.wallet.pk))

    accounts = {payout["account_number"] for payout in vendor.payouts(reference)}
    assert other not in accounts or is_found
