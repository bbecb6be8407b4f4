"""What a payment for electricity stores beside its transaction."""

from __future__ import annotations

from mongoengine import StringField

from wallets.ledger.documents import Order


class Meter(Order):
    """The meter that is topped up."""

    meter_number = StringField(required=True)
