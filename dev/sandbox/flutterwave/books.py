"""The books of the simulated Flutterwave. Tests compare them with the product's ledger."""

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
    """Collections, refunds and payouts, oldest first, and their totals, or those of one tx_ref.

    Every amount is an integer in kobo, or in hundredths of the line's currency. `collections`
    lists attempts in every status. `totals_by_tx_ref` and `total` count successful attempts in
    naira, before fees and refunds. `payouts` lists all transfers; their totals count the transfers
    in naira that are paid now.
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
