"""What a wallet is made of: wallets, transactions, ledger entries, the inbox, review cases.

All amounts are kobo, all times UTC. Every query shape that the project uses has its index
here; `manage.py migrate` builds them.
"""

from __future__ import annotations

from enum import StrEnum

from mongoengine import (
    BooleanField,
    DictField,
    Document,
    EmbeddedDocument,
    EmbeddedDocumentField,
    EmbeddedDocumentListField,
    EnumField,
    IntField,
    ObjectIdField,
    StringField,
)

from payflow.kernel.fields import UtcDateTimeField
from payflow.kernel.money import NGN


class TransactionType(StrEnum):
    FUNDING = "FUNDING"
    WITHDRAWAL = "WITHDRAWAL"
    AIRTIME = "AIRTIME"
    DATA = "DATA"
    REVERSAL = "REVERSAL"
    ADJUSTMENT = "ADJUSTMENT"


class TransactionStatus(StrEnum):
    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"


class ChangeSource(StrEnum):
    """Who caused a change."""

    API = "api"
    WEBHOOK = "webhook"
    REQUERY = "requery"
    RECONCILE = "reconcile"
    STAFF = "staff"


class Wallet(Document):
    """One customer's money. available = balance - held."""

    user_id = ObjectIdField(required=True)
    currency = StringField(required=True, default=NGN)
    balance = IntField(required=True, default=0)  # what the customer owns
    held = IntField(required=True, default=0)  # of that, reserved by debits in flight
    is_active = BooleanField(required=True, default=True)
    is_locked = BooleanField(required=True, default=False)
    lock_reason = StringField()
    locked_by = StringField()
    lock_expires_at = UtcDateTimeField()
    entry_seq = IntField(required=True, default=0)  # the head of this wallet's ledger chain
    entry_hash = StringField(required=True, default="")
    # The number and the time of its latest transaction.
    transaction_number = IntField(required=True, default=0, db_field="transaction_number")
    transaction_at = UtcDateTimeField(db_field="transaction_at")
    withdrawn_on = StringField()  # the latest day of withdrawals in Lagos, and their sum
    withdrawn_kobo = IntField(required=True, default=0)
    created_at = UtcDateTimeField(required=True)
    updated_at = UtcDateTimeField(required=True)

    meta = {
        "collection": "wallets",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["user_id"], "unique": True},
            {  # locks whose time is over
                "fields": ["lock_expires_at"],
                "partialFilterExpression": {"is_locked": True},
            },
        ],
    }

    @property
    def available(self) -> int:
        return int(self.balance - self.held)


class Change(EmbeddedDocument):
    """One line of a transaction's history. Its seq is its place there, from 1."""

    status = EnumField(TransactionStatus, required=True)
    reason = StringField()
    source = EnumField(ChangeSource, required=True)
    at = UtcDateTimeField(required=True)
    balance = IntField()  # the wallet's balance after this change, where it moved money


class Payout(EmbeddedDocument):
    """Where a withdrawal goes, as the bank confirmed it before the money was held."""

    bank_code = StringField(required=True)
    account_number = StringField(required=True)
    account_name = StringField(required=True)
    narration = StringField(required=True)


class Purchase(EmbeddedDocument):
    """What a debit buys: airtime, or a data plan, for a phone number."""

    service_id = StringField(required=True)
    phone = StringField(required=True)  # as it is sent: 0803..., or for abroad 233241234567
    variation_code = StringField()
    # Of airtime for another country alone, as the vendor is to get it.
    country_code = StringField()
    operator_id = StringField()
    product_type_id = IntField()
    email = StringField()  # the customer's
    foreign_amount = StringField()  # in the country's money, where the plan has no price
    absences = IntField(required=True, default=0)  # how often the vendor knew nothing of it
    refusal = StringField()  # the code of the error that its buyer was given


class Transaction(Document):
    """One movement of a customer's money, known by `reference` (the vendor's `tx_ref`).

    `number` counts the customer's transactions from 1 without a gap, in the order of
    `created_at`: a page of the history is a range of numbers, whatever lies before it.
    `amount` is what moves or has moved; `requested_amount` is what the customer asked for
    where the two may differ. `next_check_at` is set while a sweep has to look at it.
    """

    reference = StringField(required=True)
    number = IntField(required=True, min_value=1)
    wallet = ObjectIdField(required=True)
    user_id = ObjectIdField(required=True)
    type = EnumField(TransactionType, required=True)
    status = EnumField(TransactionStatus, required=True)
    amount = IntField(required=True, min_value=1)
    fee = IntField(required=True, default=0)
    requested_amount = IntField()
    currency = StringField(required=True, default=NGN)
    reason = StringField()
    vendor = StringField(db_field="provider")
    vendor_id = StringField(db_field="provider_reference")
    history = EmbeddedDocumentListField(Change)
    idempotency_key = StringField()  # the caller's, scoped to the user and the type
    fingerprint = StringField()  # of the request that the key was first used for
    payout = EmbeddedDocumentField(Payout)
    purchase = EmbeddedDocumentField(Purchase)
    sent_at = UtcDateTimeField()  # set before a vendor is called: from then on it may have arrived
    vendor_reason = StringField()  # as the vendor wrote it, for support alone
    reverses = StringField()  # the reference of the transaction that this one undoes
    link = StringField()
    expires_at = UtcDateTimeField()
    next_check_at = UtcDateTimeField()
    checks = IntField(default=0)
    needs_review = BooleanField(default=False)
    details = DictField(db_field="meta")  # the API's `meta`; MongoEngine keeps that name
    created_at = UtcDateTimeField(required=True)
    updated_at = UtcDateTimeField(required=True)
    completed_at = UtcDateTimeField()

    meta = {
        "collection": "transactions",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["reference"], "unique": True},
            # A customer's history: alone, and by type or status.
            {"fields": ["user_id", "number"], "unique": True},
            ["user_id", "type", "number"],
            ["user_id", "status", "number"],
            ["user_id", "type", "status", "number"],
            {"fields": ["idempotency_key"], "unique": True, "sparse": True},
            {"fields": ["reverses"], "unique": True, "sparse": True},
            {"fields": ["next_check_at"], "sparse": True},  # what a sweep has to look at
            {"fields": ["vendor_id"], "sparse": True},
            {"fields": ["completed_at"], "sparse": True},  # a day's, for its reconciliation
            {  # the few that a person has to look at
                "fields": ["needs_review"],
                "partialFilterExpression": {"needs_review": True},
            },
        ],
    }

    @property
    def seq(self) -> int:
        """The number of the latest change."""
        return len(self.history)


class LedgerEntry(Document):
    """Immutable: `amount` kobo went from `debit_account`'s books to `credit_account`'s.

    `hash` covers every other field and `prev_hash`, so that an entry that is changed,
    removed, moved or slipped in breaks its wallet's chain.
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
            {"fields": ["transaction", "debit_account", "credit_account"], "unique": True},
        ],
    }
