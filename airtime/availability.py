"""Whether anything can be sold now: the vendor's circuit, and our float with the vendor."""

from __future__ import annotations

import logging

from django.conf import settings
from django.core.cache import cache

from airtime import vendor
from airtime.clients import Answer, PurchaseVerdict
from airtime.errors import AirtimeDisabled, VendorLowBalance
from payflow.kernel.circuit import Circuit
from payflow.kernel.money import format_naira
from payflow.kernel.redis_client import call_unless_away

logger = logging.getLogger(__name__)

CIRCUIT = Circuit(vendor.VENDOR)
_LOW_FLOAT_KEY = "vtpass:low_float"
# Longer than the pause between two checks; a flag that is not renewed expires.
_LOW_FLOAT_TTL_S = 900


def check_enabled() -> None:
    """Raises: AirtimeDisabled."""
    if not vendor.is_enabled():
        raise AirtimeDisabled()


def check_open() -> None:
    """Call this before anything is held. Raises: VendorLowBalance, VendorUnavailable."""
    if call_unless_away(
        lambda: cache.get(_LOW_FLOAT_KEY), otherwise=None, doing="reading the state of the float"
    ):
        raise VendorLowBalance()
    CIRCUIT.check()


def record_answer(answer: Answer) -> None:
    """Update circuit and float from an answer to a purchase."""
    if answer.verdict is PurchaseVerdict.OUR_FAULT:
        CIRCUIT.trip(answer.vendor_reason)
        return
    CIRCUIT.record_success()
    if answer.verdict is PurchaseVerdict.NO_FLOAT:
        logger.error("the float with VTpass is empty; nothing more is sold")
        _remember_float(is_low=True)


def check_float() -> None:
    """Ask the vendor for our float, and store for all processes whether it suffices.

    Raises: VendorUnavailable.
    """
    kobo = vendor.client().balance_kobo()
    is_low = kobo < settings.VTPASS_LOW_FLOAT_KOBO
    if is_low:
        logger.error("the float with VTpass is low: %s; nothing more is sold", format_naira(kobo))
    _remember_float(is_low=is_low)


def _remember_float(*, is_low: bool) -> None:
    """After a low float nothing is sold until a check finds enough again."""

    def write() -> None:
        if is_low:
            cache.set(_LOW_FLOAT_KEY, 1, timeout=_LOW_FLOAT_TTL_S)
        else:
            cache.delete(_LOW_FLOAT_KEY)

    call_unless_away(write, otherwise=None, doing="storing the state of the float")
