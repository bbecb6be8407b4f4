"""What VTpass sells, and the balance of our float there.

Source: docs/vendors/vtpass.md, section 2; the misspelled keys are the vendor's.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING, ROUND_DOWN, Decimal
from typing import Any, TypeVar

from airtime.clients import InternationalPlan, Service, ServiceFee, ServiceKind, Variation
from airtime.vtpass.wire import VENDOR, read_content
from payflow.kernel.errors import VendorUnavailable
from payflow.kernel.money import KOBO_PER_NAIRA, NotExactKobo, to_kobo

logger = logging.getLogger(__name__)
Plan = TypeVar("Plan", Variation, InternationalPlan)

# The network of each service. A service that is not here is not sold for a phone number
# (smile-direct and spectranet take an account number), or not in Nigeria (foreign-airtime).
_NETWORKS = {"mtn": "MTN", "glo": "Glo", "airtel": "Airtel", "etisalat": "9mobile",
             "9mobile": "9mobile"}  # fmt: skip
# The number is of percent, or of naira; a hundredth is a basis point, or a kobo.
_FEE = re.compile(
    r"\s*(NGN|N|₦)?\s*(?P<number>[0-9][0-9,]{0,8}(\.[0-9]{1,4})?)\s*(?P<percent>%)?\s*",
    re.IGNORECASE,
)
_VALIDITY = re.compile(r"(\d+)\s*(hour|hr|day|week|month|year)s?\b", re.IGNORECASE)


def list_services(kind: ServiceKind) -> list[Service]:
    found = [
        _service(row, kind) for row in read_rows(read_content("/services", identifier=kind.value))
    ]
    return [service for service in found if service is not None]


def list_variations(service_id: str) -> list[Variation]:
    """Plans at a fixed price. A code with two prices is left out, and logged."""
    rows = read_rows(variations_in(read_content("/service-variations", serviceID=service_id)))
    plans = [plan for plan in map(_variation, rows) if plan is not None]
    return drop_ambiguous(plans, where=service_id)


def balance_kobo() -> int:
    """The vendor's number is a binary fraction, so it is rounded down to whole kobo."""
    try:
        naira = Decimal(str(read_content("/balance")["balance"]))
        return int((naira * KOBO_PER_NAIRA).to_integral_value(ROUND_DOWN))
    except (KeyError, TypeError, ArithmeticError, ValueError) as exc:
        raise VendorUnavailable("The balance cannot be read.", vendor=VENDOR) from exc


def read_rows(found: Any) -> list[Mapping[str, Any]]:
    """Raises: VendorUnavailable."""
    if not isinstance(found, list):
        raise VendorUnavailable("The list cannot be read.", vendor=VENDOR)
    return [row for row in found if isinstance(row, Mapping)]


def variations_in(content: Any) -> Any:
    """`variations`, or `varations` in older answers. Empty if a service has none."""
    if not isinstance(content, Mapping):
        return content
    return content.get("variations") or content.get("varations") or []


def drop_ambiguous(plans: Iterable[Plan], *, where: str) -> list[Plan]:
    """Each code once. A code with several prices is dropped, and logged."""
    prices: dict[str, set[Any]] = {}
    firsts: dict[str, Plan] = {}
    for plan in plans:
        prices.setdefault(plan.variation_code, set()).add(plan.price)
        firsts.setdefault(plan.variation_code, plan)
    ambiguous = sorted(code for code, seen in prices.items() if len(seen) > 1)
    if ambiguous:
        logger.warning("%s: plans with two prices are hidden: %s", where, ", ".join(ambiguous))
    return [plan for code, plan in firsts.items() if code not in ambiguous]


def _service(row: Mapping[str, Any], kind: ServiceKind) -> Service | None:
    service_id = str(row.get("serviceID") or "")
    network = _NETWORKS.get(service_id.split("-")[0])
    if network is None:
        return None
    try:
        return Service(
            service_id=service_id,
            name=str(row["name"])[:100],
            kind=kind,
            network=network,
            min_kobo=to_kobo(row["minimium_amount"]),
            max_kobo=to_kobo(row["maximum_amount"]),
            image=str(row.get("image") or ""),
            fee=_fee(service_id, row.get("convinience_fee")),
        )
    except (KeyError, NotExactKobo) as exc:
        logger.error("service %s cannot be read, and is hidden: %r", service_id, exc)
        return None


def _fee(service_id: str, text: object) -> ServiceFee:
    """The vendor's free text: "0 %", "1.5 %", "N100", "N0", or a bare number of naira.

    A text that cannot be read counts as no fee: what a purchase really costs stands in its answer.
    Source: docs/vendors/vtpass.md, section 2.2.
    """
    found = _FEE.fullmatch(str(text or 0))
    if found is None:
        logger.error("service %s: its fee %r cannot be read, and counts as 0", service_id, text)
        return ServiceFee()
    hundredths = (Decimal(found["number"].replace(",", "")) * 100).to_integral_value(ROUND_CEILING)
    percent = found["percent"] is not None
    return ServiceFee(basis_points=int(hundredths)) if percent else ServiceFee(int(hundredths))


def _variation(row: Mapping[str, Any]) -> Variation | None:
    if str(row.get("fixedPrice", "Yes")).lower() != "yes":
        return None
    try:
        code, name = str(row["variation_code"]), str(row["name"])
        amount = to_kobo(row["variation_amount"])
    except (KeyError, NotExactKobo) as exc:
        logger.error("a plan cannot be read, and is hidden: %r", exc)
        return None
    return Variation(code, name, amount, _validity(name)) if code and amount > 0 else None


def _validity(name: str) -> str | None:
    found = _VALIDITY.findall(name)
    if not found:
        return None
    # The last match counts: "1.5GB + 2hrs YouTube - 30 days" is valid for thirty days.
    count, unit = found[-1]
    unit = {"hr": "hour"}.get(unit.lower(), unit.lower())
    return f"{int(count)} {unit}{'' if int(count) == 1 else 's'}"
