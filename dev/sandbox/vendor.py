"""The interface of a simulated vendor to the server and to the control endpoints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from dev.sandbox.deliveries import WebhookSender
from dev.sandbox.faults import Fault
from dev.sandbox.wire import Handler, Json, Refusal


@dataclass(frozen=True)
class Endpoint:
    """One call of a vendor's API. Faults and the call log know it by `name`."""

    name: str
    method: str
    path: str
    handler: Handler


class Vendor(Protocol):
    """One vendor: its API, its pages, its books, and the form of its errors."""

    @property
    def name(self) -> str: ...

    @property
    def api_prefix(self) -> str:
        """The path before all API paths, such as `/flutterwave/v3`."""
        ...

    @property
    def endpoints(self) -> Sequence[Endpoint]: ...

    @property
    def pages(self) -> Sequence[web.RouteDef]:
        """Routes beside the API: pages for people, and this vendor's control endpoints."""
        ...

    @property
    def webhooks(self) -> WebhookSender: ...

    def authorize(self, endpoint: Endpoint, headers: Mapping[str, str]) -> None:
        """Raises: Refusal, if the keys that this call needs are absent or wrong."""
        ...

    def answer_refusal(self, refusal: Refusal) -> web.Response:
        """The refusal in the vendor's envelope."""
        ...

    def answer_fault(self, fault: Fault, lost: object, *, endpoint: str) -> web.Response:
        """The answer to the faults `http_*` and `not_found`.

        lost: the body of the answer that the fault replaces, if the call was processed.
        """
        ...

    def build_books(self, reference: str | None) -> Json:
        """The vendor's record of all money movements, or those of one reference, in kobo."""
        ...

    def reset(self) -> None:
        """Reset the state outside the journal's stores. The caller resets the journal."""
        ...
