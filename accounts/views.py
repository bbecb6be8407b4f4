"""Sign-in over HTTP. Registration also creates a wallet, so its view is in payflow/onboarding."""

from __future__ import annotations

from functools import partial
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import services, sessions, tokens
from accounts.authentication import get_session_id, get_user
from accounts.devices import read_device
from accounts.errors import (
    InvalidCredentials,
    PasswordRefused,
    SessionNotFound,
    TokenExpired,
    TokenInvalid,
)
from accounts.serializers import (
    LoginIn,
    LoginJson,
    MeIn,
    PasswordIn,
    RefreshIn,
    SessionOut,
    SessionPageOut,
    TokenOut,
    UserOut,
)
from payflow.api.bodies import parse_body, parse_query
from payflow.api.paging import PageIn, render_page, split_cursor
from payflow.api.schema import raises
from payflow.api.throttles import AuthThrottle
from payflow.kernel import clock
from payflow.kernel.errors import RateLimited


@extend_schema(tags=["auth"])
class Login(APIView):
    """Exchange an e-mail address and password for tokens."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    throttle_classes = [AuthThrottle]

    @extend_schema(request=LoginJson, responses=TokenOut)
    @raises(InvalidCredentials, RateLimited)
    def post(self, request: Request) -> Response:
        pair = services.log_in(
            **parse_body(LoginIn, request),
            device=read_device(request),
            request=request,
            now=clock.now(),
        )
        return Response(TokenOut(pair).data)


@extend_schema(tags=["auth"])
class Refresh(APIView):
    """Exchange a refresh token, once, for a new pair.

    A token that is sent a second time ends its session, so never repeat a refresh.
    """

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    throttle_classes = [AuthThrottle]

    @extend_schema(request=RefreshIn, responses=TokenOut)
    @raises(TokenInvalid, TokenExpired)
    def post(self, request: Request) -> Response:
        spent = parse_body(RefreshIn, request)["refresh_token"]
        return Response(TokenOut(tokens.exchange(spent, now=clock.now())).data)


@extend_schema(tags=["auth"])
class Logout(APIView):
    """End the session of the refresh token: its access tokens and sockets too."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    @extend_schema(request=RefreshIn, responses={204: None})
    @raises(TokenInvalid, TokenExpired)
    def post(self, request: Request) -> Response:
        tokens.end_session(parse_body(RefreshIn, request)["refresh_token"], now=clock.now())
        return Response(status=204)


@extend_schema(tags=["auth"])
class LogoutEverywhere(APIView):
    """End all sessions of the signed-in user, this one too."""

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        services.log_out_everywhere(user=get_user(request))
        return Response(status=204)


@extend_schema(tags=["auth"])
class Sessions(APIView):
    """The sessions of the signed-in user, the newest first."""

    @extend_schema(operation_id="auth_sessions_list", parameters=[PageIn], responses=SessionPageOut)
    def get(self, request: Request) -> Response:
        cursor, _ = split_cursor(parse_query(PageIn, request))
        page = sessions.get_page(user=get_user(request), cursor=cursor, now=clock.now())
        context = {"session_id": get_session_id(request)}
        return Response(render_page(page, request, partial(SessionOut, context=context)))


@extend_schema(tags=["auth"])
class SessionView(APIView):
    """One session of the signed-in user."""

    @extend_schema(responses={204: None})
    @raises(SessionNotFound)
    def delete(self, request: Request, session_id: str) -> Response:
        """End the session: its tokens and its sockets."""
        sessions.end_one_of(user=get_user(request), session_id=session_id, now=clock.now())
        return Response(status=204)


@extend_schema(tags=["auth"])
class Me(APIView):
    """The user of this access token."""

    @extend_schema(responses=UserOut)
    def get(self, request: Request) -> Response:
        return Response(UserOut(get_user(request)).data)

    @extend_schema(request=MeIn, responses=UserOut)
    def patch(self, request: Request) -> Response:
        """Change name or phone. What is not sent stays as it is."""
        user = services.change_person(user=get_user(request), **parse_body(MeIn, request))
        return Response(UserOut(user).data)


@extend_schema(tags=["auth"])
class Password(APIView):
    """Change the signed-in user's password. All older tokens become invalid."""

    throttle_classes = [AuthThrottle]

    @extend_schema(request=PasswordIn, responses=TokenOut)
    @raises(InvalidCredentials, RateLimited, PasswordRefused)
    def post(self, request: Request) -> Response:
        order = parse_body(PasswordIn, request)
        pair = services.change_password(
            user=get_user(request),
            old=order["old_password"],
            new=order["new_password"],
            device=read_device(request),
            request=request,
            now=clock.now(),
        )
        return Response(TokenOut(pair).data)
