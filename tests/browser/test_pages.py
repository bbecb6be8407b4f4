"""The checkout page and the outcome page, in a real browser with the screen of a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.site import Site

pytestmark = pytest.mark.browser


def outcome_url(site: Site, reference: str) -> str:
    return f"{site.api}/wallet/flutterwave/callback?status=successful&tx_ref={reference}"


def fits(page: Page) -> bool:
    """Whether the page is no wider than the screen."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_paying_leads_to_the_outcome_page(site: Site, page: Page) -> None:
    """It says that the payment was received."""
    ada = site.new_customer()
    funding = ada.fund()

    page.goto(funding["link"])
    assert fits(page)
    page.click("#pay")

    expect(page).to_have_url(re.compile(r"/wallet/flutterwave/callback\?.*tx_ref="))
    expect(page.locator("#title")).to_have_text("Payment received")
    expect(page.locator(".amount")).to_have_text("₦1,500.00")
    assert fits(page)
    assert ada.balance == "1500.00"


def test_a_failed_attempt_keeps_the_checkout_open(site: Site, page: Page) -> None:
    """The customer pays on the same page afterwards."""
    ada = site.new_customer()
    funding = ada.fund()

    page.goto(funding["link"])
    page.click("#fail")
    expect(page.locator("#pay")).to_be_visible()
    page.click("#pay")

    expect(page.locator("#title")).to_have_text("Payment received")
    assert ada.transaction(funding["tx_ref"])["status"] == "SUCCESS"


def test_cancelling_leads_to_a_page_that_waits(site: Site, page: Page) -> None:
    """A cancelled checkout is no outcome."""
    ada = site.new_customer()
    funding = ada.fund()

    page.goto(funding["link"])
    page.click("#cancel")

    expect(page.locator("#title")).to_have_text("Waiting for your payment")
    assert ada.balance == "0.00"


def test_the_outcome_page_updates_over_the_socket(site: Site, page: Page) -> None:
    """Without a reload: waiting, a failed attempt, paid."""
    ada = site.new_customer()
    funding = ada.fund()
    page.goto(outcome_url(site, funding["tx_ref"]))
    expect(page.locator("#outcome")).to_have_attribute("data-live", "socket")
    expect(page.locator("#title")).to_have_text("Waiting for your payment")

    ada.pay(funding, "failed")
    expect(page.locator("#reason")).to_contain_text("Attempt failed")
    ada.pay(funding)

    expect(page.locator("#title")).to_have_text("Payment received")
    expect(page.locator("#reason")).to_have_text("")


def test_the_outcome_page_shows_that_a_payment_was_refunded(site: Site, page: Page) -> None:
    """Without a reload, and after one: what was taken back is not called received."""
    ada = site.new_customer()
    funding = ada.fund()
    page.goto(outcome_url(site, funding["tx_ref"]))
    ada.pay(funding)
    expect(page.locator("#title")).to_have_text("Payment received")

    [payment] = site.vendor.books(funding["tx_ref"])["collections"]
    site.vendor.refund(payment["id"], "600")

    for _ in range(2):
        expect(page.locator("#title")).to_have_text("Payment taken back")
        expect(page.locator("#reason")).to_have_text("This payment was refunded to the payer.")
        expect(page.locator("#hint")).to_contain_text("₦600.00 was taken back")
        assert fits(page)
        page.reload()
    assert ada.balance == "900.00"


def test_the_outcome_page_shows_that_a_transfer_was_returned(site: Site, page: Page) -> None:
    """Sent, and returned by the bank: the page says where the money is."""
    ada = site.new_customer("2000.00")
    reference = ada.withdraw("1000", account_number="0690000031").json()["tx_ref"]
    page.goto(f"{site.api}/wallet/withdraw/success/{reference}")
    expect(page.locator("#title")).to_have_text("Transfer sent")

    site.vendor.end_transfer(reference, "FAILED")

    for _ in range(2):
        expect(page.locator("#title")).to_have_text("Transfer returned")
        expect(page.locator("#reason")).to_contain_text("The bank returned this transfer.")
        assert fits(page)
        page.reload()
    assert ada.balance == "2000.00"


def test_the_outcome_page_polls_without_a_socket(site: Site, page: Page) -> None:
    """The outcome still shows without a reload."""
    page.add_init_script(
        "window.WebSocket = class { constructor() { setTimeout(() => this.onclose(), 10) } }"
    )
    ada = site.new_customer()
    funding = ada.fund()
    page.goto(outcome_url(site, funding["tx_ref"]))
    expect(page.locator("#outcome")).to_have_attribute("data-live", "polling")

    ada.pay(funding)

    expect(page.locator("#title")).to_have_text("Payment received", timeout=15_000)


def test_an_unknown_payment_has_a_page_in_plain_words(site: Site, page: Page) -> None:
    """And not an error page of the browser."""
    page.on("console", lambda message: None)
    answer = page.request.get(outcome_url(site, "PFFUN" + "0" * 24))
    page.set_content(answer.text())

    assert answer.status == 404
    expect(page.locator("h1")).to_have_text("We do not know this payment")


def test_the_api_documentation_lists_the_endpoints(site: Site, page: Page) -> None:
    """Swagger UI runs from our own files."""
    page.goto(f"{site.api}/docs")

    expect(page.locator(".opblock-summary-path").first).to_be_visible()
