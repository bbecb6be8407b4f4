"""Customers who repeat their requests, and remember the answers for the oracle."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.support.customer import DELIVERED, MEANT, PENDING, purchase_order, withdrawal_order
from tests.support.http_customer import HttpCustomer
from tests.support.vendor import pay_on_page

_ANSWER_S = 20.0
# How often a client without an answer repeats a request, with the same key, before it gives up.
_TRIES = 4


@dataclass
class Call:
    """One request of a customer, with one key, and its last answer.

    outcome: ok (2xx, or a purchase that failed and was refunded), refused (4xx), unknown (a 5xx
    without an outcome, or no answer).
    """

    kind: str
    key: str
    naira: int
    outcome: str = "unknown"
    reference: str | None = None
    answers: list[str] = field(default_factory=list)


class CustomerDay(threading.Thread):
    """One customer's day: a thread with its own random numbers."""

    def __init__(self, number: int, *, api: str, ws: str, seed: int, until: float) -> None:
        super().__init__(name=f"customer-{number}", daemon=True)
        self.number = number
        self.calls: list[Call] = []
        self._random = random.Random(f"{seed}:{number}")
        self._until = until
        self._phone = f"0803{number:07d}"
        email = f"customer-{seed}-{number}@example.com"
        self._customer = HttpCustomer(api, ws, email=email, timeout_s=_ANSWER_S)

    @property
    def http(self) -> requests.Session:
        """Signed in, for the oracle."""
        return self._customer.http

    def run(self) -> None:
        wishes = [self.fund] * 4 + [self.withdraw] * 3 + [self.buy] * 4
        self.fund()
        while time.monotonic() < self._until:
            self._random.choice(wishes)()
            time.sleep(self._random.uniform(0.05, 0.4))

    def fund(self) -> None:
        naira = self._random.randrange(500, 3000)
        call = self._call("/wallet/fund", "fund", naira, {"amount": str(naira)})
        outcome = self._random.choices(["successful", "failed", None], [8, 1, 1])[0]
        if call.reference and outcome:
            # The vendor's page works all day: only parts of PayFlow die.
            pay_on_page(call.answers[-1], outcome)

    def withdraw(self) -> None:
        naira = self._random.randrange(100, 900)
        self._call("/wallet/withdraw", "withdraw", naira, withdrawal_order(str(naira)))

    def buy(self) -> None:
        naira = self._random.randrange(50, 400)
        phone = self._random.choice([self._phone, DELIVERED, PENDING, "0802" + "1" * 7])
        self._call("/airtime/purchase", "buy", naira, purchase_order(phone, amount=str(naira)))

    def _call(self, path: str, kind: str, naira: int, body: dict[str, str]) -> Call:
        call = Call(kind, f"{self.number}-{len(self.calls)}", naira)
        self.calls.append(call)
        for _ in range(_TRIES):
            try:
                self._remember(call, self._customer.post(path, {**body, **MEANT}, key=call.key))
            except (requests.RequestException, ValueError) as exc:
                call.answers.append(type(exc).__name__)
            if call.outcome != "unknown":
                break
            time.sleep(self._random.uniform(0.2, 1.5))
        return call

    def _remember(self, call: Call, answer: requests.Response) -> None:
        body: dict[str, Any] = answer.json()
        details = body.get("error", {}).get("details") or {}
        purchase = details.get("transaction") if isinstance(details, dict) else None
        if answer.ok:
            call.outcome, call.reference = "ok", body["tx_ref"]
            call.answers.append(str(body.get("link", answer.status_code)))
        elif purchase:  # it failed, and its money is back
            call.outcome, call.reference = "ok", purchase["reference"]
            call.answers.append(body["error"]["code"])
        else:
            call.answers.append(f"{answer.status_code} {body['error']['code']}")
            if answer.status_code < 500 and answer.status_code not in (409, 429):
                call.outcome = "refused"
