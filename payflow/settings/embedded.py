"""Development: the servers that `make run` starts, with keys that protect nothing.

`make run` passes all addresses in environment variables. Another command on the same machine,
such as `manage.py createsuperuser`, reads them from `.run/stack.json`.
"""

import json
import os
from pathlib import Path

from payflow.settings.published import EMBEDDED

_STACK = Path(__file__).resolve().parents[2] / ".run" / "stack.json"
_running = json.loads(_STACK.read_text()) if _STACK.exists() else {}
_sandbox = _running.get("sandbox", "http://localhost:9100")

DEFAULTS = {
    "APP_ADDRESS": _running.get("api", "http://localhost:8000/api/v1"),
    "MONGO_URI": _running.get("mongo_uri", "mongodb://127.0.0.1:27117/?replicaSet=secantus"),
    "REDIS_URL": _running.get("redis_url", "redis://127.0.0.1:6479/0"),
    "RABBITMQ_URL": _running.get("broker_url", "redis://127.0.0.1:6479/1"),
    **EMBEDDED,
    "FLUTTERWAVE_BASE_URL": f"{_sandbox}/flutterwave/v3",
    "VTPASS_BASE_URL": f"{_sandbox}/vtpass/api",
    "ALLOWED_HOSTS": "*",
    # Tests and demos ask often.
    **dict.fromkeys(
        (
            *("AUTH_RATE", "NAME_ENQUIRY_RATE", "NAME_ENQUIRY_DAILY_RATE", "FUND_RATE"),
            *("WITHDRAW_RATE", "PURCHASE_RATE", "HISTORY_RATE", "HEALTH_RATE", "JOIN_RATE"),
        ),
        "100000/min",
    ),
    "LOG_FORMAT": "console",
}
for _name, _value in DEFAULTS.items():
    os.environ.setdefault(_name, _value)

from payflow.settings.base import *  # noqa: E402, F403

# Static files are served from their source folders; `collectstatic` is not needed.
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = None  # type: ignore[assignment]
