"""The methods by which the product's tests move the sandbox."""

from tests.support.networks import Networks
from tests.support.vendor import Vendor


def test_the_vendor_moves_money_after_a_first_outcome(sandbox):
    """Each method changes the books as it says."""
    vendor = Vendor(sandbox.url)
    payment = sandbox.pay("WLT-1")
    again = vendor.pay_again("WLT-1", "100.50", status="pending")
    vendor.settle(again, "successful")
    available, ledger = vendor.balance()

    refund = vendor.refund(payment, "500", status="pending", webhook="event")
    vendor.move_refund(refund, "failed")
    chargeback = vendor.charge_back(payment, 1000, due_in_hours=2)

    assert vendor.balance() == (available - 1_000_00, ledger)
    vendor.decide_chargeback(chargeback, "won")
    assert vendor.balance() == (available, ledger)
    vendor.correct(again, "failed")
    assert vendor.books("WLT-1")["totals_by_tx_ref"] == {"WLT-1": 7_500_00}


def test_the_vendor_retries_a_transfer(sandbox):
    """The retry has the suffix and is a separate payout."""
    vendor = Vendor(sandbox.url)
    sandbox.send_transfer("WLT-2", account_number="0123456798")
    vendor.end_transfer("WLT-2", "FAILED")

    again = vendor.retry("WLT-2")

    assert again == "WLT-2_RETRY_1"
    [first], [second] = vendor.payouts("WLT-2"), vendor.payouts(again)
    assert second["retry_of"] == first["id"]


def test_behave_ends_every_policy(sandbox):
    """After behave() the sandbox answers as after its start."""
    vendor, networks = Vendor(sandbox.url), Networks(Vendor(sandbox.url))
    first = (sandbox.get_webhooks()["policy"], sandbox.set_policy())
    vendor.refunds(status="new", webhook="none")
    vendor.announce_chargebacks("each")
    vendor.tax(vat=False, duty=True)
    vendor.answer_unknown("200")
    vendor.webhooks(signature="both", form=True)
    networks.respell("number")
    networks.charge_fees(mtn="N100")
    payment = sandbox.pay("WLT-1")
    vendor.answer_stale(payment, "pending", times=5)
    sandbox.send_transfer(amount=20_000, account_number="0123456798")

    vendor.behave()

    assert (sandbox.get_webhooks()["policy"], sandbox.set_policy()) == first
    by_id = sandbox.api("GET", f"/transactions/{payment}/verify").json()["data"]
    assert (by_id["status"], by_id["amount_settled"]) == ("successful", 7395)
    assert sandbox.api("GET", "/transactions/1/verify").status_code == 400
    assert vendor.books()["payouts"][0]["duty"] == 50_00
    assert sandbox.control("POST", "/flutterwave/money", json={})["money"] == {
        "vat": True,
        "duty": False,
    }
    assert networks.balance() == 1_000_000_00
    assert networks.movements() == []
