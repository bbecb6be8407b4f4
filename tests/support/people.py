"""Customers, in this process: the real views, services and database, without a web server."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from rest_framework.test import APIClient

from accounts.models import User
from payflow.kernel import clock
from payflow.kernel.money import to_kobo
from payflow.onboarding.services import register_customer
from wallets.clients import Payment, PaymentStatus
from wallets.funding.services import apply as apply_payment
from wallets.funding.services import start
from wallets.ledger.documents import ChangeSource, LedgerEntry, Transaction, Wallet

PASSWORD = "correct horse battery 9"
API = "/api/v1"


class Customer:
    """A person with an account, and the client that person uses."""

    def __init__(self) -> None:
        self.email = f"{secrets.token_hex(8)}@example.com"
        self.user, self._wallet = register_customer(
            email=self.email, password=PASSWORD, now=clock.now()
        )
        self.client = APIClient()
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {self.token()}")

    def token(self) -> str:
        answer = APIClient().post(f"{API}/auth/login", {"email": self.email, "password": PASSWORD})
        return answer.json()["access_token"]

    @property
    def wallet(self) -> Wallet:
        return Wallet.objects.get(pk=self._wallet.pk)

    def get(self, path: str, **params: Any) -> Any:
        return self.client.get(API + path, params)

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.post(API + path, body, headers=headers)

    def fund(self, amount: str = "1500.00", *, key: str | None = None) -> dict[str, Any]:
        """The answer of a funding that was started."""
        answer = self.post("/wallet/fund", {"amount": amount}, key=key)
        assert answer.status_code == 201, answer.content
        return answer.json()

    def receive(self, naira: str) -> None:
        """Money came in: settled by the service, without a vendor."""
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

    def withdraw(self, amount: str = "1000", *, key: str | None = None, **more: str) -> Any:
        body = {"amount": amount, "bank_code": "044", "account_number": "0690000031", **more}
        return self.post("/wallet/withdraw", body, key=key)

    def transaction(self, reference: str) -> Transaction:
        return Transaction.objects.get(reference=reference, user_id=self.user.pk)

    def entries(self) -> list[LedgerEntry]:
        return list(LedgerEntry.objects(wallet=self._wallet.pk).order_by("seq"))


def deliver(body: bytes, *, verif_hash: str | None = None) -> Any:
    """Hand a webhook over as the vendor would."""
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


def staff(role: str) -> User:
    return User.objects.create_user(f"{secrets.token_hex(8)}@example.com", PASSWORD, role=role)
