"""The policy of the simulated VTpass. Tests change it; it is not stored.

Source of the scenarios: docs/vendors/vtpass.md, section 6, and its "Simulator rules".
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from dev.sandbox import checks
from dev.sandbox.vtpass.amounts import is_convenience_fee
from dev.sandbox.vtpass.catalogue import SERVICES
from dev.sandbox.vtpass.documents import DELIVERED, FAILED, INITIATED, PENDING, REVERSED
from dev.sandbox.vtpass.shapes import SAME, SPELLINGS
from dev.sandbox.wire import Json, Refusal

UNEXPECTED = "unexpected"
NO_ANSWER = "no_answer"
TIMEOUT = "timeout"
SCENARIOS = (DELIVERED, PENDING, FAILED, UNEXPECTED, NO_ANSWER, TIMEOUT)

ABSENT = "absent"
NOTHING = "none"
RECORDS = (NOTHING, INITIATED, PENDING, DELIVERED, FAILED, REVERSED)
VARIATION_KEYS = ("both", "misspelled", "right")

_CODE = re.compile(r"[0-9A-Z]{1,8}")
_MOST_ENTRIES = 1_000


@dataclass(frozen=True, kw_only=True)
class ForcedAnswer:
    """A forced answer to the next `times` calls.

    code: the result code; None: it follows from `status`.
    status: the inner status in the answer; an answer with it shows a transaction.
    record: the real status of the order (pay only); none: the order is not read or recorded.
    patch: fields that replace those of the answer, merged into nested objects.
    """

    code: str | None = None
    status: str | None = None
    http_status: int = 200
    times: int = 1
    record: str = NOTHING
    patch: Json = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PurchasePolicy:
    """How VTpass behaves. The defaults are those of the vendor's own sandbox, as far as known.

    outcomes: the scenario of each recipient; it wins over the rule for the number.
    deliver_any: any other number of 11 digits is delivered instead of failed.
    duplicate_window_s: how long the same service, recipient and amount are refused with 019.
    pending_s: a pending purchase ends with pending_outcome after this time; None: only a control
    call ends it.
    lost_outcome: the outcome of orders whose answer was unexpected or never came.
    first_requery_015: the first requery of each request_id is answered with 015.
    hang_s: how long the timeout scenario holds the connection.
    force, force_requery: forced answers to the next calls, used in their order.
    flat_pay: a 000 is answered as in 2019, without `content`.
    missing_content_016: a failure has no `content`.
    variation_key: the spelling of `variations` in the list of plans.
    auth_bare_string: wrong keys are answered with a JSON text instead of an object.
    balance_noise: the balance has the error of a binary fraction.
    recipient_spelling: how answers and callbacks spell the recipient; see shapes.respell.
    convenience_fees: the fee of a service by its serviceID, in the vendor's words: `N100`, `2 %`.
    """

    outcomes: Mapping[str, str] = field(default_factory=dict)
    deliver_any: bool = False
    duplicate_window_s: float = 30.0
    pending_s: float | None = None
    pending_outcome: str = DELIVERED
    lost_outcome: str = DELIVERED
    first_requery_015: bool = False
    hang_s: float = 120.0
    force: tuple[ForcedAnswer, ...] = ()
    force_requery: tuple[ForcedAnswer, ...] = ()
    flat_pay: bool = False
    missing_content_016: bool = False
    variation_key: str = "both"
    auth_bare_string: bool = False
    balance_noise: bool = False
    recipient_spelling: str = SAME
    convenience_fees: Mapping[str, str] = field(default_factory=dict)

    def with_changes(self, wanted: Json) -> "PurchasePolicy":
        """A copy with the wanted fields. Raises: Refusal 400, which names the allowed values."""
        new: Json = {}
        for name, value in wanted.items():
            new[name] = _PARSE[checks.check_choice("field", name, tuple(_PARSE))](name, value)
        return replace(self, **new)


def use_first(entries: tuple[ForcedAnswer, ...]) -> tuple[ForcedAnswer, ...]:
    """The entries after one use of the first."""
    first, *rest = entries
    left = [replace(first, times=first.times - 1)] if first.times > 1 else []
    return (*left, *rest)


def _parse_choice(*allowed: str) -> Callable[[str, object], str]:
    return lambda name, value: checks.check_choice(name, value, allowed)


def _parse_seconds_or_null(name: str, value: object) -> float | None:
    return None if value is None else checks.check_seconds(name, value)


def _parse_outcomes(name: str, value: object) -> Mapping[str, str]:
    if not isinstance(value, dict) or len(value) > _MOST_ENTRIES:
        raise Refusal(400, f"{name} must be an object of at most {_MOST_ENTRIES} recipients")
    return {
        recipient: checks.check_choice(f"{name}.{recipient}", scenario, SCENARIOS)
        for recipient, scenario in value.items()
    }


def _parse_fees(name: str, value: object) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise Refusal(400, f"{name} must be an object")
    for service_id, fee in value.items():
        checks.check_choice("serviceID", service_id, tuple(SERVICES))
        if not isinstance(fee, str) or not is_convenience_fee(fee):
            raise Refusal(400, f"{name}.{service_id} must be a text such as N100 or 2 %")
    return value


def _parse_entries(name: str, value: object) -> tuple[ForcedAnswer, ...]:
    if not isinstance(value, list) or len(value) > _MOST_ENTRIES:
        raise Refusal(400, f"{name} must be a list of at most {_MOST_ENTRIES} answers")
    return tuple(_parse_forced(name, each) for each in value)


def _parse_forced(name: str, wanted: object) -> ForcedAnswer:
    if not isinstance(wanted, dict):
        raise Refusal(400, f"each of {name} must be an object")
    allowed = ["code", "status", "http_status", "times", "patch"]
    if name == "force":
        allowed.append("record")
    for each in wanted:
        checks.check_choice(f"{name} field", each, allowed)
    code, status = wanted.get("code"), wanted.get("status")
    if code is None and status is None:
        raise Refusal(400, f"each of {name} needs a code or a status")
    if code is not None and not (isinstance(code, str) and _CODE.fullmatch(code)):
        raise Refusal(400, f"{name} code must be a text such as 099")
    record = checks.check_choice("record", wanted.get("record", NOTHING), RECORDS)
    if name == "force" and status is not None and record == NOTHING:
        raise Refusal(400, "a status is shown of a transaction: record must not be none")
    patch = wanted.get("patch", {})
    if not isinstance(patch, dict):
        raise Refusal(400, "patch must be an object")
    return ForcedAnswer(
        code=code,
        status=None if status is None else checks.check_text("status", status, most=40),
        http_status=checks.check_whole_number(
            "http_status", wanted.get("http_status", 200), least=200, most=599
        ),
        times=checks.check_whole_number("times", wanted.get("times", 1), least=1, most=1_000_000),
        record=record,
        patch=patch,
    )


_PARSE: Mapping[str, Callable[[str, object], object]] = {
    "outcomes": _parse_outcomes,
    "deliver_any": checks.check_flag,
    "duplicate_window_s": checks.check_seconds,
    "pending_s": _parse_seconds_or_null,
    "pending_outcome": _parse_choice(DELIVERED, FAILED, REVERSED),
    "lost_outcome": _parse_choice(DELIVERED, FAILED, ABSENT),
    "first_requery_015": checks.check_flag,
    "hang_s": checks.check_seconds,
    "force": _parse_entries,
    "force_requery": _parse_entries,
    "flat_pay": checks.check_flag,
    "missing_content_016": checks.check_flag,
    "variation_key": _parse_choice(*VARIATION_KEYS),
    "auth_bare_string": checks.check_flag,
    "balance_noise": checks.check_flag,
    "recipient_spelling": _parse_choice(*SPELLINGS),
    "convenience_fees": _parse_fees,
}
