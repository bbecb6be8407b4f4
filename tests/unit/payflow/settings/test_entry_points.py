"""Every way into the program is production, unless the environment says otherwise."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from dev.stack.addresses import ROOT

ENTRY_POINTS = {
    "manage.py": ["manage.py", "check"],
    "wsgi.py": ["-c", "import payflow.wsgi"],
    "asgi.py": ["-c", "import payflow.asgi"],
    "celery_app.py": ["-c", "import celery_app; celery_app.app.finalize()"],
}


@pytest.mark.parametrize("name", ENTRY_POINTS)
def test_an_entry_point_without_an_environment_refuses_to_start(name: str) -> None:
    """No published development key is ever the default: the missing variables are named."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}

    ended = subprocess.run(
        [sys.executable, *ENTRY_POINTS[name]],
        env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert ended.returncode != 0
    assert "PayFlow cannot start" in ended.stderr
    assert "JWT_SECRET_KEY" in ended.stderr
