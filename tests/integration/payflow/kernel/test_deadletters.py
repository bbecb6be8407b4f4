"""Dead letters on the embedded broker: the operator's command, and the credited wallet."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import redis

from dev.stack.stack import Stack
from payflow.kernel import queues
from payflow.kernel.failpoints import EXIT_CODE
from tests.support.letters import LIVE, Desk, find_field
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
def idle_desk(desk: Desk) -> Desk:
    """The desk without a worker, and with empty queues."""
    desk.worker.stop(grace_s=10)
    desk.clear()
    return desk


def park(desk: Desk, number: int, **headers: str) -> str:
    """Bury a letter as PayflowTask does. Returns its id."""
    letter_id = f"letter-{number}"
    noted = {"task": TASK, "id": letter_id, "error": f"ValueError: no {number}"}
    noted |= {"failed_at": "2026-01-31T10:00:00+00:00", **headers}
    desk.bury(json.dumps([[], {"event_id": str(number)}, {}]).encode(), headers=noted)
    return letter_id


def test_a_list_shows_the_oldest_letters_and_removes_none(idle_desk: Desk) -> None:
    """As many as were asked for, each with its error; all are still there afterwards."""
    ids = [park(idle_desk, number) for number in range(5)]

    few, every = idle_desk.run("list", "--limit", "3"), idle_desk.run("list")

    assert few.ids[:3] == ids[:3]
    assert "There are more" in few.out
    assert every.ids == ids
    assert f"letter-0  {LIVE}  {TASK}  2026-01-31T10:00:00  ValueError: no 0" in every.out
    assert idle_desk.run("list", "--queue", "notifications").out == "There are no dead letters.\n"


def test_show_prints_the_whole_letter(idle_desk: Desk) -> None:
    """Error, time, arguments and headers, without characters that control a terminal."""
    letter_id = park(idle_desk, 7, error="ValueError: \x1b[2J[red]boo", failed_at="just now")

    result = idle_desk.run("show", letter_id)

    assert result.code == 0
    assert find_field(result, "task") == TASK
    assert find_field(result, "kwargs") == '{"event_id": "7"}'
    assert find_field(result, "error") == "ValueError: \N{REPLACEMENT CHARACTER}[2J[red]boo"
    assert "header     id: letter-7" in result.out


def test_a_replayed_letter_is_on_the_live_queue(idle_desk: Desk) -> None:
    """It has its id, arguments and request id, and is no dead letter any more."""
    kept, replayed = park(idle_desk, 1), park(idle_desk, 2, request_id="abc123")

    result = idle_desk.run("replay", replayed)

    assert (result.code, result.out) == (0, f"{replayed} replayed: {TASK} on {LIVE}\n")
    [message] = idle_desk.take_live()
    assert message.headers["id"] == message.properties["correlation_id"] == replayed
    assert (message.headers["task"], message.headers["retries"]) == (TASK, 0)
    assert message.headers["request_id"] == "abc123"
    assert message.decode()[:2] == [[], {"event_id": "2"}]
    assert idle_desk.run("list").ids == [kept]


def test_replay_all_keeps_letters_that_are_no_task(idle_desk: Desk) -> None:
    """Each of them is named with its reason; the command exits with 1."""
    good = [park(idle_desk, number) for number in range(3)]
    park(idle_desk, 7, task="no.such.task")
    park(idle_desk, 8, task="celery.backend_cleanup")
    idle_desk.bury(b"[[1], {}, {}]", headers={"task": TASK, "id": "odd"})
    idle_desk.bury(b"\xff\x00 not a task")
    good.append(park(idle_desk, 9))

    result = idle_desk.run("replay", "--all")

    assert result.code == 1
    assert "4 cannot be replayed" in result.error
    assert [m.headers["id"] for m in idle_desk.take_live()] == good
    assert "letter-7 stays: there is no task no.such.task\n" in result.out
    assert "letter-8 stays: there is no task celery.backend_cleanup\n" in result.out
    assert f"odd stays: its arguments do not fit {TASK}:" in result.out
    assert " stays: its body is not JSON\n" in result.out
    assert len(idle_desk.run("list").ids) == 4


def test_a_discarded_letter_is_gone(idle_desk: Desk) -> None:
    """One by its id; all of a queue only with a second option; other queues keep theirs."""
    ids = [park(idle_desk, number) for number in range(3)]
    idle_desk.bury(b"{}", name="notifications", headers={"id": "other"})

    one = idle_desk.run("discard", ids[1])
    refused = idle_desk.run("discard", "--all", "--queue", LIVE)
    left = idle_desk.run("list").ids
    rest = idle_desk.run("discard", "--all", "--queue", LIVE, "--yes")

    assert (one.code, one.out) == (0, "1 discarded.\n")
    assert refused.code == 1
    assert "--yes" in refused.error
    assert left == [ids[0], ids[2], "other"]
    assert rest.out == "2 discarded.\n"
    assert idle_desk.run("list").ids == ["other"]
    assert idle_desk.take_live() == []


@pytest.mark.parametrize("action", ["show", "replay", "discard"])
def test_an_unknown_id_is_an_error(idle_desk: Desk, action: str) -> None:
    """Exit code 1 and one sentence; the letters stay."""
    letter_id = park(idle_desk, 1)

    result = idle_desk.run(action, "unknown")

    assert result.code == 1
    assert "There is no dead letter unknown" in result.error
    assert idle_desk.run("list").ids == [letter_id]


def test_an_unavailable_broker_is_an_error(desk: Desk) -> None:
    """Exit code 1 and one sentence."""
    result = desk.run("list", RABBITMQ_URL="redis://127.0.0.1:9/0")

    assert result.code == 1
    assert result.error.startswith("CommandError: The broker cannot be reached")


def test_a_letter_that_kombu_did_not_write_can_be_shown_and_discarded(idle_desk: Desk) -> None:
    """It hides no other letter."""
    with redis.Redis.from_url(idle_desk.url) as client:
        for item in (b"\xff\xfe", b"{}", b"[]", b'{"properties": {}, "body": "%"}'):
            client.lpush(f"{LIVE}.dead", item)
    letter_id = park(idle_desk, 1)

    listed = idle_desk.run("list").ids
    replayed = idle_desk.run("replay", listed[0])
    for garbage in listed[:4]:
        idle_desk.run("discard", garbage)

    assert len(set(listed)) == 5
    assert replayed.code == 1
    assert "and not JSON" in replayed.out
    assert idle_desk.run("list").ids == [letter_id]


def test_a_walk_over_250_letters_sees_each_once(idle_desk: Desk) -> None:
    """Every second letter is removed during the walk."""
    for number in range(250):
        task = TASK if number % 2 else "no.such.task"
        park(idle_desk, number, task=task)

    result = idle_desk.run("replay", "--all")

    assert result.code == 1
    assert len(idle_desk.take_live()) == 125
    left = idle_desk.run("list", "--limit", "1000").ids
    assert left == [f"letter-{number}" for number in range(0, 250, 2)]


def test_a_replay_that_dies_after_publishing_leaves_the_letter(idle_desk: Desk) -> None:
    """Both the task and the letter are there; a second replay removes the letter."""
    letter_id = park(idle_desk, 1)

    died = idle_desk.run("replay", letter_id, PAYFLOW_FAILPOINT=f"after-publish:{TASK}")
    again = idle_desk.run("replay", letter_id)

    assert died.code == EXIT_CODE
    assert again.code == 0
    assert [m.headers["id"] for m in idle_desk.take_live()] == [letter_id, letter_id]
    assert idle_desk.run("list").ids == []


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


def test_a_replay_that_fails_again_is_a_dead_letter_again(rescue: Rescue) -> None:
    """The vendor is still unavailable: the event is DEAD with the new error."""
    rescue.let_event_die()

    rescue.fail_again()

    rescue.check_dead_again()
