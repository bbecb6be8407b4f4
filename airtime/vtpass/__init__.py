"""VTpass: its wire format, naira and codes, turned into ours. Implements AirtimeClient.

Source: docs/vendors/vtpass.md.
"""

from django.conf import settings

from airtime.vendors import Answer, PurchaseVerdict
from airtime.vtpass import codes
from airtime.vtpass.callbacks import Hint, read_hint
from airtime.vtpass.catalogue import balance_kobo, list_services, list_variations
from airtime.vtpass.international import (
    INTERNATIONAL_AIRTIME,
    list_countries,
    list_international_plans,
    list_operators,
    list_product_types,
)
from airtime.vtpass.purchases import pay, requery
from airtime.vtpass.wire import VENDOR

__all__ = [
    "INTERNATIONAL_AIRTIME",
    "NOT_SENT",
    "NO_ANSWER",
    "VENDOR",
    "Hint",
    "balance_kobo",
    "is_enabled",
    "list_countries",
    "list_international_plans",
    "list_operators",
    "list_product_types",
    "list_services",
    "list_variations",
    "pay",
    "read_hint",
    "requery",
]

# What is known where the vendor said nothing.
NOT_SENT = Answer(PurchaseVerdict.NOT_SENT, "", "it was never sent", codes.SORRY)
NO_ANSWER = Answer(PurchaseVerdict.UNKNOWN, "", "no answer came", codes.SORRY)


def is_enabled() -> bool:
    """Whether this installation has an account with the vendor."""
    return bool(
        settings.VTPASS_API_KEY and settings.VTPASS_PUBLIC_KEY and settings.VTPASS_SECRET_KEY
    )
