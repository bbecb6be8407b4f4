"""A PayFlow made for dying: hurried, with a clock that can be held and a worker that can wait."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dev.stack.stack import ALL_PARTS, Stack
from payflow.kernel import queues
from tests.crash.doomed import Healthy
from tests.crash.line import Line
from tests.support.app import App
from tests.support.hurried import HURRIED
from tests.support.networks import Networks

_SETTINGS = {
    **HURRIED,
    "DJANGO_SETTINGS_MODULE": "payflow.settings.test",  # cheap passwords
    # A web server that dies in a call leaves no word of it: others wait as long as it might have.
    "VENDOR_CONNECT_TIMEOUT_S": "1",
}


class Site:
    """What runs, and the hands on it."""

    def __init__(self, stack: Stack, line: Line, healthy: Healthy) -> None:
        self.stack = stack
        self.app = App(stack)
        self.api = stack.addresses.api
        self.vendor = self.app.vendor
        self.networks = Networks(self.vendor)
        self.line = line
        self.has_rabbitmq = queues.is_rabbitmq(stack.addresses.broker_url)
        self.healthy = healthy

    def hold_the_clock(self) -> None:
        self.stack.processes["beat"].stop(grace_s=5)

    def wind_the_clock(self) -> None:
        self.stack.restart("beat")


@contextmanager
def open_site(folder: Path, *, rabbitmq_url: str) -> Iterator[Site]:
    """rabbitmq_url: empty for the embedded broker."""
    ours = {"MONGO_URI": "", "REDIS_URL": "", "RABBITMQ_URL": rabbitmq_url}
    parts = [name for name in ALL_PARTS if name != "worker"]
    with (
        Stack(folder, parts, env={**_SETTINGS, **ours}) as stack,
        Healthy(stack) as healthy,
    ):
        line = Line(stack.addresses.broker_url)
        try:
            yield Site(stack, line, healthy)
        finally:
            line.close()
