"""The metrics of GET /metrics, in Prometheus' text format.

Counters come from Redis, backlogs from the database, dead letters from the broker. A separate
thread asks each part. If a part is away or too slow, only its metrics are missing, and
`payflow_up` is 0 for it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from payflow.kernel import clock, counters, deadletters, tasks
from wallets import flows
from wallets.inbox import services as inbox
from wallets.inbox.documents import EventStatus
from wallets.inbox.selectors import count_events, find_oldest_event_at
from wallets.ledger import selectors
from wallets.oversight.selectors import find_last_finished
from wallets.review.services import count_open_cases

logger = logging.getLogger(__name__)

COUNTERS = (
    tasks.TASKS_RETRIED,
    tasks.TASKS_GIVEN_UP,
    deadletters.LETTERS_REPLAYED,
    deadletters.LETTERS_DISCARDED,
    inbox.EVENTS_GIVEN_UP,
)
# Counting stops here, so a long backlog does not make a scrape slower.
MAX_COUNT = 10_000
# Prometheus' own time-out is 10 seconds by default.
_TIMEOUT_S = 5.0
# Enough threads that parts which hang cannot block the next scrape.
_pool = ThreadPoolExecutor(max_workers=12, thread_name_prefix="metrics")


def render() -> bytes:
    """All metrics that can be read within 5 seconds."""
    return generate_latest(_registry)


def _read_counters() -> list[Metric]:
    counts = counters.read()
    families: list[Metric] = []
    for counter in COUNTERS:
        family = CounterMetricFamily(
            f"payflow_{counter.name}", counter.about, labels=counter.labels
        )
        # A counter without labels begins at zero. The label values of others are not known yet.
        sums: dict[tuple[str, ...], int] = {} if counter.labels else {(): 0}
        sums |= {key[1:]: n for key, n in counts.items() if key[0] == counter.name}
        for values, n in sums.items():
            family.add_metric(values, n)
        families.append(family)
    runs = GaugeMetricFamily(
        "payflow_last_run_seconds", "Age of the last success of a periodic task.", labels=["task"]
    )
    for task, at in sorted(counters.read_runs().items()):
        runs.add_metric([task], _age_s(at, clock.now()))
    return [*families, runs]


def _count_in_database() -> list[Metric]:
    now = clock.now()
    events = _gauge("payflow_inbox_events", "Events of the inbox", "status")
    pending = _gauge("payflow_transactions_pending", "PENDING transactions", "type")
    cases = _gauge("payflow_review_cases_open", "Review cases that are open")
    oldest = GaugeMetricFamily(
        "payflow_oldest_pending_seconds",
        "Age of the oldest PENDING transaction and of the oldest RECEIVED event.",
        labels=["kind"],
    )
    for status in (EventStatus.RECEIVED, EventStatus.DEAD):
        events.add_metric([status.value], count_events(status, limit=MAX_COUNT))
    found = selectors.count_pending_transactions(limit=MAX_COUNT)
    for kind in flows.transaction_types():
        pending.add_metric([kind], found[kind][0] if kind in found else 0)
    cases.add_metric([], count_open_cases(limit=MAX_COUNT))
    first = min((at for _, at in found.values()), default=None)
    oldest.add_metric(["transaction"], _age_s(first, now))
    received = find_oldest_event_at(EventStatus.RECEIVED)
    oldest.add_metric(["event"], _age_s(received, now))
    finished = GaugeMetricFamily(
        "payflow_last_reconciliation_seconds", "Age of the last reconciliation that finished."
    )
    if (last := find_last_finished()) is not None:
        finished.add_metric([], _age_s(last, now))
    return [events, pending, cases, oldest, finished]


def _count_dead_letters() -> list[Metric]:
    letters = GaugeMetricFamily("payflow_dead_letters", "Dead letters.", labels=["queue"])
    for queue, depth in deadletters.count_letters().items():
        letters.add_metric([queue], depth)
    return [letters]


PARTS: dict[str, Callable[[], list[Metric]]] = {
    "database": _count_in_database,
    "broker": _count_dead_letters,
    "redis": _read_counters,
}


class _PayflowCollector(Collector):
    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("payflow_up", "1 if the part answered.", labels=["part"])
        deadline = time.monotonic() + _TIMEOUT_S
        asked = {part: _pool.submit(ask) for part, ask in PARTS.items()}
        for part, answer in asked.items():
            try:
                yield from answer.result(max(0.0, deadline - time.monotonic()))
            except Exception as exc:  # every driver raises its own errors
                logger.warning("metrics: %s did not answer: %r", part, exc)
                up.add_metric([part], 0)
            else:
                up.add_metric([part], 1)
        yield up


def _gauge(name: str, about: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, f"{about}; counted up to {MAX_COUNT}.", labels=labels)


def _age_s(moment: datetime | None, now: datetime) -> float:
    return (now - moment).total_seconds() if moment else 0.0


_registry = CollectorRegistry()
_registry.register(_PayflowCollector())
