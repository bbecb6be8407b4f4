"""Asking for a code: the limit, and the task that mails it."""

from __future__ import annotations

import hashlib
from typing import Any

from celery import Task
from django.conf import settings
from kombu.exceptions import OperationalError
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.codes.documents import Purpose
from accounts.emails import normalise_email
from accounts.errors import MailUnavailable
from accounts.models import User
from accounts.tasks import mail_code, mail_new_password_code
from payflow.api.throttles import RateThrottle


class CodeThrottle(RateThrottle):
    """Limits the codes that are mailed to one person, whoever asks for them."""

    scope = "code"
    # While Redis is away nothing is mailed: an unlimited sender would fill a stranger's mailbox.
    open_without_redis = False

    def get_key(self, request: Request, view: APIView) -> str | None:
        if isinstance(request.user, User):
            return str(request.user.pk)
        body = request.data if isinstance(request.data, dict) else {}
        email = normalise_email(str(body.get("email") or ""))
        return hashlib.sha256(email.encode(errors="replace")).hexdigest()


def request_code(*, user: User, purpose: Purpose) -> None:
    """Let a task mail a code. Raises: MailUnavailable."""
    _delay(mail_code, user_id=str(user.pk), purpose=purpose.value)


def request_new_password_code(*, email: str) -> None:
    """The same for somebody who is not signed in: it never tells whether a user has the address.

    Raises: MailUnavailable.
    """
    _delay(mail_new_password_code, email=email)


def _delay(task: Task, **kwargs: Any) -> None:
    if not settings.MAIL_IS_SENT:
        raise MailUnavailable("This service sends no mail. Contact support.")
    try:
        task.delay(**kwargs)
    except (OperationalError, OSError) as exc:
        raise MailUnavailable() from exc
