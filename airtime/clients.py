"""What a vendor of airtime and data does for us, in our words and units: kobo, our references.

Services depend on the Protocol; airtime/vendor.py names the client that implements it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class ServiceKind(StrEnum):
    AIRTIME = "airtime"
    DATA = "data"


@dataclass(frozen=True)
class ServiceFee:
    """What the vendor adds to the price of a service: a sum, or a part of the price."""

    flat_kobo: int = 0
    basis_points: int = 0  # 150 are 1.5 percent

    def compute_kobo(self, amount_kobo: int) -> int:
        """The fee for this price. A part of a kobo counts as a whole one."""
        return self.flat_kobo - (-amount_kobo * self.basis_points // 10_000)


@dataclass(frozen=True)
class Service:
    """Something that is sold for a phone number. Bounds in kobo."""

    service_id: str
    name: str
    kind: ServiceKind
    network: str
    min_kobo: int
    max_kobo: int
    image: str
    fee: ServiceFee = ServiceFee()

    def fee_kobo(self, amount_kobo: int) -> int:
        """What the vendor charges us in addition to this price."""
        return self.fee.compute_kobo(amount_kobo)


@dataclass(frozen=True)
class Variation:
    """One plan of a data service, with its price in kobo."""

    variation_code: str
    name: str
    amount_kobo: int
    validity: str | None  # "30 days", if the name contains it

    @property
    def price(self) -> object:
        return self.amount_kobo


@dataclass(frozen=True)
class Country:
    """A country for which airtime is sold."""

    code: str  # GH
    name: str
    currency: str
    prefix: str  # 233
    flag: str


@dataclass(frozen=True)
class ProductType:
    """What is sold in a country: top-ups, data."""

    product_type_id: int
    name: str


@dataclass(frozen=True)
class Operator:
    """A network operator of a country."""

    operator_id: str
    name: str
    image: str


@dataclass(frozen=True)
class InternationalPlan:
    """One of an operator's plans: at a price in kobo, or between two bounds at a rate."""

    variation_code: str
    name: str
    amount_kobo: int | None = None
    rate: str | None = None  # naira for one unit of the country's currency
    min_kobo: int | None = None
    max_kobo: int | None = None

    @property
    def price(self) -> object:
        return self.amount_kobo, self.rate, self.min_kobo, self.max_kobo


@dataclass(frozen=True)
class InternationalOrder:
    """What an order for international airtime contains in addition."""

    country_code: str
    operator_id: str
    product_type_id: int
    email: str  # the customer's
    amount: str | None  # in the country's currency, if the plan has no fixed price


@dataclass(frozen=True)
class PurchaseOrder:
    """A purchase to send, once per request_id."""

    request_id: str
    service_id: str
    phone: str  # 0803... in Nigeria, 233241234567 for another country
    amount_kobo: int
    variation_code: str | None
    international: InternationalOrder | None = None


class MeterKind(StrEnum):
    PREPAID = "prepaid"
    POSTPAID = "postpaid"


@dataclass(frozen=True)
class Meter:
    """An electricity meter, as its distributor confirms it. No flow uses it yet."""

    number: str
    customer_name: str
    address: str
    can_vend: bool  # False if the distributor sells nothing to it now
    min_kobo: int  # 0 if the distributor names no minimum
    arrears_kobo: int


class PurchaseVerdict(StrEnum):
    """What an answer means for the customer's money."""

    DELIVERED = "delivered"
    REFUSED = "refused"  # a final no, before anything was vended
    OUR_FAULT = "our_fault"  # a final no that every customer would get
    # A final no that every customer of this product would get.
    PRODUCT_OFF = "product_off"
    NO_FLOAT = "no_float"  # a final no, because our float with the vendor is too small
    NOT_SENT = "not_sent"  # it never reached the vendor
    FAILED = "failed"  # the vendor tried, and delivered nothing
    REVERSED = "reversed"  # the vendor gave our money back
    ABSENT = "absent"  # the vendor does not know the request
    DUPLICATE = "duplicate"  # the vendor takes it for a repetition of another purchase
    BAD_REQUEST_ID = "bad_request_id"
    UNKNOWN = "unknown"  # everything else: only a requery can decide


@dataclass(frozen=True)
class Answer:
    """What the vendor says about one purchase."""

    verdict: PurchaseVerdict
    code: str
    vendor_reason: str  # in the vendor's words, for support
    reason: str  # a sentence for the customer if money comes back; empty if none does
    amount_kobo: int | None = None
    # What it cost us: the price and the vendor's fee, without our commission. With a fee it may be
    # more than the price.
    debited_kobo: int | None = None
    # True if the answer names another request than ours.
    is_mismatched: bool = False
    # True if the vendor knows this request. Then a later "not found" is an incident.
    is_acknowledged: bool = False
    # What the customer enters into a prepaid meter. It is the goods: store it encrypted.
    token: str | None = field(default=None, repr=False)
    bonus_token: str | None = field(default=None, repr=False)


NOT_COMPLETED = "The purchase could not be completed. Your money is back in your wallet."
# What we know if the vendor has said nothing.
NOT_SENT = Answer(PurchaseVerdict.NOT_SENT, "", "it was never sent", NOT_COMPLETED)
NO_ANSWER = Answer(PurchaseVerdict.UNKNOWN, "", "no answer came", "")


class AirtimeClient(Protocol):
    """A vendor's catalogue, our float there, and purchases."""

    def list_services(self, kind: ServiceKind) -> list[Service]:
        """Raises: VendorUnavailable."""
        ...

    def list_variations(self, service_id: str) -> list[Variation]:
        """Raises: VendorUnavailable."""
        ...

    def list_countries(self) -> list[Country]:
        """Raises: VendorUnavailable."""
        ...

    def list_product_types(self, country_code: str) -> list[ProductType]:
        """Raises: VendorUnavailable."""
        ...

    def list_operators(self, country_code: str, product_type_id: int) -> list[Operator]:
        """Raises: VendorUnavailable."""
        ...

    def list_international_plans(
        self, operator_id: str, product_type_id: int
    ) -> list[InternationalPlan]:
        """Raises: VendorUnavailable."""
        ...

    def balance_kobo(self) -> int:
        """What is left of our float. Raises: VendorUnavailable."""
        ...

    def verify_meter(self, service_id: str, number: str, kind: MeterKind) -> Meter | None:
        """The meter with this number; None if the distributor knows none.

        Raises: VendorUnavailable.
        """
        ...

    def pay(self, order: PurchaseOrder) -> Answer:
        """Buy, once per order.request_id.

        Raises: VendorUnavailable (never sent), OutcomeUnknown.
        """
        ...

    def requery(self, request_id: str) -> Answer:
        """How the purchase under this id ended. Raises: VendorUnavailable."""
        ...
