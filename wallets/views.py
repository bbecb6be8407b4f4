"""Wallets over HTTP: parse, call one service or selector, render."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import user_of
from accounts.serializers import RegisterIn
from payflow.api.bodies import parse_query, parsed
from payflow.api.paging import rendered, split_cursor
from payflow.api.throttles import AuthThrottle
from payflow.kernel import clock
from payflow.kernel.idempotency import HEADER, parse_key
from payflow.kernel.tasks import publish
from payflow.onboarding import services as accounts
from wallets.funding import services as funding
from wallets.ledger import selectors
from wallets.ledger.documents import TransactionStatus
from wallets.serializers import (
    AccountOut,
    ActivityIn,
    BankAccountIn,
    BankAccountOut,
    BanksOut,
    FeeIn,
    FeeOut,
    FundIn,
    FundOut,
    TransactionFilterIn,
    TransactionOut,
    TransactionPageOut,
    WalletOut,
    WithdrawIn,
    WithdrawOut,
)
from wallets.tasks import send_transfer
from wallets.withdrawals import banks, limits

IDEMPOTENCY_KEY = OpenApiParameter(
    HEADER,
    location=OpenApiParameter.HEADER,
    description="The same key with the same body gives the same answer; another body, 409.",
)


@extend_schema(tags=["auth"])
class Register(APIView):
    """Open an account: a person and their wallet, or neither."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    throttle_classes = [AuthThrottle]

    @extend_schema(request=RegisterIn, responses={201: AccountOut})
    def post(self, request: Request) -> Response:
        user, wallet = accounts.register_customer(**parsed(RegisterIn, request), now=clock.now())
        return Response(AccountOut({"user": user, "wallet": wallet}).data, status=201)


@extend_schema(tags=["wallet"])
class WalletView(APIView):
    """The customer's wallet."""

    @extend_schema(responses=WalletOut)
    def get(self, request: Request) -> Response:
        return Response(WalletOut(selectors.get_wallet(user_id=user_of(request).pk)).data)


@extend_schema(tags=["wallet"])
class ToggleActivity(APIView):
    """Pause the wallet, or activate it again."""

    @extend_schema(request=ActivityIn, responses=WalletOut)
    def post(self, request: Request) -> Response:
        order = parsed(ActivityIn, request)
        wallet = accounts.set_activity(user_id=user_of(request).pk, **order, now=clock.now())
        return Response(WalletOut(wallet).data)


@extend_schema(tags=["wallet"])
class Fund(APIView):
    """Open a payment page. Its outcome is told over the WebSocket under `tx_ref`."""

    @extend_schema(request=FundIn, responses={201: FundOut}, parameters=[IDEMPOTENCY_KEY])
    def post(self, request: Request) -> Response:
        order = parsed(FundIn, request)
        transaction = funding.start_funding(
            user=user_of(request),
            amount_kobo=order["amount"],
            currency=order["currency"],
            idempotency=parse_key(request.headers.get(HEADER), order),
            now=clock.now(),
        )
        return Response(FundOut(transaction).data, status=201)


@extend_schema(tags=["wallet"])
class Banks(APIView):
    """The banks that a withdrawal can go to."""

    @extend_schema(parameters=[OpenApiParameter("q")], responses=BanksOut)
    def get(self, request: Request) -> Response:
        found = banks.list_banks(now=clock.now(), q=request.query_params.get("q", ""))
        return Response(BanksOut({"results": found}).data)


@extend_schema(tags=["wallet"])
class VerifyBank(APIView):
    """Whose account this is, by its bank's word."""

    @extend_schema(parameters=[BankAccountIn], responses=BankAccountOut)
    def get(self, request: Request) -> Response:
        account = banks.resolve_account(**parse_query(BankAccountIn, request))
        return Response(BankAccountOut(account).data)


@extend_schema(tags=["wallet"])
class WithdrawFee(APIView):
    """What a withdrawal of this amount will cost, before it is made."""

    @extend_schema(parameters=[FeeIn], responses=FeeOut)
    def get(self, request: Request) -> Response:
        amount = parse_query(FeeIn, request)["amount"]
        limits.check_amount(amount)
        fee = limits.fee_for(amount)
        return Response(FeeOut({"amount": amount, "fee": fee, "total": amount + fee}).data)


@extend_schema(tags=["wallet"])
class Withdraw(APIView):
    """Send money to a bank account. 202: the money is held and the transfer on its way."""

    @extend_schema(request=WithdrawIn, responses={202: WithdrawOut}, parameters=[IDEMPOTENCY_KEY])
    def post(self, request: Request) -> Response:
        order = parsed(WithdrawIn, request)
        key = parse_key(request.headers.get(HEADER), order)
        transaction = limits.start_withdrawal(
            user=user_of(request),
            amount_kobo=order.pop("amount"),
            **order,
            idempotency=key,
            now=clock.now(),
        )
        if transaction.status is TransactionStatus.PENDING:
            publish(send_transfer, reference=transaction.reference)
        return Response(WithdrawOut(transaction).data, status=202)


@extend_schema(tags=["wallet"])
class Transactions(APIView):
    """The customer's transactions, newest first."""

    @extend_schema(
        operation_id="wallet_transactions_list",
        parameters=[TransactionFilterIn],
        responses=TransactionPageOut,
    )
    def get(self, request: Request) -> Response:
        cursor, wanted = split_cursor(parse_query(TransactionFilterIn, request))
        page = selectors.page_of_transactions(
            user_id=user_of(request).pk, filters=wanted, cursor=cursor
        )
        return Response(rendered(page, request, TransactionOut))


@extend_schema(tags=["wallet"])
class TransactionView(APIView):
    """One of the customer's transactions."""

    @extend_schema(responses=TransactionOut)
    def get(self, request: Request, reference: str) -> Response:
        found = selectors.get_transaction(user_id=user_of(request).pk, reference=reference)
        return Response(TransactionOut(found).data)
