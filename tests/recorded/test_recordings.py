"""Every payload in the vendors' folders is read as its file says; README.md explains them."""

from pathlib import Path

import pytest

from tests.recorded import flutterwave_readers, vtpass_readers
from tests.recorded.known_misreadings import KNOWN_MISREADINGS
from tests.recorded.recordings import load, paths

READERS = flutterwave_readers.READERS | vtpass_readers.READERS


def _case(path: Path) -> object:
    """Only a wrong reading is a known misreading, so an error in the test still fails."""
    marks = []
    if reason := KNOWN_MISREADINGS.get(path.stem):
        marks.append(pytest.mark.xfail(strict=True, raises=AssertionError, reason=reason))
    return pytest.param(path, id=path.stem, marks=marks)


@pytest.mark.parametrize("path", [_case(path) for path in paths()])
def test_a_recorded_payload_is_read_as_expected(path: Path) -> None:
    """The product's client reads the payload the way its file says is right."""
    recording = load(path)
    assert recording.call in READERS, f"PayFlow has no client for {recording.call}"

    reading = READERS[recording.call](recording)

    assert recording.expected_part_of(reading) == recording.expected


def test_every_known_misreading_is_recorded() -> None:
    """The table of known misreadings names only files that exist."""
    assert set(KNOWN_MISREADINGS) <= {path.stem for path in paths()}
