"""The recordings that PayFlow reads wrongly today, by file name, each with the reason.

A reading that becomes right fails its test until its line here is deleted.
"""

KNOWN_MISREADINGS = {
    # No client makes the call.
    "flw-balances-all": "PayFlow does not read Flutterwave balances yet.",
    "flw-refund-created": "PayFlow does not create refunds yet.",
    "flw-virtual-account-created": "PayFlow does not create virtual accounts yet.",
    "vtp-verify-meter-2025": "PayFlow does not verify meters yet.",
    # A client makes the call and misreads the answer.
    "flw-transfer-create-unexplained-400": (
        "PayFlow takes every unexplained 400 for a final refusal and releases the hold."
    ),
    "flw-webhook-refund-bare": "PayFlow does not read refund webhooks yet.",
    "vtp-pay-electricity-ikedc-prepaid-2025": "PayFlow does not read electricity tokens yet.",
    "vtp-requery-electricity-ikedc-prepaid-2025": "PayFlow does not read electricity tokens yet.",
}
