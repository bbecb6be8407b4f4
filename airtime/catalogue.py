"""Services and plans in Nigeria, from the vendor; from the cache while the vendor is away."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from airtime import vendor
from airtime.clients import Service, ServiceFee, ServiceKind, Variation
from airtime.errors import ServiceNotFound, VariationNotFound
from payflow.kernel.cache import cached_or_stale, read_kept, store

# Beat refreshes both before they are stale. Prices are refreshed more often, because the vendor
# charges its present price, not the one in our copy.
# Source: docs/vendors/vtpass.md, section 8, item 11.
_SERVICES_FRESH_FOR = timedelta(hours=2)
_PRICES_FRESH_FOR = timedelta(minutes=10)


def list_services(*, now: datetime) -> list[Service]:
    """Airtime and data, in the vendor's order. Raises: VendorUnavailable."""
    rows = cached_or_stale("vtpass:services", _ask_services, fresh_for=_SERVICES_FRESH_FOR, now=now)
    return [_read_cached(row) for row in rows]


def get_service(service_id: str, *, now: datetime) -> Service:
    """Raises: ServiceNotFound, VendorUnavailable."""
    for service in list_services(now=now):
        if service.service_id == service_id:
            return service
    raise ServiceNotFound(service_id=service_id)


def is_listed(service_id: str) -> bool:
    """True if the cache has this data service. The vendor is not asked."""
    rows = read_kept("vtpass:services") or []
    data = ServiceKind.DATA.value
    return any(row["service_id"] == service_id and row["kind"] == data for row in rows)


def list_variations(service_id: str, *, now: datetime) -> list[Variation]:
    """A data service's plans; airtime has none. Raises: ServiceNotFound, VendorUnavailable."""
    if get_service(service_id, now=now).kind is ServiceKind.AIRTIME:
        return []
    rows = cached_or_stale(
        _plans_of(service_id),
        lambda: _ask_variations(service_id),
        fresh_for=_PRICES_FRESH_FOR,
        now=now,
    )
    return [Variation(**row) for row in rows]


def get_variation(service_id: str, variation_code: str, *, now: datetime) -> Variation:
    """Raises: VariationNotFound, ServiceNotFound, VendorUnavailable."""
    for variation in list_variations(service_id, now=now):
        if variation.variation_code == variation_code:
            return variation
    raise VariationNotFound(variation_code=variation_code)


def refresh(*, now: datetime) -> None:
    """Cache the vendor's present services and plans. Raises: VendorUnavailable."""
    store("vtpass:services", _ask_services(), now=now)
    for service in list_services(now=now):
        if service.kind is ServiceKind.DATA:
            refresh_variations(service.service_id, now=now)


def refresh_variations(service_id: str, *, now: datetime) -> None:
    """Cache the service's present plans. Raises: VendorUnavailable."""
    store(_plans_of(service_id), _ask_variations(service_id), now=now)


def _read_cached(row: dict[str, Any]) -> Service:
    """A service from the cache. A copy that was stored by an older version has no fee."""
    fee = ServiceFee(**row.get("fee", {}))
    return Service(**{**row, "kind": ServiceKind(row["kind"]), "fee": fee})


def _plans_of(service_id: str) -> str:
    return f"vtpass:plans:{service_id}"


def _ask_services() -> list[dict[str, Any]]:
    return [
        {**asdict(service), "kind": kind.value}
        for kind in ServiceKind
        for service in vendor.client().list_services(kind)
    ]


def _ask_variations(service_id: str) -> list[dict[str, Any]]:
    return [asdict(variation) for variation in vendor.client().list_variations(service_id)]
