"""Fixtures of all tests that need servers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dev.stack.stack import Stack
from tests.plugin import EXTERNAL_MONGO, QUICK
from tests.support.broker import find_or_start_server, open_vhost
from tests.support.site import Site
from tests.support.vendor import Vendor


@pytest.fixture(scope="session")
def database(servers: Stack, django_db_blocker: Any) -> Iterator[None]:
    """The session's database, migrated. Tests share it, so each makes its own customers."""
    from django.core.management import call_command

    with django_db_blocker.unblock():
        call_command("migrate", verbosity=0)
        yield


@pytest.fixture
def db(database: None) -> None:
    """The real database. It is not rolled back after a test, since commits are what is tested."""
    from django.core.cache import cache

    cache.clear()  # the counters of rate limits


@pytest.fixture
def vendor(servers: Stack) -> Iterator[Vendor]:
    """The sandbox, with empty books and without faults before and after the test."""
    vendor = Vendor(servers.addresses.sandbox)
    vendor.reset()
    yield vendor
    vendor.reset()


@pytest.fixture
def new_customer(db: None) -> Callable[[], Any]:
    from tests.support.people import Customer

    return Customer


@pytest.fixture
def customer(new_customer: Callable[[], Any]) -> Any:
    return new_customer()


def missing(what: str) -> None:
    """Skip the test since this machine lacks something. In CI, which installs it, fail."""
    if os.environ.get("PAYFLOW_CI"):
        pytest.fail(f"{what} is missing, and CI must have it")
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A whole PayFlow with its own servers: web, worker, beat, database, Valkey and sandbox."""
    quick = {**QUICK, "SWEEP_INTERVAL_S": "1", "MONGO_URI": EXTERNAL_MONGO, "REDIS_URL": ""}
    quick |= {"RABBITMQ_URL": ""}
    with Stack(tmp_path_factory.mktemp("live"), env=quick, throwaway=True) as stack:
        yield stack


@pytest.fixture
def site(live: Stack) -> Iterator[Site]:
    """The running PayFlow. Its vendors misbehave no longer after the test."""
    site = Site(live)
    yield site
    site.vendor.behave()


@pytest.fixture(scope="session")
def rabbitmq_server() -> Iterator[Any]:
    """The address and the management of a real RabbitMQ."""
    with find_or_start_server() as server:
        if server is None:
            missing("RabbitMQ")
        yield server


@pytest.fixture(scope="module")
def rabbitmq(rabbitmq_server: Any) -> Iterator[Any]:
    """A virtual host that only this module uses."""
    with open_vhost(*rabbitmq_server) as broker:
        yield broker
