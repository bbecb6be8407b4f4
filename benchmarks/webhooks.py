"""(c) The time from a webhook's HTTP request to the wallet's new balance."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

import requests
from django.conf import settings

from benchmarks import cases, wire
from benchmarks.acknowledging import make_webhook
from benchmarks.cases import AMOUNT_KOBO
from benchmarks.environment import Environment
from payflow.kernel import clock
from wallets.ledger.documents import Transaction, Wallet

_PATH = "/api/v1/wallet/flutterwave/webhook"
_BURST = 200
_SINGLES = 40
_CONNECTIONS = 8
_DONE_WITHIN_S = 60.0
_VENDOR_S = 30.0


@dataclass(frozen=True)
class WebhookFigures:
    """The rate for a burst of webhooks; the median and the 95th percentile for single ones."""

    per_s: float
    single_ms: float
    single_p95_ms: float


class WebhookBenchmark:
    """Measures webhooks. The web server keeps running; each measurement starts a worker."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._sandbox = environment.addresses.sandbox
        self._port = environment.addresses.ports.web
        self._http = requests.Session()
        self._http.trust_env = (
            False  # ignore a proxy in the environment: all servers are on this machine
        )
        # The sandbox answers questions about payments. This program sends the webhooks itself.
        self._post(f"{self._sandbox}/control/webhooks", {"url": ""})

    def measure(self, concurrency: int) -> WebhookFigures:
        with self._environment.worker(concurrency):
            self._time_singles(5)  # opens all connections
            singles = sorted(self._time_singles(_SINGLES))
            return WebhookFigures(
                per_s=_BURST / self._time_burst(),
                single_ms=statistics.median(singles) * 1000,
                single_p95_ms=singles[int(len(singles) * 0.95)] * 1000,
            )

    def _time_singles(self, number: int) -> list[float]:
        """The seconds from each request to the balance. The next request follows after that."""
        took = []
        connection = wire.Connection(self._port)
        for wallet, ready in self._prepare(number):
            begun = time.perf_counter()
            connection.send(ready)
            _wait_for(wallet, every_s=0.001)
            took.append(time.perf_counter() - begun)
            connection.close()
        return took

    def _time_burst(self) -> float:
        paid = self._prepare(_BURST)
        begun = time.perf_counter()
        wire.send_all(self._port, [ready for _, ready in paid], connections=_CONNECTIONS)
        for wallet, _ in paid:  # one after the other, to ask the database less often
            _wait_for(wallet, every_s=0.01)
        return time.perf_counter() - begun

    def _prepare(self, number: int) -> list[tuple[Wallet, bytes]]:
        """The wallets of new fundings that are paid in the sandbox, and the webhook of each."""
        now = clock.now()
        wallets = [cases.make_wallet(now, transactions=1) for _ in range(number)]
        fundings = [cases.make_funding(wallet, 1, now) for wallet in wallets]
        cases.insert(wallets)
        cases.insert(fundings)
        return [
            (
                wallet,
                make_webhook(_PATH, cases.make_webhook_body(self._pay(funding), funding.reference)),
            )
            for wallet, funding in zip(wallets, fundings, strict=True)
        ]

    def _pay(self, funding: Transaction) -> str:
        """Pay the funding in the sandbox, and return the vendor's id of the payment."""
        order = {
            "tx_ref": funding.reference,
            "amount": AMOUNT_KOBO // 100,
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
    """Wait until the wallet is credited."""
    deadline = time.monotonic() + _DONE_WITHIN_S
    wallets = Wallet._get_collection()
    while wallets.find_one({"_id": wallet.pk})["balance"] != AMOUNT_KOBO:
        assert time.monotonic() < deadline, "the funding was never settled"
        time.sleep(every_s)
