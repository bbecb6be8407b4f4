import pytest

from dev.sandbox.faults import KINDS, Faults
from dev.sandbox.wire import Refusal


@pytest.fixture
def faults():
    return Faults({"flutterwave": ["payments", "verify"]})


def test_a_fault_is_used_up(faults):
    """An armed fault hits its endpoint as many times as asked, and no other endpoint."""
    faults.arm({"endpoint": "verify", "kind": "reset", "times": 2})

    hits = [faults.take("flutterwave", name) for name in ("payments", "verify", "verify", "verify")]

    assert [hit.kind if hit else None for hit in hits] == [None, "reset", "reset", None]


def test_faults_hit_in_the_order_they_were_armed(faults):
    """The first armed fault that matches goes first; `*` matches every endpoint."""
    faults.arm({"kind": "http_500"})
    faults.arm({"endpoint": "verify", "kind": "http_429"})

    hits = [faults.take("flutterwave", "verify") for _ in range(3)]

    assert [hit.kind if hit else None for hit in hits] == ["http_500", "http_429", None]


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"kind": "sulk"},
        {"kind": "reset", "vendor": "another"},
        {"kind": "reset", "endpoint": "another"},
        {"kind": "reset", "times": 0},
        {"kind": "reset", "hang_s": -1},
        {"kind": "malformed", "status": 404},
        {"kind": "reset", "tims": 2},
    ],
)
def test_a_fault_that_cannot_be_meant_is_refused(faults, wanted):
    """A misspelt fault is refused and nothing is armed."""
    with pytest.raises(Refusal):
        faults.arm(wanted)

    assert faults.shown() == []


def test_clearing_disarms_every_fault(faults):
    """After a clear no endpoint is hit."""
    for kind in KINDS:
        faults.arm({"kind": kind})

    faults.clear()

    assert faults.take("flutterwave", "verify") is None
