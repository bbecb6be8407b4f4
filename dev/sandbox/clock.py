"""The sandbox's clock: real time plus what a test moved it forward."""

from datetime import UTC, datetime, timedelta


class Clock:
    """UTC now; `advance` lets a payment session expire without waiting for it."""

    def __init__(self) -> None:
        self._offset = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def now_text(self) -> str:
        return timestamp(self.now())

    def advance(self, seconds: float) -> None:
        self._offset += timedelta(seconds=seconds)

    def reset(self) -> None:
        self._offset = timedelta()


def timestamp(moment: datetime) -> str:
    """ISO-8601 UTC with milliseconds and Z, as vendors write it; sorts as text like time does."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
