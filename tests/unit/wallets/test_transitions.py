import pytest

from wallets.documents import Status, Type
from wallets.transitions import ALLOWED, sources_of

PENDING, SUCCESS, FAILED = Status.PENDING, Status.SUCCESS, Status.FAILED


def test_every_type_is_in_the_table() -> None:
    """No kind of transaction is left to chance."""
    assert set(ALLOWED) == set(Type)


@pytest.mark.parametrize("kind", list(Type))
def test_nothing_leaves_success(kind: Type) -> None:
    """Money that moved is given back by a reversal of its own, never by an edit."""
    assert SUCCESS not in ALLOWED[kind]


@pytest.mark.parametrize(
    ("kind", "to", "sources"),
    [
        (Type.FUNDING, SUCCESS, [PENDING, FAILED]),
        (Type.FUNDING, FAILED, [PENDING]),
        (Type.WITHDRAWAL, SUCCESS, [PENDING]),
        (Type.AIRTIME, FAILED, [PENDING]),
        (Type.REVERSAL, SUCCESS, []),
    ],
)
def test_where_a_transaction_may_come_from(kind: Type, to: Status, sources: list[Status]) -> None:
    """Only a funding may succeed after it failed."""
    assert sources_of(kind, to) == sources
