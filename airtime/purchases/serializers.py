"""Purchases on the wire: amounts are naira as text."""

from __future__ import annotations

from decimal import Decimal

from rest_framework import serializers

from airtime.serializers import MAX_PRODUCT_TYPE_ID
from payflow.api.fields import NairaIn, OrderIn
from wallets.ledger.documents import Transaction
from wallets.serializers import TransactionOut


class PurchaseIn(OrderIn):
    service_id = serializers.SlugField(max_length=50)
    phone = serializers.CharField(max_length=25)
    amount = NairaIn(
        min_value=Decimal("0.01"), required=False, help_text="for airtime; a plan has a fixed price"
    )
    variation_code = serializers.CharField(
        max_length=100,
        required=False,
        allow_blank=True,
        help_text="for data and international airtime",
    )
    country_code = serializers.CharField(
        max_length=10, required=False, allow_blank=True, help_text="for international airtime"
    )
    operator_id = serializers.CharField(
        max_length=40, required=False, allow_blank=True, help_text="for international airtime"
    )
    product_type_id = serializers.IntegerField(
        min_value=0,
        max_value=MAX_PRODUCT_TYPE_ID,
        required=False,
        help_text="for international airtime",
    )

    def validate_country_code(self, value: str) -> str:
        return value.upper()


class PurchaseOut(serializers.Serializer[Transaction]):
    tx_ref = serializers.CharField(source="reference")
    transaction = TransactionOut(source="*")
