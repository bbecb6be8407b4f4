"""The addresses of one stack, and the environment variables that carry them to its parts."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dev.stack.ports import HOST, Ports
from payflow.settings.published import EMBEDDED

ROOT = Path(__file__).resolve().parents[2]
# Not secret: the sandbox and the application must only use the same values. Given to the
# application, and also to the sandbox, each with the prefix SANDBOX_.
VENDOR_KEYS = tuple(name for name in EMBEDDED if name != "JWT_SECRET_KEY")


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """The addresses that clients, tests and tools need to reach a running stack."""

    folder: Path
    ports: Ports
    mongo_uri: str
    redis_url: str
    broker_url: str
    database: str

    @property
    def web(self) -> str:
        return f"http://localhost:{self.ports.web}"

    @property
    def api(self) -> str:
        return f"{self.web}/api/v1"

    @property
    def docs(self) -> str:
        return f"{self.api}/docs"

    @property
    def admin(self) -> str:
        return f"{self.web}/admin/"

    @property
    def ws(self) -> str:
        return f"ws://localhost:{self.ports.web}/ws/wallet"

    @property
    def sandbox(self) -> str:
        return f"http://localhost:{self.ports.sandbox}"

    def describe(self) -> dict[str, str]:
        """The content of stack.json, which the embedded settings and developers' tools read."""
        names = ("api", "ws", "admin", "docs", "sandbox", "mongo_uri", "redis_url", "broker_url")
        return {name: getattr(self, name) for name in names}


def choose_addresses(
    folder: Path, ports: Ports, environment: Mapping[str, str], *, throwaway: bool
) -> Addresses:
    """Choose every address. A server named in the environment replaces our own.

    throwaway: on a server named in the environment, use a new database name.
    """
    embedded_mongo = f"mongodb://{HOST}:{ports.database}/?replicaSet=secantus"
    embedded_valkey = f"redis://{HOST}:{ports.valkey}"
    database = environment.get("MONGO_DB_NAME") or "payflow"
    if throwaway and environment.get("MONGO_URI"):
        database = f"payflow_{secrets.token_hex(6)}"
    return Addresses(
        folder=folder,
        ports=ports,
        mongo_uri=environment.get("MONGO_URI") or embedded_mongo,
        redis_url=environment.get("REDIS_URL") or f"{embedded_valkey}/0",
        # Celery over Valkey: RabbitMQ does not come in a Python package.
        broker_url=environment.get("RABBITMQ_URL") or f"{embedded_valkey}/1",
        database=database,
    )


def build_environment(addresses: Addresses) -> dict[str, str]:
    """The variables for the Django parts and the sandbox; the embedded settings have the rest."""
    return {
        "DJANGO_SETTINGS_MODULE": "payflow.settings.embedded",
        "PYTHONUNBUFFERED": "1",
        "APP_ADDRESS": addresses.api,
        "MONGO_URI": addresses.mongo_uri,
        "MONGO_DB_NAME": addresses.database,
        "REDIS_URL": addresses.redis_url,
        "RABBITMQ_URL": addresses.broker_url,
        "FLUTTERWAVE_BASE_URL": f"{addresses.sandbox}/flutterwave/v3",
        "VTPASS_BASE_URL": f"{addresses.sandbox}/vtpass/api",
        **{name: EMBEDDED[name] for name in VENDOR_KEYS},
    }
