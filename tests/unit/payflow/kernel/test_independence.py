"""What the kernel may know."""

from __future__ import annotations

from pathlib import Path

import pytest

import payflow.kernel

KERNEL = Path(payflow.kernel.__file__).parent
VENDORS = ("flutterwave", "vtpass")


@pytest.mark.parametrize(
    "path", sorted(KERNEL.rglob("*.py")), ids=lambda path: str(path.relative_to(KERNEL))
)
def test_a_kernel_module_names_no_vendor(path: Path) -> None:
    """The kernel serves every vendor, so neither its code nor its comments name one."""
    text = path.read_text().lower()

    assert [vendor for vendor in VENDORS if vendor in text] == []
