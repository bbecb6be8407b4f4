"""What a login session keeps of the client, so that its user can recognise it."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

MAX_USER_AGENT_CHARS = 200
# Enough to tell one's home from another town; too little to name a person.
_KEPT_BITS = {4: 24, 6: 48}


@dataclass(frozen=True)
class Device:
    """The program and the network of a client, as far as it said."""

    user_agent: str = ""
    address: str = ""


def read_device(request: Request) -> Device:
    agent = "".join(c for c in request.headers.get("User-Agent", "") if c.isprintable())
    # The same address that the rate limits count: it respects TRUSTED_PROXIES.
    address = BaseThrottle().get_ident(request)
    return Device(agent[:MAX_USER_AGENT_CHARS], shorten_address(str(address or "")))


def shorten_address(text: str) -> str:
    """The network of an IP address, such as `203.0.113.0/24`; empty if it is no address."""
    try:
        address = ip_address(text.strip())
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if isinstance(address, IPv6Address):
        address = IPv6Address(int(address))  # without the name of an interface
    return str(ip_network(f"{address}/{_KEPT_BITS[address.version]}", strict=False))
