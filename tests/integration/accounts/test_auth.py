"""Sign-in over HTTP, in this process."""

import secrets
from typing import Any

import pytest
from django.contrib.auth import hashers
from rest_framework.test import APIClient

from accounts.models import User
from tests.support.customer import PASSWORD, error_code
from tests.support.people import API, Customer
from wallets.ledger.documents import Wallet

pytestmark = pytest.mark.usefixtures("db")


def post(path: str, body: Any, **extra: Any) -> Any:
    return APIClient().post(f"{API}/auth/{path}", body, **extra)


def new_email() -> str:
    return f"{secrets.token_hex(8)}@example.com"


@pytest.mark.parametrize("format", ["json", "multipart"])
def test_register_opens_an_account_with_its_wallet(format: str) -> None:
    """JSON and form bodies both give a user and an empty wallet, and never a password hash."""
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


def test_one_mailbox_is_one_account() -> None:
    """The same address in other letters is taken; nothing is written."""
    email = new_email()
    post("register", {"email": email, "password": PASSWORD})

    again = post("register", {"email": email.title(), "password": PASSWORD})

    assert (again.status_code, error_code(again)) == (409, "email_taken")
    assert User.objects.filter(email=email).count() == 1


def test_register_rolls_back_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the wallet cannot be written, the user is not there either."""
    email = new_email()
    existing = Customer().wallet
    # The wallet's own unique index is what fails: the new user is given an id that has one.
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
def test_bad_registrations_are_refused_with_a_reason(body: Any, status: int, expected: str) -> None:
    """Each mistake gets a 4xx, a stable code and details; nobody is written."""
    before = User.objects.count()

    answer = post("register", body, format="json")

    assert (answer.status_code, error_code(answer)) == (status, expected)
    assert answer.json()["error"]["request_id"] == answer["X-Request-ID"]
    assert User.objects.count() == before


def test_malformed_json_is_a_client_error() -> None:
    """A body that is not JSON is told as such."""
    answer = APIClient().generic("POST", f"{API}/auth/login", b"{", content_type="application/json")

    assert (answer.status_code, error_code(answer)) == (400, "malformed_body")


@pytest.mark.parametrize(
    ("name", "format"), [("username", "multipart"), ("email", "json"), ("username", "json")]
)
def test_login_takes_the_password_form_and_json(customer: Customer, name: str, format: str) -> None:
    """Both shapes give a bearer token that opens /auth/me, whatever the address's case."""
    answer = post("login", {name: customer.email.upper(), "password": PASSWORD}, format=format)

    assert answer.status_code == 200
    tokens = answer.json()
    assert tokens["token_type"] == "bearer"
    assert tokens["expires_in"] == 30 * 60
    me = APIClient().get(
        f"{API}/auth/me", headers={"Authorization": f"Bearer {tokens['access_token']}"}
    )
    assert me.json()["id"] == str(customer.user.pk)


def test_unknown_address_and_wrong_password_are_one_answer(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the answer nor the number of hashes tells whether an address has an account."""
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


def test_a_closed_account_cannot_log_in_nor_use_its_tokens(customer: Customer) -> None:
    """Closing an account ends its sessions at once, without saying that it existed."""
    User.objects.filter(pk=customer.user.pk).update(is_active=False)

    login = post("login", {"email": customer.email, "password": PASSWORD})
    me = customer.get("/auth/me")

    assert (login.status_code, error_code(login)) == (401, "invalid_credentials")
    assert (me.status_code, error_code(me)) == (401, "token_invalid")


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer", "Bearer a b", "Basic x", ""])
def test_without_a_good_token_there_is_no_access(header: str) -> None:
    """Every broken header is a 401 with a code, and says how to authenticate."""
    answer = APIClient().get(f"{API}/auth/me", headers={"Authorization": header})

    assert answer.status_code == 401
    assert error_code(answer) in {"token_invalid", "not_authenticated"}
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_refresh_token_works_once(customer: Customer) -> None:
    """Refreshing spends the token; the second use is refused."""
    pair = post("login", {"email": customer.email, "password": PASSWORD}).json()
    body = {"refresh_token": pair["refresh_token"]}

    first, second = post("refresh", body), post("refresh", body)

    assert first.status_code == 200
    assert (second.status_code, error_code(second)) == (401, "token_invalid")


def test_an_access_token_does_not_refresh(customer: Customer) -> None:
    """A token of one kind is not accepted as another."""
    answer = post("refresh", {"refresh_token": customer.log_in()})

    assert (answer.status_code, error_code(answer)) == (401, "token_invalid")


def test_logout_spends_the_refresh_token(customer: Customer) -> None:
    """After logout the refresh token opens nothing."""
    pair = post("login", {"email": customer.email, "password": PASSWORD}).json()
    body = {"refresh_token": pair["refresh_token"]}

    assert post("logout", body).status_code == 204
    assert error_code(post("refresh", body)) == "token_invalid"


def test_a_changed_password_voids_every_older_token(customer: Customer) -> None:
    """The new password logs in, the old one does not, and old tokens are dead."""
    new = "another fine horse 7"

    answer = customer.post("/auth/password", {"old_password": PASSWORD, "new_password": new})

    assert answer.status_code == 200
    assert error_code(customer.get("/auth/me")) == "token_invalid"
    assert post("login", {"email": customer.email, "password": new}).status_code == 200
    assert post("login", {"email": customer.email, "password": PASSWORD}).status_code == 401


def test_the_old_password_must_be_right(customer: Customer) -> None:
    """A stolen token alone does not change a password."""
    body = {"old_password": "guess", "new_password": "another fine horse 7"}

    answer = customer.post("/auth/password", body)

    assert (answer.status_code, error_code(answer)) == (401, "invalid_credentials")
    assert customer.get("/auth/me").status_code == 200


def test_guessing_at_one_account_is_slowed_down() -> None:
    """After ten tries in a minute the next is refused with the time to wait."""
    wrong = {"email": new_email(), "password": "wrong password"}

    answers = [post("login", wrong) for _ in range(11)]

    assert [a.status_code for a in answers] == [401] * 10 + [429]
    assert error_code(answers[-1]) == "rate_limited"
    assert int(answers[-1]["Retry-After"]) > 0
