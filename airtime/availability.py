"""Whether anything can be sold now: the vendor's circuit, and our float with the vendor."""

from __future__ import annotations

import logging

from django.conf import settings
from django.core.cache import cache

from airtime import vendor
from airtime.clients import Answer, PurchaseVerdict
from airtime.errors import AirtimeDisabled, VendorLowBalance
from payflow.kernel.circuit import Circuit
from payflow.kernel.errors import VendorUnavailable
from payflow.kernel.money import format_naira
from payflow.kernel.redis_client import call_unless_away

logger = logging.getLogger(__name__)

CIRCUIT = Circuit(vendor.VENDOR)
_LOW_FLOAT_KEY = "vtpass:low_float"
# The least price in kobo that our float was too small for.
_TOO_DEAR_KEY = "vtpass:too_dear"
# The services that the vendor does not sell to us.
_OFF_KEY = "vtpass:off:"
# Longer than the pause between two checks; what is not renewed expires.
_REMEMBERED_S = 900


def check_enabled() -> None:
    """Raises: AirtimeDisabled."""
    if not vendor.is_enabled():
        raise AirtimeDisabled()


def check_open(service_id: str, price_kobo: int) -> None:
    """Call this before anything is held for a purchase of this service at this price.

    A product that is off, or an order above our float, stops no other purchase.
    Raises: VendorLowBalance, VendorUnavailable.
    """
    keys = [_LOW_FLOAT_KEY, _TOO_DEAR_KEY, _OFF_KEY + service_id]
    known: dict[str, int] = call_unless_away(
        lambda: cache.get_many(keys), otherwise={}, doing="reading what can be sold"
    )
    too_dear = known.get(_TOO_DEAR_KEY)
    if known.get(_LOW_FLOAT_KEY) or (too_dear is not None and price_kobo >= too_dear):
        raise VendorLowBalance()
    if known.get(_OFF_KEY + service_id):
        raise VendorUnavailable(vendor=vendor.VENDOR)
    CIRCUIT.check()


def record_answer(answer: Answer, *, service_id: str, price_kobo: int) -> None:
    """Update what can be sold from an answer to a purchase."""
    if answer.verdict is PurchaseVerdict.OUR_FAULT:
        CIRCUIT.trip(answer.vendor_reason)
        return
    CIRCUIT.record_success()
    if answer.verdict is PurchaseVerdict.PRODUCT_OFF:
        logger.error("VTpass does not sell us %s: %s", service_id, answer.vendor_reason)
        _remember(_OFF_KEY + service_id, 1)
    if answer.verdict is PurchaseVerdict.NO_FLOAT:
        logger.error("the float with VTpass is too small for %s", format_naira(price_kobo))
        _remember(_TOO_DEAR_KEY, price_kobo)


def check_float() -> None:
    """Ask the vendor for our float, and store for all processes what it suffices for.

    Raises: VendorUnavailable.
    """
    kobo = vendor.client().balance_kobo()
    is_low = kobo < settings.VTPASS_LOW_FLOAT_KOBO
    if is_low:
        logger.error("the float with VTpass is low: %s; nothing more is sold", format_naira(kobo))
    _remember(_LOW_FLOAT_KEY, 1 if is_low else None)
    _remember(_TOO_DEAR_KEY, kobo + 1)


def _remember(key: str, value: int | None) -> None:
    def write() -> None:
        if value is None:
            cache.delete(key)
        else:
            cache.set(key, value, timeout=_REMEMBERED_S)

    call_unless_away(write, otherwise=None, doing="storing what can be sold")
