"""Withdrawals accepted per second: by eight clients on one wallet, and on fifty wallets.

The difference is the cost of contention on one wallet. Two web processes accept them. Each
withdrawal asks the bank for the account's name and holds its money in one atomic block.
"""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import requests
from rich.console import Console

from benchmarks.environment import start_environment

_CLIENTS = 8
_EACH = 25
_WALLETS = 50
_ROUNDS = 3
_ORDER = {
    "amount": "100",
    "bank_code": "044",
    "account_number": "0690000031",
    "confirm_duplicate": True,
}


def main() -> int:
    console = Console(highlight=False)
    with start_environment(parts=("sandbox", "migrate")) as environment:
        console.print(environment.describe(), soft_wrap=True)
        port = environment.addresses.ports.web
        with environment.gunicorn("payflow.wsgi:application", port):
            url = f"http://127.0.0.1:{port}/api/v1/wallet/withdraw"
            owners = [_register_funded_customer() for _ in range(_WALLETS)]
            _measure_accepted_per_s(url, owners, 1)  # opens all connections
            rounds = [
                (
                    _measure_accepted_per_s(url, owners[:1], _EACH),
                    _measure_accepted_per_s(url, owners, _EACH),
                )
                for _ in range(_ROUNDS)
            ]
    one, many = (sorted(rates)[_ROUNDS // 2] for rates in zip(*rounds, strict=True))
    console.print(f"\n{_CLIENTS} clients, one wallet: {one:.0f} a second")
    console.print(f"{_CLIENTS} clients, {_WALLETS} wallets: {many:.0f} a second\n")
    console.print(f"ratio one wallet/many = {one / many:.2f}")
    return 0


def _register_funded_customer() -> str:
    """Register a customer, fund the wallet, and return an access token."""
    from accounts.devices import Device
    from accounts.tokens import issue
    from payflow.kernel import clock
    from payflow.kernel.db import atomic
    from payflow.kernel.references import new_reference
    from payflow.onboarding.services import register_customer
    from wallets.ledger import postings
    from wallets.ledger.targets import CUSTOMER, Posting

    now = clock.now()
    email = f"{new_reference('BEN')}@example.com"
    user, wallet = register_customer(email=email, password="correct horse battery 9", now=now)
    gift = Posting("adjustment", CUSTOMER, 1_000_000_00)
    atomic(postings.post)(wallet.pk, reference=new_reference("ADJ"), postings=[gift], at=now)
    return issue(user, Device(), now=now).access


def _measure_accepted_per_s(url: str, tokens: Sequence[str], each: int) -> float:
    """The number of withdrawals accepted per second. A refusal fails the benchmark."""

    def client(number: int) -> None:
        with requests.Session() as http:
            http.trust_env = False
            for turn in range(each):
                token = tokens[(number * each + turn) % len(tokens)]
                _withdraw(http, url, token)

    begun = time.monotonic()
    with ThreadPoolExecutor(_CLIENTS) as pool:
        list(pool.map(client, range(_CLIENTS)))
    return _CLIENTS * each / (time.monotonic() - begun)


def _withdraw(http: requests.Session, url: str, token: str) -> Any:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": secrets.token_hex(8)}
    answer = http.post(url, json=_ORDER, headers=headers, timeout=60)
    if answer.status_code != 202:
        raise RuntimeError(f"{answer.status_code}: {answer.text}")
    return answer.json()


if __name__ == "__main__":
    raise SystemExit(main())
