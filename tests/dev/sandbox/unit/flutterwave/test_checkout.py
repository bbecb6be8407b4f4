import pytest

from dev.sandbox.flutterwave.checkout import press, return_url
from dev.sandbox.wire import Refusal


def test_the_merchants_query_is_kept(make_link, attempt):
    """The outcome is appended to whatever the address already carries."""
    link = make_link(redirect_url="https://wallet.example/return?lang=en&a=%20#top", tx_ref="W 1")
    paid = attempt(link)

    assert return_url(link, "successful", paid) == (
        "https://wallet.example/return?lang=en&a=%20"
        f"&status=successful&tx_ref=W+1&transaction_id={paid.id}#top"
    )


def test_without_a_transaction_no_id_is_sent(make_link):
    """A cancelled payment comes back without a transaction id."""
    assert return_url(make_link(), "cancelled") == (
        "https://wallet.example/return?status=cancelled&tx_ref=WLT-1"
    )


def test_cancelling_records_nothing_and_leaves_the_link_open(gateway, make_link):
    """A customer who cancelled can come back and pay."""
    link = make_link()

    result = press(gateway, link, {"outcome": "cancelled"})

    assert result["transaction_id"] is None
    assert gateway.transactions_of("WLT-1") == []
    assert press(gateway, link, {"outcome": "successful"})["transaction_id"]


def test_a_failure_stays_on_the_page_until_the_last_attempt(gateway, make_link):
    """Only the failure that uses up the attempts sends the browser back."""
    link = make_link(max_attempts=2)

    results = [press(gateway, link, {"outcome": "failed"}) for _ in range(2)]

    assert [each["redirect_url"] for each in results] == [
        None,
        "https://wallet.example/return?status=failed&tx_ref=WLT-1",
    ]


def test_a_button_can_pay_something_else(gateway, make_link):
    """Amount, currency, payment type and the redirect's status are the presser's to choose."""
    wanted = {
        "outcome": "successful",
        "amount": "3750.50",
        "currency": "USD",
        "payment_type": "bank_transfer",
        "redirect_status": "completed",
    }

    result = press(gateway, make_link(), wanted)

    paid = gateway.get_transaction_of("WLT-1")
    assert (paid.amount_kobo, paid.currency) == (3_750_50, "USD")
    assert paid.payment_type == "bank_transfer"
    assert "?status=completed&" in result["redirect_url"]


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"outcome": "paid"},
        {"outcome": "successful", "amount": 0},
        {"outcome": "successful", "amount": None},
        {"outcome": "successful", "currency": "naira"},
        {"outcome": "successful", "payment_type": "cash"},
        {"outcome": "successful", "redirect_status": 1},
        {"outcome": "successful", "amout": 5},
    ],
)
def test_a_press_that_cannot_be_meant_is_refused(gateway, make_link, wanted):
    """A misspelt field or value is refused and no attempt is recorded."""
    with pytest.raises(Refusal):
        press(gateway, make_link(), wanted)

    assert gateway.transactions_of("WLT-1") == []


def test_a_closed_link_cannot_be_cancelled(gateway, make_link):
    """After a success there is nothing left to cancel."""
    link = make_link()
    press(gateway, link, {"outcome": "successful"})

    with pytest.raises(Refusal, match="This payment link is currently inactive"):
        press(gateway, link, {"outcome": "cancelled"})
