"""The catalogue on the wire: amounts are naira as text."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from airtime.clients import ServiceKind
from payflow.api.fields import NairaOut

MAX_PRODUCT_TYPE_ID = 1_000_000


class ServiceOut(serializers.Serializer[Any]):
    service_id = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=[kind.value for kind in ServiceKind])
    network = serializers.CharField()
    min_amount = NairaOut(source="min_kobo")
    max_amount = NairaOut(source="max_kobo")
    image = serializers.CharField()


class ServicesOut(serializers.Serializer[Any]):
    results = ServiceOut(many=True)


class VariationOut(serializers.Serializer[Any]):
    variation_code = serializers.CharField()
    name = serializers.CharField()
    amount = NairaOut(source="amount_kobo")
    validity = serializers.CharField(
        allow_null=True, help_text='"30 days", if the name contains it'
    )


class VariationsOut(serializers.Serializer[Any]):
    results = VariationOut(many=True)


class CountryOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    currency = serializers.CharField()
    prefix = serializers.CharField()
    flag = serializers.CharField()


class CountriesOut(serializers.Serializer[Any]):
    results = CountryOut(many=True)


class ProductTypeOut(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="product_type_id")
    name = serializers.CharField()


class ProductTypesOut(serializers.Serializer[Any]):
    results = ProductTypeOut(many=True)


class ProductTypeIn(serializers.Serializer[Any]):
    product_type_id = serializers.IntegerField(min_value=0, max_value=MAX_PRODUCT_TYPE_ID)


class OperatorOut(serializers.Serializer[Any]):
    operator_id = serializers.CharField()
    name = serializers.CharField()
    image = serializers.CharField()


class OperatorsOut(serializers.Serializer[Any]):
    results = OperatorOut(many=True)


class InternationalVariationOut(serializers.Serializer[Any]):
    variation_code = serializers.CharField()
    name = serializers.CharField()
    amount = NairaOut(
        source="amount_kobo", allow_null=True, help_text="null if the amount is flexible"
    )
    min_amount = NairaOut(source="min_kobo", allow_null=True, help_text="if the amount is flexible")
    max_amount = NairaOut(source="max_kobo", allow_null=True, help_text="if the amount is flexible")
    rate = serializers.CharField(
        allow_null=True, help_text="naira for one unit of the country's currency, if flexible"
    )


class InternationalVariationsOut(serializers.Serializer[Any]):
    results = InternationalVariationOut(many=True)
