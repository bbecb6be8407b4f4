"""Health, documentation and the shape of errors."""

from typing import Any

import pytest
from django.test import Client

from payflow import health

pytestmark = pytest.mark.usefixtures("db")


@pytest.mark.parametrize("base", ["", "/api/v1"])
def test_health_names_every_part_with_its_latency(base: str) -> None:
    """200 at both addresses when all parts are up."""
    answer = Client().get(f"{base}/health")

    assert answer.status_code == 200
    parts = answer.json()["parts"]
    assert set(parts) == {"database", "broker", "redis"}
    assert all(p["status"] == "up" and p["latency_ms"] >= 0 for p in parts.values())
    assert Client().get(f"{base}/health/live").json() == {"status": "up"}
    assert Client().get(f"{base}/ping-rabbitmq").status_code == 200


@pytest.mark.parametrize("part", sorted(health.PARTS))
def test_one_part_that_is_down_is_a_503_with_its_name(
    monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """The other parts are up; the error's text is not shown."""

    def down() -> None:
        raise ConnectionError("at a secret address")

    monkeypatch.setitem(health.PARTS, part, down)

    answer = Client().get("/health")

    assert answer.status_code == 503
    states = {name: p["status"] for name, p in answer.json()["parts"].items()}
    assert states == {name: "down" if name == part else "up" for name in health.PARTS}
    assert "secret" not in answer.content.decode()


def test_live_asks_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container is not restarted because the database is down."""
    monkeypatch.setattr(health, "PARTS", {})

    assert Client().get("/health/live").status_code == 200


def test_the_documentation_loads_only_from_this_server() -> None:
    """The scripts and styles of Swagger UI and Redoc are served here."""
    for page in ("docs", "redoc"):
        html = Client().get(f"/api/v1/{page}").content.decode()
        sources = [part.split('"')[0] for part in html.split('src="')[1:]]
        assert sources
        assert not [s for s in sources if s.startswith(("http", "//"))]
        assert all(Client().get(s).status_code == 200 for s in sources if s.startswith("/static/"))


def test_the_schema_describes_every_endpoint() -> None:
    """Each endpoint is in the schema, with the bearer scheme."""
    schema = Client().get("/api/v1/schema", {"format": "json"}).json()

    assert {
        "/api/v1/auth/register",
        "/api/v1/auth/login",
        "/api/v1/auth/refresh",
        "/api/v1/auth/logout",
        "/api/v1/auth/me",
        "/api/v1/auth/password",
        "/api/v1/wallet/",
        "/api/v1/wallet/toggle-activity",
        "/api/v1/wallet/fund",
        "/api/v1/wallet/transactions",
        "/api/v1/wallet/transactions/{reference}",
        "/api/v1/wallet/flutterwave/webhook",
        "/api/v1/health",
    } <= set(schema["paths"])
    assert schema["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


def test_the_schema_is_made_without_a_warning(capsys: Any) -> None:
    """An endpoint that the generator cannot read would be missing."""
    from django.core.management import call_command

    call_command("spectacular", validate=True, fail_on_warn=True)

    assert "openapi: 3" in capsys.readouterr().out


@pytest.mark.parametrize("path", ["/nowhere", "/api/v1/nowhere", "/api/v1/wallet", "/api"])
def test_an_unknown_address_is_a_404_in_our_shape(path: str) -> None:
    """It is no page of the framework's, and nothing is redirected."""
    answer = Client().get(path)

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"
    assert answer.json()["error"]["request_id"] == answer["X-Request-ID"]


def test_a_safe_request_id_is_kept() -> None:
    """An unsafe one is replaced."""
    kept = Client().get("/health/live", headers={"X-Request-ID": "abc-123_DEF.9"})
    made = Client().get("/health/live", headers={"X-Request-ID": "a b\tforged=1"})

    assert kept["X-Request-ID"] == "abc-123_DEF.9"
    assert len(made["X-Request-ID"]) == 32


def test_an_unexpected_error_is_a_500_without_details(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer has the request id, and no text or place of the error."""

    def broken(self: object, request: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(health.Live, "get", broken)

    answer = Client(raise_request_exception=False).get("/health/live")

    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "internal_error"
    assert "secret" not in answer.content.decode()
