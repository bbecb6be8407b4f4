"""Login sessions: their start, the rotation of their refresh tokens, their end, and their list.

A refresh token works once. If it is used a second time, one of its two holders may have stolen it,
so the whole session ends. That holds for two simultaneous uses too: exactly one succeeds, and the
other ends the session, so the pair that the first one got is refused. A client must therefore
never send the same refresh token twice.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from bson import ObjectId

from accounts.devices import Device
from accounts.documents import LoginSession
from accounts.errors import SessionNotFound
from accounts.models import User
from accounts.signals import announce_signed_out
from payflow.kernel.documents import find_one, insert, update_one
from payflow.kernel.paging import Cursor, Page


def start(
    *, user: User, refresh_id: str, device: Device, expires_at: datetime, now: datetime
) -> LoginSession:
    """Write a session of the user, at the user's present session version."""
    session = LoginSession(
        pk=ObjectId(),
        user_id=user.pk,
        number=time.time_ns() // 1000,
        version=user.session_version,
        refresh_id=refresh_id,
        user_agent=device.user_agent,
        address=device.address,
        created_at=now,
        used_at=now,
        expires_at=expires_at,
    )
    insert([session])
    return session


def rotate(
    *,
    user_id: ObjectId,
    session_id: ObjectId,
    spent: str,
    next_id: str,
    expires_at: datetime,
    now: datetime,
) -> bool:
    """Spend one refresh token for the next. False, and the session has ended, if it was spent.

    One write compares and changes, so of two simultaneous uses exactly one succeeds.
    """
    changes = {"refresh_id": next_id, "used_at": now, "expires_at": expires_at}
    wanted = {**_open(user_id, session_id), "refresh_id": spent}
    if update_one(LoginSession, wanted, {"$set": changes}):
        return True
    end(user_id=user_id, session_id=session_id, now=now)
    return False


def end(*, user_id: ObjectId, session_id: ObjectId, now: datetime) -> bool:
    """End a session of the user: its tokens and its sockets. False if it was not open."""
    if not update_one(LoginSession, _open(user_id, session_id), {"$set": {"ended_at": now}}):
        return False
    announce_signed_out(user_id)
    return True


def end_one_of(*, user: User, session_id: str, now: datetime) -> None:
    """End a session that the user chose from the list. Raises: SessionNotFound."""
    known = ObjectId.is_valid(session_id) and _find(user, ObjectId(session_id), now)
    if not known or not end(user_id=user.pk, session_id=ObjectId(session_id), now=now):
        raise SessionNotFound()


def find_open(*, user_id: ObjectId, session_id: ObjectId) -> LoginSession | None:
    """The session, unless it has ended. One read by the primary key."""
    found = find_one(LoginSession, {"_id": session_id})
    is_open = found is not None and found.user_id == user_id and found.ended_at is None
    return found if is_open else None


def get_page(*, user: User, cursor: Cursor, now: datetime) -> Page[LoginSession]:
    """One page of the sessions whose tokens are valid, the newest first."""
    number: dict[str, int] = {}
    if cursor.after is not None:
        number["$lt"] = cursor.after
    if cursor.before is not None:
        number["$gt"] = cursor.before
    query = {**_valid(user, now), **({"number": number} if number else {})}
    order = 1 if cursor.before is not None else -1
    rows = LoginSession._get_collection().find(query).sort("number", order).limit(cursor.limit + 1)
    return cursor.make_page([LoginSession._from_son(row) for row in rows])


def _find(user: User, session_id: ObjectId, now: datetime) -> LoginSession | None:
    return find_one(LoginSession, {"_id": session_id, **_valid(user, now)})


def _valid(user: User, now: datetime) -> dict[str, Any]:
    """The query for the user's sessions that have neither ended nor expired."""
    return {
        "user_id": user.pk,
        "version": user.session_version,
        "ended_at": None,
        "expires_at": {"$gt": now},
    }


def _open(user_id: ObjectId, session_id: ObjectId) -> dict[str, Any]:
    return {"_id": session_id, "user_id": user_id, "ended_at": None}
