"""The atomic block: the only way to change several documents together, on one MongoDB client.

MongoEngine and Django's ORM share a client. A session that is bound to the running context
carries every call of both into the block, without a `session=` argument.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar

import mongoengine
import pymongo
from django.conf import settings
from django.db import connections
from django_mongodb_backend.base import DatabaseWrapper
from mongoengine.errors import OperationError
from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

from payflow.kernel.errors import InvariantBroken
from payflow.kernel.failpoints import failpoint

logger = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

SNAPSHOT = ReadConcern("snapshot")
# A commit that a majority has journalled survives the loss of one server.
MAJORITY = WriteConcern("majority", j=True)


@dataclass
class _Hooks:
    """What follows the running attempt of an atomic block."""

    commit: list[Callable[[], object]] = field(default_factory=list)
    failure: list[Callable[[Exception], object]] = field(default_factory=list)


# The hooks of the running attempt; None outside an atomic block.
_hooks: ContextVar[_Hooks | None] = ContextVar("hooks", default=None)


def client() -> MongoClient[dict[str, Any]]:
    """This process's one MongoClient, opened on first use: it must not cross a fork."""
    connection = connections["default"]
    connection.ensure_connection()
    return connection.connection  # type: ignore[no-any-return]


def forget_client() -> None:
    """In a forked child: drop the parent's client without closing its sockets."""
    wrapper = connections["default"]
    wrapper.__dict__.pop("database", None)
    wrapper.connection = None
    DatabaseWrapper._connection_pools.clear()
    # Removed first: disconnect() would close it, and end the parent's server sessions.
    mongoengine.connection._connections.pop("default", None)
    mongoengine.disconnect("default")
    register()


def register() -> None:
    """Make MongoEngine use Django's client. Opens no connection."""
    mongoengine.register_connection(
        "default",
        db=settings.DATABASES["default"]["NAME"],
        host=settings.DATABASES["default"]["HOST"],
        uuidRepresentation="standard",
        mongo_client_class=lambda *args, **kwargs: client(),
    )


def ensure_indexes(**_: object) -> None:
    """Create every document's collection and indexes. Called after `manage.py migrate`."""
    for document in mongoengine.Document.__subclasses__():
        if not document._meta.get("abstract"):  # DynamicDocument is abstract
            document.ensure_indexes()


def atomic(body: Callable[P, T]) -> Callable[P, T]:
    """Commit everything that body writes, or nothing. Inside another atomic block, join it.

    On a write conflict body runs again, for up to settings.ATOMIC_TIMEOUT_S, so it may change
    nothing but MongoDB. What must follow the commit goes through on_commit().
    """

    name = f"{body.__module__}.{body.__qualname__}"

    @wraps(body)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if _hooks.get() is not None:
            return body(*args, **kwargs)
        hooks = _Hooks()
        try:
            result = _commit(lambda: body(*args, **kwargs), hooks, name=name)
        except Exception as exc:
            for failure in hooks.failure:
                _run_hook(partial(failure, exc))
            raise
        failpoint("after-commit", name)
        for hook in hooks.commit:
            _run_hook(hook)
        return result

    return run


def on_commit(hook: Callable[[], object]) -> None:
    """Run hook after the atomic block around this call has committed; now if there is none.

    A hook publishes a task or pushes a message. If it fails, the failure is logged, nothing is
    undone, and a sweep does the work later.
    """
    hooks = _hooks.get()
    if hooks is None:
        _run_hook(hook)
    else:
        hooks.commit.append(hook)


def on_failure(hook: Callable[[Exception], object]) -> None:
    """Run hook with the error if the atomic block around this call fails; it is rolled back then.

    Outside an atomic block it does nothing.
    """
    if (hooks := _hooks.get()) is not None:
        hooks.failure.append(hook)


def write_unless_busy(write: Callable[[], int]) -> int:
    """What write() changed; 0 without waiting if an open atomic block has changed its document.

    For claims. A plain write would wait until the other block ends, which takes a minute or two
    if its process has died, and soon every worker would wait for a claim. Also 0 if the database
    is away.
    """
    if _hooks.get() is not None:
        raise InvariantBroken("write_unless_busy() must not run inside an atomic block")
    try:
        with (
            pymongo.timeout(settings.ATOMIC_TIMEOUT_S),
            client().start_session() as session,
            session.bind(),
            session.start_transaction(read_concern=SNAPSHOT, write_concern=MAJORITY),
        ):
            return write()
    except (PyMongoError, OperationError) as exc:
        is_away = isinstance(exc, ConnectionFailure) or (
            isinstance(exc, PyMongoError) and exc.timeout
        )
        if not is_away and _transient_cause(exc) is None:
            raise
        logger.warning("a busy document is left for later: %s", exc)
        return 0


def _commit(body: Callable[[], T], hooks: _Hooks, *, name: str) -> T:
    def attempt(_session: object) -> T:
        # An earlier attempt was rolled back, and its hooks with it.
        hooks.commit.clear()
        hooks.failure.clear()
        failpoint("in-block", name)
        try:
            result = body()
        except Exception as exc:
            if (transient := _transient_cause(exc)) is not None:
                raise transient from exc
            raise
        failpoint("before-commit", name)
        return result

    token = _hooks.set(hooks)
    try:
        # PyMongo repeats the block after a transient error, and only the commit after an unknown
        # one, with jittered backoff, until the time-out.
        with (
            pymongo.timeout(settings.ATOMIC_TIMEOUT_S),
            client().start_session(causal_consistency=True) as session,
            session.bind(),
        ):
            return session.with_transaction(
                attempt,
                read_concern=SNAPSHOT,
                write_concern=MAJORITY,
                read_preference=ReadPreference.PRIMARY,
            )
    finally:
        _hooks.reset(token)


def _transient_cause(exc: BaseException) -> PyMongoError | None:
    """The transient PyMongo error behind MongoEngine's or Django's wrapper, if there is one.

    Both wrappers hide its label, and with_transaction retries only labelled errors.
    """
    seen: BaseException | None = exc
    while seen is not None:
        if isinstance(seen, PyMongoError) and seen.has_error_label("TransientTransactionError"):
            return seen
        seen = seen.__cause__ or seen.__context__
    return None


def _run_hook(hook: Callable[[], object]) -> None:
    try:
        hook()
    except Exception:
        logger.exception("a hook after an atomic block failed; a sweep will do its work")
