"""Webhooks of one vendor: the delivery policy, the queue, and the delivery log.

An event is stored before its first try and removed after its last, so a sandbox that restarts
with a journal sends the events that were still queued. Tests change the policy; it is not stored.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

import aiohttp

from dev.sandbox import checks
from dev.sandbox.journal import Journal, Store
from dev.sandbox.units import Clock
from dev.sandbox.wire import Json, dumps

log = logging.getLogger(__name__)
_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"

# Makes the headers of a body: the policy's `signature`, its secret_hash, the body.
Signer = Callable[[str, str, bytes], Mapping[str, str]]
# Says from the receiver's answer whether the event was acknowledged.
Acknowledged = Callable[[aiohttp.ClientResponse], Awaitable[bool]]


def encode_form(body: Json) -> bytes:
    """The body as a form. Assumed: nested fields are written `data[id]`, as PHP reads them."""
    return urlencode(list(_flatten("", body))).encode()


def _flatten(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping | list):
        pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, inner in pairs:
            yield from _flatten(f"{name}[{key}]" if name else str(key), inner)
    else:
        yield name, "" if value is None else value if isinstance(value, str) else dumps(value)


async def is_status_200(response: aiohttp.ClientResponse) -> bool:
    """HTTP 200 acknowledges an event, whatever the body."""
    return response.status == 200


@dataclass(frozen=True, kw_only=True)
class Policy:
    """How events are delivered. The defaults deliver each event once, without delay.

    duplicate: extra copies of each event, sent at the same moment.
    drop: number of next events that are never sent.
    reorder: size of a batch that is delivered in reverse order; 0 is off.
    hold: keep events until they are released.
    shape: the form of the body, one of SHAPES in the vendor's `events` module.
    signature: the headers that prove the sender, one of the vendor's `signatures`.
    form: the body is sent as a form, not as JSON.
    retries: further tries after the first, retry_s seconds apart, until the acknowledgement.
    """

    url: str
    secret_hash: str
    retry_s: float
    timeout_s: float
    retries: int = 3
    duplicate: int = 0
    delay_s: float = 0.0
    reorder: int = 0
    hold: bool = False
    drop: int = 0
    shape: str = "v3"
    signature: str = "none"
    form: bool = False

    def with_changes(
        self, wanted: Json, *, shapes: Sequence[str], signatures: Sequence[str]
    ) -> "Policy":
        """A copy with the wanted fields. Raises: Refusal 400, which names the allowed values."""
        known = tuple(field.name for field in fields(self))
        new: Json = {}
        for name, value in wanted.items():
            checks.check_choice("field", name, known)
            if name == "url":
                new[name] = checks.check_web_address(name, value) if value else ""
            elif name == "secret_hash":
                new[name] = checks.check_text(name, value)
            elif name in ("retry_s", "timeout_s", "delay_s"):
                new[name] = checks.check_seconds(name, value)
            elif name == "shape":
                new[name] = checks.check_choice(name, value, shapes)
            elif name == "signature":
                new[name] = checks.check_choice(name, value, signatures)
            elif name in ("hold", "form"):
                new[name] = checks.check_flag(name, value)
            elif name == "reorder" and isinstance(value, bool):
                new[name] = 2 if value else 0  # the smallest batch that has an order
            else:
                new[name] = checks.check_whole_number(name, value)
        return replace(self, **new)


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event to deliver; an empty `url` means the policy's url."""

    id: int
    name: str
    reference: str | None
    body: Json
    created_at: str
    url: str = ""


class WebhookSender:
    """Delivers a vendor's events in the background, according to its policy.

    signatures, sign: the kinds of signature, and what makes one; without them nothing is signed.
    """

    def __init__(
        self,
        *,
        vendor: str,
        policy: Policy,
        shapes: Sequence[str],
        signatures: Sequence[str] = ("none",),
        sign: Signer = lambda kind, secret_hash, content: {},
        journal: Journal,
        clock: Clock,
        acknowledged: Acknowledged = is_status_200,
    ) -> None:
        self.policy = policy
        self._first_policy = policy
        self._signatures = signatures
        self._sign = sign
        self._shapes = shapes
        self._clock = clock
        self._acknowledged = acknowledged
        self._queued = Store(journal, f"{vendor}.event", Event)
        self._held: list[Event] = []
        self._log: deque[Json] = deque(maxlen=500)
        self._counts: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Start sending, first the events that an earlier run left in the queue."""
        self._session = aiohttp.ClientSession(
            # Each try opens a connection: a kept connection that the receiver has closed would
            # look like a failed delivery.
            connector=aiohttp.TCPConnector(force_close=True),
            skip_auto_headers=("User-Agent",),
        )
        if queued := list(self._queued):
            self._spawn(self._deliver(queued))

    async def close(self) -> None:
        await self.cancel()
        if self._session is not None:
            await self._session.close()

    async def cancel(self) -> None:
        """Cancel every delivery in flight; returns when none is left."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def reset(self) -> None:
        """Restore the first policy; cancel all deliveries, drop held events, empty the log."""
        await self.cancel()
        self._held.clear()
        self._log.clear()
        self._counts.clear()
        self.policy = self._first_policy

    def change_policy(self, wanted: Json) -> None:
        """Change the policy. Without `hold` and `reorder`, deliver held events in order."""
        self.policy = self.policy.with_changes(
            wanted, shapes=self._shapes, signatures=self._signatures
        )
        if not self.policy.hold and not self.policy.reorder:
            self.release(reverse=False)

    def send(self, *, name: str, reference: str | None, body: Json) -> None:
        """Queue, hold or drop an event, as the policy says. Does not wait for the delivery."""
        event = Event(
            id=self._queued.next_id(),
            name=name,
            reference=reference,
            body=body,
            created_at=self._clock.now_text(),
        )
        self._counts["events"] += 1
        if self.policy.drop:
            self.policy = replace(self.policy, drop=self.policy.drop - 1)
            self._record_try(event, outcome="dropped")
            return
        self._queued.put(event)
        if not self.policy.hold and not self.policy.reorder:
            self._spawn(self._deliver([event]))
            return
        self._held.append(event)
        if not self.policy.hold and len(self._held) >= self.policy.reorder:
            self.release(reverse=True)

    def release(self, *, reverse: bool) -> int:
        """Deliver the held events one after the other; returns their number."""
        batch, self._held = self._held, []
        if batch:
            self._spawn(self._deliver(batch[::-1] if reverse else batch))
        return len(batch)

    async def send_now(
        self, content: bytes, *, url: str, secret_hash: str | None, name: str
    ) -> Json:
        """Send any body once, whatever the policy, and return its line of the log.

        secret_hash None leaves the header out.
        """
        event = Event(
            id=self._queued.next_id(),
            name=name,
            reference=None,
            body={},
            created_at=self._clock.now_text(),
            url=url,
        )
        return await self._post(event, content, _JSON, secret_hash=secret_hash, attempt=1)

    def describe(self) -> Json:
        """Policy, queue and log; `idle` means that the queue is empty.

        counts: events, dropped events, and tries by their outcome (delivered, failed).
        """
        held = {event.id for event in self._held}
        queue = [
            {
                "id": event.id,
                "event": event.name,
                "reference": event.reference,
                "created_at": event.created_at,
                "state": "held" if event.id in held else "sending",
            }
            for event in self._queued
        ]
        return {
            "policy": asdict(self.policy),
            "idle": not queue,
            "queue": queue,
            "counts": dict(self._counts),
            "deliveries": list(self._log),
        }

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)  # the event loop keeps only a weak reference
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, events: Sequence[Event]) -> None:
        """Make the first tries in the order given; a failed event is retried in its own task."""
        await asyncio.sleep(self.policy.delay_s)
        for event in events:
            copies = await self._try(event, copies=1 + self.policy.duplicate, attempt=1)
            if copies:
                self._spawn(self._retry(event, copies=copies))
            else:
                self._queued.remove(event.id)

    async def _retry(self, event: Event, *, copies: int) -> None:
        for attempt in range(2, 2 + self.policy.retries):
            await asyncio.sleep(self.policy.retry_s)
            copies = await self._try(event, copies=copies, attempt=attempt)
            if not copies:
                break
        self._queued.remove(event.id)

    async def _try(self, event: Event, *, copies: int, attempt: int) -> int:
        """Send the copies side by side; returns how many were not acknowledged."""
        if not (event.url or self.policy.url):
            self._record_try(event, outcome="no webhook url")
            return 0
        content, content_type = dumps(event.body).encode(), _JSON
        if self.policy.form:
            content, content_type = encode_form(event.body), _FORM
        secret_hash = self.policy.secret_hash
        lines = await asyncio.gather(
            *(
                self._post(event, content, content_type, secret_hash=secret_hash, attempt=attempt)
                for _ in range(copies)
            )
        )
        return sum(line["outcome"] != "delivered" for line in lines)

    async def _post(
        self,
        event: Event,
        content: bytes,
        content_type: str,
        *,
        secret_hash: str | None,
        attempt: int,
    ) -> Json:
        assert self._session is not None, "call open() first"
        url = event.url or self.policy.url
        headers = {"Content-Type": content_type}
        if secret_hash is not None:
            headers |= self._sign(self.policy.signature, secret_hash, content)
        status, error, acknowledged = None, None, False
        try:
            async with self._session.post(
                url,
                data=content,
                headers=headers,
                allow_redirects=False,  # the vendor follows no redirect
                timeout=aiohttp.ClientTimeout(total=self.policy.timeout_s or None),
            ) as response:
                status = response.status
                acknowledged = await self._acknowledged(response)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as exc:
            error = f"{type(exc).__name__}: {exc}"
        return self._record_try(
            event,
            outcome="delivered" if acknowledged else "failed",
            url=url,
            status=status,
            error=error,
            attempt=attempt,
            body=content.decode(errors="replace"),
        )

    def _record_try(
        self,
        event: Event,
        *,
        outcome: str,
        url: str | None = None,
        status: int | None = None,
        error: str | None = None,
        attempt: int = 0,
        body: str | None = None,
    ) -> Json:
        line: Json = {
            "time": self._clock.now_text(),
            "id": event.id,
            "event": event.name,
            "reference": event.reference,
            "url": url,
            "attempt": attempt,
            "status": status,
            "outcome": outcome,
            "error": error,
            "body": body if body is not None else dumps(event.body),
        }
        self._log.append(line)
        self._counts[outcome] += 1
        log.info(
            "webhook %s %s: %s %s", event.name, event.reference, outcome, error or status or ""
        )
        return line
