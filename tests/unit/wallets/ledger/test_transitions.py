import pytest

from wallets import flows
from wallets.ledger.documents import TransactionStatus
from wallets.ledger.transitions import statuses_before

PENDING = TransactionStatus.PENDING
SUCCESS = TransactionStatus.SUCCESS
FAILED = TransactionStatus.FAILED


@pytest.mark.parametrize(
    "transaction_type, to, before",
    [
        ("FUNDING", SUCCESS, [PENDING, FAILED]),
        ("FUNDING", FAILED, [PENDING]),
        ("WITHDRAWAL", SUCCESS, [PENDING, FAILED]),
        ("AIRTIME", FAILED, [PENDING]),
        ("REVERSAL", SUCCESS, []),
    ],
)
def test_where_a_transaction_may_come_from(transaction_type, to, before):
    """A transaction that failed becomes a SUCCESS if the vendor moved the money after all."""
    assert statuses_before(transaction_type, to) == before


@pytest.mark.parametrize("transaction_type", flows.transaction_types())
def test_success_is_final(transaction_type):
    """No transition leads out of SUCCESS, and none leads back to PENDING."""
    for status in TransactionStatus:
        before = statuses_before(transaction_type, status)
        assert SUCCESS not in before
        assert status is not PENDING or not before
