"""Payment links: `/payments` and `/payments/link/disable`.

Source: docs/vendors/flutterwave.md, section 2.
"""

from collections.abc import Sequence

from aiohttp import web

from dev.sandbox.checks import check_web_address
from dev.sandbox.flutterwave.amounts import read_amount_kobo, read_currency
from dev.sandbox.flutterwave.gateway import Gateway
from dev.sandbox.flutterwave.replies import reply_success
from dev.sandbox.vendor import Endpoint
from dev.sandbox.wire import Json, Refusal, read_object

_MOST_TEXT = 100  # the longest tx_ref that the vendor's SDK allows
_MOST_SESSION_MINUTES = 1440


def endpoints(gateway: Gateway) -> Sequence[Endpoint]:
    async def payments(request: web.Request) -> web.Response:
        body = await read_object(request)
        customer = _read_object(body, "customer")
        customizations = _read_object(body, "customizations")
        link = gateway.create_link(
            tx_ref=_read_required(body, "tx_ref"),
            amount_kobo=read_amount_kobo(body.get("amount")),
            currency=read_currency(body.get("currency")),
            # Assumed: required, as the page could not redirect without it.
            redirect_url=check_web_address(
                "redirect_url", _read_required(body, "redirect_url", most=2_000)
            ),
            customer={
                "email": _read_required(customer, "email"),
                "name": _read_optional(customer, "name"),
                "phone": _read_optional(customer, "phonenumber"),
            },
            title=_read_optional(customizations, "title") or "Merchant",
            description=_read_optional(customizations, "description") or "",
            meta=_read_object(body, "meta"),
            session_minutes=_read_limit(body, "session_duration", most=_MOST_SESSION_MINUTES),
            max_attempts=_read_limit(body, "max_retry_attempt", most=1_000),
        )
        return reply_success("Hosted Link", {"link": gateway.get_address(link)})

    async def disable_link(request: web.Request) -> web.Response:
        body = await read_object(request)
        gateway.disable_link(_read_required(body, "link", most=2_000))
        # Assumed: the text; only the status is known.
        return reply_success("Payment link disabled", None)

    return (
        Endpoint("payments", "POST", "/payments", payments),
        Endpoint("disable_link", "POST", "/payments/link/disable", disable_link),
    )


def _read_object(body: Json, field: str) -> Json:
    value = body.get(field)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Refusal(400, f"{field} must be an object")
    return value


def _read_required(body: Json, field: str, *, most: int = _MOST_TEXT) -> str:
    value = _read_optional(body, field, most=most)
    if not value:
        raise Refusal(400, f"{field} is required")
    return value


def _read_optional(body: Json, field: str, *, most: int = _MOST_TEXT) -> str | None:
    value = body.get(field)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > most:
        raise Refusal(400, f"{field} must be a text of at most {most} characters")
    return value.strip()


def _read_limit(body: Json, field: str, *, most: int) -> int | None:
    """The limit, in `configurations` (the vendor's sample) or at the top level (its table)."""
    value = _read_object(body, "configurations").get(field, body.get(field))
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise Refusal(400, f"{field} must be a whole number from 1 to {most}")
    return value
