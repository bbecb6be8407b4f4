"""The names of the channel layer's groups: of a reference, of a customer, of a user's sockets."""

from bson import ObjectId


def of_reference(reference: str) -> str:
    return f"tx.{reference}"


def of_user(user_id: ObjectId) -> str:
    return f"user.{user_id}"


def of_sockets(user_id: ObjectId) -> str:
    """All sockets that the user's tokens opened, whatever they follow."""
    return f"sockets.{user_id}"
