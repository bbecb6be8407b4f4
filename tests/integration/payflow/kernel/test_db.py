"""The atomic block, on the real database."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from bson import ObjectId
from mongoengine.errors import NotUniqueError

from accounts.models import User
from payflow.api.errors import exception_handler
from payflow.kernel import clock, db
from payflow.kernel.db import atomic, on_commit, unless_busy
from wallets.ledger.documents import Wallet

pytestmark = pytest.mark.usefixtures("db")


def wallet() -> Wallet:
    now = clock.now()
    return Wallet(user_id=ObjectId(), created_at=now, updated_at=now).save()


class Broken(Exception):
    pass


def test_a_django_user_and_a_document_are_rolled_back_together() -> None:
    """After an error in the block neither the ORM's nor MongoEngine's write is there."""
    email = f"{ObjectId()}@example.com"
    owner = ObjectId()

    @atomic
    def body() -> None:
        User.objects.create_user(email, "x")
        Wallet(user_id=owner, created_at=clock.now(), updated_at=clock.now()).save()
        assert User.objects.filter(email=email).exists()
        raise Broken

    with pytest.raises(Broken):
        body()

    assert not User.objects.filter(email=email).exists()
    assert Wallet.objects(user_id=owner).count() == 0


def test_other_threads_see_nothing_before_the_commit() -> None:
    """Another thread reads the old state until the block has committed."""
    subject = wallet()
    seen: list[int] = []

    @atomic
    def body() -> None:
        Wallet.objects(pk=subject.pk).update_one(inc__balance=5)
        reader = threading.Thread(
            target=lambda: seen.append(Wallet.objects.get(pk=subject.pk).balance)
        )
        reader.start()
        reader.join()

    body()

    assert seen == [0]
    assert Wallet.objects.get(pk=subject.pk).balance == 5


def test_a_nested_block_joins_the_outer_one() -> None:
    """The writes of the inner block are rolled back with the outer block."""
    subject = wallet()

    @atomic
    def inner() -> None:
        Wallet.objects(pk=subject.pk).update_one(inc__balance=5)

    @atomic
    def outer() -> None:
        inner()
        raise Broken

    with pytest.raises(Broken):
        outer()

    assert Wallet.objects.get(pk=subject.pk).balance == 0


def write_by_another_thread(subject: Wallet) -> None:
    writer = threading.Thread(
        target=lambda: Wallet.objects(pk=subject.pk).update_one(inc__balance=100)
    )
    writer.start()
    writer.join()


@pytest.mark.parametrize(
    "write",
    [
        lambda pk: Wallet.objects(pk=pk).update_one(inc__balance=1),
        lambda pk: Wallet.objects(pk=pk).modify(inc__balance=1),
        lambda pk: Wallet.objects.get(pk=pk).update(inc__balance=1),
    ],
    ids=["update_one", "modify", "document"],
)
def test_a_write_conflict_runs_the_block_again(write: Callable[[Any], Any]) -> None:
    """A conflict that MongoEngine wraps is retried on a fresh snapshot; no write is lost."""
    subject = wallet()
    tries: list[int] = []

    @atomic
    def body() -> None:
        tries.append(Wallet.objects.get(pk=subject.pk).balance)
        if len(tries) == 1:
            write_by_another_thread(subject)
        write(subject.pk)

    body()

    assert tries == [0, 100]
    assert Wallet.objects.get(pk=subject.pk).balance == 101


def test_a_write_conflict_that_django_wraps_is_retried() -> None:
    """A user saved in two concurrent blocks is saved by both, one after the other."""
    user = User.objects.create_user(f"{ObjectId()}@example.com", "x")
    tries: list[str] = []

    @atomic
    def body() -> None:
        mine = User.objects.get(pk=user.pk)
        tries.append(mine.first_name)
        if len(tries) == 1:
            other = threading.Thread(
                target=lambda: User.objects.filter(pk=user.pk).update(first_name="Other")
            )
            other.start()
            other.join()
        mine.last_name = "Mine"
        mine.save(update_fields=["last_name"])

    body()

    user.refresh_from_db()
    assert tries == ["", "Other"]
    assert (user.first_name, user.last_name) == ("Other", "Mine")


def test_a_commit_hook_runs_once_although_the_block_was_retried() -> None:
    """The attempt that was rolled back leaves no hook."""
    subject = wallet()
    ran: list[int] = []
    tries: list[None] = []

    @atomic
    def body() -> None:
        Wallet.objects.get(pk=subject.pk)
        tries.append(None)
        number = len(tries)
        on_commit(lambda: ran.append(number))
        if number == 1:
            write_by_another_thread(subject)
        Wallet.objects(pk=subject.pk).update_one(inc__balance=1)
        assert ran == []

    body()

    assert ran == [2]


def test_a_commit_hook_of_a_failed_block_never_runs() -> None:
    """The rollback drops it."""
    ran: list[int] = []

    @atomic
    def body() -> None:
        on_commit(lambda: ran.append(1))
        raise Broken

    with pytest.raises(Broken):
        body()

    assert ran == []


def test_a_hook_outside_a_block_runs_immediately_and_may_fail() -> None:
    """Its exception is logged and not raised."""
    ran: list[int] = []

    on_commit(lambda: ran.append(1))
    on_commit(lambda: 1 / 0)

    assert ran == [1]


def test_a_duplicate_key_error_is_raised_without_a_retry() -> None:
    """The caller gets the exception under its own name."""
    subject = wallet()
    tries: list[None] = []

    @atomic
    def body() -> None:
        tries.append(None)
        now = clock.now()
        Wallet(user_id=subject.user_id, created_at=now, updated_at=now).save(force_insert=True)

    with pytest.raises(NotUniqueError):
        body()

    assert len(tries) == 1


def test_a_block_gives_up_after_a_limit_of_conflicts(settings: Any) -> None:
    """The last conflict is raised."""
    settings.ATOMIC_TIMEOUT_S = 1.0
    subject = wallet()
    tries: list[None] = []

    @atomic
    def body() -> None:
        Wallet.objects.get(pk=subject.pk)
        tries.append(None)
        write_by_another_thread(subject)
        Wallet.objects(pk=subject.pk).update_one(inc__balance=1)

    with pytest.raises(Exception) as raised:
        body()

    answer = exception_handler(raised.value, {})
    assert answer is not None and answer.status_code == 503
    assert len(tries) > 1
    assert Wallet.objects.get(pk=subject.pk).balance == 100 * len(tries)


def test_a_claim_skips_a_document_of_an_open_block() -> None:
    """It does not wait for the block; later the document can be claimed."""
    kept = wallet()
    claim = Wallet.objects(pk=kept.pk)

    with db.client().start_session() as somebody_else:
        somebody_else.start_transaction()
        raw = db.client().get_database(Wallet._get_db().name)[Wallet._get_collection_name()]
        raw.update_one({"_id": kept.pk}, {"$set": {"held": 1}}, session=somebody_else)
        began = time.monotonic()
        meanwhile = unless_busy(lambda: claim.update_one(set__balance=2))
        waited_s = time.monotonic() - began
        somebody_else.abort_transaction()
    afterwards = unless_busy(lambda: claim.update_one(set__balance=3))

    assert (meanwhile, afterwards) == (0, 1)
    assert waited_s < 5


def test_concurrent_increments_of_one_wallet_are_all_counted() -> None:
    """Two hundred increments by eight threads add up."""
    subject = wallet()

    @atomic
    def body() -> None:
        mine = Wallet.objects.get(pk=subject.pk)
        Wallet.objects(pk=subject.pk).update_one(set__balance=mine.balance + 1)

    def work() -> None:
        for _ in range(25):
            body()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Wallet.objects.get(pk=subject.pk).balance == 200


def test_mongoengine_and_django_share_one_client() -> None:
    """One process has one MongoClient, so a session of Django's is a session of MongoEngine's."""
    assert Wallet._get_collection().database.client is db.client()
