"""What a login session keeps of an address."""

import pytest

from accounts.devices import shorten_address


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        (" 10.1.2.3 ", "10.1.2.0/24"),
        ("2001:db8:aaaa:bbbb::1", "2001:db8:aaaa::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("fe80::1%eth0", "fe80::/48"),
        ("", ""),
        ("unknown", ""),
        ("203.0.113.77:80", ""),
    ],
)
def test_an_address_is_kept_as_its_network(address: str, kept: str) -> None:
    """Something that is no address is not kept at all."""
    assert shorten_address(address) == kept
