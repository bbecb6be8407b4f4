"""The transaction PIN: a short secret that a customer gives with every debit, once it is set."""
