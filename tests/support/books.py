"""`python -m tests.support.books`: every wallet of the database that the environment names.

Exit code 0 if all keep the invariants, which are restated from the documents alone.
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
