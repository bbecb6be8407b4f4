"""A real sandbox process on a free port, and two servers that receive its webhooks."""

import itertools
import json
import os
import secrets
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

SECRET_KEY = "FLWSECK_TEST-of-these-tests-X"
WEBHOOK_HASH = "hash-of-these-tests"
VTPASS_KEYS = {
    "api-key": "api-key-of-these-tests",
    "public-key": "PK_of-these-tests",
    "secret-key": "SK_of-these-tests",
}
VTPASS_ACKNOWLEDGEMENT = b'{"response":"success"}'
# Ends a test that hangs. No assertion depends on it.
PATIENCE_S = 15


class Receiver:
    """An HTTP server that receives webhooks.

    answers: for each next webhook a status (sent without a body) or a body (sent with 200).
    When the list is empty, the answer is 200 with usual_body.

    Each clear() changes the url. A webhook that still arrives at an earlier url belongs to an
    earlier test and is not recorded.
    """

    def __init__(self, usual_body=b""):
        self.answers = []
        self._usual_body = usual_body
        self._received = []
        self._clears = 0
        self._changed = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = receiver.receive(self.path, self.headers, body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                if answer:  # the sandbox may leave after the status line
                    self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def _path(self):
        return f"/hook/{self._clears}"

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}{self._path}"

    def receive(self, path, headers, body):
        with self._changed:
            if path != self._path:
                return 200, self._usual_body
            self._received.append((headers, body))
            self._changed.notify_all()
            answer = self.answers.pop(0) if self.answers else self._usual_body
            return (200, answer) if isinstance(answer, bytes) else (answer, b"")

    def wait_for(self, count):
        """The first `count` webhooks as (headers, body); waits until they have arrived."""
        with self._changed:
            arrived = self._changed.wait_for(lambda: len(self._received) >= count, PATIENCE_S)
            assert arrived, f"{len(self._received)} of {count} webhooks arrived"
            return [(headers, json.loads(body)) for headers, body in self._received[:count]]

    def clear(self):
        with self._changed:
            self._clears += 1
            self._received.clear()
            self.answers = []

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class Sandbox:
    """A running sandbox process, and the calls that a test makes to it."""

    def __init__(self, *options):
        fixed = {
            "--port": "0",
            "--flutterwave-secret-key": SECRET_KEY,
            "--flutterwave-webhook-hash": WEBHOOK_HASH,
            **{f"--vtpass-{name}": key for name, key in VTPASS_KEYS.items()},
            "--webhook-retry-s": "0.05",
        }
        # The session's own sandbox is configured by the environment. This one is not.
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("SANDBOX_")
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dev.sandbox", *itertools.chain(*fixed.items()), *options],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.first_line = self.process.stdout.readline().strip()
        self.url = self.first_line.removeprefix("sandbox ready on ")

    def stop(self, kill=False):
        """Returns the exit code."""
        if kill:
            self.process.kill()
        else:
            self.process.terminate()
        with self.process.stdout:
            return self.process.wait(PATIENCE_S)

    def control(self, method, path, *, status=200, **options):
        """The JSON answer of a control endpoint."""
        answer = requests.request(
            method, f"{self.url}/control{path}", timeout=PATIENCE_S, **options
        )
        assert answer.status_code == status, answer.text
        return answer.json()

    def arm_fault(self, vendor, endpoint, kind, **options):
        wanted = {"vendor": vendor, "endpoint": endpoint, "kind": kind, **options}
        self.control("POST", "/faults", json=wanted)

    def set_webhook_policy(self, **policy):
        self.control("POST", "/webhooks", json=policy)

    def get_webhooks(self, vendor="flutterwave"):
        return self.control("GET", "/webhooks", params={"vendor": vendor})

    def wait_until_idle(self, vendor="flutterwave"):
        """The webhook state, as soon as no webhook is left to deliver."""
        ends_at = time.monotonic() + PATIENCE_S
        while not (state := self.get_webhooks(vendor))["idle"]:
            assert time.monotonic() < ends_at, state
            time.sleep(0.01)
        return state

    # Flutterwave

    def api(self, method, path, *, key=SECRET_KEY, **options):
        """The answer of Flutterwave's API."""
        headers = {"Authorization": f"Bearer {key}"} if key is not None else {}
        return requests.request(
            method,
            f"{self.url}/flutterwave/v3{path}",
            headers=headers,
            timeout=PATIENCE_S,
            **options,
        )

    def request_link(self, tx_ref="WLT-1", **changes):
        """The answer to a payment request of NGN 7,500."""
        order = {
            "tx_ref": tx_ref,
            "amount": "7500.00",
            "currency": "NGN",
            "redirect_url": "https://wallet.example/pay/return?lang=en",
            "customer": {
                "email": "ada@example.com",
                "name": "Ada Obi",
                "phonenumber": "08030000000",
            },
            "customizations": {"title": "Ada's <shop>"},
            "meta": {"deposit_id": "8c1f"},
        }
        return self.api("POST", "/payments", json=order | changes)

    def create_link(self, tx_ref="WLT-1", **changes):
        answer = self.request_link(tx_ref, **changes)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]["link"]

    def press(self, link, outcome="successful", **fields):
        """Press a button of the checkout page as a program does, with JSON."""
        return requests.post(f"{link}/pay", json={"outcome": outcome, **fields}, timeout=PATIENCE_S)

    def submit(self, link, outcome="successful", query="", **fields):
        """Press a button as a browser does, without following the redirect."""
        return requests.post(
            f"{link}/pay{query}",
            data={"outcome": outcome, **fields},
            allow_redirects=False,
            timeout=PATIENCE_S,
        )

    def pay(self, tx_ref="WLT-1", outcome="successful", **fields):
        """Create a link and pay it; returns the id of Flutterwave's transaction."""
        return self.press(self.create_link(tx_ref), outcome, **fields).json()["transaction_id"]

    def send_transfer(self, reference="WLT-wd-1", **changes):
        """The answer to a transfer order of NGN 5,500."""
        order = {
            "account_bank": "044",
            "account_number": "0690000031",
            "amount": 5500,
            "currency": "NGN",
            "reference": reference,
        }
        return self.api("POST", "/transfers", json=order | changes)

    def list_transfers(self, reference="WLT-wd-1"):
        return self.api("GET", "/transfers", params={"reference": reference}).json()["data"]

    def wait_for_transfer(self, reference="WLT-wd-1"):
        """The transfer, as soon as it is no longer NEW."""
        ends_at = time.monotonic() + PATIENCE_S
        while (transfer := self.list_transfers(reference)[0])["status"] == "NEW":
            assert time.monotonic() < ends_at, transfer
            time.sleep(0.02)
        return transfer

    def get_books(self, reference=None):
        return self.control("GET", "/books", params={"reference": reference})["flutterwave"]

    # VTpass

    def vtpass(self, method, path, *, keys=VTPASS_KEYS, timeout=PATIENCE_S, **options):
        """The answer of VTpass's API."""
        return requests.request(
            method, f"{self.url}/vtpass/api{path}", headers=keys, timeout=timeout, **options
        )

    def buy(self, request_id=None, *, timeout=PATIENCE_S, **changes):
        """The answer to an order of NGN 500 of airtime. A field changed to None is left out."""
        order = {
            "request_id": request_id or new_request_id(),
            "serviceID": "mtn",
            "amount": 500,
            "phone": "08011111111",
        }
        order = {name: value for name, value in (order | changes).items() if value is not None}
        return self.vtpass("POST", "/pay", json=order, timeout=timeout)

    def requery(self, request_id):
        return self.vtpass("POST", "/requery", json={"request_id": request_id})

    def set_policy(self, **changes):
        """Change how VTpass behaves; returns the whole policy."""
        return self.control("POST", "/vtpass/policy", json=changes)["policy"]

    def decide_purchase(self, request_id, status, **options):
        """Give a purchase its outcome; returns its line of the books."""
        wanted = {"status": status, **options}
        return self.control("POST", f"/vtpass/purchases/{request_id}", json=wanted)["purchase"]

    def get_vtpass_books(self, reference=None):
        return self.control("GET", "/books", params={"reference": reference})["vtpass"]


def new_request_id():
    """An id that VTpass accepts now: the time in Lagos, then random characters."""
    return f"{datetime.now(UTC) + timedelta(hours=1):%Y%m%d%H%M}{secrets.token_hex(10)}"


@pytest.fixture
def request_id():
    return new_request_id()


@pytest.fixture(scope="session")
def running_receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture(scope="session")
def running_callbacks():
    receiver = Receiver(usual_body=VTPASS_ACKNOWLEDGEMENT)
    yield receiver
    receiver.close()


@pytest.fixture(scope="session")
def running_sandbox():
    sandbox = Sandbox()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(running_sandbox, receiver, callbacks):
    """The shared sandbox in the state of its start."""
    running_sandbox.control("POST", "/reset")
    running_sandbox.set_webhook_policy(url=receiver.url)
    running_sandbox.set_webhook_policy(vendor="vtpass", url=callbacks.url)
    return running_sandbox


@pytest.fixture
def receiver(running_receiver):
    """Receives Flutterwave's webhooks and answers 200."""
    running_receiver.clear()
    return running_receiver


@pytest.fixture
def callbacks(running_callbacks):
    """Receives VTpass's callbacks and acknowledges them as VTpass demands."""
    running_callbacks.clear()
    return running_callbacks


@pytest.fixture
def start_sandbox():
    """Starts further sandboxes; they stop after the test."""
    started = []

    def start(*options):
        started.append(Sandbox(*options))
        return started[-1]

    yield start
    for sandbox in started:
        if sandbox.process.poll() is None:
            sandbox.stop()
