"""Fundings on the wire."""

from __future__ import annotations

from decimal import Decimal

from rest_framework import serializers

from payflow.api.fields import NairaIn, OrderIn
from payflow.kernel.money import NGN
from wallets.ledger.documents import Transaction
from wallets.serializers import TransactionOut


class FundIn(OrderIn):
    amount = NairaIn(min_value=Decimal("0.01"))
    currency = serializers.CharField(default=NGN, max_length=3)

    def validate_currency(self, value: str) -> str:
        return value.upper()


class FundOut(serializers.Serializer[Transaction]):
    tx_ref = serializers.CharField(source="reference")
    link = serializers.CharField()
    expires_at = serializers.DateTimeField()
    transaction = TransactionOut(source="*")
