"""What every simulated vendor offers to the server and to the control endpoints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from dev.sandbox.deliveries import WebhookSender
from dev.sandbox.wire import Handler, Json, Refusal


@dataclass(frozen=True)
class Endpoint:
    """One call of a vendor's API; `name` is what faults are armed for and the call log shows."""

    name: str
    method: str
    path: str
    handler: Handler


class Vendor(Protocol):
    """One vendor: its API, the pages beside it, its books, and the words of its answers."""

    @property
    def name(self) -> str: ...

    @property
    def api_prefix(self) -> str:
        """Where the API hangs, such as `/flutterwave/v3`."""
        ...

    @property
    def endpoints(self) -> Sequence[Endpoint]: ...

    @property
    def pages(self) -> Sequence[web.RouteDef]:
        """Routes that are not the API: pages for people, and this vendor's own controls."""
        ...

    @property
    def webhooks(self) -> WebhookSender: ...

    def authorize(self, endpoint: Endpoint, headers: Mapping[str, str]) -> None:
        """Raises: Refusal, when the keys this call needs are absent or wrong."""
        ...

    def answer_refusal(self, refusal: Refusal) -> web.Response:
        """The vendor's way to write an error."""
        ...

    def answer_fault(self, kind: str, endpoint: str) -> web.Response:
        """The vendor's way to write `http_500`, `http_503_after`, `http_429` and `not_found`."""
        ...

    def build_books(self, reference: str | None) -> Json:
        """What the vendor believes happened, in kobo; only for one reference when given."""
        ...

    def reset(self) -> None:
        """Forget what is not in the journal's stores (these are cleared by whoever calls)."""
        ...
