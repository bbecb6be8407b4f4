"""The ledger accounts that purchases book to, beside the customer's."""

FLOAT_VTPASS = "float:vtpass"  # what VTpass holds for us
SUSPENSE_VTPASS = "suspense:vtpass"  # what VTpass took for nothing that a customer ordered
INCOME_COMMISSION = "income:commission"

# Accounts that older entries name otherwise.
RENAMED = {"payable:vtpass": FLOAT_VTPASS}
