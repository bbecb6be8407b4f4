"""The books of the simulated Flutterwave. Tests compare them with the product's ledger."""

from collections import defaultdict

from dev.sandbox.flutterwave.documents import (
    SUCCESSFUL,
    TRANSFER_FAILED,
    TRANSFER_SUCCESSFUL,
    Chargeback,
    Refund,
    Transaction,
    Transfer,
)
from dev.sandbox.flutterwave.gateway import Gateway
from dev.sandbox.movements import build_movement_line
from dev.sandbox.wire import Json


def build_books(gateway: Gateway, tx_ref: str | None) -> Json:
    """All vendor objects and movements, oldest first, and their totals, or those of one tx_ref.

    Every amount is an integer in kobo, or in hundredths of the line's currency. `collections`
    lists attempts in every status. `totals_by_tx_ref` and `total` count successful attempts in
    naira, before fees and refunds. `payouts` lists all transfers; their totals count the transfers
    in naira that are paid now. `fees_kobo` is what the vendor keeps in naira of the listed
    collections and payouts: fees, the tax on them, and duty. The two balances are always the
    whole balances in naira.
    """
    available_kobo, ledger_kobo = gateway.compute_balances_kobo()["NGN"]
    transactions = [
        each for each in reversed(gateway.list_transactions()) if tx_ref in (None, each.tx_ref)
    ]
    refunds = [
        each
        for each in reversed(gateway.refunds.list_newest_first())
        if tx_ref in (None, each.tx_ref)
    ]
    chargebacks = [
        each
        for each in reversed(gateway.chargebacks.list_newest_first())
        if tx_ref in (None, each.tx_ref)
    ]
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
    collection_lines = [_build_collection(each) for each in transactions]
    payout_lines = [_build_payout(each) for each in payouts]
    return {
        "collections": collection_lines,
        "refunds": [_build_refund(each) for each in refunds],
        "totals_by_tx_ref": dict(totals),
        "total": sum(totals.values()),
        "payouts": payout_lines,
        "payout_totals_by_reference": paid,
        "payout_total": sum(paid.values()),
        "chargebacks": [_build_chargeback(each) for each in chargebacks],
        "movements": [
            build_movement_line(each)
            for each in gateway.money.movements.list_oldest_first()
            if tx_ref in (None, each.reference)
        ],
        "fees_kobo": sum(
            each["fees_kobo"]
            for each in collection_lines + payout_lines
            if each["currency"] == "NGN"
        ),
        "balance_kobo": available_kobo,
        "ledger_balance_kobo": ledger_kobo,
    }


def _build_collection(transaction: Transaction) -> Json:
    paid = transaction.status == SUCCESSFUL
    return {
        "id": transaction.id,
        "tx_ref": transaction.tx_ref,
        "flw_ref": transaction.flw_ref,
        "amount": transaction.amount_kobo,
        "fee": transaction.fee_kobo if paid else 0,
        "vat": transaction.vat_kobo if paid else 0,
        "fees_kobo": transaction.fee_kobo + transaction.vat_kobo if paid else 0,
        "currency": transaction.currency,
        "status": transaction.status,
        "payment_type": transaction.payment_type,
        "created_at": transaction.created_at,
    }


def _build_payout(transfer: Transfer) -> Json:
    fees_kobo = transfer.fee_kobo + transfer.duty_kobo
    return {
        "id": transfer.id,
        "reference": transfer.reference,
        "bank_code": transfer.bank_code,
        "account_number": transfer.account_number,
        "amount": transfer.amount_kobo,
        "fee": transfer.fee_kobo,
        "duty": transfer.duty_kobo,
        "fees_kobo": 0 if transfer.status == TRANSFER_FAILED else fees_kobo,
        "retry_of": transfer.retry_of,
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
        "status": refund.status,
        "created_at": refund.created_at,
    }


def _build_chargeback(chargeback: Chargeback) -> Json:
    return {
        "id": chargeback.id,
        "transaction_id": chargeback.transaction_id,
        "tx_ref": chargeback.tx_ref,
        "amount": chargeback.amount_kobo,
        "currency": chargeback.currency,
        "status": chargeback.status,
        "lien": chargeback.lien_kobo,
        "due_at": chargeback.due_at,
        "created_at": chargeback.created_at,
    }
