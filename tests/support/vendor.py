"""Flutterwave, as a test sees it: the checkout page, and the control endpoints of the sandbox."""

from __future__ import annotations

import json
from typing import Any

import requests


class Vendor:
    """One running sandbox; its half that is Flutterwave. `Networks` is the half that is VTpass."""

    def __init__(self, url: str) -> None:
        self.url = url

    def pay(self, link: str, outcome: str = "successful", **overrides: str) -> int | None:
        return pay_on_page(link, outcome, **overrides)

    def settle(self, transaction_id: int, status: str) -> None:
        """End a payment that is pending or has failed with this status."""
        self._post(f"/control/flutterwave/transactions/{transaction_id}", {"status": status})

    def transfers(self, **policy: Any) -> None:
        """Set how transfers end from now on: outcome, delay_s, reason, early."""
        self._post("/control/flutterwave/transfers", policy)

    def end_transfer(self, reference: str, status: str, **more: str) -> None:
        """Give the transfer this status, whether it was decided before or not."""
        self._post(f"/control/flutterwave/transfers/{reference}", {"status": status, **more})

    def payouts(self, reference: str) -> list[dict[str, Any]]:
        return self.books(reference)["payouts"]

    def fault(self, kind: str, endpoint: str = "*", times: int = 1, **more: Any) -> None:
        self._post(
            "/control/faults",
            {"vendor": "flutterwave", "endpoint": endpoint, "kind": kind, "times": times, **more},
        )

    def reset_faults(self) -> None:
        requests.delete(f"{self.url}/control/faults", timeout=10).raise_for_status()

    def webhooks(self, **policy: Any) -> None:
        self._post("/control/webhooks", policy)

    def deliveries(self, reference: str) -> list[dict[str, Any]]:
        """The webhooks about this reference and our answers to them, oldest first."""
        answer = requests.get(f"{self.url}/control/webhooks", timeout=10).json()
        return [each for each in answer["deliveries"] if each["reference"] == reference]

    def behave(self) -> None:
        """End every fault and every policy that a test has set. The books stay."""
        self.reset_faults()
        usual = {"duplicate": 0, "delay_s": 0, "reorder": 0, "hold": False, "drop": 0}
        self.webhooks(**usual, shape="v3")
        self.transfers(outcome="successful", delay_s=0.3, early=False)
        self.webhooks(vendor="vtpass", **usual, shape="wrapped")
        usual = {"outcomes": {}, "pending_s": None, "force": [], "force_requery": []}
        self._post("/control/vtpass/policy", usual)

    def send(self, body: Any, **more: Any) -> None:
        self._post("/control/webhooks/send", {"body": body, **more})

    def release(self) -> None:
        self._post("/control/webhooks/release", {})

    def books(self, reference: str | None = None) -> dict[str, Any]:
        answer = requests.get(
            f"{self.url}/control/books", params={"reference": reference}, timeout=10
        )
        return answer.json()["flutterwave"]

    def calls(self, reference: str) -> list[dict[str, Any]]:
        answer = requests.get(
            f"{self.url}/control/calls", params={"reference": reference}, timeout=10
        )
        return answer.json()["calls"]

    def advance(self, seconds: float) -> None:
        """Move the vendor's clock forward. Ours stays."""
        self._post("/control/clock", {"advance_s": seconds})

    def reset(self) -> None:
        self._post("/control/reset", {})

    def _post(self, path: str, body: dict[str, Any]) -> None:
        answer = requests.post(self.url + path, json=body, timeout=10)
        assert answer.status_code == 200, answer.text


def pay_on_page(link: str, outcome: str = "successful", **overrides: str) -> int | None:
    """Pay on the checkout page; the id of the vendor's transaction, if there is one."""
    answer = requests.post(f"{link}/pay", json={"outcome": outcome, **overrides}, timeout=10)
    answer.raise_for_status()
    return answer.json()["transaction_id"]


def charge(transaction_id: int | None, tx_ref: str, status: str = "successful") -> bytes:
    """The body of a payment's webhook. Its amount is wrong, and must not matter."""
    return json.dumps(
        {
            "event": "charge.completed",
            "data": {
                "id": transaction_id,
                "tx_ref": tx_ref,
                "status": status,
                "amount": 99_999_999,
                "currency": "NGN",
            },
            "event.type": "CARD_TRANSACTION",
        }
    ).encode()


def disbursed(transfer_id: int | None, reference: str, status: str = "SUCCESSFUL") -> bytes:
    """The body of a transfer's webhook. Only the id and the reference are true."""
    return json.dumps(
        {
            "event": "transfer.completed",
            "event.type": "Transfer",
            "data": {"id": transfer_id, "reference": reference, "status": status, "amount": 1},
        }
    ).encode()
