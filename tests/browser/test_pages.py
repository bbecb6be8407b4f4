"""The two pages that a customer sees, in a real browser on a phone's screen."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.site import Site

pytestmark = pytest.mark.browser


def callback(site: Site, reference: str) -> str:
    return f"{site.api}/wallet/flutterwave/callback?status=successful&tx_ref={reference}"


def fits(page: Page) -> bool:
    """Whether nothing hangs over the side of the screen."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_paying_on_the_checkout_page_ends_on_the_outcome(site: Site, page: Page) -> None:
    """A click on Pay leads back to our page, which says that the money arrived."""
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


def test_a_failed_attempt_keeps_the_checkout_open_for_another(site: Site, page: Page) -> None:
    """After a decline the customer may try again, and that payment counts."""
    ada = site.new_customer()
    funding = ada.fund()

    page.goto(funding["link"])
    page.click("#fail")
    expect(page.locator("#pay")).to_be_visible()
    page.click("#pay")

    expect(page.locator("#title")).to_have_text("Payment received")
    assert ada.transaction(funding["tx_ref"])["status"] == "SUCCESS"


def test_cancelling_leads_back_and_says_that_we_wait(site: Site, page: Page) -> None:
    """A cancelled checkout is no outcome: the page goes on waiting."""
    ada = site.new_customer()
    funding = ada.fund()

    page.goto(funding["link"])
    page.click("#cancel")

    expect(page.locator("#title")).to_have_text("Waiting for your payment")
    assert ada.balance == "0.00"


def test_the_open_page_shows_the_outcome_by_itself(site: Site, page: Page) -> None:
    """Over the socket, without a reload: waiting, a failed attempt, paid."""
    ada = site.new_customer()
    funding = ada.fund()
    page.goto(callback(site, funding["tx_ref"]))
    expect(page.locator("#outcome")).to_have_attribute("data-live", "socket")
    expect(page.locator("#title")).to_have_text("Waiting for your payment")

    ada.pay(funding, "failed")
    expect(page.locator("#reason")).to_contain_text("Attempt failed")
    ada.pay(funding)

    expect(page.locator("#title")).to_have_text("Payment received")
    expect(page.locator("#reason")).to_have_text("")


def test_without_a_socket_the_page_polls(site: Site, page: Page) -> None:
    """Where a proxy lets no socket through, the outcome still shows by itself."""
    page.add_init_script(
        "window.WebSocket = class { constructor() { setTimeout(() => this.onclose(), 10) } }"
    )
    ada = site.new_customer()
    funding = ada.fund()
    page.goto(callback(site, funding["tx_ref"]))
    expect(page.locator("#outcome")).to_have_attribute("data-live", "polling")

    ada.pay(funding)

    expect(page.locator("#title")).to_have_text("Payment received", timeout=15_000)


def test_an_unknown_payment_is_told_kindly(site: Site, page: Page) -> None:
    """A wrong link gets a page in words, not an error of the browser's."""
    page.on("console", lambda message: None)
    answer = page.request.get(callback(site, "PFFUN" + "0" * 24))
    page.set_content(answer.text())

    assert answer.status == 404
    expect(page.locator("h1")).to_have_text("We do not know this payment")


def test_the_api_documentation_opens(site: Site, page: Page) -> None:
    """Swagger UI renders from our own assets and lists the endpoints."""
    page.goto(f"{site.api}/docs")

    expect(page.locator(".opblock-summary-path").first).to_be_visible()
