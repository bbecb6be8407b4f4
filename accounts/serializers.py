"""The JSON of sign-in and users."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.documents import LoginSession
from accounts.models import User


class LoginIn(serializers.Serializer[Any]):
    """Takes the OAuth2 password form, with `username`, and JSON with `email`."""

    username = serializers.CharField(max_length=254, required=False)
    email = serializers.CharField(max_length=254, required=False)
    password = serializers.CharField(max_length=128, trim_whitespace=False)

    def validate(self, attrs: dict[str, str]) -> dict[str, str]:
        name = attrs.get("email") or attrs.get("username")
        if not name:
            raise serializers.ValidationError({"email": ["This field is required."]})
        return {"email": name, "password": attrs["password"]}


class LoginJson(serializers.Serializer[Any]):
    """How LoginIn is described: new clients send JSON."""

    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=128, trim_whitespace=False)


class RefreshIn(serializers.Serializer[Any]):
    refresh_token = serializers.CharField(max_length=4096)


class PasswordIn(serializers.Serializer[Any]):
    old_password = serializers.CharField(max_length=128, trim_whitespace=False)
    new_password = serializers.CharField(max_length=128, trim_whitespace=False)


class TokenOut(serializers.Serializer[Any]):
    access_token = serializers.CharField(source="access")
    refresh_token = serializers.CharField(source="refresh")
    token_type = serializers.CharField(read_only=True, default="bearer")
    expires_in = serializers.IntegerField(source="expires_in_s", help_text="in seconds")


class PersonIn(serializers.Serializer[Any]):
    """What people say about themselves, at registration and later."""

    first_name = serializers.CharField(max_length=100, required=False, allow_blank=True)
    last_name = serializers.CharField(max_length=100, required=False, allow_blank=True)
    phone = serializers.RegexField(r"^\+?[0-9 ]{7,20}$", required=False, allow_blank=True)


class MeIn(PersonIn):
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if fixed := set(self.initial_data) - set(self.fields):
            raise serializers.ValidationError(
                {name: ["This cannot be changed here."] for name in fixed}
            )
        return attrs


class SessionOut(serializers.Serializer[LoginSession]):
    id = serializers.CharField()
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(
        source="used_at", help_text="the latest login or refresh"
    )
    expires_at = serializers.DateTimeField(help_text="later after each refresh")
    user_agent = serializers.CharField(help_text="shortened, as the client sent it")
    address = serializers.CharField(help_text="the network that the login came from")
    current = serializers.SerializerMethodField(help_text="true for the session of this token")

    def get_current(self, session: LoginSession) -> bool:
        return str(session.pk) == self.context.get("session_id")


class SessionPageOut(serializers.Serializer[Any]):
    results = SessionOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class UserOut(serializers.ModelSerializer[User]):
    id = serializers.CharField(read_only=True)
    email_verified = serializers.BooleanField(source="is_email_verified", read_only=True)

    class Meta:
        model = User
        fields = [
            "id",
            "email",
            "email_verified",
            "first_name",
            "last_name",
            "phone",
            "role",
            "is_active",
            "created_at",
        ]
        read_only_fields = fields
