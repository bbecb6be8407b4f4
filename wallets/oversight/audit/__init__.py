"""The audit: each wallet's books are computed again from the documents, and each fault is named.

    wallet.py        audit_wallet(): one wallet, from the checkpoint of its last clean audit
    entries.py       its chain of entries
    transactions.py  its transactions, and what entries each of them must have
    missing.py       wallets and customers that are gone
    findings.py      what happens to a wallet in which a fault is found
    totals.py        the sums of all accounts, which must add up to 0

The audit writes nothing but its checkpoints, from which the next run goes on. Wallets change
while they are audited. So a chain is walked up to the entry that was its latest at the start,
and what must agree is read in one snapshot.
"""

# How many rows are in memory together, however long a history is.
BATCH = 500
