"""A customer's wallet and transactions over HTTP: parse, call one service, render."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import get_user
from payflow.api.bodies import parse_body, parse_query
from payflow.api.paging import render_page, split_cursor
from payflow.api.schema import raises
from payflow.api.throttles import HistoryThrottle
from payflow.kernel import clock
from wallets.errors import TransactionNotFound, WalletNotFound
from wallets.ledger import locks, selectors
from wallets.serializers import (
    ActivityIn,
    TransactionFilterIn,
    TransactionOut,
    TransactionPageOut,
    WalletOut,
)


@extend_schema(tags=["wallet"])
class WalletView(APIView):
    """The customer's wallet."""

    throttle_classes = [HistoryThrottle]

    @extend_schema(responses=WalletOut)
    @raises(WalletNotFound)
    def get(self, request: Request) -> Response:
        return Response(WalletOut(selectors.get_wallet(user_id=get_user(request).pk)).data)


@extend_schema(tags=["wallet"])
class ToggleActivity(APIView):
    """Pause the wallet, or activate it again."""

    @extend_schema(request=ActivityIn, responses=WalletOut)
    @raises(WalletNotFound)
    def post(self, request: Request) -> Response:
        body = parse_body(ActivityIn, request)
        wallet = locks.set_activity(user_id=get_user(request).pk, **body, now=clock.now())
        return Response(WalletOut(wallet).data)


@extend_schema(tags=["wallet"])
class Transactions(APIView):
    """The customer's transactions, newest first."""

    throttle_classes = [HistoryThrottle]

    @extend_schema(
        operation_id="wallet_transactions_list",
        parameters=[TransactionFilterIn],
        responses=TransactionPageOut,
    )
    @raises(WalletNotFound)
    def get(self, request: Request) -> Response:
        cursor, filters = split_cursor(parse_query(TransactionFilterIn, request))
        page = selectors.get_transaction_page(
            user_id=get_user(request).pk, filters=filters, cursor=cursor
        )
        return Response(render_page(page, request, TransactionOut))


@extend_schema(tags=["wallet"])
class TransactionView(APIView):
    """One of the customer's transactions."""

    throttle_classes = [HistoryThrottle]

    @extend_schema(responses=TransactionOut)
    @raises(TransactionNotFound)
    def get(self, request: Request, reference: str) -> Response:
        found = selectors.get_transaction(user_id=get_user(request).pk, reference=reference)
        return Response(TransactionOut(found).data)
