"""Transactions, refunds and transfers as Flutterwave's JSON, with money in naira.

Source: docs/vendors/flutterwave.md, sections 3, 4 and 6.
"""

import zlib

from dev.sandbox.flutterwave.documents import (
    ABANDONED,
    BANK_TRANSFER,
    CARD,
    FAILED,
    PENDING,
    REVERSED,
    SUCCESSFUL,
    VOIDED,
    Chargeback,
    Refund,
    Transaction,
    Transfer,
)
from dev.sandbox.units import to_naira_number
from dev.sandbox.wire import Json

ACCOUNT_ID = 118420
IP = "102.89.0.10"

_AUTH_MODELS = {CARD: "PIN", BANK_TRANSFER: "AUTH"}
_NARRATIONS = {CARD: "CARD Transaction ", BANK_TRANSFER: "Wallet top-up by transfer"}
_APPROVALS = {CARD: "Approved by Financial Institution", BANK_TRANSFER: "success"}
# Assumed: the last three texts.
_ANSWERS = {
    FAILED: "Insufficient Funds",
    PENDING: "Transaction in progress",
    ABANDONED: "Transaction was not completed",
    VOIDED: "Transaction voided",
    REVERSED: "Transaction reversed",
}


def show_charge(transaction: Transaction) -> Json:
    """The fields that verify and webhook share. The fee is null before a success."""
    paid = transaction.status == SUCCESSFUL
    shape: Json = {
        "id": transaction.id,
        "tx_ref": transaction.tx_ref,
        "flw_ref": transaction.flw_ref,
        "device_fingerprint": "N/A",
        "amount": to_naira_number(transaction.amount_kobo),
        "currency": transaction.currency,
        "charged_amount": to_naira_number(transaction.amount_kobo),
        "app_fee": to_naira_number(transaction.fee_kobo) if paid else None,
        "merchant_fee": 0,
        "processor_response": choose_processor_response(transaction),
        "auth_model": _AUTH_MODELS[transaction.payment_type],
        "ip": IP,
        "narration": _NARRATIONS[transaction.payment_type],
        "status": transaction.status,
        "payment_type": transaction.payment_type,
        "created_at": transaction.created_at,
        "account_id": ACCOUNT_ID,
    }
    if transaction.payment_type == CARD:
        shape["card"] = {
            "first_6digits": "553188",
            "last_4digits": "2950",
            "issuer": "MASTERCARD CREDIT",
            "country": "NG",
            "type": "MASTERCARD",
            "expiry": "09/32",
        }
    return shape


def choose_processor_response(transaction: Transaction) -> str:
    return _ANSWERS.get(transaction.status) or _APPROVALS[transaction.payment_type]


def show_customer(transaction: Transaction) -> Json:
    return {
        "id": compute_customer_id(transaction),
        "name": transaction.customer["name"],
        "phone_number": transaction.customer["phone"],
        "email": transaction.customer["email"],
        "created_at": transaction.created_at,
    }


def compute_customer_id(transaction: Transaction) -> int:
    """One number per email address, because the vendor knows its customers by email."""
    return zlib.crc32(str(transaction.customer["email"]).encode()) % 10_000_000


def show_originator(transaction: Transaction) -> Json:
    """The fields that a bank transfer adds to the merchant's meta; empty for other payments."""
    if transaction.payment_type != BANK_TRANSFER:
        return {}
    return {
        "originatoraccountnumber": "******0031",
        "originatorname": transaction.customer["name"],
        "bankname": "Access Bank",
        "originatoramount": "N/A",
    }


def show_verified(transaction: Transaction, *, checkout_url: str) -> Json:
    """The data of both verify endpoints."""
    shape = show_charge(transaction)
    shape["meta"] = {
        "__CheckoutInitAddress": checkout_url,
        **show_originator(transaction),
        **transaction.meta,
    }
    shape["amount_settled"] = _compute_settled(transaction)
    shape["customer"] = show_customer(transaction)
    if "card" in shape:
        shape["card"] |= {
            "country": "NIGERIA NG",
            "token": f"flw-t1nf-{zlib.crc32(transaction.flw_ref.encode()):08x}",
        }
    return shape


def show_listed(transaction: Transaction) -> Json:
    """An item of the transaction list, where the customer is flat."""
    shape = show_charge(transaction)
    shape.pop("card", None)
    return shape | {
        "amount_settled": _compute_settled(transaction),
        "meta": transaction.meta or None,
        "customer_name": transaction.customer["name"],
        "customer_email": transaction.customer["email"],
    }


def show_refund(document: Refund) -> Json:
    return {
        "id": document.id,
        "account_id": ACCOUNT_ID,
        "tx_id": document.transaction_id,
        "flw_ref": document.flw_ref,
        "wallet_id": ACCOUNT_ID,
        "amount_refunded": to_naira_number(document.amount_kobo),
        "status": document.status,
        "destination": "payment_source",
        "meta": {"source": "availablebalance"},
        "created_at": document.created_at,
    }


def show_listed_refund(document: Refund) -> Json:
    return show_refund(document) | {
        "comments": document.comments,
        "settlement_id": "NEW",
    }


def show_chargeback(document: Chargeback) -> Json:
    """Assumed: the values of stage and settlement_id, and the fields of an entry in history."""
    return {
        "id": document.id,
        "amount": to_naira_number(document.amount_kobo),
        "flw_ref": document.flw_ref,
        "status": document.status,
        "stage": "new",
        "comment": document.comment,
        "meta": {"uploaded_proof": document.proof, "history": document.history},
        "due_date": document.due_at,
        "settlement_id": "NEW",
        "created_at": document.created_at,
        "tx_id": document.transaction_id,
    }


def show_transfer(document: Transfer) -> Json:
    """A transfer in the API. Webhooks rename `full_name` to `fullname`."""
    return {
        "id": document.id,
        "account_number": document.account_number,
        "bank_code": document.bank_code,
        "full_name": document.full_name,
        "created_at": document.created_at,
        "currency": document.currency,
        "debit_currency": document.currency,
        "amount": to_naira_number(document.amount_kobo),
        "fee": to_naira_number(document.fee_kobo),
        "status": document.status,
        "reference": document.reference,
        "meta": None,
        "narration": document.narration,
        "complete_message": document.complete_message,
        "requires_approval": 0,
        "is_approved": 1,
        "bank_name": "N/A",
    }


def _compute_settled(transaction: Transaction) -> int | float | None:
    if transaction.status != SUCCESSFUL:
        return None
    taken_kobo = transaction.fee_kobo + transaction.vat_kobo
    return to_naira_number(transaction.amount_kobo - taken_kobo)
