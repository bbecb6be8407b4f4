"""Everybody but the product: the broker, the clock, workers, clients, and vendors that call.

The broker hands a message out at least once: again when a worker died with it, sometimes again
although it was done, and not at all where a publisher died. The clock moves when it is its turn.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
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

_WORKERS = 2
_DUPLICATES_IN_100 = 15
# Whoever waits for an answer hangs up at so many of its turns, while the work goes on.
_IMPATIENT_IN_100 = 4
# What a vendor does about a webhook that nobody answered, and a client about its request.
_VENDOR_TRIES = 3
_CLIENT_TRIES = 4
_TICKS_S = (0.1, 1, 5, 61, 900)
_HEAL_ROUNDS = 80
_requests = APIRequestFactory()


@dataclass(frozen=True)
class Message:
    task: Task
    kwargs: dict[str, str]


class World:
    """One simulated stretch of time, and the customers in it."""

    def __init__(self, seed: str) -> None:
        self.scheduler = Scheduler(seed)
        self.random = self.scheduler.random
        self.now = clock.now()
        self.user_ids: set[ObjectId] = set()
        # What vendors decide at last, so that nothing waits for ever.
        self.decide: list[Callable[[], None]] = []
        self._queue: list[Message] = []
        self._clients = 0

    def client(self, name: str, body: Callable[[], None]) -> None:
        """A process of the outside world, which cannot die: what it talks to can."""
        self._clients += 1
        self.scheduler.start(name, body, self._client_ended)

    def play(self) -> None:
        """Until every client is content; then the clock heals what is left, in calm."""
        with self._in_charge():
            for number in range(_WORKERS):
                self._start_worker(number)
            self.scheduler.start("clock", self._tick)
            self.scheduler.run()
            self._heal()

    def post(self, view: type[APIView], path: str, body: Any, **more: Any) -> Any:
        """The answer of a web process; None where none was given, or not soon enough."""
        answers: list[Any] = []
        ended: list[bool] = []
        self.scheduler.start(
            f"web {path}", lambda: answers.append(_answered(view, path, body, **more)), ended.append
        )
        while not ended:
            self.scheduler.pause()
            if self.random.randrange(100) < _IMPATIENT_IN_100:
                self.scheduler.tell(f"hangs up on {path}")
                return None
        return answers[0] if answers else None

    def insist(self, view: type[APIView], path: str, body: Any, *, user: Any, key: str) -> Any:
        """A client that repeats its request, with its key, until it hears what to think of it."""
        answer = None
        for _ in range(_CLIENT_TRIES):
            answer = self.post(view, path, body, user=user, key=key)
            if answer is not None and answer.status_code < 500 and answer.status_code != 409:
                return answer
        return answer

    def call_back(self, body: bytes, *, copies: int = 1) -> None:
        """The vendor's webhook, each copy on its own way, repeated until it is answered."""
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

    def _client_ended(self, died: bool) -> None:
        assert not died, "only what is ours dies"
        self._clients -= 1

    @contextmanager
    def _in_charge(self) -> Iterator[None]:
        """The scheduler is the broker, and time is ours."""
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
        """As Celery would, without waiting for a retry: the message goes back, or is given up."""
        self.scheduler.tell(f"{message.task.name} {sorted(message.kwargs)}")
        try:
            # Celery wraps run() into its retries, which need a broker.
            message.task._orig_run(**message.kwargs)
            message.task.on_success(None, "", (), message.kwargs)
        except Exception as exc:
            if "event_id" in message.kwargs:
                is_final = isinstance(exc, Poison)
                due = None if is_final else self.now + timedelta(seconds=30)
                event_id = ObjectId(message.kwargs["event_id"])
                inbox.record_failure(event_id=event_id, error=str(exc), next_attempt_at=due)
            self.scheduler.tell(f"failed: {type(exc).__name__}")

    def _tick(self) -> None:
        for _ in range(self.random.randrange(2, 6)):
            self.scheduler.pause()
            self._go_on(self.random.choice(_TICKS_S))

    def _go_on(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        inbox_tasks.sweep_inbox._orig_run()
        tasks.sweep_pending._orig_run()

    def _heal(self) -> None:
        """Nobody dies any more, vendors answer, and the hours go by."""
        for _ in range(_HEAL_ROUNDS):
            while self._queue:
                self._carry_out(self._queue.pop(0))
            if not self._open():
                return
            for decision in self.decide:
                decision()
            self._go_on(1800)
        raise AssertionError(f"never settled: {self._open()}")

    def _open(self) -> list[str]:
        pending = Transaction.objects(user_id__in=self.user_ids, status=TransactionStatus.PENDING)
        events = WebhookEvent.objects(status=EventStatus.RECEIVED)
        return [t.reference for t in pending] + [e.dedupe_key for e in events]


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
