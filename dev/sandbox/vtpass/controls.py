"""VTpass's control endpoints: its policy, the outcome of purchases, its float and its plans."""

from collections.abc import Sequence
from dataclasses import asdict

from aiohttp import web

from dev.sandbox import checks
from dev.sandbox.control import control_handler
from dev.sandbox.units import parse_kobo
from dev.sandbox.vtpass import events
from dev.sandbox.vtpass.books import build_purchase_line
from dev.sandbox.vtpass.catalogue import DATA, SERVICES, Service, list_services
from dev.sandbox.vtpass.documents import DELIVERED, FAILED, REVERSED
from dev.sandbox.vtpass.merchant import Merchant
from dev.sandbox.vtpass.products import show_plans
from dev.sandbox.wire import Json, Refusal, answer, read_object

_MOST_PLANS = 1_000


def pages(merchant: Merchant) -> Sequence[web.RouteDef]:
    """The control endpoints.

    `POST /control/vtpass/policy` changes the PurchasePolicy and answers with it.
    `POST /control/vtpass/purchases/{request_id}` with `{"status": "delivered" | "failed" |
    "reversed", "callback"?: true}` sets or changes the outcome of a purchase; answers with its line
    of the books.
    `POST /control/vtpass/float` with `{"naira": "1000.00"}` sets the float.
    `POST /control/vtpass/variations` with `{"serviceID", "added"?: [{"variation_code", "name",
    "naira"}], "updated"?: [{"variation_code", "naira"?, "name"?}], "removed"?: [code],
    "callback"?: true}` changes the plans on sale and answers with them.
    """

    async def change_policy(request: web.Request) -> web.Response:
        merchant.policy = merchant.policy.with_changes(await read_object(request))
        return answer({"policy": asdict(merchant.policy)})

    async def decide(request: web.Request) -> web.Response:
        wanted = await read_object(request)
        _check_fields(wanted, "status", "callback")
        status = checks.check_choice("status", wanted.get("status"), (DELIVERED, FAILED, REVERSED))
        callback = checks.check_flag("callback", wanted.get("callback", True))
        purchase = merchant.find(request.match_info["request_id"])
        if purchase is None:
            raise Refusal(404, "no purchase has this request_id")
        decided = merchant.decide(purchase, status=status, callback=callback)
        return answer({"purchase": build_purchase_line(decided)})

    async def set_float(request: web.Request) -> web.Response:
        wanted = await read_object(request)
        _check_fields(wanted, "naira")
        merchant.set_float(_read_float_kobo(wanted.get("naira")))
        return answer({"float_kobo": merchant.compute_float_kobo()})

    async def change_plans(request: web.Request) -> web.Response:
        wanted = await read_object(request)
        _check_fields(wanted, "serviceID", "added", "updated", "removed", "callback")
        service = _read_data_service(wanted.get("serviceID"))
        callback = checks.check_flag("callback", wanted.get("callback", True))
        added = [_read_plan(each, whole=True) for each in _read_list(wanted, "added")]
        updated = [_read_plan(each, whole=False) for each in _read_list(wanted, "updated")]
        removed = [
            checks.check_text("removed", each, most=100) for each in _read_list(wanted, "removed")
        ]
        known = {each["variation_code"] for each in merchant.catalogue.list_plans(service.id)}
        for code in (*(each["variation_code"] for each in updated), *removed):
            checks.check_choice("variation_code", code, sorted(known))
        merchant.catalogue.change(service.id, added=added, updated=updated, removed=removed)
        if callback:
            _announce(merchant, service, added=added, updated=updated, removed=removed)
        return answer(
            {"variations": show_plans(service, merchant.catalogue.list_plans(service.id))}
        )

    return (
        web.post("/control/vtpass/policy", control_handler(change_policy)),
        web.post("/control/vtpass/purchases/{request_id}", control_handler(decide)),
        web.post("/control/vtpass/float", control_handler(set_float)),
        web.post("/control/vtpass/variations", control_handler(change_plans)),
    )


def _announce(
    merchant: Merchant,
    service: Service,
    *,
    added: Sequence[Json],
    updated: Sequence[Json],
    removed: Sequence[str],
) -> None:
    merchant.webhooks.send(
        name="variations-update",
        reference=service.id,
        body=events.build_variations_update(
            service.id,
            variations=show_plans(service, merchant.catalogue.list_plans(service.id)),
            added=[each["variation_code"] for each in added],
            updated=[each["variation_code"] for each in updated],
            removed=removed,
            fee=merchant.get_fee(service),
            now=merchant.clock.now(),
        ),
    )


def _check_fields(wanted: Json, *known: str) -> None:
    for field in wanted:
        checks.check_choice("field", field, known)


def _read_data_service(service_id: object) -> Service:
    """Airtime has no plans to change."""
    names = [each.id for each in list_services(DATA)]
    return SERVICES[checks.check_choice("serviceID", service_id, names)]


def _read_list(wanted: Json, name: str) -> list[object]:
    value = wanted.get(name, [])
    if not isinstance(value, list) or len(value) > _MOST_PLANS:
        raise Refusal(400, f"{name} must be a list of at most {_MOST_PLANS}")
    return value


def _read_plan(wanted: object, *, whole: bool) -> Json:
    """A plan as the catalogue stores it. If it need not be whole, fields may be absent."""
    if not isinstance(wanted, dict):
        raise Refusal(400, "a variation must be an object")
    _check_fields(wanted, "variation_code", "name", "naira")
    plan: Json = {
        "variation_code": checks.check_text(
            "variation_code", wanted.get("variation_code"), most=100
        )
    }
    if whole or "name" in wanted:
        plan["name"] = checks.check_text("name", wanted.get("name"), most=200)
    if whole or "naira" in wanted:
        try:
            plan["amount_kobo"] = parse_kobo(wanted.get("naira"))
        except ValueError as exc:
            raise Refusal(400, f"naira is {exc}") from exc
    return plan


def _read_float_kobo(value: object) -> int:
    """Kobo of a float; unlike an amount, a float may be zero."""
    if value in ("0", 0, "0.00") and not isinstance(value, bool):
        return 0
    try:
        return parse_kobo(value)
    except ValueError as exc:
        raise Refusal(400, f"naira is {exc}") from exc
