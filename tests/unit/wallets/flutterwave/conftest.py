"""The vendor's client with a vendor that answers from memory."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from payflow.kernel.vendor_http import VendorHttp
from wallets.flutterwave.wire import VENDOR

Reply = dict[str, Any] | tuple[int, dict[str, Any]]


class Vendor(HTTPAdapter):
    """Answers the requests in turn, and keeps them."""

    def __init__(self, replies: tuple[Reply, ...]) -> None:
        super().__init__()
        self.requests: list[requests.PreparedRequest] = []
        self._replies = list(replies)
        self.http = VendorHttp(
            vendor=VENDOR,
            base_url="http://vendor.test",
            headers={},
            connect_timeout_s=1,
            read_timeout_s=1,
        )
        self.http._session.mount("http://", self)

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        self.requests.append(request)
        reply = self._replies.pop(0)
        status, body = reply if isinstance(reply, tuple) else (200, reply)
        raw = io.BytesIO(json.dumps(body).encode())
        answer = HTTPResponse(raw, status=status, preload_content=False)
        return self.build_response(request, answer)


@pytest.fixture
def vendor() -> Callable[..., Vendor]:
    return lambda *replies: Vendor(replies)


@pytest.fixture
def listed() -> Callable[..., dict[str, Any]]:
    """One page of a list."""

    def page(*rows: Any, pages: int = 1) -> dict[str, Any]:
        info = {"total": len(rows), "current_page": 1, "total_pages": pages}
        return {"status": "success", "message": "x", "meta": {"page_info": info}, "data": rows}

    return page
