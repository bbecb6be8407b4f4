"""What each account has received and spent, over all entries."""

from __future__ import annotations

from payflow.kernel.money import NGN
from wallets.ledger.documents import LedgerEntry


def account_totals() -> dict[str, int]:
    """Each account's credits less its debits, in kobo. The sum over all accounts is 0.

    All customers' wallets together are one line, `wallets`, and all their debts `receivables`.
    An account in another currency than naira has the currency behind its name, and hundredths.
    """
    totals: dict[str, int] = {}
    fields = ("debit_account", "credit_account", "amount", "currency")
    for entry in LedgerEntry.objects.only(*fields).no_cache():
        for account, kobo in (
            (entry.debit_account, -entry.amount),
            (entry.credit_account, entry.amount),
        ):
            name = _total_name(account, entry.currency)
            totals[name] = totals.get(name, 0) + kobo
    return totals


def _total_name(account: str, currency: str) -> str:
    kind = account.partition(":")[0]
    name = {"wallet": "wallets", "receivable": "receivables"}.get(kind, account)
    return name if currency == NGN else f"{name} {currency}"
