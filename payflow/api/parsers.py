"""Reading JSON bodies: what our code or the database could not handle is refused here."""

from __future__ import annotations

import json
import re
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

# Half of a surrogate pair may be written as an escape. MongoDB and UTF-8 have no form for it.
_SURROGATE = re.compile(r"[\ud800-\udfff]")


class JsonBody(JSONParser):
    """JSON in UTF-8. Raises: ParseError."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            text = stream.read().decode("utf-8-sig")
            value = json.loads(text, parse_constant=_refuse, object_pairs_hook=_read_object)
            is_storable = "\\u" not in text or not _SURROGATE.search(_dump(value))
        except RecursionError:
            raise ParseError("The JSON body is nested too deeply.") from None
        except UnicodeDecodeError:
            raise ParseError("The body is not in UTF-8.") from None
        except ValueError as exc:
            raise ParseError(f"The body is not valid JSON: {exc}"[:200]) from None
        if not is_storable:
            raise ParseError("The body contains half of a surrogate pair, which is no character.")
        return value


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON")


def _read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object. A name that occurs twice is refused, because it is unclear which one is meant."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice in one object")
    return found
