"""A bad network between PayFlow and each part: served, or refused with a word for it, in time.

The cases that are not here are slower, and played by `make crashtest`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.crash import network
from tests.support.broker import own_vhost

pytestmark = pytest.mark.rabbitmq

CHOSEN = [
    ("vtpass", "silent"),
    ("flutterwave", "refused"),
    ("database", "torn"),
    ("database", "silent"),
    ("broker", "silent"),
    ("valkey", "reset"),
    ("valkey", "silent"),
]


@pytest.mark.timeout(400)
def test_a_bad_network_to_each_part(rabbitmq_server: Any, tmp_path: Path) -> None:
    """No customer waits for ever or sees a stack trace; what was asked for happens once."""
    with (
        own_vhost(*rabbitmq_server) as broker,
        network.open_site(tmp_path, rabbitmq_url=broker.url) as site,
    ):
        cases, wrong = network.play(site, CHOSEN)

    failed = {f"{each.part}, {each.fault}": each.problems for each in cases if each.problems}
    assert failed == {}
    assert wrong == []
