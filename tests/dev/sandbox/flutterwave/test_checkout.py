"""The checkout page: what its buttons record, and where the browser goes next."""

from urllib.parse import parse_qsl, urlsplit

import pytest
import requests


def query_of(url):
    return dict(parse_qsl(urlsplit(url).query))


def test_the_page_shows_merchant_amount_and_buttons(sandbox):
    """An open link shows the merchant (escaped), the amount, and a button for every outcome."""
    page = requests.get(sandbox.create_link(), timeout=15)

    assert page.status_code == 200
    assert "Ada&#39;s &lt;shop&gt;" in page.text
    assert "₦7,500.00" in page.text
    buttons = ("pay", "cancel", "fail", "pending", "pay-short", "pay-over", "pay-wrong-currency")
    for element_id in buttons:
        assert f'id="{element_id}"' in page.text


def test_an_unknown_link_is_a_404(sandbox):
    """The page and both kinds of press answer 404."""
    link = f"{sandbox.url}/flutterwave/checkout/flwlnk-unknown"

    answers = [requests.get(link, timeout=15), sandbox.submit(link), sandbox.press(link)]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert "This payment link is currently inactive" in answers[0].text


def test_a_paid_form_sends_the_browser_back(sandbox):
    """The browser goes to the merchant's address, with its own query and the transaction id."""
    answer = sandbox.submit(sandbox.create_link())

    paid = sandbox.get_books()["collections"][0]
    assert answer.status_code == 302
    assert answer.headers["Location"] == (
        "https://wallet.example/pay/return?lang=en"
        f"&status=successful&tx_ref=WLT-1&transaction_id={paid['id']}"
    )


def test_cancelling_records_nothing_and_leaves_the_link_open(sandbox):
    """The browser goes back without a transaction id, and the customer can return and pay."""
    link = sandbox.create_link()

    answer = sandbox.submit(link, "cancelled")

    assert answer.status_code == 302
    assert query_of(answer.headers["Location"]) == {
        "lang": "en",
        "status": "cancelled",
        "tx_ref": "WLT-1",
    }
    assert sandbox.get_books()["collections"] == []
    assert sandbox.submit(link).status_code == 302


def test_a_failed_attempt_stays_on_the_page(sandbox, receiver):
    """The page shows the reason and can be used again; the attempt is recorded with its webhook."""
    answer = sandbox.submit(sandbox.create_link(), "failed")

    assert answer.status_code == 200
    assert "Payment failed: Insufficient Funds" in answer.text
    assert 'id="pay"' in answer.text
    assert [each["status"] for each in sandbox.get_books()["collections"]] == ["failed"]
    ((_, body),) = receiver.wait_for(1)
    assert body["data"]["status"] == "failed"


def test_the_last_allowed_attempt_closes_the_link(sandbox):
    """When no attempt is left the browser returns with `failed`, and the page is gone."""
    link = sandbox.create_link(configurations={"max_retry_attempt": 2})

    answers = [sandbox.submit(link, "failed") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 302]
    assert query_of(answers[1].headers["Location"])["status"] == "failed"
    assert requests.get(link, timeout=15).status_code == 410


def test_an_expired_session_takes_no_payment(sandbox):
    """After the session the browser returns with `failed`, and nothing is recorded."""
    link = sandbox.create_link(configurations={"session_duration": 30})
    sandbox.control("POST", "/clock", json={"advance_s": 30 * 60})

    answer = sandbox.submit(link)

    assert query_of(answer.headers["Location"])["status"] == "failed"
    assert "This payment session has expired" in requests.get(link, timeout=15).text
    assert sandbox.press(link).status_code == 400
    assert sandbox.get_books()["collections"] == []


def test_a_paid_link_takes_no_second_payment(sandbox):
    """The page, and a second press, only lead back to the merchant."""
    link = sandbox.create_link()
    sandbox.press(link)

    pages = [requests.get(link, timeout=15), sandbox.submit(link)]

    for page in pages:
        assert "This payment has been made" in page.text
        assert 'id="return"' in page.text
        assert 'id="pay"' not in page.text
    assert len(sandbox.get_books()["collections"]) == 1


@pytest.mark.parametrize(
    ("query", "amount", "currency", "status"),
    [
        ("?amount=3750.00&currency=NGN", 3_750_00, "NGN", "successful"),
        ("?amount=7500.00&currency=USD", 7_500_00, "USD", "successful"),
        ("?redirect_status=completed", 7_500_00, "NGN", "completed"),
    ],
)
def test_a_button_pays_another_amount_or_currency(sandbox, query, amount, currency, status):
    """The query of a button's address changes the payment and the status in the redirect."""
    answer = sandbox.submit(sandbox.create_link(), query=query)

    paid = sandbox.get_books()["collections"][0]
    assert (paid["amount"], paid["currency"]) == (amount, currency)
    assert query_of(answer.headers["Location"])["status"] == status


def test_a_program_gets_the_outcome_as_json(sandbox):
    """JSON in gives outcome, transaction id and redirect address; a failure has no address."""
    link = sandbox.create_link()

    failed = sandbox.press(link, "failed").json()
    paid = sandbox.press(link, amount="8000").json()

    lines = sandbox.get_books()["collections"]
    assert failed == {"outcome": "failed", "transaction_id": lines[0]["id"], "redirect_url": None}
    assert (paid["outcome"], paid["transaction_id"]) == ("successful", lines[1]["id"])
    assert query_of(paid["redirect_url"])["transaction_id"] == str(lines[1]["id"])
    assert lines[1]["amount"] == 8_000_00


def test_a_wrong_press_is_refused(sandbox):
    """A misspelt field or value is a 400, for a program and for a browser; nothing is recorded."""
    link = sandbox.create_link()

    answers = [sandbox.press(link, amout=5), sandbox.submit(link, amount="lots")]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[0].json()["error"]
    assert 'id="pay"' in answers[1].text
    assert sandbox.get_books()["collections"] == []
