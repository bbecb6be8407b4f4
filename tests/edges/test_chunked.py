"""Bodies in chunks, as gunicorn passes them on: without a length, and with an end."""

from __future__ import annotations

import secrets
from io import BytesIO
from typing import Any

from django.conf import settings

from tests.support.people import API, Customer
from wallets.inbox.documents import WebhookEvent


def post(customer: Customer, path: str, body: bytes, **environ: Any) -> Any:
    given = {
        "HTTP_TRANSFER_ENCODING": "chunked",
        "CONTENT_LENGTH": "",
        "wsgi.input": BytesIO(body),
        "wsgi.input_terminated": True,
        **environ,
    }
    return customer.client.generic("POST", API + path, content_type="application/json", **given)


def test_a_chunked_body_is_read(customer: Customer) -> None:
    """`is_active` is set, and not switched, which is what an empty body asks for."""
    for _ in range(2):
        answer = post(customer, "/wallet/toggle-activity", b'{"is_active": true}')

        assert (answer.status_code, answer.json()["is_active"]) == (200, True)


def test_a_chunked_webhook_is_stored(customer: Customer) -> None:
    """With its bytes."""
    body = f'{{"event": "x", "n": "{secrets.token_hex(8)}"}}'
    proof = {"HTTP_VERIF_HASH": settings.FLUTTERWAVE_WEBHOOK_HASH}

    answer = post(customer, "/wallet/flutterwave/webhook", body.encode(), **proof)

    assert answer.status_code == 200
    assert WebhookEvent.objects(raw_body=body).count() == 1


def test_a_chunked_body_keeps_the_limits(customer: Customer) -> None:
    """413, and the rest is not read."""
    stream = BytesIO(b" " * 10_000_000)

    answer = post(customer, "/wallet/fund", b"", **{"wsgi.input": stream})
    callback = post(customer, "/airtime/vtpass/webhook", b" " * 20_000)

    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")
    assert stream.tell() == settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1
    assert callback.status_code == 413


def test_a_server_that_does_not_mark_the_end_refuses_chunks(customer: Customer) -> None:
    """411 with a sentence, instead of an empty body."""
    answer = post(customer, "/wallet/fund", b"{}", **{"wsgi.input_terminated": False})

    assert (answer.status_code, answer.json()["error"]["code"]) == (411, "length_required")
