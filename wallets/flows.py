"""The registry of flows: one MoneyFlow for each way in which customers' money moves.

A flow is a package with the same modules and verbs as every other:

    services.py   start    record the customer's order, and hold what it will cost
                  send     ask the vendor for it
                  apply    do what follows from something that the vendor said
                  requery  ask the vendor how it stands, and apply the answer
                  statement  ask the vendor about one vendor object, for reconciliation
    events.py     what a webhook means for the flow
    flow.py       its MoneyFlow, which its app registers when Django starts

Everything that serves all flows alike (the inbox, the sweeps, reconciliation, the admin) finds
them here. How to add one: docs/adding-a-flow.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.conf import settings

from payflow.kernel.errors import InvariantBroken
from payflow.kernel.money import NGN
from wallets.ledger.chart import RENAMED
from wallets.ledger.documents import ADJUSTMENT, REVERSAL, Transaction
from wallets.ledger.targets import FindingKind, Target
from wallets.ledger.vendor_objects import ObjectKind, VendorObject


@dataclass(frozen=True)
class Schedule:
    """When the PENDING transactions of a flow are requeried.

    `waits_s[n]` is the wait after requery n; the last wait repeats. REQUERY_BASE_S scales them.
    """

    waits_s: tuple[int, ...]

    def wait_after(self, requeries: int) -> timedelta:
        """How long to wait once this many requeries were made."""
        return scale_wait(self.waits_s[min(requeries, len(self.waits_s) - 1)])


def scale_wait(seconds: int) -> timedelta:
    """`seconds` times REQUERY_BASE_S / 60. Tests use the setting to shorten all waits."""
    return timedelta(seconds=seconds * settings.REQUERY_BASE_S / 60)


@dataclass(frozen=True)
class Statement:
    """What a vendor says afterwards about one vendor object. Amounts in hundredths."""

    vendor_id: str
    reference: str  # as the vendor recorded it
    status: str  # as in VendorObject
    has_moved: bool  # whether money has moved, and has not come back
    amount: int
    currency: str = NGN
    may_move: bool = False  # money will move unless somebody acts, so a person must hear of it
    problem: str = ""  # why the row cannot be read; then only vendor_id is set, if anything is
    # Records what is said and settles the transaction. Raises: PayflowError.
    apply: Callable[[], object] = lambda: None

    @classmethod
    def unreadable(cls, vendor_id: str, problem: str) -> Statement:
        """A row that cannot be read: money may have moved."""
        return cls(vendor_id, "", "", has_moved=True, amount=0, problem=problem)


class ListStatements(Protocol):
    """Lists what the vendor says happened between two moments."""

    def __call__(self, *, start: datetime, end: datetime, now: datetime) -> Iterator[Statement]:
        """The caller applies each statement. Raises: VendorUnavailable."""
        ...


class FindStatement(Protocol):
    """Asks the vendor about one vendor object that we know."""

    def __call__(self, *, known: VendorObject, now: datetime) -> Statement | None:
        """None if the vendor knows nothing of it. Raises: VendorUnavailable."""
        ...


@dataclass(frozen=True, kw_only=True)
class StatementSource:
    """One of a vendor's lists. `find` answers for objects that were not on it."""

    name: str  # in reconciliation reports
    kind: ObjectKind
    list: ListStatements
    find: FindStatement


class Requery(Protocol):
    """Asks the vendor how a transaction stands, and commits what follows from the answer."""

    def __call__(self, *, reference: str, now: datetime) -> None:
        """Repeating it is safe. Raises: VendorUnavailable."""
        ...


@dataclass(frozen=True, kw_only=True)
class HouseAccount:
    """A ledger account of ours whose money a vendor keeps, and how to ask how much that is."""

    account: str
    vendor: str
    # What the vendor holds for us now, in kobo. Raises: VendorUnavailable.
    read_balance: Callable[[], int]
    # What the vendor has taken already for objects that are not decided, in kobo.
    count_in_flight: Callable[[], int] = lambda: 0


@dataclass(frozen=True, kw_only=True)
class MoneyFlow:
    """One kind of money movement, with the functions that handle it."""

    name: str  # scopes idempotency keys: WITHDRAWAL
    reference_codes: Mapping[str, str]  # each transaction type, and its code in references
    vendor: str
    # True for money in: it places no hold, several payments may arrive under one reference, and a
    # FAILED transaction becomes a SUCCESS if a payment arrives later.
    is_credit: bool = False

    schedule: Schedule
    requery: Requery
    # What the books should say, from the vendor objects of a transaction alone. No I/O, no clock.
    target: Callable[[Transaction, Sequence[VendorObject]], Target]
    # The kinds of review cases that target() opens. A case closes when its finding is gone.
    findings: Sequence[FindingKind] = ()
    # The accounts of the house that its entries name. An entry with another one is a fault.
    accounts: frozenset[str]
    # Accounts that older entries name otherwise.
    renamed_accounts: Mapping[str, str] = field(default_factory=lambda: RENAMED)
    # Called in the atomic block that gives the customer's money back, or takes it again.
    on_given_back: Callable[[Transaction], None] = lambda transaction: None
    on_taken_again: Callable[[Transaction], None] = lambda transaction: None

    requery_task: str  # the name of the task that a sweep publishes for a due transaction
    # Completes the sentence "A sweep ..." of `inspect`, for a transaction that was never sent.
    if_unsent: str = "requeries it"

    # Turns the raw body of a webhook into a value; None for JSON.
    parse_body: Callable[[bytes], object] | None = None
    # Reads the value of a webhook's body; None if it is about another flow. Raises:
    # EventUnreadable.
    read_event: Callable[[object], Any] = lambda body: None
    # Arguments: the event, the result of read_event(), now. It finishes the event. It raises
    # TransactionNotFound if the transaction is not this flow's: then the vendor's next flow is
    # asked. Any other error makes the inbox try again.
    apply_event: Callable[[Any, Any, datetime], None] = lambda event, content, now: None
    # The prefix of the dedupe keys for one vendor_id; None if keys do not contain it.
    event_key_prefix: Callable[[str], str] | None = None

    # What reconciliation compares with the vendor; empty if another flow has the vendor's list.
    sources: Sequence[StatementSource] = ()

    @property
    def finding_words(self) -> set[str]:
        return {kind.word for kind in self.findings}

    @property
    def types(self) -> frozenset[str]:
        return frozenset(self.reference_codes)


_flows: dict[str, MoneyFlow] = {}
_house_accounts: dict[str, HouseAccount] = {}


def register(flow: MoneyFlow) -> None:
    """Make the flow known to everything that serves all flows. Registering again replaces it.

    Raises: InvariantBroken if another flow has one of its types or reference codes.
    """
    for other in _flows.values():
        codes = set(flow.reference_codes.values()) & set(other.reference_codes.values())
        if other.name != flow.name and (flow.types & other.types or codes):
            raise InvariantBroken(f"flows {flow.name} and {other.name} share a type or a code")
    _flows[flow.name] = flow


def unregister(flow: MoneyFlow) -> None:
    """Forget the flow. For tests that register one."""
    _flows.pop(flow.name, None)


def register_house_account(account: HouseAccount) -> None:
    """Make the account known to the nightly comparison with its vendor's balance."""
    _house_accounts[account.account] = account


def house_accounts() -> list[HouseAccount]:
    return list(_house_accounts.values())


def all_flows() -> list[MoneyFlow]:
    return list(_flows.values())


def find_flow(transaction_type: str) -> MoneyFlow | None:
    """The flow of this transaction type; None for a REVERSAL or an ADJUSTMENT."""
    return next((flow for flow in _flows.values() if transaction_type in flow.types), None)


def get_flow(transaction_type: str) -> MoneyFlow:
    """Raises: LookupError."""
    flow = find_flow(transaction_type)
    if flow is None:
        raise LookupError(f"no flow is registered for transactions of type {transaction_type}")
    return flow


def is_credit(transaction_type: str) -> bool:
    flow = find_flow(transaction_type)
    return flow is not None and flow.is_credit


def flows_of_vendor(vendor: str) -> list[MoneyFlow]:
    return [flow for flow in _flows.values() if flow.vendor == vendor]


def transaction_types() -> list[str]:
    """Every type that a transaction can have, in the order of registration."""
    return [kind for flow in _flows.values() for kind in flow.reference_codes] + [
        REVERSAL,
        ADJUSTMENT,
    ]
