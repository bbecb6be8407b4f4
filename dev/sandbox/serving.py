"""Serves every vendor API call: logs it, checks its keys, applies a fault or calls the vendor."""

from collections import deque
from dataclasses import asdict, dataclass
from functools import partial

from aiohttp import web

from dev.sandbox.faults import UNPROCESSED, AnswerLost, Faults
from dev.sandbox.units import Clock
from dev.sandbox.vendor import Endpoint, Vendor
from dev.sandbox.wire import Handler, Json, Refusal, read_object_or_form

UNKNOWN_ROUTE = "unknown_route"


@dataclass
class Call:
    """One call. `status` is None while it runs, and if a fault ended it before it was processed.

    If a fault lost the answer, `status` is the status of the lost answer.
    """

    time: str
    vendor: str
    endpoint: str
    method: str
    path: str
    reference: str | None
    status: int | None = None
    fault: str | None = None


class CallLog:
    """The last calls, oldest first."""

    def __init__(self, limit: int = 1_000) -> None:
        self._calls: deque[Call] = deque(maxlen=limit)

    def add(self, call: Call) -> Call:
        self._calls.append(call)
        return call

    def clear(self) -> None:
        self._calls.clear()

    def describe(self, reference: str | None = None) -> list[Json]:
        return [asdict(call) for call in self._calls if reference in (None, call.reference)]


class ApiServing:
    """Turns a vendor's endpoints into routes."""

    def __init__(self, *, clock: Clock, faults: Faults, calls: CallLog) -> None:
        self._clock = clock
        self._faults = faults
        self._calls = calls

    def routes(self, vendor: Vendor) -> list[web.RouteDef]:
        routes = [
            web.route(
                endpoint.method,
                vendor.api_prefix + endpoint.path,
                self._handler(vendor, endpoint),
            )
            for endpoint in vendor.endpoints
        ]
        # Last, because it matches every path and verb that the vendor does not have.
        unknown = Endpoint(UNKNOWN_ROUTE, "*", "/{path:.*}", _refuse_route)
        routes.append(
            web.route("*", vendor.api_prefix + unknown.path, self._handler(vendor, unknown))
        )
        return routes

    def _handler(self, vendor: Vendor, endpoint: Endpoint) -> Handler:
        return partial(self._serve, vendor, endpoint)

    async def _serve(
        self, vendor: Vendor, endpoint: Endpoint, request: web.Request
    ) -> web.Response:
        call = self._calls.add(
            Call(
                time=self._clock.now_text(),
                vendor=vendor.name,
                endpoint=endpoint.name,
                method=request.method,
                path=request.path_qs,
                reference=await _find_reference(request),
            )
        )

        async def process() -> web.Response:
            try:
                answer = await endpoint.handler(request)
            except Refusal as refusal:
                answer = vendor.answer_refusal(refusal)
            except AnswerLost as lost:
                call.status = lost.answer.status
                await self._faults.lose(lost, request)
                return lost.answer
            call.status = answer.status
            return answer

        if endpoint.name == UNKNOWN_ROUTE:
            return await process()
        try:
            vendor.authorize(endpoint, request.headers)
        except Refusal as refusal:
            call.status = refusal.status
            return vendor.answer_refusal(refusal)
        fault = self._faults.take(vendor.name, endpoint.name)
        if fault is None:
            return await process()
        call.fault = fault.kind
        answer = await self._faults.apply(
            fault, request, process, partial(vendor.answer_fault, endpoint=endpoint.name)
        )
        if fault.kind in UNPROCESSED:
            call.status = answer.status
        return answer


async def _refuse_route(request: web.Request) -> web.Response:
    raise Refusal(404, f"Cannot {request.method} {request.path}")


async def _find_reference(request: web.Request) -> str | None:
    """The merchant's reference in a call, else the id in its path. Tests find calls by it."""
    named = request.query.get("tx_ref") or request.query.get("reference")
    if named:
        return named
    if request.can_read_body:
        try:
            body = await read_object_or_form(request)
        except Refusal:
            body = None
        if isinstance(body, dict):
            named = body.get("tx_ref") or body.get("reference") or body.get("request_id")
            if isinstance(named, str):
                return named
    return request.match_info.get("id")
