"""One dead letter as an operator reads it: its task, its error and its arguments.

A dead-letter queue contains two kinds of messages. PayflowTask parks a task that failed, with
its error and the time. RabbitMQ moves a message that no worker could read or that killed its
workers, and adds the header x-death. Any program may have sent such a message, so the type of
every value in it is checked.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

# Our tasks take an id or a day as arguments. A larger body is not parsed.
_MAX_BODY_BYTES = 64 * 1024
_MAX_TEXT_CHARS = 2000
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}")
_REASONS = {
    "delivery_limit": "its worker died or lost the broker at every delivery",
    "rejected": "no worker could read it, or no worker knows its task",
}


@dataclass(frozen=True)
class Letter:
    """Every text is printable and is cut after 2,000 characters."""

    id: str  # the task's id; a hash of the body if the message has none
    queue: str  # the live queue that the message was published to
    task: str
    failed_at: str
    error: str
    size: int  # of the body, in bytes
    body: str  # its beginning
    headers: dict[str, str]
    flaw: str = ""  # why the message is not a task; empty if it may be one
    args: list[Any] = field(default_factory=list)
    kwargs: dict[str, Any] = field(default_factory=dict)
    request_id: str = ""


def read(
    *, queue: str, body: str | bytes, content_type: object, headers: Mapping[str, Any]
) -> Letter:
    """Read any message. Never raises: a message that is not a task gets a `flaw`."""
    raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else bytes(body)
    flaw, args, kwargs = _read_arguments(raw, content_type)
    task = headers.get("task")
    if not flaw and not isinstance(task, str):
        flaw = "it names no task"
    death = _find_death(headers.get("x-death"), queue)
    return Letter(
        id=_read_id(headers.get("id"), raw),
        queue=queue,
        task=to_printable(task) if isinstance(task, str) else "",
        failed_at=_read_time(headers.get("failed_at") or death.get("time")),
        error=_read_error(headers.get("error"), death.get("reason")),
        size=len(raw),
        body=to_printable(raw[:_MAX_TEXT_CHARS].decode("utf-8", "backslashreplace")),
        headers={to_printable(name): to_printable(value) for name, value in headers.items()},
        flaw=flaw,
        args=args,
        kwargs=kwargs,
        request_id=_read_request_id(headers.get("request_id")),
    )


def to_printable(value: object) -> str:
    """The value as text, cut, and without characters that could control a terminal."""
    text = str(value)
    cut = text[:_MAX_TEXT_CHARS] + ("..." if len(text) > _MAX_TEXT_CHARS else "")
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in cut)


def _read_arguments(raw: bytes, content_type: object) -> tuple[str, list[Any], dict[str, Any]]:
    """The flaw of the body, or an empty text with the arguments and keyword arguments."""
    if len(raw) > _MAX_BODY_BYTES:
        return "its body is larger than any task's", [], {}
    if content_type != "application/json":
        return f"its content is {to_printable(content_type)} and not JSON", [], {}
    try:
        match json.loads(raw):
            case [list() as args, dict() as kwargs, *_]:
                return "", args, kwargs
    except (ValueError, RecursionError):
        return "its body is not JSON", [], {}
    return "its body does not contain a task's arguments", [], {}


def _read_id(named: object, raw: bytes) -> str:
    """An id that can be typed. Messages without an id get the same one if their bodies match."""
    if isinstance(named, str) and _ID.fullmatch(named):
        return named
    return f"sha256:{hashlib.sha256(raw).hexdigest()[:32]}"


def _find_death(deaths: object, queue: str) -> Mapping[str, Any]:
    """The broker's record of why it took the message from its live queue; empty if none.

    A message that was delayed also has a record of each delay that expired.
    """
    for death in deaths if isinstance(deaths, list) else ():
        if isinstance(death, Mapping) and death.get("queue") == queue:
            return death
    return {}


def _read_error(noted: object, reason: object) -> str:
    if isinstance(noted, str):
        return to_printable(noted)
    if isinstance(reason, str):
        return to_printable(f"{reason}: {_REASONS.get(reason, 'by the broker')}")
    return ""


def _read_time(value: object) -> str:
    if isinstance(value, datetime):  # the broker's times are in UTC without a zone
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    return to_printable(value) if isinstance(value, str) else ""


def _read_request_id(value: object) -> str:
    return value if isinstance(value, str) and _ID.fullmatch(value) else ""
