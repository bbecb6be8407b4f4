"""VTpass: its wire format, naira and codes, turned into ours. Implements AirtimeClient.

Source: docs/vendors/vtpass.md.
"""

from django.conf import settings

from airtime.clients.base import Answer, Verdict
from airtime.clients.vtpass import codes
from airtime.clients.vtpass.callbacks import Hint, read_hint
from airtime.clients.vtpass.catalogue import balance_kobo, list_services, list_variations
from airtime.clients.vtpass.foreign import (
    FOREIGN_AIRTIME,
    list_countries,
    list_foreign_plans,
    list_operators,
    list_product_types,
)
from airtime.clients.vtpass.purchases import pay, requery
from airtime.clients.vtpass.wire import PROVIDER

__all__ = [
    "FOREIGN_AIRTIME",
    "NOT_SENT",
    "NO_ANSWER",
    "PROVIDER",
    "Hint",
    "balance_kobo",
    "is_enabled",
    "list_countries",
    "list_foreign_plans",
    "list_operators",
    "list_product_types",
    "list_services",
    "list_variations",
    "pay",
    "read_hint",
    "requery",
]

# What is known where the vendor said nothing.
NOT_SENT = Answer(Verdict.NOT_SENT, "", "it was never sent", codes.SORRY)
NO_ANSWER = Answer(Verdict.UNKNOWN, "", "no answer came", codes.SORRY)


def is_enabled() -> bool:
    """Whether this installation has an account with the vendor."""
    return bool(
        settings.VTPASS_API_KEY and settings.VTPASS_PUBLIC_KEY and settings.VTPASS_SECRET_KEY
    )
