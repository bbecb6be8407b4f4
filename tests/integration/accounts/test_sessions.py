"""Login sessions: rotation, reuse, logout, and the list that their user sees."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from rest_framework.test import APIClient

from accounts.documents import LoginSession
from payflow.kernel import clock
from tests.support.customer import PASSWORD, error_code
from tests.support.people import API, Customer
from tests.support.queries import Queries
from tests.support.threads import run_together

pytestmark = pytest.mark.usefixtures("db")


def refresh(token: str) -> Any:
    return APIClient().post(f"{API}/auth/refresh", {"refresh_token": token})


def log_out(token: str) -> Any:
    return APIClient().post(f"{API}/auth/logout", {"refresh_token": token})


def as_bearer(access_token: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token}")
    return client


def opens_me(access_token: str) -> bool:
    answer = as_bearer(access_token).get(f"{API}/auth/me")
    assert answer.status_code in (200, 401)
    return bool(answer.status_code == 200)


# --- Rotation ---------------------------------------------------------------------------------


def test_a_reused_refresh_token_ends_its_session(customer: Customer) -> None:
    """R0 -> R1, then R0 again: R1 and the access tokens are refused too. Others live on."""
    first, other = customer.sign_in(), customer.sign_in()
    second = refresh(first["refresh_token"]).json()
    assert opens_me(first["access_token"])
    assert opens_me(second["access_token"])

    again = refresh(first["refresh_token"])
    successor = refresh(second["refresh_token"])

    assert (again.status_code, error_code(again)) == (401, "token_invalid")
    assert (successor.status_code, error_code(successor)) == (401, "token_invalid")
    assert not opens_me(first["access_token"])
    assert not opens_me(second["access_token"])
    assert opens_me(other["access_token"])
    assert refresh(other["refresh_token"]).status_code == 200


def test_of_two_refreshes_at_once_one_succeeds_and_the_session_ends(customer: Customer) -> None:
    """Nobody can tell a client's double request from a thief's, so the pair is refused too."""
    for _ in range(5):
        token = customer.sign_in()["refresh_token"]

        answers = run_together(2, lambda _, token=token: refresh(token))

        statuses = sorted(answer.status_code for answer in answers)
        assert statuses == [200, 401]
        won = next(answer.json() for answer in answers if answer.status_code == 200)
        assert not opens_me(won["access_token"])
        assert refresh(won["refresh_token"]).status_code == 401


def test_a_session_lives_through_many_refreshes(customer: Customer) -> None:
    """It stays one session; each refresh prolongs it."""
    token = customer.sign_in()["refresh_token"]
    begun = LoginSession.objects(user_id=customer.user.pk).order_by("-number").first()

    for _ in range(3):
        answer = refresh(token)
        assert answer.status_code == 200
        token = answer.json()["refresh_token"]

    session = LoginSession.objects.get(pk=begun.pk)
    assert session.ended_at is None
    assert session.used_at > begun.used_at
    assert session.expires_at >= begun.expires_at
    assert session.created_at == begun.created_at


def test_a_refresh_token_of_a_session_that_is_gone_is_refused(customer: Customer) -> None:
    """As after the upgrade, or when the session has expired and was removed."""
    pair = customer.sign_in()
    LoginSession.objects(user_id=customer.user.pk).delete()

    assert refresh(pair["refresh_token"]).status_code == 401
    assert not opens_me(pair["access_token"])


# --- Logout -----------------------------------------------------------------------------------


def test_no_access_token_survives_its_logout(customer: Customer) -> None:
    """Both access tokens of the session end at once; the other session lives."""
    first, other = customer.sign_in(), customer.sign_in()
    second = refresh(first["refresh_token"]).json()

    assert log_out(second["refresh_token"]).status_code == 204

    assert not opens_me(first["access_token"])
    assert not opens_me(second["access_token"])
    assert opens_me(other["access_token"])


def test_a_second_logout_is_refused(customer: Customer) -> None:
    """The session has ended already."""
    token = customer.sign_in()["refresh_token"]
    log_out(token)

    again = log_out(token)

    assert (again.status_code, error_code(again)) == (401, "token_invalid")


def test_logout_everywhere_ends_every_session(customer: Customer) -> None:
    """This one too; the customer can log in again."""
    pairs = [customer.sign_in() for _ in range(2)]

    assert customer.post("/auth/logout-everywhere").status_code == 204

    assert customer.get("/auth/me").status_code == 401
    assert not any(opens_me(pair["access_token"]) for pair in pairs)
    assert {refresh(pair["refresh_token"]).status_code for pair in pairs} == {401}
    assert opens_me(customer.sign_in()["access_token"])


def test_logout_everywhere_needs_a_token() -> None:
    """A stranger ends nothing."""
    assert APIClient().post(f"{API}/auth/logout-everywhere").status_code == 401


# --- The list ---------------------------------------------------------------------------------


def test_the_list_shows_each_session_and_marks_the_current_one(customer: Customer) -> None:
    """The newest first, with what the client said about itself, shortened."""
    APIClient().post(
        f"{API}/auth/login",
        {"email": customer.email, "password": PASSWORD},
        headers={"User-Agent": "Ada's phone\t" + "x" * 500},
        REMOTE_ADDR="203.0.113.77",
    )

    page = customer.get("/auth/sessions").json()

    phone, own = page["results"]
    assert set(phone) == {
        "id", "created_at", "last_used_at", "expires_at", "user_agent", "address", "current",
    }  # fmt: skip
    assert (phone["current"], own["current"]) == (False, True)
    assert phone["address"] == "203.0.113.0/24"
    assert phone["user_agent"].startswith("Ada's phonexxx")
    assert len(phone["user_agent"]) == 200
    assert (page["next"], page["previous"]) == (None, None)


def test_the_list_has_pages(customer: Customer) -> None:
    """Forwards and backwards, each session once, by an index."""
    for _ in range(4):
        customer.sign_in()

    pages = [customer.get("/auth/sessions", limit=2).json()]
    while link := pages[-1]["next"]:
        pages.append(customer.client.get(link).json())
    back = customer.client.get(pages[1]["previous"]).json()

    ids = [session["id"] for page in pages for session in page["results"]]
    assert [len(page["results"]) for page in pages] == [2, 2, 1]
    assert len(set(ids)) == 5
    assert [s["id"] for s in back["results"]] == ids[:2]


def test_the_list_shows_only_sessions_that_are_open(customer: Customer) -> None:
    """Not those that ended by logout or by a new password, and none of another customer."""
    log_out(customer.sign_in()["refresh_token"])
    assert len(customer.get("/auth/sessions").json()["results"]) == 1
    body = {"old_password": PASSWORD, "new_password": "another fine horse 7"}

    pair = customer.post("/auth/password", body).json()

    sessions = as_bearer(pair["access_token"]).get(f"{API}/auth/sessions").json()["results"]
    assert [session["current"] for session in sessions] == [True]


def test_a_session_can_be_ended_from_the_list(customer: Customer) -> None:
    """Its tokens end at once; the session of the request lives on."""
    pair = customer.sign_in()
    other = customer.get("/auth/sessions").json()["results"][0]
    assert not other["current"]

    answer = customer.client.delete(f"{API}/auth/sessions/{other['id']}")

    assert answer.status_code == 204
    assert not opens_me(pair["access_token"])
    assert refresh(pair["refresh_token"]).status_code == 401
    again = customer.client.delete(f"{API}/auth/sessions/{other['id']}")
    assert (again.status_code, error_code(again)) == (404, "session_not_found")
    assert customer.get("/auth/me").status_code == 200


def test_a_session_of_another_customer_cannot_be_ended(customer: Customer) -> None:
    """It is not found, and its tokens live."""
    eve = Customer()
    mine = customer.get("/auth/sessions").json()["results"][0]["id"]

    for session_id in (mine, str(ObjectId()), "x", "%00", "0" * 12):
        answer = eve.client.delete(f"{API}/auth/sessions/{session_id}")
        assert (answer.status_code, error_code(answer)) == (404, "session_not_found")

    assert customer.get("/auth/me").status_code == 200


# --- Cost and storage -------------------------------------------------------------------------


def test_a_request_reads_the_user_and_the_session_once_each_by_key(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No other read is needed to know that a token is valid."""
    queries = Queries(monkeypatch)

    assert customer.get("/auth/me").status_code == 200

    assert sorted(queries.names) == ["accounts_user", "login_sessions"]
    assert queries.without_index() == []


def test_the_database_removes_expired_sessions(customer: Customer) -> None:
    """By a TTL index. Until then an expired session is not listed."""
    indexes = LoginSession._get_collection().index_information()
    customer.sign_in()
    past = clock.now() - timedelta(seconds=1)
    newest = LoginSession.objects(user_id=customer.user.pk).order_by("-number").first()
    LoginSession.objects(pk=newest.pk).update_one(set__expires_at=past)

    shown = customer.get("/auth/sessions").json()["results"]

    assert indexes["expires_at_1"]["expireAfterSeconds"] == 0
    assert str(newest.pk) not in [session["id"] for session in shown]
