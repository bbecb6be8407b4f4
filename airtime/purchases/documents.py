"""What a purchase stores beside its transaction."""

from __future__ import annotations

from typing import ClassVar

from mongoengine import IntField, StringField

from wallets.ledger.documents import Order


class Purchase(Order):
    """Airtime or a data plan for a phone number."""

    sealed_fields: ClassVar[tuple[str, ...]] = (
        "service_id",
        "phone",
        "variation_code",
        "country_code",
        "operator_id",
        "product_type_id",
        "email",
        "local_amount",
    )
    service_id = StringField(required=True)
    # As the vendor is sent it: 0803... in Nigeria, 233241234567 for another country.
    phone = StringField(required=True)
    variation_code = StringField()
    # The next five are set for international airtime only.
    country_code = StringField()
    operator_id = StringField()
    product_type_id = IntField()
    email = StringField()  # the customer's
    # In the country's currency; set if the plan has no fixed price.
    local_amount = StringField()
    # How often the vendor answered that it does not know the purchase.
    absences = IntField(required=True, default=0)
    refusal = StringField()  # the error code that the customer was answered with
