from urllib.parse import parse_qsl, urlsplit

import pytest
import requests


def query_of(url):
    return dict(parse_qsl(urlsplit(url).query))


def test_the_page_shows_merchant_amount_and_buttons(sandbox):
    """An open link shows who is paid how much, escaped, with a button for every ending."""
    reply = requests.get(sandbox.link(), timeout=15)

    assert reply.status_code == 200
    assert "Ada&#39;s &lt;shop&gt;" in reply.text
    assert "₦7,500.00" in reply.text
    buttons = ("pay", "cancel", "fail", "pending", "pay-short", "pay-over", "pay-wrong-currency")
    for element_id in buttons:
        assert f'id="{element_id}"' in reply.text


def test_an_unknown_link_shows_a_page(sandbox):
    """A link that was never given out is a 404 for people, and for programs."""
    link = f"{sandbox.url}/flutterwave/checkout/flwlnk-unknown"

    shown = requests.get(link, timeout=15)
    submitted = sandbox.submit(link)
    pressed = sandbox.press(link)

    assert [shown.status_code, submitted.status_code, pressed.status_code] == [404, 404, 404]
    assert "This payment link is currently inactive" in shown.text


def test_paying_sends_the_browser_back(sandbox):
    """A paid form goes to the merchant's address, its own query kept, with the id."""
    reply = sandbox.submit(sandbox.link())

    paid = sandbox.books()["collections"][0]
    assert reply.status_code == 302
    assert reply.headers["Location"] == (
        "https://wallet.example/pay/return?lang=en"
        f"&status=successful&tx_ref=WLT-1&transaction_id={paid['id']}"
    )


def test_cancelling_sends_the_browser_back_without_an_id(sandbox):
    """A cancelled form carries no transaction id, and the link can still be paid."""
    link = sandbox.link()

    reply = sandbox.submit(link, "cancelled")

    assert reply.status_code == 302
    assert query_of(reply.headers["Location"]) == {
        "lang": "en",
        "status": "cancelled",
        "tx_ref": "WLT-1",
    }
    assert sandbox.submit(link).status_code == 302
    assert len(sandbox.books()["collections"]) == 1


def test_a_failed_attempt_stays_on_the_page(sandbox, receiver):
    """The page comes back with the reason, the attempt is recorded and the merchant is told."""
    link = sandbox.link()

    reply = sandbox.submit(link, "failed")

    assert reply.status_code == 200
    assert "Payment failed: Insufficient Funds" in reply.text
    assert 'id="pay"' in reply.text
    assert [each["status"] for each in sandbox.books()["collections"]] == ["failed"]
    ((_, body),) = receiver.wait_for(1)
    assert body["data"]["status"] == "failed"


def test_the_last_failed_attempt_sends_the_browser_back(sandbox):
    """When no attempt is left the browser returns as failed, and the link is closed."""
    link = sandbox.link(configurations={"max_retry_attempt": 2})

    replies = [sandbox.submit(link, "failed") for _ in range(2)]

    assert [reply.status_code for reply in replies] == [200, 302]
    assert query_of(replies[1].headers["Location"])["status"] == "failed"
    assert requests.get(link, timeout=15).status_code == 410


def test_an_expired_session_sends_the_browser_back(sandbox):
    """A button pressed too late returns as failed and records nothing; the page says why."""
    link = sandbox.link(configurations={"session_duration": 1})
    assert 'http-equiv="refresh"' in requests.get(link, timeout=15).text
    sandbox.control("POST", "/clock", json={"advance_s": 60})

    reply = sandbox.submit(link)

    assert reply.status_code == 302
    assert query_of(reply.headers["Location"])["status"] == "failed"
    assert sandbox.books()["collections"] == []
    assert "This payment session has expired" in requests.get(link, timeout=15).text


def test_a_paid_link_only_leads_back(sandbox):
    """The page of a paid link, and a second press on it, show the way back and nothing to pay."""
    link = sandbox.link()
    sandbox.press(link)

    pages = [requests.get(link, timeout=15), sandbox.submit(link)]

    for page in pages:
        assert "This payment has been made" in page.text
        assert 'id="return"' in page.text
        assert 'id="pay"' not in page.text
    assert len(sandbox.books()["collections"]) == 1


@pytest.mark.parametrize(
    ("query", "amount", "currency", "status"),
    [
        ("?amount=3750.00&currency=NGN", 3_750_00, "NGN", "successful"),
        ("?amount=7500.00&currency=USD", 7_500_00, "USD", "successful"),
        ("?redirect_status=completed", 7_500_00, "NGN", "completed"),
    ],
)
def test_a_button_pays_what_its_address_says(sandbox, query, amount, currency, status):
    """What is paid, and how the redirect spells it, come with the button's address."""
    reply = sandbox.submit(sandbox.link(), query=query)

    paid = sandbox.books()["collections"][0]
    assert (paid["amount"], paid["currency"]) == (amount, currency)
    assert query_of(reply.headers["Location"])["status"] == status


def test_a_wrong_field_shows_the_page_again(sandbox):
    """A form that cannot be meant shows the page with the reason and records nothing."""
    reply = sandbox.submit(sandbox.link(), amount="lots")

    assert reply.status_code == 400
    assert "amount is invalid" in reply.text
    assert sandbox.books()["collections"] == []


def test_a_program_gets_the_outcome_as_json(sandbox):
    """JSON in gives outcome, transaction id and redirect address; a failure has no address."""
    link = sandbox.link()

    failed = sandbox.press(link, "failed").json()
    paid = sandbox.press(link, amount="8000").json()

    lines = sandbox.books()["collections"]
    assert failed == {
        "outcome": "failed",
        "transaction_id": lines[0]["id"],
        "redirect_url": None,
    }
    assert (paid["outcome"], paid["transaction_id"]) == ("successful", lines[1]["id"])
    assert query_of(paid["redirect_url"])["transaction_id"] == str(lines[1]["id"])
    assert lines[1]["amount"] == 8_000_00


def test_a_wrong_press_is_refused_as_json(sandbox):
    """A program is told what is allowed."""
    reply = sandbox.press(sandbox.link(), "paid")

    assert reply.status_code == 400
    assert "allowed: successful, failed, cancelled, pending" in reply.json()["error"]
