"""Transaction PINs over HTTP."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import get_user
from accounts.codes.documents import Purpose
from accounts.codes.requests import CodeThrottle, request_code
from accounts.errors import (
    CodeWrong,
    InvalidCredentials,
    MailUnavailable,
    PinAlreadySet,
    PinLocked,
    PinNotSet,
    PinRefused,
    PinWrong,
)
from accounts.pins import services
from accounts.pins.serializers import (
    PinChangeIn,
    PinIn,
    PinOut,
    PinResetCodeIn,
    PinResetIn,
)
from accounts.services import confirm_password
from payflow.api.bodies import parse_body
from payflow.api.schema import raises
from payflow.api.throttles import AuthThrottle
from payflow.kernel import clock
from payflow.kernel.errors import RateLimited


@extend_schema(tags=["auth"])
class Pin(APIView):
    """The transaction PIN. Once it is set, every withdrawal and purchase needs it."""

    throttle_classes = [AuthThrottle]

    @extend_schema(responses=PinOut)
    def get(self, request: Request) -> Response:
        known = services.find(get_user(request))
        until = services.locked_until(known, clock.now())
        return Response(PinOut({"is_set": known is not None, "locked_until": until}).data)

    @extend_schema(request=PinIn, responses={204: None})
    @raises(InvalidCredentials, RateLimited, PinRefused, PinAlreadySet)
    def post(self, request: Request) -> Response:
        """Set the first PIN. The password proves that it is the owner who does."""
        order = parse_body(PinIn, request)
        user = get_user(request)
        confirm_password(user=user, password=order["password"], request=request)
        services.set_first(user=user, pin=order["pin"], now=clock.now())
        return Response(status=204)


@extend_schema(tags=["auth"])
class PinChange(APIView):
    """Change the transaction PIN."""

    throttle_classes = [AuthThrottle]

    @extend_schema(request=PinChangeIn, responses={204: None})
    @raises(PinRefused, PinNotSet, PinWrong, PinLocked)
    def post(self, request: Request) -> Response:
        order = parse_body(PinChangeIn, request)
        services.change(
            user=get_user(request), old=order["old_pin"], new=order["new_pin"], now=clock.now()
        )
        return Response(status=204)


@extend_schema(tags=["auth"])
class PinResetCode(APIView):
    """Mail a code for a new transaction PIN. 202: it is on its way."""

    throttle_classes = [AuthThrottle, CodeThrottle]

    @extend_schema(request=PinResetCodeIn, responses={202: None})
    @raises(InvalidCredentials, RateLimited, MailUnavailable)
    def post(self, request: Request) -> Response:
        user = get_user(request)
        password = parse_body(PinResetCodeIn, request)["password"]
        confirm_password(user=user, password=password, request=request)
        request_code(user=user, purpose=Purpose.NEW_PIN)
        return Response(status=202)


@extend_schema(tags=["auth"])
class PinReset(APIView):
    """Replace a forgotten transaction PIN, with the password and the code of the mail."""

    throttle_classes = [AuthThrottle]

    @extend_schema(request=PinResetIn, responses={204: None})
    @raises(InvalidCredentials, RateLimited, PinRefused, PinNotSet, CodeWrong)
    def post(self, request: Request) -> Response:
        order = parse_body(PinResetIn, request)
        user = get_user(request)
        confirm_password(user=user, password=order["password"], request=request)
        services.reset(user=user, code=order["code"], new=order["new_pin"], now=clock.now())
        return Response(status=204)
