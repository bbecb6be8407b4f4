"""The places of a vendor."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from payflow.kernel.bulkhead import Bulkhead, customer_waiting
from payflow.kernel.errors import VendorBusy


def test_look_ups_take_half_of_the_places() -> None:
    """So that a customer can still pay while look-ups hang."""
    bulkhead = Bulkhead("someone", 4)
    with customer_waiting(), ExitStack() as held:
        held.enter_context(bulkhead.place(is_lookup=True))
        held.enter_context(bulkhead.place(is_lookup=True))
        with pytest.raises(VendorBusy), bulkhead.place(is_lookup=True):
            pass
        held.enter_context(bulkhead.place(is_lookup=False))
        held.enter_context(bulkhead.place(is_lookup=False))
        with pytest.raises(VendorBusy), bulkhead.place(is_lookup=False):
            pass


def test_a_place_is_free_again_after_an_error() -> None:
    """Whatever the call raised, and after a refusal for another reason."""
    bulkhead = Bulkhead("someone", 1)
    with customer_waiting():
        for _ in range(3):
            with pytest.raises(ZeroDivisionError), bulkhead.place(is_lookup=True):
                raise ZeroDivisionError
        with bulkhead.place(is_lookup=False):
            for _ in range(2):
                with pytest.raises(VendorBusy), bulkhead.place(is_lookup=True):
                    pass
        with bulkhead.place(is_lookup=True):
            pass


def test_a_task_needs_no_place() -> None:
    """No customer waits in a worker."""
    bulkhead = Bulkhead("someone", 1)
    with ExitStack() as held:
        for _ in range(5):
            held.enter_context(bulkhead.place(is_lookup=True))
