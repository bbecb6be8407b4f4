"""Airtime and data over HTTP: parse, call one service, render."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import user_of
from airtime import availability, catalogue, international
from airtime.errors import PurchaseFailed, PurchaseRefused, VendorLowBalance
from airtime.purchases import services as purchases
from airtime.serializers import (
    CountriesOut,
    InternationalVariationsOut,
    OperatorsOut,
    ProductTypeIn,
    ProductTypesOut,
    PurchaseIn,
    PurchaseOut,
    ServicesOut,
    VariationsOut,
)
from payflow.api.bodies import parse_query, parsed
from payflow.kernel import clock
from payflow.kernel.errors import PayflowError, VendorUnavailable
from payflow.kernel.idempotency import HEADER, parse_key
from wallets.errors import TransactionNotFound
from wallets.ledger import selectors
from wallets.ledger.documents import Transaction, TransactionStatus
from wallets.serializers import TransactionOut
from wallets.views import IDEMPOTENCY_KEY

# The error that tells of a purchase that came to nothing, by the code kept with it.
_REFUSALS: dict[str, type[PayflowError]] = {
    kind.code: kind
    for kind in (PurchaseRefused, PurchaseFailed, VendorLowBalance, VendorUnavailable)
}


@extend_schema(tags=["airtime"])
class Services(APIView):
    """What is sold: airtime and data, for each network."""

    @extend_schema(responses=ServicesOut)
    def get(self, request: Request) -> Response:
        availability.check_enabled()
        found = catalogue.list_services(now=clock.now())
        return Response(ServicesOut({"results": found}).data)


@extend_schema(tags=["airtime"])
class Variations(APIView):
    """A data service's plans and their prices; airtime has none."""

    @extend_schema(responses=VariationsOut)
    def get(self, request: Request, service_id: str) -> Response:
        availability.check_enabled()
        found = catalogue.list_variations(service_id, now=clock.now())
        return Response(VariationsOut({"results": found}).data)


@extend_schema(tags=["airtime"])
class Countries(APIView):
    """Where foreign airtime is sold: the first of four steps to a purchase."""

    @extend_schema(responses=CountriesOut)
    def get(self, request: Request) -> Response:
        availability.check_enabled()
        found = international.list_countries(now=clock.now())
        return Response(CountriesOut({"results": found}).data)


@extend_schema(tags=["airtime"])
class ProductTypes(APIView):
    """What is sold in a country: top-ups, data."""

    @extend_schema(responses=ProductTypesOut)
    def get(self, request: Request, code: str) -> Response:
        availability.check_enabled()
        found = international.list_product_types(code, now=clock.now())
        return Response(ProductTypesOut({"results": found}).data)


@extend_schema(tags=["airtime"])
class Operators(APIView):
    """Who sells this type of product in a country."""

    @extend_schema(parameters=[ProductTypeIn], responses=OperatorsOut)
    def get(self, request: Request, code: str) -> Response:
        availability.check_enabled()
        wanted = parse_query(ProductTypeIn, request)
        found = international.list_operators(code, **wanted, now=clock.now())
        return Response(OperatorsOut({"results": found}).data)


@extend_schema(tags=["airtime"])
class InternationalVariations(APIView):
    """An operator's plans: each at its price, or within bounds for the customer to choose."""

    @extend_schema(parameters=[ProductTypeIn], responses=InternationalVariationsOut)
    def get(self, request: Request, operator_id: str) -> Response:
        availability.check_enabled()
        wanted = parse_query(ProductTypeIn, request)
        found = international.list_plans(operator_id, **wanted, now=clock.now())
        return Response(InternationalVariationsOut({"results": found}).data)


@extend_schema(tags=["airtime"])
class Purchase(APIView):
    """Buy airtime or a data plan. 200: delivered. 202: held, and its outcome will be pushed.

    Where nothing was delivered the money is back, and the error's details hold the transaction.
    """

    @extend_schema(
        request=PurchaseIn,
        responses={200: PurchaseOut, 202: PurchaseOut},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> Response:
        order = parsed(PurchaseIn, request)
        key = parse_key(request.headers.get(HEADER), order)
        transaction = purchases.start_purchase(
            user=user_of(request),
            amount_kobo=order.pop("amount", None),
            **order,
            idempotency=key,
            now=clock.now(),
        )
        if transaction.status is TransactionStatus.PENDING:
            transaction = purchases.send(reference=transaction.reference, now=clock.now())
        return _answer(transaction)


@extend_schema(tags=["airtime"])
class PurchaseView(APIView):
    """One of the customer's purchases."""

    @extend_schema(responses=TransactionOut)
    def get(self, request: Request, reference: str) -> Response:
        found = selectors.get_transaction(user_id=user_of(request).pk, reference=reference)
        if found.purchase is None:
            raise TransactionNotFound()
        return Response(TransactionOut(found).data)


def _answer(transaction: Transaction) -> Response:
    body = PurchaseOut(transaction).data
    if transaction.status is TransactionStatus.FAILED:
        raise _REFUSALS[transaction.purchase.refusal](transaction.reason, **body)
    return Response(body, status=200 if transaction.status is TransactionStatus.SUCCESS else 202)
