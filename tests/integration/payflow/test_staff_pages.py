"""What staff can and cannot learn from the admin's lists, and which rows an action reaches."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.db.models import Model
from django.test import Client, RequestFactory

from accounts.models import User
from payflow.api.staff_pages import StaffPage
from tests.support.people import Customer, deliver, staff
from tests.support.vendor import charge
from wallets.admin import ReadOnlyAdmin
from wallets.ledger.documents import Wallet

pytestmark = pytest.mark.usefixtures("db")
# What the lists themselves offer as filters.
OFFERED = {
    "user": {"role__exact", "is_active__exact"},
    "walletrow": {"attention", "is_active__exact"},
    "transactionrow": {"attention", "status__exact", "type__exact"},
    "ledgerentryrow": set(),
    "webhookeventrow": {"attention", "status__exact"},
    "reconciliationreportrow": set(),
    "reviewcaserow": {"attention"},
}


def desk(role: str = "support") -> Client:
    client = Client()
    client.force_login(staff(role))
    return client


def lookups(model: type[Model]) -> set[str]:
    """Every field of the model, alone and with every lookup and transform that it has."""
    found = {"pk", "pk__in", "nothing", "nothing__startswith", "locked_by__startswith"}
    for field in model._meta.get_fields():
        found.add(field.name)
        for name in getattr(field, "get_lookups", dict)():
            found.add(f"{field.name}__{name}")
            found.add(f"{field.name}__{name}__startswith")
    return found


def test_every_page_of_the_admin_has_our_base() -> None:
    """So that what follows holds for pages that are added later."""
    assert all(isinstance(page, StaffPage) for page in admin.site._registry.values())
    assert {model._meta.model_name for model in admin.site._registry} == set(OFFERED)


@pytest.mark.parametrize("name", OFFERED)
def test_a_list_takes_no_lookup_but_its_own_filters(name: str) -> None:
    """Every field with every lookup is refused before the database is asked."""
    [page] = [p for m, p in admin.site._registry.items() if m._meta.model_name == name]
    allowed = set()
    for lookup in sorted(lookups(page.model) | OFFERED[name]):
        request = RequestFactory().get("/", {lookup: "1"})
        request.user = User(role="admin")
        try:
            page.get_changelist_instance(request)
            allowed.add(lookup)
        except DisallowedModelAdminLookup:
            pass
        except admin.options.IncorrectLookupParameters:
            allowed.add(lookup)

    assert len(lookups(page.model)) > 50
    assert allowed == OFFERED[name]


@pytest.mark.parametrize(
    ("lookup", "right", "wrong"),
    [
        ("password__startswith", "bcrypt", "argon"),
        ("password__gte", "a", "z"),
        ("password__regex", "^bcrypt", "^argon"),
        ("password", "x", "y"),
        ("email__startswith", "a", "z"),
    ],
)
def test_a_guess_at_a_hidden_field_is_answered_alike(lookup: str, right: str, wrong: str) -> None:
    """Right or wrong, the answer is the same refusal: it says neither yes nor no."""
    client = desk()

    answers = [client.get("/admin/accounts/user/", {lookup: guess}) for guess in (right, wrong)]

    assert [a.status_code for a in answers] == [400, 400]
    bodies = [{**a.json()["error"], "request_id": ""} for a in answers]
    assert bodies[0] == bodies[1]


def test_the_body_of_a_webhook_cannot_be_guessed(customer: Customer) -> None:
    """Neither in the list, nor by an action on it."""
    deliver(charge(1, customer.email))
    client = desk()
    url = "/admin/wallets/webhookeventrow/?raw_body__regex=."

    assert client.get(url).status_code == 400
    assert client.post(url, {"action": "replay", "_selected_action": "1"}).status_code == 400


def test_no_page_of_a_user_shows_the_hash(customer: Customer) -> None:
    """List, page, history, and what a window of choices would give to another page."""
    customer.user.refresh_from_db()
    base = "/admin/accounts/user/"
    pages = ["", "?_popup=1", f"{customer.user.pk}/change/", f"{customer.user.pk}/history/"]
    pages += [f"?o={column}" for column in range(12)]
    for role in ("support", "finance", "admin"):
        client = desk(role)
        for page in pages:
            answer = client.get(base + page)
            assert answer.status_code == 200
            assert "bcrypt" not in answer.content.decode()
            assert customer.user.password not in answer.content.decode()


@pytest.mark.parametrize("path", ["", "{pk}/change/"])
def test_a_hidden_field_cannot_stand_for_a_row(customer: Customer, path: str) -> None:
    """`_to_field` would put the field into the page, or find a row by it."""
    url = "/admin/accounts/user/" + path.format(pk=customer.user.pk)

    assert desk().get(url, {"_to_field": "password", "_popup": "1"}).status_code == 400


def test_the_choices_of_other_pages_are_closed(customer: Customer) -> None:
    """No page has a field that would search users."""
    query = {"app_label": "accounts", "model_name": "user", "field_name": "email", "term": "a"}

    assert desk().get("/admin/autocomplete/", query).status_code == 403


def test_a_list_cannot_be_sorted_by_a_hidden_column() -> None:
    """Every column that sorts is one that the list shows."""
    for page in admin.site._registry.values():
        request: Any = RequestFactory().get("/")
        request.user = User(role="admin")
        listed = page.get_changelist_instance(request)
        columns = [listed.get_ordering_field(c) for c in page.get_list_display(request)]
        assert not {"password", "raw_body"} & {c for c in columns if c}


def test_a_lock_reaches_only_what_was_selected(customer: Customer, new_customer: Any) -> None:
    """`select_across` would reach every wallet behind the list."""
    other = new_customer()
    locked_before = Wallet.objects(is_locked=True).count()
    order = {"action": "lock", "_selected_action": str(customer.wallet.pk), "select_across": "1"}

    for index in ({}, {"index": "0"}):
        desk().post("/admin/wallets/walletrow/", {**order, **index}, follow=True)

    assert customer.wallet.is_locked
    assert not other.wallet.is_locked
    assert Wallet.objects(is_locked=True).count() == locked_before + 1


def test_a_lock_of_all_rows_and_none_selected_locks_nothing(customer: Customer) -> None:
    """An action needs rows that were shown."""
    order = {"action": "lock", "select_across": "1", "index": "0"}

    desk().post("/admin/wallets/walletrow/", order, follow=True)

    assert not customer.wallet.is_locked


def test_a_list_of_several_pages_does_not_offer_all_rows(
    new_customer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would promise what the action does not do."""
    for _ in range(3):
        new_customer()
    monkeypatch.setattr(ReadOnlyAdmin, "list_per_page", 2)
    page = desk().get("/admin/wallets/walletrow/").content.decode()

    assert "0 of 2 selected" in page
    assert 'class="question' not in page
