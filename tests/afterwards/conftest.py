"""What vendors, staff and customers do after a first outcome, and several of it together.

Also the fixtures of the known faults.
"""

from __future__ import annotations

from tests.known_faults.conftest import (  # noqa: F401
    also_listed,
    networks,
    noon,
    quiet,
    rich,
    worker,
)
