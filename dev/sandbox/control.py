"""The control endpoints: faults, webhook policy, books, call log, clock, reset.

Tests and developers use them. They need no key, and they answer errors as `{"error": text}`.
"""

from collections.abc import Mapping
from functools import wraps

from aiohttp import web

from dev.sandbox import checks
from dev.sandbox.faults import Faults
from dev.sandbox.journal import Journal
from dev.sandbox.serving import CallLog
from dev.sandbox.units import Clock
from dev.sandbox.vendor import Vendor
from dev.sandbox.wire import Handler, Json, Refusal, answer, dumps, read_object

# A century expires every session, and datetime can still represent the result.
_MOST_ADVANCE_S = 100 * 366 * 86_400


def control_handler(handler: Handler) -> Handler:
    """Answer a Refusal with its status and `{"error": text}`."""

    @wraps(handler)
    async def answered(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except Refusal as refusal:
            return answer({"error": refusal.message}, status=refusal.status)

    return answered


async def read_fields(request: web.Request, *known: str) -> Json:
    """The request's JSON object. Raises: Refusal 400, if it has other fields than the known."""
    wanted = await read_object(request)
    for field in wanted:
        checks.check_choice("field", field, known)
    return wanted


class Control:
    """The handlers of the control endpoints."""

    def __init__(
        self,
        *,
        vendors: Mapping[str, Vendor],
        faults: Faults,
        calls: CallLog,
        clock: Clock,
        journal: Journal,
    ) -> None:
        self._vendors = vendors
        self._faults = faults
        self._calls = calls
        self._clock = clock
        self._journal = journal

    def routes(self) -> list[web.RouteDef]:
        table: tuple[tuple[str, str, Handler], ...] = (
            ("GET", "/control/faults", self.show_faults),
            ("POST", "/control/faults", self.arm_fault),
            ("DELETE", "/control/faults", self.clear_faults),
            ("GET", "/control/webhooks", self.show_webhooks),
            ("POST", "/control/webhooks", self.change_webhooks),
            ("POST", "/control/webhooks/release", self.release_webhooks),
            ("POST", "/control/webhooks/send", self.send_webhook),
            ("GET", "/control/books", self.show_books),
            ("GET", "/control/calls", self.show_calls),
            ("POST", "/control/clock", self.advance_clock),
            ("POST", "/control/reset", self.reset),
        )
        return [web.route(verb, path, control_handler(handler)) for verb, path, handler in table]

    async def show_faults(self, request: web.Request) -> web.Response:
        return answer({"faults": self._faults.describe()})

    async def arm_fault(self, request: web.Request) -> web.Response:
        self._faults.arm(await read_object(request))
        return answer({"faults": self._faults.describe()})

    async def clear_faults(self, request: web.Request) -> web.Response:
        self._faults.clear()
        return answer({"faults": []})

    async def show_webhooks(self, request: web.Request) -> web.Response:
        vendor = self._vendor(request.query.get("vendor"))
        return answer(_describe_webhooks(vendor))

    async def change_webhooks(self, request: web.Request) -> web.Response:
        wanted = await read_object(request)
        vendor = self._vendor(wanted.pop("vendor", None))
        vendor.webhooks.change_policy(wanted)
        return answer(_describe_webhooks(vendor))

    async def release_webhooks(self, request: web.Request) -> web.Response:
        """Deliver the held webhooks, the latest first unless `reverse` is false."""
        wanted = await read_object(request)
        vendor = self._vendor(wanted.pop("vendor", None))
        reverse = checks.check_flag("reverse", wanted.get("reverse", True))
        return answer({"released": vendor.webhooks.release(reverse=reverse)})

    async def send_webhook(self, request: web.Request) -> web.Response:
        """Send `body` (any JSON) or `raw` (any text) once; answer with its line of the log.

        `url` and `secret_hash` default to the policy's; `secret_hash: null` sends no header.
        """
        wanted = await read_object(request)
        vendor = self._vendor(wanted.pop("vendor", None))
        for field in wanted:
            checks.check_choice("field", field, ("body", "raw", "url", "secret_hash"))
        if ("body" in wanted) == ("raw" in wanted):
            raise Refusal(400, "give either body or raw")
        policy = vendor.webhooks.policy
        secret_hash = wanted.get("secret_hash", policy.secret_hash)
        content = (
            checks.check_text("raw", wanted["raw"], most=1_000_000)
            if "raw" in wanted
            else dumps(wanted["body"])
        )
        line = await vendor.webhooks.send_now(
            content.encode(),
            url=checks.check_web_address("url", wanted.get("url", policy.url)),
            secret_hash=None
            if secret_hash is None
            else checks.check_text("secret_hash", secret_hash),
            name="sent by hand",
        )
        return answer(line)

    async def show_books(self, request: web.Request) -> web.Response:
        """Each vendor's books, by its name; `?reference=` narrows them to one reference.

        `flutterwave/books.py` and `vtpass/books.py` describe them.
        """
        reference = request.query.get("reference")
        return answer(
            {name: vendor.build_books(reference) for name, vendor in self._vendors.items()}
        )

    async def show_calls(self, request: web.Request) -> web.Response:
        return answer({"calls": self._calls.describe(request.query.get("reference"))})

    async def advance_clock(self, request: web.Request) -> web.Response:
        """Move the sandbox's clock forward. Timers still run in real time."""
        wanted = await read_object(request)
        self._clock.advance(
            checks.check_seconds("advance_s", wanted.get("advance_s"), most=_MOST_ADVANCE_S)
        )
        return answer({"now": self._clock.now_text()})

    async def reset(self, request: web.Request) -> web.Response:
        """Delete all state but the last ids. No webhook is in flight afterwards."""
        for vendor in self._vendors.values():
            await vendor.webhooks.reset()
        # No await from here on, so no call sees a sandbox that is only partly reset.
        self._journal.reset()
        for vendor in self._vendors.values():
            vendor.reset()
        self._faults.clear()
        self._calls.clear()
        self._clock.reset()
        return answer({"reset": True})

    def _vendor(self, name: object) -> Vendor:
        name = "flutterwave" if name is None else name
        return self._vendors[checks.check_choice("vendor", name, tuple(self._vendors))]


def _describe_webhooks(vendor: Vendor) -> Json:
    return {"vendor": vendor.name, **vendor.webhooks.describe()}
