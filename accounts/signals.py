"""The signal that login sessions of a user have ended. It is sent after the commit."""

from __future__ import annotations

from bson import ObjectId
from django.dispatch import Signal

from payflow.kernel.db import on_commit

# Sent with user_id. A receiver asks which of the user's tokens are still valid.
signed_out = Signal()


def announce_signed_out(user_id: ObjectId) -> None:
    """Send signed_out once the running atomic block has committed."""
    on_commit(lambda: signed_out.send(None, user_id=user_id))
