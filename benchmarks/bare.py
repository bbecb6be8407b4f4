"""The floor of an acknowledgement: a bare Django view, one insert, one confirmed publish.

A WSGI application for the same web server as ours. It uses only Django without middleware,
PyMongo and kombu. It stores the same document as the inbox, in a collection with the same
indexes (with BENCH_INDEXES=none: without them), and publishes a message with the same content.
"""

from __future__ import annotations

import hashlib
import os
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

settings.configure(
    SECRET_KEY="not used",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[],
    LOGGING_CONFIG=None,  # errors go to stderr, which is written to the log file
)

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpRequest, HttpResponse, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402
from kombu import Connection, Exchange, Producer, Queue  # noqa: E402
from pymongo import IndexModel, MongoClient  # noqa: E402
from pymongo.write_concern import WriteConcern  # noqa: E402

_INDEXES = os.environ.get("BENCH_INDEXES", "same")
_BROKER_URL = os.environ["RABBITMQ_URL"]
_IS_RABBITMQ = _BROKER_URL.startswith("amqp")
_QUEUE = Queue(
    "bench.inbox",
    Exchange("bench", type="topic", durable=True),
    routing_key="bench.inbox",
    durable=True,
    queue_arguments={"x-queue-type": "quorum"} if _IS_RABBITMQ else None,
)
_client: MongoClient[dict[str, Any]] = MongoClient(os.environ["MONGO_URI"])
_inbox = _client[os.environ["MONGO_DB_NAME"]].get_collection(
    f"bench_inbox_{_INDEXES}", write_concern=WriteConcern("majority", j=True)
)
_own = threading.local()
if _INDEXES != "none":
    _inbox.create_indexes(
        [
            IndexModel([("provider", 1), ("dedupe_key", 1)], unique=True),
            IndexModel([("next_attempt_at", 1)], sparse=True),
            IndexModel([("status", 1), ("_id", -1)]),
            IndexModel([("reference", 1)]),
        ]
    )


def acknowledge(request: HttpRequest) -> HttpResponse:
    now = datetime.now(UTC)
    body = request.body
    event = {
        "provider": "flutterwave",
        "dedupe_key": hashlib.sha256(body).hexdigest(),
        "raw_body": body.decode(),
        "status": "RECEIVED",
        "attempts": 0,
        "next_attempt_at": now + timedelta(minutes=1),
        "received_at": now,
    }
    _inbox.insert_one(event)
    _producer().publish(
        {"event_id": str(event["_id"])},
        exchange=_QUEUE.exchange,
        routing_key=_QUEUE.routing_key,
        serializer="json",
        delivery_mode=2,  # kept on disk
    )
    answer = JsonResponse({"status": "received"})
    # No middleware sets this header. Without it the server would send the body in chunks.
    answer["Content-Length"] = str(len(answer.content))
    return answer


def _producer() -> Producer:
    """This thread's producer. Its connection is opened and its queue declared on first use."""
    if not hasattr(_own, "producer"):
        options = {"confirm_publish": True} if _IS_RABBITMQ else {}
        connection = Connection(_BROKER_URL, transport_options=options)
        _QUEUE.bind(connection.default_channel).declare()
        _own.producer = Producer(connection.default_channel)
    return _own.producer


urlpatterns = [path("webhook", acknowledge)]
application = get_wsgi_application()
