"""A withdrawal over HTTP and a socket, with all processes running."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator

import pytest
import requests

from dev.stack.addresses import ROOT
from dev.stack.parts import PARTS
from dev.stack.ports import Ports
from dev.stack.process import Process
from dev.stack.stack import Stack
from tests.support.site import Site
from tests.support.threads import run_together


def test_a_paid_withdrawal_is_pushed_and_paid_once(site: Site) -> None:
    """202, then SUCCESS over the socket; the vendor's books have one payout."""
    ada = site.new_customer("5000.00")
    with ada.socket() as socket:
        socket.ask({"all": True})

        reference = ada.withdraw("2000").json()["tx_ref"]
        seen = [socket.receive() for _ in range(2)]

    assert [e["status"] for e in seen] == ["PENDING", "SUCCESS"]
    assert seen[-1]["balance"] == "2989.25"
    assert ada.balance == "2989.25"
    [payout] = site.vendor.payouts(reference)
    assert (payout["status"], payout["amount"]) == ("SUCCESSFUL", 2000_00)


def test_a_failed_withdrawal_gives_the_money_back(site: Site) -> None:
    """The reason is in plain words, and the whole balance is available."""
    site.vendor.transfers(outcome="failed", reason="DISBURSE FAILED: Insufficient funds")
    ada = site.new_customer("5000.00")

    reference = ada.withdraw("2000").json()["tx_ref"]
    failed = ada.wait_for(reference, "FAILED")

    assert "back in your wallet" in failed["reason"]
    wallet = ada.read("/wallet/")
    assert (wallet["balance"], wallet["held"]) == ("5000.00", "0.00")


def test_a_webhook_before_the_vendors_answer_settles_once(site: Site) -> None:
    """The webhook arrives while the call is still open."""
    site.vendor.transfers(outcome="successful", early=True)
    ada = site.new_customer("5000.00")

    reference = ada.withdraw("2000").json()["tx_ref"]
    ada.wait_for(reference, "SUCCESS")

    assert ada.balance == "2989.25"
    assert len(site.vendor.payouts(reference)) == 1


@pytest.fixture(scope="module")
def second_api(live: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A second web server on the same database, broker and sandbox."""
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


def test_of_64_concurrent_withdrawals_through_two_servers_ten_are_paid(
    site: Site, second_api: str
) -> None:
    """The wallet can pay for ten; no reader sees more held than the balance."""
    ada = site.new_customer("10107.50")
    clients = [ada, ada.at(second_api)]
    readings: list[dict[str, str]] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            readings.append(ada.read("/wallet/"))
            time.sleep(0.01)

    reader = threading.Thread(target=read)
    reader.start()
    answers = run_together(64, lambda n: clients[n % 2].withdraw("1000"))
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


def test_200_withdrawals_by_eight_clients_of_one_wallet_are_paid_once(
    site: Site, second_api: str
) -> None:
    """All are accepted."""
    ada = site.new_customer("1000000.00")
    clients = [ada, ada.at(second_api)]

    def withdraw_25_times(number: int) -> list[str]:
        answers = [clients[number % 2].withdraw("100") for _ in range(25)]
        assert [a.status_code for a in answers] == [202] * 25, [a.text for a in answers]
        return [a.json()["tx_ref"] for a in answers]

    references = [r for some in run_together(8, withdraw_25_times) for r in some]
    for reference in references:
        ada.wait_for(reference, "SUCCESS")

    assert len(set(references)) == 200
    assert ada.balance == f"{1_000_000 - 200 * 110.75:.2f}"
    assert ada.read("/wallet/")["held"] == "0.00"
