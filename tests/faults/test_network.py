"""A bad network between PayFlow and each part. `make crashtest` plays the other, slower cases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.crash import network
from tests.support.broker import open_vhost

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
def test_every_request_over_a_bad_network_is_answered_in_time_and_settled_once(
    rabbitmq_server: Any, tmp_path: Path
) -> None:
    """Each answer is a success or a documented error; each repeated request is settled once."""
    with (
        open_vhost(*rabbitmq_server) as broker,
        network.open_site(tmp_path, rabbitmq_url=broker.url) as site,
    ):
        cases, wrong = network.play(site, CHOSEN)

    failed = {f"{each.part}, {each.fault}": each.problems for each in cases if each.problems}
    assert failed == {}
    assert wrong == []
