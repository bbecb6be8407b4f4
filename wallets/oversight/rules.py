"""What the entries of one transaction must be. Pure: the rules read documents and nothing else.

    SUCCESS             the amount to the customer, or the amount and the fee from the customer
    REVERSAL            its amount, in the direction that it names
    PENDING             nothing on the customer's accounts
    FAILED              nothing but the repayment of a debt, from wallet:<id> to receivable:<id>
    of the house        nothing on the customer's accounts

The customer's accounts are wallet:<id> and receivable:<id>. Entries between accounts of the house
are allowed for every transaction: a payment that was too small waits in suspense.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bson import ObjectId

from payflow.kernel.money import to_naira_text
from wallets import flows
from wallets.house import HOUSE
from wallets.ledger import chart
from wallets.ledger.debits import get_hold_kobo
from wallets.ledger.documents import REVERSAL, LedgerEntry, Transaction, TransactionStatus

# A credit comes from what a vendor holds for us, or from what was nobody's yet.
_SOURCES_OF_CREDITS = ("gateway:", "float:", "suspense:")


def due_kobo(transaction: Transaction) -> int:
    """What the transaction must have given to its customer; negative if it took money."""
    if transaction.wallet == HOUSE or transaction.status is not TransactionStatus.SUCCESS:
        return 0
    if transaction.type == REVERSAL:
        # Earlier versions stored no direction: all their REVERSALs gave money back.
        sign = -1 if transaction.details.get("direction") == "out" else 1
        return sign * int(transaction.amount)
    if flows.is_credit(transaction.type):
        return int(transaction.amount)
    return -int(transaction.amount + transaction.fee)


def given_kobo(entries: Iterable[LedgerEntry], wallet_id: ObjectId) -> int:
    """What the entries gave to the customer of the wallet, debts included."""
    ours = _customer_accounts(wallet_id)
    return sum(
        each.amount * ((each.credit_account in ours) - (each.debit_account in ours))
        for each in entries
    )


def held_kobo(transactions: Iterable[Transaction]) -> int:
    """What a wallet must hold for these transactions: PENDING debits, and what is frozen."""
    return sum(
        int(each.frozen or 0) + (get_hold_kobo(each) if _is_open_debit(each) else 0)
        for each in transactions
    )


def find_sum_fault(transaction: Transaction, entries: Sequence[LedgerEntry]) -> str | None:
    """A sentence, if the entries do not add up to what the transaction says."""
    wallet_id = transaction.wallet
    due, given = due_kobo(transaction), given_kobo(entries, wallet_id)
    said = (
        f"It is {transaction.status} of {to_naira_text(transaction.amount + transaction.fee)}"
        f" ({transaction.type})"
    )
    if not isinstance(transaction.status, TransactionStatus):
        return f"{said}, which is no status."
    if given != due:
        return f"{said}, and {to_naira_text(given)} is booked instead of {to_naira_text(due)}."
    touching = [each for each in entries if _touches(each, wallet_id)]
    if transaction.status is TransactionStatus.FAILED:
        touching = [each for each in touching if not _is_repayment(each, wallet_id)]
    if not due and touching:
        return f"{said}, and entry #{touching[0].seq} is on the customer's account."
    return None


def find_account_fault(transaction: Transaction, entry: LedgerEntry) -> str | None:
    """A sentence, if the entry names an account, direction or currency that it cannot have."""
    wallet_id = transaction.wallet
    debit, credit = entry.debit_account, entry.credit_account
    known = chart_of(transaction.type) | _customer_accounts(wallet_id)
    for account in (debit, credit):
        if account not in known:
            return f"No {transaction.type} of this wallet books to {account}."
    if debit == credit:
        return f"It debits and credits {debit}."
    given = given_kobo([entry], wallet_id)
    due = due_kobo(transaction)
    if transaction.type != REVERSAL and due and given and (given > 0) is not (due > 0):
        verb = "gives to" if given > 0 else "takes from"
        return f"A {transaction.type} never {verb} the customer."
    if _touches(entry, wallet_id) and entry.currency != transaction.currency:
        return f"It books {entry.currency} on the customer's account."
    is_credit = given and flows.is_credit(transaction.type)
    if is_credit and not debit.startswith(_SOURCES_OF_CREDITS):
        return f"A {transaction.type} is not paid from {debit}."
    return None


def chart_of(transaction_type: str) -> set[str]:
    """The accounts of the house that entries of this type may name.

    Its flow's. A REVERSAL may name those of every flow, and so may a type without a flow.
    """
    flow = flows.find_flow(transaction_type)
    if flow is not None:
        return {*flow.accounts, *flow.renamed_accounts}
    every = {account for each in flows.all_flows() for account in each.accounts}
    older = {account for each in flows.all_flows() for account in each.renamed_accounts}
    kept = {each.account for each in flows.house_accounts()}
    return every | older | kept | {chart.SETTLEMENT_BANK, chart.ADJUSTMENT}


def _is_open_debit(transaction: Transaction) -> bool:
    is_pending = transaction.status is TransactionStatus.PENDING
    return is_pending and not flows.is_credit(transaction.type)


def _touches(entry: LedgerEntry, wallet_id: ObjectId) -> bool:
    return bool(_customer_accounts(wallet_id) & {entry.debit_account, entry.credit_account})


def _is_repayment(entry: LedgerEntry, wallet_id: ObjectId) -> bool:
    accounts = (entry.debit_account, entry.credit_account)
    return accounts == (chart.wallet_account(wallet_id), chart.receivable_account(wallet_id))


def _customer_accounts(wallet_id: ObjectId) -> set[str]:
    return {chart.wallet_account(wallet_id), chart.receivable_account(wallet_id)}
