from hypothesis import given
from hypothesis import strategies as st

from notifications.watches import Watches


def event(seq: int, reference: str = "r") -> dict[str, object]:
    return {"reference": reference, "seq": seq}


@given(st.lists(st.integers(min_value=1, max_value=6)))
def test_no_event_is_sent_twice_or_out_of_order(arrivals: list[int]) -> None:
    """Repeated and late events are dropped."""
    watches = Watches()
    watches.join("r", after=0)

    sent = [seq for seq in arrivals if watches.take(event(seq))]

    assert sent == sorted(set(sent))


def test_a_gap_in_the_numbers_shows_a_lost_event() -> None:
    """The next event shows it."""
    watches = Watches()
    watches.join("r", after=1)

    assert not watches.has_gap_before(event(2))
    assert watches.has_gap_before(event(3))


def test_the_first_event_of_an_unknown_reference_has_no_gap() -> None:
    """It may come first through `all`."""
    watches = Watches()
    watches.all = True

    assert not watches.has_gap_before(event(3))
    assert watches.take(event(3))


def test_a_reference_that_was_left_is_forgotten() -> None:
    """Joining it again starts from nothing."""
    watches = Watches()
    watches.join("r", after=2)
    watches.leave("r")

    assert not watches.follows("r")
    assert watches.last_seen("r") == 0
