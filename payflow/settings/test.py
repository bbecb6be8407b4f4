"""Tests: the embedded settings, with fast password hashing and fewer log lines."""

import os

os.environ.setdefault("LOG_LEVEL", "WARNING")

from payflow.settings.embedded import *  # noqa: F403

PASSWORD_HASHERS = ["tests.support.hashers.QuickBcrypt"]
