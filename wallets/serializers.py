"""Wallets and transactions on the wire: amounts are naira as text, times are ISO 8601 in UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from payflow.api.fields import NairaOut
from payflow.api.paging import PageIn
from payflow.kernel.clock import LAGOS
from wallets import flows
from wallets.ledger.documents import Transaction, TransactionStatus


class TransactionTypeField(serializers.ChoiceField):
    """A transaction type. Its choices are read when a serializer is made, after registration."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=flows.transaction_types(), **kwargs)


class WalletOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    currency = serializers.CharField()
    balance = NairaOut(help_text="what the customer owns")
    held = NairaOut(help_text="the part that payments in flight reserve")
    owed = NairaOut(help_text="what the customer owes us; the next money in repays it")
    available = NairaOut(help_text="balance - held; nothing as long as the customer owes us money")
    is_active = serializers.BooleanField()
    is_locked = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ActivityIn(serializers.Serializer[Any]):
    """`is_active` is the state to set; without it the wallet switches to the other state."""

    is_active = serializers.BooleanField(required=False, allow_null=True, default=None)


class TransactionOut(serializers.Serializer[Transaction]):
    reference = serializers.CharField()
    type = TransactionTypeField()
    status = serializers.ChoiceField(choices=[s.value for s in TransactionStatus])
    amount = NairaOut()
    fee = NairaOut()
    currency = serializers.CharField()
    reason = serializers.CharField(allow_null=True)
    reversed = NairaOut(
        source="reversed_kobo",
        help_text="what REVERSALs have given back since; negative if they took money",
    )
    provider = serializers.CharField(source="vendor", allow_null=True)
    provider_reference = serializers.CharField(source="vendor_id", allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    completed_at = serializers.DateTimeField(allow_null=True)
    meta = serializers.DictField(source="details")


class TransactionPageOut(serializers.Serializer[Any]):
    results = TransactionOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


_DAY_OR_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?"
)

_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(microsecond=999000, tzinfo=UTC)  # to the millisecond


def _in_utc(moment: datetime) -> datetime:
    """The moment in UTC. One that is outside of the calendar there becomes its first or last."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return _FIRST if moment.year == 1 else _LAST


@extend_schema_field({"type": "string", "example": "2026-01-31"})
class DayOrTime(serializers.Field[Any, Any, Any, Any]):
    """`2026-01-31`, a day in Lagos, or an ISO 8601 time, by default in UTC.

    An end that is a day includes all of that day.
    """

    default_error_messages = {
        "invalid": "Give a day such as 2026-01-31 or a time such as 2026-01-31T10:00:00Z."
    }

    def __init__(self, *, is_end: bool, **kwargs: Any) -> None:
        self._is_end = is_end
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> datetime:
        if not _DAY_OR_TIME.fullmatch(str(data)):
            self.fail("invalid")
        try:
            moment = datetime.fromisoformat(str(data))
        except ValueError:
            self.fail("invalid")
        if "T" in str(data):
            return _in_utc(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
        if self._is_end and moment.date() < date.max:
            moment += timedelta(days=1)
        return _in_utc(moment.replace(tzinfo=LAGOS))


class TransactionFilterIn(PageIn):
    type = TransactionTypeField(required=False)
    status = serializers.ChoiceField(choices=[s.value for s in TransactionStatus], required=False)
    reference = serializers.CharField(max_length=64, required=False)
    date_from = DayOrTime(is_end=False, required=False)
    date_to = DayOrTime(is_end=True, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if unknown := set(self.initial_data) - set(self.fields):
            raise serializers.ValidationError({name: ["No such filter."] for name in unknown})
        return attrs
