"""The admin and the documentation work under the policy that their answers carry."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from dev.stack.stack import Stack
from tests.browser.test_screenshots import PASSWORD, create_administrator
from tests.support.customer import new_email
from tests.support.site import Site

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(chromium: Browser) -> Iterator[Page]:
    """A page with the screen of a desk. A refused script or style, or any error, fails the test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(_say(m)) if m.type in ("error", "warning") else None)
    yield page
    context.close()
    # ReDoc's own logo comes from its maker's server. The policy keeps it out, as it should. A
    # browser asks for favicon.ico where a page names no icon, as the admin's pages do.
    expected = ("cdn.redoc.ly/redoc/logo-mini.svg", "/favicon.ico")
    assert [e for e in errors if not any(text in e for text in expected)] == []


def _say(message: ConsoleMessage) -> str:
    return f"{message.type} at {message.location['url']}: {message.text}"


def test_swagger_ui_works_under_its_policy(site: Site, desk: Page) -> None:
    """An operation opens, and a request from the page gets its answer."""
    desk.goto(f"{site.api}/docs")
    operation = desk.locator(".opblock", has_text="/api/v1/health/live").first
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()

    answers = operation.locator(".live-responses-table td.response-col_status")
    expect(answers.last).to_contain_text("200")
    background = "getComputedStyle(document.body).backgroundColor"
    assert desk.evaluate(background) == "rgb(250, 250, 250)"


def test_redoc_works_under_its_policy(site: Site, desk: Page) -> None:
    """Every operation is there, its styles hold, and its search finds one."""
    desk.goto(f"{site.api}/redoc")
    expect(desk.locator("h1").first).to_be_visible()
    expect(desk.locator("[data-section-id]").first).to_be_visible()

    desk.get_by_role("textbox").fill("withdraw")

    expect(desk.locator("[data-role='search:results'] li").first).to_be_visible()
    assert desk.evaluate("document.styleSheets.length") > 1


def test_the_admin_works_under_its_policy(site: Site, live: Stack, desk: Page) -> None:
    """Sign-in, index, every list, a row, its history, and the scripts that choose rows."""
    site.new_customer("500.00")
    email = new_email()
    create_administrator(live, email)
    desk.goto(f"{site.web}/admin/")
    desk.fill("#id_username", email)
    desk.fill("#id_password", PASSWORD)
    desk.click("input[type=submit]")
    expect(desk.locator("#user-tools")).to_be_visible()

    lists = desk.locator("#content-main th a").evaluate_all("links => links.map(a => a.href)")
    assert len(lists) > 5
    for address in lists:
        desk.goto(address)
        row = desk.locator("#result_list tbody th a").first
        if row.count():
            row.click()
            expect(desk.locator("#content h2").first).to_be_visible()
            desk.locator(".historylink").click()
            expect(desk.locator("#content")).to_be_visible()
    desk.goto(f"{site.web}/admin/wallets/walletrow/")
    desk.click("#action-toggle")
    rows = desk.locator("#result_list tbody tr").count()
    expect(desk.locator(".action-counter").first).to_have_text(f"{rows} of {rows} selected")
    desk.goto(f"{site.web}/admin/accounts/user/add/")
    expect(desk.locator("#id_password1")).to_be_visible()
    desk.goto(f"{site.web}/admin/password_change/")
    expect(desk.locator("#id_old_password")).to_be_visible()
