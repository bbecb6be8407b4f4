"""The admin's rows have the fields of the documents that they show."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import models
from django_mongodb_backend.fields import ObjectIdAutoField, ObjectIdField
from mongoengine import (
    BooleanField,
    DateTimeField,
    EnumField,
    IntField,
    StringField,
)
from mongoengine import ObjectIdField as DocumentIdField

from wallets import models as rows
from wallets.inbox.documents import WebhookEvent
from wallets.ledger.documents import LedgerEntry, Transaction, Wallet
from wallets.oversight.documents import ReconciliationReport
from wallets.review.documents import ReviewCase

DOCUMENTS: dict[type[models.Model], Any] = {
    rows.WalletRow: Wallet,
    rows.TransactionRow: Transaction,
    rows.LedgerEntryRow: LedgerEntry,
    rows.WebhookEventRow: WebhookEvent,
    rows.ReconciliationReportRow: ReconciliationReport,
    rows.ReviewCaseRow: ReviewCase,
}
# Which fields of a row can show which field of a document.
SHOWN_AS = {
    StringField: (models.CharField, models.TextField),
    EnumField: (models.CharField,),
    IntField: (models.BigIntegerField, models.IntegerField),
    BooleanField: (models.BooleanField,),
    DateTimeField: (models.DateTimeField,),
    DocumentIdField: (ObjectIdField, ObjectIdAutoField),
}
# What a list or page of the admin does not show, or shows in another way.
NOT_SHOWN = {
    rows.WalletRow: {
        "transaction_number", "transaction_at", "withdrawn", "unfrozen", "locks",
        "transaction_seal",
    },
    rows.TransactionRow: {
        "number", "history", "idempotency_key", "fingerprint", "order", "link", "checks", "details",
        "prev_seal", "seal", "weighed", "accepted_payments", "unfrozen",
    },
    rows.ReviewCaseRow: {"evidence", "fact", "history"},
    rows.ReconciliationReportRow: {"sources", "differences", "done"},
}  # fmt: skip


@pytest.mark.parametrize("row", DOCUMENTS)
def test_a_row_reads_the_collection_of_its_document(row: type[models.Model]) -> None:
    """Both name one collection."""
    assert row._meta.db_table == DOCUMENTS[row]._get_collection_name()


@pytest.mark.parametrize("row", DOCUMENTS)
def test_a_row_has_every_field_of_its_document_but_the_hidden_ones(row: type[models.Model]) -> None:
    """A new field of a document is shown, or is listed here as not shown."""
    names = {field.name for field in row._meta.get_fields()}

    assert names | NOT_SHOWN.get(row, set()) == set(DOCUMENTS[row]._fields)


@pytest.mark.parametrize("row", DOCUMENTS)
def test_each_field_of_a_row_fits_its_document(row: type[models.Model]) -> None:
    """Stored name, type and "may be empty" are those of the document."""
    for field in row._meta.get_fields():
        stored = DOCUMENTS[row]._fields[field.name]
        kinds = next(shown for kind, shown in SHOWN_AS.items() if isinstance(stored, kind))
        assert isinstance(field, kinds), field
        assert field.column == stored.db_field, field
        is_required = stored.required or stored.primary_key or stored.default is not None
        assert field.primary_key or field.null is not is_required, field
