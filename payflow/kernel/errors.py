"""Errors: foreseen outcomes, each with a stable code, and broken invariants.

PayflowError            payflow/api/errors.py maps each code to an HTTP status
├── (each app adds its own, in its errors.py)
└── VendorError
    ├── VendorUnavailable   never sent, or a read: asking again is safe
    │   ├── VendorBusy           too many of our own requests wait for it already
    │   └── VendorAccountFault   our account is refused: pause, and alert an engineer
    ├── VendorRejected      a final no: no money has moved, and none will move
    └── OutcomeUnknown      money may have moved; only a requery can decide
InvariantBroken         the books would become wrong: a bug in PayFlow
"""

from __future__ import annotations

from typing import Any, ClassVar


class InvariantBroken(Exception):
    """Something that must always hold does not hold; the atomic block around it rolls back.

    Raised instead of `assert`, which `python -O` removes. It is not a PayflowError: the client
    gets `internal_error`, and the log gets the stack trace.
    """


class PayflowError(Exception):
    """An outcome we foresaw. `message` is for a person; `details` are for a program."""

    code: ClassVar[str]
    default_message: ClassVar[str] = "The request could not be carried out."

    def __init__(self, message: str | None = None, **details: Any) -> None:
        self.message = message or self.default_message
        self.details = details
        super().__init__(self.message)


class VendorError(PayflowError):
    """A vendor did not do what we asked. Each subclass answers: may money have moved?"""


class VendorUnavailable(VendorError):
    """The vendor was not reached, or a read went unanswered: asking again is safe."""

    code = "vendor_unavailable"
    default_message = "The payment provider cannot be reached just now. Try again shortly."


class VendorBusy(VendorUnavailable):
    """Never sent: too many requests of this process wait for the vendor already."""

    default_message = "Many customers wait for the payment provider just now. Try again shortly."


class VendorAccountFault(VendorUnavailable):
    """The vendor refuses our account, so nothing was done and every order would be refused.

    Wrong keys, an address that is not whitelisted, a product that is not enabled, a balance that
    is too small. The flow should be paused, and an engineer alerted with `vendor_reason`, which
    clients never see.
    """

    default_message = "This service is not available just now. Try again later."

    def __init__(
        self, message: str | None = None, *, vendor_reason: str = "", **details: Any
    ) -> None:
        self.vendor_reason = vendor_reason
        super().__init__(message, **details)


class VendorRejected(VendorError):
    """The vendor gave a final no. Retrying the same request cannot help."""

    code = "vendor_rejected"
    default_message = "The payment provider refused this request."


class OutcomeUnknown(VendorError):
    """The request may have arrived. Its hold must stay until a requery is answered."""

    code = "outcome_unknown"
    default_message = "The payment provider has not confirmed the outcome yet."


class IdempotencyKeyInvalid(PayflowError):
    """The Idempotency-Key header cannot be used as a key."""

    code = "idempotency_key_invalid"
    default_message = "Idempotency-Key must be 1 to 128 printable ASCII characters."


class IdempotencyKeyRequired(PayflowError):
    """This order needs an Idempotency-Key. Nothing was written."""

    code = "idempotency_key_required"
    default_message = (
        "Send an Idempotency-Key with this order: a new one for every new order, and the same one "
        "when you repeat it."
    )


class IdempotencyConflict(PayflowError):
    """The key was used before, with a different body. Nothing was written."""

    code = "idempotency_conflict"
    default_message = "This Idempotency-Key was used for a different request. Use a new key."


class RequestInProgress(PayflowError):
    """The first request with this key has not finished. Retry shortly with the same key."""

    code = "request_in_progress"
    default_message = "A request with this Idempotency-Key is still being handled. Retry shortly."


class RateLimited(PayflowError):
    """A limit is used up; nothing was done. `retry_after_s` says when to come back."""

    code = "rate_limited"
    default_message = "Too many attempts. Wait a while, then try again."

    def __init__(self, *, retry_after_s: int) -> None:
        self.retry_after_s = retry_after_s
        super().__init__()


class LimitsUnavailable(PayflowError):
    """A limit that must hold cannot be counted, because Redis is away. Nothing was done."""

    code = "limits_unavailable"
    default_message = "This is not available just now. Try again in a moment."
