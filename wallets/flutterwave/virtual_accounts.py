"""Bank accounts that Flutterwave keeps for single customers. No flow uses them yet.

Source: docs/vendors/flutterwave.md, section 3c.
"""

from __future__ import annotations

from typing import Any

from wallets.clients import VirtualAccount, VirtualAccountOrder
from wallets.flutterwave.wire import Client, Row, object_in, text_in


class VirtualAccounts(Client):
    """Opening an account. What is paid into it is a payment under its reference."""

    def open_virtual_account(self, order: VirtualAccountOrder) -> VirtualAccount:
        return self._post(
            "/virtual-account-numbers",
            lambda body: _virtual_account(object_in(body)),
            _to_wire(order),
        )


def _to_wire(order: VirtualAccountOrder) -> dict[str, Any]:
    return {
        "email": order.email,
        "tx_ref": order.reference,
        "is_permanent": True,
        "bvn": order.bvn,
        "firstname": order.first_name,
        "lastname": order.last_name,
        "phonenumber": order.phone,
        "narration": order.narration,
    }


def _virtual_account(row: Row) -> VirtualAccount:
    """Raises: OutcomeUnknown."""
    return VirtualAccount(
        vendor_id=text_in(row, "order_ref"),
        account_number=text_in(row, "account_number"),
        bank_name=text_in(row, "bank_name"),
    )
