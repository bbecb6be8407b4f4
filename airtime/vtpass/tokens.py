"""The token of a prepaid meter, in any of the ways in which an answer contains it.

Source: docs/vendors/vtpass.md, section 3.4.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

# Keys of the token itself, at the top of an answer.
_KEYS = ("token", "Token", "mainToken")
_BONUS_KEYS = ("bonusToken", "BonusToken")
# Texts in which tokens stand with a label: "Token : 4216... Bonus Token : 6288...".
_DIGITS = r"(\d[\d -]{6,40}\d)"
_LABELLED = re.compile(rf"(?<!bonus )\btoken\s*:\s*{_DIGITS}", re.IGNORECASE)
_LABELLED_BONUS = re.compile(rf"\bbonus token\s*:\s*{_DIGITS}", re.IGNORECASE)
_BARE = re.compile(rf"\s*{_DIGITS}\s*")


def read_tokens(body: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The token and the bonus token, each as its digits; None for one that the answer has not."""
    labelled = (body.get("purchased_code"), _extras(body))
    return (
        _find(_LABELLED, [body.get(key) for key in _KEYS], labelled),
        _find(_LABELLED_BONUS, [body.get(key) for key in _BONUS_KEYS], labelled),
    )


def _extras(body: Mapping[str, Any]) -> object:
    """A requery repeats the labelled text inside the transaction."""
    content = body.get("content")
    inner = content.get("transactions") if isinstance(content, Mapping) else None
    return inner.get("extras") if isinstance(inner, Mapping) else None


def _find(labelled: re.Pattern[str], own: Sequence[object], shared: Sequence[object]) -> str | None:
    """The digits in the first of the token's own fields, or behind its label in a shared one."""
    for value in own:
        if found := _BARE.fullmatch(_text(value)) or labelled.search(_text(value)):
            return _digits(found[1])
    for value in shared:
        if found := labelled.search(_text(value)):
            return _digits(found[1])
    return None


def _text(value: object) -> str:
    is_text = isinstance(value, str | int) and not isinstance(value, bool)
    return str(value) if is_text else ""


def _digits(text: str) -> str:
    return re.sub(r"[ -]", "", text)
