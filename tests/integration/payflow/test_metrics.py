"""GET /metrics: the counters, the backlogs, and which parts are up."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId
from celery import current_app
from celery.exceptions import Retry
from django.conf import settings
from django.test import Client
from kombu import Connection
from prometheus_client.parser import text_string_to_metric_families
from pymongo import MongoClient

from payflow import metrics
from payflow.kernel import clock, deadletters
from payflow.kernel.redis_client import client
from payflow.kernel.tasks import Poison
from tests.support.people import Customer
from wallets.funding.kinds import FundingCase
from wallets.inbox import services as inbox
from wallets.inbox.documents import EventStatus, WebhookEvent
from wallets.inbox.tasks import process_webhook_event
from wallets.ledger.documents import Transaction
from wallets.review import services as review
from wallets.review.documents import ReviewCase

pytestmark = pytest.mark.usefixtures("db")
TASK = "wallets.process_webhook_event"


def scrape(path: str = "/metrics", **headers: str) -> dict[tuple[str, str], float]:
    """The value of each sample, by its name and its first label."""
    answer = Client().get(path, headers=headers)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


@pytest.fixture(autouse=True)
def this_broker(servers: Any) -> None:
    """An earlier test may have set another application as current."""
    from celery_app import app

    app.set_current()


@pytest.mark.parametrize("path", ["/metrics", "/api/v1/metrics"])
@pytest.mark.parametrize(
    "accept", ["*/*", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5", "image/png"]
)
def test_metrics_has_every_part_at_both_addresses(path: str, accept: str) -> None:
    """In the text format, whatever the scraper accepts, with every part up."""
    found = scrape(path, accept=accept)

    assert up(found) == {"database": 1, "broker": 1, "redis": 1}
    assert {kind for name, kind in found if name == "payflow_dead_letters"} == set(settings.QUEUES)


def test_backlogs_are_counted(customer: Customer) -> None:
    """A new event, a dead event, a funding and a review case add one each."""
    before = scrape()
    funding = customer.fund()
    events = [
        inbox.receive(vendor="x", raw_body=secrets.token_bytes(8), now=clock.now())
        for _ in range(2)
    ]
    inbox.record_failure(event_id=events[1], error="no", next_attempt_at=None)
    transaction = customer.transaction(funding["tx_ref"])
    review.open_case(FundingCase.OVERPAID, transaction, vendor_id="", evidence={}, now=clock.now())

    after = scrape()

    grown = {key: after[key] - before.get(key, 0) for key in after}
    assert grown["payflow_inbox_events", "RECEIVED"] == 1
    assert grown["payflow_inbox_events", "DEAD"] == 1
    assert grown["payflow_inbox_events_given_up_total", ""] == 1
    assert grown["payflow_transactions_pending", "FUNDING"] == 1
    assert grown["payflow_transactions_pending", "WITHDRAWAL"] == 0
    assert grown["payflow_review_cases_open", ""] == 1
    assert after["payflow_oldest_pending_seconds", "transaction"] > 0
    assert after["payflow_oldest_pending_seconds", "event"] > 0


def test_a_backlog_is_counted_up_to_a_limit(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A larger backlog shows the limit."""
    monkeypatch.setattr(metrics, "MAX_COUNT", 2)
    for _ in range(3):
        funding = customer.fund()
        inbox.receive(vendor="x", raw_body=secrets.token_bytes(8), now=clock.now())
        transaction = customer.transaction(funding["tx_ref"])
        review.open_case(
            FundingCase.OVERPAID, transaction, vendor_id="", evidence={}, now=clock.now()
        )

    found = scrape()

    assert found["payflow_inbox_events", "RECEIVED"] == 2
    assert found["payflow_review_cases_open", ""] == 2
    pending = [n for (name, _), n in found.items() if name == "payflow_transactions_pending"]
    assert sum(pending) == 2


def test_a_dead_task_is_in_the_counters_and_in_the_depth(customer: Customer) -> None:
    """So are its replay and its discarding."""
    deadletters.discard()
    before = scrape()
    ids = [str(ObjectId()) for _ in range(2)]
    for task_id in ids:
        process_webhook_event.on_failure(Poison("no"), task_id, [], {"event_id": task_id}, None)
    dead = scrape()

    deadletters.replay(ids[0])
    deadletters.discard(ids[1])
    after = scrape()

    def grown(name: str, label: str) -> list[float]:
        first = before.get((name, label), 0)
        return [found.get((name, label), 0) - first for found in (dead, after)]

    assert grown("payflow_tasks_given_up_total", "wallet.events") == [2, 2]
    assert grown("payflow_dead_letters", "wallet.events") == [2, 0]
    assert grown("payflow_dead_letters_replayed_total", "wallet.events") == [0, 1]
    assert grown("payflow_dead_letters_discarded_total", "wallet.events") == [0, 1]


def test_a_retry_is_counted() -> None:
    """Each attempt that is retried adds one for its task."""
    before = scrape().get(("payflow_tasks_retried_total", TASK), 0)

    process_webhook_event.on_retry(Retry(), "id", [], {"event_id": str(ObjectId())}, None)

    assert scrape()["payflow_tasks_retried_total", TASK] == before + 1


def test_without_redis_the_other_metrics_are_there(settings: Any) -> None:
    """200; the counters are missing, and payflow_up says why."""
    settings.REDIS_URL = "redis://127.0.0.1:9/0"

    found = scrape()

    assert up(found) == {"database": 1, "broker": 1, "redis": 0}
    assert ("payflow_inbox_events_given_up_total", "") not in found
    assert ("payflow_review_cases_open", "") in found


def test_without_the_broker_the_other_metrics_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """200; the queue depths are missing, and payflow_up says why."""
    monkeypatch.setattr(
        current_app,
        "connection_for_write",
        lambda **_: Connection("redis://127.0.0.1:9/0", connect_timeout=1),
    )

    found = scrape()

    assert up(found) == {"database": 1, "broker": 0, "redis": 1}
    assert ("payflow_dead_letters", "wallet.events") not in found
    assert ("payflow_inbox_events_given_up_total", "") in found


def test_without_the_database_the_other_metrics_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """200; the backlogs are missing, and payflow_up says why."""
    unreachable = MongoClient[dict[str, Any]]("mongodb://127.0.0.1:9", serverSelectionTimeoutMS=100)
    monkeypatch.setattr(WebhookEvent, "_collection", unreachable["x"]["webhook_events"])

    found = scrape()

    unreachable.close()
    assert up(found) == {"database": 0, "broker": 1, "redis": 1}
    assert ("payflow_review_cases_open", "") not in found
    assert ("payflow_dead_letters", "wallet.events") in found


def up(found: dict[tuple[str, str], float]) -> dict[str, float]:
    return {part: value for (name, part), value in found.items() if name == "payflow_up"}


def test_every_count_is_served_by_an_index(customer: Customer) -> None:
    """No query of the metrics reads a whole collection."""
    customer.fund()
    inbox.receive(vendor="x", raw_body=secrets.token_bytes(8), now=clock.now())
    shapes = [
        WebhookEvent.objects(status=EventStatus.DEAD).limit(9),
        WebhookEvent.objects(status=EventStatus.RECEIVED).order_by("id").limit(1),
        ReviewCase.objects(state="OPEN").limit(9),
        Transaction.objects(next_check_at__gt=datetime(1970, 1, 1, tzinfo=UTC)).limit(9),
    ]

    plans = [str(shape.explain()["queryPlanner"]["winningPlan"]) for shape in shapes]

    assert all("IXSCAN" in plan and "COLLSCAN" not in plan for plan in plans)


def test_the_last_success_of_a_periodic_task_is_shown() -> None:
    """So that an alarm can tell that no sweep has run for a while. Other tasks are not noted."""
    client().delete("payflow:last_runs")
    current_app.tasks["wallets.sweep_pending"].on_success(None, "an id", (), {})
    current_app.tasks["wallets.requery"].on_success(None, "an id", (), {})

    ages = {
        task: age for (name, task), age in scrape().items() if name.endswith("last_run_seconds")
    }

    assert set(ages) == {"wallets.sweep_pending"}
    assert 0 <= ages["wallets.sweep_pending"] < 60


def test_a_sweep_is_run_by_a_worker_whose_clock_is_ahead() -> None:
    """It expires by the worker's clock, so a short time to live would discard every sweep."""
    for name, entry in current_app.conf.beat_schedule.items():
        if "options" in entry:
            assert entry["options"]["expires"] >= entry["schedule"] + 60, name
