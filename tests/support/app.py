"""A running PayFlow, seen from outside: HTTP, sockets and nothing else."""

from __future__ import annotations

import json
import secrets
import time
from types import TracebackType
from typing import Any, Self

import requests
from websockets.sync.client import connect

from dev.stack.stack import Stack
from tests.support.vendor import Vendor

PASSWORD = "correct horse battery 9"
WITHIN_S = 20.0


class App:
    """One running stack."""

    def __init__(self, stack: Stack) -> None:
        self.api = stack.addresses.api
        self.web = stack.addresses.web
        self.ws = stack.addresses.ws
        self.vendor = Vendor(stack.addresses.sandbox)

    def customer(self) -> Person:
        return Person(self)


class Person:
    """A customer with an account, over HTTP."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.email = f"{secrets.token_hex(8)}@example.com"
        self.http = requests.Session()
        self.post("/auth/register", {"email": self.email, "password": PASSWORD})
        tokens = self.post("/auth/login", {"username": self.email, "password": PASSWORD})
        self.token = tokens["access_token"]
        self.http.headers["Authorization"] = f"Bearer {self.token}"

    def fund(self, amount: str = "1500.00", *, key: str | None = None) -> dict[str, Any]:
        headers = {"Idempotency-Key": key} if key else {}
        return self.post("/wallet/fund", {"amount": amount}, headers=headers)

    def pay(self, funding: dict[str, Any], outcome: str = "successful", **more: str) -> int | None:
        return self.app.vendor.pay(funding["link"], outcome, **more)

    @property
    def balance(self) -> str:
        return str(self.get("/wallet/")["balance"])

    def transaction(self, reference: str) -> dict[str, Any]:
        return self.get(f"/wallet/transactions/{reference}")

    def get(self, path: str, **params: Any) -> Any:
        answer = self.http.get(self.app.api + path, params=params, timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any, **more: Any) -> dict[str, Any]:
        answer = self.http.post(self.app.api + path, json=body, timeout=60, **more)
        assert answer.ok, answer.text
        return answer.json()

    def socket(self) -> Socket:
        """A socket that is signed in."""
        socket = Socket(self.app.ws)
        socket.send({"token": self.token})
        assert socket.receive()["event"] == "ready"
        return socket

    def wait_for(self, reference: str, status: str) -> dict[str, Any]:
        """The transaction, once it has the status."""
        deadline = time.monotonic() + WITHIN_S
        while (found := self.transaction(reference))["status"] != status:
            assert time.monotonic() < deadline, f"still {found['status']}: {found}"
            time.sleep(0.05)
        return found


class Socket:
    """A WebSocket that speaks JSON."""

    def __init__(self, url: str, **options: Any) -> None:
        self._opened = connect(url, open_timeout=WITHIN_S, **options)
        self.connection = self._opened.__enter__()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._opened.__exit__(kind, error, trace)

    def send(self, frame: Any) -> None:
        self.connection.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))

    def receive(self) -> dict[str, Any]:
        return json.loads(self.connection.recv(timeout=WITHIN_S))

    def ask(self, frame: Any) -> dict[str, Any]:
        self.send(frame)
        return self.receive()

    def join(self, reference: str, **more: Any) -> dict[str, Any]:
        answer = self.ask({"tx_ref": reference, **more})
        assert answer["event"] == "joined", answer
        return answer

    def nothing_more(self) -> bool:
        """Whether nothing was on its way: a ping's answer comes after it."""
        nonce = secrets.token_hex(4)
        return self.ask({"ping": nonce}) == {"event": "pong", "ping": nonce}

    def close_code(self) -> int:
        """The code by which the server closes; what it says before is passed over."""
        from websockets.exceptions import ConnectionClosed

        try:
            while True:
                self.connection.recv(timeout=WITHIN_S)
        except ConnectionClosed as exc:
            assert exc.rcvd is not None
            return exc.rcvd.code
