"""The mail with a code, as text and as a page."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string

from accounts.codes.documents import Purpose
from accounts.models import User

# The subject, and what the code does. Both follow the name of the service.
_WORDS = {
    Purpose.VERIFY_EMAIL: ("Confirm your e-mail address", "confirm that this address is yours"),
    Purpose.NEW_PASSWORD: ("Choose a new password", "choose a new password"),
    Purpose.NEW_PIN: ("Choose a new transaction PIN", "choose a new transaction PIN"),
}


def send_code(*, user: User, purpose: Purpose, code: str) -> None:
    """Send the mail. Raises: what the mail server does."""
    subject, action = _WORDS[purpose]
    facts = {
        "app_name": settings.APP_NAME,
        "subject": subject,
        "name": user.first_name,
        "action": action,
        "code": code,
    }
    send_mail(
        subject=f"{settings.APP_NAME}: {subject}",
        message=render_to_string("accounts/mail/code.txt", facts),
        html_message=render_to_string("accounts/mail/code.html", facts),
        from_email=None,
        recipient_list=[user.email],
    )
