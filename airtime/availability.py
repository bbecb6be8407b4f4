"""Whether the vendor can be sold from: its circuit, and the float we keep with it."""

from __future__ import annotations

import logging

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

from airtime import vtpass
from airtime.errors import AirtimeDisabled, VendorLowBalance
from airtime.vendors import Answer, PurchaseVerdict
from payflow.kernel.circuit import Circuit
from payflow.kernel.money import format_naira

logger = logging.getLogger(__name__)

CIRCUIT = Circuit(vtpass.VENDOR)
_LOW = "vtpass:low_float"
# Longer than the watch's interval: a flag that is not renewed lapses by itself.
_LOW_FOR_S = 900


def check_enabled() -> None:
    """Raises: AirtimeDisabled."""
    if not vtpass.is_enabled():
        raise AirtimeDisabled()


def check_open() -> None:
    """Before anything is held for a customer. Raises: VendorLowBalance, VendorUnavailable."""
    try:
        is_low = cache.get(_LOW)
    except (RedisError, OSError):
        is_low = None
    if is_low:
        raise VendorLowBalance()
    CIRCUIT.check()


def note(answer: Answer) -> None:
    """What an answer to a purchase says of the vendor, and of our account there."""
    if answer.verdict is PurchaseVerdict.OUR_FAULT:
        CIRCUIT.trip(answer.vendor_reason)
        return
    CIRCUIT.success()
    if answer.verdict is PurchaseVerdict.NO_FLOAT:
        logger.error("the float with VTpass is empty; nothing more is sold")
        _remember(is_low=True)


def watch_float() -> None:
    """Whether the float suffices is known to every process. Raises: VendorUnavailable."""
    kobo = vtpass.balance_kobo()
    is_low = kobo < settings.VTPASS_LOW_FLOAT_KOBO
    if is_low:
        logger.error("the float with VTpass is low: %s; nothing more is sold", format_naira(kobo))
    _remember(is_low=is_low)


def _remember(*, is_low: bool) -> None:
    """Once it is low nothing is sold until the watch has seen money again."""
    try:
        if is_low:
            cache.set(_LOW, 1, timeout=_LOW_FOR_S)
        else:
            cache.delete(_LOW)
    except (RedisError, OSError) as exc:
        logger.warning("the state of the float is not remembered: %s", exc)
