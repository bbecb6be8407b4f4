"""How RabbitMQ delivers our messages, and what our workers do with them."""

from __future__ import annotations

import secrets
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from celery import Celery
from django.conf import settings
from kombu.exceptions import OperationalError

from dev.stack.addresses import ROOT
from dev.stack.process import Process
from dev.stack.stack import Stack
from payflow.kernel import queues
from tests.support.broker import Broker
from tests.support.waiting import eventually

pytestmark = pytest.mark.rabbitmq


@pytest.fixture(scope="module")
def start_worker(
    rabbitmq: Broker, servers: Stack, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Process]]:
    """Starts workers on RabbitMQ that have the drill tasks."""
    started: list[Process] = []

    def start() -> Process:
        process = Process(
            f"worker-{len(started)}",
            [
                *(sys.executable, "-m", "celery", "-A", "tests.support.drill", "worker"),
                *("--concurrency", "1", "--loglevel", "INFO", "-n", f"drill{len(started)}@%h"),
            ],
            log=tmp_path_factory.mktemp("drill") / "worker.log",
            environment={
                **servers.environment,
                "DJANGO_SETTINGS_MODULE": "payflow.settings.test",
                "RABBITMQ_URL": rabbitmq.url,
                "LOG_LEVEL": "INFO",
            },
            folder=Path(ROOT),
        )
        started.append(process)
        process.start()
        process.wait_until(lambda: process.said(" ready."), wait_s=30)
        return process

    yield start
    for process in started:
        process.stop(grace_s=10)


@pytest.fixture(scope="module")
def worker(start_worker: Callable[[], Process]) -> Process:
    return start_worker()


class Drill:
    """Publishes drill tasks, and reads what they wrote."""

    def __init__(self, url: str, redis_url: str) -> None:
        self._redis = redis.Redis.from_url(redis_url, decode_responses=True)
        self._celery = Celery("drill", broker=url)
        self._celery.conf.update(
            task_queues=queues.live(url),
            task_ignore_result=True,
            broker_transport_options={"confirm_publish": True},
        )
        self._redis.delete("drill")

    def send(self, task: str, **kwargs: Any) -> str:
        """Publish one; its name, which is in what it notes."""
        name = secrets.token_hex(4)
        self._celery.send_task(
            f"notifications.drill_{task}", kwargs={"name": name, **kwargs}, queue="notifications"
        )
        return name

    def times(self, what: str) -> list[float]:
        """When this was noted, in order."""
        rows = [row.split() for row in self._redis.lrange("drill", 0, -1)]
        return [float(at) for noted, at in rows if noted == what]

    def wait(self, what: str, times: int = 1) -> list[float]:
        return eventually(lambda: (t := self.times(what)) and len(t) >= times and t)


@pytest.fixture
def drill(rabbitmq: Broker, servers: Stack) -> Drill:
    return Drill(rabbitmq.url, servers.addresses.redis_url)


def test_every_queue_is_a_quorum_queue_with_a_dead_letter_queue(
    rabbitmq: Broker, worker: Process
) -> None:
    """On topic exchanges, with a delivery limit."""
    found, bindings = rabbitmq.queues(), rabbitmq.bindings()

    for name in settings.QUEUES:
        live, dead = found[name], found[f"{name}.dead"]
        assert live["type"] == dead["type"] == "quorum"
        assert live["arguments"]["x-delivery-limit"] == queues.DELIVERY_LIMIT
        assert live["arguments"]["x-dead-letter-exchange"] == "payflow.dead"
        assert ("payflow", name, name) in bindings
        assert ("payflow.dead", f"#.{name}", f"{name}.dead") in bindings
    assert rabbitmq.exchanges()["payflow"] == "topic"
    assert rabbitmq.exchanges()["payflow.dead"] == "topic"


def test_a_retry_waits_for_its_countdown(drill: Drill, worker: Process) -> None:
    """The task comes back no sooner, and other tasks run meanwhile."""
    waiting = drill.send("wait", countdown=3)
    drill.wait(f"{waiting}:0")
    other = drill.send("note")

    [again] = drill.wait(f"{waiting}:1")

    [first], [meanwhile] = drill.times(f"{waiting}:0"), drill.times(other)
    assert again - first >= 2.9
    assert first < meanwhile < again


def test_a_task_without_retries_left_is_a_dead_letter(
    drill: Drill, worker: Process, rabbitmq: Broker
) -> None:
    """It has its error with it; other tasks go on."""
    rabbitmq.dead_letters("notifications")
    failing = drill.send("fail")
    drill.wait(failing, times=2)
    fine = drill.send("note")
    drill.wait(fine)

    [letter] = eventually(lambda: rabbitmq.dead_letters("notifications"))

    assert letter.headers["task"] == "notifications.drill_fail"
    assert letter.headers["error"] == f"ValueError: {failing} always fails"
    assert letter.decode()[1] == {"name": failing}


def test_poison_is_not_retried(drill: Drill, worker: Process, rabbitmq: Broker) -> None:
    """It is a dead letter after the first attempt."""
    rabbitmq.dead_letters("notifications")
    poison = drill.send("poison")

    [letter] = eventually(lambda: rabbitmq.dead_letters("notifications"))

    assert letter.decode()[1] == {"name": poison}
    assert len(drill.times(poison)) == 1


def test_a_task_whose_worker_died_runs_again(drill: Drill, worker: Process) -> None:
    """The message of a killed child process is delivered again."""
    name = drill.send("die_once")

    assert len(drill.wait(name, times=2)) == 2


def test_a_message_that_kills_every_worker_is_a_dead_letter(
    drill: Drill, worker: Process, rabbitmq: Broker
) -> None:
    """The broker parks it at the delivery limit; other tasks go on."""
    rabbitmq.dead_letters("notifications")
    deadly = drill.send("die")

    [letter] = eventually(lambda: rabbitmq.dead_letters("notifications"), within_s=90)

    assert letter.headers["x-death"][0]["reason"] == "delivery_limit"
    assert len(drill.times(deadly)) == queues.DELIVERY_LIMIT + 1
    drill.wait(drill.send("note"))


@pytest.mark.parametrize(
    ("body", "content_type", "headers"),
    [
        (b"\xff\x00 not a task", "application/json", {}),
        (b"[[], {}, {}]", "application/json", {"task": "no.such.task", "id": "1"}),
        (b"x" * 2_000_000, "application/octet-stream", {"task": "t", "id": "2"}),
        (b"cos\nsystem\n", "application/x-python-serialize", {"task": "t", "id": "3"}),
    ],
    ids=["unparsable", "unknown", "huge", "pickle"],
)
def test_a_message_that_is_no_task_does_not_stop_the_queue(
    drill: Drill,
    worker: Process,
    rabbitmq: Broker,
    body: bytes,
    content_type: str,
    headers: dict[str, str],
) -> None:
    """The task behind it runs."""
    with rabbitmq.connection() as connection:
        connection.Producer().publish(
            body,
            exchange="payflow",
            routing_key="notifications",
            content_type=content_type,
            content_encoding="utf-8",
            headers=headers,
        )

    drill.wait(drill.send("note"))
    assert worker.running


def test_a_graceful_stop_finishes_the_running_task(
    drill: Drill, start_worker: Callable[[], Process], worker: Process
) -> None:
    """SIGTERM: no new task starts, and the running task runs once."""
    worker.stop(grace_s=10)
    second = start_worker()
    name = drill.send("slow", lasts_s=2)
    drill.wait(f"{name}:begun")

    second.signal(signal.SIGTERM)
    eventually(lambda: not second.running)

    assert len(drill.times(f"{name}:done")) == 1
    assert len(drill.times(f"{name}:begun")) == 1


def test_publishing_to_an_unavailable_broker_raises(servers: Stack) -> None:
    """A publish that is not confirmed is an error."""
    away = Drill("amqp://guest:guest@127.0.0.1:9//", servers.addresses.redis_url)

    with pytest.raises(OperationalError):
        away.send("note")
