from decimal import Decimal

import pytest

from dev.sandbox.vtpass.policy import Forced, PurchasePolicy, used
from dev.sandbox.wire import Refusal


def test_a_policy_takes_the_wanted_fields():
    """Only the named fields change, each in its own type."""
    changed = PurchasePolicy().changed(
        {"pending_s": Decimal("0.5"), "outcomes": {"0803": "failed"}, "force": [{"code": "030"}]}
    )

    assert (changed.pending_s, changed.outcomes) == (0.5, {"0803": "failed"})
    assert changed.force == (Forced(code="030"),)
    assert changed.changed({"pending_s": None}).pending_s is None
    assert (changed.hang_s, changed.lost_outcome) == (120.0, "delivered")


@pytest.mark.parametrize(
    "wanted",
    [
        {"deliver": True},
        {"deliver_any": 1},
        {"pending_s": -1},
        {"pending_outcome": "pending"},
        {"lost_outcome": "lost"},
        {"outcomes": ["failed"]},
        {"outcomes": {"0803": "lost"}},
        {"variation_key": "wrong"},
        {"force": {}},
        {"force": ["030"]},
        {"force": [{}]},
        {"force": [{"code": 30}]},
        {"force": [{"code": "030", "times": 0}]},
        {"force": [{"code": "030", "http_status": 99}]},
        {"force": [{"code": "030", "record": "lost"}]},
        {"force": [{"code": "030", "patch": []}]},
        {"force": [{"code": "000", "status": "processing"}]},
        {"force": [{"code": "030", "tims": 1}]},
        {"force_requery": [{"code": "030", "record": "failed"}]},
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(wanted):
    """A misspelt field or value is refused."""
    with pytest.raises(Refusal):
        PurchasePolicy().changed(wanted)


def test_entries_are_used_up_in_their_order():
    """Each lasts as many times as it says."""
    entries, seen = (Forced(code="030", times=2), Forced(code="099")), []

    while entries:
        seen.append(entries[0].code)
        entries = used(entries)

    assert seen == ["030", "030", "099"]
