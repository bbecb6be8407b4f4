"""Which broker the benchmarks use: RabbitMQ where there is one, in a virtual host of its own."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

_LOCAL = "amqp://guest:guest@localhost:5672"
_CONTROL_S = 30


@dataclass(frozen=True)
class Broker:
    """`url` is empty for the embedded broker, which the stack then starts."""

    url: str
    name: str


@contextmanager
def broker() -> Iterator[Broker]:
    """The broker that RABBITMQ_URL names, or RabbitMQ on this machine, or the embedded one.

    On this machine's RabbitMQ everything happens in a virtual host made for the run. A broker
    elsewhere is used as its URL says, and what the benchmark publishes stays in its queues.
    """
    given = os.environ.get("RABBITMQ_URL", "")
    if given and not given.startswith("amqp"):
        yield Broker(given, "the Redis that RABBITMQ_URL names")
        return
    url = given or _LOCAL
    host = urlsplit(url).hostname or ""
    local = host in ("localhost", "127.0.0.1")
    if local and _answers(host, urlsplit(url).port or 5672):
        user = urlsplit(url).username or "guest"
        if vhost := _new_vhost(user):
            try:
                yield Broker(f"{url.rpartition('@')[0]}@{_address(url)}/{vhost}", _name())
            finally:
                _control("delete_vhost", vhost)
            return
    if given:
        yield Broker(given, "RabbitMQ, the virtual host that RABBITMQ_URL names")
        return
    yield Broker("", "the embedded one (Valkey)")


def _address(url: str) -> str:
    return f"{urlsplit(url).hostname}:{urlsplit(url).port or 5672}"


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def _new_vhost(user: str) -> str | None:
    """None where rabbitmqctl is missing or may not be used."""
    name = f"payflow_bench_{secrets.token_hex(4)}"
    if _control("add_vhost", name) is None:
        return None
    _control("set_permissions", "-p", name, user, ".*", ".*", ".*")
    return name


def _name() -> str:
    return f"RabbitMQ {(_control('version') or '').strip()}, in a virtual host of its own"


def _control(*arguments: str) -> str | None:
    command = ["rabbitmqctl", "--quiet", "--timeout", str(_CONTROL_S), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=2 * _CONTROL_S)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
