"""The pages that vendors send customers back to."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from tests.support.people import API, Customer

PATH = f"{API}/wallet/flutterwave/callback"


@pytest.fixture
def reference(customer: Customer) -> str:
    return str(customer.fund("1500.00")["tx_ref"])


def browser() -> Client:
    return Client(enforce_csrf_checks=True)


@pytest.mark.parametrize("name", ["tx_ref", "txRef", "txref"])
def test_every_spelling_of_the_reference_is_shown(reference: str, name: str) -> None:
    """By GET and by POST, which needs no CSRF token."""
    answers = [browser().get(PATH, {name: reference}), browser().post(PATH, {name: reference})]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert all(b"1,500.00" in answer.content for answer in answers)


@pytest.mark.parametrize("name", ["resp", "response"])
@pytest.mark.parametrize("around", [["data"], ["tx"], ["data", "tx"], ["data", "data"], []])
def test_the_answer_of_older_versions_is_shown(
    reference: str, name: str, around: list[str]
) -> None:
    """They put the payment as JSON into one parameter."""
    answer: dict[str, Any] = {"txRef": reference}
    for outer in around:
        answer = {outer: answer}

    assert browser().get(PATH, {name: json.dumps(answer)}).status_code == 200


@pytest.mark.parametrize("value", ["[" * 100_000, "\ud800", "{", "null", '{"data":[1]}', "\x00"])
@pytest.mark.parametrize("name", ["tx_ref", "txRef", "resp"])
def test_an_odd_return_is_not_found(name: str, value: str) -> None:
    """404, by each method."""
    value = value.encode("utf-8", "replace").decode()
    assert browser().post(PATH, {name: value}).status_code == 404
    if len(value) < 1000:
        assert browser().get(PATH, {name: value}).status_code == 404


def test_head_is_answered_like_get_without_a_body(reference: str) -> None:
    """On both pages."""
    funding = browser().head(PATH, {"tx_ref": reference})
    withdrawal = browser().head(f"{API}/wallet/withdraw/success/{reference}")

    assert (funding.status_code, funding.content) == (200, b"")
    assert (withdrawal.status_code, withdrawal.content) == (404, b"")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_another_method_is_refused_in_our_shape(method: str) -> None:
    """405 with the methods that are allowed."""
    answer = browser().generic(method, PATH)

    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET, HEAD, POST"
