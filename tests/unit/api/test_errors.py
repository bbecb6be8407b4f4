import importlib

import pytest

from payflow.api.errors import HTTP_STATUSES
from payflow.kernel.errors import PayflowError

for module in ("accounts.errors", "wallets.errors", "airtime.errors", "notifications.consumers"):
    importlib.import_module(module)

# The vendor's doing, or what our account with it lacks: never the client's.
VENDORS = {
    "vendor_unavailable",
    "vendor_rejected",
    "outcome_unknown",
    "airtime_disabled",
    "purchase_failed",
    "vendor_low_balance",
}
# Raised and handled inside: they never reach a client over HTTP.
INTERNAL = {"transition_refused", "not_settled_yet", "event_unreadable", "bad_message"}


def subclasses(kind: type[PayflowError]) -> list[type[PayflowError]]:
    return [c for child in kind.__subclasses__() for c in (child, *subclasses(child))]


CODES = {c.code for c in subclasses(PayflowError) if "code" in vars(c)}


def test_every_code_has_a_status_and_every_status_a_code() -> None:
    """The catalogue holds exactly the codes that clients can meet."""
    assert set(HTTP_STATUSES) == CODES - INTERNAL


@pytest.mark.parametrize("code", sorted(HTTP_STATUSES))
def test_a_foreseen_refusal_is_no_server_error(code: str) -> None:
    """Only what the vendor or the database did is answered with a 5xx."""
    assert (HTTP_STATUSES[code] >= 500) == (code in VENDORS)


def test_every_error_says_what_a_person_can_read() -> None:
    """Each has a message of its own that ends like a sentence."""
    for kind in subclasses(PayflowError):
        assert kind.default_message.endswith(".")
