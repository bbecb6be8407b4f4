"""The pictures in the README, taken from a running PayFlow.

`make screenshots` saves them where SCREENSHOTS says; a plain test run saves them nowhere.
"""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dev.stack.addresses import ROOT
from dev.stack.stack import Stack
from tests.support.customer import DELIVERED, PENDING
from tests.support.http_customer import HttpCustomer
from tests.support.site import Site
from tests.support.waiting import eventually

FOLDER = os.environ.get("SCREENSHOTS", "")
pytestmark = pytest.mark.browser
PASSWORD = secrets.token_urlsafe(12)
EMAIL = "grace@payflow.example"
MOST_BYTES = 200_000
REFUSED = "08030000000"


@pytest.fixture
def save(tmp_path: Path) -> Callable[[Page, str], None]:
    """Saves what a page shows as a PNG of bounded size."""

    def save(page: Page, name: str) -> None:
        folder = Path(ROOT, FOLDER) if FOLDER else tmp_path
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.png"
        page.evaluate("window.scrollTo(0, 0)")
        page.screenshot(path=path, animations="disabled")
        assert path.stat().st_size < MOST_BYTES

    return save


def test_the_outcome_page_after_a_payment(
    site: Site, page: Page, save: Callable[[Page, str], None]
) -> None:
    """A customer pays on the checkout page and sees the outcome on ours."""
    page.set_viewport_size({"width": 390, "height": 560})
    funding = site.new_customer().fund()

    page.goto(funding["link"])
    page.click("#pay")

    expect(page).to_have_url(re.compile(r"/wallet/flutterwave/callback\?.*tx_ref="))
    expect(page.locator("#title")).to_have_text("Payment received")
    save(page, "payment-received")


def test_the_list_of_transactions_in_the_admin(
    site: Site, live: Stack, chromium: Browser, save: Callable[[Page, str], None]
) -> None:
    """Staff see the transactions of every type, as they are now."""
    use_every_flow(site)
    create_administrator(live)
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()

    page.goto(f"{site.web}/admin/login/?next=/admin/wallets/transactionrow/")
    page.fill("#id_username", EMAIL)
    page.fill("#id_password", PASSWORD)
    page.click("input[type=submit]")

    page.click("#toggle-nav-sidebar")
    expect(page.locator("#result_list")).to_contain_text("REVERSAL")
    save(page, "transactions")
    context.close()


def use_every_flow(site: Site) -> None:
    """Two fundings, two withdrawals, four purchases: done, failed, returned, on their way."""
    ada = site.new_customer()
    for amount in ("1500.00", "25000.00"):
        funding = ada.fund(amount)
        ada.pay(funding)
        ada.wait_for(funding["tx_ref"], "SUCCESS")
    ada.fund("800.00")
    paid = withdraw(ada, "4000", "044", "0690000031")
    withdraw(ada, "500", "058", "0123456799", ends="FAILED")
    site.vendor.end_transfer(paid, "FAILED")
    eventually(lambda: ada.transactions(type="REVERSAL"))
    for phone, naira in ((DELIVERED, "500"), (REFUSED, "200"), (PENDING, "300")):
        ada.buy(phone, amount=naira, key=secrets.token_hex(8))


def withdraw(
    ada: HttpCustomer, amount: str, bank: str, account: str, *, ends: str = "SUCCESS"
) -> str:
    key = secrets.token_hex(8)
    sent = ada.withdraw(amount, key=key, bank_code=bank, account_number=account)
    reference = str(sent.json()["tx_ref"])
    ada.wait_for(reference, ends)
    return reference


def create_administrator(stack: Stack, email: str = EMAIL) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "createsuperuser", "--noinput", "--email", email],
        cwd=ROOT,
        env={**stack.environment, "DJANGO_SUPERUSER_PASSWORD": PASSWORD},
        check=True,
        capture_output=True,
    )
