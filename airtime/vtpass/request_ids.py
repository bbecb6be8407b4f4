"""The ids under which purchases are sent, by the vendor's rules.

An id is twelve digits of the time in Lagos, to the minute, and then anything. The date must be
today's when the call arrives, so an id is made when its purchase is sent. It is never reused.
Source: docs/vendors/vtpass.md, section 3.1.
"""

from __future__ import annotations

import secrets
import string
from datetime import datetime

from payflow.kernel.clock import LAGOS

_ALPHABET = string.digits + string.ascii_lowercase


def new_request_id(now: datetime) -> str:
    """32 characters. The last twenty are random, so two ids of one minute differ."""
    digits = now.astimezone(LAGOS).strftime("%Y%m%d%H%M")
    return digits + "".join(secrets.choice(_ALPHABET) for _ in range(20))
