"""Airtime on the wire: amounts are naira as strings."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from airtime.vendors import ServiceKind
from wallets.ledger.documents import Transaction
from wallets.serializers import NairaIn, NairaOut, TransactionOut

_MOST_ID = 1_000_000  # of the vendor's numbers for product types


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
    validity = serializers.CharField(allow_null=True, help_text='"30 days", where the name tells')


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
    product_type_id = serializers.IntegerField(min_value=0, max_value=_MOST_ID)


class OperatorOut(serializers.Serializer[Any]):
    operator_id = serializers.CharField()
    name = serializers.CharField()
    image = serializers.CharField()


class OperatorsOut(serializers.Serializer[Any]):
    results = OperatorOut(many=True)


class InternationalVariationOut(serializers.Serializer[Any]):
    variation_code = serializers.CharField()
    name = serializers.CharField()
    amount = NairaOut(source="amount_kobo", allow_null=True, help_text="null where it is flexible")
    min_amount = NairaOut(source="min_kobo", allow_null=True, help_text="of a flexible amount")
    max_amount = NairaOut(source="max_kobo", allow_null=True, help_text="of a flexible amount")
    rate = serializers.CharField(
        allow_null=True, help_text="naira for one unit of the country's money, where flexible"
    )


class InternationalVariationsOut(serializers.Serializer[Any]):
    results = InternationalVariationOut(many=True)


class PurchaseIn(serializers.Serializer[Any]):
    service_id = serializers.SlugField(max_length=50)
    phone = serializers.CharField(max_length=25)
    amount = NairaIn(
        min_value=Decimal("0.01"), required=False, help_text="of airtime; a plan has its own price"
    )
    variation_code = serializers.CharField(
        max_length=100, required=False, allow_blank=True, help_text="of data or foreign airtime"
    )
    country_code = serializers.CharField(
        max_length=10, required=False, allow_blank=True, help_text="of foreign airtime"
    )
    operator_id = serializers.CharField(
        max_length=40, required=False, allow_blank=True, help_text="of foreign airtime"
    )
    product_type_id = serializers.IntegerField(
        min_value=0, max_value=_MOST_ID, required=False, help_text="of foreign airtime"
    )

    def validate_country_code(self, value: str) -> str:
        return value.upper()


class PurchaseOut(serializers.Serializer[Transaction]):
    tx_ref = serializers.CharField(source="reference")
    transaction = TransactionOut(source="*")
