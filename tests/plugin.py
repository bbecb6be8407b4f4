"""Decides the servers of a test session, before Django reads its settings.

If the environment names a MongoDB (MONGO_URI), each run makes a new database there instead.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dev.stack.stack import Stack

# The servers that the environment named at first. The workers of a parallel run inherit the
# environment of the process that starts them, but each must start its own servers.
_SERVERS = ("MONGO_URI", "MONGO_DB_NAME", "REDIS_URL", "RABBITMQ_URL")
_named = {name: os.environ.get(name, "") for name in _SERVERS}
_named = json.loads(os.environ.setdefault("PAYFLOW_TESTS_NAMED", json.dumps(_named)))
os.environ.update(_named)
# The server that the environment names, if any; the session then starts none.
EXTERNAL_MONGO = os.environ["MONGO_URI"]
FOLDER = Path(tempfile.mkdtemp(prefix="payflow-tests-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
# Short waits: a test that needs a retry waits a second or two.
QUICK = {"RETRY_BASE_S": "1", "VENDOR_READ_TIMEOUT_S": "3", "INBOX_GRACE_S": "3"}
# Tests call from more threads than a web server has; one test is about this bound.
QUICK |= {"VENDOR_CONCURRENCY": "200"}
# There is no web server: tests in this process deliver webhooks themselves.
SERVERS = Stack(
    FOLDER / "servers", parts=("database", "valkey", "sandbox"), env=QUICK, throwaway=True
)
os.environ.update({**SERVERS.environment, "DJANGO_SETTINGS_MODULE": "payflow.settings.test"})


@pytest.fixture(scope="session")
def servers() -> Iterator[Stack]:
    """MongoDB-wire server, Valkey and sandbox, up for the whole session."""
    with SERVERS as stack:
        yield stack
