"""The headers that tell browsers what a page of ours may do."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from tests.support.people import API, Customer, staff
from tests.support.vendor import Vendor

pytestmark = pytest.mark.usefixtures("db")
PAGES = {
    "sign-in": "/admin/login/",
    "index": "/admin/",
    "list": "/admin/wallets/walletrow/",
    "row": "/admin/accounts/user/add/",
    "swagger": f"{API}/docs",
    "redoc": f"{API}/redoc",
    "outcome": f"{API}/wallet/flutterwave/callback?tx_ref=unknown",
    "refused list": "/admin/wallets/walletrow/?balance__gt=1",
    "no page": "/nothing",
    "json": f"{API}/health/live",
    "not signed in": f"{API}/wallet/",
}


def get(path: str) -> Any:
    client = Client()
    client.force_login(staff("admin"))
    return client.get(path)


def policy(answer: Any) -> dict[str, str]:
    """The sources of each directive."""
    parts = [part.strip().partition(" ") for part in answer["Content-Security-Policy"].split(";")]
    return {name: sources for name, _, sources in parts}


@pytest.mark.parametrize("name", PAGES)
def test_every_answer_has_the_headers(name: str) -> None:
    """Pages, errors and JSON: nothing may frame them, guess their type or learn their address."""
    answer = get(PAGES[name])

    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["X-Frame-Options"] == "DENY"
    assert "camera=()" in answer["Permissions-Policy"]
    found = policy(answer)
    assert found["default-src"] == found["frame-ancestors"] == found["base-uri"] == "'none'"
    assert set(found.get("script-src", "'self'").split()) == {"'self'"}
    assert "unsafe" not in found.get("script-src", "")
    if name != "redoc":
        assert "unsafe-inline" not in answer["Content-Security-Policy"]


def test_an_answer_that_is_no_page_loads_nothing() -> None:
    """Even a browser that took JSON for a page would run nothing."""
    for name in ("json", "no page", "not signed in"):
        assert "script-src" not in policy(get(PAGES[name]))


@pytest.mark.parametrize("name", ["sign-in", "index", "list", "row", "swagger", "outcome"])
def test_no_page_has_an_inline_script_or_style(name: str) -> None:
    """The policy would refuse them."""
    html = get(PAGES[name]).content.decode()

    scripts = re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", html)
    assert (scripts, re.findall(r"<style|\sstyle=|\son\w+=", html)) == ([], [])


@pytest.mark.parametrize("name", ["swagger", "redoc", "outcome"])
def test_no_page_loads_from_another_server(name: str) -> None:
    """The documentation works without a connection to the internet."""
    html = get(PAGES[name]).content.decode()

    assert re.findall(r"(?:src|href)=\"(?:https?:)?//", html) == []


def test_the_outcome_page_keeps_its_own_policy(customer: Customer, vendor: Vendor) -> None:
    """It connects to our sockets, and loads only our files."""
    reference = customer.fund()["tx_ref"]

    found = policy(get(f"{API}/wallet/flutterwave/callback?tx_ref={reference}"))

    assert found["connect-src"] == "'self' ws://testserver"


def test_the_description_does_not_list_its_own_pages() -> None:
    """They are for people, and no operation of the API."""
    paths = Client().get(f"{API}/schema", headers={"Accept": "application/json"}).json()["paths"]

    assert f"{API}/wallet/" in paths
    assert not {f"{API}/docs", f"{API}/redoc"} & set(paths)
