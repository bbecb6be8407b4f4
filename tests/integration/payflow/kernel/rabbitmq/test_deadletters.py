"""Dead letters on RabbitMQ: those that a task parks, and those that the broker makes."""

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
from tests.support.letters import LIVE, Desk, find_field
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
def idle_desk(desk: Desk) -> Desk:
    """The desk without a worker, and with empty queues."""
    desk.worker.stop(grace_s=10)
    desk.clear()
    return desk


def reject_message(desk: Desk) -> None:
    """Reject one message of the live queue, as a worker that cannot use it does."""
    with Connection(desk.url) as connection:
        queue = queues.live_queues(desk.url)[settings.QUEUES.index(LIVE)].bind(
            connection.default_channel
        )
        eventually(lambda: queue.get(no_ack=False)).reject(requeue=False)


def wait_for_ids(desk: Desk, count: int) -> list[str]:
    """The ids, once this number is listed: the broker takes letters back a moment later."""
    return eventually(lambda: (ids := desk.run("list").ids) and len(ids) == count and ids)


def test_a_new_broker_lists_no_dead_letters(desk: Desk) -> None:
    """Without any declared queue the command does not fail."""
    result = desk.run("list")

    assert (result.code, result.out) == (0, "There are no dead letters.\n")


def test_a_letter_of_the_broker_is_shown_and_replayed(idle_desk: Desk) -> None:
    """A rejected message is shown with the broker's reason, and becomes a task again."""
    event_id = str(ObjectId())
    letter_id = idle_desk.send(TASK, event_id=event_id)
    reject_message(idle_desk)
    [found] = wait_for_ids(idle_desk, 1)

    shown = idle_desk.run("show", letter_id)
    replayed = idle_desk.run("replay", letter_id)

    assert found == letter_id
    assert find_field(shown, "error").startswith("rejected: ")
    assert find_field(shown, "failed_at").endswith("+00:00")
    assert find_field(shown, "kwargs") == json.dumps({"event_id": event_id})
    assert replayed.code == 0
    [message] = idle_desk.take_live()
    assert message.headers["id"] == letter_id
    assert "x-death" not in message.headers
    assert message.delivery_info["routing_key"] == LIVE
    assert message.decode()[1] == {"event_id": event_id}


def test_a_letter_that_is_no_task_is_shown_and_discarded_but_not_replayed(idle_desk: Desk) -> None:
    """It is listed, shown shortened, not replayed with a reason, and discarded."""
    json_type = "application/json"
    for number, (body, content_type, task) in enumerate(
        [
            (b"\xff\x00 not a task", json_type, TASK),
            (b"[[], {}, {}]", json_type, "no.such.task"),
            (b"x" * 2_000_000, "application/octet-stream", TASK),
            (b"cos\nsystem\n", "application/x-python-serialize", TASK),
        ]
    ):
        idle_desk.bury(
            body, content_type=content_type, headers={"task": task, "id": f"junk-{number}"}
        )
    idle_desk.bury(b"no headers at all")
    named = wait_for_ids(idle_desk, 5)

    shown = idle_desk.run("show", "junk-2")
    refused = idle_desk.run("replay", "--all")
    wait_for_ids(idle_desk, 5)
    gone = idle_desk.run("discard", "--all", "--yes")

    assert named[:4] == [f"junk-{number}" for number in range(4)]
    assert find_field(shown, "body").startswith("2000000 bytes: xxx")
    assert len(shown.out) < 5_000
    assert refused.code == 1
    assert "junk-0 stays: its body is not JSON\n" in refused.out
    assert "junk-1 stays: there is no task no.such.task\n" in refused.out
    assert "junk-2 stays: its body is larger than any task's\n" in refused.out
    assert "junk-3 stays: its content is application/x-python-serialize" in refused.out
    assert gone.out == "5 discarded.\n"
    assert idle_desk.run("list").ids == []
    assert idle_desk.take_live() == []


def test_a_letter_stays_however_often_it_is_listed(idle_desk: Desk) -> None:
    """The broker counts each delivery, and drops no letter for it."""
    ids = [f"letter-{number}" for number in range(3)]
    for letter_id in ids:
        idle_desk.bury(b"[[], {}, {}]", headers={"id": letter_id, "task": TASK})
    for _ in range(RENEW_AFTER):
        hold_letters(idle_desk, 3)

    counted = hold_letters(idle_desk, 3)
    before = wait_for_ids(idle_desk, 3)
    after = hold_letters(idle_desk, 3)

    assert sorted(before) == ids
    assert min(counted) >= RENEW_AFTER
    assert max(after) < RENEW_AFTER
    assert sorted(wait_for_ids(idle_desk, 3)) == ids


def hold_letters(desk: Desk, count: int) -> list[int]:
    """Hold this number of letters and let them go. Returns how often each was delivered before."""

    def take() -> list[int]:
        with Connection(desk.url) as connection:
            queue = queues.dead_letter_queues(desk.url)[LIVE].bind(connection.default_channel)
            held = [message for _ in range(count) if (message := queue.get(no_ack=False))]
            return [message.headers["x-delivery-count"] for message in held]

    return eventually(lambda: (counts := take()) and len(counts) == count and counts)


def test_a_replay_that_dies_after_publishing_leaves_the_letter(idle_desk: Desk) -> None:
    """Killed before the acknowledgement: both the task and the letter are there,
    even if a delay lengthened the routing key.
    """
    headers = {"id": "letter", "task": TASK}
    idle_desk.bury(b'[[], {"event_id": "1"}, {}]', headers=headers, routing_key=f"0.0.1.{LIVE}")

    died = idle_desk.run("replay", "letter", PAYFLOW_FAILPOINT=f"after-publish:{TASK}")
    wait_for_ids(idle_desk, 1)
    again = idle_desk.run("replay", "--all")

    assert died.code == EXIT_CODE
    assert again.code == 0
    assert [m.headers["id"] for m in idle_desk.take_live()] == ["letter", "letter"]
    assert idle_desk.run("list").ids == []


def test_an_unavailable_broker_is_an_error(desk: Desk) -> None:
    """Exit code 1 and one sentence, as for an unknown id."""
    away = desk.run("list", RABBITMQ_URL="amqp://guest:guest@127.0.0.1:9//")
    unknown = desk.run("replay", "unknown")

    assert (away.code, unknown.code) == (1, 1)
    assert away.error.startswith("CommandError: The broker cannot be reached")
    assert "There is no dead letter unknown" in unknown.error


@pytest.fixture
def rescue(idle_desk: Desk, customer: Customer, vendor: Vendor) -> Rescue:
    idle_desk.start_worker()
    return Rescue(idle_desk, customer, vendor)


def test_a_dead_event_is_replayed_and_credited_once(rescue: Rescue) -> None:
    """Replayed twice, with a crash between: one credit."""
    rescue.let_event_die()

    rescue.replay_and_die()
    rescue.replay()

    rescue.check_credited_once()


def test_an_event_that_kills_its_workers_is_dead(idle_desk: Desk, database: None) -> None:
    """The inbox gives it up before the broker does, and no sweep publishes it again."""
    idle_desk.start_worker()
    event_id = inbox.receive(vendor="deadly", raw_body=secrets.token_bytes(8), now=clock.now())
    assert event_id is not None

    letter_id = idle_desk.send(TASK, event_id=str(event_id))

    event = eventually(
        lambda: WebhookEvent.objects(pk=event_id, status=EventStatus.DEAD).first(), within_s=90
    )
    assert event.next_attempt_at is None
    assert wait_for_ids(idle_desk, 1) == [letter_id]
    assert find_field(idle_desk.run("show", letter_id), "error").startswith("Poison: ")
