"""Codes by e-mail over HTTP."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import services
from accounts.authentication import get_user
from accounts.codes.documents import Purpose
from accounts.codes.requests import CodeThrottle, request_code, request_new_password_code
from accounts.codes.serializers import CodeIn, ForgotPasswordIn, ResetPasswordIn
from accounts.errors import CodeWrong, MailUnavailable, PasswordRefused
from payflow.api.bodies import parse_body
from payflow.api.schema import raises
from payflow.api.throttles import AuthThrottle
from payflow.kernel import clock


@extend_schema(tags=["auth"])
class VerifyEmailCode(APIView):
    """Mail a code to the signed-in user's address. 202: it is on its way."""

    throttle_classes = [CodeThrottle]

    @extend_schema(request=None, responses={202: None})
    @raises(MailUnavailable)
    def post(self, request: Request) -> Response:
        request_code(user=get_user(request), purpose=Purpose.VERIFY_EMAIL)
        return Response(status=202)


@extend_schema(tags=["auth"])
class VerifyEmail(APIView):
    """Prove with the code that the address is the user's."""

    throttle_classes = [AuthThrottle]

    @extend_schema(request=CodeIn, responses={204: None})
    @raises(CodeWrong)
    def post(self, request: Request) -> Response:
        code = parse_body(CodeIn, request)["code"]
        services.verify_email(user=get_user(request), code=code, now=clock.now())
        return Response(status=204)


@extend_schema(tags=["auth"])
class ForgotPassword(APIView):
    """Mail a code for a new password. 202, whether or not a user has the address."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    throttle_classes = [AuthThrottle, CodeThrottle]

    @extend_schema(request=ForgotPasswordIn, responses={202: None})
    @raises(MailUnavailable)
    def post(self, request: Request) -> Response:
        request_new_password_code(email=parse_body(ForgotPasswordIn, request)["email"])
        return Response(status=202)


@extend_schema(tags=["auth"])
class ResetPassword(APIView):
    """Choose a new password with the code. All sessions of the user end."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    throttle_classes = [AuthThrottle]

    @extend_schema(request=ResetPasswordIn, responses={204: None})
    @raises(CodeWrong, PasswordRefused)
    def post(self, request: Request) -> Response:
        services.reset_password(**parse_body(ResetPasswordIn, request), now=clock.now())
        return Response(status=204)
