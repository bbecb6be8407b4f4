"""Dead letters on the embedded broker, from the operator's command to the credited wallet."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import redis

from dev.stack.stack import Stack
from payflow.kernel import queues
from payflow.kernel.failpoints import EXIT_CODE
from tests.support.letters import LIVE, Desk, field
from tests.support.people import Customer
from tests.support.rescue import TASK, Rescue
from tests.support.vendor import Vendor


@pytest.fixture(scope="module")
def desk(servers: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    url = servers.addresses.broker_url
    if queues.is_rabbitmq(url):
        pytest.skip("RABBITMQ_URL names another broker")
    desk = Desk(url, servers.environment, tmp_path_factory.mktemp("desk"), here=True)
    yield desk
    desk.worker.stop(grace_s=10)


@pytest.fixture
def alone(desk: Desk) -> Desk:
    """Without a worker, and with nothing in any queue."""
    desk.worker.stop(grace_s=10)
    desk.clear()
    return desk


def parked(desk: Desk, number: int, **headers: str) -> str:
    """A letter as PayflowTask parks it; its id."""
    letter_id = f"letter-{number}"
    noted = {"task": TASK, "id": letter_id, "error": f"ValueError: no {number}"}
    noted |= {"failed_at": "2026-01-31T10:00:00+00:00", **headers}
    desk.bury(json.dumps([[], {"event_id": str(number)}, {}]).encode(), headers=noted)
    return letter_id


def test_a_list_shows_the_oldest_and_takes_nothing(alone: Desk) -> None:
    """As many as asked for, each with its story; all of them are still there afterwards."""
    ids = [parked(alone, number) for number in range(5)]

    few, every = alone.run("list", "--limit", "3"), alone.run("list")

    assert few.ids[:3] == ids[:3]
    assert "There are more" in few.out
    assert every.ids == ids
    assert f"letter-0  {LIVE}  {TASK}  2026-01-31T10:00:00  ValueError: no 0" in every.out
    assert alone.run("list", "--queue", "notifications").out == "There are no dead letters.\n"


def test_one_is_shown_with_everything(alone: Desk) -> None:
    """Error, time, arguments and headers; what could play tricks on a terminal does not."""
    letter_id = parked(alone, 7, error="ValueError: \x1b[2J[red]boo", failed_at="just now")

    said = alone.run("show", letter_id)

    assert said.code == 0
    assert field(said, "task") == TASK
    assert field(said, "kwargs") == '{"event_id": "7"}'
    assert field(said, "error") == "ValueError: \N{REPLACEMENT CHARACTER}[2J[red]boo"
    assert "header     id: letter-7" in said.out


def test_a_replayed_letter_is_a_task_again(alone: Desk) -> None:
    """It is on the live queue with its id, its arguments and its request's id, and here no more."""
    kept, replayed = parked(alone, 1), parked(alone, 2, request_id="abc123")

    said = alone.run("replay", replayed)

    assert (said.code, said.out) == (0, f"{replayed} replayed: {TASK} on {LIVE}\n")
    [message] = alone.waiting()
    assert message.headers["id"] == message.properties["correlation_id"] == replayed
    assert (message.headers["task"], message.headers["retries"]) == (TASK, 0)
    assert message.headers["request_id"] == "abc123"
    assert message.decode()[:2] == [[], {"event_id": "2"}]
    assert alone.run("list").ids == [kept]


def test_all_are_replayed_but_what_is_no_task(alone: Desk) -> None:
    """Each that cannot be one is named with its reason and stays; the command exits with 1."""
    good = [parked(alone, number) for number in range(3)]
    parked(alone, 7, task="no.such.task")
    parked(alone, 8, task="celery.backend_cleanup")
    alone.bury(b"[[1], {}, {}]", headers={"task": TASK, "id": "odd"})
    alone.bury(b"\xff\x00 not a task")
    good.append(parked(alone, 9))

    said = alone.run("replay", "--all")

    assert said.code == 1
    assert "4 cannot be replayed" in said.error
    assert [m.headers["id"] for m in alone.waiting()] == good
    assert "letter-7 stays: there is no task no.such.task\n" in said.out
    assert "letter-8 stays: there is no task celery.backend_cleanup\n" in said.out
    assert f"odd stays: its arguments do not fit {TASK}" in said.out
    assert " stays: its body is not JSON\n" in said.out
    assert len(alone.run("list").ids) == 4


def test_discarded_is_gone(alone: Desk) -> None:
    """One by its id; all of a queue only when that is said twice; the other queues' stay."""
    ids = [parked(alone, number) for number in range(3)]
    alone.bury(b"{}", name="notifications", headers={"id": "other"})

    one = alone.run("discard", ids[1])
    refused = alone.run("discard", "--all", "--queue", LIVE)
    left = alone.run("list").ids
    rest = alone.run("discard", "--all", "--queue", LIVE, "--yes")

    assert (one.code, one.out) == (0, "1 discarded.\n")
    assert refused.code == 1
    assert "--yes" in refused.error
    assert left == [ids[0], ids[2], "other"]
    assert rest.out == "2 discarded.\n"
    assert alone.run("list").ids == ["other"]
    assert alone.waiting() == []


@pytest.mark.parametrize("action", ["show", "replay", "discard"])
def test_an_unknown_id_is_told_as_such(alone: Desk, action: str) -> None:
    """Exit code 1 and one sentence; what is there stays."""
    letter_id = parked(alone, 1)

    said = alone.run(action, "nobody")

    assert said.code == 1
    assert "There is no dead letter nobody" in said.error
    assert alone.run("list").ids == [letter_id]


def test_a_broker_that_is_away_is_told_as_such(desk: Desk) -> None:
    """Exit code 1 and one sentence."""
    said = desk.run("list", RABBITMQ_URL="redis://127.0.0.1:9/0")

    assert said.code == 1
    assert said.error.startswith("CommandError: The broker cannot be reached")


def test_what_kombu_did_not_write_is_shown_and_can_be_discarded(alone: Desk) -> None:
    """Garbage in the list neither hides the letters behind it nor stays for ever."""
    with redis.Redis.from_url(alone.url) as client:
        for item in (b"\xff\xfe", b"{}", b"[]", b'{"properties": {}, "body": "%"}'):
            client.lpush(f"{LIVE}.dead", item)
    letter_id = parked(alone, 1)

    listed = alone.run("list").ids
    replayed = alone.run("replay", listed[0])
    for garbage in listed[:4]:
        alone.run("discard", garbage)

    assert len(set(listed)) == 5
    assert replayed.code == 1
    assert "and not JSON" in replayed.out
    assert alone.run("list").ids == [letter_id]


def test_more_letters_than_are_read_at_once(alone: Desk) -> None:
    """Of 250 each is seen once while every other one is taken away on the walk."""
    for number in range(250):
        task = TASK if number % 2 else "no.such.task"
        parked(alone, number, task=task)

    said = alone.run("replay", "--all")

    assert said.code == 1
    assert len(alone.waiting()) == 125
    left = alone.run("list", "--limit", "1000").ids
    assert left == [f"letter-{number}" for number in range(0, 250, 2)]


def test_a_process_that_dies_after_publishing_leaves_the_letter(alone: Desk) -> None:
    """Killed before the letter is removed: both are there, and a second replay ends it."""
    letter_id = parked(alone, 1)

    died = alone.run("replay", letter_id, PAYFLOW_FAILPOINT=f"after-publish:{TASK}")
    again = alone.run("replay", letter_id)

    assert died.code == EXIT_CODE
    assert again.code == 0
    assert [m.headers["id"] for m in alone.waiting()] == [letter_id, letter_id]
    assert alone.run("list").ids == []


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


def test_a_replay_that_fails_again_ends_where_it_was(rescue: Rescue) -> None:
    """The vendor is still away: the event is DEAD with the new story, its letter is back."""
    rescue.give_up()

    rescue.fail_again()

    rescue.check_dead_again()
