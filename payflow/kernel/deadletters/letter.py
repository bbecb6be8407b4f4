"""One dead letter as an operator reads it: whose it is, what went wrong, and what it asks for.

Two kinds lie side by side. PayflowTask parks a task that failed, with its error and the time;
RabbitMQ moves a message that no worker could read or survive, and adds x-death. Anybody may
have sent the latter, so nothing in a message is believed to have its proper type.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

# A task of ours names a document or a day; what is larger is not even parsed.
_LARGEST_BODY = 64 * 1024
_SHOWN = 2000
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}")
_REASONS = {
    "delivery_limit": "its worker died or lost the broker at every delivery",
    "rejected": "no worker could read it, or none knew its task",
}


@dataclass(frozen=True)
class Letter:
    """All texts are printable, and as long as a screen bears."""

    id: str  # the task's id; where there is none, made from the body
    queue: str  # the live queue that it was meant for
    task: str
    failed_at: str
    error: str
    size: int  # of the body, in bytes
    body: str  # its beginning
    headers: dict[str, str]
    flaw: str = ""  # why it is no task; empty where it may be one
    args: list[Any] = field(default_factory=list)
    kwargs: dict[str, Any] = field(default_factory=dict)
    request_id: str = ""


def read(
    *, queue: str, body: str | bytes, content_type: object, headers: Mapping[str, Any]
) -> Letter:
    """Whatever came: it never fails."""
    raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else bytes(body)
    flaw, args, kwargs = _arguments(raw, content_type)
    task = headers.get("task")
    if not flaw and not isinstance(task, str):
        flaw = "it names no task"
    death = _death(headers.get("x-death"), queue)
    return Letter(
        id=_id(headers.get("id"), raw),
        queue=queue,
        task=printable(task) if isinstance(task, str) else "",
        failed_at=_time(headers.get("failed_at") or death.get("time")),
        error=_error(headers.get("error"), death.get("reason")),
        size=len(raw),
        body=printable(raw[:_SHOWN].decode("utf-8", "backslashreplace")),
        headers={printable(name): printable(value) for name, value in headers.items()},
        flaw=flaw,
        args=args,
        kwargs=kwargs,
        request_id=_request_id(headers.get("request_id")),
    )


def printable(value: object) -> str:
    """A text that does nothing to a terminal but show."""
    text = str(value)
    cut = text[:_SHOWN] + ("..." if len(text) > _SHOWN else "")
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in cut)


def _arguments(raw: bytes, content_type: object) -> tuple[str, list[Any], dict[str, Any]]:
    """A flaw, or the arguments and keyword arguments of the body."""
    if len(raw) > _LARGEST_BODY:
        return "its body is larger than any task's", [], {}
    if content_type != "application/json":
        return f"its content is {printable(content_type)} and not JSON", [], {}
    try:
        match json.loads(raw):
            case [list() as args, dict() as kwargs, *_]:
                return "", args, kwargs
    except (ValueError, RecursionError):
        return "its body is no JSON", [], {}
    return "its body holds no arguments of a task", [], {}


def _id(named: object, raw: bytes) -> str:
    """One that can be typed. Equal bodies without an id are one letter, several times."""
    if isinstance(named, str) and _ID.fullmatch(named):
        return named
    return f"sha256:{hashlib.sha256(raw).hexdigest()[:32]}"


def _death(deaths: object, queue: str) -> Mapping[str, Any]:
    """What the broker noted when it took the message from its live queue.

    A message that was once delayed died of a time-out before, in a queue of the delays.
    """
    for death in deaths if isinstance(deaths, list) else ():
        if isinstance(death, Mapping) and death.get("queue") == queue:
            return death
    return {}


def _error(noted: object, reason: object) -> str:
    if isinstance(noted, str):
        return printable(noted)
    if isinstance(reason, str):
        return printable(f"{reason}: {_REASONS.get(reason, 'by the broker')}")
    return ""


def _time(value: object) -> str:
    if isinstance(value, datetime):  # the broker's, which is UTC and does not say so
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    return printable(value) if isinstance(value, str) else ""


def _request_id(value: object) -> str:
    return value if isinstance(value, str) and _ID.fullmatch(value) else ""
