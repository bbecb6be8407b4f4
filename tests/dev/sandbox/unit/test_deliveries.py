from decimal import Decimal

import pytest

from dev.sandbox.deliveries import Policy
from dev.sandbox.wire import Refusal

SHAPES = ("v3", "legacy")


@pytest.fixture
def policy():
    return Policy(url="", secret_hash="hash", retry_s=5.0, timeout_s=60.0)


def test_a_policy_takes_the_wanted_fields(policy):
    """Only the named fields change, each in its own type."""
    wanted = {"url": "https://example.com/hook", "retry_s": Decimal("0.5"), "shape": "legacy"}

    changed = policy.changed(wanted, shapes=SHAPES)

    assert (changed.url, changed.retry_s, changed.shape) == (
        "https://example.com/hook",
        0.5,
        "legacy",
    )
    assert (changed.secret_hash, changed.timeout_s) == ("hash", 60.0)


@pytest.mark.parametrize(("reorder", "batch"), [(True, 2), (False, 0), (3, 3)])
def test_reordering_may_be_a_flag_or_a_batch_size(policy, reorder, batch):
    """True means the smallest batch that has an order."""
    assert policy.changed({"reorder": reorder}, shapes=SHAPES).reorder == batch


@pytest.mark.parametrize(
    "wanted",
    [
        {"retry": 1},
        {"url": "example.com"},
        {"shape": "v4"},
        {"hold": 1},
        {"duplicate": -1},
        {"delay_s": "soon"},
        {"secret_hash": None},
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(policy, wanted):
    """A misspelt field or value is refused."""
    with pytest.raises(Refusal):
        policy.changed(wanted, shapes=SHAPES)
