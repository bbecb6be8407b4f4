"""Health checks, and the endpoint for metrics."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.cache import caches
from django.http import HttpResponse
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from payflow import metrics
from payflow.api.throttles import HealthThrottle
from payflow.kernel import db

logger = logging.getLogger(__name__)
# A probe that takes longer than this counts as failed, because the caller has a time-out too.
PROBE_TIMEOUT_S = 4.0
# Enough threads that hung probes cannot block the next request's probes.
_pool = ThreadPoolExecutor(max_workers=12, thread_name_prefix="health")


def ping_database() -> None:
    db.client().admin.command("ping")


def ping_broker() -> None:
    with current_app.connection_for_write(connect_timeout=2) as connection:
        connection.ensure_connection(max_retries=1, timeout=2)


def ping_redis() -> None:
    caches["default"].get("health")


PARTS: dict[str, Callable[[], None]] = {
    "database": ping_database,
    "broker": ping_broker,
    "redis": ping_redis,
}


def probe(*names: str) -> tuple[bool, dict[str, dict[str, Any]]]:
    """True if all these parts answer; and each part's status, with its latency in milliseconds."""
    started = time.monotonic()
    running = {name: _pool.submit(_timed, PARTS[name]) for name in names}
    found: dict[str, dict[str, Any]] = {}
    for name, future in running.items():
        left_s = max(0.0, PROBE_TIMEOUT_S - (time.monotonic() - started))
        try:
            found[name] = {"status": "up", "latency_ms": round(future.result(left_s), 1)}
        except Exception as exc:  # every driver raises its own errors
            why = "timed out" if isinstance(exc, FutureTimeout) else type(exc).__name__
            logger.warning("health: %s is down: %s", name, exc)
            found[name] = {"status": "down", "error": why}
    return all(part["status"] == "up" for part in found.values()), found


def _timed(ping: Callable[[], None]) -> float:
    started = time.monotonic()
    ping()
    return (time.monotonic() - started) * 1000


# What is up and what is not, with either status.
_STATE = {200: OpenApiTypes.OBJECT, 503: OpenApiTypes.OBJECT}


class _Probe(APIView):
    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]


@extend_schema(tags=["health"], responses=_STATE)
class Health(_Probe):
    """The status and the latency of each part; 503 if one part is down."""

    throttle_classes = [HealthThrottle]

    def get(self, request: Request) -> Response:
        up, parts = probe(*PARTS)
        body = {"status": "up" if up else "down", "app": settings.APP_NAME, "parts": parts}
        return Response(body, status=200 if up else 503)


@extend_schema(tags=["health"], responses=OpenApiTypes.OBJECT)
class Live(_Probe):
    """200 if the process answers. For a container's liveness check: it probes no other part."""

    def get(self, request: Request) -> Response:
        return Response({"status": "up"})


@extend_schema(tags=["health"], responses=_STATE)
class PingRabbitMQ(_Probe):
    """The status of the broker; 503 if it does not answer."""

    throttle_classes = [HealthThrottle]

    def get(self, request: Request) -> Response:
        up, parts = probe("broker")
        return Response(parts["broker"], status=200 if up else 503)


@extend_schema(tags=["health"], responses={(200, "text/plain"): OpenApiTypes.STR})
class Metrics(_Probe):
    """Counters and backlogs for Prometheus. Always 200: parts that do not answer are left out."""

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        # Prometheus asks for other formats first, and accepts this one.
        return super().perform_content_negotiation(request, force=True)

    def get(self, request: Request) -> HttpResponse:
        return HttpResponse(metrics.render(), content_type=CONTENT_TYPE_PLAIN_0_0_4)


urlpatterns = [
    path("health", Health.as_view()),
    path("health/live", Live.as_view()),
    path("ping-rabbitmq", PingRabbitMQ.as_view()),
    path("metrics", Metrics.as_view()),
]
