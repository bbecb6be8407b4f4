"""Errors as clients see them: one shape, stable codes, never a stack trace.

    {"error": {"code": "wallet_locked", "message": "...", "details": {...}, "request_id": "..."}}

`HTTP_STATUSES` has every code that a PayflowError can carry, and the HTTP status of each.
"""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import DatabaseError
from django.http import Http404, HttpRequest, JsonResponse, UnreadablePostError
from mongoengine.errors import OperationError
from pymongo.errors import ConnectionFailure, ExecutionTimeout, PyMongoError
from rest_framework import exceptions as drf
from rest_framework.response import Response
from rest_framework.views import set_rollback

from payflow.kernel.errors import PayflowError, RateLimited
from payflow.kernel.logs import request_id

logger = logging.getLogger(__name__)

HTTP_STATUSES: dict[str, int] = {
    "idempotency_key_invalid": 400,
    "idempotency_key_required": 400,
    "idempotency_conflict": 409,
    "request_in_progress": 409,
    "rate_limited": 429,
    "limits_unavailable": 503,
    "vendor_unavailable": 503,
    "vendor_rejected": 502,
    "outcome_unknown": 503,
    "email_taken": 409,
    "invalid_credentials": 401,
    "password_refused": 400,
    "token_invalid": 401,
    "token_expired": 401,
    "session_not_found": 404,
    "code_wrong": 400,
    "mail_unavailable": 503,
    "pin_required": 403,
    "pin_wrong": 403,
    "pin_locked": 423,
    "pin_refused": 400,
    "pin_already_set": 409,
    "pin_not_set": 409,
    "wallet_not_found": 404,
    "wallet_inactive": 409,
    "wallet_locked": 423,
    "wallet_in_debt": 423,
    "lock_not_lifted": 403,
    "amount_out_of_range": 422,
    "currency_unsupported": 422,
    "insufficient_funds": 422,
    "daily_limit_reached": 422,
    "account_not_resolved": 422,
    "transaction_not_found": 404,
    "suspense_empty": 409,
    "duplicate_suspected": 409,
    "webhook_unauthorised": 401,
    "airtime_disabled": 503,
    "service_not_found": 404,
    "variation_not_found": 422,
    "country_not_found": 404,
    "operator_not_found": 404,
    "product_type_not_found": 422,
    "phone_invalid": 422,
    "purchase_incomplete": 422,
    "vendor_low_balance": 503,
    "purchase_refused": 422,
    "purchase_failed": 502,
}

# What Django, DRF and the database driver find: HTTP status, and a sentence. DRF's own sentence
# says more where it has one.
FRAMEWORK_ERRORS: dict[str, tuple[int, str]] = {
    "bad_request": (400, "The request cannot be read."),
    "malformed_body": (400, "The body is not valid JSON."),
    "validation_error": (400, "Some fields are missing or wrong; see details."),
    "not_authenticated": (401, "Authentication credentials were not provided."),
    "permission_denied": (403, "You do not have permission to perform this action."),
    "not_found": (404, "There is nothing at this address."),
    "method_not_allowed": (405, "This method is not allowed here."),
    "length_required": (411, "Send the body with a Content-Length."),
    "body_too_large": (413, "The body is too large."),
    "unsupported_media_type": (415, "Send the body as application/json."),
    "internal_error": (
        500,
        "Something went wrong on our side. Quote the request id to support.",
    ),
    # A blind retry of what moved money would move it twice.
    "database_unavailable": (
        503,
        "The service is busy, and it is unknown whether this was done. "
        "Look before you repeat it, or repeat it with the same Idempotency-Key.",
    ),
}


class BodyTooLarge(drf.APIException):
    """The body is larger than this endpoint reads."""

    status_code = 413
    default_code = "body_too_large"
    default_detail = "The body of the request is too large."


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook: the answer for an exception in a view; None if the exception is a bug."""
    answer = _from_payflow(exc) or _from_framework(exc) or _from_database(exc)
    if answer is None:
        return None
    status, code, message, details, headers = answer
    set_rollback()
    return Response(error_body(code, message, details), status=status, headers=headers)


def error_body(code: str, message: str, details: Any = None) -> dict[str, Any]:
    """The JSON body of an error answer."""
    return {
        "error": {
            "code": code,
            "message": message,
            "details": details or {},
            "request_id": request_id.get(),
        }
    }


# HTTP status, code, message, details, headers.
ErrorAnswer = tuple[int, str, str, Any, dict[str, str]]


def _from_payflow(exc: Exception) -> ErrorAnswer | None:
    if not isinstance(exc, PayflowError):
        return None
    status = HTTP_STATUSES[exc.code]
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if status == 503 or exc.code == "request_in_progress":
        headers["Retry-After"] = "5"
    if isinstance(exc, RateLimited):
        headers["Retry-After"] = str(exc.retry_after_s)
    return status, exc.code, exc.message, exc.details, headers


def _from_framework(exc: Exception) -> ErrorAnswer | None:
    if isinstance(exc, Http404):
        exc = drf.NotFound()
    elif isinstance(exc, PermissionDenied):
        exc = drf.PermissionDenied()
    elif isinstance(exc, RequestDataTooBig):
        exc = BodyTooLarge()
    elif isinstance(exc, UnreadablePostError):
        exc = drf.ParseError("The body did not arrive in full.")
    if not isinstance(exc, drf.APIException):
        return None
    headers: dict[str, str] = {}
    if auth := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = auth
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = str(int(wait))
    if isinstance(exc, drf.ValidationError):
        status, message = FRAMEWORK_ERRORS["validation_error"]
        return status, "validation_error", message, exc.detail, headers
    code = exc.get_codes()
    drf_code = code if isinstance(code, str) else "error"
    return exc.status_code, _OUR_CODES.get(drf_code, drf_code), str(exc.detail), None, headers


# DRF's codes that have another name in our API.
_OUR_CODES = {
    "error": "internal_error",
    "throttled": "rate_limited",
    "parse_error": "malformed_body",
}


def _from_database(exc: Exception) -> ErrorAnswer | None:
    """503 if the database is away or busy: what the request asked for may have been done."""
    cause: BaseException | None = exc
    while cause is not None and not isinstance(cause, PyMongoError):
        cause = cause.__cause__ or cause.__context__
    wrapped = isinstance(exc, PyMongoError | OperationError | DatabaseError)
    busy = isinstance(cause, ConnectionFailure | ExecutionTimeout) or (
        isinstance(cause, PyMongoError)
        and (cause.timeout or cause.has_error_label("TransientTransactionError"))
    )
    if not (wrapped and busy):
        return None
    logger.error("the database did not answer", exc_info=exc)
    status, message = FRAMEWORK_ERRORS["database_unavailable"]
    return status, "database_unavailable", message, None, {"Retry-After": "5"}


def not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    """Django's handler404, for paths that no view serves."""
    return answer("not_found")


def bad_request(request: HttpRequest, exception: Exception) -> JsonResponse:
    """Django's handler400, for requests that Django refuses, such as a body that is too large."""
    return answer("bad_request")


def server_error(request: HttpRequest) -> JsonResponse:
    """Django's handler500. The answer hides the error; the log has it under the request id."""
    return answer("internal_error")


def answer(code: str) -> JsonResponse:
    """The answer outside a view of the API. `code` is one of FRAMEWORK_ERRORS."""
    status, message = FRAMEWORK_ERRORS[code]
    return JsonResponse(error_body(code, message), status=status)
