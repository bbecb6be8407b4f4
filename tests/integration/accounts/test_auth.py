"""Registration, login and tokens over HTTP."""

import secrets
from typing import Any

import pytest
from django.contrib.auth import hashers
from rest_framework.test import APIClient

from accounts.models import User
from tests.support.customer import PASSWORD, error_code
from tests.support.people import API, Customer
from tests.support.threads import run_together
from wallets.ledger.documents import Wallet

pytestmark = pytest.mark.usefixtures("db")


def post(path: str, body: Any, **extra: Any) -> Any:
    return APIClient().post(f"{API}/auth/{path}", body, **extra)


def new_email() -> str:
    return f"{secrets.token_hex(8)}@example.com"


@pytest.mark.parametrize("format", ["json", "multipart"])
def test_registration_creates_a_user_with_a_wallet(format: str) -> None:
    """JSON and form bodies create a user and an empty wallet; no answer has a password hash."""
    email = new_email()

    answer = post(
        "register",
        {"email": email.upper(), "password": PASSWORD, "first_name": "Ada"},
        format=format,
    )

    assert answer.status_code == 201
    body = answer.json()
    assert body["user"]["email"] == email
    assert body["user"]["first_name"] == "Ada"
    assert body["wallet"]["balance"] == "0.00"
    assert "password" not in str(body)
    assert Wallet.objects.get(pk=body["wallet"]["id"]).user_id == User.objects.get(email=email).pk


def test_an_email_address_is_taken_in_any_case() -> None:
    """The same address in other letter case is refused; nothing is written."""
    email = new_email()
    post("register", {"email": email, "password": PASSWORD})

    again = post("register", {"email": email.title(), "password": PASSWORD})

    assert (again.status_code, error_code(again)) == (409, "email_taken")
    assert User.objects.filter(email=email).count() == 1


def test_a_registration_without_its_wallet_is_rolled_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the wallet cannot be written, there is no user either."""
    email = new_email()
    existing = Customer().wallet
    # The new user gets the id of a user with a wallet, so the unique index of wallets fails.
    monkeypatch.setattr("payflow.onboarding.services.Wallet", _wallet_of(existing.user_id))

    answer = APIClient(raise_request_exception=False).post(
        f"{API}/auth/register", {"email": email, "password": PASSWORD}
    )

    assert answer.status_code == 500
    assert not User.objects.filter(email=email).exists()


def _wallet_of(user_id: Any) -> Any:
    def build(**fields: Any) -> Wallet:
        return Wallet(**{**fields, "user_id": user_id})

    return build


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        ({"email": "no address", "password": PASSWORD}, 400, "validation_error"),
        ({"password": PASSWORD}, 400, "validation_error"),
        ({"email": "a@example.com", "password": "short"}, 400, "password_refused"),
        ({"email": "a@example.com", "password": "password123"}, 400, "password_refused"),
        ({"email": "obiora@example.com", "password": "obiora@example"}, 400, "password_refused"),
        ({"email": "a@example.com", "password": "x" * 129}, 400, "validation_error"),
        ([1, 2], 400, "validation_error"),
        ("text", 400, "validation_error"),
    ],
)
def test_an_invalid_registration_is_refused(body: Any, status: int, expected: str) -> None:
    """Each mistake gets a 4xx, a stable code and details; no user is written."""
    before = User.objects.count()

    answer = post("register", body, format="json")

    assert (answer.status_code, error_code(answer)) == (status, expected)
    assert answer.json()["error"]["request_id"] == answer["X-Request-ID"]
    assert User.objects.count() == before


def test_malformed_json_is_a_400() -> None:
    """A body that is not JSON is refused as malformed."""
    answer = APIClient().generic("POST", f"{API}/auth/login", b"{", content_type="application/json")

    assert (answer.status_code, error_code(answer)) == (400, "malformed_body")


@pytest.mark.parametrize(
    ("name", "format"), [("username", "multipart"), ("email", "json"), ("username", "json")]
)
def test_login_accepts_a_form_and_json(customer: Customer, name: str, format: str) -> None:
    """Both give a bearer token that opens /auth/me, in any case of the address."""
    answer = post("login", {name: customer.email.upper(), "password": PASSWORD}, format=format)

    assert answer.status_code == 200
    tokens = answer.json()
    assert tokens["token_type"] == "bearer"
    assert tokens["expires_in"] == 30 * 60
    me = APIClient().get(
        f"{API}/auth/me", headers={"Authorization": f"Bearer {tokens['access_token']}"}
    )
    assert me.json()["id"] == str(customer.user.pk)


def test_a_login_does_not_show_whether_an_address_has_an_account(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unknown address or wrong password: the same answer after the same number of hashes."""
    hashes: list[str] = []
    encode = hashers.BCryptSHA256PasswordHasher.encode
    monkeypatch.setattr(
        hashers.BCryptSHA256PasswordHasher,
        "encode",
        lambda self, *args: hashes.append("hash") or encode(self, *args),
    )

    wrong = post("login", {"email": customer.email, "password": "wrong password"})
    hashes_of_wrong = len(hashes)
    unknown = post("login", {"email": new_email(), "password": "wrong password"})

    assert hashes_of_wrong == len(hashes) - hashes_of_wrong == 1
    assert (wrong.status_code, error_code(wrong)) == (401, "invalid_credentials")
    same = [{**a.json()["error"], "request_id": ""} for a in (wrong, unknown)]
    assert same[0] == same[1]
    assert wrong.status_code == unknown.status_code


def test_a_closed_user_cannot_log_in_or_use_old_tokens(customer: Customer) -> None:
    """Old tokens stop working, and the answer does not say that the user existed."""
    User.objects.filter(pk=customer.user.pk).update(is_active=False)

    login = post("login", {"email": customer.email, "password": PASSWORD})
    me = customer.get("/auth/me")

    assert (login.status_code, error_code(login)) == (401, "invalid_credentials")
    assert (me.status_code, error_code(me)) == (401, "token_invalid")


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer", "Bearer a b", "Basic x", ""])
def test_a_request_without_a_valid_token_is_refused(header: str) -> None:
    """Every broken header gets a 401 with a code and a WWW-Authenticate header."""
    answer = APIClient().get(f"{API}/auth/me", headers={"Authorization": header})

    assert answer.status_code == 401
    assert error_code(answer) in {"token_invalid", "not_authenticated"}
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_refresh_token_works_once(customer: Customer) -> None:
    """The first refresh spends the token; the second is refused."""
    pair = post("login", {"email": customer.email, "password": PASSWORD}).json()
    body = {"refresh_token": pair["refresh_token"]}

    first, second = post("refresh", body), post("refresh", body)

    assert first.status_code == 200
    assert (second.status_code, error_code(second)) == (401, "token_invalid")


def test_an_access_token_cannot_refresh(customer: Customer) -> None:
    """A token of one kind is refused where the other kind is needed."""
    answer = post("refresh", {"refresh_token": customer.log_in()})

    assert (answer.status_code, error_code(answer)) == (401, "token_invalid")


def test_logout_spends_the_refresh_token(customer: Customer) -> None:
    """After logout the refresh token is refused."""
    pair = post("login", {"email": customer.email, "password": PASSWORD}).json()
    body = {"refresh_token": pair["refresh_token"]}

    assert post("logout", body).status_code == 204
    assert error_code(post("refresh", body)) == "token_invalid"


def test_a_changed_password_voids_every_older_token(customer: Customer) -> None:
    """The new password logs in, the old one does not, and old tokens are refused."""
    new = "another fine horse 7"

    answer = customer.post("/auth/password", {"old_password": PASSWORD, "new_password": new})

    assert answer.status_code == 200
    assert error_code(customer.get("/auth/me")) == "token_invalid"
    assert post("login", {"email": customer.email, "password": new}).status_code == 200
    assert post("login", {"email": customer.email, "password": PASSWORD}).status_code == 401


def test_a_password_change_needs_the_old_password(customer: Customer) -> None:
    """A stolen token alone cannot change the password."""
    body = {"old_password": "guess", "new_password": "another fine horse 7"}

    answer = customer.post("/auth/password", body)

    assert (answer.status_code, error_code(answer)) == (401, "invalid_credentials")
    assert customer.get("/auth/me").status_code == 200


def test_the_eleventh_login_of_an_address_in_a_minute_is_refused() -> None:
    """The refusal says how long to wait."""
    wrong = {"email": new_email(), "password": "wrong password"}

    answers = [post("login", wrong) for _ in range(11)]

    assert [a.status_code for a in answers] == [401] * 10 + [429]
    assert error_code(answers[-1]) == "rate_limited"
    assert int(answers[-1]["Retry-After"]) > 0


def test_of_forty_simultaneous_wrong_logins_ten_are_tried() -> None:
    """The limit holds however many come at the same time."""
    wrong = {"email": new_email(), "password": "wrong password"}

    answers = run_together(40, lambda _: post("login", wrong))

    assert sorted(a.status_code for a in answers) == [401] * 10 + [429] * 30
