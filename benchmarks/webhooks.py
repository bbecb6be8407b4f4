"""(c) The whole way of a webhook: from its HTTP request to the wallet's new balance."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

import requests
from django.conf import settings

from benchmarks import cases, wire
from benchmarks.acking import webhook
from benchmarks.cases import KOBO
from benchmarks.ground import Ground
from payflow.kernel import clock
from wallets.ledger.documents import Transaction, Wallet

_PATH = "/api/v1/wallet/flutterwave/webhook"
_TOGETHER = 200
_ALONE = 40
_CONNECTIONS = 8
_DONE_WITHIN_S = 60.0
_VENDOR_S = 30.0


@dataclass(frozen=True)
class Passage:
    """per_s: settled a second when all come at once; alone_ms: one that comes alone."""

    per_s: float
    alone_ms: float
    slow_alone_ms: float


class Passages:
    """The web server runs all the time; each measurement has a worker of its own."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._sandbox = ground.addresses.sandbox
        self._port = ground.addresses.ports.web
        self._http = requests.Session()
        self._http.trust_env = False  # a proxy in the environment is not for this machine
        # The sandbox answers for payments; this program brings its webhooks.
        self._post(f"{self._sandbox}/control/webhooks", {"url": ""})

    def measure(self, concurrency: int) -> Passage:
        with self._ground.worker(concurrency):
            self._one_by_one(5)  # opens connections all the way
            alone = sorted(self._one_by_one(_ALONE))
            return Passage(
                per_s=_TOGETHER / self._all_at_once(),
                alone_ms=statistics.median(alone) * 1000,
                slow_alone_ms=alone[int(len(alone) * 0.95)] * 1000,
            )

    def _one_by_one(self, number: int) -> list[float]:
        """Seconds from each request to the balance, the next one sent when that is seen."""
        took = []
        connection = wire.Connection(self._port)
        for wallet, ready in self._paid(number):
            begun = time.perf_counter()
            connection.send(ready)
            _wait_for(wallet, every_s=0.001)
            took.append(time.perf_counter() - begun)
            connection.close()
        return took

    def _all_at_once(self) -> float:
        paid = self._paid(_TOGETHER)
        begun = time.perf_counter()
        wire.send_all(self._port, [ready for _, ready in paid], connections=_CONNECTIONS)
        for wallet, _ in paid:  # one after the other: asking costs the database little so
            _wait_for(wallet, every_s=0.01)
        return time.perf_counter() - begun

    def _paid(self, number: int) -> list[tuple[Wallet, bytes]]:
        """Fundings that the sandbox has seen paid, and the webhook that says so."""
        now = clock.now()
        wallets = [cases.new_wallet(now, transactions=1) for _ in range(number)]
        fundings = [cases.funding_of(wallet, 1, now) for wallet in wallets]
        cases.insert(wallets)
        cases.insert(fundings)
        return [
            (wallet, webhook(_PATH, cases.webhook_body(self._pay(funding), funding.reference)))
            for wallet, funding in zip(wallets, fundings, strict=True)
        ]

    def _pay(self, funding: Transaction) -> str:
        """The vendor's id of the payment."""
        order = {
            "tx_ref": funding.reference,
            "amount": KOBO // 100,
            "currency": funding.currency,
            "redirect_url": "http://localhost/back",
            "customer": {"email": "ada@example.com"},
        }
        link = self._post(f"{settings.FLUTTERWAVE_BASE_URL}/payments", order)["data"]["link"]
        return str(self._post(f"{link}/pay", {"outcome": "successful"})["transaction_id"])

    def _post(self, url: str, body: dict[str, object]) -> dict[str, dict[str, str]]:
        key = {"Authorization": f"Bearer {settings.FLUTTERWAVE_SECRET_KEY}"}
        answer = self._http.post(url, json=body, headers=key, timeout=_VENDOR_S)
        answer.raise_for_status()
        return answer.json()


def _wait_for(wallet: Wallet, *, every_s: float) -> None:
    """Until the money is there."""
    deadline = time.monotonic() + _DONE_WITHIN_S
    wallets = Wallet._get_collection()
    while wallets.find_one({"_id": wallet.pk})["balance"] != KOBO:
        assert time.monotonic() < deadline, "it was never settled"
        time.sleep(every_s)
