"""Withdrawals and banks on the wire."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from payflow.api.fields import NairaIn, NairaOut, OrderIn
from wallets.ledger.documents import Transaction
from wallets.serializers import TransactionOut


class BankAccountIn(serializers.Serializer[Any]):
    # The vendor's own codes: three digits for banks, up to nine for others.
    bank_code = serializers.RegexField(r"^[0-9]{3,9}$", max_length=9)
    account_number = serializers.RegexField(
        r"^[0-9]{10}$", error_messages={"invalid": "An account number has ten digits."}
    )


class WithdrawIn(BankAccountIn, OrderIn):
    amount = NairaIn(min_value=Decimal("0.01"))
    narration = serializers.CharField(max_length=100, required=False, allow_blank=True)


class WithdrawOut(serializers.Serializer[Transaction]):
    tx_ref = serializers.CharField(source="reference")
    transaction = TransactionOut(source="*")


class BankAccountOut(serializers.Serializer[Any]):
    bank_code = serializers.CharField()
    account_number = serializers.CharField()
    account_name = serializers.CharField()
    check_digit_ok = serializers.BooleanField(
        allow_null=True, help_text="a hint: false means that a digit may be mistyped"
    )


class BankOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()


class BanksOut(serializers.Serializer[Any]):
    results = BankOut(many=True)


class FeeIn(serializers.Serializer[Any]):
    amount = NairaIn(min_value=Decimal("0.01"))


class FeeOut(serializers.Serializer[Any]):
    amount = NairaOut()
    fee = NairaOut()
    total = NairaOut(help_text="what will be held and, once paid, taken")
