"""A customer of a running PayFlow: HTTP, sockets and nothing else."""

from __future__ import annotations

import copy
import json
import secrets
import time
from types import TracebackType
from typing import Any, Self

import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.support.customer import PASSWORD, CustomerActions, new_email
from tests.support.vendor import pay_on_page

WITHIN_S = 20.0
_POLL_S = 0.05


class HttpCustomer(CustomerActions):
    """A customer with an account, signed in over HTTP."""

    def __init__(
        self, api: str, ws: str, *, email: str | None = None, timeout_s: float = 60.0
    ) -> None:
        self.api, self._ws, self._timeout_s = api, ws, timeout_s
        self.email = email or new_email()
        self.http = requests.Session()
        self.http.trust_env = False
        person = {"email": self.email, "password": PASSWORD}
        made = self.post("/auth/register", person)
        assert made.status_code == 201, made.text
        self.log_in()

    def log_in(self) -> None:
        """Start another session, and use its tokens from now on."""
        tokens = self.post("/auth/login", {"username": self.email, "password": PASSWORD})
        assert tokens.ok, tokens.text
        self.token, self.refresh_token = (
            tokens.json()[name] for name in ("access_token", "refresh_token")
        )
        self.http.headers["Authorization"] = f"Bearer {self.token}"

    def at(self, api: str) -> Self:
        """The same customer, over new connections to another web server."""
        other = copy.copy(self)
        other.api, other.http = api, requests.Session()
        other.http.trust_env = False
        other.http.headers.update(self.http.headers)
        return other

    def get(self, path: str, **params: Any) -> requests.Response:
        return self.http.get(self.api + path, params=params, timeout=self._timeout_s)

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> requests.Response:
        headers = {"Idempotency-Key": key} if key else {}
        return self.http.post(self.api + path, json=body, headers=headers, timeout=self._timeout_s)

    def pay(self, funding: dict[str, Any], outcome: str = "successful", **more: str) -> int | None:
        """Pay on the checkout page of the funding."""
        return pay_on_page(funding["link"], outcome, **more)

    @property
    def balance(self) -> str:
        return str(self.read("/wallet/")["balance"])

    def transaction(self, reference: str) -> dict[str, Any]:
        return self.read(f"/wallet/transactions/{reference}")

    def transactions(self, **filters: str) -> list[dict[str, Any]]:
        """The first page of the history, newest first."""
        return self.read("/wallet/transactions", **filters)["results"]

    def wait_for(self, reference: str, status: str) -> dict[str, Any]:
        """The transaction, once it has the status."""
        deadline = time.monotonic() + WITHIN_S
        while (found := self.transaction(reference))["status"] != status:
            assert time.monotonic() < deadline, f"still {found['status']}: {found}"
            time.sleep(_POLL_S)
        return found

    def socket(self) -> Socket:
        """A socket that is signed in."""
        socket = Socket(self._ws)
        socket.send({"token": self.token})
        assert socket.receive()["event"] == "ready"
        return socket


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
        """Send a frame; the next frame that arrives."""
        self.send(frame)
        return self.receive()

    def join(self, reference: str, **more: Any) -> dict[str, Any]:
        answer = self.ask({"tx_ref": reference, **more})
        assert answer["event"] == "joined", answer
        return answer

    def is_silent(self) -> bool:
        """Whether no event was on its way: the answer to a ping would come after it."""
        nonce = secrets.token_hex(4)
        return self.ask({"ping": nonce}) == {"event": "pong", "ping": nonce}

    def wait_for_close(self) -> int:
        """The code with which the server closes. Frames before that are dropped."""
        return self.frames_until_close()[1]

    def frames_until_close(self) -> tuple[list[dict[str, Any]], int]:
        """What the server sends until it closes, and its code."""
        frames: list[dict[str, Any]] = []
        try:
            while True:
                frames.append(self.receive())
        except ConnectionClosed as exc:
            assert exc.rcvd is not None
            return frames, exc.rcvd.code
