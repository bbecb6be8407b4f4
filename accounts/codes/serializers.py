"""The JSON of codes by e-mail."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.emails import normalise_email


class CodeField(serializers.RegexField):
    def __init__(self, **kwargs: Any) -> None:
        invalid: dict[str, Any] = {"invalid": "A code has six digits."}
        help_text = "the six digits of the mail"
        super().__init__(
            r"^[0-9]{6}$", max_length=6, error_messages=invalid, help_text=help_text, **kwargs
        )


class CodeIn(serializers.Serializer[Any]):
    code = CodeField()


class ForgotPasswordIn(serializers.Serializer[Any]):
    email = serializers.CharField(max_length=254)

    def validate_email(self, email: str) -> str:
        return normalise_email(email)


class ResetPasswordIn(ForgotPasswordIn, CodeIn):
    new_password = serializers.CharField(max_length=128, trim_whitespace=False)
