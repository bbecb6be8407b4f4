"""The broker of the benchmarks: RabbitMQ if one is running, otherwise the embedded one."""

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
    """A broker. `url` is empty for the embedded broker, which the stack starts."""

    url: str
    name: str


@contextmanager
def choose_broker() -> Iterator[Broker]:
    """The broker that RABBITMQ_URL names, or RabbitMQ on this machine, or the embedded one.

    On this machine's RabbitMQ the benchmark makes a virtual host for the run and deletes it
    afterwards. On another broker its messages stay in the queues.
    """
    given = os.environ.get("RABBITMQ_URL", "")
    if given and not given.startswith("amqp"):
        yield Broker(given, "the Redis that RABBITMQ_URL names")
        return
    url = given or _LOCAL
    host = urlsplit(url).hostname or ""
    local = host in ("localhost", "127.0.0.1")
    if local and _is_up(host, urlsplit(url).port or 5672):
        user = urlsplit(url).username or "guest"
        if vhost := _new_vhost(user):
            try:
                yield Broker(
                    f"{url.rpartition('@')[0]}@{_address(url)}/{vhost}", _describe_rabbitmq()
                )
            finally:
                _run_rabbitmqctl("delete_vhost", vhost)
            return
    if given:
        yield Broker(given, "RabbitMQ, the virtual host that RABBITMQ_URL names")
        return
    yield Broker("", "the embedded one (Valkey)")


def _address(url: str) -> str:
    return f"{urlsplit(url).hostname}:{urlsplit(url).port or 5672}"


def _is_up(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def _new_vhost(user: str) -> str | None:
    """Make a virtual host, and return its name; None if rabbitmqctl is missing or refuses."""
    name = f"payflow_bench_{secrets.token_hex(4)}"
    if _run_rabbitmqctl("add_vhost", name) is None:
        return None
    _run_rabbitmqctl("set_permissions", "-p", name, user, ".*", ".*", ".*")
    return name


def _describe_rabbitmq() -> str:
    return f"RabbitMQ {(_run_rabbitmqctl('version') or '').strip()}, in a separate virtual host"


def _run_rabbitmqctl(*arguments: str) -> str | None:
    command = ["rabbitmqctl", "--quiet", "--timeout", str(_CONTROL_S), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=2 * _CONTROL_S)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
