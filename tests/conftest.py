"""Fixtures for every level above unit tests."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dev.stack.stack import Stack
from tests.plugin import EXTERNAL_MONGO, QUICK
from tests.support.vendor import Vendor


@pytest.fixture(scope="session")
def database(servers: Stack, django_db_blocker: Any) -> Iterator[None]:
    """The session's database, migrated. Tests share it and keep to customers of their own."""
    from django.core.management import call_command

    with django_db_blocker.unblock():
        call_command("migrate", verbosity=0)
        yield


@pytest.fixture
def db(database: None) -> None:
    """The real database, which is never rolled back: what is committed is what is tested."""
    from django.core.cache import cache

    cache.clear()  # the counters of rate limits


@pytest.fixture
def vendor(servers: Stack) -> Iterator[Vendor]:
    """The sandbox, forgetting what the test told it to do wrong."""
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
    """Skip for want of something a machine may lack; in CI, which installs it, fail."""
    if os.environ.get("PAYFLOW_CI"):
        pytest.fail(f"{what} is missing, and CI must have it")
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A whole PayFlow with a database of its own: web, worker, beat and all they stand on."""
    quick = {**QUICK, "SWEEP_INTERVAL_S": "1", "MONGO_URI": EXTERNAL_MONGO, "REDIS_URL": ""}
    quick |= {"RABBITMQ_URL": ""}
    with Stack(tmp_path_factory.mktemp("live"), env=quick, throwaway=True) as stack:
        yield stack


@pytest.fixture
def app(live: Stack) -> Iterator[Any]:
    """The running PayFlow, its vendor forgetting what a test told it to do wrong."""
    from tests.support.app import App

    app = App(live)
    yield app
    app.vendor.behave()


@pytest.fixture(scope="session")
def rabbitmq_server() -> Iterator[Any]:
    """A real RabbitMQ's address and management."""
    from tests.support.broker import real_server

    with real_server() as server:
        if server is None:
            missing("RabbitMQ")
        yield server


@pytest.fixture(scope="module")
def rabbitmq(rabbitmq_server: Any) -> Iterator[Any]:
    """A virtual host of the module's own."""
    from tests.support.broker import own_vhost

    with own_vhost(*rabbitmq_server) as broker:
        yield broker
