"""(d) Acknowledging a webhook: our view against the bare one, on the same kind of web server."""

from __future__ import annotations

from itertools import count

from django.conf import settings

from benchmarks import cases, wire
from benchmarks.ground import Ground
from benchmarks.settling import FLOOR, Rates, rates_of
from dev.stack.ports import Ports
from payflow.kernel.references import new_reference

OURS = "acknowledgement"
WITHOUT_INDEXES = "floor without indexes"
_ROUNDS = 14
_PER_ROUND = 160
_CONNECTIONS = 16
_OUR_PATH = "/api/v1/wallet/flutterwave/webhook"
_ids = count(10_000_000)


def acknowledgements(ground: Ground) -> Rates:
    """Webhooks answered a second. No worker runs: what is published waits in its queue."""
    free = Ports.free()
    targets = {
        FLOOR: (free.web, "/webhook"),
        WITHOUT_INDEXES: (free.sandbox, "/webhook"),
        OURS: (ground.addresses.ports.web, _OUR_PATH),
    }
    took: dict[str, list[float]] = {name: [] for name in targets}
    with (
        ground.gunicorn("payflow.wsgi:application", targets[OURS][0]),
        ground.gunicorn("benchmarks.bare:application", targets[FLOOR][0]),
        ground.gunicorn(
            "benchmarks.bare:application", targets[WITHOUT_INDEXES][0], BENCH_INDEXES="none"
        ),
    ):
        for number in range(-2, _ROUNDS):  # the first two open what all need
            for name in sorted(targets, reverse=bool(number % 2)):
                port, path = targets[name]
                seconds = wire.send_all(port, webhooks(path), connections=_CONNECTIONS)
                if number >= 0:
                    took[name].append(seconds)
    return rates_of(took, _PER_ROUND)


def webhooks(path: str) -> list[bytes]:
    """A round of new events, each unlike any before."""
    bodies = [cases.webhook_body(str(next(_ids)), new_reference("FUN")) for _ in range(_PER_ROUND)]
    return [webhook(path, body) for body in bodies]


def webhook(path: str, body: str) -> bytes:
    headers = {
        "Content-Type": "application/json",
        "verif-hash": settings.FLUTTERWAVE_WEBHOOK_HASH,
    }
    return wire.request("POST", path, body=body.encode(), headers=headers)
