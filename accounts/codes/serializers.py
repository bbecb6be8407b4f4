"""The JSON of codes by e-mail."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.emails import normalise_email


class CodeIn(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=6, help_text="the six digits of the mail")


class ForgotPasswordIn(serializers.Serializer[Any]):
    email = serializers.CharField(max_length=254)

    def validate_email(self, email: str) -> str:
        return normalise_email(email)


class ResetPasswordIn(ForgotPasswordIn, CodeIn):
    new_password = serializers.CharField(max_length=128, trim_whitespace=False)
