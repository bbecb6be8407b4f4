"""Pages that show a customer how a payment or a transfer ended. They move no money."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from notifications.grants import WatchToken
from notifications.serializers import PublicTransactionOut
from payflow.api.errors import error_body
from payflow.kernel import clock
from payflow.kernel.money import format_naira, to_naira_text
from payflow.kernel.references import is_reference
from wallets.errors import TransactionNotFound
from wallets.funding import FUNDING
from wallets.funding import services as funding
from wallets.inbox.services import parse_json
from wallets.ledger import selectors
from wallets.withdrawals import WITHDRAWAL

_REFERENCES = ("tx_ref", "txRef", "txref")
_ANSWERS = ("resp", "response")
# The page may load our own files only, and connect to our own server only.
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'{ws}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


# A POST is read like a GET: it changes nothing that a GET does not, so it needs no CSRF token.
@csrf_exempt
@never_cache
def funding_callback(request: HttpRequest) -> HttpResponse:
    """Where the vendor sends a customer's browser back to.

    The redirect's `status` can be forged, so the page does not even show it. It is a reason to
    ask the vendor soon. Source: docs/vendors/flutterwave.md, section 2.
    """
    if refusal := _refuse_method(request, "GET", "HEAD", "POST"):
        return refusal
    reference = _find_reference(request)
    if is_reference(reference):
        funding.look_soon(reference=reference, now=clock.now())
    return _outcome(request, reference, FUNDING)


@csrf_exempt
@never_cache
def withdrawal_outcome(request: HttpRequest, reference: str) -> HttpResponse:
    """How a transfer stands, for everyone who has its reference."""
    refusal = _refuse_method(request, "GET", "HEAD")
    return refusal or _outcome(request, reference, WITHDRAWAL)


def _refuse_method(request: HttpRequest, *allowed: str) -> HttpResponse | None:
    if request.method in allowed:
        return None
    body = error_body("method_not_allowed", f'Method "{request.method}" not allowed.')
    return JsonResponse(body, status=405, headers={"Allow": ", ".join(allowed)})


def _find_reference(request: HttpRequest) -> str:
    """The reference under any of the vendor's names for it; older versions put it into `resp`."""
    for fields in (request.GET, request.POST):
        given: dict[str, Any] = dict(fields.items())
        answers = [
            parse_json(str(given.get(name, "")).encode("utf-8", "replace")) for name in _ANSWERS
        ]
        for found in (given, *answers):
            if reference := _reference_in(found):
                return reference
    return ""


def _reference_in(found: object) -> str:
    """The reference in the fields, or in the objects `data` and `tx` in them."""
    for _ in range(3):
        if not isinstance(found, dict):
            break
        for name in _REFERENCES:
            if is_reference(text := found.get(name)):
                return str(text)
        found = found.get("data") or found.get("tx")
    return ""


def _outcome(request: HttpRequest, reference: str, transaction_type: str) -> HttpResponse:
    """The live outcome of one transaction: a page, or JSON for the page's own polling.

    A reference cannot be guessed. Its holder sees only the fields of PublicTransactionOut.
    """
    found = selectors.find_transaction(reference=reference) if is_reference(reference) else None
    if found is not None and found.type != transaction_type:
        found = None
    if _wants_json(request):
        if found is None:
            message = TransactionNotFound.default_message
            return JsonResponse(error_body(TransactionNotFound.code, message), status=404)
        return JsonResponse(PublicTransactionOut(found).data)
    context: dict[str, Any] = {"app_name": settings.APP_NAME, "transaction": found}
    if found is not None:
        context |= {
            "amount": format_naira(found.amount),
            "watch": {
                "reference": found.reference,
                "type": found.type,
                "seq": found.revision,
                "status": found.status.value,
                "reversed": to_naira_text(found.reversed_kobo or 0),
                "token": str(WatchToken.for_reference(found.reference)),
            },
        }
    response = render(request, "notifications/outcome.html", context, status=200 if found else 404)
    scheme = "wss" if request.is_secure() else "ws"
    # Older browsers do not count a socket to the same host as 'self'.
    response["Content-Security-Policy"] = _POLICY.format(ws=f" {scheme}://{request.get_host()}")
    return response


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")
