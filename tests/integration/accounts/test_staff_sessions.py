"""When a session of the admin ends."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import User
from tests.support.customer import PASSWORD
from tests.support.people import staff

pytestmark = pytest.mark.usefixtures("db")
HOUR = 3600


@pytest.fixture
def user() -> User:
    return staff("support")


@pytest.fixture
def desk(user: User) -> Client:
    client = Client()
    answer = client.post("/admin/login/", {"username": user.email, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def is_signed_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def age(client: Client, **seconds: float) -> None:
    """Move stored times of the session into the past, as if it had begun or rested before."""
    session = client.session
    for name, by in seconds.items():
        session[name] -= by
    session.save()


def test_a_session_ends_after_eight_hours(desk: Client) -> None:
    """However busy it is: requests do not make it longer."""
    age(desk, began_at=7.9 * HOUR)
    assert is_signed_in(desk)

    age(desk, began_at=0.2 * HOUR)

    assert not is_signed_in(desk)
    assert desk.get("/admin/")["Location"].startswith("/admin/login/")


def test_a_session_ends_after_half_an_hour_without_a_request(desk: Client) -> None:
    """A request starts the half hour again."""
    for _ in range(3):
        age(desk, seen_at=29 * 60)
        assert is_signed_in(desk)

    age(desk, seen_at=31 * 60)

    assert not is_signed_in(desk)


def test_the_limits_are_settings(desk: Client, settings: Any) -> None:
    """A shorter one holds for sessions that are open."""
    settings.ADMIN_IDLE_S = 60
    age(desk, seen_at=61)

    assert not is_signed_in(desk)


def test_a_session_that_ended_is_gone(desk: Client) -> None:
    """It is deleted at the server, and a copy of the cookie opens nothing."""
    key = desk.cookies["sessionid"].value
    age(desk, seen_at=HOUR)
    is_signed_in(desk)

    thief = Client()
    thief.cookies["sessionid"] = key

    assert not Session.objects.filter(pk=key).exists()
    assert not is_signed_in(thief)


def test_a_session_of_an_earlier_version_has_ended(desk: Client) -> None:
    """It has no times."""
    session = desk.session
    del session["began_at"], session["seen_at"]
    session.save()

    assert not is_signed_in(desk)


def test_a_new_password_ends_every_other_session(desk: Client, user: User) -> None:
    """The one that changed it goes on."""
    other = Client()
    other.post("/admin/login/", {"username": user.email, "password": PASSWORD})
    new = "another fine horse 7"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}

    assert desk.post("/admin/password_change/", form).status_code == 302

    assert is_signed_in(desk)
    assert not is_signed_in(other)


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "customer"}])
def test_who_lost_access_does_not_get_the_session_back(
    desk: Client, user: User, change: dict[str, Any]
) -> None:
    """The first request after the loss ends the session for good."""
    User.objects.filter(pk=user.pk).update(**change)
    assert not is_signed_in(desk)

    User.objects.filter(pk=user.pk).update(is_active=True, role="support")

    assert not is_signed_in(desk)
    assert desk.post("/admin/wallets/walletrow/", {"action": "lock"}).status_code == 302


def test_the_cookie_is_for_this_browser_only(desk: Client) -> None:
    """No script reads it, other sites do not send it, and it ends with the browser."""
    cookie = desk.cookies["sessionid"]

    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert not cookie["max-age"] and not cookie["expires"]


def test_requests_of_the_api_touch_no_session() -> None:
    """Their answers do not vary by cookie, so nothing is read from the database for them."""
    answer = Client().get("/api/v1/health/live")

    assert "Cookie" not in answer.get("Vary", "")
    assert answer.cookies == {}
