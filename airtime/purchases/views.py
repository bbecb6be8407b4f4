"""Purchases over HTTP: parse, start and send, render."""

from __future__ import annotations

import logging

from drf_spectacular.utils import extend_schema
from pymongo.errors import PyMongoError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import get_user
from accounts.pins.permissions import PIN, PinGiven
from airtime.errors import (
    AirtimeDisabled,
    CountryNotFound,
    OperatorNotFound,
    PhoneInvalid,
    ProductTypeNotFound,
    PurchaseFailed,
    PurchaseIncomplete,
    PurchaseRefused,
    ServiceNotFound,
    VariationNotFound,
    VendorLowBalance,
)
from airtime.purchases import AIRTIME, DATA, services
from airtime.purchases.serializers import PurchaseIn, PurchaseOut
from payflow.api.bodies import parse_body
from payflow.api.fields import REQUIRED_KEY
from payflow.api.schema import raises
from payflow.api.throttles import HistoryThrottle, PurchaseThrottle
from payflow.kernel import clock
from payflow.kernel.errors import (
    PayflowError,
    VendorUnavailable,
)
from payflow.kernel.idempotency import HEADER, identify_order
from wallets.errors import (
    DEBIT_ERRORS,
    TransactionNotFound,
    WalletLocked,
)
from wallets.ledger import selectors
from wallets.ledger.documents import Transaction, TransactionStatus
from wallets.serializers import TransactionOut

logger = logging.getLogger(__name__)

# The error for a purchase without delivery, by the code that is stored with it.
_REFUSALS: dict[str, type[PayflowError]] = {
    kind.code: kind
    for kind in (
        PurchaseRefused,
        PurchaseFailed,
        VendorLowBalance,
        VendorUnavailable,
        WalletLocked,
    )
}


@extend_schema(tags=["airtime"])
class Purchase(APIView):
    """Buy airtime or a data plan. 200: delivered. 202: held; the WebSocket announces the outcome.

    If nothing was delivered the money is back, and the error's details hold the transaction.
    """

    permission_classes = [IsAuthenticated, PinGiven]
    throttle_classes = [PurchaseThrottle]

    @extend_schema(
        request=PurchaseIn,
        responses={200: PurchaseOut, 202: PurchaseOut},
        parameters=[REQUIRED_KEY, PIN],
    )
    @raises(
        *DEBIT_ERRORS,
        AirtimeDisabled,
        ServiceNotFound,
        VariationNotFound,
        PhoneInvalid,
        PurchaseIncomplete,
        CountryNotFound,
        ProductTypeNotFound,
        OperatorNotFound,
        VendorLowBalance,
        PurchaseRefused,
        PurchaseFailed,
    )
    def post(self, request: Request) -> Response:
        body = parse_body(PurchaseIn, request)
        identity = identify_order(request.headers.get(HEADER), body, requires_key=True)
        transaction = services.start(
            user=get_user(request),
            amount_kobo=body.pop("amount", None),
            **body,
            identity=identity,
            now=clock.now(),
        )
        if transaction.status is TransactionStatus.PENDING:
            transaction = _send(transaction)
        return _answer(transaction)


@extend_schema(tags=["airtime"])
class PurchaseView(APIView):
    """One of the customer's purchases."""

    throttle_classes = [HistoryThrottle]

    @extend_schema(responses=TransactionOut)
    @raises(TransactionNotFound)
    def get(self, request: Request, reference: str) -> Response:
        found = selectors.get_transaction(user_id=get_user(request).pk, reference=reference)
        if found.type not in (AIRTIME, DATA):
            raise TransactionNotFound()
        return Response(TransactionOut(found).data)


def _send(transaction: Transaction) -> Transaction:
    """If the database is away now, the purchase may have been made: the answer is 202, because
    an error would invite a second one. A sweep asks the vendor."""
    try:
        return services.send(reference=transaction.reference, now=clock.now())
    except PyMongoError:
        logger.exception("purchase %s: its outcome is not stored yet", transaction.reference)
        return transaction


def _answer(transaction: Transaction) -> Response:
    body = PurchaseOut(transaction).data
    if transaction.status is TransactionStatus.FAILED:
        raise _REFUSALS[transaction.order.refusal](transaction.reason, **body)
    is_success = transaction.status is TransactionStatus.SUCCESS
    return Response(body, status=200 if is_success else 202)
