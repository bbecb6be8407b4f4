"""The real servers: they answer inside the block, and none is left after it."""

import os
import signal
import subprocess
import sys

import psutil
import pymongo
import pytest
import redis
import requests

from dev.stack.addresses import ROOT
from dev.stack.errors import PartDied, PortTaken, ServerAbsent
from dev.stack.ports import HOST, Ports
from dev.stack.stack import Stack

SERVERS = ("database", "valkey")
# These tests start their own servers, also if the environment names others.
OWN = {"MONGO_URI": "", "REDIS_URL": "", "RABBITMQ_URL": ""}
WAIT_S = 60


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    with Stack(tmp_path_factory.mktemp("stack"), SERVERS, env=OWN) as running:
        yield running


def pids(stack):
    return [process.pid for process in stack.processes.values()]


def test_parts_answer_inside_the_block_and_are_gone_after_it(tmp_path):
    """Database, Valkey and sandbox answer as soon as the block begins; none outlives it."""
    with Stack(tmp_path, (*SERVERS, "sandbox"), env=OWN) as stack:
        with pymongo.MongoClient(stack.addresses.mongo_uri) as client:
            assert client.admin.command("hello")["isWritablePrimary"]
        with redis.Redis.from_url(stack.addresses.redis_url) as cache:
            assert cache.ping()
        assert requests.get(f"{stack.addresses.sandbox}/health", timeout=WAIT_S).ok
        started = pids(stack)

    assert len(started) == 3
    assert not any(psutil.pid_exists(pid) for pid in started)


def test_a_second_start_finds_the_data(tmp_path):
    """What the first stack on a folder committed is there for the second one."""
    for expected in (0, 1):
        with (
            Stack(tmp_path, ("database",), env=OWN) as stack,
            pymongo.MongoClient(stack.addresses.mongo_uri) as client,
        ):
            assert client["payflow"]["kept"].count_documents({}) == expected
            client["payflow"]["kept"].insert_one({})


def test_a_taken_port_starts_nothing(stack, tmp_path):
    """A stack whose port is taken is refused before any part of it has started."""
    ports = stack.addresses.ports
    late = Stack(tmp_path / "late", SERVERS, ports=ports, env=OWN)

    with pytest.raises(PortTaken, match=f"MONGO_PORT={ports.database + 1} make run"):
        late.start()

    assert not any(process.running for process in late.processes.values())
    stack.check()


def test_a_part_that_cannot_start_takes_the_others_down(tmp_path):
    """When one part dies at start, the parts that had started are stopped again."""
    (tmp_path / "data" / "valkey" / "appendonlydir").mkdir(parents=True)
    (tmp_path / "data" / "valkey" / "appendonlydir" / "appendonly.aof.manifest").write_text("?")
    stack = Stack(tmp_path, SERVERS, env=OWN)

    with pytest.raises(
        PartDied, match=r"The valkey ended with exit code 1; its log is .*valkey\.log"
    ):
        stack.start()

    assert not any(process.running for process in stack.processes.values())


def test_a_part_that_dies_later_is_noticed_and_can_be_restarted(stack):
    """A part that crashed is named by the next check, and answers again after a restart."""
    stack.processes["valkey"].kill()
    with pytest.raises(PartDied, match="The valkey was ended by signal 9"):
        stack.check()

    stack.restart("valkey")

    stack.check()
    with redis.Redis.from_url(stack.addresses.redis_url) as cache:
        assert cache.ping()


def test_a_server_named_in_the_environment_is_used_instead(stack, tmp_path):
    """With MONGO_URI set no database is started, and a throwaway database is dropped at the end."""
    uri = stack.addresses.mongo_uri
    env = {"MONGO_URI": uri, "REDIS_URL": stack.addresses.redis_url}
    with pymongo.MongoClient(uri) as client:
        with Stack(tmp_path / "guest", SERVERS, env=OWN | env, throwaway=True) as guest:
            name = guest.addresses.database
            client[name]["rows"].insert_one({})

            assert list(guest.processes) == ["valkey"]  # still the broker
            assert guest.environment["MONGO_DB_NAME"] == name != stack.addresses.database

        assert name not in client.list_database_names()


def test_an_absent_server_is_refused_by_its_variable(tmp_path, monkeypatch):
    """The refusal names MONGO_URI and does not show the password in it."""
    monkeypatch.setattr("dev.stack.stack._EXTERNAL_S", 0.2)
    uri = f"mongodb://someone:secret@{HOST}:{Ports.free().database}/"

    with pytest.raises(ServerAbsent, match="MONGO_URI is set, but no server answers") as refused:
        Stack(tmp_path, SERVERS, env=OWN | {"MONGO_URI": uri}).start()

    assert "secret" not in str(refused.value)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_parts_die_with_a_killed_supervisor(tmp_path):
    """A supervisor that is killed outright leaves none of its parts behind."""
    source = (
        "import sys, time\n"
        "from dev.stack.stack import Stack\n"
        "with Stack(sys.argv[1], sys.argv[2:]) as stack:\n"
        "    print('up', flush=True)\n"
        "    time.sleep(600)\n"
    )
    supervisor = subprocess.Popen(
        [sys.executable, "-c", source, str(tmp_path), *SERVERS],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | OWN,
    )
    with supervisor:
        assert supervisor.stdout.readline() == b"up\n"
        started = psutil.Process(supervisor.pid).children(recursive=True)

        supervisor.send_signal(signal.SIGKILL)

        _, left = psutil.wait_procs(started, timeout=WAIT_S)
    assert len(started) >= len(SERVERS)
    assert left == []
