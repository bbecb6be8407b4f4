"""What ends tokens and admin sessions: a new password, a deactivation, by whatever path."""

from __future__ import annotations

from collections.abc import Callable

import jwt
import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from tests.support.customer import PASSWORD
from tests.support.people import Customer, staff

pytestmark = pytest.mark.usefixtures("db")

NEW_PASSWORD = "another fine horse 7"


def in_admin(user: User) -> Client:
    """A browser that is signed in to the admin."""
    browser = Client()
    answer = browser.post("/admin/login/", {"username": user.email, "password": PASSWORD})
    assert answer.status_code == 302
    return browser


def is_signed_in(browser: Client) -> bool:
    return browser.get("/admin/").status_code == 200


def admin_form(user: User, **changes: object) -> dict[str, object]:
    names = ("email", "first_name", "last_name", "phone", "role")
    form = {name: getattr(user, name) for name in names} | {"is_active": "on"} | changes
    return {name: value for name, value in form.items() if value is not None}


def deactivate_in_admin(user: User) -> None:
    page = f"/admin/accounts/user/{user.pk}/change/"
    answer = in_admin(staff(Role.ADMIN)).post(page, admin_form(user, is_active=None))
    assert answer.status_code == 302, answer.content


def deactivate_by_full_save(user: User) -> None:
    found = User.objects.get(pk=user.pk)
    found.is_active = False
    found.save()


def deactivate_by_short_save(user: User) -> None:
    found = User.objects.get(pk=user.pk)
    found.is_active = False
    found.save(update_fields=["is_active"])


def deactivate_by_update(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def set_password(user: User) -> None:
    found = User.objects.get(pk=user.pk)
    found.set_password(NEW_PASSWORD)
    found.save()


def set_hash_by_update(user: User) -> None:
    User.objects.filter(pk=user.pk).update(password=make_password(NEW_PASSWORD))


def make_password_unusable(user: User) -> None:
    found = User.objects.get(pk=user.pk)
    found.set_unusable_password()
    found.save(update_fields=["password"])


def end_sessions(user: User) -> None:
    User.objects.get(pk=user.pk).end_sessions()


ENDS = [
    deactivate_in_admin,
    deactivate_by_full_save,
    deactivate_by_short_save,
    deactivate_by_update,
    set_password,
    set_hash_by_update,
    make_password_unusable,
    end_sessions,
]


@pytest.mark.parametrize("end", ENDS)
def test_old_tokens_stay_dead_after_a_reactivation(
    customer: Customer, end: Callable[[User], None]
) -> None:
    """Access and refresh token are refused at once, and also when the user is active again."""
    refresh_token = customer.sign_in()["refresh_token"]
    assert customer.get("/auth/me").status_code == 200

    end(customer.user)
    at_once = customer.get("/auth/me").status_code
    User.objects.filter(pk=customer.user.pk).update(is_active=True)

    assert at_once == 401
    assert customer.get("/auth/me").status_code == 401
    assert customer.post("/auth/refresh", {"refresh_token": refresh_token}).status_code == 401


@pytest.mark.parametrize("end", ENDS)
def test_an_old_admin_session_stays_dead_after_a_reactivation(end: Callable[[User], None]) -> None:
    """The browser's cookie is worth nothing when the user is active again."""
    user = staff(Role.SUPPORT)
    browser = in_admin(user)
    assert is_signed_in(browser)

    end(user)
    User.objects.filter(pk=user.pk).update(is_active=True)

    assert not is_signed_in(browser)


def test_staff_who_change_their_password_stay_in_the_admin() -> None:
    """This browser stays signed in; the user's other browser does not."""
    user = staff(Role.SUPPORT)
    here, elsewhere = in_admin(user), in_admin(user)
    form = {
        "old_password": PASSWORD,
        "new_password1": NEW_PASSWORD,
        "new_password2": NEW_PASSWORD,
    }

    assert here.post("/admin/password_change/", form).status_code == 302

    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)


def test_a_user_read_before_does_not_bring_old_tokens_back(customer: Customer) -> None:
    """A save of an older copy never lowers the version."""
    stale = User.objects.get(pk=customer.user.pk)
    end_sessions(customer.user)

    stale.first_name = "Ada"
    stale.save()

    assert customer.get("/auth/me").status_code == 401


def test_a_user_read_before_brings_no_old_password_and_no_access_back(customer: Customer) -> None:
    """A save of an older copy writes only what was changed in it of password and activity."""
    stale = User.objects.get(pk=customer.user.pk)
    set_password(customer.user)
    deactivate_by_short_save(customer.user)

    stale.first_name = "Ada"
    stale.save()

    stored = User.objects.get(pk=customer.user.pk)
    assert stored.first_name == "Ada"
    assert stored.check_password(NEW_PASSWORD)
    assert not stored.is_active


def test_a_change_that_waits_for_its_save_ends_the_sessions_then(customer: Customer) -> None:
    """A save of another field in between hides nothing."""
    user = User.objects.get(pk=customer.user.pk)
    user.set_password(NEW_PASSWORD)
    user.save(update_fields=["first_name"])
    assert customer.get("/auth/me").status_code == 200

    user.save()

    assert customer.get("/auth/me").status_code == 401


def test_a_refreshed_user_changes_nothing_by_itself(customer: Customer) -> None:
    """What another process wrote is no change of this copy."""
    user = User.objects.get(pk=customer.user.pk)
    set_password(customer.user)
    user.refresh_from_db()
    version = user.session_version

    user.save()

    assert User.objects.get(pk=user.pk).session_version == version == 1


def test_other_changes_end_no_session(customer: Customer) -> None:
    """A new name, a save without a change and a failed password change keep the tokens."""
    user = User.objects.get(pk=customer.user.pk)
    user.first_name = "Ada"
    user.save()
    user.save()
    customer.post("/auth/password", {"old_password": "wrong", "new_password": NEW_PASSWORD})

    assert customer.get("/auth/me").status_code == 200


def test_two_ends_at_once_are_two_versions(customer: Customer) -> None:
    """Both copies were read at the same version; neither write hides the other."""
    copies = [User.objects.get(pk=customer.user.pk) for _ in range(2)]
    before = copies[0].session_version

    for copy in copies:
        copy.end_sessions()

    assert User.objects.get(pk=customer.user.pk).session_version == before + 2


def test_a_token_says_nothing_of_the_password(customer: Customer) -> None:
    """Neither token has a claim that is made from the password's hash."""
    pair = customer.sign_in()

    for name in ("access_token", "refresh_token"):
        claims = jwt.decode(pair[name], options={"verify_signature": False})
        assert set(claims) <= {"token_type", "exp", "iat", "jti", "sub", "sid", "ver"}
