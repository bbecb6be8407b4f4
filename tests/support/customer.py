"""What every customer does, in this process (`people.py`) or over HTTP (`http_customer.py`)."""

from __future__ import annotations

import secrets
from typing import Any

PASSWORD = "correct horse battery 9"
BANK_ACCOUNT = {"bank_code": "044", "account_number": "0690000031"}
# Two of VTpass's test numbers: a purchase for the first is delivered, for the second pending.
DELIVERED, PENDING = "08011111111", "201000000000"

# Customers of tests order the same again and again.
MEANT = {"confirm_duplicate": True}


class CustomerActions:
    """The requests of one customer. A subclass carries them, and answers as the API does."""

    email: str

    def get(self, path: str, **params: Any) -> Any:
        """The answer, whatever its status is."""
        raise NotImplementedError

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """The answer, whatever its status is. `key` is the idempotency key."""
        raise NotImplementedError

    def read(self, path: str, **params: Any) -> Any:
        """The JSON of an answer with status 200."""
        answer = self.get(path, **params)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def fund(self, amount: str = "1500.00", *, key: str | None = None) -> dict[str, Any]:
        """The JSON of a funding that was started."""
        answer = self.post("/wallet/fund", {"amount": amount, **MEANT}, key=key)
        assert answer.status_code == 201, answer.content
        return answer.json()

    def withdraw(self, amount: str = "1000", *, key: str | None = None, **more: str) -> Any:
        order = {**withdrawal_order(amount, **more), **MEANT}
        return self.post("/wallet/withdraw", order, key=key or new_key())

    def buy(self, phone: str = DELIVERED, *, key: str | None = None, **more: str) -> Any:
        """The answer to an order of MTN airtime for 500 naira; `more` replaces its fields."""
        order = {**purchase_order(phone, **more), **MEANT}
        return self.post("/airtime/purchase", order, key=key or new_key())


def withdrawal_order(amount: str, **more: str) -> dict[str, str]:
    return {"amount": amount, **BANK_ACCOUNT, **more}


def purchase_order(phone: str, **more: str) -> dict[str, str]:
    order = {"service_id": "mtn", "phone": phone, **more}
    if "variation_code" not in order:
        order.setdefault("amount", "500")
    return order


def new_key() -> str:
    return secrets.token_hex(8)


def new_email() -> str:
    return f"{secrets.token_hex(8)}@example.com"


def error_code(answer: Any) -> str:
    return answer.json()["error"]["code"]
