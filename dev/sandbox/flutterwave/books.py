"""What the simulated Flutterwave believes happened, for a test to compare with what we booked."""

from collections import defaultdict

from dev.sandbox.flutterwave.documents import (
    SUCCESSFUL,
    TRANSFER_SUCCESSFUL,
    Refund,
    Transaction,
    Transfer,
)
from dev.sandbox.flutterwave.gateway import Gateway
from dev.sandbox.wire import Json


def build_books(gateway: Gateway, tx_ref: str | None) -> Json:
    """Collections, refunds and payouts, oldest first, and their totals; of one tx_ref when given.

    Every amount is an integer in kobo, or hundredths of the line's own currency. `collections`
    holds all attempts in whatever status; `totals_by_tx_ref` and `total` count the successful
    naira ones before fees and refunds, and leave out a tx_ref that has none. `payouts` holds all
    transfers, and their totals the naira of those that are paid and did not come back.
    """
    transactions = [
        each for each in reversed(gateway.list_transactions()) if tx_ref in (None, each.tx_ref)
    ]
    refunds = [each for each in reversed(gateway.list_refunds()) if tx_ref in (None, each.tx_ref)]
    totals: defaultdict[str, int] = defaultdict(int)
    for each in transactions:
        if each.status == SUCCESSFUL and each.currency == "NGN":
            totals[each.tx_ref] += each.amount_kobo
    payouts = [
        each
        for each in reversed(gateway.payouts.list_newest_first())
        if tx_ref in (None, each.reference)
    ]
    paid = {
        each.reference: each.amount_kobo
        for each in payouts
        if each.status == TRANSFER_SUCCESSFUL and each.currency == "NGN"
    }
    return {
        "collections": [_build_collection(each) for each in transactions],
        "refunds": [_build_refund(each) for each in refunds],
        "totals_by_tx_ref": dict(totals),
        "total": sum(totals.values()),
        "payouts": [_build_payout(each) for each in payouts],
        "payout_totals_by_reference": paid,
        "payout_total": sum(paid.values()),
    }


def _build_collection(transaction: Transaction) -> Json:
    return {
        "id": transaction.id,
        "tx_ref": transaction.tx_ref,
        "flw_ref": transaction.flw_ref,
        "amount": transaction.amount_kobo,
        "fee": transaction.fee_kobo if transaction.status == SUCCESSFUL else 0,
        "currency": transaction.currency,
        "status": transaction.status,
        "payment_type": transaction.payment_type,
        "created_at": transaction.created_at,
    }


def _build_payout(transfer: Transfer) -> Json:
    return {
        "id": transfer.id,
        "reference": transfer.reference,
        "bank_code": transfer.bank_code,
        "account_number": transfer.account_number,
        "amount": transfer.amount_kobo,
        "fee": transfer.fee_kobo,
        "currency": transfer.currency,
        "status": transfer.status,
        "created_at": transfer.created_at,
    }


def _build_refund(refund: Refund) -> Json:
    return {
        "id": refund.id,
        "transaction_id": refund.transaction_id,
        "tx_ref": refund.tx_ref,
        "amount": refund.amount_kobo,
        "currency": refund.currency,
        "created_at": refund.created_at,
    }
