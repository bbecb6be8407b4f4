from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from payflow.kernel.deadletters.letter import Letter, read

JSON = "application/json"


def letter(
    body: str | bytes = b"[[], {}, {}]", content_type: object = JSON, **headers: Any
) -> Letter:
    named = {"x_death": "x-death"}
    headers = {named.get(name, name): value for name, value in headers.items()}
    return read(queue="wallet.events", body=body, content_type=content_type, headers=headers)


def test_a_parked_task_is_read_with_its_headers() -> None:
    """The operator sees what PayflowTask wrote, and it is what a replay publishes."""
    found = letter(
        b'[[1], {"a": "b"}, {}]',
        task="t",
        id="i-1",
        error="E: no",
        failed_at="then",
        request_id="r",
    )

    assert (found.id, found.task, found.error, found.failed_at) == ("i-1", "t", "E: no", "then")
    assert (found.args, found.kwargs, found.request_id) == ([1], {"a": "b"}, "r")
    assert found.flaw == ""


def test_the_brokers_reason_is_read_from_the_live_queue() -> None:
    """An expired delay before is not the reason; times are UTC."""
    deaths = [
        {"queue": "celery_delayed_3", "reason": "expired", "time": datetime(2026, 1, 1)},  # noqa: DTZ001
        {"queue": "wallet.events", "reason": "delivery_limit", "time": datetime(2026, 1, 2)},  # noqa: DTZ001
    ]

    found = letter(task="t", id="i", x_death=deaths)

    assert found.error.startswith("delivery_limit: ")
    assert found.failed_at == "2026-01-02T00:00:00+00:00"


def test_a_time_with_a_zone_keeps_it() -> None:
    """Nothing is added to it."""
    lagos = datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=1)))

    found = letter(task="t", x_death=[{"queue": "wallet.events", "time": lagos}])

    assert datetime.fromisoformat(found.failed_at).astimezone(UTC).hour == 23


@pytest.mark.parametrize(
    ("body", "content_type", "flaw"),
    [
        (b"", JSON, "its body is no JSON"),
        (b"\xff", JSON, "its body is no JSON"),
        ("\udcff", JSON, "its body is no JSON"),
        (b"[" * 60_000, JSON, "its body is no JSON"),
        (b"{}", JSON, "its body holds no arguments of a task"),
        (b"[[]]", JSON, "its body holds no arguments of a task"),
        (b"[{}, []]", JSON, "its body holds no arguments of a task"),
        (b" " * 70_000, JSON, "its body is larger than any task's"),
        (b"[[], {}]", "text/\x1bplain", "its content is text/\N{REPLACEMENT CHARACTER}plain"),
        (b"[[], {}]", None, "its content is None and not JSON"),
    ],
)
def test_a_letter_that_is_no_task_has_a_reason(
    body: str | bytes, content_type: object, flaw: str
) -> None:
    """Every body is read without an error, and its beginning can be printed."""
    found = letter(body, content_type, task="t")

    assert found.flaw.startswith(flaw)
    assert found.body.isprintable() or not found.body
    assert len(found.body) < 2_100


@pytest.mark.parametrize("header", ["task", "id", "error", "failed_at", "request_id", "x_death"])
@pytest.mark.parametrize(
    "value", [7, None, ["x"], {"a": 1}, [{}], [{"queue": 1}], b"\xff", "\x1b[2J" * 2_000, "-x", ""]
)
def test_headers_of_the_wrong_type_are_ignored(header: str, value: object) -> None:
    """The letter has an id that can be typed."""
    found = letter(**{"task": "t", header: value})

    assert found.id.isprintable()
    assert not found.id.startswith("-")
    assert len(found.id) <= 128
    assert all(text.isprintable() for text in (found.task, found.error, found.failed_at))
    assert all(len(text) < 2_100 for text in (*found.headers, *found.headers.values()))


def test_a_letter_without_an_id_gets_one_from_its_body() -> None:
    """The same at each reading, and another for another body."""
    first, again, other = letter(b"one"), letter("one"), letter(b"two")

    assert first.id == again.id != other.id
    assert first.id.startswith("sha256:")
