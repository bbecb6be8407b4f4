"""Onboarding over HTTP: parse, call one service, render."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.codes.documents import Purpose
from accounts.errors import EmailTaken, PasswordRefused
from accounts.tasks import mail_code
from payflow.api.bodies import parse_body
from payflow.api.schema import raises
from payflow.api.throttles import AuthThrottle
from payflow.kernel import clock
from payflow.kernel.tasks import publish
from payflow.onboarding import services
from payflow.onboarding.serializers import CustomerOut, RegisterIn


@extend_schema(tags=["auth"])
class Register(APIView):
    """Register a customer: create a user and a wallet together."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    throttle_classes = [AuthThrottle]

    @extend_schema(request=RegisterIn, responses={201: CustomerOut})
    @raises(EmailTaken, PasswordRefused)
    def post(self, request: Request) -> Response:
        body = parse_body(RegisterIn, request)
        user, wallet = services.register_customer(**body, now=clock.now())
        if settings.MAIL_IS_SENT:
            publish(mail_code, user_id=str(user.pk), purpose=Purpose.VERIFY_EMAIL.value)
        return Response(CustomerOut({"user": user, "wallet": wallet}).data, status=201)
