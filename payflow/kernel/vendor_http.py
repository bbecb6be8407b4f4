"""HTTP to vendors: pooled, with time-outs, and with one answer to "may money have moved?".

A read moves no money, so a read that fails is only "unavailable". A write may move money, so
every answer that is not understood leaves its outcome unknown.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from payflow.kernel.bulkhead import Bulkhead, is_customer_waiting
from payflow.kernel.errors import OutcomeUnknown, VendorRejected, VendorUnavailable
from payflow.kernel.failpoints import failpoint

T = TypeVar("T")
logger = logging.getLogger(__name__)

# A GET may be repeated here; it changes nothing at the vendor.
_READ_RETRIES = 2


class VendorHttp:
    """One vendor's API. Share one instance per process, because it keeps its connections.

    `refusals` are the HTTP statuses by which this vendor gives a final no. Every other failure of
    a write is an unknown outcome.

    While a customer waits, a read is given up after `lookup_timeout_s` and is not repeated, and
    `places` calls may be made at the same time. A write keeps its time-out: to give up earlier
    would only leave more outcomes unknown.
    """

    def __init__(
        self,
        *,
        vendor: str,
        base_url: str,
        headers: Mapping[str, str],
        connect_timeout_s: float,
        read_timeout_s: float,
        lookup_timeout_s: float = 5.0,
        places: int = 6,
        refusals: frozenset[int] = frozenset({400, 401, 403, 404, 422}),
    ) -> None:
        self.vendor = vendor
        self._base_url = base_url.rstrip("/")
        self._timeout = (connect_timeout_s, read_timeout_s)
        self._lookup_timeout = (connect_timeout_s, min(lookup_timeout_s, read_timeout_s))
        self._refusals = refusals
        self._bulkhead = Bulkhead(vendor, places)
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
        self._session = _open_session(headers, reads)
        self._lookup_session = _open_session(headers, Retry(0, read=False, redirect=0))

    def read(
        self,
        path: str,
        parse: Callable[[requests.Response], T],
        *,
        method: str = "GET",
        **call: Any,
    ) -> T:
        """Send a question and return parse(response). Some vendors take questions by POST.

        `call` is what requests.Session.request() takes: params, json, headers.
        Raises: VendorBusy, VendorUnavailable (ask again later; also if parse() raises
        OutcomeUnknown), and
        VendorRejected if parse() does.
        """
        try:
            return parse(self._send(method, path, is_read=True, **call))
        except OutcomeUnknown as exc:  # asking moves no money, whatever the answer was
            logger.warning("%s %s: %s", self.vendor, path, exc.message)
            raise VendorUnavailable(**exc.details) from exc

    def write(self, path: str, parse: Callable[[requests.Response], T], **call: Any) -> T:
        """Send one POST that may move money, and return parse(response). Never repeated here.

        Raises: VendorBusy, VendorUnavailable (never sent), VendorRejected (a final no),
        OutcomeUnknown.
        """
        return parse(self._send("POST", path, is_read=False, **call))

    def answer_object(self, response: requests.Response) -> dict[str, Any]:
        """The JSON object of an answer with HTTP status 200.

        Raises: VendorUnavailable (turned away before anything was done), VendorRejected,
        OutcomeUnknown.
        """
        body = json_object(response)
        where = {"vendor": self.vendor, "http_status": response.status_code}
        if response.status_code == 429:
            raise VendorUnavailable("The provider asks us to slow down.", **where)
        if response.status_code in self._refusals:
            text = str((body or {}).get("message") or "").strip()
            raise VendorRejected(text or None, **where)
        if response.status_code != 200 or body is None:
            raise OutcomeUnknown("The answer could not be read.", **where)
        return body

    def _send(self, method: str, path: str, *, is_read: bool, **call: Any) -> requests.Response:
        """Raises: VendorBusy, VendorUnavailable (never sent), OutcomeUnknown."""
        with self._bulkhead.place(is_lookup=is_read):
            return self._exchange(method, path, is_read and is_customer_waiting(), **call)

    def _exchange(self, method: str, path: str, is_lookup: bool, **call: Any) -> requests.Response:
        session = self._lookup_session if is_lookup else self._session
        failpoint("before-vendor", path)
        try:
            response = session.request(
                method,
                self._base_url + path,
                timeout=self._lookup_timeout if is_lookup else self._timeout,
                allow_redirects=False,
                **call,
            )
        except requests.ConnectionError as exc:
            if _was_never_sent(exc):
                raise VendorUnavailable(vendor=self.vendor, path=path) from exc
            raise OutcomeUnknown("The connection broke.", vendor=self.vendor, path=path) from exc
        except requests.RequestException as exc:  # the request may have arrived
            raise OutcomeUnknown("No answer came.", vendor=self.vendor, path=path) from exc
        failpoint("after-vendor", path)
        return response


def _open_session(headers: Mapping[str, str], retries: Retry) -> requests.Session:
    session = requests.Session()
    session.headers.update(headers)
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=32, max_retries=retries))
    return session


def json_object(response: requests.Response) -> dict[str, Any] | None:
    """The answer's JSON object, with fractions as Decimal; None if it has none."""
    try:
        body = response.json(parse_float=Decimal)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _was_never_sent(exc: requests.ConnectionError) -> bool:
    """True if no connection was ever made, so the request cannot have reached the vendor.

    A connect time-out, a refused connection and a name that does not resolve are urllib3's
    ConnectTimeoutError, NewConnectionError and NameResolutionError. A reset after connecting is
    none of these.
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
