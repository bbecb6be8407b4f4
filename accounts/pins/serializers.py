"""The JSON of transaction PINs."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.codes.serializers import CodeField


class PinField(serializers.RegexField):
    def __init__(self, **kwargs: Any) -> None:
        invalid: dict[str, Any] = {"invalid": "A PIN has four to six digits."}
        super().__init__(r"^[0-9]{4,6}$", max_length=6, error_messages=invalid, **kwargs)


class PinIn(serializers.Serializer[Any]):
    password = serializers.CharField(max_length=128, trim_whitespace=False)
    pin = PinField()


class PinChangeIn(serializers.Serializer[Any]):
    old_pin = PinField()
    new_pin = PinField()


class PinResetCodeIn(serializers.Serializer[Any]):
    password = serializers.CharField(max_length=128, trim_whitespace=False)


class PinResetIn(PinResetCodeIn):
    code = CodeField()
    new_pin = PinField()


class PinOut(serializers.Serializer[Any]):
    is_set = serializers.BooleanField()
    locked_until = serializers.DateTimeField(
        allow_null=True, help_text="after too many wrong PINs: no debit is possible until then"
    )
