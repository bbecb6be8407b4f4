from hypothesis import given
from hypothesis import strategies as st

from notifications.watches import Watches


def event(seq: int, reference: str = "r") -> dict[str, object]:
    return {"reference": reference, "seq": seq}


@given(st.lists(st.integers(min_value=1, max_value=6)))
def test_whatever_arrives_no_event_is_sent_twice_or_backwards(arrivals: list[int]) -> None:
    """Duplicates and late events are dropped: what is sent only ever rises."""
    watches = Watches()
    watches.join("r", after=0)

    sent = [seq for seq in arrivals if watches.take(event(seq))]

    assert sent == sorted(set(sent))


def test_a_lost_event_is_noticed_when_the_next_one_comes() -> None:
    """A gap in the numbers says that a push was lost."""
    watches = Watches()
    watches.join("r", after=1)

    assert not watches.has_gap_before(event(2))
    assert watches.has_gap_before(event(3))


def test_of_an_unknown_reference_nothing_is_owed() -> None:
    """A transaction first heard of through `all` has no gap before it."""
    watches = Watches()
    watches.all = True

    assert not watches.has_gap_before(event(3))
    assert watches.take(event(3))


def test_a_reference_that_was_left_is_forgotten() -> None:
    """After leaving, joining again starts anew."""
    watches = Watches()
    watches.join("r", after=2)
    watches.leave("r")

    assert not watches.follows("r")
    assert watches.last_seen("r") == 0
