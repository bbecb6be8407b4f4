"""The vendor's result codes in its own words, and the refusals made of them.

Source: docs/vendors/vtpass.md, section 5.
"""

from dev.sandbox.wire import Refusal

DESCRIPTIONS = {
    "000": "TRANSACTION PROCESSED",
    "001": "TRANSACTION QUERY",
    "010": "VARIATION CODE DOES NOT EXIST",
    "011": "INVALID ARGUMENTS",
    "012": "PRODUCT DOES NOT EXIST",
    "013": "BELOW MINIMUM AMOUNT ALLOWED",
    "014": "REQUEST ID ALREADY EXIST",
    "015": "INVALID REQUEST ID",
    "016": "TRANSACTION FAILED",
    "017": "ABOVE MAXIMUM AMOUNT ALLOWED",
    "018": "LOW WALLET BALANCE",
    "019": "LIKELY DUPLICATE TRANSACTION",
    "020": "BILLER CONFIRMED",
    "021": "ACCOUNT LOCKED",
    "022": "ACCOUNT SUSPENDED",
    "023": "API ACCESS NOT ENABLE FOR USER",
    "024": "ACCOUNT INACTIVE",
    "025": "RECIPIENT BANK INVALID",
    "026": "RECIPIENT ACCOUNT COULD NOT BE VERIFIED",
    "027": "IP NOT WHITELISTED, CONTACT SUPPORT",
    "028": "PRODUCT IS NOT WHITELISTED ON YOUR ACCOUNT",
    "030": "BILLER NOT REACHABLE AT THIS POINT",
    "031": "BELOW MINIMUM QUANTITY ALLOWED",
    "032": "ABOVE MINIMUM QUANTITY ALLOWED",
    "034": "SERVICE SUSPENDED",
    "035": "SERVICE INACTIVE",
    "040": "TRANSACTION REVERSAL",
    "044": "TRANSACTION RESOLVED",
    "083": "SYSTEM ERROR",
    "085": "IMPROPER REQUEST ID",
    "087": "INVALID CREDENTIALS",
    "089": "REQUEST IS PROCESSING, PLEASE WAIT BEFORE MAKING ANOTHER REQUEST",
    "091": "TRANSACTION NOT PROCESSED",
    "099": "TRANSACTION IS PROCESSING",
}


def description(code: str) -> str:
    # Assumed: the text of a code outside the table.
    return DESCRIPTIONS.get(code, "UNEXPECTED RESPONSE")


class Refused(Refusal):
    """A refusal with a code of the vendor's; business refusals come with HTTP 200."""

    def __init__(self, code: str, message: str | None = None, *, status: int = 200) -> None:
        super().__init__(status, description(code) if message is None else message)
        self.code = code
