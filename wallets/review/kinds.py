"""The kinds of review cases, each with a sentence for staff.

Every module that opens cases declares its kinds in a subclass of CaseKind, so a new flow adds
its own without a change here. docs/runbooks/README.md lists them all; a test compares the two.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class CaseKind(StrEnum):
    """A kind of review case, and `sentence`, which explains it to staff."""

    sentence: str

    def __new__(cls, word: str, sentence: str) -> Self:
        kind = str.__new__(cls, word)
        kind._value_ = word
        kind.sentence = sentence
        return kind

    @property
    def word(self) -> str:
        """What is stored in a case of this kind."""
        return self.value


def all_kinds() -> list[CaseKind]:
    """Every kind that a loaded module declares."""
    return [kind for kinds in CaseKind.__subclasses__() for kind in kinds]


def describe(word: str) -> str:
    """The sentence of a stored kind; the kind itself if no module declares it any more."""
    return next((kind.sentence for kind in all_kinds() if kind.word == word), word)
