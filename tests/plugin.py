"""The servers of a test session: decided here, before Django reads its settings.

Whoever sets MONGO_URI gets that server instead, with a database of its own per run.
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

# What the environment named before this run decided anything: the workers of a parallel run
# inherit the decisions of the process that starts them, and each has servers of its own.
_SERVERS = ("MONGO_URI", "MONGO_DB_NAME", "REDIS_URL", "RABBITMQ_URL")
_named = {name: os.environ.get(name, "") for name in _SERVERS}
_named = json.loads(os.environ.setdefault("PAYFLOW_TESTS_NAMED", json.dumps(_named)))
os.environ.update(_named)
# Somebody's own server, where the environment names one; the session then leaves ours alone.
EXTERNAL_MONGO = os.environ["MONGO_URI"]
FOLDER = Path(tempfile.mkdtemp(prefix="payflow-tests-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
# Quick retries: a test that waits for a retry waits a second or two.
QUICK = {"RETRY_BASE_S": "1", "VENDOR_READ_TIMEOUT_S": "3", "INBOX_GRACE_S": "3"}
# The address of a web server that the session's own parts do not have: tests that run in
# this process hand webhooks over themselves.
SERVERS = Stack(
    FOLDER / "servers", parts=("database", "valkey", "sandbox"), env=QUICK, throwaway=True
)
os.environ.update({**SERVERS.environment, "DJANGO_SETTINGS_MODULE": "payflow.settings.test"})


@pytest.fixture(scope="session")
def servers() -> Iterator[Stack]:
    """MongoDB-wire server, Valkey and sandbox, up for the whole session."""
    with SERVERS as stack:
        yield stack
