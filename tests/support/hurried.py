"""Settings of a PayFlow in a hurry: what takes minutes or a day elsewhere is over in seconds.

For days of chaos, crashes and bad networks; whoever needs another pace changes a line.
"""

HURRIED = {
    "RETRY_BASE_S": "1",
    "RETRY_LIMIT": "60",
    "INBOX_GRACE_S": "2",
    "SWEEP_INTERVAL_S": "1",
    "REQUERY_BASE_S": "1",
    "TRANSFER_RESEND_AFTER_S": "3",
    "VENDOR_READ_TIMEOUT_S": "3",
    "VTPASS_READ_TIMEOUT_S": "2",
    # A payment whose webhook was lost is found when its page expires, and a funding that died
    # before its page was opened gives its key back then.
    "FLUTTERWAVE_LINK_EXPIRY_MINUTES": "1",
    "ACCESS_TOKEN_EXPIRE_MINUTES": "120",
}
