"""The ids under which purchases are sent, by the vendor's rules.

Twelve digits of the time in Lagos, to the minute, then anything. The date must be today's
when the call arrives, so an id is made when its purchase is sent; and it is never used again.
Source: docs/vendors/vtpass.md, section 3.1.
"""

from __future__ import annotations

import secrets
import string
from datetime import datetime
from zoneinfo import ZoneInfo

LAGOS = ZoneInfo("Africa/Lagos")
_ALPHABET = string.digits + string.ascii_lowercase


def new_request_id(now: datetime) -> str:
    """32 characters, the last twenty random: two ids of one minute do not meet."""
    digits = now.astimezone(LAGOS).strftime("%Y%m%d%H%M")
    return digits + "".join(secrets.choice(_ALPHABET) for _ in range(20))
