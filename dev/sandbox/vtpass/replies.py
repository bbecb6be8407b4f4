"""VTpass's result codes, the refusals made of them, and its envelopes.

Source: docs/vendors/vtpass.md, section 1, "Envelope", and section 5.
"""

from aiohttp import web

from dev.sandbox.wire import Json, Refusal, answer

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


def describe_code(code: str) -> str:
    # Assumed: the text of a code outside the table.
    return DESCRIPTIONS.get(code, "UNEXPECTED RESPONSE")


class Refused(Refusal):
    """A refusal with one of the vendor's result codes; business refusals have HTTP 200."""

    def __init__(self, code: str, message: str | None = None, *, status: int = 200) -> None:
        super().__init__(status, describe_code(code) if message is None else message)
        self.code = code


def reply_catalogue(content: object) -> web.Response:
    """The envelope of the catalogue's GET calls, which has no `code`."""
    return answer({"response_description": "000", "content": content})


def build_refusal(code: str, message: str | None = None) -> Json:
    words = describe_code(code) if message is None else message
    if code == "087":
        return {"code": code, "message": words}
    if code == "083":
        # The vendor's system error has no description.
        return {"code": code, "content": {"errors": []}}
    return {"code": code, "response_description": words, "content": {"errors": []}}


def reply_refusal(code: str, message: str | None = None, *, status: int = 200) -> web.Response:
    return answer(build_refusal(code, message), status=status)


def reply_system_error() -> web.Response:
    return reply_refusal("083", status=500)


def reply_bare_credentials() -> web.Response:
    """Wrong keys are also refused this way: the whole body is one JSON text."""
    return answer("Invalid Credentials.", status=401)


def reply_page(status: int, title: str) -> web.Response:
    """An HTML page, as the proxy before the vendor's API sometimes answers."""
    return web.Response(
        text=f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>",
        status=status,
        content_type="text/html",
    )


def overlay(body: Json, patch: Json) -> Json:
    """A copy of body with the fields of patch, merged into nested objects."""
    merged = dict(body)
    for name, value in patch.items():
        below = merged.get(name)
        merged[name] = (
            overlay(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
        )
    return merged
