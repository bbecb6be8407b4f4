"""Airtime on the wire: amounts are naira as strings."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from airtime.clients.base import Kind
from wallets.documents import Transaction
from wallets.serializers import NairaIn, NairaOut, TransactionOut


class ServiceOut(serializers.Serializer[Any]):
    service_id = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=[kind.value for kind in Kind])
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


class PurchaseIn(serializers.Serializer[Any]):
    service_id = serializers.SlugField(max_length=50)
    phone = serializers.CharField(max_length=25)
    amount = NairaIn(
        min_value=Decimal("0.01"), required=False, help_text="of airtime; a plan has its own price"
    )
    variation_code = serializers.CharField(
        max_length=100, required=False, allow_blank=True, help_text="of data"
    )


class PurchaseOut(serializers.Serializer[Transaction]):
    tx_ref = serializers.CharField(source="reference")
    transaction = TransactionOut(source="*")
