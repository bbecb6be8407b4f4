"""An update that cannot violate an index, and is said to, runs again."""

from __future__ import annotations

import pytest
from pymongo.errors import DuplicateKeyError

from payflow.kernel.documents import update_one


class Collection:
    """Answers every update like a server that reports a conflict on the index of user_id."""

    def update_one(self, query: object, update: object) -> None:
        raise DuplicateKeyError("E11000", 11000, {"keyPattern": {"user_id": 1}})


class Stored:
    @classmethod
    def _get_collection(cls) -> Collection:
        return Collection()


@pytest.mark.parametrize(
    ("update", "is_transient"),
    [({"$inc": {"held": 5}, "$set": {"owed": 0}}, True), ({"$set": {"user_id": 7}}, False)],
)
def test_only_an_update_of_the_index_can_collide(
    update: dict[str, dict[str, int]], is_transient: bool
) -> None:
    """A conflict of two atomic blocks is marked as transient; a true duplicate is not."""
    with pytest.raises(DuplicateKeyError) as raised:
        update_one(Stored, {"_id": 1}, update)  # type: ignore[type-var]

    assert raised.value.has_error_label("TransientTransactionError") is is_transient
