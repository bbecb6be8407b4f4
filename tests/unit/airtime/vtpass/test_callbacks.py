"""The request id in a callback's body."""

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
def test_only_text_in_the_right_field_is_a_request_id(body: object, hint: Hint) -> None:
    """With or without `data` around it; any other body has none."""
    assert read_hint(body) == hint


def test_a_text_longer_than_an_id_is_no_request_id() -> None:
    """A megabyte of text is not looked up."""
    assert read_hint({"requestId": "x" * 10_000}) == Hint()
