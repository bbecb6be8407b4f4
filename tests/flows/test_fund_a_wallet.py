"""A funding over HTTP and a socket, with all processes running."""

import pytest
import requests

from tests.support.site import Site


def test_a_customer_registers_funds_and_pays(site: Site) -> None:
    """The outcome is pushed, and the balance and the history have it."""
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


def test_a_payment_after_a_failed_attempt_is_credited(site: Site) -> None:
    """Both attempts are pushed in order."""
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
def test_a_payment_is_credited_once_however_its_webhooks_arrive(
    site: Site, policy: dict[str, object]
) -> None:
    """Repeated, late, in the wrong order or in the old shape."""
    site.vendor.webhooks(**policy)
    ada = site.new_customer()
    funding = ada.fund()

    ada.pay(funding, "failed")
    ada.pay(funding)
    ada.wait_for(funding["tx_ref"], "SUCCESS")

    assert ada.balance == "1500.00"


def test_a_payment_is_credited_without_the_redirect(site: Site) -> None:
    """Opening the page afterwards changes nothing."""
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


def test_a_cancelled_checkout_credits_nothing(site: Site) -> None:
    """Although the redirect claims that it was successful."""
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


def test_the_sweep_credits_a_payment_without_a_webhook(site: Site) -> None:
    """A requery finds the payment."""
    site.vendor.webhooks(drop=1)
    ada = site.new_customer()
    funding = ada.fund()
    payment = ada.pay(funding, "pending")
    assert payment is not None
    # The lost webhook said "pending". This one lets the funding be requeried soon.
    site.vendor.webhooks(drop=0)
    site.vendor.settle(payment, "successful")

    ada.wait_for(funding["tx_ref"], "SUCCESS")

    assert ada.balance == "1500.00"


def test_the_vendor_collected_what_was_credited(site: Site) -> None:
    """The vendor collected as much under the references as the balance shows."""
    ada = site.new_customer()
    fundings = [ada.fund(f"{n}00.00") for n in range(1, 6)]
    for funding in fundings:
        ada.pay(funding)
    for funding in fundings:
        ada.wait_for(funding["tx_ref"], "SUCCESS")

    collected = site.vendor.books()["totals_by_tx_ref"]

    assert ada.balance == "1500.00"
    assert sum(collected[f["tx_ref"]] for f in fundings) == 1500_00
