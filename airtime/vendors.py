"""What a vendor of airtime and data does, in our words and units: kobo, our references."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class ServiceKind(StrEnum):
    AIRTIME = "airtime"
    DATA = "data"


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


@dataclass(frozen=True)
class Variation:
    """One plan of a data service, at its price in kobo."""

    variation_code: str
    name: str
    amount_kobo: int
    validity: str | None  # "30 days", where the name tells

    @property
    def price(self) -> object:
        return self.amount_kobo


@dataclass(frozen=True)
class Country:
    """Where foreign airtime is sold."""

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
    """Whose airtime is sold in a country."""

    operator_id: str
    name: str
    image: str


@dataclass(frozen=True)
class InternationalPlan:
    """One of an operator's plans: at its price in kobo, or within bounds at a rate."""

    variation_code: str
    name: str
    amount_kobo: int | None = None
    rate: str | None = None  # naira for one unit of the country's money
    min_kobo: int | None = None
    max_kobo: int | None = None

    @property
    def price(self) -> object:
        return self.amount_kobo, self.rate, self.min_kobo, self.max_kobo


@dataclass(frozen=True)
class InternationalOrder:
    """What an order for another country says beside what every order says."""

    country_code: str
    operator_id: str
    product_type_id: int
    email: str  # the customer's
    amount: str | None  # in the country's money, where the plan has no price


@dataclass(frozen=True)
class PurchaseOrder:
    """A purchase to be sent, once per request_id."""

    request_id: str
    service_id: str
    phone: str  # as it is dialled at home, 0803..., or for another country 233241234567
    amount_kobo: int
    variation_code: str | None
    international: InternationalOrder | None = None


class PurchaseVerdict(StrEnum):
    """What an answer means for the customer's money."""

    DELIVERED = "delivered"
    REFUSED = "refused"  # a final no, before anything was vended
    OUR_FAULT = "our_fault"  # the same, and it would be no for every customer
    NO_FLOAT = "no_float"  # the same, for want of money on our account
    NOT_SENT = "not_sent"  # it never reached the vendor
    FAILED = "failed"  # it was tried, and came to nothing
    REVERSED = "reversed"  # the vendor gave our money back
    ABSENT = "absent"  # the vendor knows of no such request
    DUPLICATE = "duplicate"  # taken for a repetition of another purchase
    BAD_REQUEST_ID = "bad_request_id"
    UNKNOWN = "unknown"  # everything else: only a requery can tell


@dataclass(frozen=True)
class Answer:
    """What the vendor says of one purchase."""

    verdict: PurchaseVerdict
    code: str
    vendor_reason: str  # as the vendor wrote it, for support
    reason: str  # in plain words, for the customer
    amount_kobo: int | None = None
    debited_kobo: int | None = None  # what it cost us, after our commission
    # The answer is about another request or another recipient than ours.
    is_mismatched: bool = False


class AirtimeClient(Protocol):
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
        """What is left on our account. Raises: VendorUnavailable."""
        ...

    def pay(self, order: PurchaseOrder) -> Answer:
        """Buy, once per order.request_id.

        Raises: VendorUnavailable (never sent), OutcomeUnknown.
        """
        ...

    def requery(self, request_id: str, phone: str) -> Answer:
        """How the purchase for this recipient ended. Raises: VendorUnavailable."""
        ...
