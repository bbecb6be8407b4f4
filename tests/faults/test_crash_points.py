"""A process dies at a failpoint, and all books agree. `make crashtest` plays the whole matrix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.crash import matrix
from tests.crash.crash_site import open_site
from tests.crash.flows import FLOWS, Flow
from tests.support.broker import open_vhost

pytestmark = pytest.mark.rabbitmq

# Each kind of step once, where a crash can do most harm: around a vendor, a commit, a message.
CHOSEN = {
    "settle a funding": {"before-vendor", "after-vendor", "before-commit", "after-commit",
                         "before-ack"},
    "send a transfer": {"before-vendor", "after-vendor", "after-commit"},
    "settle a transfer": {"after-notify"},
    "reverse a transfer": {"after-commit"},
    "pay by a retry": {"after-vendor"},
    "keep a second payment": {"after-commit"},
    "take back a refund": {"after-commit"},
    "freeze a chargeback": {"after-vendor"},
    "lose a chargeback": {"before-commit"},
    "requery a purchase": {"after-vendor"},
    "start a funding": {"before-vendor"},
    "receive a webhook": {"before-inbox", "after-inbox", "after-publish"},
    "request a withdrawal": {"after-hold", "before-publish"},
    "buy airtime: the hold": {"after-hold"},
    "buy airtime: the claim": {"after-commit"},
    "buy airtime: the outcome": {"before-vendor", "after-vendor", "before-commit", "after-commit"},
    "buy a data bundle": {"before-answer"},
}  # fmt: skip


def _is_chosen(flow: Flow, step: str) -> bool:
    return step.partition(":")[0] in CHOSEN[flow.name]


@pytest.mark.timeout(600)
def test_a_crash_at_each_kind_of_step_leaves_the_books_right(
    rabbitmq_server: Any, tmp_path: Path
) -> None:
    """Each customer is charged and credited once, and nothing stays open."""
    with (
        open_vhost(*rabbitmq_server) as broker,
        open_site(tmp_path, rabbitmq_url=broker.url) as site,
    ):
        staged = matrix.stage(site, _is_chosen)
        wrong = matrix.play(site, staged)

    failed = {f"{each.flow.name}, {each.step}": each.problems for each in staged if each.problems}
    assert failed == {}
    assert wrong == []
    assert {each.flow.name for each in staged} == {flow.name for flow in FLOWS}
