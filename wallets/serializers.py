"""Wallets on the wire: amounts are naira as strings, times are ISO 8601 in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.serializers import UserOut
from payflow.api.paging import PageIn
from payflow.kernel.money import NGN, to_kobo, to_naira_text
from wallets.ledger.documents import Transaction, TransactionStatus, TransactionType


class NairaIn(serializers.DecimalField):
    """Naira from a client, as kobo."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=14, decimal_places=2, **kwargs)

    def to_internal_value(self, data: Any) -> int:  # type: ignore[override]
        return to_kobo(super().to_internal_value(data))


@extend_schema_field({"type": "string", "format": "decimal", "example": "1500.00"})
class NairaOut(serializers.Field[int, Any, str, int]):
    """Kobo to a client, as naira: `"1500.00"`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value: int) -> str:
        return to_naira_text(value)


class WalletOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    currency = serializers.CharField()
    balance = NairaOut(help_text="what the customer owns")
    held = NairaOut(help_text="of that, reserved by payments in flight")
    available = NairaOut(help_text="balance - held")
    is_active = serializers.BooleanField()
    is_locked = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class AccountOut(serializers.Serializer[Any]):
    user = UserOut()
    wallet = WalletOut()


class ActivityIn(serializers.Serializer[Any]):
    """`is_active` says what to become; without it the wallet is turned round."""

    is_active = serializers.BooleanField(required=False, allow_null=True, default=None)


class FundIn(serializers.Serializer[Any]):
    amount = NairaIn(min_value=Decimal("0.01"))
    currency = serializers.CharField(default=NGN, max_length=3)

    def validate_currency(self, value: str) -> str:
        return value.upper()


class BankAccountIn(serializers.Serializer[Any]):
    # The vendor's own codes: three digits for banks, up to six and more for the rest.
    bank_code = serializers.RegexField(r"^[0-9]{3,9}$", max_length=9)
    account_number = serializers.RegexField(
        r"^[0-9]{10}$", error_messages={"invalid": "An account number has ten digits."}
    )


class WithdrawIn(BankAccountIn):
    amount = NairaIn(min_value=Decimal("0.01"))
    narration = serializers.CharField(max_length=100, required=False, allow_blank=True)


class BankAccountOut(serializers.Serializer[Any]):
    bank_code = serializers.CharField()
    account_number = serializers.CharField()
    account_name = serializers.CharField()
    check_digit_ok = serializers.BooleanField(
        allow_null=True, help_text="a hint: false says that a digit may be mistyped"
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


class TransactionOut(serializers.Serializer[Transaction]):
    reference = serializers.CharField()
    type = serializers.ChoiceField(choices=[t.value for t in TransactionType])
    status = serializers.ChoiceField(choices=[s.value for s in TransactionStatus])
    amount = NairaOut()
    fee = NairaOut()
    currency = serializers.CharField()
    reason = serializers.CharField(allow_null=True)
    provider = serializers.CharField(source="vendor", allow_null=True)
    provider_reference = serializers.CharField(source="vendor_id", allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    completed_at = serializers.DateTimeField(allow_null=True)
    meta = serializers.DictField(source="details")


class FundOut(serializers.Serializer[Transaction]):
    tx_ref = serializers.CharField(source="reference")
    link = serializers.CharField()
    expires_at = serializers.DateTimeField()
    transaction = TransactionOut(source="*")


class WithdrawOut(serializers.Serializer[Transaction]):
    tx_ref = serializers.CharField(source="reference")
    transaction = TransactionOut(source="*")


class PublicTransactionOut(serializers.Serializer[Transaction]):
    """What a page without a login may show of one transaction."""

    reference = serializers.CharField()
    type = serializers.CharField()
    status = serializers.CharField()
    amount = NairaOut()
    currency = serializers.CharField()
    reason = serializers.CharField(allow_null=True)
    account = serializers.SerializerMethodField(help_text="masked; of a withdrawal")
    updated_at = serializers.DateTimeField()

    def get_account(self, transaction: Transaction) -> str | None:
        return transaction.details.get("account_number")


class TransactionPageOut(serializers.Serializer[Any]):
    results = TransactionOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


@extend_schema_field({"type": "string", "example": "2026-01-31"})
class DayOrTime(serializers.Field[Any, Any, Any, Any]):
    """`2026-01-31` or an ISO 8601 time, as UTC. The day of an end includes all of that day."""

    def __init__(self, *, is_end: bool, **kwargs: Any) -> None:
        self._is_end = is_end
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> datetime:
        text = str(data)
        if len(text) == 10:
            day = datetime.combine(serializers.DateField().to_internal_value(text), time(), UTC)
            return day + timedelta(days=1) if self._is_end else day
        moment: datetime = serializers.DateTimeField().to_internal_value(text)
        return moment.astimezone(UTC)


class TransactionFilterIn(PageIn):
    type = serializers.ChoiceField(choices=[t.value for t in TransactionType], required=False)
    status = serializers.ChoiceField(choices=[s.value for s in TransactionStatus], required=False)
    reference = serializers.CharField(max_length=64, required=False)
    date_from = DayOrTime(is_end=False, required=False)
    date_to = DayOrTime(is_end=True, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if unknown := set(self.initial_data) - set(self.fields):
            raise serializers.ValidationError({name: ["No such filter."] for name in unknown})
        return attrs
