from collections.abc import Iterator
from typing import Any

import pytest

from airtime.vtpass import wire
from tests.support.networks import Networks
from tests.support.vendor import Vendor


@pytest.fixture
def networks(vendor: Vendor) -> Networks:
    """VTpass, which sends no callbacks and sells the same thing any number of times."""
    networks = Networks(vendor)
    networks.callbacks(drop=1_000)
    networks.behave(duplicate_window_s=0)
    return networks


@pytest.fixture
def impatient(settings: Any) -> Iterator[None]:
    """Calls to VTpass wait a quarter of a second for their answer."""
    settings.VTPASS_READ_TIMEOUT_S = 0.25
    wire.http.cache_clear()
    yield
    wire.http.cache_clear()
