"""The recordings that PayFlow reads wrongly today, by file name, each with the reason.

A reading that becomes right fails its test until its line here is deleted.
"""

KNOWN_MISREADINGS = {
    # No client makes the call.
    "vtp-verify-meter-2025": "PayFlow does not verify meters yet.",
    # A client makes the call and misreads the answer.
    "vtp-pay-electricity-ikedc-prepaid-2025": "PayFlow does not read electricity tokens yet.",
    "vtp-requery-electricity-ikedc-prepaid-2025": "PayFlow does not read electricity tokens yet.",
}
