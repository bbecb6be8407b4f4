"""Banks, and the names of bank accounts. Source: docs/vendors/flutterwave.md, section 5."""

import zlib
from collections.abc import Sequence

from aiohttp import web

from dev.sandbox.flutterwave.replies import reply_success
from dev.sandbox.vendor import Endpoint
from dev.sandbox.wire import Refusal, read_object

# (the vendor's id, its code, name). Codes are texts: some begin with a zero.
BANKS = (
    (191, "044", "Access Bank"),
    (177, "058", "GTBank Plc"),
    (190, "033", "United Bank For Africa"),
    (178, "032", "Union Bank PLC"),
    (179, "232", "Sterling Bank"),
    (186, "214", "First City Monument Bank"),
    (181, "082", "Keystone Bank"),
    (183, "011", "First Bank of Nigeria"),
    (187, "057", "Zenith Bank"),
    (180, "070", "Fidelity Bank"),
    (182, "035", "Wema Bank"),
    (184, "050", "Ecobank Nigeria"),
    (185, "076", "Polaris Bank"),
    (188, "221", "Stanbic IBTC Bank"),
    (189, "215", "Unity Bank"),
    (192, "301", "Jaiz Bank"),
    (193, "101", "Providus Bank"),
    (194, "90115", "TCF Microfinance Bank"),
    (195, "999992", "OPay Digital Services"),
)
_CODES = {code for _, code, _ in BANKS}
_TEST_BANK = "044"
_TEST_ACCOUNTS = {
    "0690000031": "Forrest Green",
    "0690000032": "Pastor Bright",
    "0690000033": "Bale Gary",
    "0690000034": "Ade Bond",
    "0690000036": "Bode George",
    "0690000040": "Alexis Sanchez",
}
# The name of any other bank account is computed from its number, so it is always the same.
_FIRST = ("Amina", "Bola", "Chidi", "Damilola", "Emeka", "Funke", "Ibrahim", "Ngozi")
_LAST = ("Adeyemi", "Bello", "Eze", "Ibekwe", "Lawal", "Okafor", "Sanusi", "Uche")
_REFUSAL = "Sorry, recipient account could not be validated. Please try again"


def find_owner(bank_code: str, account_number: str) -> str | None:
    """The bank account's name; None if the bank does not know the number.

    No bank knows numbers that end in 0000, so that a refusal can be tried.
    """
    if bank_code not in _CODES or account_number.endswith("0000"):
        return None
    if bank_code == _TEST_BANK and account_number in _TEST_ACCOUNTS:
        return _TEST_ACCOUNTS[account_number]
    number = zlib.crc32(f"{bank_code}{account_number}".encode())
    return f"{_FIRST[number % len(_FIRST)]} {_LAST[number // 8 % len(_LAST)]}"


def endpoints() -> Sequence[Endpoint]:
    async def banks(request: web.Request) -> web.Response:
        found = [{"id": each, "code": code, "name": name} for each, code, name in BANKS]
        return reply_success("Banks fetched successfully", found)

    async def resolve(request: web.Request) -> web.Response:
        body = await read_object(request)
        number, code = body.get("account_number"), body.get("account_bank")
        for name, value in (("account_number", number), ("account_bank", code)):
            if not isinstance(value, str) or not value:
                raise Refusal(400, f"{name} is required")
        owner = find_owner(str(code), str(number))
        if owner is None or len(str(number)) != 10:
            raise Refusal(400, _REFUSAL)
        return reply_success(
            "Account details fetched", {"account_number": number, "account_name": owner}
        )

    return (
        Endpoint("banks", "GET", "/banks/NG", banks),
        Endpoint("resolve", "POST", "/accounts/resolve", resolve),
    )
