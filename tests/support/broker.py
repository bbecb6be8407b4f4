"""A real RabbitMQ, in a virtual host that only one test module uses."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

import requests
from kombu import Connection, Queue

from dev.stack.ports import HOST, Ports
from dev.stack.process import Process
from payflow.kernel import queues

_DEFAULT = "amqp://guest:guest@localhost:5672//"
_MANAGEMENT_PORT = 15672
_START_S = 60.0
# Debian's commands in the path change the user first. These are the programs they run.
_DEBIAN = Path("/usr/lib/rabbitmq/lib")

Row = dict[str, Any]


class Admin(Protocol):
    """Manages a broker. Rows have the shape of the management API."""

    def works(self) -> bool: ...
    def add_vhost(self, name: str, *, user: str) -> None: ...
    def delete_vhost(self, name: str) -> None: ...
    def queues(self, vhost: str) -> list[Row]: ...
    def bindings(self, vhost: str) -> list[Row]: ...
    def exchanges(self, vhost: str) -> list[Row]: ...


class Ctl:
    """`rabbitmqctl`, for the broker of this machine."""

    def works(self) -> bool:
        with suppress(OSError, RuntimeError):
            self._run("--timeout", "10", "ping")
            return True
        return False

    def add_vhost(self, name: str, *, user: str) -> None:
        self._run("add_vhost", name)
        self._run("set_permissions", "-p", name, user, ".*", ".*", ".*")

    def delete_vhost(self, name: str) -> None:
        self._run("delete_vhost", name)

    def queues(self, vhost: str) -> list[Row]:
        rows = self._rows("list_queues", vhost, "name", "type", "arguments")
        # rabbitmqctl prints an argument as a triple: its name, its type on the wire, its value.
        return [{**row, "arguments": {n: v for n, _, v in row["arguments"]}} for row in rows]

    def bindings(self, vhost: str) -> list[Row]:
        rows = self._rows("list_bindings", vhost, "source_name", "routing_key", "destination_name")
        return [
            {"source": r["source_name"], "destination": r["destination_name"], **r} for r in rows
        ]

    def exchanges(self, vhost: str) -> list[Row]:
        return self._rows("list_exchanges", vhost, "name", "type")

    def _rows(self, what: str, vhost: str, *columns: str) -> list[Row]:
        return json.loads(self._run(what, "-p", vhost, *columns, "--formatter", "json"))

    def _run(self, *arguments: str) -> str:
        run = subprocess.run(
            ["rabbitmqctl", "--quiet", *arguments], capture_output=True, text=True, check=False
        )
        if run.returncode:
            raise RuntimeError(run.stderr or run.stdout)
        return run.stdout


class Management:
    """The HTTP API of the management plugin, for a broker in a container or on another machine."""

    def __init__(self, url: str, *, port: int = _MANAGEMENT_PORT) -> None:
        parts = urlsplit(url)
        self._api = f"http://{parts.hostname}:{port}/api"
        self._auth = (parts.username or "guest", parts.password or "guest")

    def works(self) -> bool:
        with suppress(requests.RequestException):
            return self._ask("GET", "/whoami").ok
        return False

    def add_vhost(self, name: str, *, user: str) -> None:
        self._ask("PUT", f"/vhosts/{name}").raise_for_status()
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        self._ask("PUT", f"/permissions/{name}/{quote(user)}", everything).raise_for_status()

    def delete_vhost(self, name: str) -> None:
        self._ask("DELETE", f"/vhosts/{name}").raise_for_status()

    def queues(self, vhost: str) -> list[Row]:
        return self._rows("queues", vhost)

    def bindings(self, vhost: str) -> list[Row]:
        return self._rows("bindings", vhost)

    def exchanges(self, vhost: str) -> list[Row]:
        return self._rows("exchanges", vhost)

    def _rows(self, what: str, vhost: str) -> list[Row]:
        answer = self._ask("GET", f"/{what}/{vhost}")
        answer.raise_for_status()
        return answer.json()

    def _ask(self, verb: str, path: str, body: Row | None = None) -> requests.Response:
        return requests.request(verb, self._api + path, json=body, auth=self._auth, timeout=10)


class Broker:
    """One virtual host of a RabbitMQ."""

    def __init__(self, url: str, admin: Admin) -> None:
        self.url = url
        self._admin = admin
        self._vhost = urlsplit(url).path[1:]

    def connection(self) -> Connection:
        return Connection(self.url, connect_timeout=2)

    def queues(self) -> dict[str, Row]:
        """Every queue's type and arguments, by its name."""
        return {row["name"]: row for row in self._admin.queues(self._vhost)}

    def bindings(self) -> set[tuple[str, str, str]]:
        """(exchange, routing key, queue) of every binding."""
        rows = self._admin.bindings(self._vhost)
        return {(row["source"], row["routing_key"], row["destination"]) for row in rows}

    def exchanges(self) -> dict[str, str]:
        """Every exchange's type, by its name."""
        return {row["name"]: row["type"] for row in self._admin.exchanges(self._vhost)}

    def dead_letters(self, name: str) -> list[Any]:
        """Take all messages, with their headers, from the dead-letter queue of this queue."""
        found = []
        with self.connection() as connection:
            queue: Queue = queues.dead(self.url)[name].bind(connection.default_channel)
            queue.declare()
            while (message := queue.get(no_ack=True)) is not None:
                found.append(message)
        return found


class OwnServer:
    """A new node of the installed RabbitMQ. It may be killed and started again."""

    def __init__(self, folder: Path) -> None:
        ports = Ports.free()
        self.url = f"amqp://guest:guest@{HOST}:{ports.web}//"
        self.admin = Management(self.url, port=ports.sandbox)
        epmd_port = str(ports.database)
        (folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = {HOST}:{ports.web}\n"
            f"management.tcp.ip = {HOST}\n"
            f"management.tcp.port = {ports.sandbox}\n"
        )
        (folder / "enabled_plugins").write_text("[rabbitmq_management].\n")
        # Erlang would start its name server itself, and leave it running.
        self._names = Process(
            "epmd",
            ["epmd", "-port", epmd_port, "-address", HOST],
            log=folder / "epmd.log",
            environment=os.environ,
            folder=folder,
        )
        self.process = Process(
            "rabbitmq",
            [str(_server_program())],
            log=folder / "rabbitmq.log",
            environment={
                **os.environ,
                "HOME": str(folder),  # where the node keeps its cookie
                "ERL_EPMD_PORT": epmd_port,
                "RABBITMQ_NODENAME": f"payflow-{secrets.token_hex(3)}@localhost",
                "RABBITMQ_DIST_PORT": str(ports.valkey),
                "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
                "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
                "RABBITMQ_MNESIA_BASE": str(folder / "data"),
                "RABBITMQ_LOG_BASE": str(folder / "logs"),
            },
            folder=folder,
        )

    def start(self) -> None:
        """Return when it answers."""
        if not self._names.running:
            self._names.start()
        self.process.start()
        self.process.wait_until(lambda: _answers(self.url) and self.admin.works(), wait_s=_START_S)

    def close(self) -> None:
        self.process.kill()
        self._names.kill()


@contextmanager
def find_or_start_server() -> Iterator[tuple[str, Admin] | None]:
    """The address and the management of a reachable RabbitMQ, or of one that is started here.

    Reachable: at RABBITMQ_URL or on localhost, and we may make virtual hosts there. Yields None
    if there is neither such a broker nor an installed server.
    """
    named = os.environ.get("RABBITMQ_URL", "")
    url = named if queues.is_rabbitmq(named) else _DEFAULT
    if admin := _admin_of(url):
        yield url, admin
    elif is_installed():
        with start_server() as server:
            yield server.url, server.admin
    else:
        yield None


@contextmanager
def open_vhost(url: str, admin: Admin) -> Iterator[Broker]:
    """A new virtual host: no other test's worker takes its messages."""
    name = f"payflow_test_{secrets.token_hex(4)}"
    parts = urlsplit(url)
    admin.add_vhost(name, user=parts.username or "guest")
    try:
        yield Broker(parts._replace(path=f"/{name}").geturl(), admin)
    finally:
        admin.delete_vhost(name)


@contextmanager
def start_server() -> Iterator[OwnServer]:
    with tempfile.TemporaryDirectory(prefix="payflow-rabbitmq-") as folder:
        server = OwnServer(Path(folder))
        try:
            server.start()
            yield server
        finally:
            server.close()


def is_installed() -> bool:
    return all(map(shutil.which, ("rabbitmq-server", "epmd")))


def _server_program() -> Path:
    for program in sorted(_DEBIAN.glob("rabbitmq_server-*/sbin/rabbitmq-server")):
        return program
    found = shutil.which("rabbitmq-server")
    assert found is not None, "RabbitMQ is not installed"
    return Path(found)


def _admin_of(url: str) -> Admin | None:
    if not _answers(url):
        return None
    local = urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")
    candidates: list[Admin] = [Ctl()] if local else []
    candidates.append(Management(url))
    return next((admin for admin in candidates if admin.works()), None)


def _answers(url: str) -> bool:
    try:
        with Connection(url, connect_timeout=2) as connection:
            connection.ensure_connection(max_retries=1, timeout=2)
    except Exception:  # every driver fails in its own way
        return False
    return True
