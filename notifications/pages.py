"""Pages that show a customer how a payment or a transfer ended. They change nothing."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from notifications.grants import WatchToken
from payflow.api.errors import envelope
from payflow.kernel.money import format_naira
from payflow.kernel.references import is_reference
from wallets.errors import TransactionNotFound
from wallets.ledger import selectors
from wallets.ledger.documents import TransactionType
from wallets.serializers import PublicTransactionOut

NOT_FOUND = TransactionNotFound.default_message
# Our own files only, and sockets and polls to ourselves.
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'{ws}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@never_cache
@require_GET
def funding_callback(request: HttpRequest) -> HttpResponse:
    """Where the vendor sends a customer's browser back to.

    `status` in the query is what the redirect claims: it can be forged, so it is not even
    shown. Source: docs/vendors/flutterwave.md, section 2.
    """
    return _outcome(request, request.GET.get("tx_ref", ""), TransactionType.FUNDING)


@never_cache
@require_GET
def withdrawal_outcome(request: HttpRequest, reference: str) -> HttpResponse:
    """How a transfer is doing, for whoever was given its reference."""
    return _outcome(request, reference, TransactionType.WITHDRAWAL)


def _outcome(request: HttpRequest, reference: str, kind: TransactionType) -> HttpResponse:
    """The live outcome of one transaction, as a page, or as JSON for the page's own polling.

    Whoever has the reference, which cannot be guessed, sees only what PublicTransactionOut has.
    """
    found = selectors.find_transaction(reference=reference) if is_reference(reference) else None
    if found is not None and found.type is not kind:
        found = None
    if _wants_json(request):
        if found is None:
            return JsonResponse(envelope("transaction_not_found", NOT_FOUND), status=404)
        return JsonResponse(PublicTransactionOut(found).data)
    context: dict[str, Any] = {"app_name": settings.APP_NAME, "transaction": found}
    if found is not None:
        context |= {
            "amount": format_naira(found.amount),
            "watch": {
                "reference": found.reference,
                "type": found.type.value,
                "seq": found.seq,
                "status": found.status.value,
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
