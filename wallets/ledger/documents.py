"""Wallets, transactions and ledger entries, as they are stored.

All amounts are kobo, all times UTC. Every query shape has its index in a document's `meta`;
`manage.py migrate` builds them.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from mongoengine import (
    BooleanField,
    DictField,
    Document,
    EmbeddedDocument,
    EmbeddedDocumentField,
    EmbeddedDocumentListField,
    EnumField,
    IntField,
    ListField,
    MapField,
    ObjectIdField,
    StringField,
)

from payflow.kernel.fields import UtcDateTimeField
from payflow.kernel.money import NGN

# The types of transactions that belong to no flow; each flow adds its own (wallets/flows.py).
REVERSAL = "REVERSAL"  # undoes an earlier transaction
ADJUSTMENT = "ADJUSTMENT"  # corrects the books


class TransactionStatus(StrEnum):
    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"


class ChangeSource(StrEnum):
    """What caused a change of a transaction."""

    API = "api"
    WEBHOOK = "webhook"
    REQUERY = "requery"
    RECONCILE = "reconcile"
    STAFF = "staff"


class LockOwner(StrEnum):
    """Whose reason a lock has, which decides who may lift it (wallets/ledger/locks.py)."""

    CUSTOMER = "customer"
    STAFF = "staff"
    FINANCE = "finance"
    AUDIT = "audit"
    DEBT = "debt"  # the customer owes us money


class Lock(EmbeddedDocument):
    """One reason why a wallet is locked. It is active before `until`; without one, endlessly."""

    reason = StringField(required=True)
    owner = EnumField(LockOwner, required=True)
    since = UtcDateTimeField(required=True)
    until = UtcDateTimeField()
    by = StringField(required=True)  # the person, or the part of PayFlow, that set it

    def is_active(self, now: datetime) -> bool:
        return self.until is None or self.until > now


class Wallet(Document):
    """One customer's money. Units: kobo."""

    user_id = ObjectIdField(required=True)
    currency = StringField(required=True, default=NGN)
    balance = IntField(required=True, default=0)  # what we owe the customer
    held = IntField(required=True, default=0)  # the part that is reserved or frozen
    owed = IntField(required=True, default=0)  # what the customer owes us
    unfrozen = IntField(default=0)  # what open chargebacks want beyond what is frozen
    is_active = BooleanField(required=True, default=True)
    # Whether `locks` has any; a lock that has expired counts until a sweep removes it.
    is_locked = BooleanField(required=True, default=False)
    locks = EmbeddedDocumentListField(Lock)
    # The seq and the hash of the latest entry in this wallet's ledger chain.
    entry_seq = IntField(required=True, default=0)
    entry_hash = StringField(required=True, default="")
    # The number, the time and the seal of its latest transaction.
    transaction_number = IntField(required=True, default=0, db_field="tx_seq")
    transaction_at = UtcDateTimeField(db_field="tx_at")
    transaction_seal = StringField(required=True, default="", db_field="tx_seal")
    # What was withdrawn on each of the latest days in Lagos: {"2026-01-31": 100000}.
    withdrawn = MapField(IntField())
    created_at = UtcDateTimeField(required=True)
    updated_at = UtcDateTimeField(required=True)

    meta = {
        "collection": "wallets",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["user_id"], "unique": True},
            {  # locks that have expired
                "fields": ["locks.until"],
                "partialFilterExpression": {"is_locked": True},
            },
        ],
    }

    # In memory only: what was owed before the postings that changed this wallet.
    owed_before = 0

    @property
    def available(self) -> int:
        """What a new debit can use: nothing as long as the customer owes us money."""
        return 0 if self.owed > 0 else int(self.balance - self.held)


class Change(EmbeddedDocument):
    """One line of a transaction's history. Its place there, from 1, is its revision."""

    status = EnumField(TransactionStatus, required=True)
    reason = StringField()
    source = EnumField(ChangeSource, required=True)
    at = UtcDateTimeField(required=True)
    balance = IntField()  # the wallet's balance after this change, where it moved money
    # What REVERSALs had given back in sum after this change; negative if they took money.
    reversed_kobo = IntField()


class Order(EmbeddedDocument):
    """What the vendor is asked to deliver for a debit. Each flow has its own subclass.

    `sealed_fields` say where the order goes. They are set with the order and never change: see
    wallets/ledger/seals.py.
    """

    sealed_fields: ClassVar[tuple[str, ...]] = ()

    meta = {"allow_inheritance": True}


class Transaction(Document):
    """One movement of a customer's money, known by its `reference` (`tx_ref` in the API).

    `number` counts the customer's transactions from 1 without a gap, in the order of
    `created_at`, so a page of the history is a range of numbers. `amount` is what moves or has
    moved; `requested_amount` is what the customer asked for, and set for fundings only.
    `next_check_at` is set as long as a sweep has to look at the transaction.
    """

    reference = StringField(required=True)
    number = IntField(required=True, min_value=1)
    wallet = ObjectIdField(required=True)
    user_id = ObjectIdField(required=True)
    type = StringField(required=True)  # FUNDING, WITHDRAWAL, ...: see wallets/flows.py
    status = EnumField(TransactionStatus, required=True)
    amount = IntField(required=True, min_value=1)
    fee = IntField(required=True, default=0)
    requested_amount = IntField()
    # What staff decided to credit for a funding that was paid too much, and of which payments.
    accepted_kobo = IntField()
    accepted_payments = ListField(StringField())
    currency = StringField(required=True, default=NGN)
    reason = StringField()
    vendor = StringField(db_field="provider")
    vendor_id = StringField(db_field="provider_reference")
    history = EmbeddedDocumentListField(Change)
    idempotency_key = StringField()  # the caller's key, scoped to the user and the flow
    fingerprint = StringField()  # hash of the request that ordered it
    order = EmbeddedDocumentField(Order)
    # The seal of the transaction before it in the wallet, and its own: wallets/ledger/seals.py.
    prev_seal = StringField()
    seal = StringField()
    # Set before the vendor is called: from then on the order may have arrived.
    sent_at = UtcDateTimeField()
    vendor_reason = StringField()  # in the vendor's words, for support only
    reverses = StringField()  # the reference of the transaction that this REVERSAL undoes
    link = StringField()
    expires_at = UtcDateTimeField()
    next_check_at = UtcDateTimeField()
    checks = IntField(default=0)
    needs_review = BooleanField(default=False)
    # What REVERSALs have given back to the customer in sum; negative if they took money.
    reversed_kobo = IntField(default=0)
    frozen = IntField(default=0)  # of the customer's money, until a chargeback is decided
    unfrozen = IntField(default=0)  # what a chargeback wants and the wallet has not had
    weighed = IntField()  # how often facts were weighed that changed nothing else here
    # When a transaction that has ended is asked about again: vendors change their mind.
    recheck_at = UtcDateTimeField()
    # `meta` in the API; MongoEngine reserves that name for itself.
    details = DictField(db_field="meta")
    created_at = UtcDateTimeField(required=True)
    updated_at = UtcDateTimeField(required=True)
    completed_at = UtcDateTimeField()

    meta = {
        "collection": "transactions",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["reference"], "unique": True},
            # A customer's history, also by type or status.
            {"fields": ["user_id", "number"], "unique": True},
            ["user_id", "type", "number"],
            ["user_id", "status", "number"],
            ["user_id", "type", "status", "number"],
            {"fields": ["idempotency_key"], "unique": True, "sparse": True},
            ["user_id", "fingerprint", "created_at"],  # the same order a moment ago
            {"fields": ["reverses"], "sparse": True},
            {"fields": ["recheck_at"], "sparse": True},
            {"fields": ["next_check_at"], "sparse": True},  # the sweep
            {"fields": ["vendor_id"], "sparse": True},
            {  # what is frozen until a chargeback is decided
                "fields": ["user_id", "frozen"],
                "partialFilterExpression": {"frozen": {"$gt": 0}},
            },
            {  # what is frozen as soon as money comes in
                "fields": ["wallet", "unfrozen"],
                "partialFilterExpression": {"unfrozen": {"$gt": 0}},
            },
            {"fields": ["completed_at"], "sparse": True},  # the reconciliation of a day
            {  # money that is frozen for a chargeback
                "fields": ["wallet", "frozen"],
                "partialFilterExpression": {"frozen": {"$gt": 0}},
            },
            {  # transactions with an open question for a person
                "fields": ["needs_review"],
                "partialFilterExpression": {"needs_review": True},
            },
        ],
    }

    @property
    def revision(self) -> int:
        """The place of the latest change in the history, from 1."""
        return len(self.history)


class LedgerEntry(Document):
    """One double entry: `amount` kobo move from `debit_account` to `credit_account`. Never edited.

    `hash` covers every other field and `prev_hash`. An entry that is changed, removed, moved or
    inserted later breaks its wallet's chain.
    """

    transaction = StringField(required=True)  # its reference
    debit_account = StringField(required=True)
    credit_account = StringField(required=True)
    amount = IntField(required=True, min_value=1)
    currency = StringField(required=True)
    wallet = ObjectIdField(required=True)
    seq = IntField(required=True, min_value=1)
    balance_after = IntField(required=True, min_value=0)
    prev_hash = StringField(required=True)
    hash = StringField(required=True)
    created_at = UtcDateTimeField(required=True)

    meta = {
        "collection": "ledger_entries",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["wallet", "seq"], "unique": True},
            ["transaction"],
        ],
    }
