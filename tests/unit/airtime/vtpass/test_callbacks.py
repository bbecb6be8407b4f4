"""What a callback claims to be about, whoever wrote it."""

import pytest

from airtime.vtpass import Hint, read_hint

ID = "202611031542k7f3q9z1m4x8c2v6b0ta"


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        ({"type": "transaction-update", "data": {"requestId": ID}}, Hint(request_id=ID)),
        ({"type": "transaction-update", "requestId": ID}, Hint(request_id=ID)),
        ({"data": {"requestId": ID}}, Hint(request_id=ID)),
        ({"type": "variations-update", "serviceID": "mtn-data"}, Hint(service_id="mtn-data")),
        ({"type": "variations-update", "serviceID": 7, "requestId": ID}, Hint()),
        ({"type": "transaction-update", "data": {"requestId": 7}}, Hint()),
        ({"type": "transaction-update", "data": {"requestId": ""}}, Hint()),
        ({"type": "transaction-update", "data": {}, "requestId": ID}, Hint()),
        ({"type": ["variations-update"]}, Hint()),
        ({}, Hint()),
        ([{"requestId": ID}], Hint()),
        (ID, Hint()),
        (None, Hint()),
    ],
    ids=str,
)
def test_only_texts_in_their_places_are_hints(body: object, hint: Hint) -> None:
    """Wrapped or not; everything else is about nothing."""
    assert read_hint(body) == hint


def test_a_hint_is_no_longer_than_an_id_could_be() -> None:
    """A megabyte of text is not looked up."""
    assert read_hint({"requestId": "x" * 10_000}) == Hint(request_id="x" * 100)
