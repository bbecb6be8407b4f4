"""Every payload in the vendors' folders is read as its file says; README.md explains them."""

from pathlib import Path

import pytest

from tests.recorded import flutterwave_readers, vtpass_readers
from tests.recorded.recordings import load, paths

READERS = flutterwave_readers.READERS | vtpass_readers.READERS


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in paths()])
def test_a_recorded_payload_is_read_as_expected(path: Path) -> None:
    """The product's client reads the payload the way its file says is right."""
    recording = load(path)
    assert recording.call in READERS, f"PayFlow has no client for {recording.call}"

    reading = READERS[recording.call](recording)

    assert recording.expected_part_of(reading) == recording.expected
