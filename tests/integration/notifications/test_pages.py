"""The outcome pages, and their JSON."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from notifications.grants import read_grant
from tests.support.people import API, Customer
from tests.support.vendor import Vendor
from tests.support.withdrawals import start
from wallets.ledger.documents import Transaction

pytestmark = pytest.mark.usefixtures("db")


def page(**query: str) -> Any:
    return Client().get(f"{API}/wallet/flutterwave/callback", query)


def poll(reference: str) -> Any:
    return Client().get(
        f"{API}/wallet/flutterwave/callback",
        {"tx_ref": reference},
        headers={"Accept": "application/json"},
    )


@pytest.mark.parametrize("status", ["successful", "completed", "cancelled", "failed", ""])
def test_opening_the_page_only_brings_the_next_requery_forward(
    customer: Customer, vendor: Vendor, status: str
) -> None:
    """Whatever the redirect claims, the transaction stays as it was, and the vendor is asked."""
    funding = customer.fund()
    before = customer.transaction(funding["tx_ref"]).to_mongo()

    answer = page(tx_ref=funding["tx_ref"], status=status, transaction_id="1")

    assert answer.status_code == 200
    after = customer.transaction(funding["tx_ref"]).to_mongo()
    assert after.pop("next_check_at") < before.pop("next_check_at")
    assert after == before
    assert customer.wallet.balance == 0


def test_the_page_shows_the_payment_and_not_its_owner(customer: Customer, vendor: Vendor) -> None:
    """No name, no email address and no balance."""
    funding = customer.fund()

    html = page(tx_ref=funding["tx_ref"]).content.decode()
    body = poll(funding["tx_ref"]).json()

    assert "₦1,500.00" in html
    for secret in (customer.email, str(customer.user.pk), str(customer.wallet.pk), "balance"):
        assert secret not in html
        assert secret not in str(body)
    assert set(body) == {
        "reference",
        "type",
        "status",
        "amount",
        "currency",
        "reason",
        "reversed",
        "account",
        "updated_at",
    }


def test_the_pages_token_is_good_for_this_payment_only(customer: Customer, vendor: Vendor) -> None:
    """It joins this reference on the socket, and opens no endpoint."""
    funding = customer.fund()
    html = page(tx_ref=funding["tx_ref"]).content.decode()
    token = html.split('"token": "')[1].split('"')[0]

    grant = read_grant(token)
    me = Client().get(f"{API}/auth/me", headers={"Authorization": f"Bearer {token}"})

    assert (grant.user_id, grant.reference) == (None, funding["tx_ref"])
    assert me.status_code == 401


@pytest.mark.parametrize("reference", ["", "x", "PFFUN" + "0" * 24, "<script>", "PFFUN\x00"])
def test_an_unknown_payment_is_a_404_page(reference: str) -> None:
    """In plain words, and without the reference in it."""
    answer = page(tx_ref=reference)

    assert answer.status_code == 404
    assert "We do not know this payment" in answer.content.decode()
    assert "<script>" not in answer.content.decode().replace("<script src", "")
    assert poll(reference).status_code == 404


def test_a_reason_is_shown_as_text(customer: Customer, vendor: Vendor) -> None:
    """What a bank wrote cannot become markup."""
    funding = customer.fund()
    Transaction.objects(reference=funding["tx_ref"]).update_one(set__reason="<b>no</b>")

    assert "<b>no</b>" not in page(tx_ref=funding["tx_ref"]).content.decode()


def test_the_page_loads_only_our_files_and_sockets(customer: Customer, vendor: Vendor) -> None:
    """Its policy also forbids frames, and no copy is cached."""
    answer = page(tx_ref=customer.fund()["tx_ref"])

    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "ws://testserver" in policy
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "same-origin"


def test_the_withdrawal_page_shows_a_masked_bank_account(
    rich: Customer, new_customer: Callable[[], Customer]
) -> None:
    """Reference, amount, status and four digits; a funding's reference is not found here."""
    reference = start(rich)
    url = f"/api/v1/wallet/withdraw/success/{reference}"

    html = Client().get(url).content.decode()
    body = Client().get(url, headers={"Accept": "application/json"}).json()

    assert "******0031" in html
    for secret in ("0690000031", "Forrest", rich.email, "8989.25"):
        assert secret not in html
        assert secret not in str(body)
    assert body["status"] == "PENDING"
    funding = Transaction.objects(user_id=rich.user.pk, type="FUNDING").first()
    assert Client().get(f"/api/v1/wallet/withdraw/success/{funding.reference}").status_code == 404
    assert Client().get("/api/v1/wallet/withdraw/success/PFWDR").status_code == 404
