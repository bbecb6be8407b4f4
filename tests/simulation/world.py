"""All that surrounds the product: the broker, the clock, workers, clients, and vendors that call.

The broker delivers a message at least once: again if the worker died with it, sometimes again
although it was done. A publisher that dies publishes nothing. The clock moves in its own turns.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from bson import ObjectId
from celery import Task
from django.conf import settings
from django.core.cache import cache
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from payflow.kernel import clock
from payflow.kernel.tasks import PayflowTask, Poison
from tests.simulation.scheduler import Scheduler
from wallets import tasks
from wallets.flutterwave.views import FlutterwaveWebhook
from wallets.inbox import services as inbox
from wallets.inbox import tasks as inbox_tasks
from wallets.inbox.documents import EventStatus, WebhookEvent
from wallets.ledger.documents import Transaction, TransactionStatus
from wallets.ledger.vendor_objects import ObjectKind, VendorObject
from wallets.oversight import reconciliation

_WORKERS = 2
_DUPLICATES_IN_100 = 15
# In how many of its turns a client that waits for an answer hangs up. The work goes on.
_IMPATIENT_IN_100 = 4
# How often a vendor sends a webhook, and a client a request, until it is answered.
_VENDOR_TRIES = 3
_CLIENT_TRIES = 4
_TICKS_S = (0.1, 1, 5, 61, 900)
_SETTLE_ROUNDS = 80
_ROUND_S = 1800
# What has ended is asked about again an hour and a day after its end.
_HOUR_S, _DAY_S = 3_600, 86_400
# Refunds and chargebacks that are not decided, as far as we have heard.
_DISPUTES, _UNDECIDED = (ObjectKind.REFUND, ObjectKind.CHARGEBACK), ("pending", "open")
_requests = APIRequestFactory()


@dataclass(frozen=True)
class Message:
    task: Task
    kwargs: dict[str, str]


class World:
    """One simulated run: its processes, its messages, its time and its customers."""

    def __init__(self, seed: str) -> None:
        self.scheduler = Scheduler(seed)
        self.random = self.scheduler.random
        self.now = clock.now()
        self.user_ids: set[ObjectId] = set()
        # Called at the end: each lets a vendor decide all that is still pending there.
        self.decide: list[Callable[[], None]] = []
        # Called hours after the end: what vendors change then, without a webhook.
        self.afterwards: list[Callable[[], object]] = []
        # Whether something happened that only the vendors' lists are sure to show.
        self.needs_night = False
        # Whether the vendor has given or taken anything back: without that a poll finds nothing.
        self.needs_polls = False
        self._began = self.now
        self._poll_at = self.now
        self._queue: list[Message] = []
        self._clients = 0
        self._is_over = False

    def client(self, name: str, body: Callable[[], None]) -> None:
        """Start a process outside PayFlow. It cannot die; the process that it calls can."""
        self._clients += 1
        self.scheduler.start(name, body, self._client_ended)

    def play(self) -> None:
        """Run until every client has ended. Then let sweeps settle the rest, without faults."""
        with self._in_control():
            for number in range(_WORKERS):
                self._start_worker(number)
            self.scheduler.start("clock", self._tick)
            self.scheduler.run()
            self._is_over = True
            self._settle()

    def post(self, view: type[APIView], path: str, body: Any, **more: Any) -> Any:
        """The answer of a web process; None if it died, or if the client hung up before."""
        answers: list[Any] = []
        ended: list[bool] = []
        self.scheduler.start(
            f"web {path}", lambda: answers.append(_answered(view, path, body, **more)), ended.append
        )
        while not ended:
            self.scheduler.pause()
            if self.random.randrange(100) < _IMPATIENT_IN_100:
                self.scheduler.record(f"hangs up on {path}")
                return None
        return answers[0] if answers else None

    def repeat_until_answered(
        self, view: type[APIView], path: str, body: Any, *, user: Any, key: str
    ) -> Any:
        """Repeat a client's request with its key. Returns the last answer, or None."""
        answer = None
        for _ in range(_CLIENT_TRIES):
            answer = self.post(view, path, body, user=user, key=key)
            if answer is not None and answer.status_code < 500 and answer.status_code != 409:
                return answer
        return answer

    def draw_copies(self) -> int:
        """How often a webhook is sent: perhaps twice, perhaps never. At the end never."""
        return 0 if self._is_over else self.random.randrange(3)

    def call_back(self, body: bytes, *, copies: int = 1) -> None:
        """Send the vendor's webhook. Each copy is one process, which repeats it until a 200."""
        for _ in range(copies):
            self.client("vendor", lambda: self._deliver(body))

    def call_back_vtpass(self, view: type[APIView], body: bytes) -> None:
        self.client("vendor", lambda: self._repeat(view, "/airtime/vtpass/webhook", body))

    def _deliver(self, body: bytes) -> None:
        path = "/wallet/flutterwave/webhook"
        self._repeat(FlutterwaveWebhook, path, body, verif=settings.FLUTTERWAVE_WEBHOOK_HASH)

    def _repeat(self, view: type[APIView], path: str, body: bytes, **more: Any) -> None:
        for _ in range(_VENDOR_TRIES):
            answer = self.post(view, path, body, **more)
            if answer is not None and answer.status_code == 200:
                return
        self.needs_night = True

    def _client_ended(self, died: bool) -> None:
        assert not died, "only processes of PayFlow die"
        self._clients -= 1

    @contextmanager
    def _in_control(self) -> Iterator[None]:
        """The scheduler is the broker, and the clock shows simulated time."""
        cache.clear()
        with (
            patch.object(PayflowTask, "apply_async", self._enqueue_for()),
            patch.object(clock, "now", lambda: self.now),
        ):
            yield

    def _enqueue_for(self) -> Callable[..., None]:
        def enqueue(task: Task, args: Any = None, kwargs: Any = None, **_: Any) -> None:
            self._queue.append(Message(task, dict(kwargs or {})))

        return enqueue

    def _start_worker(self, number: int) -> None:
        in_hand: list[Message] = []

        def ended(died: bool) -> None:
            self._queue.extend(in_hand)
            if died:
                self._start_worker(number)

        self.scheduler.start(f"worker {number}", lambda: self._work(in_hand), ended)

    def _work(self, in_hand: list[Message]) -> None:
        while self._clients or self._queue:
            if self._queue:
                message = self._queue.pop(self.random.randrange(len(self._queue)))
                in_hand.append(message)
                self._carry_out(message)
                in_hand.clear()
                if self.random.randrange(100) < _DUPLICATES_IN_100 and self._clients:
                    self._queue.append(message)
            self.scheduler.pause()

    def _carry_out(self, message: Message) -> None:
        """Run the task as Celery would. A retry does not wait: the sweep publishes it again."""
        self.scheduler.record(f"{message.task.name} {sorted(message.kwargs)}")
        try:
            # Celery replaces run() by its retries, which need a broker.
            message.task._orig_run(**message.kwargs)
            message.task.on_success(None, "", (), message.kwargs)
        except Exception as exc:
            if "event_id" in message.kwargs:
                is_final = isinstance(exc, Poison)
                due = None if is_final else self.now + timedelta(seconds=30)
                event_id = ObjectId(message.kwargs["event_id"])
                inbox.record_failure(event_id=event_id, error=str(exc), next_attempt_at=due)
            self.scheduler.record(f"failed: {type(exc).__name__}")

    def _tick(self) -> None:
        for _ in range(self.random.randrange(2, 6)):
            self.scheduler.pause()
            self._advance(self.random.choice(_TICKS_S))

    def _advance(self, seconds: float) -> None:
        """Let time pass, and do what beat does then."""
        self.now += timedelta(seconds=seconds)
        inbox_tasks.sweep_inbox._orig_run()
        tasks.sweep_pending._orig_run()
        if self.needs_polls and self.now >= self._poll_at:
            tasks.poll_refunds.delay()
            self._poll_at = self.now + timedelta(seconds=settings.REFUNDS_INTERVAL_S)

    def _settle(self) -> None:
        """No process dies any more, vendors answer, and beat does its work.

        An hour later all is found that was changed without a webhook; a day later what is changed
        afterwards. Only what can be missed even then waits for the night.
        """
        self._decide()
        self._settle_open(_HOUR_S)
        if self.afterwards:
            for change in self.afterwards:
                change()
            self._settle_open(_DAY_S)
        if self.needs_night:
            self._reconcile()

    def _decide(self) -> None:
        for decision in self.decide:
            decision()

    def _settle_open(self, then_s: int) -> None:
        """Sweep every half hour until nothing is open, and once more after this time."""
        waits_s = [then_s]
        for _ in range(_SETTLE_ROUNDS):
            while self._queue:
                self._carry_out(self._queue.pop(0))
            if self._find_open():
                self._decide()
                self._advance(_ROUND_S)
            elif waits_s:
                self._advance(waits_s.pop())
            else:
                return
        raise AssertionError(f"never settled: {self._find_open()}")

    def _find_open(self) -> list[str]:
        pending = Transaction.objects(user_id__in=self.user_ids, status=TransactionStatus.PENDING)
        events = WebhookEvent.objects(status=EventStatus.RECEIVED)
        undecided = VendorObject.objects(kind__in=_DISPUTES, status__in=_UNDECIDED)
        return (
            [t.reference for t in pending]
            + [e.dedupe_key for e in events]
            + [f"{each.kind} {each.vendor_id}" for each in undecided]
        )

    def _reconcile(self) -> None:
        """The night in which the vendors' lists are applied. Afterwards nothing differs."""
        # The vendors' clocks show real time.
        first, last = clock.lagos_day(self._began), clock.lagos_day(datetime.now(UTC))
        with patch.object(settings, "RECONCILE_DAYS", (last - first).days + 1):
            report = reconciliation.reconcile(day=last, now=self.now)
        assert report.difference_count == 0, report.differences


def _answered(view: type[APIView], path: str, body: Any, **more: Any) -> Any:
    headers = {"Idempotency-Key": more["key"]} if "key" in more else {}
    headers |= {"verif-hash": more["verif"]} if "verif" in more else {}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = _requests.generic(
        "POST", f"/api/v1{path}", content, content_type="application/json", headers=headers
    )
    if "user" in more:
        force_authenticate(request, user=more["user"])
    return view.as_view()(request)
