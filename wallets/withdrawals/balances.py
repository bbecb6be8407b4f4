"""What Flutterwave holds for us, and what it has taken for transfers that are not decided."""

from __future__ import annotations

from wallets.clients import TransferStatus
from wallets.flows import HouseAccount
from wallets.flutterwave import collections
from wallets.ledger.chart import GATEWAY_FLUTTERWAVE
from wallets.ledger.vendor_objects import ObjectKind, VendorObject
from wallets.withdrawals import vendor


def read_balance() -> int:
    """With what is reserved for open chargebacks. Raises: VendorUnavailable."""
    return collections().balance().ledger_kobo


def count_in_flight() -> int:
    """Amounts and fees of transfers that the vendor has accepted and not decided.

    Assumed: the vendor takes both when it accepts the transfer.
    """
    pending = VendorObject.objects(kind=ObjectKind.TRANSFER, status=TransferStatus.PENDING.value)
    return sum(int(each.amount + each.fee) for each in pending.only("amount", "fee"))


GATEWAY = HouseAccount(
    account=GATEWAY_FLUTTERWAVE,
    vendor=vendor.VENDOR,
    read_balance=read_balance,
    count_in_flight=count_in_flight,
)
