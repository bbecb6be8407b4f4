"""A bad network between PayFlow and each part: what a customer sees, and how it ends.

Each case has four phases: a proxy causes a fault between PayFlow and one part; a customer makes
every kind of request; the fault ends; a new customer can fund a wallet again. Meanwhile the first
customer repeats each request with its key until it succeeds, and it must be settled once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from dev.stack.ports import Ports
from dev.stack.stack import Stack
from tests.crash.cells import State, read_state
from tests.support import proof
from tests.support.customer import DELIVERED, purchase_order, withdrawal_order
from tests.support.http_customer import HttpCustomer
from tests.support.hurried import HURRIED
from tests.support.proxy import Proxy
from tests.support.site import Site

Json = dict[str, Any]

_IMPATIENT = {
    **HURRIED,
    "DJANGO_SETTINGS_MODULE": "payflow.settings.test",  # cheap passwords
    "VENDOR_CONNECT_TIMEOUT_S": "1",
    "VENDOR_READ_TIMEOUT_S": "2",
    "CIRCUIT_OPEN_S": "1",
}
# A purchase that never arrived takes longest to settle, so VTpass comes first.
PARTS = ("vtpass", "flutterwave", "database", "broker", "valkey")
FAULTS: Mapping[str, Callable[[Proxy], None]] = {
    "refused": Proxy.cut,
    "reset": lambda proxy: proxy.reset_after(300),
    "torn": lambda proxy: proxy.reset_after(2_500, times=4),  # in the middle of the work
    "slow": lambda proxy: proxy.delay(0.05),
    "drip": lambda proxy: proxy.drip(64, 0.002),
    "silent": Proxy.swallow,
}
# No customer may wait longer: it covers the longest chain of the time-outs above.
ANSWERED_WITHIN_S = 20.0
_WORKS_WITHIN_S = 30.0
_SUCCEEDS_WITHIN_S = 150.0
# The documented errors of a request that could not be served. Any other error is a defect.
_DOCUMENTED = {
    "database_unavailable",
    "vendor_unavailable",
    "outcome_unknown",
    "request_in_progress",
}

_ORDERS: Mapping[str, Json] = {
    "/wallet/fund": {"amount": "1500.00"},
    "/wallet/withdraw": withdrawal_order("1000"),
    "/airtime/purchase": purchase_order(DELIVERED),
}
_SETTLED: tuple[State, ...] = (
    ("1989.25", "0.00", ("AIRTIME SUCCESS", "FUNDING SUCCESS", "FUNDING SUCCESS",
                         "WITHDRAWAL SUCCESS")),
    # The purchase never reached VTpass: the money is back.
    ("2489.25", "0.00", ("AIRTIME FAILED", "FUNDING SUCCESS", "FUNDING SUCCESS",
                         "WITHDRAWAL SUCCESS")),
)  # fmt: skip


@contextmanager
def open_site(folder: Path, *, rabbitmq_url: str) -> Iterator[Site]:
    """PayFlow's own processes, with a proxy before each part that they use.

    rabbitmq_url: empty for the embedded broker, which is Valkey behind a second proxy.
    """
    ours = {"MONGO_URI": "", "REDIS_URL": "", "RABBITMQ_URL": rabbitmq_url}
    given = {**_IMPATIENT, **ours}
    ports = Ports.free()  # the sandbox must know the port of the web server before it starts
    with ExitStack() as exits:
        parts = ("database", "valkey", "sandbox")
        servers = exits.enter_context(Stack(folder / "servers", parts, ports, given))
        where = servers.addresses
        broker = urlsplit(where.broker_url)
        proxies = {
            "database": Proxy("127.0.0.1", ports.database),
            "broker": Proxy(broker.hostname or "localhost", broker.port or 5672),
            "valkey": Proxy("127.0.0.1", ports.valkey),
            "flutterwave": Proxy("127.0.0.1", ports.sandbox),
            "vtpass": Proxy("127.0.0.1", ports.sandbox),
        }
        for proxy in proxies.values():
            exits.callback(proxy.close)
        at = {name: f"127.0.0.1:{proxy.port}" for name, proxy in proxies.items()}
        credentials, _, _ = broker.netloc.rpartition("@")
        behind = {
            # Without this the driver would read the replica set's addresses and avoid the proxy.
            "MONGO_URI": f"mongodb://{at['database']}/?directConnection=true"
            "&heartbeatFrequencyMS=1000",
            "REDIS_URL": f"redis://{at['valkey']}/0",
            "RABBITMQ_URL": broker._replace(
                netloc=f"{credentials}@{at['broker']}" if credentials else at["broker"]
            ).geturl(),
            "FLUTTERWAVE_BASE_URL": f"http://{at['flutterwave']}/flutterwave/v3",
            "VTPASS_BASE_URL": f"http://{at['vtpass']}/vtpass/api",
        }
        parts = ("migrate", "worker", "beat", "web")
        payflow = exits.enter_context(Stack(folder / "payflow", parts, ports, {**given, **behind}))
        yield Site(payflow, servers=servers, proxies=proxies)


@dataclass
class Case:
    """One part, one fault. problems are sentences; seen is each request's status and error."""

    part: str
    fault: str
    problems: list[str] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)
    requests: Requests | None = None

    @property
    def slowest_s(self) -> float:
        return self.requests.slowest_s if self.requests else 0.0


class Requests:
    """One customer's requests: to fund, to withdraw and to buy, each with one key."""

    def __init__(self, site: Site) -> None:
        self.customer = site.new_customer("2000.00", within_s=_WORKS_WITHIN_S)
        self.slowest_s = 0.0
        self.succeeded: dict[str, Json] = {}

    def make_each(self) -> dict[str, str]:
        """Make every request once, and read the wallet, at the same time.

        Returns the status and the error code of each, or the exception.
        """
        with ThreadPoolExecutor(len(_ORDERS) + 1) as hands:
            answers = {path: hands.submit(self._make, path) for path in _ORDERS}
            answers["/wallet/"] = hands.submit(
                self._describe, "/wallet/", lambda: self._connect().get("/wallet/")
            )
            return {path: answer.result() for path, answer in answers.items()}

    def repeat_until_success(self) -> None:
        """Raises: AssertionError if that takes too long."""
        deadline = time.monotonic() + _SUCCEEDS_WITHIN_S
        while missing := set(_ORDERS) - set(self.succeeded):
            assert time.monotonic() < deadline, f"no success for {sorted(missing)}"
            for path in missing:
                self._make(path)
            time.sleep(0.5)
        self.customer.pay(self.succeeded["/wallet/fund"])

    def _make(self, path: str) -> str:
        return self._describe(
            path, lambda: self._connect().post(path, _ORDERS[path], key="the-only-key")
        )

    def _connect(self) -> HttpCustomer:
        """The customer over a new connection, since threads share this object."""
        return self.customer.at(self.customer.api)

    def _describe(self, path: str, ask: Callable[[], requests.Response]) -> str:
        began = time.monotonic()
        try:
            answer = ask()
        except requests.RequestException as exc:
            return type(exc).__name__
        finally:
            self.slowest_s = max(self.slowest_s, time.monotonic() - began)
        body = answer.json()
        if answer.ok:
            self.succeeded[path] = body
            return str(answer.status_code)
        error = body["error"]
        if (error["details"] or {}).get("transaction"):  # a purchase that failed, and is settled
            self.succeeded[path] = error["details"]
        return f"{answer.status_code} {error['code']}"


def play(
    site: Site, wanted: list[tuple[str, str]], *, report: Callable[[str], object] = str
) -> tuple[list[Case], list[str]]:
    """Every case with its problems, and what is wrong in the books when all is settled."""
    site.networks.behave(duplicate_window_s=0)
    site.vendor.webhooks(retry_s=0.5, retries=240)
    cases = [Case(part, fault) for part, fault in wanted]
    repeating: list[threading.Thread] = []
    for case in cases:
        report(f"{case.part}: {case.fault}")
        try:
            _play(site, case, repeating)
        except Exception as exc:  # a case that fails must not stop the others
            case.problems.append(f"{type(exc).__name__}: {exc}"[:300])
    report("waiting until all transactions are settled")
    for thread in repeating:
        thread.join(_SUCCEEDS_WITHIN_S)
    wrong = proof.wait_until_settled(site.servers)
    for case in cases:
        if case.requests is not None:
            state = read_state(case.requests.customer)
            case.problems += [] if state in _SETTLED else [f"ended as {state}"]
    wrong += proof.find_differences(site.servers) + proof.find_faults(site.servers)
    return cases, wrong


def _play(site: Site, case: Case, repeating: list[threading.Thread]) -> None:
    made = case.requests = Requests(site)
    proxy = site.proxies[case.part]
    FAULTS[case.fault](proxy)
    try:
        case.seen = made.make_each()
    finally:
        proxy.restore()
    case.problems += _find_undocumented(case.seen)
    if made.slowest_s > ANSWERED_WITHIN_S:
        case.problems.append(f"an answer took {made.slowest_s:.0f} s")
    thread = threading.Thread(target=_repeat, args=(case, made), daemon=True)
    thread.start()
    repeating.append(thread)
    site.new_customer("2000.00", within_s=_WORKS_WITHIN_S)  # the same works again


def _repeat(case: Case, made: Requests) -> None:
    try:
        made.repeat_until_success()
    except Exception as exc:
        case.problems.append(f"{type(exc).__name__}: {exc}"[:300])


def _find_undocumented(seen: Mapping[str, str]) -> Iterator[str]:
    for path, outcome in seen.items():
        status, _, code = outcome.partition(" ")
        if not (status.startswith("2") or code in _DOCUMENTED):
            yield f"{path} was answered {outcome}"
