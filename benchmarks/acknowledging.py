"""(d) Acknowledging webhooks: our view and the bare view, each on the same kind of web server."""

from __future__ import annotations

from itertools import count

from django.conf import settings

from benchmarks import cases, wire
from benchmarks.environment import Environment
from benchmarks.settling import FLOOR, Rates, compute_rates
from dev.stack.ports import Ports
from payflow.kernel.references import new_reference

OURS = "acknowledgement"
WITHOUT_INDEXES = "floor without indexes"
_ROUNDS = 14
_PER_ROUND = 160
_CONNECTIONS = 16
_OUR_PATH = "/api/v1/wallet/flutterwave/webhook"
_ids = count(10_000_000)


def measure_acknowledgements(environment: Environment) -> Rates:
    """Webhooks answered per second. No worker runs, so the published tasks stay in their queue."""
    free = Ports.free()
    targets = {
        FLOOR: (free.web, "/webhook"),
        WITHOUT_INDEXES: (free.sandbox, "/webhook"),
        OURS: (environment.addresses.ports.web, _OUR_PATH),
    }
    took: dict[str, list[float]] = {name: [] for name in targets}
    with (
        environment.gunicorn("payflow.wsgi:application", targets[OURS][0]),
        environment.gunicorn("benchmarks.bare:application", targets[FLOOR][0]),
        environment.gunicorn(
            "benchmarks.bare:application", targets[WITHOUT_INDEXES][0], BENCH_INDEXES="none"
        ),
    ):
        for number in range(-2, _ROUNDS):  # the first two rounds only open connections
            for name in sorted(targets, reverse=bool(number % 2)):
                port, path = targets[name]
                seconds = wire.send_all(port, make_webhooks(path), connections=_CONNECTIONS)
                if number >= 0:
                    took[name].append(seconds)
    return compute_rates(took, _PER_ROUND)


def make_webhooks(path: str) -> list[bytes]:
    """The webhooks of one round. Each is a new event."""
    bodies = [
        cases.make_webhook_body(str(next(_ids)), new_reference("FUN")) for _ in range(_PER_ROUND)
    ]
    return [make_webhook(path, body) for body in bodies]


def make_webhook(path: str, body: str) -> bytes:
    headers = {
        "Content-Type": "application/json",
        "verif-hash": settings.FLUTTERWAVE_WEBHOOK_HASH,
    }
    return wire.build_request("POST", path, body=body.encode(), headers=headers)
