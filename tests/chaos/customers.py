"""Customers who keep trying: each of their calls is remembered with what they were told."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import requests

PASSWORD = "correct horse battery 9"
_ANSWER_S = 20.0
# A client that hears nothing asks again with the same key, so often, and then lives with it.
_TRIES = 4


@dataclass
class Call:
    """One thing a customer wanted, under one key, and the last word on it.

    outcome: ok (2xx), refused (4xx, or a purchase that came to nothing), unknown (a 5xx that
    says nothing, or no answer at all).
    """

    kind: str
    key: str
    naira: int
    outcome: str = "unknown"
    reference: str | None = None
    answers: list[str] = field(default_factory=list)


class Customer(threading.Thread):
    """One customer's day: a thread, with a random of its own."""

    def __init__(self, number: int, *, api: str, sandbox: str, seed: int, until: float) -> None:
        super().__init__(name=f"customer-{number}", daemon=True)
        self.number = number
        self.calls: list[Call] = []
        self._random = random.Random(f"{seed}:{number}")
        self._api, self._sandbox, self._until = api, sandbox, until
        self._phone = f"0803{number:07d}"
        self.http = requests.Session()
        self.http.trust_env = False
        self.register_customer(seed)

    def register_customer(self, seed: int) -> None:
        """Before the day begins, while everything still works."""
        person = {"email": f"customer-{seed}-{self.number}@example.com", "password": PASSWORD}
        made = self.http.post(f"{self._api}/auth/register", json=person, timeout=_ANSWER_S)
        assert made.status_code == 201, made.text
        tokens = self.http.post(f"{self._api}/auth/login", json=person, timeout=_ANSWER_S).json()
        self.http.headers["Authorization"] = f"Bearer {tokens['access_token']}"

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
            # The vendor's page is up all day: only what PayFlow is made of dies.
            page = f"{call.answers[-1]}/pay"
            requests.post(page, json={"outcome": outcome}, timeout=_ANSWER_S)

    def withdraw(self) -> None:
        naira = self._random.randrange(100, 900)
        account = {"bank_code": "044", "account_number": "0690000031"}
        self._call("/wallet/withdraw", "withdraw", naira, {"amount": str(naira), **account})

    def buy(self) -> None:
        naira = self._random.randrange(50, 400)
        number = self._random.choice([self._phone, "08011111111", "201000000000", "0802" + "1" * 7])
        order = {"service_id": "mtn", "phone": number, "amount": str(naira)}
        self._call("/airtime/purchase", "buy", naira, order)

    def _call(self, path: str, kind: str, naira: int, body: dict[str, str]) -> Call:
        call = Call(kind, f"{self.number}-{len(self.calls)}", naira)
        self.calls.append(call)
        for _ in range(_TRIES):
            try:
                answer = self.http.post(
                    self._api + path,
                    json=body,
                    headers={"Idempotency-Key": call.key},
                    timeout=_ANSWER_S,
                )
                self._remember(call, answer)
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
        elif purchase:  # made, and come to nothing: its money is back
            call.outcome, call.reference = "ok", purchase["reference"]
            call.answers.append(body["error"]["code"])
        else:
            call.answers.append(f"{answer.status_code} {body['error']['code']}")
            if answer.status_code < 500 and answer.status_code not in (409, 429):
                call.outcome = "refused"
