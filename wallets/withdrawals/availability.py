"""Whether transfers can be sent now: the circuit of the vendor's transfers.

If the vendor refuses our account, every transfer would be refused. Then no customer's withdrawal
fails for it: new ones are refused before anything is held, and those that are held wait.
"""

from __future__ import annotations

import logging
from datetime import datetime

from payflow.kernel.circuit import Circuit
from payflow.kernel.errors import VendorAccountFault
from wallets.review.services import open_case_about
from wallets.withdrawals import vendor
from wallets.withdrawals.kinds import WithdrawalCase

logger = logging.getLogger(__name__)

CIRCUIT = Circuit(vendor.VENDOR, "transfers")


def check_open() -> None:
    """Call this before anything is held. Raises: VendorUnavailable."""
    CIRCUIT.check()


def record_account_fault(fault: VendorAccountFault, now: datetime) -> None:
    """Pause all transfers, and open a case for the engineer who can end it."""
    CIRCUIT.trip(fault.vendor_reason)
    open_case_about(
        f"vendor:{vendor.VENDOR}",
        WithdrawalCase.ACCOUNT_REFUSED,
        vendor_id="",
        evidence={"vendor_reason": fault.vendor_reason},
        returns=True,
        now=now,
    )
