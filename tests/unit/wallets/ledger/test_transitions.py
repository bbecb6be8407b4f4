import pytest

from wallets.ledger.documents import TransactionStatus, TransactionType
from wallets.ledger.transitions import ALLOWED, statuses_before

PENDING, SUCCESS, FAILED = (
    TransactionStatus.PENDING,
    TransactionStatus.SUCCESS,
    TransactionStatus.FAILED,
)


def test_every_type_is_in_the_table() -> None:
    """No kind of transaction is left to chance."""
    assert set(ALLOWED) == set(TransactionType)


@pytest.mark.parametrize("kind", list(TransactionType))
def test_nothing_leaves_success(kind: TransactionType) -> None:
    """Money that moved is given back by a reversal of its own, never by an edit."""
    assert SUCCESS not in ALLOWED[kind]


@pytest.mark.parametrize(
    ("kind", "to", "sources"),
    [
        (TransactionType.FUNDING, SUCCESS, [PENDING, FAILED]),
        (TransactionType.FUNDING, FAILED, [PENDING]),
        (TransactionType.WITHDRAWAL, SUCCESS, [PENDING]),
        (TransactionType.AIRTIME, FAILED, [PENDING]),
        (TransactionType.REVERSAL, SUCCESS, []),
    ],
)
def test_where_a_transaction_may_come_from(
    kind: TransactionType, to: TransactionStatus, sources: list[TransactionStatus]
) -> None:
    """Only a funding may succeed after it failed."""
    assert statuses_before(kind, to) == sources
