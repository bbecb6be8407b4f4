"""Flutterwave's webhook endpoint: prove the sender, store the event, publish it, answer 200."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from payflow.api.bodies import AnyBody
from payflow.api.schema import raises
from payflow.kernel import clock
from payflow.kernel.tasks import publish
from wallets.errors import WebhookUnauthorised
from wallets.flutterwave import VENDOR, webhooks
from wallets.inbox import services as inbox
from wallets.inbox.tasks import process_webhook_event


@extend_schema(tags=["vendors"])
class FlutterwaveWebhook(APIView):
    """Where Flutterwave reports what happened. 200 means that the event is stored."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    parser_classes = [AnyBody]

    @extend_schema(
        request={
            "application/json": OpenApiTypes.OBJECT,
            "application/x-www-form-urlencoded": OpenApiTypes.OBJECT,
        },
        responses={200: OpenApiTypes.OBJECT},
        parameters=[
            OpenApiParameter("verif-hash", location=OpenApiParameter.HEADER),
            OpenApiParameter("flutterwave-signature", location=OpenApiParameter.HEADER),
        ],
    )
    @raises(WebhookUnauthorised)
    def post(self, request: Request) -> Response:
        raw_body = request._request.body
        if not webhooks.is_authentic(
            verif_hash=request.headers.get("verif-hash"),
            signature=request.headers.get("flutterwave-signature"),
            raw_body=raw_body,
        ):
            raise WebhookUnauthorised()
        event_id = inbox.receive(
            vendor=VENDOR,
            raw_body=raw_body,
            dedupe_key=webhooks.dedupe_key(webhooks.parse_body(raw_body)),
            now=clock.now(),
        )
        if event_id is not None:
            publish(process_webhook_event, event_id=str(event_id))
        return Response({"status": "received"})
