"""Mail that a request asked for. Tasks carry no code and no password, only who gets it."""

from __future__ import annotations

from bson import ObjectId
from celery import shared_task

from accounts.codes import services as codes
from accounts.codes.documents import Purpose
from accounts.models import User
from payflow.kernel import clock
from payflow.kernel.tasks import PayflowTask


@shared_task(name="accounts.mail_code", base=PayflowTask)
def mail_code(*, user_id: str, purpose: str, **_: object) -> None:
    """Make a code and mail it. A second delivery mails another code, which replaces the first."""
    user = User.objects.filter(pk=ObjectId(user_id), is_active=True).first()
    if user is not None:
        codes.issue(user=user, purpose=Purpose(purpose), now=clock.now())


@shared_task(name="accounts.mail_new_password_code", base=PayflowTask)
def mail_new_password_code(*, email: str, **_: object) -> None:
    """The same for somebody who is not signed in. Nothing happens if nobody has the address."""
    user = User.objects.filter(email=email, is_active=True).first()
    if user is not None:
        codes.issue(user=user, purpose=Purpose.NEW_PASSWORD, now=clock.now())
