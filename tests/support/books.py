"""Whether we and the vendor have the same books of one transaction.

`proof.py` compares the books of a whole installation, from outside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from dev.stack.stack import Stack
from tests.support.database import find_entries, open_database
from tests.support.http_customer import HttpCustomer
from tests.support.invariants import check_chain
from tests.support.networks import Networks
from tests.support.site import Site
from tests.support.vendor import Vendor
from wallets import flutterwave
from wallets.inbox.documents import WebhookEvent
from wallets.ledger.documents import (
    ChangeSource,
    LedgerEntry,
    Transaction,
    TransactionStatus,
    Wallet,
)
from wallets.ledger.vendor_objects import ObjectKind, VendorObject
from wallets.review.documents import ReviewCase
from wallets.withdrawals.services import apply as apply_transfer

# What a withdrawal of 1,000 naira and a purchase of 500 naira book: see net_credits(). The bank
# takes as much from us as we take from the customer.
WITHDRAWAL_CREDITS = {
    "gateway:flutterwave": 1010_75,
    "income:fees": 10_75,
    "expense:vendor_fees": -10_75,
}
PURCHASE_CREDITS = {"float:vtpass": 482_50, "income:commission": 17_50}
_CUSTOMERS = ("wallet:", "receivable:")


def net_credits(movements: Iterable[tuple[str, str, int]]) -> dict[str, int]:
    """Credits less debits of each house account, in kobo, without those that end at zero.

    movements: (debit account, credit account, kobo). The customers' own accounts are left out.
    """
    net: Counter[str] = Counter()
    for debit, credit, kobo in movements:
        net[credit] += kobo
        net[debit] -= kobo
    return {
        account: kobo
        for account, kobo in net.items()
        if kobo and not account.startswith(_CUSTOMERS)
    }


def credits_of(*references: str, currency: str = "NGN") -> dict[str, int]:
    """net_credits() of these transactions together."""
    entries = LedgerEntry.objects(transaction__in=references, currency=currency)
    return net_credits((e.debit_account, e.credit_account, e.amount) for e in entries)


def family_of(reference: str) -> list[str]:
    """The reference, and those of the REVERSALs of its transaction, oldest first."""
    reversals = Transaction.objects(reverses=reference).order_by("number")
    return [reference, *(each.reference for each in reversals)]


def customer_kobo(reference: str) -> int:
    """What the transaction and its REVERSALs gave to the customer; negative if they took some."""
    kobo = 0
    for entry in LedgerEntry.objects(transaction__in=family_of(reference)):
        credited = entry.credit_account.startswith(_CUSTOMERS)
        kobo += entry.amount * (credited - entry.debit_account.startswith(_CUSTOMERS))
    return kobo


def review_kinds(reference: str) -> set[str]:
    """The kinds of the transaction's review cases."""
    return {case.kind for case in ReviewCase.objects(transaction=reference)}


# --- In this process --------------------------------------------------------------------------


def check_funding(vendor: Vendor, reference: str) -> list[int]:
    """Known payments that cover what was asked credit exactly that; the rest waits in suspense.

    Each payment that a webhook named is known, and each whose money waits has a review case.
    Returns the kobo of each sufficient payment that the vendor collected.
    """
    ours = Transaction.objects.get(reference=reference)
    asked = ours.requested_amount
    rows = [row for row in vendor.books(reference)["collections"] if row["status"] == "successful"]
    known_ids = _ids_of_payments(reference)
    known = [row for row in rows if str(row["id"]) in known_ids]
    delivered = {e.dedupe_key.split(":")[1] for e in WebhookEvent.objects(reference=reference)}
    assert {str(row["id"]) for row in rows} & delivered <= known_ids
    paid = sum(row["amount"] for row in known if row["currency"] == "NGN")
    credit = asked if paid >= asked else 0
    assert (ours.status is TransactionStatus.SUCCESS) == bool(credit)
    assert customer_kobo(reference) == credit
    for currency in {"NGN"} | {row["currency"] for row in known}:
        _check_booked(reference, known, currency, credit if currency == "NGN" else 0)
    known = [row for row in known if row["currency"] == "NGN"]
    sufficient = [
        row["amount"] for row in rows if row["currency"] == "NGN" and row["amount"] >= asked
    ]
    assert credit or not sufficient
    reviewed = {case.vendor_id for case in ReviewCase.objects(transaction=reference)}
    if credit:
        assert ours.vendor_id in {str(row["id"]) for row in known}
        covered = 0
        for row in sorted(known, key=lambda row: (row["created_at"], row["id"])):
            covered += row["amount"]
            assert covered <= asked or str(row["id"]) in reviewed
    else:
        assert {str(row["id"]) for row in known} <= reviewed
    return sufficient


def _check_booked(
    reference: str, payments: list[dict[str, Any]], currency: str, credit: int
) -> None:
    """What the payments in this currency left with the vendor, and whose it is."""
    ours = [row for row in payments if row["currency"] == currency]
    paid, fees = sum(row["amount"] for row in ours), sum(row["fees_kobo"] for row in ours)
    booked = {
        "gateway:flutterwave": fees - paid,
        "suspense:flutterwave": paid - credit,
        "expense:vendor_fees": -fees,
    }
    found = credits_of(*family_of(reference), currency=currency)
    assert found == {account: kobo for account, kobo in booked.items() if kobo}


def _ids_of_payments(reference: str) -> set[str]:
    known = VendorObject.objects(transaction=reference, kind=ObjectKind.PAYMENT)
    return {each.vendor_id for each in known if each.status == "successful"}


def check_withdrawal(vendor: Vendor, reference: str, *, now: datetime) -> bool:
    """At most one payout; the customer is charged exactly if the bank has paid.

    Applies what the vendor says now, as reconciliation does. Returns whether we end where the
    bank ends.
    """
    ours = Transaction.objects.get(reference=reference)
    payouts = vendor.payouts(reference)
    assert len(payouts) <= 1
    for payout in payouts:
        transfer = flutterwave.payouts().find_transfer(str(payout["id"]))
        assert transfer is not None
        ours = apply_transfer(transfer, source=ChangeSource.RECONCILE, now=now)
    charged = -customer_kobo(reference)
    status = payouts[0]["status"] if payouts else None
    gone = ours.amount + payouts[0]["fees_kobo"] if status == "SUCCESSFUL" else 0
    assert charged == (ours.amount + ours.fee if status == "SUCCESSFUL" else 0)
    assert credits_of(*family_of(reference)).get("gateway:flutterwave", 0) == gone
    if status == "FAILED":
        is_returned = ours.reversed_kobo == ours.amount + ours.fee
        assert is_returned or ours.status is TransactionStatus.FAILED
    elif status and status != "SUCCESSFUL":
        assert ours.status is TransactionStatus.PENDING
    return bool(charged) == (status == "SUCCESSFUL")


def check_purchase(networks: Networks, reference: str) -> bool:
    """Settled; charged exactly if it was delivered, at the vendor's cost.

    The vendor was asked to sell at most once under our id. Returns whether it delivered.
    """
    ours = Transaction.objects.get(reference=reference)
    assert ours.status is not TransactionStatus.PENDING
    line = networks.purchase(ours.vendor_id)
    assert line is None or line["attempts"] == 1
    is_delivered = line is not None and line["status"] == "delivered"
    assert -customer_kobo(reference) == (ours.amount + ours.fee if is_delivered else 0)
    cost = line["debited_kobo"] if line else 0
    assert credits_of(*family_of(reference)).get("float:vtpass", 0) == cost
    return is_delivered


# --- From outside -----------------------------------------------------------------------------


def credits_at(stack: Stack, reference: str) -> dict[str, int]:
    """net_credits() of the transaction."""
    return net_credits(find_entries(stack, reference))


def check_credited_once(site: Site, reference: str, kobo: int) -> None:
    """One entry credits what the vendor collected; the chain is whole and nothing is held."""
    with open_database(site.servers) as database:
        entries = database["ledger_entries"]
        credited = {"transaction": reference, "credit_account": {"$regex": "^wallet:"}}
        [booked] = entries.find(credited)
        chain = list(entries.find({"wallet": booked["wallet"]}).sort("seq"))
        wallet = database["wallets"].find_one({"_id": booked["wallet"]})
    assert booked["amount"] == kobo
    assert wallet is not None
    assert wallet["held"] == 0
    check_chain(Wallet._from_son(wallet), [LedgerEntry._from_son(each) for each in chain])
    assert site.vendor.books(reference)["totals_by_tx_ref"] == {reference: kobo}


def check_paid_once(site: Site, customer: HttpCustomer, reference: str) -> None:
    """1,000 of 2,000 naira: one payout at the vendor, booked once with us, the rest is free."""
    [payout] = site.vendor.payouts(reference)
    assert payout["status"] == "SUCCESSFUL"
    assert credits_at(site.servers, reference) == WITHDRAWAL_CREDITS
    wallet = customer.read("/wallet/")
    assert (wallet["balance"], wallet["held"]) == ("989.25", "0.00")


def check_bought_once(site: Site, customer: HttpCustomer, purchase: dict[str, Any]) -> None:
    """500 of 2,000 naira: charged exactly if the vendor delivered, and nothing is held."""
    line = site.networks.purchase(purchase["provider_reference"])
    assert line is None or line["attempts"] == 1
    is_delivered = line is not None and line["status"] == "delivered"
    wallet = customer.read("/wallet/")
    booked = credits_at(site.servers, purchase["reference"])
    assert (purchase["status"], wallet["balance"], wallet["held"], booked) == (
        ("SUCCESS", "1500.00", "0.00", PURCHASE_CREDITS)
        if is_delivered
        else ("FAILED", "2000.00", "0.00", {})
    )
