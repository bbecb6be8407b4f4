"""A recorded payload, and a transport that answers with it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from payflow.kernel.errors import OutcomeUnknown, PayflowError, VendorRejected, VendorUnavailable

FOLDER = Path(__file__).parent
_REQUIRED = {"name", "call", "origin", "source", "request", "http_status", "body", "expected"}
_OPTIONAL = {"note"}

T = TypeVar("T")


class RecordingError(Exception):
    """The recording or its reader is wrong, so the product was not tested."""


@dataclass(frozen=True)
class Recording:
    """One file; README.md explains the fields."""

    name: str
    call: str
    request: dict[str, Any]
    http_status: int
    body: Any
    expected: dict[str, Any]

    def sent(self, **defaults: Any) -> dict[str, Any]:
        """The defaults of a call, replaced by what `request` says was sent.

        Raises: RecordingError if `request` has a key that the call does not take.
        """
        if unknown := self.request.keys() - defaults.keys():
            raise RecordingError(f"{self.call} takes no {sorted(unknown)} in `request`.")
        return defaults | self.request

    def expected_part_of(self, reading: Mapping[str, Any]) -> dict[str, Any]:
        """The keys of the reading that `expected` names.

        Raises: RecordingError if the reading has no such key.
        """
        if unknown := self.expected.keys() - reading.keys():
            raise RecordingError(f"The reader of {self.call} knows no {sorted(unknown)}.")
        return {key: reading[key] for key in self.expected}


def paths() -> list[Path]:
    """Every recording, in the order of its name."""
    return sorted(FOLDER.glob("*/*.json"))


def load(path: Path) -> Recording:
    """Raises: RecordingError if a field is missing, unknown or empty."""
    fields = json.loads(path.read_text())
    if not _REQUIRED <= fields.keys() <= _REQUIRED | _OPTIONAL:
        raise RecordingError(f"{path.name} has fields {sorted(fields)}.")
    if fields["name"] != path.stem:
        raise RecordingError(f"{path.name} calls itself {fields['name']}.")
    if not fields["expected"]:
        raise RecordingError(f"{path.name} expects nothing.")
    used = Recording.__dataclass_fields__
    return Recording(**{key: value for key, value in fields.items() if key in used})


def ask(
    recording: Recording, session: requests.Session, call: Callable[[], T]
) -> tuple[T | None, PayflowError | None]:
    """What the product's call returns or refuses when the vendor answers with the recording.

    Only the transport below the session is replaced. Every request gets the same answer.
    Raises: RecordingError if the call sent no request.
    """
    transport = _RecordedTransport(recording)
    with _sends_through(session, transport):
        try:
            answer = call(), None
        except PayflowError as exc:
            answer = None, exc
    if not transport.was_used:
        raise RecordingError("The client never asked the vendor.")
    return answer


def refusal(error: PayflowError | None) -> dict[str, bool]:
    """Which of the three ways to get no answer this is. All are false for an answer."""
    return {
        "rejected": isinstance(error, VendorRejected),
        "unknown": isinstance(error, OutcomeUnknown),
        "unavailable": isinstance(error, VendorUnavailable),
    }


class _RecordedTransport(HTTPAdapter):
    """Answers every request with the recorded status and body, without a network."""

    def __init__(self, recording: Recording) -> None:
        super().__init__()
        body = recording.body
        self._body = (body if isinstance(body, str) else json.dumps(body)).encode()
        self._status = recording.http_status
        self.was_used = False

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        self.was_used = True
        raw = HTTPResponse(io.BytesIO(self._body), status=self._status, preload_content=False)
        return self.build_response(request, raw)


@contextmanager
def _sends_through(session: requests.Session, transport: HTTPAdapter) -> Iterator[None]:
    """The session's own transports are put back afterwards, since other tests share it."""
    usual = session.adapters.copy()
    for prefix in usual:
        session.mount(prefix, transport)
    try:
        yield
    finally:
        for prefix, adapter in usual.items():
            session.mount(prefix, adapter)
