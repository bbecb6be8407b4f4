"""Funding over HTTP: parse, call one service, render."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import get_user
from payflow.api.bodies import parse_body
from payflow.api.fields import OPTIONAL_KEY
from payflow.api.schema import raises
from payflow.api.throttles import FundThrottle
from payflow.kernel import clock
from payflow.kernel.errors import (
    IdempotencyConflict,
    IdempotencyKeyInvalid,
    RequestInProgress,
    VendorUnavailable,
)
from payflow.kernel.idempotency import HEADER, identify_order
from wallets.errors import (
    AmountOutOfRange,
    CurrencyUnsupported,
    DuplicateSuspected,
    WalletInactive,
    WalletLocked,
    WalletNotFound,
)
from wallets.funding import services
from wallets.funding.serializers import FundIn, FundOut


@extend_schema(tags=["wallet"])
class Fund(APIView):
    """Open a payment page. The WebSocket announces its outcome under `tx_ref`."""

    throttle_classes = [FundThrottle]

    @extend_schema(request=FundIn, responses={201: FundOut}, parameters=[OPTIONAL_KEY])
    @raises(
        IdempotencyKeyInvalid,
        IdempotencyConflict,
        RequestInProgress,
        DuplicateSuspected,
        AmountOutOfRange,
        CurrencyUnsupported,
        WalletNotFound,
        WalletInactive,
        WalletLocked,
        VendorUnavailable,
    )
    def post(self, request: Request) -> Response:
        body = parse_body(FundIn, request)
        identity = identify_order(request.headers.get(HEADER), body, requires_key=False)
        transaction = services.start(
            user=get_user(request),
            amount_kobo=body["amount"],
            currency=body["currency"],
            identity=identity,
            now=clock.now(),
        )
        return Response(FundOut(transaction).data, status=201)
