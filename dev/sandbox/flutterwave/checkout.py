"""The hosted checkout page, and the effect of its buttons.

A browser posts a form; a test may post the same fields as JSON. Source:
docs/vendors/flutterwave.md, section 2, "Browser redirect".
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import jinja2
from aiohttp import web

from dev.sandbox import checks
from dev.sandbox.flutterwave import shapes
from dev.sandbox.flutterwave.amounts import read_amount_kobo, read_currency
from dev.sandbox.flutterwave.documents import (
    CARD,
    FAILED,
    PAYMENT_TYPES,
    PENDING,
    SUCCESSFUL,
    Link,
    Transaction,
)
from dev.sandbox.flutterwave.gateway import CHECKOUT_PATH, INACTIVE_LINK, Gateway
from dev.sandbox.units import format_amount
from dev.sandbox.wire import Json, Refusal, answer, read_object

CANCELLED = "cancelled"
OUTCOMES = (SUCCESSFUL, FAILED, CANCELLED, PENDING)
_FIELDS = ("outcome", "amount", "currency", "payment_type", "redirect_status")

_CLOSED_TEXTS = {
    "paid": "This payment has been made.",
    "disabled": "This payment link has been switched off.",
    "expired": "This payment session has expired.",
    "exhausted": "There are no attempts left for this payment.",
}

_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def pages(gateway: Gateway) -> Sequence[web.RouteDef]:
    """GET shows the page. POST `/pay` takes `outcome`, as a form or as JSON.

    `amount` (naira), `currency` and `payment_type` change the payment, `redirect_status` changes
    the status in the redirect. A form is redirected to the merchant, but a failed attempt shows
    the page again. JSON is answered with `{"outcome", "transaction_id", "redirect_url"}`.
    """

    async def show(request: web.Request) -> web.Response:
        link = gateway.find_link(request.match_info["id"])
        return _render_page(gateway, link) if link else _render_unknown_page()

    async def pay(request: web.Request) -> web.Response:
        link = gateway.find_link(request.match_info["id"])
        if request.content_type == "application/json":
            return await pay_from_json(request, link)
        if link is None:
            return _render_unknown_page()
        if gateway.find_closed_reason(link) == "expired":
            raise web.HTTPFound(build_return_url(link, FAILED))
        # A button may carry further fields in the query of its address.
        wanted = {**request.query, **await request.post()}
        try:
            result = press(gateway, link, wanted)
        except Refusal as refusal:
            return _render_page(gateway, link, message=refusal.message, status=refusal.status)
        if result["redirect_url"]:
            raise web.HTTPFound(result["redirect_url"])
        failed = gateway.get_transaction(str(result["transaction_id"]))
        reason = shapes.choose_processor_response(failed)
        return _render_page(gateway, link, message=f"Payment failed: {reason}. You can try again.")

    async def pay_from_json(request: web.Request, link: Link | None) -> web.Response:
        try:
            wanted = await read_object(request)
            if link is None:
                raise Refusal(404, INACTIVE_LINK)
            return answer(press(gateway, link, wanted))
        except Refusal as refusal:
            return answer({"error": refusal.message}, status=refusal.status)

    return (
        web.get(CHECKOUT_PATH + "/{id}", show),
        web.post(CHECKOUT_PATH + "/{id}/pay", pay),
    )


def press(gateway: Gateway, link: Link, wanted: Mapping[str, object]) -> Json:
    """Apply a button. `redirect_url` is None while the page stays open for another attempt.

    Cancelling records nothing and leaves the link open. Raises: Refusal 400.
    """
    for field in wanted:
        checks.check_choice("field", field, _FIELDS)
    outcome = checks.check_choice("outcome", wanted.get("outcome"), OUTCOMES)
    payment_type = checks.check_choice(
        "payment_type", wanted.get("payment_type", CARD), PAYMENT_TYPES
    )
    redirect_status = checks.check_text("redirect_status", wanted.get("redirect_status", outcome))
    if outcome == CANCELLED:
        if gateway.find_closed_reason(link):
            raise Refusal(400, INACTIVE_LINK)
        return _build_result(outcome, None, build_return_url(link, redirect_status))
    transaction = gateway.record_attempt(
        link,
        status=outcome,
        payment_type=payment_type,
        amount_kobo=read_amount_kobo(wanted["amount"]) if "amount" in wanted else link.amount_kobo,
        currency=read_currency(wanted["currency"]) if "currency" in wanted else link.currency,
    )
    if outcome != FAILED:
        return _build_result(
            outcome, transaction, build_return_url(link, redirect_status, transaction)
        )
    stays_open = gateway.find_closed_reason(link) is None
    return _build_result(
        outcome, transaction, None if stays_open else build_return_url(link, redirect_status)
    )


def _build_result(outcome: str, transaction: Transaction | None, redirect_url: str | None) -> Json:
    return {
        "outcome": outcome,
        "transaction_id": transaction.id if transaction else None,
        "redirect_url": redirect_url,
    }


def build_return_url(link: Link, status: str, transaction: Transaction | None = None) -> str:
    """The merchant's address with the outcome appended to its query."""
    outcome = {"status": status, "tx_ref": link.tx_ref}
    if transaction is not None:
        outcome["transaction_id"] = str(transaction.id)
    parts = urlsplit(link.redirect_url)
    query = "&".join(filter(None, (parts.query, urlencode(outcome))))
    return parts._replace(query=query).geturl()


def _render_page(
    gateway: Gateway, link: Link, *, message: str | None = None, status: int = 200
) -> web.Response:
    """The checkout page of an open link, or a page that says why the link is closed."""
    if why := gateway.find_closed_reason(link):
        # The attempt that paid the link: a paid link takes no further attempt.
        paid = gateway.get_transaction_of(link.tx_ref) if why == "paid" else None
        back = build_return_url(link, SUCCESSFUL if paid else FAILED, paid)
        return _render_closed_page(_CLOSED_TEXTS[why], link=link, back=back, status=410)
    page = _templates.get_template("checkout.html").render(
        link=link,
        pay_url=f"{gateway.get_address(link)}/pay",
        amount=format_amount(link.amount_kobo, link.currency),
        alternatives=_build_alternatives(link),
        seconds_left=gateway.compute_seconds_left(link),
        expired_url=build_return_url(link, FAILED),
        message=message,
    )
    return _reply_html(page, status=status)


def _build_alternatives(link: Link) -> list[Json]:
    """The buttons that pay another amount or currency than the merchant asked for."""
    short_kobo = max(1, link.amount_kobo // 2)
    over_kobo = link.amount_kobo + short_kobo
    other_currency = "USD" if link.currency != "USD" else "NGN"
    choices = (
        ("pay-short", "Pay short", short_kobo, link.currency),
        ("pay-over", "Pay over", over_kobo, link.currency),
        ("pay-wrong-currency", "Wrong currency", link.amount_kobo, other_currency),
    )
    return [
        {
            "id": element_id,
            "label": label,
            "amount": format_amount(kobo, code),
            "query": urlencode({"amount": f"{kobo // 100}.{kobo % 100:02d}", "currency": code}),
        }
        for element_id, label, kobo, code in choices
    ]


def _render_unknown_page() -> web.Response:
    return _render_closed_page(INACTIVE_LINK, link=None, back=None, status=404)


def _render_closed_page(
    text: str, *, link: Link | None, back: str | None, status: int
) -> web.Response:
    page = _templates.get_template("closed.html").render(text=text, link=link, back=back)
    return _reply_html(page, status=status)


def _reply_html(page: str, *, status: int) -> web.Response:
    # Not stored: the back button must not show the form of a link that is paid.
    return web.Response(
        text=page, status=status, content_type="text/html", headers={"Cache-Control": "no-store"}
    )
