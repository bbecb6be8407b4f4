"""Tests: the embedded settings, with cheap passwords and quiet logs."""

import os

os.environ.setdefault("LOG_LEVEL", "WARNING")

from payflow.settings.embedded import *  # noqa: F403

PASSWORD_HASHERS = ["tests.support.hashers.QuickBcrypt"]
