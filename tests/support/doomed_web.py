"""The web application, which dies at one named step: `daphne tests.support.doomed_web:application`.

Django is set up first: what the killer wraps must be importable.
"""

from payflow.asgi import application
from tests.support import killer

__all__ = ["application", "killer"]
