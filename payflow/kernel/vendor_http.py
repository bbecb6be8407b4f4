"""HTTP to vendors: pooled, timed, and with one answer to "may money have moved?"."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from payflow.kernel.errors import OutcomeUnknown, VendorRejected, VendorUnavailable
from payflow.kernel.failpoints import failpoint

logger = logging.getLogger(__name__)

# Reads may be asked again; what they ask about does not change by asking.
_READ_RETRIES = 2


class VendorHttp:
    """One vendor's API. Share an instance per process: it keeps its connections.

    `refusals` are the HTTP statuses by which this vendor says a final no; the list is
    extended with evidence, and every other failure of a write is an unknown outcome.
    """

    def __init__(
        self,
        *,
        vendor: str,
        base_url: str,
        headers: Mapping[str, str],
        connect_timeout_s: float,
        read_timeout_s: float,
        refusals: frozenset[int] = frozenset({400, 401, 403, 404, 422}),
    ) -> None:
        self.vendor = vendor
        self._base_url = base_url.rstrip("/")
        self._timeout = (connect_timeout_s, read_timeout_s)
        self._refusals = refusals
        self._session = requests.Session()
        self._session.headers.update(headers)
        reads = Retry(
            total=_READ_RETRIES,
            read=1,
            backoff_factor=0.2,
            backoff_jitter=0.2,
            allowed_methods={"GET"},
            status_forcelist={502, 503, 504},
            raise_on_status=False,
            redirect=0,
        )
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=32, max_retries=reads))

    def get(self, path: str, *, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The JSON object that a read answers with.

        Raises: VendorUnavailable (ask again later), VendorRejected.
        """
        try:
            return self._answer(self.send("GET", path, params=params))
        except OutcomeUnknown as exc:  # a read moves no money, whatever became of it
            raise VendorUnavailable(exc.message, **exc.details) from exc

    def post(self, path: str, *, json: Mapping[str, Any]) -> dict[str, Any]:
        """The JSON object that a write answers with. Sent once: never retried here.

        Raises: VendorUnavailable (never sent), VendorRejected (final no), OutcomeUnknown.
        """
        return self._answer(self.send("POST", path, json=json))

    def send(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """Whatever came back, for a vendor whose answers need a reading of their own.

        Raises: VendorUnavailable (never sent), OutcomeUnknown.
        """
        failpoint("before-vendor", path)
        try:
            response = self._session.request(
                method,
                self._base_url + path,
                timeout=self._timeout,
                allow_redirects=False,
                **kwargs,
            )
        except requests.ConnectionError as exc:
            if _never_sent(exc):
                raise VendorUnavailable(vendor=self.vendor, path=path) from exc
            raise OutcomeUnknown("The connection broke.", vendor=self.vendor, path=path) from exc
        except requests.RequestException as exc:  # it may have arrived
            raise OutcomeUnknown("No answer came.", vendor=self.vendor, path=path) from exc
        failpoint("after-vendor", path)
        return response

    def _answer(self, response: requests.Response) -> dict[str, Any]:
        body = json_object(response)
        where = {"vendor": self.vendor, "http_status": response.status_code}
        if response.status_code == 429:  # turned away at the door, before anything was done
            raise VendorUnavailable("The provider asks us to slow down.", **where)
        if response.status_code in self._refusals:
            text = str((body or {}).get("message") or "").strip()
            raise VendorRejected(text or None, **where)
        if response.status_code != 200 or body is None:
            raise OutcomeUnknown("The answer could not be read.", **where)
        return body


def json_object(response: requests.Response) -> dict[str, Any] | None:
    """The answer's JSON object, its fractions as decimals; None where it is none."""
    try:
        body = response.json(parse_float=Decimal)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _never_sent(exc: requests.ConnectionError) -> bool:
    """Whether the request cannot have reached the vendor: no connection was ever made.

    A connect time-out, a refused connection and a name that does not resolve are all
    urllib3 NewConnectionErrors or ConnectTimeouts; a reset after connecting is neither.
    """
    if isinstance(exc, requests.ConnectTimeout):
        return True
    cause: BaseException | None = exc
    while cause is not None:
        if type(cause).__name__ in ("NewConnectionError", "NameResolutionError"):
            return True
        reason = getattr(cause, "reason", None)
        if reason is None and cause.args:
            reason = getattr(cause.args[0], "reason", None)
        cause = reason if isinstance(reason, BaseException) else cause.__cause__
    return False
