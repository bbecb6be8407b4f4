"""The atomic block: the one way to change several documents as one, on the one MongoDB client.

MongoEngine and Django's ORM share a client. A session bound to the running context carries
every call of both into the block's transaction, with no `session=` argument anywhere.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
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

from payflow.kernel.failpoints import failpoint

logger = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

SNAPSHOT = ReadConcern("snapshot")
# A commit that a majority has journalled survives the loss of any one server.
MAJORITY = WriteConcern("majority", j=True)

# The hooks of the try that is running; None outside any atomic block.
_hooks: ContextVar[list[Callable[[], object]] | None] = ContextVar("hooks", default=None)


def client() -> MongoClient[dict[str, Any]]:
    """This process's one MongoClient, opened on first use: it must not cross a fork."""
    connection = connections["default"]
    connection.ensure_connection()
    return connection.connection  # type: ignore[no-any-return]


def forget_client() -> None:
    """In a forked child: let go of the parent's client, if it had one, leaving its sockets be."""
    wrapper = connections["default"]
    wrapper.__dict__.pop("database", None)
    wrapper.connection = None
    DatabaseWrapper._connection_pools.clear()
    # Taken out first: disconnect() would close it, and end the parent's server sessions.
    mongoengine.connection._connections.pop("default", None)
    mongoengine.disconnect("default")
    register()


def register() -> None:
    """Tell MongoEngine to use Django's client. Opens no connection."""
    mongoengine.register_connection(
        "default",
        db=settings.DATABASES["default"]["NAME"],
        host=settings.DATABASES["default"]["HOST"],
        uuidRepresentation="standard",
        mongo_client_class=lambda *args, **kwargs: client(),
    )


def ensure_indexes(**_: object) -> None:
    """Every document's collection and indexes exist. Told by post_migrate."""
    for document in mongoengine.Document.__subclasses__():
        if not document._meta.get("abstract"):  # DynamicDocument is one
            document.ensure_indexes()


def atomic(body: Callable[P, T]) -> Callable[P, T]:
    """Commit all that body writes, or nothing; inside another atomic block, join it.

    Body runs again on a write conflict, for up to settings.ATOMIC_TIMEOUT_S, so it touches
    only MongoDB. What must follow the commit goes through on_commit().
    """

    @wraps(body)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if _hooks.get() is not None:
            return body(*args, **kwargs)
        result, hooks = _commit(lambda: body(*args, **kwargs), name=body.__name__)
        failpoint("after-commit", body.__name__)
        for hook in hooks:
            _run_hook(hook)
        return result

    return run


def on_commit(hook: Callable[[], object]) -> None:
    """Run hook once the block around this call has committed; at once where there is none.

    A hook is a courtesy (publish a task, push a message): its failure is logged, undoes
    nothing, and is made good by a sweep.
    """
    hooks = _hooks.get()
    if hooks is None:
        _run_hook(hook)
    else:
        hooks.append(hook)


def unless_busy(write: Callable[[], int]) -> int:
    """What write() changed; 0, at once, where an open block has its document. For claims.

    Outside a transaction a server would let it wait until that block is over, which takes a
    minute or two if its process has died: claim after claim would wait, until no worker is
    left for anything else. 0 as well when the database is away.
    """
    assert _hooks.get() is None, "a block of its own"
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
        logger.warning("a document is left to later: %s", exc)
        return 0


def _commit(body: Callable[[], T], *, name: str) -> tuple[T, list[Callable[[], object]]]:
    hooks: list[Callable[[], object]] = []

    def attempt(_session: object) -> T:
        hooks.clear()  # what an earlier try promised was rolled back with it
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
        # PyMongo repeats the whole block on a transient error and the commit alone on an
        # unknown one, with jittered backoff, until the time-out.
        with (
            pymongo.timeout(settings.ATOMIC_TIMEOUT_S),
            client().start_session(causal_consistency=True) as session,
            session.bind(),
        ):
            result = session.with_transaction(
                attempt,
                read_concern=SNAPSHOT,
                write_concern=MAJORITY,
                read_preference=ReadPreference.PRIMARY,
            )
    finally:
        _hooks.reset(token)
    return result, hooks


def _transient_cause(exc: BaseException) -> PyMongoError | None:
    """The retryable PyMongo error behind MongoEngine's and Django's wrappers, if there is one.

    Both hide its label, and with_transaction retries only what carries it.
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
        logger.exception("a hook after a commit failed; a sweep will make it good")
