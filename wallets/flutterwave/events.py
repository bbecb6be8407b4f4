"""Asking Flutterwave's API about what a webhook claims: the webhook itself proves nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from payflow.kernel.errors import InvariantBroken
from wallets.errors import NotSettledYet
from wallets.flutterwave.webhooks import Notice

Found = TypeVar("Found")


def look_up(
    notice: Notice,
    *,
    by_id: Callable[[str], Found | None],
    by_reference: Callable[[str], Found | None],
) -> Found:
    """What the API says about the payment or transfer of a webhook.

    Raises: NotSettledYet, if the API does not know it yet; VendorUnavailable.
    """
    if notice.vendor_id:
        found = by_id(notice.vendor_id)
    elif notice.reference:
        found = by_reference(notice.reference)
    else:
        raise InvariantBroken("a notice that names nothing was not ignored")
    if found is None:
        raise NotSettledYet("The vendor's API does not know yet what its webhook announces.")
    return found
