"""A running PayFlow, seen from outside."""

from __future__ import annotations

from collections.abc import Mapping

from dev.stack.stack import Stack
from tests.support.http_customer import HttpCustomer
from tests.support.networks import Networks
from tests.support.proxy import Proxy
from tests.support.vendor import Vendor
from tests.support.waiting import eventually


class Site:
    """One installation: its addresses, its two vendors, its customers, and its proxies by part.

    servers: the stack that runs the database and the sandbox, if `stack` reaches them by proxies.
    """

    def __init__(
        self,
        stack: Stack,
        *,
        servers: Stack | None = None,
        proxies: Mapping[str, Proxy] | None = None,
    ) -> None:
        self.stack = stack
        self.servers = servers or stack
        self.proxies = dict(proxies or {})
        self.api = stack.addresses.api
        self.web = stack.addresses.web
        self.ws = stack.addresses.ws
        self.vendor = Vendor(stack.addresses.sandbox)
        self.networks = Networks(self.vendor)

    def new_customer(self, naira: str = "", *, within_s: float = 60.0) -> HttpCustomer:
        """A new customer, who has funded the wallet with this amount, if one is given."""
        customer = HttpCustomer(self.api, self.ws)
        if naira:
            funding = customer.fund(naira)
            customer.pay(funding)
            reference = funding["tx_ref"]
            eventually(
                lambda: customer.transaction(reference)["status"] == "SUCCESS", within_s=within_s
            )
        return customer

    def stop_part(self, name: str) -> None:
        """Take a part away: cut its proxy if it has one, else kill its process."""
        if name in self.proxies:
            self.proxies[name].cut()
        else:
            self.stack.processes[name].kill()

    def start_part(self, name: str) -> None:
        """Undo `stop_part`."""
        if name in self.proxies:
            self.proxies[name].restore()
        else:
            self.stack.restart(name)
