"""The names of the channel layer's groups: one for each reference, one for each customer."""

from bson import ObjectId


def of_reference(reference: str) -> str:
    return f"tx.{reference}"


def of_user(user_id: ObjectId) -> str:
    return f"user.{user_id}"
