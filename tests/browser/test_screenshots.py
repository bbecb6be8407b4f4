"""The pictures in the README, taken from a running PayFlow: `make screenshots`.

Without SCREENSHOTS in the environment these tests are skipped, so a test run changes no file.
"""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dev.stack.addresses import ROOT
from dev.stack.stack import Stack
from tests.support.app import WITHIN_S, App, Person

FOLDER = os.environ.get("SCREENSHOTS", "")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not FOLDER, reason="pictures are only taken by `make screenshots`"),
]
PASSWORD = secrets.token_urlsafe(12)
EMAIL = "grace@payflow.example"
MOST_BYTES = 200_000
DELIVERED, REFUSED, PENDING = "08011111111", "08030000000", "201000000000"


@pytest.fixture
def save() -> Callable[[Page, str], None]:
    """Saves what a page shows as a PNG of bounded size."""

    def save(page: Page, name: str) -> None:
        folder = Path(ROOT, FOLDER)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.png"
        page.evaluate("window.scrollTo(0, 0)")
        page.screenshot(path=path, animations="disabled")
        assert path.stat().st_size < MOST_BYTES

    return save


def test_the_outcome_page_after_a_payment(
    app: App, page: Page, save: Callable[[Page, str], None]
) -> None:
    """A customer pays on the checkout page and sees the outcome on ours."""
    page.set_viewport_size({"width": 390, "height": 560})
    funding = app.customer().fund()

    page.goto(funding["link"])
    page.click("#pay")

    expect(page).to_have_url(re.compile(r"/wallet/flutterwave/callback\?.*tx_ref="))
    expect(page.locator("#title")).to_have_text("Payment received")
    save(page, "payment-received")


def test_the_list_of_transactions_in_the_admin(
    app: App, live: Stack, chromium: Browser, save: Callable[[Page, str], None]
) -> None:
    """Staff see the transactions of every type, as they are now."""
    use_every_flow(app)
    create_administrator(live)
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()

    page.goto(f"{app.web}/admin/login/?next=/admin/wallets/transactionrow/")
    page.fill("#id_username", EMAIL)
    page.fill("#id_password", PASSWORD)
    page.click("input[type=submit]")

    page.click("#toggle-nav-sidebar")
    expect(page.locator("#result_list")).to_contain_text("REVERSAL")
    save(page, "transactions")
    context.close()


def use_every_flow(app: App) -> None:
    """Two fundings, two withdrawals, four purchases: done, failed, returned, on their way."""
    ada = app.customer()
    for amount in ("1500.00", "25000.00"):
        funding = ada.fund(amount)
        ada.pay(funding)
        ada.wait_for(funding["tx_ref"], "SUCCESS")
    ada.fund("800.00")
    paid = withdraw(ada, "4000", "044", "0690000031")
    withdraw(ada, "500", "058", "0123456799", ends="FAILED")
    app.vendor.end_transfer(paid, "FAILED")
    wait_for_reversal(ada)
    buy(ada, DELIVERED, "500")
    buy(ada, REFUSED, "200")
    buy(ada, PENDING, "300")


def withdraw(person: Person, amount: str, bank: str, account: str, *, ends: str = "SUCCESS") -> str:
    sent = person.post(
        "/wallet/withdraw",
        {"amount": amount, "bank_code": bank, "account_number": account},
        headers={"Idempotency-Key": secrets.token_hex(8)},
    )
    person.wait_for(sent["tx_ref"], ends)
    return str(sent["tx_ref"])


def wait_for_reversal(person: Person) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not person.get("/wallet/transactions", type="REVERSAL")["results"]:
        assert time.monotonic() < deadline, "the returned transfer was not reversed"
        time.sleep(0.1)


def buy(person: Person, phone: str, amount: str) -> None:
    """A purchase, however it ends: a refused one is answered with an error."""
    person.http.post(
        f"{person.app.api}/airtime/purchase",
        json={"service_id": "mtn", "phone": phone, "amount": amount},
        headers={"Idempotency-Key": secrets.token_hex(8)},
        timeout=30,
    )


def create_administrator(stack: Stack) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "createsuperuser", "--noinput", "--email", EMAIL],
        cwd=ROOT,
        env={**stack.environment, "DJANGO_SUPERUSER_PASSWORD": PASSWORD},
        check=True,
        capture_output=True,
    )
