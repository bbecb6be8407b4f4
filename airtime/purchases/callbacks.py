"""The vendor's callback endpoint: store what is about us, publish it, answer 200."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from airtime.purchases.events import receive_callback
from payflow.api.bodies import AnyBody, read_small_body
from payflow.api.throttles import CallbackThrottle
from payflow.kernel import clock
from payflow.kernel.tasks import publish
from wallets.inbox.tasks import process_webhook_event

# The vendor's longest callback lists the plans of one service.
_MAX_BYTES = 16 * 1024


@extend_schema(tags=["vendors"])
class VtpassWebhook(APIView):
    """Where the vendor reports late outcomes and changed plans. Each is only a reason to ask."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    parser_classes = [AnyBody]
    throttle_classes = [CallbackThrottle]

    @extend_schema(
        request={"application/json": OpenApiTypes.ANY}, responses={200: OpenApiTypes.OBJECT}
    )
    def post(self, request: Request) -> Response:
        raw_body = read_small_body(request, max_bytes=_MAX_BYTES)
        event_id = receive_callback(raw_body=raw_body, now=clock.now())
        if event_id is not None:
            publish(process_webhook_event, event_id=str(event_id))
        # Any other answer makes the vendor repeat the callback, up to five times.
        # Source: docs/vendors/vtpass.md, section 7.
        return Response({"response": "success"})
