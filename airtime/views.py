"""The catalogue over HTTP: parse, call one service, render."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from airtime import availability, catalogue, international
from airtime.errors import CountryNotFound, OperatorNotFound, ProductTypeNotFound, ServiceNotFound
from airtime.serializers import (
    CountriesOut,
    InternationalVariationsOut,
    OperatorsOut,
    ProductTypeIn,
    ProductTypesOut,
    ServicesOut,
    VariationsOut,
)
from payflow.api.bodies import parse_query
from payflow.api.schema import raises
from payflow.kernel import clock
from payflow.kernel.errors import VendorUnavailable


@extend_schema(tags=["airtime"])
class Services(APIView):
    """The airtime and data services of each network."""

    @extend_schema(responses=ServicesOut)
    @raises(VendorUnavailable)
    def get(self, request: Request) -> Response:
        availability.check_enabled()
        found = catalogue.list_services(now=clock.now())
        return Response(ServicesOut({"results": found}).data)


@extend_schema(tags=["airtime"])
class Variations(APIView):
    """A data service's plans and their prices; airtime has none."""

    @extend_schema(responses=VariationsOut)
    @raises(ServiceNotFound, VendorUnavailable)
    def get(self, request: Request, service_id: str) -> Response:
        availability.check_enabled()
        found = catalogue.list_variations(service_id, now=clock.now())
        return Response(VariationsOut({"results": found}).data)


@extend_schema(tags=["airtime"])
class Countries(APIView):
    """The countries with international airtime: the first of four choices."""

    @extend_schema(responses=CountriesOut)
    @raises(VendorUnavailable)
    def get(self, request: Request) -> Response:
        availability.check_enabled()
        found = international.list_countries(now=clock.now())
        return Response(CountriesOut({"results": found}).data)


@extend_schema(tags=["airtime"])
class ProductTypes(APIView):
    """What is sold for a country: top-ups, data."""

    @extend_schema(responses=ProductTypesOut)
    @raises(CountryNotFound, VendorUnavailable)
    def get(self, request: Request, code: str) -> Response:
        availability.check_enabled()
        found = international.list_product_types(code, now=clock.now())
        return Response(ProductTypesOut({"results": found}).data)


@extend_schema(tags=["airtime"])
class Operators(APIView):
    """The operators with this product type in a country."""

    @extend_schema(parameters=[ProductTypeIn], responses=OperatorsOut)
    @raises(CountryNotFound, ProductTypeNotFound, VendorUnavailable)
    def get(self, request: Request, code: str) -> Response:
        availability.check_enabled()
        wanted = parse_query(ProductTypeIn, request)
        found = international.list_operators(code, **wanted, now=clock.now())
        return Response(OperatorsOut({"results": found}).data)


@extend_schema(tags=["airtime"])
class InternationalVariations(APIView):
    """An operator's plans: each at a price, or between two bounds."""

    @extend_schema(parameters=[ProductTypeIn], responses=InternationalVariationsOut)
    @raises(OperatorNotFound, VendorUnavailable)
    def get(self, request: Request, operator_id: str) -> Response:
        availability.check_enabled()
        wanted = parse_query(ProductTypeIn, request)
        found = international.list_plans(operator_id, **wanted, now=clock.now())
        return Response(InternationalVariationsOut({"results": found}).data)
