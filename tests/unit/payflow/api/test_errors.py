import importlib

import pytest

from payflow.api.errors import HTTP_STATUSES
from payflow.kernel.errors import PayflowError

for module in ("accounts.errors", "wallets.errors", "airtime.errors", "notifications.consumers"):
    importlib.import_module(module)

# Caused by a vendor, by our account with it, or by a server of ours: never by the client.
VENDORS = {
    "limits_unavailable",
    "mail_unavailable",
    "vendor_unavailable",
    "vendor_rejected",
    "outcome_unknown",
    "airtime_disabled",
    "purchase_failed",
    "vendor_low_balance",
}
# Raised and handled inside: no client gets them over HTTP.
INTERNAL = {"transition_refused", "not_settled_yet", "event_unreadable", "bad_message"}


def subclasses(kind: type[PayflowError]) -> list[type[PayflowError]]:
    return [c for child in kind.__subclasses__() for c in (child, *subclasses(child))]


CODES = {c.code for c in subclasses(PayflowError) if "code" in vars(c)}


def test_the_catalogue_has_exactly_the_codes_of_the_errors() -> None:
    """Each code has a status."""
    assert set(HTTP_STATUSES) == CODES - INTERNAL


@pytest.mark.parametrize("code", sorted(HTTP_STATUSES))
def test_only_vendor_and_database_errors_are_5xx(code: str) -> None:
    """Every other error is a 4xx."""
    assert (HTTP_STATUSES[code] >= 500) == (code in VENDORS)


def test_every_error_has_a_message_that_is_a_sentence() -> None:
    """It ends with a full stop."""
    for kind in subclasses(PayflowError):
        assert kind.default_message.endswith(".")
