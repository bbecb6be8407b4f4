"""Faults: armed by a control call, they make the next calls fail."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass

from aiohttp import web

from dev.sandbox.checks import check_choice, check_seconds, check_text, check_whole_number
from dev.sandbox.wire import Json, Refusal, loads

# The kinds *_after process the call and then lose its answer. The others do not process it.
KINDS = (
    "timeout_before",
    "timeout_after",
    "http_500",
    "http_503_after",
    "http_400_after",
    "http_200_after",
    "http_429",
    "malformed",
    "reset",
    "reset_after",
    "not_found",
)
UNPROCESSED = ("http_500", "http_429", "not_found", "malformed")
_ANSWERED_AFTER = ("http_503_after", "http_400_after", "http_200_after")
_FIELDS = ("vendor", "endpoint", "kind", "times", "hang_s", "status", "message", "data")
# Longer than a client waits (docs/vendors/flutterwave.md section 1 advises above 30 s).
DEFAULT_HANG_S = 60.0
MALFORMED_STATUSES = (200, 502)
_HTML = "<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"


@dataclass
class Fault:
    """An armed fault. `times` counts down; only `malformed` uses `status`.

    message: replaces the text of an error that Flutterwave answers.
    data: an error of Flutterwave after the work carries the `data` of the lost answer, with these
    fields replaced; an empty object replaces none. None: its `data` is null.
    """

    vendor: str
    endpoint: str
    kind: str
    times: int
    hang_s: float = DEFAULT_HANG_S
    status: int = 502
    message: str | None = None
    data: Json | None = None


class AnswerLost(Exception):
    """A handler did its work, but its answer must not reach the caller.

    After hang_s seconds, or when the caller has left, the connection is closed without a byte.
    """

    def __init__(self, answer: web.Response, *, hang_s: float = 0.0) -> None:
        super().__init__("the answer is lost")
        self.answer = answer
        self.hang_s = hang_s


class Faults:
    """The armed faults, used in the order in which they were armed."""

    def __init__(self, endpoints: Mapping[str, Sequence[str]]) -> None:
        self._endpoints = endpoints  # of each vendor, by its name
        self._armed: list[Fault] = []
        self._released = asyncio.Event()

    def arm(self, wanted: Json) -> Fault:
        """Raises: Refusal 400, which names the allowed values."""
        for field in wanted:
            check_choice("field", field, _FIELDS)
        vendor = check_choice("vendor", wanted.get("vendor", "flutterwave"), tuple(self._endpoints))
        fault = Fault(
            vendor=vendor,
            endpoint=check_choice(
                "endpoint", wanted.get("endpoint", "*"), ("*", *self._endpoints[vendor])
            ),
            kind=check_choice("kind", wanted.get("kind"), KINDS),
            times=check_whole_number("times", wanted.get("times", 1), least=1, most=1_000_000),
            hang_s=check_seconds("hang_s", wanted.get("hang_s", DEFAULT_HANG_S)),
            status=check_choice("status", wanted.get("status", 502), MALFORMED_STATUSES),
            message=_check_message(wanted.get("message")),
            data=_check_data(wanted.get("data")),
        )
        self._armed.append(fault)
        return fault

    def take(self, vendor: str, endpoint: str) -> Fault | None:
        """Use the first fault that matches once and return it; None if no fault matches."""
        for fault in self._armed:
            if fault.vendor == vendor and fault.endpoint in ("*", endpoint):
                fault.times -= 1
                if not fault.times:
                    self._armed.remove(fault)
                return fault
        return None

    def describe(self) -> list[Json]:
        return [asdict(fault) for fault in self._armed]

    def clear(self) -> None:
        """Remove all faults and end the calls that hang."""
        self._armed.clear()
        self._released.set()
        self._released = asyncio.Event()

    async def apply(
        self,
        fault: Fault,
        request: web.Request,
        process: Callable[[], Awaitable[web.Response]],
        answer_as_vendor: Callable[[Fault, object], web.Response],
    ) -> web.Response:
        """Answer as the fault demands, or cut the connection. Only *_after kinds call `process`.

        answer_as_vendor: the vendor's answer to a fault; it is given the body of the lost answer.
        """
        if fault.kind == "malformed":
            return web.Response(text=_HTML, status=fault.status, content_type="text/html")
        if fault.kind in UNPROCESSED:
            return answer_as_vendor(fault, None)
        if fault.kind in ("reset", "timeout_before"):
            answer = web.Response(status=503)
        else:
            answer = await process()
        if fault.kind in _ANSWERED_AFTER:
            return answer_as_vendor(fault, _read_body(answer))
        if fault.kind in ("timeout_before", "timeout_after"):
            await self._hang(fault.hang_s)
        cut(request)
        return answer

    async def lose(self, lost: AnswerLost, request: web.Request) -> None:
        """Let the caller wait for hang_s, then close the connection."""
        if lost.hang_s:
            await self._hang(lost.hang_s)
        if request.transport is not None:
            request.transport.close()

    async def _hang(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._released.wait(), timeout=seconds)


def _check_message(value: object) -> str | None:
    return None if value is None else check_text("message", value)


def _check_data(value: object) -> Json | None:
    if value is not None and not isinstance(value, dict):
        raise Refusal(400, "data must be an object")
    return value


def _read_body(answer: web.Response) -> object:
    """The JSON of an answer; None if it has none."""
    try:
        return loads(answer.text or "")
    except ValueError:
        return None


def cut(request: web.Request) -> None:
    """Reset the TCP connection. The handler's answer is not sent."""
    transport = request.transport
    if transport is None:
        return
    connection = transport.get_extra_info("socket")
    if connection is not None:
        # A linger time of zero makes the peer see a reset instead of an orderly end.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()
