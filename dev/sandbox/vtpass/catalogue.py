"""The catalogue of the simulated VTpass: services, their bounds and rates, and data plans.

Source: docs/vendors/vtpass.md, section 2.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from dev.sandbox.journal import Journal, Store
from dev.sandbox.vtpass.documents import DataPlans
from dev.sandbox.vtpass.replies import Refused
from dev.sandbox.wire import Json

AIRTIME = "airtime"
DATA = "data"
INTERNATIONAL = "foreign-airtime"

CATEGORIES = {
    AIRTIME: "Airtime Recharge",
    DATA: "Data Services",
    "tv-subscription": "TV Subscription",
    "electricity-bill": "Electricity Bill",
    "education": "Education",
    "other-services": "Other Merchants/Services",
    "insurance": "Insurance",
}


@dataclass(frozen=True, kw_only=True)
class Service:
    """One service on sale.

    rate: the commission in percent. bare_maximum, bare_prices: written as numbers, not as texts.
    """

    id: str
    name: str
    category: str
    rate: str
    product_id: int
    minimum_naira: int
    maximum_naira: int
    bare_maximum: bool = False
    bare_prices: bool = False

    @property
    def percent(self) -> Decimal:
        return Decimal(self.rate)

    @property
    def sold_by_amount(self) -> bool:
        """Whether the customer chooses the amount; the other services are sold by plans."""
        return self.category == AIRTIME and self.id != INTERNATIONAL


# Samples show 3.5 % for MTN, 3 % for the other networks and 4 % for MTN data; each live merchant
# has other rates. Assumed: 3 % for all other data. Source: section 9.
def _airtime(service_id: str, name: str, product_id: int, rate: str = "3.00") -> Service:
    # Assumed: the bounds, which no page shows. Source: section 2.2.
    return Service(
        id=service_id,
        name=name,
        category=AIRTIME,
        rate=rate,
        product_id=product_id,
        minimum_naira=50,
        maximum_naira=200_000,
    )


def _data(
    service_id: str,
    name: str,
    product_id: int,
    *,
    rate: str = "3.00",
    least: int = 1,
    most: int = 1_000_000,
    bare_maximum: bool = False,
    bare_prices: bool = False,
) -> Service:
    return Service(
        id=service_id,
        name=name,
        category=DATA,
        rate=rate,
        product_id=product_id,
        minimum_naira=least,
        maximum_naira=most,
        bare_maximum=bare_maximum,
        bare_prices=bare_prices,
    )


# Assumed: names and product ids that section 2.2 does not give.
SERVICES = {
    each.id: each
    for each in (
        _airtime("mtn", "MTN Airtime VTU", 2, "3.50"),
        _airtime("glo", "GLO Airtime VTU", 3),
        _airtime("airtel", "Airtel Airtime VTU", 1),
        _airtime("etisalat", "9mobile Airtime VTU", 4),
        _airtime(INTERNATIONAL, "Foreign Airtime", 660),
        _data("mtn-data", "MTN Data", 8, rate="4.00"),
        # Older copies show a bare number here.
        _data("glo-data", "GLO Data", 3, most=200_000, bare_maximum=True),
        _data("glo-sme-data", "GLO SME Data", 3),
        _data("airtel-data", "Airtel Data", 1),
        _data("etisalat-data", "9mobile Data", 4),
        _data("9mobile-sme-data", "9mobile SME Data", 4),
        _data("smile-direct", "Smile Payment", 5, least=100, most=150_000),
        _data("spectranet", "Spectranet Internet Data", 6, most=100_000, bare_prices=True),
    )
}


def _plan(code: str, name: str, naira: int) -> Json:
    return {"variation_code": code, "name": name, "amount_kobo": naira * 100}


_FIRST_PLANS: dict[str, tuple[Json, ...]] = {
    "mtn-data": (
        _plan("mtn-10mb-100", "N100 100MB - 24 hrs", 100),
        _plan("mtn-50mb-200", "N200 200MB - 2 days", 200),
        _plan("mtn-100mb-1000", "N1000 1.5GB - 30 days", 1_000),
        _plan("mtn-500mb-2000", "N2000 4.5GB - 30 days", 2_000),
        # One code has two prices, as in the vendor's list. Source: section 2.3.
        _plan("mtn-xtratalk-300", "N300 Xtratalk Weekly Bundle - 7 days", 300),
        _plan("mtn-xtratalk-300", "N300 Xtratalk 3-day Bundle - 3 days", 200),
        _plan("mtn-1tb-110000", "MTN N100000 1TB - 365 days", 100_000),
    ),
    "glo-data": (
        _plan("glo100", "Glo Data N100 - 105MB - 2 days", 100),
        _plan("glo500", "Glo Data N500 - 1.05GB - 14 days", 500),
        _plan("glo1000", "Glo Data N1000 - 2.5GB - 30 days", 1_000),
    ),
    "glo-sme-data": (
        _plan("glo-dg-70", "Glo Data (SME) N70 - 250MB - 14 days", 70),
        _plan("glo-dg-250", "Glo Data (SME) N250 - 1GB - 30 days", 250),
    ),
    "airtel-data": (
        _plan("airt-100", "Airtel Data Bundle - N100 - 75MB - 1 day", 100),
        _plan("airt-1000", "Airtel Data Bundle - N1000 - 1.5GB - 30 days", 1_000),
        _plan("airt-2000", "Airtel Data Bundle - N2000 - 4.5GB - 30 days", 2_000),
    ),
    "etisalat-data": (
        _plan("eti-100", "9mobile Data - N100 - 100MB - 1 day", 100),
        _plan("eti-500", "9mobile Data - N500 - 500MB - 30 days", 500),
        _plan("eti-1000", "9mobile Data - N1000 - 1.5GB - 30 days", 1_000),
    ),
    "9mobile-sme-data": (
        _plan("9mobile-sme-250", "9mobile SME N250 - 1GB - 30 days", 250),
        _plan("9mobile-sme-500", "9mobile SME N500 - 2GB - 30 days", 500),
    ),
    "smile-direct": (
        _plan("smile-1gb-300", "FlexiDaily 1GB N300 - 1 day", 300),
        _plan("smile-2gb-1000", "FlexiWeekly 2GB N1000 - 7 days", 1_000),
    ),
    "spectranet": (
        _plan("vt-1000", "N1000 7GB - 30 days", 1_000),
        _plan("vt-5000", "N5000 20GB - 30 days", 5_000),
    ),
}


def get_service(service_id: object) -> Service:
    """Raises: Refused 012."""
    service = SERVICES.get(service_id) if isinstance(service_id, str) else None
    if service is None:
        raise Refused("012")
    return service


def get_price_kobo(plans: Iterable[Json], code: str) -> int:
    """Raises: Refused 010. Assumed: of plans that share a code, the first is sold."""
    for plan in plans:
        if plan["variation_code"] == code:
            return int(plan["amount_kobo"])
    raise Refused("010")


def list_services(category: str) -> list[Service]:
    return [each for each in SERVICES.values() if each.category == category]


class Catalogue:
    """The data plans of every service. Control calls change them."""

    def __init__(self, journal: Journal) -> None:
        self._changed = Store(journal, "vtpass.plans", DataPlans)

    def list_plans(self, service_id: str) -> list[Json]:
        changed = self._changed.find(service_id)
        return list(changed.plans if changed else _FIRST_PLANS.get(service_id, ()))

    def change(
        self,
        service_id: str,
        *,
        added: Iterable[Json],
        updated: Iterable[Json],
        removed: Iterable[str],
    ) -> None:
        """Update and remove every plan that has the code; append the added plans."""
        changes = {each["variation_code"]: each for each in updated}
        gone = set(removed)
        kept = [
            plan | changes.get(plan["variation_code"], {})
            for plan in self.list_plans(service_id)
            if plan["variation_code"] not in gone
        ]
        self._changed.put(DataPlans(id=service_id, plans=[*kept, *added]))
