"""Every part behind a bad network: what customers see meanwhile, and what becomes of it.

Each case goes through five phases: normal (the case before proved it), a fault is put between
PayFlow and one part, customers try, the fault is lifted, and the same works again. What was
asked for in between is asked again with the same key until it is told, and has settled once.
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
from tests.crash.cells import State
from tests.support import proof
from tests.support.app import App, Person
from tests.support.hurried import HURRIED
from tests.support.networks import Networks
from tests.support.proxy import Proxy
from tests.support.waiting import eventually

Json = dict[str, Any]

_IMPATIENT = {
    **HURRIED,
    "DJANGO_SETTINGS_MODULE": "payflow.settings.test",  # cheap passwords
    "VENDOR_CONNECT_TIMEOUT_S": "1",
    "VENDOR_READ_TIMEOUT_S": "2",
    "CIRCUIT_OPEN_S": "1",
}
# A purchase that never arrived is asked about for longest, so VTpass comes first.
PARTS = ("vtpass", "flutterwave", "database", "broker", "valkey")
FAULTS: Mapping[str, Callable[[Proxy], None]] = {
    "refused": Proxy.cut,
    "reset": lambda proxy: proxy.reset_after(300),
    "torn": lambda proxy: proxy.reset_after(2_500, times=4),  # in the middle of what is done
    "slow": lambda proxy: proxy.delay(0.05),
    "drip": lambda proxy: proxy.drip(64, 0.002),
    "silent": Proxy.swallow,
}
# No customer waits longer, whatever is wrong: the longest chain of time-outs above it.
ANSWERED_WITHIN_S = 20.0
_WORKS_WITHIN_S = 30.0
_TOLD_WITHIN_S = 150.0
# What may be said of a request that could not be served. Everything else is a defect.
_EXCUSES = {"database_unavailable", "vendor_unavailable", "outcome_unknown", "request_in_progress"}

_ORDERS: Mapping[str, Json] = {
    "/wallet/fund": {"amount": "1500.00"},
    "/wallet/withdraw": {"amount": "1000", "bank_code": "044", "account_number": "0690000031"},
    "/airtime/purchase": {"service_id": "mtn", "phone": "08011111111", "amount": "500"},
}
_SETTLED: tuple[State, ...] = (
    ("1989.25", "0.00", ("AIRTIME SUCCESS", "FUNDING SUCCESS", "FUNDING SUCCESS",
                         "WITHDRAWAL SUCCESS")),
    # The network never heard of it: the money is back.
    ("2489.25", "0.00", ("AIRTIME FAILED", "FUNDING SUCCESS", "FUNDING SUCCESS",
                         "WITHDRAWAL SUCCESS")),
)  # fmt: skip


class Site:
    """PayFlow's own processes on one side, what they stand on behind a proxy each."""

    def __init__(self, servers: Stack, payflow: Stack, proxies: Mapping[str, Proxy]) -> None:
        self.servers = servers
        self.proxies = proxies
        self.app = App(payflow)
        self.networks = Networks(self.app.vendor)


@contextmanager
def open_site(folder: Path, *, rabbitmq_url: str) -> Iterator[Site]:
    """rabbitmq_url: empty for the embedded broker, which then has a proxy of its own."""
    ours = {"MONGO_URI": "", "REDIS_URL": "", "RABBITMQ_URL": rabbitmq_url}
    given = {**_IMPATIENT, **ours}
    ports = Ports.free()  # the sandbox is told where the web will be
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
            # Told of the replica set's members, the driver would go round the proxy.
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
        yield Site(servers, payflow, proxies)


@dataclass
class Case:
    """One part, one fault. problems are sentences; seen is what customers were told."""

    part: str
    fault: str
    problems: list[str] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)
    customer: Customer | None = None

    @property
    def slowest_s(self) -> float:
        return self.customer.slowest_s if self.customer else 0.0


class Customer:
    """Funds, withdraws and buys at once, and asks again with the same keys until told."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.person = funded(site)
        self.slowest_s = 0.0
        self.told: dict[str, Json] = {}

    def tries(self) -> dict[str, str]:
        """Each order once: its status and code, or what else became of it. Also looks around."""
        with ThreadPoolExecutor(len(_ORDERS) + 1) as hands:
            answers = {path: hands.submit(self._try, path) for path in _ORDERS}
            answers["/wallet/"] = hands.submit(self._look, "/wallet/")
            return {path: answer.result() for path, answer in answers.items()}

    def insists(self) -> None:
        """Until each order is told. Raises: AssertionError, if that takes too long."""
        deadline = time.monotonic() + _TOLD_WITHIN_S
        while missing := set(_ORDERS) - set(self.told):
            assert time.monotonic() < deadline, f"nobody was told of {sorted(missing)}"
            for path in missing:
                self._try(path)
            time.sleep(0.5)
        self._site.app.vendor.pay(self.told["/wallet/fund"]["link"])

    def _try(self, path: str) -> str:
        headers = {**self.person.http.headers, "Idempotency-Key": "the-only-key"}
        url, order = self.person.app.api + path, _ORDERS[path]
        return self._heard(
            path, lambda: requests.post(url, json=order, headers=headers, timeout=60)
        )

    def _look(self, path: str) -> str:
        headers = dict(self.person.http.headers)
        url = self.person.app.api + path
        return self._heard(path, lambda: requests.get(url, headers=headers, timeout=60))

    def _heard(self, path: str, ask: Callable[[], requests.Response]) -> str:
        began = time.monotonic()
        try:
            answer = ask()
        except requests.RequestException as exc:
            return type(exc).__name__
        finally:
            self.slowest_s = max(self.slowest_s, time.monotonic() - began)
        body = answer.json()
        if answer.ok:
            self.told[path] = body
            return str(answer.status_code)
        error = body["error"]
        if (error["details"] or {}).get("transaction"):  # bought, and come to nothing
            self.told[path] = error["details"]
        return f"{answer.status_code} {error['code']}"


def funded(site: Site) -> Person:
    """A customer with 2000 naira, who got them as any does."""
    person = site.app.customer()
    funding = person.fund("2000.00")
    person.pay(funding)
    eventually(
        lambda: person.transaction(funding["tx_ref"])["status"] == "SUCCESS",
        within_s=_WORKS_WITHIN_S,
    )
    return person


def play(
    site: Site, wanted: list[tuple[str, str]], *, tell: Callable[[str], object] = str
) -> tuple[list[Case], list[str]]:
    """Every case with its problems, and what is wrong with the whole when all has healed."""
    site.networks.behave(duplicate_window_s=0)
    site.app.vendor.webhooks(retry_s=0.5, retries=240)
    cases = [Case(part, fault) for part, fault in wanted]
    insisting: list[threading.Thread] = []
    for case in cases:
        tell(f"{case.part}: {case.fault}")
        try:
            _play(site, case, insisting)
        except Exception as exc:  # whatever a case meets is its problem, and not the others'
            case.problems.append(f"{type(exc).__name__}: {exc}"[:300])
    tell("waiting until all has settled")
    for thread in insisting:
        thread.join(_TOLD_WITHIN_S)
    wrong = proof.healed(site.servers)
    for case in cases:
        if case.customer is not None:
            case.problems += _unsettled(case.customer.person)
    wrong += proof.differences(site.servers) + proof.audited(site.servers)
    return cases, wrong


def _play(site: Site, case: Case, insisting: list[threading.Thread]) -> None:
    customer = case.customer = Customer(site)
    proxy = site.proxies[case.part]
    FAULTS[case.fault](proxy)
    try:
        case.seen = customer.tries()
    finally:
        proxy.restore()
    case.problems += _undocumented(case.seen)
    if customer.slowest_s > ANSWERED_WITHIN_S:
        case.problems.append(f"an answer took {customer.slowest_s:.0f} s")
    thread = threading.Thread(target=_insist, args=(case, customer), daemon=True)
    thread.start()
    insisting.append(thread)
    funded(site)  # the same works again


def _insist(case: Case, customer: Customer) -> None:
    try:
        customer.insists()
    except Exception as exc:
        case.problems.append(f"{type(exc).__name__}: {exc}"[:300])


def _undocumented(seen: Mapping[str, str]) -> Iterator[str]:
    for path, told in seen.items():
        status, _, code = told.partition(" ")
        if not (status.startswith("2") or code in _EXCUSES):
            yield f"{path} was told {told}"


def _unsettled(person: Person) -> Iterator[str]:
    wallet = person.get("/wallet/")
    rows = person.get("/wallet/transactions")["results"]
    # A page that never opened: its request was told so, and nobody can pay there.
    kept = [
        f"{r['type']} {r['status']}"
        for r in rows
        if (r["type"], r["status"]) != ("FUNDING", "FAILED")
    ]
    state = (wallet["balance"], wallet["held"], tuple(sorted(kept)))
    if state not in _SETTLED:
        yield f"ended as {state}"
