"""VTpass: its wire format, naira and codes, turned into ours. Implements AirtimeClient.

Source: docs/vendors/vtpass.md.
"""

from django.conf import settings

from airtime.vtpass.callbacks import Hint, read_hint
from airtime.vtpass.catalogue import balance_kobo, list_services, list_variations
from airtime.vtpass.international import (
    INTERNATIONAL_AIRTIME,
    list_countries,
    list_international_plans,
    list_operators,
    list_product_types,
)
from airtime.vtpass.meters import verify_meter
from airtime.vtpass.purchases import pay, requery
from airtime.vtpass.request_ids import new_request_id
from airtime.vtpass.wire import VENDOR

__all__ = [
    "INTERNATIONAL_AIRTIME",
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
    "new_request_id",
    "pay",
    "read_hint",
    "requery",
    "verify_meter",
]


def is_enabled() -> bool:
    """True if this installation has an account with the vendor."""
    return bool(
        settings.VTPASS_API_KEY and settings.VTPASS_PUBLIC_KEY and settings.VTPASS_SECRET_KEY
    )
