"""VTpass's interface to the server: keys, endpoints, controls, callbacks, books."""

import secrets
from collections.abc import Mapping, Sequence

from aiohttp import web

from dev.sandbox.config import Config
from dev.sandbox.deliveries import Policy, WebhookSender
from dev.sandbox.faults import Fault
from dev.sandbox.journal import Journal
from dev.sandbox.units import Clock
from dev.sandbox.vendor import Endpoint
from dev.sandbox.vtpass import controls, events, international, products, purchases, replies
from dev.sandbox.vtpass.amounts import to_float_kobo
from dev.sandbox.vtpass.books import build_books
from dev.sandbox.vtpass.merchant import Merchant
from dev.sandbox.vtpass.replies import Refused
from dev.sandbox.wire import Json, Refusal

# The vendor repeats a callback up to five times. Source: docs/vendors/vtpass.md, section 7.
_CALLBACK_RETRIES = 5
# Endpoints that need no keys. Source: docs/vendors/vtpass.md, section 1.
_OPEN = ("variations",)


class VTpass:
    """The `dev.sandbox.vendor.Vendor` of this package."""

    name = "vtpass"
    api_prefix = "/vtpass/api"

    def __init__(self, *, config: Config, clock: Clock, journal: Journal) -> None:
        self._keys = {
            "api-key": config.vtpass_api_key,
            "public-key": config.vtpass_public_key,
            "secret-key": config.vtpass_secret_key,
        }
        self.webhooks = WebhookSender(
            vendor=self.name,
            policy=Policy(
                url=config.vtpass_callback_url,
                secret_hash="",
                retry_s=config.webhook_retry_s,
                timeout_s=config.webhook_timeout_s,
                retries=_CALLBACK_RETRIES,
                shape=events.SHAPES[0],
            ),
            # Callbacks are not signed in any way, so no signatures are given.
            shapes=events.SHAPES,
            journal=journal,
            clock=clock,
            acknowledged=events.is_acknowledged,
        )
        self._merchant = Merchant(
            clock=clock,
            journal=journal,
            webhooks=self.webhooks,
            float_kobo=to_float_kobo(config.vtpass_float_naira),
        )
        self.endpoints: Sequence[Endpoint] = (
            *products.endpoints(self._merchant),
            *international.endpoints(),
            *purchases.endpoints(self._merchant),
        )
        self.pages: Sequence[web.RouteDef] = (*controls.pages(self._merchant),)

    def authorize(self, endpoint: Endpoint, headers: Mapping[str, str]) -> None:
        """Every call needs the api-key; a GET also the public key, a POST the secret key."""
        if endpoint.name in _OPEN:
            return
        for name in ("api-key", "public-key" if endpoint.method == "GET" else "secret-key"):
            given = headers.get(name, "")
            if not secrets.compare_digest(given.encode(), self._keys[name].encode()):
                raise Refused("087", status=401)

    def answer_refusal(self, refusal: Refusal) -> web.Response:
        if not isinstance(refusal, Refused):
            # Assumed: a proxy before the API answers an unknown route.
            if refusal.status == 404:
                return replies.reply_page(404, "Not Found")
            return replies.reply_refusal("011")
        if refusal.code == "087" and self._merchant.policy.auth_bare_string:
            return replies.reply_bare_credentials()
        return replies.reply_refusal(refusal.code, refusal.message, status=refusal.status)

    def answer_fault(self, fault: Fault, lost: object, *, endpoint: str) -> web.Response:
        if fault.kind == "http_500":
            return replies.reply_system_error()
        if fault.kind == "http_503_after":
            return replies.reply_page(503, "Service Temporarily Unavailable")
        if fault.kind in ("http_400_after", "http_200_after"):
            # Assumed: the proxy's page; no such answer was seen.
            return replies.reply_page(400 if fault.kind == "http_400_after" else 200, "Bad Request")
        if fault.kind == "http_429":
            # Assumed: no rate limit is documented, so neither is its answer.
            return web.Response(text="Too Many Requests", status=429)
        if endpoint in ("pay", "requery"):
            return replies.reply_refusal("015")
        return replies.reply_page(404, "Not Found")

    def build_books(self, reference: str | None) -> Json:
        return build_books(self._merchant, reference)

    def reset(self) -> None:
        """Restore the first policy; the other state is in the journal's stores."""
        self._merchant.reset()
