"""A whole PayFlow on RabbitMQ, whose parts a test can take away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dev.stack.stack import Stack
from tests.plugin import QUICK
from tests.support.broker import Admin, Broker, open_vhost
from tests.support.proxy import Proxy
from tests.support.site import Site


@pytest.fixture(scope="session")
def running_site(
    rabbitmq_server: tuple[str, Admin], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    with open_vhost(*rabbitmq_server) as rabbitmq:
        yield from _run_on(rabbitmq, tmp_path_factory.mktemp("site"))


def _run_on(rabbitmq: Broker, folder: Path) -> Iterator[Site]:
    target = urlsplit(rabbitmq.url)
    proxy = Proxy(target.hostname or "localhost", target.port or 5672)
    through = target._replace(netloc=f"guest:guest@127.0.0.1:{proxy.port}").geturl()
    environment = {**QUICK, "INBOX_GRACE_S": "1", "SWEEP_INTERVAL_S": "1"}
    environment |= {
        "REQUERY_BASE_S": "1",
        "TRANSFER_RESEND_AFTER_S": "3",
        "VTPASS_ABSENT_AFTER_S": "8",
    }
    environment |= {"RABBITMQ_URL": through, "MONGO_URI": "", "REDIS_URL": ""}
    with Stack(folder, env=environment) as stack:
        yield Site(stack, proxies={"broker": proxy})


@pytest.fixture
def site(running_site: Site) -> Iterator[Site]:
    """The site with all its parts running. They run again afterwards."""
    # The vendor repeats a webhook soon. By default the sandbox waits half an hour, as the real
    # vendor does.
    running_site.vendor.webhooks(retry_s=0.5, retries=60)
    yield running_site
    running_site.vendor.behave()
    for name in ("database", "valkey", "worker", "beat", "web"):
        if not running_site.stack.processes[name].running:
            running_site.stack.restart(name)
