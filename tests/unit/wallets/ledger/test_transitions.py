import pytest

from wallets import flows
from wallets.ledger.documents import TransactionStatus
from wallets.ledger.transitions import statuses_before

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
    "transaction_type, to, before",
    [
        ("FUNDING", SUCCESS, [PENDING, FAILED]),
        ("FUNDING", FAILED, [PENDING]),
        ("WITHDRAWAL", SUCCESS, [PENDING]),
        ("AIRTIME", FAILED, [PENDING]),
        ("REVERSAL", SUCCESS, []),
    ],
)
def test_the_allowed_transitions(
    kind: TransactionType, to: TransactionStatus, sources: list[TransactionStatus]
) -> None:
    """Only a funding may succeed after it failed."""
    assert statuses_before(kind, to) == sources
