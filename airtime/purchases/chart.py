"""The ledger accounts that purchases book to, beside the wallet's."""

PAYABLE_VTPASS = "payable:vtpass"  # what VTpass took from our float
INCOME_COMMISSION = "income:commission"
