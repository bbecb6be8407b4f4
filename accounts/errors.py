"""What can go wrong with an account."""

from payflow.kernel.errors import PayflowError


class EmailTaken(PayflowError):
    """Another account has this address; nothing was written."""

    code = "email_taken"
    default_message = "An account with this e-mail address exists already. Log in instead."


class InvalidCredentials(PayflowError):
    """Wrong password, unknown address or closed account: which of them is not said."""

    code = "invalid_credentials"
    default_message = "The e-mail address or the password is wrong."


class PasswordRefused(PayflowError):
    """The new password fails the password rules."""

    code = "password_refused"
    default_message = "Choose a stronger password."


class TokenInvalid(PayflowError):
    """The token is malformed, of another kind, revoked, or its user is gone."""

    code = "token_invalid"
    default_message = "The token is not valid. Log in again."


class TokenExpired(TokenInvalid):
    """The token was good and its time is over."""

    code = "token_expired"
    default_message = "The token has expired. Refresh it or log in again."
