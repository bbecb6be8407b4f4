"""What a page without a login may show."""

from __future__ import annotations

from rest_framework import serializers

from payflow.api.fields import NairaOut
from wallets.ledger.documents import Transaction


class PublicTransactionOut(serializers.Serializer[Transaction]):
    """One transaction, without anything that only its customer may see."""

    reference = serializers.CharField()
    type = serializers.CharField()
    status = serializers.CharField()
    amount = NairaOut()
    currency = serializers.CharField()
    reason = serializers.CharField(allow_null=True)
    reversed = NairaOut(
        source="reversed_kobo", help_text="what was given back since; negative if it was taken"
    )
    account = serializers.SerializerMethodField(help_text="masked; of a withdrawal")
    updated_at = serializers.DateTimeField()

    def get_account(self, transaction: Transaction) -> str | None:
        return transaction.details.get("account_number")
