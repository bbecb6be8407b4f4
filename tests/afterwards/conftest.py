"""What vendors, staff and customers do after a first outcome, and several of it together.

Also the fixtures of the known faults.
"""

from __future__ import annotations

import pytest

from tests.known_faults.conftest import (  # noqa: F401
    also_listed,
    networks,
    noon,
    quiet,
    rich,
    worker,
)

# What is not built yet. Each fails today, and must leave this list when it does not.
_NOT_YET = {
    "test_a_corrected_amount_ends_in_the_same_status_in_any_order",
    "test_money_that_comes_in_during_a_dispute_is_frozen_too",
    "test_a_returned_withdrawal_is_frozen_for_an_open_dispute",
    "test_frozen_money_that_somebody_freed_is_named",
    "test_an_excess_that_nobody_accepted_is_named",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.name in _NOT_YET:
            item.add_marker(pytest.mark.xfail(strict=True))
