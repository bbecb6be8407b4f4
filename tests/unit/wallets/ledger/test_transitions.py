import pytest

from wallets.ledger.documents import TransactionStatus, TransactionType
from wallets.ledger.transitions import ALLOWED, statuses_before

PENDING, SUCCESS, FAILED = (
    TransactionStatus.PENDING,
    TransactionStatus.SUCCESS,
    TransactionStatus.FAILED,
)


def test_every_transaction_type_has_its_transitions() -> None:
    """A new type must have them too."""
    assert set(ALLOWED) == set(TransactionType)


@pytest.mark.parametrize("kind", list(TransactionType))
def test_no_transition_leaves_success(kind: TransactionType) -> None:
    """Money is given back by a new REVERSAL."""
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
def test_the_allowed_transitions(
    kind: TransactionType, to: TransactionStatus, sources: list[TransactionStatus]
) -> None:
    """Only a funding may succeed after it failed."""
    assert statuses_before(kind, to) == sources
