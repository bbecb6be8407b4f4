"""How long a session of the admin lasts: never longer than a working day, and not when left alone.

Django ends a session when its user has a new password. If the user is deactivated or is not staff
any more, the next request ends the session, so that it does not come back with the user.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from payflow.kernel import clock

_BEGAN, _SEEN = "began_at", "seen_at"
# The time of the last request is stored at most this often, so that not each request writes.
_NOTED_EVERY = timedelta(seconds=30)


@receiver(user_logged_in, dispatch_uid="accounts.staff_sessions")
def begin(request: HttpRequest, **_: Any) -> None:
    """Note when the session began."""
    request.session[_BEGAN] = request.session[_SEEN] = clock.now().timestamp()


class SessionLimitsMiddleware:
    """Ends a session that is too old, was left alone, or whose user may not sign in any more."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Requests of the API have no cookie, and cost no look at the sessions.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and SESSION_KEY in request.session:
            now = clock.now()
            if _has_ended(request.session, now) or not getattr(request.user, "is_staff", False):
                logout(request)
            elif now - _read(request.session, _SEEN) > _NOTED_EVERY:
                request.session[_SEEN] = now.timestamp()
        return self._get_response(request)


def _has_ended(session: SessionBase, now: datetime) -> bool:
    oldest = now - timedelta(seconds=settings.ADMIN_SESSION_S)
    idle = now - timedelta(seconds=settings.ADMIN_IDLE_S)
    return _read(session, _BEGAN) <= oldest or _read(session, _SEEN) <= idle


def _read(session: SessionBase, name: str) -> datetime:
    """A session from before these limits has ended."""
    return datetime.fromtimestamp(session.get(name, 0), UTC)
