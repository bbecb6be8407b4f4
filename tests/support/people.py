"""Customers and staff in this process: the real views, services and database, no web server."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from rest_framework.test import APIClient

from accounts.models import User
from payflow.kernel import clock
from payflow.kernel.money import to_kobo
from payflow.onboarding.services import register_customer
from tests.support.customer import PASSWORD, CustomerActions, new_email
from wallets.clients import Payment, PaymentStatus
from wallets.funding.services import apply as apply_payment
from wallets.funding.services import start
from wallets.ledger.documents import ChangeSource, LedgerEntry, Transaction, Wallet

API = "/api/v1"


class Customer(CustomerActions):
    """A customer with an account, a wallet and a signed-in client."""

    def __init__(self) -> None:
        self.email = new_email()
        self.user, self._wallet = register_customer(
            email=self.email, password=PASSWORD, now=clock.now()
        )
        self.client = APIClient()
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {self.log_in()}")

    def log_in(self) -> str:
        """Returns a new access token."""
        return str(self.sign_in()["access_token"])

    def sign_in(self) -> dict[str, Any]:
        """Returns the answer of a new login."""
        body = {"email": self.email, "password": PASSWORD}
        return APIClient().post(f"{API}/auth/login", body).json()

    @property
    def wallet(self) -> Wallet:
        """The wallet as the database has it now."""
        return Wallet.objects.get(pk=self._wallet.pk)

    def get(self, path: str, **params: Any) -> Any:
        return self.client.get(API + path, params)

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.post(API + path, body, headers=headers)

    def receive(self, naira: str) -> None:
        """Credit the wallet by a funding that the service settles without asking the vendor."""
        transaction = start(user=self.user, amount_kobo=to_kobo(naira), now=clock.now())
        apply_payment(
            Payment(
                vendor_id=secrets.token_hex(8),
                reference=transaction.reference,
                status=PaymentStatus.SUCCESSFUL,
                amount_kobo=to_kobo(naira),
                currency="NGN",
                reason="",
                method="card",
            ),
            source=ChangeSource.WEBHOOK,
            now=clock.now(),
        )

    def transaction(self, reference: str) -> Transaction:
        return Transaction.objects.get(reference=reference, user_id=self.user.pk)

    def entries(self) -> list[LedgerEntry]:
        """All entries of the wallet, oldest first."""
        return list(LedgerEntry.objects(wallet=self._wallet.pk).order_by("seq"))


def deliver(body: bytes, *, verif_hash: str | None = None) -> Any:
    """Post a webhook to Flutterwave's endpoint, signed with the right hash unless one is given."""
    headers = {
        "verif-hash": settings.FLUTTERWAVE_WEBHOOK_HASH if verif_hash is None else verif_hash
    }
    return APIClient().generic(
        "POST",
        f"{API}/wallet/flutterwave/webhook",
        body,
        content_type="application/json",
        headers=headers,
    )


def deliver_callback(body: bytes | str) -> Any:
    """Post a callback to VTpass's endpoint, without a signature."""
    return APIClient().generic(
        "POST", f"{API}/airtime/vtpass/webhook", body, content_type="application/json"
    )


def staff(role: str) -> User:
    return User.objects.create_user(new_email(), PASSWORD, role=role)
