"""`python -m tests.support.check_wallets`: the invariants of all wallets of a database.

The environment names the database. Exit code 0 only if every wallet keeps the invariants.
"""

from __future__ import annotations

import sys
import traceback

import django


def main() -> int:
    django.setup()
    from tests.support.invariants import check_money
    from wallets.ledger.documents import Wallet

    wallets, wrong = list(Wallet.objects), 0
    for wallet in wallets:
        try:
            check_money(wallet)
        except AssertionError:
            wrong += 1
            print(f"wallet {wallet.pk}:\n{traceback.format_exc()}")
    print(f"{len(wallets)} wallets keep the invariants" if not wrong else f"{wrong} do not")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
