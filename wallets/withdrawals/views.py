"""Withdrawals over HTTP: parse, call one service, render."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import get_user
from accounts.pins.permissions import PIN, PinGiven
from payflow.api.bodies import parse_body, parse_query
from payflow.api.fields import REQUIRED_KEY
from payflow.api.schema import raises
from payflow.api.throttles import (
    NameEnquiryDayThrottle,
    NameEnquiryThrottle,
    OrderedNameThrottle,
    WithdrawThrottle,
)
from payflow.kernel import clock
from payflow.kernel.errors import (
    VendorUnavailable,
)
from payflow.kernel.idempotency import HEADER, identify_order
from payflow.kernel.tasks import publish
from wallets.errors import (
    DEBIT_ERRORS,
    AccountNotResolved,
    AmountOutOfRange,
    DailyLimitReached,
)
from wallets.ledger.documents import TransactionStatus
from wallets.withdrawals import banks, limits, services
from wallets.withdrawals.serializers import (
    BankAccountIn,
    BankAccountOut,
    BanksOut,
    FeeIn,
    FeeOut,
    WithdrawIn,
    WithdrawOut,
)
from wallets.withdrawals.tasks import send_transfer


@extend_schema(tags=["wallet"])
class Banks(APIView):
    """The banks that a withdrawal can go to."""

    @extend_schema(parameters=[OpenApiParameter("q")], responses=BanksOut)
    @raises(VendorUnavailable)
    def get(self, request: Request) -> Response:
        found = banks.list_banks(now=clock.now(), q=request.query_params.get("q", ""))
        return Response(BanksOut({"results": found}).data)


@extend_schema(tags=["wallet"])
class VerifyBank(APIView):
    """The name of a bank account's owner, as the bank confirms it."""

    throttle_classes = [NameEnquiryThrottle, NameEnquiryDayThrottle]

    @extend_schema(parameters=[BankAccountIn], responses=BankAccountOut)
    @raises(AccountNotResolved, VendorUnavailable)
    def get(self, request: Request) -> Response:
        account = banks.resolve_account(**parse_query(BankAccountIn, request))
        return Response(BankAccountOut(account).data)


@extend_schema(tags=["wallet"])
class WithdrawFee(APIView):
    """What a withdrawal of this amount will cost."""

    @extend_schema(parameters=[FeeIn], responses=FeeOut)
    @raises(AmountOutOfRange)
    def get(self, request: Request) -> Response:
        amount = parse_query(FeeIn, request)["amount"]
        limits.check_amount(amount)
        fee = limits.get_fee_kobo(amount)
        return Response(FeeOut({"amount": amount, "fee": fee, "total": amount + fee}).data)


@extend_schema(tags=["wallet"])
class Withdraw(APIView):
    """Send money to a bank account. 202: the money is held and the transfer is on its way."""

    permission_classes = [IsAuthenticated, PinGiven]
    throttle_classes = [WithdrawThrottle, OrderedNameThrottle]

    @extend_schema(request=WithdrawIn, responses={202: WithdrawOut}, parameters=[REQUIRED_KEY, PIN])
    @raises(*DEBIT_ERRORS, DailyLimitReached, AccountNotResolved)
    def post(self, request: Request) -> Response:
        body = parse_body(WithdrawIn, request)
        identity = identify_order(request.headers.get(HEADER), body, requires_key=True)
        transaction = services.start(
            user=get_user(request),
            amount_kobo=body.pop("amount"),
            **body,
            identity=identity,
            now=clock.now(),
        )
        if transaction.status is TransactionStatus.PENDING:
            publish(send_transfer, reference=transaction.reference)
        return Response(WithdrawOut(transaction).data, status=202)
