"""Dead letters on RabbitMQ: those that we park, and those that the broker does by itself."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator

import pytest
from bson import ObjectId
from django.conf import settings
from kombu import Connection

from dev.stack.stack import Stack
from payflow.kernel import clock, queues
from payflow.kernel.deadletters.brokers import RENEW_AFTER
from payflow.kernel.failpoints import EXIT_CODE
from tests.support.broker import Broker
from tests.support.letters import LIVE, Desk, field
from tests.support.people import Customer
from tests.support.rescue import TASK, Rescue
from tests.support.vendor import Vendor
from tests.support.waiting import eventually
from wallets.inbox import services as inbox
from wallets.inbox.documents import EventStatus, WebhookEvent

pytestmark = pytest.mark.rabbitmq


@pytest.fixture(scope="module")
def desk(
    rabbitmq: Broker, servers: Stack, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    desk = Desk(rabbitmq.url, servers.environment, tmp_path_factory.mktemp("desk"))
    yield desk
    desk.worker.stop(grace_s=10)


@pytest.fixture
def alone(desk: Desk) -> Desk:
    """Without a worker, and with nothing in any queue."""
    desk.worker.stop(grace_s=10)
    desk.clear()
    return desk


def refuse(desk: Desk) -> None:
    """Take one message from the live queue as a worker that cannot use it."""
    with Connection(desk.url) as connection:
        queue = queues.live_queues(desk.url)[settings.QUEUES.index(LIVE)].bind(
            connection.default_channel
        )
        eventually(lambda: queue.get(no_ack=False)).reject(requeue=False)


def listed(desk: Desk, count: int) -> list[str]:
    """The ids, once there are so many: the broker takes letters back a moment later."""
    return eventually(lambda: (ids := desk.run("list").ids) and len(ids) == count and ids)


def test_a_fresh_broker_has_no_dead_letters(desk: Desk) -> None:
    """Before any worker declared a queue there is nothing to list, and nothing fails."""
    said = desk.run("list")

    assert (said.code, said.out) == (0, "There are no dead letters.\n")


def test_what_the_broker_dead_letters_is_shown_and_replayed(alone: Desk) -> None:
    """A refused message is told with the broker's reason and is a task again."""
    event_id = str(ObjectId())
    letter_id = alone.send(TASK, event_id=event_id)
    refuse(alone)
    [found] = listed(alone, 1)

    shown = alone.run("show", letter_id)
    replayed = alone.run("replay", letter_id)

    assert found == letter_id
    assert field(shown, "error").startswith("rejected: ")
    assert field(shown, "failed_at").endswith("+00:00")
    assert field(shown, "kwargs") == json.dumps({"event_id": event_id})
    assert replayed.code == 0
    [message] = alone.waiting()
    assert message.headers["id"] == letter_id
    assert "x-death" not in message.headers
    assert message.delivery_info["routing_key"] == LIVE
    assert message.decode()[1] == {"event_id": event_id}


def test_what_is_no_task_is_shown_and_discarded_but_not_replayed(alone: Desk) -> None:
    """It is listed, shown no longer than a screen, refused with its reason, and can go."""
    json_type = "application/json"
    for number, (body, content_type, task) in enumerate(
        [
            (b"\xff\x00 not a task", json_type, TASK),
            (b"[[], {}, {}]", json_type, "no.such.task"),
            (b"x" * 2_000_000, "application/octet-stream", TASK),
            (b"cos\nsystem\n", "application/x-python-serialize", TASK),
        ]
    ):
        alone.bury(body, content_type=content_type, headers={"task": task, "id": f"junk-{number}"})
    alone.bury(b"no headers at all")
    named = listed(alone, 5)

    shown = alone.run("show", "junk-2")
    refused = alone.run("replay", "--all")
    listed(alone, 5)
    gone = alone.run("discard", "--all", "--yes")

    assert named[:4] == [f"junk-{number}" for number in range(4)]
    assert field(shown, "body").startswith("2000000 bytes: xxx")
    assert len(shown.out) < 5_000
    assert refused.code == 1
    assert "junk-0 stays: its body is not JSON\n" in refused.out
    assert "junk-1 stays: there is no task no.such.task\n" in refused.out
    assert "junk-2 stays: its body is larger than any task's\n" in refused.out
    assert "junk-3 stays: its content is application/x-python-serialize" in refused.out
    assert gone.out == "5 discarded.\n"
    assert alone.run("list").ids == []
    assert alone.waiting() == []


def test_however_often_letters_are_looked_at_they_stay(alone: Desk) -> None:
    """The broker counts each look and may drop what it handed out too often: it never is."""
    ids = [f"letter-{number}" for number in range(3)]
    for letter_id in ids:
        alone.bury(b"[[], {}, {}]", headers={"id": letter_id, "task": TASK})
    for _ in range(RENEW_AFTER):
        look(alone, 3)

    counted = look(alone, 3)
    before = listed(alone, 3)
    after = look(alone, 3)

    assert sorted(before) == ids
    assert min(counted) >= RENEW_AFTER
    assert max(after) < RENEW_AFTER
    assert sorted(listed(alone, 3)) == ids


def look(desk: Desk, count: int) -> list[int]:
    """Hold so many letters and let them go: how often each had been handed out before."""

    def take() -> list[int]:
        with Connection(desk.url) as connection:
            queue = queues.dead_letter_queues(desk.url)[LIVE].bind(connection.default_channel)
            held = [message for _ in range(count) if (message := queue.get(no_ack=False))]
            return [message.headers["x-delivery-count"] for message in held]

    return eventually(lambda: (counts := take()) and len(counts) == count and counts)


def test_a_process_that_dies_after_publishing_leaves_the_letter(alone: Desk) -> None:
    """Killed before the acknowledgement: the broker has the letter back, and the task too.

    A routing key that a delay made longer does not matter.
    """
    headers = {"id": "letter", "task": TASK}
    alone.bury(b'[[], {"event_id": "1"}, {}]', headers=headers, routing_key=f"0.0.1.{LIVE}")

    died = alone.run("replay", "letter", PAYFLOW_FAILPOINT=f"after-publish:{TASK}")
    listed(alone, 1)
    again = alone.run("replay", "--all")

    assert died.code == EXIT_CODE
    assert again.code == 0
    assert [m.headers["id"] for m in alone.waiting()] == ["letter", "letter"]
    assert alone.run("list").ids == []


def test_a_broker_that_is_away_is_told_as_such(desk: Desk) -> None:
    """Exit code 1 and one sentence, and the same for an id that nobody has."""
    away = desk.run("list", RABBITMQ_URL="amqp://guest:guest@127.0.0.1:9//")
    unknown = desk.run("replay", "nobody")

    assert (away.code, unknown.code) == (1, 1)
    assert away.error.startswith("CommandError: The broker cannot be reached")
    assert "There is no dead letter nobody" in unknown.error


@pytest.fixture
def rescue(alone: Desk, customer: Customer, vendor: Vendor) -> Rescue:
    alone.start_worker()
    return Rescue(alone, customer, vendor)


def test_a_dead_event_is_replayed_and_credited_once(rescue: Rescue) -> None:
    """Given up while the vendor was away; replayed twice, with a death between: one credit."""
    rescue.give_up()

    rescue.replay_and_die()
    rescue.replay()

    rescue.check_credited_once()


def test_an_event_that_kills_its_workers_is_dead(alone: Desk, database: None) -> None:
    """It is given up before the broker does so: the inbox knows, and no sweep brings it back."""
    alone.start_worker()
    event_id = inbox.receive(vendor="deadly", raw_body=secrets.token_bytes(8), now=clock.now())
    assert event_id is not None

    letter_id = alone.send(TASK, event_id=str(event_id))

    event = eventually(
        lambda: WebhookEvent.objects(pk=event_id, status=EventStatus.DEAD).first(), within_s=90
    )
    assert event.next_attempt_at is None
    assert listed(alone, 1) == [letter_id]
    assert field(alone.run("show", letter_id), "error").startswith("Poison: ")
