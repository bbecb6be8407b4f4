"""Whether we and the vendor have the same books of one transaction.

`proof.py` compares the books of a whole installation, from outside.
"""

from __future__ import annotations

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
from wallets.review.documents import ReviewCase
from wallets.withdrawals.services import apply as apply_transfer

WITHDRAWAL_CREDITS = [("payable:bank_transfer", 1000_00), ("income:fees", 10_75)]
PURCHASE_CREDITS = [("payable:vtpass", 482_50), ("income:commission", 17_50)]
_VTPASS = "payable:vtpass"


def review_kinds(reference: str) -> set[str]:
    """The kinds of the transaction's review cases."""
    return {case.kind for case in ReviewCase.objects(transaction=reference)}


# --- In this process --------------------------------------------------------------------------


def check_funding(vendor: Vendor, reference: str) -> list[int]:
    """A SUCCESS is one sufficient payment; every other one that a webhook named has a case.

    Returns the kobo of each sufficient payment that the vendor collected.
    """
    ours = Transaction.objects.get(reference=reference)
    sufficient = [
        row
        for row in vendor.books(reference)["collections"]
        if row["status"] == "successful"
        and row["currency"] == "NGN"
        and row["amount"] >= ours.requested_amount
    ]
    spare = sufficient
    if ours.status is TransactionStatus.SUCCESS:
        [settled] = [row for row in sufficient if str(row["id"]) == ours.vendor_id]
        assert settled["amount"] == ours.amount
        spare = [row for row in sufficient if row is not settled]
    else:
        assert not sufficient
    reviewed = {case.vendor_id for case in ReviewCase.objects(transaction=reference)}
    delivered = {e.dedupe_key.split(":")[1] for e in WebhookEvent.objects(reference=reference)}
    assert {str(row["id"]) for row in spare} & delivered <= reviewed
    return [row["amount"] for row in sufficient]


def check_withdrawal(vendor: Vendor, reference: str, *, now: datetime) -> bool:
    """At most one payout; we end where the bank ends, or a person decides.

    Applies what the vendor says now, as reconciliation does. Returns whether the customer is
    charged exactly if the bank has paid.
    """
    ours = Transaction.objects.get(reference=reference)
    payouts = vendor.payouts(reference)
    assert len(payouts) <= 1
    for payout in payouts:
        transfer = flutterwave.payouts().find_transfer(str(payout["id"]))
        assert transfer is not None
        ours = apply_transfer(transfer, source=ChangeSource.RECONCILE, now=now)
    returned = Transaction.objects(reverses=reference).count()
    assert returned <= 1
    is_charged = ours.status is TransactionStatus.SUCCESS and not returned
    status = payouts[0]["status"] if payouts else None
    if status == "SUCCESSFUL":
        known = {"paid_after_failed", "reversed_after_success"}
        assert is_charged or review_kinds(reference) & known
    elif status == "FAILED":
        assert ours.status is TransactionStatus.FAILED or returned
    elif status:
        assert ours.status is TransactionStatus.PENDING
    else:
        assert ours.status is not TransactionStatus.SUCCESS
    return is_charged == (status == "SUCCESSFUL")


def check_purchase(networks: Networks, reference: str) -> bool:
    """Settled; charged exactly if it was delivered, at the vendor's cost; or a person decides.

    The vendor was asked to sell at most once under our id. Returns whether it delivered.
    """
    ours = Transaction.objects.get(reference=reference)
    assert ours.status is not TransactionStatus.PENDING
    line = networks.purchase(ours.vendor_id)
    assert line is None or line["attempts"] == 1
    is_delivered = line is not None and line["status"] == "delivered"
    reversals = Transaction.objects(reverses=reference)
    assert len(reversals) <= 1
    is_charged = ours.status is TransactionStatus.SUCCESS and not reversals
    assert is_delivered or not is_charged
    if is_delivered and not is_charged:
        assert review_kinds(reference) & {"delivered_after_failed", "reversed_after_success"}
    else:
        assert _owed_to_vtpass(reference) == (line["debited_kobo"] if line else 0)
    return is_delivered


def _owed_to_vtpass(reference: str) -> int:
    """The kobo that we booked as the vendor's, without what it gave back."""
    both = [reference, *(each.reference for each in Transaction.objects(reverses=reference))]
    return sum(
        entry.amount * ((entry.credit_account == _VTPASS) - (entry.debit_account == _VTPASS))
        for entry in LedgerEntry.objects(transaction__in=both)
    )


# --- From outside -----------------------------------------------------------------------------


def credits_at(stack: Stack, reference: str) -> list[tuple[str, int]]:
    """(credited account, kobo) of each entry of the transaction."""
    return [(credit, kobo) for _, credit, kobo in find_entries(stack, reference)]


def check_credited_once(site: Site, reference: str, kobo: int) -> None:
    """One entry has what the vendor collected; the wallet's chain is whole and nothing is held."""
    with open_database(site.servers) as database:
        entries = database["ledger_entries"]
        [booked] = entries.find({"transaction": reference})
        chain = list(entries.find({"wallet": booked["wallet"]}).sort("seq"))
        wallet = database["wallets"].find_one({"_id": booked["wallet"]})
    assert booked["amount"] == kobo
    assert wallet is not None
    assert wallet["held"] == 0
    check_chain(Wallet._from_son(wallet), [LedgerEntry._from_son(each) for each in chain])
    assert site.vendor.books(reference)["totals_by_tx_ref"] == {reference: kobo}


def check_paid_once(site: Site, customer: HttpCustomer, reference: str) -> None:
    """1,000 of 2,000 naira: one payout at the vendor, two entries with us, the rest is free."""
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
        else ("FAILED", "2000.00", "0.00", [])
    )
