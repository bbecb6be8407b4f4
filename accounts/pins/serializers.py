"""The JSON of transaction PINs."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

_HELP = "four to six digits"


class PinIn(serializers.Serializer[Any]):
    password = serializers.CharField(max_length=128, trim_whitespace=False)
    pin = serializers.CharField(max_length=6, help_text=_HELP)


class PinChangeIn(serializers.Serializer[Any]):
    old_pin = serializers.CharField(max_length=6, help_text=_HELP)
    new_pin = serializers.CharField(max_length=6, help_text=_HELP)


class PinResetCodeIn(serializers.Serializer[Any]):
    password = serializers.CharField(max_length=128, trim_whitespace=False)


class PinResetIn(PinResetCodeIn):
    code = serializers.CharField(max_length=6, help_text="the six digits of the mail")
    new_pin = serializers.CharField(max_length=6, help_text=_HELP)


class PinOut(serializers.Serializer[Any]):
    is_set = serializers.BooleanField()
    locked_until = serializers.DateTimeField(
        allow_null=True, help_text="after too many wrong PINs: no debit is possible until then"
    )
