"""The JSON of onboarding."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers

from accounts.emails import check_email, normalise_email
from accounts.serializers import PersonIn, UserOut
from wallets.serializers import WalletOut


class RegisterIn(PersonIn):
    email = serializers.EmailField(max_length=254)
    # bcrypt-SHA256 uses the whole password, however long. The limit bounds the time for hashing.
    password = serializers.CharField(max_length=128, trim_whitespace=False)

    def validate_email(self, email: str) -> str:
        try:
            check_email(email)
        except ValidationError as exc:
            raise serializers.ValidationError(exc.messages) from None
        return normalise_email(email)


class CustomerOut(serializers.Serializer[Any]):
    user = UserOut()
    wallet = WalletOut()
