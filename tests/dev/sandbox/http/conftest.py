"""A real sandbox process on a free port, and a receiver for its webhooks."""

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
TAKEN_BY_VTPASS = b'{"response":"success"}'
# Only ends a test that hangs; no assertion depends on it.
PATIENCE_S = 15


class Receiver:
    """Takes webhooks; `answers` are the statuses or the bodies of the next ones.

    A body comes with 200; another status comes without one. After them: 200 and the usual body.
    """

    def __init__(self, usual_body=b""):
        self.answers = []
        self._usual_body = usual_body
        self._taken = []
        self._changed = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = receiver.take(self.headers, body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def take(self, headers, body):
        with self._changed:
            self._taken.append((headers, body))
            self._changed.notify_all()
            answer = self.answers.pop(0) if self.answers else self._usual_body
            return (200, answer) if isinstance(answer, bytes) else (answer, b"")

    def wait_for(self, count):
        """The first `count` webhooks as (headers, body), once so many have arrived."""
        with self._changed:
            arrived = self._changed.wait_for(lambda: len(self._taken) >= count, PATIENCE_S)
            assert arrived, f"{len(self._taken)} of {count} webhooks arrived"
            return [(headers, json.loads(body)) for headers, body in self._taken[:count]]

    def clear(self):
        with self._changed:
            self._taken.clear()
            self.answers = []

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class Sandbox:
    """A running sandbox process and the calls a test makes to it."""

    def __init__(self, *options):
        fixed = {
            "--port": "0",
            "--flutterwave-secret-key": SECRET_KEY,
            "--flutterwave-webhook-hash": WEBHOOK_HASH,
            **{f"--vtpass-{name}": key for name, key in VTPASS_KEYS.items()},
            "--webhook-retry-s": "0.05",
        }
        arguments = [*itertools.chain(*fixed.items()), *options]
        # Options of a sandbox that runs beside these tests are not for this one.
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("SANDBOX_")
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dev.sandbox", *arguments],
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

    def api(self, method, path, *, key=SECRET_KEY, **options):
        headers = {"Authorization": f"Bearer {key}"} if key is not None else {}
        return requests.request(
            method,
            f"{self.url}/flutterwave/v3{path}",
            headers=headers,
            timeout=PATIENCE_S,
            **options,
        )

    def control(self, method, path, *, status=200, **options):
        reply = requests.request(method, f"{self.url}/control{path}", timeout=PATIENCE_S, **options)
        assert reply.status_code == status, reply.text
        return reply.json()

    def ask_for_link(self, tx_ref="WLT-1", **changed):
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
        return self.api("POST", "/payments", json=order | changed)

    def link(self, tx_ref="WLT-1", **changed):
        reply = self.ask_for_link(tx_ref, **changed)
        assert reply.status_code == 200, reply.text
        return reply.json()["data"]["link"]

    def press(self, link, outcome="successful", **fields):
        """Press a button as a program would."""
        return requests.post(f"{link}/pay", json={"outcome": outcome, **fields}, timeout=PATIENCE_S)

    def submit(self, link, outcome="successful", query="", **fields):
        """Press a button as a browser would, without following the redirect."""
        return requests.post(
            f"{link}/pay{query}",
            data={"outcome": outcome, **fields},
            allow_redirects=False,
            timeout=PATIENCE_S,
        )

    def pay(self, tx_ref="WLT-1", outcome="successful", **fields):
        """The id of an attempt at a new link."""
        return self.press(self.link(tx_ref), outcome, **fields).json()["transaction_id"]

    def books(self, reference=None):
        return self.control("GET", "/books", params={"reference": reference})["flutterwave"]

    def vtpass(self, method, path, *, keys=VTPASS_KEYS, timeout=PATIENCE_S, **options):
        return requests.request(
            method, f"{self.url}/vtpass/api{path}", headers=keys, timeout=timeout, **options
        )

    def buy(self, request_id=None, *, timeout=PATIENCE_S, **changes):
        """The answer to an order of airtime; a field changed to None is left out."""
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

    def policy(self, **changes):
        """Change how the simulated VTpass behaves."""
        return self.control("POST", "/vtpass/policy", json=changes)["policy"]

    def vtpass_books(self, reference=None):
        return self.control("GET", "/books", params={"reference": reference})["vtpass"]

    def webhooks(self, vendor="flutterwave"):
        return self.control("GET", "/webhooks", params={"vendor": vendor})

    def wait_until(self, fulfilled, vendor="flutterwave"):
        """The webhook state, as soon as it is what the test waits for."""
        ends_at = time.monotonic() + PATIENCE_S
        while not fulfilled(state := self.webhooks(vendor)):
            assert time.monotonic() < ends_at, state
            time.sleep(0.01)
        return state

    def when_idle(self, vendor="flutterwave"):
        """The webhook state once nothing is owed."""
        return self.wait_until(lambda state: state["idle"], vendor)


def new_request_id(moment=None):
    """One that VTpass takes now: the time in Lagos, then anything."""
    moment = (moment or datetime.now(UTC)) + timedelta(hours=1)
    return f"{moment:%Y%m%d%H%M}{secrets.token_hex(10)}"


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
    receiver = Receiver(usual_body=TAKEN_BY_VTPASS)
    yield receiver
    receiver.close()


@pytest.fixture(scope="session")
def running_sandbox(running_receiver, running_callbacks):
    sandbox = Sandbox(
        *("--flutterwave-webhook-url", running_receiver.url),
        *("--vtpass-callback-url", running_callbacks.url),
    )
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(running_sandbox, receiver, callbacks):
    """The shared sandbox, as after its start."""
    running_sandbox.control("POST", "/reset")
    receiver.clear()  # after the reset nothing is in flight any more
    callbacks.clear()
    return running_sandbox


@pytest.fixture
def receiver(running_receiver):
    running_receiver.clear()
    return running_receiver


@pytest.fixture
def callbacks(running_callbacks):
    """A receiver that takes events the way VTpass wants them taken."""
    running_callbacks.clear()
    return running_callbacks


@pytest.fixture
def start_sandbox():
    """Starts sandboxes of a test's own."""
    started = []

    def start(*options):
        started.append(Sandbox(*options))
        return started[-1]

    yield start
    for sandbox in started:
        if sandbox.process.poll() is None:
            sandbox.stop()
