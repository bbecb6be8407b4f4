"""Builds the sandbox: clock, journal, faults, vendors, control, and the HTTP server."""

import socket

from aiohttp import web

from dev.sandbox.config import Config
from dev.sandbox.control import Control
from dev.sandbox.faults import Faults
from dev.sandbox.flutterwave.vendor import Flutterwave
from dev.sandbox.journal import Journal
from dev.sandbox.serving import ApiServing, CallLog
from dev.sandbox.units import Clock
from dev.sandbox.vendor import Vendor
from dev.sandbox.vtpass.vendor import VTpass
from dev.sandbox.wire import answer

# Long enough to finish an ordinary answer. A stop does not wait for calls that hang.
_LAST_ANSWERS_S = 0.2


class Sandbox:
    """One running sandbox. One event loop does all the work, so the books need no locks."""

    def __init__(self, config: Config) -> None:
        clock = Clock()
        self._journal = Journal(config.journal)
        vendors: tuple[Vendor, ...] = (
            Flutterwave(config=config, clock=clock, journal=self._journal),
            VTpass(config=config, clock=clock, journal=self._journal),
        )
        self._vendors = {vendor.name: vendor for vendor in vendors}
        self._faults = Faults(
            {
                # Several calls may share a name.
                name: sorted({endpoint.name for endpoint in vendor.endpoints})
                for name, vendor in self._vendors.items()
            }
        )
        calls = CallLog()
        serving = ApiServing(clock=clock, faults=self._faults, calls=calls)
        control = Control(
            vendors=self._vendors,
            faults=self._faults,
            calls=calls,
            clock=clock,
            journal=self._journal,
        )
        app = web.Application()
        app.router.add_get("/health", self._health)
        app.add_routes(control.routes())
        for vendor in self._vendors.values():
            app.add_routes(vendor.pages)
            app.add_routes(serving.routes(vendor))
        # When a caller leaves, its handler is cancelled: this ends calls that hang.
        self._runner = web.AppRunner(
            app, handler_cancellation=True, access_log=None, shutdown_timeout=_LAST_ANSWERS_S
        )

    async def start(self, listener: socket.socket) -> None:
        """Replay the journal, listen, then send the webhooks that are still queued."""
        self._journal.open()
        await self._runner.setup()
        await web.SockSite(self._runner, listener).start()
        for vendor in self._vendors.values():
            await vendor.webhooks.open()

    async def stop(self) -> None:
        """End the calls that hang; deliveries in flight stay queued for the next start."""
        self._faults.clear()
        for vendor in self._vendors.values():
            await vendor.webhooks.close()
        await self._runner.cleanup()
        self._journal.close()

    async def _health(self, request: web.Request) -> web.Response:
        return answer({"status": "ok", "vendors": list(self._vendors)})
