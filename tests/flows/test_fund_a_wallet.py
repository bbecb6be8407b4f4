"""Money in, as a customer lives it: over HTTP and a socket, against everything that runs."""

import pytest
import requests

from tests.support.site import Site


def test_the_main_job(site: Site) -> None:
    """Register, fund, pay, see it pushed, see the balance, find it in the history."""
    ada = site.new_customer()
    funding = ada.fund("1500.00")

    with ada.socket() as socket:
        socket.join(funding["tx_ref"])
        waiting = socket.receive()
        ada.pay(funding)
        paid = socket.receive()

    assert (waiting["status"], waiting["seq"]) == ("PENDING", 1)
    assert (paid["status"], paid["seq"], paid["balance"]) == ("SUCCESS", 2, "1500.00")
    assert ada.balance == "1500.00"
    [row] = ada.read("/wallet/transactions")["results"]
    assert (row["reference"], row["status"]) == (funding["tx_ref"], "SUCCESS")


def test_a_failed_attempt_then_a_paid_one(site: Site) -> None:
    """Both attempts are pushed in order; the second credits."""
    ada = site.new_customer()
    funding = ada.fund()

    with ada.socket() as socket:
        socket.join(funding["tx_ref"])
        socket.receive()
        ada.pay(funding, "failed")
        failed = socket.receive()
        ada.pay(funding)
        paid = socket.receive()

    assert (failed["seq"], failed["status"]) == (2, "PENDING")
    assert failed["reason"].startswith("Attempt failed")
    assert (paid["seq"], paid["status"]) == (3, "SUCCESS")


@pytest.mark.parametrize(
    "policy",
    [{"duplicate": 20}, {"delay_s": 1}, {"reorder": 2}, {"shape": "legacy"}],
    ids=lambda policy: next(iter(policy)),
)
def test_however_webhooks_come_the_money_comes_once(site: Site, policy: dict[str, object]) -> None:
    """Repeated, late, in the wrong order or in the old shape: one credit."""
    site.vendor.webhooks(**policy)
    ada = site.new_customer()
    funding = ada.fund()

    ada.pay(funding, "failed")
    ada.pay(funding)
    ada.wait_for(funding["tx_ref"], "SUCCESS")

    assert ada.balance == "1500.00"


def test_a_webhook_before_the_redirect_or_without_one(site: Site) -> None:
    """The redirect plays no part: the page is opened after the credit, or never."""
    ada = site.new_customer()
    funding = ada.fund()
    ada.pay(funding)
    ada.wait_for(funding["tx_ref"], "SUCCESS")

    page = requests.get(
        f"{site.api}/wallet/flutterwave/callback",
        params={"tx_ref": funding["tx_ref"], "status": "cancelled"},
        timeout=10,
    )

    assert page.status_code == 200
    assert ada.balance == "1500.00"


def test_a_customer_who_cancels_has_paid_nothing(site: Site) -> None:
    """A redirect that says successful after a cancellation credits nothing."""
    ada = site.new_customer()
    funding = ada.fund()
    ada.pay(funding, "cancelled")

    requests.get(
        f"{site.api}/wallet/flutterwave/callback",
        params={"tx_ref": funding["tx_ref"], "status": "successful", "transaction_id": "1"},
        timeout=10,
    )

    assert ada.transaction(funding["tx_ref"])["status"] == "PENDING"
    assert ada.balance == "0.00"


def test_the_sweep_credits_what_no_webhook_told(site: Site) -> None:
    """A payment whose webhook was lost is found by asking, and pushed all the same."""
    site.vendor.webhooks(drop=1)
    ada = site.new_customer()
    funding = ada.fund()
    payment = ada.pay(funding, "pending")
    assert payment is not None
    # The lost word was "pending"; this one makes the funding due for a look.
    site.vendor.webhooks(drop=0)
    site.vendor.settle(payment, "successful")

    ada.wait_for(funding["tx_ref"], "SUCCESS")

    assert ada.balance == "1500.00"


def test_the_vendors_books_are_ours(site: Site) -> None:
    """What the vendor collected per reference is what the customer was credited."""
    ada = site.new_customer()
    fundings = [ada.fund(f"{n}00.00") for n in range(1, 6)]
    for funding in fundings:
        ada.pay(funding)
    for funding in fundings:
        ada.wait_for(funding["tx_ref"], "SUCCESS")

    collected = site.vendor.books()["totals_by_tx_ref"]

    assert ada.balance == "1500.00"
    assert sum(collected[f["tx_ref"]] for f in fundings) == 1500_00
