"""What a withdrawal stores beside its transaction."""

from __future__ import annotations

from typing import ClassVar

from mongoengine import BooleanField, StringField

from wallets.ledger.documents import Order


class Payout(Order):
    """The bank account that a withdrawal goes to, as its bank confirmed it before the hold."""

    sealed_fields: ClassVar[tuple[str, ...]] = (
        "bank_code",
        "account_number",
        "account_name",
        "narration",
    )
    bank_code = StringField(required=True)
    account_number = StringField(required=True)
    account_name = StringField(required=True)
    narration = StringField(required=True)
    # The day in Lagos against whose limit it counts. Earlier versions did not store it.
    counted_on = StringField()
    # Whether it was given back to the daily limit, because it came to nothing.
    is_returned = BooleanField(default=False)
