"""Settings that shorten PayFlow's intervals from minutes to seconds.

The chaos day, the crash matrix and the network cases share them; each may replace single ones.
"""

HURRIED = {
    "RETRY_BASE_S": "1",
    "RETRY_LIMIT": "60",
    "INBOX_GRACE_S": "2",
    "SWEEP_INTERVAL_S": "1",
    "REQUERY_BASE_S": "1",
    "TRANSFER_RESEND_AFTER_S": "3",
    "VTPASS_ABSENT_AFTER_S": "8",
    "VENDOR_READ_TIMEOUT_S": "3",
    "VTPASS_READ_TIMEOUT_S": "2",
    # The requery finds a payment whose webhook was lost when its page expires. A funding whose
    # request died before the page opened gives up its key then.
    "FLUTTERWAVE_LINK_EXPIRY_MINUTES": "1",
    "ACCESS_TOKEN_EXPIRE_MINUTES": "120",
}
