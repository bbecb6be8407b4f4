"""A PayFlow with quick retries, whose clock can be stopped and whose worker can wait."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dev.stack.stack import ALL_PARTS, Stack
from payflow.kernel import queues
from tests.crash.consumers import Consumers
from tests.crash.doomed import HealthyWorker
from tests.support.hurried import HURRIED
from tests.support.site import Site

_SETTINGS = {
    **HURRIED,
    "DJANGO_SETTINGS_MODULE": "payflow.settings.test",  # cheap passwords
    # Nothing records that a web server died in a call to a vendor. Other processes wait as long
    # as the call might have taken.
    "VENDOR_CONNECT_TIMEOUT_S": "1",
}


class CrashSite(Site):
    """A site, who takes its tasks, and its worker that does not die."""

    def __init__(self, stack: Stack, consumers: Consumers, healthy: HealthyWorker) -> None:
        super().__init__(stack)
        self.consumers = consumers
        self.has_rabbitmq = queues.is_rabbitmq(stack.addresses.broker_url)
        self.healthy = healthy

    def stop_clock(self) -> None:
        """Stop beat: no sweep runs."""
        self.stack.processes["beat"].stop(grace_s=5)

    def start_clock(self) -> None:
        self.stack.restart("beat")


@contextmanager
def open_site(folder: Path, *, rabbitmq_url: str) -> Iterator[CrashSite]:
    """rabbitmq_url: empty for the embedded broker."""
    ours = {"MONGO_URI": "", "REDIS_URL": "", "RABBITMQ_URL": rabbitmq_url}
    parts = [name for name in ALL_PARTS if name != "worker"]
    with (
        Stack(folder, parts, env={**_SETTINGS, **ours}) as stack,
        HealthyWorker(stack) as healthy,
    ):
        consumers = Consumers(stack.addresses.broker_url)
        try:
            yield CrashSite(stack, consumers, healthy)
        finally:
            consumers.close()
