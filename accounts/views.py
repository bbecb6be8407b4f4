"""Sign-in over HTTP. Registration also creates a wallet, so its view is in payflow/onboarding."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import services
from accounts.authentication import get_user
from accounts.serializers import LoginIn, PasswordIn, RefreshIn, TokenOut, UserOut
from payflow.api.bodies import parse_body
from payflow.api.throttles import AuthThrottle


@extend_schema(tags=["auth"])
class Login(APIView):
    """Exchange an e-mail address and password for tokens."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    throttle_classes = [AuthThrottle]

    @extend_schema(request=LoginIn, responses=TokenOut)
    def post(self, request: Request) -> Response:
        pair = services.log_in(**parse_body(LoginIn, request), request=request)
        return Response(TokenOut(pair).data)


@extend_schema(tags=["auth"])
class Refresh(APIView):
    """Exchange a refresh token, once, for a new pair."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    throttle_classes = [AuthThrottle]

    @extend_schema(request=RefreshIn, responses=TokenOut)
    def post(self, request: Request) -> Response:
        return Response(TokenOut(services.refresh(**parse_body(RefreshIn, request))).data)


@extend_schema(tags=["auth"])
class Logout(APIView):
    """Make the refresh token invalid. The access token stays valid until it expires."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    @extend_schema(request=RefreshIn, responses={204: None})
    def post(self, request: Request) -> Response:
        services.log_out(**parse_body(RefreshIn, request))
        return Response(status=204)


@extend_schema(tags=["auth"])
class Me(APIView):
    """The user of this access token."""

    @extend_schema(responses=UserOut)
    def get(self, request: Request) -> Response:
        return Response(UserOut(get_user(request)).data)


@extend_schema(tags=["auth"])
class Password(APIView):
    """Change the signed-in user's password. All older tokens become invalid."""

    throttle_classes = [AuthThrottle]

    @extend_schema(request=PasswordIn, responses=TokenOut)
    def post(self, request: Request) -> Response:
        order = parse_body(PasswordIn, request)
        pair = services.change_password(
            user=get_user(request),
            old=order["old_password"],
            new=order["new_password"],
            request=request,
        )
        return Response(TokenOut(pair).data)
