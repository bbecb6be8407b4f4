"""A customer of a running PayFlow, who uses only its API, its socket and a browser."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from websockets.sync.client import ClientConnection, connect

Json = dict[str, Any]
_ANSWER_S = 30.0


class Unexpected(Exception):
    """An answer differs from the one that users may rely on."""


class Customer:
    """One customer. Every method raises Unexpected if the answer is no success."""

    def __init__(self, api: str, *, email: str, password: str) -> None:
        self.email = email
        self._api = api
        self._password = password
        self._http = requests.Session()
        self._http.trust_env = False  # never through a proxy: the stack runs on this machine
        self.token = ""

    def register(self, **names: str) -> Json:
        return self._post(
            "/auth/register", None, email=self.email, password=self._password, **names
        )

    def login(self) -> None:
        answer = self._post("/auth/login", email=self.email, password=self._password)
        self.token = answer["access_token"]
        self._http.headers["Authorization"] = f"Bearer {self.token}"

    def fund(self, naira: str) -> Json:
        key = {"Idempotency-Key": secrets.token_hex(8)}
        return self._post("/wallet/fund", headers=key, amount=naira)

    def bank_account(self, bank: str, account_number: str) -> Json:
        """The bank account with this number at the first bank of that name, resolved by the API."""
        found = self._get("/wallet/flutterwave/get-banks", q=bank)["results"][0]
        asked = {"bank_code": found["code"], "account_number": account_number}
        return {**self._get("/wallet/flutterwave/verify-bank", **asked), "bank": found["name"]}

    def fee(self, naira: str) -> str:
        return str(self._get("/wallet/withdraw/fee", amount=naira)["fee"])

    def withdraw(self, naira: str, account: Json) -> Json:
        return self._post(
            "/wallet/withdraw",
            {"Idempotency-Key": secrets.token_hex(8)},
            amount=naira,
            bank_code=account["bank_code"],
            account_number=account["account_number"],
        )

    def plans(self, service_id: str) -> list[Json]:
        found: list[Json] = self._get(f"/airtime/services/{service_id}/variations")["results"]
        return found

    def buy(self, service_id: str, phone: str, **more: str) -> Json:
        """The purchase, whether it succeeded or failed."""
        response = self._http.post(
            f"{self._api}/airtime/purchase",
            json={"service_id": service_id, "phone": phone, **more},
            headers={"Idempotency-Key": secrets.token_hex(8)},
            timeout=_ANSWER_S,
        )
        answer: Json = response.json()
        purchase = answer.get("error", {}).get("details", answer).get("transaction")
        return purchase if purchase else self._read(response)

    def wallet(self) -> Json:
        return self._get("/wallet/")

    def transactions(self) -> list[Json]:
        """Newest first."""
        found: list[Json] = self._get("/wallet/transactions")["results"]
        return found

    def pay(self, link: str, **pressed: str) -> Json:
        """Press a button of the vendor's payment page: outcome, and amount for another sum."""
        return self._read(self._http.post(f"{link}/pay", json=pressed, timeout=_ANSWER_S))

    def _post(self, path: str, headers: dict[str, str] | None = None, **body: str) -> Json:
        url = self._api + path
        return self._read(self._http.post(url, json=body, headers=headers, timeout=_ANSWER_S))

    def _get(self, path: str, **query: str) -> Json:
        return self._read(self._http.get(self._api + path, params=query, timeout=_ANSWER_S))

    def _read(self, response: requests.Response) -> Json:
        if not response.ok:
            raise Unexpected(
                f"{response.request.method} {response.url} answered "
                f"{response.status_code}: {response.text[:300]}"
            )
        answer: Json = response.json()
        return answer


class Socket:
    """The wallet socket, signed in."""

    def __init__(self, connection: ClientConnection, token: str) -> None:
        self._socket = connection
        self._send(token=token)
        self._expect("ready")

    def join(self, tx_ref: str) -> Json:
        """Follow a transaction; returns its present state."""
        self._send(tx_ref=tx_ref)
        self._expect("joined")
        return self.next_push()

    def next_push(self) -> Json:
        """The next change. Raises: Unexpected, if none arrives in time."""
        return self._expect("transaction")

    def _send(self, **frame: str) -> None:
        self._socket.send(json.dumps(frame))

    def _expect(self, event: str) -> Json:
        try:
            frame: Json = json.loads(self._socket.recv(timeout=_ANSWER_S))
        except TimeoutError:
            raise Unexpected(f"no {event!r} arrived over the socket in {_ANSWER_S:g} s") from None
        if frame.get("event") != event:
            raise Unexpected(f"instead of {event!r} the socket said {frame}")
        return frame


@contextmanager
def open_socket(url: str, token: str) -> Iterator[Socket]:
    """A socket that is closed at the end of the block."""
    with connect(url, proxy=None) as connection:
        yield Socket(connection, token)
