"""Money out, over HTTP and a socket, against everything that runs."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from dev.stack.addresses import ROOT
from dev.stack.parts import PARTS
from dev.stack.ports import Ports
from dev.stack.process import Process
from dev.stack.stack import Stack
from tests.support.http_customer import HttpCustomer
from tests.support.site import Site

ACCOUNT = {"bank_code": "044", "account_number": "0690000031"}


def funded(site: Site, naira: str) -> HttpCustomer:
    person = site.new_customer()
    funding = person.fund(naira)
    person.pay(funding)
    person.wait_for(funding["tx_ref"], "SUCCESS")
    return person


def withdraw(person: HttpCustomer, amount: str, api: str | None = None, **more: str) -> Any:
    body = {"amount": amount, **ACCOUNT, **more}
    return person.http.post(f"{api or person.site.api}/wallet/withdraw", json=body, timeout=60)


def test_a_transfer_that_succeeds_is_pushed_and_paid_once(site: Site) -> None:
    """202, then the outcome over the socket; the vendor's books have one payout."""
    ada = funded(site, "5000.00")
    with ada.socket() as socket:
        socket.ask({"all": True})

        reference = withdraw(ada, "2000").json()["tx_ref"]
        seen = [socket.receive() for _ in range(2)]

    assert [e["status"] for e in seen] == ["PENDING", "SUCCESS"]
    assert seen[-1]["balance"] == "2989.25"
    assert ada.balance == "2989.25"
    [payout] = site.vendor.payouts(reference)
    assert (payout["status"], payout["amount"]) == ("SUCCESSFUL", 2000_00)


def test_a_transfer_that_fails_gives_the_money_back(site: Site) -> None:
    """The customer hears why in plain words, and has everything again."""
    site.vendor.transfers(outcome="failed", reason="DISBURSE FAILED: Insufficient funds")
    ada = funded(site, "5000.00")

    reference = withdraw(ada, "2000").json()["tx_ref"]
    failed = ada.wait_for(reference, "FAILED")

    assert "back in your wallet" in failed["reason"]
    wallet = ada.read("/wallet/")
    assert (wallet["balance"], wallet["held"]) == ("5000.00", "0.00")


def test_a_webhook_before_the_vendors_own_answer(site: Site) -> None:
    """The outcome arrives while the call is still open: settled once."""
    site.vendor.transfers(outcome="successful", early=True)
    ada = funded(site, "5000.00")

    reference = withdraw(ada, "2000").json()["tx_ref"]
    ada.wait_for(reference, "SUCCESS")

    assert ada.balance == "2989.25"
    assert len(site.vendor.payouts(reference)) == 1


@pytest.fixture(scope="module")
def second_api(live: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A second web process on the same servers."""
    port = Ports.free().web
    command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port)]
    process = Process(
        "web-2",
        [*command, "payflow.asgi:application"],
        log=tmp_path_factory.mktemp("second") / "web.log",
        environment=live.environment,
        folder=ROOT,
    )
    process.start()
    url = f"http://localhost:{port}"
    process.wait_until(lambda: _lives(url), wait_s=30)
    yield f"{url}/api/v1"
    process.stop(grace_s=PARTS["web"].grace_s)


def _lives(url: str) -> bool:
    try:
        return requests.get(f"{url}/health/live", timeout=1).ok
    except requests.RequestException:
        return False


def run_together(count: int, work: Any) -> list[Any]:
    """The results of work(0) to work(count - 1), all started together."""
    results: list[Any] = [None] * count
    barrier = threading.Barrier(count)

    def run(number: int) -> None:
        barrier.wait()
        results[number] = work(number)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_64_withdrawals_at_once_through_two_processes(site: Site, second_api: str) -> None:
    """A wallet that can pay for ten pays for ten; readers never see more held than there is."""
    ada = funded(site, "10107.50")
    apis = [site.api, second_api]
    readings: list[dict[str, str]] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            readings.append(ada.read("/wallet/"))
            time.sleep(0.01)

    reader = threading.Thread(target=read)
    reader.start()
    answers = run_together(64, lambda n: withdraw(ada, "1000", apis[n % 2]))
    done.set()
    reader.join()

    accepted = [a.json()["tx_ref"] for a in answers if a.status_code == 202]
    refused = {(a.status_code, a.json()["error"]["code"]) for a in answers if a.status_code != 202}
    assert len(accepted) == 10
    assert refused == {(422, "insufficient_funds")}
    for wallet in readings:
        assert 0 <= float(wallet["held"]) <= float(wallet["balance"])
    for reference in accepted:
        ada.wait_for(reference, "SUCCESS")
        assert len(site.vendor.payouts(reference)) == 1
    assert ada.balance == "0.00"


def test_a_rich_wallet_does_not_collapse_under_eight_clients(site: Site, second_api: str) -> None:
    """Two hundred withdrawals from one wallet are all accepted and all paid, each once."""
    ada = funded(site, "1000000.00")
    apis = [site.api, second_api]

    def client(number: int) -> list[str]:
        answers = [withdraw(ada, "100", apis[number % 2]) for _ in range(25)]
        assert [a.status_code for a in answers] == [202] * 25, [a.text for a in answers]
        return [a.json()["tx_ref"] for a in answers]

    references = [r for some in run_together(8, client) for r in some]
    for reference in references:
        ada.wait_for(reference, "SUCCESS")

    assert len(set(references)) == 200
    assert ada.balance == f"{1_000_000 - 200 * 110.75:.2f}"
    assert ada.read("/wallet/")["held"] == "0.00"
