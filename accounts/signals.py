"""The signal that sign-ins have ended. It is sent after the commit."""

from __future__ import annotations

from bson import ObjectId
from django.dispatch import Signal

from payflow.kernel.db import on_commit

# Sent with user_id, and with session_id: the sign-in that ended, or None if all of them did.
signed_out = Signal()


def announce_signed_out(user_id: ObjectId, session_id: ObjectId | None = None) -> None:
    """Send signed_out once the running atomic block has committed."""
    on_commit(lambda: signed_out.send(None, user_id=user_id, session_id=session_id))
