"""What a view of a debit asks for."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.authentication import get_user
from accounts.pins import services
from payflow.kernel import clock

HEADER = "X-Transaction-PIN"
PIN = OpenApiParameter(
    HEADER,
    location=OpenApiParameter.HEADER,
    description="The transaction PIN. Required as soon as the customer has set one.",
)


class PinGiven(BasePermission):
    """The customer's transaction PIN came with the request, if the customer has one.

    Raises: PinRequired, PinWrong, PinLocked.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        if request.method == "POST":
            services.check(user=get_user(request), pin=request.headers.get(HEADER), now=clock.now())
        return True
