"""How Flutterwave's webhooks are signed.

`verif-hash` carries the secret hash itself (v3). `flutterwave-signature` carries the base64 of
HMAC-SHA256 over the raw body, keyed with the secret hash (v4 and public packages).
Source: docs/vendors/flutterwave.md, section 6.
"""

import base64
import hashlib
import hmac

VERIF_HASH = "verif-hash"
SIGNATURE = "flutterwave-signature"
SIGNERS = (VERIF_HASH, SIGNATURE, "both")


def sign(kind: str, secret_hash: str, content: bytes) -> dict[str, str]:
    """The headers of one webhook. kind: one of SIGNERS."""
    digest = hmac.digest(secret_hash.encode(), content, hashlib.sha256)
    headers = {VERIF_HASH: secret_hash, SIGNATURE: base64.b64encode(digest).decode()}
    return headers if kind == "both" else {kind: headers[kind]}
