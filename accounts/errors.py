"""The foreseen outcomes of signing in and of changing a user."""

from payflow.kernel.errors import PayflowError


class EmailTaken(PayflowError):
    """Another user has this e-mail address. Nothing was written."""

    code = "email_taken"
    default_message = "A user with this e-mail address exists already. Log in instead."


class InvalidCredentials(PayflowError):
    """The password is wrong, the address is unknown or the user is inactive; not said which."""

    code = "invalid_credentials"
    default_message = "The e-mail address or the password is wrong."


class PasswordRefused(PayflowError):
    """The new password fails the password rules."""

    code = "password_refused"
    default_message = "Choose a stronger password."


class TokenInvalid(PayflowError):
    """The token is malformed, of another kind or revoked, or its user is inactive."""

    code = "token_invalid"
    default_message = "The token is not valid. Log in again."


class SessionNotFound(PayflowError):
    """The user has no such login session, or it has ended."""

    code = "session_not_found"
    default_message = "There is no such session. List your sessions to see which are open."


class TokenExpired(TokenInvalid):
    """The token has expired."""

    code = "token_expired"
    default_message = "The token has expired. Refresh it or log in again."


class PinRequired(PayflowError):
    """The user has a transaction PIN, and the order came without it. Nothing was written."""

    code = "pin_required"
    default_message = "Send your transaction PIN in the header X-Transaction-PIN."


class PinWrong(PayflowError):
    """The transaction PIN is wrong. The details say how many tries are left."""

    code = "pin_wrong"
    default_message = "The transaction PIN is wrong."


class PinLocked(PayflowError):
    """Too many wrong PINs: no PIN is checked until the time in the details."""

    code = "pin_locked"
    default_message = (
        "Too many wrong transaction PINs. Wait until the time in the details, then try again."
    )


class PinRefused(PayflowError):
    """The new transaction PIN fails the rules."""

    code = "pin_refused"
    default_message = "Choose another transaction PIN."


class PinAlreadySet(PayflowError):
    """The user has a transaction PIN already, which can only be changed."""

    code = "pin_already_set"
    default_message = "You have a transaction PIN. Change it with the old one."


class PinNotSet(PayflowError):
    """The user has no transaction PIN to change."""

    code = "pin_not_set"
    default_message = "You have no transaction PIN yet. Set one first."


class CodeWrong(PayflowError):
    """The code of the mail is wrong, too old, used already, or was tried too often."""

    code = "code_wrong"
    default_message = "This code is wrong or no longer valid. Ask for a new one."


class MailUnavailable(PayflowError):
    """The broker is away, or this service sends no mail. Nothing was sent."""

    code = "mail_unavailable"
    default_message = "The mail cannot be sent just now. Ask again in a moment."
